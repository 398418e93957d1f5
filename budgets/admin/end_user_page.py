"""The choices that the page of one end user takes from its URL, and what it shows for them."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from budgets.admin.burn_down_drawing import chart_of
from budgets.admin.burn_down_sentence import day_text, sentence
from budgets.admin.burn_down_table import table_of
from budgets.admin.columns import model_word
from budgets.admin.cost_entry_list import ONE_USER
from budgets.domain.model_parameter import model_of, model_parameter
from budgets.domain.row_ids import is_row_id
from budgets.models import EndUser
from budgets.models.cost_entry import EntrySource
from budgets.queries.burn_down import BurnDown
from budgets.queries.end_user_detail import EndUserDetail, end_user_detail
from budgets.queries.end_user_ledger import LedgerChoice, models_of
from budgets.queries.end_users import Usage

# The names in the URL.
MODEL, SOURCE, FIRST_DAY, LAST_DAY, PERIOD, BEFORE = "model", "source", "from", "to", "period", "before"
PERIODS_BEFORE = "periods_before"
FILTERS = (MODEL, SOURCE, FIRST_DAY, LAST_DAY, PERIOD)


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The addresses of the page's own pages; None where there is none."""

    older_entries: str | None
    newest_entries: str | None
    older_periods: str | None
    latest_periods: str | None
    clear: str
    all_entries: str


def choice_of(query: QueryDict) -> LedgerChoice:
    """The filters of the ledger; what is no value of one is left out."""
    model, source = query.get(MODEL), query.get(SOURCE)
    known_model = model if model and "\0" not in model else None
    return LedgerChoice(
        model=None if known_model is None else model_of(known_model),
        source=source if source in EntrySource.values else None,
        first_day=_day(query.get(FIRST_DAY)),
        last_day=_day(query.get(LAST_DAY)),
        period_id=_number(query.get(PERIOD)),
        before=_number(query.get(BEFORE)),
    )


def page_context(request: HttpRequest, user: EndUser, usage: Usage) -> dict[str, Any]:
    """All that the page shows beyond the terms, under one name."""
    choice = choice_of(request.GET)
    periods_before = _number(request.GET.get(PERIODS_BEFORE))
    detail = end_user_detail(user, usage, choice, periods_before=periods_before)
    shown = detail.burn_down
    return {
        "detail": detail,
        "burn": shown and _burn(shown),
        "choice": choice,
        "is_filtered": any(request.GET.get(name) for name in FILTERS),
        "models": [(model_parameter(one), model_word(one)) for one in models_of(user)],
        "model_value": None if choice.model is None else model_parameter(choice.model),
        "sources": EntrySource.choices,
        "period": next((one for one in _periods(detail) if one.pk == choice.period_id), None),
        "links": _links(request.GET, user, detail),
    }


def _burn(shown: BurnDown) -> dict[str, Any]:
    told, now = shown.forecast, shown.window.now
    runs_out = day_text(told.runs_out_at, now) if told and told.runs_out_at else None
    return {
        "sentence": sentence(shown),
        "chart": chart_of(shown),
        "rows": table_of(shown),
        "runs_out": runs_out,
    }


def _periods(detail: EndUserDetail) -> list[Any]:
    return [*detail.past.rows, *([detail.open_period] if detail.open_period else [])]


def _links(query: QueryDict, user: EndUser, detail: EndUserDetail) -> PageLinks:
    ledger, past = detail.ledger, detail.past
    kept = {name: query.get(name, "") for name in (MODEL, SOURCE) if query.get(name)}
    everything = urlencode({ONE_USER: user.pk} | kept)
    return PageLinks(
        older_entries=_with(query, "d-entries", **{BEFORE: ledger.before}) if ledger.before else None,
        newest_entries=_with(query, "d-entries", **{BEFORE: None}) if query.get(BEFORE) else None,
        older_periods=_with(query, "d-periods", **{PERIODS_BEFORE: past.before}) if past.before else None,
        latest_periods=_with(query, "d-periods", **{PERIODS_BEFORE: None}) if query.get(PERIODS_BEFORE) else None,
        clear=_with(query, "d-entries", **dict.fromkeys((*FILTERS, BEFORE))),
        all_entries=f"?{everything}",
    )


def _with(query: QueryDict, anchor: str, **changed: int | None) -> str:
    """The page's address with some parts changed, or left out where None, at that place of the page."""
    kept = query.copy()
    for name, value in changed.items():
        kept.pop(name, None)
        if value is not None:
            kept[name] = str(value)
    return f"?{kept.urlencode()}#{anchor}"


def _number(text: str | None) -> int | None:
    return int(text) if text and is_row_id(text) else None


def _day(text: str | None) -> date | None:
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    # The day after the last is asked for, too.
    return day if day < date.max else None
