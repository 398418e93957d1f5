"""What is put where it does not belong: numbers, names, marks, and whole bodies written by hand."""

import copy
import random
from typing import Any

from budgets.domain.marks import MARK_KEY
from budgets.tests.hostile.documents import Pairs, Raw, encode, nested

# Names that a page, a spreadsheet, a terminal, a log or a database may take for something else.
NAMES = (
    "",
    " ",
    "u",
    "user-1",
    "\0",
    "a\0b",
    "\ud800",
    "a\udfffb",
    "\n",
    "a\r\nb",
    "\t",
    "\x1b[2J\x1b]0;owned\x07",
    "\x7f\x85\x9b31m",
    "\u202eresu\u202c",
    "\u2066x",
    "\ufeffbom",
    "\U0001f600",
    "é",
    "e\u0301",
    "ﷺ" * 255,
    "x" * 255,
    "x" * 256,
    "x" * 100_000,
    "/",
    "~",
    "a/b~c",
    "__proto__",
    "constructor",
    "_view",
    "total_budget",
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "javascript:alert(1)",
    "{{ 7*7 }}{% debug %}",
    "${7*7}",
    "%s%n%(name)s{0}",
    "=1+1",
    '=HYPERLINK("http://evil","x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "'=1",
    "'; DROP TABLE budgets_enduser; --",
    "1 OR 1=1",
    "../../etc/passwd",
    "CON",
    "null",
    "NaN",
)

NUMBERS: tuple[Any, ...] = (
    0,
    Raw(b"-0"),
    -0.0,
    1,
    -1,
    0.1 + 0.2,
    1e-9,
    1e-10,
    5e-324,
    1.7976931348623157e308,
    1e16,
    9_007_199_254_740_993,
    10_000_000,
    10_000_000.000000001,
    10_000_001,
    2**31,
    2**63 - 1,
    2**63,
    2**64,
    -(2**63) - 1,
    10**18,
    10**30,
    10**400,
    Raw(b"1" + b"0" * 5000),
    Raw(b"1e400"),
    Raw(b"-1e400"),
    Raw(b"1e999999999999"),
    Raw(b"1e-999999999999"),
    Raw(b"0." + b"0" * 5000 + b"1"),
    Raw(b"NaN"),
    Raw(b"-NaN"),
    Raw(b"Infinity"),
    Raw(b"-Infinity"),
    Raw(b"inf"),
    Raw(b"0x10"),
    Raw(b"01"),
    Raw(b"1."),
    Raw(b".5"),
    Raw(b"+1"),
    Raw(b"1_000"),
    253_402_300_799,
    253_402_300_799.9999,
    253_402_300_800,
    -62_135_596_800,
    36_500,
    36_501,
    1.5,
    1e300,
)

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    "",
    "1",
    "NaN",
    "\0",
    "\ud83d",
    [],
    {},
    [[]],
    {"": {}},
    [None] * 50,
    {"a": 1, "b": {"c": [1, 2, {"d": None}]}},
    "x" * 20_000,
    Raw(b'"\\u0000"'),
    Raw(b'"\\ud800\\ud800"'),
    Raw(b'"\xed\xa0\x80"'),
    Raw(b'"\xc0\xaf"'),
    Raw(b"{'a':1}"),
    Raw(b"{,}"),
    Raw(b"[1,]"),
    Raw(b"/* */1"),
    Raw(b"undefined"),
    nested(31, b"[", b"]"),
    nested(33, b'{"a":', b"}"),
    nested(200, b"[", b"]"),
    nested(1_000, b'{"a":', b"}"),
    nested(10_000, b"[", b"]"),
    nested(10_000, b'{"a":', b"}"),
    nested(10_000, b'[{"":', b"}]"),
)

