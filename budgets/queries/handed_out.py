"""Reads of what a project hands out, whole or only where it has changed."""

from django.db.models import BigIntegerField, F, Func, OuterRef, QuerySet, Subquery, TextField
from django.db.models.functions import Cast

from budgets.domain.handed_out import HandedOut, HandedRow, Stamp, hand_out
from budgets.models import EndUser, Period, Project
from budgets.models.prepared import Among, Given, Prepared
from budgets.queries.snapshot import one_moment

# Of more users than this share, reading all anew is quicker; and of so few, than to ask which have changed.
MAX_CHANGED_SHARE = 3
FEW_USERS = 30


def _as_text(column: str) -> Cast:
    """The column as the database writes it: Django's conversions take longer than the encoding."""
    return Cast(F(column), TextField())


def _rows_of(periods: "QuerySet[Period]") -> "QuerySet[Period, HandedRow]":
    return periods.values_list(
        "end_user_id",
        "end_user__name",
        "end_user__version",
        "end_user__extra_json",
        "end_user__budget__total_budget_nanousd",
        "end_user__budget__duration_days",
        _as_text("end_user__budget__created_at"),
        _as_text("starts_at"),
        _as_text("due_at"),
        _as_text("cost_by_model"),
        "project__roster_version",
    )


_LIVE = Period.objects.filter(ends_at=None, end_user__archived_at=None)
# That the users are the project's, too, is not said: with figures from before a large post, PostgreSQL may then look
# through all of them for each period.
_ALL = Prepared(lambda: _rows_of(_LIVE.filter(project=Given("project")).order_by("end_user_id")))
# The users are known to be the project's. Told so, SQLite reads them all.
_SOME = Prepared(lambda: _rows_of(_LIVE.filter(Among("end_user", "users")).order_by()))
_VERSIONS = Prepared(
    lambda: EndUser.objects.filter(project=Given("project"), archived_at=None).order_by().values_list("pk", "version")
)


def _versions_sum(project: str) -> Subquery:
    """The sum that a stamp has, for a row whose column names the project; None without live users."""
    live = EndUser.objects.filter(project=OuterRef(project), archived_at=None).order_by()
    # Django's own Sum would group them, and so sort them, by what is the same for all.
    return Subquery(live.values_list(Func(F("version"), function="SUM", output_field=BigIntegerField())))


VERSIONS_SUM = _versions_sum("project")
_STAMP = Prepared(
    lambda: Project.objects.filter(pk=Given("project")).order_by().values_list("roster_version", _versions_sum("pk"))
)


def read_handed_out(*, project_id: int) -> HandedOut:
    """All live users as they are handed out: one statement, so that it is one moment's state."""
    return hand_out(_ALL.run(project=project_id))


def refresh_handed_out(known: HandedOut, *, project_id: int, stamp: Stamp | None = None) -> HandedOut:
    """The same as `read_handed_out`, reading no more than has changed since `known`; `known` itself where nothing has.

    `stamp` is that of the state just found, where it is known. What changed is read in several statements: it counts
    only if it is the whole of one moment's state.
    """
    stamp = stamp or _stamp(project_id)
    if stamp == known.stamp():
        return known
    fresh = _with_changes(known, stamp, project_id)
    if fresh is not None and fresh.stamp() != _stamp(project_id):
        # Others wrote in between. Each record in it is still that of its version, so that less is left to read.
        with one_moment():
            fresh = _with_changes(fresh, _stamp(project_id), project_id)
    return read_handed_out(project_id=project_id) if fresh is None else fresh


def _with_changes(known: HandedOut, stamp: Stamp | None, project_id: int) -> HandedOut | None:
    """None where it is better read whole."""
    users = known.number_of_users()
    if stamp is None or users <= FEW_USERS or known.is_scattered():
        return None
    changed = known.changed(_VERSIONS.run(project=project_id))
    if len(changed) * MAX_CHANGED_SHARE > users:
        return None
    return known.with_changes(stamp.roster_version, changed, _SOME.run(users=changed))


def _stamp(project_id: int) -> Stamp | None:
    found = _STAMP.first(project=project_id)
    return None if found is None else stamp_of(*found)


def stamp_of(roster_version: int, versions_sum: int | None) -> Stamp | None:
    """None without live users."""
    # PostgreSQL's sums are Decimals.
    return None if versions_sum is None else Stamp(roster_version, int(versions_sum))
