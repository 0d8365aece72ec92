"""What is undefined as written stays nan, on every backend and in exported files; what is defined
does not become so through a case that is not taken."""

from __future__ import annotations

import math
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model
from symgd.errors import DataError, ModelError, UncheckedStepError
from symgd.functions.elementary import ELEMENTARY
from symgd.trees.domain import domain

nan = math.nan

# definitions, numbers, cost, slopes
CASES: list[tuple[dict[str, str], dict[str, float], float, dict[str, float]]] = [
    # a condition without a value chooses no case
    ({"C": "where(log(z) < 2, 1/z, z^2)"}, {"z": -1.0}, nan, {"z": nan}),
    ({"h": "sqrt(x)", "C": "where(h != 1, w, 2*w)"}, {"w": 3.0, "x": -1.0}, nan, {"w": nan}),
    ({"h": "log(x)", "C": "where(h > 0, w, where(x < 0, w^2, w^3))"}, {"w": 3.0, "x": -1.0}, nan,
     {"w": nan}),
    ({"C": "hardshrink(log(w), 1)"}, {"w": -1.0}, nan, {"w": nan}),
    # but one that has a value chooses, whatever the others are
    ({"h": "log(x)", "C": "where(x < 0, w^2, h*w)"}, {"w": 3.0, "x": -1.0}, 9.0, {"w": 6.0}),
    ({"C": "where(x > 0, where(log(x) < 2, w, w^2), 5*w)"}, {"w": 3.0, "x": -1.0}, 15.0,
     {"w": 5.0}),
    # a cost without a value has no slopes
    ({"z": "w + b", "C": "atanh(x)*w + b"}, {"w": 1.0, "b": 2.0, "x": 4.0}, nan,
     {"w": nan, "b": nan}),
    ({"z": "log(x)", "C": "z + w^2"}, {"w": 1.0, "x": -4.0}, nan, {"w": nan}),
    ({"C": "max(log(z), -5)"}, {"z": -2.0}, nan, {"z": nan}),
    ({"C": "max(acosh(z), z)"}, {"z": -2.0}, nan, {"z": nan}),
    # 0 times what has no value has none, also where a case says the 0
    ({"C": "(y - log(x))*where(cosh(b) < x, y + b, relu(b))"}, {"b": -2.0, "x": -3.0, "y": 1.0},
     nan, {"b": nan}),
    ({"C": "relu6(w)*log(w)"}, {"w": -1.0}, nan, {"w": nan}),
    ({"z": "where(w > 0, w, 0)", "C": "z/sqrt(w)*x"}, {"w": -1.0, "x": 2.0}, nan, {"w": nan}),
    ({"C": "where(w > 0, w, 0)/(x - x)"}, {"w": -1.0, "x": 2.0}, nan, {"w": nan}),
    # what is 0 all around has no limit
    ({"z": "relu(w)", "C": "sin(z)/z"}, {"w": -1.0}, nan, {"w": nan}),
    # but a slope that a case says to be 0 is 0, whatever it is multiplied by
    ({"h": "relu(w*x)", "p": "h^(1/2)", "C": "p*y + w"}, {"w": 1.0, "x": -3.0, "y": 1.0}, 1.0,
     {"w": 1.0}),
    ({"C": "w*sqrt(relu(w))"}, {"w": -2.0}, 0.0, {"w": 0.0}),
    # whichever logarithm it is that has no value there
    ({"p": "relu(w)", "C": "p*log2(p)"}, {"w": -1.0}, 0.0, {"w": 0.0}),
    ({"p": "clip(w, 0, 1)", "C": "w - p*log10(p/x)"}, {"w": -1.0, "x": 0.5}, -1.0, {"w": 1.0}),
    ({"C": "w*sqrt(max(w, 0))"}, {"w": 4.0}, 8.0, {"w": 3.0}),
    ({"C": "exp(-w)*sqrt(3*max(w, 0))"}, {"w": -2.0}, 0.0, {"w": 0.0}),
    ({"C": "w*max(w, 0)^y"}, {"w": -2.0, "y": 0.0}, -2.0, {"w": 1.0}),
    ({"C": "w*where(w > b, w, x)^y"}, {"w": -2.0, "b": 3.0, "x": 0.0, "y": 0.5}, 0.0, {"w": 0.0}),
    ({"z": "min(w, 0)", "C": "w*(-2*z)^0.3"}, {"w": 2.0}, 0.0, {"w": 0.0}),
    ({"C": "w*(1 + (log(w - w) - log(w - w)))"}, {"w": 9.5}, nan, {"w": nan}),
    # over 0 a bounded function has its limit, and no slope
    ({"C": "tanh(w/x)"}, {"w": 3.0, "x": 0.0}, 1.0, {"w": nan}),
    # there is one 0: of -0 the angle would be the other
    ({"C": "w*atan2(x - x, (x - x)*y)"}, {"w": 1.0, "x": 2.0, "y": -1.0}, 0.0, {"w": 0.0}),
    ({"C": "w*atan2((x - x)*y, y)"}, {"w": 2.0, "x": 2.0, "y": -1.0}, 2*math.pi, {"w": math.pi}),
    # ∞ is as large as ∞
    ({"p": "gamma(b)", "C": "w*where(p == p, 2, 3)"}, {"w": 1.0, "b": 1e5}, 2.0, {"w": 2.0}),
    # what cancels on paper has no value where it has none
    ({"z": "log(y) + w", "C": "z - z + w"}, {"w": 1.0, "y": -1.0}, nan, {"w": nan}),
    ({"C": "log(w) - log(w)"}, {"w": -1.5}, nan, {"w": nan}),
    ({"C": "log(w) - log(w)"}, {"w": 1.5}, 0.0, {"w": 0.0}),
    # a case that is not taken spoils no slope, with a name of its own or without
    ({"z": "log(x)", "C": "where(x > 0, z, x)*w"}, {"w": 2.0, "x": -1.0}, -2.0,
     {"w": -1.0, "x": 2.0}),
    ({"z": "sqrt(x)*w", "h": "where(x > 0, z, w*x)", "C": "h^2"}, {"w": 2.0, "x": -3.0}, 36.0,
     {"w": 36.0, "x": -24.0}),
    ({"z": "sqrt(x)*w", "h": "where(x > 0, z, w*x)", "C": "h^2"}, {"w": 2.0, "x": 9.0}, 36.0,
     {"w": 36.0, "x": 4.0}),
    # what has no value has none either where it is raised to 0, and 1 is none raised to it
    ({"C": "log(w)^0"}, {"w": -1.0}, nan, {"w": nan}),
    ({"C": "1^log(w)"}, {"w": -1.0}, nan, {"w": nan}),
    # but what is infinite is raised to 0 as every large number is
    ({"p": "x/y", "C": "w + p^y"}, {"w": 2.0, "x": 3.0, "y": 0.0}, 3.0, {"w": 1.0}),
    ({"p": "exp(x)", "C": "w*p^y"}, {"w": 2.0, "x": 800.0, "y": 0.0}, 2.0, {"w": 1.0}),
    ({"C": "w + log(x)^0"}, {"w": 2.0, "x": 0.0}, 3.0, {"w": 1.0}),
    # a root of -∞ is one of what is less than 0
    ({"z": "log(x)", "C": "w + z^(-1/2)"}, {"w": 2.0, "x": 0.0}, nan, {"w": nan}),
    ({"z": "log(x)", "C": "w + 1/z^2"}, {"w": 2.0, "x": 0.0}, 2.0, {"w": 1.0}),
    # ∞ less ∞ is none, whatever is left on paper
    ({"z": "w/x", "h": "z - 1 - z^(-2)", "C": "z - h + w"}, {"w": 2.0, "x": 0.0}, nan, {"w": nan}),
    # 0 to a power without a value is not infinite
    ({"z": "log(x)", "C": "exp(-(w^relu(z)))"}, {"w": 0.0, "x": -1.0}, nan, {"w": nan}),
]  # fmt: skip
# What a library's power has as 1: what has no value, raised to 0, and 1 raised to what has none.
RAISED: list[tuple[dict[str, str], dict[str, float], float, dict[str, float]]] = [
    ({"u": "log(w - x)", "C": "u^y + w"}, {"w": -1.0, "x": 1.0, "y": 0.0}, nan, {"w": nan}),
    ({"v": "relu(y)", "C": "sqrt(w)^v*x"}, {"w": -1.0, "x": 1.0, "y": -3.0}, nan, {"w": nan}),
    ({"C": "w*(y + 1)^log(x)"}, {"w": 2.0, "x": -1.0, "y": 0.0}, nan, {"w": nan}),
    ({"p": "x/y", "C": "w + p^y"}, {"w": 2.0, "x": 0.0, "y": 0.0}, nan, {"w": nan}),
    ({"v": "y - y", "C": "w*log(x)^v"}, {"w": 2.0, "x": -1.0, "y": 3.0}, nan, {"w": nan}),
    ({"C": "where(y > 0, w, log(x)^y)"}, {"w": 2.0, "x": -1.0, "y": 0.0}, nan, {"w": nan}),
    ({"C": "where(y > 0, w, log(x)^y)"}, {"w": 2.0, "x": -1.0, "y": 3.0}, 2.0, {"w": 1.0}),
    ({"C": "w*(y*log(x)^y + 1)^y"}, {"w": 2.0, "x": -1.0, "y": 0.0}, nan, {"w": nan}),
    ({"v": "log(y)", "C": "w*(x^v)"}, {"w": 2.0, "x": 1.0, "y": -1.0}, nan, {"w": nan}),
    ({"v": "log(y)", "C": "w^v"}, {"w": 1.0, "y": -1.0}, nan, {"w": nan}),
]
IDS = [
    "; ".join(f"{n} = {e}" for n, e in row[0].items()) + f" at {row[1]}"
    for row in (*CASES, *RAISED)
]


