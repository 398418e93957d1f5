"""`POST /set_budget`."""

import gzip
import json
import subprocess
import sys
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from budgets.models import CostEntry, EndUser, Project
from budgets.tests.api.conftest import PROBLEM, Api, body_of, check_problem, dump, key_for
from budgets.tests.factories import make_project, make_user, nanousd, spend, spent
from budgetsite.environment import BASE_DIR

pytestmark = pytest.mark.django_db
PATH = "/set_budget"
LONG = "x" * 256


def user() -> EndUser:
    return EndUser.objects.get(name="u")


def test_a_post_is_taken_in(api: Api) -> None:
    response = api.write({"u": {"total_budget": 10, "current_cost": 0.000225, "model_cost": {"gpt-4o": 0.000225}}})
    assert (response.status_code, response.content) == (200, b'{"status":"success"}')
    assert spent(user()) == [225_000]
    assert api.read()["u"]["current_cost"] == 0.000225


def test_an_empty_dict_is_taken_in(api: Api) -> None:
    assert api.write({}).status_code == 200
    assert not EndUser.objects.exists()


def test_a_post_that_comes_again_changes_nothing(stored: Project, api: Api) -> None:
    spend(make_user(stored, days=36_500), 1)
    records = api.read()
    records["u"]["current_cost"] += 0.5
    records["u"]["model_cost"]["gpt-4o"] += 0.5
    api.write(records)
    before = dump()
    for _ in range(3):
        assert api.write(records).status_code == 200
    assert dump() == before
    assert spent(user()) == [nanousd(1.5)]


def test_an_instance_keys_first_write_makes_the_project(instance_api: Api) -> None:
    assert instance_api.write({"u": {"total_budget": 10}}, project="new").status_code == 200
    assert instance_api.read("new").keys() == {"u"}
    assert instance_api.read("p") == {}


