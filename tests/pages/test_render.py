"""The formats: JSON that reads back, text that fits a terminal, LaTeX that a real pdflatex sets."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import mpmath as mp
import pytest
from conftest import draw, gap

from symgd.api import Derivation, Model, Network, Neuron
from symgd.errors import InputError
from symgd.functions import SIGNATURES
from symgd.language import parse
from symgd.pages.messages import english as words
from symgd.pages.text import folded, width

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}


def three_layers() -> Model:
    return Model(
        {
            "z1": "w1*x + b1", "a1": "tanh(z1)", "z2": "w2*a1 + b2", "a2": "silu(z2)",
            "z3": "w3*a2 + b3", "yhat": "sigmoid(z3)", "C": "(y - yhat)**2/2",
        },
        ["w1", "b1", "w2", "b2", "w3", "b3"],
    )  # fmt: skip


DERIVED: dict[str, Any] = {
    "default": lambda: Neuron().derive(),
    "default at a point": lambda: Neuron().derive().at(**POINT),
    "order 2": lambda: Neuron("tanh", "quadratic").derive(order=2),
    "order 2 at a point": lambda: Neuron().derive(order=2).at(**POINT),
    "gelu_tanh": lambda: Neuron("gelu_tanh").derive(),
    "focal": lambda: Neuron("identity", "focal").derive(),
    "piecewise": lambda: Neuron("hardswish", "huber").derive(detail="full"),
    "selu": lambda: Neuron("selu", "tukey").derive(),
    "three layers": lambda: three_layers().derive(),
    "a function of its own": lambda: Model(
        {"z_hidden": "w*x", "yhat": "g(z_hidden)", "C": "(y - yhat)**2"},
        ["w"],
        functions={"g": None},
    ).derive(),
}


@pytest.fixture(params=sorted(DERIVED))
def derivation(request) -> Derivation:
    return DERIVED[request.param]()


# -- JSON ---------------------------------------------------------------------------------------------


@pytest.mark.spread(2)
def test_json_reads_back_and_still_holds(derivation):
    data = json.loads(derivation.to_json())
    assert data["schema"] == 1
    assert {"model", "order", "detail", "verdict", "lemmas", "sections", "results"} <= set(data)
    calls = {n: tuple(f["variables"]) for n, f in data["model"]["functions"].items()}
    read = lambda text: parse(text, functions={**SIGNATURES, **calls})  # noqa: E731
    graph = derivation.record.graph
    own = any(g.body is None for g in graph.functions.values())
    ids = []
    for kind in ("lemmas", "backward", "sections"):
        for section in data[kind]:
            assert section["steps"][0]["before"] == section["left"]
            assert section["steps"][-1]["after"] == section["result"]
            for step in section["steps"]:
                ids.append(step["id"])
                assert step["rule"] in words.NAMES
                assert step["reason"].endswith(".")
                assert set(step["also"]) <= set(words.NAMES)
                assert step["verdict"]["status"] in ("proved", "sampled")
                if step["verdict"]["status"] == "sampled":
                    assert step["verdict"]["points"] > 0
                    assert step["verdict"]["digits"] > 0
                before, after = read(step["before"]), read(step["after"])
                if not own:
                    leaves = draw(graph, random.Random(len(ids)))
                    found = gap(before, after, graph, leaves, section["kind"] == "lemma")
                    assert found is None or found < mp.mpf(10) ** -15, step
    assert len(set(ids)) == len(ids)
    assert list(data["results"]) == list(derivation.results)


def test_json_carries_the_numbers():
    at = json.loads(Neuron().derive().at(**POINT).to_json())["at"]
    assert at["point"] == POINT
    assert at["forward"][0] == {"left": "z", "formula": "w*x + b", "value": 3.5}
    assert [u["name"] for u in at["updates"]] == ["w", "b"]
    assert at["actual_change"] < 0
    assert "at" not in json.loads(Neuron().derive().to_json())


# -- words ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("id", sorted(words.NAMES))
def test_every_id_has_a_name_and_a_reason(id):
    assert words.ENGLISH.name(id, "z", 1)
    assert "{" not in words.ENGLISH.name(id, "z", 1)
    assert "{" not in words.ENGLISH.name(id)
    reason = words.ENGLISH.reason(id)
    assert reason.endswith(".")
    assert len(reason.split()) >= 3


# -- text -------------------------------------------------------------------------------------------------


def test_text_fits_a_terminal(derivation):
    page = derivation.to_text()
    assert page.endswith("\n")
    assert "\\" not in page
    assert "**" not in page
    assert "None" not in page
    assert "{detail}" not in page
    lines = page.splitlines()
    assert not any(line != line.rstrip() for line in lines)
    wide = [line for line in lines if len(line) > 130]
    assert len(wide) <= 0.15 * len(lines)


def test_text_tells_the_verdict():
    page = Neuron().derive().to_text()
    assert "✓ chain rule through ŷ" in page
    assert "✓ by lemma 1" in page
    assert re.search(r"\d+ steps\.", page)


# -- LaTeX --------------------------------------------------------------------------------------------------


def test_latex_is_plain_amsmath(derivation):
    body = derivation.to_latex()
    assert r"\begin{align*}" in body
    assert r"\documentclass" not in body
    for forbidden in (r"\operatorname", r"\mbox", "None", "**", "yhat", "≈", "✓", "ŷ", "−"):
        assert forbidden not in body
    assert body.count(r"\begin{align*}") == body.count(r"\end{align*}")
    assert body.count("{") == body.count("}")


@pytest.mark.spread(2)
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
@pytest.mark.parametrize("name", sorted(DERIVED))
def test_pdflatex_sets_the_document_without_a_word(name, tmp_path: Path):
    (tmp_path / "page.tex").write_text(DERIVED[name]().to_latex(document=True), encoding="utf-8")
    run = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        cwd=tmp_path, capture_output=True, check=False, timeout=60,
    )  # fmt: skip
    log = (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")
    assert run.returncode == 0, log[-2000:]
    for complaint in ("Overfull", "Warning", "undefined", "Missing"):
        assert complaint not in log, [line for line in log.splitlines() if complaint in line][:5]
    assert (tmp_path / "page.pdf").stat().st_size > 5000


def test_a_notebook_shows_aligned():
    body = Neuron().derive()._repr_latex_()
    assert body.startswith(r"$$\begin{aligned}")
    assert body.endswith(r"\end{aligned}$$")
    assert r"\frac{\partial C}{\partial w}" in body


# -- files ------------------------------------------------------------------------------------------------------


def test_save_writes_the_format_of_the_ending(tmp_path: Path):
    d = Neuron().derive()
    for ending, expected in (
        (".txt", d.to_text()),
        (".json", d.to_json()),
        (".tex", d.to_latex(document=True)),
    ):
        assert d.save(tmp_path / f"page{ending}").read_text(encoding="utf-8") == expected
    with pytest.raises(InputError, match="known format"):
        d.save(tmp_path / "page.docx")
    assert not (tmp_path / "page.docx").exists()


def test_a_pairing_is_explained_where_it_is_met_first() -> None:
    """In letters that the model has no other use for; not where differentials are not shown."""
    model = Model(
        {"r": "P*x - b", "C": "norm2(r)^2/2"}, ["x"], shapes={"P": ("m", "n"), "x": "n", "b": "m"}
    )
    page = model.derive().to_text()
    assert page.count("⟨M, N⟩ = Σᵢⱼ MᵢⱼNᵢⱼ = tr(MᵀN)") == 1
    assert page.index("⟨M, N⟩") < page.index("⟨½, d(")
    assert r"\langle M,\, N \rangle &= \sum_{i,j} M_{ij} N_{ij}" in model.derive().to_latex()
    assert "⟨" not in Network([2, 2, 1]).derive().to_text(style="backprop")


def test_no_line_of_text_is_wider_than_a_terminal_reads() -> None:
    """Equations are broken at their outermost signs, reasons and the legend between words."""
    for derivation in (
        Network([4, 3, 1], normalise="batch").derive(),
        Network([4, 3], loss="softmax_cross_entropy").derive(),
        Neuron("tanh", "huber(delta=1)").derive(order=2),
        Neuron("gelu").derive(),
    ):
        for language in ("en", "zh"):
            assert max(map(width, derivation.to_text(language).splitlines())) <= 110
    assert folded("  a = b", 4) == ["  a = b"]
    long = "  a = " + " + ".join(["(b + c)"] * 30)
    lines = folded(long, 6)
    assert "".join(line.replace("      ", " ", 1) for line in lines) == long
    assert all(line.count("(") == line.count(")") for line in lines)


def test_a_long_line_is_broken_between_cases_and_not_within_bars() -> None:
    found = Neuron("sigmoid", "tukey").derive().to_text()
    broken = [line for line in found.splitlines() if line.rstrip().endswith(";")]
    assert broken
    assert all(line.count("|") % 2 == 0 for line in found.splitlines())


def test_what_is_differentiated_stands_in_brackets_where_it_is_a_product():
    page = Model({"z": "w*x", "C": "(z - y)^2 + 1/10*z^2 + 5/4*z"}, ["w"]).derive().to_text()
    assert "∂/∂w(wx)" in page
    assert "∂wx" not in page
    assert "C = (z − y)² + z²/10 + 5z/4" in page
    assert "2z/10" in page


def test_the_meanings_of_marks_are_sentences_and_no_line_is_longer_than_the_page():
    page = Neuron("tanh").derive().at(w=50, b=0, x=2, y=0).to_text()
    assert "steps. ✓ Proved: " in page
    assert "Rounded: ŷ" in page
    assert max(map(len, page.splitlines())) <= 110


def test_signs_stand_in_front_of_a_product():
    definitions = {
        **{f"z{k}": f"w{k}*x" for k in (1, 2)},
        "s": "exp(z1) + exp(z2)",
        **{f"p{k}": f"exp(z{k})/s" for k in (1, 2)},
        "C": "-(y1*log(p1) + y2*log(p2))",
    }
    derivation = Model(definitions, ["w1", "w2"]).derive()
    assert "= y₁p₁p₂/p₁ − y₂p₂(1 − p₂)/p₂" in derivation.to_text()
    full = Model(definitions, ["w1", "w2"]).derive(detail="full").to_text()
    assert "(−1)" in full
