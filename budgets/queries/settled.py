"""Spend by hour or, where days are settled, by day and month: the same figures from fewer rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from budgets.domain.spans import Span, pieces_of
from budgets.domain.windows import Step
from budgets.models import HourSpend, SettledSpend, Settlement
from budgets.models.settled import SettledStep
from budgets.queries.access import Reach

# Of both tables: their columns are called alike.
Sums = QuerySet[HourSpend] | QuerySet[SettledSpend]


def settled_until() -> datetime | None:
    """The UTC midnight up to which days are settled; None before the first."""
    return Settlement.objects.values_list("until", flat=True).first()


def sums_of(spans: list[Span], *, reach: Reach, coarsest: Step = Step.MONTH) -> list[Sums]:
    """Rows that hold the spend of these spans, which do not overlap, once: of one table or of both.

    A row is of an hour, a day or a month within one of the spans, and none is longer than `coarsest`.
    """
    pieces = pieces_of(spans, settled_until=settled_until(), coarsest=coarsest)
    settled = Q()
    for step, found in ((SettledStep.DAY, pieces.days), (SettledStep.MONTH, pieces.months)):
        if found:
            settled |= Q(step=step) & _within(found)
    parts: list[Sums] = [reach.of(HourSpend.objects.filter(_within(pieces.hours)).order_by())] if pieces.hours else []
    return [*parts, reach.of(SettledSpend.objects.filter(settled).order_by())] if settled else parts


def _within(spans: list[Span]) -> Q:
    found = Q()
    for start, end in spans:
        found |= Q(hour__gte=start, hour__lt=end)
    return found


def merged(parts: Sequence[QuerySet[Any, Any]], *, limit: int) -> list[tuple[Any, ...]]:
    """The parts' sums by their `key`, by falling cost and then by the key; none of a key without entries.

    Each part has the columns `key`, `cost`, `count` and any more sums, in this order.
    """
    compiled = [one for part in parts if (one := _compiled(part)) is not None]
    if not compiled:
        return []
    names = [connection.ops.quote_name(name) for name in parts[0].query.annotation_select if name != "key"]
    key, cost, count = (connection.ops.quote_name(name) for name in ("key", "cost", "count"))
    sums = ", ".join(f"SUM({name})" for name in names)
    # Only names of columns are put into the text; every value is a parameter.
    statement = (
        f"SELECT {key}, {sums} FROM ({' UNION ALL '.join(text for text, _ in compiled)}) AS part "  # noqa: S608
        f"GROUP BY {key} HAVING SUM({count}) > 0 ORDER BY SUM({cost}) DESC, {key} LIMIT %s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(value for _, values in compiled for value in values), limit])
        return [(key, *(int(figure) for figure in figures)) for key, *figures in cursor.fetchall()]


def _compiled(part: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]] | None:
    try:
        text, parameters = part.query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return text, tuple(parameters)
