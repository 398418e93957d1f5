"""What gunicorn's configuration does to a worker."""

import gc
import runpy
import subprocess
import sys

from budgetsite.environment import BASE_DIR

# A large body comes and goes, and then the pieces of another, a little of which lives on.
AS_A_WORKER = """
import runpy
from pathlib import Path

def resident_kilobytes():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

runpy.run_path("gunicorn.conf.py")["post_worker_init"](None)
body = b"1" * 12_000_000
del body
before = resident_kilobytes()
pieces = [b"%d" % digit * (1 << 20) for digit in range(10)]
kept = [pieces[-1][:5_000] for _ in range(2)]
del pieces
print(resident_kilobytes() - before)
"""


def test_the_garbage_collector_leaves_alone_what_a_worker_has_loaded() -> None:
    configuration = runpy.run_path(str(BASE_DIR / "gunicorn.conf.py"))
    usual = gc.get_threshold()
    try:
        configuration["post_worker_init"](None)
        assert gc.get_freeze_count() > 10_000
        assert gc.get_threshold()[0] > usual[0]
    finally:
        gc.unfreeze()
        gc.set_threshold(*usual)


def test_the_pieces_of_a_body_are_given_back_to_the_system() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", AS_A_WORKER], cwd=BASE_DIR, capture_output=True, text=True, check=True
    )
    assert int(answer.stdout) < 1_000
