"""Copies of one client, and processes that share a client id: flagged, counted by their highest figure, added up."""

import copy
from datetime import datetime, timedelta

import pytest

from budgets.domain.flags import FlagKind
from budgets.domain.windows import Step, Window, floor_day
from budgets.models import Client, ClientFlag, CostEntry, EndUser, HourSpend, Project, View
from budgets.queries.access import only
from budgets.queries.clients import flags_of
from budgets.queries.shared_spend import Doubt, doubts_of, shared_spend
from budgets.services.end_users import archive
from budgets.tests.factories import (
    HOUR,
    NOW,
    SECOND,
    WireClient,
    broken,
    closings,
    make_caller,
    make_project,
    make_user,
    nanousd,
)

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=3)


def kinds(project: Project) -> list[str]:
    return sorted(ClientFlag.objects.filter(project=project).values_list("kind", flat=True))


def lifetime_nanousd(user: EndUser) -> int:
    return sum(CostEntry.objects.filter(end_user=user).values_list("amount_nanousd", flat=True))


def shared_nanousd(project: Project) -> tuple[int, int]:
    """What the rollups say stands on a highest figure, in the window of these tests and ever."""
    start = floor_day(NOW)
    window = Window(start, NOW + 24 * HOUR, Step.HOUR, start)
    shared = shared_spend(window, reach=only(project))
    return shared.in_window_nanousd, shared.ever_nanousd


def forked(client: WireClient, copies: int = 2) -> list[WireClient]:
    return [copy.deepcopy(client) for _ in range(copies)]


def take_turns(clients: list[WireClient], user: str, *, turns: int, now: datetime = NOW) -> datetime:
    """Each spends a little and posts, one after another."""
    for turn in range(turns):
        now += LATER
        clients[turn % len(clients)].spend(user, 0.1)
        clients[turn % len(clients)].post(now)
    return now


def test_figures_that_go_back_and_forth_are_flagged_and_then_counted_by_the_highest() -> None:
    project = make_project()
    user = make_user(project, usd=100, days=None)
    first, second = forked(WireClient(project, make_caller(project)).load_data(NOW))
    first.spend("u", 5)
    first.post(NOW)
    second.spend("u", 3)
    second.post(NOW + LATER)
    at = take_turns([first, second], "u", turns=5, now=NOW + LATER)
    assert kinds(project) == [FlagKind.FORKED, FlagKind.RESET_NOT_SAVED]
    assert View.objects.get(forked_at__isnull=False).forked_at == at
    client = Client.objects.get()
    before, periods = lifetime_nanousd(user), len(closings(user))
    assert doubts_of(client) == [Doubt(user, before - nanousd(5.3))]
    take_turns([second, first], "u", turns=4, now=at)
    assert lifetime_nanousd(user) == before + nanousd(0.2)
    assert len(closings(user)) == periods
    assert shared_nanousd(project) == (nanousd(0.3), nanousd(0.3))
    assert broken() == []


def test_a_dict_that_lacks_a_user_posted_long_ago_is_another_process_s() -> None:
    project = make_project()
    make_user(project)
    first, second = forked(WireClient(project, make_caller(project)).load_data(NOW))
    first.create_budget("mine", 10)
    first.spend("mine", 1)
    first.post(NOW)
    second.spend("u", 1)
    second.post(NOW + SECOND)
    assert kinds(project) == []
    second.spend("u", 1)
    second.post(NOW + LATER)
    assert kinds(project) == [FlagKind.FORKED]
    # What was counted until then was exact: no figure had gone down.
    assert lifetime_nanousd(EndUser.objects.get(name="u")) == nanousd(2)
    assert doubts_of(Client.objects.get()) == []


def test_a_copy_that_never_touched_a_user_is_no_reset_of_it() -> None:
    project = make_project()
    user = make_user(project)
    make_user(project, "v")
    first, second = forked(WireClient(project, make_caller(project)).load_data(NOW))
    first.spend("u", 4)
    first.post(NOW)
    second.spend("v", 1)
    second.post(NOW + LATER)
    first.spend("u", 1)
    first.post(NOW + 2 * LATER)
    assert FlagKind.FORKED in kinds(project)
    assert lifetime_nanousd(user) == nanousd(5)
    assert closings(user) == []


def test_processes_under_one_client_id_that_began_on_an_empty_project_are_flagged() -> None:
    project = make_project()
    caller = make_caller(project)
    first, second = (WireClient(project, caller).load_data(NOW) for _ in range(2))
    for client, user in ((first, "a"), (second, "b")):
        client.create_budget(user, 10)
        client.spend(user, 1)
        client.post(NOW + LATER)
    first.spend("a", 1)
    first.post(NOW + 3 * LATER)
    assert kinds(project) == [FlagKind.SHARED_CLIENT_ID]
    assert shared_nanousd(project)[1] == nanousd(1)
    assert broken() == []


def test_one_process_that_lost_its_dict_by_reading_too_early_is_not_two() -> None:
    project = make_project()
    client = WireClient(project, make_caller(project)).load_data(NOW)
    client.create_budget("a", 10)
    client.spend("a", 1)
    on_its_way = client.snapshot()
    client.load_data(NOW)
    client.post(NOW + 20 * SECOND, on_its_way)
    client.create_budget("b", 10)
    client.spend("b", 1)
    client.post(NOW + LATER)
    assert kinds(project) == []


def test_a_process_begun_after_a_user_was_archived_is_not_another() -> None:
    project = make_project()
    caller = make_caller(project)
    client = WireClient(project, caller).load_data(NOW)
    client.create_budget("a", 10)
    client.spend("a", 1)
    client.post(NOW + LATER)
    archive(end_user=EndUser.objects.get(), now=NOW + LATER)
    again = WireClient(project, caller).load_data(NOW + 2 * LATER)
    again.create_budget("b", 10)
    again.spend("b", 1)
    again.post(NOW + 3 * LATER)
    assert kinds(project) == []


def test_what_anonymous_clients_post_is_added_up_to_the_nano() -> None:
    project, other = make_project(), make_project("other")
    make_user(project, "read")
    caller = make_caller(None, client_id="")
    for one, usd in ((project, 0.1), (project, 0.2), (other, 0.7)):
        client = WireClient(one, caller)
        client.create_budget(f"u{usd}", 10)
        client.spend(f"u{usd}", usd)
        client.post(NOW)
    # A record that was read has a mark, which tells the process: no doubt about it.
    reader = WireClient(project, caller).load_data(NOW)
    reader.spend("read", 5)
    reader.post(NOW)
    assert shared_nanousd(project) == (nanousd(0.3), nanousd(0.3))
    assert shared_nanousd(other) == (nanousd(0.7), nanousd(0.7))
    client_of = Client.objects.get(project=project)
    assert client_of.shared_nanousd == nanousd(0.3)
    assert [flag.shared_nanousd for flag in flags_of(client_of)] == [nanousd(0.3)]
    assert broken() == []


def test_the_ledger_check_finds_a_sum_that_is_not_that_of_the_entries() -> None:
    project = make_project()
    client = WireClient(project, make_caller(project, client_id=""))
    client.create_budget("u", 10)
    client.spend("u", 1)
    client.post(NOW)
    Client.objects.update(shared_nanousd=1)
    HourSpend.objects.update(shared_nanousd=0)
    found = [(one.invariant, one.expected, one.found) for one in broken()]
    assert found == [
        (
            2,
            "1000000000 nano-USD in 1 entries, 1000000000 nano-USD of it shared",
            "1000000000 nano-USD in 1 entries",
        ),
        (2, "1000000000 nano-USD", "1 nano-USD"),
    ]
