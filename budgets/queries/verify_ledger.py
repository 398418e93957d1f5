"""The ledger's invariants (design §6), checked against the entries themselves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, TruncHour

from budgets.domain.handed_records import format_record, terms_as_handed
from budgets.domain.marks import record_digest
from budgets.domain.money import wire_nanousd
from budgets.domain.periods import epoch_us
from budgets.domain.records import PostError, parse_record
from budgets.domain.standing import cost_differences
from budgets.domain.terms import Terms
from budgets.domain.windows import Step, floor
from budgets.models import (
    Client,
    ClientDaySpend,
    CostEntry,
    DaySpend,
    EndUser,
    HourSpend,
    Period,
    Project,
    SettledSpend,
)
from budgets.models.settled import SettledStep
from budgets.queries.buckets import OF_HOUR
from budgets.queries.settled import settled_until

CHUNK = 2_000
# Nano-USD, the number of entries behind it, and how much of it stands on a highest figure (by hour only).
Sums = tuple[int, int, int]
# A user or an hour with a model, or a client.
Key = tuple[Any, ...]
SETTLED_COLUMNS = ("cost_nanousd", "entries", "shared_nanousd")
SETTLED = {"cost": Sum("cost_nanousd"), "number": Sum("entries"), "shared": Sum("shared_nanousd")}


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken invariant: which (its number in design §6), whose, and what was found in place of what."""

    invariant: int
    project: str
    subject: str
    expected: str
    found: str


def violations(*, project: Project | None = None) -> Iterator[Violation]:
    """Every broken invariant of the project or, with None, of the instance. Memory stays bounded."""
    for one in [project] if project else Project.objects.all():
        yield from _cached_costs(one)
        yield from _rollups(one)
        yield from _settled_months(one)
        yield from _shared_by_client(one)
        yield from _windows(one)
        yield from _cached_terms(one)
        yield from _round_trips(one)


def _cached_costs(project: Project) -> Iterator[Violation]:
    """Invariant 1: a period's cached costs are the sums of its entries, in all and by model."""
    last_pk = 0
    while periods := list(Period.objects.filter(project=project, pk__gt=last_pk).order_by("pk")[:CHUNK]):
        last_pk = periods[-1].pk
        sums: dict[int, dict[str, int]] = {period.pk: {} for period in periods}
        entries = CostEntry.objects.filter(period__in=list(sums)).order_by()
        for row in entries.values("period_id", "model").annotate(cost=Sum("amount_nanousd")):
            sums[row["period_id"]][row["model"]] = row["cost"]
        for period in periods:
            yield from _compare_period(project, period, sums[period.pk])


def _compare_period(project: Project, period: Period, by_model: dict[str, int]) -> Iterator[Violation]:
    subject = f"period {period.pk} of user {period.end_user_id}"
    total = sum(by_model.values())
    if period.cost_nanousd != total:
        yield _money(1, project, subject, total, period.cost_nanousd)
    for model in sorted(by_model.keys() | period.cost_by_model.keys()):
        expected, found = by_model.get(model, 0), period.cost_by_model.get(model, 0)
        if expected != found:
            yield _money(1, project, f"{subject}, {model or 'no model'}", expected, found)


def _cached_terms(project: Project) -> Iterator[Violation]:
    """Invariant 1 as well: an open period's limit is its budget's, and a user's last spend is the last entry's."""
    limits = Period.objects.filter(project=project, ends_at=None).order_by("pk")
    rows = limits.values_list("end_user_id", "end_user__budget__total_budget_nanousd", "limit_nanousd")
    for user_id, expected, found in rows.iterator(chunk_size=CHUNK):
        if expected != found:
            subject = f"limit of the open period of user {user_id}"
            yield Violation(1, project.name, subject, f"{expected} nano-USD", f"{found} nano-USD")
    last = CostEntry.objects.filter(end_user=OuterRef("pk")).order_by("-version", "-pk").values("recorded_at")[:1]
    users = EndUser.objects.filter(project=project).annotate(last=Subquery(last)).order_by("pk")
    for user_id, last_at, found_at in users.values_list("pk", "last", "last_spend_at").iterator(chunk_size=CHUNK):
        if last_at != found_at:
            yield Violation(1, project.name, f"last spend of user {user_id}", str(last_at), str(found_at))


