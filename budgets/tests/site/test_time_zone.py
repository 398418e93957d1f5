"""Pages show times in the zone that the viewer's browser told; what is stored and added up does not know of it."""

import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from budgets.models import ApiKey
from budgets.templatetags.moments import moment, moment_text, second
from budgets.tests.factories import NOW, make_project, make_user, spend
from budgetsite.time_zone import COOKIE, TimeZoneMiddleware, known_zones

AT = datetime(2026, 11, 25, 8, 14, tzinfo=UTC)
HOSTILE = (
    "../../etc/passwd",
    "/etc/localtime",
    "localtime",
    "Factory",
    "Europe",
    "Europe/../UTC",
    "x" * 5000,
    "Europe/Berlin\x00",
    "",
    "🕐",
    "utc",
)


def shown(cookie: str | None) -> str:
    """The moment, as a page that is answered to that cookie would have it."""
    request = HttpRequest()
    if cookie is not None:
        request.COOKIES[COOKIE] = cookie
    answer = TimeZoneMiddleware(lambda _request: HttpResponse(moment_text(AT)))(request)
    assert isinstance(answer, HttpResponse)
    return answer.content.decode()


def test_entries_are_told_to_the_second() -> None:
    told = second(AT.replace(second=7))
    assert told == '<time datetime="2026-11-25T08:14:07Z">2026-11-25 08:14:07 UTC</time>'


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Berlin", "2026-11-25 09:14 CET"),
        ("Asia/Kathmandu", "2026-11-25 13:59 UTC+0545"),
        ("America/Sao_Paulo", "2026-11-25 05:14 UTC-03"),
        ("America/Los_Angeles", "2026-11-25 00:14 PST"),
        ("UTC", "2026-11-25 08:14 UTC"),
    ],
)
def test_a_known_zone_is_used_and_named(zone: str, text: str) -> None:
    assert shown(zone) == text
    # The next request of the thread does not inherit it.
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize("cookie", [None, *HOSTILE])
def test_anything_else_is_utc(cookie: str | None) -> None:
    assert shown(cookie) == "2026-11-25 08:14 UTC"


def test_zones_are_known_at_all() -> None:
    assert len(known_zones()) > 400


def test_the_element_is_for_machines_and_tells_utc() -> None:
    with timezone.override("Europe/Berlin"):
        assert moment(AT) == (
            '<time datetime="2026-11-25T08:14:00Z" title="2026-11-25 08:14 UTC">2026-11-25 09:14 CET</time>'
        )
    assert moment(AT) == '<time datetime="2026-11-25T08:14:00Z">2026-11-25 08:14 UTC</time>'
    assert moment(None) == "–"


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss"))
    client.cookies[COOKIE] = "Asia/Tokyo"
    return client


@pytest.mark.django_db
def test_pages_name_the_zone_and_days_stay_utc(admin: Client) -> None:
    user = make_user(make_project(), days=None)
    spend(user, 1, now=NOW.replace(hour=20))
    page = admin.get(reverse("admin:budgets_costentry_changelist")).content.decode()
    assert "2027-02-01 05:00:00 JST" in page
    assert "Times are in Asia/Tokyo (JST)." in page
    entry = user.entries.get()
    assert entry.recorded_at == NOW.replace(hour=20)


@pytest.mark.django_db
def test_a_time_typed_in_a_form_is_the_viewers(admin: Client) -> None:
    add = reverse("admin:budgets_apikey_add")
    assert "In Asia/Tokyo (JST)." in admin.get(add).content.decode()
    typed = {"label": "k", "project": "", "expires_at_0": "2036-05-01", "expires_at_1": "09:00"}
    admin.post(add, typed)
    assert ApiKey.objects.get().expires_at == datetime(2036, 5, 1, tzinfo=UTC)
    history = admin.get(reverse("admin:budgets_apikey_history", args=(ApiKey.objects.get().pk,))).content.decode()
    assert re.search(r"2036-05-01 00:00 UTC", history)
