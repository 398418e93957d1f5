"""That what is handed out again is what a whole read would find, whoever has written meanwhile."""

from collections.abc import Callable, Iterator

import pytest

from budgets.domain.marks import issue_view_token
from budgets.models import EndUser, Project
from budgets.queries import handed_out
from budgets.queries.handed_out import read_handed_out, refresh_handed_out
from budgets.services.end_users import archive, restore
from budgets.services.ledger import adjust
from budgets.services.rolls import roll_if_due
from budgets.tests.factories import DAY, NOW, WireClient, make_caller, make_project, make_user, spend

pytestmark = pytest.mark.django_db
USERS = 12


@pytest.fixture
def project() -> Project:
    project = make_project()
    for number in range(USERS):
        spend(make_user(project, f"user {number}"), number + 1)
    return project


def any_user() -> EndUser:
    return EndUser.objects.get(name="user 7")


def swap_archived(project: Project) -> None:
    """The count stays the same and, by other spend, so may the sum of versions."""
    archive(end_user=any_user(), now=NOW)
    make_user(project, "instead")


def recreate_by_client(project: Project) -> None:
    client = WireClient(project, make_caller(project)).load_data()
    client.user_dict["user 7"] = {"total_budget": 3, "note": "kept"}
    client.post()


def archive_and_restore(project: Project) -> None:
    archive(end_user=any_user(), now=NOW)
    restore(end_user=any_user(), now=NOW)


def archive_all(project: Project) -> None:
    for user in project.end_users.all():
        archive(end_user=user, now=NOW)


def spend_of_most(project: Project) -> None:
    for user in project.end_users.all()[:9]:
        spend(user, 1)


CHANGES: dict[str, Callable[[Project], object]] = {
    "nothing": lambda project: None,
    "spend": lambda project: spend(any_user(), 1),
    "adjustment": lambda project: adjust(
        end_user=any_user(), model="gpt-4o", amount_nanousd=-1, reason="r", actor=None, now=NOW
    ),
    "roll": lambda project: roll_if_due(end_user=any_user(), now=NOW + DAY),
    "new user": lambda project: make_user(project, "new"),
    "archived": lambda project: archive(end_user=any_user(), now=NOW),
    "archived and restored": archive_and_restore,
    "another instead": swap_archived,
    "terms, other keys and a new period": recreate_by_client,
    "most of them": spend_of_most,
    "all archived": archive_all,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_refreshed_read_is_a_whole_one(project: Project, change: Callable[[Project], object]) -> None:
    known = read_handed_out(project_id=project.pk)
    change(project)
    whole = read_handed_out(project_id=project.pk)
    fresh = refresh_handed_out(known, project_id=project.pk)
    assert fresh.roster_version == whole.roster_version or not whole.users
    assert list(fresh.users.items()) == list(whole.users.items())
    view = issue_view_token(nonce=b"123456789", read_roster_version=0, read_at_us=0, mark_key=b"k")
    assert fresh.text(view) == whole.text(view)


def test_what_has_not_changed_is_not_read(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_handed_out(project_id=project.pk)
    monkeypatch.setattr(handed_out, "_ALL", None)
    spend(any_user(), 1)
    fresh = refresh_handed_out(known, project_id=project.pk)
    changed = [pk for pk, user in fresh.users.items() if user is not known.users[pk]]
    assert changed == [any_user().pk]
    assert refresh_handed_out(fresh, project_id=project.pk) is fresh


def test_changes_amid_the_statements_are_not_mixed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_handed_out(project_id=project.pk)
    spend(any_user(), 1)
    others = iter(list(project.end_users.exclude(name="user 7")))
    read_some = handed_out._SOME

    class Meanwhile:
        def run(self, **values: object) -> Iterator[tuple[object, ...]]:
            spend(next(others), 1)
            return iter(read_some.run(**values))

    monkeypatch.setattr(handed_out, "_SOME", Meanwhile())
    fresh = refresh_handed_out(known, project_id=project.pk)
    assert fresh.users == read_handed_out(project_id=project.pk).users
