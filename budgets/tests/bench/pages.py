"""The pages that people open, with little in the database and with much; and which queries take longest."""

import json
import statistics
import time
import urllib.request
from pathlib import Path

from budgets.tests.bench.contenders import Contender, our_backend
from budgets.tests.bench.measure import WARM_UP, say, table
from budgets.tests.bench.memory import LOG_IN

FILL = "import django; django.setup(); from budgets.tests.bench.many import fill; fill(users={}, entries={})"
PAGES = {
    "overview": "/admin/",
    "overview, 12 months": "/admin/?range=12m",
    "overview of a project": "/admin/?project=1",
    "users": "/admin/budgets/enduser/",
    "users by share used": "/admin/budgets/enduser/?o=-5",
    "users by when they run out": "/admin/budgets/enduser/?o=6",
    "one user": "/admin/budgets/enduser/7/change/",
    "models": "/admin/models/",
    "clients": "/admin/budgets/client/",
    "entries": "/admin/budgets/costentry/",
}
# In a process of its own, as the workers run them: each page twice, and of the second time each query's milliseconds.
QUERIES = """
import json, sys, time
import django
django.setup()
from django.conf import settings
from django.db import connection
from django.test import Client
settings.ALLOWED_HOSTS = ["testserver"]
name, value = {cookie!r}.split("=", 1)
client = Client()
client.cookies[name] = value
found = []
def timed(execute, sql, params, many, context):
    started = time.perf_counter()
    result = execute(sql, params, many, context)
    found.append((1000 * (time.perf_counter() - started), sql, params))
    return result
slowest = []
for page, path in {pages!r}.items():
    client.get(path)
    found.clear()
    with connection.execute_wrapper(timed):
        answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    slowest += [(took, page, sql, params) for took, sql, params in found]
slowest.sort(key=lambda one: -one[0])
told = []
for took, page, sql, params in slowest[:{number}]:
    plan = []
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN (ANALYZE, BUFFERS) " + sql, params)
            plan = [row[0] for row in cursor.fetchall()]
    told.append({{"page": page, "ms": took, "sql": sql, "plan": plan}})
print(json.dumps(told))
"""


def pages(directory: Path, sizes: tuple[tuple[int, int], tuple[int, int]], rounds: int) -> None:
    """Print each page's median at both sizes, (users, entries) each, and the slowest queries of the larger."""
    (small_users, small_entries), (users, entries) = sizes
    directory.mkdir()
    with our_backend(directory / "few") as few, our_backend(directory / "many") as many:
        few.python(FILL.format(small_users, small_entries))
        started = time.perf_counter()
        many.python(FILL.format(users, entries))
        say(f"\nMade {users:,} users with {entries:,} entries in {time.perf_counter() - started:.0f} s.")
        cookies = {one.port: one.python(LOG_IN).strip() for one in (few, many)}
        rows = []
        for name, path in PAGES.items():
            took: dict[int, list[float]] = {few.port: [], many.port: []}
            for number in range(rounds + WARM_UP):
                for one in (few, many):
                    seconds = seconds_of_page(one, path, cookies[one.port])
                    if number >= WARM_UP:
                        took[one.port].append(1000 * seconds)
            small, large = (statistics.median(took[one.port]) for one in (few, many))
            rows.append([name, f"{small:.0f}", f"{large:.0f}", f"{large / small:.2f}"])
        columns = ("", f"{small_entries:,} entries, ms", f"{entries:,} entries, ms", "ratio")
        table(f"pages, with {small_users:,} and {users:,} users", columns, rows)
        _tell_slowest(many, cookies[many.port])


def seconds_of_page(contender: Contender, path: str, cookie: str) -> float:
    """How long until the whole page is there."""
    request = urllib.request.Request(f"http://127.0.0.1:{contender.port}{path}", headers={"Cookie": cookie})
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        assert b"bs-" in answer.read(), path
    return time.perf_counter() - started


def _tell_slowest(many: Contender, cookie: str) -> None:
    number = 12
    told = json.loads(many.python(QUERIES.format(cookie=cookie, pages=PAGES, number=number)))
    rows = [[one["page"], f"{one['ms']:.0f}", f"`{one['sql'][:120]}`".replace("|", " ")] for one in told]
    table("the slowest queries of the larger", ("page", "ms", "begins"), rows)
    for one in told[:3]:
        if one["plan"]:
            say("\n".join(["", f"`{one['sql']}`", "", *(f"    {line}" for line in one["plan"])]))
