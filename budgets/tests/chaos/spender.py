"""What a chaos client does, in a LitellmSession's process: the stock BudgetManager, used as litellm's docs have it.

Sent there as text, and run under the Python of either litellm release: nothing of ours is imported. What is added to
the client only watches: it notes what had been spent when a post was acknowledged.
"""

import json
import random
import threading
import time
from collections import Counter
from decimal import Decimal
from typing import Any

import litellm
from litellm import BudgetManager, completion

TEXTS = (
    ("hello world", "it's a sunny day in san francisco"),
    ("Hey, how's it going?", "Going well, thanks! And how are you?"),
    ("Tell me a story.", "Once upon a time there was a ledger, and nothing was ever lost from it. " * 3),
)
MODELS = ("gpt-3.5-turbo", "gpt-4", "gpt-4-1106-preview")
MOCKED_MODELS = ("gpt-3.5-turbo", "gpt-4o-mini")
POSTS_AT_ONCE = 8
Costs = dict[str, dict[str, int]]


def cost_nanousd(model: str, prompt_tokens: int, completion_tokens: int) -> int:
    """What a call costs by litellm's prices, which are whole nano-USD for the models used here: no float is added."""
    prices = litellm.model_cost[model]
    usd = prompt_tokens * Decimal(repr(prices["input_cost_per_token"]))
    usd += completion_tokens * Decimal(repr(prices["output_cost_per_token"]))
    exact = usd.scaleb(9)
    assert exact == int(exact), f"{model} does not cost whole nano-USD"
    return int(exact)


def tokens(model: str, text: str) -> int:
    """Counted as update_cost counts them."""
    return int(litellm.token_counter(model=model, messages=[{"role": "user", "content": text}]))


def add(costs: Costs, user: str, model: str, amount: int) -> None:
    """Add to one sum."""
    by_model = costs.setdefault(user, {})
    by_model[model] = by_model.get(model, 0) + amount


