"""Logins and their groups, with unfold's forms."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from budgets.admin.base import LoggedAdminMixin, now
from budgets.admin.columns import moment
from budgets.admin.typed import UnfoldGroupAdmin, UnfoldUserAdmin

# The site's one name for those who sign in; "users" here are the end users.
apps.get_app_config("auth").verbose_name = "Logins & groups"
User._meta.verbose_name, User._meta.verbose_name_plural = "login", "logins"

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class LoginAdmin(LoggedAdminMixin, UnfoldUserAdmin):
    """People who sign in. Not end users."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "signed_in")
    list_filter_submit = True

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, under the site's name for it."""
        return super().changelist_view(request, {"title": "Logins"} | (extra_context or {}))

    @admin.display(description="Last login", ordering="last_login")
    def signed_in(self, login: User) -> SafeString:
        """When the login was last used."""
        return moment(login.last_login, now())


@admin.register(Group)
class LoginGroupAdmin(LoggedAdminMixin, UnfoldGroupAdmin):
    """Groups of permissions."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, under the site's name for it."""
        return super().changelist_view(request, {"title": "Groups"} | (extra_context or {}))
