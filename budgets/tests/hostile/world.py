"""The instance under attack: projects that must not learn of each other, and a cheap picture of all that they hold."""

import json
import random
from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection, models
from django.test import Client

from budgets.models import Project, WrongKeyCount
from budgets.tests.api.conftest import key_for
from budgets.tests.factories import make_project

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PROJECTS = ("shop", "other", "third")
USERS = 4
OBSERVER = "observer"
# What a read, or a post that says nothing new, may write: when its client was last seen.
SEEN_ONLY = frozenset({"client", "view"})
# Prime, and small enough that a table's sum of remainders fits 64 bits.
MODULUS = 1_000_000_007

# By project (None: rows of no project), by table: its figures.
Picture = dict[int | None, dict[str, str]]


@dataclass
class World:
    """Three projects with users and spend, a key for each and one for the instance, and what was handed out of them."""

    keys: dict[str, str] = field(default_factory=dict)
    instance_key: str = ""
    canaries: dict[str, str] = field(default_factory=dict)
    # Whole `user_dict`s with their marks, by project, the latest last.
    handed: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, int] = field(default_factory=dict)

    @classmethod
    def build(cls, rng: random.Random) -> "World":
        """Make it, through the API as clients do, in an empty database."""
        world = cls(instance_key=key_for(None))
        for name in PROJECTS:
            project = make_project(name)
            world.ids[name], world.keys[name] = project.pk, key_for(project)
            world.canaries[name] = f"canary-{rng.getrandbits(64):016x}"
            users: dict[str, Any] = {world.canaries[name]: {"total_budget": 7, "duration": 7, "created_at": 1.7e9}}
            for number in range(USERS):
                cost = round(rng.random() * 3, 6)
                users[f"user-{number}"] = {"total_budget": 10, "current_cost": cost, "model_cost": {"gpt-4o": cost}}
                if number % 2:
                    users[f"user-{number}"] |= {"duration": 30, "created_at": 1.79e9, "last_updated_at": 1.79e9}
            body = json.dumps({"project_name": name, "user_dict": users}).encode()
            answer = send("/set_budget", body, secret=world.keys[name], client_id="founder")
            assert answer.status_code == 200, answer.content
            world.read(name)
        return world

    def read(self, project: str) -> dict[str, Any]:
        """The project's records as one more program is handed them, remembered for later posts."""
        body = json.dumps({"project_name": project}).encode()
        secret = self.keys.get(project, self.instance_key)
        answer = send("/get_budget", body, secret=secret, client_id=OBSERVER)
        assert answer.status_code == 200, answer.content
        data = dict(json.loads(answer.content)["data"])
        # The canary's name is in no post: nobody else's answer has a reason to hold it.
        known = {name: record for name, record in data.items() if name not in self.canaries.values()}
        self.handed[project] = [*self.handed[project][-3:], known]
        return data


def basic(client_id: str, secret: str) -> str:
    """Basic credentials."""
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


def send(path: str, body: bytes, *, secret: str, client_id: str) -> "Response":
    """POST JSON, under Basic credentials."""
    return send_raw(path, body, {"HTTP_AUTHORIZATION": basic(client_id, secret)})


def send_raw(path: str, body: bytes, environ: dict[str, Any], method: str = "POST") -> "Response":
    """Send the body under what a WSGI server would say of its headers; a failed view is an answer, not a raise."""
    content_type = environ.pop("CONTENT_TYPE", "application/json")
    # Django's client leaves the type of an empty body out, takes a path of two slashes for a host, and fails a read
    # that goes beyond the body.
    given = {"CONTENT_TYPE": content_type, "SERVER_NAME": "localhost", "PATH_INFO": path, "wsgi.input": BytesIO(body)}
    extra = given | environ
    return _client().generic(method, "/", body, content_type=content_type, **extra)


@cache
def _client() -> Client:
    """One for all: each builds the middleware anew."""
    return Client(raise_request_exception=False)


def picture() -> Picture:
    """What the whole database holds: of every table and project the number of rows, the last id and sums of columns."""
    found: Picture = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(_statement())
        for table, project_id, figures in cursor.fetchall():
            found[project_id][table] = figures
    return found


@cache
def _statement() -> str:
    """One for all tables: PostgreSQL answers one sooner than a dozen."""
    # Wrong keys are what a refusal is there to count.
    kept = (one for one in apps.get_app_config("budgets").get_models() if one is not WrongKeyCount)
    return " UNION ALL ".join(_select(model) for model in kept)


def _select(model: type[models.Model]) -> str:
    fields = model._meta.concrete_fields
    has_project = any(one.column == "project_id" for one in fields)
    group = "id" if model is Project else "project_id" if has_project else ""
    figures = ["COUNT(*)", *(figure for one in fields for figure in _figures(one))]
    text = " || ',' || ".join(f"COALESCE(CAST({figure} AS text), '')" for figure in figures)
    columns = f"'{model._meta.model_name}', {group or 'CAST(NULL AS bigint)'}, {text}"
    return f"SELECT {columns} FROM {model._meta.db_table}{f' GROUP BY {group}' if group else ''}"


def _figures(one: "models.Field[Any, Any]") -> list[str]:
    column = one.column
    # What the database works out follows from the other columns.
    if column == "last_used_at" or isinstance(one, models.BinaryField) or one.generated:
        return []
    if isinstance(one, models.DateTimeField | models.DateField):
        return [f"MAX({column})", f"COUNT({column})"]
    if isinstance(one, models.CharField | models.TextField | models.JSONField):
        return [f"SUM(LENGTH(CAST({column} AS text)))"]
    if isinstance(one, models.BooleanField):
        return [f"COUNT(CASE WHEN {column} THEN 1 END)"]
    return [f"SUM({column} % {MODULUS})", f"COUNT({column})", f"MAX({column})"]


def differing(before: Picture, after: Picture) -> dict[int | None, set[str]]:
    """By project, the tables whose figures differ."""
    found: dict[int | None, set[str]] = {}
    for project_id in before.keys() | after.keys():
        old, new = before.get(project_id, {}), after.get(project_id, {})
        tables = {table for table in old.keys() | new.keys() if old.get(table) != new.get(table)}
        if tables:
            found[project_id] = tables
    return found
