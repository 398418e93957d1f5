"""Requests made at random out of real ones: a dict as it was handed out, with a few things about it changed."""

import copy
import random
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from budgets.domain.marks import MARK_KEY
from budgets.tests.hostile import nasties
from budgets.tests.hostile.documents import Pairs, encode, places, torn
from budgets.tests.hostile.world import PROJECTS, World, basic

METHODS = ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "post", "X" * 200, "PRI")
LENGTHS = (
    "",
    "0",
    "1",
    "-1",
    "+5",
    " 5",
    "5 ",
    "1_0",
    "1e3",
    "0x10",
    "abc",
    "٣",
    "5, 5",
    "99999999999999999999",
    "9" * 5_000,
)
CODINGS = ("gzip", "deflate", "br", "zstd", "identity, gzip", "x-gzip", "\xff")


@dataclass
class Request:
    """One request: its path, body and WSGI environment, and what was done to it."""

    path: str
    body: bytes
    environ: dict[str, Any]
    method: str = "POST"
    done: list[str] = field(default_factory=list)


def by_hand(world: World, rng: random.Random) -> list[Request]:
    """The bodies written by hand, under a project's key or the instance's."""
    project = rng.choice(PROJECTS)
    secrets = (world.keys[project], world.instance_key)
    bodies = [(label, body, rng.choice(secrets)) for label, body in nasties.by_hand(project).items()]
    # Seldom: every look at the database takes longer after them.
    if rng.random() < 0.1:
        bodies += [(label, body, world.instance_key) for label, body in nasties.bulky("bulk").items()]
    return [
        Request("/set_budget", body, {"HTTP_AUTHORIZATION": basic("by-hand", secret)}, done=[label])
        for label, body, secret in bodies
    ]


def at_random(world: World, rng: random.Random) -> Request:
    """One request. Most are for `/set_budget`, and some of those nothing is wrong with."""
    project = rng.choice(PROJECTS)
    if rng.random() < 0.1:
        document, done = _read_body(rng, project), ["read"]
        request = Request("/get_budget", encode(document), {}, done=done)
    else:
        user_dict, done = _user_dict(world, rng, project)
        document = _envelope(world, rng, project, user_dict, done)
        request = Request(rng.choice(("/set_budget",) * 9 + ("//set_budget",)), encode(document), {}, done=done)
    if rng.random() < 0.15:
        request.body = torn(rng, request.body)
        done.append("torn")
    request.environ = {"HTTP_AUTHORIZATION": _credentials(world, rng, project, done)}
    if rng.random() < 0.08:
        rng.choice(HEADERS)(rng, request)
    return request


# --- Documents ----------------------------------------------------------------------------------------------------


def _read_body(rng: random.Random, project: str) -> Any:
    options: list[Any] = [{"project_name": project}] * 4
    options += [
        {"project_name": nasties.name(rng)},
        {"project_name": nasties.value(rng)},
        {"project_name": f"unknown-{rng.randrange(10**6)}"},
        Pairs([("project_name", nasties.name(rng)), ("project_name", project)]),
        {"project_name": project, nasties.name(rng): nasties.value(rng)},
        nasties.value(rng),
    ]
    return rng.choice(options)


def _user_dict(world: World, rng: random.Random, project: str) -> tuple[dict[str, Any], list[str]]:
    """A dict handed out, spent on perhaps, then changed in up to four ways."""
    user_dict = copy.deepcopy(rng.choice(world.handed[project]))
    kept = rng.sample(list(user_dict), min(len(user_dict), rng.randint(0, 5)))
    user_dict = {name: user_dict[name] for name in kept}
    done: list[str] = []
    if rng.random() < 0.6:
        _spend(rng, user_dict)
        done.append("spent")
    for _ in range(rng.choice((0, 1, 1, 2, 2, 3, 4))):
        change = rng.choice(CHANGES)
        user_dict = change(world, rng, user_dict)
        done.append(change.__name__.strip("_"))
    return user_dict, done


