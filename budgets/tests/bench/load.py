"""What the contenders are sent: a client's bodies, over connections that are kept open."""

import base64
import http.client
import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

from budgets.tests.bench.contenders import Contender

MODELS = ("gpt-4o", "claude-sonnet-4-5", "gemini-2.5-flash")
CREATED_AT = 1_764_000_000.25


def new_records(users: int, seed: int = 1) -> dict[str, dict[str, Any]]:
    """So many users with monthly budgets, as litellm's client makes them."""
    choice = random.Random(seed)
    return {
        f"user-{number:07}": {
            "total_budget": choice.randint(1, 50),
            "duration": 28,
            "created_at": CREATED_AT,
            "last_updated_at": CREATED_AT,
        }
        for number in range(users)
    }


def spend(record: dict[str, Any], cost: float = 0.000225, model: str = MODELS[0]) -> None:
    """One call, as the client's update_cost writes it."""
    record["current_cost"] = record.get("current_cost", 0) + cost
    record["model_cost"] = record.get("model_cost", {}) | {model: record.get("model_cost", {}).get(model, 0) + cost}


class Connection:
    """One kept-open connection to a contender, and how long its answers took."""

    def __init__(self, contender: Contender, client_id: str) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", contender.port, timeout=600)
        credentials = base64.b64encode(f"{client_id}:{contender.key}".encode()).decode()
        self.headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/json"}

    def post(self, path: str, body: bytes) -> tuple[float, bytes]:
        """Seconds until the whole answer is there, and the answer. Raises AssertionError where it is no success."""
        started = time.perf_counter()
        self.http.request("POST", path, body=body, headers=self.headers)
        response = self.http.getresponse()
        answer = response.read()
        took = time.perf_counter() - started
        assert response.status == 200, (response.status, answer[:500])
        assert answer.startswith((b'{"status":"success"', b'{"data":', b'{"status": "success"')), answer[:200]
        return took, answer


@dataclass
class Program:
    """A long-lived client: its dict, kept encoded by user, so that a change costs no encoding of the rest."""

    project: str
    records: dict[str, dict[str, Any]]
    encoded: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.encoded = {name: self._encode(name) for name in self.records}

    def _encode(self, name: str) -> str:
        return f"{json.dumps(name)}: {json.dumps(self.records[name])}"

    def spend(self, name: str, cost: float = 0.000225) -> None:
        """One call of that user."""
        spend(self.records[name], cost)
        self.encoded[name] = self._encode(name)

    def body(self) -> bytes:
        """The post of the whole dict."""
        users = ", ".join(self.encoded.values())
        return f'{{"project_name": {json.dumps(self.project)}, "user_dict": {{{users}}}}}'.encode()


def read_and_spent(connection: Connection, project: str) -> Program:
    """A new program that has read, and all of whose users have spent since."""
    _, answer = connection.post("/get_budget", json.dumps({"project_name": project}).encode())
    program = Program(project, json.loads(answer)["data"])
    for name in program.records:
        program.spend(name)
    return program
