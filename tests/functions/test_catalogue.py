"""Every row of the catalogue against a second spelling of the function and of its derivative.

The witnesses are typed from the literature in plain mpmath. The rows are evaluated by a small
evaluator of their expression trees, and differentiated by differences, never by the engine.
"""

from __future__ import annotations

import dataclasses
import pickle
import random
from fractions import Fraction
from typing import Any

import mpmath as mp
import pytest

from symgd.errors import CatalogueError, FormulaError
from symgd.functions import (
    ACTIVATIONS,
    AUXILIARIES,
    LOSSES,
    SIGNATURES,
    Activation,
    Loss,
    Parameter,
    activation,
    loss,
)
from symgd.language import parse
from symgd.language.named import body
from symgd.trees.domain import domain
from symgd.trees.scalars import function_name, is_application

DIGITS = 50


@pytest.fixture(autouse=True)
def _fifty_digits():
    with mp.workdps(DIGITS):
        yield


# -- the evaluator --------------------------------------------------------------------------------

FUNCTIONS = {
    "exp": mp.exp, "log": mp.log, "sin": mp.sin, "cos": mp.cos, "atan": mp.atan, "tanh": mp.tanh,
    "cosh": mp.cosh, "erf": mp.erf, "Abs": abs, "sign": mp.sign, "Max": max, "Min": min,
    "Add": lambda *a: mp.fsum(a), "Mul": lambda *a: mp.fprod(a), "Pow": mp.power,
    "StrictGreaterThan": lambda a, b: a > b, "GreaterThan": lambda a, b: a >= b,
    "StrictLessThan": lambda a, b: a < b, "LessThan": lambda a, b: a <= b,
    "Equality": lambda a, b: a == b,
}  # fmt: skip
CONSTANTS = {"Pi": lambda: mp.pi, "Exp1": lambda: mp.e, "BooleanTrue": lambda: True}


def number(tree: Any, values: dict[str, Any]) -> Any:
    """The value of an expression tree: mpmath at every node."""
    head = type(tree).__name__
    if tree.is_Symbol:
        return values[tree.name]
    if head in CONSTANTS:
        return CONSTANTS[head]()
    if getattr(tree, "is_Rational", False):
        return mp.mpf(int(tree.p)) / int(tree.q)
    if head == "Piecewise":
        return next(number(v, values) for v, where in tree.args if number(where, values))
    arguments = [number(a, values) for a in tree.args]
    if is_application(tree):
        row = activation(function_name(tree))
        return number(body(row), dict(zip(row.arguments, arguments, strict=True)))
    return FUNCTIONS[head](*arguments)


def value(text: str, values: dict[str, Any]) -> Any:
    return number(parse(text, functions=SIGNATURES), values)


# -- the witnesses --------------------------------------------------------------------------------

mpf = mp.mpf
exp, log, tanh, sqrt = mp.exp, mp.log, mp.tanh, mp.sqrt
with mp.workdps(DIGITS):
    LAMBDA, ALPHA = mpf("1.0507009873554805"), mpf("1.6732632423543772")
    SELU_AT_0 = LAMBDA * ALPHA
    A, C = mpf("1.7159"), mpf("1.702")


def s(z):
    return exp(z) / (1 + exp(z))


def ds(z):
    return exp(z) / (1 + exp(z)) ** 2


def Phi(z):
    return mp.erfc(-z / sqrt(2)) / 2


def phi(z):
    return mp.npdf(z)


def clip(z, low, high):
    return min(max(z, low), high)


def gelu_tanh_T(z):
    return tanh(sqrt(2 / mp.pi) * (z + mpf("0.044715") * z**3))


def mish_slope(z):
    t = tanh(mp.log1p(exp(z)))
    return t + z * s(z) * (1 - t**2)


def step(condition):
    return mpf(1 if condition else 0)


