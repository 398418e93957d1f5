"""The audit trail: what logins have written in the admin, to look at."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from unfold.paginator import InfinitePaginator

from budgets.admin.base import ReadOnlyAdmin
from budgets.admin.columns import name_cell
from budgets.admin.filters import MAX_CHOICES, ProjectFilter, SinceFilter, id_in
from budgets.admin.typed import AnyModelAdmin, DropdownFilter
from budgets.models import ApiKey, Client, EndUser, Membership, Project
from budgets.queries.access import reach_of
from budgets.templatetags.moments import moment_text

Entries = QuerySet[LogEntry]
# What a project's entries can be about, and what only those of the instance are about.
OF_PROJECTS = {model._meta.label_lower: model for model in (EndUser, Project, ApiKey, Client, Membership)}

LogEntry._meta.verbose_name, LogEntry._meta.verbose_name_plural = "audit entry", "audit trail"


class TrailProjectFilter(ProjectFilter):
    """The entries about one project."""

    path = "scope__project"


class TrailSinceFilter(SinceFilter):
    """The entries of the last days."""

    field = "action_time"


class LoginFilter(DropdownFilter):
    """The entries of one login."""

    title = "login"
    parameter_name = "login"
    takes_any = True

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The logins by name; for an owner, those of the own projects' members alone."""
        logins = User.objects.filter(is_staff=True)
        reach = reach_of(request.user, "view", LogEntry)
        if not reach.is_everything:
            logins = logins.filter(memberships__project__in=reach.project_ids or ()).distinct()
        names = logins.order_by("username").values_list("pk", "username")
        return [(str(pk), name) for pk, name in names[:MAX_CHOICES]]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """That login's entries."""
        return id_in(queryset, "user", self.value())


class SubjectFilter(DropdownFilter):
    """The entries about one kind of thing."""

    title = "subject"
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The kinds by name."""
        kinds: dict[str, Any] = dict(OF_PROJECTS)
        if reach_of(request.user, "view", LogEntry).is_everything:
            kinds |= {"auth.user": User, "auth.group": User.groups.field.related_model}
        return [(label, capfirst(str(model._meta.verbose_name_plural))) for label, model in kinds.items()]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """The entries about that kind."""
        app_label, _, model = (self.value() or "").partition(".")
        known = dict(self.lookup_choices)
        return queryset.filter(content_type=kind_of(app_label, model)) if self.value() in known else queryset


class ActFilter(DropdownFilter):
    """The entries by what was done."""

    title = "act"
    parameter_name = "act"
    BY_VALUE = {"added": Q(action_flag=1), "changed": Q(action_flag=2), "removed": Q(action_flag=3)}

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The acts in words."""
        return [(act, act) for act in self.BY_VALUE]

    def queryset(self, request: HttpRequest, queryset: Entries) -> Entries:
        """The entries of that act."""
        return queryset.filter(self.BY_VALUE.get(self.value() or "", Q()))


def kind_of(app_label: str, model: str) -> ContentType:
    """The content type; Django keeps those it has seen."""
    return ContentType.objects.get_by_natural_key(app_label, model)


@admin.register(LogEntry)
class AuditTrailAdmin(ReadOnlyAdmin[LogEntry]):
    """Who wrote what, when, with before and after; the newest first. Owners see their projects' entries."""

    project_path = "scope__project"
    list_display = ("at", "login", "act", "subject", "project_name", "what")
    list_display_links = ("at",)
    list_filter = (TrailProjectFilter, LoginFilter, SubjectFilter, ActFilter, TrailSinceFilter)
    list_select_related = ("user", "content_type", "scope__project")
    fields = ("at", "login", "act", "subject", "project_name", "what")
    # Sorting or counting the whole trail would read all of it.
    sortable_by = ()
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False

    def project_id_of(self, row: LogEntry) -> int | None:
        """The project it is about."""
        scope = getattr(row, "scope", None)
        return None if scope is None else scope.project_id

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None: nothing is done to what is told here."""
        return {}

    @admin.display(description="When")
    def at(self, entry: LogEntry) -> str:
        """When it was written."""
        return moment_text(entry.action_time)

    @admin.display(description="Login")
    def login(self, entry: LogEntry) -> SafeString:
        """Who wrote it."""
        return name_cell(entry.user.get_username())

    @admin.display(description="Act")
    def act(self, entry: LogEntry) -> str:
        """Added, changed or removed."""
        return {1: "added", 2: "changed", 3: "removed"}.get(entry.action_flag, "?")

    @admin.display(description="Subject")
    def subject(self, entry: LogEntry) -> SafeString:
        """What it was done to, with a link where it is still there."""
        kind = capfirst(entry.content_type.name) if entry.content_type else "?"
        name = name_cell(entry.object_repr)
        url = entry.get_admin_url() if entry.action_flag != 3 else None
        if url:
            name = format_html('<a class="bs-link" href="{}">{}</a>', url, name)
        return format_html('{}<span class="bs-sub">{}</span>', name, kind)

    @admin.display(description="Project")
    def project_name(self, entry: LogEntry) -> SafeString:
        """The project it is about."""
        scope = getattr(entry, "scope", None)
        return name_cell(scope.project if scope else "–")

    @admin.display(description="Before → after")
    def what(self, entry: LogEntry) -> SafeString:
        """The sentence of the log."""
        return format_html('<span class="bs-words">{}</span>', entry.get_change_message())
