"""Where the ledger and the auditor disagree."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from budgets.models import CostEntry, EndUser, Project, View
from budgets.queries.verify_ledger import violations
from budgets.tests.simulation.auditor import Auditor, User


def differences(project: Project, auditor: Auditor) -> list[str]:
    """Each difference in a line; none where the ledger is what it must be."""
    stored = {one.name: one for one in EndUser.objects.filter(project=project).select_related("budget")}
    found = (
        [f"users: {sorted(stored)} instead of {sorted(auditor.users)}"] if stored.keys() != auditor.users.keys() else []
    )
    for name, user in sorted(auditor.users.items()):
        if name in stored:
            found.extend(f"{name}: {said}" for said in _spent(stored[name], user))
            if name not in auditor.hazy:
                found.extend(f"{name}: {said}" for said in _terms_and_windows(stored[name], user))
    # Every program here is one process.
    forked = View.objects.filter(project=project, forked_at__isnull=False).values_list("token", flat=True)
    found.extend(f"view {token}: taken for a fork" for token in forked)
    return [*found, *(str(one) for one in violations(project=project))]


def _spent(stored: EndUser, user: User) -> Iterator[str]:
    spent: dict[str, int] = defaultdict(int)
    for model, amount in CostEntry.objects.filter(end_user=stored).values_list("model", "amount_nanousd"):
        spent[model] += amount
    if dict(spent) != dict(user.spent):
        yield f"spent {dict(spent)} instead of {dict(user.spent)}"


def _terms_and_windows(stored: EndUser, user: User) -> Iterator[str]:
    terms = (stored.budget.total_budget_nanousd, stored.budget.duration_days)
    if terms != (user.terms.limit_nanousd, user.terms.days):
        yield f"terms {terms} instead of {user.terms}"
    if (stored.archived_at is not None) != user.is_archived:
        yield f"archived: {stored.archived_at} instead of {user.is_archived}"
    starts = list(stored.periods.order_by("opened_version").values_list("starts_at", flat=True))
    if not _fits(starts, user):
        expected = [f"{one.starts_at:%m-%d %H:%M:%S.%f}{'' if one.is_certain else '?'}" for one in user.windows]
        yield f"windows from {[f'{one:%m-%d %H:%M:%S.%f}' for one in starts]} instead of {expected}"


def _fits(starts: list[datetime], user: User) -> bool:
    """Whether the windows are the expected ones, each uncertain one there or not."""
    rest = list(starts)
    for window in user.windows:
        if rest and rest[0] == window.starts_at:
            rest.pop(0)
        elif window.is_certain:
            return False
    return not rest