def model(definitions: dict[str, str], slopes: dict[str, float]) -> Model:
    return Model(definitions, list(slopes))


def agree(found: Any, cost: float, slopes: dict[str, float]) -> None:
    value, gradient = found
    np.testing.assert_allclose(value, cost, rtol=1e-14)
    for name, slope in slopes.items():
        np.testing.assert_allclose(gradient[name], slope, rtol=1e-13, atol=1e-15, err_msg=name)


@pytest.mark.spread(3)
@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize(("definitions", "at", "cost", "slopes"), CASES + RAISED, ids=IDS)
def test_a_number(
    backend: str, definitions: Any, at: Any, cost: float, slopes: dict[str, float]
) -> None:
    agree(model(definitions, slopes).compile(backend)(**at), cost, slopes)


@pytest.mark.spread(2)
@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize(("definitions", "at", "cost", "slopes"), CASES + RAISED, ids=IDS)
def test_samples(backend: str, definitions: Any, at: Any, cost: float, slopes: Any) -> None:
    """One among others, each with its own."""
    other = {n: abs(v) / 4 + 0.25 for n, v in at.items()}
    gradient = model(definitions, slopes).compile(backend, reduction=None)
    found = gradient(**{n: np.array([other[n], v, other[n]]) for n, v in at.items()})
    agree((found[0][1], {n: g[1] for n, g in found[1].items()}), cost, slopes)
    alone = gradient(**{n: np.array([v]) for n, v in other.items()})
    for k in (0, 2):
        np.testing.assert_allclose(found[0][k], alone[0][0], rtol=1e-14)


