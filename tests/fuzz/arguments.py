"""Each argument of each public callable with each odd value: a good answer, or one sentence.

What is public is read, not listed: the callables of `symgd.__all__`, the methods of what they
return, and of each its arguments. `GOOD` has what an argument needs that has no default.
"""

from __future__ import annotations

import contextlib
import inspect
import io
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import numpy as np

import symgd
from fuzz.odd import FIRST, ODD, SECOND
from fuzz.oracle import FindError
from symgd.errors import SymgdError

LONGEST_SENTENCE = 2_000
POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
START = {"w": 0.5, "b": 2.0}
LINES = ["f = x^2", "f' = 2x"]
OF_ARRAYS = {"A": np.ones((2, 3)), "x": np.ones(3)}

# What is no call of a user's: what `derive` and `compile` make, and what says that it asks nothing.
EXEMPT = {
    "Fit",
    "Problem",
    "Predictor",
    "Derivation",
    "Gradient",
    "Gradient.core",
    "Gradient.function",
}
# What a callable says that it raises beside.
SAID: dict[str, type[Exception]] = {
    "CodeReport.part(name)": KeyError,
    "train(callback)": Exception,  # a callback's own
}


def residual(yhat: Any, y: Any) -> Any:
    return yhat - y


@cache
def objects() -> dict[str, Any]:
    """What public functions return and has methods of its own."""
    neuron = symgd.Neuron()
    network = symgd.Network([2, 3, 1])
    arrays = symgd.Model({"C": "norm2(A*x)"}, ["x"], shapes={"A": ("m", "n"), "x": "n"})
    derivation = neuron.derive()
    return {
        "Neuron": neuron,
        "Network": network,
        "Model": arrays,
        "Derivation": derivation,
        "Derivation of arrays": arrays.derive(),
        "WorkedDerivation": derivation.at(**POINT),
        "Gradient": neuron.compile(),
        "Gradient in numbers": neuron.compile("scalar"),
        "Gradient of arrays": arrays.compile(),
        "Gradient of order 2": neuron.compile(order=2),
        "Run": symgd.train(neuron, x=1.0, y=0.0, start=START, epochs=2, progress=False),
        "Limits": symgd.Limits(),
        "Report": symgd.check(LINES),
        "CodeReport": symgd.check_gradient(residual, wrt="yhat"),
        "Exercise": symgd.exercise(),
        "Family": symgd.family(None, ["a", "b"]),
        "Practice": symgd.practice(neuron, "w"),
    }


def good() -> dict[str, dict[str, Any]]:
    """Callable → what it is given beside the odd one; of `*names` under "*"."""
    neuron = objects()["Neuron"]
    weights = objects()["Network"].initial()
    data = {"x": 1.0, "y": 0.0, "start": START, "epochs": 2, "progress": False}
    return {
        "Model": {"definitions": {"z": "w*x + b", "C": "(z - y)^2"}, "parameters": ["w", "b"]},
        "Network": {"sizes": [2, 3, 1]},
        "sgd": {"rate": 0.1},
        "cosine": {"rate": 0.1, "epochs": 10},
        "exponential_decay": {"rate": 0.1, "decay": 0.9},
        "Neuron.predict": {"parameters": START, "x": 3.0},
        "Model.predict": {"parameters": {"x": np.ones(3)}, "A": np.ones((2, 3))},
        "chain": {"*": (symgd.sgd(0.1),)},
        "check": {"lines": LINES},
        "check_text": {"text": "$f = x^2$, $f' = 2x$"},
        "check_gradient": {"function": residual, "wrt": "yhat"},
        "family": {"model": neuron, "students": ["a"]},
        "report": {"model": neuron, "epochs": 2, **POINT, "start": START},
        "train": {"model": neuron, **data},
        "stream": {"source": {"x": np.ones(3)}},
        "Network.recurrent": {"steps": 2},
        "Network.predict": {"parameters": weights, "x": np.ones((4, 2))},
        "Network.initial": {"seed": 0},
        "Neuron.derive": {"*": ("w",)},
        "Neuron.in_notation": {"notation": None},
        "Derivation.at": {**POINT},
        "WorkedDerivation.at": {**POINT},
        "render": {"format": "text"},
        "save": {"path": "saved.html"},
        "Run.save": {"path": "saved.csv"},
        "Family.save": {"folder": "sheets"},
        "Exercise.save": {"path": "sheet.tex"},
        "Gradient.export": {"target": "c"},
        "Gradient in numbers.export": {"target": "python"},
        "Gradient of arrays.export": {"target": "numpy"},
        "Gradient": {**POINT},
        "Gradient.product": {"direction": START, **POINT},
        "Gradient of order 2.product": {"direction": START, **POINT},
        "Gradient of arrays.product": {"direction": {"x": np.ones(3)}, **OF_ARRAYS},
        "Gradient of arrays": OF_ARRAYS,
        "Derivation of arrays.at": {**OF_ARRAYS, "m": 2, "n": 3},
        "Limits.parse": {"text": "seconds=3"},
        "Limits.most": {"name": "nodes"},
        "Limits.allow": {"name": "nodes", "amount": 1},
        "CodeReport.part": {"name": "yhat"},
        "Practice.say": {"text": "dC/dw = x"},
    }


