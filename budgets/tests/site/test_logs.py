"""Lines of the log, and who can write them."""

import logging
import sys
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from budgetsite.logs import LineFormatter

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
