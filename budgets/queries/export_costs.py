"""The ledger as rows to hand to others, streamed: memory does not grow with the ledger."""

from collections.abc import Iterator
from datetime import UTC, datetime

from budgets.domain.money import usd_from_nanousd
from budgets.models import CostEntry, Project

FIELDS = ("recorded_at", "end_user", "model", "cost_usd", "period_start", "source", "client")
CHUNK = 2_000


def export_rows(*, project: Project, since: datetime | None, until: datetime | None) -> Iterator[dict[str, str]]:
    """The project's entries recorded in `[since, until)`, oldest first, as text by FIELDS.

    Times are ISO 8601 in UTC; `cost_usd` is an exact decimal; `model` is empty for unattributed spend, and `client`
    where nobody named one.
    """
    entries = CostEntry.objects.filter(project=project)
    if since is not None:
        entries = entries.filter(recorded_at__gte=since)
    if until is not None:
        entries = entries.filter(recorded_at__lt=until)
    columns = (
        "recorded_at",
        "end_user__name",
        "model",
        "amount_nanousd",
        "period__starts_at",
        "source",
        "client__client_id",
    )
    for row in entries.order_by("id").values_list(*columns).iterator(chunk_size=CHUNK):
        recorded_at, end_user, model, amount_nanousd, period_start, source, client = row
        yield {
            "recorded_at": _iso(recorded_at),
            "end_user": end_user,
            "model": model,
            "cost_usd": f"{usd_from_nanousd(amount_nanousd):f}",
            "period_start": _iso(period_start),
            "source": source,
            "client": client or "",
        }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
