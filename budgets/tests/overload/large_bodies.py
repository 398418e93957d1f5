"""Posts made to take up as much of a worker's memory as can be: by what they become in Python, not by their text."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice, product

from budgets.domain.large_records import LARGE_BYTES
from budgets.domain.records import MAX_MODELS

# As docs/configuration.md has it: at most one value for each of so many bytes of the bound.
BYTES_PER_VALUE = 16
# Beside the many values: the project's name, and what holds the values.
OTHER_VALUES, OTHER_BYTES = 100, 1000
# Each takes two bytes in UTF-8. A text that is not ASCII takes up most in Python.
LETTERS = [chr(code) for code in range(0x80, 0x800)]
# With one character beyond U+FFFF, each of the text takes four bytes.
ENDING = "___\N{GRINNING FACE}"

# Takes a project's name and the bound on bodies.
Body = Callable[[str, int], bytes]


def many_users(project: str, most_bytes: int) -> bytes:
    """As many values as are read, a user each: refused once they are counted."""
    return _post(project, _ones(_most_values(most_bytes), ENDING))


def many_keys(project: str, most_bytes: int) -> bytes:
    """The same as keys of one record."""
    return _post(project, [_record("u", _ones(_most_values(most_bytes), ENDING))])


def many_short_keys(project: str, most_bytes: int) -> bytes:
    """The same in half the bytes, so that there is room for two such bodies."""
    return _post(project, [_record("u", _ones(_most_values(most_bytes)))])


def too_many_keys(project: str, most_bytes: int) -> bytes:
    """More than are read."""
    bytes_each = len(next(_ones(1)).encode()) + 1
    return _post(project, [_record("u", _ones((most_bytes - OTHER_BYTES) // bytes_each))])


def good_lists(project: str, most_bytes: int) -> bytes:
    """As many lists as are read, in records of almost the size from which on they are looked at undecoded."""
    return _post(project, _records_of_lists(most_bytes))


def refused_lists(project: str, most_bytes: int) -> bytes:
    """The same with a fault in the last record, when all have been read."""
    return _post(project, [*_records_of_lists(most_bytes), '"last":{}'])


def good_models(project: str, records: int) -> bytes:
    """New users who have each spent on as many models as a record may name, with short names."""
    models = ",".join(_ones(MAX_MODELS))
    return _post(project, (_record(f"{number}", [f'"model_cost":{{{models}}}']) for number in range(records)))


def _most_values(most_bytes: int) -> int:
    return most_bytes // BYTES_PER_VALUE - OTHER_VALUES


def _ones(count: int, ending: str = "") -> Iterator[str]:
    return (f'"{first}{second}{ending}":1' for first, second in islice(product(LETTERS, repeat=2), count))


def _records_of_lists(most_bytes: int) -> list[str]:
    # A list has a bracket and a comma.
    lists = ",".join(["[]"] * (LARGE_BYTES // BYTES_PER_VALUE // 2 - 10))
    padding = "x" * (LARGE_BYTES - len(lists) - 60)
    fields = [f'"note":[{lists}]', f'"padding":"{padding}"']
    count = (most_bytes - OTHER_BYTES) // LARGE_BYTES
    return [_record(f"{number:06}", fields) for number in range(count)]


def _record(user: str, fields: Iterable[str]) -> str:
    text = ",".join(['"total_budget":1', *fields])
    return f'"{user}":{{{text}}}'


def _post(project: str, users: Iterable[str]) -> bytes:
    text = ",".join(users)
    return f'{{"project_name":"{project}","user_dict":{{{text}}}}}'.encode()
