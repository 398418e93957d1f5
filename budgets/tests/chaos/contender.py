"""The backend that keeps the last dict, under the same clients and without any fault."""

import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from budgets.tests.chaos.audit import compare, sum_of_records, sum_of_tallies
from budgets.tests.chaos.clients import Clients
from budgets.tests.chaos.rounds import LASTING_USERS, Outcome, Pace
from budgets.tests.chaos.world import SQLITE
from budgets.tests.harness.gunicorn import Gunicorn
from budgets.tests.harness.litellm_clients import SessionPool
from budgets.tests.harness.postgresql import private_cluster
from budgets.tests.harness.server import free_port, post_json
from budgetsite.environment import BASE_DIR

MODULE = "budgets.tests.bench.last_dict_wins"
PROJECT = "chaos"


def play_contender(database: str, pool: SessionPool, *, seed: int, seconds: float, pace: Pace) -> Outcome:
    """Let the clients spend for so many seconds on it; what its last dict lacks of what they spent is lost."""
    choice = random.Random(f"{seed} {MODULE} {database}")
    outcome = Outcome(f"last dict wins, {database}", rounds=1)
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="budgets-contender-")))
        url = f"sqlite:///{directory / 'dicts.sqlite3'}"
        if database != SQLITE:
            url = stack.enter_context(private_cluster())
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(directory),
            "DATABASE_URL": url,
            "PORT": str(free_port()),
            "WEB_CONCURRENCY": "2",
            "BUDGETS_ENV_FILE": str(directory / "none.env"),
        }
        subprocess.run([sys.executable, "-m", MODULE], cwd=BASE_DIR, env=environment, check=True)
        # The product's own worker class needs the product's settings; this is what it stands on.
        gunicorn = Gunicorn(environment, directory / "gunicorn.log", "--worker-class=gthread", f"{MODULE}:app")
        gunicorn.start()
        stack.callback(gunicorn.stop)
        bases = [f"http://client-{at}:none@{gunicorn.host}" for at in range(len(pace.crew))]
        clients = Clients(pool, PROJECT, bases, crew=pace.crew, choice=choice, pause_seconds=pace.between_calls)
        clients.start(LASTING_USERS)
        time.sleep(seconds)
        clients.finish()
        tallies = clients.tallies()
        clients.give_back()
        spent = sum_of_tallies(tallies, "spent")
        kept = sum_of_records(_last_dict(gunicorn.host))
    difference = compare(at_least=spent, exported=kept, at_most=spent)
    outcome.count_posts(tallies)
    outcome.spent, outcome.exported = sum(spent.values()), sum(kept.values())
    outcome.lost, outcome.doubled = difference.lost, difference.doubled
    return outcome


def _last_dict(host: str) -> dict[str, Any]:
    answer = post_json(f"http://{host}/get_budget", {"project_name": PROJECT})
    return dict(answer.data["data"])
