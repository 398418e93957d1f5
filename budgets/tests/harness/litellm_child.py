"""The far side of a LitellmSession: a process with the real litellm, which executes what it is sent.

Not imported by the tests, and free of anything of ours: it runs under the Python of either litellm release.
"""

import ast
import contextlib
import json
import os
import sys
import threading
import time
import traceback
from typing import Any

import litellm
from litellm import BudgetManager, completion

MAIN = threading.current_thread()
FAILED_POSTS: list[str] = []
REAL_TIME = time.time


def drain() -> list[str]:
    """Wait until every post is answered; return what the posting threads died of since the last time."""
    for thread in threading.enumerate():
        if thread is not MAIN and "save_data" in thread.name:
            thread.join(60)
    died, FAILED_POSTS[:] = list(FAILED_POSTS), []
    return died


def set_clock_ahead(seconds: float) -> None:
    """Let this process's clock run that far ahead of the real one."""
    time.time = lambda: REAL_TIME() + seconds


def execute(code: str, names: dict[str, Any]) -> Any:
    """Run `code`; return the value of its last line, where that is an expression."""
    tree = ast.parse(code)
    value = None
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        tree.body.pop()
        value = compile(ast.Expression(last.value), "<test>", "eval")
    exec(compile(tree, "<test>", "exec"), names)
    return eval(value, names) if value else None


def fresh_names() -> dict[str, Any]:
    """What the lines sent can use."""
    return {
        "BudgetManager": BudgetManager,
        "completion": completion,
        "drain": drain,
        "litellm": litellm,
        "set_clock_ahead": set_clock_ahead,
        "threading": threading,
        "time": time,
    }


def answer(request: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """Carry out one request."""
    if request["code"] is None:
        drain()
        time.time = REAL_TIME
        names.clear()
        names.update(fresh_names())
        return {"value": None}
    try:
        return {"value": execute(request["code"], names)}
    except BaseException:  # noqa: BLE001 (whatever it is, it goes back to the test)
        return {"error": traceback.format_exc()}


def main() -> None:
    """Answer each line of JSON on standard input with one on standard output."""
    threading.excepthook = lambda args: FAILED_POSTS.append(f"{args.exc_type.__name__}: {args.exc_value}")
    # litellm prints at times; its words must not get between the answers.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    names = fresh_names()
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            replies.write(json.dumps(answer(json.loads(line), names)) + "\n")
            replies.flush()


if __name__ == "__main__":
    main()
