"""Reads of what a project hands out, whole or only where it has changed."""

from collections.abc import Sequence

from django.db.models import Sum

from budgets.domain.handed_out import HandedOut, HandedRow, Stamp, hand_out
from budgets.models import EndUser, Period
from budgets.models.prepared import Among, Given, Prepared

# Of more users than this share, reading all anew is quicker.
MAX_CHANGED_SHARE = 3
_COLUMNS = (
    "end_user_id",
    "end_user__name",
    "end_user__version",
    "end_user__extra_json",
    "end_user__budget__total_budget_nanousd",
    "end_user__budget__duration_days",
    "end_user__budget__created_at",
    "starts_at",
    "due_at",
    "cost_by_model",
    "project__roster_version",
)
_LIVE = Period.objects.filter(project=Given("project"), ends_at=None, end_user__archived_at=None)
_ALL = Prepared(lambda: _LIVE.order_by("end_user_id").values_list(*_COLUMNS))
_SOME = Prepared(lambda: _LIVE.filter(Among("end_user", "users")).order_by().values_list(*_COLUMNS))
_LIVE_USERS = EndUser.objects.filter(project=Given("project"), archived_at=None).order_by()
_VERSIONS = Prepared(lambda: _LIVE_USERS.values_list("pk", "version"))
_STAMP = Prepared(lambda: _LIVE_USERS.values_list("project__roster_version").annotate(versions=Sum("version")))


def read_handed_out(*, project_id: int) -> HandedOut:
    """All live users as they are handed out: one statement, so that it is one moment's state."""
    return hand_out(_rows(_ALL.run(project=project_id)))


def refresh_handed_out(known: HandedOut, *, project_id: int) -> HandedOut:
    """The same as `read_handed_out`, reading no more than has changed since `known`; `known` itself where nothing has.

    What changed is read in several statements: it counts only if it is the whole of one moment's state.
    """
    if _stamp(project_id) == known.stamp():
        return known
    changed = known.changed(dict(_VERSIONS.run(project=project_id)))
    if changed is not None and len(changed) * MAX_CHANGED_SHARE <= len(known.users):
        fresh = known.with_changes(_rows(_SOME.run(project=project_id, users=changed)))
        if _stamp(project_id) == fresh.stamp():
            return fresh
    return read_handed_out(project_id=project_id)


def _stamp(project_id: int) -> Stamp | None:
    found = _STAMP.first(project=project_id)
    # PostgreSQL's sums are Decimals.
    return None if found is None else Stamp(found[0], int(found[1]))


def _rows(rows: Sequence[tuple[object, ...]]) -> list[HandedRow]:
    return [HandedRow._make(row) for row in rows]
