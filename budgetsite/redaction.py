"""Secrets are taken out of log lines and error pages at the last moment, whatever code let them get there."""

import html
import logging
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

from budgetsite.logs import LineFormatter

HIDDEN = "[redacted]"
# A literal shorter than this is no secret worth the name, and would blot out half of a log.
MIN_LITERAL_CHARS = 6
PATTERNS = (
    # An API key, or as much of one as a cut line holds; its prefix is public.
    (re.compile(r"(bk_[0-9a-f]{10})_[A-Za-z0-9_-]{4,}"), rf"\1_{HIDDEN}"),
    (re.compile(r"\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{16,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # http://NAME:SECRET@host, postgresql://USER:PASSWORD@host
    (re.compile(r"(://[^\s:/@'\"]*:)[^\s'\"]+@"), rf"\1{HIDDEN}@"),
)
# Variables of a frame by what they are called. The database's parameters hold whatever is stored: hashes of passwords,
# the projects' mark keys, sessions.
HIDDEN_VARIABLES = re.compile(
    "secret|passw|token|credential|authorization|mark_key|key_hash|session_key|encoded"
    "|params|param_rows|value_rows|param_list|conninfo",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text without keys, credentials and what the environment keeps secret."""
    for pattern, replacement in PATTERNS:
        text = pattern.sub(replacement, text)
    for literal in _literals():
        for written in {literal, html.escape(literal), repr(literal)[1:-1]}:
            text = text.replace(written, HIDDEN)
    return text


def _literals() -> Iterator[str]:
    """The secrets of the environment, as they may be written."""
    found = [os.environ.get("DJANGO_SECRET_KEY", "")]
    try:
        password = urlsplit(os.environ.get("DATABASE_URL", "")).password or ""
    except ValueError:
        password = ""
    found += [password, unquote(password)]
    return (literal for literal in found if len(literal) >= MIN_LITERAL_CHARS)


class RedactingFormatter(LineFormatter):
    """Formats a record, traceback and all, and redacts the whole."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return redact(super().format(record))


class RedactingFilter(SafeExceptionReporterFilter):
    """What an error report shows of settings, request and variables: the same with DEBUG as without."""

    hidden_settings = re.compile(
        "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|DATABASE_URL|CREDENTIAL", flags=re.IGNORECASE
    )

    def is_active(self, request: HttpRequest | None) -> bool:
        """Always; Django's own lets everything through where DEBUG is on."""
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> MultiValueDict[str, Any]:
        """The form's fields, without those that are secret by name, even where no view had the time to say so."""
        posted = MultiValueDict(super().get_post_parameters(request))
        for name in posted:
            if self.hidden_settings.search(name):
                posted[name] = self.cleansed_substitute
        return posted

    def get_traceback_frame_variables(self, request: Any, tb_frame: Any) -> Any:
        """A frame's variables, without those, and what dictionaries among them hold, that are secret by name."""
        variables = super().get_traceback_frame_variables(request, tb_frame)
        return [
            (name, self.cleansed_substitute if HIDDEN_VARIABLES.search(name) else self.cleanse_setting("", value))
            for name, value in variables
        ]


class RedactingReporter(ExceptionReporter):
    """An error page or mail, with what is left of secrets taken out of its text."""

    def get_traceback_html(self) -> SafeString:
        """The page that DEBUG shows."""
        return SafeString(redact(super().get_traceback_html()))

    def get_traceback_text(self) -> SafeString:
        """The same for a mail, or a client that takes no HTML."""
        return SafeString(redact(super().get_traceback_text()))
