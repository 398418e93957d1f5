"""Who reads and posts: found or made, and what is odd about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from budgets.domain.flags import FlagKind
from budgets.models import ApiKey, Client, ClientFlag, Project
from budgets.models.prepared import Given, Prepared

SEEN_STEP = timedelta(minutes=1)
_CLIENTS = Client.objects.order_by()
_NAMED = Prepared(lambda: _CLIENTS.filter(project=Given("project"), client_id=Given("client_id"), api_key=None))
_UNNAMED = Prepared(lambda: _CLIENTS.filter(project=Given("project"), client_id="", api_key=Given("api_key")))
_NAMED_OF = Prepared(
    lambda: _CLIENTS.select_related("project").filter(
        project__name=Given("project"), client_id=Given("client_id"), api_key=None
    )
)
_UNNAMED_OF = Prepared(
    lambda: _CLIENTS.select_related("project").filter(
        project__name=Given("project"), client_id="", api_key=Given("api_key")
    )
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who a request comes from: its key and, where it gives one, its client id."""

    api_key: ApiKey
    client_id: str


def find_client(*, project: Project, caller: Caller) -> Client | None:
    """The client behind a request: by its client id or, without one, by its key (design R3). None: not seen before."""
    if caller.client_id:
        return _NAMED.first(project=project.pk, client_id=caller.client_id)
    return _UNNAMED.first(project=project.pk, api_key=caller.api_key.pk)


def find_client_of(*, project_name: str, caller: Caller) -> Client | None:
    """The same, with its project, of which the name alone is known."""
    if caller.client_id:
        return _NAMED_OF.first(project=project_name, client_id=caller.client_id)
    return _UNNAMED_OF.first(project=project_name, api_key=caller.api_key.pk)


def get_or_create_client(*, project: Project, caller: Caller, now: datetime) -> Client:
    """The same, made where it was not seen before."""
    if known := find_client(project=project, caller=caller):
        return known
    client, _ = Client.objects.get_or_create(
        project=project, client_id=caller.client_id, api_key=_anonymous_key(caller), defaults={"first_seen_at": now}
    )
    return client


def _anonymous_key(caller: Caller) -> ApiKey | None:
    return None if caller.client_id else caller.api_key


def raise_flags(*, client: Client, flags: Iterable[tuple[FlagKind, int | None]], now: datetime) -> None:
    """Flag the client once per kind, counting repeats; `flags` are (kind, the end user it is about)."""
    for kind, end_user_id in sorted(dict(flags).items()):
        flag, is_new = ClientFlag.objects.get_or_create(
            client=client,
            kind=kind,
            defaults={"project_id": client.project_id, "first_at": now, "last_at": now, "end_user_id": end_user_id},
        )
        if not is_new:
            ClientFlag.objects.filter(pk=flag.pk).update(
                last_at=now, count=F("count") + 1, end_user_id=end_user_id, dismissed_at=None
            )


def dismiss_flag(*, flag: ClientFlag, now: datetime) -> None:
    """Take the flag off the lists until its cause comes again."""
    flag.dismissed_at = now
    flag.save(update_fields=["dismissed_at"])
