"""Series over time against the ledger added up by hand."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from budgets.domain.windows import Step, Window, floor
from budgets.models import CostEntry
from budgets.queries.access import EVERYTHING, only
from budgets.queries.spend import spend_of_models, total_spend
from budgets.queries.spend_series import Split, spend_rows, spend_series
from budgets.services.settlement import MARGIN, settle_spend
from budgets.tests.factories import make_project, make_user, nanousd, spend

NOW = datetime(2027, 3, 3, 12, 30, tzinfo=UTC)
START, END = datetime(2026, 12, 30, tzinfo=UTC), datetime(2027, 3, 4, tzinfo=UTC)
WINDOW = Window(START, END, Step.DAY, START - (END - START))


@pytest.fixture(params=[None, "2026-12-31", "2027-01-04", "2027-03-01", "2027-03-03"])
def _spent(db: None, request: pytest.FixtureRequest) -> None:
    """Spend on the borders of days, weeks, months and the year, in two projects; settled up to a day, or not at all."""
    for name in ("a", "b"):
        user = make_user(make_project(name), usd=1000, days=None, now=START - timedelta(days=90))
        moments = ["2026-12-29T23:59:59", "2026-12-30T00:00:00", "2026-12-31T23:59:59", "2027-01-01T00:00:00"]
        moments += ["2027-01-03T23:59:59", "2027-01-04T00:00:00", "2027-01-31T23:30:00", "2027-02-01T00:00:00"]
        moments += ["2027-02-28T22:00:00", "2027-03-01T00:00:00", "2027-03-03T11:59:59", "2027-03-03T12:00:00"]
        for index, moment in enumerate(moments):
            at = datetime.fromisoformat(moment).replace(tzinfo=UTC)
            spend(user, 2**index / 1000, model=f"m{index % 3}", now=at)
    if request.param:
        settle_spend(now=datetime.fromisoformat(request.param).replace(tzinfo=UTC) + MARGIN)


@pytest.mark.usefixtures("_spent")
@pytest.mark.parametrize(
    ("split", "step"),
    # Spend per end user is kept by the day.
    [(split, step) for split in Split for step in Step if (split, step) != (Split.USER, Step.HOUR)],
)
def test_each_bucket_holds_the_entries_of_its_time(step: Step, split: Split) -> None:
    window = Window(START, END, step, WINDOW.before_start)
    expected = Counter[datetime]()
    entries = CostEntry.objects.filter(recorded_at__gte=START, recorded_at__lt=END)
    for entry in entries:
        expected[max(START, floor(entry.recorded_at, step))] += entry.amount_nanousd
    series = spend_series(window, split, reach=EVERYTHING)
    sums = [sum(values) for values in zip(*(one.values_nanousd for one in series), strict=True)]
    assert {start: cost for start, cost in zip(window.buckets, sums, strict=True) if cost} == expected
    rows = list(spend_rows(window, split, reach=EVERYTHING))
    by_bucket = Counter[datetime]()
    for row in rows:
        assert row.start < row.end <= END
        by_bucket[row.start] += row.cost_nanousd
    assert by_bucket == expected
    assert sum(row.entries for row in rows) == len(entries)


@pytest.mark.usefixtures("_spent")
def test_like_is_compared_with_like_to_the_hour() -> None:
    window = Window(datetime(2027, 3, 1, tzinfo=UTC), END, Step.DAY, datetime(2027, 2, 26, tzinfo=UTC))
    total = total_spend(window, reach=EVERYTHING, now=NOW)
    assert total.cost_nanousd == 2 * nanousd((2**9 + 2**10 + 2**11) / 1000)
    # Of today up to noon, and so of the three days before: what was spent at 22:00 of their last comes later.
    assert total.compared_nanousd == 2 * nanousd((2**9 + 2**10) / 1000)
    assert total.before_nanousd == 0
    whole = total_spend(window, reach=EVERYTHING, now=END)
    assert (whole.compared_nanousd, whole.before_nanousd) == (total.cost_nanousd, 2 * nanousd(2**8 / 1000))
    assert [one.model for one in spend_of_models(window, reach=EVERYTHING, now=NOW, limit=2)] == ["m2", "m1"]


@pytest.mark.usefixtures("_spent")
def test_what_is_out_of_reach_is_in_no_figure() -> None:
    project = CostEntry.objects.earliest("pk").project
    total = total_spend(WINDOW, reach=only(project), now=NOW)
    assert total.entries == 11
    for split in Split:
        series = spend_series(WINDOW, split, reach=only(project))
        assert sum(one.cost_nanousd for one in series) == total.cost_nanousd
        rows = spend_rows(WINDOW, split, reach=only(project))
        assert sum(row.cost_nanousd for row in rows) == total.cost_nanousd
