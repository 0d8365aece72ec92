r"""Figures as TikZ and PDF: what stands in them, and that a LaTeX that is found sets them."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest

from symgd import Model, Network, Neuron, sgd, train
from symgd.errors import InputError
from symgd.pages.figures import fit_figure, tikz
from symgd.pages.formats import PICTURES
from symgd.training.fit import fit_of

pytestmark = pytest.mark.filterwarnings("ignore::symgd.errors.TrainingWarning")

POINT = {"W1": np.arange(6).reshape(3, 2) / 7, "b1": [0.1, 0.2, 0.3], "W2": [[0.4, -0.2, 0.3]],
         "b2": [0.1], "x": [1.0, 2.0], "y": [0.5]}  # fmt: skip


def descent(rate: float = 0.1, activation: str = "tanh"):
    start = {"w": 0.1, "b": 0.5}
    return train(Neuron(activation), x=3.0, y=0.5, start=start, optimizer=sgd(rate), epochs=40)


def fitted(inputs: int, headers=None):
    rng = np.random.default_rng(0)
    x1, x2 = rng.standard_normal((2, 30))
    if inputs == 1:
        fit = fit_of(Neuron("tanh").graph, {"x": x1, "y": np.tanh(x1)}, {"w": 0.7, "b": 0.1})
    else:
        data = {"x1": x1, "x2": x2, "y": (x1 > x2) * 1.0}
        found = {"w1": 1.5, "w2": -1.0, "b": 0.2}
        fit = fit_of(Neuron("sigmoid", "bce", inputs=2).graph, data, found)
    return fit_figure(fit, "tikz", headers=headers)


FIGURES = {
    "graph": lambda: Neuron().derive().figure("tikz"),
    "graph with numbers": lambda: Neuron().derive().at(w=0.5, b=2, x=3, y=0).figure("tikz"),
    "a link that skips": lambda: Model(
        {"z": "2*x + 1", "q": "z*w", "C": "(q - z)^2 + w*x"}, ["w"]
    ).derive().at(w=1.5, x=2).figure("tikz"),
    "network": lambda: Network([2, 3, 1], "tanh", "quadratic", batch=False).derive().figure("tikz"),
    "network with numbers": lambda: Network([2, 3, 1], "tanh", "quadratic", batch=False)
    .derive().at(POINT).figure("tikz"),
    "cases": lambda: Model(
        {"a": "where(w*x > 0, w*x, 0.1*x)", "C": "(a - y)^2"}, ["w"]
    ).derive().figure("tikz"),
    "activation": lambda: Neuron().derive().activation_figure("tikz"),
    "corner": lambda: Neuron("relu").derive().activation_figure("tikz"),
    "descent": lambda: descent().plot("tikz"),
    "diverging": lambda: descent(0.3, "identity").plot("tikz"),
    "curve": lambda: fitted(1, {"x": "cost in $ & 5 % of a_b #1 ^ ~ { \\"}),
    "boundary": lambda: fitted(2),
}  # fmt: skip


@pytest.fixture(scope="module")
def made():
    return {name: make() for name, make in FIGURES.items()}


@pytest.mark.parametrize("name", FIGURES)
def test_a_file_is_one_picture_that_says_what_it_needs(made, name):
    text = made[name]
    head, _, body = text.partition(r"\begin{tikzpicture}")
    assert r"%   \usepackage{tikz}" in head
    assert (r"%   \usepackage{pgfplots}" in head) == (r"\begin{axis}" in body)
    assert body.rstrip().endswith(r"\end{tikzpicture}")
    bare = re.sub(r"\\[\\{}%]", "", text)
    assert bare.count("{") == bare.count("}")
    beyond = {
        c for line in text.splitlines() if not line.startswith("%") for c in line if ord(c) > 126
    }
    assert beyond == set()


def test_the_graph_has_every_name_and_every_number(made):
    text = made["graph with numbers"]
    for shown in (
        r"\hat{y} = \sigma(z)", r"C = \frac{1}{2} (y - \hat{y})^2", "0.9707", "0.02762",
        r"\partial {C}/\partial {w} = 0.08286", r"\partial {\hat{y}}/\partial {z} = 0.02845",
    ):  # fmt: skip
        assert shown in text
    assert text.count(r"\draw[link]") == 6
    assert text.count("parameter, minimum") == 2


def test_the_curves_have_the_numbers_of_the_run():
    run = descent()
    text = run.plot("tikz")
    assert f"({run.epochs},{run.history[-1]:.6g})" in text
    assert all(f"{end:.6g}" in text for end in (*run.path[0], *run.path[-1]))
    assert "diverging" not in text
    assert r"2/$\lambda$max" in descent(0.3, "identity").plot("tikz")


def test_notes_are_mathematics():
    assert tikz.notes("∂C/∂ŷ = −0.5", {"ŷ": r"\hat{y}", "C": "C"}) == \
        r"\partial {C}/\partial {\hat{y}} = -0.5"  # fmt: skip
    assert tikz.notes("n₀×n₁", {}) == r"n_{0}\times n_{1}"
    assert tikz.notes("[0.4 −0.2]", {}) == r"[0.4\;-0.2]"
    assert tikz.text("50 % of a_b") == r"50 \% of a\_b"


@pytest.mark.slow
def test_every_format_is_written_by_its_ending(tmp_path):
    run = descent()
    starts = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF", "tikz": b"% The descent"}
    for name, ending in PICTURES.items():
        written = run.save(tmp_path / f"run{ending}").read_bytes()
        assert written.startswith(starts[name])
        again = run.plot(name)
        assert written == (again.encode() if isinstance(again, str) else again)
    with pytest.raises(InputError, match="svg, png, pdf and tikz"):
        run.plot("eps")


@pytest.mark.slow
def test_latex_sets_them_all(made, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    for package in ("tikz.sty", "pgfplots.sty"):
        if subprocess.run(["kpsewhich", package], capture_output=True).returncode:
            pytest.skip(f"{package} is not installed")
    needs = (r"\usepackage{amsmath,amssymb}", r"\usepackage{tikz}", r"\usepackage{pgfplots}",
             r"\pgfplotsset{compat=1.16}")  # fmt: skip
    pages = [r"\documentclass{article}", *needs, r"\begin{document}"]
    for i, text in enumerate(made.values()):
        (tmp_path / f"f{i}.tex").write_text(text, encoding="utf-8")
        pages.append(rf"\input{{f{i}.tex}}\clearpage")
    (tmp_path / "all.tex").write_text("\n".join([*pages, r"\end{document}"]))
    found = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "all.tex"],
        cwd=tmp_path, capture_output=True,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout.decode(errors="replace")[-2000:]
