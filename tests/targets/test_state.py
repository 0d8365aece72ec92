"""A call leaves the floating-point state of its thread as it was: flags, rounding, NumPy's own."""

from __future__ import annotations

import ctypes
import math
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from symgd import Model, Network, Neuron, check, check_text, train
from symgd.errors import DataError
from symgd.targets.flags import ALL, EVERY, MASKS, library, machine

FENV: Any = library()
pytestmark = pytest.mark.skipif(FENV is None, reason="the flags of this processor cannot be read")

INVALID, BY_ZERO, OVERFLOW, UNDERFLOW, INEXACT = MASKS[machine()]
RAISED = [0, INVALID, BY_ZERO, OVERFLOW, UNDERFLOW, INEXACT, ALL, EVERY]


@pytest.fixture(autouse=True)
def own_state() -> Iterator[None]:
    """What a test does to the state of its thread ends with it."""
    rounding = FENV.fegetround()
    yield
    FENV.fesetround(rounding)
    FENV.feclearexcept(EVERY)


def flags_after(call: Callable[[], object], raised: int) -> int:
    FENV.feclearexcept(EVERY)
    if raised:
        FENV.feraiseexcept(raised)
    before = FENV.fetestexcept(EVERY)
    call()
    after = FENV.fetestexcept(EVERY)
    assert before & raised == raised
    # As ctypes and the interpreter go, they round now and then themselves.
    return before ^ after


# -- gradients ----------------------------------------------------------------------------------

NEURON = Neuron("gelu", "quadratic")
ROWS = np.linspace(-2.0, 2.0, 12)
AFFINE = Model(
    {"C": "norm(X*w - y)^2 + sum(exp(X*w))"},
    ["w"],
    shapes={"X": "n x k", "w": "k", "y": "n"},
)
TABLE = np.linspace(-1.0, 1.0, 6).reshape(3, 2)
# a call in the range of doubles, and one that leaves it (w is a million, or a table is)
SIZES = {"ordinary": 1.0, "extreme": 1e200}


def scalars(backend: str, reduction: str | None = "mean", order: int = 1) -> Callable[[float], Any]:
    g = NEURON.compile(backend, reduction=reduction, order=order)
    x = 0.75 if backend == "scalar" else ROWS
    return lambda size: g(w=0.5 * size, b=0.25, x=x, y=0.5)


def by_position(backend: str) -> Callable[[float], Any]:
    f = NEURON.compile(backend).function
    return lambda size: f(0.5 * size, 0.25, ROWS, 0.5)


def along(backend: str) -> Callable[[float], Any]:
    g = NEURON.compile(backend)
    x = 0.75 if backend == "scalar" else ROWS
    return lambda size: g.product({"w": 1.0, "b": 0.5}, w=0.5 * size, b=0.25, x=x, y=0.5)


def arrays(backend: str) -> Callable[[float], Any]:
    g = AFFINE.compile(backend)
    tables = {size: TABLE * size for size in SIZES.values()}
    w, y = np.array([0.5, -0.5]), np.zeros(3)
    return lambda size: g(X=tables[size], w=w, y=y)


GRADIENTS: dict[str, Callable[[], Callable[[float], Any]]] = {
    "numpy": lambda: scalars("numpy"),
    "numpy, a value a sample": lambda: scalars("numpy", None),
    "numpy, with its Hessian": lambda: scalars("numpy", order=2),
    "numpy, by position": lambda: by_position("numpy"),
    "numpy, along a direction": lambda: along("numpy"),
    "scalar": lambda: scalars("scalar"),
    "scalar, with its Hessian": lambda: scalars("scalar", order=2),
    "scalar, along a direction": lambda: along("scalar"),
    "numba": lambda: scalars("numba"),
    "numba, a value a sample": lambda: scalars("numba", None),
    "numba, by position": lambda: by_position("numba"),
    "numba, along a direction": lambda: along("numba"),
    "arrays": lambda: arrays("numpy"),
    "arrays on numba": lambda: arrays("numba"),
}


@pytest.fixture(scope="module", params=GRADIENTS)
def gradient(request: pytest.FixtureRequest) -> Any:
    if "numba" in request.param:
        pytest.importorskip("numba")
    return GRADIENTS[request.param]


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_flags_are_after_a_call_what_they_were(gradient: Any, size: float) -> None:
    call = gradient()
    first = flags_after(lambda: call(size), OVERFLOW)
    changed = {raised: flags_after(lambda: call(size), raised) for raised in RAISED}
    assert (first & ALL, {r: c & ALL for r, c in changed.items()}) == (0, dict.fromkeys(RAISED, 0))


