"""Django's and unfold's classes, subscriptable for the type checker and at run time.

unfold ships no types, so the stubs of Django's own classes describe what is used here.
"""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.contrib import admin
from django.db.models import Model

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.contrib.auth.admin import GroupAdmin, UserAdmin
    from django.forms import ModelForm

    AnyModelAdmin = admin.ModelAdmin[Any]
    DropdownFilter = admin.SimpleListFilter

    class UnfoldModelAdmin(admin.ModelAdmin[M]):
        """unfold's ModelAdmin, as far as this package uses it."""

        compressed_fields: bool
        list_filter_submit: bool
        list_filter_sheet: bool
        list_before_template: str | None
        change_form_after_template: str | None
        change_form_before_template: str | None
        change_form_outer_before_template: str | None
        change_form_outer_after_template: str | None

    from django.contrib.auth.models import User

    UnfoldUserAdmin = UserAdmin[User]
    UnfoldGroupAdmin = GroupAdmin
else:
    import django.forms
    import unfold.admin
    from django.contrib.auth import admin as auth_admin
    from unfold.contrib.filters.admin import DropdownFilter

    AnyModelAdmin = admin.ModelAdmin

    class ModelForm(django.forms.ModelForm, Generic[M]):
        """Django's ModelForm."""

    class UnfoldModelAdmin(unfold.admin.ModelAdmin, Generic[M]):
        """unfold's ModelAdmin."""

    class UnfoldUserAdmin(auth_admin.UserAdmin, unfold.admin.ModelAdmin):
        """Django's UserAdmin with unfold's look."""

    class UnfoldGroupAdmin(auth_admin.GroupAdmin, unfold.admin.ModelAdmin):
        """Django's GroupAdmin with unfold's look."""


__all__ = [
    "AnyModelAdmin",
    "DropdownFilter",
    "M",
    "ModelForm",
    "UnfoldGroupAdmin",
    "UnfoldModelAdmin",
    "UnfoldUserAdmin",
]
