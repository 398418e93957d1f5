"""Who signed in and who failed to, as django-axes keeps it; for superusers and those with its permissions."""

from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.paginator import InfinitePaginator

from budgets.admin.base import ReadOnlyAdmin
from budgets.admin.columns import badge
from budgets.templatetags.moments import moment_text

apps.get_app_config("axes").verbose_name = "Signing in"
AccessLog._meta.verbose_name, AccessLog._meta.verbose_name_plural = "sign-in", "sign-ins"
AccessAttempt._meta.verbose_name, AccessAttempt._meta.verbose_name_plural = "failed sign-in", "failed sign-ins"


class SignInTableAdmin(ReadOnlyAdmin[Any]):
    """A table of django-axes': bounded reads, and nothing to do."""

    project_path = None
    sortable_by = ()
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False
    search_fields = ("username",)
    search_help_text = "Search by user name"

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None."""
        return {}

    @admin.display(description="When")
    def at(self, row: Any) -> str:
        """When it happened, or last happened."""
        return moment_text(row.attempt_time)


@admin.register(AccessLog)
class SignInAdmin(SignInTableAdmin):
    """Sign-ins that went well."""

    list_display = ("at", "username", "ip_address", "user_agent", "left")
    fields = ("at", "username", "ip_address", "user_agent", "left")

    @admin.display(description="Logged out")
    def left(self, row: Any) -> str:
        """When the login logged out; a session may also just end."""
        return moment_text(row.logout_time) if row.logout_time else "–"


@admin.register(AccessAttempt)
class FailedSignInAdmin(SignInTableAdmin):
    """Wrong passwords of the last quarter of an hour, by user name, address and browser."""

    list_display = ("at", "username", "ip_address", "failures_since_start", "state", "user_agent")
    fields = ("at", "username", "ip_address", "failures_since_start", "state", "user_agent")

    @admin.display(description="State")
    def state(self, row: Any) -> SafeString:
        """Whether it is shut out."""
        is_locked = row.failures_since_start >= settings.AXES_FAILURE_LIMIT
        return badge("locked out", "bad") if is_locked else badge("may try on", "plain")
