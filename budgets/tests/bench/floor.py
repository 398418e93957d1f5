"""The least that any backend of the hosted client must do, to measure ours against: decode the body, commit once.

`/set_budget` decodes with msgspec and makes one durable commit; `/get_budget` selects one row a user and encodes them.
No keys, no ledger, no Django.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import psycopg

URL = os.environ["DATABASE_URL"]
IS_SQLITE = URL.startswith("sqlite:///")
MARK = "?" if IS_SQLITE else "%s"
COLUMNS = ("name", "total_budget", "duration", "created_at", "last_updated_at", "current_cost", "model_cost", "_view")
SELECT = f"SELECT {', '.join(COLUMNS)} FROM records WHERE project = {MARK} ORDER BY id"
INSERT = f"INSERT INTO records (project, {', '.join(COLUMNS)}) VALUES ({', '.join([MARK] * (len(COLUMNS) + 1))})"
COMMIT = "UPDATE posts SET number = number + 1"
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
_own = threading.local()


class _Body(msgspec.Struct):
    project_name: str
    user_dict: dict[str, Any] = {}


def connect() -> Any:
    """A connection whose commits are on the disk once they are answered."""
    if not IS_SQLITE:
        return psycopg.connect(URL, autocommit=True)
    connection = sqlite3.connect(URL.removeprefix("sqlite:///"), timeout=20, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def make_tables() -> None:
    """Make the two tables."""
    key = "INTEGER PRIMARY KEY" if IS_SQLITE else "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    numbers = "total_budget FLOAT, duration INTEGER, created_at FLOAT, last_updated_at FLOAT, current_cost FLOAT"
    connection = connect()
    connection.execute("CREATE TABLE posts (number BIGINT NOT NULL)")
    connection.execute("INSERT INTO posts VALUES (0)")
    connection.execute(
        f"CREATE TABLE records (id {key}, project TEXT NOT NULL, name TEXT NOT NULL, {numbers}, model_cost TEXT,"
        " _view TEXT, UNIQUE (project, name))"
    )
    connection.close()


def fill(project: str, records: dict[str, dict[str, Any]]) -> None:
    """Store the records that `/get_budget` is to hand out."""
    rows = []
    for name, record in records.items():
        costs = msgspec.json.encode(record.get("model_cost", {})).decode()
        stored = record | {"name": name, "model_cost": costs}
        rows.append((project, *(stored.get(column) for column in COLUMNS)))
    connection = connect()
    cursor = connection.cursor()
    cursor.execute("BEGIN")
    cursor.executemany(INSERT, rows)
    cursor.execute("COMMIT")
    connection.close()


def app(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI application."""
    if not hasattr(_own, "connection"):
        _own.connection = connect()
    raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    body = msgspec.json.decode(raw, type=_Body)
    answer: dict[str, Any] = {"status": "success"}
    if environ["PATH_INFO"] == "/set_budget":
        _own.connection.execute(COMMIT)
    else:
        answer["data"] = _records(body.project_name)
    content = msgspec.json.encode(answer)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]


def _records(project: str) -> dict[str, dict[str, Any]]:
    records = {}
    for name, *values, costs, view in _own.connection.execute(SELECT, (project,)).fetchall():
        record = dict(zip(COLUMNS[1:], values, strict=False))
        record["model_cost"] = msgspec.json.decode(costs)
        record["_view"] = view
        records[name] = record
    return records
