"""Each row against two witnesses; a row that is added is known to every reader."""

from __future__ import annotations

import math
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from functions_table import FUNCTIONS

from symgd import Model, Network, Neuron, check
from symgd.functions import ROWS, SIGNATURES, Activation, Elementary, more_rows, table
from symgd.language import parse
from symgd.language.formulas.build import at, read
from symgd.language.formulas.printer import plain
from symgd.targets.numpy import functions as on_arrays
from symgd.targets.scalar import functions as on_floats
from symgd.trees.names import symbol
from symgd.trees.scalars import function_name, settle
from symgd.verify.evaluate import at as value_at
from symgd.verify.evaluate import evaluate

ELEMENTARY = table().elementary
HEADS = [r for r in ELEMENTARY if r.head is not None]
# A point of its domain for each, away from corners and jumps; the others are at home at 0.7.
POINTS = {
    "acosh": (1.7,), "atan2": (0.7, 0.4), "hypot": (0.7, 0.4), "logaddexp": (0.7, 0.4),
    "betaln": (0.7, 0.4), "max": (0.7, 0.4), "min": (0.7, 0.4), "clip": (0.7, -1.0, 1.0),
    "polygamma": (2.0, 0.7), "betafn": (0.7, 0.4),
}  # fmt: skip
# What sympy does not differentiate; between its jumps such a function is a constant.
STEPS = {"floor", "ceil"}


def point(row: Elementary) -> tuple[float, ...]:
    return POINTS.get(row.name, (0.7,))


def names(row: Elementary) -> tuple[sp.Symbol, ...]:
    return tuple(map(symbol, row.arguments))


def by_name(row: Any) -> str:
    return str(row.name)


# -- a row is its own test ------------------------------------------------------------------------


@pytest.mark.parametrize("row", HEADS, ids=by_name)
def test_the_value_is_that_of_the_head(row: Elementary) -> None:
    where = [sp.Rational(str(x)) for x in point(row)]
    with mp.workdps(30):
        own = value_at(row, *(mp.mpf(str(x)) for x in point(row)))
        assert mp.almosteq(own, mp.mpf(sp.N(row.head(*where), 40)), mp.mpf(10) ** -25)


@pytest.mark.parametrize("row", [r for r in HEADS if r.formula], ids=by_name)
def test_the_formula_is_the_head(row: Elementary) -> None:
    where = dict(zip(names(row), map(mp.mpf, map(str, point(row))), strict=True))
    with mp.workdps(30):
        assert mp.almosteq(
            evaluate(read(row.formula, row.arguments), where), value_at(row, *where.values())
        )


@pytest.mark.parametrize("row", [r for r in HEADS if r.slopes], ids=by_name)
def test_slopes_against_sympy_and_differences(row: Elementary) -> None:
    us = names(row)
    with mp.workdps(50):
        where = dict(zip(us, map(mp.mpf, map(str, point(row))), strict=True))
        for i, text in enumerate(row.slopes):
            if not text:
                continue
            own = evaluate(read(text, row.arguments), where)
            h = mp.mpf(10) ** -16
            ahead, behind = ([*where.values()] for _ in range(2))
            ahead[i] += h
            behind[i] -= h
            difference = (value_at(row, *ahead) - value_at(row, *behind)) / (2 * h)
            assert mp.almosteq(own, difference, mp.mpf(10) ** -25, mp.mpf(10) ** -25)
            if row.name not in STEPS:
                theirs = evaluate(sp.diff(row.head(*us), us[i]), where)
                assert mp.almosteq(own, theirs, mp.mpf(10) ** -40, mp.mpf(10) ** -40)


@pytest.mark.parametrize("row", HEADS, ids=by_name)
def test_the_name_is_that_of_its_trees(row: Elementary) -> None:
    assert function_name(row.head(*map(sp.Dummy, row.arguments), evaluate=False)) == row.name


@pytest.mark.parametrize("row", [r for r in HEADS if r.parity], ids=by_name)
def test_parity(row: Elementary) -> None:
    sign = -1 if row.parity == "odd" else 1
    u = mp.mpf("0.3")
    assert mp.almosteq(value_at(row, -u), sign * value_at(row, u))


@pytest.mark.parametrize("row", [r for r in HEADS if r.safe], ids=by_name)
def test_a_harmless_argument_is_one(row: Elementary) -> None:
    assert mp.isfinite(value_at(row, mp.mpf(row.safe)))


# -- what the other tests of readers leave out: C, and words --------------------------------------

C_MAIN = """
#include <stdio.h>
#include "own.h"
int main(void) {{
    double cost, slopes[1];
    own({at!r}, &cost, slopes);
    printf("%.17g %.17g\\n", cost, slopes[0]);
    return 0;
}}
"""


