"""The browser admin, one file per subject; Django finds the registrations by importing this package."""

from budgets.admin import (
    api_keys,
    audit_trail,
    clients,
    cost_entries,
    end_users,
    logins,
    memberships,
    projects,
    reset_runs,
    sign_ins,
)

__all__ = [
    "api_keys",
    "audit_trail",
    "clients",
    "cost_entries",
    "end_users",
    "logins",
    "memberships",
    "projects",
    "reset_runs",
    "sign_ins",
]
