"""What gunicorn logs: of a request that it cannot read it quotes the bytes, and those may be credentials."""

from gunicorn.glogging import Logger

from budgetsite.redaction import RedactingFormatter


class RedactingLogger(Logger):  # type: ignore[misc]
    """gunicorn's own, with secrets taken out of each line."""

    def setup(self, cfg: object) -> None:
        """Set the handlers up, then change what writes their lines."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                known = handler.formatter
                if known is not None and not isinstance(known, RedactingFormatter):
                    handler.setFormatter(RedactingFormatter(known._fmt, known.datefmt))
