"""How a line of the log is written."""

import logging
from http import HTTPStatus
from typing import Any


class LineFormatter(logging.Formatter):
    """One event, one line, and its traceback indented below it.

    So a name, a path or a login that holds a line end cannot write an event of its own, and no escape in one reaches
    the terminal of who reads the log.
    """

    # Both names are the standard library's.
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """The event, with what does not print spelt out."""
        return _shown(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """The traceback, each line indented: an error may tell the value it stumbled over."""
        return "\n".join(f"    {_shown(line)}" for line in super().formatException(ei).splitlines())


class WithoutTraceback(logging.Filter):
    """Takes the traceback off events that anyone can cause and whose message says all."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every event passes."""
        record.exc_info = None
        return True


class WithoutTracebackOfRefusals(logging.Filter):
    """Takes the traceback off answers of 403: who was refused what stands in the message; faults keep theirs."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every event passes."""
        if getattr(record, "status_code", None) == HTTPStatus.FORBIDDEN:
            record.exc_info = None
        return True


def _shown(line: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in line)
