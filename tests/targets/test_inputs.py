"""What is handed to a compiled gradient: the right answer or a clear error, never a wrong one."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from symgd import Model, Neuron, train
from symgd.errors import DataError, ModelError

POINT = {"w": 0.5, "b": 2.0, "y": 0.25}
X = [1.0, -2.0, 0.5, 3.0]
BACKENDS = ["numpy", "scalar"]
NEURON = Neuron()
G = NEURON.compile()


def by_hand(xs: Any, w: float = 0.5, b: float = 2.0, y: float = 0.25) -> tuple[float, float, float]:
    """The mean cost of the default neuron and its slopes, sample by sample on `math`."""
    rows = []
    for x in map(float, xs):
        s = 1 / (1 + math.exp(-(w * x + b)))
        d = (s - y) * s * (1 - s)
        rows.append(((s - y) ** 2 / 2, d * x, d))
    return tuple(math.fsum(c) / len(rows) for c in zip(*rows, strict=True))  # type: ignore[return-value]


class Series:
    """A stand-in for a column of a table: an array behind __array__."""

    def __init__(self, values: Any) -> None:
        self.values = np.asarray(values)
        self.dtype = self.values.dtype

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.values if dtype is None else self.values.astype(dtype)


# -- arrays that are as good as a plain one -----------------------------------------------------


def frozen(x: Any) -> Any:
    x = np.array(x)
    x.flags.writeable = False
    return x


# how the four numbers of X are handed over
GOOD: dict[str, Callable[[], Any]] = {
    "list": lambda: X,
    "tuple": lambda: tuple(X),
    "float64": lambda: np.array(X),
    "longdouble": lambda: np.array(X, dtype=np.longdouble),
    "the other byte order": lambda: np.array(X, dtype=">f8"),
    "every second of eight": lambda: np.repeat(X, 2)[::2],
    "backwards": lambda: np.array(X[::-1])[::-1],
    "a column of a table": lambda: np.array([X, X]).T[:, 1],
    "Fortran order": lambda: np.asfortranarray([X, X])[0],
    "read-only": lambda: frozen(X),
    "a memory map": lambda: np.array(X).view(np.memmap),
    "a series": lambda: Series(X),
    "fractions": lambda: np.array([float(Fraction(x)) for x in X]),
    "numbers of NumPy": lambda: [np.float64(x) for x in X],
    "a buffer": lambda: memoryview(np.array(X)),
}


@pytest.mark.parametrize("make", GOOD.values(), ids=GOOD)
def test_what_holds_numbers_is_read(make: Callable[[], Any]) -> None:
    cost, slopes = G(**POINT, x=make())
    assert type(cost) is float
    assert (cost, slopes["w"], slopes["b"]) == pytest.approx(by_hand(X), rel=1e-14)


INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint64", "bool", ">i4"]


@pytest.mark.parametrize("dtype", INTEGERS)
def test_integers_and_booleans_are_numbers(dtype: str) -> None:
    x = np.array([0, 1, 1, 0, 1], dtype=dtype)
    cost, slopes = G(**POINT, x=x)
    assert (cost, *slopes.values()) == pytest.approx(by_hand(x), rel=1e-14)
    assert type(cost) is float


NUMBERS = [
    2, True, 2.0, Fraction(2), np.float64(2), np.float32(2), np.float16(2), np.int8(2),
    np.uint64(2), np.bool_(True), np.longdouble(2), np.array(2.0), np.array(2), np.array([2.0])[0],
]  # fmt: skip


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("x", NUMBERS, ids=lambda x: type(x).__name__)
def test_one_number_of_any_kind(backend: str, x: Any) -> None:
    cost, slopes = NEURON.compile(backend)(**POINT, x=x)
    assert type(cost) is float
    assert (cost, *slopes.values()) == pytest.approx(by_hand([x]), rel=1e-14)
    assert {*map(type, slopes.values())} == {float}


def test_one_sample_is_a_sample() -> None:
    expected = by_hand([3.0])
    for reduction in ("mean", "sum"):
        cost, slopes = NEURON.compile(reduction=reduction)(**POINT, x=[3.0])
        assert (cost, *slopes.values()) == pytest.approx(expected, rel=1e-14)
    costs, slopes = NEURON.compile(reduction=None)(**POINT, x=[3.0])
    assert costs.shape == slopes["w"].shape == (1,)
    assert (costs[0], slopes["w"][0]) == pytest.approx(expected[:2], rel=1e-14)


def test_nothing_that_is_handed_over_is_changed() -> None:
    x, y = np.array(X), np.array([0.5, 0.25, 0.0, 1.0])
    before = x.copy(), y.copy()
    Neuron("gelu", "huber(delta=1)").compile()(w=1.0, b=0.0, x=x, y=y)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_integers_beyond_two_to_the_53_round_as_numpy_rounds_them() -> None:
    big = 2**62 + 1
    g = Model({"C": "w*x"}, ["w"]).compile(reduction="sum")
    assert g(w=1.0, x=np.array([big]))[0] == float(big)
    assert g(w=1.0, x=big)[0] == float(big)


# -- float32 ------------------------------------------------------------------------------------

SINGLE = np.array(X, dtype=np.float32)
EPS = float(np.finfo(np.float32).eps)


def test_float32_stays_float32() -> None:
    cost, slopes = G(**POINT, x=SINGLE)
    assert type(cost) is np.float32
    assert {*map(type, slopes.values())} == {np.float32}
    np.testing.assert_allclose((cost, *slopes.values()), by_hand(X), rtol=8 * EPS)
    costs, each = NEURON.compile(reduction=None)(**POINT, x=SINGLE)
    assert costs.dtype == each["w"].dtype == np.float32


PAIRS = [
    ("sigmoid", "quadratic"), ("tanh", "log_cosh"), ("softplus(beta=1)", "quadratic"),
    ("silu", "huber(delta=1)"), ("gelu", "quadratic"), ("mish", "pseudo_huber(delta=1)"),
    ("sigmoid", "bce"), ("elu(alpha=1)", "mse"),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_float32_to_a_few_of_its_units(activation: str, loss: str) -> None:
    """Against float64 on the same numbers: ε(|f| + Σ|x ∂f/∂x|), ε that of float32."""
    made = Neuron(activation, loss)
    rng = np.random.default_rng(3)
    x = rng.normal(scale=4, size=30_000).astype(np.float32)
    y = rng.integers(0, 2, x.size).astype(np.float32)
    w, b = 0.75, -0.25
    g = made.compile(reduction=None, order=2)
    cost, slopes, h = g(w=w, b=b, x=x, y=y)
    exact = g(w=w, b=b, x=x.astype(np.float64), y=y.astype(np.float64))
    assert cost.dtype == slopes["b"].dtype == np.float32
    point = {"w": w, "b": b, "x": x.astype(float), "y": y.astype(float)}
    unit = [EPS * np.abs(exact[0]) + 1e-44, EPS * np.abs(exact[1]["b"]) + 1e-44]
    for name in ("w", "b", "x", *(["y"] if loss != "bce" else [])):
        up, down = (g(**{**point, name: point[name] + s * 1e-6}) for s in (1, -1))
        moved = up[0] - down[0], up[1]["b"] - down[1]["b"]
        unit = [u + EPS * np.abs(point[name] * m / 2e-6) for u, m in zip(unit, moved, strict=True)]
    for u, found, true in zip(unit, (cost, slopes["b"]), (exact[0], exact[1]["b"]), strict=True):
        assert float(np.max(np.abs(found - true) / u)) <= 8
    assert h["b,b"].dtype == np.float32


def test_float32_that_overflows_on_the_way_is_computed_with_care() -> None:
    """e^100 is no float32, softplus(100) is one."""
    x = np.array([-200.0, -100.0, 0.0, 100.0, 200.0], dtype=np.float32)
    for activation in ("softplus(beta=1)", "sigmoid", "silu", "mish", "tanh"):
        g = Neuron(activation).compile(reduction=None)
        costs, slopes = g(w=1.0, b=0.0, x=x, y=0.0)
        exact, ends = g(w=1.0, b=0.0, x=x.astype(float), y=0.0)
        assert costs.dtype == np.float32
        np.testing.assert_allclose(costs, exact.astype(np.float32), rtol=1e-5, atol=1e-44)
        np.testing.assert_allclose(slopes["w"], ends["w"].astype(np.float32), rtol=1e-4, atol=1e-42)


def test_float32_that_underflows_on_the_way_is_computed_with_care() -> None:
    """σ(-95) is a subnormal float32 of two digits, 10¹⁰·σ(-95) is a normal one."""
    x = np.array([1e10, 2e10, 1e-30], dtype=np.float32)
    w = float(np.float32(-9.5e-9))
    for backend in ("numpy", "numba"):
        for activation in ("sigmoid", "silu", "softplus(z, 1)"):
            call = activation if "(" in activation else f"{activation}(z)"
            g = Model({"z": "w*x", "C": call}, ["w"]).compile(backend, reduction=None)
            costs, slopes = g(w=w, x=x)
            exact, ends = g(w=w, x=x.astype(float))
            np.testing.assert_allclose(costs, exact.astype(np.float32), rtol=4 * EPS, atol=1e-44)
            np.testing.assert_allclose(slopes["w"], ends["w"].astype(np.float32), rtol=4 * EPS)


def test_a_result_beyond_float32_is_inf_and_one_within_is_not() -> None:
    x = np.array([1e30, 1e-30, 3.0], dtype=np.float32)
    g = Model({"C": "(w*x)**2/(1 + (w*x)**2)"}, ["w"])
    # the square is no float32, the quotient is 1
    assert g.compile(reduction=None)(w=1.0, x=x)[0].tolist() == pytest.approx([1.0, 0.0, 0.9])
    squares = Model({"C": "(w*x)**2"}, ["w"])
    costs, _ = squares.compile(reduction=None)(w=1.0, x=x)
    assert costs.tolist() == [math.inf, 0.0, 9.0]
    assert squares.compile(reduction="sum")(w=1.0, x=x)[0] == math.inf


MIXED: dict[str, tuple[dict[str, Any], type]] = {
    "float32 and a list": ({"x": SINGLE, "y": [0.0] * 4}, np.float64),
    "float32 and float64": ({"x": SINGLE, "y": np.zeros(4)}, np.float64),
    "float32 and float32": ({"x": SINGLE, "y": np.zeros(4, np.float32)}, np.float32),
    "float32 and float16": ({"x": SINGLE, "y": np.zeros(4, np.float16)}, np.float32),
    "float16 alone": ({"x": SINGLE.astype(np.float16)}, np.float32),
    "float32 and booleans": ({"x": SINGLE, "y": np.zeros(4, bool)}, np.float32),
    "float32 and int64": ({"x": SINGLE, "y": np.zeros(4, np.int64)}, np.float64),
    "float32 and a double of NumPy": ({"x": SINGLE, "w": np.float64(0.5)}, np.float64),
    "float32 and a single of NumPy": ({"x": SINGLE, "w": np.float32(0.5)}, np.float32),
    "float32 and whole numbers": ({"x": SINGLE, "w": 1, "y": 0}, np.float32),
    "longdouble": ({"x": SINGLE.astype(np.longdouble)}, np.float64),
    "a series of float32": ({"x": Series(SINGLE)}, np.float32),
    ">f4": ({"x": SINGLE.astype(">f4")}, np.float32),
}


@pytest.mark.parametrize("name", MIXED)
def test_precision_is_that_of_numpys_promotion(name: str) -> None:
    given, dtype = MIXED[name]
    given = {**POINT, **given}
    costs, slopes = NEURON.compile(reduction=None)(**given)
    assert costs.dtype == slopes["w"].dtype == dtype
    y = given["y"] if np.ndim(given["y"]) == 0 else 0.0
    found = G(**given)[0]
    assert float(found) == pytest.approx(by_hand(X, w=float(given["w"]), y=y)[0], rel=1e-5)


def test_a_number_that_float32_cannot_hold_is_refused() -> None:
    with pytest.raises(DataError, match=r"w is 1e\+39, larger than a float32 can be"):
        G(**{**POINT, "w": 1e39}, x=SINGLE)
    with pytest.raises(DataError, match="The direction of b is -1e"):
        G.product({"w": 0.0, "b": -1e300}, **POINT, x=SINGLE)
    assert math.isnan(G(**{**POINT, "w": math.nan}, x=SINGLE)[0])


def test_numbers_alone_are_doubles() -> None:
    for w in (np.float32(0.5), np.float16(0.5), np.array(0.5, np.float32), 0.5):
        cost, _ = G(**{**POINT, "w": w}, x=0.1)
        assert type(cost) is float
        assert cost == G(**POINT, x=0.1)[0]


# -- what is refused ----------------------------------------------------------------------------

BAD: dict[str, tuple[Any, str]] = {
    "empty": (np.array([]), "x is empty; a gradient needs at least one sample"),
    "an empty list": ([], "x is empty"),
    "masked": (np.ma.masked_array(X, [True, False, False, False]), "drop the masked samples"),
    "masked, nothing hidden": (np.ma.masked_array(X), "x is a masked array"),
    "objects": (np.array(X, dtype=object), "Python objects, not real numbers"),
    "fractions in a list": ([Fraction(1, 2)], "Python objects"),
    "decimals": (Decimal("0.5"), "Python objects"),
    "None in a list": ([1.0, None], "Python objects"),
    "text": (np.array(["1.0", "2.0"]), "x holds text"),
    "bytes": (b"1.0", "not a real number"),
    "complex": (np.array([1.0 + 0j]), "complex numbers"),
    "dates": (np.array(["2020-01-01"], dtype="M8[D]"), "x holds dates"),
    "spans of time": (np.array([1], dtype="m8[s]"), "values of type timedelta64"),
    "a structured array": (np.array([(1.0, 2.0)], dtype=[("a", "f8"), ("b", "f8")]), "values of"),
    "two dimensions": (np.zeros((4, 1)), r"shape \(4, 1\); each name is one number a sample"),
    "a row": (np.array([X]), r"shape \(1, 4\)"),
    "uneven rows": ([[1.0], [1.0, 2.0]], "its rows are uneven"),
    "a generator": ((x for x in X), "Python objects"),
    "a set": ({1.0, 2.0}, "Python objects"),
    "a dictionary": ({"a": 1.0}, "Python objects"),
    "a function": (math.sin, "Python objects"),
    "a number too large": (10**400, "larger than a double can be"),
    "a longdouble too large": (np.longdouble("1e4000"), "larger than a double can be"),
    "longdoubles too large": (
        np.array([1, np.longdouble("1e4000")]),
        r"x\[1\] is 1e\+4000, larger",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_data_is_refused_with_what_to_do(name: str) -> None:
    value, message = BAD[name]
    with pytest.raises(DataError, match=message):
        G(**POINT, x=value)
    with pytest.raises(DataError, match="x "):
        NEURON.compile("scalar")(**POINT, x=value)


def test_lengths_must_agree() -> None:
    for x, y in ((np.ones(3), np.ones(2)), (np.ones(3), np.ones(1)), ([1.0], [1.0, 2.0])):
        with pytest.raises(DataError, match=f"x has {len(x)} and y has {len(y)}; give one value"):
            G(w=0.5, b=2.0, x=x, y=y)


def test_a_parameter_is_one_number() -> None:
    for reduction in ("mean", "sum"):
        with pytest.raises(DataError, match="w is a parameter and was given an array of 2"):
            NEURON.compile(reduction=reduction)(**{**POINT, "w": [1.0, 2.0]}, x=3.0)
    with pytest.raises(DataError, match="The direction of w is an array of 2"):
        G.product({"w": [1.0, 2.0], "b": 0.0}, **POINT, x=3.0)


def test_nothing_is_given_twice() -> None:
    with pytest.raises(ModelError, match="A parameter is named twice in w and w"):
        Model({"C": "w*x"}, ["w", "w"])
    with pytest.raises(TypeError, match="multiple values"):
        G(**POINT, **{"w": 1.0}, x=3.0)
    with pytest.raises(DataError, match="w was given twice"):
        train(NEURON, x=3.0, y=0.0, w=1.0, start={"w": 0.5, "b": 2.0}, epochs=1)


def test_values_in_their_domain_whatever_their_type() -> None:
    g = Neuron("sigmoid", "bce").compile()
    for dtype in ("float32", "float64", "int8", "bool", ">f8"):
        y = np.array([0, 1, 1, 0], dtype=dtype)
        assert g(w=0.5, b=2.0, x=SINGLE, y=y)[0] > 0
    for dtype in ("float32", "int8", ">f8"):
        y = np.array([0, 1, 2, 0], dtype=dtype)
        with pytest.raises(DataError, match=r"y\[2\] is 2\.0, outside \{0, 1\}"):
            g(w=0.5, b=2.0, x=SINGLE, y=y)


def test_the_scalar_backend_takes_no_arrays() -> None:
    for x in (np.ones(3), [1.0], np.ones(1, np.float32), Series(X)):
        with pytest.raises(DataError, match="x is an array; the scalar backend takes one number"):
            NEURON.compile("scalar")(**POINT, x=x)


def test_training_on_float32_runs_in_doubles() -> None:
    x = np.array([0.5, -1.0, 2.0, 1.5], dtype=np.float32)
    y = np.array([1, 0, 1, 1], dtype=np.float32)
    start = {"w": 0.1, "b": 0.2}
    run = train(NEURON, x=x, y=y, start=start, epochs=20)
    same = train(NEURON, x=x.astype(float), y=y.astype(float), start=start, epochs=20)
    assert run.parameters == same.parameters


@pytest.mark.parametrize("name", ["e", "E", "pi"])
def test_an_input_with_the_name_of_a_constant_is_told_to_be_one(name: str) -> None:
    compiled = Model({"C": f"(w - {name})^2"}, ["w"]).compile()
    with pytest.raises(DataError, match=f"In a formula {name} is a number; give the input other"):
        compiled(w=1.0, **{name: 2.0})
