"""What a post says beside what its views last said: which records are news, and which users it lacks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Q

from budgets.domain.forks import CERTAIN_AFTER
from budgets.domain.posts import RawRecord
from budgets.models import Client, EndUser, HighWater, Project
from budgets.services.bulk import rows_in
from budgets.services.view_lookup import ViewName


@dataclass(frozen=True, slots=True)
class CountedRow:
    """Of a user that a view has posted: the digest last counted, and since when, and when last, it was."""

    end_user_id: int
    digest: str
    opened_at: datetime
    raised_at: datetime | None


def last_counted(
    project: Project, tokens: Collection[str], hash_ranges: Sequence[tuple[int, int]] | None
) -> dict[tuple[str, str], CountedRow]:
    """The current count of the users that those views have posted, by (view's token, user's name).

    `hash_ranges` bound the users by their `name_hash`, both ends included; None is everyone.
    """
    rows = HighWater.objects.filter(view__project=project).order_by("generation")
    if hash_ranges is not None:
        if not hash_ranges:
            return {}
        rows = rows.filter(reduce(or_, (Q(name_hash__range=one) for one in hash_ranges)))
    columns = rows.values_list("view__token", "end_user__name", "end_user_id", "digest", "opened_at", "raised_at")
    return {
        (token, name): CountedRow(end_user_id, digest, opened_at, raised_at)
        for token, name, end_user_id, digest, opened_at, raised_at in rows_in(columns, "view__token", tokens)
    }


def lacked_users(
    client: Client,
    counted: Mapping[tuple[str, str], CountedRow],
    names: Collection[str],
    *,
    is_marked: bool,
    now: datetime,
) -> dict[str, EndUser]:
    """By view's token, a user whom the view posted long ago and a post of `names` lacks: no dict loses a user.

    `counted` is without views behind which may be any number of processes: those are flagged without further proof.
    """
    ids = {
        token: row.end_user_id
        for (token, name), row in counted.items()
        if name not in names
        and now - row.opened_at > CERTAIN_AFTER
        and (is_marked or not _may_have_begun_without(client, row))
    }
    users = EndUser.objects.in_bulk(ids.values()) if ids else {}
    return {token: users[pk] for token, pk in ids.items()}


def _may_have_begun_without(client: Client, row: CountedRow) -> bool:
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
    counted: Mapping[tuple[str, str], CountedRow],
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
