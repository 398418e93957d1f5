"""What holds after every request, however hostile: see `docs/reliability.md`."""

import json
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec

from budgets.models import Project
from budgets.tests.api.conftest import PROBLEM, description, dump
from budgets.tests.factories import broken
from budgets.tests.hostile.requests import Request
from budgets.tests.hostile.world import (
    OBSERVER,
    PROJECTS,
    SEEN_ONLY,
    Picture,
    World,
    differing,
    picture,
    send,
    send_raw,
)

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

ALLOWED = frozenset({200, 400, 401, 403, 405, 411, 413, 415, 422, 429, 503})
SUCCESS = b'{"status":"success"}'
# Every so many requests, the whole database is compared to the letter, not by its figures alone.
DUMP_EVERY = 50
# After every so many posts that were taken in, the project is read and its records are posted back; and at the end.
ECHO_EVERY = 3


class _Named(msgspec.Struct):
    project_name: str


class Broken(Exception):  # noqa: N818 - an account of what was found, not an error of this code
    """A promise that did not hold."""


@dataclass
class Auditor:
    """Sends requests to one world and holds each answer, and the database after it, against the promises."""

    world: World
    before: Picture = field(default_factory=picture)
    statuses: Counter[int] = field(default_factory=Counter)
    sent: int = 0

    def send(self, request: Request) -> int:
        """Send it and return the status. Raises Broken."""
        is_dumped = self.sent % DUMP_EVERY == 0
        rows = dump() if is_dumped else {}
        answer = send_raw(request.path, request.body, dict(request.environ), request.method)
        after = picture()
        self.sent += 1
        self.statuses[answer.status_code] += 1
        self._check_answer(request, answer)
        changed = differing(self.before, after)
        if answer.status_code != 200:
            held(not changed, f"a refusal changed {changed}")
            held(not is_dumped or dump() == rows, "a refusal changed a row")
        else:
            self._check_success(request, answer, changed)
        self.before = picture() if answer.status_code == 200 else after
        return answer.status_code

    def finish(self) -> None:
        """The ledger's invariants, and that every project still reads and echoes. Raises Broken."""
        held(not (found := broken()), f"the ledger is unsound: {found[:3]}")
        for project in Project.objects.values_list("name", flat=True):
            self._check_round_trip(project)
        held(not (found := broken()), f"the ledger is unsound after reading: {found[:3]}")

    def _check_answer(self, request: Request, answer: "Response") -> None:
        held(answer.status_code in ALLOWED, f"status {answer.status_code}: {answer.content[:300]!r}")
        kind = answer.headers["Content-Type"]
        held(kind == ("application/json" if answer.status_code == 200 else PROBLEM), f"content type {kind}")
        if request.method == "HEAD":
            return
        body = msgspec.json.decode(answer.content)
        validator(request.path, answer.status_code, kind).validate(body)
        if answer.status_code != 200:
            held(body["status"] == answer.status_code, f"problem of {body['status']}")
        named = self._named(request, answer)
        for project, canary in self.world.canaries.items():
            is_own = request.path.endswith("get_budget") and answer.status_code == 200 and project == named
            held(is_own or canary.encode() not in answer.content, f"{project}'s data in the answer")

    def _named(self, request: Request, answer: "Response") -> str | None:
        """The project that a request which was answered names."""
        if answer.status_code != 200:
            return None
        length = int(request.environ.get("CONTENT_LENGTH") or len(request.body))
        return msgspec.json.decode(request.body[:length], type=_Named).project_name

    def _check_success(self, request: Request, answer: "Response", changed: dict[int | None, set[str]]) -> None:
        name = self._named(request, answer)
        own = Project.objects.filter(name=name).values_list("pk", flat=True).first()
        held(not changed.keys() - {own}, f"a post to {name!r} changed others: {changed}")
        if request.path.endswith("get_budget"):
            return
        held(answer.content == SUCCESS, f"a post was answered {answer.content[:200]!r}")
        assert name is not None
        if self.statuses[200] % ECHO_EVERY == 0:
            self._check_round_trip(name)

    def _check_round_trip(self, project: str) -> None:
        """Design §6, invariant 5, on the wire: a read and a write of the same dict change nothing of the ledger."""
        user_dict = self.world.read(project)
        if project not in PROJECTS:
            del self.world.handed[project]
        before = picture()
        body = json.dumps({"project_name": project, "user_dict": user_dict}).encode()
        answer = send("/set_budget", body, secret=self.world.instance_key, client_id=OBSERVER)
        held(answer.status_code == 200, f"what was handed out is refused: {answer.content[:300]!r}")
        changed = set().union(*differing(before, picture()).values())
        held(changed <= SEEN_ONLY, f"a read and a write of the same dict changed {changed}")


def held(promise: bool, otherwise: str) -> None:
    """Raises Broken where the promise does not hold."""
    if not promise:
        raise Broken(otherwise)


@cache
def validator(path: str, status: int, kind: str) -> Any:
    """The OpenAPI file's schema of an answer."""
    responses = description()["paths"]["/" + path.rpartition("/")[2]]["post"]["responses"]
    schema = responses[str(status)]["content"][kind]["schema"]
    return jsonschema.Draft202012Validator(schema | {"components": description()["components"]})