@dataclass(frozen=True)
class Slot:
    """One argument of one callable; `call` hands it in beside good ones."""

    name: str
    call: Callable[[Any], Any]


def callables() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All that is public and can be called."""
    for name in symgd.__all__:
        yield name, getattr(symgd, name)
    for name, thing in objects().items():
        if "__call__" in dir(type(thing)):
            yield f"{name}.__call__", thing
        for method, _ in inspect.getmembers(type(thing), callable):
            if not method.startswith("_"):
                yield f"{name}.{method}", getattr(thing, method)


@cache
def slots() -> tuple[Slot, ...]:
    given = good()
    out = []
    for name, function in callables():
        owner, _, method = name.partition(".")
        kind = f"{owner.split(' ')[0]}.{method}" if method else owner
        if kind in EXEMPT:
            continue
        own = owner if method == "__call__" else name
        beside = next((given[k] for k in (own, kind, method) if k in given), {})
        out += [Slot(f"{name}({what})", call) for what, call in arguments(function, beside)]
    return tuple(out)


def arguments(
    function: Callable[..., Any], beside: Mapping[str, Any]
) -> Iterator[tuple[str, Callable[[Any], Any]]]:
    """Each place of a call in which an odd value can stand, and the call with it."""
    known = inspect.signature(function).parameters
    places = [p.name for p in known.values() if p.kind is p.POSITIONAL_ONLY]
    first = [beside[n] for n in places if n in beside]
    named = {k: v for k, v in beside.items() if k not in (*places, "*")}
    more = beside.get("*", ())
    for p in known.values():
        if p.kind is p.POSITIONAL_ONLY:
            before = first[: places.index(p.name)]
            yield p.name, lambda odd, f=before: function(*f, odd, **named)
        elif p.kind is p.VAR_POSITIONAL:
            yield f"*{p.name}", lambda odd: function(*more, odd, **named)
        elif p.kind is p.VAR_KEYWORD:
            for n in [*(n for n in named if n not in known), "no_such"]:
                yield n, with_named(function, first, named, n)
        else:
            yield p.name, with_named(function, first, named, p.name)


def with_named(
    function: Callable[..., Any], first: list[Any], named: Mapping[str, Any], name: str
) -> Callable[[Any], Any]:
    return lambda odd: function(*first, **{**named, name: odd})


@dataclass(frozen=True)
class Call:
    """One argument of one callable, and the odd value that it is given."""

    slot: Slot
    odd: str

    @property
    def texts(self) -> dict[str, str]:
        return {self.slot.name: self.odd}


def all_calls(values: Mapping[str, Any] = ODD) -> int:
    return len(slots()) * len(values)


def numbered(number: int, values: Mapping[str, Any] = ODD) -> Call:
    """The call of that number; one after another go through all callables with one value."""
    odd, slot = divmod(number % all_calls(values), len(slots()))
    return Call(slots()[slot], list(values)[odd])


def draw_call(rng: Random) -> Call:
    return numbered(rng.randrange(all_calls()))


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """A folder for what a call writes, and a terminal for what it says."""
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.chdir(folder)
        try:
            with (
                contextlib.redirect_stdout(io.StringIO()),
                contextlib.redirect_stderr(io.StringIO()),
            ):
                yield
        finally:
            os.chdir(before)


def check_call(call: Call) -> None:
    """Raise FindError if it ends in anything but an answer or a sentence of symgd's own."""
    with alone():
        odd = ODD[call.odd]()
        try:
            call.slot.call(odd)
        except SymgdError as refusal:
            said = str(refusal).strip()
        except SAID.get(call.slot.name, ()):
            return
        except Exception as error:
            raise FindError(f"{call.slot.name}: {type(error).__name__}: {told(error)}") from None
        else:
            return
    if not said.endswith((".", "^", "?", ")")) or len(said) > LONGEST_SENTENCE:
        raise FindError(f"{call.slot.name}: no sentence: {len(said)} characters: {said[-200:]!r}")


def told(error: Exception) -> str:
    try:
        return str(error)[:200]
    except Exception:
        return "which cannot be told"


__all__ = ["FIRST", "ODD", "SECOND", "Call", "all_calls", "check_call", "draw_call", "numbered"]
