"""Adding up the UTC days and months that are over, once, so that pages need not read their hours again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import CharField, Min, QuerySet, Sum, Value

from budgets.domain.windows import DAY, HOUR, Step, floor, floor_day, next_start
from budgets.models import HourSpend, SettledSpend, Settlement
from budgets.models.settled import SettledStep
from budgets.queries.buckets import OF_HOUR

# A transaction writes into the hour it began in, whenever it commits, and clocks differ: a day is settled only so long
# after its end.
MARGIN = 6 * HOUR
# And so many days are added up once more when the next ones are.
DAYS_ADDED_ANEW = 2
COLUMNS = ("project_id", "step", "hour", "model", "cost_nanousd", "entries", "shared_nanousd")
SUMS = {"cost": Sum("cost_nanousd"), "count": Sum("entries"), "shared": Sum("shared_nanousd")}


def settle_spend(*, now: datetime, anew: bool = False) -> int:
    """Settle the days that have been over for MARGIN; return how many came to it. With `anew`, all of them again.

    A month of days is a transaction. It may be stopped at any time, and run twice or at once.
    """
    if anew:
        with transaction.atomic():
            _write_until(lock_settlement(), None)
            SettledSpend.objects.all().delete()
    _unsettle_what_is_to_come(now.astimezone(UTC))
    settled = 0
    while days := _settle_some(floor_day(now.astimezone(UTC) - MARGIN)):
        settled += days
    return settled


def _unsettle_what_is_to_come(now: datetime) -> None:
    """A clock that was ahead has settled days that are not over: what is spent on them now would be in no chart."""
    today, end = floor_day(now), floor_day(now - MARGIN)
    if not Settlement.objects.filter(until__gt=today).exists():
        return
    with transaction.atomic():
        settlement = lock_settlement()
        if settlement.until is not None and settlement.until > today:
            _write_until(settlement, end)
            SettledSpend.objects.filter(step=SettledStep.DAY, hour__gte=end).delete()
            SettledSpend.objects.filter(step=SettledStep.MONTH, hour__gte=floor(end, Step.MONTH)).delete()


def _settle_some(end: datetime) -> int:
    """Settle days up to `end`, but not beyond the end of a month; return how many."""
    with transaction.atomic():
        settlement = lock_settlement()
        start = settlement.until or _first_day()
        if start is None or start >= end:
            return 0
        until = min(end, next_start(floor(start, Step.MONTH), Step.MONTH))
        _add_up(start - DAYS_ADDED_ANEW * DAY, until)
        _write_until(settlement, until)
    return (until - start) // DAY


def lock_settlement() -> Settlement:
    """Keep others from settling until the transaction ends."""
    Settlement.objects.get_or_create(pk=Settlement.ONE)
    return Settlement.objects.select_for_update().get()


def _write_until(settlement: Settlement, until: datetime | None) -> None:
    settlement.until = until
    settlement.save(update_fields=["until"])


def _first_day() -> datetime | None:
    first: datetime | None = HourSpend.objects.aggregate(first=Min("hour"))["first"]
    return None if first is None else floor_day(first.astimezone(UTC))


def _add_up(start: datetime, until: datetime) -> None:
    """The days of `[start, until)` from their hours, and from the days those months that are touched and are over."""
    SettledSpend.objects.filter(step=SettledStep.DAY, hour__gte=start).delete()
    _insert_sums(SettledStep.DAY, HourSpend.objects.filter(hour__gte=start, hour__lt=until))
    first, end = floor(start, Step.MONTH), floor(until, Step.MONTH)
    SettledSpend.objects.filter(step=SettledStep.MONTH, hour__gte=first).delete()
    days = SettledSpend.objects.filter(step=SettledStep.DAY, hour__gte=first, hour__lt=end)
    _insert_sums(SettledStep.MONTH, days)


def _insert_sums(step: SettledStep, rows: QuerySet[Any]) -> None:
    """One row for each project, day or month, and model of these, in one statement."""
    start = OF_HOUR[Step(step)]("hour", tzinfo=UTC)
    sums = (
        rows.order_by()
        .annotate(of=Value(step.value, CharField()), start=start)
        .values_list("project_id", "of", "start", "model")
        .annotate(**SUMS)
    )
    text, parameters = sums.query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        # Only names of the table and its columns are put into the text; every value is a parameter.
        cursor.execute(f"INSERT INTO {_table()} ({_names(COLUMNS)}) {text}", parameters)


def _table() -> str:
    return connection.ops.quote_name(SettledSpend._meta.db_table)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(map(connection.ops.quote_name, columns))
