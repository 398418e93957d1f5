"""How hypothesis searches here: briefly, the same way every time, and without leaving a directory behind."""

from hypothesis import settings

settings.register_profile("budgets", max_examples=60, deadline=None, derandomize=True, database=None)
settings.load_profile("budgets")
