"""What every page of the admin shares: unfold's look, who may reach what, and no deletes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib.admin import ShowFacets
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from budgets.admin.audit import LoggedAdminMixin
from budgets.admin.list_narrowings import RowLookups, narrowings, without_narrowings
from budgets.admin.typed import M, UnfoldModelAdmin
from budgets.domain.direction import without_overrides
from budgets.domain.roles import Act
from budgets.models import Project
from budgets.queries.access import Reach, project_id_of, reach_of

MAX_SEARCH_CHARS = 200


def actor_of(request: HttpRequest) -> User | None:
    """The login behind the request, for services."""
    return request.user if isinstance(request.user, User) else None


def is_superuser(request: HttpRequest) -> bool:
    """Whether nothing is closed to the one who asks."""
    return bool(getattr(request.user, "is_superuser", False))


class SiteModelAdmin(LoggedAdminMixin, UnfoldModelAdmin[M]):
    """The base of every page: it reaches only the projects its login may see, and nothing in the ledger is deleted."""

    # What leads from a row to its project's id; None where the rows belong to no project.
    project_path: str | None = "project"
    # What the query string may filter by, beside the list's own filters, and what the row of that id is called: any
    # other lookup would be a way to ask for what no column shows.
    row_lookups: RowLookups = {}
    # Whether a row, once made, is only looked at; acts on it have pages of their own.
    is_fixed = False
    # Counting the rows behind every choice would read whole tables.
    show_facets = ShowFacets.NEVER
    list_per_page = 50
    list_filter_submit = True
    list_filter_sheet = True
    list_before_template = "admin/budgets/list_narrowings.html"

    # --- Who may do what, where ---

    def reach(self, request: HttpRequest, act: Act) -> Reach:
        """The projects in whose rows the login may do it."""
        return reach_of(request.user, act, self.model)

    def project_id_of(self, row: M) -> int | None:
        """The row's project."""
        return project_id_of(row)

    def may(self, request: HttpRequest, act: Act, obj: M | None) -> bool:
        """Whether the login may do it to the row or, without one, anywhere."""
        reach = self.reach(request, act)
        return bool(reach) if obj is None else reach.covers(self.project_id_of(obj))

    def has_view_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Whether the login may look at the row, or at any."""
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether the login may make a row in any project."""
        return self.may(request, "add", None)

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """Whether the login may change the row, or any."""
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        """No: closing, revoking and archiving stand in for it."""
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the index names this model."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[M]:
        """The rows within reach: what every list, page, search and choice of this model begins with."""
        return self.reach(request, "view").of(super().get_queryset(request), self.project_path)

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """A choice of projects offers those where the login may add a row."""
        if db_field.related_model is Project:
            reach = self.reach(request, "add")
            kwargs["queryset"] = reach.of(Project.objects.all(), "pk")
            if not reach.is_everything:
                kwargs |= {"required": True, "help_text": ""}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> M:
        """The row that the form makes. Raises PermissionDenied where it is out of reach, whatever page posted it."""
        row: M = super().save_form(request, form, change)
        if not self.may(request, "change" if change else "add", row):
            raise PermissionDenied
        return row

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what the list has a use for."""
        filters = {getattr(one, "parameter_name", None) for one in self.get_list_filter(request)}
        return lookup in filters | self.row_lookups.keys()

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """Say it; no name in it turns the figures beside it around."""
        text = without_overrides(str(message))
        super().message_user(request, SafeString(text) if isinstance(message, SafeString) else text, *args, **kwargs)

    # --- Pages ---

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[M], search_term: str
    ) -> tuple[QuerySet[M], bool]:
        """The rows found; of a very long search its beginning counts, for each word is one more condition."""
        return super().get_search_results(request, queryset, search_term[:MAX_SEARCH_CHARS])

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list with `narrowings`: what it leaves out."""
        changelist: Any = super().get_changelist_instance(request)
        changelist.narrowings = narrowings(request, changelist, self.row_lookups)
        changelist.first_page = changelist.get_query_string(remove=[PAGE_VAR])
        changelist.without_narrowings = without_narrowings(changelist, self.row_lookups)
        return changelist

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
        if not self.has_change_permission(request, found):
            raise PermissionDenied
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
