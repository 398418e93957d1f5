"""The dashboard's own pages, under /admin/ and behind the admin's login."""

from django.contrib import admin
from django.urls import path

from budgets.dashboard.models_page import models_view
from budgets.dashboard.spend_csv import spend_csv_view

app_name = "dashboard"
urlpatterns = [
    path("models/", admin.site.admin_view(models_view), name="models"),
    path("spend.csv", admin.site.admin_view(spend_csv_view), name="spend_csv"),
]
