"""A bar that grows on a terminal; into a file or a pipe nothing is written."""

from django.core.management.base import OutputWrapper

WIDTH = 40


class ProgressBar:
    """Call it with how much is done of how much; at the end the line is cleared."""

    def __init__(self, output: OutputWrapper, what: str) -> None:
        self.output, self.what = output, what

    def __call__(self, done: int, of: int) -> None:
        """Draw it, over what was drawn before."""
        if not self.output.isatty():
            return
        filled = "#" * (done * WIDTH // of)
        line = f"{self.what} [{filled:<{WIDTH}}] {done * 100 // of:3} %"
        self.output.write(f"\r{line}" if done < of else f"\r{' ' * len(line)}\r", ending="")
        self.output.flush()
