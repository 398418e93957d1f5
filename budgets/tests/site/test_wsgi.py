"""What a worker loads."""

import os
import subprocess
import sys

from budgetsite.environment import BASE_DIR

TELL = """
import sys
import budgetsite.wsgi
print("unfold.overrides" in sys.modules, "psycopg.pq" in sys.modules)
"""


def test_on_sqlite_the_pages_are_loaded_without_postgresqls_driver() -> None:
    environment = os.environ | {
        "DATABASE_URL": "sqlite:///:memory:",
        "DJANGO_SETTINGS_MODULE": "budgetsite.settings",
        "BUDGETS_ENV_FILE": os.devnull,
    }
    done = subprocess.run(
        [sys.executable, "-c", TELL], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "False"]
