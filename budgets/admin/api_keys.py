"""API keys: made here, their secret shown once, then only revoked or rotated."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.safestring import SafeString
from django.views.decorators.debug import sensitive_variables

from budgets.admin.base import SiteModelAdmin, actor_of, now
from budgets.admin.columns import badge, moment
from budgets.admin.filters import ProjectFilter
from budgets.admin.typed import AnyModelAdmin, DropdownFilter, ModelForm
from budgets.domain.direction import apart, isolated
from budgets.models import ApiKey
from budgets.services.keys import create_key, revoke_key, rotate_key
from budgets.templatetags.moments import moment_text, utc, viewer_zone


class StatusFilter(DropdownFilter):
    """Keys by whether they open anything."""

    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The three statuses."""
        return [("usable", "usable"), ("expired", "expired"), ("revoked", "revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> QuerySet[ApiKey] | None:
        """The keys of that status."""
        at = now()
        by_status = {
            "usable": Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at)),
            "expired": Q(revoked_at=None, expires_at__lte=at),
            "revoked": Q(revoked_at__isnull=False),
        }
        return queryset.filter(by_status.get(self.value() or "", Q()))


class KeyForm(ModelForm[ApiKey]):
    """What one chooses about a key."""

    class Meta:
        """The label, the scope and the expiry."""

        model = ApiKey
        fields = ("label", "project", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "expires_at" in self.fields:
            self.fields["expires_at"].help_text = f"In {viewer_zone()}. Leave empty for a key that does not expire."

    def clean_expires_at(self) -> datetime | None:
        """A key must not be born expired."""
        expires_at: datetime | None = self.cleaned_data["expires_at"]
        if expires_at and expires_at <= now():
            raise forms.ValidationError("Must be in the future.")
        return expires_at


@admin.register(ApiKey)
class ApiKeyAdmin(SiteModelAdmin[ApiKey]):
    """Keys by label and prefix; neither hash nor prefix can be edited, and no key is deleted."""

    is_fixed = True
    form = KeyForm
    list_display = ("label", "prefix_shown", "scope_shown", "status", "last_used", "expires", "made")
    list_filter = (StatusFilter, ProjectFilter)
    list_select_related = ("project",)
    search_fields = ("label", "prefix")
    search_help_text = "Search by label or prefix"
    change_form_outer_before_template = "admin/budgets/apikey_actions.html"

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """What is chosen, or what is known."""
        if obj is None:
            return ("label", "project", "expires_at")
        return ("label", "prefix_shown", "scope_shown", "status", "made", "made_by", "last_used", "expires", "revoked")

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """Everything, once the key is made."""
        return self.get_fields(request, obj) if obj else ()

    def get_form(self, request: HttpRequest, obj: ApiKey | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The form for a new key; a made one has nothing to fill in."""
        if obj is not None:
            kwargs["form"] = ModelForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """Two pages more per key."""
        return [
            self.subpath("revoke", self.revoke_view, "revoke"),
            self.subpath("rotate", self.rotate_view, "rotate"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Revoke and rotate for a usable key."""
        key = kwargs.get("obj")
        if isinstance(key, ApiKey):
            usable = key.is_usable(now()) and self.has_change_permission(request, key)
            context |= {"usable_key": key if usable else None, "may_rotate": self.may(request, "add", key)}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, str | list[str]]:
        """Nothing from the URL: what it holds need not be what the fields take."""
        return {}

    @sensitive_variables("secret")
    def save_model(self, request: HttpRequest, obj: ApiKey, form: ModelForm[ApiKey], change: bool) -> None:
        """Make the key. Its secret lives on the request, no longer than the answer to it."""
        made, secret = create_key(
            label=obj.label, project=obj.project, expires_at=obj.expires_at, created_by=actor_of(request), now=now()
        )
        obj.pk, obj.prefix, obj.created_at = made.pk, made.prefix, made.created_at
        obj._state.adding = False
        request.fresh_api_key = secret  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        """The secret, once."""
        return self.show_secret(request, obj, request.fresh_api_key)  # type: ignore[attr-defined]

    @sensitive_variables("secret")
    def show_secret(self, request: HttpRequest, key: ApiKey, secret: str) -> HttpResponse:
        """Answer with the secret itself: a redirect would have to keep it somewhere. No cache may hold the page."""
        response = self.page(
            request,
            "admin/budgets/apikey_secret.html",
            "Your new API key",
            object=key,
            key=key,
            secret=secret,
            api_base=f"{request.scheme}://my-app-1:{secret}@{request.get_host()}",
            project_name_repr=json.dumps(key.project.name if key.project else "my-project", ensure_ascii=False),
            key_url=self.page_url("change", key.pk),
            list_url=self.page_url("changelist"),
        )
        response["Cache-Control"] = "no-store"
        response["Referrer-Policy"] = "no-referrer"
        return response

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then revoke."""
        key = self.changeable(request, pk)
        if request.method == "POST":
            with transaction.atomic():
                was = self.status_word(key)
                revoke_key(api_key=key, now=now())
                self.log_change(request, key, f"Revoked: {was} → revoked.")
            self.message_user(request, f"Revoked {isolated(str(key))}.", messages.SUCCESS)
            return HttpResponseRedirect(self.page_url("change", pk))
        return self.confirm(
            request,
            f"Revoke {apart(str(key))}?",
            object=key,
            sentences=[
                "Every client that shows this key is refused from then on. This cannot be undone.",
                f"Last used: {moment_text(key.last_used_at) if key.last_used_at else 'never'}.",
            ],
            submit="Revoke the key",
            danger=True,
            cancel_url=self.page_url("change", pk),
        )

    @sensitive_variables("secret")
    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then replace the key and show the new secret once. Raises PermissionDenied for who may not add keys."""
        key = self.changeable(request, pk)
        if not self.may(request, "add", key):
            raise PermissionDenied
        if request.method == "POST" and key.is_usable(now()):
            with transaction.atomic():
                made, secret = rotate_key(api_key=key, actor=actor_of(request), now=now())
                self.log_change(request, key, f"Rotated: usable → revoked, and replaced by {apart(str(made))}.")
                self.log_addition(request, made, f"Added by rotating {apart(str(key))}. {self.terms_of(made)}")
            return self.show_secret(request, made, secret)
        if not key.is_usable(now()):
            return HttpResponseRedirect(self.page_url("change", pk))
        return self.confirm(
            request,
            f"Rotate {apart(str(key))}?",
            object=key,
            sentences=[
                "A new key with the same label, scope and expiry is made and shown once; this one is revoked at once.",
                "Clients that still show the old key are refused until they have the new one.",
            ],
            submit="Rotate the key",
            danger=True,
            cancel_url=self.page_url("change", pk),
        )

    @admin.display(description="Prefix", ordering="prefix")
    def prefix_shown(self, key: ApiKey) -> str:
        """The public start of the key."""
        return f"{key.prefix}…"

    @admin.display(description="Scope", ordering="project__name")
    def scope_shown(self, key: ApiKey) -> str:
        """One project, or the instance."""
        return str(key.project) if key.project else "whole instance"

    @admin.display(description="Status")
    def status(self, key: ApiKey) -> SafeString:
        """Usable, expired or revoked."""
        word = self.status_word(key)
        return badge(word, {"usable": "good", "expired": "warn"}.get(word, "plain"))

    def status_word(self, key: ApiKey) -> str:
        """The same as a word."""
        if key.revoked_at:
            return "revoked"
        return "usable" if key.is_usable(now()) else "expired"

    def terms_of(self, key: ApiKey) -> str:
        """What a new key is, for the log."""
        # The log is read by people in other zones.
        expires = utc(key.expires_at) if key.expires_at else "never"
        return f"label: {apart(key.label)}; scope: {apart(self.scope_shown(key))}; expires: {expires}"

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """What the key is; a made one is never edited."""
        return f"Added. {self.terms_of(form.instance)}"

    @admin.display(description="Last used", ordering="last_used_at")
    def last_used(self, key: ApiKey) -> SafeString:
        """How long ago a client showed it."""
        return moment(key.last_used_at, now())

    @admin.display(description="Expires", ordering="expires_at")
    def expires(self, key: ApiKey) -> str:
        """When it stops working."""
        return moment_text(key.expires_at) if key.expires_at else "never"

    @admin.display(description="Created", ordering="created_at")
    def made(self, key: ApiKey) -> str:
        """When it was made."""
        return moment_text(key.created_at)

    @admin.display(description="Created by")
    def made_by(self, key: ApiKey) -> str:
        """Who made it."""
        return str(key.created_by) if key.created_by else "the command line"

    @admin.display(description="Revoked")
    def revoked(self, key: ApiKey) -> str:
        """When it was revoked."""
        return moment_text(key.revoked_at)
