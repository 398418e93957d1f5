"""A BudgetManager that really was forked: flagged, and counted by the highest figure once that is plain."""

from collections.abc import Iterator

import pytest

from budgets.tests.client.conftest import OpenSession
from budgets.tests.harness.litellm_clients import PINNED, LitellmSession, SessionPool
from budgets.tests.harness.server import BudgetServer

# Copies of the process as it is, each with a connection of its own, that spend when they are told to.
COPIES = """
import os

def start_copy():
    orders, order = os.pipe()
    answers, answer = os.pipe()
    if os.fork():
        return order, answers
    if hasattr(litellm, "module_level_client"):
        litellm.module_level_client = litellm.HTTPHandler(timeout=600)
    while words := os.read(orders, 100).decode().split():
        user, times = words
        for _ in range(int(times)):
            if not manager.is_valid_user(user):
                manager.create_budget(total_budget=10, user=user)
            manager.update_cost(
                user=user, model="gpt-3.5-turbo", input_text="hello world",
                output_text="it's a sunny day in san francisco",
            )
        os.write(answer, str(len(drain())).encode())
    os._exit(0)

def spend(copy, user, times):
    os.write(copies[copy][0], f"{user} {times}".encode())
    return int(os.read(copies[copy][1], 100))

copies = [start_copy(), start_copy()]
"""
STOP = """
for order, answers in copies:
    os.write(order, b" ")
    os.close(order), os.close(answers)
    os.wait()
"""
# All that was posted is an hour older than it is.
AGE = """
from datetime import timedelta
from budgets.models import Client, HighWater
HOUR = timedelta(hours=1)
US = 3_600_000_000
for row in HighWater.objects.filter(project__name={project!r}):
    row.opened_at -= HOUR
    row.raised_at = row.raised_at and row.raised_at - HOUR
    for name in ("began", "waiting_at", "upper_at", "low_since", "fell_at", "back_at"):
        if row.watch and name in row.watch:
            row.watch[name] -= US
    row.save()
"""
FORKED = """
from budgets.models import ClientFlag, View
kinds = list(ClientFlag.objects.filter(project__name={project!r}).order_by("kind").values_list("kind", flat=True))
print(kinds, View.objects.filter(project__name={project!r}, forked_at__isnull=False).count())
"""


@pytest.fixture
def pinned_session(session_pool: SessionPool) -> Iterator[LitellmSession]:
    """A process of the pinned release without a BudgetManager."""
    session = session_pool.take(PINNED)
    yield session
    session_pool.give_back(session)


def spend_in_copy(session: LitellmSession, copy: int, user: str, times: int = 1) -> None:
    """Let a copy spend so often and wait for its posts, of which none may fail."""
    assert session.run(f"spend({copy}, {user!r}, {times})") == 0


def test_copies_that_make_users_of_their_own_are_flagged(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    maker = open_session("maker")
    maker.run("manager.create_budget(total_budget=10, user='u', duration='daily')")
    maker.drain()
    parent = open_session("preloaded")
    parent.run(COPIES)
    spend_in_copy(parent, 0, "first")
    spend_in_copy(parent, 1, "second")
    gunicorn_server.shell(AGE.format(project=project))
    spend_in_copy(parent, 0, "first")
    parent.run(STOP)
    assert gunicorn_server.shell(FORKED.format(project=project)) == "['forked'] 1"


def test_figures_of_copies_go_back_and_forth_and_are_flagged(
    gunicorn_server: BudgetServer, project: str, pinned_session: LitellmSession
) -> None:
    parent = pinned_session
    parent.open(project, gunicorn_server.base("maker"))
    parent.run("manager.create_budget(total_budget=10, user='u', duration='daily')")
    parent.spend("u", 2)
    parent.drain()
    parent.open(project, gunicorn_server.base("preloaded"))
    parent.run(COPIES)
    for copy, times in ((0, 20), (1, 10), (0, 1), (1, 1), (0, 1), (1, 1), (0, 1)):
        spend_in_copy(parent, copy, "u", times)
        gunicorn_server.shell(AGE.format(project=project))
    assert gunicorn_server.shell(FORKED.format(project=project)) == "['forked', 'reset_not_saved'] 1"
    counted = len(gunicorn_server.export(project))
    # The lower copy's spend is not counted any more, and no reset either; the higher one's is.
    spend_in_copy(parent, 1, "u")
    assert len(gunicorn_server.export(project)) == counted
    spend_in_copy(parent, 0, "u")
    assert len(gunicorn_server.export(project)) == counted + 1
    parent.run(STOP)
