"""Odd arguments to every public function: a sentence of symgd's own, never a bare exception."""

from __future__ import annotations

import inspect
import math
import random
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgd
from fuzz import arguments
from fuzz.oracle import FindError
from symgd import (
    Limits,
    Model,
    Network,
    Neuron,
    adagrad,
    adam,
    check,
    check_gradient,
    check_text,
    report,
    rmsprop,
    sgd,
    train,
)
from symgd.api.arguments import NAMES, NUMBER, TABLE, TEXT, WHOLE, takes
from symgd.errors import InputError, SymgdError

ODD: list[Any] = [
    None, True, 0, -1, 7, 0.5, math.nan, math.inf, "", "a", "x", "1", "no such", "\ud800", "\0",
    "(" * 50, b"a", [], ["a"], [1], [[1]], [None], {}, {"a": 1}, {1: 2}, {"w": None}, (), (1, 2),
    {1}, object(), int, np.array([1.0]), np.array(["a"]), np.array([[1.0, 2.0]]),
    np.ma.masked_array([1.0, 2.0], [0, 1]), np.float32(1), 1j, range(3), np.array(1.0),
    np.bool_(True), np.str_("tanh"), np.datetime64("2020-01-01"),
    Fraction(1, 3), "a" * 10_000, bytearray(b"a"), memoryview(b"a"), Ellipsis,
    np.zeros((0, 2)), np.ma.masked,
]  # fmt: skip


class Unspeakable:
    """What cannot be printed, compared or asked whether it is true."""

    def __repr__(self) -> str:
        raise RuntimeError("no words")

    def __bool__(self) -> bool:
        raise RuntimeError("neither")


class Word(str):
    """A text of a class of the user's."""


def endless() -> Any:
    while True:
        yield "a"


def nested(depth: int) -> list[Any]:
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


ITSELF: list[Any] = []
ITSELF.append(ITSELF)
ODD += [Word("tanh")]

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
START = {"w": 0.5, "b": 2.0}
X, Y = np.ones((4, 2)), np.ones((4, 1))
SCALARS = {"z": "w*x + b", "C": "(z - y)^2"}


def residual(yhat: Any, y: Any) -> Any:
    return yhat - y


def calls() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """A function, and arguments with which it works."""
    neuron, network = Neuron(), Network([2, 3, 1])
    arrays = Model({"C": "norm2(A*x)"}, ["x"], shapes={"A": ("m", "n"), "x": "n"})
    derivation, gradient = neuron.derive(), neuron.compile()
    run = train(neuron, x=1.0, y=0.0, start=START, epochs=2, progress=False)
    none = dict.fromkeys(("constants", "domains", "kinks", "functions", "shapes", "assume"))
    return {
        "Model": (Model, {"definitions": SCALARS, "parameters": ["w", "b"], **none}),
        "Neuron": (Neuron, {"activation": "tanh", "loss": "quadratic", "inputs": 1, "kinks": None}),
        "Network": (Network, {"sizes": [2, 3, 1], "activation": "tanh", "loss": "quadratic",
                              "batch": True, "output": None, "l1": None, "normalise": None}),
        "Network.attention": (Network.attention, {"tokens": "m", "width": "n", "head": "k"}),
        "Network.recurrent": (Network.recurrent, {"steps": 2, "activation": "tanh"}),
        "initial": (network.initial, {"seed": 0}),
        "predict": (lambda parameters, x: network.predict(parameters, x=x), {
            "parameters": network.initial(), "x": X}),
        "derive": (neuron.derive, {"order": 1, "detail": "textbook"}),
        "derive of arrays": (arrays.derive, {"order": 1, "detail": "textbook"}),
        "compile": (neuron.compile, {"backend": "numpy", "reduction": "mean", "order": 1}),
        "compile arrays": (arrays.compile, {"backend": "numpy", "reduction": "mean", "order": 1}),
        "gradient": (gradient, POINT),
        "gradient of arrays": (arrays.compile(), {"A": np.ones((2, 3)), "x": np.ones(3)}),
        "export": (gradient.export, {"target": "c", "name": None, "guard": None}),
        "at": (derivation.at, {**POINT, "rate": 0.05}),
        "to_text": (derivation.to_text, {"language": "en", "style": None}),
        "render": (derivation.render, {"format": "text", "language": "en", "style": None}),
        "figure": (derivation.figure, {"format": "svg", "language": "en"}),
        "check": (check, {"lines": ["f = 1"], "definitions": [], "assume": []}),
        "check_text": (check_text, {"text": "$f = x^2$, $f' = 2x$", "kind": None, "source": ""}),
        "Limits": (Limits, dict.fromkeys(("seconds", "memory", "nodes", "digits", "samples"), 1)),
        "Limits.parse": (Limits.parse, {"text": "seconds=3"}),
        "Limits.allow": (Limits().allow, {"name": "nodes", "amount": 1}),
        "Limits.most": (Limits().most, {"name": "nodes"}),
        "Run.milestones": (run.milestones, {"rows": 3}),
        "Run.plot": (run.plot, {"format": "svg", "language": "en"}),
        "to_html": (derivation.to_html, {"title": None, "language": "en", "style": None}),
        "to_latex": (derivation.to_latex, {"document": False, "language": "en"}),
        "check_gradient": (check_gradient, {"function": residual, "wrt": "yhat", "guard": None,
                                            "reduction": "mean"}),
        "sgd": (sgd, {"rate": 0.1}), "adam": (adam, {"rate": 0.1}),
        "rmsprop": (rmsprop, {"rate": 0.1}), "adagrad": (adagrad, {"rate": 0.1}),
        "train": (lambda **o: train(neuron, **o), {
            "x": np.ones(3), "y": np.zeros(3), "start": START, "optimizer": None, "epochs": 2,
            "batch": None, "seed": 0, "samples": None, "reduction": "mean", "backend": None,
            "tolerance": None, "patience": 10, "history": True, "progress": False}),
        "train a network": (lambda **o: train(network, **o), {
            "X": X, "Y": Y, "epochs": 2, "batch": None, "seed": 0, "progress": False}),
    }  # fmt: skip


