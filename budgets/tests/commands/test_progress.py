"""A progress bar: on a terminal alone."""

from io import StringIO

import pytest
from django.core.management.base import OutputWrapper

from budgets.management.progress import WIDTH, ProgressBar
from budgets.tests.commands.conftest import Terminal


@pytest.mark.parametrize(("output", "is_drawn"), [(Terminal(), True), (StringIO(), False)])
def test_a_bar_grows_on_a_terminal_alone(output: StringIO, is_drawn: bool) -> None:
    bar = ProgressBar(OutputWrapper(output), "Filling")
    bar(1, 2)
    assert (f"Filling [{'#' * (WIDTH // 2)}" in output.getvalue()) == is_drawn
    bar(2, 2)
    # The line is free for what comes next.
    assert output.getvalue().endswith("\r") == is_drawn
