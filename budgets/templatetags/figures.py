"""Counts for people."""

from django import template

from budgets.domain import names

register = template.Library()


@register.filter
def count(number: int) -> str:
    """With separators: 1,565."""
    return f"{number:,}"


@register.filter
def told(text: str) -> str:
    """The text with what would be unseen in it as code points."""
    return names.told(text)


@register.filter
def visible_name(name: str) -> str:
    """The name, or what stands for one that shows nothing."""
    return names.visible_name(name)