#  name → f(z, parameters), f'(z, parameters)
ACTIVATION_WITNESS = {
    "identity":      (lambda z: z, lambda z: mpf(1)),
    "sigmoid":       (s, lambda z: s(z) * s(-z)),
    "hardsigmoid":   (lambda z: clip(z / 6 + mpf("0.5"), 0, 1), lambda z: step(-3 < z < 3) / 6),
    "logsigmoid":    (lambda z: -mp.log1p(exp(-z)), lambda z: s(-z)),
    "tanh":          (tanh, lambda z: mp.sech(z) ** 2),
    "lecun_tanh":    (lambda z: A * tanh(z * 2 / 3), lambda z: A * 2 / 3 * mp.sech(z * 2 / 3) ** 2),
    "hardtanh":      (lambda z: clip(z, -1, 1), lambda z: step(-1 < z < 1)),
    "tanhshrink":    (lambda z: z - tanh(z), lambda z: tanh(z) ** 2),
    "softsign":      (lambda z: z / (1 + abs(z)), lambda z: 1 / (1 + abs(z)) ** 2),
    "isru":          (lambda z, alpha: z / sqrt(1 + alpha * z**2),
                      lambda z, alpha: (1 + alpha * z**2) ** mpf("-1.5")),
    "arctan":        (mp.atan, lambda z: 1 / (1 + z**2)),
    "relu":          (lambda z: max(0, z), lambda z: step(z > 0)),
    "relu6":         (lambda z: clip(z, 0, 6), lambda z: step(0 < z < 6)),
    "relu2":         (lambda z: max(0, z) ** 2, lambda z: 2 * max(0, z)),
    "leaky_relu":    (lambda z, a: z if z > 0 else a * z, lambda z, a: mpf(1) if z > 0 else a),
    "elu":           (lambda z, alpha: z if z > 0 else alpha * mp.expm1(z),
                      lambda z, alpha: mpf(1) if z > 0 else alpha * exp(z)),
    "selu":          (lambda z: LAMBDA * (z if z > 0 else ALPHA * mp.expm1(z)),
                      lambda z: LAMBDA * (1 if z > 0 else ALPHA * exp(z))),
    "celu":          (lambda z, alpha: max(0, z) + min(0, alpha * mp.expm1(z / alpha)),
                      lambda z, alpha: min(1, exp(z / alpha))),
    "gelu":          (lambda z: z * Phi(z), lambda z: Phi(z) + z * phi(z)),
    "gelu_tanh":     (lambda z: z * (1 + gelu_tanh_T(z)) / 2,
                      lambda z: (1 + gelu_tanh_T(z)) / 2 + z / 2 * (1 - gelu_tanh_T(z) ** 2)
                      * sqrt(2 / mp.pi) * (1 + mpf("0.134145") * z**2)),
    "quick_gelu":    (lambda z: z * s(C * z), lambda z: s(C * z) * (1 + C * z * s(-C * z))),
    "silu":          (lambda z: z * s(z), lambda z: s(z) * (1 + z * (1 - s(z)))),
    "swish":         (lambda z, beta: z * s(beta * z),
                      lambda z, beta: s(beta * z) + beta * z * ds(beta * z)),
    "hardswish":     (lambda z: z * clip(z + 3, 0, 6) / 6,
                      lambda z: 0 if z <= -3 else 1 if z >= 3 else (2 * z + 3) / 6),
    "mish":          (lambda z: z * tanh(mp.log1p(exp(z))), mish_slope),
    "softplus":      (lambda z, beta: mp.log1p(exp(beta * z)) / beta, lambda z, beta: s(beta * z)),
    "squareplus":    (lambda z, b: (z + sqrt(z**2 + b)) / 2,
                      lambda z, b: (1 + z / sqrt(z**2 + b)) / 2),
    "bent_identity": (lambda z: (mp.hypot(z, 1) - 1) / 2 + z,
                      lambda z: z / (2 * mp.hypot(z, 1)) + 1),
    "gaussian":      (lambda z: exp(-(z**2)), lambda z: -2 * z * exp(-(z**2))),
    "sin":           (mp.sin, mp.cos),
    "sinc":          (mp.sinc, lambda z: (z * mp.cos(z) - mp.sin(z)) / z**2),
    "snake":         (lambda z, a: z + (1 - mp.cos(2 * a * z)) / (2 * a),
                      lambda z, a: 1 + mp.sin(2 * a * z)),
    "lisht":         (lambda z: z * tanh(z), lambda z: tanh(z) + z * mp.sech(z) ** 2),
    "cloglog":       (lambda z: -mp.expm1(-exp(z)), lambda z: exp(z - exp(z))),
    "softshrink":    (lambda z, lambda_: mp.sign(z) * max(0, abs(z) - lambda_),
                      lambda z, lambda_: step(abs(z) > lambda_)),
    "hardshrink":    (lambda z, lambda_: z * step(abs(z) > lambda_),
                      lambda z, lambda_: step(abs(z) > lambda_)),
    "threshold":     (lambda z, theta, v: z if z > theta else v,
                      lambda z, theta, v: step(z > theta)),
    "step":          (lambda z: mpf(z > 0), lambda z: mpf(0)),
    "abs":           (abs, mp.sign),
    "Phi":           (mp.ncdf, mp.npdf),
    "phi":           (mp.npdf, lambda z: -z * mp.npdf(z)),
}  # fmt: skip


