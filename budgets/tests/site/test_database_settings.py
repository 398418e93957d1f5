"""What the settings make of the environment for the database."""

import os
import subprocess
import sys

import pytest

from budgetsite.environment import BASE_DIR

TELL = """
from budgetsite import settings
told = settings.DATABASE
print(told["OPTIONS"]["prepare_threshold"], told["DISABLE_SERVER_SIDE_CURSORS"])
"""


@pytest.mark.parametrize(("prepare", "told"), [("1", "5 False"), ("0", "None True")])
def test_behind_a_pooler_nothing_on_the_server_outlasts_a_transaction(prepare: str, told: str) -> None:
    environment = os.environ | {
        "DATABASE_URL": "postgresql://budgets@localhost/budgets",
        "DATABASE_PREPARE": prepare,
        "BUDGETS_ENV_FILE": os.devnull,
    }
    done = subprocess.run(
        [sys.executable, "-c", TELL], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == told
