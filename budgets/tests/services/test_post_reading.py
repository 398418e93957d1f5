"""That a post of which only a part is read counts as if all of it were."""

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext

from budgets.domain import segments
from budgets.domain.segments import UNKNOWN, Cut, Digests
from budgets.domain.terms import Terms
from budgets.models import ClientFlag, CostEntry, EndUser, HighWater, Period, Project, View
from budgets.models.end_user import ChangeSource
from budgets.services import post_reading
from budgets.services.budgets import change_terms
from budgets.services.end_users import archive, restore
from budgets.tests.factories import (
    NOW,
    SECOND,
    WireClient,
    broken,
    make_caller,
    make_project,
    make_user,
    nanousd,
    spend,
)

MINUTE = 60 * SECOND
pytestmark = pytest.mark.django_db


@pytest.fixture
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many segments of a few users."""
    monkeypatch.setattr(segments, "SEGMENT_USERS", 2)


@pytest.fixture
def read_users(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many users' records were read of each post."""
    found: list[int] = []
    read_post = post_reading.read_post

    def counted(*args: Any) -> post_reading.Reading:
        reading = read_post(*args)
        found.append(len(reading.records))
        return reading

    monkeypatch.setattr("budgets.services.posts.read_post", counted)
    return found


def client_with(project: Project, count: int) -> WireClient:
    """A long-lived program, all of whose users have spent."""
    first = WireClient(project, make_caller(project, "first"))
    for number in range(count):
        first.create_budget(f"user {number}", 10)
    first.post()
    client = WireClient(project, make_caller(project)).load_data()
    for name in client.user_dict:
        client.spend(name, 1)
    client.post()
    return client


def total(name: str = "user 7") -> int:
    return sum(EndUser.objects.get(name=name).entries.values_list("amount_nanousd", flat=True))


@pytest.mark.usefixtures("small_segments")
def test_only_the_segment_of_a_change_is_read(read_users: list[int]) -> None:
    client = client_with(make_project(), 40)
    read_users.clear()
    for _ in range(3):
        client.spend("user 7", 1)
        client.post()
    client.post()
    assert total() == 4 * 10**9
    assert max(read_users[:3]) < 10
    assert read_users[3] == 0


@pytest.mark.usefixtures("small_segments")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_late_older_post_says_nothing_and_the_next_is_whole_again(order: tuple[int, int]) -> None:
    client = client_with(make_project(), 40)
    posts = []
    for _ in range(2):
        client.spend("user 7", 1)
        client.spend("user 30", 2)
        posts.append(client.snapshot())
    for at in order:
        client.post(user_dict=posts[at])
    client.spend("user 7", 1)
    client.post()
    assert (total(), total("user 30")) == (4 * 10**9, 5 * 10**9)
    assert broken() == []


@pytest.mark.usefixtures("small_segments")
def test_a_user_that_a_post_lacks_is_missed_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_with(make_project(), 40)
    readings = []
    read_post = post_reading.read_post

    def noted(*args: Any) -> post_reading.Reading:
        readings.append(read_post(*args))
        return readings[-1]

    monkeypatch.setattr("budgets.services.posts.read_post", noted)
    del client.user_dict["user 7"]
    for minute in range(3):
        client.spend("user 8", 1)
        client.post(NOW + 3 * minute * MINUTE)
    # At first it may have been made by another thread that has not posted yet.
    found = [bool(reading.lacked(NOW + 3 * minute * MINUTE)) for minute, reading in enumerate(readings)]
    assert found == [False, True, True]
    assert max(len(reading.records) for reading in readings) < 20
    assert [flag.kind for flag in ClientFlag.objects.all()] == ["forked"]


@pytest.mark.usefixtures("small_segments")
def test_a_program_that_read_and_made_everything_anew_as_before_has_spent_again() -> None:
    client = WireClient(make_project(), caller := make_caller(Project.objects.get()))
    for run in range(2):
        for number in range(40):
            client.create_budget(f"user {number}", 5)
            client.spend(f"user {number}", 1)
        client.post(NOW + run * MINUTE)
        WireClient(client.project, caller).load_data(NOW + run * MINUTE + SECOND)
    assert {total(f"user {number}") for number in range(40)} == {2 * 10**9}


