"""The direction of imports between the layers, held by reading them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from budgetsite.environment import BASE_DIR

PACKAGE = BASE_DIR / "budgets"
EDGES = {"api", "admin", "dashboard", "management"}
CORE = {"domain", "models", "queries", "services"}
# What each layer may import of ours, itself included.
ALLOWED = {
    "domain": {"domain"},
    "models": {"domain", "models"},
    "queries": {"domain", "models", "queries"},
    "services": {"domain", "models", "queries", "services"},
    # How money, times and bars are written, for templates and lists alike.
    "templatetags": {"domain", "queries", "templatetags"},
    **{edge: CORE | {"templatetags", edge} for edge in EDGES},
}


def sources(directory: Path) -> list[Path]:
    """The Python files under it, but for the tests."""
    return sorted(path for path in directory.rglob("*.py") if "tests" not in path.relative_to(BASE_DIR).parts)


def imports(nodes: Iterator[ast.AST]) -> set[str]:
    """The modules imported by these nodes, `from a import b` counted as both `a` and `a.b`."""
    modules: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            modules.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports hide the direction"
            assert node.module
            modules.add(node.module)
            modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    return modules


def at_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when the module is imported."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from at_import_time(child)


def layers_of(modules: set[str]) -> set[str]:
    """Which of our layers those modules are in."""
    known = {path.stem for path in PACKAGE.iterdir()} - {"tests"}
    parts = (module.split(".") for module in modules if module.startswith("budgets."))
    return {part[1] for part in parts if part[1] in known}


@pytest.mark.parametrize("layer", sorted(ALLOWED))
def test_a_layer_imports_only_what_stands_left_of_it(layer: str) -> None:
    files = sources(PACKAGE / layer)
    assert files, f"budgets/{layer} is gone: mend this test"
    wrong = {
        str(path.relative_to(BASE_DIR)): extra
        for path in files
        if (extra := layers_of(imports(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))) - ALLOWED[layer])
    }
    assert wrong == {}


def test_every_layer_has_its_rule() -> None:
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")} - {"tests", "migrations"}
    assert packages == set(ALLOWED)


def test_the_domain_is_pure() -> None:
    impure = {"django", "time", "os", "pathlib", "socket", "random", "logging", "litellm"}
    for path in sources(PACKAGE / "domain"):
        modules = imports(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        assert {module.partition(".")[0] for module in modules}.isdisjoint(impure), path


def test_litellm_is_never_imported_with_the_server() -> None:
    for path in [*sources(PACKAGE), *sources(BASE_DIR / "budgetsite")]:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not names_litellm(imports(at_import_time(tree))), path
        is_pricing = path.parent.name == "services" and path.stem.startswith("pricing")
        assert is_pricing or not names_litellm(imports(ast.walk(tree))), path


def names_litellm(modules: set[str]) -> bool:
    """Whether litellm is among them."""
    return any(module.partition(".")[0] == "litellm" for module in modules)
