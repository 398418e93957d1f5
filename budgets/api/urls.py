"""The other paths: the API's two endpoints are answered before any is looked up (`middleware.py`)."""

from django.urls import path

from budgets.api import health, openapi

urlpatterns = [
    path("openapi.json", openapi.description, name="openapi"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
