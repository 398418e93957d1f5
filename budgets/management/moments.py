"""Moments as people type them on a command line."""

from argparse import ArgumentTypeError
from datetime import UTC, datetime


def moment(text: str) -> datetime:
    """An ISO 8601 date or date and time; UTC unless it says otherwise. Raises ArgumentTypeError on anything else."""
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError(f"{text!r} is no date such as 2027-01-31 or 2027-01-31T12:00") from error
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
