"""What is done to a running server, fault by fault. Each can be asked for by its name."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from budgets.tests.chaos.world import World

CUT_SHARE = 0.5
CUT_SECONDS = 1.5
FULL_SECONDS = 1.0
# More than any database keeps free for itself.
FILLING_POSTS, FILLING_BYTES = 2_000, 16_000
DOWN_SECONDS = 0.5
# Users whose periods end in a round: those that nobody touches but cron, and those that clients spend on.
IDLE_USERS = 20
DUE_USERS = 2


def kill_worker(world: World) -> None:
    """SIGKILL to a worker, in the midst of its requests."""
    world.choice.choice(world.gunicorns).kill_worker(world.choice)


def kill_master(world: World) -> None:
    """SIGKILL to a master; a new one is started on the same port."""
    world.choice.choice(world.gunicorns).kill_master()


def restart_postgresql(world: World) -> None:
    """A restart as an administrator does it: what is under way is rolled back."""
    assert world.cluster
    world.cluster.stop()
    time.sleep(DOWN_SECONDS)
    world.cluster.start()


def crash_postgresql(world: World) -> None:
    """A crash: no shutdown checkpoint, and a recovery from the log."""
    assert world.cluster
    world.cluster.crash()
    time.sleep(DOWN_SECONDS)
    world.cluster.start()


def cut_posts(world: World) -> None:
    """Half of what goes over the bad line ends in the middle of its body, or loses its answer."""
    world.proxy.cut_share = CUT_SHARE
    time.sleep(CUT_SECONDS)
    world.proxy.cut_share = 0.0


def fill_disk(world: World) -> None:
    """Not a byte left where the database lies, for a while; a PostgreSQL that gave up is started again after it."""
    assert world.disk
    world.disk.fill()
    _post_until_refused(world)
    time.sleep(FULL_SECONDS)
    world.disk.free()
    if world.cluster and not world.cluster.is_running():
        world.cluster.start()


def overlap_crons(world: World) -> None:
    """Two `reset_budgets` at once, over users that nobody else touches and users that clients spend on."""
    time.sleep(max(0.0, world.due_at + 0.1 - time.time()))
    with ThreadPoolExecutor(2) as both:
        runs = [both.submit(world.server.try_manage, "reset_budgets") for _ in range(2)]
    rolled = 0
    for run in runs:
        done = run.result()
        if done.returncode:
            world.problems.append(f"reset_budgets exited {done.returncode}: {done.stdout}{done.stderr}")
            return
        rolled += int(done.stdout.split()[1])
    due = IDLE_USERS + DUE_USERS
    if not IDLE_USERS <= rolled <= due:
        world.problems.append(f"two reset_budgets rolled {rolled} periods, where {IDLE_USERS} to {due} were due")


def _post_until_refused(world: World) -> None:
    """Post what needs room, until the server says that there is none: with 503, nothing else."""
    for number in range(FILLING_POSTS):
        record = {"total_budget": 1, "filling": "x" * FILLING_BYTES}
        body = {"project_name": f"{world.project}-filling", "user_dict": {f"{time.time()}-{number}": record}}
        try:
            status = world.server.post("/set_budget", body, client_id="filler").status
        except OSError:
            status = 0
        if status not in {0, 200, 503}:
            world.problems.append(f"on a full disk a post was answered with status {status}")
        if status == 503:
            return
    world.problems.append(f"on a full disk {FILLING_POSTS} posts were not answered with 503")


@dataclass(frozen=True)
class Fault:
    """A fault by its name."""

    name: str
    happen: Callable[[World], None]
    is_of_postgresql: bool = False
    needs_disk: bool = False
    kills: bool = True

    def is_of(self, world: World) -> bool:
        """Whether this world has what the fault is of."""
        return world.cluster is not None or not self.is_of_postgresql

    def can_be_done(self, world: World) -> bool:
        """Whether this machine allows it."""
        return world.disk is not None or not self.needs_disk


FAULTS = (
    Fault("worker killed", kill_worker),
    Fault("master killed", kill_master),
    Fault("posts cut", cut_posts, kills=False),
    Fault("disk full", fill_disk, needs_disk=True),
    Fault("crons overlap", overlap_crons, kills=False),
    Fault("database restarted", restart_postgresql, is_of_postgresql=True),
    Fault("database crashed", crash_postgresql, is_of_postgresql=True),
)
