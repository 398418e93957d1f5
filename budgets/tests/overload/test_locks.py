"""Somebody else holds the database's locks: 503 with words, in time, nothing half written; then all is as before."""

import threading
import time
from urllib.parse import urlencode

from budgets.tests.harness.server import BudgetServer
from budgets.tests.overload.strain import ANSWER_SECONDS, Answered, ask, post, users_locked

MAKE_SESSION = """
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.create_superuser({name!r}))
session = client.cookies[settings.SESSION_COOKIE_NAME].value
print(settings.SESSION_COOKIE_NAME + "=" + session + "; " + settings.CSRF_COOKIE_NAME + "=" + {csrf!r})
"""
USER_ID = "from budgets.models import EndUser; print(EndUser.objects.get(project__name={project!r}).pk)"
CSRF_TOKEN = "t" * 32
# Two workers have 32 threads.
POSTS = 100


def spent(project: str, cost: float) -> dict[str, object]:
    """A post of one user who has spent `cost`."""
    record = {"total_budget": 10, "current_cost": cost, "model_cost": {"gpt-4o": cost}}
    return {"project_name": project, "user_dict": {"u": record}}


def test_a_post_is_told_to_wait_and_writes_nothing(server: BudgetServer, project: str) -> None:
    assert post(server, "/set_budget", spent(project, 1)).status == 200
    with users_locked(server, project):
        assert post(server, "/set_budget", spent(project, 3)).is_refusal
        # A client of its own would be made in the same transaction.
        assert post(server, "/set_budget", spent(project, 3), client_id="new").is_refusal
    assert [row["cost_usd"] for row in server.export(project)] == ["1"]
    assert post(server, "/set_budget", spent(project, 3)).status == 200
    assert server.budget(project)["u"]["current_cost"] == 3
    server.manage("verify_ledger", "--project", project)


def test_a_change_in_the_admin_is_told_to_wait_and_writes_nothing(server: BudgetServer, project: str) -> None:
    assert post(server, "/set_budget", spent(project, 1)).status == 200
    page = f"/admin/budgets/enduser/{server.shell(USER_ID.format(project=project))}/reset/"
    cookies = server.shell(MAKE_SESSION.format(name=f"admin of {project}", csrf=CSRF_TOKEN))

    def reset() -> Answered:
        headers = {
            "Cookie": cookies,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        form = {"csrfmiddlewaretoken": CSRF_TOKEN, "reason": "a fresh start"}
        return ask(server, "POST", page, urlencode(form).encode(), headers)

    with users_locked(server, project):
        answer = reset()
        assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)
        assert b"<h1>The database is busy</h1>" in answer.body
    assert server.budget(project)["u"]["current_cost"] == 1
    assert reset().status == 302
    assert server.budget(project)["u"].get("current_cost", 0) == 0


def test_pages_are_served_while_more_posts_wait_than_there_are_threads(
    patient_server: BudgetServer, project: str
) -> None:
    server = patient_server
    assert post(server, "/set_budget", spent(project, 1)).status == 200
    answers: list[int] = []

    def one_post(number: int) -> None:
        answers.append(post(server, "/set_budget", spent(project, 2), client_id=str(number)).status)

    posts = [threading.Thread(target=one_post, args=(number,)) for number in range(POSTS)]
    with users_locked(server, project):
        for one in posts:
            one.start()
        time.sleep(1)  # So that they are there.
        # Several of each, for both workers.
        for path in ("/healthz", "/readyz", "/admin/login/") * 3:
            assert ask(server, "GET", path).status == 200
        assert answers == []
    for one in posts:
        one.join(ANSWER_SECONDS)
    assert answers == [200] * POSTS
    # Each had read nothing, and so says of the one user that it, too, spent 2: none is lost.
    assert server.budget(project)["u"]["current_cost"] == 1 + POSTS * 2
