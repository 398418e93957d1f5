"""How much of a limit is used, as a bar that says it in words too."""

from typing import Any

from django import template

from budgets.queries.end_users import usage_state, used_percent

register = template.Library()


@register.inclusion_tag("budgets/budget_bar.html")
def budget_bar(spent_nanousd: int, limit_nanousd: int | None) -> dict[str, Any]:
    """A bar of `spent_nanousd` against `limit_nanousd`; None is unlimited and has no bar."""
    percent = used_percent(spent_nanousd, limit_nanousd)
    return {
        "percent": percent,
        "width": min(percent or 0, 100),
        "state": usage_state(spent_nanousd, limit_nanousd),
    }
