"""That a post which is taken in part by part counts as if it were taken in at once."""

import copy
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from budgets.domain.money import MAX_USD
from budgets.domain.posts import as_posted
from budgets.domain.records import PostError
from budgets.models import ClientFlag, CostEntry, EndUser, HighWater, HourSpend, Period, Project, View
from budgets.services import post_reading, posts, view_lookup
from budgets.tests.bench.load import Program, new_records
from budgets.tests.factories import NOW, SECOND, WireClient, broken, make_caller, make_project, make_user, nanousd

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=3)
USERS = [f"user {number}" for number in range(5)]
History = Callable[[WireClient], None]


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts of two users each."""
    monkeypatch.setattr(posts, "PART_RECORDS", 2)
    monkeypatch.setattr(view_lookup, "USERS_AT_A_TIME", 2)


def spend_on_all(client: WireClient, usd: float) -> None:
    for name in client.user_dict:
        client.spend(name, usd)


def made_read_and_spent(client: WireClient) -> None:
    client.post()
    spend_on_all(client, 1)
    client.post(NOW + SECOND)
    spend_on_all(client.load_data(NOW + 2 * SECOND), 2)
    client.post(NOW + 3 * SECOND)
    client.post(NOW + 4 * SECOND)


def nothing_but_an_overtaken_snapshot(client: WireClient) -> None:
    client.post()
    spend_on_all(client.load_data(), 1)
    late = client.snapshot()
    spend_on_all(client, 1)
    client.post(NOW + SECOND)
    client.post(NOW + 2 * SECOND, late)


def a_reset_that_only_the_last_record_tells_from_a_late_post(client: WireClient) -> None:
    client.post()
    spend_on_all(client.load_data(), 2)
    client.post(NOW + SECOND)
    client.reset_cost(USERS[0])
    client.spend(USERS[0], 1)
    client.spend(USERS[-1], 1)
    client.post(NOW + 2 * SECOND)


def copies_that_only_the_last_record_proves(client: WireClient) -> None:
    client.post()
    client.load_data()
    other = copy.deepcopy(client)
    for name in (USERS[0], USERS[-1]):
        client.spend(name, 5)
    client.post(NOW + SECOND)
    other.spend(USERS[0], 3)
    other.post(NOW + LATER)


def late_posts_of_an_older_window(client: WireClient) -> None:
    client.post()
    spend_on_all(client.load_data(), 1)
    client.post(NOW + SECOND)
    spend_on_all(client, 1)
    late, later = client.snapshot(), NOW + timedelta(days=8)
    for name in USERS:
        client.reset_on_duration(name, later)
    spend_on_all(client, 3)
    client.post(later)
    client.post(later + SECOND, late)


def a_program_that_makes_all_it_read_anew(client: WireClient) -> None:
    client.post()
    spend_on_all(client.load_data(), 1)
    client.post(NOW + SECOND)
    for minutes in (1, 2):
        for name in USERS:
            client.create_budget(name, 20, days=7, created_at=NOW + SECOND)
        spend_on_all(client, minutes)
        client.post(NOW + minutes * LATER)


def ledger_after(history: History, name: str) -> list[Any]:
    """All that a history has left in a project of its own, but for ids and tokens."""
    project = make_project(name)
    client = WireClient(project, make_caller(project, "worker"))
    for user in USERS:
        client.create_budget(user, 10, days=7)
    history(client)
    assert broken(project) == []
    user = "end_user__name"
    return [
        list(rows.filter(project=project).values_list(*columns).order_by(*columns))
        for rows, columns in (
            (EndUser.objects, ("name", "version", "last_spend_at", "extra_json")),
            (CostEntry.objects, (user, "version", "model", "amount_nanousd", "source", "is_shared")),
            (Period.objects, (user, "starts_at", "ends_at", "cost_nanousd", "close_reason")),
            (HighWater.objects, (user, "generation", "total_budget_nanousd", "raised_at", "period__cost_nanousd")),
            (View.objects, ("read_at", "forked_at", "last_post_at")),
            (ClientFlag.objects, ("kind", "count")),
        )
    ]


@pytest.mark.parametrize(
    "history",
    [
        made_read_and_spent,
        nothing_but_an_overtaken_snapshot,
        a_reset_that_only_the_last_record_tells_from_a_late_post,
        copies_that_only_the_last_record_proves,
        late_posts_of_an_older_window,
        a_program_that_makes_all_it_read_anew,
    ],
)
def test_the_parts_leave_what_the_whole_would(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ledger_after(history, "whole")
    for size in (1, 2, 4):
        monkeypatch.setattr(posts, "PART_RECORDS", size)
        monkeypatch.setattr(view_lookup, "USERS_AT_A_TIME", size)
        assert ledger_after(history, f"parts of {size}") == whole


@pytest.mark.usefixtures("small_parts")
def test_what_was_posted_in_parts_is_known_to_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    client = WireClient(project, make_caller(project))
    for user in USERS:
        client.create_budget(user, 10)
    client.post()
    readings = []
    read_post = post_reading.read_post

    def noted(*args: Any) -> post_reading.Reading:
        readings.append(read_post(*args))
        return readings[-1]

    monkeypatch.setattr("budgets.services.posts.read_post", noted)
    client.post()
    assert readings[0].records == []


@pytest.mark.usefixtures("small_parts")
def test_faults_in_any_part_are_told_together_and_nothing_is_written() -> None:
    project = make_project()
    client = WireClient(project, make_caller(project))
    for user in USERS:
        client.create_budget(user, 10)
    for name in (USERS[1], USERS[-1]):
        client.user_dict[name]["total_budget"] = -1
    with pytest.raises(PostError) as refused, CaptureQueriesContext(connection) as queries:
        client.post()
    assert [fault.pointer for fault in refused.value.faults] == [
        f"/user_dict/{name}/total_budget" for name in (USERS[1], USERS[-1])
    ]
    assert not [one["sql"] for one in queries if one["sql"].startswith(("INSERT INTO budgets_enduser", "UPDATE"))]
    assert not EndUser.objects.exists()


@pytest.mark.usefixtures("small_parts")
def test_a_period_that_would_hold_too_much_undoes_the_parts_before_it() -> None:
    project = make_project()
    for user in USERS:
        make_user(project, user, usd=None, days=None)
    clients = [WireClient(project, make_caller(project, name)).load_data() for name in ("one", "two")]
    clients[0].spend(USERS[-1], MAX_USD - 1)
    clients[0].post()
    spend_on_all(clients[1], 2)
    with pytest.raises(PostError, match="a period cannot hold more"):
        clients[1].post()
    assert CostEntry.objects.count() == 1
    assert broken() == []


@pytest.mark.usefixtures("small_parts")
def test_all_users_are_locked_before_any_is_written_and_the_sums_that_all_share_come_last() -> None:
    project = make_project()
    for user in USERS:
        make_user(project, user)
    client = WireClient(project, make_caller(project)).load_data()
    spend_on_all(client, 1)
    with CaptureQueriesContext(connection) as queries:
        client.post()
    # Of a statement that is run for each of some rows, Django says how many "times: " it was.
    statements = [one["sql"].replace('"', "").split(" times: ")[-1] for one in queries]

    def places(start: str) -> list[int]:
        return [at for at, text in enumerate(statements) if text.startswith(start)]

    locking = places("SELECT budgets_enduser.id AS pk")
    # On SQLite the transaction has the one lock.
    assert len(locking) == (1 if connection.features.has_select_for_update else 0)
    (hour,) = places("INSERT INTO budgets_hourspend")
    (client_day,) = places("INSERT INTO budgets_clientdayspend")
    entries, high_waters = places("INSERT INTO budgets_costentry"), places("INSERT INTO budgets_highwater")
    assert len(entries) == len(high_waters) == 3
    assert not locking or locking[0] < min(entries)
    assert max(entries + high_waters) < hour < client_day
    assert HourSpend.objects.get().cost_nanousd == nanousd(len(USERS))
    assert broken() == []


def test_a_large_post_takes_up_a_few_times_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "PART_RECORDS", 50)
    project = make_project()
    caller = make_caller(project)

    def post(records: dict[str, Any]) -> tuple[int, int]:
        """The bytes of the body, and the most that was taken up besides."""
        user_dict = as_posted(records)
        tracemalloc.start()
        posts.set_budget(project=Project.objects.get(), caller=caller, user_dict=user_dict, now=NOW)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return len(Program("p", records).body()), most

    post({})
    post(new_records(1))
    body, most = post(new_records(3_000))
    assert EndUser.objects.count() == 3_000
    assert most < 5 * body


def test_records_of_much_text_are_taken_in_by_the_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "PART_BYTES", 3_000)
    parts: list[int] = []
    plain = posts._Post._write

    def written(self: Any, batch: Any, part: Any, *args: Any, **options: Any) -> None:
        parts.append(len(part.raws))
        plain(self, batch, part, *args, **options)

    monkeypatch.setattr(posts._Post, "_write", written)
    project = make_project()
    client = WireClient(project, make_caller(project))
    for user, models in (("a", 60), ("b", 1), ("c", 1), ("d", 250), ("e", 1)):
        client.create_budget(user, 10)
        for model in range(models):
            client.spend(user, 0.01, f"model {model}")
    client.post()
    # What is too large by itself is a part by itself.
    assert parts == [3, 1, 1]
    assert CostEntry.objects.count() == 60 + 1 + 1 + 250 + 1
    assert broken() == []
