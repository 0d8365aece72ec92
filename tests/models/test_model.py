"""What a model refuses: each with its message; and that nothing hostile gets in."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import time
from typing import Any

import mpmath as mp
import pytest
import sympy as sp

from symgd.api import Model, Neuron
from symgd.errors import CatalogueError, FormulaError, InputError, ModelError, SymgdError
from symgd.trees.scalars import walk

z, y, yhat, w = sp.symbols("z y yhat w")


def refused(build: Any, message: str, kind: type[SymgdError] = ModelError) -> None:
    start = time.process_time()
    with pytest.raises(kind, match=message) as caught:
        build()
    assert time.process_time() - start < 5
    assert len(str(caught.value)) < 600


DEFINITIONS = {
    "a name before its definition": (
        {"a": "b*w", "b": "w*x", "C": "a**2"}, ["w"], "uses b, which is defined after it",
    ),
    "a cycle": ({"a": "b*w", "b": "a*w", "C": "a**2"}, ["w"], "in a cycle"),
    "a longer cycle": ({"a": "c", "b": "a", "c": "b*w", "C": "a"}, ["w"], "cycle|defined after"),
    "itself": ({"a": "a*w", "C": "a**2"}, ["w"], "defined by itself"),
    "a cost without the parameter": ({"z": "w*x", "C": "z**2"}, ["w", "b"], "does not depend on the parameter b"),
    "a glued name": ({"C": "(wx - y)**2"}, ["w"], r"wx is one name; write w\*x"),
    "no definitions": ({}, ["w"], "at least one definition"),
    "no parameters": ({"C": "w**2"}, [], "no parameters"),
    "a parameter twice": ({"C": "w**2"}, ["w", "w"], "named twice"),
    "a parameter that is defined": ({"z": "w*x", "C": "z**2"}, ["z"], "not a parameter"),
}  # fmt: skip


@pytest.mark.parametrize("case", DEFINITIONS)
def test_definitions_that_make_no_model(case):
    definitions, parameters, message = DEFINITIONS[case]
    refused(lambda: Model(definitions, parameters), message)


TEXTS = {
    "an unknown function": ("q(z)", "no function 'q'", FormulaError),
    "two variables": ("z*q", "a function of z alone", ModelError),
    "no such name": ("sigmoyd", "Did you mean 'sigmoid'", CatalogueError),
    "no such parameter": ("elu(beta=1)", "elu has alpha, not 'beta'", InputError),
    "a parameter outside its domain": ("elu(alpha=-1)", "outside", InputError),
    "code": ("__import__('os')", ".", FormulaError),
    "a tower": ("9**9**9", ".", FormulaError),
    "brackets": ("(" * 100_000, ".", FormulaError),
    "empty": ("", ".", FormulaError),
    "half": ("z +", ".", FormulaError),
}


@pytest.mark.parametrize("case", TEXTS)
def test_texts_that_are_no_activation(case):
    text, message, kind = TEXTS[case]
    refused(lambda: Neuron(text), message, kind)


LOSSES = {
    "no prediction": ("y**2", "does not use yhat"),
    "an unknown letter": ("(yhat - y)**2*q", "uses q"),
    "one argument": (lambda a: a**2, "1 argument"),
    "a text as answer": (lambda a, b: "a*b", "sympy expression"),
    "a number": (3, "not a loss"),
}


@pytest.mark.parametrize("case", LOSSES)
def test_what_is_no_loss(case):
    loss, message = LOSSES[case]
    refused(lambda: Neuron(loss=loss), message)


def nested(depth: int) -> Any:
    out = z
    for _ in range(depth):
        out = sp.sin(out, evaluate=False)
    return out


def shared(depth: int) -> Any:
    """A tree of 2^depth nodes that takes no room in memory."""
    out = z
    for _ in range(depth):
        out = sp.Mul(sp.sin(out, evaluate=False), sp.cos(out, evaluate=False), evaluate=False)
    return out


def broken(_: Any) -> Any:
    raise OSError("no")


OBJECTS: dict[str, Any] = {
    "a matrix": sp.Matrix([1, 2]),
    "a matrix symbol": sp.MatrixSymbol("A", 2, 2),
    "an element of a matrix": sp.MatrixSymbol("A", 2, 2)[0, 0],
    "i": sp.I * z,
    "nan": sp.nan,
    "infinity": sp.oo,
    "plus infinity": sp.Add(z, sp.oo, evaluate=False),
    "complex infinity": sp.zoo,
    "a condition": z > 0,
    "true": sp.true,
    "True": True,
    "None": None,
    "a list": [z],
    "a sum": sp.Sum(w * z, (w, 1, 3)),
    "an integral": sp.Integral(z, z),
    "a derivative": sp.Derivative(sp.sin(z), z),
    "an order": z + sp.O(z**2),
    "two letters": z * w,
    "no last case": sp.Piecewise((z, z > 0)),
    "a last case that is not all the rest": sp.Piecewise((z, z > 0), (-z, z < 0)),
    "a huge number": z * sp.Integer(10) ** 5000,
    "a nest": nested(300),
    "a deep nest": nested(700),
    "a shared tree": shared(30),
    "one that raises": broken,
    "one that answers with text": lambda q: "z*z",
    "one that answers with None": lambda q: None,
    "one that answers with nan": lambda q: float("nan"),
    "one that answers with inf": lambda q: float("inf"),
    "one that answers with a condition": lambda q: q > 0,
    "one that answers with a matrix": lambda q: sp.Matrix([q]),
    "one of two arguments": lambda a, b: a * b,
    "one of none": lambda: z,
    "a function with a hostile name": sp.Function("__import__('os')")(z),
    "a function with markup": sp.Function(r"\href{x}{y}")(z),
}


@pytest.mark.parametrize("what", OBJECTS)
def test_what_is_no_activation(what):
    refused(lambda: Neuron(OBJECTS[what]), ".", InputError)


@pytest.mark.parametrize(
    "name", ["__import__('os')", "a b", "", "x;y", "α", "x" * 41, r"\x", "<img>"]
)
def test_a_hostile_symbol_is_refused(name):
    bad = sp.Symbol(name) if name else sp.Symbol("_")
    refused(lambda: Neuron(loss=(yhat - y) ** 2 * bad), "is not a name", FormulaError)
    refused(lambda: Model({"C": w**2 * bad}, ["w"]), "is not a name", FormulaError)


NUMBERS = {
    "nan": lambda: Model({"C": float("nan")}, ["w"]),
    "inf": lambda: Model({"C": float("inf")}, ["w"]),
    "True": lambda: Model({"C": True}, ["w"]),
    "a list": lambda: Model({"C": [1]}, ["w"]),
    "a constant that is nan": lambda: Neuron("z*q", constants={"q": float("nan")}),
    "a constant that is text": lambda: Neuron("z*q", constants={"q": "hello"}),
    "a constant with a strange name": lambda: Neuron(constants={"a b": 1}),
    "inputs=0": lambda: Neuron(inputs=0),
    "inputs=True": lambda: Neuron(inputs=True),
    "inputs=2.0": lambda: Neuron(inputs=2.0),  # type: ignore[arg-type]
    "inputs=10**9": lambda: Neuron(inputs=10**9),
    "a domain": lambda: Model({"C": "w**2*x"}, ["w"], domains={"x": "(1"}),
    "kinks of nothing": lambda: Model({"C": "abs(w)"}, ["w"], kinks={"D": {0: 0}}),
    "kinks of a linear name": lambda: Neuron("relu", kinks={"z": {0: 1}}),
    "a function of its own": lambda: Model({"C": "exp(w)"}, ["w"], functions={"exp": "z"}),
}


@pytest.mark.parametrize("what", NUMBERS)
def test_numbers_and_settings_that_are_refused(what):
    refused(NUMBERS[what], ".", InputError)


@pytest.mark.parametrize("name", ["w", "b", "x", "y", "z", "yhat", "C"])
def test_a_constant_does_not_take_a_name_of_the_neuron(name):
    refused(
        lambda: Neuron(constants={name: 1}),
        f"{name} has a meaning already|{name} is a name of the neuron",
    )


@pytest.mark.parametrize("name", ["e", "pi"])
def test_a_definition_called_e_is_not_the_number(name):
    """Either the name is refused, or it means the definition; never the constant in silence."""
    try:
        d = Model({name: "w*x - y", "C": f"w**2 + {name}**2"}, ["w"]).derive()
    except InputError:
        return
    assert sp.Symbol("x") in {sp.Symbol(s.name) for s in d.results["w"].free_symbols}


@pytest.mark.parametrize(
    ("activation", "loss"),
    [("identity", "tweedie"), ("tanh", "poisson_deviance"), ("logsigmoid", "bce")],
)
def test_a_prediction_outside_the_domain_of_the_loss(activation, loss):
    try:
        Neuron(activation, loss)
    except ModelError as error:
        assert "never meet" in str(error)  # noqa: PT017
    else:
        assert activation != "logsigmoid"


SAME = ["z*tanh(z)", z * sp.tanh(z), w * sp.tanh(w), lambda q: q * sp.tanh(q)]


def test_text_sympy_and_callable_are_the_same_neuron():
    results = [Neuron(spec).derive().results["w"] for spec in SAME]
    assert all(sp.expand(r - results[0]) == 0 for r in results)


def test_floats_are_the_decimals_they_are_written_as():
    expr = Neuron(lambda q: 0.1 * q).graph.definitions
    numbers = {n for e in expr.values() for n in walk(e) if n.is_Number}
    bodies = Neuron(lambda q: 0.1 * q).graph.functions["f"].body
    assert sp.Rational(1, 10) in numbers | set(walk(bodies))
    assert not any(isinstance(n, sp.Float) for n in walk(bodies))


def test_what_stands_in_a_model():
    model = Neuron(inputs=2)
    assert model.parameters == ("w1", "w2", "b")
    assert model.inputs == ("x1", "x2", "y")
    assert model.definitions == {
        "z": "w1*x1 + w2*x2 + b", "yhat": "sigmoid(z)", "C": "1/2*(y - yhat)**2",
    }  # fmt: skip
    assert "yhat = sigmoid(z)" in repr(model)


# An elementary function as the whole of an activation, by a call or by its name alone.
ELEMENTARY = {
    "logit": lambda u: mp.log(u / (1 - u)), "logit(z)": lambda u: mp.log(u / (1 - u)),
    "log10(z)": mp.log10, "cbrt(z)": mp.cbrt, "cbrt": mp.cbrt, "hypot(z, 1)": lambda u: mp.hypot(u, 1),
    "erf": mp.erf, "erf(z)": mp.erf, "lgamma": mp.loggamma, "log_ndtr": lambda u: mp.log(mp.ncdf(u)),
}  # fmt: skip


@pytest.mark.parametrize("activation", ELEMENTARY)
def test_an_elementary_function_is_an_activation(activation):
    """∂C/∂w of (f(wx + b) - y)²/2 is (f(z) - y)f'(z)x, with mpmath's own difference for f'."""
    f = ELEMENTARY[activation]
    w, b, x, y = 0.5, 0.125, 0.5, 0.25
    z = mp.mpf(w * x + b)
    model = Neuron(activation)
    want = (f(z) - y) * mp.diff(f, z) * x
    assert model.derive().at(w=w, b=b, x=x, y=y).gradient["w"] == pytest.approx(
        float(want), rel=1e-12
    )
    _, slopes = model.compile()(w=w, b=b, x=x, y=y)
    assert slopes["w"] == pytest.approx(float(want), rel=1e-12)
