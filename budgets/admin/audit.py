"""What the admin's log says: who, when, what, and of each changed field before and after."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any

from django.contrib.admin.models import DELETION, LogEntry
from django.db import transaction
from django.db.models import Manager, Model, QuerySet
from django.forms import BaseForm
from django.http import HttpRequest

from budgets.domain.direction import apart
from budgets.queries.access import project_id_of
from budgets.services.audit import note_project
from budgets.templatetags.moments import utc

# Values of these never reach the log.
SECRET_FIELDS = frozenset({"password", "password1", "password2", "usable_password"})
MAX_LOGGED_CHARS = 200
# More than these of a list are only counted.
MAX_LOGGED_ITEMS = 100

NOTHING_CHANGED = "Nothing changed."


def logged_value(value: object) -> str:
    """A field's value for the log: short, lists by their parts, nothing as "empty"."""
    if value is None or value == "":
        return "empty"
    if isinstance(value, datetime):
        # Whoever reads it later may sit elsewhere.
        return utc(value)
    return listed(names_in(value)) if is_list(value) else apart(str(value)[:MAX_LOGGED_CHARS])


def is_list(value: object) -> bool:
    """Whether the value is many, as of a field of groups or permissions."""
    return isinstance(value, QuerySet | Manager | list | tuple | set)


def names_in(value: Any) -> set[str]:
    """The parts of such a value by name."""
    items: Iterable[object] = value.all() if isinstance(value, QuerySet | Manager) else value or ()
    return {str(item) for item in items}


def listed(names: set[str]) -> str:
    """The names in order; of very many the first, and how many more there are."""
    first = ", ".join(apart(name) for name in sorted(names)[:MAX_LOGGED_ITEMS])
    more = len(names) - MAX_LOGGED_ITEMS
    return (f"{first} and {more} more" if more > 0 else first) or "empty"


def describe_change(form: BaseForm) -> str:
    """A sentence with old and new of every changed field, such as "label: web → worker"."""
    parts = []
    for name in form.changed_data:
        if name in SECRET_FIELDS:
            parts.append("password changed")
            continue
        label = label_of(form, name)
        before, after = form.get_initial_for_field(form.fields[name], name), form.cleaned_data.get(name)
        if is_list(after):
            parts.append(f"{label}: {list_change(names_in(before), names_in(after))}")
        else:
            parts.append(f"{label}: {logged_value(before)} → {logged_value(after)}")
    return "; ".join(dict.fromkeys(parts)) or NOTHING_CHANGED


def label_of(form: BaseForm, name: str) -> str:
    """The field's label within a sentence."""
    label = str(form.fields[name].label or name.replace("_", " "))
    return label[:1].lower() + label[1:]


def list_change(before: set[str], after: set[str]) -> str:
    """What came to a list and what left it."""
    parts = [("added", after - before), ("removed", before - after)]
    return ", ".join(f"{verb} {listed(names)}" for verb, names in parts if names) or "the same"


def together(request: HttpRequest) -> AbstractContextManager[Any]:
    """A transaction for a page of Django's that writes and logs without one; reading takes no lock."""
    return transaction.atomic() if request.method == "POST" else nullcontext()


class LoggedAdminMixin:
    """Writes old and new of every changed field into Django's admin log, and the project it is about.

    Django calls these within the transaction of the write: both are kept, or neither.
    """

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row; Django fails on an address that names no field to find it by, as `?_to_field=` does."""
        return super().get_object(request, object_id, from_field or None)  # type: ignore[misc]

    def construct_change_message(self, request: HttpRequest, form: BaseForm, formsets: Any, add: bool = False) -> Any:
        """The sentence that the history page shows."""
        if add:
            shown = (name for name in form.cleaned_data if name not in SECRET_FIELDS)
            return "Added. " + "; ".join(
                f"{name.replace('_', ' ')}: {logged_value(form.cleaned_data[name])}" for name in shown
            )
        return describe_change(form)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        """Log that the row was made."""
        return self._scoped(super().log_addition(request, obj, message), obj)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        """Log that something was done to the row; where nothing was, nothing is kept and the entry has no id."""
        if message == NOTHING_CHANGED:
            return LogEntry()
        return self._scoped(super().log_change(request, obj, message), obj)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> list[LogEntry]:
        """Log that rows go, with what each one was."""
        return [self.log_removal(request, row, self.words_of(row)) for row in queryset]

    def log_removal(self, request: HttpRequest, obj: Model, message: str) -> LogEntry:
        """Log that the row goes; called before it does."""
        entry = LogEntry.objects.log_actions(
            user_id=request.user.pk or 0,
            queryset=[obj],
            action_flag=DELETION,
            change_message=message,
            single_object=True,
        )
        assert isinstance(entry, LogEntry)
        return self._scoped(entry, obj)

    def words_of(self, row: Model) -> str:
        """What a row that goes was."""
        return f"Removed {row}."

    def _scoped(self, entry: LogEntry, obj: Model) -> LogEntry:
        note_project(entry=entry, project_id=project_id_of(obj))
        return entry
