"""What sympy raises is told in a sentence; what symgd or a function of the user's raises is not."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest
import sympy as sp

from symgd import Limits, Model, Neuron, check_text, train
from symgd.errors import AlgebraError, InputError

MODEL = Model({"z": "w*x", "C": "max(z, tanh(z))^2"}, parameters=["w"])


def compared(*_: Any, **__: Any) -> None:
    raise TypeError("Invalid comparison of non-real zoo")


def endless(*args: Any, **named: Any) -> Any:
    return endless(*args, **named)


def of(module: str, function: FunctionType) -> FunctionType:
    """The function as one of that module."""
    place: dict[str, Any] = {"__name__": module, "__builtins__": builtins}
    made = FunctionType(function.__code__, place, function.__name__)
    place[function.__name__] = made
    return made


FAULTS = [pytest.param(compared, TypeError, id="raises"),
          pytest.param(endless, RecursionError, id="recurs")]  # fmt: skip


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
@pytest.mark.parametrize("limits", [Limits(), Limits(seconds=None, memory=None)])
def test_a_fault_within_sympy_is_a_sentence_with_its_cause(monkeypatch, fault, kind, limits):
    monkeypatch.setattr(sp, "diff", of("sympy.core.function", fault))
    with limits, pytest.raises(AlgebraError) as raised:
        MODEL.derive()
    assert str(raised.value).startswith("SymPy, by which symgd rearranges expressions, ended in")
    assert str(raised.value).endswith(".")
    assert isinstance(raised.value.__cause__, kind)


@pytest.mark.parametrize(("module", "fault", "kind"), [
    ("symgd.verify.meaning", compared, TypeError),
    ("symgd.verify.meaning", endless, InputError),  # a formula within itself, as far as we know
    ("somebody.callback", compared, TypeError),
    ("somebody.callback", endless, RecursionError),
])  # fmt: skip
def test_any_other_fault_stays_what_it_is(monkeypatch, module, fault, kind):
    monkeypatch.setattr(sp, "diff", of(module, fault))
    with pytest.raises(kind) as raised:
        MODEL.derive()
    assert type(raised.value) is kind


class OfTheHost(Exception):
    pass


def called(*_: Any, **__: Any) -> Any:
    return globals()["inner"]()


def raised_there() -> None:
    raise globals()["kind"]("of the host")


@pytest.mark.parametrize(("modules", "kind"), [
    (["host"], OfTheHost),
    (["host"], ValueError),
    (["host", "json.decoder"], ValueError),  # by way of a module of Python's own
    (["json.decoder"], OfTheHost),
])  # fmt: skip
def test_what_the_handler_of_a_signal_raises_within_sympy_is_the_hosts(monkeypatch, modules, kind):
    """It runs between two steps of sympy's."""
    *middle, last = modules
    function = of(last, raised_there)
    function.__globals__["kind"] = kind
    for module in (*reversed(middle), "sympy.core.function"):
        caller = of(module, called)
        caller.__globals__["inner"] = function
        function = caller
    monkeypatch.setattr(sp, "diff", function)
    with pytest.raises(kind, match="of the host"):
        MODEL.derive()


def below(calls: int, function: Callable[[], Any]) -> Any:
    return below(calls - 1, function) if calls else function()


def stack() -> int:
    frame, deep = sys._getframe(), 0
    while (frame := frame.f_back) is not None:  # type: ignore[assignment]
        deep += 1
    return deep


DATA, START = {"x": [1.0, 2.0], "y": [0.0, 1.0]}, {"w": 0.5, "b": 2.0}
NEURON = Neuron("gelu")
DOORS = {
    "a neuron": lambda: Neuron("gelu"),
    "a model": lambda: Model({"C": "w^2*exp(w)"}, ["w"]),
    "a derivation": lambda: NEURON.derive(order=2),
    "compiled": lambda: NEURON.compile("numpy"),
    "a document": lambda: check_text("$f(x) = x^2$, $f'(x) = 3x$"),
    "a descent": lambda: train(Neuron(), DATA, start=START, epochs=2, progress=False),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_stack_that_is_full_is_a_sentence_at_each_door(door):
    """From where there is room enough to where there is none for a call within the door."""
    most, found = 1000, set()
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(most)
    try:
        for left in (150, 70, 40, 30, 24, 20):
            try:
                below(most - stack() - left, DOORS[door])
            except InputError as error:
                found.add(re.sub(r"\d+", "N", str(error)))
    finally:
        sys.setrecursionlimit(before)
    assert found == {
        "The stack is full: this was called N calls deep, and Python allows N; call it from less "
        "deep, or allow more by sys.setrecursionlimit."
    }
