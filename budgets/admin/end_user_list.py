"""The list of end users as a view of its own: pages by cursor, a trend in each row, boxes that keep to their rows."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString

from budgets.admin.base import now_of
from budgets.admin.columns import badge
from budgets.domain.row_ids import is_row_id
from budgets.models import EndUser
from budgets.queries.end_user_list import ANYWHERE, SORTS, trends
from budgets.queries.end_users import Usage, usage_state
from budgets.queries.keyset import Cursor, Sort, cursor_text, read_cursor, read_keys
from budgets.queries.outlook import forecast_of
from budgets.templatetags.moments import moment_text, until
from budgets.templatetags.money import usd

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

DEFAULT_ORDER = "-used_ratio"
# Of users who will run out, the one who does so first.
ORDER_BY_STATE = {"runs_out": "out_epoch"}
# Of users who spent lately, the one who did so last.
LATEST_SPEND_FIRST = "-last_spend_at"
# Names from their beginning, moments from the nearest; all else the largest first.
SMALLEST_FIRST = frozenset({"name", "out_epoch"})
# A drawing of this size in a row: one bar a day.
BAR_WIDTH, BAR_GAP, TREND_HEIGHT = 2, 1, 24


@dataclass(frozen=True, slots=True)
class Pager:
    """What the list's foot shows: the addresses of the pages beside this one, where there are any."""

    previous_url: str | None
    next_url: str | None
    per_page: int
    template_name: str = "admin/budgets/keyset_pages.html"
    num_pages: int = 1


@dataclass(frozen=True, slots=True)
class SortLink:
    """A column to order the list by, the worst or the latest first; for where rows have no heading to press."""

    label: str
    url: str
    is_chosen: bool


class UserList(ChangeList):
    """Django's list, but that a page begins beside a row, and that one column alone gives the order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.formset: Any = None
        super().__init__(*args, **kwargs)

    def _get_default_ordering(self) -> list[str]:
        usual = LATEST_SPEND_FIRST if self.params.get("spent") else DEFAULT_ORDER
        return [ORDER_BY_STATE.get(self.params.get("limit", ""), usual)]

    def get_ordering_field_columns(self) -> dict[int, Any]:
        """The one column that the list is ordered by."""
        return dict(list(super().get_ordering_field_columns().items())[:1])

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        """None in the query: each page puts its own."""
        return []

    def sort(self) -> Sort:
        """The order asked for by the URL; the default where it names none."""
        wanted = self._get_default_ordering()[0]
        first = self.params.get(ORDER_VAR, "").split(".")[0]
        index = first.removeprefix("-")
        if index.isascii() and index.isdigit() and int(index[:3]) < len(self.list_display):
            field = self.get_ordering_field(self.list_display[int(index[:3])])
            wanted = f"{'-' if first.startswith('-') else ''}{field}" if field in SORTS else wanted
        known = SORTS[wanted.removeprefix("-")]
        return replace(known, descending=wanted.startswith("-"))

    @property
    def sort_links(self) -> list[SortLink]:
        """The columns that order the list."""
        chosen, links = self.sort().path, []
        for index, column in enumerate(self.list_display):
            field = self.get_ordering_field(column)
            if field in SORTS:
                order = f"{'' if field in SMALLEST_FIRST else '-'}{index}"
                label = getattr(getattr(self.model_admin, str(column)), "short_description", str(column))
                url = self.get_query_string({ORDER_VAR: order}, remove=[PAGE_VAR])
                links.append(SortLink(label, url, SORTS[field].path == chosen))
        return links

    def get_results(self, request: HttpRequest) -> None:
        """Read the page: its ids in order, then its rows, then their trends."""
        sort, now = self.sort(), now_of(request)
        self.read_at = now
        read = read_cursor(request.GET.get(PAGE_VAR, ""), SORTS)
        cursor = read[1] if read and read[0] == sort else None
        asked_at = min(cursor.now, now) if cursor else now
        keys = read_keys(self.queryset, sort, cursor, size=self.list_per_page, now=asked_at)
        self.rows = self.read_rows(keys.ids, request)
        self.paginator: Any = Pager(
            self.page_address(keys.previous, sort), self.page_address(keys.next, sort), self.list_per_page
        )
        self.result_count = len(keys.ids)
        # As many as there are here: the theme would offer to show all where it differs.
        self.full_result_count = self.result_count
        self.show_full_result_count = self.can_show_all = self.multi_page = False
        self.show_admin_actions = True

    def read_rows(self, ids: list[int], request: HttpRequest) -> QuerySet[EndUser]:
        """The users of these ids in their order, read once."""
        place = {pk: index for index, pk in enumerate(ids)}
        rows: Any = self.model_admin.get_queryset(request).filter(pk__in=ids).order_by("pk")
        found = sorted(rows, key=lambda user: place[user.pk])
        self.attach_trends(found)
        rows._result_cache = found
        users: QuerySet[EndUser] = rows
        return users

    @property
    def result_list(self) -> Any:
        """The page's rows; where boxes were posted and refused, the rows that they were of."""
        if self.formset is None or not self.formset.is_bound:
            return self.rows
        posted = [form.instance for form in self.formset.forms]
        if any("trend_nanousd" not in user.__dict__ for user in posted):
            self.attach_trends(posted)
        return posted

    def attach_trends(self, users: list[Any]) -> None:
        """Give each user the spend of its last days."""
        by_user = trends((user.pk for user in users), now=self.read_at)
        for user in users:
            user.trend_nanousd = by_user[user.pk]

    @property
    def search_anywhere_url(self) -> str | None:
        """The same search, but anywhere in the names; None where it was that."""
        if self.query.startswith(ANYWHERE):
            return None
        return self.get_query_string({SEARCH_VAR: f"{ANYWHERE}{self.query}"})

    def page_address(self, cursor: Cursor | None, sort: Sort) -> str | None:
        """Where that page is, with every other choice kept."""
        return self.get_query_string({PAGE_VAR: cursor_text(cursor, sort)}) if cursor else None