@pytest.mark.parametrize(("definitions", "at", "cost", "slopes"), CASES + RAISED, ids=IDS)
def test_exported_numpy(definitions: Any, at: Any, cost: float, slopes: Any) -> None:
    written = model(definitions, slopes)
    source = written.compile().export("numpy", name="slope")
    room: dict[str, Any] = {}
    exec(compile(source, "exported", "exec"), room)  # noqa: S102 - it was printed here
    leaves = (at[n] for n in (*written.parameters, *written.inputs))
    agree(room["slope"](*leaves, reduction=None), cost, slopes)


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
def test_exported_c_raises_nothing_to_1(tmp_path: Path) -> None:
    main = ["#include <stdio.h>", "int main(void) {", "    double c, g[1];"]
    expected = []
    for i, (definitions, at, cost, slopes) in enumerate(RAISED):
        written = model(definitions, slopes)
        text = written.compile().export("c", name=f"slope{i}")
        (tmp_path / f"slope{i}.h").write_text(text)
        leaves = ", ".join(repr(at[n]) for n in (*written.parameters, *written.inputs))
        main = [f'#include "slope{i}.h"', *main, f"    slope{i}({leaves}, &c, g);"]
        main.append('    printf("%.1f %.1f\\n", c == c ? c : -9.0, g[0] == g[0] ? g[0] : -9.0);')
        values = (cost, slopes["w"])
        expected.append(" ".join(f"{-9.0 if math.isnan(v) else v:.1f}" for v in values))
    (tmp_path / "main.c").write_text("\n".join([*main, "    return 0;", "}", ""]))
    subprocess.run(["cc", "-o", "main", "main.c", "-lm"], cwd=tmp_path, check=True)
    found = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == expected


