"""The endpoints are answered before what is for browsers, and as safely."""

from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.test import Client

from budgets.api.middleware import HostedApiMiddleware

PATHS = ("/get_budget", "/set_budget")
# Of a client whose api_base ends in a slash.
SLASHED = ("//get_budget", "//set_budget")
OTHERS = ("/", "/get_budget/", "/get_budgets", "/x/get_budget", "///get_budget", "/GET_BUDGET", "/admin/", "/healthz")


def behind_it(path: str) -> HttpResponse:
    """What the middleware answers, over another that answers 418 to everything."""
    request = HttpRequest()
    request.method, request.path, request.path_info = "PUT", path, path
    request.META |= {"SERVER_NAME": "testserver", "SERVER_PORT": "80"}
    answer = HostedApiMiddleware(lambda _request: HttpResponse(status=418))(request)
    assert isinstance(answer, HttpResponse)
    return answer


@pytest.mark.parametrize("path", PATHS + SLASHED)
def test_it_answers_the_endpoints(path: str) -> None:
    assert behind_it(path).status_code == 405


@pytest.mark.parametrize("path", OTHERS)
def test_it_lets_everything_else_pass(path: str) -> None:
    assert behind_it(path).status_code == 418


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_an_answer_is_of_known_length_shows_nothing_and_sets_no_cookie(path: str) -> None:
    answer = Client().post(path, "{}", content_type="application/json")
    assert answer.status_code == 401
    assert answer.headers["Content-Length"] == str(len(answer.content))
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert not answer.cookies


@pytest.mark.parametrize("path", PATHS)
def test_a_foreign_host_is_refused(path: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["budgets.example.com"]
    assert Client(headers={"Host": "elsewhere.example.com"}).post(path).status_code == 400


@pytest.mark.parametrize("path", PATHS)
def test_without_tls_it_is_sent_to_tls(path: str, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    answer = Client().post(path)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://testserver{path}"


def test_nothing_but_the_check_of_tls_comes_before_it() -> None:
    first, second, *_ = settings.MIDDLEWARE
    assert first == "django.middleware.security.SecurityMiddleware"
    assert second == f"{HostedApiMiddleware.__module__}.{HostedApiMiddleware.__name__}"
