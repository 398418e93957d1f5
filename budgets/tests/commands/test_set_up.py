"""`set_up`: the first run makes a login and a key and shows them; every later one is silent."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import RequestFactory
from django.utils import timezone

from budgets.models import ApiKey
from budgets.services.keys import create_key, hash_key
from budgets.tests.harness.server import make_database
from budgetsite.environment import BASE_DIR

pytestmark = pytest.mark.django_db


def set_up(url: str = "http://127.0.0.1:8000") -> str:
    """Run the command; return what it says."""
    output = StringIO()
    call_command("set_up", url=url, stdout=output)
    return output.getvalue()


def test_the_first_run_shows_a_login_and_a_key_that_open(rf: RequestFactory) -> None:
    said = set_up()
    password = re.findall(r"password +(\S+)", said)[0]
    key = re.findall(r"API key +(\S+)", said)[0]
    admin = authenticate(rf.post("/admin/login/"), username="admin", password=password)
    assert isinstance(admin, User)
    assert admin.is_superuser
    api_key = ApiKey.objects.get()
    assert api_key.key_hash == hash_key(key)
    assert api_key.project is None
    assert f'api_base="http://worker-1:{key}@127.0.0.1:8000"' in said


def test_the_snippet_is_python() -> None:
    said = set_up()
    snippet = said[said.index("from litellm") : said.rindex("-" * 88)]
    compile(snippet, "snippet", "exec")


def test_the_address_is_the_one_given() -> None:
    said = set_up("https://budgets.example.com")
    assert "https://budgets.example.com/admin/" in said
    assert re.search(r'api_base="https://worker-1:\S+@budgets\.example\.com"', said)


def test_a_second_run_makes_nothing_and_says_where_the_dashboard_is() -> None:
    set_up()
    before = list(User.objects.values()), list(ApiKey.objects.values())
    assert set_up() == "The dashboard: http://127.0.0.1:8000/admin/\n"
    assert (list(User.objects.values()), list(ApiKey.objects.values())) == before


def test_where_someone_can_log_in_already_nothing_is_made() -> None:
    User.objects.create_user("someone")
    assert set_up() == "The dashboard: http://127.0.0.1:8000/admin/\n"
    assert ApiKey.objects.count() == 0


def test_where_a_key_is_there_already_nothing_is_made() -> None:
    create_key(label="mine", project=None, expires_at=None, created_by=None, now=timezone.now())
    assert set_up() == "The dashboard: http://127.0.0.1:8000/admin/\n"
    assert User.objects.count() == 0


def test_first_runs_at_once_make_one_login(tmp_path: Path) -> None:
    variables = {
        "PATH": os.environ["PATH"],
        "DJANGO_SECRET_KEY": "s" * 60,
        "DATABASE_URL": make_database(tmp_path),
        "BUDGETS_ENV_FILE": os.devnull,
    }
    command = [sys.executable, str(BASE_DIR / "manage.py"), "set_up"]
    runs = [
        subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(3)
    ]
    said = [run.communicate(timeout=120)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0], said
    assert len(re.findall(r"password +\S+", "".join(said))) == 1
