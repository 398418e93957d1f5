"""Cells that several lists share."""

from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString

from budgets.domain.names import visible_name
from budgets.templatetags.moments import ago, machine_readable, moment_text

NO_MODEL = "no model"


def moment(at: datetime | None, now: datetime) -> SafeString:
    """How long ago, with the exact time in the viewer's zone on hover and for screen readers."""
    if at is None:
        return format_html('<span class="bs-muted">{}</span>', "never")
    return format_html('<time datetime="{}" title="{}">{}</time>', machine_readable(at), moment_text(at), ago(at, now))


def name_cell(name: object) -> SafeString:
    """A name as it can be seen, cut short where it is long."""
    return format_html('<span class="bs-name" title="{0}">{0}</span>', visible_name(str(name)))


def model_word(model: str) -> str:
    """The model's name as it can be seen, or that there is none."""
    return visible_name(model, NO_MODEL)


def badge(text: str, kind: str) -> SafeString:
    """A word in a pill: kind is "good", "warn", "bad" or "plain"."""
    return format_html('<span class="bs-badge bs-badge-{}">{}</span>', kind, text)