@pytest.mark.parametrize("target", ["numpy", "c", "jax", "torch"])
def test_exported_powers_ask_only_where_a_value_may_be_missing(target: str) -> None:
    """By the domains of the names; and not of what is raised to a number or to what is above 0."""
    inside = {"k": "positive", "s": "positive", "x": "positive", "y": "(0, 1)"}
    plain = [
        ({"C": "(x/s)^k*w^2"}, ["w", "k"], inside),
        ({"z": "log(1 + x)", "v": "k - 2", "C": "w*z^v"}, ["w", "k"], inside),
        ({"z": "log(w)", "C": "z^k + z^2 + z^(1/3)"}, ["w"], inside),
        ({"C": "(w^2 + 1)^(k - 1)*y^(k - 3)"}, ["w"], inside),
        ({"C": "w^b + (1 - y)^w"}, ["w"], inside),
    ]
    for definitions, parameters, domains in plain:
        text = Model(definitions, parameters, domains=domains).compile().export(target)
        lines = [x for x in text.splitlines() if "pow" in x and not x.startswith(("#", " *"))]
        assert lines
        assert not any("where(z_ == z_" in x or "== s1_ ?" in x or "== z_ ?" in x for x in lines)
    text = Model({"z": "log(w)", "C": "z^b"}, ["w"]).compile().export(target)
    asked = "z_ == z_ ? pow(z_, b_) : z_" if target == "c" else "where(z_ == z_, power(z_, b_), z_)"
    assert asked in text


def test_exported_arrays_ask_whether_what_they_raise_has_a_value() -> None:
    x = np.array([-1.0, 2.0])
    for cost in ("sum(log(x).^b)", "sum((A*log(x)).^b)", "log(sum(x) - 2)^b"):
        shapes: Any = {"x": "n", "b": "1", "A": ("m", "n")}
        written = Model({"C": cost}, ["b"], shapes={n: shapes[n] for n in shapes if n in cost})
        room: dict[str, Any] = {}
        exec(compile(written.compile().export("numpy"), "exported", "exec"), room)  # noqa: S102 - ours
        given = {"x": x, "b": 0.0, "A": np.ones((3, 2))}
        given = {n: given[n] for n in (*written.parameters, *written.inputs)}
        found = room["gradient"](**{f"{n}_": v for n, v in given.items()})
        assert math.isnan(found[0])
        assert math.isnan(found[1]["b"])
    assert "v1 == v1 ? pow(v1, b_) : v1" in Model(
        {"C": "sum(log(x).^b)"}, ["b"], shapes={"x": "n", "b": "1"}
    ).compile().export("c")


