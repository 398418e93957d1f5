"""Who is let in, and where: the same questions to both endpoints."""

import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from budgets.api import keys
from budgets.models import ApiKey, Project
from budgets.models import Client as ClientRow
from budgets.services.guesses import FAILURES_ALLOWED
from budgets.services.keys import hash_key, revoke_key
from budgets.tests.api.conftest import ENDPOINTS, Api, check_described, check_problem, dump, key_for
from budgets.tests.factories import make_project, make_user, spend

SECRET_FIGURE = 4242.5
BODY = {"project_name": "p", "user_dict": {"u": {"total_budget": 1}}}
EITHER = pytest.mark.parametrize("path", ENDPOINTS)


def call(path: str, headers: dict[str, str] | None = None, body: Any = BODY) -> Any:
    response = Client().generic("POST", path, json.dumps(body), content_type="application/json", headers=headers)
    check_described(path, response)
    return response


@pytest.fixture
def secrets_stored(stored: Project) -> Project:
    """Data that could leak: a user in "p", and another project beside it."""
    spend(make_user(stored, "secret-user"), SECRET_FIGURE)
    spend(make_user(make_project("other"), "other-user"), SECRET_FIGURE)
    return stored


def assert_leaks_nothing(content: bytes) -> None:
    for word in (b"secret-user", b"other-user", str(SECRET_FIGURE).encode(), b'"error"'):
        assert word not in content, content


@EITHER
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic", "basic"])
def test_a_key_is_taken_as_bearer_and_as_basic(path: str, scheme: str, stored: Project) -> None:
    secret = key_for(stored)
    value = secret if scheme.lower() == "bearer" else b64encode(f"worker:{secret}".encode()).decode()
    assert call(path, {"Authorization": f"{scheme} {value}"}).status_code == 200


@EITHER
@pytest.mark.parametrize(
    "credentials",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "Basic ???",
        "Basic " + b64encode(b"\xff\xfe:x").decode(),
        "Basic " + b64encode(b"no-colon").decode(),
        "Basic \N{LATIN SMALL LETTER E WITH ACUTE}=",
        "Digest x",
        "Bearer bk_0123456789_" + "A" * 43,
        "Bearer bk_0123456789_" + "\N{LATIN SMALL LETTER E WITH ACUTE}" * 43,
        "Bearer " + "x" * 5_000,
    ],
)
def test_without_a_right_key_nobody_is_let_in(path: str, credentials: str | None, secrets_stored: Project) -> None:
    before = dump()
    response = call(path, {} if credentials is None else {"Authorization": credentials})
    check_problem(response, 401, "key-refused")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="budgets", Basic realm="budgets"'
    assert_leaks_nothing(response.content)
    assert dump() == before


@EITHER
def test_a_key_with_a_right_prefix_and_a_wrong_secret_is_refused(path: str, secrets_stored: Project) -> None:
    secret = key_for(secrets_stored)
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    check_problem(call(path, {"Authorization": f"Bearer {wrong}"}), 401, "key-refused")


@EITHER
def test_the_log_tells_who_has_no_valid_key(path: str, stored: Project, caplog: pytest.LogCaptureFixture) -> None:
    call(path, {"Authorization": "Basic " + b64encode(b"night job:wrong").decode()})
    assert "no valid key from 127.0.0.1, client id 'night job'" in caplog.text


@EITHER
def test_what_the_database_keeps_of_a_key_opens_nothing(path: str, stored: Project) -> None:
    secret = key_for(stored)
    row = ApiKey.objects.get()
    assert secret not in str(ApiKey.objects.values())
    for kept in (row.prefix, row.key_hash, f"{row.prefix}_{row.key_hash}", f"{row.prefix}_{row.key_hash[:43]}"):
        check_problem(call(path, {"Authorization": f"Bearer {kept}"}), 401, "key-refused")


@EITHER
def test_a_revoked_key_is_refused(path: str, secrets_stored: Project) -> None:
    secret = key_for(secrets_stored)
    revoke_key(api_key=ApiKey.objects.get(), now=datetime.now(UTC))
    response = call(path, {"Authorization": f"Bearer {secret}"})
    check_problem(response, 401, "key-refused")
    assert_leaks_nothing(response.content)


@EITHER
@pytest.mark.parametrize(("minutes", "status"), [(-1, 401), (1, 200)])
def test_a_key_opens_until_it_expires(path: str, minutes: int, status: int, stored: Project) -> None:
    secret = key_for(stored, expires_at=datetime.now(UTC) + timedelta(minutes=minutes))
    assert call(path, {"Authorization": f"Bearer {secret}"}).status_code == status


@EITHER
@pytest.mark.parametrize("project_name", ["other", "never heard of", "P"])
def test_a_projects_key_opens_no_other(path: str, project_name: str, secrets_stored: Project) -> None:
    before = dump()
    response = Api(key_for(secrets_stored)).post(path, BODY | {"project_name": project_name})
    before["ApiKey"] = dump()["ApiKey"]
    check_problem(response, 403, "wrong-project")
    assert_leaks_nothing(response.content)
    assert dump() == before


def test_a_projects_key_reads_its_own_project_alone(secrets_stored: Project) -> None:
    assert Api(key_for(secrets_stored)).read("p").keys() == {"secret-user"}


