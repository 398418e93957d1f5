"""Refusals as problem details (RFC 9457): never `"status": "error"`, which old clients take for an empty project."""

from collections.abc import Mapping, Sequence

import msgspec
from django.http import HttpResponse

from budgets.domain.records import Fault

TITLES = {
    "malformed-json": (400, "The body is not JSON"),
    "client-id-refused": (400, "The client id is refused"),
    "key-refused": (401, "No valid API key"),
    "wrong-project": (403, "The key is for another project"),
    "method-not-allowed": (405, "Only POST is answered here"),
    "too-slow": (408, "The request came too slowly"),
    "length-required": (411, "The body's length is not given"),
    "body-too-large": (413, "The body is too large"),
    "not-json": (415, "The body is not sent as JSON"),
    "refused": (422, "The body is refused"),
    "too-many-failures": (429, "Too many requests with a wrong key"),
    "head-too-large": (431, "The headers are too large"),
    "busy": (503, "The server is busy"),
    "internal-error": (500, "The server failed"),
}


class ProblemError(Exception):
    """A refusal: its kind (a key of TITLES), what happened here, and which places of the body are at fault."""

    def __init__(
        self, kind: str, detail: str, *, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.kind, self.detail, self.faults, self.headers = kind, detail, faults, headers or {}

    def response(self) -> HttpResponse:
        """The refusal as an answer."""
        status, title = TITLES[self.kind]
        problem = {"type": f"urn:budgets:problem:{self.kind}", "title": title, "status": status, "detail": self.detail}
        errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in self.faults]
        return HttpResponse(
            msgspec.json.encode(problem | ({"errors": errors} if errors else {})),
            status=status,
            content_type="application/problem+json",
            headers=dict(self.headers),
        )
