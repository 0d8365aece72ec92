"""Pictures: what stands in them, what they cost to import, and what is said without matplotlib."""

from __future__ import annotations

import logging
import math
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from commands import runner

from symgd import Model, Neuron, train
from symgd.api import plot
from symgd.cli import main
from symgd.derive.worked import backward
from symgd.errors import DataError, InputError, MissingExtraError
from symgd.functions import ACTIVATIONS
from symgd.pages.figures.style import installed_font, quiet
from symgd.pages.messages import language
from symgd.training.descent import Run
from symgd.training.landscape import MOST_PREDICTIONS, field, predictions

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
PNG = b"\x89PNG\r\n\x1a\n"


def needs_matplotlib() -> None:
    pytest.importorskip("matplotlib", reason="matplotlib, the extra `plot`, is not installed")


def test_backward_numbers_are_those_of_the_worked_point():
    worked = Neuron().derive().at(POINT).worked
    back = backward(worked)
    for name, slope in worked.gradient.items():
        assert back.names[name] == pytest.approx(slope, rel=1e-14)
    # σ'(3.5) by hand: e^-3.5/(1 + e^-3.5)²
    assert back.links["z", "yhat"] == pytest.approx(0.028453023879735560, rel=1e-13)
    assert back.links["w", "z"] == 3


def test_the_graph_names_what_it_shows():
    needs_matplotlib()
    svg = Neuron().derive().at(POINT).figure()
    assert ElementTree.fromstring(svg).tag.endswith("svg")
    for told in ("z = wx + b", "ŷ = σ(z)", "∂C/∂w = 0.08286", "∂ŷ/∂z = 0.02845"):
        assert told in svg
    assert svg == Neuron().derive().at(POINT).figure()


def test_png_and_unknown_format():
    needs_matplotlib()
    body = Neuron().derive().figure("png")
    assert body[:8] == PNG
    assert int.from_bytes(body[16:20], "big") > 600
    with pytest.raises(InputError, match="svg, png, pdf and tikz"):
        Neuron().derive().figure("gif")


def test_kinks_are_marked():
    needs_matplotlib()
    assert "at z = 0: ReLU′ = 0" in Neuron("relu").derive().activation_figure()


def test_descents_of_two_and_three_parameters():
    needs_matplotlib()
    data = {"x": 3.0, "y": 0.0}
    run = train(Neuron(), data, start={"w": 0.5, "b": 2.0}, epochs=20)
    svg = plot(Neuron(), run, data)
    assert "first-order prediction" in svg
    assert "Cost surface, 20 epochs" in svg
    model = Model({"C": "(u - x)**2 + v**2 + r**2"}, parameters=["u", "v", "r"])
    run = train(model, {"x": 1.0}, start={"u": 0, "v": 1, "r": 2}, epochs=5)
    assert "Cost surface" not in plot(model, run, {"x": 1.0})


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("samples", [None, 7, 300])
def test_the_field_is_the_cost_at_each_place(samples, reduction):
    """Both ways round: more places than samples, and more samples than places."""
    rng = np.random.default_rng(3)
    data = {"x": 3.0, "y": 1.0}
    if samples:
        data = {"x": rng.normal(size=samples), "y": rng.integers(0, 2, samples)}
    w, b = rng.normal(size=(2, 40))
    costs, part, count = field(Neuron("tanh").graph, data, {"w": 0.0, "b": 0.0}, reduction)
    assert part == count == (samples or 1)
    for cost, u, v in zip(costs({"w": w, "b": b}), w, b, strict=True):
        each = (data["y"] - np.tanh(u * data["x"] + v)) ** 2 / 2
        whole = np.sum(each) if reduction == "sum" else np.mean(each)
        assert cost == pytest.approx(whole, rel=1e-12)


