"""Reads of projects."""

from budgets.models import Project
from budgets.models.prepared import Given, Prepared

_BY_NAME = Prepared(lambda: Project.objects.filter(name=Given("name")).order_by())


def find_project(*, name: str) -> Project | None:
    """The project of that name, if there is one."""
    return _BY_NAME.first(name=name)
