"""`--model FILE.toml` of every command that is about a model: scalars, arrays and networks."""

# ruff: noqa: E501 - tables keep a row on its line

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from symgd.cli import main

MODELS = Path(__file__).parents[2] / "docs" / "models"
CASES = """
parameters = ["w", "b"]
[definitions]
z = "w*x + b"
a = "where(z > 0, z, 0.1*z)"
C = "(a - y)^2/2"
"""
LABELLED = """
parameters = ["w"]
[definitions]
p = "sigmoid(w*x)"
C = "-y*log(p) - (1 - y)*log(1 - p)"
[domains]
y = "{0, 1}"
"""


def run(*args: str):
    return CliRunner().invoke(main, list(map(str, args)))


@pytest.fixture
def written(tmp_path):
    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


# model file             right                                         wrong
JUDGED = [
    (CASES, r"\frac{\partial C}{\partial a} = a - y", r"\frac{\partial C}{\partial a} = a + y"),
    (CASES, r"z = wx + b", r"z = wx - b"),
    (LABELLED, r"\frac{\partial C}{\partial w} = (p - y)x", r"\frac{\partial C}{\partial w} = p - y"),
    ("layer", r"\frac{\partial C}{\partial W} = ((a - y) \odot a \odot (1 - a)) x^\top",
     r"\frac{\partial C}{\partial W} = (a - y) x^\top"),
    ("logistic_regression", r"\nabla_w C = X^\top(\sigma(Xw) - y)", r"\nabla_w C = X(\sigma(Xw) - y)"),
    ("mlp", r"\frac{\partial C}{\partial b_2} = \mathrm{softmax}(z_2) - y",
     r"\frac{\partial C}{\partial b_2} = \mathrm{softmax}(z_2)"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "right", "wrong"), JUDGED)
def test_lines_are_judged_against_the_definitions_of_the_model(written, model, right, wrong):
    file = MODELS / f"{model}.toml" if "\n" not in model else written("m.toml", model)
    for text, code in ((right, 0), (wrong, 1)):
        found = run("check", "--strict", "--model", file, written("sheet.tex", f"$${text}$$"))
        assert found.exit_code == code, found.output


def test_the_section_of_a_repository_names_a_model(written, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    written("m.toml", CASES)
    written("pyproject.toml", '[tool.symgd.check]\nmodel = "m.toml"\nfiles = ["*.tex"]\n')
    written("sheet.tex", r"$$\frac{\partial C}{\partial a} = a + y$$")
    assert run("check").exit_code == 1


COMMANDS = [
    ("derive", ()),
    ("train", ("--at", "x=1,y=2")),
    ("report", ()),
    ("export", ("--to", "c")),
    ("check", ("sheet.tex",)),
]


@pytest.mark.parametrize(("command", "more"), COMMANDS)
@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("a = [", "is not TOML"),
        ("x = 1", "not part of a model"),
        ("parameters = ['w']\n[definitions]\nC = 'w*('", "The formula ends"),
    ],
)
def test_a_file_that_is_no_model_is_one_sentence(written, tmp_path, command, more, text, said):
    file = tmp_path / "m.toml" if text is None else written("m.toml", text)
    found = run(command, "--model", file, *more)
    assert found.exit_code == 2
    assert said in found.output
    assert found.output.count("symgd: ") == 1


@pytest.mark.parametrize("model", ["layer", "mlp", "logistic_regression"])
def test_models_with_shapes_are_trained_reported_and_exported(written, tmp_path, model):
    rng = np.random.default_rng(0)
    data = {
        "layer": {"x": rng.standard_normal(3), "y": rng.random(2),
                  "W": rng.standard_normal((2, 3)), "b": np.zeros(2)},
        "mlp": {"x": rng.standard_normal(784) / 28, "y": np.eye(10)[3]},
        "logistic_regression": {"X": rng.standard_normal((9, 2)), "y": np.arange(9) % 2,
                                "w": np.zeros(2)},
    }[model]  # fmt: skip
    text = MODELS.joinpath(f"{model}.toml").read_text()
    file = written("m.toml", text)
    if model == "mlp":
        file = written("m.toml", text.replace("784, 128, 10", "4, 3, 10"))
        data["x"] = data["x"][:4]
    values = written("v.json", json.dumps({n: np.asarray(v).tolist() for n, v in data.items()}))
    trained = run("train", "--model", file, values, "--epochs", "3")
    assert trained.exit_code == 0, trained.output
    assert "3 epochs" in trained.output
    exported = run("export", "--to", "numpy", "--model", file)
    assert exported.exit_code == 0
    page = tmp_path / "page.html"
    reported = run("report", "--model", file, "--at", values, "--epochs", "3", "-o", page)
    assert reported.exit_code == 0, reported.output
    assert "<svg" in page.read_text() or "data:image/svg" in page.read_text()


def test_a_byte_order_mark_is_no_part_of_a_model(written):
    plain = 'parameters = ["w"]\n[definitions]\nC = "(y - w*x)^2"\n'
    marked = run("train", "--model", written("m.toml", "\ufeff" + plain), "--at", "x=1,y=2")
    assert marked.exit_code == 0, marked.output
    assert (
        marked.output == run("train", "--model", written("n.toml", plain), "--at", "x=1,y=2").output
    )
