"""Counts for people."""

from django import template

register = template.Library()


@register.filter
def count(number: int) -> str:
    """With separators: 1,565."""
    return f"{number:,}"
