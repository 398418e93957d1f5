"""The hosted API's two endpoints, answered past all that is for browsers: sessions, cookies, zones, pages' policies."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from budgets.api import views

GetResponse = Callable[[HttpRequest], HttpResponseBase]

ENDPOINTS = {
    "/get_budget": views.get_budget,
    "/set_budget": views.set_budget,
    # Of a client whose api_base ends in a slash.
    "//get_budget": views.get_budget,
    "//set_budget": views.set_budget,
}
# An answer in JSON shows nothing, and belongs into no frame.
POLICIES = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "X-Frame-Options": "DENY"}


class HostedApiMiddleware:
    """Answers the endpoints by itself: all the middleware after it takes longer than to read a small project."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer. Raises DisallowedHost, which Django answers with 400, as its own middleware does."""
        endpoint = ENDPOINTS.get(request.path_info)
        if endpoint is None:
            return self.get_response(request)
        request.get_host()
        response = endpoint(request)
        response.headers["Content-Length"] = str(len(response.content))
        for header, policy in POLICIES.items():
            response.headers[header] = policy
        return response
