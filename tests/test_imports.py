"""Imports point one way, and importing symgd costs nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import symgd

ROOT = Path(symgd.__file__).parent

# From the used to the user: a room imports from rooms above it in this list, and from its own.
ORDER = """
    errors files trees functions language verify derive models programs targets training pages judge
    api cli
""".split()
LEVEL = {room: i for i, room in enumerate(ORDER)}
MODULES = sorted(ROOT.rglob("*.py"))


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """The rooms that a module imports when it runs, wherever in it the statement stands."""
    found = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [a.name for a in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            module = node.module or ""
            names = [f"{module}.{a.name}" for a in node.names] if module == "symgd" else [module]
        found |= {n.split(".")[1] for n in names if n.startswith("symgd.")}
    return found


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


def test_there_are_few_rooms():
    assert len(ORDER) <= 16


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
    paths = [p for p in MODULES if "optimizers" in p.parts]
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


def test_every_public_name_is_there():
    for name in symgd.__all__:
        assert getattr(symgd, name) is not None
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = symgd.nothing_like_it
