"""The product as it is deployed: a real gunicorn on a database of its own, and what a test asks of it."""

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from budgets.tests.harness.gunicorn import Gunicorn
from budgets.tests.harness.static_files import collect_static_files
from budgetsite.environment import BASE_DIR

OBSERVER = "test-observer"
MAKE_KEY = """
from django.utils import timezone
from budgets.services.keys import create_key
print(create_key(label="tests", project=None, expires_at=None, created_by=None, now=timezone.now())[1])
"""
# Only the open windows move: the clients' own records keep the times that they were handed.
AGE_OPEN_PERIODS = """
from datetime import timedelta
from django.db.models import F
from budgets.models import Period
shift = timedelta(days={days!r})
print(Period.objects.filter(project__name={project!r}, ends_at=None).update(
    starts_at=F("starts_at") - shift, due_at=F("due_at") - shift
))
"""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as it came."""

    status: int
    content_type: str
    body: bytes

    @property
    def data(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class BudgetServer:
    """gunicorn with two workers, serving a fresh, migrated database; `variables` go into its environment."""

    def __init__(self, directory: Path, database_url: str, **variables: str) -> None:
        self.port = free_port()
        self.log_path = directory / "gunicorn.log"
        self._log_read = 0
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "LANG": "C.UTF-8",
            "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "WEB_CONCURRENCY": "2",
            "BUDGETS_ENV_FILE": str(directory / "none.env"),
            **variables,
        }
        self.manage("migrate", "--no-input", "-v0")
        collect_static_files(self.environment)
        self.key = self.shell(MAKE_KEY)
        self.gunicorn = Gunicorn(self.environment, self.log_path)
        self.gunicorn.start()

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The root, without a trailing slash."""
        return f"http://{self.host}"

    def base(self, client_id: str, key: str | None = None) -> str:
        """An api_base that carries the client's name and the key, as the README has it."""
        return f"http://{client_id}:{key or self.key}@{self.host}"

    def manage(self, *arguments: str) -> str:
        """Run a manage.py command in the server's environment; return what it printed."""
        done = self.try_manage(*arguments)
        assert done.returncode == 0, f"manage.py {arguments[0]} exited {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def try_manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a manage.py command in the server's environment, whatever comes of it."""
        command = [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=120)

    def shell(self, code: str) -> str:
        """Run Python in the server's Django; return what it printed."""
        return self.manage("shell", "--verbosity", "0", "--command", code)

    def post(
        self,
        path: str,
        payload: Any = None,
        *,
        key: str | None = None,
        client_id: str = "test-raw",
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        url: str | None = None,
    ) -> Answer:
        """POST JSON, or `body` as it is, under Basic credentials; an error status is an answer like any other.

        `url` is another root on the same database.
        """
        credentials = base64.b64encode(f"{client_id}:{key or self.key}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}", **(headers or {})}
        return post_json((url or self.url) + path, payload, headers=headers, body=body)

    def budget(self, project: str) -> dict[str, Any]:
        """The project's records as a client that takes no part reads them; empty where nothing is stored yet."""
        answer = self.post("/get_budget", {"project_name": project}, client_id=OBSERVER)
        assert answer.status == 200, answer
        return dict(answer.data["data"]) if answer.data["status"] == "success" else {}

    def export(self, project: str) -> list[dict[str, Any]]:
        """The project's ledger, oldest first, as `export_costs` writes it."""
        lines = self.manage("export_costs", "--project", project, "--format", "jsonl").splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda row: str(row["recorded_at"]))

    def make_due(self, project: str, *, days: float) -> None:
        """Let the project's open windows have begun `days` earlier."""
        assert int(self.shell(AGE_OPEN_PERIODS.format(project=project, days=days))) > 0

    def new_log(self) -> str:
        """What the server has logged since the last time this was asked."""
        text = self.log_path.read_text(encoding="utf-8", errors="replace")
        fresh, self._log_read = text[self._log_read :], len(text)
        return fresh

    def stop(self) -> None:
        """End the server as Ctrl-C does, and see that it ended well."""
        self.gunicorn.stop()


def post_json(
    url: str, payload: Any = None, *, headers: dict[str, str] | None = None, body: bytes | None = None
) -> Answer:
    """POST JSON, or `body` as it is; an error status is an answer like any other."""
    data = json.dumps(payload).encode() if body is None else body
    headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=data, headers=headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return Answer(response.status, response.headers["Content-Type"], response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers["Content-Type"] or "", error.read())


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def make_database(directory: Path) -> str:
    """The URL of an empty database on the engine that this run is on."""
    cluster_url = os.environ.get("DATABASE_URL", "")
    if not cluster_url.startswith("postgres"):
        return f"sqlite:///{directory / 'live.sqlite3'}"
    name = f"live_{secrets.token_hex(6)}"
    with psycopg.connect(cluster_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(cluster_url)._replace(path=f"/{name}"))
