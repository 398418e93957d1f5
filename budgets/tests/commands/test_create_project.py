"""`create_project NAME [--json]`."""

import json
import re

import pytest
from django.core.management.base import CommandError

from budgets.models import ApiKey, Project
from budgets.services.keys import KEY_PATTERN, hash_key
from budgets.tests.commands.conftest import run

pytestmark = pytest.mark.django_db


def test_a_project_is_made_with_a_key_of_its_own() -> None:
    said = run("create_project", "shop")
    (secret,) = re.findall(r"bk_\S+", said)
    assert said == f"project shop made; its key, shown this once: {secret}\n"
    api_key = ApiKey.objects.get()
    assert (api_key.project, api_key.key_hash) == (Project.objects.get(name="shop"), hash_key(secret))


def test_a_name_sends_a_terminal_no_escapes() -> None:
    said = run("create_project", "\x1b[2Jshop") + run("create_key", "--project", "\x1b[2Jshop", "--label", "x")
    assert "\x1b" not in said
    assert said.count(r"project \x1b[2Jshop") == 2


def test_json_is_the_last_line() -> None:
    answer = json.loads(run("create_project", 'sh"op', "--json").splitlines()[-1])
    assert answer.keys() == {"project", "api_key"}
    assert answer["project"] == 'sh"op'
    assert KEY_PATTERN.fullmatch(answer["api_key"])


@pytest.mark.parametrize("name", ["", "shop", "x" * 256])
def test_a_refused_name_makes_neither(name: str) -> None:
    run("create_project", "shop")
    with pytest.raises(CommandError):
        run("create_project", name)
    assert (Project.objects.count(), ApiKey.objects.count()) == (1, 1)


def test_a_long_name_is_no_obstacle_for_its_keys_label() -> None:
    run("create_project", "x" * 255)
    assert ApiKey.objects.get().label == "x" * 100
