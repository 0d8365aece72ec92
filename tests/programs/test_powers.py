"""A power whose base is 0 and whose exponent is a number of the data: slopes of pmfs and the like.

The witness puts the exponent in first, so that a polynomial, or a polynomial times an exponential,
is differentiated.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
import sympy as sp

from symgd import Model
from symgd.programs.powers import powers_apart

m, q = sp.symbols("m q")

# fmt: off
#  formula                       the same with k for a number          where the base is 0
FORMULAS: dict[str, tuple[Callable[[int], Any], tuple[dict[str, float], ...]]] = {
    "exp(-m)*m^k":               (lambda k: sp.exp(-m) * m**k,          ({"m": 0},)),
    "q*exp(-q*m)*(q*m)^k":       (lambda k: q * sp.exp(-q*m) * (q*m)**k,
                                  ({"m": 0, "q": 2}, {"m": 3, "q": 0})),
    "(m^2 - 3)*(1 - m)^k":       (lambda k: (m**2 - 3) * (1 - m)**k,    ({"m": 1},)),
    "m^k*(1 - m)^(1 - k)":       (lambda k: m**k * (1 - m)**(1 - k),    ({"m": 0}, {"m": 1})),
    "m^k*(1 - m)^(3 - k)":       (lambda k: m**k * (1 - m)**(3 - k),    ({"m": 0}, {"m": 1})),
    "(2 - m^3)*(m^2 - 1)^k":     (lambda k: (2 - m**3) * (m**2 - 1)**k, ({"m": 1}, {"m": -1})),
    "((m^2 - 1)^k - 1/3)^2":     (lambda k: ((m**2 - 1)**k - sp.Rational(1, 3))**2, ({"m": 1},)),
    "(q*m^k - 5)^2 + m*q":       (lambda k: (q * m**k - 5)**2 + m*q,    ({"m": 0, "q": 2},)),
    "m^k/(1 + m^k)":             (lambda k: m**k / (1 + m**k),          ({"m": 0},)),
}
# fmt: on


def exponents(formula: str) -> tuple[int, ...]:
    return (0, 1) if "(1 - k)" in formula else (0, 1, 2, 3)


@pytest.mark.spread(3)
@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_slopes_and_bends_where_the_base_of_a_power_is_0(formula: str, backend: Any) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    exact, points = FORMULAS[formula]
    names = [n for n in "mq" if n in formula]
    compiled = Model({"C": formula}, names).compile(backend, order=2)
    for k, at in product(exponents(formula), points):
        whole = exact(k)
        cost, slopes, bends = compiled(k=k, **at)
        assert cost == pytest.approx(float(whole.subs(at)), abs=1e-12)
        for a in names:
            wanted = float(whole.diff(a).subs(at))
            assert slopes[a] == pytest.approx(wanted, abs=1e-12), (k, at, a)
        for a, b in (("m", "m"), *([("m", "q"), ("q", "q")] if "q" in names else [])):
            wanted = float(whole.diff(a, b).subs(at))
            assert bends[f"{a},{b}"] == pytest.approx(wanted, abs=1e-12), (k, at, a, b)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_the_gradient_and_a_product_with_the_hessian_agree_with_it(k: int) -> None:
    compiled = Model({"r": "exp(-m)", "C": "r*m^k"}, ["m"]).compile()
    _, slopes = compiled(m=0.0, k=k)
    whole = sp.exp(-m) * m**k
    assert slopes["m"] == float(whole.diff(m).subs(m, 0))
    along = compiled.product({"m": 2.0}, m=0.0, k=k)
    assert along["m"] == 2 * float(whole.diff(m, 2).subs(m, 0))


def test_what_cannot_be_0_and_what_stands_alone_stays_as_it_is() -> None:
    for formula in ("exp(x)^k*x", "sigmoid(x)^k*x", "3*x^k", "x^2*exp(x)", "w^k*x"):
        assert powers_apart(Model({"C": formula}, ["x"]).graph) is None, formula
    found = powers_apart(Model({"C": "x^k*exp(x)"}, ["x"]).graph)
    assert found is not None
    assert [str(n) for n in found.graph.definitions] == ["C_power", "C"]


def test_a_limit_is_told_wherever_its_product_stands() -> None:
    """k·q^(k - 1) is a factor first, and stands alone then."""
    compiled = Model({"C": "w*k*q^(k - 1) + k*q^(k - 1)"}, ["w"]).compile()
    assert compiled(w=2.0, k=0.0, q=0.0) == (0.0, {"w": 0.0})


# fmt: off
#  named step by step, of data x and a parameter w                       its cost at x = 0, exactly
ZERO_DATA: dict[str, tuple[dict[str, str], Callable[[Any], Any]]] = {
    "a root":               ({"z": "x/w", "C": "sqrt(z) + w^2"},         lambda w: w**2),
    "a root in a sum":      ({"z": "x*w", "q": "w*z", "C": "z^1.5 + sqrt(z)*q + sqrt(q)"}, lambda w: 0*w),
    "a cube root":          ({"z": "x*w", "C": "cbrt(z) + w*abs(z)^1.5"}, lambda w: 0*w),
    "a root of a size":     ({"z": "x*w", "C": "w*sqrt(abs(z)) + w"},    lambda w: w),
    "a power below 1":      ({"z": "x/w", "p": "z^k", "C": "exp(-p)*(p - w)"}, lambda w: -w),
    "through a name":       ({"b": "exp(w)", "z": "x*b", "C": "(z^k - w)^2"}, lambda w: w**2),
    "z log z":              ({"z": "x*w", "C": "w - z*log(z)"},          lambda w: w),
    "a share":              ({"m": "w^2 + 1", "r": "x/m", "C": "x*log(r) + w"}, lambda w: w),
    "a divergence":         ({"q": "1/(1 + exp(-w))",
                              "C": "x*log(x/q) + (1 - x)*log((1 - x)/(1 - q))"},
                                                                         lambda w: sp.log(1 + sp.exp(w))),
    "a deviance":           ({"m": "exp(w)", "C": "2*(x*log(x/m) - (x - m))"}, lambda w: 2*sp.exp(w)),
    "another deviance":     ({"m": "w^2", "C": "x*log(x/m) - x + m"},    lambda w: w**2),
    "a squared logarithm":  ({"q": "w/2", "C": "x*log(x/q)^2 + w"},      lambda w: w),
}
# fmt: on


@pytest.mark.spread(3)
@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize("name", ZERO_DATA)
def test_data_of_0_make_a_number_and_not_0_times_what_is_infinite(name: str, backend: Any) -> None:
    if backend == "numba":
        pytest.importorskip("numba")
    definitions, exact = ZERO_DATA[name]
    w = sp.Symbol("w")
    compiled = Model(definitions, ["w"]).compile(backend, order=2)
    for k in (0.4, 1.0, 1.5) if "k" in "".join(definitions.values()) else (None,):
        given = {} if k is None else {"k": k}
        cost, slopes, bends = compiled(w=1.25, x=0.0, **given)
        for found, whole in ((cost, 0), (slopes["w"], 1), (bends["w,w"], 2)):
            wanted = float(sp.diff(exact(w), w, whole).subs(w, sp.Rational(5, 4)))
            assert found == pytest.approx(wanted, rel=1e-12, abs=1e-12), (k, whole)
