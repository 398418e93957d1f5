"""What this process has encoded last of each project, to hand it out again while nothing in it has changed."""

from collections import OrderedDict
from threading import Lock

from budgets.domain.handed_out import HandedOut

# Of each worker's memory.
MAX_BYTES = 16 * 1024 * 1024


class HandedCache:
    """The texts asked for last, MAX_BYTES of them at most. Who gets one asks the database whether it still holds.

    They are kept by the projects' mark keys: an id may come again in another database.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_project: OrderedDict[bytes, tuple[HandedOut, int]] = OrderedDict()
        self._bytes = 0

    def get(self, project_key: bytes) -> HandedOut | None:
        """The project's text as it was put last."""
        with self._lock:
            if project_key not in self._by_project:
                return None
            self._by_project.move_to_end(project_key)
            return self._by_project[project_key][0]

    def put(self, project_key: bytes, handed: HandedOut) -> None:
        """Keep it, where it is not too large."""
        size = handed.size_bytes()
        with self._lock:
            self._drop(project_key)
            if size > MAX_BYTES:
                return
            self._by_project[project_key] = (handed, size)
            self._bytes += size
            while self._bytes > MAX_BYTES:
                self._drop(next(iter(self._by_project)))

    def _drop(self, project_key: bytes) -> None:
        _, size = self._by_project.pop(project_key, (None, 0))
        self._bytes -= size
