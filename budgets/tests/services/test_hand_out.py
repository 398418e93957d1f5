"""`/get_budget`'s service."""

from datetime import datetime

import pytest

from budgets.domain.handed_out import HandedOut
from budgets.domain.marks import parse_mark, record_digest
from budgets.models import Client, EndUser, View
from budgets.services import hand_out
from budgets.services.end_users import archive
from budgets.services.hand_out import get_budget
from budgets.services.handed_cache import HandedCache
from budgets.services.readers import Reader
from budgets.tests.factories import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    WireClient,
    closings,
    make_caller,
    make_project,
    make_user,
    nanousd,
    spend,
    spent,
)

pytestmark = pytest.mark.django_db


def test_a_mark_says_whose_record_it_is_and_which_version() -> None:
    project = make_project()
    user = make_user(project)
    spend(user, 1)
    project.refresh_from_db()
    record = get_budget(project=project, caller=make_caller(project), now=NOW)["u"]
    mark = parse_mark(record["_view"], bytes(project.mark_key), {})
    assert (mark.end_user_id, mark.version) == (user.pk, EndUser.objects.get().version)
    assert mark.digest == record_digest("u", record)
    assert mark.view.read_roster_version == project.roster_version == 1


def test_archived_users_and_other_projects_are_left_out() -> None:
    project, other = make_project("p"), make_project("other")
    make_user(other, "foreign")
    archive(end_user=make_user(project, "archived"), now=NOW)
    make_user(project, "live")
    assert get_budget(project=project, caller=make_caller(project), now=NOW).keys() == {"live"}


def test_what_is_due_rolls_first_and_only_here() -> None:
    project, other = make_project("p"), make_project("other")
    user, foreign = make_user(project), make_user(other)
    spend(user, 1)
    record = get_budget(project=project, caller=make_caller(project), now=NOW + DAY)["u"]
    assert "current_cost" not in record
    assert record["last_updated_at"] == (NOW + DAY).timestamp()
    assert (closings(user), closings(foreign)) == (["due"], [])
    assert spent(user) == [10**9, 0]


def test_a_read_is_noted_at_once_after_a_post_and_by_the_minute_otherwise() -> None:
    project = make_project()
    caller = make_caller(project)
    for seconds, noted in ((0, 0), (10, 0), (59, 0), (60, 60)):
        get_budget(project=project, caller=caller, now=NOW + seconds * SECOND)
        assert Client.objects.get().last_read_at == NOW + noted * SECOND
    Client.objects.update(last_post_at=NOW + 61 * SECOND)
    get_budget(project=project, caller=caller, now=NOW + 62 * SECOND)
    assert Client.objects.get().last_read_at == NOW + 62 * SECOND
    assert View.objects.count() == 0


def test_a_post_that_comes_amid_the_same_clients_read_is_before_that_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would count as no read since the post, and a script that is run again would be taken for an echo."""
    project = make_project()
    caller = make_caller(project)
    plain = hand_out._handed_out

    def script(at: datetime) -> WireClient:
        client = WireClient(project, caller).load_data(at)
        client.create_budget("u", 10)
        client.spend("u", 1)
        return client

    script(NOW - HOUR).post(NOW - HOUR + SECOND)
    running = script(NOW)

    def amid(reader: Reader) -> HandedOut:
        monkeypatch.setattr(hand_out, "_handed_out", plain)
        running.post(NOW + 10 * SECOND)
        return plain(reader)

    monkeypatch.setattr(hand_out, "_handed_out", amid)
    script(NOW + 11 * SECOND).post(NOW + 70 * SECOND)
    assert Client.objects.get().last_read_at == NOW + 11 * SECOND
    assert sum(spent(EndUser.objects.get())) == nanousd(3)


# Within a test's own transaction nothing would be kept.
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_kept", [False, True])
def test_a_read_is_after_the_clients_posts_that_come_amid_it(is_kept: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    caller = make_caller(project)
    running = WireClient(project, caller).load_data(NOW)
    running.create_budget("u", 10)
    running.post(NOW + SECOND)
    get_budget(project=project, caller=caller, now=NOW + 2 * SECOND)
    plain = hand_out._handed_out

    def amid(reader: Reader) -> HandedOut:
        running.spend("u", 1)
        running.post(NOW + 3 * SECOND)
        return plain(reader)

    monkeypatch.setattr(hand_out, "_handed_out", amid)
    if not is_kept:
        monkeypatch.setattr(hand_out, "_cache", HandedCache())
    record = get_budget(project=project, caller=caller, now=NOW + 4 * SECOND)["u"]
    client = Client.objects.get()
    assert client.last_read_at is not None
    assert client.last_post_at == NOW + 3 * SECOND
    assert client.last_read_at > client.last_post_at
    assert ("current_cost" in record) is (not is_kept)
