"""Per-user LLM budgets: the ledger behind litellm's BudgetManager."""

from typing import Any

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Offer `budgets.BudgetManager`, imported on first use: models cannot load while Django's apps are loading."""
    if name == "BudgetManager":
        from budgets.services.manager import BudgetManager

        return BudgetManager
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
