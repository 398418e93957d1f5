"""Logins, and users with spend, for the admin's pages."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from budgets.domain.terms import Terms
from budgets.models import EndUser, Project
from budgets.models.end_user import ChangeSource
from budgets.services.budgets import create_budget
from budgets.services.ledger import adjust
from budgets.services.projects import create_project

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
USD = 1_000_000_000
MakeUser = Callable[..., EndUser]


@pytest.fixture
def the_project(db: None) -> Project:
    return create_project(name="shop", now=NOW)


@pytest.fixture
def make_user(the_project: Project) -> MakeUser:
    """Make an end user with a limit in USD, and spend in USD."""

    def make(name: str, limit: float | None = 10, spent: float = 0, days: int | None = None) -> EndUser:
        terms = Terms(None if limit is None else int(limit * USD), days)
        user = create_budget(
            project=the_project, name=name, terms=terms, source=ChangeSource.CLIENT, actor=None, now=NOW
        )
        if spent:
            adjust(end_user=user, model="gpt-4o", amount_nanousd=int(spent * USD), reason="seed", actor=None, now=NOW)
        return user

    return make


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password="x")


@pytest.fixture
def site(boss: User) -> Client:
    """A browser with an admin logged in."""
    client = Client()
    client.force_login(boss)
    return client


@pytest.fixture
def viewer_site(db: None) -> Client:
    """A browser of one who may look at everything and change nothing."""
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(viewer)
    return client
