"""`export_costs --project NAME [--since] [--until] --format csv|json|jsonl`."""

import csv
import json
import subprocess
import sys
from io import StringIO
from subprocess import PIPE

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from budgets.domain.csv_cells import FORMULA_STARTS
from budgets.management.commands.export_costs import NAMES
from budgets.management.output import ENDED_BY_PIPE
from budgets.models import EndUser, Project
from budgets.services.ledger import adjust
from budgets.tests.commands.conftest import run
from budgets.tests.factories import HOUR, NOW, WireClient, make_caller, make_project, make_user, spend
from budgets.tests.harness.server import BudgetServer
from budgetsite.environment import BASE_DIR

pytestmark = pytest.mark.django_db
FIELDS = ["recorded_at", "end_user", "model", "cost_usd", "period_start", "source", "client"]


@pytest.fixture
def shop() -> Project:
    project = make_project("shop")
    user = make_user(project, 'ä,"b"\n')
    spend(user, 0.000225)
    spend(user, 12, "", now=NOW + HOUR)
    spend(make_user(make_project("other")), 99)
    return project


def export(*arguments: str) -> str:
    return run("export_costs", "--project", "shop", *arguments)


def test_all_formats_say_the_same(shop: Project) -> None:
    from_csv = list(csv.DictReader(StringIO(export("--format", "csv"))))
    from_json = json.loads(export("--format", "json"))
    from_jsonl = [json.loads(line) for line in export("--format", "jsonl").splitlines()]
    assert from_csv == from_json == from_jsonl
    assert [list(row) for row in from_json] == [FIELDS, FIELDS]
    assert [row["cost_usd"] for row in from_json] == ["0.000225", "12"]
    assert from_json[0] == {
        "recorded_at": "2027-01-31T12:00:00.123456Z",
        "end_user": 'ä,"b"\n',
        "model": "gpt-4o",
        "cost_usd": "0.000225",
        "period_start": "2027-01-31T12:00:00.123456Z",
        "source": "manager",
        "client": "",
    }


def test_a_reader_that_has_had_enough_ends_it_without_a_word(gunicorn_server: BudgetServer, project: str) -> None:
    record = {"total_budget": 1, "current_cost": 1, "model_cost": {"m": 1}}
    assert gunicorn_server.post("/set_budget", {"project_name": project, "user_dict": {"u": record}}).status == 200
    command = [sys.executable, str(BASE_DIR / "manage.py"), "export_costs", "--project", project, "--format", "csv"]
    with subprocess.Popen(command, env=gunicorn_server.environment, stdout=PIPE, stderr=PIPE) as export:
        assert export.stdout
        assert export.stderr
        export.stdout.close()
        assert export.stderr.read() == b""
    assert export.returncode == ENDED_BY_PIPE


def test_nothing_is_still_csv_and_json() -> None:
    make_project("shop")
    assert export("--format", "csv") == ",".join(f'"{name}"' for name in FIELDS) + "\r\n"
    assert json.loads(export("--format", "json")) == []
    assert export("--format", "jsonl") == ""


@pytest.mark.parametrize(
    ("span", "costs"),
    [
        (["--since", "2027-01-31T13:00"], ["12"]),
        (["--until", "2027-01-31T13:00"], ["0.000225"]),
        (["--since", "2027-01-31", "--until", "2027-02-01"], ["0.000225", "12"]),
        (["--since", "2027-02-01"], []),
        (["--since", "2027-01-31T14:30+02:00"], ["12"]),
    ],
)
def test_the_span_is_since_inside_until_outside(shop: Project, span: list[str], costs: list[str]) -> None:
    assert [row["cost_usd"] for row in json.loads(export("--format", "json", *span))] == costs


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "'", "'="])
def test_a_spreadsheet_runs_nothing_of_a_csv_and_no_name_is_lost(start: str) -> None:
    project = make_project("shop")
    formula = f'{start}HYPERLINK("http://evil")'
    client = WireClient(project, make_caller(project, f"{start}cmd" if start > " " else "worker"))
    client.create_budget(formula, 10)
    client.spend(formula, 1, f"{start}1+1")
    client.post()
    text = export("--format", "csv")
    (row,) = csv.DictReader(StringIO(text, newline=""))
    assert row["end_user"] == f"'{formula}"
    assert row["model"] == f"'{start}1+1"
    assert not row["client"].startswith(FORMULA_STARTS)
    (raw,) = json.loads(export("--format", "json"))
    assert raw["end_user"] == formula
    # What docs/operations.md says of reading a CSV back.
    assert {name: row[name].removeprefix("'") for name in NAMES} == {name: raw[name] for name in NAMES}


def test_names_are_quoted_and_costs_are_numbers(shop: Project) -> None:
    user = EndUser.objects.get(project=shop)
    adjust(end_user=user, model="", amount_nanousd=-5, reason="r", actor=None, now=NOW + HOUR)
    text = export("--format", "csv")
    assert '"ä,""b""\n"' in text
    last = text.splitlines()[-1]
    assert ',"",-0.000000005,"' in last


class Terminal(StringIO):
    """Standard output as a shell gives it."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_is_sent_no_escapes(shop: Project) -> None:
    spend(make_user(shop, "\x1b]0;owned\x07\x9b2J\u202e"), 1)
    output = Terminal()
    call_command("export_costs", "--project", "shop", "--format", "csv", stdout=output, no_color=True)
    assert r"\x1b]0;owned\x07\x9b2J\u202e" in output.getvalue()
    assert all(one.isprintable() or one in "\r\n" for one in output.getvalue())
    assert "\x1b]0;owned\x07\x9b2J\u202e" in export("--format", "csv")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--project", "unknown", "--format", "csv"],
        ["--project", "shop"],
        ["--format", "csv"],
        ["--project", "shop", "--format", "xml"],
        ["--project", "shop", "--format", "csv", "--since", "yesterday"],
    ],
)
def test_what_cannot_be_fails(shop: Project, arguments: list[str]) -> None:
    with pytest.raises(CommandError):
        run("export_costs", *arguments)
