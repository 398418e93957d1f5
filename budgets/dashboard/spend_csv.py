"""What a chart shows as a CSV file: every name and not the first eight, exact to the nano-USD."""

import csv
from collections.abc import Iterator
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone

from budgets.dashboard.choices import Choices, read_choices, spend_reach
from budgets.domain.csv_cells import Figure, name_cell, usd_cell
from budgets.queries.access import Reach
from budgets.queries.spend_series import Split, spend_rows

HEADINGS = {Split.MODEL: ["model"], Split.PROJECT: ["project"], Split.USER: ["project", "end_user"]}


def spend_csv_view(request: HttpRequest) -> StreamingHttpResponse:
    """The chart of the URL's choices. Raises PermissionDenied where the login may see no spend."""
    choices = read_choices(request, timezone.now())
    reach = spend_reach(request, choices)
    if not reach:
        raise PermissionDenied
    name = f"spend-per-{choices.split}-{choices.first_day}-to-{choices.last_day}.csv"
    return StreamingHttpResponse(
        csv_lines(choices, reach),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def csv_lines(choices: Choices, reach: Reach) -> Iterator[str]:
    """A heading, then a line for each name of each bucket in which it spent; times are ISO 8601 in UTC.

    As in `export_costs`, an empty model is spend without one.
    """
    line = csv.writer(_Line(), lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC).writerow
    yield line(["from", "to", *HEADINGS[choices.split], "cost_usd", "entries"])
    for row in spend_rows(choices.window, choices.split, reach=reach):
        names = [row.project, row.name] if choices.split is Split.USER else [row.name]
        figures = [usd_cell(row.cost_nanousd), Figure(row.entries)]
        yield line([_iso(row.start), _iso(row.end), *map(name_cell, names), *figures])


class _Line:
    """A file that keeps nothing: what is written comes back from `writerow`."""

    def write(self, text: str) -> str:
        return text


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