@pytest.mark.usefixtures("small_segments")
def test_an_archived_user_stays_archived_and_its_spend_is_kept() -> None:
    client = client_with(make_project(), 40)
    archive(end_user=EndUser.objects.get(name="user 7"), now=NOW)
    client.spend("user 7", 1)
    client.spend("user 8", 1)
    client.post()
    assert (total(), total("user 8")) == (2 * 10**9, 2 * 10**9)
    assert EndUser.objects.get(name="user 7").archived_at == NOW


@pytest.mark.usefixtures("small_segments")
def test_users_whose_names_have_one_hash_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("budgets.domain.segments", "budgets.services.view_history"):
        monkeypatch.setattr(f"{module}.name_hash", lambda name: 7)
    monkeypatch.setattr(segments, "crc32", lambda text: 14)
    client = client_with(make_project(), 40)
    for number in range(40):
        client.spend(f"user {number}", number + 1)
        client.post()
    assert [total(f"user {number}") for number in range(40)] == [(number + 2) * 10**9 for number in range(40)]


@pytest.mark.usefixtures("small_segments")
def test_a_dict_may_grow_beyond_its_segments(read_users: list[int]) -> None:
    client = client_with(make_project(), 3)
    for number in range(3, 60):
        client.create_budget(f"user {number}", 5)
        client.spend(f"user {number}", 1)
        client.post()
    assert CostEntry.objects.count() == 60
    bits = Digests.from_bytes(bytes(View.objects.get(read_at__isnull=False).segments)).bits
    assert bits > 2
    client.spend("user 7", 1)
    client.post()
    assert read_users[-1] < 20
    assert broken() == []