CONTENT_TYPES = (
    "text/plain",
    "text/html",
    "application/json; charset=utf-16",
    "application/json; charset=utf-7",
    "application/json;charset=\xff",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/xml",
    "APPLICATION/JSON",
    "application/json, text/plain",
    "",
    ";",
    "x" * 5_000,
)


def name(rng: random.Random) -> str:
    """A nasty name."""
    return rng.choice(NAMES)


def value(rng: random.Random) -> Any:
    """A nasty value of one's own, to change further."""
    return copy.deepcopy(rng.choice(NUMBERS if rng.random() < 0.5 else VALUES))


def mark(rng: random.Random, real: str) -> Any:
    """A mark made out of a real one: forged, cut, of another user or of a version to come."""
    parts = real.split(".")
    at = rng.randrange(len(real))
    options: list[Any] = [
        real[:at],
        real[:at] + rng.choice("AZaz09_-.=\n\0é") + real[at + 1 :],
        real + "\n",
        real + "0",
        real.upper(),
        ".".join([parts[0], f"{rng.randrange(1, 60):x}", *parts[2:]]),
        ".".join([*parts[:2], f"{rng.choice((0, 1, 2, 999, 16**15 - 1)):x}", parts[3]]),
        ".".join([*parts[:1], "f" * 15, "f" * 15, parts[3]]),
        ".".join([*parts[:3], f"{rng.getrandbits(64):016x}"]),
        ".".join(["A" * 40, *parts[1:]]),
        ".".join(["=" * 40, *parts[1:]]),
        ".".join(reversed(parts)),
        "...",
        "",
        [real],
        {MARK_KEY: real},
        1,
        None,
        True,
    ]
    return rng.choice(options)


RECORD = {"total_budget": 1, "current_cost": 0.5, "model_cost": {"m": 0.5}}