def test_errstate_and_rounding_are_after_a_call_what_they_were(gradient: Any) -> None:
    call = gradient()
    upward = {"x86": 0x800, "arm": 0x400000, "windows": 0x200}[machine()]
    for size in SIZES.values():
        with np.errstate(over="raise", invalid="print", divide="ignore", under="warn"):
            before = np.geterr()
            call(size)
            assert np.geterr() == before
        FENV.fesetround(upward)
        call(size)
        assert FENV.fegetround() == upward
        FENV.fesetround(0)
    # Nothing is flushed to zero, neither operands nor results.
    smallest = sys.float_info.min
    assert smallest / 2 > 0
    assert np.float64(5e-324) * 1.0 > 0


def test_a_call_that_is_refused_leaves_the_flags_too() -> None:
    g = Model({"C": "log(w*x)"}, ["w"], domains={"x": "positive"}).compile()

    x = np.array([1.0, -1.0])

    def refused() -> None:
        with pytest.raises(DataError, match="outside"):
            g(w=1.0, x=x)

    assert flags_after(refused, OVERFLOW | INVALID) & ALL == 0


@pytest.mark.parametrize("raised", [0, OVERFLOW, ALL])
def test_each_thread_has_flags_of_its_own(raised: int) -> None:
    pytest.importorskip("numba")
    g = NEURON.compile("numba")
    long = np.linspace(-2.0, 2.0, 1_100_000)  # two threads
    assert flags_after(lambda: g(w=0.5, b=0.25, x=long, y=0.5), raised) & ALL == 0
    found = []
    call = scalars("numpy")
    other = threading.Thread(target=lambda: found.append(flags_after(lambda: call(1e200), raised)))
    other.start()
    other.join()
    assert found[0] & ALL == 0


# -- what else computes ---------------------------------------------------------------------------

POINT = {"w": 0.5, "b": 2.0, "y": 0.25}
DATA = {"x": ROWS, "y": ROWS**2}
NETWORK = Network([2, 3, 1], "tanh", "mse")
CALLS: dict[str, Callable[[], object]] = {
    "train": lambda: train(NEURON, DATA, start={"w": 0.5, "b": 0.0}, epochs=5),
    "train on numbers": lambda: train(NEURON, x=2.0, y=0.5, start={"w": 0.5, "b": 0.0}, epochs=5),
    "train with batches": lambda: train(
        NEURON, DATA, start={"w": 0.5, "b": 0.0}, epochs=3, batch=4, optimizer="adam"
    ),
    "train arrays": lambda: train(NETWORK, X=TABLE, Y=np.zeros((3, 1)), epochs=3),
    "derive": lambda: NEURON.derive(),
    "derive arrays": lambda: AFFINE.derive(),
    "at": lambda: NEURON.derive().at({**POINT, "x": 300.0}),
    "check": lambda: check([r"\frac{d}{dx} e^{x^2} = 2 x e^{x^2}", r"\exp(1000) = 0"]),
    "check_text": lambda: check_text(r"$$ \frac{d}{dx} x^2 = 2 x $$", "md"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_flags_and_errstate_are_what_they_were(call: Callable[[], object]) -> None:
    with np.errstate(over="raise", invalid="print", divide="ignore", under="warn"):
        before = np.geterr()
        changed = [flags_after(call, raised) & ALL for raised in (0, OVERFLOW, ALL)]
        assert (changed, np.geterr()) == ([0, 0, 0], before)


def test_what_a_callback_sees_is_numpys_own_errstate() -> None:
    seen = []
    with np.errstate(over="raise", under="warn"):
        before = np.geterr()
        train(
            NEURON, DATA, start={"w": 0.5, "b": 0.0}, epochs=2,
            callback=lambda _: seen.append(np.geterr()) and None,
        )  # fmt: skip
    assert seen
    assert all(s == before for s in seen)


def test_the_library_of_flags_is_told_from_one_that_has_none() -> None:
    assert isinstance(FENV, ctypes.PyDLL)
    assert math.isfinite(FENV.fetestexcept(EVERY))
