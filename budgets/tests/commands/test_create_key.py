"""`create_key (--project NAME | --instance) --label L [--expires DATE] [--json]`."""

import json
import re
from datetime import UTC, datetime

import pytest
from django.core.management.base import CommandError

from budgets.models import ApiKey
from budgets.services.keys import hash_key
from budgets.tests.commands.conftest import run
from budgets.tests.factories import make_project

pytestmark = pytest.mark.django_db


def test_a_key_for_one_project() -> None:
    project = make_project("shop")
    said = run("create_key", "--project", "shop", "--label", "worker")
    (secret,) = re.findall(r"bk_\S+", said)
    assert said == f"key for project shop, shown this once: {secret}\n"
    row = ApiKey.objects.get()
    assert (row.project, row.label, row.key_hash, row.expires_at) == (project, "worker", hash_key(secret), None)


def test_a_key_for_the_instance_as_json() -> None:
    answer = json.loads(run("create_key", "--instance", "--label", "all", "--json").splitlines()[-1])
    assert answer["project"] is None
    assert ApiKey.objects.get().key_hash == hash_key(answer["api_key"])


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2999-01-31", datetime(2999, 1, 31, tzinfo=UTC)),
        ("2999-01-31T12:30", datetime(2999, 1, 31, 12, 30, tzinfo=UTC)),
        ("2999-01-31T12:30+02:00", datetime(2999, 1, 31, 10, 30, tzinfo=UTC)),
    ],
)
def test_expires_is_utc_unless_it_says_otherwise(text: str, moment: datetime) -> None:
    run("create_key", "--instance", "--label", "all", "--expires", text)
    assert ApiKey.objects.get().expires_at == moment


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--label", "x"],
        ["--instance"],
        ["--instance", "--project", "shop", "--label", "x"],
        ["--project", "unknown", "--label", "x"],
        ["--project", "", "--label", "x"],
        ["--instance", "--label", ""],
        ["--instance", "--label", "x" * 101],
        ["--instance", "--label", "x", "--expires", "2001-01-01"],
        ["--instance", "--label", "x", "--expires", "tomorrow"],
    ],
)
def test_what_cannot_be_is_refused_and_makes_no_key(arguments: list[str]) -> None:
    make_project("shop")
    with pytest.raises(CommandError):
        run("create_key", *arguments)
    assert not ApiKey.objects.exists()