def by_hand(project: str) -> dict[str, bytes]:
    """Whole bodies for `/set_budget`, each under the name of what is wrong with it."""

    def post(user_dict: Any, **other: Any) -> bytes:
        return encode({"project_name": project, "user_dict": user_dict} | other)

    long = "x" * 100_000
    bodies: dict[str, Any] = {
        "empty": b"",
        "blank": b" \n",
        "null": b"null",
        "number": b"1",
        "string": b'"x"',
        "array": b"[]",
        "empty object": b"{}",
        "NUL bytes": b"\0" * 100,
        "gzip": bytes.fromhex("1f8b0800000000000003") + b"x" * 50,
        "BOM": b"\xef\xbb\xbf" + post({}),
        "UTF-16": post({}).decode().encode("utf-16"),
        "form": b"project_name=p&user_dict=%7B%7D",
        "two documents": post({}) * 2,
        "no user_dict": encode({"project_name": project}),
        "no project_name": encode({"user_dict": {}}),
        "user_dict a list": post([]),
        "user_dict null": post(None),
        "user_dict a string": post("{}"),
        "record a list": post({"u": []}),
        "record null": post({"u": None}),
        "record a string": post({"u": "x"}),
        "record empty": post({"u": {}}),
        "project of another type": encode({"project_name": [project], "user_dict": {}}),
        "project named with NUL": encode({"project_name": project + "\0", "user_dict": {}}),
        "project with a space": encode({"project_name": project + " ", "user_dict": {"u": RECORD}}),
        "project in capitals": encode({"project_name": project.upper(), "user_dict": {"u": RECORD}}),
        "project with a surrogate": encode({"project_name": "\ud800", "user_dict": {}}),
        "project long": encode({"project_name": long, "user_dict": {}}),
        "project twice": encode(Pairs([("project_name", "other"), ("project_name", project), ("user_dict", {})])),
        "user_dict twice": encode(Pairs([("project_name", project), ("user_dict", {"u": {}}), ("user_dict", {})])),
        "user twice": post(Pairs([("twice", RECORD | {"total_budget": -1}), ("twice", RECORD)])),
        "key twice": post({"twice": Pairs([("total_budget", "x"), ("total_budget", 1)])}),
        "cost twice": post({"twice": RECORD | {"model_cost": Pairs([("m", -1), ("m", 0.5)])}}),
        "deep extra": post({"u": RECORD | {"x": nested(10_000, b"[", b"]")}}),
        "deep record": post({"u": nested(10_000, b'{"a":', b"}")}),
        "deep body": b"[" * 10_000,
        "deep closed body": b"[" * 10_000 + b"]" * 10_000,
        "deeper body": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "unclosed string": post({})[:-2] + b'"' + b"x" * 10_000,
        "NUL in user": post({"a\0b": RECORD}),
        "NUL in model": post({"u": RECORD | {"model_cost": {"m\0": 1}}}),
        "NUL in extra": post({"nul-extra": RECORD | {"note": "a\0b", "k\0": 1}}),
        "surrogate in extra": post({"u": RECORD | {"note": "\ud800"}}),
        "long user": post({long: RECORD}),
        "long user with many faults": post({long: RECORD | {"model_cost": {str(n): "x" for n in range(1_000)}}}),
        "long models with faults": post({"u": RECORD | {"model_cost": {long + str(n): "x" for n in range(5)}}}),
        "too many models": post({"u": RECORD | {"model_cost": {str(n): 1 for n in range(1_001)}}}),
        "large extra": post({"u": RECORD | {"note": "x" * 20_000}}),
        "everything at the largest": post(
            {"rich": {"total_budget": 10_000_000, "current_cost": 10_000_000, "model_cost": {"m": 10_000_000}}}
        ),
        "sums beyond the largest": post({"u": RECORD | {"model_cost": {"a": 9_000_000, "b": 9_000_000}}}),
        "negative zero": post({"zero": {"total_budget": -0.0, "current_cost": -0.0, "model_cost": {"m": Raw(b"-0")}}}),
        "far future": post(
            {"late": RECORD | {"duration": 36_500, "created_at": 253_402_300_799, "last_updated_at": 253_402_300_799.0}}
        ),
        "far past": post({"early": RECORD | {"duration": 1, "created_at": 0, "last_updated_at": 0}}),
        "updated before created": post({"odd": RECORD | {"created_at": 2e9, "last_updated_at": 1}}),
        "updated without created": post({"odd-2": RECORD | {"duration": 7, "last_updated_at": 1.5e9}}),
        "many faults": post({f"u{n}": {"total_budget": "x"} for n in range(300)}),
    }
    for number in NUMBERS:
        label = encode(number)[:20].decode()
        bodies[f"limit {label}"] = post({"n": {"total_budget": number}})
        bodies[f"cost {label}"] = post({"n": RECORD | {"current_cost": number}})
        bodies[f"moment {label}"] = post({"n": RECORD | {"created_at": number, "last_updated_at": number}})
        bodies[f"extra {label}"] = post({"n": RECORD | {"note": number}})
    for at, one in enumerate(NAMES):
        bodies[f"user {at}"] = post({one: RECORD})
        bodies[f"model {at}"] = post({"models": RECORD | {"model_cost": {one: 0.25}}})
        bodies[f"extra key {at}"] = post({"extras": RECORD | {one: 1}})
    return bodies


def bulky(project: str) -> dict[str, bytes]:
    """Bodies for `/set_budget` up to the bounds, which a project is slow to read after."""

    def post(user_dict: Any) -> bytes:
        return encode({"project_name": project, "user_dict": user_dict})

    def models(first: int) -> Any:
        return {"total_budget": 1, "model_cost": {str(n): 1e-9 for n in range(first, first + 1_000)}}

    return {
        "models up to the bound": post({"many": models(0)}),
        "models beyond the bound in two posts": post({"many": models(500)}),
        "many users": post({f"many-{n}": RECORD for n in range(300)}),
        "extra up to the bound": post({"extra": RECORD | {"note": "x" * 16_000}}),
    }
