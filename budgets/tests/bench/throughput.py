"""Many clients at once: how many small posts a second, what each takes, and how long the slowest of them take."""

from collections.abc import Sequence

from budgets.tests.bench.clients import CLIENTS, USERS, Posting, post_for, programs_of
from budgets.tests.bench.contenders import Contender, is_on_sqlite
from budgets.tests.bench.measure import table

NAMES = ("ours", "floor", "naive")


def throughput(contenders: Sequence[Contender], seconds: float, rounds: int) -> None:
    """Print posts a second, processor time a post and the 99th percentile, each contender in turn."""
    programs = programs_of(next(one for one in contenders if one.name == "ours"))
    measured = {str(one.name): Posting() for one in contenders}
    for _ in range(rounds):
        for one in contenders:
            post_for(seconds, [one], programs, measured[one.name])
    every = [measured[name] for name in NAMES]
    rows = [
        ["posts a second", *(one.rate_cell for one in every), _ratio([one.rate for one in every])],
        _row("p99, ms", [one.p99_ms for one in every], digits=0),
        _row("ms of the workers' processors a post", [one.workers_ms for one in every]),
    ]
    if not is_on_sqlite(contenders[0]):
        rows.append(_row("of PostgreSQL's", [one.database_ms for one in every]))
    title = f"{CLIENTS} clients at once on 2 workers, {USERS} users each"
    table(title, ("", *NAMES, "ours / floor"), rows)


def _row(name: str, figures: Sequence[float], *, digits: int = 2) -> list[str]:
    return [name, *(f"{one:.{digits}f}" for one in figures), _ratio(figures)]


def _ratio(figures: Sequence[float]) -> str:
    ours, floor, *_ = figures
    return f"{ours / floor:.2f}"
