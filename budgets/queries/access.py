"""Which projects a login reaches: the one place that decides it, for lists, pages, acts and the dashboard alike.

Django's permissions reach every project, as does a superuser; a role (`domain.roles`) reaches its own project. What a
login may do is both together, and nothing takes away what the other gives.
"""

from dataclasses import dataclass
from typing import TypeVar

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import Model, QuerySet

from budgets.domain.roles import Act, Role, roles_that_may
from budgets.models import Membership, Project

Login = User | AbstractBaseUser | AnonymousUser
M = TypeVar("M", bound=Model)
ROLES = "_budgets_roles"


@dataclass(frozen=True, slots=True)
class Reach:
    """The projects that an act reaches. `project_ids` None: every one, and what belongs to no project."""

    project_ids: frozenset[int] | None

    def __bool__(self) -> bool:
        return self.project_ids is None or bool(self.project_ids)

    def __and__(self, other: "Reach") -> "Reach":
        if self.project_ids is None:
            return other
        return self if other.project_ids is None else Reach(self.project_ids & other.project_ids)

    @property
    def is_everything(self) -> bool:
        """Whether nothing is out of reach."""
        return self.project_ids is None

    def covers(self, project_id: int | None) -> bool:
        """Whether a row of that project, or of none, is within reach."""
        return self.project_ids is None or (project_id is not None and project_id in self.project_ids)

    def of(self, rows: QuerySet[M], path: str | None = "project") -> QuerySet[M]:
        """The rows within reach. `path` leads from a row to its project's id; None where it belongs to none."""
        if self.project_ids is None:
            return rows
        return rows.filter(**{f"{path}__in": self.project_ids}) if path and self.project_ids else rows.none()


EVERYTHING = Reach(None)
NOTHING = Reach(frozenset())


def only(project: Project) -> Reach:
    """That project alone."""
    return Reach(frozenset({project.pk}))


def roles_of(login: Login) -> dict[int, Role]:
    """The login's role by project id; read once for each request, since the login is made anew with each."""
    if not isinstance(login, User) or not (login.is_active and login.is_staff):
        return {}
    if ROLES not in login.__dict__:
        rows = Membership.objects.filter(login=login).values_list("project_id", "role")
        login.__dict__[ROLES] = {project_id: Role(role) for project_id, role in rows.order_by()}
    found: dict[int, Role] = login.__dict__[ROLES]
    return found


def has_permission(login: Login, act: Act, model: type[Model]) -> bool:
    """Whether Django's own permissions, which know no project, let the login do it."""
    if not isinstance(login, User):
        return False
    meta = model._meta
    # As the admin has it: who may change a thing may look at it.
    acts = ("view", "change") if act == "view" else (act,)
    return any(login.has_perm(f"{meta.app_label}.{one}_{meta.model_name}") for one in acts)


def reach_of(login: Login, act: Act, model: type[Model]) -> Reach:
    """Where the login may do `act` to rows of the model."""
    if has_permission(login, act, model):
        return EVERYTHING
    allowed = roles_that_may(act, model._meta.label_lower)
    if not allowed:
        return NOTHING
    return Reach(frozenset(project_id for project_id, role in roles_of(login).items() if role in allowed))


def project_id_of(row: Model) -> int | None:
    """The project that a row belongs to; None where it belongs to none, as a key to the whole instance."""
    if isinstance(row, Project):
        return row.pk
    found: int | None = getattr(row, "project_id", None)
    return found
