"""The burn-down on the page: its words, its drawing, and that chart, table, ledger and file say the same."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from budgets.admin.burn_down_drawing import chart_of
from budgets.admin.burn_down_sentence import sentence
from budgets.domain.forecast import OpenWindow, forecast
from budgets.domain.money import exact_usd, nanousd_from_text
from budgets.models import CostEntry, EndUser
from budgets.queries.burn_down import Bucket, BurnDown
from budgets.tests.factories import DAY, HOUR, NOW, make_project, make_user, spend

USD = 1_000_000_000
BASE = "/admin/budgets/enduser/"


def shown(spent: float, limit: float | None, *, elapsed: timedelta, days: int | None = 28) -> BurnDown:
    """A period with all its spend in one bucket."""
    now = NOW + elapsed
    due = NOW + timedelta(days=days) if days else None
    window = OpenWindow(NOW, due, now, int(spent * USD), None if limit is None else int(limit * USD))
    bucket = Bucket(NOW, now, window.spent_nanousd, window.spent_nanousd)
    return BurnDown(window, False, [bucket], forecast(window))


@pytest.mark.parametrize(
    ("burn", "words"),
    [
        (
            shown(7, 10, elapsed=7 * DAY),
            "At this pace $21.00 more by Feb 28, $28.00 in all, between $17.50 and $49.00."
            " Runs out Feb 10, between Feb 9 00:00 UTC and Feb 13.",
        ),
        (
            shown(7, 20, elapsed=7 * DAY),
            "At this pace $21.00 more by Feb 28, $28.00 in all, between $17.50 and $49.00."
            " Runs out Feb 20; Feb 14 at a faster pace, not before the reset at a slower one.",
        ),
        (
            shown(7, 40, elapsed=7 * DAY),
            "At this pace $21.00 more by Feb 28, $28.00 in all, between $17.50 and $49.00."
            " The limit lasts, but at a faster pace is reached on Feb 24.",
        ),
        (
            shown(7, 50, elapsed=7 * DAY),
            "At this pace $21.00 more by Feb 28, $28.00 in all, between $17.50 and $49.00."
            " The limit lasts until the reset.",
        ),
        (
            shown(7, None, elapsed=7 * DAY),
            "At this pace $21.00 more by Feb 28, $28.00 in all, between $17.50 and $49.00. There is no limit to reach.",
        ),
        (
            shown(7, 14, elapsed=7 * DAY, days=None),
            "The pace so far is $1.00 a day, and this budget never resets. Runs out Feb 14, between Feb 11 and Feb 21.",
        ),
        (
            shown(12, 10, elapsed=7 * DAY),
            "Over the limit by $2.00 since 2027-02-07 (UTC)."
            " At this pace $36.00 more by Feb 28, $48.00 in all, between $30.00 and $84.00.",
        ),
        (shown(1, 10, elapsed=HOUR), "Too early to say where the spend is heading. The next reset is on Feb 28."),
        (shown(0, 10, elapsed=7 * DAY), "Nothing spent in this period yet. The next reset is on Feb 28."),
        (shown(0, None, elapsed=7 * DAY, days=None), "Nothing spent in this period yet."),
    ],
)
def test_the_sentence(burn: BurnDown, words: str) -> None:
    assert sentence(burn) == words


def test_what_is_left_stops_at_nothing_and_the_band_holds_the_likely_line() -> None:
    chart = chart_of(shown(7, 10, elapsed=7 * DAY))
    assert [point["y"] for point in chart["actual"]] == [10, 3]
    assert [point["y"] for point in chart["likely"]] == [3, 0, 0]
    assert chart["likely"][1]["x"] == round((NOW + 10 * DAY).timestamp() * 1000)
    assert chart["high"][1]["x"] < chart["likely"][1]["x"] < chart["low"][1]["x"]
    assert chart["end"] == chart["reset"] == round((NOW + 28 * DAY).timestamp() * 1000)


def test_no_forecast_is_drawn_where_there_is_none() -> None:
    for burn in (shown(12, 10, elapsed=7 * DAY), shown(1, 10, elapsed=HOUR)):
        chart = chart_of(burn)
        assert chart["low"] == chart["likely"] == chart["high"] == []


@pytest.fixture
def spender(db: None, monkeypatch: pytest.MonkeyPatch) -> EndUser:
    """One who spent on two models, looked at after four days."""
    monkeypatch.setattr("budgets.admin.base.now", lambda: NOW + 4 * DAY)
    user = make_user(make_project(), "ann", usd=10, days=28)
    for day, amount in ((0, 0.1234567891), (0.5, 0.000225), (2, 1.1), (3, 0.3333333333)):
        spend(user, round(amount, 9), "gpt-4o" if day else "o3", now=NOW + day * DAY)
    return user


def test_chart_table_ledger_and_file_agree(site: Client, spender: EndUser) -> None:
    html = site.get(f"{BASE}{spender.pk}/change/").content.decode()
    text = site.get(f"{BASE}{spender.pk}/burn-down/").content.decode()
    total = sum(CostEntry.objects.values_list("amount_nanousd", flat=True))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert sum(nanousd_from_text(row["spent_usd"]) for row in rows) == total
    assert nanousd_from_text(rows[-1]["total_usd"]) == total
    assert nanousd_from_text(rows[-1]["left_usd"]) == 10 * USD - total
    chart = json.loads(re.findall(r'id="burn-down-data" type="application/json">(.*?)</script>', html)[0])
    assert round(chart["actual"][-1]["y"] * USD) == 10 * USD - total
    # Once for the ledger to the last digit; for table, models and summary to the cent.
    assert f"<strong>{exact_usd(total)}</strong>" in html
    assert html.count("<strong>$1.56</strong>") == 2
    assert len(rows) == 5


@pytest.mark.parametrize(("name", "file"), [("ann", "ann-"), ('"; a\n', "a-"), ("\u540d", "")])
def test_the_file_is_called_by_the_user(site: Client, spender: EndUser, name: str, file: str) -> None:
    EndUser.objects.update(name=name)
    response = site.get(f"{BASE}{spender.pk}/burn-down/")
    called = f'attachment; filename="burn-down-{file}{spender.pk}.csv"'
    assert response["Content-Disposition"] == called


@pytest.mark.parametrize("count", [3, 300])
def test_the_number_of_queries_does_not_grow_with_the_ledger(
    site: Client, django_assert_num_queries: DjangoAssertNumQueries, count: int, spender: EndUser
) -> None:
    entry = CostEntry.objects.first()
    assert entry is not None
    CostEntry.objects.bulk_create(
        CostEntry(
            project=entry.project, end_user=spender, period=entry.period, version=1, model=f"m{index}",
            amount_nanousd=1, recorded_at=NOW, source="manager",
        )
        for index in range(count)
    )  # fmt: skip
    with django_assert_num_queries(11):
        site.get(f"{BASE}{spender.pk}/change/")


def test_filters_in_the_address_choose_the_entries(site: Client, spender: EndUser) -> None:
    page = site.get(f"{BASE}{spender.pk}/change/?model=gpt-4o&from=2027-02-02&to=2027-02-02")
    ledger = page.context["page"]["detail"].ledger
    assert [entry.amount_nanousd for entry in ledger.entries] == [1_100_000_000] == [ledger.total_nanousd]
    assert "All that match, on every page" in page.content.decode()
    for odd in ("model=%00", "from=x&to=9999-12-31", "period=9999999999999999999&before=-1", "periods_before=²"):
        assert site.get(f"{BASE}{spender.pk}/change/?{odd}").status_code == 200
