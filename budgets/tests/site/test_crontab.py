"""The line that `crontab add` writes, run as cron runs it."""

import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django_crontab.crontab import Crontab

from budgets.tests.harness.server import BudgetServer
from budgetsite.environment import BASE_DIR

LATEST_RUN = (
    "from budgets.models import ResetRun; run = ResetRun.objects.first(); print(run and run.finished_at.timestamp())"
)


@pytest.fixture
def line() -> str:
    """The crontab line of the resets, which stands before that of the daily ledger check."""
    crontab = Crontab(verbosity=0, readonly=True)
    crontab.add_jobs()
    resets, _check = crontab.crontab_lines
    return str(resets)


def run_as_cron(command: str) -> "subprocess.CompletedProcess[str]":
    """Run the command as cron does: by sh, elsewhere, with no environment."""
    return subprocess.run(
        ["env", "-i", "/bin/sh", "-c", command], cwd="/", capture_output=True, text=True, check=False, timeout=60
    )


def test_the_line_runs_every_hour_and_names_this_install(line: str) -> None:
    assert re.match(r"\d+ \* \* \* \* ", line)
    assert line.endswith(f"# budgets in {BASE_DIR}\n")
    assert "%" not in line, "cron takes a percent sign for the end of the line"


def test_the_line_resets_budgets_with_the_environment_from_the_file(
    line: str, gunicorn_server: BudgetServer, tmp_path: Path
) -> None:
    variables = tmp_path / "env"
    names = ("DJANGO_SECRET_KEY", "DATABASE_URL")
    variables.write_text("".join(f"{name}={gunicorn_server.environment[name]}\n" for name in names), encoding="utf-8")
    command = line.split(maxsplit=5)[5].rpartition("#")[0]
    command, replaced = re.subn(r"BUDGETS_ENV_FILE=\S+", f"BUDGETS_ENV_FILE={variables}", command)
    assert replaced == 1
    before = gunicorn_server.shell(LATEST_RUN)
    done = run_as_cron(command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert gunicorn_server.shell(LATEST_RUN) not in {before, "[]"}


def test_the_job_keeps_its_lock_to_itself(line: str) -> None:
    assert settings.CRONTAB_LOCK_JOBS
    assert f"TMPDIR={settings.VAR_DIR}/cron" in line
