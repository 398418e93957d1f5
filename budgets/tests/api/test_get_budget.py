"""`POST /get_budget`."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from budgets.models import Client as ClientRow
from budgets.models import Project, View
from budgets.services.end_users import archive
from budgets.tests.api.conftest import Api, check_problem, dump, key_for
from budgets.tests.factories import NOW, make_project, make_user, spend

pytestmark = pytest.mark.django_db
PATH, BODY = "/get_budget", {"project_name": "p"}


def test_every_live_user_is_handed_out_with_its_mark(stored: Project, api: Api) -> None:
    user = make_user(stored, "daily", usd=10, days=36_500)
    spend(user, 0.000225)
    spend(user, 1, "other")
    make_user(stored, "unlimited", usd=None, days=None)
    archive(end_user=make_user(stored, "archived"), now=NOW)
    make_user(make_project("elsewhere"), "foreign")
    records = api.read()
    marks = [record.pop("_view") for record in records.values()]
    assert records == {
        "daily": {
            "total_budget": 10,
            "duration": 36_500,
            "created_at": NOW.timestamp(),
            "last_updated_at": NOW.timestamp(),
            "current_cost": 1.000225,
            "model_cost": {"gpt-4o": 0.000225, "other": 1},
        },
        "unlimited": {"total_budget": None},
    }
    assert len({mark.partition(".")[0] for mark in marks}) == 1


def test_each_read_is_a_view_of_its_own(stored: Project, api: Api) -> None:
    make_user(stored)
    assert api.read()["u"]["_view"] != api.read()["u"]["_view"]


def test_a_read_writes_no_view(stored: Project, api: Api) -> None:
    make_user(stored, days=36_500)
    api.read()
    assert View.objects.count() == 0
    assert ClientRow.objects.get().last_read_at


def test_a_due_period_rolls_before_it_is_handed_out(stored: Project, api: Api) -> None:
    spend(make_user(stored, days=1, now=NOW.replace(year=2020)), 5)
    record = api.read()["u"]
    assert "current_cost" not in record
    assert (record["last_updated_at"] - NOW.replace(year=2020).timestamp()) % 86_400 == 0


def test_a_known_empty_project_answers_success(api: Api) -> None:
    assert json.loads(api.post(PATH, BODY).content) == {"status": "success", "data": {}}


def test_a_project_that_an_instance_key_names_first_answers_nothing_stored_yet(instance_api: Api) -> None:
    response = instance_api.post(PATH, {"project_name": "new"})
    assert (response.status_code, json.loads(response.content)) == (200, {"status": "error"})
    assert not Project.objects.filter(name="new").exists()


def test_odd_names_go_through_unharmed(stored: Project, api: Api) -> None:
    names = ["", " ", "a/b~c", "ä", "日本", "\N{GRINNING FACE}", '"', "\\", "\n", "<script>", "x" * 255, "__proto__"]
    for name in names:
        make_user(stored, name)
    assert list(api.read()) == names


def test_an_api_base_that_ends_in_a_slash_works(api: Api) -> None:
    assert api.post("http://testserver//get_budget", BODY).status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(stored: Project, method: str) -> None:
    response = Client().generic(method, PATH, headers={"Authorization": f"Bearer {key_for(stored)}"})
    assert response.headers["Allow"] == "POST"
    if method == "HEAD":
        assert response.status_code == 405
    else:
        check_problem(response, 405, "method-not-allowed")


@pytest.mark.parametrize(
    ("body", "status", "pointers"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"project_name=p", 400, None),
        (b'{"project_name": "p"} x', 400, None),
        (b'{"project_name": "\xff"}', 400, None),
        (b'{"project_name": "\\ud800"}', 400, None),
        (b'{"project_name": NaN}', 400, None),
        (b"[" * 100_000, 422, [""]),
        (b'{"project_name": "p", "x": ' + b"[" * 100_000, 400, None),
        (b"[]", 422, [""]),
        (b'"p"', 422, [""]),
        (b"{}", 422, ["/project_name"]),
        (b'{"project_name": null}', 422, ["/project_name"]),
        (b'{"project_name": 5}', 422, ["/project_name"]),
        (b'{"project_name": ["p"]}', 422, ["/project_name"]),
        (b'{"project_name": ""}', 422, ["/project_name"]),
        (b'{"project_name": "a\\u0000"}', 422, ["/project_name"]),
        (b'{"project_name": "' + b"x" * 256 + b'"}', 422, ["/project_name"]),
    ],
)
def test_a_bad_body_is_refused(api: Api, body: bytes, status: int, pointers: list[str] | None) -> None:
    before = dump()
    response = api.post(PATH, body)
    problem = check_problem(response, status, "refused" if status == 422 else "malformed-json")
    if pointers is not None:
        assert [error["pointer"] for error in problem["errors"]] == pointers
    assert dump() == before


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_what_is_not_sent_as_json_is_refused(api: Api, content_type: str) -> None:
    check_problem(api.post(PATH, BODY, content_type=content_type), 415, "not-json")


def test_a_charset_beside_the_type_is_fine(api: Api) -> None:
    assert api.post(PATH, BODY, content_type="application/json; charset=utf-8").status_code == 200


def test_a_compressed_body_is_refused(api: Api) -> None:
    check_problem(api.post(PATH, BODY, headers={"Content-Encoding": "gzip"}), 415, "not-json")


def test_a_chunked_body_is_refused(api: Api) -> None:
    check_problem(api.post(PATH, BODY, headers={"Transfer-Encoding": "chunked"}), 411, "length-required")


def test_a_body_that_ends_early_is_refused(api: Api) -> None:
    check_problem(
        api.post(PATH, BODY, **{"wsgi.input": BytesIO(b"{"), "CONTENT_LENGTH": "1000"}), 400, "malformed-json"
    )


def test_a_body_beyond_the_limit_is_not_read(api: Api, settings: Any) -> None:
    settings.BUDGETS_MAX_BODY_BYTES = len(json.dumps(BODY))
    assert api.post(PATH, BODY).status_code == 200
    check_problem(api.post(PATH, json.dumps(BODY).encode() + b" "), 413, "body-too-large")


def test_a_repeated_read_changes_nothing(stored: Project, api: Api) -> None:
    make_user(stored, days=36_500)
    api.read()
    before = dump()
    api.read()
    assert dump() == before


@pytest.mark.parametrize("users", [1, 50])
def test_a_read_costs_the_same_queries_for_any_number_of_users(
    stored: Project, api: Api, users: int, django_assert_num_queries: Any
) -> None:
    for number in range(users):
        spend(make_user(stored, f"user {number}", days=36_500), 1)
    api.read()
    with django_assert_num_queries(4):  # key, client with its project, users, the client again
        assert len(api.read()) == users


# Within a test's own transaction nothing would be kept.
@pytest.mark.django_db(transaction=True)
def test_a_repeated_read_asks_for_no_users(stored: Project, api: Api, django_assert_num_queries: Any) -> None:
    user = make_user(stored, days=36_500)
    api.read()
    with django_assert_num_queries(
        3
    ):  # key, client with its project and whether its users have changed, the client again
        assert "current_cost" not in api.read()["u"]
    spend(user, 1)
    with django_assert_num_queries(4):  # and the users
        assert api.read()["u"]["current_cost"] == 1


def test_a_failure_of_ours_is_a_problem_and_no_empty_project(
    stored: Project, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("secret words")

    monkeypatch.setattr("budgets.api.views.hand_out", fail)
    response = api.post(PATH, BODY)
    check_problem(response, 500, "internal-error")
    assert b"secret words" not in response.content


def test_a_busy_database_is_a_problem_that_says_when_to_come_again(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("budgets.api.views.hand_out", fail)
    response = api.post(PATH, BODY)
    check_problem(response, 503, "busy")
    assert response.headers["Retry-After"] == "1"


def test_whatever_was_taken_in_can_be_handed_out(api: Api) -> None:
    """A record that is accepted and then breaks every read would shut its whole project."""

    def is_taken_in(depth: int) -> bool:
        nested = b'{"project_name": "p", "user_dict": {"u": {"total_budget": 1, "x": %s1%s}}}'
        response = api.post("/set_budget", nested % (b"[" * depth, b"]" * depth))
        assert response.status_code in {200, 400, 422}
        return response.status_code == 200

    accepted, refused = 1, 100_000
    while refused - accepted > 1:
        depth = (accepted + refused) // 2
        accepted, refused = (depth, refused) if is_taken_in(depth) else (accepted, depth)
    assert is_taken_in(accepted)
    assert api.post(PATH, BODY).status_code == 200
