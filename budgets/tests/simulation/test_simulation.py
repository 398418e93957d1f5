"""Some hundred histories, and each rule broken once; `make simulate` lives many thousands."""

import os
from pathlib import Path

import pytest

from budgets.services import posts, view_lookup
from budgets.tests.simulation import auditor, workers
from budgets.tests.simulation.history import generate
from budgets.tests.simulation.mutations import MUTATIONS, Mutation, noticed_after
from budgets.tests.simulation.run import live, report

pytestmark = pytest.mark.django_db
FIRST_SEED = int(os.environ.get("SIMULATION_SEED", "0"))
BLOCKS, PER_BLOCK = 10, 25


@pytest.mark.parametrize("block", range(BLOCKS))
def test_the_ledger_is_what_the_auditor_predicts(block: int) -> None:
    first = FIRST_SEED + block * PER_BLOCK
    failed = [seed for seed in range(first, first + PER_BLOCK) if live(generate(seed)).differences]
    assert not failed, "\n".join(report(seed) for seed in failed[:3])


def test_it_is_so_too_where_each_record_is_a_part_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posts, "PART_RECORDS", 1)
    monkeypatch.setattr(view_lookup, "USERS_AT_A_TIME", 1)
    seeds = range(FIRST_SEED, FIRST_SEED + 2 * PER_BLOCK)
    failed = [seed for seed in seeds if live(generate(seed)).differences]
    assert not failed, "\n".join(report(seed) for seed in failed[:3])


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda one: f"{one.rule}: {one.fault}")
def test_a_broken_rule_is_noticed(mutation: Mutation) -> None:
    assert noticed_after(mutation, FIRST_SEED, workers.MUTANT_HISTORIES)


def test_every_mutation_is_tried_by_the_command() -> None:
    assert len(MUTATIONS) == workers.MUTATION_COUNT
    assert {mutation.rule for mutation in MUTATIONS} == {f"R{number}" for number in range(2, 9)}


def test_the_auditor_shares_no_code_with_the_product() -> None:
    source = Path(auditor.__file__).read_text(encoding="utf-8")
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in imports if "budgets" in line or "django" in line]
