"""How a command of ours is typed on this machine."""

import shlex
import sys
from pathlib import Path

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def manage_py(command: str = "") -> str:
    """The line to paste in the product's directory, such as ".venv/bin/python manage.py reset_budgets"."""
    # Not resolved: the python of a venv is a link to the system's.
    python, home = Path(sys.executable), settings.HOME_DIR
    shown = python.relative_to(home) if python.is_relative_to(home) else Path("python")
    return f"{shlex.quote(str(shown))} manage.py {command}".rstrip()
