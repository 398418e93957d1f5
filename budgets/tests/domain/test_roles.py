"""What each role may do."""

import pytest

from budgets.domain.roles import LEAST_ROLE, Act, Role, roles_that_may


@pytest.mark.parametrize(
    ("act", "table", "roles"),
    [
        ("view", "budgets.enduser", {"viewer", "manager", "owner"}),
        ("change", "budgets.enduser", {"manager", "owner"}),
        ("change", "budgets.apikey", {"owner"}),
        ("change", "budgets.costentry", set()),
        ("view", "budgets.resetrun", set()),
        ("view", "auth.user", set()),
        ("add", "budgets.project", set()),
        ("view", "budgets.what_comes_next", set()),
    ],
)
def test_what_stands_in_no_line_is_closed(act: Act, table: str, roles: set[str]) -> None:
    assert roles_that_may(act, table) == roles


def test_a_role_may_what_those_before_it_may() -> None:
    for table, act in ((table, act) for table, act in LEAST_ROLE):
        allowed = [role in roles_that_may(act, table) for role in Role]
        assert allowed == sorted(allowed)
