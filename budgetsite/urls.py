"""Where each path goes: the hosted API at the root, the browser pages under /admin/."""

from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("budgets/icon.svg")), name="favicon"),
    path("", include("budgets.api.urls")),
    path("admin/", admin.site.urls),
]
handler500 = "budgetsite.errors.server_error"
