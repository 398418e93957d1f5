"""How the browser pages look: the UNFOLD setting of django-unfold."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def _asset(path: str) -> Callable[[HttpRequest], str]:
    return lambda _request: static(path)


def _may_view(*models: str) -> Callable[[HttpRequest], bool]:
    return lambda request: any(request.user.has_perm(model) for model in models)


def _item(title: str, icon: str, url_name: str, *permissions: str) -> dict[str, Any]:
    item: dict[str, Any] = {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{url_name}")}
    return item | ({"permission": _may_view(*permissions)} if permissions else {})


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
                    _item("Dashboard", "dashboard", "index"),
                    _item("End users", "group", "budgets_enduser_changelist", "budgets.view_enduser"),
                    _item("Projects", "folder", "budgets_project_changelist", "budgets.view_project"),
                    _item("API keys", "key", "budgets_apikey_changelist", "budgets.view_apikey"),
                ],
            },
            {
                "title": "Ledger",
                "separator": True,
                "items": [
                    _item("Cost entries", "receipt_long", "budgets_costentry_changelist", "budgets.view_costentry"),
                    _item("Clients", "dns", "budgets_client_changelist", "budgets.view_client"),
                    _item("Reset runs", "restart_alt", "budgets_resetrun_changelist", "budgets.view_resetrun"),
                ],
            },
            {
                "title": "Logins & groups",
                "separator": True,
                "items": [
                    _item("Logins", "person", "auth_user_changelist", "auth.view_user"),
                    _item("Groups", "groups", "auth_group_changelist", "auth.view_group"),
                ],
            },
        ],
    },
}
