"""The tables. Every one reachable from a project carries the project's id."""

from budgets.models.api_key import ApiKey
from budgets.models.client import Client, ClientFlag
from budgets.models.cost_entry import CostEntry
from budgets.models.end_user import Budget, BudgetChange, EndUser
from budgets.models.kept_figures import OutlookFigures, UserFigures
from budgets.models.ledger_check import LedgerCheck
from budgets.models.log_scope import LogScope
from budgets.models.membership import Membership
from budgets.models.period import Period
from budgets.models.project import Project
from budgets.models.reset_run import ResetRun
from budgets.models.rollup import ClientDaySpend, DaySpend, HourSpend
from budgets.models.settled import SettledSpend, Settlement
from budgets.models.view import HighWater, View
from budgets.models.wrong_key_count import WrongKeyCount

__all__ = [
    "ApiKey",
    "Budget",
    "BudgetChange",
    "Client",
    "ClientDaySpend",
    "ClientFlag",
    "CostEntry",
    "DaySpend",
    "EndUser",
    "HighWater",
    "HourSpend",
    "LedgerCheck",
    "LogScope",
    "Membership",
    "OutlookFigures",
    "Period",
    "Project",
    "ResetRun",
    "SettledSpend",
    "Settlement",
    "UserFigures",
    "View",
    "WrongKeyCount",
]
