"""`/openapi.json`, and whether it says what the code does."""

import re
from typing import Any

import jsonschema
import pytest
from django.test import Client

from budgets.api.keys import CLIENT_ID_PATTERN
from budgets.api.problems import TITLES
from budgets.domain.marks import MARK_PATTERN
from budgets.domain.money import MAX_USD
from budgets.domain.records import MAX_EPOCH_SECONDS, MAX_MODELS, MAX_NAME_LENGTH
from budgets.domain.terms import MAX_DURATION_DAYS
from budgets.tests.api.conftest import ENDPOINTS, check_problem, description


def test_it_is_served_to_everyone() -> None:
    response = Client().get("/openapi.json")
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == description()


def test_it_is_openapi_3_1_of_both_endpoints() -> None:
    assert re.fullmatch(r"3\.1\.\d+", description()["openapi"])
    assert set(description()["paths"]) == set(ENDPOINTS)
    assert {name for path in ENDPOINTS for name in description()["paths"][path]} == {"post"}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ENDPOINTS)
def test_its_paths_are_answered(path: str) -> None:
    check_problem(Client().post(path), 401, "key-refused")


@pytest.mark.parametrize("path", ENDPOINTS)
def test_every_refusal_is_described(path: str) -> None:
    described = set(description()["paths"][path]["post"]["responses"])
    assert described == {"200", *(str(status) for status, _ in TITLES.values())}


def test_its_bounds_are_the_codes() -> None:
    record = description()["components"]["schemas"]["Record"]["properties"]
    assert record["total_budget"]["oneOf"][0]["maximum"] == MAX_USD
    assert record["duration"]["oneOf"][0]["maximum"] == MAX_DURATION_DAYS
    assert record["created_at"]["maximum"] == record["last_updated_at"]["maximum"] == MAX_EPOCH_SECONDS
    models = record["model_cost"]["oneOf"][0]
    assert models["maxProperties"] == MAX_MODELS
    assert models["propertyNames"]["maxLength"] == MAX_NAME_LENGTH
    assert record["_view"]["pattern"] == f"^{re.sub(r'[()]', '', MARK_PATTERN.pattern)}$"
    client_id = description()["components"]["parameters"]["ClientId"]["schema"]
    for text in ("", "worker-1", "ä" * 128, "x" * 129, "a\tb", "a\x7f", "a\0"):
        is_described = len(text) <= client_id["maxLength"] and bool(re.search(client_id["pattern"], text))
        assert is_described == bool(CLIENT_ID_PATTERN.fullmatch(text)), text


def schemas(node: Any) -> list[Any]:
    """Every schema in the file."""
    if isinstance(node, dict):
        own = [node["schema"]] if "schema" in node else []
        return own + [one for value in node.values() for one in schemas(value)]
    return [one for value in node for one in schemas(value)] if isinstance(node, list) else []


def test_its_schemas_are_schemas_and_every_reference_leads_somewhere() -> None:
    found = schemas(description()) + list(description()["components"]["schemas"].values())
    assert len(found) > 10
    for schema in found:
        jsonschema.Draft202012Validator.check_schema(schema)
    for reference in re.findall(r"'\$ref': '#/([^']+)'", str(description())):
        node = description()
        for step in reference.split("/"):
            node = node[step]
