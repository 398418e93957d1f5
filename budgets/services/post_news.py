"""What a post says beside what its views last said: which records are news, and which users it lacks."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from budgets.domain.forks import CERTAIN_AFTER
from budgets.domain.posts import RawRecord
from budgets.models import Client, EndUser, HighWater, Project
from budgets.services.bulk import rows_in
from budgets.services.view_lookup import ViewName


def last_counted(project: Project, views: Mapping[str, ViewName]) -> dict[tuple[str, str], HighWater]:
    """The current generation of every user that those views have posted, by (view's token, user's name)."""
    last = HighWater.objects.filter(view__project=project).order_by("generation").select_related("view", "end_user")
    columns = last.only("digest", "opened_at", "raised_at", "view__token", "end_user__name")
    rows = rows_in(columns, "view__token", {name.token for name in views.values()})
    return {(row.view.token, row.end_user.name): row for row in rows}


def lacked_users(
    client: Client,
    records: Sequence[RawRecord],
    views: Mapping[str, ViewName],
    counted: Mapping[tuple[str, str], HighWater],
    now: datetime,
) -> dict[str, EndUser]:
    """By view's token, a user whom the view posted long ago and this post lacks: no process's dict loses a user."""
    is_marked = any(raw.mark for raw in records)
    # Behind a key alone may be any number of processes: that is flagged without further proof.
    known = {view.token for view in views.values() if view.is_key_alone(client)}
    return {
        token: row.end_user
        for (token, name), row in counted.items()
        if name not in views
        and token not in known
        and now - row.opened_at > CERTAIN_AFTER
        and (is_marked or not _may_have_begun_without(client, row))
    }


def _may_have_begun_without(client: Client, row: HighWater) -> bool:
    """Whether the client has read since the user was last posted, and may not have been handed it.

    What it posted before it read may have been on its way meanwhile.
    """
    if client.last_read_at is None or row.raised_at is None:
        return True
    return row.raised_at - client.last_read_at <= CERTAIN_AFTER


def without_echoes(
    client: Client,
    records: Sequence[RawRecord],
    views: Mapping[str, ViewName],
    counted: Mapping[tuple[str, str], HighWater],
) -> list[RawRecord]:
    """The records that are not, to the letter, what the view last posted or, having posted nothing, was handed."""

    def is_echo(raw: RawRecord) -> bool:
        view = views[raw.name]
        handed = raw.mark.digest if raw.mark else None
        if view.is_shared_by_all and has_read_since_posting(client):
            return False
        row = counted.get((view.token, raw.name))
        return (row.digest if row else handed) == raw.digest

    return [raw for raw in records if not is_echo(raw)]


def has_read_since_posting(client: Client) -> bool:
    """Whether the client has read after its last post."""
    if client.last_read_at is None:
        return False
    return client.last_post_at is None or client.last_read_at > client.last_post_at
