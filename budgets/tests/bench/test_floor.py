"""That the floor does what it is said to, so that it is a measure of something."""

import importlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from budgets.tests.harness.server import make_database

MODULE = "budgets.tests.bench.floor"


def test_it_commits_posts_and_hands_out_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", make_database(tmp_path))
    floor = importlib.reload(importlib.import_module(MODULE))
    floor.make_tables()
    floor.fill("p", {"u": {"total_budget": 1.5, "model_cost": {"gpt-4o": 0.5}, "_view": "v"}})

    def ask(path: str, payload: dict[str, Any]) -> Any:
        body = json.dumps(payload).encode()
        environ = {"PATH_INFO": path, "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
        return json.loads(b"".join(floor.app(environ, lambda status, headers: None)))

    for _ in range(2):
        assert ask("/set_budget", {"project_name": "p", "user_dict": {}}) == {"status": "success"}
    record = ask("/get_budget", {"project_name": "p"})["data"]["u"]
    assert (record["total_budget"], record["model_cost"], record["_view"]) == (1.5, {"gpt-4o": 0.5}, "v")
    assert floor._own.connection.execute("SELECT number FROM posts").fetchone()[0] == 2
    floor._own.connection.close()
