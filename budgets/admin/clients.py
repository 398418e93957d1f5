"""Clients: who reads and posts, and what is odd about them with the cure."""

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from budgets.admin.base import ReadOnlyAdmin, now
from budgets.admin.columns import badge, moment, name_cell
from budgets.admin.cost_entry_list import ONE_CLIENT
from budgets.admin.filters import ProjectFilter
from budgets.admin.typed import AnyModelAdmin, DropdownFilter
from budgets.domain.flags import FLAG_TEXTS
from budgets.domain.windows import DAY
from budgets.models import ApiKey, Client, ClientFlag, CostEntry
from budgets.queries.access import reach_of
from budgets.queries.clients import (
    IDLE_AFTER,
    PACE_WINDOW,
    POSTED_WINDOW,
    counted_for,
    flags_of,
    idle,
    with_posted,
    worded,
)
from budgets.queries.shared_spend import doubts_of
from budgets.services.clients import dismiss_flag
from budgets.templatetags.moments import moment_text
from budgets.templatetags.money import usd


class FlagFilter(DropdownFilter):
    """Clients by whether something about them is odd."""

    title = "state"
    parameter_name = "state"
    BY_VALUE = {
        "flagged": Q(open_flags__gt=0),
        "named": ~Q(client_id=""),
        "anonymous": Q(client_id=""),
        "shared": Q(shared_nanousd__gt=0),
    }
    IDLE = "idle"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """Flagged, idle, with a client id, without one, with spend that stands on a highest figure."""
        return [
            ("flagged", "flagged"),
            (self.IDLE, f"idle for {IDLE_AFTER.days} days"),
            ("named", "with a client id"),
            ("anonymous", "without a client id"),
            ("shared", "with spend not told apart"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        """Those clients."""
        if self.value() == self.IDLE:
            return idle(queryset, now=now())
        return queryset.filter(self.BY_VALUE.get(self.value() or "", Q()))


class KindFilter(DropdownFilter):
    """Clients with an open flag of one kind."""

    title = "flag"
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The kinds by their titles."""
        return [(kind.value, text.title) for kind, text in FLAG_TEXTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Client]) -> QuerySet[Client]:
        """The clients that have it."""
        if self.value() not in FLAG_TEXTS:
            return queryset
        return queryset.filter(pk__in=ClientFlag.objects.filter(kind=self.value(), dismissed_at=None).values("client"))


@admin.register(Client)
class ClientAdmin(ReadOnlyAdmin[Client]):
    """Clients as the server can tell them apart."""

    list_display = ("identity", "last_seen", "pace", "posted", "not_told_apart", "flags")
    list_filter = (FlagFilter, KindFilter, ProjectFilter)
    search_fields = ("client_id", "api_key__label", "api_key__prefix")
    search_help_text = "Search by client id; who may see every key, also by its label or prefix"
    fields = (
        *("identity_alone", "project_name", "named", "first_seen", "last_read", "last_post", "pace", "posted"),
        "not_told_apart",
    )
    change_form_outer_before_template = "admin/budgets/client_flags.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        """Clients with what they posted and their open flags."""
        return with_posted(super().get_queryset(request), now=now())

    def get_search_fields(self, request: HttpRequest) -> Any:
        """Keys to the whole instance are nobody's business who may not see them, so neither is what they are called."""
        may_see_keys = reach_of(request.user, "view", ApiKey).is_everything
        return self.search_fields if may_see_keys else ("client_id",)

    def get_fields(self, request: HttpRequest, obj: Client | None = None) -> Any:
        """What is known; its entries, and the key that it posts under without a client id, for who may see those."""
        key = obj.api_key if obj else None
        may_see_key = key is not None and reach_of(request.user, "view", ApiKey).covers(key.project_id)
        may_see_entries = obj is not None and reach_of(request.user, "view", CostEntry).covers(obj.project_id)
        return (*self.fields, *(["entries"] if may_see_entries else []), *(["key"] if may_see_key else []))

    def get_urls(self) -> list[URLPattern]:
        """One page more: dismiss a flag of a client."""
        return [self.subpath("dismiss/<int:flag_pk>", self.dismiss_view, "dismiss"), *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The client's flags above its figures."""
        client = kwargs.get("obj")
        if isinstance(client, Client):
            may_change = self.has_change_permission(request, client)
            context |= {
                "client": client,
                "client_flags": flags_of(client),
                "doubts": doubts_of(client),
                "host": f"{request.scheme}://{{name}}:{{key}}@{request.get_host()}",
                "project_name_repr": json.dumps(client.project.name, ensure_ascii=False),
                "may_change": may_change,
                "now": now(),
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def dismiss_view(self, request: HttpRequest, pk: int, flag_pk: int) -> HttpResponse:
        """Ask, then dismiss."""
        client = self.changeable(request, pk)
        flag = client.flags.filter(pk=flag_pk).first()
        if flag is None:
            raise Http404
        text = worded(flag).text
        if request.method == "POST":
            with transaction.atomic():
                was = "dismissed" if flag.dismissed_at else "open"
                dismiss_flag(flag=flag, now=now())
                self.log_change(request, client, f"Flag “{text.title}”: {was} → dismissed.")
            self.message_user(request, f"Dismissed “{text.title}”.", messages.SUCCESS)
            return HttpResponseRedirect(self.page_url("change", pk))
        return self.confirm(
            request,
            f"Dismiss “{text.title}”?",
            object=client,
            sentences=[
                "The flag leaves the dashboard. It comes back when the client does it again.",
                f"The cure: {text.cure}",
            ],
            submit="Dismiss",
            cancel_url=self.page_url("change", pk),
        )

    @admin.display(description="Client", ordering="client_id")
    def identity(self, client: Client) -> SafeString:
        """The client id, or the key it posts under, and its project."""
        return format_html(
            '<span class="bs-name" title="{0}">{0}</span><span class="bs-sub bs-name" title="{1}">{1}</span>',
            client,
            client.project,
        )

    @admin.display(description="Client")
    def identity_alone(self, client: Client) -> SafeString:
        """The client id, or the key it posts under."""
        return name_cell(client)

    @admin.display(description="Project")
    def project_name(self, client: Client) -> SafeString:
        """The project's name."""
        return name_cell(client.project)

    @admin.display(description="Identified by")
    def named(self, client: Client) -> SafeString:
        """A client id of its own, or the key alone."""
        return badge("key only", "warn") if client.is_anonymous else badge("client id", "good")

    @admin.display(description="API key")
    def key(self, client: Client) -> SafeString:
        """Leads to the key."""
        url = reverse("admin:budgets_apikey_change", args=(client.api_key_id,))
        return format_html('<a class="bs-link" href="{}">{}</a>', url, str(client.api_key))

    @admin.display(description="First seen", ordering="first_seen_at")
    def first_seen(self, client: Client) -> str:
        """When it first came."""
        return moment_text(client.first_seen_at)

    @admin.display(description="Last seen", ordering="seen_at")
    def last_seen(self, client: Client) -> SafeString:
        """When it last read or posted."""
        return moment(client.__dict__["seen_at"], now())

    @admin.display(description="Last read")
    def last_read(self, client: Client) -> SafeString:
        """When it last asked for budgets."""
        return moment(client.last_read_at, now())

    @admin.display(description="Last post")
    def last_post(self, client: Client) -> SafeString:
        """When it last posted."""
        return moment(client.last_post_at, now())

    @admin.display(description=f"Entries/day, {PACE_WINDOW.days} d", ordering="lately")
    def pace(self, client: Client) -> SafeString:
        """How often it posts something new."""
        return format_html(
            '<span class="bs-figure">{}</span>', a_day(client.__dict__["lately"] or 0, counted_for(client, now=now()))
        )

    @admin.display(description=f"Spend, {POSTED_WINDOW.days} d", ordering="posted_nanousd")
    def posted(self, client: Client) -> SafeString:
        """What it posted lately."""
        return format_html('<span class="bs-figure">{}</span>', usd(client.__dict__["posted_nanousd"] or 0))

    @admin.display(description="Ledger")
    def entries(self, client: Client) -> SafeString:
        """Leads to what it posted."""
        url = f"{reverse('admin:budgets_costentry_changelist')}?{urlencode({ONE_CLIENT: client.pk})}"
        return format_html('<a class="bs-link" href="{}">Its cost entries</a>', url)

    @admin.display(description="Not told apart", ordering="shared_nanousd")
    def not_told_apart(self, client: Client) -> SafeString:
        """How much of all it ever posted stands on the highest figure of processes that cannot be told apart."""
        if not client.shared_nanousd:
            return format_html('<span class="bs-muted">{}</span>', "none")
        return format_html('<span class="bs-figure">{}</span>', usd(client.shared_nanousd))

    @admin.display(description="Flags", ordering="open_flags")
    def flags(self, client: Client) -> SafeString:
        """Each open one, with its cure."""
        found = [worded(flag).text for flag in client.__dict__["shown_flags"]]
        if not found:
            return format_html('<span class="bs-muted">{}</span>', "none")
        lines = ((badge(text.title, "bad"), text.cure) for text in found)
        return format_html_join("", '<span class="bs-words">{}<span class="bs-sub">{}</span></span>', lines)


def a_day(entries: int, within: timedelta) -> str:
    """How many a day on average, of so many in that time or, if that is longer, a day: "3.4", "210", "0"."""
    tenths = entries * 10 * DAY // max(within, DAY)
    return f"{tenths // 10:,}" if tenths >= 1000 or not tenths else f"{tenths // 10}.{tenths % 10}"
