"""What every page of the admin shares: unfold's look, no deletes, and a log that tells before and after."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Manager, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.text import capfirst

from budgets.admin.typed import M, UnfoldModelAdmin

# Values of these never reach the log.
SECRET_FIELDS = frozenset({"password", "password1", "password2", "usable_password"})
MAX_LOGGED_CHARS = 200


def actor_of(request: HttpRequest) -> User | None:
    """The login behind the request, for services."""
    return request.user if isinstance(request.user, User) else None


def logged_value(value: object) -> str:
    """A field's value for the log: short, lists by their parts, nothing as "empty"."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, QuerySet | Manager | list | tuple | set):
        items: Iterable[object] = value.all() if isinstance(value, QuerySet | Manager) else value
        return ", ".join(sorted(str(item) for item in items))[:MAX_LOGGED_CHARS] or "empty"
    return str(value)[:MAX_LOGGED_CHARS]


def describe_change(form: BaseForm, words: Callable[[str, object], str] | None = None) -> str:
    """A sentence with old and new of every changed field, such as "limit: $10.00 → $12.50"."""
    say = words or (lambda _name, value: logged_value(value))
    parts = []
    for name in form.changed_data:
        if name in SECRET_FIELDS:
            parts.append("password changed")
            continue
        label = str(form.fields[name].label or name.replace("_", " "))
        label = label[:1].lower() + label[1:]
        before = say(name, form.get_initial_for_field(form.fields[name], name))
        parts.append(f"{label}: {before} → {say(name, form.cleaned_data.get(name))}")
    return "; ".join(dict.fromkeys(parts)) or "Nothing changed."


class LoggedAdminMixin:
    """Writes old and new of every changed field into Django's admin log."""

    def construct_change_message(self, request: HttpRequest, form: BaseForm, formsets: Any, add: bool = False) -> Any:
        """The sentence that the history page shows."""
        if add:
            shown = (name for name in form.cleaned_data if name not in SECRET_FIELDS)
            return "Added. " + "; ".join(
                f"{name.replace('_', ' ')}: {logged_value(form.cleaned_data[name])}" for name in shown
            )
        return describe_change(form)


MAX_SEARCH_CHARS = 200


class SiteModelAdmin(LoggedAdminMixin, UnfoldModelAdmin[M]):
    """The base of every page: nothing in the ledger is ever deleted."""

    # Whether a row, once made, is only looked at; acts on it have pages of their own.
    is_fixed = False
    # Counting the rows behind every choice would read whole tables.
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_filter_submit = True
    list_filter_sheet = True

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """No: closing, revoking and archiving stand in for it."""
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """The rows found; of a very long search its beginning counts, for each word is one more condition."""
        return super().get_search_results(request, queryset, search_term[:MAX_SEARCH_CHARS])

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, under what it is a list of."""
        titled = {"title": capfirst(self.model._meta.verbose_name_plural)}
        return super().changelist_view(request, titled | (extra_context or {}))

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """The page of one row. Raises PermissionDenied where a fixed one is posted."""
        if self.is_fixed and object_id is not None and request.method == "POST":
            raise PermissionDenied
        return super().changeform_view(request, object_id, form_url, extra_context)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page of one row, without save buttons that would save nothing."""
        if self.is_fixed:
            context |= {"show_save_and_continue": False, "show_save_and_add_another": False}
            if kwargs.get("change"):
                title = capfirst(self.model._meta.verbose_name)
                context |= {"show_save": False, "show_close": True, "title": title}
        return super().render_change_form(request, context, *args, **kwargs)

    def page_url(self, page: str, *args: object) -> str:
        """The address of one of this model's admin pages: "changelist", "change", or one made by `subpath`."""
        meta = self.model._meta
        return reverse(f"{self.admin_site.name}:{meta.app_label}_{meta.model_name}_{page}", args=args)

    def subpath(self, route: str, view: Callable[..., HttpResponse], page: str) -> URLPattern:
        """A page of one object, `<pk>/<route>/`, behind the admin's login check."""
        meta = self.model._meta
        return path(
            f"<int:pk>/{route}/", self.admin_site.admin_view(view), name=f"{meta.app_label}_{meta.model_name}_{page}"
        )

    def changeable(self, request: HttpRequest, pk: int) -> M:
        """The object, for one who may change it. Raises PermissionDenied, then Http404."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        found = self.get_queryset(request).filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def page(self, request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
        """Render a page of this model's own, with the admin's frame around it."""
        request.current_app = self.admin_site.name
        frame = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": title,
            "now": now_of(request),
        }
        return TemplateResponse(request, template, {**frame, **context})

    def confirm(self, request: HttpRequest, title: str, **context: Any) -> TemplateResponse:
        """Ask before a write: `sentences`, maybe a `form`, a `submit` label, and where `cancel_url` leads back to."""
        return self.page(request, "admin/budgets/confirm.html", title, **context)


class ReadOnlyAdmin(SiteModelAdmin[M]):
    """Rows to look at: none is added or edited here."""

    is_fixed = True

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: M | None = None) -> Any:
        """Every field that the page shows."""
        return [field for _, section in self.get_fieldsets(request, obj) for field in section["fields"]]

    def get_form(self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any) -> Any:
        """A form without fields, since every one is read-only."""
        return super().get_form(request, obj, change=change, **kwargs | {"fields": []})


def now() -> datetime:
    """The time, asked for at the edge."""
    return timezone.now()


def now_of(request: HttpRequest) -> datetime:
    """The one `now` of the request: what is read, decided and shown in it agrees."""
    at: datetime = request.__dict__.setdefault("budgets_now", now())
    return at
