"""What a bulk act's preview shows of the selected users, and the hidden fields that carry it to the confirmation."""

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpRequest

from budgets.admin.end_user_forms import limit_words
from budgets.domain.durations import duration_words
from budgets.domain.terms import Terms
from budgets.models import EndUser
from budgets.queries.end_users import usage_of
from budgets.templatetags.money import usd

SHOWN, SHOWN_PERIOD = "shown", "shown_period"
FIGURES = ("Spent", "Limit", "Duration")


def terms_of(user: EndUser) -> Terms:
    """The user's terms."""
    return Terms(user.budget.total_budget_nanousd, user.budget.duration_days)


def figures(user: EndUser, *, without: str = "") -> list[str]:
    """Those of FIGURES for a row of a preview, but the one that it shows before and after."""
    usage = usage_of(user)
    words = (usd(usage.spent_nanousd), limit_words(usage.limit_nanousd), duration_words(usage.duration_days))
    return [word for head, word in zip(FIGURES, words, strict=True) if head != without]


def counted(users: list[EndUser]) -> str:
    """How many, in words."""
    return f"{len(users)} end user{'' if len(users) == 1 else 's'}"


def chosen(users: list[EndUser]) -> list[tuple[str, str]]:
    """The fields that select these users again."""
    return [(ACTION_CHECKBOX_NAME, str(user.pk)) for user in users]


def as_shown(users: list[EndUser]) -> list[tuple[str, str]]:
    """The fields that say which terms and periods the preview showed: a form sent twice does nothing twice."""
    terms = [(SHOWN, f"{user.pk}:{terms_text(user)}") for user in users]
    return terms + [(SHOWN_PERIOD, f"{user.pk}:{period_id_of(user)}") for user in users]


def shown_by_id(request: HttpRequest, field: str) -> dict[str, str]:
    """By the users' ids what the preview showed, as text; empty before it."""
    return dict(text.split(":", 1) for text in request.POST.getlist(field) if ":" in text)


def period_id_of(user: EndUser) -> int:
    """The open period that the list has read for the user."""
    period_id: int = user.__dict__["open_id"]
    return period_id


def is_as_shown(user: EndUser, shown: dict[str, str]) -> bool:
    """Whether the user's terms are still those of the preview."""
    return shown.get(str(user.pk), terms_text(user)) == terms_text(user)


def terms_text(user: EndUser) -> str:
    """The terms for a hidden field."""
    terms = terms_of(user)
    return f"{terms.total_budget_nanousd}:{terms.duration_days}"
