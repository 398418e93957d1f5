"""End users with their budgets: the list one works in, and the page of one user."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import URLPattern
from django.utils.html import format_html
from django.utils.safestring import SafeString

from budgets.admin.audit import NOTHING_CHANGED
from budgets.admin.base import MAX_SEARCH_CHARS, actor_of, now_of
from budgets.admin.burn_down_table import csv_of
from budgets.admin.columns import badge, moment
from budgets.admin.end_user_bulk import EndUserBulk
from budgets.admin.end_user_filters import ArchivedFilter, DurationFilter, LimitFilter, SpentFilter
from budgets.admin.end_user_forms import AddUserForm, LimitForm, RowForm, TermsForm, terms_word
from budgets.admin.end_user_list import UserList, posted_ids, runs_out, trend
from budgets.admin.end_user_page import page_context
from budgets.admin.filters import ProjectFilter
from budgets.admin.typed import ModelForm
from budgets.domain.direction import apart, isolated
from budgets.domain.durations import DAYS_BY_WORD, duration_words
from budgets.domain.names import file_name_part
from budgets.models import EndUser, Period
from budgets.models.end_user import ChangeSource
from budgets.queries.burn_down import burn_down
from budgets.queries.end_user_list import SORTS, TREND_DAYS, listed, search
from budgets.queries.end_users import usage_of
from budgets.queries.keyset import moment_of
from budgets.services.budgets import change_terms, create_budget
from budgets.templatetags.budget_bar import budget_bar
from budgets.templatetags.moments import moment_text, until
from budgets.templatetags.money import usd

# Rows named after a list is saved.
MAX_TOLD = 5


@admin.register(EndUser)
class EndUserAdmin(EndUserBulk):
    """Users, their spend against their limit, and what one does about it."""

    list_display = ("user", "trend", "spent", "limit", "used", "runs_out", "resets", "duration", "last_spend")
    list_filter = (LimitFilter, ProjectFilter, DurationFilter, SpentFilter, ArchivedFilter)
    search_fields = ("name",)
    search_help_text = "Name begins with… (*text: anywhere)"
    list_before_template = "admin/budgets/enduser_list.html"
    change_form_outer_before_template = "admin/budgets/enduser_summary.html"
    compressed_fields = False
    change_form_before_template = "admin/budgets/enduser_terms.html"
    change_form_after_template = "admin/budgets/enduser_save.html"
    change_form_outer_after_template = "admin/budgets/enduser_detail.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[EndUser]:
        """Users with the figures of their open period."""
        now = now_of(request)
        ordered_at = moment_of(request.GET.get(PAGE_VAR, ""), SORTS, now=now)
        return listed(super().get_queryset(request), now=now, ordered_at=ordered_at)

    class Media:
        """The look of the list and of the page."""

        css = {"all": ("budgets/end_users.css",)}

    # --- The list ---

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list. Raises PermissionDenied where boxes of rows out of reach are posted."""
        if request.method == "POST" and "_save" in request.POST and self.has_change_permission(request):
            ids = posted_ids(request.POST, most=self.list_per_page)
            if ids is None:
                self.message_user(request, "These are no rows of the list. Nothing was changed.", messages.ERROR)
                return HttpResponseRedirect(request.get_full_path())
            if self.get_queryset(request).filter(pk__in=ids).count() != len(ids):
                raise PermissionDenied
        return super().changelist_view(request, extra_context)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with limit and duration as boxes for those who may change them.

        They are the budget's, not columns of the user, so Django's own `list_editable` would refuse their names.
        """
        changelist = super().get_changelist_instance(request)
        if not changelist.is_popup and self.has_change_permission(request):
            changelist.list_editable = ("limit", "duration")
        return changelist

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[UserList]:
        """The list in pages by cursor."""
        return UserList

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> type[RowForm]:
        """The form of one row, closed where the login may only look."""
        return type("ReachedRowForm", (RowForm,), {"reach": self.reach(request, "change")})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[EndUser], search_term: str
    ) -> tuple[QuerySet[EndUser], bool]:
        """The users whose names begin with the text; with a star before it, hold it."""
        return search(queryset, search_term[:MAX_SEARCH_CHARS]), False

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """Say it, with what was changed in the rows of the list."""
        if changed := self.changes_of(request):
            more = f"; and {len(changed) - MAX_TOLD} more" if len(changed) > MAX_TOLD else ""
            message = format_html("{} {}{}.", message, "; ".join(changed[:MAX_TOLD]), more)
            changed.clear()
        super().message_user(request, message, *args, **kwargs)

    def changes_of(self, request: HttpRequest) -> list[str]:
        """What the request has changed so far, of each user in words."""
        changed: list[str] = request.__dict__.setdefault("budgets_changes", [])
        return changed

    # --- The page of one user ---

    def response_change(self, request: HttpRequest, obj: EndUser) -> HttpResponse:
        """Stay on the page, which shows what it came to, and say what was changed, if anything was."""
        if told := self.changes_of(request):
            super().message_user(request, f"Saved {isolated(str(obj))}: {told.pop()}.", messages.SUCCESS)
        else:
            super().message_user(request, "Nothing was changed.", messages.INFO)
        return HttpResponseRedirect(request.get_full_path())

    def get_form(self, request: HttpRequest, obj: EndUser | None = None, change: bool = False, **kwargs: Any) -> Any:
        """The terms, or all that a new user needs."""
        kwargs["form"] = TermsForm if obj else AddUserForm
        return super().get_form(request, obj, change=change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: EndUser | None = None) -> Any:
        """The fields of that form; none for a viewer, to whom the summary tells the terms."""
        if obj is None:
            return [(None, {"fields": ("project", "name", "limit", "duration")})]
        # One row: what one came to change stands above the chart, not below it.
        may_change = self.has_change_permission(request, obj)
        return [(None, {"fields": (("limit", "duration", "reason"),)})] if may_change else []

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
                "page": page_context(request, user, usage_of(user)),
                "may_change": self.has_change_permission(request, user),
                "title": str(user),
                "subtitle": None,
                "show_save": False,
                "show_save_and_continue": False,
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        """The burn-down as a file, beside the pages."""
        return [self.subpath("burn-down", self.burn_down_view, "burn_down"), *super().get_urls()]

    def burn_down_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The open period's burn-down as CSV. Raises PermissionDenied, then Http404."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        period = (
            Period.objects.select_related("end_user")
            .filter(end_user__in=self.get_queryset(request).filter(pk=pk), ends_at=None)
            .first()
        )
        if period is None:
            raise Http404
        return csv_of(burn_down(period, now=now_of(request)), f"burn-down-{file_name_part(period.end_user.name)}{pk}")

    # --- Writes ---

    def save_model(self, request: HttpRequest, obj: EndUser, form: ModelForm[EndUser], change: bool) -> None:
        """Change the terms, or make the user, through the services."""
        if isinstance(form, LimitForm):
            if said := form.told_changes():
                change_terms(
                    end_user=obj,
                    terms=form.terms(),
                    source=ChangeSource.ADMIN,
                    actor=actor_of(request),
                    reason=form.given_reason(),
                    now=now_of(request),
                )
                self.changes_of(request).append(f"{isolated(str(obj))}: {said}" if isinstance(form, RowForm) else said)
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
            return f"Added to project {apart(str(values['project']))}. {terms}"
        return form.told_changes() or NOTHING_CHANGED

    # --- Columns ---

    @admin.display(description="User", ordering="name")
    def user(self, end_user: EndUser) -> SafeString:
        """The name, and whether archived."""
        mark = badge("archived", "plain") if end_user.archived_at else ""
        return format_html(
            '<span class="bs-name" title="{0}">{0}</span> {1}<span class="bs-sub bs-name" title="{2}">{2}</span>',
            end_user,
            mark,
            end_user.project,
        )

    @admin.display(description=f"Last {TREND_DAYS} days")
    def trend(self, end_user: EndUser) -> SafeString:
        """The spend of each day."""
        return trend(end_user.__dict__.get("trend_nanousd"))

    @admin.display(description="Spent", ordering="spent_nanousd")
    def spent(self, end_user: EndUser) -> SafeString:
        """In the open period."""
        return format_html('<span class="bs-figure">{}</span>', usd(usage_of(end_user).spent_nanousd))

    @admin.display(description="Limit")
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

    @admin.display(description="Runs out", ordering="out_epoch")
    def runs_out(self, end_user: EndUser) -> SafeString:
        """When the limit is reached at the pace so far, where it is before the reset."""
        return runs_out(usage_of(end_user))

    @admin.display(description="Resets")
    def resets(self, end_user: EndUser) -> SafeString:
        """When the open period is due."""
        usage = usage_of(end_user)
        return format_html('<span title="{}">{}</span>', moment_text(usage.due_at), until(usage.due_at, usage.now))

    @admin.display(description="Duration")
    def duration(self, end_user: EndUser) -> str:
        """In litellm's words."""
        return duration_words(usage_of(end_user).duration_days)

    @admin.display(description="Last spend", ordering="last_spend_at")
    def last_spend(self, end_user: EndUser) -> SafeString:
        """When an entry was last recorded."""
        usage = usage_of(end_user)
        return moment(usage.last_spend_at, usage.now)
