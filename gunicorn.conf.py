"""How gunicorn serves; it finds this file by itself in the directory it starts in."""

import ctypes
import gc
import resource

from budgetsite.environment import env_int, load_dotenv

load_dotenv()

wsgi_app = "budgetsite.wsgi:application"
bind = f"127.0.0.1:{env_int('PORT', 8000, minimum=1)}"
worker_class = "budgetsite.worker.GatheringWorker"
workers = env_int("WEB_CONCURRENCY", 2, minimum=1)
threads = 16
# Each is a file, and one file too many would end the worker.
worker_connections = min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100)
# Where it waits for the client, it does so without an end.
sendfile = False
timeout = 60
# The client must be who closes: a post sent just as the server does is lost, and litellm does not send it again.
# litellm's client (httpx) closes after 5 idle seconds, proxies mostly after 60.
keepalive = 75
# Less than the ten seconds that Docker waits. A worker told to stop while it starts does not hear it, and is killed.
graceful_timeout = 8
logger_class = "budgetsite.gunicorn_log.RedactingLogger"
# Its socket is one file per user: two instances would race for it.
control_socket_disable = True


# As glibc's malloc.h has it.
M_MMAP_THRESHOLD = -3
LARGE_BYTES = 256 * 1024


def post_worker_init(_worker: object) -> None:
    """What a worker has loaded stays: the garbage collector need not look at it with each large post, nor so often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(5_000, 10, 10)
    give_back_large_pieces()


def give_back_large_pieces() -> None:
    """Let glibc return large pieces of memory when they are freed.

    Left to itself, once it has seen a large body freed, it keeps as much as twice that for the next.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
