"""How long one worker takes from nothing to its first answer."""

import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request

from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.measure import table
from budgets.tests.harness.server import free_port
from budgetsite.environment import BASE_DIR

APPS = {"ours": "budgetsite.wsgi:application", "bare Django": "budgets.tests.bench.bare_django:app"}


def start(ours: Contender, rounds: int) -> None:
    """Print the cold start of both, in turn, with the product's own settings of gunicorn and its database."""
    took: dict[str, list[float]] = {name: [] for name in APPS}
    for _ in range(rounds):
        for name, app in APPS.items():
            took[name].append(seconds_to_answer(ours, name, app))
    median = {name: statistics.median(all_took) for name, all_took in took.items()}
    ratio = f"{median['ours'] / median['bare Django']:.2f}"
    cells = [f"{median[name]:.2f} ({min(took[name]):.2f}-{max(took[name]):.2f})" for name in APPS]
    table("cold start of one worker, seconds", ("ours", "bare Django", "ours / bare"), [[*cells, ratio]])


def seconds_to_answer(ours: Contender, name: str, app: str) -> float:
    """From the command to the first answer."""
    port = free_port()
    environment = ours.environment | {"PORT": str(port), "WEB_CONCURRENCY": "1"}
    if name != "ours":
        # The worker class asks the settings for its bounds; here it gets Django's own process, and stock threads.
        environment.pop("DJANGO_SETTINGS_MODULE", None)
    stock = [] if name == "ours" else ["--worker-class", "gthread"]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *stock, app],
        cwd=BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").close()
            except urllib.error.URLError:
                assert process.poll() is None, f"{name} did not start"
                time.sleep(0.01)
            else:
                return time.perf_counter() - started
    finally:
        process.terminate()
        process.wait()
