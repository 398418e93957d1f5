"""The first post of a new process in which every record has changed, against a bare bulk upsert of the same rows."""

from budgets.tests.bench.by_size import long_lived
from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.load import Connection, read_and_spent
from budgets.tests.bench.measure import cpu_seconds, table

UPSERT = """
import django
django.setup()
from budgets.tests.bench.bare_upsert import measure
measure(with_indexes={})
"""
COLUMNS = ("users", "ours s", "bare upsert s", "ours / bare", "in CPU time", "with all indexes s", "ours / that")


def first_post(ours: Contender, users: int, rounds: int) -> None:
    """Print what they took; each round is another process that has just read."""
    connection, project = Connection(ours, "app-1"), "first posts"
    long_lived(connection, project, users)
    rows = []
    for _ in range(rounds):
        program = read_and_spent(connection, project)
        before = cpu_seconds(ours)
        took, _ = connection.post("/set_budget", program.body())
        cpu = cpu_seconds(ours) - before
        bare, bare_cpu = map(float, ours.python(UPSERT.format(False)).split())
        indexed, _ = map(float, ours.python(UPSERT.format(True)).split())
        figures = (f"{took:.2f}", f"{bare:.2f}", f"{took / bare:.1f}", f"{cpu / bare_cpu:.1f}")
        rows.append([f"{users:,}", *figures, f"{indexed:.2f}", f"{took / indexed:.1f}"])
    table("first post of a new process, every record changed", COLUMNS, rows)
