"""How gunicorn serves; it finds this file by itself in the directory it starts in."""

from budgetsite.environment import env_int, load_dotenv

load_dotenv()

wsgi_app = "budgetsite.wsgi:application"
bind = f"127.0.0.1:{env_int('PORT', 8000, minimum=1)}"
worker_class = "gthread"
workers = env_int("WEB_CONCURRENCY", 2, minimum=1)
# A slow client holds a thread until its request is in; a proxy that buffers, as docs/operations.md has it, spares them.
threads = 16
timeout = 60
# Less than the ten seconds that Docker waits. A worker told to stop while it starts does not hear it, and is killed.
graceful_timeout = 8
logger_class = "budgetsite.gunicorn_log.RedactingLogger"
# Its socket is one file per user: two instances would race for it.
control_socket_disable = True
