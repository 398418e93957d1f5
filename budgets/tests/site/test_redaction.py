"""No secret in a log line or on an error page: one of each kind is brought to every place that could tell it."""

import io
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.test import Client as Browser
from gunicorn.config import Config
from gunicorn.http.errors import InvalidHeader, InvalidRequestLine

from budgets.api.keys import Credentials
from budgets.models import ApiKey, Project
from budgets.services.keys import create_key
from budgets.tests.factories import NOW
from budgetsite.environment import env_database
from budgetsite.gunicorn_log import RedactingLogger
from budgetsite.redaction import RedactingFormatter, redact

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

KEY = "bk_0123456789_" + "canaryKEY-_" * 3 + "0123456789"
PASSWORD = "canary passphrase 1"
SECRET_KEY = "canary-django-secret-" + "x" * 40
DATABASE_PASSWORD = "canary/p'ss&word"
BASIC = "Basic " + b64encode(f"worker:{KEY}".encode()).decode()
SESSION, MARK_KEY = "canary-session", "canary-mark-key"
CANARIES = [KEY, KEY[14:30], PASSWORD, SECRET_KEY, DATABASE_PASSWORD, BASIC[6:], SESSION, MARK_KEY]
HEADERS = {"Authorization": BASIC}


@pytest.fixture(autouse=True)
def canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of secrets."""
    monkeypatch.setenv("DJANGO_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:canary%2Fp'ss%26word@db/budgets")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that the product's own handler writes, of every logger at DEBUG."""
    root = logging.getLogger()
    (handler,) = [one for one in root.handlers if isinstance(getattr(one, "formatter", None), RedactingFormatter)]
    assert isinstance(handler, logging.StreamHandler)
    levels = {log: log.level for name in (None, "django", "budgets", "axes") if (log := logging.getLogger(name))}
    written = io.StringIO()
    before = handler.setStream(written)
    for log in levels:
        log.setLevel(logging.DEBUG)
    yield written
    for log, level in levels.items():
        log.setLevel(level)
    handler.setStream(before or handler.stream)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"key {KEY} refused", "key bk_0123456789_[redacted] refused"),
        (KEY[:24], "bk_0123456789_[redacted]"),
        (f"{{'Authorization': '{BASIC}'}}", "{'Authorization': 'Basic [redacted]'}"),
        (f"authorization: BEARER {KEY}", "authorization: BEARER bk_0123456789_[redacted]"),
        ("Bearer somebody-elses-token", "Bearer [redacted]"),
        ("http://worker-1:s3cr/et@localhost/x", "http://worker-1:[redacted]@localhost/x"),
        (f"a {SECRET_KEY} b", "a [redacted] b"),
        (f"{DATABASE_PASSWORD}!", "[redacted]!"),
        (repr({"password": DATABASE_PASSWORD}), "{'password': \"[redacted]\"}"),
        ("canary/p&#x27;ss&amp;word", "[redacted]"),
        ("use Bearer tokens or Basic authentication", "use Bearer tokens or Basic authentication"),
        ("bk_0123456789… revoked", "bk_0123456789… revoked"),
    ],
)
def test_secrets_are_taken_out_and_the_rest_stays(text: str, said: str) -> None:
    assert redact(text) == said


def test_a_log_line_is_redacted_with_its_arguments_and_traceback() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("{message}", style="{"))
    log = logging.Logger("canary")
    log.addHandler(handler)
    try:
        raise ValueError(f"not {KEY}")
    except ValueError:
        log.exception("%s and %r", SECRET_KEY, {"Authorization": BASIC})
    assert "ValueError: not bk_0123456789_[redacted]" in stream.getvalue()
    assert_told(stream.getvalue())


@pytest.mark.parametrize(
    "error", [InvalidHeader(f"Authorization: {BASIC}"), InvalidRequestLine(f"Authorization: Bearer {KEY}")]
)
def test_gunicorn_quotes_no_credentials(error: Exception, capfd: pytest.CaptureFixture[str]) -> None:
    """Of a request that it cannot read it logs the line."""
    log = RedactingLogger(Config())
    log.warning(f"Invalid request from ip=127.0.0.1: {error}")
    written = capfd.readouterr().err
    assert "[redacted]" in written
    assert_told(written)


