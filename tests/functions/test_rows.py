"""Each row against two witnesses, and each row in every reader: formulas, arrays, judge, targets."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from symgd import Model, Network, Neuron, check
from symgd.functions import ROWS, Activation, Elementary, added, table
from symgd.language import parse
from symgd.language.formulas.build import at, read
from symgd.language.latex.vocabulary import FUNCTIONS, words
from symgd.language.named import opened
from symgd.language.printer import plain
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
    "polygamma": (2.0, 0.7),
}  # fmt: skip
# What sympy does not differentiate; between its jumps such a function is a constant.
STEPS = {"floor", "ceil"}


def point(row: Elementary) -> tuple[float, ...]:
    return POINTS.get(row.name, (0.7,))


def names(row: Elementary) -> tuple[sp.Symbol, ...]:
    return tuple(map(symbol, row.arguments))


def by_name(row: Any) -> str:
    return str(row.name)


# -- a row is its own test --------------------------------------------------------------------------


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


# -- every row in every reader ----------------------------------------------------------------------

EVERY = {r.name: r for r in ROWS.values()}
GIVEN = {"threshold": "0.3, 0.2", "clip": "-1, 1"}


def call(name: str, inside: str) -> str:
    """name(inside) with numbers for what else it takes."""
    row = EVERY[name]
    if name == "polygamma":
        return f"polygamma(2, {inside})"
    if name in GIVEN:
        return f"{name}({inside}, {GIVEN[name]})"
    others = "" if row.parameters or len(row.arguments) == 1 else ", 0.4"
    return f"{name}({inside}{others})"


def numbers(name: str) -> dict[str, float]:
    """The letters that stay in a formula, by their usual numbers."""
    row = EVERY[name]
    return {
        n: float(parse(p.usual)) for n, p in row.parameters.items()
        if p.default is None and p.usual and name not in GIVEN
    }  # fmt: skip


def where(name: str) -> float:
    return 1.7 if name == "acosh" else 0.7


def expected(name: str, u: Any) -> Any:
    """The value by the table's formula or mpmath, parameters by their usual numbers."""
    expr = parse(call(name, "w"), functions=signatures())
    known = {symbol("w"): u, **{symbol(n): mp.mpf(v) for n, v in numbers(name).items()}}
    return evaluate(unfolded(expr), known)


def signatures() -> Any:
    from symgd.functions import SIGNATURES

    return SIGNATURES


def unfolded(expr: Any) -> Any:
    from symgd.functions import function
    from symgd.trees.scalars import is_application

    if is_application(expr):
        return opened(function(function_name(expr)), *map(unfolded, expr.args))
    return expr


@pytest.mark.parametrize("name", EVERY)
def test_formulas_read_what_they_print(name: str) -> None:
    expr = parse(call(name, "w"), functions=signatures())
    assert parse(plain(expr), functions=signatures()) == expr


