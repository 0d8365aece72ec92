"""What sympy raises is told in a sentence; what symgd or a function of the user's raises is not."""

from __future__ import annotations

import builtins
from types import FunctionType
from typing import Any

import pytest
import sympy as sp

from symgd import Limits, Model
from symgd.errors import AlgebraError

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


@pytest.mark.parametrize(("fault", "kind"), FAULTS)
@pytest.mark.parametrize("module", ["symgd.verify.meaning", "somebody.callback"])
def test_any_other_fault_stays_what_it_is(monkeypatch, fault, kind, module):
    monkeypatch.setattr(sp, "diff", of(module, fault))
    with pytest.raises(kind):
        MODEL.derive()