@pytest.mark.parametrize(
    "url", ["postgresql://u:canary#@h/n", "postgresql://u:canary/x@h", "postgresql://u:canary@[h/n", "canary"]
)
def test_a_database_url_that_is_none_is_not_repeated(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured) as caught:
        env_database("DATABASE_URL", "")
    assert "canary" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_repr_tells_no_secret(db: None) -> None:
    assert KEY not in repr(Credentials(KEY, "worker"))
    project = Project.objects.create(name="p")
    api_key, secret = create_key(label="l", project=project, expires_at=None, created_by=None, now=NOW)
    for row in (api_key, project):
        assert not {secret, api_key.key_hash, project.mark_key.hex(), repr(project.mark_key)} & set(words(repr(row)))


def words(text: str) -> list[str]:
    return text.replace("<", " ").replace(">", " ").split()


def assert_told(text: str) -> None:
    """That nothing of the canaries is in it."""
    assert not [canary for canary in CANARIES if canary in text]


class Faults:
    """Brings a secret to a place, and lets something fail there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch.setattr
        self.browser = Browser(raise_request_exception=False, headers=HEADERS)

    def fail(self, *args: Any, **kwargs: Any) -> Any:
        held = (args, kwargs)
        raise DatabaseError(f"canary fault, {len(held)} arguments, not {KEY}")

    def fail_to_connect(self, *_args: Any, **_kwargs: Any) -> Any:
        conn_params = {"host": "db", "password": DATABASE_PASSWORD}
        raise DatabaseError(f"canary fault, {len(conn_params)} parameters")

    def log_in(self) -> None:
        self.browser.force_login(User.objects.create_superuser("boss", password=PASSWORD))

    def request_header(self) -> "Response":
        self.patch("django.contrib.sessions.middleware.SessionMiddleware.process_request", self.fail)
        return self.browser.get("/admin/")

    def environment_of_runserver(self) -> "Response":
        """Django's own server hands its whole environment to each request."""
        self.patch("django.contrib.sessions.middleware.SessionMiddleware.process_request", self.fail)
        database_url = f"postgresql://u:{DATABASE_PASSWORD}@db/n"
        return self.browser.get("/admin/", DATABASE_URL=database_url, DJANGO_SECRET_KEY=SECRET_KEY)

    def connecting(self) -> "Response":
        self.patch("django.contrib.sessions.backends.db.SessionStore.load", self.fail_to_connect)
        self.browser.cookies["sessionid"] = SESSION
        return self.browser.get("/admin/")

    def login_form(self) -> "Response":
        self.patch("django.contrib.auth.backends.ModelBackend.authenticate", self.fail)
        return self.browser.post("/admin/login/", {"username": "boss", "password": PASSWORD})

    def login_form_before_its_view(self) -> "Response":
        self.patch("django.contrib.messages.middleware.MessageMiddleware.process_request", self.fail)
        return self.browser.post("/admin/login/", {"username": "boss", "password": PASSWORD})

    def new_key(self) -> "Response":
        self.log_in()
        self.patch("budgets.services.keys.secrets.token_urlsafe", lambda _count: KEY[14:])
        self.patch(ApiKey, "save", self.fail)
        form = {"label": "l", "project": "", "expires_at_0": "", "expires_at_1": ""}
        return self.browser.post("/admin/budgets/apikey/add/", form)

    def mark_key_of_a_new_project(self) -> "Response":
        self.log_in()
        self.patch("budgets.models.project.secrets.token_bytes", lambda _count: MARK_KEY.encode())
        self.patch("django.db.backends.utils.CursorWrapper._execute", fail_on_insert)
        return self.browser.post("/admin/budgets/project/add/", {"name": "new"})


def fail_on_insert(self: Any, sql: str, params: Any, *ignored_wrapper_args: Any) -> Any:
    """What a database that refuses a row does."""
    if sql.startswith('INSERT INTO "budgets_project"'):
        raise DatabaseError("canary fault")
    return self.cursor.execute(sql) if params is None else self.cursor.execute(sql, params)


PLACES: list[Callable[[Faults], "Response"]] = [
    Faults.request_header,
    Faults.environment_of_runserver,
    Faults.connecting,
    Faults.login_form,
    Faults.login_form_before_its_view,
    Faults.new_key,
    Faults.mark_key_of_a_new_project,
]


@pytest.mark.parametrize("debug", [True, False])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_neither_an_error_page_nor_the_log_tells_a_secret(
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    logged: io.StringIO,
    db: None,
    place: Callable[[Faults], "Response"],
    debug: bool,
) -> None:
    settings.DEBUG, settings.SECRET_KEY = debug, SECRET_KEY
    response = place(Faults(monkeypatch))
    assert response.status_code == 500
    page = response.content.decode()
    assert ("canary fault" in page) == debug
    assert "canary fault" in logged.getvalue()
    assert_told(page)
    assert_told(logged.getvalue())