def test_an_instance_key_writes_into_the_project_it_names_alone(stored: Project, instance_api: Api) -> None:
    spend(make_user(make_project("other")), 7)
    instance_api.write({"u": {"total_budget": 1, "current_cost": 2, "model_cost": {"m": 2}}})
    assert spent(EndUser.objects.get(project=stored)) == [nanousd(2)]
    assert spent(EndUser.objects.get(project__name="other")) == [nanousd(7)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_refused(stored: Project, method: str) -> None:
    response = Client().generic(
        method, PATH, body_of("{}"), "application/json", headers={"Authorization": f"Bearer {key_for(stored)}"}
    )
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    assert response.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (b"[]", [""]),
        (b"null", [""]),
        (b"{}", ["/project_name"]),
        (b'{"project_name": "p"}', ["/user_dict"]),
        (b'{"project_name": 5, "user_dict": {}}', ["/project_name"]),
        (b'{"project_name": "", "user_dict": {}}', ["/project_name"]),
        (b'{"project_name": "p", "user_dict": []}', ["/user_dict"]),
        (b'{"project_name": "p", "user_dict": null}', ["/user_dict"]),
        (b'{"project_name": "p", "user_dict": "u"}', ["/user_dict"]),
        (body_of("null"), ["/user_dict/u"]),
        (body_of("5"), ["/user_dict/u"]),
        (body_of("[]"), ["/user_dict/u"]),
        (body_of("{}"), ["/user_dict/u/total_budget"]),
        (body_of('{"total_budget": -1}'), ["/user_dict/u/total_budget"]),
        (body_of('{"total_budget": "1"}'), ["/user_dict/u/total_budget"]),
        (body_of('{"total_budget": true}'), ["/user_dict/u/total_budget"]),
        (body_of('{"total_budget": 1e300}'), ["/user_dict/u/total_budget"]),
        (body_of('{"total_budget": 1%s}' % ("0" * 400)), ["/user_dict/u/total_budget"]),
        (body_of('{"total_budget": 1e400}'), ["/user_dict/u"]),
        (body_of('{"total_budget": 1, "note": -1e400}'), ["/user_dict/u"]),
        (body_of('{"total_budget": 1, "note": 1' + "0" * 5_000 + "}"), ["/user_dict/u"]),
        (body_of('{"total_budget": 1, "duration": 0}'), ["/user_dict/u/duration"]),
        (body_of('{"total_budget": 1, "duration": 0.5}'), ["/user_dict/u/duration"]),
        (body_of('{"total_budget": 1, "duration": 1e308}'), ["/user_dict/u/duration"]),
        (body_of('{"total_budget": 1, "duration": "daily"}'), ["/user_dict/u/duration"]),
        (body_of('{"total_budget": 1, "created_at": -1}'), ["/user_dict/u/created_at"]),
        (body_of('{"total_budget": 1, "created_at": 1e15}'), ["/user_dict/u/created_at"]),
        (body_of('{"total_budget": 1, "created_at": "2027"}'), ["/user_dict/u/created_at"]),
        (body_of('{"total_budget": 1, "created_at": true}'), ["/user_dict/u/created_at"]),
        (body_of('{"total_budget": 1, "last_updated_at": []}'), ["/user_dict/u/last_updated_at"]),
        (body_of('{"total_budget": 1, "current_cost": -0.01}'), ["/user_dict/u/current_cost"]),
        (body_of('{"total_budget": 1, "model_cost": [1]}'), ["/user_dict/u/model_cost"]),
        (body_of('{"total_budget": 1, "model_cost": {"a/b~c": -1}}'), ["/user_dict/u/model_cost/a~1b~0c"]),
        (body_of('{"total_budget": 1, "model_cost": {"": "x"}}'), ["/user_dict/u/model_cost/"]),
        (body_of('{"total_budget": 1, "model_cost": {"a\\u0000": 1}}'), ["/user_dict/u/model_cost/a\0"]),
        (body_of(f'{{"total_budget": 1, "model_cost": {{"{LONG}": 1}}}}'), [f"/user_dict/u/model_cost/{LONG}"]),
        (body_of('{"total_budget": 1}', LONG), [f"/user_dict/{LONG}"]),
        (body_of('{"total_budget": 1}', "a\\u0000"), ["/user_dict/a\0"]),
        (body_of("{}", "a/b~"), ["/user_dict/a~1b~0/total_budget"]),
        (body_of('{"total_budget": 1, "note": "%s"}' % ("x" * 20_000)), ["/user_dict/u"]),
        (body_of('{"total_budget": 1, "_view": 5}'), ["/user_dict/u/_view"]),
        (body_of('{"total_budget": 1, "_view": ""}'), ["/user_dict/u/_view"]),
        (body_of('{"total_budget": 1, "_view": "forged"}'), ["/user_dict/u/_view"]),
        (body_of('{"total_budget": -1, "duration": -1}'), ["/user_dict/u/total_budget", "/user_dict/u/duration"]),
    ],
)
def test_a_body_that_is_refused_names_each_place_and_changes_nothing(
    stored: Project, api: Api, body: bytes, pointers: list[str]
) -> None:
    spend(make_user(stored, "there already"), 1)
    before = dump()
    problem = check_problem(api.post(PATH, body), 422, "refused")
    assert [error["pointer"] for error in problem["errors"]] == pointers
    assert all(error["detail"] for error in problem["errors"])
    assert dump() == before


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"x",
        b"\x00",
        body_of('{"total_budget": NaN}'),
        body_of('{"total_budget": 1, "current_cost": Infinity}'),
        body_of('{"total_budget": 1, "current_cost": -Infinity}'),
        body_of('{"total_budget": 1, "note": NaN}'),
        body_of('{"total_budget": 1}', "\\ud800"),
        body_of('{"total_budget": 1, "note": "\\udfff"}'),
        body_of('{"total_budget": 1, "note": 01}'),
        body_of('{"total_budget": 1,}'),
        body_of('{"total_budget": 1}').replace(b'"u"', b'"\xff"'),
        body_of('{"total_budget": 1}').decode().encode("utf-16"),
        body_of('{"total_budget": 1}') + b"{}",
        body_of('{"total_budget": 1, "note": ' + "[" * 5_000 + "]" * 5_000 + "}"),
        body_of('{"total_budget": 1, "note": ' + '{"a":' * 100_000),
        gzip.compress(body_of('{"total_budget": 1}')),
    ],
)
def test_what_is_no_json_is_malformed_and_changes_nothing(api: Api, body: bytes) -> None:
    before = dump()
    check_problem(api.post(PATH, body), 400, "malformed-json")
    assert dump() == before


