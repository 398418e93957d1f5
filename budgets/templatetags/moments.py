"""Times for people: in the viewer's zone, which each names, or in UTC; how far they are from a given now."""

from datetime import UTC, datetime, tzinfo

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from budgets.domain.durations import duration_words, span_words

register = template.Library()
NEVER = "–"
MINUTES, SECONDS = "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S"


@register.filter
def moment(at: datetime | None) -> SafeString | str:
    """A `<time>` such as "2026-11-22 15:03 CET" in the viewer's zone, with UTC on hover; a dash for None."""
    return NEVER if at is None else _element(at, MINUTES)


@register.filter
def second(at: datetime) -> SafeString:
    """The same with seconds, for entries that come several a minute: "2026-11-22 15:03:07 CET"."""
    return _element(at, SECONDS)


def _element(at: datetime, form: str) -> SafeString:
    text, in_utc = _text(timezone.localtime(at), form), _text(at.astimezone(UTC), form)
    title = format_html(' title="{}"', in_utc) if text != in_utc else ""
    return format_html('<time datetime="{}"{}>{}</time>', machine_readable(at), title, text)


def _text(at: datetime, form: str) -> str:
    return f"{at:{form}} {abbreviation(at)}"


@register.filter
def moment_text(at: datetime | None) -> str:
    """The same as text, for where no element can stand."""
    if at is None:
        return NEVER
    return _text(timezone.localtime(at), MINUTES)


def machine_readable(at: datetime) -> str:
    """For a `datetime` attribute: "2026-11-22T14:03:00Z"."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def abbreviation(local: datetime) -> str:
    """What its zone is called at that moment: "CET"; where it has no letters, such as "-03", "UTC-03"."""
    name = local.tzname() or ""
    return f"UTC{name}" if name.startswith(("+", "-")) else name


@register.simple_tag
def viewer_zone() -> str:
    """The viewer's zone in words: "Europe/Berlin (CET)", "UTC"."""
    zone: tzinfo = timezone.get_current_timezone()
    name, short = str(zone), abbreviation(timezone.localtime())
    return name if name == short else f"{name} ({short})"


@register.filter
def utc(at: datetime | None) -> str:
    """Always in UTC, such as "2026-11-22 14:03 UTC", for what is counted by UTC days; a dash for None."""
    return _text(at.astimezone(UTC), MINUTES) if at else NEVER


@register.filter
def ago(at: datetime | None, now: datetime) -> str:
    """Such as "5 h ago"; "never" for None."""
    if at is None:
        return "never"
    return "just now" if (now - at).total_seconds() < 60 else f"{span_words(now - at)} ago"


@register.filter
def until(at: datetime | None, now: datetime) -> str:
    """Such as "in 3 days"; "due now" where it has passed; "never" for None."""
    if at is None:
        return "never"
    return "due now" if at <= now else f"in {span_words(at - now)}"


@register.filter
def duration(duration_days: int | None) -> str:
    """A duration in litellm's words."""
    return duration_words(duration_days)
