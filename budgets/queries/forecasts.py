"""The forecast of `domain.forecast` in SQL, so that users can be sorted and counted by when they run out.

Only for order and counts, in floats: what a page tells of one user it asks `domain.forecast`.
"""

from datetime import datetime
from typing import Any

from django.db.models import Case, DateTimeField, Expression, F, FloatField, Func, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest, Least

from budgets.domain.forecast import HORIZON, LEAST_ELAPSED, MIN_ELAPSED, MIN_SHARE_OF_WINDOW
from budgets.models import EndUser

# Of users read by `with_runs_out`: whose limit will be reached before the reset, at the pace so far.
RUNS_OUT = Q(runs_out_epoch__isnull=False)


class Epoch(Func):
    """A moment as seconds since 1970, a float."""

    output_field = FloatField()
    # A float at once: what EXTRACT gives is a numeric, and reckons slowly.
    template = "DATE_PART('epoch', %(expressions)s)"

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        """SQLite keeps moments as text."""
        template = "((julianday(%(expressions)s) - 2440587.5) * 86400.0)"
        return self.as_sql(compiler, connection, template=template, **extra)


def with_runs_out(users: QuerySet[EndUser], *, now: datetime) -> QuerySet[EndUser]:
    """Users read by `with_spent` with `runs_out_epoch` (seconds since 1970) and `projected_nanousd`, both floats.

    `runs_out_epoch` is null where `Forecast.runs_out_at` is None. `projected_nanousd` is the spend by the period's end:
    null without an end or a forecast.
    """
    starts, due, at = Epoch(F("open_period__starts_at")), Epoch(F("open_period__due_at")), _epoch(now)
    spent, limit = (Cast(F(name), FloatField()) for name in ("spent_nanousd", "limit_nanousd"))
    elapsed, window = at - starts, due - starts
    is_known = Q(open_period__starts_at__lt=now, spent_nanousd__gt=0, elapsed_seconds__gte=F("enough_seconds")) & ~Q(
        open_period__due_at__lte=now
    )
    is_within = Q(spent_nanousd__lte=F("limit_nanousd"))
    runs_out = starts + elapsed * limit / spent
    return users.annotate(
        elapsed_seconds=elapsed,
        enough_seconds=Coalesce(_enough(window), Value(MIN_ELAPSED.total_seconds())),
        end_epoch=Coalesce(due, at + Value(HORIZON.total_seconds())),
        projected_nanousd=_where(is_known & Q(open_period__due_at__isnull=False), spent * window / elapsed),
        linear_epoch=_where(is_known & is_within, runs_out),
        runs_out_epoch=_where(Q(linear_epoch__lt=F("end_epoch")), F("linear_epoch")),
    )


def _epoch(moment: datetime) -> Expression:
    return Epoch(Cast(Value(moment, DateTimeField()), DateTimeField()))


def _enough(window_seconds: Any) -> Expression:
    """As `domain.forecast.enough_elapsed`; null without an end, whatever the database makes of LEAST and null."""
    share = window_seconds / Value(float(MIN_SHARE_OF_WINDOW))
    bounded = Greatest(
        Value(LEAST_ELAPSED.total_seconds()),
        Least(Value(MIN_ELAPSED.total_seconds()), share),
        output_field=FloatField(),
    )
    return _where(Q(open_period__due_at__isnull=False), bounded)


def _where(condition: Q, value: Any) -> Case:
    return Case(When(condition, then=value), output_field=FloatField(null=True))
