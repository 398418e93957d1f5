"""`/set_budget`'s service: what client processes post ends up in the ledger once, whatever they do."""

from datetime import timedelta

import pytest

from budgets.domain.flags import FlagKind
from budgets.domain.records import PostError
from budgets.domain.terms import Terms
from budgets.models import BudgetChange, Client, ClientFlag, CostEntry, EndUser, HighWater, Project, View
from budgets.models.end_user import ChangeSource
from budgets.models.period import CloseReason
from budgets.services.budgets import change_terms
from budgets.services.end_users import archive, restore
from budgets.services.ledger import adjust
from budgets.services.periods import reset_cost
from budgets.services.rolls import roll_if_due
from budgets.tests.factories import (
    DAY,
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
    open_period,
    spend,
    spent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def client_of(project: Project, client_id: str = "worker-1", *, imported_after: timedelta = timedelta(0)) -> WireClient:
    return WireClient(project, make_caller(project, client_id), imported_at=NOW + imported_after)


def user() -> EndUser:
    return EndUser.objects.get(name="u")


def set_limit(usd: float, days: int | None = 1) -> None:
    change_terms(
        end_user=user(), terms=Terms(nanousd(usd), days), source=ChangeSource.ADMIN, actor=None, reason="", now=NOW
    )


def test_a_new_user_is_made_with_its_terms_and_spend(project: Project) -> None:
    client = client_of(project)
    client.create_budget("u", 10, days=7)
    client.spend("u", 0.1)
    client.spend("u", 0.2)
    client.post(NOW + HOUR)
    assert (user().budget.total_budget_nanousd, user().budget.duration_days) == (10 * 10**9, 7)
    assert user().budget.created_at == NOW
    assert open_period(user()).starts_at == NOW
    assert open_period(user()).due_at == NOW + 7 * DAY
    entry = CostEntry.objects.get()
    assert (entry.amount_nanousd, entry.model, entry.source) == (300_000_000, "gpt-4o", "client")
    assert (entry.recorded_at, entry.end_user, entry.period) == (NOW + HOUR, user(), open_period(user()))
    assert entry.client
    assert entry.client.client_id == "worker-1"
    assert broken() == []


def test_a_read_followed_by_a_write_of_the_same_dict_changes_nothing(project: Project) -> None:
    for number, (usd, days) in enumerate([(10, 1), (None, None), (0.000225, 28), (0, 7)]):
        spend(make_user(project, f"user {number}", usd=usd, days=days), 0.1 + number / 3)
    make_user(project, "without spend", days=None)
    client = client_of(project).load_data()
    before = [list(model.objects.order_by("pk").values()) for model in (EndUser, CostEntry, BudgetChange, HighWater)]
    client.post(NOW + SECOND)
    client.post(NOW + HOUR)
    after = [list(model.objects.order_by("pk").values()) for model in (EndUser, CostEntry, BudgetChange, HighWater)]
    assert after == before
    assert View.objects.count() == 0


def test_every_snapshot_in_any_order_and_twice_adds_up_once(project: Project) -> None:
    client = client_of(project)
    client.create_budget("u", 10, days=1)
    posts = [client.snapshot()]
    for _ in range(5):
        client.spend("u", 0.1)
        posts.append(client.snapshot())
    for at in (3, 0, 5, 1, 4, 2, 5, 0):
        client.post(NOW + SECOND, posts[at])
    assert spent(user()) == [500_000_000]
    assert broken() == []


def test_four_processes_that_read_the_same_record_all_count(project: Project) -> None:
    spend(make_user(project), 1)
    # The same client id behind two of them: what each has read tells them apart.
    clients = [client_of(project, client_id).load_data() for client_id in ("a", "b", "same", "same")]
    for turn in range(3):
        for number, client in enumerate(clients):
            client.spend("u", 0.1 * (number + 1))
            client.post(NOW + turn * SECOND)
    assert spent(user()) == [nanousd(1 + 3 * 1.0)]
    assert broken() == []


@pytest.mark.parametrize("days", [1, None])
def test_four_processes_that_all_began_with_nothing_all_count(project: Project, days: int | None) -> None:
    clients = [client_of(project, f"worker-{number}", imported_after=number * SECOND) for number in range(4)]
    for client in clients:
        client.load_data()
    for client in clients:
        client.create_budget("u", 10, days=days)
        client.spend("u", 0.25)
        client.post(NOW + 10 * SECOND)
    for client in clients:
        client.spend("u", 0.25)
        client.post(NOW + 20 * SECOND)
    assert spent(user()) == [nanousd(2)]
    assert broken() == []


def test_processes_under_one_client_id_are_told_apart_by_their_created_at(project: Project) -> None:
    clients = [client_of(project, "same", imported_after=number * SECOND) for number in range(2)]
    for client in clients:
        client.create_budget("u", 10, days=1)
        client.spend("u", 1)
        client.post(NOW + HOUR)
    assert spent(user()) == [nanousd(2)]


def test_anonymous_processes_behind_one_key_are_counted_by_the_highest_and_flagged(project: Project) -> None:
    caller = make_caller(project, "")
    clients = [WireClient(project, caller) for _ in range(2)]
    for client, cost in zip(clients, (3, 2), strict=True):
        client.create_budget("u", 10)
        client.spend("u", cost)
        client.post(NOW + HOUR)
    assert spent(user()) == [nanousd(3)]
    flag = ClientFlag.objects.get()
    assert (flag.kind, flag.end_user, flag.client.is_anonymous) == (FlagKind.ANONYMOUS_SPEND, user(), True)


def test_a_named_client_is_never_flagged_for_spending(project: Project) -> None:
    client = client_of(project)
    client.create_budget("u", 10)
    client.spend("u", 1)
    client.post()
    assert not ClientFlag.objects.exists()


def test_a_new_user_beside_marked_records_belongs_to_their_view(project: Project) -> None:
    make_user(project)
    first, second = (client_of(project, "same").load_data() for _ in range(2))
    for client in (first, second):
        client.create_budget("new", 5)
        client.spend("new", 1)
        client.post()
    new = EndUser.objects.get(name="new")
    assert spent(new) == [nanousd(2)]
    assert {mark.view.read_at for mark in HighWater.objects.filter(end_user=new)} == {NOW}


def test_one_users_record_copied_to_another_by_its_program_counts_for_that_one(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project).load_data()
    client.user_dict["copy"] = dict(client.user_dict["u"])
    client.post()
    assert spent(EndUser.objects.get(name="copy")) == [nanousd(1)]
    assert spent(user()) == [nanousd(1)]


def test_a_record_copied_over_another_users_is_that_one_made_anew(project: Project) -> None:
    spend(make_user(project, usd=10), 1)
    spend(make_user(project, "v", usd=20), 5)
    client = client_of(project).load_data()
    client.user_dict["v"] = dict(client.user_dict["u"])
    for _ in range(2):
        client.post()
    other = EndUser.objects.get(name="v")
    assert spent(other) == [nanousd(5), nanousd(1)]
    assert closings(other) == ["recreated"]
    assert other.budget.total_budget_nanousd == 10 * 10**9
    assert spent(user()) == [nanousd(1)]
    assert broken() == []


# --- Terms --------------------------------------------------------------------------------------------------------


def test_an_admins_raise_survives_a_stale_client(project: Project) -> None:
    make_user(project, usd=10)
    client = client_of(project).load_data()
    set_limit(100)
    for _ in range(2):
        client.spend("u", 1)
        client.post()
    assert user().budget.total_budget_nanousd == 100 * 10**9
    assert client.load_data().user_dict["u"]["total_budget"] == 100


def test_a_clients_change_applies_and_is_kept_as_a_change_of_its_own(project: Project) -> None:
    make_user(project, usd=10)
    client = client_of(project).load_data()
    client.user_dict["u"]["total_budget"] = 0
    client.post(NOW + HOUR)
    assert user().budget.total_budget_nanousd == 0
    change = BudgetChange.objects.order_by("-version")[0]
    assert (change.before_total_budget_nanousd, change.total_budget_nanousd) == (10 * 10**9, 0)
    assert (change.source, change.changed_at) == ("client", NOW + HOUR)
    assert change.client


def test_a_duration_change_moves_the_due_date(project: Project) -> None:
    make_user(project, days=1)
    client = client_of(project).load_data()
    client.user_dict["u"]["duration"] = 7
    client.post()
    assert open_period(user()).due_at == NOW + 7 * DAY


def test_unknown_keys_come_back_unchanged(project: Project) -> None:
    client = client_of(project)
    client.create_budget("u", 10)
    client.user_dict["u"]["team"] = {"name": "ä/b", "size": 10**30, "tags": [1.5, None, True]}
    client.post()
    handed = client_of(project, "other").load_data().user_dict["u"]
    assert handed["team"] == {"name": "ä/b", "size": 10**30, "tags": [1.5, None, True]}


# --- Periods ------------------------------------------------------------------------------------------------------


def test_a_duration_reset_in_two_processes_wipes_nothing(project: Project) -> None:
    spend(make_user(project), 1)
    clients = [client_of(project, client_id).load_data() for client_id in ("a", "b")]
    for number, client in enumerate(clients):
        now = NOW + DAY + number * SECOND
        client.reset_on_duration("u", now)
        client.post(now)
        client.spend("u", 0.25)
        client.post(now)
    assert spent(user()) == [nanousd(1), nanousd(0.5)]
    assert closings(user()) == ["due"]
    assert open_period(user()).starts_at == NOW + DAY
    assert broken() == []


def test_a_crons_reset_survives_a_long_lived_client(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project).load_data()
    assert roll_if_due(end_user=user(), now=NOW + DAY)
    client.spend("u", 0.25)
    client.post(NOW + DAY + HOUR)
    assert spent(user()) == [nanousd(1), nanousd(0.25)]
    client.reset_on_duration("u", NOW + DAY + 2 * HOUR)
    client.post(NOW + DAY + 2 * HOUR)
    client.spend("u", 0.5)
    client.post(NOW + DAY + 2 * HOUR)
    assert spent(user()) == [nanousd(1), nanousd(0.75)]
    assert broken() == []


def test_a_late_post_of_an_older_client_period_tops_up_the_period_it_was_spent_in(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project).load_data()
    client.spend("u", 0.25)
    late = client.snapshot()
    client.reset_on_duration("u", NOW + DAY)
    client.post(NOW + DAY)
    client.spend("u", 2)
    client.post(NOW + DAY)
    client.post(NOW + DAY + SECOND, late)
    assert spent(user()) == [nanousd(1.25), nanousd(2)]
    assert broken() == []


def test_a_saved_reset_cost_closes_the_period(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project).load_data()
    client.reset_cost("u")
    client.post(NOW + HOUR)
    client.spend("u", 0.25)
    client.post(NOW + HOUR)
    assert spent(user()) == [nanousd(1), nanousd(0.25)]
    assert closings(user()) == ["client_reset"]
    assert open_period(user()).starts_at == NOW + HOUR
    assert not ClientFlag.objects.exists()


@pytest.mark.parametrize(("seconds", "by_period"), [(30, [2.0]), (31, [2.0, 0.5])])
def test_lower_and_not_zero_is_late_within_30_seconds_and_a_reset_after(
    project: Project, seconds: int, by_period: list[float]
) -> None:
    client = client_of(project)
    client.create_budget("u", 10, days=1)
    client.spend("u", 2)
    client.post()
    client.reset_cost("u")
    client.spend("u", 0.5)
    client.post(NOW + seconds * SECOND)
    assert spent(user()) == [nanousd(cost) for cost in by_period]
    kinds = set(ClientFlag.objects.values_list("kind", flat=True))
    assert kinds == ({FlagKind.RESET_NOT_SAVED} if seconds > 30 else set())


def test_an_admins_reset_is_not_undone_by_a_client_that_goes_on(project: Project) -> None:
    spend(make_user(project), 5)
    client = client_of(project).load_data()
    reset_cost(end_user=user(), close_reason=CloseReason.ADMIN_RESET, actor=None, note="gift", now=NOW + SECOND)
    client.spend("u", 0.25)
    client.post(NOW + HOUR)
    assert spent(user()) == [nanousd(5), nanousd(0.25)]
    assert client.load_data().user_dict["u"]["current_cost"] == 0.25


def test_a_post_that_waited_while_a_later_reset_began_a_window_leaves_none_of_negative_length(project: Project) -> None:
    spend(make_user(project), 5)
    client = client_of(project).load_data()
    reset_cost(end_user=user(), close_reason=CloseReason.ADMIN_RESET, actor=None, note="", now=NOW + HOUR)
    spend(user(), 1, now=NOW + HOUR)
    client.reset_cost("u")
    client.post(NOW + HOUR - SECOND)
    assert closings(user()) == ["admin_reset", "client_reset"]
    assert open_period(user()).starts_at == NOW + HOUR
    assert broken() == []


def test_an_adjustment_since_the_read_is_not_counted_again(project: Project) -> None:
    spend(make_user(project), 5)
    client = client_of(project).load_data()
    for amount in (nanousd(3), -nanousd(4)):
        adjust(end_user=user(), model="gpt-4o", amount_nanousd=amount, reason="mended", actor=None, now=NOW)
    client.spend("u", 0.25)
    client.post()
    assert spent(user()) == [nanousd(4.25)]
    assert broken() == []


# --- Who is in the project ----------------------------------------------------------------------------------------


def test_absence_means_nothing(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project).load_data()
    del client.user_dict["u"]
    client.post()
    assert user().archived_at is None
    assert spent(user()) == [nanousd(1)]


def test_re_creation_begins_a_new_period_with_new_terms(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project).load_data()
    client.create_budget("u", 99, days=7, created_at=NOW + HOUR)
    client.post(NOW + HOUR)
    client.post(NOW + HOUR)
    assert spent(user()) == [nanousd(1), 0]
    assert closings(user()) == ["recreated"]
    assert (user().budget.total_budget_nanousd, user().budget.duration_days) == (99 * 10**9, 7)
    assert broken() == []


def test_two_processes_that_make_the_same_user_merge_under_the_later_terms(project: Project) -> None:
    first, second = client_of(project, "a"), client_of(project, "b", imported_after=SECOND)
    for client in (first, second):
        client.load_data(NOW)
    for client, usd in ((second, 20), (first, 10)):
        client.create_budget("u", usd, days=1)
        client.spend("u", 1)
        client.post(NOW + HOUR)
    assert spent(user()) == [nanousd(2)]
    assert user().budget.total_budget_nanousd == 20 * 10**9


def test_an_archived_user_is_not_resurrected_by_an_older_view(project: Project) -> None:
    spend(make_user(project, usd=10), 1)
    client = client_of(project).load_data()
    archive(end_user=user(), now=NOW + SECOND)
    client.spend("u", 0.5)
    client.post(NOW + HOUR)
    client.create_budget("u", 99)
    client.spend("u", 0.25)
    client.post(NOW + HOUR)
    assert user().archived_at == NOW + SECOND
    assert user().budget.total_budget_nanousd == 10 * 10**9
    assert spent(user()) == [nanousd(1.75)]
    assert client_of(project, "other").load_data(NOW + HOUR).user_dict == {}


def test_create_budget_of_a_newer_view_brings_an_archived_user_back(project: Project) -> None:
    spend(make_user(project, usd=10), 1)
    make_user(project, "another")
    archive(end_user=user(), now=NOW + SECOND)
    client = client_of(project).load_data(NOW + HOUR)
    client.create_budget("u", 99)
    client.post(NOW + HOUR)
    assert user().archived_at is None
    assert user().budget.total_budget_nanousd == 99 * 10**9
    assert spent(user()) == [nanousd(1), 0]
    assert broken() == []


def test_a_restored_user_is_handed_out_as_it_was(project: Project) -> None:
    spend(make_user(project, usd=10), 1)
    archive(end_user=user(), now=NOW + SECOND)
    restore(end_user=user(), now=NOW + 2 * SECOND)
    assert client_of(project).load_data(NOW + HOUR).user_dict["u"]["current_cost"] == 1


# --- Refusals -----------------------------------------------------------------------------------------------------


def test_a_refused_post_leaves_nothing_behind_not_even_its_sender(project: Project) -> None:
    client = client_of(project)
    client.create_budget("good", 10)
    client.create_budget("bad", -1)
    with pytest.raises(PostError) as caught:
        client.post()
    assert [fault.pointer for fault in caught.value.faults] == ["/user_dict/bad/total_budget"]
    for model in (EndUser, Client, View, HighWater, CostEntry):
        assert not model.objects.exists(), model


def test_a_mark_ahead_of_the_database_is_counted_and_flagged(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project)
    client.load_data()
    client.spend("u", 0.5)
    # As after a restored backup: the version that was handed out has never been.
    EndUser.objects.update(version=0)
    client.post()
    assert spent(user()) == [nanousd(1.5)]
    assert ClientFlag.objects.get().kind == FlagKind.MARK_AHEAD


def test_a_restored_backup_misses_no_spend_of_a_client_that_read_later(project: Project) -> None:
    spend(make_user(project), 1)
    client = client_of(project).load_data()
    client.spend("u", 0.5)
    client.post()
    first = client.snapshot()
    again = client_of(project, "again").load_data()
    assert again.user_dict["u"]["current_cost"] == 1.5
    client.post(NOW + SECOND, first)
    assert spent(user()) == [nanousd(1.5)]


@pytest.mark.parametrize("odd", [{"_view": None}, {"note": {"_view": "x"}}])
def test_a_record_that_only_looks_marked_hides_no_other(project: Project, odd: dict[str, object]) -> None:
    program = client_of(project)
    program.create_budget("a", 10)
    program.spend("a", 0.1)
    program.post()
    program.load_data(NOW + SECOND)
    program.spend("a", 0.2)
    own = client_of(project)
    own.create_budget("b", 5)
    own.spend("b", 0.2)
    program.post(NOW + 2 * SECOND, {"b": own.user_dict["b"] | odd, **program.user_dict})
    assert sorted(CostEntry.objects.values_list("end_user__name", "amount_nanousd")) == [
        ("a", nanousd(0.1)),
        ("a", nanousd(0.2)),
        ("b", nanousd(0.2)),
    ]


def test_a_fault_in_the_first_record_hides_no_other(project: Project) -> None:
    with pytest.raises(PostError) as caught:
        client_of(project).post(user_dict={"a": 1, "b": 2})  # type: ignore[dict-item]
    assert [fault.pointer for fault in caught.value.faults] == ["/user_dict/a", "/user_dict/b"]