def test_an_instance_key_reads_every_project(secrets_stored: Project) -> None:
    api = Api(key_for(None))
    assert api.read("p").keys() == {"secret-user"}
    assert api.read("other").keys() == {"other-user"}


@EITHER
def test_after_too_many_wrong_keys_an_address_is_told_to_wait_and_a_right_key_is_still_let_in(
    path: str, secrets_stored: Project
) -> None:
    for _ in range(FAILURES_ALLOWED):
        check_problem(call(path, {"Authorization": "Bearer wrong"}), 401, "key-refused")
    response = call(path, {"Authorization": "Bearer wrong"})
    check_problem(response, 429, "too-many-failures")
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert_leaks_nothing(response.content)
    assert Api(key_for(secrets_stored)).post(path, BODY).status_code == 200


def refused_keys(stored: Project) -> dict[str, str]:
    """A secret of each kind that opens nothing."""
    right = key_for(stored)
    revoked, expired = key_for(stored), key_for(stored, expires_at=datetime.now(UTC) - timedelta(minutes=1))
    revoke_key(api_key=ApiKey.objects.get(prefix=revoked[:13]), now=datetime.now(UTC))
    return {
        "unknown": "bk_0123456789_" + "A" * 43,
        "wrong": right[:-1] + ("A" if right[-1] != "A" else "B"),
        "revoked": revoked,
        "expired": expired,
    }


@EITHER
def test_every_refused_key_costs_the_same_work_and_is_answered_alike(
    path: str, stored: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[tuple[str, int]] = []
    compare = hmac.compare_digest

    def counted_hash(secret: str) -> str:
        work.append(("hash", 0))
        return hash_key(secret)

    def counted_compare(stored_hash: str, shown_hash: str) -> bool:
        work.append(("compare", len(stored_hash)))
        return compare(stored_hash, shown_hash)

    monkeypatch.setattr(keys, "hash_key", counted_hash)
    monkeypatch.setattr(hmac, "compare_digest", counted_compare)
    refused = refused_keys(stored)
    call(path, {"Authorization": "Bearer wrong"})  # makes the row that counts, once
    seen = set()
    for secret in refused.values():
        work.clear()
        with CaptureQueriesContext(connection) as queries:
            response = call(path, {"Authorization": f"Bearer {secret}"})
        check_problem(response, 401, "key-refused")
        asked = tuple(query["sql"].split("WHERE")[0] for query in queries)
        seen.add((asked, tuple(work), response.content, tuple(response.headers.items())))
    assert len(seen) == 1, seen


def test_a_right_key_costs_no_query_of_counting(api: Api, stored: Project) -> None:
    api.read()
    with CaptureQueriesContext(connection) as queries:
        api.read()
    assert not [query for query in queries if "wrongkeycount" in query["sql"]]
    assert sum("budgets_apikey" in query["sql"] for query in queries) == 1


@pytest.mark.parametrize(
    ("trusted_proxies", "forwarded_for", "status"),
    [(0, "203.0.113.{}", 429), (1, "203.0.113.{}", 401), (1, "10.9.9.9", 429)],
)
def test_behind_trusted_proxies_each_client_has_a_count_of_its_own(
    stored: Project, settings: Any, trusted_proxies: int, forwarded_for: str, status: int
) -> None:
    """Without trust the header is a stranger's word, and would be a way to guess without end."""
    settings.BUDGETS_TRUSTED_PROXIES = trusted_proxies
    statuses = [
        call(
            "/get_budget",
            {"Authorization": "Bearer wrong", "X-Forwarded-For": f"1.2.3.4, {forwarded_for.format(number)}"},
        ).status_code
        for number in range(FAILURES_ALLOWED + 1)
    ]
    assert statuses[-1] == status


@pytest.mark.parametrize(
    ("client_id", "header", "seen"),
    [
        ("worker-1", None, "worker-1"),
        ("", "worker-2", "worker-2"),
        ("worker-1", "worker-2", "worker-1"),
        ("", None, ""),
    ],
)
def test_the_client_is_named_by_the_basic_user_or_else_the_header(
    stored: Project, client_id: str, header: str | None, seen: str
) -> None:
    api = Api(key_for(stored), client_id)
    api.post("/get_budget", {"project_name": "p"}, headers={"X-Client-Id": header} if header else {})
    row = ClientRow.objects.get()
    assert row.client_id == seen
    assert row.is_anonymous == (not seen)


def test_the_header_names_a_client_with_bearer(stored: Project) -> None:
    call("/set_budget", {"Authorization": f"Bearer {key_for(stored)}", "X-Client-Id": "worker-3"})
    assert ClientRow.objects.get().client_id == "worker-3"


@EITHER
@pytest.mark.parametrize("client_id", ["x" * 129, "new\nline", "nul\0"])
def test_an_odd_client_id_is_refused(path: str, client_id: str, stored: Project) -> None:
    api = Api(key_for(stored), client_id)
    check_problem(api.post(path, BODY), 400, "client-id-refused")
    assert not ClientRow.objects.exists()


def test_the_last_use_is_noted(api: Api) -> None:
    assert ApiKey.objects.get().last_used_at is None
    before = datetime.now(UTC)
    api.read()
    used = ApiKey.objects.get().last_used_at
    assert used
    assert used >= before
