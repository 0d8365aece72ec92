"""What fails as it is asked what it is ends in one sentence; the error of a callback is its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symgd import Model, Neuron, train
from symgd.errors import InputError

START = {"w": 0.5, "b": 2.0}


class OwnError(Exception):
    """What the objects here raise."""


def fails(*_: Any, **__: Any) -> Any:
    raise OwnError("no answer")


def made(base: type, *names: str) -> Any:
    return type("Odd", (base,), dict.fromkeys(names, fails))()


OBJECTS: dict[str, Callable[[], Any]] = {
    "a table that cannot be gone through": lambda: made(
        dict, "__iter__", "keys", "items", "__len__"
    ),
    "any attribute": lambda: made(object, "__getattribute__"),
    "its class": lambda: type("Odd", (), {"__class__": property(fails)})(),
    "its items": lambda: made(
        object, "__iter__", "__len__", "__getitem__", "__array__", "__float__"
    ),
}

DOORS: dict[str, Callable[[Any], Any]] = {
    "train(data)": lambda odd: train(Neuron(), odd, start=START, epochs=1, progress=False),
    "train(x)": lambda odd: train(Neuron(), x=odd, y=0.0, start=START, epochs=1, progress=False),
    "predict(data)": lambda odd: Neuron().predict(START, odd),
    "predict(x)": lambda odd: Neuron().predict(START, x=odd),
    "a gradient": lambda odd: Neuron().compile()(w=odd, b=2.0, x=3.0, y=0.0),
    "a gradient in numbers": lambda odd: Neuron().compile("scalar")(w=0.5, b=2.0, x=odd, y=0.0),
    "a gradient of arrays": lambda odd: Model(
        {"C": "norm2(A*x)"}, ["x"], shapes={"A": ("m", "n"), "x": "n"}
    ).compile()(A=odd, x=np.ones(2)),
    "at": lambda odd: Neuron().derive().at(w=odd, b=2.0, x=3.0, y=0.0),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("kind", OBJECTS)
def test_an_object_that_fails_as_it_is_asked_is_refused_in_a_sentence(door: str, kind: str) -> None:
    with pytest.raises(InputError) as told:
        DOORS[door](OBJECTS[kind]())
    assert str(told.value).endswith((".", ")"))


def test_the_error_of_the_object_stands_behind_the_sentence() -> None:
    with pytest.raises(InputError, match=r"'Odd' for w.*'OwnError'") as told:
        Neuron().compile()(w=OBJECTS["any attribute"](), b=2.0, x=3.0, y=0.0)
    assert isinstance(told.value.__cause__, OwnError)


def test_the_error_of_a_callback_is_its_own() -> None:
    with pytest.raises(OwnError):
        train(Neuron(), x=3.0, y=0.0, start=START, epochs=2, progress=False, callback=fails)

    class Callback:
        __call__ = fails

    with pytest.raises(OwnError):
        train(Neuron(), x=3.0, y=0.0, start=START, epochs=2, progress=False, callback=Callback())
