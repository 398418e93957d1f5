"""The real litellm processes of a run, told what to do all at once."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from budgets.tests.harness.litellm_clients import PINNED, LitellmSession, SessionPool

SPENDER = Path(__file__).with_name("spender.py")
SETTLE_SECONDS = 45
# How a program that has saved goes on in the next round: it reads again, or begins anew, or just stays.
GOES_ON = ("spender.manager.load_data()", f"spender.connect({SETTLE_SECONDS})", "None")


class Clients:
    """One process for each base address, which share one project; every amount they tell is nano-USD."""

    def __init__(
        self,
        pool: SessionPool,
        project: str,
        api_bases: Sequence[str],
        *,
        crew: Sequence[str],
        choice: random.Random,
        pause_seconds: float,
    ) -> None:
        self._pool = pool
        self._sessions = [pool.take(release) for release in crew]
        self._choice = choice
        source = SPENDER.read_text(encoding="utf-8")
        self._tell(
            [
                f"{source}\nspender = Spender({project!r}, {api_base!r}, {choice.getrandbits(32)}, {pause_seconds},"
                f" {session.release == PINNED})"
                for session, api_base in zip(self._sessions, api_bases, strict=True)
            ]
        )
        self._tell([f"spender.connect({SETTLE_SECONDS})"] * len(self._sessions))

    def go_on(self) -> None:
        """Let each program, all of whose spend is saved, go on in a way of its own."""
        self._tell([self._choice.choice(GOES_ON) for _ in self._sessions])

    def start(self, users: Mapping[str, Mapping[str, Any]]) -> None:
        """Let them spend on these users, whom whoever does not know them creates."""
        self._tell([f"spender.start({dict(users)!r})"] * len(self._sessions))

    def tallies(self) -> list[dict[str, Any]]:
        """What each has counted so far."""
        return [json.loads(one) for one in self._tell(["spender.tallies()"] * len(self._sessions))]

    def finish(self) -> bool:
        """Let them stop and save until that is acknowledged; whether every one was."""
        return all(self._tell([f"spender.finish({SETTLE_SECONDS})"] * len(self._sessions)))

    def give_back(self) -> None:
        """Return the processes to the pool."""
        for session in self._sessions:
            self._pool.give_back(session)

    def _tell(self, codes: Sequence[str]) -> list[Any]:
        for session, code in zip(self._sessions, codes, strict=True):
            session.send(code)
        return [session.receive() for session in self._sessions]


def warm_up(pool: SessionPool, crew: Sequence[str]) -> None:
    """Start the processes, all at once: importing litellm takes seconds."""
    sessions: list[LitellmSession] = [pool.take(release) for release in crew]
    for session in sessions:
        pool.give_back(session)
