"""Forms of the end users' pages."""

from collections.abc import Collection
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from budgets.admin.fields import DurationField, UsdField
from budgets.admin.typed import ModelForm
from budgets.domain.durations import duration_words
from budgets.domain.money import format_usd
from budgets.domain.names import quoted
from budgets.domain.records import name_faults
from budgets.domain.terms import Terms
from budgets.models import EndUser
from budgets.queries.access import EVERYTHING
from budgets.queries.end_users import usage_of

LIMIT_HELP = "USD, such as 12.50. Empty: unlimited. 0 is a limit of nothing: the first counted spend is over it."
CLIENTS_HELP = "A client that runs learns of it when it reads again (load_data)."
DURATION_HELP = "daily, weekly, monthly (28 days), yearly, or a number of days such as 14. Empty: never resets."
REASON_CHARS = 255


def limit_words(limit_nanousd: int | None) -> str:
    """A limit as the log says it."""
    return "unlimited" if limit_nanousd is None else format_usd(limit_nanousd)


def terms_word(name: str, value: Any) -> str:
    """A changed field of these forms as the log says it."""
    if name == "limit":
        return limit_words(value)
    if name == "duration":
        return duration_words(value)
    return str(value or "empty")


class LimitForm(ModelForm[EndUser]):
    """The limit alone.

    The page carries the limit it showed (`show_hidden_initial`), so only a limit that was typed is a change: a list
    left open does not put back what somebody else has changed since.
    """

    limit = UsdField(required=False, show_hidden_initial=True, label="Limit")
    # Where the one who looks at the list may change limits.
    reach = EVERYTHING

    class Meta:
        """No column of the user's own is edited."""

        model = EndUser
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A list without rows still makes one empty form, of no user.
        if self.instance.pk is not None:
            self.initial["limit"] = usage_of(self.instance).limit_nanousd
            self.fields["limit"].disabled = not self.reach.covers(self.instance.project_id)
        widget = self.fields["limit"].widget
        widget.attrs |= {
            "aria-label": f"Limit in USD of {self.instance}",
            "placeholder": "unlimited",
            "data-bs-limit": "",
        }

    def terms(self) -> Terms:
        """What the budget shall be: the changed fields, the rest as stored."""
        budget = self.instance.budget
        stored = {"limit": budget.total_budget_nanousd, "duration": budget.duration_days}
        wanted = stored | {name: self.cleaned_data[name] for name in self.changed_data if name in stored}
        return Terms(total_budget_nanousd=wanted["limit"], duration_days=wanted["duration"])

    def told_changes(self) -> str:
        """Old and new of the changed terms in words, and the reason; nothing where there are none."""
        parts = [
            f"{name}: {terms_word(name, self.initial.get(name))} → {terms_word(name, self.cleaned_data[name])}"
            for name in self.changes()
        ]
        reason = self.given_reason()
        return "; ".join([*parts, f"reason: {quoted(reason)}"] if parts and reason else parts)

    def changes(self) -> list[str]:
        """The names of the changed terms; none where what was typed is stored already.

        Somebody else may have set the same since the page was shown, and a reason alone changes nothing.
        """
        return [
            name
            for name in ("limit", "duration")
            if name in self.changed_data and self.cleaned_data[name] != self.initial.get(name)
        ]

    def given_reason(self) -> str:
        """Why, where the form asks for it."""
        return str(self.cleaned_data.get("reason", ""))


class RowForm(LimitForm):
    """One row of the list: limit and duration."""

    duration = DurationField(show_hidden_initial=True, label="Duration")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["duration"]
        if self.instance.pk is not None:
            self.initial["duration"] = usage_of(self.instance).duration_days
            field.disabled = self.fields["limit"].disabled
        field.widget.attrs |= {
            "aria-label": f"Duration of the budget of {self.instance}",
            "placeholder": "no reset",
            "data-bs-limit": "duration",
        }


class TermsForm(LimitForm):
    """The terms on the page of one user."""

    limit = UsdField(
        required=False, show_hidden_initial=True, label="Limit (USD)", help_text=f"{LIMIT_HELP} {CLIENTS_HELP}"
    )
    duration = DurationField(show_hidden_initial=True, label="Duration", help_text=DURATION_HELP)
    reason = forms.CharField(
        required=False,
        max_length=REASON_CHARS,
        label="Reason",
        widget=UnfoldAdminTextInputWidget,
        help_text="Optional; kept in the history of terms.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["duration"] = usage_of(self.instance).duration_days
        self.fields["limit"].widget.attrs.pop("aria-label")
        self.fields["limit"].widget.attrs.pop("data-bs-limit")


class AddUserForm(ModelForm[EndUser]):
    """A new end user with a budget."""

    limit = UsdField(required=False, label="Limit (USD)", help_text=LIMIT_HELP)
    duration = DurationField(label="Duration", help_text=DURATION_HELP)

    class Meta:
        """Where, and the name that the client uses."""

        model = EndUser
        fields = ("project", "name")
        help_texts = {"name": "The user name as your code gives it to BudgetManager."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The wire allows an empty name; a person who leaves it empty has forgotten it.
        self.fields["name"].required = True

    def clean_name(self) -> str:
        """The name, as the wire would take it."""
        name: str = self.cleaned_data["name"]
        if faults := name_faults(name):
            raise forms.ValidationError(faults[0])
        return name

    def terms(self) -> Terms:
        """The budget asked for."""
        return Terms(total_budget_nanousd=self.cleaned_data["limit"], duration_days=self.cleaned_data["duration"])


class ReasonForm(forms.Form):
    """Why a period is closed."""

    reason = forms.CharField(
        max_length=REASON_CHARS, widget=UnfoldAdminTextInputWidget, help_text="Kept with the period it closes."
    )


class AdjustmentForm(forms.Form):
    """An opposite entry that mends a mistake. `spent_on` are the models of the open period, as they were posted."""

    amount = UsdField(allow_negative=True, label="Amount (USD)", help_text="Negative takes spend back: -1.50.")
    model = forms.CharField(
        required=False,
        max_length=255,
        strip=False,
        widget=UnfoldAdminTextInputWidget(attrs={"list": "bs-models", "autocomplete": "off"}),
        help_text="The model it is about. Empty: none. What takes spend back must name the model it was spent on.",
    )
    reason = forms.CharField(
        max_length=REASON_CHARS, widget=UnfoldAdminTextInputWidget, help_text="Kept in the ledger."
    )

    def __init__(self, *args: Any, spent_on: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spent_on = spent_on

    def clean_model(self) -> str:
        """The model as it was spent on, spaces at its ends too; of another those are a slip of the hand."""
        model: str = self.cleaned_data["model"]
        return model if model in self.spent_on else model.strip()

    def clean_amount(self) -> int:
        """Something, or it is no adjustment."""
        amount: int | None = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError("Must not be zero.")
        return amount
