"""`settle_spend [--anew]`, and that `reset_budgets` settles too."""

from datetime import UTC, datetime

import pytest

from budgets.models import HourSpend, OutlookFigures, SettledSpend
from budgets.services import kept_figures
from budgets.tests.commands.conftest import run
from budgets.tests.factories import DAY, broken, make_project, make_user, spend

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def spent() -> None:
    """Spend of three days ago."""
    at = datetime.now(UTC) - 3 * DAY
    spend(make_user(make_project(), days=None, now=at), 1, now=at)


def test_days_that_are_over_are_settled_once() -> None:
    assert run("settle_spend") in {"settle_spend: 2 days settled\n", "settle_spend: 3 days settled\n"}
    assert run("settle_spend") == "settle_spend: 0 days settled\n"
    assert broken() == []


def test_anew_mends_what_is_broken() -> None:
    run("settle_spend")
    SettledSpend.objects.update(cost_nanousd=1)
    assert broken() != []
    run("settle_spend", "--anew")
    assert broken() == []
    HourSpend.objects.all().delete()
    run("settle_spend", "--anew")
    assert not SettledSpend.objects.exists()


def test_the_hourly_command_adds_up_what_pages_read(monkeypatch: pytest.MonkeyPatch) -> None:
    run("reset_budgets", "--dry-run")
    assert not SettledSpend.objects.exists()
    assert not OutlookFigures.objects.exists()
    monkeypatch.setattr(kept_figures, "MANY_USERS", 0)
    run("reset_budgets")
    assert SettledSpend.objects.exists()
    assert OutlookFigures.objects.get().users == 1
