"""What an admin does to many end users at once: each act shows who it is about and what will change, and asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from budgets.admin.base import actor_of, now_of
from budgets.admin.end_user_acts import NOTHING_LOST, EndUserActs
from budgets.admin.end_user_bulk_forms import BulkDurationForm, BulkLimitForm, BulkScaleForm, BulkTermsForm
from budgets.admin.end_user_forms import ReasonForm
from budgets.admin.end_user_preview import (
    FIGURES,
    SHOWN,
    SHOWN_PERIOD,
    as_shown,
    chosen,
    counted,
    figures,
    is_as_shown,
    period_id_of,
    shown_by_id,
    terms_of,
)
from budgets.domain.names import quoted
from budgets.domain.row_ids import is_row_id
from budgets.models import EndUser
from budgets.models.end_user import ChangeSource
from budgets.queries.end_users import usage_of
from budgets.services.budgets import change_terms
from budgets.templatetags.money import usd

# One bulk act is one answer to one click: more than this takes too long for it.
MAX_BULK = 500
PREVIEW_ROWS = 50
HIDDEN_LEFT = "They leave the lists and are no longer handed to clients. Ledger and history stay."
BACK_AGAIN = "They are listed and handed to clients again, with the same terms and spend."


@dataclass(frozen=True, slots=True)
class BulkAct:
    """An act on many: its verb, what it means, whom it concerns, what becomes of each, and how it is done to one."""

    verb: str
    done: str
    sentence: str
    # False where the user was left as it was.
    act: Callable[[EndUser, datetime], bool | None]
    after: Callable[[EndUser], str]
    needs: Callable[[EndUser], bool] = lambda _user: True
    heads: tuple[str, str] = ("Now", "After")
    now: Callable[[EndUser], str] = lambda user: usd(usage_of(user).spent_nanousd)


class EndUserBulk(EndUserActs):
    """The acts on the selected users."""

    actions = (
        "set_limit_selected",
        "scale_limit_selected",
        "set_duration_selected",
        "reset_selected",
        "archive_selected",
        "restore_selected",
    )

    @admin.action(description="Set the limit…", permissions=["change"])
    def set_limit_selected(self, request: HttpRequest, users: QuerySet[EndUser]) -> HttpResponse | None:
        """Ask for a limit, preview, then give it to each."""
        return self.change_terms_of(request, users, BulkLimitForm, "Set the limit of")

    @admin.action(description="Raise or lower the limit by percent…", permissions=["change"])
    def scale_limit_selected(self, request: HttpRequest, users: QuerySet[EndUser]) -> HttpResponse | None:
        """Ask for a percentage, preview, then change each limit by it."""
        return self.change_terms_of(request, users, BulkScaleForm, "Change the limit of")

    @admin.action(description="Set the duration…", permissions=["change"])
    def set_duration_selected(self, request: HttpRequest, users: QuerySet[EndUser]) -> HttpResponse | None:
        """Ask for a duration, preview, then give it to each."""
        return self.change_terms_of(request, users, BulkDurationForm, "Set the duration of")

    @admin.action(description="Reset now…", permissions=["change"])
    def reset_selected(self, request: HttpRequest, users: QuerySet[EndUser]) -> HttpResponse | None:
        """Preview, ask for a reason, then reset each."""
        form = ReasonForm(request.POST if "confirmed" in request.POST else None)
        reason = form.cleaned_data["reason"] if form.is_valid() else None
        shown = shown_by_id(request, SHOWN_PERIOD)
        act = BulkAct(
            "Reset",
            "Reset",
            NOTHING_LOST,
            act=lambda user, at: self.reset_one(request, user, reason or "", at, period_id=period_id_of(user)),
            after=lambda _user: usd(0),
            needs=lambda user: shown.get(str(user.pk), str(period_id_of(user))) == str(period_id_of(user)),
            heads=("Spent now", "After"),
        )
        return self.ask_or_do(request, users, act, is_asked=reason is not None, form=form)

    @admin.action(description="Archive…", permissions=["change"])
    def archive_selected(self, request: HttpRequest, users: QuerySet[EndUser]) -> HttpResponse | None:
        """Preview, then archive each."""
        act = BulkAct(
            "Archive",
            "Archived",
            HIDDEN_LEFT,
            act=lambda user, at: self.archive_one(request, user, at),
            now=lambda _user: "in use",
            after=lambda _user: "archived",
            needs=lambda user: user.archived_at is None,
        )
        return self.ask_or_do(request, users, act, is_asked="confirmed" in request.POST)

    @admin.action(description="Restore…", permissions=["change"])
    def restore_selected(self, request: HttpRequest, users: QuerySet[EndUser]) -> HttpResponse | None:
        """Preview, then restore each."""
        act = BulkAct(
            "Restore",
            "Restored",
            BACK_AGAIN,
            act=lambda user, at: self.restore_one(request, user, at),
            now=lambda _user: "archived",
            after=lambda _user: "in use",
            needs=lambda user: user.archived_at is not None,
        )
        return self.ask_or_do(request, users, act, is_asked="confirmed" in request.POST)

    def response_action(self, request: HttpRequest, queryset: QuerySet[EndUser], *args: Any) -> HttpResponse | None:
        """The act on the selected users; what was posted and is no id selects nobody."""
        posted: Any = request.POST.copy()
        posted.setlist(ACTION_CHECKBOX_NAME, [text for text in posted.getlist(ACTION_CHECKBOX_NAME) if is_row_id(text)])
        request.POST = posted
        return super().response_action(request, queryset, *args)

    # --- Terms ---

    def change_terms_of(
        self, request: HttpRequest, users: QuerySet[EndUser], form_class: type[BulkTermsForm], verb: str
    ) -> HttpResponse | None:
        """Ask for the value, show what it makes of each user's terms, and change them once that was confirmed."""
        form = form_class(request.POST if {"previewed", "confirmed"} & set(request.POST) else None)
        if not form.is_valid():
            return self.ask_value(request, users, form, verb)
        name = form.changes
        shown = shown_by_id(request, SHOWN)
        act = BulkAct(
            verb,
            f"Changed the {name} of",
            form.sentence(),
            act=lambda user, at: self.change_terms_of_one(request, user, form, at),
            now=lambda user: form.words(terms_of(user)),
            after=lambda user: form.words(form.terms_for(terms_of(user))),
            needs=lambda user: form.terms_for(terms_of(user)) != terms_of(user) and is_as_shown(user, shown),
            heads=(f"{name.capitalize()} now", f"{name.capitalize()} after"),
        )
        return self.ask_or_do(request, users, act, is_asked="confirmed" in request.POST, fixed=form)

    def ask_value(
        self, request: HttpRequest, users: QuerySet[EndUser], form: BulkTermsForm, verb: str
    ) -> HttpResponse | None:
        """The first page: which users, as they are, and a box for the value."""
        found = self.selected(request, users)
        if not found:
            return None
        return self.confirm(
            request,
            f"{verb} {counted(found)}",
            sentences=["Nothing changes yet: the next page shows what will."],
            form=form,
            submit="Preview",
            cancel_url=request.get_full_path(),
            hidden=[("action", request.POST["action"]), ("previewed", "yes"), *chosen(found)],
            preview_title="The selected users",
            preview_heads=["User", "Project", *FIGURES],
            preview=[[str(user), str(user.project), *figures(user)] for user in found[:PREVIEW_ROWS]],
            preview_more=max(len(found) - PREVIEW_ROWS, 0),
        )

    def change_terms_of_one(self, request: HttpRequest, user: EndUser, form: BulkTermsForm, at: datetime) -> None:
        """Change the terms of one user, and log what they were."""
        before = terms_of(user)
        after, reason = form.terms_for(before), form.cleaned_data["reason"]
        with transaction.atomic():
            change_terms(
                end_user=user,
                terms=after,
                source=ChangeSource.ADMIN,
                actor=actor_of(request),
                reason=reason,
                now=at,
            )
            because = f" Reason: {quoted(reason)}" if reason else ""
            self.log_change(request, user, f"{form.changes}: {form.words(before)} → {form.words(after)}.{because}")

    # --- Each act ---

    def ask_or_do(
        self,
        request: HttpRequest,
        users: QuerySet[EndUser],
        act: BulkAct,
        *,
        is_asked: bool,
        form: forms.Form | None = None,
        fixed: forms.Form | None = None,
    ) -> HttpResponse | None:
        """Do it to those who need it once it `is_asked` for; else show what it will do. `fixed` is carried along."""
        found = self.selected(request, users)
        if not found:
            return None
        concerned = [user for user in found if act.needs(user)]
        if not concerned:
            said = f"{act.verb}: none of the selected users needs it. Nothing was changed."
            self.message_user(request, said, messages.WARNING)
            return None
        if not is_asked:
            return self.preview(request, concerned, len(found) - len(concerned), act, form, fixed)
        at = now_of(request)
        done = [user for user in concerned if act.act(user, at) is not False]
        skipped = len(found) - len(done)
        left = f" {skipped} skipped: changed since the preview was shown." if skipped else ""
        self.message_user(request, f"{act.done} {counted(done)}.{left}", messages.SUCCESS)
        return None

    def selected(self, request: HttpRequest, users: QuerySet[EndUser]) -> list[EndUser]:
        """The selected users, in the order that every writer locks them in; none, and it is said why, where refused."""
        reach = self.reach(request, "change")
        if not reach.is_everything and users.exclude(project__in=reach.project_ids or ()).exists():
            said = "Some of the selected users are in projects where you may only look. Nothing was changed."
            self.message_user(request, said, messages.ERROR)
            return []
        found = list(users.order_by("pk")[: MAX_BULK + 1])
        if len(found) > MAX_BULK:
            said = f"Select at most {MAX_BULK} users at a time. Nothing was changed."
            self.message_user(request, said, messages.ERROR)
            return []
        if not found:
            self.message_user(request, "None of the selected users is in this list any more.", messages.WARNING)
        return found

    def preview(
        self,
        request: HttpRequest,
        users: list[EndUser],
        left_out: int,
        act: BulkAct,
        form: forms.Form | None,
        fixed: forms.Form | None,
    ) -> HttpResponse:
        """Show who it is about and what will change, and ask."""
        left = [f"{left_out} more selected: nothing changes for them."] if left_out else []
        changed = act.heads[0].removesuffix(" now")
        choice = [("action", request.POST["action"]), ("confirmed", "yes")]
        carried = [(name, str(fixed.data.get(name, ""))) for name in fixed.fields] if fixed else []
        return self.confirm(
            request,
            f"{act.verb} {counted(users)}?",
            sentences=[act.sentence, *left],
            form=form,
            submit=f"{act.verb} {counted(users)}",
            cancel_url=request.get_full_path(),
            hidden=[*choice, *carried, *chosen(users), *as_shown(users)],
            preview_heads=["User", "Project", *act.heads, *(head for head in FIGURES if head != changed)],
            preview=[
                [str(user), str(user.project), act.now(user), act.after(user), *figures(user, without=changed)]
                for user in users[:PREVIEW_ROWS]
            ],
            preview_more=max(len(users) - PREVIEW_ROWS, 0),
        )