@pytest.mark.usefixtures("small_segments")
def test_another_post_taken_in_meanwhile_leaves_nothing_known(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_with(make_project(), 40)
    read_post = post_reading.read_post
    other = client.snapshot()
    other["user 7"] |= {"current_cost": 5, "model_cost": {"gpt-4o": 5}}

    def meanwhile(*args: Any) -> post_reading.Reading:
        reading = read_post(*args)
        monkeypatch.setattr("budgets.services.posts.read_post", read_post)
        client.post(user_dict=other)
        return reading

    client.spend("user 7", 1)
    monkeypatch.setattr("budgets.services.posts.read_post", meanwhile)
    client.post()
    assert set(Digests.from_bytes(bytes(View.objects.get(read_at__isnull=False).segments)).by_segment) == {UNKNOWN}
    client.user_dict = other
    client.spend("user 8", 1)
    client.post()
    assert (total(), total("user 8")) == (5 * 10**9, 2 * 10**9)


def take(number: int) -> Callable[[Project, list[WireClient], random.Random], object]:
    """One of the things that may happen."""

    def user_of(client: WireClient, choice: random.Random) -> str:
        return choice.choice(sorted(client.user_dict))

    def spend_some(project: Project, clients: list[WireClient], choice: random.Random) -> None:
        client = choice.choice(clients)
        client.spend(user_of(client, choice), choice.randint(1, 9))

    def create(project: Project, clients: list[WireClient], choice: random.Random) -> None:
        choice.choice(clients).create_budget(f"user {choice.randint(0, 15)}", choice.randint(1, 9))

    def reset(project: Project, clients: list[WireClient], choice: random.Random) -> None:
        client = choice.choice(clients)
        client.reset_cost(user_of(client, choice))

    def fork(project: Project, clients: list[WireClient], choice: random.Random) -> None:
        parent = choice.choice(clients)
        child = WireClient(project, parent.caller)
        child.user_dict = parent.snapshot()
        clients.append(child)

    def read(project: Project, clients: list[WireClient], choice: random.Random) -> None:
        choice.choice(clients).load_data(project.now)  # type: ignore[attr-defined]

    def by_admin(project: Project, clients: list[WireClient], choice: random.Random) -> None:
        user = project.end_users.order_by("name")[choice.randint(0, 5)]
        acts: list[Callable[[], object]] = [
            lambda: archive(end_user=user, now=NOW),
            lambda: restore(end_user=user, now=NOW),
            lambda: spend(user, 1),
            lambda: change_terms(
                end_user=user, terms=Terms(nanousd(7), None), source=ChangeSource.ADMIN, actor=None, reason="", now=NOW
            ),
        ]
        choice.choice(acts)()

    return (spend_some, spend_some, spend_some, create, reset, fork, read, by_admin)[number]


def history(seed: int) -> list[object]:
    """What is stored after one history of programs that post, late posts among them."""
    choice = random.Random(seed)
    project = make_project(f"p {seed} {Project.objects.count()}")
    for number in range(12):
        make_user(project, f"user {number}", days=None)
    clients = [WireClient(project, make_caller(project, name)).load_data() for name in ("one", "two")]
    late: list[tuple[WireClient, Any]] = []
    for step in range(40):
        project.now = NOW + step * MINUTE  # type: ignore[attr-defined]
        take(choice.randint(0, 7))(project, clients, choice)
        client = choice.choice(clients)
        late.append((client, client.snapshot()))
        if choice.random() < 0.3:
            client, snapshot = choice.choice(late)
            client.post(project.now, snapshot)  # type: ignore[attr-defined]
        else:
            client.post(project.now)  # type: ignore[attr-defined]
    costs = ("end_user__name", "model", "amount_nanousd", "version", "recorded_at")
    periods = ("end_user__name", "opened_version", "cost_nanousd", "close_reason")
    terms = ("name", "version", "archived_at", "budget__total_budget_nanousd")
    counts = ("end_user__name", "generation", "cost_by_model", "raised_at")
    # Sorted, for which of one post's users comes first says nothing.
    return [
        sorted(map(str, model.objects.filter(project=project).values_list(*columns)))
        for model, columns in ((CostEntry, costs), (Period, periods), (EndUser, terms), (HighWater, counts))
    ] + [Counter(ClientFlag.objects.filter(project=project).values_list("client__client_id", "kind", "count"))]


@pytest.mark.usefixtures("small_segments")
def test_histories_count_as_if_every_post_were_read_whole(
    monkeypatch: pytest.MonkeyPatch, read_users: list[int]
) -> None:
    for seed in range(8):
        in_part = history(seed)
        with monkeypatch.context() as patch:
            patch.setattr(Cut, "unlike", lambda self, known: list(range(len(self.segments))))
            assert history(seed) == in_part, seed
    assert min(read_users) == 0
    assert broken() == []


@pytest.fixture
def read_rows(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many rows the database has answered with."""
    rows: Counter[str] = Counter()
    plain = CursorWrapper.__getattr__

    def counting(self: CursorWrapper, name: str) -> Any:
        attribute = plain(self, name)
        if not name.startswith("fetch"):
            return attribute

        def fetch(*args: Any) -> Any:
            found = attribute(*args)
            rows["read"] += len(found) if isinstance(found, list) else int(found is not None)
            return found

        return fetch

    monkeypatch.setattr(CursorWrapper, "__getattr__", counting)
    return rows


def client_that_made_all(project: Project, count: int) -> WireClient:
    """A long-lived program that made its users itself; another under its name has read since."""
    client = WireClient(project, make_caller(project))
    for number in range(count):
        client.create_budget(f"user {number}", 10, days=28)
        client.spend(f"user {number}", 1)
    client.post()
    WireClient(project, client.caller).load_data(NOW + MINUTE)
    client.spend("user 0", 1)
    client.post(NOW + 2 * MINUTE)
    return client


@pytest.mark.parametrize("client_of", [client_with, client_that_made_all])
def test_a_change_costs_the_same_statements_and_rows_beside_ten_users_and_two_thousand(
    client_of: Callable[[Project, int], WireClient], read_rows: Counter[str]
) -> None:
    costs = []
    for count in (10, 2_000):
        client = client_of(make_project(f"of {count}"), count)
        client.spend("user 7", 1)
        read_rows.clear()
        with CaptureQueriesContext(connection) as queries:
            client.post(NOW + 3 * MINUTE)
        statements = [one["sql"] for one in queries if "SAVEPOINT" not in one["sql"]]
        costs.append((len(statements), read_rows["read"]))
    (few, few_rows), (many, many_rows) = costs
    assert few == many
    assert few_rows < many_rows + 10 < 4 * segments.SEGMENT_USERS


def test_an_archived_user_that_the_client_has_posted_before_comes_back_as_a_change_of_the_roster() -> None:
    project = make_project()
    caller = make_caller(project)
    client = WireClient(project, caller)
    client.create_budget("u", 10)
    client.post(NOW)
    archive(end_user=EndUser.objects.get(), now=NOW + SECOND)
    client = WireClient(project, caller).load_data(NOW + MINUTE)
    client.create_budget("u", 20)
    before = Project.objects.get().roster_version
    client.post(NOW + MINUTE + SECOND)
    user = EndUser.objects.get()
    assert user.archived_at is None
    assert user.roster_version == Project.objects.get().roster_version == before + 1