def _rollups(project: Project) -> Iterator[Violation]:
    """Invariant 2: every rollup is the sum of the entries under it. Checked day by day."""
    entries = CostEntry.objects.filter(project=project)
    span = entries.aggregate(first=Min("recorded_at"), last=Max("recorded_at"))
    days = DaySpend.objects.filter(project=project).aggregate(first=Min("day"), last=Max("day"))
    hours = HourSpend.objects.filter(project=project).aggregate(first=Min("hour"), last=Max("hour"))
    clients = ClientDaySpend.objects.filter(project=project).aggregate(first=Min("day"), last=Max("day"))
    settled = SettledSpend.objects.filter(project=project).aggregate(first=Min("hour"), last=Max("hour"))
    found = (span, days, hours, clients, settled)
    known = [one for ends in found for one in ends.values() if one is not None]
    dates = [one.astimezone(UTC).date() if isinstance(one, datetime) else one for one in known]
    if not dates:
        return
    day, until = min(dates), settled_until()
    while day <= max(dates):
        yield from _rollups_of_day(project, day)
        yield from _settled_day(project, datetime(day.year, day.month, day.day, tzinfo=UTC), until)
        day += timedelta(days=1)


def _rollups_of_day(project: Project, day: date) -> Iterator[Violation]:
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    entries = CostEntry.objects.filter(
        project=project, recorded_at__gte=start, recorded_at__lt=start + timedelta(days=1)
    ).order_by()
    sums = {"cost": Sum("amount_nanousd"), "number": Count("pk")}
    shared = {"shared": Coalesce(Sum("amount_nanousd", filter=Q(is_shared=True)), 0)}
    by_user = entries.values_list("end_user_id", "model").annotate(**sums)
    stored_by_user = DaySpend.objects.filter(project=project, day=day).values_list(
        "end_user_id", "model", "cost_nanousd", "entries"
    )
    yield from _compare_sums(project, f"{day}, user", _by_key(by_user, 2), _by_key(stored_by_user, 2))
    by_hour = entries.annotate(hour=TruncHour("recorded_at", tzinfo=UTC)).values_list("hour", "model")
    stored_by_hour = HourSpend.objects.filter(
        project=project, hour__gte=start, hour__lt=start + timedelta(days=1)
    ).values_list("hour", "model", "cost_nanousd", "entries", "shared_nanousd")
    by_hour = by_hour.annotate(**sums, **shared)
    yield from _compare_sums(project, "hour", _by_key(by_hour, 2), _by_key(stored_by_hour, 2))
    by_client = entries.filter(client__isnull=False).values_list("client_id").annotate(**sums)
    stored_by_client = ClientDaySpend.objects.filter(project=project, day=day).values_list(
        "client_id", "cost_nanousd", "entries"
    )
    yield from _compare_sums(project, f"{day}, client", _by_key(by_client, 1), _by_key(stored_by_client, 1))


def _settled_day(project: Project, start: datetime, until: datetime | None) -> Iterator[Violation]:
    """Invariant 2: a settled day is the sum of its hours, which are held against the entries; others have no rows."""
    hours = HourSpend.objects.filter(project=project, hour__gte=start, hour__lt=start + timedelta(days=1)).order_by()
    expected = {} if until is None or start >= until else _by_key(hours.values_list("model").annotate(**SETTLED), 1)
    stored = SettledSpend.objects.filter(project=project, step=SettledStep.DAY, hour=start)
    found = _by_key(stored.values_list("model", *SETTLED_COLUMNS), 1)
    yield from _compare_sums(project, f"settled {start:%Y-%m-%d},", expected, found)


def _settled_months(project: Project) -> Iterator[Violation]:
    """Invariant 2: a settled month is the sum of its days; a month that is not over has no rows."""
    settled, until = SettledSpend.objects.filter(project=project).order_by(), settled_until()
    days, expected = settled.filter(step=SettledStep.DAY).annotate(month=OF_HOUR[Step.MONTH]("hour", tzinfo=UTC)), {}
    if until is not None:
        whole = days.filter(hour__lt=floor(until, Step.MONTH))
        expected = _by_key(whole.values_list("month", "model").annotate(**SETTLED), 2)
    stored = settled.filter(step=SettledStep.MONTH).values_list("hour", "model", *SETTLED_COLUMNS)
    yield from _compare_sums(project, "settled month", expected, _by_key(stored, 2))