def test_one_bad_record_among_good_ones_refuses_all_of_them(stored: Project, api: Api) -> None:
    spend(make_user(stored, "there already", days=36_500), 1)
    records = api.read()
    records["there already"]["model_cost"]["gpt-4o"] += 5
    before = dump()
    records |= {"new": {"total_budget": 1}, "bad": {"total_budget": 1, "model_cost": {"m": -1}}}
    problem = check_problem(api.write(records), 422, "refused")
    assert [error["pointer"] for error in problem["errors"]] == ["/user_dict/bad/model_cost/m"]
    assert dump() == before


def test_what_is_told_to_be_busy_has_not_been_taken_in(
    stored: Project, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("database is locked")

    api.read()  # A client that is known already.
    monkeypatch.setattr("budgets.services.posts._note_post", fail)
    response = api.write({"new": {"total_budget": 1, "current_cost": 1, "model_cost": {"gpt-4o": 1}}})
    check_problem(response, 503, "busy")
    assert not EndUser.objects.filter(name="new").exists()


def test_a_refused_first_write_of_an_instance_key_makes_no_project(instance_api: Api) -> None:
    check_problem(instance_api.write({"u": {}}, project="new"), 422, "refused")
    assert not Project.objects.filter(name="new").exists()


def test_the_list_of_faults_is_bounded(api: Api) -> None:
    response = api.write({str(number): {} for number in range(500)})
    assert len(check_problem(response, 422, "refused")["errors"]) == 20


# --- Marks --------------------------------------------------------------------------------------------------------


def test_another_projects_mark_is_refused(stored: Project, api: Api) -> None:
    other = make_project("other")
    make_user(other, "u", days=36_500)
    records = Api(key_for(other)).read("other")
    before = dump()
    problem = check_problem(api.write(records), 422, "refused")
    assert [error["pointer"] for error in problem["errors"]] == ["/user_dict/u/_view"]
    assert dump() == before


@pytest.mark.parametrize("at", [0, 20, 39])
def test_a_forged_mark_is_refused(stored: Project, api: Api, at: int) -> None:
    make_user(stored, days=36_500)
    records = api.read()
    mark = records["u"]["_view"]
    records["u"]["_view"] = mark[:at] + ("A" if mark[at] != "A" else "B") + mark[at + 1 :]
    before = dump()
    check_problem(api.write(records), 422, "refused")
    assert dump() == before


def test_a_forged_version_cannot_take_spend_away(stored: Project, api: Api) -> None:
    spend(make_user(stored, days=36_500), 5)
    record = api.read()["u"]
    view, user_id, _, digest = record["_view"].split(".")
    for version in ("0", "1", "fffffffffffffff"):
        record["_view"] = f"{view}.{user_id}.{version}.{digest}"
        assert api.write({"u": record}).status_code == 200
    assert sum(spent(user())) >= nanousd(5)


@pytest.mark.parametrize("user_id", ["0", "fffffffffffffff"])
def test_a_mark_of_nobody_is_taken_for_a_copied_record(stored: Project, api: Api, user_id: str) -> None:
    spend(make_user(stored, days=36_500), 5)
    record = api.read()["u"]
    view, _, version, digest = record["_view"].split(".")
    record |= {"_view": f"{view}.{user_id}.{version}.{digest}", "team": "a"}
    assert api.write({"u": record}).status_code == 200


# --- What is odd but right ----------------------------------------------------------------------------------------


def test_of_a_key_given_twice_the_last_counts(api: Api) -> None:
    body = (
        b'{"project_name": "p", "user_dict": {"u": {"total_budget": 1}, "u": {"total_budget": 2, "total_budget": 3}}}'
    )
    assert api.post(PATH, body).status_code == 200
    assert user().budget.total_budget_nanousd == 3 * 10**9


@pytest.mark.parametrize("note", [2**63, 2**64, -(2**64), 10**300, 1.5, "\U0001f600", {"a": [None, True, {}]}, ""])
def test_unknown_keys_come_back_to_the_letter(api: Api, note: Any) -> None:
    api.write({"u": {"total_budget": 1, "note": note}})
    assert api.read()["u"]["note"] == note


def test_unknown_keys_beside_the_two_of_the_body_are_ignored(api: Api) -> None:
    body = {"project_name": "p", "user_dict": {"u": {"total_budget": 1}}, "more": {"a": 1}}
    assert api.post(PATH, body).status_code == 200


def test_odd_names_come_back(api: Api) -> None:
    names = ["", " ", "a/b~c", "ä", "\U0001f600", '"', "\n", "'; DROP TABLE x; --", "x" * 255]
    records = {name: {"total_budget": 1, "current_cost": 1, "model_cost": {name: 1}} for name in names}
    assert api.write(records).status_code == 200
    read = api.read()
    assert list(read) == names
    assert [list(record["model_cost"]) for record in read.values()] == [[name] if name else [] for name in names]


def test_a_name_of_megabytes_is_not_told_with_every_fault_under_it(api: Api) -> None:
    record = {"total_budget": 1, "model_cost": {str(number): "x" for number in range(50)}}
    response = api.write({"u" * 1_000_000: record})
    check_problem(response, 422, "refused")
    assert len(response.content) < 50_000


# --- Cost of a post -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["api", "instance_api"])
@pytest.mark.parametrize("others", [1, 50])
def test_a_post_of_one_changed_record_costs_the_same_queries_beside_any_number_of_others(
    stored: Project, request: pytest.FixtureRequest, key: str, others: int
) -> None:
    api: Api = request.getfixturevalue(key)
    for number in range(others):
        spend(make_user(stored, f"user {number}", days=36_500), 1)
    spend(make_user(stored, days=36_500), 1)
    records = api.read()
    for cost in (2, 3):
        records["u"] |= {"current_cost": cost, "model_cost": {"gpt-4o": cost}}
        with CaptureQueriesContext(connection) as queries:
            api.write(records)
    # The second one, for the first also opens the view.
    statements = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
    # SQLite has its one lock already, where PostgreSQL locks the user.
    assert len(statements) == (16 if connection.features.has_select_for_update else 15), "\n".join(statements)
    assert spent(user()) == [nanousd(3)]


@pytest.mark.postgresql
def test_on_postgresql_its_locks_are_one_trip_and_its_writes_another(
    stored: Project, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    from budgets.models.pipeline import Kept, Trip

    spend(make_user(stored, days=36_500), 1)
    records = api.read()
    api.write(records | {"u": records["u"] | {"current_cost": 2, "model_cost": {"gpt-4o": 2}}})
    trips: list[str] = []
    run, arrive = Kept.run, Trip.arrive

    def noted_run(kept: Kept, *args: Any) -> Any:
        trips.extend(["one statement"] if kept.trip is None else [])
        return run(kept, *args)

    def noted_arrive(trip: Trip) -> None:
        trips.append("many")
        arrive(trip)

    monkeypatch.setattr(Kept, "run", noted_run)
    monkeypatch.setattr(Trip, "arrive", noted_arrive)
    api.write(records | {"u": records["u"] | {"current_cost": 3, "model_cost": {"gpt-4o": 3}}})
    # The key, the client, its view's digests, its counts.
    assert trips == ["one statement"] * 4 + ["many"] * 2
    assert spent(user()) == [nanousd(3)]


def test_an_untouched_post_writes_nothing(stored: Project, api: Api) -> None:
    for number in range(50):
        spend(make_user(stored, f"user {number}", days=36_500), 1)
    records = api.read()
    api.write(records)
    with CaptureQueriesContext(connection) as queries:
        api.write(records)
    assert len(queries) == 4, [one["sql"] for one in queries]  # key, client, view, high-water marks
    assert CostEntry.objects.count() == 50


SERVE_BOTH = """
import sys
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from budgets.services.keys import create_key
call_command("migrate", verbosity=0)
key = create_key(label="tests", project=None, expires_at=None, created_by=None, now=timezone.now())[1]
bodies = {
    "/set_budget": '{"project_name": "p", "user_dict": {"u": {"total_budget": 1, "current_cost": 1}}}',
    "/get_budget": '{"project_name": "p"}',
}
for path, body in bodies.items():
    answer = Client(SERVER_NAME="localhost").post(
        path, body, "application/json", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.json()["status"] == "success", answer.content
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"litellm", "openai", "tiktoken"}))
"""


def test_the_endpoints_never_import_litellm() -> None:
    environment = {
        "DJANGO_SETTINGS_MODULE": "budgets.tests.settings",
        "DATABASE_URL": "sqlite:///:memory:",
        "BUDGETS_ENV_FILE": "/dev/null",
        "PYTHONPATH": str(BASE_DIR),
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SERVE_BOTH],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_a_success_is_json_and_never_an_error(api: Api) -> None:
    assert json.loads(api.write({}).content) == {"status": "success"}
