"""A backend and a target are a dialect and one row each: what compiles or exports reads them."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any

import mpmath as mp
import pytest
from commands import runner

from symgd import Model, Network, Neuron, cli, sgd, train
from symgd.errors import InputError
from symgd.functions.primitives import PRIMITIVES
from symgd.programs.program import Program, program
from symgd.targets import BACKENDS
from symgd.targets.gradient import Compiled
from symgd.targets.inputs import checker
from symgd.targets.python import Dialect, Printer, body, function_in
from symgd.targets.scalar import functions
from symgd.targets.sources import TARGETS, Asked, Target, exported
from symgd.trees.graph import Graph

# -- a backend -----------------------------------------------------------------------------------

# Python over the numbers of mpmath.
DIALECT = Dialect(
    either=lambda c, a, b: f"({a} if {c} else {b})",
    joined={
        "and": lambda a, b: f"({a} and {b})",
        "or": lambda a, b: f"({a} or {b})",
        "not": lambda a: f"(not {a})",
    },
    power="({})**({})",
)
# What the dialect calls, and mpmath has; the words of our own are those of the scalar backend.
WORDS: dict[str, Any] = {
    "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt, "tanh": mp.tanh, "fabs": mp.fabs,
    **{p.name[1:]: getattr(functions, p.name[1:]) for p in PRIMITIVES if not p.numpy},
    "sigmoid": lambda u: 1 / (1 + mp.exp(-u)), "sech2": lambda u: mp.sech(u) ** 2,
}  # fmt: skip


def compile_digits(model: Graph | Program, reduction: str | None = "sum") -> Compiled:
    """A backend of these tests alone: the same lines over numbers of mpmath."""
    made = model if isinstance(model, Program) else program(model)
    printer = Printer(made, DIALECT)
    lines = "\n".join(body(made, printer))
    results = ", ".join(map(printer, made.results))
    leaves = ", ".join(printer.names[s] for s in made.leaves)
    source = (
        f"def gradient({leaves}):\n{lines}\n    return {printer.names[made.value]}, ({results},)\n"
    )
    function = function_in(source, "gradient", dict(WORDS), "digits")
    return Compiled(
        made, "digits", reduction, source,
        lambda *leaves: function(*map(mp.mpf, leaves)), checker(made, arrays=False),
    )  # fmt: skip


POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}


@pytest.fixture
def digits(monkeypatch):
    monkeypatch.setitem(BACKENDS, "digits", f"{__name__}:compile_digits")


@pytest.mark.usefixtures("digits")
@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_a_backend_is_a_row(activation):
    """∂C/∂w = (ŷ - y)ŷ'x in forty digits, beside mpmath's own difference; order 2 and products."""
    gradient = Neuron(activation).compile("digits")
    assert "return v" in gradient.source

    def cost(w: Any, b: Any) -> Any:
        z = w * 3 + b
        yhat = mp.tanh(z) if activation == "tanh" else 1 / (1 + mp.exp(-z))
        return yhat**2 / 2

    with mp.workdps(40):
        _, slopes = gradient(**POINT)
        assert (
            abs(slopes["w"] - mp.diff(cost, (mp.mpf(0.5), mp.mpf(2)), (1, 0))) < mp.mpf(10) ** -30
        )
        *_, bends = Neuron(activation).compile("digits", order=2)(**POINT)
        bend = mp.diff(cost, (mp.mpf(0.5), mp.mpf(2)), (1, 1))
        assert abs(bends["w,b"] - bend) < mp.mpf(10) ** -25
        along = gradient.product({"w": 0.0, "b": 1.0}, **POINT)
        assert abs(along["w"] - bend) < mp.mpf(10) ** -25


@pytest.mark.usefixtures("digits")
def test_a_descent_runs_on_it():
    """Two steps by hand: C = (w - 3)²/2 from w = 0 at rate 1/2 is at 3/2, then at 9/4."""
    run = train(
        Model({"C": "(w - x)**2/2"}, ["w"]), x=3.0, start={"w": 0.0}, optimizer=sgd(0.5),
        epochs=2, backend="digits",
    )  # fmt: skip
    assert float(run.parameters["w"]) == 2.25
    words = ("train", "--at", "x=3,y=0", "--start", "w=.5,b=2", "--epochs", "1")
    result = runner().invoke(cli.main, [*words, "--backend", "digits"])
    assert result.exit_code == 0, result.output
    assert "cost mpf(" in result.stdout
    assert "|digits]" in runner().invoke(cli.main, ["train", "--help"]).stdout


def test_a_backend_is_there_no_longer_than_its_row():
    with pytest.raises(InputError, match="backend='digits' is not known; there are numpy"):
        Neuron().compile("digits")
    with pytest.raises(InputError, match="backend"):
        Network([2, 1]).compile("digits")


@pytest.mark.parametrize("name", BACKENDS)
def test_the_row_of_a_backend_names_a_function(name):
    assert callable(resolve_name(BACKENDS[name]))


# -- a target of export --------------------------------------------------------------------------


def digits_source(made: Program, name: str) -> str:
    """A target of these tests alone: a function of numbers of mpmath, as a module."""
    printer = Printer(made, DIALECT)
    leaves = ", ".join(printer.names[s] for s in made.leaves)
    lines = "\n".join(body(made, printer))
    results = ", ".join(map(printer, made.results))
    return (
        f"from mpmath import exp, tanh\n\n\ndef {name}({leaves}):\n{lines}\n"
        f"    return {printer.names[made.value]}, ({results},)\n"
    )


def test_a_target_is_a_row(monkeypatch, tmp_path):
    """One that is added as the tests run is written by Python and by the command line."""
    row = Target(f"{__name__}:digits_source", "digits", of_program=True)
    monkeypatch.setitem(TARGETS, "digits", row)
    model = Model({"z": "w*x + b", "C": "(z - y)**2/2"}, ["w", "b"])
    source = model.compile().export("digits")
    assert "\ndef digits(" in source
    space: dict[str, Any] = {}
    exec(source, space)  # noqa: S102 - what was printed here
    # z = 0.5·3 + 2 = 3.5: C = 3.5²/2, ∂C/∂w = 3.5·3, ∂C/∂b = 3.5
    leaves = [POINT[n] for n in model.compile().core.names]
    assert space["digits"](*leaves) == (6.125, (10.5, 3.5))
    file = tmp_path / "digits.py"
    words = ("export", "--to", "digits", "--name", "mine", "-a", "identity", "-o", str(file))
    result = runner().invoke(cli.main, words)
    assert result.exit_code == 0, result.output
    assert "\ndef mine(" in file.read_text()
    assert "|digits]" in runner().invoke(cli.main, ["export", "--help"]).stdout
    with pytest.raises(InputError, match="digits needs none"):
        exported(model.graph, "digits", asked=Asked("clip"))
    monkeypatch.undo()
    with pytest.raises(InputError, match="There is no target 'digits'"):
        exported(model.graph, "digits")


@pytest.mark.parametrize("name", TARGETS)
def test_the_row_of_a_target_names_a_function(name):
    assert callable(resolve_name(TARGETS[name].writer))
