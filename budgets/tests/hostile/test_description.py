"""The OpenAPI file against the server, by schemathesis: it says what is taken, and how everything else is refused.

`make fuzz` asks for more examples through SCHEMATHESIS_EXAMPLES.
"""

import os
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from budgets.domain.marks import MARK_KEY, MARK_PATTERN
from budgets.models import WrongKeyCount
from budgets.tests.api.conftest import description, key_for
from budgets.tests.factories import broken

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "15"))

# Refusals that no schema can foretell, in the words of their detail.
BEYOND_A_SCHEMA = (
    "must not add up beyond",
    "cannot hold more than",
    "keys that are not litellm's",
    "nested deeper than",
)

pytestmark = pytest.mark.hostile

described = schemathesis.openapi.from_dict(description())
described.app = get_wsgi_application()


def take_marks_off(body: Any) -> None:
    """No schema can tell a mark that was handed out from another of its form; what has not even that stays."""
    users = body.get("user_dict") if isinstance(body, dict) else None
    for record in users.values() if isinstance(users, dict) else ():
        if isinstance(record, dict) and MARK_PATTERN.fullmatch(str(record.get(MARK_KEY))):
            del record[MARK_KEY]


@pytest.fixture
def instance_key(transactional_db: None) -> str:
    """A key for every project."""
    return key_for(None)


@described.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)
def test_the_server_does_what_the_description_says(case: Any, instance_key: str) -> None:
    WrongKeyCount.objects.all().delete()
    take_marks_off(case.body)
    headers = {"Authorization": f"Bearer {instance_key}", "Host": "localhost"}
    answer = case.call(headers=headers)
    says = [beyond for beyond in BEYOND_A_SCHEMA if beyond in answer.text]
    excluded = [positive_data_acceptance] if says else []
    case.validate_response(answer, headers=headers, transport_kwargs={"headers": headers}, excluded_checks=excluded)
    assert answer.status_code != 500
    assert broken() == []
