"""How the browser pages look: the UNFOLD setting of django-unfold."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _asset(path: str) -> Callable[[HttpRequest], str]:
    return lambda _request: static(path)


def _may_view(table: str) -> Callable[[HttpRequest], bool]:
    def may_view(request: HttpRequest) -> bool:
        # Not before the apps are there, and this file is read with the settings.
        from django.contrib import admin

        model = apps.get_model(table.replace("_", ".", 1))
        return admin.site.get_model_admin(model).has_view_permission(request)

    return may_view


def _item(title: str, icon: str, table: str) -> dict[str, Any]:
    """A list's place in the sidebar, for those who may see any of its rows; `table` is such as "budgets_enduser"."""
    link = reverse_lazy(f"admin:{table}_changelist")
    return {"title": title, "icon": icon, "link": link, "permission": _may_view(table)}


def _models_item() -> dict[str, Any]:
    """The place of the models' page, for those who may see any spend."""

    def may_view(request: HttpRequest) -> bool:
        from budgets.dashboard.models_page import may_see_models

        return may_see_models(request.user)

    return {"title": "Models", "icon": "neurology", "link": reverse_lazy("dashboard:models"), "permission": may_view}


def _health_item() -> dict[str, Any]:
    """The place of the instance's health, for those who may look at every project."""

    def may_view(request: HttpRequest) -> bool:
        from budgets.admin.health_page import may_see_health

        return may_see_health(request)

    link = reverse_lazy("instance:health")
    return {"title": "Health", "icon": "monitor_heart", "link": link, "permission": may_view}


# Tailwind's blue: white on 600, and 500 on the dark ground, both pass WCAG AA.
BLUE = {
    "50": "#eff6ff",
    "100": "#dbeafe",
    "200": "#bfdbfe",
    "300": "#93c5fd",
    "400": "#60a5fa",
    "500": "#3b82f6",
    "600": "#2563eb",
    "700": "#1d4ed8",
    "800": "#1e40af",
    "900": "#1e3a8a",
    "950": "#172554",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Budget server",
    "SITE_HEADER": "Budget server",
    "SITE_SUBHEADER": "LLM budgets per user",
    "SITE_SYMBOL": "savings",
    "SITE_URL": None,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": _asset("budgets/icon.svg")}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {
        "primary": BLUE,
        # A shade stronger than unfold's own, whose grey text falls below WCAG AA on tinted rows.
        "font": {"subtle-light": "var(--color-base-600)", "subtle-dark": "var(--color-base-300)"},
    },
    "STYLES": [_asset("budgets/site.css")],
    "SCRIPTS": [_asset("budgets/site.js")],
    "DASHBOARD_CALLBACK": "budgets.dashboard.overview.dashboard_callback",
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    {"title": "Dashboard", "icon": "dashboard", "link": reverse_lazy("admin:index")},
                    _item("End users", "group", "budgets_enduser"),
                    _models_item(),
                    _item("Projects", "folder", "budgets_project"),
                    _item("Members", "badge", "budgets_membership"),
                    _item("API keys", "key", "budgets_apikey"),
                ],
            },
            {
                "title": "Ledger",
                "separator": True,
                "items": [
                    _item("Cost entries", "receipt_long", "budgets_costentry"),
                    _item("Clients", "dns", "budgets_client"),
                    _item("Reset runs", "restart_alt", "budgets_resetrun"),
                    _health_item(),
                ],
            },
            {
                "title": "Logins & audit",
                "separator": True,
                "items": [
                    _item("Audit trail", "history", "admin_logentry"),
                    _item("Logins", "person", "auth_user"),
                    _item("Groups", "groups", "auth_group"),
                    _item("Sign-ins", "login", "axes_accesslog"),
                    _item("Failed sign-ins", "no_accounts", "axes_accessattempt"),
                ],
            },
        ],
    },
}
