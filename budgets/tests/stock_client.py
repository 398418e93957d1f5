"""litellm's hosted BudgetManager in small: the same dict, changed the same way, posted when the test says so."""

import copy
from datetime import datetime
from typing import Any

Record = dict[str, Any]
UserDict = dict[str, Record]
DAY_SECONDS = 86_400


class StockClient:
    """A client process. `imported_at` is when it imported litellm, which is the default of `created_at`."""

    def __init__(self, *, imported_at: datetime) -> None:
        self.imported_at = imported_at.timestamp()
        self.user_dict: UserDict = {}

    def create_budget(
        self, user: str, total_budget: float, *, days: int | None = None, created_at: datetime | None = None
    ) -> None:
        """Replace the record by a fresh one."""
        since = self.imported_at if created_at is None else created_at.timestamp()
        self.user_dict[user] = {"total_budget": total_budget}
        if days is not None:
            self.user_dict[user] |= {"duration": days, "created_at": since, "last_updated_at": since}

    def spend(self, user: str, cost: float, model: str = "gpt-4o") -> None:
        """Add floats to floats, as litellm does."""
        record = self.user_dict[user]
        record["current_cost"] = cost + record.get("current_cost", 0)
        by_model = record.setdefault("model_cost", {})
        by_model[model] = cost + by_model.get(model, 0)

    def snapshot_amid_spend(self, user: str, cost: float, model: str = "gpt-4o") -> UserDict:
        """Spend, and return what another thread would have posted in the midst of it: current_cost comes first."""
        amid = self.snapshot()
        amid[user]["current_cost"] = cost + amid[user].get("current_cost", 0)
        self.spend(user, cost, model)
        return amid

    def reset_cost(self, user: str) -> None:
        """Zero the costs; nothing is posted."""
        self.user_dict[user] |= {"current_cost": 0, "model_cost": {}}

    def reset_on_duration(self, user: str, now: datetime) -> None:
        """Zero the costs where the client's own window has elapsed."""
        record = self.user_dict[user]
        if now.timestamp() - record["last_updated_at"] >= record["duration"] * DAY_SECONDS:
            self.reset_cost(user)
            record["last_updated_at"] = now.timestamp()

    def snapshot(self) -> UserDict:
        """The whole dict as it is posted now; to be delivered late, it must not change any more."""
        return copy.deepcopy(self.user_dict)
