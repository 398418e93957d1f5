"""Pages of the admin about the whole instance, under /admin/ and behind the admin's login."""

from django.contrib import admin
from django.urls import path

from budgets.admin.health_page import check_ledger_view, health_view, run_resets_view

app_name = "instance"
urlpatterns = [
    path("health/", admin.site.admin_view(health_view), name="health"),
    path("health/run-resets/", admin.site.admin_view(run_resets_view), name="run_resets"),
    path("health/check-ledger/", admin.site.admin_view(check_ledger_view), name="check_ledger"),
]