def tweedie(m, y, p):
    return -y * m ** (1 - p) / (1 - p) + m ** (2 - p) / (2 - p)


#  name → L(ŷ, label, parameters), ∂L/∂ŷ
LOSS_WITNESS = {
    "quadratic":        (lambda m, y: (m - y) ** 2 / 2, lambda m, y: m - y),
    "mse":              (lambda m, y: (m - y) ** 2, lambda m, y: 2 * (m - y)),
    "mae":              (lambda m, y: max(m - y, y - m), lambda m, y: mp.sign(m - y)),
    "huber":            (lambda m, y, delta: (m - y) ** 2 / 2 if abs(m - y) < delta
                         else delta * (abs(m - y) - delta / 2),
                         lambda m, y, delta: clip(m - y, -delta, delta)),
    "smooth_l1":        (lambda m, y, beta: (m - y) ** 2 / 2 / beta if abs(m - y) < beta
                         else abs(m - y) - beta / 2,
                         lambda m, y, beta: clip((m - y) / beta, -1, 1)),
    "pseudo_huber":     (lambda m, y, delta: delta * mp.hypot(delta, m - y) - delta**2,
                         lambda m, y, delta: (m - y) / sqrt(1 + ((m - y) / delta) ** 2)),
    "log_cosh":         (lambda m, y: log((exp(m - y) + exp(y - m)) / 2), lambda m, y: tanh(m - y)),
    "fair":             (lambda m, y, c: c * abs(m - y) - c**2 * mp.log1p(abs(m - y) / c),
                         lambda m, y, c: (m - y) / (1 + abs(m - y) / c)),
    "pinball":          (lambda m, y, tau: tau * max(0, y - m) + (1 - tau) * max(0, m - y),
                         lambda m, y, tau: -tau if y > m else 1 - tau),
    "expectile":        (lambda m, y, tau: abs(tau - step(m > y)) * (m - y) ** 2,
                         lambda m, y, tau: 2 * abs(tau - step(m > y)) * (m - y)),
    "cauchy":           (lambda m, y, c: c**2 / 2 * mp.log1p((m - y) ** 2 / c**2),
                         lambda m, y, c: (m - y) / (1 + ((m - y) / c) ** 2)),
    "tukey":            (lambda m, y, c: c**2 / 6 * (1 - max(0, 1 - ((m - y) / c) ** 2) ** 3),
                         lambda m, y, c: (m - y) * max(0, 1 - ((m - y) / c) ** 2) ** 2),
    "welsch":           (lambda m, y, c: -(c**2) / 2 * mp.expm1(-((m - y) ** 2) / c**2),
                         lambda m, y, c: (m - y) * exp(-(((m - y) / c) ** 2))),
    "geman_mcclure":    (lambda m, y: (1 - 1 / (1 + (m - y) ** 2)) / 2,
                         lambda m, y: (m - y) / (1 + (m - y) ** 2) ** 2),
    "mape":             (lambda m, y: abs(m - y) / abs(y), lambda m, y: mp.sign(m - y) / abs(y)),
    "msle":             (lambda m, y: log((1 + m) / (1 + y)) ** 2,
                         lambda m, y: 2 * log((1 + m) / (1 + y)) / (1 + m)),
    "bce":              (lambda m, y: -log(m if y == 1 else 1 - m),
                         lambda m, y: (m - y) / (m * (1 - m))),
    "bce_logits":       (lambda m, y: max(m, 0) - m * y + mp.log1p(exp(-abs(m))),
                         lambda m, y: s(m) - y),
    "brier":            (lambda m, y: (s(m) - y) ** 2, lambda m, y: 2 * (s(m) - y) * ds(m)),
    "soft_margin":      (lambda m, t: -log(s(t * m)), lambda m, t: -t * s(-t * m)),
    "hinge":            (lambda m, t: max(0, 1 - t * m), lambda m, t: -t * step(t * m < 1)),
    "squared_hinge":    (lambda m, t: max(0, 1 - t * m) ** 2,
                         lambda m, t: -2 * t * max(0, 1 - t * m)),
    "modified_huber":   (lambda m, t: -4 * t * m if t * m < -1 else max(0, 1 - t * m) ** 2,
                         lambda m, t: -4 * t if t * m < -1 else -2 * t * max(0, 1 - t * m)),
    "exponential":      (lambda m, t: exp(-t * m), lambda m, t: -t * exp(-t * m)),
    "focal":            (lambda m, t, gamma: -(s(-t * m) ** gamma) * log(s(t * m)),
                         lambda m, t, gamma: t * s(-t * m) ** gamma
                         * (gamma * s(t * m) * log(s(t * m)) + s(t * m) - 1)),
    "poisson":          (lambda m, y: exp(m) - y * m, lambda m, y: exp(m) - y),
    "poisson_mean":     (lambda m, y: m - y * log(m), lambda m, y: 1 - y / m),
    "poisson_deviance": (lambda m, y: 2 * (y * log(y) - y * log(m) - y + m),
                         lambda m, y: 2 * (m - y) / m),
    "gamma_deviance":   (lambda m, y: 2 * (y / m - 1 - log(y) + log(m)),
                         lambda m, y: 2 * (m - y) / m**2),
    "tweedie":          (tweedie, lambda m, y, p: m**-p * (m - y)),
    "gaussian_nll":     (lambda m, y, v: -log(mp.npdf(m, y, sqrt(v)) * sqrt(2 * mp.pi)),
                         lambda m, y, v: (m - y) / v),
    "laplace_nll":      (lambda m, y, b: -log(exp(-abs(m - y) / b) / (2 * b)),
                         lambda m, y, b: mp.sign(m - y) / b),
    "kl":               (lambda m, y: y * log(y / exp(m)), lambda m, y: -y),
}  # fmt: skip

