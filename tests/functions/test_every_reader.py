r"""Every function in every reader: no hole in the table of functions × readers.

What the formula language knows by name is known to the language of arrays, the derivation, the
judge, every backend and every export. A hole is a case that is expected to fail, strictly: whoever
fills it takes it out of `HOLES`.

Values are mpmath's, and formulas in LaTeX are those of `functions_table`, written by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from functions_table import FUNCTIONS, Row

from symgd import Model, Network, check


def names() -> set[str]:
    """Every name of a function that the formula language knows."""
    # The one place that knows where the names stand.
    from symgd.functions import table

    return {row.name for row in table().functions} | {
        alias for row in table().elementary for alias in row.aliases
    }


def test_no_function_is_left_out():
    assert names() == FUNCTIONS.keys()


# -- the readers ----------------------------------------------------------------------------------


def call(name: str, of: str) -> str:
    """name applied to a formula: "elu(x, 1/2)", "polygamma(2, x)"."""
    return re.sub(r"\bz\b", of, FUNCTIONS[name].call or f"{name}(z)")


def scalar(name: str) -> Model:
    """C = f(z)²/2 + f(z), in which every slope of f counts."""
    return Model({"f": call(name, "z"), "C": "f^2/2 + f"}, parameters=["z"])


def vector(name: str) -> Model:
    """C = yᵀf(x)."""
    return Model({"f": call(name, "x"), "C": "y'*f"}, ["x"], shapes={"x": "n", "y": "n"})


def truth(row: Row) -> tuple[float, float]:
    """The value and the slope of C = f²/2 + f, by mpmath, at the point of the row."""
    z = mp.mpf(row.at)
    f, slope = row.value(z), mp.diff(row.value, z)
    return float(f * f / 2 + f), float((f + 1) * slope)


def agrees(found: Any, expected: Any) -> None:
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


def is_read(name: str) -> None:
    model = scalar(name)
    assert model.parameters == ("z",)


def is_derived(name: str) -> None:
    row = FUNCTIONS[name]
    found = scalar(name).derive()
    assert found.verdict.status != "refuted"
    agrees(found.at(z=row.at).gradient["z"], truth(row)[1])


def compiles(backend: str) -> Callable[[str], None]:
    def compiled(name: str) -> None:
        if backend == "numba":
            pytest.importorskip("numba", reason="numba is not installed")
        row = FUNCTIONS[name]
        cost, slopes = scalar(name).compile(backend=backend)(z=row.at)
        value, slope = truth(row)
        agrees(cost, value)
        agrees(slopes["z"], slope)

    return compiled


def exports(target: str) -> Callable[[str], None]:
    def exported(name: str) -> None:
        source = scalar(name).compile().export(target, "own")
        assert source.strip()
        if target == "numpy":
            row, space = FUNCTIONS[name], {}
            exec(compile(source, name, "exec"), space)  # noqa: S102 - our own source
            value, slope = truth(row)
            cost, slopes = space["own"](row.at)
            agrees(cost, value)
            agrees(slopes["z"], slope)

    return exported


def is_read_of_arrays(name: str) -> None:
    assert vector(name).parameters == ("x",)


def is_derived_of_arrays(name: str) -> None:
    assert vector(name).derive().verdict.status != "refuted"


def is_compiled_of_arrays(name: str) -> None:
    row = FUNCTIONS[name]
    z = mp.mpf(row.at)
    x, y = np.full(3, row.at), np.array([1.0, 2.0, -3.5])
    cost, slopes = vector(name).compile()(x=x, y=y)
    agrees(cost, float(row.value(z)) * y.sum())
    agrees(slopes["x"], float(mp.diff(row.value, z)) * y)


def exports_arrays(target: str) -> Callable[[str], None]:
    def exported(name: str) -> None:
        assert vector(name).compile().export(target).strip()

    return exported


def is_an_activation(name: str) -> None:
    network = Network([3, 4, 2], FUNCTIONS[name].call or f"{name}(z)")
    assert network.derive().verdict.status != "refuted"


READERS: dict[str, Callable[[str], None]] = {
    "formula": is_read,
    "derivation": is_derived,
    "numpy": compiles("numpy"),
    "scalar": compiles("scalar"),
    "numba": compiles("numba"),
    "export to c": exports("c"),
    "export to numpy": exports("numpy"),
    "export to jax": exports("jax"),
    "export to torch": exports("torch"),
    "arrays": is_read_of_arrays,
    "derivation of arrays": is_derived_of_arrays,
    "arrays on numpy": is_compiled_of_arrays,
    "arrays to jax": exports_arrays("jax"),
    "arrays to torch": exports_arrays("torch"),
    "network": is_an_activation,
}
SLOW = frozenset({"numba"})

# reader → the functions that it does not know yet
HOLES: dict[str, frozenset[str]] = {}


def _cases() -> list[Any]:
    cases = []
    for reader in READERS:
        for name in FUNCTIONS:
            marks = [pytest.mark.slow] if reader in SLOW else []
            if name in HOLES.get(reader, ()):
                marks.append(pytest.mark.xfail(strict=True, reason=f"{reader} lacks {name}"))
            cases.append(pytest.param(reader, name, id=f"{reader}-{name}", marks=marks))
    return cases


@pytest.mark.spread(24, 8)
@pytest.mark.parametrize(("reader", "name"), _cases())
def test_the_reader_knows_the_function(reader: str, name: str) -> None:
    READERS[reader](name)


# -- the judge ------------------------------------------------------------------------------------

SPELLED = [
    pytest.param(name, spelled, id=f"{name}-{spelled}")
    for name, row in FUNCTIONS.items()
    for spelled in row.spellings
]


@pytest.mark.spread(12, 2)
@pytest.mark.parametrize(("name", "spelled"), SPELLED)
def test_the_judge_knows_the_function(name: str, spelled: str) -> None:
    """A right line about it is right, and a wrong one is wrong: nothing is unknown."""
    row = FUNCTIONS[name]
    if row.formula:
        left, right = f"3 {spelled} + 1", f"3 \\left({row.formula}\\right)"
    else:
        left, right = rf"\frac{{d}}{{dz}}\left({spelled}\right) + 1", row.slope
    lines = [f"{left} = {right} + 1", f"{left} = {right} + 2"]
    found = check(lines, assume=[row.where] if row.where else [])
    assert [line.verdict in ("proved", "sampled") for line in found.lines] == [True, False]
    assert found.lines[1].verdict == "wrong"


# What libraries and people call an activation, beside its name and its print; f(1) by hand.
CALLED = {
    "LeakyReLU": "1", "PReLU": "1", "leakyReLU": "1", "lrelu": "1",
    r"lecun\_tanh": r"1.7159\tanh(2/3)",
    "relu2": "1", r"leaky\_relu": "1", r"gelu\_tanh": None, r"quick\_gelu": r"1/(1 + e^{-1.702})",
    r"bent\_identity": r"(\sqrt{2} - 1)/2 + 1", "gaussian": "e^{-1}", "snake": r"1 + \sin^2(1)",
    r"hard\_sigmoid": "2/3", r"hard\_tanh": "1", r"hard\_swish": "2/3", "Hardtanh": "1",
    "Softsign": "1/2", "LogSigmoid": r"-\ln(1 + e^{-1})", "SiLU": "1/(1 + e^{-1})",
}  # fmt: skip


@pytest.mark.parametrize("command", ["operatorname", "mathrm"])
@pytest.mark.parametrize("word", CALLED)
def test_the_judge_knows_what_people_call_it(word: str, command: str) -> None:
    spelled = rf"\{command}{{{word}}}"
    value = CALLED[word] or r"\frac{1}{2}(1 + \tanh(\sqrt{2/\pi} \cdot 1.044715))"
    lines = check([f"{spelled}(1) = {value}", f"{spelled}(1) = {value} + 1"]).lines
    assert [line.verdict == "wrong" for line in lines] == [False, True]
    assert lines[0].verdict in ("proved", "sampled")
