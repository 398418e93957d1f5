"""`/set_budget`'s body on its way: its type, its length, and how much of it is read."""

import gzip
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings as django_settings

from budgets.api.views import MIN_BYTES_PER_USER, MIN_BYTES_PER_VALUE
from budgets.models import Project
from budgets.tests.api.conftest import Api, body_of, check_problem, dump

pytestmark = pytest.mark.django_db
PATH = "/set_budget"


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_is_not_sent_as_json_is_refused(api: Api, content_type: str) -> None:
    before = dump()
    check_problem(api.post(PATH, body_of('{"total_budget": 1}'), content_type=content_type), 415, "not-json")
    assert dump() == before


def test_a_compressed_body_is_refused(api: Api) -> None:
    body = gzip.compress(body_of('{"total_budget": 1}'))
    check_problem(api.post(PATH, body, headers={"Content-Encoding": "gzip"}), 415, "not-json")


def test_a_body_beyond_the_limit_is_not_read(api: Api, settings: Any) -> None:
    body = body_of('{"total_budget": 1}') + b" " * 500
    settings.BUDGETS_MAX_BODY_BYTES = len(body)
    before = dump()
    check_problem(api.post(PATH, body + b" "), 413, "body-too-large")
    assert dump() == before
    assert api.post(PATH, body).status_code == 200


def test_a_body_larger_than_djangos_own_limit_is_read(api: Api) -> None:
    size = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert size
    assert api.post(PATH, body_of('{"total_budget": 1}') + b" " * size).status_code == 200


def test_a_body_that_ends_early_is_refused(api: Api) -> None:
    response = api.post(PATH, b"{}", **{"wsgi.input": BytesIO(b"{}"), "CONTENT_LENGTH": "1000"})
    check_problem(response, 400, "malformed-json")


@pytest.mark.parametrize("length", ["abc", "-1", "+5", "1_0", "0x10", "٣", " 5", "5, 5"])
def test_a_length_that_is_no_whole_number_is_refused(api: Api, length: str) -> None:
    check_problem(api.post(PATH, b"{}", CONTENT_LENGTH=length), 411, "length-required")


def test_a_length_beyond_what_python_reads_is_too_large(api: Api) -> None:
    check_problem(api.post(PATH, b"{}", CONTENT_LENGTH="9" * 5_000), 413, "body-too-large")


@pytest.mark.parametrize("counted_at_a_time", [7, 1 << 16])
def test_values_are_bounded_by_the_bodys_limit(
    stored: Project, api: Api, settings: Any, monkeypatch: pytest.MonkeyPatch, counted_at_a_time: int
) -> None:
    monkeypatch.setattr("budgets.api.views.COUNTED_AT_A_TIME", counted_at_a_time)
    settings.BUDGETS_MAX_BODY_BYTES = 100 * MIN_BYTES_PER_VALUE
    # Beside the list's there are five signs, and a list of n values has n - 1 commas and its bracket.
    at_most = body_of(f'{{"total_budget": 1, "note": {[0] * 95}}}')
    beyond = body_of(f'{{"total_budget": 1, "note": {[0] * 96}}}')
    before = dump()
    problem = check_problem(api.post(PATH, beyond), 413, "body-too-large")
    assert problem["detail"] == "the body has 101 values; at most 100 are read"
    assert dump() == before
    assert api.post(PATH, at_most).status_code == 200


def test_users_are_bounded_by_the_bodys_limit(stored: Project, api: Api, settings: Any) -> None:
    settings.BUDGETS_MAX_BODY_BYTES = 10 * MIN_BYTES_PER_USER
    users = {str(number): {"total_budget": 1} for number in range(11)}
    before = dump()
    problem = check_problem(api.write(users), 413, "body-too-large")
    assert problem["detail"] == "the body has 11 users; at most 10 are read"
    assert dump() == before
    del users["10"]
    assert api.write(users).status_code == 200
