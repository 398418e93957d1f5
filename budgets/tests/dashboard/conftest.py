"""A superuser's browser, a project, and spend made through the services."""

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budgets.domain.terms import Terms
from budgets.models import EndUser, Project
from budgets.models.end_user import ChangeSource
from budgets.services.budgets import create_budget
from budgets.services.ledger import adjust
from budgets.services.projects import create_project

USD = 1_000_000_000
INDEX = "/admin/"


@pytest.fixture
def site(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("boss", password="x"))
    return client


@pytest.fixture
def shop(db: None) -> Project:
    return create_project(name="shop", now=timezone.now())


def spend(
    project: Project,
    name: str,
    amount: float,
    model: str = "gpt-4o",
    at: datetime | None = None,
    *,
    limit: float = 10,
    days: int | None = None,
) -> EndUser:
    """Write spend of the user, who is made where there is none yet, at that moment."""
    now = at or timezone.now()
    user = EndUser.objects.filter(project=project, name=name).first() or create_budget(
        project=project,
        name=name,
        terms=Terms(round(limit * USD), days),
        source=ChangeSource.CLIENT,
        actor=None,
        now=now,
    )
    adjust(end_user=user, model=model, amount_nanousd=round(amount * USD), reason="seed", actor=None, now=now)
    return user


def overview(site: Client, query: str = "") -> dict[str, Any]:
    """What the overview shows, as the template has it."""
    response = site.get(INDEX + query)
    assert response.status_code == 200
    found: dict[str, Any] = response.context["overview"]
    return found