#  row → parameters, none of them special; dyadic, so that their kinks lie on the scan grid
PARAMETERS = {
    "isru": {"alpha": "0.75"}, "leaky_relu": {"a": "0.125"}, "elu": {"alpha": "0.75"},
    "celu": {"alpha": "0.75"}, "swish": {"beta": "1.25"}, "softplus": {"beta": "1.75"},
    "squareplus": {"b": "2.5"}, "snake": {"a": "0.625"}, "softshrink": {"lambda": "0.75"},
    "hardshrink": {"lambda": "0.75"}, "threshold": {"theta": "0.5", "v": "-1.25"},
    "huber": {"delta": "0.75"}, "smooth_l1": {"beta": "0.75"}, "pseudo_huber": {"delta": "1.25"},
    "fair": {"c": "1.25"}, "pinball": {"tau": "0.375"}, "expectile": {"tau": "0.375"},
    "cauchy": {"c": "1.25"}, "tukey": {"c": "1.75"}, "welsch": {"c": "1.25"},
    "focal": {"gamma": "1.75"}, "tweedie": {"p": "1.375"}, "gaussian_nll": {"v": "0.75"},
    "laplace_nll": {"b": "0.75"},
}  # fmt: skip

#  row → {place: what PyTorch returns there}, at the parameters above; for a loss at label LABEL
ACTIVATION_KINKS = {
    "hardsigmoid": {-3: 0, 3: 0}, "hardtanh": {-1: 0, 1: 0}, "relu": {0: 0},
    "relu6": {0: 0, 6: 0}, "leaky_relu": {0: "0.125"}, "elu": {0: "0.75"},
    "selu": {0: SELU_AT_0}, "hardswish": {-3: 0, 3: 1},
    "softshrink": {"-0.75": 0, "0.75": 0}, "hardshrink": {"-0.75": 0, "0.75": 0},
    "threshold": {"0.5": 0}, "step": {0: 0}, "abs": {0: 0},
}  # fmt: skip
REMOVABLE = {"celu": {0: 1}, "sinc": {0: 0}}
JUMPS = {"hardshrink", "threshold", "step"}
LABEL = {"y": "1.5", "t": "-1"}
LOSS_KINKS = {
    "mae": {"1.5": 0}, "mape": {"1.5": 0}, "laplace_nll": {"1.5": 0}, "pinball": {"1.5": "0.125"},
    "hinge": {-1: 0},
}  # fmt: skip