@pytest.mark.spread(slow=3)
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_c_runs(name: str, tmp_path: Path) -> None:
    row = FUNCTIONS[name]
    compiled = Model({"C": row.call or f"{name}(z)"}, ["z"]).compile()
    (tmp_path / "own.h").write_text(compiled.export("c", "own"))
    (tmp_path / "main.c").write_text(C_MAIN.format(at=row.at))
    built, source = str(tmp_path / "main"), str(tmp_path / "main.c")
    subprocess.run(["cc", "-std=c99", "-O1", "-o", built, source, "-lm"], check=True)
    found = subprocess.run([built], capture_output=True, text=True, check=True).stdout
    with mp.workdps(30):
        z = mp.mpf(row.at)
        true = float(row.value(z)), float(mp.diff(row.value, z))
    np.testing.assert_allclose(tuple(map(float, found.split())), true, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("name", [r.name for r in table().functions])
def test_formulas_read_what_they_print(name: str) -> None:
    expr = parse(FUNCTIONS[name].call or f"{name}(z)", functions=SIGNATURES)
    assert parse(plain(expr), functions=SIGNATURES) == expr


@pytest.mark.parametrize("word", sorted(w for w in ROWS if w not in FUNCTIONS))
def test_arrays_know_every_other_name(word: str) -> None:
    own, other = (
        Model({"C": f"sum({n}(X))"}, ["X"], shapes={"X": "n"}) for n in (word, ROWS[word].name)
    )
    assert own.definitions == other.definitions


def test_a_name_that_the_document_defines_wins() -> None:
    report = check([r"\operatorname{silu}(2) = 8"], [r"\operatorname{silu}(z) = z^3"])
    assert report.lines[0].verdict in ("proved", "sampled")


def test_a_parameter_that_is_left_out_is_said() -> None:
    report = check([r"\operatorname{ELU}'(-1) = e^{-1}"])
    assert report.lines[0].verdict in ("proved", "sampled")
    assert any("alpha = 1" in note for note in report.notes)


def test_a_subscript_does_not_make_a_word_a_function() -> None:
    line = r"\mathcal{L}_{\text{mish}} + 1 = 1 + \mathcal{L}_{\text{mish}}"
    assert check([line]).lines[0].verdict == "proved"


# -- usual numbers --------------------------------------------------------------------------------


def test_softplus_without_its_parameter() -> None:
    model = Model({"C": "softplus(w*x)"}, ["w"])
    value, slopes = model.compile()(w=0.3, x=2.0)
    assert value == pytest.approx(math.log1p(math.exp(0.6)))
    assert slopes["w"] == pytest.approx(2 / (1 + math.exp(-0.6)))
    assert model.derive().verdict.status != "refuted"


def test_a_letter_has_its_usual_number_and_that_is_said() -> None:
    g = Neuron("elu", "huber").compile()
    point = {"w": 1.0, "b": 0.0, "x": -1.0, "y": 0.0}
    with pytest.warns(UserWarning, match="alpha=1 and delta=1|delta=1 and alpha=1"):
        usual = g(**point)
    assert usual == g(**point, alpha=1.0, delta=1.0)


def test_over_arrays_too() -> None:
    x = np.array([[-1.0, 2.0]])
    g = Model({"C": "sum(leaky_relu(X))"}, ["X"], shapes={"X": ("m", "n")}).compile()
    assert g(X=x)[0] == pytest.approx(2 - 0.01)


# -- the gamma family to its last digits ----------------------------------------------------------


GAMMAS: dict[str, Callable[..., Any]] = {
    "lgamma": mp.loggamma,
    "digamma": mp.digamma,
    "trigamma": lambda u: mp.polygamma(1, u),
}


@pytest.mark.parametrize("name", GAMMAS)
def test_the_gamma_family(name: str) -> None:
    """Within eight units; near a zero, what rounding the argument moves is allowed as well."""
    rng = np.random.default_rng(5)
    plain = rng.uniform(0.01, 3, 300), rng.uniform(3, 40, 200), 10 ** rng.uniform(-90, 90, 100)
    zeros = 1 + rng.normal(0, 1e-6, 30), 2 + rng.normal(0, 1e-6, 30)
    x = np.concatenate([*plain, *zeros])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = getattr(on_arrays, name)(x)
    for u, v in zip(x.tolist(), found.tolist(), strict=True):
        with mp.workdps(40):
            true = GAMMAS[name](mp.mpf(u))
            unit = mp.mpf(float(np.spacing(abs(float(true)))))
            moved = abs(mp.diff(GAMMAS[name], mp.mpf(u)) * u) * mp.mpf(2) ** -52 if u < 1e6 else 0
            assert abs(v - true) <= 8 * max(unit, moved), u
            assert abs(getattr(on_floats, name)(u) - true) <= 8 * max(unit, moved), u


@pytest.mark.parametrize("n", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("u", [0.05, 0.7, 3.3, 40.0])
def test_polygamma(n: int, u: float) -> None:
    true = float(mp.polygamma(n, mp.mpf(u)))
    assert float(on_arrays.polygamma(n, np.float64(u))) == pytest.approx(true, rel=1e-14)
    assert on_floats.polygamma(n, u) == pytest.approx(true, rel=1e-14)


# -- a row that is added is known to everybody ----------------------------------------------------

RIGHT = {"proved", "sampled"}
GUDERMANN = Elementary(
    "gudermann", r"\mathrm{gd}", "gd", formula="2*atan(tanh(u/2))", aliases=("gd",), parity="odd"
)
TELU = Activation(
    "telu", "z*tanh(exp(z))", "[-0.4, oo)", r"\mathrm{TeLU}", "TeLU",
    source="Fernandez and Mali, TeLU activation function, arXiv:2402.02790",
)  # fmt: skip


def test_a_function_that_is_added_is_known_to_every_reader() -> None:
    truth, slope = math.atan(math.sinh(0.6)), 2 / math.cosh(0.6)
    with more_rows(GUDERMANN):
        model = Model({"C": "gudermann(w*x)"}, ["w"])
        derivation = model.derive()
        assert derivation.verdict.status in ("proved", "sampled")
        assert r"\mathrm{gd}" in derivation.to_latex()
        for backend in ("numpy", "scalar", *_numba()):
            value, slopes = model.compile(backend=backend)(w=0.3, x=2.0)
            assert value == pytest.approx(truth, rel=1e-14)
            assert slopes["w"] == pytest.approx(slope, rel=1e-14)
        for target in ("c", "numpy", "jax", "torch"):
            assert "gradient" in model.compile().export(target)
        arrays = Model({"C": "sum(gd(X))"}, ["X"], shapes={"X": "n"})
        assert arrays.derive().to_text()
        value, slopes = arrays.compile()(X=np.array([0.6]))
        assert value == pytest.approx(truth)
        assert slopes["X"][0] == pytest.approx(slope / 2)
        for target in ("numpy", "jax", "torch"):
            assert "gradient" in arrays.compile().export(target)
        right = check(
            [r"\operatorname{gudermann}'(x) = \operatorname{sech}(x)", r"\mathrm{gd}(0) = 0"]
        )
        assert {line.verdict for line in right.lines} <= RIGHT
        wrong = check([r"\operatorname{gd}'(x) = \operatorname{sech}^2(x)"])
        assert wrong.lines[0].verdict == "wrong"
        assert "gudermann" in ROWS
    assert "gudermann" not in ROWS


def _numba() -> tuple[str, ...]:
    try:
        import numba  # noqa: F401
    except ImportError:
        return ()
    return ("numba",)


def test_an_activation_that_is_added_is_known_to_every_reader() -> None:
    z = 0.6
    e, t = math.exp(z), math.tanh(math.exp(z))
    truth, slope = z * t, t + z * e * (1 - t * t)
    with more_rows(TELU):
        neuron = Neuron("telu", "quadratic")
        assert r"\mathrm{TeLU}" in neuron.derive().to_latex()
        for backend in ("numpy", "scalar", *_numba()):
            value, _ = neuron.compile(backend=backend)(w=0.3, b=0.0, x=2.0, y=0.0)
            assert value == pytest.approx(truth**2 / 2, rel=1e-14)
        for target in ("c", "numpy", "jax", "torch"):
            assert neuron.compile().export(target)
        for target in ("xgboost", "lightgbm", "catboost"):
            assert neuron.compile().export(target, guard="unit")
        network = Network([2, 3, 1], "telu", "quadratic")
        assert "TeLU" in network.derive().to_text()
        assert network.compile()
        arrays = Model({"C": "sum(telu(X))"}, ["X"], shapes={"X": "n"}).compile()
        value, slopes = arrays(X=np.array([z]))
        assert value == pytest.approx(truth)
        assert slopes["X"][0] == pytest.approx(slope)
        report = check([r"\operatorname{TeLU}(x) = x \tanh(e^x)", r"\operatorname{telu}(0) = 0"])
        assert {line.verdict for line in report.lines} <= RIGHT
    with pytest.raises(Exception, match="telu"):
        Neuron("telu")


def test_a_name_stands_for_one_row() -> None:
    from symgd.errors import CatalogueError

    with pytest.raises(CatalogueError, match="names both"), more_rows(TELU, TELU):
        pass


def test_slopes_at_other_arguments_are_as_if_typed() -> None:
    """1/u at 2x is x⁻¹/2 in one product, as a person writes it, and not (2x)⁻¹."""
    x = symbol("x")
    assert at("1/u", ("u",), (parse("2*x"),)) == parse("1/(2*x)")
    assert settle(at("1/u", ("u",), (parse("x**2"),))) == x**-2
