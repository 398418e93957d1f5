"""The obvious backend for litellm's hosted BudgetManager, to measure ours against: it keeps the last dict it was sent.

One row a project with its whole dict as JSON, on SQLite or PostgreSQL by DATABASE_URL; no keys, no history.
"""

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import Any

import psycopg
from flask import Flask, request

URL = os.environ["DATABASE_URL"]
IS_SQLITE = URL.startswith("sqlite:///")
connect: Callable[[], Any] = (
    partial(sqlite3.connect, URL.removeprefix("sqlite:///"), timeout=20) if IS_SQLITE else partial(psycopg.connect, URL)
)
MARK = "?" if IS_SQLITE else "%s"
READ = f"SELECT user_dict FROM projects WHERE name = {MARK}"
WRITE = (
    f"INSERT INTO projects (name, user_dict) VALUES ({MARK}, {MARK})"
    " ON CONFLICT (name) DO UPDATE SET user_dict = excluded.user_dict"
)
app = Flask(__name__)


def make_table() -> None:
    """Make the one table."""
    with closing(connect()) as connection, connection:
        connection.execute("CREATE TABLE projects (name TEXT PRIMARY KEY, user_dict TEXT NOT NULL)")


@app.post("/get_budget")
def get_budget() -> dict[str, Any]:
    """What was stored last."""
    with closing(connect()) as connection:
        row = connection.execute(READ, (request.json["project_name"],)).fetchone()
    return {"status": "success", "data": json.loads(row[0])} if row else {"status": "error"}


@app.post("/set_budget")
def set_budget() -> dict[str, Any]:
    """Store the dict in the place of the one before."""
    with closing(connect()) as connection, connection:
        connection.execute(WRITE, (request.json["project_name"], json.dumps(request.json["user_dict"])))
    return {"status": "success"}


if __name__ == "__main__":
    make_table()
