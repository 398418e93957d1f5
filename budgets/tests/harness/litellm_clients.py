"""Real litellm clients, each in a process of its own, of the pinned release and of an old one."""

import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from budgetsite.environment import BASE_DIR

PINNED = "pinned"
# Its client posts with requests, takes no headers, and never looks at the HTTP status.
OLD = "1.14.4"
RELEASES = (PINNED, OLD)
CHILD = Path(__file__).with_name("litellm_child.py")
SCRIPT_SECONDS = 120


def python_of(release: str) -> str:
    """The Python that has this release of litellm. Raises AssertionError where it is not installed."""
    if release == PINNED:
        return sys.executable
    python = BASE_DIR / f".venv-litellm-{release}" / "bin" / "python"
    assert python.exists(), f"litellm {release} is not installed in {python.parent.parent.name}: run make test"
    return str(python)


def client_environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    """An environment in which neither release reaches out: prices and tokenizers come from the packages."""
    spec = importlib.util.find_spec("litellm")
    assert spec
    assert spec.submodule_search_locations
    nowhere = "http://127.0.0.1:9"
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "TIKTOKEN_CACHE_DIR": str(Path(spec.submodule_search_locations[0]) / "litellm_core_utils" / "tokenizers"),
        # The old release asks the network for prices first; a proxy that is not there answers at once.
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1,localhost",
        **(extra or {}),
    }


def litellm_process(
    script: str,
    *arguments: str,
    release: str = PINNED,
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> Any:
    """Run a script to its end, posting threads included; return the JSON of the last line it printed, if it is JSON."""
    done = subprocess.run(
        [python_of(release), "-c", textwrap.dedent(script), *arguments],
        env=client_environment(environment),
        capture_output=True,
        text=True,
        check=False,
        timeout=SCRIPT_SECONDS,
    )
    assert done.returncode == 0, f"the client's script exited {done.returncode}:\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, f"a thread of the client's script died:\n{done.stderr}"
    lines = done.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None


class LitellmSession:
    """A client process that stays, and does what it is told line by line; `drain` waits for its posts."""

    def __init__(self, release: str, error_path: Path) -> None:
        self.release = release
        self._error_path = error_path
        with error_path.open("wb") as errors:
            self._process = subprocess.Popen(
                [python_of(release), str(CHILD)],
                env=client_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def send(self, code: str | None) -> None:
        """Hand over code, without waiting for it; None forgets every name, and the clock's shift."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"code": code}) + "\n")
        self._process.stdin.flush()

    def receive(self) -> Any:
        """The value of the code sent last. Raises AssertionError where it raised there."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, f"the client process died:\n{self._error_path.read_text(encoding='utf-8')}"
        reply = json.loads(line)
        assert "error" not in reply, reply["error"]
        return reply["value"]

    def run(self, code: str) -> Any:
        """Run `code`; return the value of its last line, where that is an expression."""
        self.send(textwrap.dedent(code))
        return self.receive()

    def open(self, project: str, api_base: str) -> None:
        """Build `manager`, a hosted BudgetManager."""
        self.run(f"manager = BudgetManager(project_name={project!r}, client_type='hosted', api_base={api_base!r})")

    def spend(self, user: str, times: int = 1) -> float:
        """Update the user's cost by texts, once or more; return what that cost. Its posts are on their way."""
        return float(
            self.run(
                f"""
                before = manager.get_current_cost({user!r})
                for _ in range({times}):
                    _ = manager.update_cost(
                        user={user!r}, model="gpt-3.5-turbo", input_text="hello world",
                        output_text="it's a sunny day in san francisco",
                    )
                manager.get_current_cost({user!r}) - before
                """
            )
        )

    def drain(self) -> None:
        """Wait for the posts. Raises AssertionError where one died."""
        assert self.run("drain()") == []

    def reset(self) -> None:
        """Forget everything, for the next test."""
        self.send(None)
        self.receive()

    def stop(self) -> None:
        """End the process."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=60)


class SessionPool:
    """Client processes to borrow: importing litellm takes seconds, so they are kept from test to test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._idle: dict[str, list[LitellmSession]] = {release: [] for release in RELEASES}
        self._all: list[LitellmSession] = []

    def take(self, release: str) -> LitellmSession:
        """A process of that release with nothing built yet."""
        if self._idle[release]:
            return self._idle[release].pop()
        session = LitellmSession(release, self._directory / f"client-{len(self._all)}.log")
        self._all.append(session)
        return session

    def give_back(self, session: LitellmSession) -> None:
        """Take a process back."""
        session.reset()
        self._idle[session.release].append(session)

    def stop(self) -> None:
        """End them all."""
        for session in self._all:
            session.stop()
