"""Every page of the admin with names that try to leave their place in it."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client as Browser
from django.utils import timezone

from budgets.domain.names import visible_name
from budgets.domain.roles import Role
from budgets.models import ApiKey, Client, ClientFlag, CostEntry, EndUser, Project
from budgets.models.period import CloseReason
from budgets.services.end_users import archive
from budgets.services.keys import create_key
from budgets.services.ledger import adjust
from budgets.services.members import give_role
from budgets.services.periods import reset_cost
from budgets.services.projects import create_project
from budgets.tests.factories import WireClient, make_caller
from budgets.tests.harness.nasty_names import BREAKERS, TAG, escapes

ADMIN = "/admin/budgets/"


@dataclass(frozen=True)
class Nasty:
    """The rows that every page is asked with."""

    project: Project
    user: EndUser
    archived: EndUser
    entry: CostEntry
    client: Client
    flag: ClientFlag
    key: ApiKey
    login: User
    group: Group


@pytest.fixture
def nasty(db: None, boss: User) -> Nasty:
    now = timezone.now() - timedelta(minutes=5)
    User.objects.filter(pk=boss.pk).update(first_name=BREAKERS[2][:30], username=BREAKERS[0])
    boss.refresh_from_db()
    project = create_project(name=f"{BREAKERS[2]}{BREAKERS[7]}", now=now)
    for name in BREAKERS[:4]:
        create_project(name=name, now=now)
    caller = make_caller(project, f"{BREAKERS[1]}{BREAKERS[6]}")
    program = WireClient(project, caller)
    program.load_data(now)
    for number, name in enumerate(BREAKERS):
        program.create_budget(name, 10, days=7, created_at=now)
        program.spend(name, 1 + number / 8, BREAKERS[-1 - number])
        program.spend(name, 2, BREAKERS[1])
    program.user_dict[""] = {"total_budget": 1, "note": BREAKERS[1]}
    program.post(now)
    user = EndUser.objects.get(name=BREAKERS[1])
    last = EndUser.objects.get(name=BREAKERS[0])
    adjust(end_user=user, model=BREAKERS[2], amount_nanousd=5, reason=BREAKERS[3], actor=boss, now=now)
    reset_cost(end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=boss, note=BREAKERS[5], now=now)
    adjust(end_user=user, model=BREAKERS[6], amount_nanousd=5, reason=BREAKERS[6], actor=boss, now=now)
    archive(end_user=last, now=now)
    client = Client.objects.get(project=project)
    flag = ClientFlag.objects.create(
        project=project, client=client, kind="reset_not_saved", first_at=now, last_at=now, end_user=user
    )
    key, _ = create_key(label=BREAKERS[1], project=project, expires_at=None, created_by=boss, now=now)
    login = User.objects.create_user(BREAKERS[3], email=BREAKERS[0], password="x", is_staff=True)
    group = Group.objects.create(name=BREAKERS[1])
    entry = CostEntry.objects.filter(end_user=user)[0]
    return Nasty(project, user, last, entry, client, flag, key, login, group)


def paths(nasty: Nasty) -> list[str]:
    """Every page there is to look at."""
    user, key = nasty.user.pk, nasty.key.pk
    lists = ("enduser", "project", "apikey", "costentry", "client", "resetrun")
    fixed = {"enduser": user, "project": nasty.project.pk, "apikey": key, "costentry": nasty.entry.pk}
    fixed["client"] = nasty.client.pk
    found = ["/admin/", *(f"/admin/?range={one}&project={nasty.project.pk}" for one in ("24h", "7d", "30d", "90d"))]
    found += [f"{ADMIN}{model}/" for model in lists]
    found += [f"{ADMIN}{model}/?project={nasty.project.pk}" for model in ("enduser", "apikey", "costentry", "client")]
    found += [f"{ADMIN}{model}/{pk}/change/" for model, pk in fixed.items()]
    found += [f"{ADMIN}{model}/{pk}/history/" for model, pk in fixed.items()]
    found += [f"{ADMIN}enduser/{user}/{act}/" for act in ("reset", "adjust", "archive")]
    found += [f"{ADMIN}enduser/{nasty.archived.pk}/restore/", f"{ADMIN}enduser/?archived=yes"]
    found += [f"{ADMIN}apikey/{key}/{act}/" for act in ("revoke", "rotate")]
    found += [f"{ADMIN}client/{nasty.client.pk}/dismiss/{nasty.flag.pk}/"]
    found += [f"{ADMIN}{model}/add/" for model in ("enduser", "project", "apikey")]
    found += [f"/admin/auth/user/{nasty.login.pk}/{page}/" for page in ("change", "history", "password")]
    found += [f"/admin/auth/group/{nasty.group.pk}/{page}/" for page in ("change", "history")]
    return [*found, "/admin/auth/user/", "/admin/auth/group/", "/admin/password_change/"]


def test_no_name_escapes_from_any_page(site: Browser, nasty: Nasty) -> None:
    for path in paths(nasty):
        response = site.get(path)
        assert response.status_code == 200, path
        html = response.content.decode()
        assert escapes(html) == [], path
        for script in re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL):
            assert "<" not in script, path
    # The names are there to be looked for at all.
    assert f"&lt;{TAG}&gt;" in site.get(f"{ADMIN}enduser/{nasty.user.pk}/change/").content.decode()


def test_no_search_filter_or_address_escapes(site: Browser, nasty: Nasty) -> None:
    keys = ("project", "model", "source", "status", "state", "since", "limit", "o", "p", "_popup")
    for breaker in (BREAKERS[1], BREAKERS[2], BREAKERS[7]):
        for model in ("enduser", "project", "apikey", "costentry", "client"):
            for query in ({"q": breaker}, dict.fromkeys(keys, breaker), {breaker[:50]: breaker}):
                html = site.get(f"{ADMIN}{model}/", query, follow=True).content.decode()
                assert escapes(html) == [], (model, query)
        for path in ("/admin/?", f"{ADMIN}enduser/add/?", "/admin/login/?"):
            answer = site.get(
                path, {"next": breaker, "range": breaker, "project": breaker, "name": breaker}, follow=True
            )
            assert escapes(answer.content.decode()) == [], path


def test_no_message_or_error_escapes(site: Browser, nasty: Nasty) -> None:
    project, breaker = nasty.project.pk, BREAKERS[1]
    user, archived = f"{ADMIN}enduser/{nasty.user.pk}/", f"{ADMIN}enduser/{nasty.archived.pk}/"
    chosen = {"_selected_action": [nasty.user.pk]}
    posts: list[tuple[str, dict[str, Any]]] = [
        (f"{user}reset/", {"reason": breaker}),
        (f"{user}adjust/", {"amount": "1", "model": breaker, "reason": breaker}),
        (f"{user}adjust/", {"amount": breaker, "model": breaker, "reason": breaker}),
        (f"{user}adjust/", {"amount": "-99", "model": breaker, "reason": breaker}),
        (f"{user}change/", {"limit": breaker, "duration": breaker, "reason": breaker}),
        (f"{user}change/", {"limit": "5", "duration": "", "reason": breaker}),
        (f"{archived}restore/", {}),
        (f"{ADMIN}enduser/", chosen | {"action": "reset_selected"}),
        (f"{ADMIN}enduser/", chosen | {"action": "set_limit_selected", "previewed": "yes", "limit": breaker}),
        (f"{ADMIN}enduser/", chosen | {"action": "scale_limit_selected", "previewed": "yes", "percent": breaker}),
        (f"{ADMIN}enduser/", chosen | {"action": "scale_limit_selected", "percent": "5", "shown": breaker}),
        (f"{ADMIN}enduser/", chosen | {"action": "archive_selected"}),
        (f"{ADMIN}enduser/", chosen | {"action": "restore_selected"}),
        (f"{ADMIN}enduser/", chosen | {"action": breaker}),
        (f"{ADMIN}enduser/add/", {"project": project, "name": breaker, "limit": "1", "duration": ""}),
        (f"{ADMIN}enduser/add/", {"project": breaker, "name": breaker, "limit": breaker, "duration": breaker}),
        (f"{ADMIN}project/add/", {"name": breaker}),
        (f"{ADMIN}project/add/", {"name": f"{breaker} new"}),
        (f"{ADMIN}apikey/add/", {"label": breaker, "project": project}),
        (f"{ADMIN}apikey/add/", {"label": breaker, "project": breaker, "expires_at_0": breaker}),
        (f"{ADMIN}client/{nasty.client.pk}/dismiss/{nasty.flag.pk}/", {}),
        (f"{ADMIN}apikey/{nasty.key.pk}/rotate/", {}),
        ("/admin/login/", {"username": breaker, "password": breaker}),
    ]
    for path, data in posts:
        response = site.post(path, data, follow=True)
        assert response.status_code in {200, 404}, path
        assert escapes(response.content.decode()) == [], path
    for path in (f"{user}history/", f"{user}change/", f"{ADMIN}apikey/{nasty.key.pk}/history/", "/admin/"):
        assert escapes(site.get(path).content.decode()) == [], path


def test_a_page_that_is_not_there_says_nothing_of_its_address(site: Browser) -> None:
    for breaker in BREAKERS:
        for path in (f"/{breaker}", f"/admin/{breaker}/", f"{ADMIN}enduser/{breaker}/change/"):
            answer = site.get(path.replace("\n", "%0a").replace("?", "%3f").replace("#", "%23"), follow=True)
            assert escapes(answer.content.decode()) == [], path


# Each shows nothing: of the project, the user, the model and the client.
BLANK_PROJECT, BLANK_USER, BLANK_MODEL, BLANK_CLIENT = "\u2001", "\u2002\u200f", "\u3000", "\u2007"
BLANKS = {name: visible_name(name) for name in (BLANK_PROJECT, BLANK_USER, BLANK_MODEL, BLANK_CLIENT)}


@pytest.fixture
def blank(db: None, boss: User) -> Nasty:
    """A project of nothing but blank names, with one of everything."""
    now = timezone.now() - timedelta(minutes=5)
    project = create_project(name=BLANK_PROJECT, now=now)
    program = WireClient(project, make_caller(project, BLANK_CLIENT))
    for name in (BLANK_USER, ""):
        program.create_budget(name, 1, days=7, created_at=now)
        program.spend(name, 5, BLANK_MODEL)
    program.post(now)
    user, archived = EndUser.objects.get(name=BLANK_USER), EndUser.objects.get(name="")
    reset_cost(end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=boss, note="r", now=now)
    program.spend(BLANK_USER, 5, BLANK_MODEL)
    program.post(now)
    archive(end_user=archived, now=now)
    client, entry = Client.objects.get(), CostEntry.objects.filter(end_user=user)[0]
    flag = ClientFlag.objects.create(
        project=project, client=client, kind="forked", first_at=now, last_at=now, end_user=user
    )
    key, _ = create_key(label="k", project=project, expires_at=None, created_by=boss, now=now)
    give_role(project=project, login=boss, role=Role.OWNER, now=now)
    return Nasty(project, user, archived, entry, client, flag, key, boss, Group.objects.create(name="g"))


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("/admin/", (BLANK_PROJECT, BLANK_USER, BLANK_MODEL, BLANK_CLIENT)),
        ("/admin/?split=user", (BLANK_PROJECT, BLANK_USER)),
        ("/admin/?split=project", (BLANK_PROJECT,)),
        ("/admin/?range=custom&from=2020-01-01&to=2020-01-02&project={project}", (BLANK_PROJECT,)),
        ("/admin/models/", (BLANK_PROJECT, BLANK_MODEL)),
        (f"{ADMIN}enduser/", (BLANK_PROJECT, BLANK_USER)),
        (f"{ADMIN}enduser/{{user}}/change/", tuple(BLANKS)),
        (f"{ADMIN}enduser/{{user}}/history/", (BLANK_USER,)),
        (f"{ADMIN}enduser/{{user}}/reset/", (BLANK_USER,)),
        (f"{ADMIN}enduser/{{user}}/adjust/", (BLANK_USER, BLANK_MODEL)),
        (f"{ADMIN}enduser/{{user}}/archive/", (BLANK_USER,)),
        (f"{ADMIN}costentry/", tuple(BLANKS)),
        (f"{ADMIN}costentry/{{entry}}/change/", tuple(BLANKS)),
        (f"{ADMIN}client/", (BLANK_PROJECT, BLANK_CLIENT)),
        (f"{ADMIN}client/{{client}}/change/", (BLANK_PROJECT, BLANK_USER, BLANK_CLIENT)),
        (f"{ADMIN}project/", (BLANK_PROJECT,)),
        (f"{ADMIN}project/{{project}}/change/", (BLANK_PROJECT,)),
        (f"{ADMIN}apikey/", (BLANK_PROJECT,)),
        (f"{ADMIN}apikey/{{key}}/change/", (BLANK_PROJECT,)),
        (f"{ADMIN}membership/", (BLANK_PROJECT,)),
        ("/admin/admin/logentry/", (BLANK_PROJECT, "")),
    ],
)
def test_a_name_that_shows_nothing_is_told_by_its_code_points(
    site: Browser, blank: Nasty, page: str, told: tuple[str, ...]
) -> None:
    # So that the trail tells of it.
    site.post(f"{ADMIN}enduser/{blank.archived.pk}/restore/")
    ids = {"user": blank.user, "entry": blank.entry, "client": blank.client, "project": blank.project, "key": blank.key}
    answer = site.get(page.format(**{name: row.pk for name, row in ids.items()}))
    assert answer.status_code == 200
    html = answer.content.decode()
    assert [name for name in told if visible_name(name) not in html] == []


def test_no_page_shows_nothing_in_place_of_a_name(site: Browser, blank: Nasty) -> None:
    for path in paths(blank):
        html = site.get(path).content.decode()
        assert re.findall("|".join(f">\\s*{name}\\s*<" for name in BLANKS), html) == [], path


def test_what_was_done_to_a_blank_name_is_said_of_its_code_points(site: Browser, blank: Nasty) -> None:
    told, user = BLANKS[BLANK_USER], f"{ADMIN}enduser/{blank.user.pk}/"
    shown = {"initial-limit": "1.00", "initial-duration": "weekly", "duration": "weekly", "reason": ""}
    for path, data, said in (
        ("reset/", {"reason": "r"}, f"Reset \u2068{told}\u2069:"),
        ("adjust/", {"amount": "1", "model": "", "reason": "r"}, f"\u2068{told}\u2069 has now spent"),
        ("change/", shown | {"limit": "5"}, f"Saved \u2068{told}\u2069: limit: "),
        ("archive/", {}, f"Archived \u2068{told}\u2069."),
    ):
        assert said in site.post(user + path, data, follow=True).content.decode()


def test_a_name_from_right_to_left_stands_apart_in_what_the_trail_says(site: Browser, blank: Nasty) -> None:
    name = "\u05d0\u05d1 12"
    project = create_project(name=name, now=timezone.now())
    data = {"project": project.pk, "name": f"{name}\u202e", "limit": "3", "duration": ""}
    site.post(f"{ADMIN}enduser/add/", data)
    html = site.get("/admin/admin/logentry/").content.decode()
    assert f"Added to project \u2068{name}\u2069. limit: $3.00" in html
    assert 'class="bs-name" title="\u05d0' in html
