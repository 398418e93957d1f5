"""Logins and their groups, with unfold's forms."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_post_parameters
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from budgets.admin.audit import LoggedAdminMixin, listed, names_in, together
from budgets.admin.base import is_superuser, now
from budgets.admin.columns import moment
from budgets.admin.typed import UnfoldGroupAdmin, UnfoldUserAdmin

# The site's one name for those who sign in; "users" here are the end users.
apps.get_app_config("auth").verbose_name = "Logins & groups"
User._meta.verbose_name, User._meta.verbose_name_plural = "login", "logins"

admin.site.unregister(User)
admin.site.unregister(Group)

# Whoever may set these could make themselves a superuser.
RIGHTS = ("is_superuser", "groups", "user_permissions")


@admin.register(User)
class LoginAdmin(LoggedAdminMixin, UnfoldUserAdmin):
    """People who sign in. Not end users."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "signed_in")
    list_filter_submit = True
    add_fieldsets = (*UnfoldUserAdmin.add_fieldsets, (None, {"classes": ("wide",), "fields": ("is_staff",)}))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Who is made here is meant to sign in here."""
        return {"is_staff": True, **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """As Django says; but only a superuser changes a superuser, password and all."""
        is_above = obj is not None and obj.is_superuser and not is_superuser(request)
        return not is_above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """No: what a login did would go with it. A login is made inactive."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """What decides over rights is for superusers to change."""
        return (*super().get_readonly_fields(request, obj), *(() if is_superuser(request) else RIGHTS))

    @method_decorator(sensitive_post_parameters())
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Set another login's password; with its entry in the log, or not at all."""
        with together(request):
            return super().user_change_password(request, id, form_url)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, under the site's name for it."""
        return super().changelist_view(request, {"title": "Logins"} | (extra_context or {}))

    @admin.display(description="Last login", ordering="last_login")
    def signed_in(self, login: User) -> SafeString:
        """When the login was last used."""
        return moment(login.last_login, now())


@admin.register(Group)
class LoginGroupAdmin(LoggedAdminMixin, UnfoldGroupAdmin):
    """Groups of permissions: looked at with Django's permission for it, changed by superusers alone."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A group is rights, so a superuser's."""
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """A group is rights, so a superuser's."""
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """A group is rights, so a superuser's."""
        return is_superuser(request)

    def words_of(self, row: Model) -> str:
        """What the group allowed."""
        assert isinstance(row, Group)
        return f"Removed. Permissions: {listed(names_in(row.permissions))}; logins: {listed(names_in(row.user_set))}"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, under the site's name for it; groups are deleted together with their entries in the log."""
        with together(request):
            return super().changelist_view(request, {"title": "Groups"} | (extra_context or {}))


@sensitive_post_parameters()
def own_password_view(request: HttpRequest) -> HttpResponse:
    """Change one's own password: Django's page, and what Django leaves out, an entry in the log."""
    with together(request):
        response = admin.site.password_change(request)
        if request.method == "POST" and response.status_code == 302 and isinstance(request.user, User):
            admin.site.get_model_admin(User).log_change(request, request.user, "password changed")
    return response
