"""What a worker takes up."""

import json
import urllib.request
from pathlib import Path

from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.load import Connection, Program, new_records
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
    """Print the largest worker's resident memory: as it starts, after all it serves, and for a large post."""
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
    body = Program("memory of a large post", new_records(large)).body()
    connection.post("/set_budget", body)
    connection.post("/set_budget", body)
    peak = megabytes(ours, "VmHWM")
    share = f"{peak:.0f} (body {len(body) / 1e6:.1f} MB; {(peak - served) / (len(body) / 1e6):.1f} times that above)"
    rows.append([f"at most, in the first post of {large:,} users and the same again", share])
    table("memory of the largest worker", ("", "MB"), rows)


def megabytes(contender: Contender, figure: str) -> float:
    """The largest of its workers' figures in /proc/<pid>/status."""
    found: list[float] = []
    for pid in contender.gunicorn.worker_pids():
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
        found.extend(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{figure}:"))
    return max(found)
