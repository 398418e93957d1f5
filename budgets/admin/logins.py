"""Logins and their groups, with unfold's forms."""

from django.contrib import admin
from django.contrib.auth.models import Group, User
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from budgets.admin.base import LoggedAdminMixin
from budgets.admin.typed import UnfoldGroupAdmin, UnfoldUserAdmin

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class LoginAdmin(LoggedAdminMixin, UnfoldUserAdmin):
    """People who sign in. Not end users."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "is_active", "is_staff", "is_superuser", "last_login")
    list_filter_submit = True


@admin.register(Group)
class LoginGroupAdmin(LoggedAdminMixin, UnfoldGroupAdmin):
    """Groups of permissions."""
