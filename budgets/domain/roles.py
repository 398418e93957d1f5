"""Project roles: what a login may do in the projects it is a member of."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

Act = Literal["view", "add", "change"]


class Role(StrEnum):
    """What a member may do, the least first: each may also do what the ones before it may."""

    VIEWER = "viewer"
    MANAGER = "manager"
    OWNER = "owner"


# The least role that an act on a table needs. What stands in no line is closed to members, whatever their role: a
# table or a page that comes later is shut until somebody writes it here.
LEAST_ROLE: Mapping[tuple[str, Act], Role] = {
    ("budgets.project", "view"): Role.VIEWER,
    ("budgets.enduser", "view"): Role.VIEWER,
    ("budgets.enduser", "add"): Role.MANAGER,
    ("budgets.enduser", "change"): Role.MANAGER,
    ("budgets.costentry", "view"): Role.VIEWER,
    ("budgets.client", "view"): Role.VIEWER,
    ("budgets.client", "change"): Role.MANAGER,
    ("budgets.apikey", "view"): Role.OWNER,
    ("budgets.apikey", "add"): Role.OWNER,
    ("budgets.apikey", "change"): Role.OWNER,
    ("budgets.membership", "view"): Role.OWNER,
    ("budgets.membership", "add"): Role.OWNER,
    ("budgets.membership", "change"): Role.OWNER,
    ("admin.logentry", "view"): Role.OWNER,
}


def roles_that_may(act: Act, table: str) -> frozenset[Role]:
    """The roles that may do `act` to a project's rows of `table` ("budgets.enduser")."""
    least = LEAST_ROLE.get((table, act))
    if least is None:
        return frozenset()
    ranked = list(Role)
    return frozenset(ranked[ranked.index(least) :])
