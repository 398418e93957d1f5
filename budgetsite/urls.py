"""Where each path goes: the hosted API at the root, the browser pages under /admin/."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="home"),
    path("", include("budgets.api.urls")),
    path("admin/", admin.site.urls),
]
