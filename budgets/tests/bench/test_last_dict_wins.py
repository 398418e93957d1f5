"""That the backend which is measured against works as litellm's client expects, and loses what it is there to lose."""

import importlib
from pathlib import Path

import pytest

from budgets.tests.harness.server import make_database

MODULE = "budgets.tests.bench.last_dict_wins"


def test_it_keeps_the_last_dict_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", make_database(tmp_path))
    module = importlib.import_module(MODULE)
    module.make_table()
    client = module.app.test_client()
    assert client.post("/get_budget", json={"project_name": "p"}).json == {"status": "error"}
    for cost in (1.5, 0.5):
        user_dict = {"u": {"total_budget": 1, "current_cost": cost}}
        answer = client.post("/set_budget", json={"project_name": "p", "user_dict": user_dict})
        assert answer.json == {"status": "success"}
    assert client.post("/get_budget", json={"project_name": "p"}).json == {"status": "success", "data": user_dict}
    assert client.post("/get_budget", json={"project_name": "other"}).json == {"status": "error"}
