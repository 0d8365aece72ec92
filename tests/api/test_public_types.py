"""The public face is typed: a slip is seen before it runs, and options are not data."""

from __future__ import annotations

import inspect
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symgd
import symgd.api
from symgd import Model, Network, Neuron, train
from symgd.api import Derivation, Gradient, Run, WorkedDerivation
from symgd.api.descents import OPTIONS
from symgd.errors import DataError, ModelError

# What is named by the model, not by us; they take numbers and arrays alone.
OPEN = {
    "at", "train", "report", "__call__", "product", "initial", "problem", "predict", "band",
}  # fmt: skip
# Arguments of which no type says more: any function may be judged, and no place of a corner is
# barred by its type.
ANY = {("check_gradient", "function"), ("__init__", "kinks")}


def public() -> dict[str, Any]:
    """Every function that is called by a name of `symgd` or `symgd.api`, methods included."""
    found: dict[str, Any] = {}
    for face in (symgd, symgd.api):
        for name in face.__all__:
            item = getattr(face, name)
            if not isinstance(item, type):
                found[name] = item
            elif not issubclass(item, Exception):
                methods = {n: inspect.getattr_static(item, n) for n in dir(item)}
                found |= {
                    f"{name}.{n}": getattr(m, "__func__", m)
                    for n, m in methods.items()
                    if n in ("__init__", "__call__") or not n.startswith("_")
                    if inspect.isfunction(getattr(m, "__func__", m))
                }
    return found


PUBLIC = public()


def test_the_public_face_is_found():
    assert {
        "Model.derive", "Network.initial", "Network.attention", "Neuron.__init__", "train", "sgd",
        "check_gradient", "Derivation.to_html", "WorkedDerivation.at", "Gradient.__call__",
        "Run.save",
    } <= set(PUBLIC)  # fmt: skip


@pytest.mark.parametrize("name", PUBLIC)
def test_no_option_goes_by_without_a_name(name):
    last = name.rpartition(".")[2]
    for p in inspect.signature(PUBLIC[name]).parameters.values():
        if p.name in ("self", "cls"):
            continue
        assert p.annotation is not inspect.Parameter.empty, (name, p.name)
        assert "Any" not in p.annotation or (last, p.name) in ANY, (name, p.name)
        if p.kind is p.VAR_KEYWORD:
            assert last in OPEN
            assert p.annotation in ("Value", "int", "Column")
        if p.kind is p.VAR_POSITIONAL:
            assert (last, p.annotation) in (
                    ("derive", "str"), ("practice", "str"), ("chain", "Optimizer"),
                )  # fmt: skip
    assert inspect.signature(PUBLIC[name]).return_annotation not in (inspect.Signature.empty, "Any")


@pytest.mark.parametrize("name", PUBLIC)
def test_the_errors_of_what_takes_arguments_are_said(name):
    """By the function, or once for all methods by the class."""
    home, _, method = name.rpartition(".")
    said = (PUBLIC[name].__doc__ or "") if method != "__init__" else ""
    assert said or method == "__init__"
    if home:
        said += "".join(
            c.__doc__ or ""
            for c in (getattr(symgd, home, None) or getattr(symgd.api, home)).__mro__
        )
    takes = [p for p in inspect.signature(PUBLIC[name]).parameters if p not in ("self", "cls")]
    harmless = {"Gradient.__init__", "Run.__init__", "Run.milestones"}
    assert not takes or name in harmless or "aises" in said


def test_everything_that_a_model_gives_is_of_one_type():
    scalar, arrays = Neuron(), Network([2, 2])
    for model in (scalar, arrays, Neuron(inputs="n"), Network.attention(), Network.recurrent(2)):
        assert isinstance(model, Model)
        assert type(model.derive()) is Derivation
        assert type(model.compile()) is Gradient
    at = {"X": [[1.0, 2.0]], "Y": [[0.0, 1.0]], **arrays.initial(0)}
    assert type(arrays.derive().at(at)) is WorkedDerivation
    assert type(scalar.derive().at(w=1, b=1, x=1, y=1)) is WorkedDerivation
    assert type(train(arrays, X=[[1.0, 2.0]], Y=[[0.0, 1.0]], epochs=1)) is Run
    assert type(train(scalar, x=1, y=1, start={"w": 1, "b": 1}, epochs=1)) is Run


