"""What a post says beside what its views last said: which records are news, and which users it lacks."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from budgets.domain.forks import CERTAIN_AFTER
from budgets.domain.posts import RawRecord
from budgets.domain.segments import HASH_BITS
from budgets.models import Client, EndUser, HighWater, Project
from budgets.models.prepared import Among, Given, Prepared
from budgets.services.view_lookup import PostViews

EVERYONE = (0, (1 << HASH_BITS) - 1)
_OF_VIEWS = HighWater.objects.filter(Among("view__token", "tokens"), view__project=Given("project")).order_by(
    "generation"
)
_COUNTED = Prepared(
    lambda: _OF_VIEWS.filter(name_hash__range=(Given("low"), Given("high"))).values_list(
        "view__token", "end_user__name", "end_user_id", "digest", "end_user__archived_roster_version"
    )
)
_WHEN_COUNTED = Prepared(
    lambda: _OF_VIEWS.filter(Among("end_user", "end_users")).values_list(
        "view__token", "end_user_id", "opened_at", "raised_at"
    )
)


class CountedRow(Struct, frozen=True, gc=False):
    """Of a user that a view has posted: the digest last counted, and whether the user is archived."""

    end_user_id: int
    digest: str
    is_archived: bool


def last_counted(
    project: Project, tokens: Collection[str], hash_ranges: Sequence[tuple[int, int]] = (EVERYONE,)
) -> dict[tuple[str, str], CountedRow]:
    """The current count of the users that those views have posted, by (view's token, user's name).

    `hash_ranges` bound the users by their `name_hash`, both ends included.
    """
    return {
        (token, name): CountedRow(end_user_id, digest, archived_roster_version is not None)
        for low, high in hash_ranges
        for token, name, end_user_id, digest, archived_roster_version in _COUNTED.run(
            project=project.pk, tokens=list(tokens), low=low, high=high
        )
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
    missing = {(token, row.end_user_id) for (token, name), row in counted.items() if name not in names}
    if not missing:
        return {}
    when = _WHEN_COUNTED.run(
        project=client.project_id,
        tokens=list({token for token, _ in missing}),
        end_users=list({end_user_id for _, end_user_id in missing}),
    )
    # Of the last generation, as they come in order.
    current = {(token, end_user_id): (opened_at, raised_at) for token, end_user_id, opened_at, raised_at in when}
    ids = {
        token: end_user_id
        for token, end_user_id in missing
        for opened_at, raised_at in (current[token, end_user_id],)
        if now - opened_at > CERTAIN_AFTER and (is_marked or not _may_have_begun_without(client, raised_at))
    }
    users = EndUser.objects.in_bulk(ids.values()) if ids else {}
    return {token: users[pk] for token, pk in ids.items()}


def _may_have_begun_without(client: Client, raised_at: datetime | None) -> bool:
    """Whether the client has read since a user was last posted, at `raised_at`, and may not have been handed it.

    What it posted before it read may have been on its way meanwhile.
    """
    if client.last_read_at is None or raised_at is None:
        return True
    return raised_at - client.last_read_at <= CERTAIN_AFTER


def without_echoes(
    client: Client,
    records: Sequence[RawRecord],
    views: PostViews,
    counted: Mapping[tuple[str, str], CountedRow],
) -> list[RawRecord]:
    """The records that are not, to the letter, what the view last posted or, having posted nothing, was handed."""

    def is_echo(raw: RawRecord) -> bool:
        view = views.of(raw.name)
        handed = raw.mark.digest if raw.mark else None
        if view.is_shared_by_all and has_read_since_posting(client):
            return False
        row = counted.get((view.token, raw.name))
        return raw.is_like(row.digest if row else handed)

    return [raw for raw in records if not is_echo(raw)]


def has_read_since_posting(client: Client) -> bool:
    """Whether the client has read after its last post."""
    if client.last_read_at is None:
        return False
    return client.last_post_at is None or client.last_read_at > client.last_post_at
