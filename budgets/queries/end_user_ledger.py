"""The cost entries of one end user, by filters that stand in the URL, page by page."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet, Sum

from budgets.models import CostEntry, DaySpend, EndUser, Period


@dataclass(frozen=True, slots=True)
class LedgerChoice:
    """Which entries: of a model ("" is none), a source, whole UTC days, one period; the page after entry `before`.

    None leaves a filter out.
    """

    model: str | None = None
    source: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    period_id: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Ledger:
    """A page of entries, the newest first; where the next page begins; and what all that the filters leave comes to.

    `total_nanousd` is read from cached sums; None where none of them tells it.
    """

    entries: list[CostEntry]
    before: int | None
    total_nanousd: int | None


def read_ledger(user: EndUser, choice: LedgerChoice, *, size: int) -> Ledger:
    """Read a page of the user's entries, and their sum."""
    found = list(_filtered(user, choice)[: size + 1])
    entries = found[:size]
    return Ledger(entries, entries[-1].pk if len(found) > size else None, _total(user, choice))


def _filtered(user: EndUser, choice: LedgerChoice) -> QuerySet[CostEntry]:
    entries = user.entries.select_related("client__api_key", "actor").order_by("-id")
    exact = {"model": choice.model, "source": choice.source, "period": choice.period_id, "id__lt": choice.before}
    moments = {
        "recorded_at__gte": choice.first_day and _midnight(choice.first_day),
        "recorded_at__lt": choice.last_day and _midnight(choice.last_day + timedelta(days=1)),
    }
    return entries.filter(**{name: value for name, value in (exact | moments).items() if value is not None})


def _total(user: EndUser, choice: LedgerChoice) -> int | None:
    """Of a period or of whole days by model there are sums; by source there are none."""
    has_days = choice.first_day is not None or choice.last_day is not None
    if choice.source is not None or (has_days and choice.period_id is not None):
        return None
    if choice.period_id is not None:
        period = Period.objects.filter(end_user=user, pk=choice.period_id).first()
        costs: dict[str, int] = period.cost_by_model if period else {}
        return sum(costs.values()) if choice.model is None else costs.get(choice.model, 0)
    names = {"model": choice.model, "day__gte": choice.first_day, "day__lte": choice.last_day}
    days = DaySpend.objects.filter(end_user=user, **{name: one for name, one in names.items() if one is not None})
    total: int | None = days.aggregate(cost=Sum("cost_nanousd"))["cost"]
    return 0 if total is None else total


def models_of(user: EndUser) -> list[str]:
    """The models that the user ever spent on, by name; "" is spend without one."""
    days = DaySpend.objects.filter(end_user=user).order_by("model")
    return list(days.values_list("model", flat=True).distinct())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