@pytest.mark.parametrize("name", EVERY)
def test_scalar_targets(name: str) -> None:
    """Derived; compiled on numpy and on floats; both against mpmath and a difference."""
    model = Model({"C": call(name, "w*x")}, ["w"])
    given = {"w": where(name), "x": 1.0, **numbers(name)}
    with mp.workdps(40):
        true = expected(name, mp.mpf(str(where(name))))
        h = mp.mpf(10) ** -12
        slope = (
            expected(name, mp.mpf(str(where(name))) + h)
            - expected(name, mp.mpf(str(where(name))) - h)
        ) / (2 * h)
    for backend in ("numpy", "scalar"):
        value, slopes = model.compile(backend=backend)(**given)
        assert value == pytest.approx(float(true), rel=2e-14, abs=1e-15)
        assert slopes["w"] == pytest.approx(float(slope), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_numba(name: str) -> None:
    pytest.importorskip("numba", reason="numba is not installed")
    model = Model({"C": call(name, "w*x")}, ["w"])
    given = {"w": where(name), "x": np.array([1.0, 1.1]), **numbers(name)}
    value, slopes = model.compile(backend="numba")(**given)
    true, others = model.compile()(**given)
    assert value == pytest.approx(float(true), rel=1e-14)
    assert slopes["w"] == pytest.approx(float(others["w"]), rel=1e-13, abs=1e-15)


@pytest.mark.parametrize("name", EVERY)
def test_exports(name: str, tmp_path: Path) -> None:
    """The NumPy file runs and agrees; the others are written."""
    model = Model({"C": call(name, "w*x")}, ["w"])
    compiled = model.compile()
    given = {"w": where(name), "x": 1.0, **numbers(name)}
    space: dict[str, Any] = {}
    exec(compiled.export("numpy"), space)
    value, slopes = space["gradient"](
        **{f"{n}_" if f"{n}_" in _arguments(space["gradient"]) else n: v for n, v in given.items()}
    )
    assert value == pytest.approx(float(compiled(**given)[0]), rel=1e-14)
    assert slopes["w"] == pytest.approx(float(compiled(**given)[1]["w"]), rel=1e-13, abs=1e-15)
    for target in ("c", "jax", "torch"):
        assert "gradient" in compiled.export(target)


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    return function.__code__.co_varnames[: function.__code__.co_argcount]


C_MAIN = """
#include <stdio.h>
#include "gradient.h"
int main(void) {{
    double cost, gradient_[1];
    gradient({arguments}, &cost, gradient_);
    printf("%.17g %.17g\\n", cost, gradient_[0]);
    return 0;
}}
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", EVERY)
def test_c(name: str, tmp_path: Path) -> None:
    model = Model({"C": call(name, "w*x")}, ["w"])
    compiled = model.compile()
    given = {"w": where(name), "x": 1.0, **numbers(name)}
    (tmp_path / "gradient.h").write_text(compiled.export("c"))
    arguments = (
        ", ".join(repr(given[n]) for n in compiled.leaves)
        if hasattr(compiled, "leaves")
        else ", ".join(repr(v) for v in given.values())
    )
    (tmp_path / "main.c").write_text(C_MAIN.format(arguments=arguments))
    subprocess.run(["cc", "-O1", "-o", tmp_path / "main", tmp_path / "main.c", "-lm"], check=True)
    out = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True).stdout
    value, slope = map(float, out.split())
    assert value == pytest.approx(float(compiled(**given)[0]), rel=1e-13)
    assert slope == pytest.approx(float(compiled(**given)[1]["w"]), rel=1e-12, abs=1e-15)


# ψ⁽ⁿ⁾ takes its order first, and is no function of an array alone.
@pytest.mark.parametrize("word", sorted(w for w in ROWS if w != "polygamma"))
def test_arrays(word: str) -> None:
    """By each of its names: read, derived, compiled, exported; the slope against a difference."""
    name = ROWS[word].name
    inside = "X.^2 + 2*ones(n,1)" if name == "acosh" else "0.3*X"
    text = call(name, inside).replace(f"{name}(", f"{word}(", 1)
    model = Model({"C": f"sum({text})"}, ["X"], shapes={"X": "n"})
    assert model.derive().to_latex()
    g = model.compile()
    x, h = np.array([0.3, 0.7, 1.9]), 1e-6
    slopes = g(X=x)[1]["X"]
    for e, slope in zip(np.eye(3), slopes, strict=True):
        assert (g(X=x + h * e)[0] - g(X=x - h * e)[0]) / (2 * h) == pytest.approx(slope, abs=1e-6)
    for target in ("numpy", "jax", "torch"):
        assert "gradient" in g.export(target)


JUDGED = sorted({w for r in EVERY.values() for w in words(r)} & FUNCTIONS.keys())


@pytest.mark.parametrize(
    "word", [w for w in JUDGED if FUNCTIONS[w] not in ("threshold", "polygamma")]
)
def test_the_judge_knows_each_word(word: str) -> None:
    r"""\operatorname{word}(w) at a number, against mpmath; and a number next to it is wrong."""
    name = FUNCTIONS[word]
    row = EVERY[name]
    rest = {"clip": ", -1, 1"}.get(
        name, "" if row.parameters or len(row.arguments) == 1 else ", 0.4"
    )
    with mp.workdps(40):
        true = expected(name, mp.mpf(str(where(name))))
    left = rf"\operatorname{{{word}}}({where(name)}{rest})"
    close = mp.nstr(true, 30)
    assert check([rf"{left} = {close}"]).lines[0].verdict in ("proved", "sampled")
    assert check([rf"{left} = {mp.nstr(true + mp.mpf('0.01'), 30)}"]).lines[0].verdict == "wrong"


def test_a_name_that_the_document_defines_wins() -> None:
    report = check([r"\operatorname{silu}(2) = 8"], [r"\operatorname{silu}(z) = z^3"])
    assert report.lines[0].verdict in ("proved", "sampled")


def test_a_parameter_that_is_left_out_is_said() -> None:
    report = check([r"\operatorname{ELU}'(-1) = e^{-1}"])
    assert report.lines[0].verdict in ("proved", "sampled")
    assert any("alpha = 1" in note for note in report.notes)


def test_a_subscript_does_not_make_a_word_a_function() -> None:
    assert check([r"\mathcal{L}_{\text{mish}} + 1 = 1 + \mathcal{L}_{\text{mish}}"]).lines[0].ok


# -- usual numbers ------------------------------------------------------------------------------------


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


# -- the gamma family to its last digits ----------------------------------------------------------------


GAMMAS: dict[str, Callable[..., Any]] = {
    "lgamma": mp.loggamma,
    "digamma": mp.digamma,
    "trigamma": lambda u: mp.polygamma(1, u),
}


@pytest.mark.parametrize("name", GAMMAS)
def test_the_gamma_family(name: str) -> None:
    """Within eight units; near a zero, what rounding the argument moves is allowed as well."""
    rng = np.random.default_rng(5)
    x = np.concatenate([rng.uniform(0.01, 3, 300), rng.uniform(3, 40, 200), 10 ** rng.uniform(-90, 90, 100),
                        1 + rng.normal(0, 1e-6, 30), 2 + rng.normal(0, 1e-6, 30)])  # fmt: skip
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = getattr(on_arrays, name)(x)
    for u, v in zip(x.tolist(), found.tolist(), strict=True):
        with mp.workdps(40):
            true = GAMMAS[name](mp.mpf(u))
            unit = mp.mpf(float(np.spacing(abs(float(true)))))
            moved = abs(mp.diff(GAMMAS[name], mp.mpf(u)) * u) * mp.mpf(2) ** -52 if u < 1e6 else 0
            assert abs(v - true) <= 8 * max(unit, moved), u
            assert abs(getattr(on_floats, name)(u) - true) <= 8 * max(unit, moved), u


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("u", [0.05, 0.7, 3.3, 40.0])
def test_polygamma(n: int, u: float) -> None:
    true = float(mp.polygamma(n, mp.mpf(u)))
    assert float(on_arrays.polygamma(n, np.float64(u))) == pytest.approx(true, rel=1e-14)
    assert on_floats.polygamma(n, u) == pytest.approx(true, rel=1e-14)


# -- a row that is added is known to everybody ------------------------------------------------------------

GUDERMANN = Elementary(
    "gudermann", r"\mathrm{gd}", "gd", formula="2*atan(tanh(u/2))", aliases=("gd",), parity="odd"
)
TELU = Activation(
    "telu", "z*tanh(exp(z))", "[-0.4, oo)", r"\mathrm{TeLU}", "TeLU",
    source="Fernandez and Mali, TeLU activation function, arXiv:2402.02790",
)  # fmt: skip


def test_a_function_that_is_added_is_known_to_every_reader() -> None:
    truth, slope = math.atan(math.sinh(0.6)), 2 / math.cosh(0.6)
    with added(GUDERMANN):
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
        assert all(line.ok for line in right.lines)
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
    with added(TELU):
        neuron = Neuron("telu", "quadratic")
        assert r"\mathrm{TeLU}" in neuron.derive().to_latex()
        for backend in ("numpy", "scalar", *_numba()):
            value, _ = neuron.compile(backend=backend)(w=0.3, b=0.0, x=2.0, y=0.0)
            assert value == pytest.approx(truth**2 / 2, rel=1e-14)
        for target in ("c", "numpy", "jax", "torch", "xgboost", "lightgbm", "catboost"):
            made = (
                neuron if target in ("c", "numpy", "jax", "torch") else Neuron("telu", "quadratic")
            )
            assert made.compile().export(target)
        network = Network([2, 3, 1], "telu", "quadratic")
        assert "TeLU" in network.derive().to_text()
        assert network.compile()
        arrays = Model({"C": "sum(telu(X))"}, ["X"], shapes={"X": "n"}).compile()
        value, slopes = arrays(X=np.array([z]))
        assert value == pytest.approx(truth)
        assert slopes["X"][0] == pytest.approx(slope)
        report = check([r"\operatorname{TeLU}(x) = x \tanh(e^x)", r"\operatorname{telu}(0) = 0"])
        assert all(line.ok for line in report.lines)
    with pytest.raises(Exception, match="telu"):
        Neuron("telu")


def test_a_name_stands_for_one_row() -> None:
    from symgd.errors import CatalogueError

    with pytest.raises(CatalogueError, match="names both"), added(TELU, TELU):
        pass


def test_slopes_at_other_arguments_are_as_if_typed() -> None:
    """1/u at 2x is x⁻¹/2 in one product, as a person writes it, and not (2x)⁻¹."""
    x = symbol("x")
    assert at("1/u", ("u",), (parse("2*x"),)) == parse("1/(2*x)")
    assert settle(at("1/u", ("u",), (parse("x**2"),))) == x**-2
