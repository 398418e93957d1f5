"""The health of the instance at /admin/health/: cron, resets, ledger, database, versions, and two acts to mend it.

It is about every project at once, so that no role reaches it: superusers do, and who may view reset runs.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import ADDITION, LogEntry
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from budgets.admin.base import now_of
from budgets.admin.health_facts import next_hourly, reset_minute, setting_facts, size_words, version_facts
from budgets.models import Client, CostEntry, EndUser, LedgerCheck, ResetRun
from budgets.queries.access import reach_of
from budgets.queries.clients import flagged_clients
from budgets.queries.database import database_state
from budgets.queries.health import Cron, last_ledger_check, reset_health
from budgets.queries.late_resets import due_resets
from budgets.queries.snapshot import one_moment
from budgets.queries.verify_ledger import Violation, violations
from budgets.services.ledger_checks import record_ledger_check
from budgets.services.rolls import record_reset_run, roll_all_due

# Of a larger ledger the check takes longer than a page may; the command does it.
MAX_ENTRIES_CHECKED = 200_000
MAX_VIOLATIONS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Attention:
    """What needs a look, and where one looks."""

    name: str
    url: str


def may_see_health(request: HttpRequest) -> bool:
    """Whether the login may look at the whole instance."""
    return reach_of(request.user, "view", ResetRun).is_everything


def may_act(request: HttpRequest) -> bool:
    """Whether the login may reset users of every project, and so may have the due ones reset."""
    return may_see_health(request) and reach_of(request.user, "change", EndUser).is_everything


@require_safe
def health_view(request: HttpRequest) -> TemplateResponse:
    """The page. Raises PermissionDenied for whom it is not."""
    if not may_see_health(request):
        raise PermissionDenied
    return _page(request)


@require_POST
def run_resets_view(request: HttpRequest) -> HttpResponse:
    """Roll what is due, as cron does. Raises PermissionDenied."""
    if not may_act(request):
        raise PermissionDenied
    now = now_of(request)
    # Each batch is a transaction of its own, as when cron runs it, so that no client waits long.
    result = roll_all_due(now=now)
    with transaction.atomic():
        run = record_reset_run(started_at=now, finished_at=timezone.now(), result=result, by_hand=True)
        words = f"{result.rolled} reset, {result.failed} failed"
        _log(request, run, f"Run from the health page: {words}.")
    level = messages.ERROR if result.failed else messages.SUCCESS
    messages.add_message(request, level, f"Resets have run: {words}.")
    return HttpResponseRedirect(reverse("instance:health"))


@require_POST
def check_ledger_view(request: HttpRequest) -> HttpResponse:
    """Check the ledger and show what is broken. Raises PermissionDenied."""
    if not may_act(request):
        raise PermissionDenied
    if not _is_checked_here():
        messages.error(request, "The ledger is too large to be checked from a page: run the command.")
        return HttpResponseRedirect(reverse("instance:health"))
    started_at = now_of(request)
    with one_moment():
        found = list(islice(violations(), MAX_VIOLATIONS_SHOWN))
    with transaction.atomic():
        check = record_ledger_check(started_at=started_at, finished_at=timezone.now(), violations=len(found))
        _log(request, check, f"Checked from the health page: {len(found)} broken invariants.")
    if not found:
        messages.success(request, "The ledger is sound.")
        return HttpResponseRedirect(reverse("instance:health"))
    return _page(request, found)


def _page(request: HttpRequest, found: list[Violation] | None = None) -> TemplateResponse:
    health = _parts(request, now_of(request)) | {
        "violations": found,
        "is_cut": found is not None and len(found) == MAX_VIOLATIONS_SHOWN,
    }
    context: dict[str, Any] = admin.site.each_context(request) | {"title": "Health", "health": health}
    return TemplateResponse(request, "budgets/health.html", context)


def _parts(request: HttpRequest, now: datetime) -> dict[str, Any]:
    resets, check, database, settings = reset_health(now=now), last_ledger_check(), database_state(), setting_facts()
    flagged = flagged_clients(reach=reach_of(request.user, "view", Client))
    attention = [
        (resets.is_late, Attention("resets", "#h-resets")),
        (check is not None and check.violations > 0, Attention("the ledger", "#h-ledger")),
        (not database.is_well, Attention("the database", "#h-database")),
        (any(fact.attention for fact in settings), Attention("the settings", "#h-settings")),
        (flagged > 0, Attention(f"{flagged} flagged client{'' if flagged == 1 else 's'}", _flagged_url())),
    ]
    return {
        "now": now,
        "attention": [one for needs_it, one in attention if needs_it],
        "reset_look": "fail" if resets.cron is Cron.FAILING else "late",
        "is_new": resets.cron is Cron.NEW or check is None,
        "resets": resets,
        "next_run_at": next_hourly(now, reset_minute()),
        "due": due_resets(now=now),
        "check": check,
        "is_checked_here": _is_checked_here(),
        "database": database,
        "database_size": size_words(database.size_bytes),
        "versions": version_facts(),
        "settings": settings,
        "may_act": may_act(request),
    }


def _flagged_url() -> str:
    return f"{reverse('admin:budgets_client_changelist')}?state=flagged"


def _is_checked_here() -> bool:
    """Whether the ledger is small enough. By its last id, which is read at once however large it is."""
    last = CostEntry.objects.order_by("-pk").values_list("pk", flat=True).first()
    return (last or 0) <= MAX_ENTRIES_CHECKED


def _log(request: HttpRequest, row: ResetRun | LedgerCheck, sentence: str) -> None:
    LogEntry.objects.log_actions(request.user.pk or 0, [row], ADDITION, sentence, single_object=True)
