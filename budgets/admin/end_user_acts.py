"""What an admin does to end users beyond their terms: reset, archive, restore, adjust. Each asks first."""

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern

from budgets.admin.base import SiteModelAdmin, actor_of, now_of
from budgets.admin.columns import model_word
from budgets.admin.end_user_forms import AdjustmentForm, ReasonForm
from budgets.domain.direction import apart, isolated
from budgets.domain.names import quoted, visible_name
from budgets.domain.periods import due_at
from budgets.models import EndUser
from budgets.models.period import CloseReason
from budgets.queries.end_users import model_shares, open_costs, usage_of
from budgets.services.end_users import archive, restore
from budgets.services.ledger import adjust
from budgets.services.periods import PeriodGoneError, reset_cost
from budgets.templatetags.moments import until
from budgets.templatetags.money import usd

CLIENTS = "A client that runs goes on with the figures it has read, until it reads again (load_data)."
NOTHING_LOST = "Nothing is lost: the period is closed with its costs and its limit, and stays in the history."


class EndUserActs(SiteModelAdmin[EndUser]):
    """The acts on one user, each with a page that asks first."""

    def get_urls(self) -> list[URLPattern]:
        """A page for each act."""
        return [
            self.subpath("reset", self.reset_view, "reset"),
            self.subpath("adjust", self.adjust_view, "adjust"),
            self.subpath("archive", self.archive_view, "archive"),
            self.subpath("restore", self.restore_view, "restore"),
            *super().get_urls(),
        ]

    # --- One user ---

    def reset_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for a reason, then close the open period and open the next."""
        user = self.changeable(request, pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            self.reset_one(request, user, form.cleaned_data["reason"], now_of(request))
            self.message_user(request, f"Reset {isolated(str(user))}: a new period is open.", messages.SUCCESS)
            return HttpResponseRedirect(self.page_url("change", pk))
        name, spent, days = apart(str(user)), usd(usage_of(user).spent_nanousd), usage_of(user).duration_days
        next_reset = f" The next reset comes {until(due_at(now_of(request), days), now_of(request))}." if days else ""
        return self.confirm(
            request,
            f"Reset {name} now?",
            object=user,
            sentences=[
                f"{name} has spent {spent} in the open period. A new one starts now, at $0.00.{next_reset}",
                CLIENTS,
                NOTHING_LOST,
            ],
            form=form,
            submit="Reset now",
            cancel_url=self.page_url("change", pk),
        )

    def reset_one(
        self, request: HttpRequest, user: EndUser, reason: str, at: datetime, *, period_id: int | None = None
    ) -> bool:
        """Reset one user, and log what it was; False, and nothing done, where `period_id` is open no more."""
        spent = usd(usage_of(user).spent_nanousd)
        actor, why = actor_of(request), CloseReason.ADMIN_RESET
        try:
            with transaction.atomic():
                reset_cost(end_user=user, close_reason=why, actor=actor, note=reason, now=at, period_id=period_id)
                self.log_change(request, user, f"Reset: spent {spent} → $0.00. Reason: {quoted(reason)}")
        except PeriodGoneError:
            return False
        return True

    def adjust_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for amount, model and reason, then add an entry to the ledger."""
        user = self.changeable(request, pk)
        at = now_of(request)
        costs = open_costs(user, now=at)
        # Of one model alone it is plain which.
        initial = {"model": next(iter(costs))} if len(costs) == 1 else {}
        form = AdjustmentForm(request.POST or None, initial=initial, spent_on=costs)
        if request.method == "POST" and form.is_valid() and (said := self.adjust_one(request, user, form, at)):
            self.message_user(request, said, messages.SUCCESS)
            return HttpResponseRedirect(self.page_url("change", pk))
        return self.confirm(
            request,
            f"Adjust the spend of {apart(str(user))}",
            object=user,
            sentences=[
                f"{apart(str(user))} has spent {usd(sum(costs.values()))} in the open period.",
                "The ledger is never edited: an adjustment is one more entry in the open period, with its reason.",
            ],
            form=form,
            submit="Add the adjustment",
            cancel_url=self.page_url("change", pk),
            preview_title="Spend per model, open period",
            preview_heads=["Model", "Spent"],
            preview=[[model_word(row.model), usd(row.cost_nanousd)] for row in model_shares(costs)],
            model_names=[(model, visible_name(model)) for model in costs if model],
        )

    def adjust_one(self, request: HttpRequest, user: EndUser, form: AdjustmentForm, at: datetime) -> str | None:
        """Adjust, log it, and say what it came to; None where more would be taken than was spent on the model."""
        amount, model, reason = (form.cleaned_data[name] for name in ("amount", "model", "reason"))
        said = f"Adjusted by {usd(amount)} on {apart(model_word(model))}"
        try:
            with transaction.atomic():
                entry = adjust(
                    end_user=user, model=model, amount_nanousd=amount, reason=reason, actor=actor_of(request), now=at
                )
                after = entry.period.cost_nanousd
                before, now_spent = usd(after - amount), usd(after)
                self.log_change(request, user, f"{said}: spent {before} → {now_spent}. Reason: {quoted(reason)}")
        except ValueError:
            spent = usd(open_costs(user, now=at).get(model, 0))
            where = f"on {apart(model_word(model))}" if model else "without a model"
            which = "" if model else " Name the model that it was spent on."
            form.add_error("amount", f"Only {spent} was spent {where} in this period.{which}")
            return None
        return f"{said}: {isolated(str(user))} has now spent {now_spent}."

    def archive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then archive."""
        user = self.changeable(request, pk)
        if request.method == "POST":
            self.archive_one(request, user, now_of(request))
            self.message_user(request, f"Archived {isolated(str(user))}.", messages.SUCCESS)
            return HttpResponseRedirect(self.page_url("changelist"))
        return self.confirm(
            request,
            f"Archive {apart(str(user))}?",
            object=user,
            sentences=[
                "The user leaves the lists and is no longer handed to clients. Ledger and history stay.",
                "A client that creates a budget for the user later brings it back.",
            ],
            submit="Archive",
            cancel_url=self.page_url("change", pk),
        )

    def archive_one(self, request: HttpRequest, user: EndUser, at: datetime) -> None:
        """Archive one user, and log it."""
        with transaction.atomic():
            archive(end_user=user, now=at)
            self.log_change(request, user, "Archived: in use → archived.")

    def restore_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, then restore."""
        user = self.changeable(request, pk)
        if request.method == "POST":
            self.restore_one(request, user, now_of(request))
            self.message_user(request, f"Restored {isolated(str(user))}.", messages.SUCCESS)
            return HttpResponseRedirect(self.page_url("change", pk))
        return self.confirm(
            request,
            f"Restore {apart(str(user))}?",
            object=user,
            sentences=["The user is listed and handed to clients again, with the same terms and spend."],
            submit="Restore",
            cancel_url=self.page_url("change", pk),
        )

    def restore_one(self, request: HttpRequest, user: EndUser, at: datetime) -> None:
        """Restore one user, and log it."""
        with transaction.atomic():
            restore(end_user=user, now=at)
            self.log_change(request, user, "Restored: archived → in use.")