def test_of_many_samples_a_part_is_drawn_and_said():
    needs_matplotlib()
    rng = np.random.default_rng(4)
    data = {"x": rng.normal(size=9000)}
    data["y"] = (data["x"] > 0).astype(float)
    costs, part, count = field(Neuron().graph, data, {"w": 0.0, "b": 0.0})
    assert (part, count) == (2000, 9000)
    w, b = np.array([0.5, -1.0]), np.array([2.0, 0.3])
    every = [np.mean((data["y"] - 1 / (1 + np.exp(-u * data["x"] - v))) ** 2 / 2)
             for u, v in zip(w, b, strict=True)]  # fmt: skip
    assert costs({"w": w, "b": b}) == pytest.approx(every, rel=0.05)
    run = train(Neuron(), data, start={"w": 0.5, "b": 2.0}, epochs=4, progress=False)
    assert "2000 of 9000 samples" in plot(Neuron(), run, data)


def test_predictions_are_the_slopes_times_the_steps():
    data = {"x": 3.0, "y": 0.0}
    run = train(Neuron(), data, start={"w": 0.5, "b": 2.0}, epochs=1000)
    predicted = predictions(Neuron().graph, run, data)
    assert len(predicted) <= MOST_PREDICTIONS
    for epoch in (0, 501, 999):
        w, b = run.path[epoch]
        s = 1 / (1 + math.exp(-3 * w - b))
        slope = s * s * (1 - s)  # ∂C/∂b; ∂C/∂w is 3 times that
        assert predicted[epoch] == pytest.approx(-0.05 * 10 * slope**2, rel=1e-9)


def test_predictions_on_many_samples_are_few():
    """However many epochs and samples there are, the work has its limit."""
    n = 400_000
    data = {"x": np.ones(n), "y": np.zeros(n)}
    for epochs in (30, 1000):
        run = Run(("w", "b"), epochs, "epochs", [0.0] * (epochs + 1), [(0.5, 2.0)] * (epochs + 1))
        told = predictions(Neuron().graph, run, data)
        assert 20 <= len(told) <= 50
        assert set(told.values()) == {0}  # nothing moves


@pytest.mark.spread(8, 3)
@pytest.mark.parametrize("activation", [a.name for a in ACTIVATIONS])
def test_every_activation_is_drawn_with_its_corners(activation):
    needs_matplotlib()
    derivation = Neuron(activation).derive()
    numbers = dict.fromkeys(derivation.record.graph.leaves, 1.0)
    worked = derivation.at({str(s): x for s, x in numbers.items()})
    svg = worked.activation_figure()
    assert ElementTree.fromstring(svg).tag.endswith("svg")


def test_the_parameters_of_an_activation_are_put_in():
    """threshold has its corner at θ: with θ = 1.5 it is drawn there."""
    needs_matplotlib()
    d = Neuron("threshold").derive()
    with pytest.raises(DataError, match="needs a number"):
        d.activation_figure()
    point = {str(s): 1.0 for s in d.record.graph.leaves} | {"theta": 1.5}
    assert "at z = 1.5" in d.at(point).activation_figure()
    assert "at z = 2.5" in Neuron("threshold(theta=2.5, v=0)").derive().activation_figure()


def test_no_activation_to_draw():
    model = Model({"C": "(u - x)**2"}, parameters=["u"])
    with pytest.raises(InputError, match="no activation"):
        model.derive().activation_figure()


# -- words ----------------------------------------------------------------------------------------


