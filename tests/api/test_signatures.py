"""Every public name has a signature, types, and a docstring that says what it raises."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from functools import cached_property
from typing import Any

import numpy as np
import pytest

import symgd
from symgd import Model, Neuron
from symgd.errors import SymgdWarning
from symgd.targets import BACKENDS

# What is named by its user, so that no signature can name it: data and sizes; parameters to derive
# in, and optimizers, in any number.
NAMED = {"**values", "**inputs", "**sizes", "*wrt", "*optimizers", "*args"}
# Where a type says Any: expressions of sympy, which has no types, and nodes; a graph of either
# kind; (cost, slopes) and at order 2 one more, which no type of a tuple says; a function of the
# user's.
ANY = {
    "Derivation.results", "Derivation.adjoints", "Model.graph", "Gradient.__call__",
    "Gradient.function", "check_gradient",
}  # fmt: skip


def public() -> Iterator[tuple[str, Any]]:
    """(name, function) of every public function and method, properties by what they call."""
    for name in symgd.__all__:
        thing = getattr(symgd, name)
        if not inspect.isclass(thing):
            yield name, thing
            continue
        for word, member in vars(thing).items():
            if word.startswith("_") and word not in ("__init__", "__call__"):
                continue
            if isinstance(member, property):
                yield f"{name}.{word}", member.fget
            elif isinstance(member, cached_property):
                yield f"{name}.{word}", member.func
            elif callable(getattr(member, "__func__", member)):
                yield f"{name}.{word}", getattr(member, "__func__", member)


CASES = [pytest.param(name, f, id=name) for name, f in public()]


def parameters(function: Any) -> list[inspect.Parameter]:
    found = inspect.signature(function).parameters.values()
    return [p for p in found if p.name not in ("self", "cls")]


@pytest.mark.parametrize(("name", "function"), CASES)
def test_a_signature_says_what_is_taken_and_given(name, function):
    for p in parameters(function):
        assert p.annotation is not p.empty, p.name
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            assert str(p).partition(":")[0] in NAMED, p
        assert name in ANY or "Any" not in str(p.annotation), p
    given = inspect.signature(function).return_annotation
    assert given is not inspect.Signature.empty
    assert name in ANY or "Any" not in str(given), given


@pytest.mark.parametrize(("name", "function"), CASES)
def test_a_docstring_says_what_is_raised(name, function):
    owner = name.partition(".")[0]
    text = inspect.getdoc(function) if "__init__" not in name else getattr(symgd, owner).__doc__
    assert text
    if parameters(function) and owner != "SymgdError":
        assert "raises" in text.lower(), text


@pytest.mark.parametrize("name", symgd.__all__)
def test_a_public_name_says_what_it_is(name):
    assert len(inspect.getdoc(getattr(symgd, name)) or "") > 30


def test_every_warning_of_ours_is_of_one_class():
    """Asked of the classes, and of the sources: nothing warns by a class of another."""
    from pathlib import Path

    import symgd.errors as errors

    ours = [c for c in vars(errors).values() if inspect.isclass(c) and issubclass(c, Warning)]
    assert len(ours) > 3
    assert all(issubclass(c, SymgdWarning) for c in ours)
    # An estimator warns as those of scikit-learn do.
    names = {c.__name__ for c in ours} | {"ConvergenceWarning"}
    for path in Path(symgd.__file__).parent.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for place in text.split("warnings.warn(")[1:]:
            assert any(n in place[:500] for n in names), path


# -- no warning of NumPy's gets through ------------------------------------------------------------

FAR = np.array(
    [-1e308, -1e155, -800.0, -0.0, 0.0, 1e-308, 40.0, 800.0, 1e155, 1e308, np.inf, np.nan]
)
MODELS = {
    "sigmoid": Neuron("sigmoid", "bce"), "exp": Neuron("exp(z)", "poisson_mean"),
    "own": Neuron("z*tanh(log(1 + exp(z)))", "(yhat - y)^4"),
    "gelu": Neuron("gelu", "huber(delta=1)"),
    "poles": Model({"C": "1/w + log(w) + sqrt(w) + gamma(w) + w^x"}, ["w"]),
    "cases": Model({"C": "where(w > x, exp(w)/w, log(-w)) + cosh(w*x)"}, ["w"]),
    "sums": Model({"C": "exp(w) - exp(x) + sin(w*1e300)/w"}, ["w"]),
}  # fmt: skip


def sweep() -> Iterator[Any]:
    for name in MODELS:
        for backend in BACKENDS:
            for order in (1, 2):
                quick = (name, order) in (("exp", 1), ("cases", 2)) and backend != "numba"
                marks = () if quick else (pytest.mark.slow,)
                yield pytest.param(name, backend, order, marks=marks)


@pytest.mark.spread(slow=2)
@pytest.mark.parametrize(("name", "backend", "order"), list(sweep()))
def test_numbers_that_overflow_warn_of_nothing(name, backend, order):
    model = MODELS[name]
    each = "mean" if backend == "scalar" else None
    gradient = model.compile(backend, reduction=each, order=order)
    leaves = [*model.parameters, *model.inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for value in FAR[:-2]:
            point = dict.fromkeys(leaves, value) | {n: 1.0 for n in leaves if n in ("y", "t")}
            gradient(**point)
            if backend != "scalar":
                data = {"x": FAR[:-2]} if "x" in point else {}
                gradient(**{**point, **data})
            gradient.product(dict.fromkeys(model.parameters, 1.0), **point)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_arrays_that_overflow_warn_of_nothing(backend):
    model = Model(
        {"p": "softmax(W*x + b)", "C": "-y'*log(p) + norm2(W)^2 + sum(exp(b))"}, ["W", "b"],
        shapes={"W": ("m", "n"), "x": "n", "b": "m", "y": "m"},
    )  # fmt: skip
    gradient = model.compile(backend)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for size in (1e308, -1e308, 1e155, 800.0, 1e-308):
            gradient(W=np.full((2, 2), size), x=[size, 1.0], b=[size, -size], y=[1.0, 0.0])
