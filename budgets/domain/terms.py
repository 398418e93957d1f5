"""A budget's terms, and how two accounts of them are merged (design R4)."""

from msgspec import Struct

MAX_DURATION_DAYS = 36_500


class Terms(Struct, frozen=True, gc=False):
    """How much, in nano-USD (None is unlimited), and for how many days (None never resets)."""

    total_budget_nanousd: int | None
    duration_days: int | None


def merge_terms(*, base: Terms, posted: Terms, stored: Terms) -> Terms:
    """Three-way merge: what the poster changed against `base` applies, the rest stands as stored (design R4)."""
    return Terms(
        total_budget_nanousd=(
            stored.total_budget_nanousd
            if posted.total_budget_nanousd == base.total_budget_nanousd
            else posted.total_budget_nanousd
        ),
        duration_days=stored.duration_days if posted.duration_days == base.duration_days else posted.duration_days,
    )
