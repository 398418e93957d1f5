"""Letting a request in: by its key, for its project, with its client's name (design R3, R11)."""

import base64
import hmac
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from budgets.api.addresses import address_of
from budgets.api.problems import ProblemError
from budgets.queries.api_keys import find_api_key
from budgets.services.clients import Caller
from budgets.services.guesses import count_wrong_key
from budgets.services.keys import KEY_PATTERN, hash_key, note_key_used

logger = logging.getLogger(__name__)
CLIENT_ID_PATTERN = re.compile(r"[^\x00-\x1f\x7f]{0,128}")
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="budgets", Basic realm="budgets"'}
NO_SUCH_HASH = hash_key("")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows: a secret and, where it names itself, a client id."""

    secret: str = field(repr=False)
    client_id: str


@sensitive_variables("credentials", "match")
def authorize(request: HttpRequest, now: datetime) -> Caller:
    """Who calls. Raises ProblemError: 401 without a valid key, 429 after too many wrong ones from one address.

    An unknown, wrong, revoked or expired key costs the same queries and the same comparison, and is answered alike.
    """
    credentials = _read_credentials(request)
    match = KEY_PATTERN.fullmatch(credentials.secret)
    api_key = find_api_key(prefix=match.group("prefix")) if match else None
    # A hash is compared even where there is no such key, so that the time taken tells nothing.
    is_right = hmac.compare_digest(api_key.key_hash if api_key else NO_SUCH_HASH, hash_key(credentials.secret))
    if api_key is None or not is_right or not api_key.is_usable(now):
        raise _refusal(request, credentials.client_id, now)
    note_key_used(api_key=api_key, now=now)
    return Caller(api_key, credentials.client_id)


def check_project(caller: Caller, project_name: str) -> None:
    """Raise ProblemError, 403, where the key is another project's: one to the whole instance opens any (design R11)."""
    own = caller.api_key.project
    if own is not None and own.name != project_name:
        raise ProblemError("wrong-project", "this key opens one project, and not the one that project_name names")


@sensitive_variables("rest", "secret")
def _read_credentials(request: HttpRequest) -> Credentials:
    scheme, _, rest = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    client_id, secret = request.META.get("HTTP_X_CLIENT_ID", ""), ""
    if scheme.lower() == "bearer":
        secret = rest.strip()
    elif scheme.lower() == "basic":
        user, secret = _decode_basic(rest.strip())
        client_id = user or client_id
    if not CLIENT_ID_PATTERN.fullmatch(client_id):
        raise ProblemError("client-id-refused", "the client id must be at most 128 printable characters")
    return Credentials(secret, client_id)


@sensitive_variables("encoded", "secret")
def _decode_basic(encoded: str) -> tuple[str, str]:
    try:
        user, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        # Not Base64, not ASCII, not UTF-8.
        return "", ""
    return user, secret


def _refusal(request: HttpRequest, client_id: str, now: datetime) -> ProblemError:
    # Only now: a right key is always let in, and without a further query. A client must not lose its spend because a
    # neighbour behind the same address guesses.
    address = address_of(request)
    # Of ten programs somebody has to find the one.
    logger.warning("no valid key from %s, client id %r", address, client_id)
    wait_seconds = count_wrong_key(address=address, now=now)
    if wait_seconds:
        wait = {"Retry-After": str(wait_seconds)}
        return ProblemError("too-many-failures", "too many wrong keys from this address; wait a minute", headers=wait)
    detail = "send a valid key as Authorization: Bearer KEY, or as Basic client-id:KEY"
    return ProblemError("key-refused", detail, headers=CHALLENGE)
