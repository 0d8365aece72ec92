"""Imports point one way, and importing symgd costs nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import symgd

ROOT = Path(symgd.__file__).parent

# From the used to the user: a room imports from rooms above it in this list, and from its own.
ORDER = """
    errors origins unaskable resources files trees functions language verify derive models programs
    targets training pages judge exercises
    api sklearn hosts cli
""".split()
LEVEL = {room: i for i, room in enumerate(ORDER)}
MODULES = sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def module(path: Path) -> str:
    """`symgd/a/b.py` and `symgd/a/b/__init__.py` → `symgd.a.b`."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


NAMES = frozenset(map(module, MODULES))


@cache
def modules_of(path: Path) -> frozenset[str]:
    """The modules that a module imports when it runs, wherever in it the statement stands."""
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            whole = node.module or ""
            parts = {f"{whole}.{a.name}" for a in node.names}
            # what is imported from a package is one of its modules, or stands in its __init__
            found |= {part if part in NAMES or whole == "symgd" else whole for part in parts}
    return frozenset(n for n in found if n.startswith("symgd."))


def imported(path: Path) -> set[str]:
    """The rooms that a module imports when it runs."""
    return {n.split(".")[1] for n in modules_of(path)}


def test_every_room_has_its_place():
    rooms = {room(p) for p in MODULES} - {"__init__", "__main__"}
    assert rooms == set(LEVEL), rooms ^ set(LEVEL)


def test_contributing_has_a_line_for_every_room():
    page = (Path(__file__).parent.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rooms = {f"    {r}/" if (ROOT / r).is_dir() else f"    {r}.py" for r in LEVEL}
    assert {r for r in rooms if f"\n{r} " not in page} == set()


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_one_way(path):
    own = room(path)
    if own in ("__init__", "__main__"):
        return
    back = {r for r in imported(path) if r in LEVEL and LEVEL[r] > LEVEL[own]}
    assert not back, f"{own} imports {back}, which stand above it"


def circles(imports: dict[str, frozenset[str]]) -> set[frozenset[str]]:
    """The sets of modules each of which reaches every other of its set (Tarjan 1972)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found: set[frozenset[str]] = set()

    def visit(v: str) -> None:
        order[v] = lowest[v] = len(order)
        stack.append(v)
        for w in imports[v]:
            if w not in order:
                visit(w)
            if w in stack:
                lowest[v] = min(lowest[v], lowest[w])
        if lowest[v] == order[v]:
            ring = stack[stack.index(v) :]
            del stack[stack.index(v) :]
            if len(ring) > 1:
                found.add(frozenset(ring))

    for v in imports:
        if v not in order:
            visit(v)
    return found


def test_no_module_is_imported_by_what_it_imports():
    imports = {module(p): (modules_of(p) & NAMES) - {module(p)} for p in MODULES}
    assert circles(imports) == set()


def test_a_circle_is_seen():
    ring = {"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("ad"), "d": frozenset()}
    assert circles(ring) == {frozenset("abc")}
    assert circles({"a": frozenset("bc"), "b": frozenset("c"), "c": frozenset()}) == set()


def test_there_are_few_rooms():
    assert len([r for r in ORDER if (ROOT / r).is_dir()]) <= 16


RENDERERS = [p for p in MODULES if room(p) == "pages" and "messages" not in p.parts]
# What makes or checks a line; a renderer may ask what a derivative is worth at a point.
ENGINES = (
    "symgd.derive.rules",
    "symgd.derive.algebra",
    "symgd.derive.chain",
    "symgd.verify.checker",
)


@pytest.mark.parametrize("path", RENDERERS, ids=lambda p: p.name)
def test_renderers_never_differentiate(path):
    source = path.read_text(encoding="utf-8")
    assert not [engine for engine in ENGINES if engine in source]
    assert ".diff(" not in source


def test_optimizers_never_see_a_symbol():
    paths = [p for p in MODULES if p.name == "optimizers.py"]
    assert paths
    assert not any("sympy" in p.read_text(encoding="utf-8") for p in paths)


BANNED = ("sympify(", "parse_expr(", "eval(", ".simplify(", "sp.S(")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_text_reaches_an_evaluator(path):
    """No call of eval or of sympy's own parsers; exec only where generated code is made."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            assert name not in {"eval", "parse_expr"}, f"{path.name} calls {name}"
            if name == "simplify":
                assert not (
                    isinstance(node.func, ast.Attribute)
                    and getattr(node.func.value, "id", "") == "sp"
                )
            if name == "exec":
                assert room(path) in {"targets"}


def loaded_by(code: str) -> set[str]:
    code += "; import sys; print(*sorted({m.split('.')[0] for m in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_symgd_imports_neither_sympy_nor_numpy():
    assert not loaded_by("import symgd") & {"sympy", "numpy", "click", "tqdm", "mpmath"}


def test_deriving_imports_no_numpy():
    code = "import symgd; symgd.Neuron().derive().to_text()"
    assert not loaded_by(code) & {"numpy", "matplotlib", "numba", "click", "latex2mathml"}


@pytest.mark.parametrize("command", ["derive", "train", "report", "check", "export", "list"])
def test_help_waits_for_no_library(command):
    """What the options name is read from tables of rows, which load nothing."""
    code = (
        "from click.testing import CliRunner; from symgd.cli import main; "
        f"assert CliRunner().invoke(main, [{command!r}, '--help']).exit_code == 0"
    )
    assert not loaded_by(code) & {"sympy", "numpy", "mpmath", "matplotlib", "numba"}


def test_every_public_name_is_there():
    for name in symgd.__all__:
        assert getattr(symgd, name) is not None
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = symgd.nothing_like_it
