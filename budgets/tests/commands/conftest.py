"""Running commands."""

from io import StringIO
from typing import Any

from django.core.management import call_command


class Terminal(StringIO):
    """What isatty() says yes for."""

    def isatty(self) -> bool:
        return True


def run(name: str, *arguments: str, **options: Any) -> str:
    """Run a command as from a shell; return what it printed."""
    output = StringIO()
    call_command(name, *arguments, stdout=output, **options)
    return output.getvalue()