EVERY_ACTIVATION = (*ACTIVATIONS, *AUXILIARIES)
each_activation = pytest.mark.parametrize("row", EVERY_ACTIVATION, ids=lambda r: r.name)
each_loss = pytest.mark.parametrize("row", LOSSES, ids=lambda r: r.name)
each_row = pytest.mark.parametrize("row", [*EVERY_ACTIVATION, *LOSSES], ids=lambda r: r.name)


def given(row: Activation | Loss) -> dict[str, Any]:
    return {k: mpf(v) for k, v in PARAMETERS.get(row.name, {}).items()}


def keywords(values: dict[str, Any]) -> dict[str, Any]:
    """`lambda` is a word of Python's."""
    return {"lambda_" if k == "lambda" else k: v for k, v in values.items()}


def close(a: Any, b: Any, digits: int = 20) -> bool:
    return bool(abs(a - b) <= mpf(10) ** -digits * max(1, abs(b)))


# -- the tables are whole -------------------------------------------------------------------------


def test_every_row_has_a_witness_and_every_witness_a_row():
    assert {r.name for r in EVERY_ACTIVATION} == set(ACTIVATION_WITNESS)
    assert {r.name for r in LOSSES} == set(LOSS_WITNESS)


@each_row
def test_every_parameter_has_a_tested_value_in_its_domain(row):
    assert list(PARAMETERS.get(row.name, {})) == list(row.parameters)
    for name, parameter in row.parameters.items():
        assert domain(parameter.domain).contains(float(PARAMETERS[row.name][name]))
        assert parameter.default is None or domain(parameter.domain).contains(
            float(parameter.default)
        )


def test_only_softplus_has_a_default():
    rows = (*EVERY_ACTIVATION, *LOSSES)
    defaults = {r.name: p.default for r in rows for p in r.parameters.values() if p.default}
    assert defaults == {"softplus": "1"}


# -- formulas -------------------------------------------------------------------------------------


@each_row
def test_the_formula_reads_and_mentions_its_arguments_only(row):
    assert {x.name for x in body(row).free_symbols} == set(row.arguments)
    assert body(row) is body(row)
    for kink in row.kinks:
        names = {x.name for text in (kink.at, kink.value) for x in parse(text).free_symbols}
        assert names <= set(row.arguments) - {row.variable}


@each_activation
def test_activation_and_slope_agree_with_the_witness(row):
    f, slope = ACTIVATION_WITNESS[row.name]
    rng, fixed = random.Random(row.name), given(row)
    for _ in range(12):
        z = mpf(2) * number_of(domain("real").sample(rng))
        ours = lambda x: number(body(row), {**fixed, "z": x})  # noqa: E731
        assert close(ours(z), f(z, **keywords(fixed)), 40)
        assert close(mp.diff(ours, z), slope(z, **keywords(fixed)))


@each_loss
def test_loss_and_slope_agree_with_the_witness(row):
    f, slope = LOSS_WITNESS[row.name]
    rng, fixed = random.Random(row.name), given(row)
    for _ in range(12):
        m = number_of(domain(row.prediction).sample(rng))
        label = number_of(domain(row.label_domain).sample(rng))
        ours = lambda x: number(body(row), {**fixed, row.label: label, "yhat": x})  # noqa: E731, B023
        assert close(ours(m), f(m, label, **keywords(fixed)), 40)
        assert close(mp.diff(ours, m), slope(m, label, **keywords(fixed)))


def number_of(x: Any) -> Any:
    return mpf(x.numerator) / x.denominator


def test_slopes_in_a_parameter():
    """∂LReLU/∂a = min(0, z); ∂/∂v of the Gaussian's is ½(1/v - e²/v²)."""
    for z in map(mpf, ("-1.3", "0.7")):
        leaky = lambda a: number(body(activation("leaky_relu")), {"z": z, "a": a})  # noqa: E731, B023
        assert close(mp.diff(leaky, mpf("0.3")), min(0, z))
    at = {"yhat": mpf("0.3"), "y": mpf("1.7")}
    gauss = lambda v: number(body(loss("gaussian_nll")), {**at, "v": v})  # noqa: E731
    v = mpf("0.6")
    assert close(mp.diff(gauss, v), (1 / v - mpf("1.96") / v**2) / 2)


# -- kinks ----------------------------------------------------------------------------------------


