"""What a worker keeps of what it has handed out: bounded, and never handed out stale."""

from array import array
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.db import transaction

from budgets.domain import handed_out, handed_pieces
from budgets.domain.handed_out import HandedOut
from budgets.domain.handed_pieces import NEVER_US, Piece
from budgets.models import EndUser
from budgets.services import hand_out
from budgets.services.end_users import archive, restore
from budgets.services.hand_out import get_budget
from budgets.services.handed_cache import MAX_BYTES, HandedCache
from budgets.tests.factories import DAY, NOW, make_caller, make_project, make_user, spend


def handed(size: int) -> HandedOut:
    """Of that size in all, as it is kept."""
    ids = array("q", [1])
    empty = HandedOut(1, [Piece(ids, ids, ids, 1, NEVER_US, is_packed=False, kept_text=b"")])
    return HandedOut(1, [replace(empty.pieces[0], kept_text=bytes(size - empty.size_bytes()))])


def test_what_is_too_large_is_not_kept_and_the_oldest_goes_first() -> None:
    cache = HandedCache()
    half = MAX_BYTES // 2
    for key, size in ((b"large", MAX_BYTES + 1), (b"a", half), (b"b", half)):
        cache.put(key, handed(size))
    assert cache.get(b"large") is None
    assert cache.get(b"a")
    cache.put(b"c", handed(half))
    assert (cache.get(b"a") is None, cache.get(b"b") is None, cache.get(b"c") is None) == (False, True, False)
    cache.put(b"a", handed(MAX_BYTES + 1))
    assert cache.get(b"a") is None


def test_projects_without_users_do_not_fill_memory() -> None:
    cache = HandedCache()
    for number in range(100_000):
        cache.put(b"%d" % number, HandedOut(0, []))
    assert cache.get(b"0") is None
    assert cache.get(b"99999")


# Within a test's own transaction nothing would be kept.
@pytest.mark.django_db(transaction=True)
def test_workers_hand_out_what_others_have_written_and_roll_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    user, caller = make_user(project), make_caller(project)
    workers = [HandedCache(), HandedCache()]

    def read(worker: int, days: int = 0) -> object:
        monkeypatch.setattr(hand_out, "_cache", workers[worker])
        return get_budget(project=project, caller=caller, now=NOW + days * DAY)["u"].get("current_cost")

    assert (read(0), read(1)) == (None, None)
    spend(user, 2)
    assert (read(0), read(1)) == (2, 2)
    assert (read(1, days=1), read(0)) == (None, None)
    assert workers[0].get(bytes(project.mark_key)) is not None
    views = {get_budget(project=project, caller=caller, now=NOW)["u"]["_view"][:40] for _ in range(5)}
    assert len(views) == 5


@pytest.mark.django_db(transaction=True)
def test_packed_or_not_every_worker_hands_out_what_is_so_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_out, "PLAIN_BYTES", 0)
    monkeypatch.setattr(handed_pieces, "PIECE_USERS", 4)
    project = make_project()
    users = [make_user(project, f"user {number}") for number in range(30)]
    caller = make_caller(project)
    workers = [HandedCache(), HandedCache()]

    def read(worker: HandedCache) -> dict[str, Any]:
        monkeypatch.setattr(hand_out, "_cache", worker)
        records = get_budget(project=project, caller=caller, now=NOW)
        return {name: {**record, "_view": record["_view"][40:]} for name, record in records.items()}

    def spend_all(some: Iterable[EndUser]) -> None:
        for user in some:
            spend(user, 2)

    changes: list[Callable[[], object]] = [
        lambda: spend_all(users[3:4]),
        lambda: spend_all(users[::7]),
        lambda: archive(end_user=users[0], now=NOW),
        lambda: make_user(project, "late"),
        lambda: restore(end_user=users[0], now=NOW),
        lambda: spend_all(users[1:]),
    ]
    for number, change in enumerate(changes):
        change()
        one, other = workers[number % 2], workers[1 - number % 2]
        anew = read(HandedCache())
        assert read(one) == anew
        # Otherwise it has several to catch up with.
        if number % 3 == 0:
            assert read(other) == anew
    assert read(workers[0]) == read(workers[1]) == read(HandedCache())
    kept = workers[0].get(bytes(project.mark_key))
    assert kept is not None
    assert all(piece.is_packed for piece in kept.pieces)


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_is_not_handed_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    project = make_project()
    user, caller = make_user(project), make_caller(project)
    with transaction.atomic():
        spend(user, 9)
        get_budget(project=project, caller=caller, now=NOW)
        transaction.set_rollback(True)
    # The same version again, of something else.
    spend(EndUser.objects.get(), 2)
    assert get_budget(project=project, caller=caller, now=NOW)["u"]["current_cost"] == 2