def test_an_angle_past_the_doubles_is_none() -> None:
    """cos(e^1000) is a number that nobody knows; it is not cos(1)."""
    gradient = Model({"z": "exp(x)", "C": "cos(z)*w"}, ["w"]).compile()
    cost, slopes = gradient(x=1000.0, w=2.0)
    assert math.isnan(cost)
    assert math.isnan(slopes["w"])
    # where it does not matter, it does not spoil what does
    cost, slopes = Model({"z": "exp(x)", "C": "cos(z)*exp(-z) + w"}, ["w"]).compile()(
        x=1000.0, w=2.0
    )
    assert (cost, slopes["w"]) == (2.0, 1.0)


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize("text", ["exp(w/b)", "exp(w/b)^2/w", "sinh(w/b)", "2^(w/b)"])
def test_a_pole_has_no_limit_on_the_side_where_it_falls(backend: str, text: str) -> None:
    """exp(w/b) goes to ∞ as b goes to 0 from above, and to 0 from below: it is not 0 at 0."""
    cost, _ = Model({"C": text}, ["w", "b"]).compile(backend)(w=8.0, b=0.0)
    assert not math.isfinite(cost)


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize("name", ["Ei", "expint", "bessely0", "bessely1", "cosint", "lgamma"])
def test_a_special_function_of_what_is_tiny(backend: str, name: str) -> None:
    """Its digits are in doubt, and are found with steps of its own size: left of 0 is nothing."""
    row = next(r for r in ELEMENTARY if name in (r.name, *r.called))
    cost, slopes = Model({"C": f"{name}(erfc(x))"}, ["x"]).compile(backend)(x=10.0)
    with mp.workdps(60):
        assert row.value is not None
        assert cost == pytest.approx(float(row.value(mp.erfc(10))), rel=1e-14)
        slope = mp.diff(lambda x: row.value(mp.erfc(x)), mp.mpf(10))
    assert slopes["x"] == pytest.approx(float(slope), rel=1e-12)


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
def test_the_root_of_a_gamma_beyond_the_doubles(backend: str) -> None:
    """√Γ(200) by mpmath, of a Γ(200) that is no double."""
    model = Model({"p": "gamma(x)", "C": "sqrt(p)*w"}, ["w"])
    cost, slopes = model.compile(backend)(w=1.0, x=200.0)
    np.testing.assert_allclose([cost, slopes["w"]], 1.98577172324110621e186, rtol=1e-12)


def test_an_angle_of_a_quotient_that_is_1_has_no_logarithm() -> None:
    """acos(y/y) is 0, to any number of digits."""
    cost, _ = Model({"C": "1 - log(acos(y/y))"}, ["y"]).compile()(y=20.0)
    assert not math.isfinite(cost)


def test_gamma_of_what_is_huge_is_asked_for_no_digits() -> None:
    cost, _ = Model({"p": "gamma(exp(b))", "C": "(w + p)/w"}, ["w"]).compile()(w=-0.1, b=1e10)
    assert not math.isfinite(cost)


def test_a_special_function_of_a_constant_without_a_value() -> None:
    """Ei(0) is -∞, and Ei of that is nothing."""
    cost, _ = Model({"C": "w*Ei(Ei(x - x))"}, ["w"]).compile()(w=1.0, x=2.0)
    assert not math.isfinite(cost)


def test_at_a_point_a_quotient_is_rounded_once() -> None:
    """x/x is 1, and not 1 - 10^-50, which no equality would hold of."""
    model = Model({"h": "w/w", "C": "where(h^(-1) == x/x, w, 2*w)"}, ["w"])
    assert model.derive().at(w=3.0, x=1.0069908742682).values["C"] == 3.0


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize("text", ["max(p, h)", "min(p, h)", "where(p > h, p, h)"])
def test_of_two_names_that_are_equal_one_wins(backend: str, text: str) -> None:
    """p = h = b²: their maximum is b² too, and its slope 2b; not 0 of both."""
    model = Model({"h": "b^2", "p": "h", "C": text}, ["b"])
    assert model.compile(backend)(b=3.0) == (9.0, {"b": 6.0})
    assert model.derive().at(b=3.0).gradient == {"b": 6.0}


def test_formulas_without_a_value_anywhere() -> None:
    """Refused in a sentence, or nan: what sympy makes of them is not compared with 0, nor shown."""
    nowhere = Model({"z": "w*x", "h": "1/(z - z)", "C": "(z + h)^h"}, ["w"])
    cost, slopes = nowhere.compile()(w=1.0, x=2.0)
    assert not math.isfinite(cost) or all(map(math.isnan, slopes.values()))
    pole = Model({"C": "w^2 - lgamma(0*(b/x))"}, ["w", "b"])
    with pytest.raises(ModelError, match="has no real value"):
        pole.derive()
    turned = Model({"h": "w/w", "p": "(-1)^h", "C": "w/(p^4)^(-1)"}, ["w"])
    with pytest.raises(UncheckedStepError, match="could not be checked"):
        turned.derive()


