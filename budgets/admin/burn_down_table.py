"""The burn-down of a user's open period as a table, and the same as a CSV file."""

import csv
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpResponse

from budgets.domain.csv_cells import usd_cell
from budgets.queries.burn_down import Bucket, BurnDown

CSV_HEAD = ("from", "to", "spent_usd", "total_usd", "left_usd")


@dataclass(frozen=True, slots=True)
class Row:
    """A bucket in the table: its name, and its figures in nano-USD."""

    label: str
    bucket: Bucket
    left_nanousd: int | None


def table_of(shown: BurnDown) -> list[Row]:
    """The buckets, oldest first, named by their UTC day or hour."""
    limit = shown.window.limit_nanousd
    return [Row(bucket_label(one.start, shown), one, one.left_of(limit)) for one in shown.buckets]


def bucket_label(start: datetime, shown: BurnDown) -> str:
    """The UTC day that begins then, or the hour."""
    at = start.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M}" if shown.is_hourly or at.time() != datetime.min.time() else f"{at:%Y-%m-%d}"


def csv_of(shown: BurnDown, name: str) -> HttpResponse:
    """The buckets with exact amounts in USD, as a file to download."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(CSV_HEAD)
    for row in table_of(shown):
        one, left = row.bucket, row.left_nanousd
        moments = [f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (one.start, one.end)]
        amounts = [usd_cell(one.spent_nanousd), usd_cell(one.total_nanousd), "" if left is None else usd_cell(left)]
        writer.writerow([*moments, *amounts])
    return response