def corners(f: Any, places: list[Any]) -> tuple[dict[Any, tuple[Any, Any]], set[Any]]:
    """Where the one-sided slopes of f differ, and where f jumps, among the places."""
    h, bent, torn = mpf(10) ** -14, {}, set()
    for x in places:
        left, right = (f(x) - f(x - h)) / h, (f(x + h) - f(x)) / h
        if abs(f(x + h) - f(x - h)) > mpf(10) ** -6:
            torn.add(x)
        if abs(left - right) > mpf(10) ** -6:
            bent[x] = (left, right)
    return bent, torn


def check_kinks(row: Any, f: Any, values: dict[str, Any], expected: dict[Any, Any]) -> None:
    listed = {value(k.at, values): value(k.value, values) for k in row.kinks if not k.removable}
    assert listed == {mpf(at): mpf(v) for at, v in expected.items()}
    where = domain(row.prediction if isinstance(row, Loss) else "real")
    places = [mpf(k) / 8 for k in range(-56, 57) if where.contains(k / 8)]
    bent, torn = corners(f, places)
    assert set(bent) == set(listed)
    assert torn == {value(k.at, values) for k in row.kinks if k.jump}
    for x in set(bent) - torn:
        left, right = sorted(bent[x])
        assert left - mpf(10) ** -10 <= listed[x] <= right + mpf(10) ** -10


@each_activation
def test_the_activation_has_its_corners_and_no_other(row):
    fixed = given(row)
    f = lambda x: number(body(row), {**fixed, "z": x})  # noqa: E731
    check_kinks(row, f, fixed, ACTIVATION_KINKS.get(row.name, {}))
    assert any(k.jump for k in row.kinks) is (row.name in JUMPS)


@each_loss
def test_the_loss_has_its_corners_and_no_other(row):
    label = "1" if row.label_domain == "{0, 1}" else LABEL[row.label]
    fixed = {**given(row), row.label: mpf(label)}
    f = lambda x: number(body(row), {**fixed, "yhat": x})  # noqa: E731
    check_kinks(row, f, fixed, LOSS_KINKS.get(row.name, {}))


def test_at_a_removable_kink_both_sides_meet_its_value():
    found = {r.name: r for r in EVERY_ACTIVATION if any(k.removable for k in r.kinks)}
    assert set(found) == set(REMOVABLE)
    for name, row in found.items():
        fixed = given(row)
        (kink,) = row.kinks
        x, slope = value(kink.at, fixed), value(kink.value, fixed)
        assert {x: slope} == REMOVABLE[name]
        f = lambda u: number(body(row), {**fixed, "z": u})  # noqa: E731, B023
        h = mpf(10) ** -14
        for left, right in ((x - h, x), (x, x + h)):
            assert close((f(right) - f(left)) / h, slope, 12)


# -- ranges and domains ---------------------------------------------------------------------------

#  rows whose range moves with a parameter, or has a gap: `range` only has to hold their values
LOOSE = {"isru", "elu", "celu", "swish", "threshold"}


@each_activation
def test_the_range_holds_every_value_and_is_nearly_filled(row):
    image, fixed = domain(row.range), given(row)
    f = lambda x: number(body(row), {**fixed, "z": x})  # noqa: E731
    for k in range(-64, 65):
        assert image.contains(Fraction(mp.nstr(f(mpf(k) / 16), DIGITS)))
    seen = [f(x) for x in (*(mpf(k) / 64 for k in range(-320, 321)), *map(mpf, (-1000, 1000)))]
    if row.name in LOOSE:
        return
    if image.kind == "finite":
        assert set(seen) == set(map(number_of, image.members))
        return
    low = -100 if image.low is None else number_of(image.low) + mpf("0.002")
    high = 100 if image.high is None else number_of(image.high) - mpf("0.002")
    assert min(seen) < low
    assert max(seen) > high


@each_activation
def test_an_end_in_a_square_bracket_is_a_value(row):
    image, fixed = domain(row.range), given(row)
    seen = [number(body(row), {**fixed, "z": mpf(k) / 64}) for k in range(-256, 449)]
    for end, closed, extreme in zip(
        (image.low, image.high), image.closed, (min(seen), max(seen)), strict=True
    ):
        assert not closed or abs(extreme - number_of(end)) < mpf("0.0001")


@each_loss
def test_every_loss_takes_the_output_of_some_activation(row):
    assert any(domain(a.range).meets(domain(row.prediction)) for a in ACTIVATIONS)


