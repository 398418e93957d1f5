"""Acts on many end users: what the preview tells is what is done, once, to those who need it."""

import re
from typing import Any

import pytest
from django.test import Client

from budgets.admin import end_user_bulk
from budgets.models import Budget, BudgetChange, EndUser
from budgets.tests.admin.conftest import USD, MakeUser

LIST = "/admin/budgets/enduser/"


def act(site: Client, action: str, users: list[EndUser], **typed: Any) -> Any:
    chosen = {"action": action, "_selected_action": [user.pk for user in users], "index": "0"}
    return site.post(LIST, chosen | typed, follow=True)


def limits(*users: EndUser) -> list[float | None]:
    found = [Budget.objects.get(end_user=user).total_budget_nanousd for user in users]
    return [None if limit is None else limit / USD for limit in found]


def confirm(site: Client, preview: Any) -> Any:
    """Press the button of a preview, with the fields that it carries."""
    return site.post(LIST, hidden_fields(preview), follow=True)


def hidden_fields(preview: Any) -> dict[str, list[str]]:
    data: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', preview.content.decode()):
        data.setdefault(name, []).append(value)
    return data


def said(response: Any) -> str:
    return " ".join(str(message) for message in response.context["messages"])


def test_a_limit_is_asked_for_previewed_and_set(site: Client, make_user: MakeUser) -> None:
    ann, bob, cid = make_user("ann", limit=10), make_user("bob", limit=None), make_user("cid", limit=25)
    asked = act(site, "set_limit_selected", [ann, bob, cid])
    assert "Nothing changes yet" in asked.content.decode()
    preview = act(site, "set_limit_selected", [ann, bob, cid], previewed="yes", limit="25", reason="new plan")
    html = preview.content.decode()
    assert "Set the limit of 2 end users?" in html
    assert "<td>$10.00</td><td>$25.00</td>" in html
    assert "1 more selected: nothing changes" in html
    assert limits(ann, bob, cid) == [10, None, 25]
    assert "Changed the limit of 2 end users." in said(confirm(site, preview))
    assert limits(ann, bob, cid) == [25, 25, 25]
    assert BudgetChange.objects.filter(end_user=ann).latest("id").reason == "new plan"
    assert BudgetChange.objects.filter(end_user=cid, source="admin").count() == 0
    assert "limit: unlimited → $25.00. Reason: “new plan”" in site.get(f"{LIST}{bob.pk}/history/").content.decode()


def test_limits_are_raised_by_percent_once_however_often_the_form_is_sent(site: Client, make_user: MakeUser) -> None:
    ann, bob, free = make_user("ann", limit=10.1), make_user("bob", limit=0.000004), make_user("free", limit=None)
    preview = act(site, "scale_limit_selected", [ann, bob, free], previewed="yes", percent="25 %", reason="")
    assert "raised by 25 %" in preview.content.decode()
    confirm(site, preview)
    assert limits(ann, bob, free) == [12.62, 0.000005, None]
    assert "none of the selected users needs it" in said(confirm(site, preview))
    assert limits(ann, bob, free) == [12.62, 0.000005, None]


@pytest.mark.parametrize("typed", ["0", "-101", "10001", "nan", "1e9999", "ten", ""])
def test_a_bad_percentage_is_refused_at_its_box(site: Client, make_user: MakeUser, typed: str) -> None:
    ann = make_user("ann", limit=10)
    response = act(site, "scale_limit_selected", [ann], previewed="yes", confirmed="yes", percent=typed, reason="")
    assert list(response.context["form"].errors) == ["percent"]
    assert limits(ann) == [10]


def test_a_duration_is_set(site: Client, make_user: MakeUser) -> None:
    ann, bob = make_user("ann", days=1), make_user("bob", days=14)
    confirm(site, act(site, "set_duration_selected", [ann, bob], previewed="yes", duration="weekly", reason=""))
    assert [Budget.objects.get(end_user=user).duration_days for user in (ann, bob)] == [7, 7]
    assert "duration: daily → weekly." in site.get(f"{LIST}{ann.pk}/history/").content.decode()


@pytest.mark.parametrize(
    ("action", "typed"),
    [
        ("set_limit_selected", {"limit": "10"}),
        ("set_duration_selected", {"duration": ""}),
        ("scale_limit_selected", {"percent": "0.0001"}),
        ("restore_selected", {}),
    ],
)
def test_what_nobody_needs_is_not_done(site: Client, make_user: MakeUser, action: str, typed: dict[str, str]) -> None:
    ann = make_user("ann", limit=10)
    response = act(site, action, [ann], previewed="yes", **typed)
    assert "none of the selected users needs it. Nothing was changed." in said(response)
    assert BudgetChange.objects.filter(end_user=ann).count() == 1


def test_more_than_the_bound_is_refused(site: Client, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(end_user_bulk, "MAX_BULK", 1)
    users = [make_user("ann"), make_user("bob")]
    for typed in ({}, {"previewed": "yes", "limit": "1"}, {"confirmed": "yes", "limit": "1"}):
        assert "Select at most 1 users at a time. Nothing was changed." in said(
            act(site, "set_limit_selected", users, **typed)
        )
    assert limits(*users) == [10, 10]


def test_a_reset_confirmed_twice_closes_one_period(site: Client, make_user: MakeUser) -> None:
    ann, bob = make_user("ann", spent=3), make_user("bob", spent=4)
    preview = act(site, "reset_selected", [ann, bob])
    data = hidden_fields(preview) | {"reason": ["new term"]}
    only_ann = data | {"_selected_action": [str(ann.pk)]}
    assert "Reset 1 end user." in said(site.post(LIST, only_ann, follow=True))
    assert "Reset 1 end user. 1 skipped: changed since" in said(site.post(LIST, data, follow=True))
    assert "Nothing was changed" in said(site.post(LIST, data, follow=True))
    assert [user.periods.count() for user in (ann, bob)] == [2, 2]


@pytest.mark.parametrize("selected", ["abc", "\0", "9" * 30, ""])
def test_what_is_no_id_selects_nobody(site: Client, make_user: MakeUser, selected: str) -> None:
    make_user("ann")
    response = site.post(LIST, {"action": "reset_selected", "_selected_action": [selected], "index": "0"}, follow=True)
    assert "Items must be selected" in said(response)
