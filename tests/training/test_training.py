"""Descents: the numbers of a notebook, the same bits however they run, and every way to stop."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symgd.errors import DataError, DivergedError, InputError
from symgd.models import model, neuron
from symgd.targets.scalar.compiled import compile_scalar
from symgd.training.descent import Record, Run, descend
from symgd.training.job import plain_rate
from symgd.training.optimizers import Optimizer, adagrad, adam, chain, clip, rmsprop, scale, sgd
from symgd.training.train import train

# W. Wolf, Single Neuron Gradient Descent, 2016: the costs that the notebook prints, for
# w = 0.5, b = 2, x = 3, y = 0, a rate of 0.05 and 1000 epochs.
NOTEBOOK = {
    0: 0.471117372684454,
    100: 0.08009999161826546,
    200: 0.006898517164612306,
    300: 0.003235101899172852,
    400: 0.002075246837316176,
    500: 0.0015172576638674323,
    600: 0.001191719904968802,
    700: 0.0009792811328075911,
    800: 0.0008300864977082135,
    900: 0.0007197278463177123,
}
END = {"w": -1.539453590977397, "b": 1.3201821363408641}
START = {"w": 0.5, "b": 2.0}


def notebook(**options: Any) -> Run:
    return train(neuron(), x=3.0, y=0.0, start=START, optimizer=sgd(0.05), **options)


@pytest.mark.parametrize(
    "options", [{}, {"callback": lambda _: None}, {"tolerance": 0.0}], ids=["loop", "steps", "stop"]
)
def test_the_notebook(options: dict[str, Any]) -> None:
    run = notebook(**options)
    for epoch, cost in NOTEBOOK.items():
        assert run.history[epoch] == pytest.approx(cost, rel=1e-13, abs=0)
    assert run.parameters == pytest.approx(END, rel=1e-13, abs=0)
    assert (run.epochs, run.stopped, len(run.history), len(run.path)) == (
        1000,
        "epochs",
        1001,
        1001,
    )


def test_the_notebook_on_arrays() -> None:
    run = train(neuron(), x=[3.0], y=[0.0], start=START, optimizer=sgd(0.05))
    assert run.parameters == pytest.approx(END, rel=1e-12)
    assert [run.history[k] for k in NOTEBOOK] == pytest.approx([*NOTEBOOK.values()], rel=1e-12)


@pytest.mark.parametrize(
    "activation", ["sigmoid", "tanh", "softplus", "gelu", "elu(alpha=1)", "relu6"]
)
@pytest.mark.parametrize("loss", ["quadratic", "log_cosh", "huber(delta=1)"])
def test_the_generated_loop_is_the_steps_to_the_last_bit(activation: str, loss: str) -> None:
    options: dict[str, Any] = {
        "start": {"w": 0.7, "b": -0.4},
        "optimizer": sgd(0.07),
        "epochs": 300,
    }
    loop = train(neuron(activation, loss), x=1.3, y=0.2, **options)
    steps = train(neuron(activation, loss), x=1.3, y=0.2, callback=lambda _: None, **options)
    assert loop.path == steps.path
    assert loop.history == steps.history
    short = train(neuron(activation, loss), x=1.3, y=0.2, history=False, **options)
    assert short.path == [loop.path[0], loop.path[-1]]
    assert short.history == [loop.history[0], loop.history[-1]]
    assert (short.epochs, short.stopped) == (300, "epochs")


def test_the_loop_goes_on_where_math_raises() -> None:
    # exp(-z) overflows at z = -1000, where σ is 0 and its slope too.
    run = train(neuron(), x=1.0, y=1.0, start={"w": -500.0, "b": -500.0}, epochs=5)
    assert run.history == [0.5] * 6
    assert run.parameters == {"w": -500.0, "b": -500.0}
    short = train(neuron(), x=1.0, y=1.0, start={"w": -500.0, "b": -500.0}, epochs=5, history=False)
    assert short.parameters == {"w": -500.0, "b": -500.0}
    assert short.epochs == 5


def test_descend_yields_the_start_first() -> None:
    records = descend(lambda p: (p["w"] ** 2, {"w": 2 * p["w"]}), {"w": 8}, sgd(0.25))
    told = [*itertools.islice(records, 4)]
    # w halves: w - 2w/4.
    assert told == [
        Record(0, {"w": 8.0}, 64.0),
        (1, {"w": 4.0}, 16.0),
        (2, {"w": 2.0}, 4.0),
        (3, {"w": 1.0}, 1.0),
    ]


@pytest.mark.parametrize(
    "optimizer", [adam(0.05), rmsprop(0.01), adagrad(0.5), sgd(0.05, 0.9), "adam(0.05)"]
)
def test_every_optimizer_descends(optimizer: Any) -> None:
    run = train(neuron(), x=3.0, y=0.0, start=START, optimizer=optimizer, epochs=200)
    assert run.history[-1] < run.history[0] / 10


def test_a_line_is_found() -> None:
    x = np.linspace(-1, 1, 50)
    for options in ({}, {"batch": 10, "epochs": 200}, {"batch": 10, "epochs": 200, "seed": 7}):
        run = train(
            neuron("identity"), {"x": x, "y": 3 * x - 2}, start={"w": 0.0, "b": 0.0},
            optimizer=sgd(0.1), **{"epochs": 500, **options},
        )  # fmt: skip
        assert run.parameters == pytest.approx({"w": 3.0, "b": -2.0}, abs=1e-5)
    assert len(run.history) == 201


def test_batches_are_the_same_for_the_same_seed() -> None:
    x = np.linspace(-1, 1, 7)
    runs = [
        train(neuron(), x=x, y=x * x, start=START, epochs=4, batch=3, seed=s) for s in (0, 0, 1)
    ]
    assert runs[0].path == runs[1].path
    assert runs[0].path != runs[2].path
    whole = [train(neuron(), x=x, y=x * x, start=START, epochs=4, batch=b) for b in (7, 99, None)]
    assert whole[0].path == whole[1].path == whole[2].path


def test_sum_is_mean_with_a_larger_rate() -> None:
    x, y = [1.0, 2.0, -1.0, 0.5], [0.0, 1.0, 0.5, 0.25]
    by_sum = train(neuron(), x=x, y=y, start=START, optimizer=sgd(0.05), epochs=50, reduction="sum")
    by_mean = train(neuron(), x=x, y=y, start=START, optimizer=sgd(0.2), epochs=50)
    assert by_sum.parameters == pytest.approx(by_mean.parameters, rel=1e-12)


def test_data_in_a_mapping_may_have_any_name() -> None:
    graph = model({"z": "w*epochs", "C": "(z - start)**2"}, ["w"])
    run = train(graph, {"epochs": 2.0, "start": 3.0}, start={"w": 0.0}, epochs=200)
    assert run.parameters["w"] == pytest.approx(1.5)
    with pytest.raises(DataError, match="start was given twice"):
        train(graph, {"start": 1.0}, start={"w": 0.0, "start": 1.0})


# -- stopping ---------------------------------------------------------------------------------


def test_a_callback_sees_every_record_and_may_stop() -> None:
    seen: list[Record] = []

    def enough(record: Record) -> bool:
        seen.append(record)
        return record.epoch == 7

    run = notebook(callback=enough)
    assert [r.epoch for r in seen] == [*range(8)]
    assert (run.epochs, run.stopped, run.history) == (7, "callback", [r.cost for r in seen])
    assert run.parameters == seen[-1].parameters
    assert [*run.records] == seen


def test_tolerance_stops_early() -> None:
    run = notebook(tolerance=1e-4, patience=3)
    assert run.stopped == "tolerance"
    falls = [a - b for a, b in itertools.pairwise(run.history)]
    assert all(f < 1e-4 for f in falls[-3:])
    assert not any(all(f < 1e-4 for f in falls[i : i + 3]) for i in range(len(falls) - 3))


def test_no_epochs_is_the_start() -> None:
    run = notebook(epochs=0)
    assert (run.parameters, run.epochs, len(run.history)) == (START, 0, 1)
    assert notebook(epochs=0, history=False).parameters == START


def test_an_interrupt_returns_what_there_is() -> None:
    def interrupt(record: Record) -> None:
        if record.epoch == 5:
            raise KeyboardInterrupt

    run = notebook(callback=interrupt)
    assert (run.stopped, run.epochs, len(run.history)) == ("interrupted", 5, 6)


def test_an_interrupt_in_the_loop_returns_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["symgd.training.train"], "compile_scalar", _interrupted)
    run = notebook()
    assert (run.stopped, run.epochs, len(run.history)) == ("interrupted", 3, 4)
    assert run.history[0] == pytest.approx(NOTEBOOK[0])


def _interrupted(graph: Any) -> Any:
    made = compile_scalar(graph)
    whole = made.loop
    assert whole is not None

    def loop(*args: Any) -> Any:
        *rest, keep = args
        kept: list[Any] = []

        def once(row: Any) -> None:
            keep(row)
            kept.append(row)
            if len(kept) == 4:
                raise KeyboardInterrupt

        return whole(*rest, once)

    object.__setattr__(made, "loop", loop)
    return made


DIVERGING = {"x": 3.0, "y": 0.0, "start": START, "optimizer": sgd(10.0)}


@pytest.mark.parametrize("options", [{}, {"callback": lambda _: None}, {"history": False}])
def test_divergence_names_the_epoch_and_the_parameters(options: dict[str, Any]) -> None:
    # e = 3w + b - y grows by the factor 1 - 10·(9 + 1) = -99 an epoch: ½(3.5·99ᵏ)² passes 1.8e308
    # first at k = 78.
    with pytest.raises(
        DivergedError, match=r"The cost became inf at epoch 78, at w=\S+ and b=\S+;"
    ):
        train(neuron("identity"), **DIVERGING, **options)


def test_a_slope_that_is_not_finite_is_named() -> None:
    graph = model({"z": "w*x", "C": "sqrt(z)"}, ["w"])
    with pytest.raises(DivergedError, match=r"The slope in w became inf at epoch 0, at w=0\.0"):
        train(graph, x=1.0, start={"w": 0.0})
    with pytest.raises(DivergedError, match=r"The slope in w became inf at epoch 0"):
        train(graph, x=[1.0, 2.0], start={"w": 0.0})
    with pytest.raises(DivergedError, match="The cost became nan at epoch 0"):
        next(descend(lambda p: (math.nan, {"w": 0.0}), {"w": 1.0}, sgd(0.1)))


# -- the loop is taken only where it is the same -------------------------------------------------


def test_plain_rate() -> None:
    assert plain_rate(sgd(0.05)) == 0.05
    assert plain_rate(sgd(1e-7)) == 1e-7
    for other in (
        sgd(0.05, 0.9),
        adam(0.05),
        scale(-0.05),
        chain(clip(1.0), sgd(0.05)),
        sgd(lambda t: 0.1),
    ):
        assert plain_rate(other) is None
    still = Optimizer("sgd(0.05)", lambda _: (), lambda g, s, p: (dict.fromkeys(g, 0.0), s))
    for liar in (still, replace(still, rate=0.05), replace(sgd(0.05), rate=0.1)):
        assert plain_rate(liar) is None
    # What it is called says nothing: no text is read again.
    assert plain_rate(replace(sgd(0.05), name="my own")) == 0.05


# -- progress ------------------------------------------------------------------------------------


def test_a_bar_only_where_it_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    plain = notebook()
    assert capsys.readouterr().err == ""
    assert notebook(progress=True).path == plain.path
    assert "epoch" in capsys.readouterr().err


def test_tqdm_is_imported_only_for_a_bar() -> None:
    code = "import sys, symgd.training.train; print('tqdm' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


# -- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"start": {"w": 0.5}}, r"start leaves out b; write start=\{'b': 0.5, ...\}"),
        ({"start": {**START, "q": 1}}, "start gives q, but the parameters are w and b"),
        ({"w": 1.0}, "w was given twice"),
        ({"q": 1.0}, "'q' is not a name of this model"),
        ({"x": math.nan}, "x is nan; a descent needs finite numbers"),
        ({"x": [1.0, math.inf]}, r"x\[1\] is inf"),
        ({"x": [1.0, 2.0], "y": [0.0, 1.0, 0.0]}, "x has 2 and y has 3"),
        ({"x": []}, "x is empty"),
        ({"x": "three"}, "not a real number"),
        ({"x": [["a"]]}, "text"),
    ],
)
def test_bad_data(options: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        train(neuron(), **{"x": 3.0, "y": 0.0, "start": START, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": -1}, "epochs=-1 must be a whole number of at least 0"),
        ({"epochs": 1.5}, "epochs=1.5"),
        ({"patience": 0}, "patience=0"),
        ({"batch": 0}, "batch=0"),
        ({"tolerance": math.nan}, "tolerance=nan"),
        ({"reduction": None}, "no one cost"),
        ({"optimizer": 0.05}, "give an optimizer"),
        ({"optimizer": "gsd(0.05)"}, "no optimizer"),
    ],
)
def test_bad_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        train(neuron(), x=3.0, y=0.0, start=START, **options)
