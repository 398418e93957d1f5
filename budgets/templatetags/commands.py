"""How a command of ours is typed on this machine."""

import shlex
import sys
from pathlib import Path

from django import template

from budgetsite.environment import BASE_DIR

register = template.Library()


@register.simple_tag
def manage_py(command: str = "") -> str:
    """The line to paste in the product's directory, such as ".venv/bin/python manage.py reset_budgets"."""
    # Not resolved: a virtual environment's python is a link to the system's.
    python = Path(sys.executable)
    shown = python.relative_to(BASE_DIR) if python.is_relative_to(BASE_DIR) else Path("python")
    return f"{shlex.quote(str(shown))} manage.py {command}".rstrip()
