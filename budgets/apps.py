"""The app's registration with Django."""

from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    """Budgets, their ledger, the hosted API and the dashboard."""

    name = "budgets"
    verbose_name = "Budgets"