def test_the_options_of_train_are_listed_once():
    keywords = inspect.signature(train).parameters.values()
    assert {p.name for p in keywords if p.kind is p.KEYWORD_ONLY} == set(OPTIONS)


def test_a_name_that_is_an_option_too_is_told():
    model = Model({"C": "(seed*w - 1)^2"}, ["w"])
    with pytest.raises(ModelError, match=r"seed is a name .* train\(model, \{'seed': ...\}"):
        train(model, start={"w": 1.0}, seed=2)
    run = train(model, {"seed": 2.0}, start={"w": 1.0}, epochs=1, optimizer="sgd(0.125)")
    assert run.history == [1.0, 0.0]
    for model, data in ((Neuron(), {"x": 1.0, "y": 0.0}), (Network([2, 2]), {"X": 1.0, "Y": 0.0})):
        with pytest.raises(DataError, match=r"'epoch' is not a name .* Did you mean 'epochs'"):
            train(model, data, epoch=3, start={})


def test_the_package_says_that_it_is_typed():
    assert (Path(symgd.__file__).parent / "py.typed").is_file()


RIGHT = """
import numpy as np
from symgd import Model, Network, Neuron, report, sgd, train

neuron = Neuron(activation="tanh", loss="huber(delta=1)")
d = neuron.derive("w", order=2, detail="full")
page: str = d.at({"w": 1.0}, b=2.0, x=3.0, y=0.0, rate=0.1).to_text(language="zh")
cost, grads = neuron.compile(backend="numpy", reduction="sum")(w=0.5, b=2.0, x=[1.0], y=[0.0])
net = Network([2, 3, 2], activation="relu", loss="softmax_cross_entropy", l2=0.1)
run = train(net, X=np.ones((4, 2)), Y=np.ones((4, 2)), optimizer=sgd(0.1), epochs=3, batch=2)
net.derive().to_html(style="backprop", title="t")
run.plot("png")
Model({"C": "x'*x"}, ["x"], shapes={"x": "n"}, assume={"x": "pos"}).compile().product({"x": [1.0]})
"""
# A line of the file, and the same with a slip of the pen.
WRONG = {
    'Neuron(activation="tanh"': 'Neuron(activatoin="tanh"',
    'derive("w", order=2': 'derive("w", ordr=2',
    'to_text(language="zh")': 'to_text(langauge="zh")',
    'compile(backend="numpy"': 'compile(backed="numpy"',
    'loss="softmax_cross_entropy", l2': 'loss="softmax_cross_entropy", L2',
    "optimizer=sgd(0.1)": "optimiser=sgd(0.1)",
    "batch=2)": 'batch="2")',
    'style="backprop", title': 'stile="backprop", title',
    'plot("png")': "plot(2)",
    'assume={"x"': 'asume={"x"',
    "page: str": "page: int",
}


@pytest.mark.slow
def test_mypy_sees_a_slip_of_the_pen(tmp_path):
    pytest.importorskip("mypy")
    right = tmp_path / "right.py"
    right.write_text(RIGHT)
    files = {right: ""}
    for i, (line, slip) in enumerate(WRONG.items()):
        assert RIGHT.count(line) == 1, line
        file = tmp_path / f"wrong{i}.py"
        file.write_text(RIGHT.replace(line, slip))
        files[file] = slip
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent",
         "--cache-dir", str(tmp_path / "cache"), *map(str, files)],
        capture_output=True, text=True, cwd=Path(symgd.__file__).parent.parent, check=False,
    )  # fmt: skip
    told = {Path(line.split(":")[0]).name for line in run.stdout.splitlines() if ": error:" in line}
    assert "right.py" not in told, run.stdout
    assert told == {f.name for f in files if files[f]}, run.stdout
    shutil.rmtree(tmp_path / "cache", ignore_errors=True)


def test_what_is_handed_in_is_not_changed():
    W = np.ones((2, 2))
    net = Network([2, 2], "tanh", "quadratic")
    start = {"W1": W, "b1": np.zeros(2)}
    run = train(net, X=np.ones((3, 2)), Y=np.zeros((3, 2)), start=start, epochs=2)
    np.testing.assert_array_equal(W, np.ones((2, 2)))
    np.testing.assert_array_equal(run.start["W1"], np.ones((2, 2)))
    assert not np.array_equal(run.parameters["W1"], W)