#  loss          ŷ            label
DOMAINS = [
    ("quadratic", "ℝ",        "ℝ"),
    ("bce",       "(0, 1)",   "{0, 1}"),
    ("hinge",     "ℝ",        "{-1, 1}"),
    ("poisson",   "ℝ",        "ℕ"),
    ("tweedie",   "(0, ∞)",   "[0, ∞)"),
    ("msle",      "(-1, ∞)",  "(-1, ∞)"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "prediction", "label"), DOMAINS)
def test_domains_of_well_known_losses(name, prediction, label):
    row = loss(name)
    assert domain(row.prediction).text == prediction
    assert domain(row.label_domain).text == label


# -- names ----------------------------------------------------------------------------------------


@each_row
def test_a_row_is_found_by_its_name_and_aliases(row):
    find = loss if isinstance(row, Loss) else activation
    assert all(find(name) is row for name in (row.name, *row.aliases))
    assert row.source


def test_signatures():
    assert SIGNATURES["sigmoid"] == ("z",)
    assert SIGNATURES["softplus"] == ("z", "beta")
    assert SIGNATURES["threshold"] == ("z", "theta", "v")
    assert SIGNATURES["Phi"] == ("z",)
    assert not {"sin", "abs"} & set(SIGNATURES)


def test_functions_are_written_each_in_its_own_way():
    assert len({r.text for r in EVERY_ACTIVATION}) == len(EVERY_ACTIVATION)
    assert len({r.latex for r in EVERY_ACTIVATION}) == len(EVERY_ACTIVATION)
    assert (activation("sigmoid").text, activation("sigmoid").latex) == ("σ", r"\sigma")
    assert all(r.latex.count("{") == r.latex.count("}") for r in EVERY_ACTIVATION)


def test_silu_is_not_swish():
    assert activation("swish").parameters
    assert not activation("silu").parameters


@pytest.mark.parametrize(
    ("find", "name", "told"),
    [(activation, "huber", "is a loss"), (loss, "tanh", "is an activation")],
    ids=lambda v: getattr(v, "__name__", v)[:20],
)  # fmt: skip
def test_a_name_of_the_other_table_is_told_so(find, name, told):
    with pytest.raises(CatalogueError, match=told):
        find(name)


@pytest.mark.parametrize(
    ("find", "name", "near"),
    [(activation, "sigmod", "'sigmoid'"), (activation, "RELU", ""), (activation, "parabola", ""),
     (loss, "hubber", "'huber'"), (loss, "binary_crossentropy", "'binary_cross_entropy'"),
     (loss, "x" * 10**6, ""), (activation, "", "")],
    ids=lambda v: getattr(v, "__name__", v)[:20],
)  # fmt: skip
def test_an_unknown_name_is_told_with_the_nearest_known_one(find, name, near):
    with pytest.raises(CatalogueError) as error:
        find(name)
    message = str(error.value)
    assert near in message
    assert ("Did you mean" in message) is bool(near)
    assert "symgd list" in message
    assert len(message) < 400


# -- the rows check themselves --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "told"),
    [({"name": "my relu"}, CatalogueError, "'my relu'"),
     ({"variable": "z;"}, CatalogueError, "'z;'"),
     ({"parameters": {"z": Parameter("real")}}, CatalogueError, "twice"),
     ({"parameters": {"__import__('os')": Parameter("real")}}, CatalogueError, "not a name"),
     ({"range": "0 to 1"}, FormulaError, "'0 to 1'")],
)  # fmt: skip
def test_a_row_that_makes_no_sense_is_refused(change, error, told):
    with pytest.raises(error, match=told.replace("(", r"\(")):
        dataclasses.replace(activation("relu"), **change)


def test_rows_check_their_domains_and_names():
    with pytest.raises(FormulaError, match="'small'"):
        dataclasses.replace(activation("elu"), parameters={"alpha": Parameter("small")})
    with pytest.raises(FormulaError, match="'labels'"):
        dataclasses.replace(loss("mse"), label_domain="labels")
    with pytest.raises(CatalogueError, match="twice"):
        dataclasses.replace(loss("mse"), label="yhat")


def test_rows_are_frozen_hashable_and_survive_pickling():
    row = activation("elu")
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.name = "other"
    for r in (row, loss("huber")):
        assert pickle.loads(pickle.dumps(r)) == r
        assert hash(pickle.loads(pickle.dumps(r))) == hash(r)
