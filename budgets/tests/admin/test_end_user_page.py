"""The page of one end user, and what one does there."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from budgets.models import Budget, BudgetChange, CostEntry, EndUser, Period
from budgets.queries import end_user_detail
from budgets.services.end_users import archive
from budgets.tests.admin.conftest import NOW, USD, MakeUser
from budgets.tests.factories import spend

BASE = "/admin/budgets/enduser/"


def post_terms(site: Client, user: EndUser, **typed: str) -> Any:
    shown = {"initial-limit": "10.00", "initial-duration": ""}
    return site.post(f"{BASE}{user.pk}/change/", shown | {"limit": "10.00", "duration": "", "reason": ""} | typed)


def open_period(user: EndUser) -> Period:
    return user.periods.get(ends_at=None)


def test_it_shows_models_periods_entries_and_changes(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann", limit=10, spent=2.5)
    site.post(f"{BASE}{user.pk}/reset/", {"reason": "a fresh start"})
    html = site.get(f"{BASE}{user.pk}/change/").content.decode()
    for shown in (
        "Nothing spent in this period yet",
        "a fresh start",
        "reset by an admin (<bdi>boss</bdi>)",
        "$2.50",
        "gpt-4o",
    ):
        assert shown in html


def test_it_says_where_the_clients_are_told_from_the_latest_entries_alone(
    site: Client, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = f"{BASE}{make_user('ann', spent=1).pk}/change/"
    assert "No client has posted for this user in this period." in site.get(page).content.decode()
    monkeypatch.setattr(end_user_detail, "POSTING_ENTRIES", 1)
    assert "From the user’s latest 1 entries; there may be more in the period." in site.get(page).content.decode()


def test_terms_are_changed_with_a_reason(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann")
    post_terms(site, user, limit="$1,250", duration="weekly", reason="asked for it")
    budget = Budget.objects.get(end_user=user)
    assert (budget.total_budget_nanousd, budget.duration_days) == (1250 * USD, 7)
    assert BudgetChange.objects.filter(end_user=user).latest("id").reason == "asked for it"
    history = site.get(f"{BASE}{user.pk}/history/").content.decode()
    assert "limit: $10.00 → $1,250.00; duration: never resets → weekly" in history


def test_saving_says_what_changed_and_saving_as_it_was_leaves_no_trace(site: Client, make_user: MakeUser) -> None:
    ann = make_user("ann", limit=10, days=7)
    page = f"{BASE}{ann.pk}/change/"
    shown = {"initial-limit": "10.00", "initial-duration": "weekly", "duration": "weekly", "reason": ""}
    for unchanged in ({"limit": "10.00"}, {"limit": "10"}, {"limit": "10.00", "reason": "none"}):
        answer = site.post(page, shown | unchanged, follow=True)
        assert [str(message) for message in answer.context["messages"]] == ["Nothing was changed."]
    assert LogEntry.objects.count() == 0
    assert BudgetChange.objects.filter(source="admin").count() == 0
    saved = site.post(page, shown | {"limit": "12.50"}, follow=True).content.decode()
    assert "Saved \u2068ann\u2069: limit: $10.00 → $12.50." in saved
    # It stays on the page, with whatever was chosen there.
    again = site.post(f"{page}?model=gpt-4o", shown | {"limit": "13"})
    assert again.headers["Location"] == f"{page}?model=gpt-4o"
    assert "&lt;a href" not in saved
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("typed", [{"limit": "20"}, {"limit": "10", "duration": "", "reason": "only a reason"}])
def test_what_is_stored_already_is_no_change(site: Client, make_user: MakeUser, typed: dict[str, str]) -> None:
    user = make_user("ann", limit=10)
    if typed["limit"] == "20":
        # By somebody else, since this page was shown.
        post_terms(site, user, limit="20")
    logged, changes = LogEntry.objects.count(), BudgetChange.objects.count()
    shown = {"initial-limit": "10.00", "initial-duration": "", "duration": "", "reason": ""}
    saved = site.post(f"{BASE}{user.pk}/change/", shown | typed, follow=True).content.decode()
    assert "Nothing was changed." in saved
    assert (LogEntry.objects.count(), BudgetChange.objects.count()) == (logged, changes)


def test_only_what_was_typed_is_changed(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann", limit=30)
    post_terms(site, user, duration="14 days")
    budget = Budget.objects.get(end_user=user)
    assert (budget.total_budget_nanousd, budget.duration_days) == (30 * USD, 14)


@pytest.mark.parametrize(
    "typed", [{"limit": "-3"}, {"duration": "fortnightly"}, {"duration": "0"}, {"duration": "9" * 30}]
)
def test_bad_terms_are_refused_at_the_field(site: Client, make_user: MakeUser, typed: dict[str, str]) -> None:
    user = make_user("ann")
    response = post_terms(site, user, **typed)
    assert list(response.context["adminform"].form.errors) == list(typed)
    assert BudgetChange.objects.filter(end_user=user, source="admin").count() == 0


def test_a_user_is_added_with_a_budget(site: Client, make_user: MakeUser) -> None:
    project = make_user("ann").project
    data = {"project": project.pk, "name": "zoe", "limit": "3", "duration": "daily"}
    assert site.post(f"{BASE}add/", data).status_code == 302
    zoe = EndUser.objects.get(name="zoe")
    assert (zoe.budget.total_budget_nanousd, zoe.budget.duration_days) == (3 * USD, 1)
    assert open_period(zoe).due_at is not None
    again = site.post(f"{BASE}add/", data)
    assert again.status_code == 200
    assert EndUser.objects.filter(name="zoe").count() == 1


def test_a_reset_needs_a_reason_and_keeps_the_history(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann", spent=4)
    assert site.post(f"{BASE}{user.pk}/reset/", {"reason": " "}).status_code == 200
    assert open_period(user).cost_nanousd == 4 * USD
    site.post(f"{BASE}{user.pk}/reset/", {"reason": "refund"})
    assert open_period(user).cost_nanousd == 0
    closed = user.periods.exclude(ends_at=None).get()
    assert (closed.cost_nanousd, closed.close_note, str(closed.closed_by)) == (4 * USD, "refund", "boss")
    history = site.get(f"{BASE}{user.pk}/history/").content.decode()
    assert "Reset: spent $4.00 → $0.00. Reason: “refund”" in history


def test_an_adjustment_is_one_more_entry(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann", spent=4)
    url = f"{BASE}{user.pk}/adjust/"
    assert site.post(url, {"amount": "0", "model": "", "reason": "x"}).status_code == 200
    assert site.post(url, {"amount": "-1.5", "model": "gpt-4o", "reason": ""}).status_code == 200
    assert CostEntry.objects.count() == 1
    assert site.post(url, {"amount": "-1.5", "model": "gpt-4o", "reason": "counted twice"}).status_code == 302
    entry = CostEntry.objects.latest("id")
    assert (entry.amount_nanousd, entry.source, str(entry.actor)) == (-1.5 * USD, "adjustment", "boss")
    assert open_period(user).cost_nanousd == 2.5 * USD
    assert "spent $4.00 → $2.50" in site.get(f"{BASE}{user.pk}/history/").content.decode()


@pytest.mark.parametrize(
    ("amount", "model", "said"),
    [
        ("-4.01", "gpt-4o", "Only $4.00 was spent on gpt-4o in this period."),
        ("-0.01", "o3", "Only $0.00 was spent on o3 in this period."),
        ("-0.01", "", "Only $0.00 was spent without a model in this period. Name the model that it was spent on."),
    ],
)
def test_no_more_is_taken_back_than_was_spent_on_the_model(
    site: Client, make_user: MakeUser, amount: str, model: str, said: str
) -> None:
    user = make_user("ann", spent=4)
    response = site.post(f"{BASE}{user.pk}/adjust/", {"amount": amount, "model": model, "reason": "too much"})
    assert response.status_code == 200
    assert response.context["form"].errors == {"amount": [said]}
    assert (CostEntry.objects.count(), open_period(user).cost_nanousd) == (1, 4 * USD)
    assert "too much" not in site.get(f"{BASE}{user.pk}/history/").content.decode()


def test_an_adjustment_of_a_period_that_is_due_counts_in_the_next(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann", spent=4, days=1)
    url = f"{BASE}{user.pk}/adjust/"
    response = site.post(url, {"amount": "-1", "model": "gpt-4o", "reason": "late"})
    assert "Only $0.00 was spent on gpt-4o in this period." in response.content.decode()
    assert open_period(user).cost_nanousd == 4 * USD
    assert site.post(url, {"amount": "1", "model": "gpt-4o", "reason": "late"}).status_code == 302
    assert "spent $0.00 → $1.00" in site.get(f"{BASE}{user.pk}/history/").content.decode()


@pytest.mark.parametrize(("typed", "kept"), [(" gpt ", " gpt "), (" gpt-4o ", "gpt-4o"), ("  ", "")])
def test_a_model_is_adjusted_as_it_was_spent_on(site: Client, make_user: MakeUser, typed: str, kept: str) -> None:
    user = make_user("ann", spent=4)
    spend(user, 2, model=" gpt ")
    site.post(f"{BASE}{user.pk}/adjust/", {"amount": "1", "model": typed, "reason": "r"})
    assert CostEntry.objects.latest("id").model == kept


def test_the_adjustment_page_shows_what_each_model_cost(site: Client, make_user: MakeUser) -> None:
    html = site.get(f"{BASE}{make_user('ann', spent=0.0013).pk}/adjust/").content.decode()
    assert "<td>gpt-4o</td><td>$0.0013</td>" in html
    assert '<option value="gpt-4o">' in html


def test_archive_and_restore(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann")
    site.get(f"{BASE}{user.pk}/archive/")
    assert EndUser.objects.get(pk=user.pk).archived_at is None
    site.post(f"{BASE}{user.pk}/archive/")
    assert EndUser.objects.get(pk=user.pk).archived_at is not None
    site.post(f"{BASE}{user.pk}/restore/")
    assert EndUser.objects.get(pk=user.pk).archived_at is None


def test_many_are_reset_after_a_preview(site: Client, make_user: MakeUser) -> None:
    users = [make_user(name, spent=2) for name in ("ann", "bob")]
    other = make_user("cid", spent=3)
    chosen = {"action": "reset_selected", "_selected_action": [user.pk for user in users]}
    preview = site.post(BASE, {**chosen, "index": "0", "select_across": "0"})
    html = preview.content.decode()
    assert "Reset 2 end users?" in html
    assert "$2.00" in html
    assert all(open_period(user).cost_nanousd for user in users)
    assert site.post(BASE, {**chosen, "confirmed": "yes", "reason": ""}).status_code == 200
    assert all(open_period(user).cost_nanousd for user in users)
    site.post(BASE, {**chosen, "confirmed": "yes", "reason": "new quarter"})
    assert [open_period(user).cost_nanousd for user in (*users, other)] == [0, 0, 3 * USD]


def test_many_are_archived_and_restored(site: Client, make_user: MakeUser) -> None:
    users = [make_user(name) for name in ("ann", "bob")]
    chosen = {"_selected_action": [user.pk for user in users], "confirmed": "yes"}
    site.post(BASE, {**chosen, "action": "archive_selected"})
    assert EndUser.objects.filter(archived_at=None).count() == 0
    site.post(f"{BASE}?archived=yes", {**chosen, "action": "restore_selected"})
    assert EndUser.objects.filter(archived_at=None).count() == 2


@pytest.mark.parametrize("page", ["reset", "adjust", "archive", "restore"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_viewer_may_not_act(viewer_site: Client, make_user: MakeUser, page: str, method: str) -> None:
    user = make_user("ann", spent=2)
    data = {"reason": "r", "amount": "1", "model": ""}
    assert getattr(viewer_site, method)(f"{BASE}{user.pk}/{page}/", data).status_code == 403
    assert open_period(user).cost_nanousd == 2 * USD
    assert EndUser.objects.get(pk=user.pk).archived_at is None


def test_a_viewer_sees_the_page_but_changes_nothing(viewer_site: Client, make_user: MakeUser) -> None:
    user = make_user("ann", spent=2)
    html = viewer_site.get(f"{BASE}{user.pk}/change/").content.decode()
    assert "$10.00" in html
    assert "Reset now" not in html
    assert post_terms(viewer_site, user, limit="99").status_code == 403
    for act in ("reset_selected", "archive_selected"):
        viewer_site.post(BASE, {"action": act, "_selected_action": [user.pk], "confirmed": "yes", "reason": "r"})
    assert open_period(user).cost_nanousd == 2 * USD
    assert EndUser.objects.get(pk=user.pk).archived_at is None


def test_nobody_deletes(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann")
    archive(end_user=user, now=NOW)
    assert site.post(f"{BASE}{user.pk}/delete/", {"post": "yes"}).status_code == 403


def test_an_unknown_user_is_not_found(site: Client) -> None:
    assert site.get(f"{BASE}999/reset/").status_code == 404
