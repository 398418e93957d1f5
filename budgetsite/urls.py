"""Where each path goes: the hosted API at the root, the browser pages under /admin/."""

from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView


def own_password_change(request: HttpRequest) -> HttpResponseBase:
    """The page for one's own password, behind the admin's login check."""
    from budgets.admin.logins import own_password_view

    return admin.site.admin_view(own_password_view)(request)


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("budgets/icon.svg")), name="favicon"),
    path("", include("budgets.api.urls")),
    # Before the admin's own, which leaves no trace of a changed password.
    path("admin/password_change/", own_password_change, name="own_password_change"),
    path("admin/", include("budgets.dashboard.urls")),
    path("admin/", include("budgets.admin.urls")),
    path("admin/", admin.site.urls),
]
handler500 = "budgetsite.errors.server_error"
