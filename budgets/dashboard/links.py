"""Where the figures lead: the lists behind them, filtered to the same rows."""

from urllib.parse import urlencode

from django.urls import reverse

from budgets.dashboard.choices import Choices
from budgets.domain.model_parameter import model_parameter
from budgets.domain.windows import Step
from budgets.models import Project
from budgets.queries.spend import days_of
from budgets.queries.spend_series import Split


def list_url(table: str, project: Project | None, **filters: str) -> str:
    """The list of that table ("enduser") with these filters, of the chosen project."""
    chosen = ({"project": str(project.pk)} if project else {}) | filters
    return reverse(f"admin:budgets_{table}_changelist") + (f"?{urlencode(chosen)}" if chosen else "")


def entries_url(choices: Choices, model: str | None = None) -> str:
    """The cost entries, of one model or all, that are counted in the range, to the hour."""
    span = f"{choices.range.start:%Y-%m-%dT%H}..{choices.range.end:%Y-%m-%dT%H}"
    of_model = {} if model is None else {"model": model_parameter(model)}
    return list_url("costentry", choices.project, **of_model, since=span)


def active_url(choices: Choices) -> str:
    """The end users, archived ones too, who spent on the days of the window."""
    first, last = days_of(choices.window)
    return list_url("enduser", choices.project, archived="all", spent=f"{first}..{last}")


def csv_url(choices: Choices) -> str:
    """What the chart shows, as a CSV file."""
    return reverse("dashboard:spend_csv") + choices.url(("unit",))


def users_csv_url(choices: Choices) -> str | None:
    """What each end user spent, as a CSV file; None of a range too short for it, as they are kept by the day."""
    if choices.range.default_step is Step.HOUR:
        return None
    return reverse("dashboard:spend_csv") + choices.url(("unit", "step"), split=Split.USER)


def models_url(choices: Choices) -> str:
    """The models' page with the same choices."""
    return reverse("dashboard:models") + choices.url(("split",))