@pytest.fixture
def no_chinese_font(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_matplotlib()
    monkeypatch.setattr("symgd.pages.figures.style.installed_font", lambda fonts: None)


def test_the_words_of_a_picture_are_of_its_language():
    needs_matplotlib()
    data = {"x": 3.0, "y": 0.0}
    run = train(Neuron(), data, start={"w": 0.5, "b": 2.0}, epochs=20)
    svg = plot(Neuron(), run, data, language="zh")
    for told in ("代价曲面，20 轮", "一阶近似的预测", "起点"):
        assert told in svg
    assert "prediction" not in svg
    assert "在 z = 0 处" in Neuron("relu").derive().activation_figure(language="zh")


def test_without_a_font_an_svg_leaves_letters_to_its_reader(no_chinese_font):
    svg = Neuron("relu").derive().activation_figure(language="zh")
    told = " ".join("".join(e.itertext()) for e in ElementTree.fromstring(svg).iter())
    assert "在 z = 0 处" in told
    assert "sans-serif" in svg


def test_without_a_font_a_png_has_no_empty_boxes(no_chinese_font):
    d = Neuron("relu").derive()
    assert d.activation_figure("png", "zh") == d.activation_figure("png", "en")


@pytest.mark.parametrize("code", ["de", "fr", "es"])
def test_every_letter_of_the_language_has_its_glyph(code, recwarn):
    """The pictures' own font has them, with the narrow space of French."""
    needs_matplotlib()
    data = {"x": 3.0, "y": 0.0}
    run = train(Neuron(), data, start={"w": 0.5, "b": 2.0}, epochs=5)
    words = language(code).pictures
    svg = plot(Neuron(), run, data, language=code)
    for told in (words["start"], words["happened"], words["changes"]):
        assert told in svg
    assert plot(Neuron(), run, data, "png", language=code)[:8] == PNG
    assert Neuron("relu").derive().activation_figure("png", code)[:8] == PNG
    assert [str(w.message) for w in recwarn] == []


def test_every_letter_has_its_glyph_where_there_is_a_font(recwarn):
    """matplotlib warns of a glyph that it lacks, and warnings are errors here."""
    needs_matplotlib()
    if installed_font(language("zh").fonts) is None:
        pytest.skip("no Chinese font is installed")
    assert Neuron("relu").derive().activation_figure("png", "zh")[:8] == PNG
    assert [str(w.message) for w in recwarn] == []


# -- the command line -----------------------------------------------------------------------------


def test_the_command_line_draws(tmp_path: Path) -> None:
    needs_matplotlib()
    graph, descent, curve = tmp_path / "g.svg", tmp_path / "d.png", tmp_path / "a.svg"
    words = ["derive", "-a", "relu", "--figure", str(graph), "--plot", str(curve)]
    assert runner().invoke(main, words).exit_code == 0
    assert "ReLU′ = 0" in curve.read_text(encoding="utf-8")
    words = ["train", "--at", "x=3,y=0", "--epochs", "9", "--plot", str(descent)]
    assert runner().invoke(main, words).exit_code == 0
    assert "ReLU(z)" in graph.read_text(encoding="utf-8")
    assert descent.read_bytes()[:8] == PNG


def test_without_matplotlib_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingExtraError, match=r'pip install "symgd\[plot\]"'):
        Neuron().derive().figure()


def test_deriving_without_a_figure_loads_no_matplotlib():
    code = (
        "import sys; from symgd.cli import main; main(['derive'], standalone_mode=False);"
        "sys.exit('matplotlib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0


def test_bold_names_are_drawn_as_letters() -> None:
    """No glyph is missing: warnings are errors here."""
    model = Neuron(notation={"w": r"\mathbf{w}", "x": r"\boldsymbol{x}"})
    derivation = model.derive().at(w=0.5, b=2, x=3, y=0)
    assert b"PNG" in derivation.figure("png")[:8]
    assert "<svg" in derivation.figure("svg")


def test_a_part_that_the_derivation_names_stands_in_the_graph() -> None:
    needs_matplotlib()
    model = Model(
        {"z": "w*x^b", "h": "exp(-(z - w)^2/5)", "C": "log(exp(w*x^2 + b)) + (y - h)^2"}, ["w", "b"]
    )
    svg = model.derive().at(w=0.5, b=1.0, x=0.5, y=0.0).figure()
    assert "∂C/∂w" in svg
    assert "s = " in svg


def test_a_definition_of_no_name_has_a_place() -> None:
    needs_matplotlib()
    derivation = Model({"z": "1/2", "C": "(w*x - z)^2"}, ["w"]).derive()
    for svg in (derivation.figure(), derivation.at(w=1.0, x=2.0).figure()):
        assert "z = ½" in svg


def test_matplotlib_tells_nothing_of_folders_and_settings(
    capfd: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("matplotlib")
    log = logging.getLogger("matplotlib")
    with quiet():
        for name in ("matplotlib", "matplotlib.font_manager", "matplotlib.style.core"):
            logging.getLogger(name).warning("mkdir -p failed for path /dev/null")
    assert log.level == logging.NOTSET
    assert capfd.readouterr().err == ""
