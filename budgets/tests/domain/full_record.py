"""A record with every field of litellm's, and the strict reading of one."""

from budgets.domain.records import PostedRecord, parse_record

FULL = {
    "total_budget": 10.5,
    "duration": 7,
    "created_at": 1_800_000_000.123456,
    "last_updated_at": 1_800_000_500.5,
    "current_cost": 0.00022500000000000002,
    "model_cost": {"gpt-4o": 0.000225},
}


def read(record: object, name: str = "u") -> PostedRecord:
    return parse_record(name, record, digest="0" * 16, is_marked=False)
