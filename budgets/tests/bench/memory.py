"""What a worker takes up."""

import json
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.load import Connection, Program, new_records, read_and_spent
from budgets.tests.bench.measure import table

LOG_IN = """
import django
django.setup()
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
user = get_user_model().objects.create_superuser("bench", "bench@example.com", None)
request = HttpRequest()
request.session = SessionStore()
login(request, user, backend="django.contrib.auth.backends.ModelBackend")
request.session.save()
print(settings.SESSION_COOKIE_NAME + "=" + request.session.session_key)
"""
# Enough that each of two workers has served each of them.
REQUESTS = 30


def memory(ours: Contender, large: int) -> None:
    """Print the largest worker's resident memory: as it starts, after all it serves, and for large posts."""
    connection = Connection(ours, "app-1")
    rows = [["just started", f"{megabytes(ours, 'VmRSS'):.0f}"]]
    body = Program("memory", new_records(10)).body()
    cookie = ours.python(LOG_IN).strip()
    for _ in range(REQUESTS):
        connection.post("/set_budget", body)
        connection.post("/get_budget", json.dumps({"project_name": "memory"}).encode())
        page = urllib.request.Request(f"http://127.0.0.1:{ours.port}/", headers={"Cookie": cookie})
        with urllib.request.urlopen(page) as answer:
            assert b"memory" in answer.read()
    served = megabytes(ours, "VmRSS")
    rows.append(["after both endpoints and the dashboard", f"{served:.0f}"])
    project = "memory of a large post"
    body = Program(project, new_records(large)).body()
    posts = _most_of_posts(connection, ours, [body, body], served)
    rows.append([f"at most, in the first post of {large:,} users and the same again", posts])
    body = read_and_spent(connection, project).body()
    posts = _most_of_posts(connection, ours, [body], served)
    rows.append(["at most, in a post where all of these have changed", posts])
    table("memory of the largest worker", ("", "MB"), rows)


def _most_of_posts(connection: Connection, ours: Contender, bodies: Sequence[bytes], served: float) -> str:
    for pid in ours.gunicorn.worker_pids():
        # The kernel's way to have the peak begin anew, from what is resident now.
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    for body in bodies:
        connection.post("/set_budget", body)
    peak, body_mb = megabytes(ours, "VmHWM"), len(bodies[0]) / 1e6
    return f"{peak:.0f} (body {body_mb:.1f} MB; {(peak - served) / body_mb:.1f} times that above)"


def megabytes(contender: Contender, figure: str) -> float:
    """The largest of its workers' figures in /proc/<pid>/status."""
    found: list[float] = []
    for pid in contender.gunicorn.worker_pids():
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        found.extend(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{figure}:"))
    return max(found)
