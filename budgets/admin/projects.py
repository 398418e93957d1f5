"""Projects: add one by name, see its users, spend and keys."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from budgets.admin.base import SiteModelAdmin, now_of
from budgets.admin.columns import name_cell
from budgets.admin.typed import ModelForm
from budgets.models import ApiKey, CostEntry, EndUser, Membership, Project
from budgets.queries.access import Reach, reach_of, roles_of
from budgets.queries.members import MAX_MEMBERS, members_of
from budgets.queries.project_list import live_users_by_project, usable_keys_by_project
from budgets.queries.shared_spend import shared_by_project
from budgets.queries.spend import spend_since
from budgets.services.projects import create_project
from budgets.templatetags.moments import moment_text
from budgets.templatetags.money import usd


def in_reach(reach: Reach) -> Q:
    """The condition that a project is within reach."""
    return Q() if reach.project_ids is None else Q(pk__in=reach.project_ids)


@admin.register(Project)
class ProjectAdmin(SiteModelAdmin[Project]):
    """A project's name is what clients say, so it is set once."""

    is_fixed = True
    list_display = ("called", "users", "spend_this_month", "not_told_apart", "keys", "made")
    search_fields = ("name",)
    search_help_text = "Search by name"
    fields = ("name",)
    project_path = "pk"
    ordering = ("name",)
    change_form_outer_after_template = "admin/budgets/project_members.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Project]:
        """Projects with what the list shows beside them."""
        at = now_of(request)
        keys_reach = reach_of(request.user, "view", ApiKey)
        return (
            super()
            .get_queryset(request)
            .annotate(
                user_count=live_users_by_project(),
                # Of a project whose keys the login may not see, neither the number nor sorting by it tells anything.
                key_count=usable_keys_by_project(keys_reach, at),
                may_see_keys=Case(
                    When(Q(pk__isnull=False) & in_reach(keys_reach), then=Value(True)),
                    default=Value(False),
                    output_field=BooleanField(),
                ),
                month_nanousd=spend_since(month_start(at)),
                shared_nanousd=shared_by_project(),
            )
        )

    def get_list_display(self, request: HttpRequest) -> Any:
        """The columns; the number of keys for those who may see keys."""
        return self.shown(request, self.list_display)

    def shown(self, request: HttpRequest, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names without what leads to pages that are closed to the login."""
        may_see_keys = bool(reach_of(request.user, "view", ApiKey))
        return names if may_see_keys else tuple(name for name in names if name != "keys")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The project's members below its figures, for members and for those who may see memberships."""
        project = kwargs.get("obj")
        if isinstance(project, Project):
            may_view = reach_of(request.user, "view", Membership).covers(project.pk)
            if may_view or project.pk in roles_of(request.user):
                context |= {
                    "members": members_of(project)[:MAX_MEMBERS],
                    "member_project": project,
                    "may_change_members": reach_of(request.user, "change", Membership).covers(project.pk),
                    "may_add_members": reach_of(request.user, "add", Membership).covers(project.pk),
                }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> Any:
        """Everything, once the project is made."""
        names = ("called", "users", "spend_this_month", "not_told_apart", "keys", "made")
        may_see_spend = obj and (
            reach_of(request.user, "view", CostEntry) & reach_of(request.user, "view", EndUser)
        ).covers(obj.pk)
        leads = ("figures",) if may_see_spend else ()
        return (*self.shown(request, names), *leads) if obj else ()

    def get_fields(self, request: HttpRequest, obj: Project | None = None) -> Any:
        """The name to type; on the page of a project, its figures too."""
        return self.get_readonly_fields(request, obj) if obj else ("name",)

    def save_model(self, request: HttpRequest, obj: Project, form: ModelForm[Project], change: bool) -> None:
        """Make the project through its service."""
        made = create_project(name=obj.name, now=now_of(request))
        obj.pk, obj.created_at = made.pk, made.created_at
        obj._state.adding = False

    @admin.display(description="Name", ordering="name")
    def called(self, project: Project) -> SafeString:
        """The name."""
        return name_cell(project)

    @admin.display(description="End users", ordering="user_count")
    def users(self, project: Project) -> SafeString:
        """How many end users, archived ones aside; leads to them."""
        url = reverse("admin:budgets_enduser_changelist")
        return format_html(
            '<a class="bs-link" href="{}?project={}">{}</a>', url, project.pk, project.__dict__["user_count"]
        )

    @admin.display(description="Spend this month (UTC)", ordering="month_nanousd")
    def spend_this_month(self, project: Project) -> str:
        """Since the first of the month, UTC."""
        return usd(project.__dict__["month_nanousd"] or 0)

    @admin.display(description="Not told apart", ordering="shared_nanousd")
    def not_told_apart(self, project: Project) -> SafeString:
        """How much spend ever stood on the highest figure of processes that cannot be told apart; leads to them."""
        amount = project.__dict__["shared_nanousd"]
        if not amount:
            return format_html('<span class="bs-muted">{}</span>', "none")
        url = reverse("admin:budgets_client_changelist")
        return format_html(
            '<a class="bs-link" href="{}?state=shared&amp;project={}">{}</a>', url, project.pk, usd(amount)
        )

    @admin.display(description="Usable keys of its own", ordering="key_count")
    def keys(self, project: Project) -> SafeString:
        """How many keys of its own open it now; leads to them."""
        if not project.__dict__["may_see_keys"]:
            return format_html('<span class="bs-muted">{}</span>', "–")
        url = reverse("admin:budgets_apikey_changelist")
        return format_html(
            '<a class="bs-link" href="{}?project={}">{}</a>', url, project.pk, project.__dict__["key_count"]
        )

    @admin.display(description="Figures")
    def figures(self, project: Project) -> SafeString:
        """Leads to its dashboard, models and cost entries."""
        names = (
            ("admin:index", "Dashboard"),
            ("dashboard:models", "Models"),
            ("admin:budgets_costentry_changelist", "Cost entries"),
        )
        rows = ((reverse(name), project.pk, label) for name, label in names)
        return format_html_join(" · ", '<a class="bs-link" href="{}?project={}">{}</a>', rows)

    @admin.display(description="Created", ordering="created_at")
    def made(self, project: Project) -> str:
        """When it was made."""
        return moment_text(project.created_at)


def month_start(at: datetime) -> datetime:
    """Midnight of the first of `at`'s month."""
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
