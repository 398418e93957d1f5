"""The values that change many end users' terms at once, and what each makes of one user's terms."""

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any, ClassVar

from django import forms
from msgspec.structs import replace
from unfold.widgets import UnfoldAdminTextInputWidget

from budgets.admin.end_user_forms import DURATION_HELP, LIMIT_HELP, REASON_CHARS, limit_words
from budgets.admin.fields import DurationField, UsdField
from budgets.domain.durations import duration_words
from budgets.domain.money import MAX_NANOUSD, NANOUSD_PER_USD
from budgets.domain.terms import Terms

# More than this is a slip of the keyboard, not a raise.
MAX_PERCENT = 10_000
CENT_NANOUSD = NANOUSD_PER_USD // 100


class BulkTermsForm(forms.Form):
    """A value and a reason."""

    # Which of the terms it changes.
    changes: ClassVar[str] = "limit"

    reason = forms.CharField(
        required=False,
        max_length=REASON_CHARS,
        widget=UnfoldAdminTextInputWidget,
        help_text="Optional; kept in the history of terms.",
    )
    field_order = ("limit", "percent", "duration", "reason")

    def terms_for(self, terms: Terms) -> Terms:
        """What becomes of one user's terms."""
        raise NotImplementedError

    def sentence(self) -> str:
        """What it does, before the list of users."""
        raise NotImplementedError

    def words(self, terms: Terms) -> str:
        """The changed part of the terms in words."""
        return limit_words(terms.total_budget_nanousd)


class BulkLimitForm(BulkTermsForm):
    """One limit for all of them."""

    limit = UsdField(required=False, label="New limit (USD)", help_text=LIMIT_HELP)

    def terms_for(self, terms: Terms) -> Terms:
        """The new limit, the same duration."""
        return replace(terms, total_budget_nanousd=self.cleaned_data["limit"])

    def sentence(self) -> str:
        """The new limit."""
        return f"The limit of each becomes {limit_words(self.cleaned_data['limit'])}, in the open period too."


class BulkScaleForm(BulkTermsForm):
    """Each limit by the same share."""

    percent = forms.CharField(
        max_length=12,
        label="Percent",
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text="25 raises each limit by a quarter, -10 lowers it by a tenth, to whole cents. Unlimited stays so.",
    )

    def clean_percent(self) -> Decimal:
        """A share that leaves something, other than none."""
        typed = str(self.cleaned_data["percent"]).strip().removesuffix("%").strip()
        try:
            percent = Decimal(typed)
        except InvalidOperation as error:
            raise forms.ValidationError("Must be a number, such as 25 or -10.") from error
        if not percent.is_finite() or not -100 <= percent <= MAX_PERCENT or not percent:
            raise forms.ValidationError(f"Must be between -100 and {MAX_PERCENT}, and not 0.")
        return percent

    def terms_for(self, terms: Terms) -> Terms:
        """The limit by that share, in whole cents where it was one or more; the same duration."""
        limit = terms.total_budget_nanousd
        if limit is None:
            return terms
        exact = limit * (100 + self.cleaned_data["percent"]) / 100
        unit = CENT_NANOUSD if limit >= CENT_NANOUSD else 1
        scaled = int((exact / unit).to_integral_value(ROUND_HALF_EVEN)) * unit
        return replace(terms, total_budget_nanousd=min(scaled, MAX_NANOUSD))

    def sentence(self) -> str:
        """By how much."""
        percent: Any = self.cleaned_data["percent"]
        return f"Each limit is {'raised' if percent > 0 else 'lowered'} by {abs(percent)} %, in the open period too."


class BulkDurationForm(BulkTermsForm):
    """One duration for all of them."""

    changes = "duration"

    duration = DurationField(label="New duration", help_text=DURATION_HELP)

    def terms_for(self, terms: Terms) -> Terms:
        """The new duration, the same limit."""
        return replace(terms, duration_days=self.cleaned_data["duration"])

    def sentence(self) -> str:
        """The new duration, and what it does to periods that are longer."""
        words = duration_words(self.cleaned_data["duration"])
        return f"The duration of each becomes “{words}”. An open period that is longer by then ends at once."

    def words(self, terms: Terms) -> str:
        """The duration."""
        return duration_words(terms.duration_days)
