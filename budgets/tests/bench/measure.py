"""How long something takes, by the clock and in CPU time of the backend's workers, and the tables it is printed in."""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from budgets.tests.bench.contenders import Contender, is_on_sqlite
from budgets.tests.harness.gunicorn import children_of, parent_of

WARM_UP = 3


@dataclass
class Timing:
    """What one contender took for the same thing, again and again. Seconds."""

    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def wall_ms(self) -> float:
        """The median, in milliseconds."""
        return 1000 * statistics.median(self.walls)

    @property
    def cpu_ms(self) -> float:
        """The mean, in milliseconds: the kernel adds it up."""
        return 1000 * self.cpu / len(self.walls)

    @property
    def spread(self) -> str:
        """From the first quartile to the third, in milliseconds."""
        low, _, high = statistics.quantiles(self.walls, n=4)
        return f"{1000 * low:.1f}-{1000 * high:.1f}"


def cpu_seconds(contender: Contender) -> float:
    """What its workers have had of the processors so far. The wait for a disk, or for others, is no part of it."""
    total = 0
    for pid in contender.gunicorn.worker_pids():
        # A thread has a file of its own; the process's tells of the first only.
        for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(thread.read_text(encoding="ascii").split()[0])
    return total / 1e9


def database_seconds(contender: Contender) -> float:
    """The same of its PostgreSQL's server, all of its processes that live; on SQLite there is none."""
    if is_on_sqlite(contender):
        return 0.0
    with psycopg.connect(contender.environment["DATABASE_URL"]) as connection:
        server = parent_of(connection.info.backend_pid)
    # Others may run on the machine.
    assert server is not None
    return sum(map(_seconds_of, [server, *children_of(server)]))


def _seconds_of(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except (FileNotFoundError, ProcessLookupError):
        # It has ended meanwhile.
        return 0.0


def interleaved(
    contenders: Sequence[Contender], rounds: int, act: Callable[[Contender, int], float]
) -> dict[str, Timing]:
    """Let each contender act in turn; `act` gets the contender and the round, and returns seconds by the clock.

    In turn, so that whatever else the machine does meets all of them.
    """
    timings = {one.name: Timing() for one in contenders}
    for number in range(rounds + WARM_UP):
        for one in contenders:
            before = cpu_seconds(one)
            took = act(one, number)
            if number >= WARM_UP:
                timings[one.name].walls.append(took)
                timings[one.name].cpu += cpu_seconds(one) - before
    return {str(name): timing for name, timing in timings.items()}


def say(line: str) -> None:
    """Print a line at once: a measurement takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a Markdown table."""
    lines = [f"| {' | '.join(map(str, cells))} |" for cells in (columns, ["---"] * len(columns), *rows)]
    say("\n".join([f"\n### {title}\n", *lines]))


TIMING_COLUMNS = (
    "ours ms",
    "floor ms",
    "naive ms",
    "ours / floor",
    "in CPU time",
    "ours / naive",
    "spread of ours, ms",
)


def timing_cells(timings: Mapping[str, Timing], *, with_cpu: bool = True) -> list[str]:
    """The cells for TIMING_COLUMNS; without CPU time where it is of more than what was timed."""
    ours, floor, naive = (timings[name] for name in ("ours", "floor", "naive"))
    return [
        *(f"{one.wall_ms:.1f}" for one in (ours, floor, naive)),
        f"{ours.wall_ms / floor.wall_ms:.2f}",
        f"{ours.cpu_ms / floor.cpu_ms:.2f}" if with_cpu else "",
        f"{ours.wall_ms / naive.wall_ms:.2f}",
        ours.spread,
    ]
