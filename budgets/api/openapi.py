"""Serving the OpenAPI description of the two endpoints."""

from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse

OPENAPI_FILE = Path(__file__).with_name("openapi.json")


@cache
def _text() -> bytes:
    return OPENAPI_FILE.read_bytes()


def description(request: HttpRequest) -> HttpResponse:
    """The OpenAPI 3.1 file."""
    return HttpResponse(_text(), content_type="application/json")
