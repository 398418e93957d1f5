"""Form fields for money and durations, as people type them."""

from decimal import Decimal
from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from budgets.domain.durations import DurationError, days_from_words, duration_words
from budgets.domain.money import MoneyError, nanousd_from_text, usd_from_nanousd

# Beyond any amount or duration there is; the parsers say what is wrong with the rest.
MAX_TYPED_CHARS = 40


def typed_usd(amount_nanousd: int) -> str:
    """The exact amount as a person would type it: "12.50", "0.000225"."""
    usd = usd_from_nanousd(amount_nanousd)
    cents = usd.quantize(Decimal("0.01"))
    return f"{cents if cents == usd else usd:f}"


class UsdField(forms.CharField):
    """USD typed as text; the value is nano-USD, or None where left empty."""

    def __init__(self, *, allow_negative: bool = False, **kwargs: Any) -> None:
        self.allow_negative = allow_negative
        kwargs.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=MAX_TYPED_CHARS, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Nano-USD, or None. Raises ValidationError where it is no amount."""
        if value is None or isinstance(value, int):
            return value
        text = str(value).strip()
        if text.lower() in {"", "unlimited"}:
            return None
        if len(text) > MAX_TYPED_CHARS:
            raise forms.ValidationError("Must be an amount in USD, such as 12.50.")
        try:
            amount = nanousd_from_text(text)
        except MoneyError as error:
            raise forms.ValidationError(sentence(error)) from error
        if amount < 0 and not self.allow_negative:
            raise forms.ValidationError("Must not be negative.")
        return amount

    def run_validators(self, value: Any) -> None:
        """None of the text's: `to_python` has bounded it."""

    def prepare_value(self, value: Any) -> Any:
        """The text in the box."""
        return typed_usd(value) if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the amount differs; "12.5" for 12.50 does not."""
        return not self.disabled and _differs(self, initial, data)


class DurationField(forms.CharField):
    """A duration typed in words or days; the value is days, or None where left empty."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", UnfoldAdminTextInputWidget(attrs={"list": "bs-durations", "autocomplete": "off"}))
        super().__init__(max_length=MAX_TYPED_CHARS, required=False, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Days, or None. Raises ValidationError where it is no duration."""
        if value is None or isinstance(value, int):
            return value
        try:
            return days_from_words(str(value))
        except DurationError as error:
            raise forms.ValidationError(sentence(error)) from error

    def run_validators(self, value: Any) -> None:
        """None of the text's: `to_python` has bounded it."""

    def prepare_value(self, value: Any) -> Any:
        """The text in the box; empty for a budget that never resets."""
        return duration_words(value) if isinstance(value, int) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the number of days differs; "7" for weekly does not."""
        return not self.disabled and _differs(self, initial, data)


def sentence(error: Exception) -> str:
    """The parser's words as a sentence of their own."""
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."


def _differs(field: forms.Field, initial: Any, data: Any) -> bool:
    try:
        return bool(field.to_python(initial) != field.to_python(data))
    except forms.ValidationError:
        return True