def _spend(rng: random.Random, user_dict: dict[str, Any]) -> None:
    for record in user_dict.values():
        cost = rng.choice((0.000225, 1e-9, 0.1 + 0.2, 3, rng.random()))
        model = rng.choice(("gpt-4o", "claude", "m"))
        record["current_cost"] = record.get("current_cost", 0) + cost
        by_model = record.setdefault("model_cost", {})
        by_model[model] = by_model.get(model, 0) + cost


Change = Callable[[World, random.Random, dict[str, Any]], dict[str, Any]]


def _replace_value(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    if found := places(user_dict):
        container, key = rng.choice(found)
        container[key] = nasties.value(rng)
    return user_dict


def _swap_values(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    if found := places(user_dict):
        (left, one), (right, other) = rng.choice(found), rng.choice(found)
        right[other] = copy.deepcopy(left[one])
    return user_dict


def _drop_key(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    if found := [(container, key) for container, key in places(user_dict) if isinstance(container, dict)]:
        container, key = rng.choice(found)
        del container[key]
    return user_dict


def _rename_key(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    found = [(container, key) for container, key in places(user_dict) if isinstance(container, dict)]
    if found:
        container, key = rng.choice(found)
        container[nasties.name(rng)] = container.pop(key)
    return user_dict


def _add_key(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    containers = [user_dict, *(container[key] for container, key in places(user_dict))]
    container = rng.choice([one for one in containers if isinstance(one, dict)])
    container[nasties.name(rng)] = nasties.value(rng) if rng.random() < 0.7 else copy.deepcopy(nasties.RECORD)
    return user_dict


def _repeat_key(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    if user_dict:
        name = rng.choice(list(user_dict))
        record = user_dict[name]
        if isinstance(record, dict) and record:
            key = rng.choice(list(record))
            pairs = [*record.items(), (key, nasties.value(rng) if rng.random() < 0.5 else record[key])]
            # Kept as pairs, it can be changed no further: the rest of the dict can.
            user_dict[name] = Pairs(pairs[::-1] if rng.random() < 0.5 else pairs)
    return user_dict


def _forge_mark(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    marked = [record for record in user_dict.values() if isinstance(record, dict) and MARK_KEY in record]
    if marked:
        record = rng.choice(marked)
        if isinstance(record[MARK_KEY], str) and record[MARK_KEY].count(".") == 3:
            record[MARK_KEY] = nasties.mark(rng, record[MARK_KEY])
    return user_dict


def _foreign_mark(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    """A mark that another project's, another user's, or an earlier answer held."""
    records = [record for record in user_dict.values() if isinstance(record, dict)]
    if records:
        source = rng.choice(world.handed[rng.choice(PROJECTS)])
        if source:
            rng.choice(records)[MARK_KEY] = rng.choice(list(source.values()))[MARK_KEY]
    return user_dict


def _foreign_record(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    source = rng.choice(world.handed[rng.choice(PROJECTS)])
    if source:
        name = rng.choice(list(source))
        user_dict[rng.choice((name, f"copy-{rng.randrange(9)}"))] = copy.deepcopy(source[name])
    return user_dict


def _unmark(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    for record in user_dict.values():
        if isinstance(record, dict):
            record.pop(MARK_KEY, None)
    return user_dict


def _new_user(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    name = nasties.name(rng) if rng.random() < 0.5 else f"new-{rng.randrange(40)}"
    moment = rng.choice((0, 1.7e9, 1.795e9, 4e9, 253_402_300_799))
    record = copy.deepcopy(nasties.RECORD)
    record |= {"duration": rng.choice((1, 7, 365, 36_500)), "created_at": moment, "last_updated_at": moment}
    user_dict[name] = record
    return user_dict


def _other_costs(world: World, rng: random.Random, user_dict: dict[str, Any]) -> dict[str, Any]:
    for record in user_dict.values():
        if isinstance(record, dict) and rng.random() < 0.5:
            record["model_cost"] = {nasties.name(rng): rng.choice(nasties.NUMBERS) for _ in range(rng.randint(0, 3))}
    return user_dict


CHANGES: tuple[Change, ...] = (
    _replace_value,
    _replace_value,
    _swap_values,
    _drop_key,
    _rename_key,
    _add_key,
    _repeat_key,
    _forge_mark,
    _foreign_mark,
    _foreign_record,
    _unmark,
    _new_user,
    _other_costs,
)


def _envelope(world: World, rng: random.Random, project: str, user_dict: dict[str, Any], done: list[str]) -> Any:
    if rng.random() < 0.9:
        return {"project_name": project, "user_dict": user_dict}
    done.append("envelope")
    options: list[Any] = [
        {"user_dict": user_dict},
        {"project_name": project},
        {"project_name": nasties.name(rng), "user_dict": user_dict},
        {"project_name": f"new-{rng.randrange(50)}", "user_dict": user_dict},
        {"project_name": nasties.value(rng), "user_dict": user_dict},
        {"project_name": project, "user_dict": nasties.value(rng)},
        {"project_name": project, "user_dict": user_dict, nasties.name(rng): nasties.value(rng)},
        Pairs([("project_name", rng.choice(PROJECTS)), ("project_name", project), ("user_dict", user_dict)]),
        Pairs([("user_dict", {"u": 1}), ("project_name", project), ("user_dict", user_dict)]),
        [project, user_dict],
        nasties.value(rng),
    ]
    return rng.choice(options)


# --- Keys and headers -----------------------------------------------------------------------------------------------


def _credentials(world: World, rng: random.Random, project: str, done: list[str]) -> str:
    client_id = rng.choice(("worker-1", "worker-2", "", f"w-{rng.randrange(50)}"))
    chance = rng.random()
    if chance < 0.55:
        return basic(client_id, world.keys[project])
    if chance < 0.85:
        return basic(client_id, world.instance_key)
    if chance < 0.95:
        other = rng.choice([one for one in PROJECTS if one != project])
        done.append("another project's key")
        return basic(client_id, world.keys[other])
    done.append("odd key")
    key, junk = world.keys[project], rng.randbytes(12).decode("latin-1")
    return rng.choice(
        (
            f"Bearer {key}",
            f"bearer   {key}  ",
            f"Bearer {key[:-1]}A",
            f"Bearer {key}\t{key}",
            "Bearer",
            "",
            junk,
            f"Basic {junk}",
            "Basic " + b64encode(b"\xff\xfe:" + key.encode()).decode(),
            "Basic " + b64encode(b"\0" * 40 + b":" + key.encode()).decode(),
            basic("x" * 200, key),
            basic("\u202e<b>=1", key),
            "Digest username=x",
            "Basic " + "A" * 20_000,
        )
    )


def _content_type(rng: random.Random, request: Request) -> None:
    request.environ["CONTENT_TYPE"] = rng.choice(nasties.CONTENT_TYPES)
    request.done.append("content type")


def _coding(rng: random.Random, request: Request) -> None:
    request.environ["HTTP_CONTENT_ENCODING"] = rng.choice(CODINGS)
    request.done.append("coding")


def _length(rng: random.Random, request: Request) -> None:
    request.environ["CONTENT_LENGTH"] = rng.choice((*LENGTHS, str(len(request.body) + 5), str(len(request.body) // 2)))
    request.done.append("length")


def _chunked(rng: random.Random, request: Request) -> None:
    request.environ["HTTP_TRANSFER_ENCODING"] = rng.choice(("chunked", "identity", "gzip, chunked", "x"))
    request.done.append("chunked")


def _method(rng: random.Random, request: Request) -> None:
    request.method = rng.choice(METHODS)
    request.done.append("method")


def _client_id(rng: random.Random, request: Request) -> None:
    request.environ["HTTP_AUTHORIZATION"] = "Bearer x"
    request.environ["HTTP_X_CLIENT_ID"] = nasties.name(rng).encode(errors="replace").decode("latin-1")
    request.done.append("client id")


HEADERS: tuple[Callable[[random.Random, Request], None], ...] = (
    _content_type,
    _coding,
    _length,
    _chunked,
    _method,
    _client_id,
)