# functions of the table that are asked outside their domain
OUTSIDE = [
    (row.name, u)
    for row in ELEMENTARY
    if row.domain != "real" and len(row.arguments) == 1
    for u in (-3.25, -0.6)
    if not domain(row.domain).contains(u)
]


@pytest.mark.spread(2)
@pytest.mark.parametrize(("name", "u"), OUTSIDE)
def test_a_function_has_no_value_outside_its_domain(name: str, u: float) -> None:
    """On every backend, and in a derivation at a point, also where mpmath has one: ψ(-0.6)."""
    model = Model({"z": "w - 1", "C": f"{name}(z)"}, ["w"])
    for backend in ("numpy", "scalar", "numba"):
        cost, slopes = model.compile(backend)(w=u + 1)
        assert math.isnan(cost), backend
        assert math.isnan(slopes["w"]), backend
    with pytest.raises(DataError, match="C has no finite value"):
        model.derive().at(w=u + 1)
    each, _ = model.compile(reduction=None)(w=np.array([u + 1, u + 1.5]))
    assert math.isnan(each[0])


@pytest.mark.skipif(shutil.which("cc") is None, reason="there is no C compiler")
@pytest.mark.parametrize("name", ["lgamma", "digamma", "trigamma", "tgamma", "lambertw"])
def test_exported_c_has_no_value_left_of_0(name: str, tmp_path: Path) -> None:
    """As compiled: C's own lgamma has ln |Γ| there."""
    text = Model({"C": f"{name}(w)"}, ["w"]).compile().export("c", name="slope")
    main = (
        '#include <stdio.h>\n#include "slope.h"\nint main(void)\n{\n    double c, g[1];\n'
        '    slope(-0.6, &c, g);\n    printf("%d %d", c != c, g[0] != g[0]);\n    return 0;\n}\n'
    )
    (tmp_path / "slope.h").write_text(text)
    (tmp_path / "main.c").write_text(main)
    subprocess.run(["cc", "-o", "main", "main.c", "-lm"], cwd=tmp_path, check=True)
    found = subprocess.run([tmp_path / "main"], capture_output=True, text=True, check=True)
    assert found.stdout == "1 1"


# definitions, point, second derivatives; by hand
SECOND: list[tuple[dict[str, str], dict[str, float], dict[str, float]]] = [
    ({"z": "sqrt(x)*w", "h": "where(x > 0, z, w*x)", "C": "h^2"}, {"w": 2.0, "x": -3.0},
     {"w,w": 18.0, "w,x": -24.0, "x,x": 8.0}),
    ({"z": "log(x)", "h": "z*w", "C": "where(x > 0, h, x)*w"}, {"w": 2.0, "x": -3.0},
     {"w,w": 0.0, "w,x": 1.0, "x,x": 0.0}),
    ({"z": "log(x)", "h": "z*w", "C": "where(x > 0, h, x)*w"}, {"w": 2.0, "x": 1.0},
     {"w,w": 0.0, "w,x": 4.0, "x,x": -4.0}),
    # the root of what is 0 all along one side, named or not
    ({"z": "relu(w)", "C": "w*x*sqrt(z)"}, {"w": -2.0, "x": 3.0},
     {"w,w": 0.0, "w,x": 0.0, "x,x": 0.0}),
    ({"z": "max(w, 0)", "C": "x*sqrt(z)"}, {"w": 4.0, "x": 3.0},
     {"w,w": -0.09375, "w,x": 0.25, "x,x": 0.0}),
    ({"C": "x^2*sqrt(relu(w))*w^2"}, {"w": -2.0, "x": 3.0}, {"w,w": 0.0, "w,x": 0.0, "x,x": 0.0}),
    ({"z": "relu(w)", "h": "2*z", "C": "h^0.5*x"}, {"w": -2.0, "x": 3.0},
     {"w,w": 0.0, "w,x": 0.0, "x,x": 0.0}),
]  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
@pytest.mark.parametrize(("definitions", "at", "bends"), SECOND)
def test_second_derivatives_beside_a_case_that_is_left_out(
    backend: str, definitions: Any, at: Any, bends: dict[str, float]
) -> None:
    """What has a name of its own and no value bends the cost no more than its formula does."""
    model = Model(definitions, ["w", "x"])
    _, _, found = model.compile(backend, order=2)(**at)
    assert dict(found) == pytest.approx(bends, rel=1e-13, abs=1e-13)
    along = model.compile(backend).product({"w": 1.0, "x": 0.0}, **at)
    assert along == pytest.approx({"w": bends["w,w"], "x": bends["w,x"]}, rel=1e-13, abs=1e-13)


