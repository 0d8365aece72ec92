"""Exported Python passes `mypy --strict` and ruff's own rules, in every target and row."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from exporting import PAIRS
from golden.items import ARRAYS

from symgd import Model, Neuron
from symgd.errors import ModelError
from symgd.targets.sources import TARGETS, Asked, exported
from symgd.targets.sources.groups import GROUPS, graph_of
from symgd.targets.sources.matrix import exported_matrix

pytestmark = pytest.mark.skipif(
    find_spec("mypy") is None or find_spec("ruff") is None, reason="mypy or ruff is not installed"
)

PYTHON = [t for t, row in TARGETS.items() if row.comment == "#"]
BOOSTING = [t for t, row in TARGETS.items() if row.guarded]
# A library that is not here has no types: its classes and decorators are whatever they are.
MISSING = (
    "--ignore-missing-imports", "--allow-subclassing-any", "--allow-untyped-decorators",
)  # fmt: skip
LIBRARIES = {"jax": "jax", "torch": "torch"}
# ruff's own rules, and those of imports, likely bugs, comprehensions, new syntax and simplicity; a
# line may be as long as its formula, and names are those of the mathematics
RULES = ("--select", "E,F,W,I,B,UP,SIM,C4,RUF", "--ignore", "E501,RUF001,RUF002,RUF003")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where mypy keeps what it has read of the libraries."""
    return tmp_path_factory.mktemp("mypy")


def checked(folder: Path, missing: bool, cache: Path) -> None:
    """Raise AssertionError with what mypy or ruff say of the files."""
    strict = ["mypy", "--strict", "--python-version", "3.11", "--cache-dir", str(cache)]
    runs = (
        [*strict, *(MISSING if missing else ()), str(folder)],
        ["ruff", "check", "--isolated", "--no-cache", "--target-version", "py311", *RULES,
         "--output-format", "concise", str(folder)],
    )  # fmt: skip
    for words in runs:
        ran = subprocess.run(
            [sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=800
        )
        assert ran.returncode == 0, (ran.stdout + ran.stderr)[-3000:]


def is_missing(targets: list[str]) -> bool:
    return any(find_spec(LIBRARIES[t]) is None for t in targets if t in LIBRARIES)


def written(folder: Path, name: str, text: str) -> None:
    word = "".join(c if c.isalnum() else "_" for c in name)
    (folder / f"made_{word}.py").write_text(text, encoding="utf-8")


MULTI = {
    "classes": ({"C": "logsumexp(z) - y'*z"}, {"z": "k", "y": "k"}, {"y": "onehot"}),
    "outputs": ({"C": "norm2(z - y)^2/2"}, {"z": "k", "y": "k"}, {}),
    "two": ({"m": "z[1]", "s": "z[2]", "C": "exp(-2*s)*(y - m)^2/2 + a*s"},
            {"z": 2, "y": (), "a": ()}, {}),
}  # fmt: skip


def many(folder: Path) -> None:
    """Objectives of several margins, and of groups."""
    for target in BOOSTING:
        for name, (definitions, shapes, assume) in MULTI.items():
            graph = Model(definitions, ["z"], shapes=shapes, assume=assume).graph
            for guard in (None, "clip", "abs", "unit"):
                try:
                    text = exported_matrix(graph, target, asked=Asked(guard)).text
                except ModelError:  # that the library takes no such labels
                    continue
                written(folder, f"{name}_{target}_{guard}", text)
        for name, group in GROUPS.items():
            if target != "catboost":
                written(folder, f"{name}_{target}", exported_matrix(graph_of(group), target).text)


@pytest.mark.slow
def test_some_rows(tmp_path, cache):
    """One row with primitives, one with cases and one with a letter, in every target."""
    rows = [("elu", "fair"), ("gelu", "huber"), ("identity", "focal"), ("sigmoid", "bce")]
    for activation, loss in rows:
        graph = Neuron(activation, loss).graph
        for target in PYTHON:
            written(tmp_path, f"{target}_{activation}_{loss}", exported(graph, target).text)
    huber = Neuron("identity", "huber").graph
    for guard in ("unit", "secant"):
        text = exported(huber, "xgboost", asked=Asked(guard)).text
        written(tmp_path, f"guarded_{guard}", text)
    many(tmp_path)
    checked(tmp_path, is_missing(PYTHON), cache)


@pytest.mark.spread(slow=3)
@pytest.mark.slow
@pytest.mark.parametrize("target", PYTHON)
def test_every_row(tmp_path, cache, target):
    for activation, loss in PAIRS:
        try:
            text = exported(Neuron(activation, loss).graph, target).text
        except ModelError:  # of a link that leaves the domain of the loss: no objective
            continue
        written(tmp_path, f"{activation}_{loss}", text)
    checked(tmp_path, is_missing([target]), cache)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_every_array_model(tmp_path, cache, target):
    for name, (build, _) in ARRAYS.items():
        try:
            written(tmp_path, name, exported_matrix(build().graph, target).text)
        except ModelError:  # that the library has no word for
            continue
    checked(tmp_path, is_missing([target]), cache)