CALLS = calls()
# a page takes half a second, and what it is made of is asked above
SLOW = {"report": (lambda **o: report(Neuron(), x=3.0, y=0.0, **o), {
    "at": None, "start": START, "epochs": 2, "detail": "textbook", "language": "en", "title": None,
})}  # fmt: skip


@pytest.mark.spread(4, 3)
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        pytest.param(name, argument, marks=[pytest.mark.slow] if name in SLOW else [])
        for name, (_, given) in (CALLS | SLOW).items()
        for argument in given
    ],
)
def test_an_odd_argument_is_a_sentence(name: str, argument: str) -> None:
    function, given = (CALLS | SLOW)[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for odd in ODD:
            said = "."
            try:
                function(**{**given, argument: odd})
            except SymgdError as error:
                said = str(error).strip()
            assert said.endswith((".", "^")), (odd, said)


# -- every argument that there is, by introspection -----------------------------------------------

SLOTS = {s.name: s for s in arguments.slots()}
# A function that is checked is run on many numbers: half a second a call.
SLOW_SLOTS = ("check_gradient(", "report(")


@pytest.mark.spread(2)
@pytest.mark.parametrize("odd", arguments.ODD)
def test_an_odd_value_anywhere_is_a_sentence(odd: str) -> None:
    """The same value in a few places; `python -m fuzz.campaign arguments` tries it in all."""
    quick = [s for n, s in SLOTS.items() if not n.startswith(SLOW_SLOTS)]
    for slot in random.Random(odd).sample(quick, 4):
        arguments.check_call(arguments.Call(slot, odd))


@pytest.mark.slow
@pytest.mark.parametrize("name", SLOTS)
def test_an_argument_takes_odd_values(name: str) -> None:
    for odd in random.Random(name).sample(list(arguments.ODD), 2):
        arguments.check_call(arguments.Call(SLOTS[name], odd))


@pytest.mark.sweep
@pytest.mark.parametrize("name", SLOTS)
def test_an_argument_takes_odd_values_by_lot(name: str) -> None:
    odds = random.SystemRandom().sample(list(arguments.ODD), 8)
    for odd in odds:
        arguments.check_call(arguments.Call(SLOTS[name], odd))


def test_introspection_finds_what_is_public() -> None:
    """Each callable of `__all__` has its arguments among them, and an unknown one has a find."""
    named = {n.partition("(")[0] for n in SLOTS}
    assert {*symgd.__all__} - arguments.EXEMPT <= named
    assert {"Network.predict", "Derivation.save", "Gradient.__call__", "Practice.say"} <= named
    broken = arguments.Slot("broken(x)", lambda x: 1 / 0)
    with pytest.raises(FindError, match=r"broken.x.: ZeroDivisionError"):
        arguments.check_call(arguments.Call(broken, "None"))


def test_what_goes_in_is_plain() -> None:
    kinds = {"text": TEXT, "names": NAMES, "table": TABLE, "number": NUMBER}
    got = takes(**kinds)(lambda text, names, table, number: locals())(
        text=Word("a"), names=[Word("b")], table={Word("c"): 1}, number=type("R", (float,), {})(2.0)
    )
    assert [type(v) for v in got.values()] == [str, list, dict, float]
    assert [type(x) for x in (*got["names"], *got["table"])] == [str, str]
    assert got == {"text": "a", "names": ["b"], "table": {"c": 1}, "number": 2.0}


def test_a_mapping_that_stands_alone_is_asked_too(tmp_path: Path) -> None:
    derivation, gradient = Neuron().derive(), Neuron().compile()
    for odd in (True, 0.5, "x", [1], ["a"], np.ones(2), {1: 2}):
        with pytest.raises(InputError, match="dictionary by name"):
            derivation.at(odd)
        with pytest.raises(InputError, match=r"dictionary with a number|not a parameter"):
            gradient.product(odd, **POINT)
        with pytest.raises(InputError, match="dictionary by name"):
            train(Neuron(), odd, start=START)
    for place in (None, 1.5, True, [1]):
        with pytest.raises(InputError, match="as a path"):
            derivation.save(place)


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (TEXT, ["", "a"], [None, 1, b"a", "\ud800"]),
        (WHOLE, [0, -1, np.int64(3)], [True, 1.0, "1", None, int, np.ones(1)]),
        (NUMBER, [0, 1.5, np.float32(1), np.array(2.0)], [True, "1", None, 1j, np.ones(2)]),
        (TABLE, [{}, {"a": 1}], [None, [], {1: 1}]),
        (NAMES, [[], ["a"], ("a",)], ["a", None, [1], {"a"}]),
    ],
)
def test_kinds(kind: Any, good: list[Any], bad: list[Any]) -> None:
    asked = takes(value=kind)(lambda value: value)
    for value in good:
        assert asked(value) is value
    for value in bad:
        with pytest.raises(InputError, match="takes value as"):
            asked(value)
    assert takes(value=kind.or_none)(lambda value: value)(None) is None