def test_a_case_that_numbers_decide_takes_its_names_along() -> None:
    """log 0 in a case for 1/2 = 3 has no part in the cost, and none in its slopes."""
    model = Model({"z": "-log10(x)*b", "C": "sin(where(0.5 == 3, z, b))"}, ["b"])
    cost, slopes = model.compile()(b=-0.75, x=0.0)
    assert (cost, slopes["b"]) == pytest.approx((math.sin(-0.75), math.cos(-0.75)), rel=1e-15)
    # the names that a model is called with stay what they are
    assert Model({"C": "where(0.5 == 3, x, b)"}, ["b"]).compile()(b=2.0, x=1.0) == (2.0, {"b": 1.0})


def test_a_maximum_beside_what_has_no_value_has_none() -> None:
    """In a derivation at a point as in doubles: x^(-1/2) at 0 is not less than 1."""
    with pytest.raises(DataError, match="z has no finite value"):
        Model({"z": "max(0.5, x^(-1/2))", "C": "z*w"}, ["w"]).derive().at(w=2.0, x=0.0)


@pytest.mark.parametrize("backend", ["numpy", "scalar", "numba"])
def test_what_is_infinite_beside_0_has_no_value(backend: str) -> None:
    """x/0 to the power 3/2 is infinite, not a number that is far out."""
    model = Model({"h": "(x*y/hardswish(-5 - x^2))^1.5", "C": "0*y*h/h"}, ["x"])
    cost, slopes = model.compile(backend)(x=-0.375, y=-1.25)
    assert math.isnan(cost)
    assert math.isnan(slopes["x"])


ARRAYS_WITHOUT_A_VALUE = [
    ({"C": "w'*sqrt(x)"}, ["w"], {"x": [-1.0, 4.0], "w": [1.0, 2.0]}),
    ({"C": "sum(log(w)) + s"}, ["w", "s"], {"w": [-1.0, 4.0], "s": 2.0}),
    ({"C": "sum(rsoftmax(log(w')))"}, ["w"], {"w": [-1.0, -4.0]}),
]


@pytest.mark.parametrize(("definitions", "parameters", "at"), ARRAYS_WITHOUT_A_VALUE)
def test_a_cost_of_arrays_without_a_value_has_no_slopes(
    definitions: Any, parameters: list[str], at: Any
) -> None:
    """On each backend, for a call like the last one, in a product, and in the exported files."""
    shapes = {n: "n" if isinstance(v, list) else () for n, v in at.items()}
    model = Model(definitions, parameters, shapes=shapes)
    given = {n: np.array(v) if isinstance(v, list) else v for n, v in at.items()}
    for backend in ("numpy", "numba"):
        gradient = model.compile(backend)
        for _ in range(2):
            cost, slopes = gradient(**given)
            assert math.isnan(cost)
            assert all(np.isnan(g).all() for g in slopes.values())
        along = gradient.product({p: given[p] for p in parameters}, **given)
        assert all(np.isnan(g).all() for g in along.values())
    room: dict[str, Any] = {}
    exec(compile(gradient.export("numpy"), "exported", "exec"), room)  # noqa: S102 - printed here
    cost, slopes = room["gradient"](**{f"{n}_": v for n, v in given.items()})
    assert math.isnan(cost)
    assert all(np.isnan(g).all() for g in slopes.values())


def test_a_name_that_does_not_move_hands_nothing_on() -> None:
    """h = w - w stays 0, where its cube root has no slope: 0 times that is not asked for."""
    model = Model({"h": "x - x + (w - w)", "C": "h^(1/3) + w*x"}, ["w"])
    assert model.compile()(w=2.0, x=3.0) == (6.0, {"w": 3.0})


