"""Lines of the log, and who can write them."""

import logging
import sys
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from budgetsite.logs import LineFormatter, WithoutTracebackOfRefusals

FORGED = "2027-01-31 12:00:00,000 ERROR budgets: all is lost"
LOGGING: dict[str, Any] = settings.LOGGING
CONFIGURED = LOGGING["formatters"]["line"]


def line_of(message: str, *arguments: object, error: Exception | None = None) -> str:
    exc_info = None
    if error is not None:
        try:
            raise error
        except type(error):
            exc_info = sys.exc_info()
    record = logging.LogRecord("budgets", logging.WARNING, __file__, 1, message, arguments, exc_info)
    return LineFormatter(CONFIGURED["format"], style="{").format(record)


def test_the_settings_write_lines_by_it() -> None:
    assert CONFIGURED["class"] == "budgetsite.redaction.RedactingFormatter"
    assert LOGGING["handlers"]["stderr"]["formatter"] == "line"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x85", "\u2028"])
def test_a_name_with_a_line_end_writes_no_event(end: str) -> None:
    lines = line_of("refused %s", f"user{end}{FORGED}").splitlines()
    assert len(lines) == 1
    assert FORGED in lines[0]
    assert lines[0].endswith(FORGED)


def test_an_error_that_tells_a_value_writes_no_event() -> None:
    first, *rest = line_of("failed", error=ValueError(f"Key (name)=(x\n{FORGED}\x1b[2J)")).splitlines()
    assert first.endswith("budgets: failed")
    assert rest
    assert all(line.startswith("    ") for line in rest)
    assert any(FORGED in line for line in rest)


def test_escapes_are_spelt_out() -> None:
    line = line_of("login %s", "\x1b]0;owned\x07\x9b2J ä")
    assert line.endswith(r"login \x1b]0;owned\x07\x9b2J ä")


@pytest.mark.django_db
def test_a_failed_login_is_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.setFormatter(LineFormatter(CONFIGURED["format"], style="{"))
    Client(headers={"user-agent": f"x\n{FORGED}"}).post("/admin/login/", {"username": "x", "password": "y"})
    assert FORGED in caplog.text, "axes logs what the browser calls itself"
    assert not any(line.startswith(FORGED) for line in caplog.text.splitlines())


def test_a_foreign_host_is_logged_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    assert Client(SERVER_NAME="evil.example").get("/admin/login/").status_code == 400
    (record,) = (one for one in caplog.records if one.name == "django.security.DisallowedHost")
    assert "evil.example" in record.getMessage()
    assert record.exc_info is None


@pytest.mark.django_db
def test_what_is_refused_is_logged_without_a_traceback(caplog: pytest.LogCaptureFixture) -> None:
    client = Client()
    client.force_login(User.objects.create_user("stranger", is_staff=True))
    assert client.get("/admin/budgets/project/").status_code == 403
    client.force_login(User.objects.create_superuser("boss"))
    assert client.get("/admin/budgets/project/?secret_field=1").status_code == 400
    refusals = [one for one in caplog.records if one.name.startswith("django.")]
    assert {one.name for one in refusals} >= {"django.request", "django.security.DisallowedModelAdminLookup"}
    assert [one.getMessage() for one in refusals if one.exc_info] == []


def test_a_fault_keeps_its_traceback() -> None:
    record = logging.LogRecord("django.request", logging.ERROR, __file__, 1, "x", (), (ValueError, ValueError(), None))
    record.status_code = 500
    assert WithoutTracebackOfRefusals().filter(record)
    assert record.exc_info