def posted_ids(posted: QueryDict, *, most: int) -> list[int] | None:
    """The users whose boxes were posted; None where these are no boxes of a list of at most so many rows."""
    total, initial = posted.get("form-TOTAL_FORMS", ""), posted.get("form-INITIAL_FORMS", "")
    if total != initial or not is_row_id(total) or int(total) > most:
        return None
    ids = [posted.get(f"form-{index}-id", "") for index in range(int(total))]
    return [int(text) for text in ids] if all(is_row_id(text) for text in ids) and len(set(ids)) == len(ids) else None


def trend(values_nanousd: list[int] | None) -> SafeString:
    """A bar for each day, with what it comes to in words."""
    values = values_nanousd or []
    total, most = sum(values), max(values, default=0)
    if most <= 0:
        return format_html('<span class="bs-muted">{}</span>', "none")
    step = BAR_WIDTH + BAR_GAP
    bars = "".join(_bar(index * step, value, most) for index, value in enumerate(values) if value > 0)
    words = f"{usd(total)} in {len(values)} days, {usd(values[-1])} today, most on a day {usd(most)}"
    return format_html(
        '<svg class="bs-trend" role="img" aria-label="{0}" viewBox="0 0 {1} {2}" width="{1}" height="{2}">'
        "<title>{0}</title>{3}</svg>",
        words,
        len(values) * step - BAR_GAP,
        TREND_HEIGHT,
        SafeString(bars),
    )


def _bar(left: int, value: int, most: int) -> str:
    # At least a pixel: a day with little spend is not a day without.
    height = max(1, value * TREND_HEIGHT // most)
    return f'<rect x="{left}" y="{TREND_HEIGHT - height}" width="{BAR_WIDTH}" height="{height}"/>'


def runs_out(usage: Usage) -> SafeString:
    """When the limit is reached at the pace so far: "in 3 days", with the moment and the pace on hover."""
    state = usage_state(usage.spent_nanousd, usage.limit_nanousd)
    if state == "over":
        return badge("over now", "bad")
    told = forecast_of(usage)
    if told is None or usage.limit_nanousd is None:
        return format_html('<span class="bs-muted" title="{}">–</span>', _unsaid(usage))
    pace = f"{usd(told.per_day_nanousd.likely)} a day so far"
    if told.runs_out_at is None:
        return format_html('<span class="bs-muted" title="{}">after reset</span>', pace)
    at = told.runs_out_at
    return format_html(
        '<time datetime="{}" title="{}, {}">{}</time>', at.isoformat(), moment_text(at), pace, until(at, usage.now)
    )


def _unsaid(usage: Usage) -> str:
    return "unlimited" if usage.limit_nanousd is None else "too little spent so far to say"
