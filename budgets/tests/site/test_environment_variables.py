"""Every environment variable stands alike in the code, in .env.example and in docs/configuration.md."""

import ast
import re
from pathlib import Path

from budgetsite.environment import BASE_DIR

READERS = {"env_str", "env_secret", "env_bool", "env_int", "env_list", "env_database"}
EXAMPLE = BASE_DIR / ".env.example"
DOCUMENT = BASE_DIR / "docs" / "configuration.md"


def read_by_code() -> set[str]:
    """The names that the code asks the environment for."""
    files = [BASE_DIR / "gunicorn.conf.py", *(BASE_DIR / "budgetsite").glob("*.py")]
    return {name for path in files for name in names_in(path)}


def names_in(path: Path) -> set[str]:
    """The literal names that one file's calls read."""
    calls = (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
    return {
        str(call.args[0].value)
        for call in calls
        if call.args and isinstance(call.args[0], ast.Constant) and reads_environment(call.func)
    }


def reads_environment(function: ast.expr) -> bool:
    """Whether that is one of our readers, or os.environ.get."""
    return ast.unparse(function) in READERS | {"os.environ.get"}


def in_example() -> dict[str, str]:
    """Name and default of each line of .env.example."""
    return dict(re.findall(r"^(?:# )?([A-Z_]+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def in_document() -> dict[str, str]:
    """Name and default of each row of the document's table."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| `?([^|`]*?)`? \|", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_example_has_every_variable() -> None:
    assert set(in_example()) == read_by_code()


def test_the_document_has_every_variable() -> None:
    assert set(in_document()) == read_by_code()


def test_the_defaults_are_told_alike() -> None:
    documented = in_document()
    assert documented.pop("DJANGO_SECRET_KEY") == "none: it must be set"
    assert documented == {
        name: default or "none" for name, default in in_example().items() if name != "DJANGO_SECRET_KEY"
    }


def test_the_code_asks_nowhere_else() -> None:
    """Budgets' own code reads Django's settings, not the environment."""
    for path in (BASE_DIR / "budgets").rglob("*.py"):
        if "tests" not in path.parts:
            assert "environ" not in path.read_text(encoding="utf-8"), path


def test_our_own_settings_are_used() -> None:
    settings = (BASE_DIR / "budgetsite" / "settings.py").read_text(encoding="utf-8")
    code = "".join(path.read_text(encoding="utf-8") for path in (BASE_DIR / "budgets").rglob("*.py"))
    for name in re.findall(r"^(BUDGETS_[A-Z_]+) =", settings, re.MULTILINE):
        assert f"settings.{name}" in code, name
