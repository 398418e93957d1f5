"""The browser admin, one file per subject; Django finds the registrations by importing this package."""

from budgets.admin import api_keys, clients, cost_entries, end_users, logins, projects, reset_runs

__all__ = ["api_keys", "clients", "cost_entries", "end_users", "logins", "projects", "reset_runs"]
