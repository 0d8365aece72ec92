"""Which column of a CSV is which input: by what is said, by name, by order; and what is drawn."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from symgd import Model, Network, Neuron, report
from symgd.cli import main
from symgd.pages.figures import fit_figure
from symgd.training.fit import axis_of, fit_of
from symgd.training.fit_arrays import fit_of_arrays

DOSE = """
parameters = ["k", "v0"]
[definitions]
pred = "v0*exp(-k*time)"
C = "(pred - level)^2"
"""
LOGISTIC = """
parameters = ["w"]
[definitions]
C = "norm2(X*w - y)^2/2"
[shapes]
X = ["m", "n"]
w = "n"
y = "m"
"""
HEADER = '"Hours since dose","Level, mg/l ($)",note\n'
ROWS = "0,5,a\n1,3,b\n2,2,c\n3,1.2,d\n"


def run(*args: object):
    return CliRunner().invoke(main, list(map(str, args)))


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def test_headers_of_any_text_are_mapped_to_inputs(written, tmp_path):
    model, data = written("m.toml", DOSE), written("d.csv", HEADER + ROWS)
    told = ("--columns", "time=Hours since dose", "--columns", "level=Level, mg/l ($)")
    found = run("train", "--model", model, data, *told, "--start", "v0=1,k=0", "--epochs", 0)
    mean = np.mean((1 - np.array([5, 3, 2, 1.2])) ** 2)
    assert found.exit_code == 0, found.output
    assert float(found.output.split("cost ")[1].split()[0]) == pytest.approx(mean)
    page = tmp_path / "r.html"
    found = run("report", "--model", model, data, *told, "--epochs", 5, "-o", page)
    assert found.exit_code == 0, found.output
    assert "over Hours since dose." in page.read_text(encoding="utf-8")


def test_where_no_name_is_there_the_order_counts_and_is_told(written):
    model = written("m.toml", DOSE)
    data = written("d.csv", "Hours,Level\n0,5\n1,3\n")
    found = run("train", "--model", model, data, "--epochs", 0)
    assert found.exit_code == 0
    assert "time is 'Hours' and level is 'Level'" in found.output


@pytest.mark.parametrize(
    ("header", "told", "said"),
    [
        ("Hours,Level,note", (), "there is no column 'time'"),
        ("time,Level", (), "there is no column 'level'"),
        ("time,level", ("--columns", "t"), "is not NAME=HEADER"),
        ("time,level", ("--columns", "q=time"), "not an input"),
        ("time,level", ("--columns", "time=Time"), "Did you mean 'time'"),
        ("time,level", ("--columns", "time=level", "--columns", "time=time"), "it has 1"),
    ],
)
def test_what_does_not_fit_is_one_sentence(written, header, told, said):
    row = ",".join("1" for _ in header.split(","))
    data = written("d.csv", f"{header}\n{row}\n")
    found = run("train", "--model", written("m.toml", DOSE), data, *told, "--epochs", 0)
    assert found.exit_code == 2
    assert said in found.output


@pytest.mark.skipif(not Path("/dev/stdin").exists(), reason="no file that is stdin")
@pytest.mark.parametrize("place", ["-", "/dev/stdin"])
@pytest.mark.parametrize("words", [["train", "--epochs", "3"], ["report", "-o", "page.html"]])
def test_samples_come_by_a_pipe(tmp_path: Path, words: list[str], place: str) -> None:
    command, *more = words
    run = subprocess.run(
        [sys.executable, "-m", "symgd", command, place, *more, "--columns", "x=dose"],
        input="dose,y\n1,0\n2,1\n3,1\n", capture_output=True, text=True, cwd=tmp_path,
    )  # fmt: skip
    assert (run.returncode, run.stderr) in ((0, ""), (0, "page.html written.\n"))
    assert "3 epochs" in run.stdout or (tmp_path / "page.html").read_text().count("dose")


def test_an_array_takes_several_columns(written):
    model = written("m.toml", LOGISTIC)
    data = written("d.csv", "height,age,y\n1,2,3\n4,5,7\n")
    start = written("w.json", '{"w": [1, 1]}')
    found = run("train", "--model", model, data, "--start", start, "--epochs", 0)
    assert "X are 'height' and 'age'" in found.output
    assert f"cost {((1 + 2 - 3) ** 2 + (4 + 5 - 7) ** 2) / 2}" in found.output
    told = ("--columns", "X=age", "--columns", "y=height")
    start = written("w.json", '{"w": [1]}')
    found = run("train", "--model", model, data, *told, "--start", start, "--epochs", 0)
    assert f"cost {((2 - 1) ** 2 + (5 - 4) ** 2) / 2}" in found.output


# -- what is drawn ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_curve_is_the_prediction_and_the_cost_a_mean_of_samples():
    x = np.linspace(-2, 2, 9)
    y = np.tanh(x)
    fit = fit_of(Neuron("tanh").graph, {"x": x, "y": y}, {"w": 0.7, "b": 0.1})
    np.testing.assert_allclose(fit.values, np.tanh(0.7 * fit.axes[0] + 0.1), rtol=1e-12)
    assert (fit.inputs, fit.label, fit.prediction) == (("x",), "y", "yhat")
    page = report(Neuron("tanh"), x=x, y=y, epochs=3)
    words = "".join(page.split("the mean over the 9 samples")[1].split("<figure")[0].split())
    assert "<mi>N</mi>" in words
    assert "∑" in words
    assert "the mean over" not in report(Neuron("tanh"), x=1.0, y=0.5, epochs=3)
    assert "the sum over the 9 samples" in report(
        Neuron("tanh"), x=x, y=y, epochs=3, reduction="sum"
    )


@pytest.mark.parametrize(
    ("activation", "loss", "labels", "level"),
    [
        ("sigmoid", "bce", (0.0, 1.0), 0.0),
        ("identity", "quadratic", (0.0, 1.0), 0.5),
        ("tanh", "quadratic", (-1.0, 1.0), 0.0),
    ],
)
def test_the_boundary_is_where_both_labels_cost_the_same(activation, loss, labels, level):
    """w·x + b = level, of a line that is known."""
    neuron = Neuron(activation, loss, inputs=2)
    rng = np.random.default_rng(0)
    x1, x2 = rng.standard_normal((2, 50))
    y = np.where(x1 > x2, *reversed(labels))
    fit = fit_of(neuron.graph, {"x1": x1, "x2": x2, "y": y}, {"w1": 1.5, "w2": -1.0, "b": 0.2})
    xs, ys = np.meshgrid(*fit.axes)
    z = 1.5 * xs - ys + 0.2 - level
    far = np.abs(z) > 1e-9
    assert (np.sign(fit.border)[far] == np.sign(z)[far]).all() or (
        np.sign(fit.border)[far] == -np.sign(z)[far]
    ).all()
    assert fit.classes == labels
    assert "svg" in fit_figure(fit, headers={"x1": "cost in $ or a_b", "y": "50 % \\alpha"})


def test_what_has_no_one_prediction_has_no_such_picture():
    columns = {"x": np.arange(3.0), "y": np.arange(3.0)}
    inline = Model({"C": "(w*x - y)^2"}, ["w"])
    assert fit_of(inline.graph, columns, {"w": 1.0}) is None
    three = Neuron(inputs=3)
    many = {n: np.arange(4.0) for n in ("x1", "x2", "x3", "y")}
    assert fit_of(three.graph, many, {"w1": 1, "w2": 1, "w3": 1, "b": 0}) is None
    assert "samples" in report(inline, columns, epochs=2)


NETWORK = """
[network]
sizes = [2, 3, 1]
activation = "tanh"
loss = "bce_logits"
"""


def test_a_network_of_two_inputs_has_its_boundary(written, tmp_path):
    rng = np.random.default_rng(0)
    rows = "".join(f"{a},{b},{int(a * b > 0)}\n" for a, b in rng.uniform(-1, 1, (20, 2)))
    data = written("d.csv", f"left,right,same\n{rows}")
    page = tmp_path / "r.html"
    found = run("report", "--model", written("m.toml", NETWORK), data, "--epochs", 5, "-o", page)
    assert found.exit_code == 0, found.output
    text = page.read_text(encoding="utf-8")
    assert "by their label over left and right, shades of Z₂" in text


def test_the_boundary_of_logits_is_at_0_and_what_is_predicted_together_has_none():
    rng = np.random.default_rng(1)
    x = rng.standard_normal((30, 2))
    y = (x[:, :1] > 0) * 1.0
    for more, drawn in (({}, True), ({"normalise": "batch"}, False), ({"l2": 0.1}, True)):
        network = Network([2, 3, 1], "tanh", "bce_logits", **more)
        weights = network.initial(3)
        fit = fit_of_arrays(network.graph, {"X": x, "Y": y}, weights, "m")
        assert (fit is not None) is drawn
        if fit is None:
            continue
        xs, ys = fit.axes
        at = np.array([[xs[5], ys[40]], [xs[60], ys[7]]])
        hidden = np.tanh(at @ weights["W1"].T + weights["b1"])
        z = (hidden @ weights["W2"].T + weights["b2"])[:, 0]
        np.testing.assert_allclose([fit.values[40, 5], fit.values[7, 60]], z, rtol=1e-9)
        # C(z, 0) - C(z, 1) = z
        np.testing.assert_allclose(fit.border, fit.values, atol=1e-6)


def test_numbers_in_the_place_of_names_are_told_to_be_no_sample(written):
    found = run("train", written("data.csv", "1,2\n2,3\n3,4\n"), "--epochs", 1)
    assert found.exit_code == 0
    assert "taken for their names, and is no sample" in found.output
    assert "no sample" not in run("train", written("data.csv", "u,v\n2,3\n"), "--epochs", 1).output


def test_data_that_go_to_the_ends_of_the_doubles_are_drawn_without_a_warning():
    axis = axis_of(np.array([1e308, -1e308, 0.0]), 5)
    assert np.isfinite(axis).all()
    assert np.all(np.diff(axis) > 0)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "--weights 'y' is the column that the model takes as y; give another one"),
        (["--columns", "y=k"], "--weights 'y' has the name of an input that is another column"),
    ],
)
def test_weights_that_are_an_input(tmp_path: Path, more: list[str], said: str) -> None:
    (tmp_path / "t.csv").write_text("x,y,k\n1,2,1\n2,3,2\n")
    line = ["train", str(tmp_path / "t.csv"), "--epochs", "2", "--weights", "y", *more]
    run = CliRunner().invoke(main, line)
    assert run.exit_code == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr
