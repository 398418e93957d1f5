"""A small disk of its own for a database, to be filled to the last byte and freed again."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHUNK = b"\0" * 65_536


class SmallDisk:
    """A mounted tmpfs; `path` is a directory on it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self) -> None:
        """Leave no byte free."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (len(CHUNK), 4096, 1):
                try:
                    while ballast.write(CHUNK[:size]):
                        pass
                except OSError:
                    continue

    def free(self) -> None:
        """Take the ballast off."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def small_disk(megabytes: int) -> Iterator[SmallDisk | None]:
    """A small disk until the block ends; None where this user may not mount one."""
    home = Path(tempfile.mkdtemp(prefix="budgets-disk-", dir="/tmp"))
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0777", "budgets-chaos", str(home)]
    is_mounted = os.geteuid() == 0 and subprocess.run(command, capture_output=True, check=False).returncode == 0
    try:
        yield SmallDisk(home) if is_mounted else None
    finally:
        if is_mounted:
            # Lazily: whatever still holds a file on it must not keep it in sight.
            subprocess.run(["umount", "--lazy", str(home)], check=True)
        home.rmdir()
