"""The hosted API's paths.

An `api_base` that ends in a slash makes the client ask for `//get_budget`; both spellings are answered.
"""

from django.urls import path, re_path

from budgets.api import health, openapi, views

urlpatterns = [
    re_path(r"^/?get_budget$", views.get_budget, name="get_budget"),
    re_path(r"^/?set_budget$", views.set_budget, name="set_budget"),
    path("openapi.json", openapi.description, name="openapi"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
