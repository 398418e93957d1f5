"""Where a run takes place: the product on one of its databases, the roads to it, and what can be broken."""

import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from budgets.tests.harness.cutting_proxy import CuttingProxy
from budgets.tests.harness.gunicorn import Gunicorn
from budgets.tests.harness.postgresql import Cluster, home_of_plain_user
from budgets.tests.harness.server import BudgetServer, free_port
from budgets.tests.harness.small_disk import SmallDisk, small_disk

SQLITE, POSTGRESQL, TWO_SERVERS = "sqlite", "postgresql", "two-servers"
CONFIGURATIONS = (SQLITE, POSTGRESQL, TWO_SERVERS)
WORKERS = 2
DISK_MB = {SQLITE: 64, POSTGRESQL: 192, TWO_SERVERS: 192}
# Small segments, so that a full disk is felt at once; everything else, fsync above all, as PostgreSQL has it by itself.
DURABLE_OPTIONS = ("min_wal_size=2MB", "max_wal_size=16MB", "max_connections=100")
RECOVERY_SECONDS = 45
ASKED_OF_EACH = 4


@dataclass
class World:
    """One configuration while it runs. `slowest_recovery` is in seconds."""

    name: str
    project: str
    server: BudgetServer
    gunicorns: list[Gunicorn]
    cluster: Cluster | None
    disk: SmallDisk | None
    proxy: CuttingProxy
    choice: random.Random
    due_at: float = 0.0
    slowest_recovery: float = 0.0
    problems: list[str] = field(default_factory=list)

    def api_bases(self, count: int) -> list[str]:
        """An api_base for each client: every other one goes over the bad line, the rest straight to a server."""
        straight = [gunicorn.host for gunicorn in self.gunicorns]
        hosts = [self.proxy.host if at % 2 else straight[at // 2 % len(straight)] for at in range(count)]
        return [f"http://client-{at}:{self.server.key}@{host}" for at, host in enumerate(hosts)]

    def wait_until_serving(self) -> None:
        """Wait until every server has all its workers again and answers reads; a problem where that takes too long.

        A master that is gone is started again, as a supervisor does.
        """
        began = time.monotonic()
        for gunicorn in self.gunicorns:
            if not gunicorn.is_running():
                gunicorn.start()
            answered = 0
            while answered < ASKED_OF_EACH:
                if time.monotonic() - began > RECOVERY_SECONDS:
                    self.problems.append(f"{gunicorn.host} did not come back in {RECOVERY_SECONDS} s")
                    return
                if len(gunicorn.worker_pids()) == WORKERS and self._answers(gunicorn):
                    answered += 1
                else:
                    time.sleep(0.1)
        self.slowest_recovery = max(self.slowest_recovery, time.monotonic() - began)

    def _answers(self, gunicorn: Gunicorn) -> bool:
        # Of a project that is not there: reading one ends its due periods, and those are for cron.
        body = {"project_name": f"not-{self.project}"}
        try:
            answer = self.server.post("/get_budget", body, client_id="watcher", url=f"http://{gunicorn.host}")
        except OSError:
            return False
        return answer.status == 200


@contextmanager
def make_world(name: str, choice: random.Random, *, gunicorn_arguments: str = "") -> Iterator[World]:
    """The product, up and empty, in one of the CONFIGURATIONS."""
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="budgets-chaos-")))
        disk = stack.enter_context(small_disk(DISK_MB[name]))
        cluster = None
        database_url = f"sqlite:///{(disk.path if disk else directory) / 'live.sqlite3'}"
        if name != SQLITE:
            home = stack.enter_context(home_of_plain_user())
            cluster = Cluster(home, (disk.path if disk else home) / "data", DURABLE_OPTIONS, wal_segment_mb=1)
            cluster.start()
            stack.callback(cluster.stop, "immediate")
            database_url = cluster.url
        server = BudgetServer(directory, database_url, GUNICORN_CMD_ARGS=gunicorn_arguments)
        gunicorns = [server.gunicorn]
        stack.callback(server.stop)
        if name == TWO_SERVERS:
            second = Gunicorn(server.environment | {"PORT": str(free_port())}, directory / "second.log")
            second.start()
            stack.callback(second.stop)
            gunicorns.append(second)
        # With choices of its own: it makes them in threads, in no order.
        proxy = CuttingProxy([gunicorn.host for gunicorn in gunicorns], random.Random(choice.getrandbits(32)))
        stack.callback(proxy.stop)
        yield World(name, f"chaos-{name}", server, gunicorns, cluster, disk, proxy, choice)