def _by_key(rows: Any, columns: int) -> dict[Key, Sums]:
    """The sums by the first so many columns."""
    return {row[:columns]: (*row[columns:], 0)[:3] for row in rows}


def _compare_sums(
    project: Project, what: str, expected: dict[Key, Sums], found: dict[Key, Sums]
) -> Iterator[Violation]:
    for key in sorted(expected.keys() | found.keys()):
        wanted, stored = expected.get(key, (0, 0, 0)), found.get(key, (0, 0, 0))
        if wanted != stored:
            subject = f"rollup of {what} {', '.join(str(part) or 'no model' for part in key)}"
            yield Violation(2, project.name, subject, _sums(wanted), _sums(stored))


def _sums(sums: Sums) -> str:
    shared = f", {sums[2]} nano-USD of it shared" if sums[2] else ""
    return f"{sums[0]} nano-USD in {sums[1]} entries{shared}"


def _shared_by_client(project: Project) -> Iterator[Violation]:
    """Invariant 2 as well: what a client's spend stands on a highest figure is the sum of those entries."""
    entries = CostEntry.objects.filter(project=project, is_shared=True, client__isnull=False).order_by()
    sums = dict(entries.values_list("client").annotate(shared=Sum("amount_nanousd")))
    for pk, stored in Client.objects.filter(project=project).order_by("pk").values_list("pk", "shared_nanousd"):
        if stored != sums.get(pk, 0):
            yield _money(2, project, f"shared spend of client {pk}", sums.get(pk, 0), stored)


def _windows(project: Project) -> Iterator[Violation]:
    """Invariant 4: a user's periods neither overlap nor leave gaps, and the last one alone is open."""
    ordered = Period.objects.filter(project=project).order_by("end_user_id", "opened_version")
    rows = ordered.values_list("end_user_id", "starts_at", "ends_at").iterator(chunk_size=CHUNK)
    for end_user_id, group in groupby(rows, key=lambda row: row[0]):
        ends_at = None
        for _, starts_at, next_ends_at in group:
            if ends_at is not None and starts_at != ends_at:
                yield Violation(4, project.name, f"user {end_user_id}", f"a window from {ends_at}", f"from {starts_at}")
            ends_at = next_ends_at
        if ends_at is not None:
            yield Violation(4, project.name, f"user {end_user_id}", "an open period", "none")


def _round_trips(project: Project) -> Iterator[Violation]:
    """Invariant 5: a record handed out and posted back says what is stored, no more and no less."""
    live = Period.objects.filter(project=project, ends_at=None, end_user__archived_at=None)
    for period in live.select_related("end_user__budget").iterator(chunk_size=CHUNK):
        budget, name = period.end_user.budget, period.end_user.name
        terms = Terms(budget.total_budget_nanousd, budget.duration_days)
        record = format_record(
            terms=terms,
            created_at_us=None if budget.created_at is None else epoch_us(budget.created_at),
            last_updated_at_us=epoch_us(period.starts_at),
            cost_by_model=period.cost_by_model,
            extra_json=period.end_user.extra_json,
        )
        try:
            parsed = parse_record(name, record, digest=record_digest(name, record), is_marked=True)
        except PostError as error:
            yield Violation(5, project.name, f"user {period.end_user_id}", "a record that can be posted", str(error))
            continue
        wired = terms_as_handed(terms), {model: wire_nanousd(cost) for model, cost in period.cost_by_model.items()}
        differs = parsed.terms != wired[0] or any(cost_differences(parsed, wired[1]).values())
        if differs or parsed.extra_json != period.end_user.extra_json:
            found = f"{parsed.terms}, {dict(parsed.cost_by_model)}"
            yield Violation(5, project.name, f"user {period.end_user_id}", f"{terms}, {period.cost_by_model}", found)


def _money(invariant: int, project: Project, subject: str, expected: int, found: int) -> Violation:
    return Violation(invariant, project.name, subject, f"{expected} nano-USD", f"{found} nano-USD")