class Spender:
    """One program under one client id: it spends in one thread, and its manager posts in threads of its own.

    All amounts are nano-USD. `begun` is counted before a call changes the manager's dict, `spent` after it and before
    its post begins, so that what a post holds is between the two. `acknowledged` is the most that an acknowledged post
    is known to hold.
    """

    def __init__(self, project: str, api_base: str, seed: int, pause_seconds: float, uses_mocks: bool) -> None:
        self.project, self.api_base, self.pause_seconds = project, api_base, pause_seconds
        self.choice = random.Random(seed)
        self.users: dict[str, dict[str, Any]] = {}
        self.begun: Costs = {}
        self.spent: Costs = {}
        self.acknowledged: Costs = {}
        self.pending: tuple[str, str, int] | None = None
        self.posts = {"acknowledged": 0, "failed": 0}
        self.failures: Counter[str] = Counter()
        self.faults: list[str] = []
        self.lock = threading.Lock()
        self.stopping = threading.Event()
        self.thread: threading.Thread | None = None
        texts = [(model, *pair) for model in MODELS for pair in TEXTS]
        self.priced_texts = [
            (model, said, heard, cost_nanousd(model, tokens(model, said), tokens(model, heard)))
            for model, said, heard in texts
        ]
        self.mocked_models = MOCKED_MODELS if uses_mocks else ()

    def connect(self, seconds: float) -> None:
        """Build the manager, as a program does when it starts; it is built again until the server answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self.manager = BudgetManager(project_name=self.project, client_type="hosted", api_base=self.api_base)
                break
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        self._watch(self.manager)

    def start(self, users: dict[str, dict[str, Any]]) -> None:
        """Begin to spend on these users; their values are what create_budget is given."""
        self.users = users
        self.stopping.clear()
        self.thread = threading.Thread(target=self._spend_until_stopped, daemon=True)
        self.thread.start()

    def finish(self, seconds: float) -> bool:
        """Stop spending, wait for the posts, and save until that is acknowledged; False where it never was."""
        assert self.thread
        self.stopping.set()
        self.thread.join()
        for post in posting_threads():
            post.join(seconds)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.manager.save_data().get("status") == "success":
                    return True
            except Exception:  # noqa: BLE001 (counted by the watcher; what it was does not matter here)
                pass
            time.sleep(0.2)
        return False

    def tallies(self) -> str:
        """Everything counted so far, as of one moment, as JSON."""
        with self.lock:
            return json.dumps(
                {
                    "begun": self.begun,
                    "spent": self.spent,
                    "acknowledged": self.acknowledged,
                    "posts": self.posts,
                    "failures": self.failures,
                    "faults": self.faults,
                }
            )

    def _watch(self, manager: Any) -> None:
        """Note when posts begin and what comes of them; they go out as they would without this."""
        stock_save_data, stock_save_data_thread = manager.save_data, manager._save_data_thread

        def save_data_thread() -> None:
            self._has_spent()
            stock_save_data_thread()

        def save_data() -> Any:
            with self.lock:
                before = {user: dict(by_model) for user, by_model in self.spent.items()}
            answer = None
            why = "no answer"
            try:
                answer = stock_save_data()
                why = str(answer.get("status"))
            except Exception as error:
                status = getattr(getattr(error, "response", None), "status_code", None)
                why = str(status or type(error).__name__)
                raise
            finally:
                self._note(before, why)
            return answer

        manager.save_data = save_data
        manager._save_data_thread = save_data_thread

    def _note(self, before: Costs, why: str) -> None:
        with self.lock:
            if why != "success":
                self.posts["failed"] += 1
                self.failures[why] += 1
                return
            self.posts["acknowledged"] += 1
            for user, by_model in before.items():
                known = self.acknowledged.setdefault(user, {})
                for model, amount in by_model.items():
                    known[model] = max(amount, known.get(model, 0))

    def _spend_until_stopped(self) -> None:
        try:
            while not self.stopping.is_set():
                self._spend_once()
                self.stopping.wait(self.choice.uniform(0, 2 * self.pause_seconds))
                while len(posting_threads()) >= POSTS_AT_ONCE and not self.stopping.is_set():
                    time.sleep(0.02)
        except Exception as error:  # noqa: BLE001 (whatever it is, the run must fail with it)
            self.faults.append(repr(error))

    def _spend_once(self) -> None:
        user = self.choice.choice(sorted(self.users))
        manager = self.manager
        # create a budget if new user
        if not manager.is_valid_user(user):
            manager.create_budget(user=user, **self.users[user])
        # check if a given call can be made
        if manager.get_current_cost(user=user) > manager.get_total_budget(user):
            raise AssertionError(f"{user} has no budget left: the run was to stay below it")
        before = manager.get_current_cost(user=user)
        is_mocked = self.mocked_models and self.choice.random() < 0.3
        cost = self._complete(user) if is_mocked else self._send_texts(user)
        added = manager.get_current_cost(user=user) - before
        assert abs(Decimal(added) - Decimal(cost).scaleb(-9)) < Decimal("1e-10"), (added, cost)

    def _complete(self, user: str) -> int:
        asked = self.choice.choice(self.mocked_models)
        messages = [{"role": "user", "content": "Hey, how's it going?"}]
        response = completion(model=asked, messages=messages, mock_response="Going well, thanks!")
        usage = response["usage"]
        cost = cost_nanousd(asked, usage["prompt_tokens"], usage["completion_tokens"])
        self._is_to_spend(user, response["model"], cost)
        self.manager.update_cost(completion_obj=response, user=user)
        return cost

    def _send_texts(self, user: str) -> int:
        model, said, heard, cost = self.choice.choice(self.priced_texts)
        self._is_to_spend(user, model, cost)
        self.manager.update_cost(user=user, model=model, input_text=said, output_text=heard)
        return cost

    def _is_to_spend(self, user: str, model: str, amount: int) -> None:
        with self.lock:
            add(self.begun, user, model, amount)
            self.pending = (user, model, amount)

    def _has_spent(self) -> None:
        """The manager's dict is changed, and the post of it about to begin (create_budget posts without any spend)."""
        with self.lock:
            if self.pending:
                add(self.spent, *self.pending)
                self.pending = None


def posting_threads() -> list[threading.Thread]:
    """The posts under way; newer Pythons name a thread after what it runs."""
    return [thread for thread in threading.enumerate() if "save_data" in thread.name]
