#!/usr/bin/env python
"""Django's command line for the budget server."""

import sys

from budgetsite.environment import load_dotenv


def main() -> None:
    """Read `.env` where there is one, then run the command."""
    import os

    load_dotenv()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budgetsite.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
