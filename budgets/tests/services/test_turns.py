"""That posts take turns where there is one writer, and wait no longer than for the database itself."""

from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, transaction

from budgets.models import CostEntry
from budgets.services import turns
from budgets.services.turns import write_turn
from budgets.tests.factories import WireClient, make_caller, make_project

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0)


def spending_client() -> WireClient:
    project = make_project()
    client = WireClient(project, make_caller(project))
    client.create_budget("u", 10)
    client.post()
    client.spend("u", 1)
    return client


def test_a_post_waits_for_the_turn_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    client, has_turn, may_end = spending_client(), Event(), Event()
    order: list[str] = []
    takes = turns._takes

    def noted(descriptor: int) -> bool:
        took = takes(descriptor)
        if not took:
            may_end.set()
        return took

    def other() -> None:
        with write_turn():
            has_turn.set()
            may_end.wait(10)
            order.append("other")

    thread = Thread(target=other)
    thread.start()
    has_turn.wait(10)
    monkeypatch.setattr(turns, "_takes", noted)
    client.post()
    order.append("post")
    may_end.set()
    thread.join()
    # PostgreSQL has as many writers as there are posts.
    assert order == (["other", "post"] if connection.vendor == "sqlite" else ["post", "other"])
    assert CostEntry.objects.count() == 1


@pytest.mark.usefixtures("no_patience")
def test_a_turn_that_does_not_come_is_given_up_and_changes_nothing() -> None:
    client = spending_client()
    with write_turn():
        if connection.vendor == "sqlite":
            with pytest.raises(OperationalError):
                client.post()
            assert CostEntry.objects.count() == 0
        else:
            client.post()
    client.post()
    assert CostEntry.objects.count() == 1


@pytest.mark.usefixtures("no_patience")
def test_who_has_a_transaction_needs_no_turn() -> None:
    with write_turn(), transaction.atomic(), write_turn():
        assert connection.in_atomic_block
