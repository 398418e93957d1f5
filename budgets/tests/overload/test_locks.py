"""Somebody else holds the database's locks: 503 with words, in time, nothing half written; then all is as before."""

from urllib.parse import urlencode

from budgets.tests.harness.server import BudgetServer
from budgets.tests.overload.strain import Answered, ask, at_once, post, users_locked

MAKE_SESSION = """
from django.contrib.auth.models import User
from django.test import Client
client = Client()
client.force_login(User.objects.create_superuser({name!r}))
print(client.cookies["sessionid"].value)
"""
USER_ID = "from budgets.models import EndUser; print(EndUser.objects.get(project__name={project!r}).pk)"
CSRF_TOKEN = "t" * 32


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
    session = server.shell(MAKE_SESSION.format(name=f"admin of {project}"))

    def reset() -> Answered:
        headers = {
            "Cookie": f"sessionid={session}; csrftoken={CSRF_TOKEN}",
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


def test_others_are_served_while_many_posts_wait(server: BudgetServer, project: str) -> None:
    assert post(server, "/set_budget", spent(project, 1)).status == 200
    with users_locked(server, project):

        def wait_or_look(number: int) -> None:
            if number < 80:
                assert post(server, "/set_budget", spent(project, 2), client_id=str(number)).is_refusal
            else:
                assert ask(server, "GET", "/healthz").status == 200
                assert ask(server, "GET", "/admin/login/").status == 200
                # Whether a connection of the pool is free is chance; that it says so is not.
                assert ask(server, "GET", "/readyz").status in {200, 503}

        at_once(90, wait_or_look)
    assert server.budget(project)["u"]["current_cost"] == 1
    assert ask(server, "GET", "/readyz").status == 200
