"""`verify_ledger [--project NAME]`, as a shell sees it."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from budgets.models import HourSpend, LedgerCheck
from budgets.tests.commands.conftest import run
from budgets.tests.factories import make_project, make_user, spend

pytestmark = pytest.mark.django_db


def test_a_sound_ledger_is_said_to_be() -> None:
    spend(make_user(make_project("shop")), 1)
    assert run("verify_ledger") == "verify_ledger: sound (every project)\n"
    assert run("verify_ledger", "--project", "shop") == "verify_ledger: sound (shop)\n"


def test_only_a_check_of_everything_is_written_down() -> None:
    make_project("shop")
    run("verify_ledger", "--project", "shop")
    assert not LedgerCheck.objects.exists()
    run("verify_ledger")
    check = LedgerCheck.objects.get()
    assert check.violations == 0
    assert check.started_at <= check.finished_at


def test_what_is_broken_is_told_in_a_table_and_fails() -> None:
    spend(make_user(make_project("shop")), 1)
    make_project("sound")
    HourSpend.objects.update(cost_nanousd=5)
    output = StringIO()
    with pytest.raises(CommandError, match="1 broken invariants") as caught:
        call_command("verify_ledger", stdout=output)
    assert caught.value.returncode == 1
    head, row = output.getvalue().splitlines()
    assert head.split() == ["invariant", "project", "what", "expected", "found"]
    assert row.startswith("2          shop")
    assert LedgerCheck.objects.get().violations == 1
    assert run("verify_ledger", "--project", "sound")
    with pytest.raises(CommandError):
        run("verify_ledger", "--project", "shop")


def test_a_name_cannot_draw_over_the_table() -> None:
    name = "\x1b[2Jshop\n2          sound"
    spend(make_user(make_project(name)), 1, "m\x1b]0;x\x07")
    HourSpend.objects.update(cost_nanousd=5)
    output = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_ledger", stdout=output)
    assert output.getvalue().isascii()
    assert "\x1b" not in output.getvalue()
    (_, row) = output.getvalue().splitlines()
    assert r"\x1b[2Jshop\n2          sound" in row
    HourSpend.objects.update(cost_nanousd=10**9)
    assert "\x1b" not in run("verify_ledger", "--project", name)


def test_an_unknown_project_fails() -> None:
    with pytest.raises(CommandError, match="no project 'shop'"):
        run("verify_ledger", "--project", "shop")
