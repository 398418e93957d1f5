"""Signing in: what a wrong password tells, what it costs, and where it is seen."""

import re
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessLog
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.test import Client

LOGIN = "/admin/login/"
PASSWORD = "a long enough passphrase"


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann", password=PASSWORD, is_staff=True)


def sign_in(username: str, password: str = "wrong", **headers: str) -> Any:
    return Client(headers=headers).post(LOGIN, {"username": username, "password": password})


def shown(response: Any, username: str) -> str:
    """The page without the name that was typed and the form's token."""
    form = response.context and response.context.get("csrf_token")
    return str(response.content.decode().replace(username, "NAME").replace(str(form), "TOKEN"))


@pytest.fixture
def others(ann: User) -> list[str]:
    """Logins that cannot sign in, whatever the password."""
    User.objects.create_user("bob", password=PASSWORD, is_staff=True, is_active=False)
    User.objects.create_user("cid", password=PASSWORD)
    return ["zoe", "bob", "cid"]


def test_a_name_that_is_not_there_costs_and_is_told_what_a_wrong_password_is(
    others: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def counted(self: MD5PasswordHasher, password: str, salt: str) -> str:
        hashed.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    answers = set()
    for username in ["ann", *others]:
        hashed.clear()
        response = sign_in(username)
        answers.add((response.status_code, len(hashed), shown(response, username)))
    assert len(answers) == 1
    # Nor does the right password of one who may not sign in.
    right = {shown(sign_in(username, PASSWORD), username) for username in ("bob", "cid")}
    assert right == {shown(sign_in("zoe", PASSWORD), "zoe")}


def test_being_shut_out_does_not_tell_whether_the_login_is_there(others: list[str]) -> None:
    answers = {tuple(sign_in(name).status_code for _ in range(6)) for name in ["ann", *others]}
    assert answers == {(200, 200, 200, 200, 429, 429)}
    assert sign_in("ann", PASSWORD).status_code == 429


def test_wrong_passwords_are_counted_by_the_address_behind_the_proxy(ann: User, settings: Any) -> None:
    settings.BUDGETS_TRUSTED_PROXIES = 1
    for _ in range(6):
        sign_in("ann", **{"X-Forwarded-For": "10.0.0.1, 203.0.113.9"})
    assert sign_in("ann", PASSWORD, **{"X-Forwarded-For": "203.0.113.9"}).status_code == 429
    assert sign_in("ann", PASSWORD, **{"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}).status_code == 302
    settings.BUDGETS_TRUSTED_PROXIES = 0
    assert set(AccessAttempt.objects.values_list("ip_address", flat=True)) == {"203.0.113.9"}


def test_superusers_see_who_signed_in_and_who_failed_to(site: Client, ann: User) -> None:
    for _ in range(5):
        sign_in("eve")
    assert sign_in("ann", PASSWORD).status_code == 302
    assert AccessLog.objects.filter(username="ann").exists()
    page = site.get("/admin/axes/accesslog/").content.decode()
    assert "ann" in page
    page = site.get("/admin/axes/accessattempt/").content.decode()
    assert "eve" in page
    assert "locked out" in page
    # What was typed as a password is nowhere.
    assert "wrong" not in str(AccessAttempt.objects.values())


@pytest.mark.parametrize(
    ("table", "trail"),
    [("accesslog", ["Signing in", "Sign-ins"]), ("accessattempt", ["Signing in", "Failed sign-ins"])],
)
def test_where_one_is_is_said_in_our_words_once(site: Client, table: str, trail: list[str]) -> None:
    html = site.get(f"/admin/axes/{table}/").content.decode()
    assert re.findall(r'truncate tracking-tight(?: bs-crumb)?">\s*(.+?)\s*</', html) == trail
    assert "Axes" not in html


def test_a_changed_password_ends_the_other_sessions(ann: User) -> None:
    here, elsewhere = Client(), Client()
    for browser in (here, elsewhere):
        assert browser.post(LOGIN, {"username": "ann", "password": PASSWORD}).status_code == 302
    new = "another long passphrase"
    data = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert here.post("/admin/password_change/", data).status_code == 302
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").status_code == 302


def test_a_session_lasts_a_working_day(ann: User) -> None:
    response = sign_in("ann", PASSWORD)
    assert response.cookies["sessionid"]["max-age"] == 12 * 60 * 60
    assert response.cookies["sessionid"]["httponly"]
