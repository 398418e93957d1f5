"""Two projects with everything in them that could leak, and one login for each column of the table of roles."""

import re
from dataclasses import dataclass, field
from typing import Any

from axes.models import AccessAttempt, AccessLog
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client as Browser
from django.utils import timezone

from budgets.domain.roles import Role
from budgets.models import ApiKey, Client, ClientFlag, CostEntry, EndUser, LogScope, Membership, Project, ResetRun
from budgets.models.wrong_key_count import WrongKeyCount
from budgets.services.end_users import archive
from budgets.services.keys import create_key
from budgets.services.ledger import adjust
from budgets.services.members import give_role
from budgets.tests.factories import make_project, make_user

PASSWORD = "a passphrase of the table"
# In every name of the one project and of the other, and of what belongs to the instance.
OWN, ALIEN, INSTANCE = "homely", "alien", "instancy"
COLUMNS = ("anonymous", "stranger", "viewer", "manager", "owner", "other", "boss")


@dataclass
class Side:
    """One project and a row of each kind in it."""

    word: str
    project: Project
    user: EndUser
    archived: EndUser
    entry: CostEntry
    client: Client
    flag: ClientFlag
    key: ApiKey
    member: Membership
    log: LogEntry


@dataclass
class World:
    """Both projects, what belongs to neither, and the logins by column."""

    own: Side
    alien: Side
    instance_key: ApiKey
    run: ResetRun
    group: Group
    person: User
    sign_in: AccessLog
    failed: AccessAttempt
    logins: dict[str, User] = field(default_factory=dict)

    def browser(self, column: str) -> Browser:
        """A browser in which that login is logged in."""
        browser = Browser(raise_request_exception=False)
        if column != "anonymous":
            browser.force_login(self.logins[column])
        return browser

    def forbidden_words(self, column: str) -> list[str]:
        """What no answer to that login may hold."""
        if column == "boss":
            return []
        # The last is the heading of the instance's health on the dashboard.
        instance = [INSTANCE, self.instance_key.prefix, "Resets and ledger"]
        if column in {"anonymous", "stranger"}:
            return [OWN, ALIEN, *instance]
        return [OWN if column == "other" else ALIEN, *instance]


def make_side(word: str, instance_key: ApiKey, actor: User) -> Side:
    """A project all of whose names begin with the word."""
    now = timezone.now()
    project = make_project(f"{word}-project")
    user, archived = make_user(project, f"{word}-user", usd=1), make_user(project, f"{word}-archived")
    archive(end_user=archived, now=now)
    entry = adjust(
        end_user=user, model=f"{word}-model", amount_nanousd=2 * 10**9, reason=f"{word}-reason", actor=actor, now=now
    )
    key, _ = create_key(label=f"{word}-key", project=project, expires_at=None, created_by=actor, now=now)
    client = Client.objects.create(project=project, client_id=f"{word}-client", first_seen_at=now)
    # Anonymous clients are told apart by their key: one of the project's, one of the instance's.
    for api_key in (key, instance_key):
        anonymous = Client.objects.create(project=project, api_key=api_key, first_seen_at=now)
        ClientFlag.objects.create(
            project=project, client=anonymous, kind="anonymous", first_at=now, last_at=now, end_user=user
        )
    flag = ClientFlag.objects.create(
        project=project, client=client, kind="reset_not_saved", first_at=now, last_at=now, end_user=user
    )
    login = User.objects.create_user(f"{word}-member", password=PASSWORD, is_staff=True)
    member = give_role(project=project, login=login, role=Role.VIEWER, now=now)
    log = LogEntry.objects.log_actions(actor.pk, [user], CHANGE, f"{word}-sentence", single_object=True)
    assert isinstance(log, LogEntry)
    LogScope.objects.create(entry=log, project=project)
    return Side(word, project, user, archived, entry, client, flag, key, member, log)


def make_world() -> World:
    """Everything."""
    now = timezone.now()
    boss = User.objects.create_superuser("boss", password=PASSWORD)
    instance_key, _ = create_key(label=f"{INSTANCE}-key", project=None, expires_at=None, created_by=boss, now=now)
    own, alien = make_side(OWN, instance_key, boss), make_side(ALIEN, instance_key, boss)
    logins = {"boss": boss, "stranger": User.objects.create_user("stranger", password=PASSWORD, is_staff=True)}
    for name, side, role in (
        ("viewer", own, Role.VIEWER),
        ("manager", own, Role.MANAGER),
        ("owner", own, Role.OWNER),
        ("other", alien, Role.OWNER),
    ):
        # The other project's owner has a name that the first project's members must not read.
        username = f"{ALIEN}-owner" if side is alien else f"{OWN}-{name}"
        logins[name] = User.objects.create_user(username, password=PASSWORD, is_staff=True)
        give_role(project=side.project, login=logins[name], role=role, now=now)
    LogEntry.objects.log_actions(boss.pk, [instance_key], CHANGE, f"{INSTANCE}-sentence", single_object=True)
    return World(
        own=own,
        alien=alien,
        instance_key=instance_key,
        run=ResetRun.objects.create(started_at=now, finished_at=now, rolled=0, failed=0),
        group=Group.objects.create(name=f"{INSTANCE}-group"),
        person=User.objects.create_user(f"{INSTANCE}-person", password=PASSWORD, is_staff=True),
        sign_in=AccessLog.objects.create(username=f"{INSTANCE}-person", attempt_time=now),
        failed=AccessAttempt.objects.create(
            username=f"{INSTANCE}-person", attempt_time=now, failures_since_start=1, get_data="", post_data=""
        ),
        logins=logins,
    )


def snapshot() -> dict[str, list[Any]]:
    """Every row that an act could have changed."""
    found: dict[str, list[Any]] = {}
    for app in ("budgets", "auth", "admin", "axes"):
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            if model is not WrongKeyCount:
                rows = model._default_manager.order_by("pk").values()
                found[model._meta.label] = [
                    {key: value for key, value in row.items() if key != "last_login"} for row in rows
                ]
    return found


def words_in(body: str, words: list[str]) -> list[str]:
    """Which of the words an answer holds, with what stands around them."""
    return [match for word in words for match in re.findall(f".{{0,40}}{re.escape(word)}.{{0,20}}", body)[:1]]
