"""The table of a run."""

from collections.abc import Callable, Sequence

from budgets.tests.chaos.faults import FAULTS
from budgets.tests.chaos.rounds import Outcome


def usd(amount_nanousd: int) -> str:
    """All nine digits: the figures are exact."""
    return f"{amount_nanousd // 10**9}.{amount_nanousd % 10**9:09d}"


def lost(outcome: Outcome) -> str:
    """The amount, and the share of what was spent where there is one."""
    if not outcome.lost:
        return "0"
    percent = 100 * outcome.lost // max(1, outcome.spent)
    return f"{usd(outcome.lost)} ({percent or '<1'}%)"


def happened(outcome: Outcome, fault_name: str) -> str:
    """How often the fault happened, or that this machine does not allow it."""
    return "not run" if fault_name in outcome.not_run else str(outcome.faults[fault_name] or "-")


FIGURES: dict[str, Callable[[Outcome], str]] = {
    "rounds": lambda one: str(one.rounds),
    "posts acknowledged": lambda one: str(one.acknowledged),
    "posts failed": lambda one: str(one.failed),
    "spent, USD": lambda one: usd(one.spent),
    "exported, USD": lambda one: usd(one.exported),
    "lost, USD": lost,
    "doubled, USD": lambda one: usd(one.doubled) if one.doubled else "0",
    "slowest recovery, s": lambda one: f"{one.slowest_recovery:.1f}" if one.faults else "-",
}


def rows_of(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """A row for each figure and fault, a column for each configuration; the first row and column are the heads."""
    rows = [["", *(outcome.name for outcome in outcomes)]]
    for title, figure in FIGURES.items():
        rows.append([title, *(figure(outcome) for outcome in outcomes)])
        if title == "posts failed":
            rows += [[fault.name, *(happened(outcome, fault.name) for outcome in outcomes)] for fault in FAULTS]
    return rows


def table(outcomes: Sequence[Outcome]) -> str:
    """The rows in Markdown, aligned."""
    rows = rows_of(outcomes)
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in padded]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
