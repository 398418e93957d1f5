"""Spend over time by model, project or end user: the series of a chart, and all of them as rows to hand to others."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum

from django.db.models import Case, Expression, F, IntegerField, QuerySet, Sum, Value, When

from budgets.domain.windows import Step, Window
from budgets.models import DaySpend, EndUser, Project
from budgets.queries.access import Reach
from budgets.queries.buckets import OF_DAY, OF_HOUR
from budgets.queries.settled import Sums, merged
from budgets.queries.spend import days_in, hours_in, sums_in

# A chart with more colours than this is not read any more; the rest is one series.
MAX_SERIES = 8
CHUNK = 2_000
Key = str | int
Rollups = Sums | QuerySet[DaySpend]


class Split(StrEnum):
    """What the spend is split by."""

    MODEL = "model"
    PROJECT = "project"
    USER = "user"


FIELDS = {Split.MODEL: "model", Split.PROJECT: "project", Split.USER: "end_user"}


@dataclass(frozen=True, slots=True)
class Series:
    """What one model, project or end user spent per bucket, in nano-USD.

    `key` is the model's name or the row's id; None stands for all beyond MAX_SERIES. `project` is an end user's.
    """

    key: Key | None
    name: str
    values_nanousd: list[int]
    project: str = ""

    @property
    def cost_nanousd(self) -> int:
        """The sum."""
        return sum(self.values_nanousd)


@dataclass(frozen=True, slots=True)
class SpendRow:
    """What was spent in a bucket, by one name. `project` is an end user's."""

    start: datetime
    end: datetime
    project: str
    name: str
    cost_nanousd: int
    entries: int


def spend_series(window: Window, split: Split, *, reach: Reach) -> list[Series]:
    """The MAX_SERIES that cost most by falling spend, then the rest as one."""
    sums = {"cost": Sum("cost_nanousd"), "count": Sum("entries")}
    parts = [part.values(key=F(FIELDS[split])).annotate(**sums) for part in _rollups(window, split, reach)]
    top = [key for key, *_ in merged(parts, limit=MAX_SERIES + 1)]
    return series_of(window, split, top[:MAX_SERIES], reach=reach, has_rest=len(top) > MAX_SERIES) if top else []


def series_of(
    window: Window, split: Split, keys: Sequence[Key], *, reach: Reach, has_rest: bool = False
) -> list[Series]:
    """The series of these keys, in their order; with `has_rest`, all others as one after them."""
    field = FIELDS[split]
    # What all users spent is known without reading each.
    reads_rest = has_rest and split is not Split.USER
    rank = Case(
        *(When(**{field: key}, then=Value(index)) for index, key in enumerate(keys)),
        default=Value(len(keys)),
        output_field=IntegerField(),
    )
    values = [[0] * len(window.buckets) for _ in range(len(keys) + 1)]
    for part in _rollups(window, split, reach):
        rows = part if reads_rest else part.filter(**{f"{field}__in": keys})
        ranked = rows.annotate(rank=rank, bucket=_bucket(window.step, split)).values_list("rank", "bucket")
        for at, bucket, cost in ranked.annotate(cost=Sum("cost_nanousd")):
            values[at][_index(window, bucket)] += cost
    if has_rest and not reads_rest:
        of_keys = [sum(each) for each in zip(*values, strict=True)]
        values[-1] = [total - known for total, known in zip(_totals(window, reach), of_keys, strict=True)]
    names = _names(split, keys)
    series = [Series(key, names[key][0], values[at], names[key][1]) for at, key in enumerate(keys)]
    return [*series, Series(None, "", values[-1])] if has_rest else series


def _totals(window: Window, reach: Reach) -> list[int]:
    """What was spent in each bucket."""
    totals = [0] * len(window.buckets)
    for part in sums_in(window, reach, window.step):
        rows = part.annotate(bucket=_bucket(window.step, Split.MODEL)).values_list("bucket")
        for bucket, cost in rows.annotate(cost=Sum("cost_nanousd")):
            totals[_index(window, bucket)] += cost
    return totals


def spend_rows(window: Window, split: Split, *, reach: Reach) -> Iterator[SpendRow]:
    """Every name of every bucket in which it spent, bucket by bucket, streamed so that memory does not grow."""
    names = {
        Split.MODEL: ("model", "model"),
        Split.PROJECT: ("project__name", "project__name"),
        Split.USER: ("project__name", "end_user__name"),
    }[split]
    # Line by line as they come from the database, which sorts the rows of one table by itself.
    rollups = days_in(window, reach) if split is Split.USER else hours_in(window, reach)
    rows = (
        rollups.order_by()
        .annotate(bucket=_bucket(window.step, split))
        .values_list("bucket", *dict.fromkeys((*names, FIELDS[split])))
        .annotate(cost=Sum("cost_nanousd"), count=Sum("entries"))
        .order_by("bucket", *names)
    )
    for bucket, project, *rest, cost, count in rows.iterator(chunk_size=CHUNK):
        index = _index(window, bucket)
        name = rest[0] if split is Split.USER else project
        of = project if split is Split.USER else ""
        yield SpendRow(window.buckets[index], window.bucket_end(index), of, name, cost, count)


def _rollups(window: Window, split: Split, reach: Reach) -> Sequence[Rollups]:
    # Sums by the hour carry no end user, so a year of them stays few whatever the number of users.
    return [days_in(window, reach).order_by()] if split is Split.USER else sums_in(window, reach, window.step)


def _bucket(step: Step, split: Split) -> Expression | F:
    if split is Split.USER:
        assert step is not Step.HOUR, "spend per end user is kept by the day"
        return OF_DAY[step]("day") if step in OF_DAY else F("day")
    # In whatever zone the viewer reads the page.
    return OF_HOUR[step]("hour", tzinfo=UTC) if step in OF_HOUR else F("hour")


def _index(window: Window, bucket: date | datetime) -> int:
    start = bucket if isinstance(bucket, datetime) else datetime.combine(bucket, time(), UTC)
    return window.index_by_floor[start]


def _names(split: Split, keys: Iterable[Key]) -> dict[Key, tuple[str, str]]:
    """Each key's name, and the project's for an end user."""
    if split is Split.MODEL:
        return {key: (str(key), "") for key in keys}
    ids = [int(key) for key in keys]
    if split is Split.PROJECT:
        return {pk: (name, "") for pk, name in Project.objects.filter(pk__in=ids).values_list("pk", "name")}
    users = EndUser.objects.filter(pk__in=ids).values_list("pk", "name", "project__name")
    return {pk: (name, project) for pk, name, project in users}
