"""`/set_budget` with one change, and `/get_budget`, in projects of several sizes."""

import json
from collections.abc import Sequence

from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.load import Connection, Program, new_records, read_and_spent
from budgets.tests.bench.measure import TIMING_COLUMNS, interleaved, table, timing_cells

COLUMNS = ("users", "bytes", *TIMING_COLUMNS)
# A round with more users than these takes seconds.
MANY_USERS = 10_000
FEWER_ROUNDS = 6
FILL = """
import json
from pathlib import Path
from budgets.tests.bench.floor import fill
fill({project!r}, json.loads(Path({path!r}).read_text()))
"""


def by_size(contenders: Sequence[Contender], sizes: Sequence[int], rounds: int) -> dict[str, list[tuple[int, float]]]:
    """Print a table for each of: a post of one change, a read after a change, a read after nothing.

    Of the posts, return each contender's users and median milliseconds.
    """
    posts, changed, same = [], [], []
    drawn: dict[str, list[tuple[int, float]]] = {str(one.name): [] for one in contenders}
    for users in sizes:
        few = rounds if users <= MANY_USERS else max(4, rounds // FEWER_ROUNDS)
        load = _Load(contenders, users)
        size = f"{users:,}"
        timings = interleaved(contenders, few, load.post)
        for name, timing in timings.items():
            drawn[name].append((users, timing.wall_ms))
        posts.append([size, f"{len(load.program.body()):,}", *timing_cells(timings)])
        after_change = timing_cells(interleaved(contenders, few, load.read_after_change), with_cpu=False)
        changed.append([size, f"{load.answer_bytes:,}", *after_change])
        same.append([size, f"{load.answer_bytes:,}", *timing_cells(interleaved(contenders, few, load.read))])
    table("set_budget, one record changed", COLUMNS, posts)
    table("get_budget, one record changed since the last read", COLUMNS, changed)
    table("get_budget, nothing changed since", COLUMNS, same)
    return drawn


class _Load:
    """One project of so many users, the same in every contender, and what its program asks of them."""

    def __init__(self, contenders: Sequence[Contender], users: int) -> None:
        project = f"of {users} users"
        by_name = {one.name: one for one in contenders}
        self.program = long_lived(Connection(by_name["ours"], "app-1"), project, users)
        self.read_body = json.dumps({"project_name": project}).encode()
        self.answer_bytes = 0
        self._names = list(self.program.records)
        self._round, self._body = -1, b""
        for one in contenders:
            if one.name == "naive":
                Connection(one, "app-1").post("/set_budget", self.program.body())
            elif one.name == "floor":
                fill_floor(one, self.program)
        for one in contenders:
            one.analyze()
        # Connected with the first request: what is above may take longer than the server keeps an idle one.
        self.connections = {name: Connection(one, "app-1") for name, one in by_name.items()}

    def post(self, one: Contender, number: int) -> float:
        """The same post to each, with one more call counted each round."""
        if number != self._round:
            self.program.spend(self._names[number * 7919 % len(self._names)])
            self._round, self._body = number, self.program.body()
        return self.connections[one.name].post("/set_budget", self._body)[0]

    def read(self, one: Contender, number: int) -> float:
        """All of it."""
        took, answer = self.connections[one.name].post("/get_budget", self.read_body)
        if one.name == "ours":
            self.answer_bytes = len(answer)
        return took

    def read_after_change(self, one: Contender, number: int) -> float:
        """The same, and what was read before no longer holds."""
        if one.name == "ours":
            self.post(one, number)
        return self.read(one, number)


def long_lived(connection: Connection, project: str, users: int) -> Program:
    """A program that has read and posted before, and all of whose users have spent."""
    connection.post("/set_budget", Program(project, new_records(users)).body())
    program = read_and_spent(connection, project)
    connection.post("/set_budget", program.body())
    return program


def fill_floor(floor: Contender, program: Program) -> None:
    """Give the floor the rows that it is to read."""
    path = floor.gunicorn.log_path.with_name("records.json")
    path.write_text(json.dumps(program.records), encoding="utf-8")
    floor.python(FILL.format(project=program.project, path=str(path)))
