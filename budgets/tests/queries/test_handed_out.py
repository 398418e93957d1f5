"""That what is handed out again is what a whole read would find, whoever has written meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from budgets.domain import handed_out as domain_handed_out
from budgets.domain import handed_pieces
from budgets.domain.handed_out import HandedOut, hand_out
from budgets.domain.marks import issue_view_token
from budgets.models import EndUser, Project
from budgets.models.prepared import Prepared
from budgets.queries import handed_out
from budgets.queries.handed_out import read_handed_out, refresh_handed_out
from budgets.services.end_users import archive, restore
from budgets.services.ledger import adjust
from budgets.services.rolls import roll_if_due
from budgets.tests.factories import DAY, NOW, WireClient, make_caller, make_project, make_user, spend

pytestmark = pytest.mark.django_db
USERS = 12


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(handed_out, "FEW_USERS", 0)
    project = make_project()
    for number in range(USERS):
        spend(make_user(project, f"user {number}"), number + 1)
    return project


def any_user() -> EndUser:
    return EndUser.objects.get(name="user 7")


def swap_archived(project: Project) -> None:
    """How many there are stays the same, and so does the sum of their versions."""
    version = any_user().version
    archive(end_user=any_user(), now=NOW)
    spend(make_user(project, "instead"), 99)
    assert project.end_users.get(name="instead").version == version


def recreate_by_client(project: Project) -> None:
    client = WireClient(project, make_caller(project)).load_data()
    client.user_dict["user 7"] = {"total_budget": 3, "note": "kept"}
    client.post()


def spend_once_more(end_user: EndUser) -> None:
    spend(end_user, 1)


def archive_another(end_user: EndUser) -> None:
    archive(end_user=end_user, now=NOW)


def make_another(end_user: EndUser) -> None:
    make_user(end_user.project, f"beside {end_user.pk}")


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


def text(handed: HandedOut) -> bytes:
    return handed.text(issue_view_token(nonce=b"123456789", read_roster_version=0, read_at_us=0, mark_key=b"k"))


# One user, some and all in a piece, and pieces that are packed.
@pytest.mark.parametrize(
    ("piece_users", "plain_bytes"), [(1, 0), (5, 0), (2, 700), (5, 10**9), (USERS, 0), (500, 10**9)]
)
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_refreshed_read_is_a_whole_one(
    project: Project,
    change: Callable[[Project], object],
    piece_users: int,
    plain_bytes: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(handed_pieces, "PIECE_USERS", piece_users)
    monkeypatch.setattr(domain_handed_out, "PLAIN_BYTES", plain_bytes)
    known = read_handed_out(project_id=project.pk)
    before = text(known)
    change(project)
    whole = read_handed_out(project_id=project.pk)
    fresh = refresh_handed_out(known, project_id=project.pk)
    assert text(fresh) == text(whole)
    assert (fresh.stamp(), fresh.due_at()) == (whole.stamp(), whole.due_at())
    # Another thread may be handing it out.
    assert text(known) == before


@pytest.mark.parametrize("change", ["spend", "new user", "archived", "archived and restored", "another instead"])
def test_what_has_not_changed_is_not_read(project: Project, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = read_handed_out(project_id=project.pk)
    monkeypatch.setattr(handed_out, "_ALL", None)
    before = {user.end_user_id: user for user in known.pieces[0].users()}
    CHANGES[change](project)
    fresh = refresh_handed_out(known, project_id=project.pk)
    after = {user.end_user_id: user for user in fresh.pieces[0].users()}
    changed = {name for pk, name in project.end_users.values_list("pk", "name") if before.get(pk) != after.get(pk)}
    assert changed <= {"user 7", "new", "instead"}
    assert changed
    assert refresh_handed_out(fresh, project_id=project.pk) is fresh


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("write", [spend_once_more, archive_another, make_another])
def test_changes_amid_the_statements_are_not_mixed(
    project: Project, write: Callable[[EndUser], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    known = read_handed_out(project_id=project.pk)
    spend(any_user(), 1)
    others = iter(list(project.end_users.exclude(name="user 7").order_by("pk")))
    read_versions, read_some = handed_out._VERSIONS, handed_out._SOME
    monkeypatch.setattr(handed_out, "_ALL", None)

    def written_meanwhile() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_in_thread, write, next(others)).result()

    class Meanwhile:
        """Someone else writes each time before these are read, and then once more."""

        def __init__(self, real: Prepared[Any]) -> None:
            self.real = real

        def run(self, **values: object) -> list[Any]:
            written_meanwhile()
            rows = self.real.run(**values)
            written_meanwhile()
            return rows

    monkeypatch.setattr(handed_out, "_VERSIONS", Meanwhile(read_versions))
    monkeypatch.setattr(handed_out, "_SOME", Meanwhile(read_some))
    moments: list[HandedOut] = []
    with_changes = handed_out._with_changes

    def noted(*given: Any) -> HandedOut | None:
        # What a whole read finds at the moment that this one begins, in the same transaction.
        moments.append(hand_out(whole.run(project=project.pk)))
        return with_changes(*given)

    whole = Prepared(lambda: handed_out._rows_of(handed_out._LIVE.order_by("end_user_id")))
    monkeypatch.setattr(handed_out, "_with_changes", noted)
    fresh = refresh_handed_out(known, project_id=project.pk)
    assert len(moments) == 2
    assert text(fresh) == text(moments[-1])
    assert fresh.stamp() == moments[-1].stamp()


def _in_thread(write: Callable[[EndUser], None], end_user: EndUser) -> None:
    try:
        write(end_user)
    finally:
        connection.close()


def test_of_few_users_is_asked_only_whether_they_have_changed(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handed_out, "FEW_USERS", USERS)
    monkeypatch.setattr(handed_out, "_VERSIONS", None)
    known = read_handed_out(project_id=project.pk)
    assert refresh_handed_out(known, project_id=project.pk) is known
    spend(any_user(), 1)
    fresh = refresh_handed_out(known, project_id=project.pk)
    assert text(fresh) == text(read_handed_out(project_id=project.pk)) != text(known)
