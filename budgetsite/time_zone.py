"""The viewer's time zone: told by a cookie that static/budgets/site.js sets, and used for what a page shows.

Only pages: what is stored, posted, exported or added up by day stays in UTC.
"""

from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

COOKIE = "budgets_zone"
# In the database, and no place on earth: the machine's own zone, and that of a machine without one.
NO_PLACES = frozenset({"localtime", "Factory"})

GetResponse = Callable[[HttpRequest], HttpResponseBase]


@cache
def known_zones() -> frozenset[str]:
    """The names in the machine's zone database; it has some six hundred."""
    return frozenset(available_timezones()) - NO_PLACES


def zone_of(request: HttpRequest) -> ZoneInfo | None:
    """The zone that the visitor's browser told; None where it told none, or none that is known."""
    name = request.COOKIES.get(COOKIE, "")
    # Only names of the list reach ZoneInfo, which takes a name for a path.
    return ZoneInfo(name) if name in known_zones() else None


class TimeZoneMiddleware:
    """Has Django show times in the viewer's zone while it answers a request."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer in the viewer's zone, or in UTC; the next request of the thread begins anew."""
        with timezone.override(zone_of(request)):
            return self.get_response(request)
