"""Each rule of the reconciliation broken in turn: an auditor that notices none of it would prove nothing."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from budgets.api import views
from budgets.domain import reconcile, standing
from budgets.domain.snapshots import Plan
from budgets.models import EndUser
from budgets.services import post_snapshots, posts, view_lookup
from budgets.services.end_users import archive
from budgets.tests.simulation.history import generate
from budgets.tests.simulation.run import live


@dataclass(frozen=True, slots=True)
class Mutation:
    """A rule, how it is broken, and what is put in whose place: (module, name, the wrong thing)."""

    rule: str
    fault: str
    wrong: tuple[tuple[Any, str, Any], ...]

    @contextmanager
    def in_force(self) -> Iterator[None]:
        """The product with that fault."""
        with ExitStack() as stack:
            for owner, name, wrong in self.wrong:
                stack.enter_context(patch.object(owner, name, wrong))
            yield


def _whole_figure(record: Any, _counted: Any) -> Any:
    return RIGHT_DIFFERENCES(record, {})


def _by_client(record: Any, _latest: Any, client: Any) -> Any:
    return RIGHT_NAME(replace(record, mark=None), None, client)


def _one_late_post(*_arguments: Any, **_names: Any) -> bool:
    return True


def _never(*_arguments: Any, **_names: Any) -> bool:
    return False


def _nothing(snapshot: Any, *_arguments: Any, **_names: Any) -> Plan:
    return Plan(snapshot.record)


def _top_up_as_open(snapshot: Any, older: Any, *, now: datetime) -> Plan:
    return reconcile._count(snapshot, older, counted={}, now=now)


def _merge(snapshot: Any, *, now: datetime) -> Plan:
    return reconcile._count(snapshot, reconcile._first(snapshot, now=now), counted={}, now=now)


def _absent_are_gone(*, project: Any, user_dict: Any, now: datetime, **rest: Any) -> None:
    RIGHT_TAKE_IN(project=project, user_dict=user_dict, now=now, **rest)
    for end_user in EndUser.objects.filter(project=project, archived_at=None).exclude(name__in=user_dict):
        archive(end_user=end_user, now=now)


RIGHT_DIFFERENCES: Callable[..., Any] = standing.cost_differences
RIGHT_NAME: Callable[..., Any] = view_lookup._name_view
RIGHT_TAKE_IN: Callable[..., Any] = posts.set_budget

MUTATIONS = (
    Mutation("R2", "each post's figure is spend", ((reconcile, "cost_differences", _whole_figure),)),
    Mutation("R3", "marks are not looked at", ((view_lookup, "_name_view", _by_client),)),
    Mutation("R4", "posted terms apply as they stand", ((reconcile, "merge_terms", lambda *, posted, **_: posted),)),
    Mutation("R5", "a client's later window is its old one", ((standing, "_continues", _one_late_post),)),
    Mutation("R5", "a late post of an older window counts whole", ((reconcile, "_top_up_older", _top_up_as_open),)),
    Mutation("R6", "a budget made anew is merged", ((reconcile, "_recreate", _merge),)),
    Mutation("R6", "a user that two made is made anew", ((post_snapshots, "knew_user", _one_late_post),)),
    Mutation("R7", "a reset is not seen", ((reconcile, "_reset", _nothing),)),
    Mutation("R7", "a late lower figure is a reset", ((reconcile, "_within_reorder_window", _never),)),
    Mutation("R8", "whoever is not in a post is archived", ((views, "take_in", _absent_are_gone),)),
    Mutation(
        "R8",
        "an old program brings an archived user back",
        tuple((module, "is_newer_than_archive", _one_late_post) for module in (posts, post_snapshots)),
    ),
)


def noticed_after(mutation: Mutation, first_seed: int, histories: int) -> int | None:
    """After how many histories a difference shows; None where none does."""
    with mutation.in_force():
        for number in range(histories):
            if live(generate(first_seed + number)).differences:
                return number + 1
    return None