def test_exported_arrays_take_numbers_as_ieee_has_them() -> None:
    """1/0 is infinite, where a float of Python's raises."""
    source = Model({"C": "(s/0.1)^(-1)"}, ["s"], shapes={"s": ()}).compile().export("numpy")
    room: dict[str, Any] = {}
    exec(compile(source, "exported", "exec"), room)  # noqa: S102 - it was printed here
    cost, slopes = room["gradient"](0.0)
    assert (cost, slopes["s"]) == (math.inf, -math.inf)


@pytest.mark.parametrize(
    "definitions",
    [
        # cases of several names beside a logarithm of a quotient
        {"h": "w - 3", "C": "logaddexp(b*(-5), w - x) - where(where(x != w, 1, w) == w + y, b, h)"},
        # a condition between numbers of which no branch is left but one
        {"C": "where(2^2 == Ei(3), hypot(1/3, b), sqrt(x))*w"},
        # a sum in which sympy has met 1/0
        {"z": "x^b/(0.1 + b)/tanh(sigmoid(b))", "C": "((1e-3) - (z*w - x)^2)/(z - z)"},
    ],
)  # fmt: skip
def test_every_formula_compiles(definitions: dict[str, str]) -> None:
    model = Model(definitions, ["w", "b"])
    given = {"w": 0.5, "b": 2.0, "x": 1.5, "y": 3.0}
    for backend in ("numpy", "scalar", "numba"):
        cost, slopes = model.compile(backend)(
            **{n: given[n] for n in (*model.parameters, *model.inputs)}
        )
        assert isinstance(cost, float)
        assert set(slopes) == {"w", "b"}


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("prod(x .* y)", [0.0, 2.0, 0.0]),
        ("prod(-(x .* y))*2", [0.0, -4.0, 0.0]),
        ("prod(tanh(y .* x)./tanh(y .* x + z))", [0.0, math.nan, 0.0]),
        ("prod(x .* y)^2", [0.0, 0.0, 0.0]),
    ],
)
def test_a_product_in_which_one_factor_is_0(text: str, slope: list[float]) -> None:
    """The slope is the product of the others, also where the factors are products themselves."""
    x, y = np.array([2.0, 0.0, 0.5]), np.array([1.0, 1.0, 2.0])
    z = np.array([0.25, 0.5, 1.0])
    if math.isnan(slope[1]):  # by hand, of the factor that is 0: 1/tanh(z) times the others
        ratios = np.tanh(y * x) / np.tanh(y * x + z)
        slope = [0.0, float(ratios[0] * ratios[2] / np.tanh(z[1])), 0.0]
    given = {"x": x, "y": y, "z": z} if "z" in text else {"x": x, "y": y}
    model = Model({"C": text}, ["x"], shapes=dict.fromkeys(given, "n"))
    for backend in ("numpy", "numba"):
        cost, slopes = model.compile(backend)(**given)
        assert cost == 0
        np.testing.assert_allclose(slopes["x"], slope, rtol=1e-14)
    room: dict[str, Any] = {}
    exec(compile(model.compile().export("numpy"), "exported", "exec"), room)  # noqa: S102 - ours
    np.testing.assert_allclose(
        room["gradient"](**{f"{n}_": v for n, v in given.items()})[1]["x"], slope, rtol=1e-14
    )


@pytest.mark.parametrize("backend", ["scalar", "numpy", "numba"])
@pytest.mark.parametrize(
    "cost", ["y*log(y/q)", "y^2*log(y/q)", "(1 - y)*log((1 - y)/(1 - q)) + y*log(y/q)"]
)
def test_a_label_of_0_over_what_is_0_has_no_value(backend: str, cost: str) -> None:
    """y·log(y/q) is 0 at y = 0 < q, and 0·log(0/0) where q is 0 too."""
    gradient = Model({"q": "max(w, 0)", "C": cost}, ["w"]).compile(backend=backend)
    for w, has_value in ((-1.0, False), (0.0, False), (0.5, True)):
        value, slopes = gradient(w=w, y=0.0)
        assert np.isfinite(value) == has_value
        assert np.isfinite(slopes["w"]) == has_value