def test_asking_leaves_the_signature_as_it_is() -> None:
    assert list(inspect.signature(Model).parameters)[:2] == ["definitions", "parameters"]
    assert inspect.signature(symgd.train).parameters["seed"].default == 0
    with pytest.raises(AssertionError):
        takes(none=TEXT)(lambda value: value)


def test_a_list_without_end_is_refused() -> None:
    with pytest.raises(InputError, match="at most 5000 lines"):
        check(endless())


@pytest.mark.parametrize(
    "odd", [Unspeakable(), nested(3_000), ITSELF], ids=lambda v: type(v).__name__
)
def test_what_cannot_be_printed_is_told_by_its_type(odd: Any) -> None:
    with pytest.raises(InputError, match=r"takes text as|\.\.\.|none"):
        takes(text=TEXT)(lambda text: text)(odd)
    with pytest.raises(InputError, match="is none"):
        Limits(seconds=odd)


# -- what is made below the public doors ----------------------------------------------------------


class Silent:
    """What fails as it is asked for any attribute, its class among them."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError("no answer")


class Posing:
    """What says that it is a text, a number and an optimizer, and is none of them."""

    def __init__(self, kind: type) -> None:
        self.kind = kind

    @property
    def __class__(self) -> Any:
        return self.kind


class Mute(str):
    """A text that is not compared."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no answer")

    __hash__ = str.__hash__


BELOW: dict[str, Callable[[Any], Any]] = {
    "chain": symgd.chain,
    "chain, second": lambda odd: symgd.chain(sgd(0.1), odd),
    "nesterov": lambda odd: sgd(0.1, momentum=0.9, nesterov=odd),
    "momentum": lambda odd: sgd(0.1, momentum=odd),
    "eps": lambda odd: adam(0.1, eps=odd),
    "Limits": lambda odd: Limits(seconds=odd),
    "Limits.allow": lambda odd: Limits().allow("nodes", odd),
    "Limits.most": Limits().most,
    "Limits.parse": Limits.parse,
    "language of a report": lambda odd: check(["f = x^2", "f' = 2x"]).render(language=odd),
    "language of a verdict": lambda odd: check_gradient(residual, wrt="yhat").render(language=odd),
}


@pytest.mark.parametrize("place", BELOW)
@pytest.mark.parametrize(
    "made",
    [
        Silent,
        lambda: Mute("en"),
        lambda: Posing(str),
        lambda: Posing(float),
        lambda: Posing(type(sgd(0.1))),
    ],
    ids=["silent", "mute", "text", "number", "optimizer"],
)
def test_what_fails_as_it_is_asked_is_refused_below_the_doors(
    place: str, made: Callable[[], Any]
) -> None:
    with pytest.raises(SymgdError, match=r"[.]$"):
        BELOW[place](made())


def test_an_error_of_symgd_keeps_what_it_is_given() -> None:
    silent = Silent()
    assert SymgdError(silent).args[0] is silent
    assert SymgdError("a\x1bb").args == ("a b",)
    assert SymgdError("a").said == "a"


def test_tables_within_tables_are_a_sentence() -> None:
    deep: Any = 1.0
    for _ in range(3_000):
        deep = {"w": deep}
    for call in (
        lambda: Model(SCALARS, ["w", "b"], constants={"w": deep}),
        lambda: takes(value=TABLE)(lambda value: repr(value))(deep),
    ):
        with pytest.raises(InputError, match=r"no|within one another.*deep"):
            call()


def test_a_recursion_of_symgds_own_stays_what_it_is() -> None:
    def endless_call(value: Any) -> Any:
        return endless_call(value)

    with pytest.raises(RecursionError):
        takes(value=TABLE)(endless_call)({"w": [1.0]})


class Several:
    """A number that can be called, and has a name that is no text."""

    name = 3

    def __call__(self) -> None: ...

    def __float__(self) -> float:
        return 0.5


def test_a_rate_that_is_a_number_and_a_function() -> None:
    for made in (symgd.newton_cg, symgd.lbfgs, symgd.gauss_newton):
        assert repr(made(Several())) == f"{made.__name__}(0.5)"
    assert repr(sgd(Several())) == "sgd(schedule)"
