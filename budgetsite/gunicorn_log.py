"""What gunicorn logs: of a request that it cannot read it quotes the bytes, and those may be credentials."""

from gunicorn.glogging import Logger

from budgetsite.redaction import RedactingFormatter


class RedactingLogger(Logger):  # type: ignore[misc]
    """gunicorn's own, with secrets taken out of each line."""

    def setup(self, cfg: object) -> None:
        """Set the handlers up, then change what writes the lines of gunicorn's own."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                if getattr(handler, "_gunicorn", False) and handler.formatter is not None:
                    handler.setFormatter(RedactingFormatter(handler.formatter._fmt, handler.formatter.datefmt))
