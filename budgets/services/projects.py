"""Writes of projects."""

from datetime import datetime

from budgets.models import Project


def create_project(*, name: str, now: datetime) -> Project:
    """Make a project. Raises ValidationError where the name is empty, too long, or taken."""
    project = Project(name=name, created_at=now)
    project.full_clean()
    project.save()
    return project


def get_or_create_project(*, name: str, now: datetime) -> Project:
    """The project of that name, made by its first write (design R11)."""
    project, _ = Project.objects.get_or_create(name=name, defaults={"created_at": now})
    return project
