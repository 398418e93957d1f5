"""End users with their budgets: the list one works in, and the page of one user."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString

from budgets.admin.audit import describe_change
from budgets.admin.base import actor_of, now_of
from budgets.admin.columns import badge, moment
from budgets.admin.end_user_acts import EndUserActs
from budgets.admin.end_user_filters import ArchivedFilter, DurationFilter, LimitFilter
from budgets.admin.end_user_forms import AddUserForm, LimitForm, TermsForm, terms_word
from budgets.admin.filters import ProjectFilter
from budgets.admin.typed import ModelForm
from budgets.domain.durations import DAYS_BY_WORD, duration_words
from budgets.models import EndUser
from budgets.models.end_user import ChangeSource
from budgets.queries.end_users import end_user_detail, usage_of, with_usage
from budgets.services.budgets import change_terms, create_budget
from budgets.templatetags.budget_bar import budget_bar
from budgets.templatetags.moments import moment_text, until
from budgets.templatetags.money import usd


@admin.register(EndUser)
class EndUserAdmin(EndUserActs):
    """Users, their spend against their limit, and what one does about it."""

    list_display = ("user", "project_name", "spent", "limit", "used", "resets", "duration", "last_spend")
    list_filter = (LimitFilter, ProjectFilter, DurationFilter, ArchivedFilter)
    search_fields = ("name",)
    search_help_text = "Search by user name"
    ordering = ("name",)
    show_full_result_count = False
    actions = ("reset_selected", "archive_selected", "restore_selected")
    change_form_outer_before_template = "admin/budgets/enduser_summary.html"
    change_form_outer_after_template = "admin/budgets/enduser_detail.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[EndUser]:
        """Users with the figures of their open period."""
        return with_usage(super().get_queryset(request), now=now_of(request))

    # --- The list ---

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with the limit as a box for those who may change it.

        The limit is the budget's, not a column of the user, so Django's own `list_editable` would refuse its name.
        """
        changelist = super().get_changelist_instance(request)
        if not changelist.is_popup and self.has_change_permission(request):
            changelist.list_editable = ("limit",)
        return changelist

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[LimitForm]:
        """The form of one row, closed where the login may only look."""
        return type("RowForm", (LimitForm,), {"reach": self.reach(request, "change")})

    # --- The page of one user ---

    def get_form(self, request: HttpRequest, obj: EndUser | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The terms, or all that a new user needs."""
        kwargs["form"] = TermsForm if obj else AddUserForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: EndUser | None = None) -> Any:
        """The fields of that form; a viewer is shown no box for a reason."""
        if obj is None:
            return [(None, {"fields": ("project", "name", "limit", "duration")})]
        fields = ("limit", "duration", "reason") if self.has_change_permission(request, obj) else ("limit", "duration")
        return [("Terms", {"fields": fields})]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The terms between a summary and the user's history."""
        context |= {"durations": DAYS_BY_WORD, "show_save_and_add_another": False}
        user = kwargs.get("obj")
        if isinstance(user, EndUser):
            context |= {
                "end_user": user,
                "usage": usage_of(user),
                "detail": end_user_detail(user),
                "may_change": self.has_change_permission(request, user),
                "title": user.name,
                "subtitle": None,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Writes ---

    def save_model(self, request: HttpRequest, obj: EndUser, form: ModelForm[EndUser], change: bool) -> None:
        """Change the terms, or make the user, through the services."""
        if isinstance(form, LimitForm):
            if {"limit", "duration"} & set(form.changed_data):
                change_terms(
                    end_user=obj,
                    terms=form.terms(),
                    source=ChangeSource.ADMIN,
                    actor=actor_of(request),
                    reason=form.given_reason(),
                    now=now_of(request),
                )
        elif isinstance(form, AddUserForm):
            made = create_budget(
                project=obj.project,
                name=obj.name,
                terms=form.terms(),
                source=ChangeSource.ADMIN,
                actor=actor_of(request),
                now=now_of(request),
            )
            obj.pk = made.pk
            obj._state.adding = False

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Old and new terms in words."""
        if add:
            values = form.cleaned_data
            terms = "; ".join(f"{name}: {terms_word(name, values[name])}" for name in ("limit", "duration"))
            return f"Added to project {values['project']}. {terms}"
        return describe_change(form, terms_word)

    # --- Columns ---

    @admin.display(description="User", ordering="name")
    def user(self, end_user: EndUser) -> SafeString:
        """The name, and whether archived."""
        name = end_user.name or "(empty name)"
        mark = badge("archived", "plain") if end_user.archived_at else ""
        return format_html('<span class="bs-name" title="{}">{}</span> {}', name, name, mark)

    @admin.display(description="Project", ordering="project__name")
    def project_name(self, end_user: EndUser) -> SafeString:
        """The project's name."""
        return format_html('<span class="bs-name" title="{0}">{0}</span>', end_user.project.name)

    @admin.display(description="Spent", ordering="spent_nanousd")
    def spent(self, end_user: EndUser) -> SafeString:
        """In the open period."""
        return format_html('<span class="bs-figure">{}</span>', usd(usage_of(end_user).spent_nanousd))

    @admin.display(description="Limit", ordering="budget__total_budget_nanousd")
    def limit(self, end_user: EndUser) -> str:
        """The limit; a box where one may change it."""
        return usd(usage_of(end_user).limit_nanousd)

    @admin.display(description="Used", ordering="used_ratio")
    def used(self, end_user: EndUser) -> SafeString:
        """The share of the limit, as a bar with the figure in it."""
        usage = usage_of(end_user)
        return SafeString(
            render_to_string("budgets/budget_bar.html", budget_bar(usage.spent_nanousd, usage.limit_nanousd))
        )

    @admin.display(description="Resets", ordering="due_at")
    def resets(self, end_user: EndUser) -> SafeString:
        """When the open period is due."""
        usage = usage_of(end_user)
        return format_html('<span title="{}">{}</span>', moment_text(usage.due_at), until(usage.due_at, usage.now))

    @admin.display(description="Duration", ordering="budget__duration_days")
    def duration(self, end_user: EndUser) -> str:
        """In litellm's words."""
        return duration_words(usage_of(end_user).duration_days)

    @admin.display(description="Last spend")
    def last_spend(self, end_user: EndUser) -> SafeString:
        """When an entry was last recorded."""
        usage = usage_of(end_user)
        return moment(usage.last_spend_at, usage.now)
