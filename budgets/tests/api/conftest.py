"""What the endpoints' tests share: a caller of the API, its answers checked against the OpenAPI file, dumps."""

import json
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from django.apps import apps
from django.test import Client

from budgets.api.openapi import OPENAPI_FILE
from budgets.models import Project, WrongKeyCount
from budgets.services.keys import create_key
from budgets.tests.factories import NOW, make_project

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

ENDPOINTS = ("/get_budget", "/set_budget")
PROBLEM = "application/problem+json"


@cache
def description() -> dict[str, Any]:
    """The OpenAPI file."""
    return dict(json.loads(OPENAPI_FILE.read_text(encoding="utf-8")))


def check_described(path: str, response: "Response") -> None:
    """Hold an answer against what the description says of its path and status."""
    described = description()["paths"]["/" + path.rpartition("/")[2]]["post"]["responses"]
    assert str(response.status_code) in described, f"{response.status_code} is not described"
    content = described[str(response.status_code)]["content"]
    assert list(content) == [response.headers["Content-Type"]]
    schema = content[response.headers["Content-Type"]]["schema"] | {"components": description()["components"]}
    jsonschema.Draft202012Validator(schema).validate(json.loads(response.content))


def check_problem(response: "Response", status: int, kind: str) -> dict[str, Any]:
    """Hold an answer against RFC 9457 and our own promises; return it."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == PROBLEM
    problem = dict(json.loads(response.content))
    assert problem["type"] == f"urn:budgets:problem:{kind}"
    assert type(problem["status"]) is int
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


def dump() -> dict[str, list[dict[str, Any]]]:
    """Every row of the product's, but for when keys were last used and how many wrong ones were shown."""
    return {
        model.__name__: [
            {key: value for key, value in row.items() if key != "last_used_at"}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in apps.get_app_config("budgets").get_models()
        if model is not WrongKeyCount
    }


@dataclass
class Api:
    """Calls the API with a key; every answer is checked against the description."""

    secret: str
    client_id: str = "worker-1"

    def post(self, path: str, body: Any, **options: Any) -> "Response":
        """POST `body`, as JSON unless it is bytes."""
        credentials = b64encode(f"{self.client_id}:{self.secret}".encode()).decode()
        headers = {"Authorization": f"Basic {credentials}"} | options.pop("headers", {})
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        content_type = options.pop("content_type", "application/json")
        # Django's client leaves the type out where the body is empty.
        options = {"content_type": content_type, "CONTENT_TYPE": content_type} | options
        response = Client().generic("POST", path, data, headers=headers, **options)
        check_described(path, response)
        return response

    def read(self, project: str = "p") -> dict[str, Any]:
        """The project's records."""
        response = self.post("/get_budget", {"project_name": project})
        assert response.status_code == 200, response.content
        return dict(json.loads(response.content)["data"])

    def write(self, user_dict: Any, project: str = "p") -> "Response":
        """Post the dict."""
        return self.post("/set_budget", {"project_name": project, "user_dict": user_dict})


@pytest.fixture
def stored(db: None) -> Project:
    """The project "p"."""
    return make_project("p")


def key_for(project: Project | None, **options: Any) -> str:
    """The secret of a new key."""
    values: dict[str, Any] = {"label": "tests", "expires_at": None, "created_by": None, "now": NOW}
    return create_key(project=project, **(values | options))[1]


@pytest.fixture
def api(stored: Project) -> Api:
    """Calls with a key for "p"."""
    return Api(key_for(stored))


@pytest.fixture
def instance_api(stored: Project) -> Api:
    """Calls with a key for the instance."""
    return Api(key_for(None))


def body_of(record: str, name: str = "u") -> bytes:
    """A body with the record's JSON as it stands here."""
    return f'{{"project_name": "p", "user_dict": {{"{name}": {record}}}}}'.encode()
