"""The hosted client's two endpoints (design §3)."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps

from django.conf import settings
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from budgets.api import keys
from budgets.api.problems import ProblemError
from budgets.domain.posts import MalformedError, decode_get_budget, decode_set_budget
from budgets.domain.records import PostError
from budgets.services.clients import Caller
from budgets.services.hand_out import get_budget_text as hand_out
from budgets.services.posts import set_budget as take_in
from budgets.services.posts import set_budget_by_name as take_in_by_name

logger = logging.getLogger(__name__)
SUCCESS = b'{"status":"success"}'
NOTHING_STORED_YET = b'{"status":"error"}'
MAX_LENGTH_DIGITS = 18
# There are at most as many JSON values as of these signs. litellm's records, handed out, take over 20 bytes for each.
VALUE_SIGNS = b",[{"
MIN_BYTES_PER_VALUE = 16
# Beside its own text, each value has a comma or its container's bracket.
LEAST_BYTES_OF_A_VALUE = 2
COUNTED_AT_A_TIME = 1 << 16
MIN_BYTES_PER_USER = 160

Endpoint = Callable[[Caller, bytes, datetime], bytes]


def endpoint(view: Endpoint) -> Callable[[HttpRequest], HttpResponse]:
    """Check the method, the key and the body, call the view with (caller, body, now), answer with JSON or a problem."""

    @wraps(view)
    def respond(request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponse(_answer(view, request), content_type="application/json")
        except ProblemError as problem:
            return problem.response()
        except MalformedError as error:
            return ProblemError("malformed-json", str(error)).response()
        except PostError as error:
            return ProblemError("refused", "nothing of this post was taken in", faults=error.faults).response()
        except (OperationalError, InterfaceError) as error:
            # No traceback: while the database is busy, there are many of these.
            logger.warning("the database did not answer %s: %s", request.path, error)
            return ProblemError("busy", "nothing was taken in; post again", headers={"Retry-After": "1"}).response()
        except (DataError, IntegrityError, OverflowError):
            logger.exception("%s was refused by the database", request.path)
            return ProblemError(
                "refused", "a sum would grow beyond what the ledger keeps; nothing was taken in"
            ).response()
        except Exception:
            logger.exception("%s failed", request.path)
            return ProblemError("internal-error", "nothing was taken in").response()

    return respond


def _answer(view: Endpoint, request: HttpRequest) -> bytes:
    if request.method != "POST":
        raise ProblemError("method-not-allowed", f"{request.method} is not answered here", headers={"Allow": "POST"})
    now = datetime.now(UTC)
    caller = keys.authorize(request, now)
    is_plain = request.META.get("HTTP_CONTENT_ENCODING", "identity") == "identity"
    if request.content_type != "application/json" or not is_plain:
        raise ProblemError("not-json", "send the body as application/json, not compressed")
    return view(caller, _read_body(request), now)


def _read_body(request: HttpRequest) -> bytes:
    if "HTTP_TRANSFER_ENCODING" in request.META:
        raise ProblemError("length-required", "send the body with a Content-Length, not in chunks")
    limit = settings.BUDGETS_MAX_BODY_BYTES
    length = _content_length(request)
    if length > limit:
        raise ProblemError("body-too-large", f"the body has {length} bytes; at most {limit} are read")
    try:
        body: bytes = request.read(length)
    except UnreadablePostError as error:
        raise ProblemError("malformed-json", "the body could not be read to its end") from error
    if len(body) < length:
        raise ProblemError("malformed-json", "the body ended early")
    # A value whose key is a name takes up 250 bytes once decoded, and one that is a cost with a model of its own twice
    # that until it is written.
    most_values = limit // MIN_BYTES_PER_VALUE
    if length > most_values * LEAST_BYTES_OF_A_VALUE:
        _check_number(_count_value_signs(body), most_values, "values")
    return body


def _count_value_signs(body: bytes) -> int:
    # In one pass, where bytes.count would take one a sign. Of all at once there would be a copy of the body.
    parts = (body[at : at + COUNTED_AT_A_TIME] for at in range(0, len(body), COUNTED_AT_A_TIME))
    return len(body) - sum(len(part.translate(None, VALUE_SIGNS)) for part in parts)


def _check_number(found: int, limit: int, what: str) -> None:
    if found > limit:
        raise ProblemError("body-too-large", f"the body has {found} {what}; at most {limit} are read")


def _content_length(request: HttpRequest) -> int:
    """Strictly decimal digits: what int() takes besides, servers before this one may have read otherwise."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not text.isascii() or not text.isdigit():
        raise ProblemError("length-required", "the Content-Length is no whole number")
    # Beyond some thousand digits int() refuses; far fewer are too many already.
    return int(text) if len(text) <= MAX_LENGTH_DIGITS else 10**MAX_LENGTH_DIGITS


@endpoint
def get_budget(caller: Caller, body: bytes, now: datetime) -> bytes:
    """`POST /get_budget`: every user of the project, or "nothing stored yet" where there is no such project."""
    project_name = decode_get_budget(body)
    keys.check_project(caller, project_name)
    data = hand_out(project_name=project_name, caller=caller, now=now)
    return NOTHING_STORED_YET if data is None else b'{"status":"success","data":%b}' % data


@endpoint
def set_budget(caller: Caller, body: bytes, now: datetime) -> bytes:
    """`POST /set_budget`: take a client's whole dict in; "success" is sent once it is committed."""
    project_name, user_dict = decode_set_budget(body)
    # Each may be new: a row in four tables, and kilobytes until they are written.
    _check_number(len(user_dict), settings.BUDGETS_MAX_BODY_BYTES // MIN_BYTES_PER_USER, "users")
    keys.check_project(caller, project_name)
    own = caller.api_key.project
    if own is None:
        take_in_by_name(name=project_name, caller=caller, user_dict=user_dict, now=now)
    else:
        take_in(project=own, caller=caller, user_dict=user_dict, now=now)
    return SUCCESS
