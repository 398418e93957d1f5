"""The ledger to look at: nobody edits it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.paginator import InfinitePaginator

from budgets.admin.base import ReadOnlyAdmin
from budgets.admin.columns import model_word, name_cell
from budgets.admin.cost_entry_list import ONE_CLIENT, ONE_USER, EntryList
from budgets.admin.filters import MAX_CHOICES, ProjectFilter, SinceFilter
from budgets.admin.typed import AnyModelAdmin, DropdownFilter
from budgets.domain.model_parameter import model_of, model_parameter
from budgets.models import Client, CostEntry, EndUser
from budgets.models.cost_entry import EntrySource
from budgets.queries.access import reach_of
from budgets.queries.spend import models_ever
from budgets.templatetags.moments import moment_text, second
from budgets.templatetags.money import usd_exact

if TYPE_CHECKING:
    Entries = QuerySet[CostEntry]


class ModelFilter(DropdownFilter):
    """Entries of one model."""

    title = "model"
    parameter_name = "model"
    takes_any = True

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The models that were ever paid for; from the rollups, since the ledger is long."""
        models = models_ever(reach=reach_of(request.user, "view", CostEntry), limit=MAX_CHOICES)
        return [(model_parameter(model), model_word(model)) for model in models]

    def queryset(self, request: HttpRequest, queryset: "Entries") -> "Entries":
        """The model's entries."""
        value = self.value()
        if not value:
            return queryset
        # PostgreSQL refuses to look for a NUL, which no model's name holds.
        return queryset.none() if "\0" in value else queryset.filter(model=model_of(value))


class SourceFilter(DropdownFilter):
    """Entries by how they came to be."""

    title = "source"
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The sources in words."""
        return EntrySource.choices

    def queryset(self, request: HttpRequest, queryset: "Entries") -> "Entries":
        """The source's entries."""
        return queryset.filter(source=self.value()) if self.value() in EntrySource.values else queryset


@admin.register(CostEntry)
class CostEntryAdmin(ReadOnlyAdmin[CostEntry]):
    """Every row is one entry, the newest first."""

    list_display = ("recorded", "user", "project_name", "model_name", "amount", "source", "by")
    list_filter = (ProjectFilter, ModelFilter, SourceFilter, SinceFilter)
    search_fields = ("end_user__name",)
    search_help_text = "Search by user name"
    # Sorting the whole ledger by another column would read all of it.
    sortable_by = ()
    ordering = ("-id",)
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    # One user's or one client's entries, as their pages link to them.
    row_lookups = {ONE_USER: ("user", EndUser), ONE_CLIENT: ("client", Client)}
    list_before_template = "admin/budgets/costentry_total.html"
    fields = (
        "recorded",
        "user",
        "project_name",
        "model_name",
        "amount",
        "source",
        "by",
        "reason",
        "period_shown",
        "external_id",
    )

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EntryList]:
        """The list with its sum."""
        return EntryList

    def get_queryset(self, request: HttpRequest) -> "Entries":
        """Entries, with what they belong to read beside them: by a join, SQLite would sort the whole ledger."""
        return super().get_queryset(request).prefetch_related("end_user", "project", "client__api_key", "actor")

    @admin.display(description="Recorded")
    def recorded(self, entry: CostEntry) -> SafeString:
        """When it was recorded."""
        return second(entry.recorded_at)

    @admin.display(description="User")
    def user(self, entry: CostEntry) -> SafeString:
        """Leads to the user."""
        url = reverse("admin:budgets_enduser_change", args=(entry.end_user_id,))
        return format_html('<a class="bs-link bs-name" href="{0}" title="{1}">{1}</a>', url, entry.end_user)

    @admin.display(description="Project")
    def project_name(self, entry: CostEntry) -> SafeString:
        """The project's name."""
        return name_cell(entry.project)

    @admin.display(description="Model")
    def model_name(self, entry: CostEntry) -> str:
        """The model, or that there is none."""
        return model_word(entry.model)

    @admin.display(description="Amount")
    def amount(self, entry: CostEntry) -> SafeString:
        """In USD, exactly."""
        return format_html('<span class="bs-figure">{}</span>', usd_exact(entry.amount_nanousd))

    @admin.display(description="By")
    def by(self, entry: CostEntry) -> SafeString:
        """The client or the login that brought it; a client leads to its page."""
        if entry.client is None:
            return format_html("{}", entry.actor or "–")
        url = reverse("admin:budgets_client_change", args=(entry.client_id,))
        return format_html('<a class="bs-link bs-name" href="{0}" title="{1}">{1}</a>', url, entry.client)

    @admin.display(description="Period")
    def period_shown(self, entry: CostEntry) -> str:
        """The budget window it counts in."""
        period = entry.period
        ended = moment_text(period.ends_at) if period.ends_at else "open"
        return f"{moment_text(period.starts_at)} – {ended}"
