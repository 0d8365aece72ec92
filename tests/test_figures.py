"""Pictures: what stands in them, what they cost to import, and what is said without matplotlib."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from symgd import Model, Neuron, train
from symgd.api import plot
from symgd.backward import backward
from symgd.cli import main
from symgd.errors import InputError, MissingExtraError

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
    with pytest.raises(InputError, match="svg and png"):
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


def test_the_command_line_draws(tmp_path: Path) -> None:
    needs_matplotlib()
    graph, descent = tmp_path / "g.svg", tmp_path / "d.png"
    assert CliRunner().invoke(main, ["derive", "--figure", str(graph)]).exit_code == 0
    words = ["train", "--at", "x=3,y=0", "--epochs", "9", "--plot", str(descent)]
    assert CliRunner().invoke(main, words).exit_code == 0
    assert "σ(z)" in graph.read_text(encoding="utf-8")
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
