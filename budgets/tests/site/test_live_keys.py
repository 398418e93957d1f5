"""Keys on the live server: a revoked one fails on every worker and every open connection, and none is ever logged."""

import http.client
import json
import socket
import subprocess
import sys
from base64 import b64encode

from budgets.tests.harness.server import BudgetServer
from budgetsite.environment import BASE_DIR

MAKE = """
from django.utils import timezone
from budgets.services.keys import create_key
print(create_key(label="live", project=None, expires_at=None, created_by=None, now=timezone.now())[1])
"""
# Waits until it is told to: an idle connection is closed by the server before Django has started.
REVOKE = """
from django.utils import timezone
from budgets.models import ApiKey
from budgets.services.keys import revoke_key
api_key = ApiKey.objects.get(prefix={prefix!r})
print("ready", flush=True)
input()
revoke_key(api_key=api_key, now=timezone.now())
print("revoked", flush=True)
"""
# Enough that both workers have some.
CONNECTIONS = 8


def read(connection: http.client.HTTPConnection, secret: str) -> int:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    connection.request("POST", "/get_budget", json.dumps({"project_name": "none"}), headers)
    response = connection.getresponse()
    response.read()
    return response.status


def test_a_revoked_key_fails_with_the_next_request_of_every_open_connection(gunicorn_server: BudgetServer) -> None:
    secret = gunicorn_server.shell(MAKE)
    command = [sys.executable, str(BASE_DIR / "manage.py"), "shell", "--verbosity", "0", "--command"]
    revoke = subprocess.Popen(
        [*command, REVOKE.format(prefix=secret[:13])],
        env=gunicorn_server.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert revoke.stdin
    assert revoke.stdout
    assert revoke.stdout.readline() == "ready\n"
    connections = [http.client.HTTPConnection("127.0.0.1", gunicorn_server.port) for _ in range(CONNECTIONS)]
    assert [read(one, secret) for one in connections] == [200] * CONNECTIONS
    revoke.stdin.write("\n")
    revoke.stdin.flush()
    assert revoke.stdout.readline() == "revoked\n"
    assert [read(one, secret) for one in connections] == [401] * CONNECTIONS
    for one in connections:
        one.close()
    revoke.communicate()


def test_no_key_reaches_the_log_of_a_request_that_cannot_be_read(gunicorn_server: BudgetServer) -> None:
    key = "bk_0123456789_" + "canary-KEY_" * 3 + "0123456789"
    basic = b64encode(f"worker:{key}".encode()).decode()
    for broken in (
        f"Authorization: Basic {basic}\r\n\r\n",
        f"POST /get_budget HTTP/1.1\r\nAuthorization : Basic {basic}\r\n\r\n",
        f"POST /get_budget HTTP/1.1\r\nHost: x\r\n Authorization: Bearer {key}\r\n\r\n",
        f"POST /get_budget HTTP/1.1\r\nBearer {key}: Basic {basic}\x01\r\n\r\n",
        f"POST /get_budget HTTP/9.1 Bearer {key}\r\n\r\n",
        f"POST http://worker:{key}@[/ HTTP/1.1\r\nHost: x\r\n\r\n",
        f"POST /get_budget HTTP/1.1\r\nHost: worker:{key}@x\r\nAuthorization: Basic {basic}\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", gunicorn_server.port), timeout=10) as connection:
            connection.sendall(broken.encode("latin-1"))
            connection.recv(65536)
    log = gunicorn_server.new_log()
    assert "Invalid" in log
    assert "canary" not in log
    assert basic not in log
