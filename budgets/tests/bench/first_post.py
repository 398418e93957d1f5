"""The first post of a new process in which every record has changed, against a bare bulk upsert of the same rows."""

import json

from budgets.tests.bench.by_size import long_lived
from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.load import Connection, Program
from budgets.tests.bench.measure import cpu_seconds, table

# In the product's own environment and tables, but with no more around it than one transaction.
UPSERT = """
import time
import django
django.setup()
from django.db import connection, transaction
from budgets.models import CostEntry, DaySpend, EndUser, HighWater, Period
copies = []
with connection.cursor() as cursor:
    for model in (EndUser, Period, CostEntry, DaySpend, HighWater):
        table, copy = model._meta.db_table, f"copy_of_{model._meta.model_name}"
        cursor.execute(f"CREATE TABLE {copy} AS SELECT * FROM {table} WHERE 1 = 0")
        cursor.execute(f"CREATE UNIQUE INDEX {copy}_id ON {copy} (id)")
        cursor.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT 10000")
        columns = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
        updates = ", ".join(f"{name} = excluded.{name}" for name in columns)
        copies.append((copy, columns, rows, updates))
started, cpu_started = time.perf_counter(), time.process_time()
with transaction.atomic(), connection.cursor() as cursor:
    for copy, columns, rows, updates in copies:
        for at in range(0, len(rows), 1000):
            chunk = rows[at : at + 1000]
            one = "(" + ", ".join(["%s"] * len(columns)) + ")"
            cursor.execute(
                f"INSERT INTO {copy} ({', '.join(columns)}) VALUES {', '.join([one] * len(chunk))}"
                f" ON CONFLICT (id) DO UPDATE SET {updates}",
                [value for row in chunk for value in row],
            )
print(time.perf_counter() - started, time.process_time() - cpu_started)
with connection.cursor() as cursor:
    for copy, *_ in copies:
        cursor.execute(f"DROP TABLE {copy}")
"""


def first_post(ours: Contender, users: int, rounds: int) -> None:
    """Print what both took; each round is another process that has just read."""
    connection, project = Connection(ours, "app-1"), "first posts"
    long_lived(connection, project, users)
    rows = []
    for _ in range(rounds):
        _, answer = connection.post("/get_budget", json.dumps({"project_name": project}).encode())
        program = Program(project, json.loads(answer)["data"])
        for name in program.records:
            program.spend(name)
        before = cpu_seconds(ours)
        took, _ = connection.post("/set_budget", program.body())
        cpu = cpu_seconds(ours) - before
        bare, bare_cpu = map(float, ours.python(UPSERT).split())
        rows.append([f"{users:,}", f"{took:.2f}", f"{bare:.2f}", f"{took / bare:.1f}", f"{cpu / bare_cpu:.1f}"])
    columns = ("users", "ours s", "bare upsert s", "ours / bare", "in CPU time")
    table("first post of a new process, every record changed", columns, rows)
