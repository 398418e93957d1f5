"""Reads of projects."""

from budgets.models import Project


def find_project(*, name: str) -> Project | None:
    """The project of that name, if there is one."""
    return Project.objects.filter(name=name).first()
