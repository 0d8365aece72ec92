"""Markdown that GitHub renders: what its fences hold, and what is kept off the page."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from commands import runner
from shown_steps import shown_steps

from symgd.api import Derivation, Model, Neuron, WorkedDerivation
from symgd.cli import main
from symgd.language.formulas.printer import latex
from symgd.pages.messages import LANGUAGES
from symgd.trees.names import symbol

POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
FENCE = re.compile(r"^```math\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"\$`(.*?)`\$")

DERIVED: dict[str, Any] = {
    "default": lambda: Neuron().derive(),
    "default at a point": lambda: Neuron().derive().at(POINT),
    "order 2": lambda: Neuron("tanh").derive(order=2),
    "order 2 at a point": lambda: Neuron().derive(order=2).at(POINT),
    "a corner at the point": lambda: Neuron("relu").derive().at(w=0, b=0, x=3, y=1),
    "piecewise": lambda: Neuron("hardswish", "huber").derive(detail="full"),
    "gelu_tanh": lambda: Neuron("gelu_tanh").derive(),
    "selu": lambda: Neuron("selu", "tukey").derive(),
    "names": lambda: Model(
        {"z_hidden_1": "w_in*x", "yhat": "g(z_hidden_1)", "C": "(y - yhat)**2"},
        ["w_in"],
        functions={"g": None},
    ).derive(),
}


@pytest.fixture(params=sorted(DERIVED), scope="module")
def derivation(request) -> Derivation:
    return DERIVED[request.param]()


@pytest.fixture(params=sorted(LANGUAGES), scope="module")
def page(request, derivation) -> str:
    return derivation.to_markdown(language=request.param)


# -- what GitHub renders ------------------------------------------------------------------------


def test_each_block_is_a_heading_and_a_fence(page, derivation):
    headings = re.findall(r"^## .+$", page, re.MULTILINE)
    fences = FENCE.findall(page)
    assert len(headings) == len(fences) == page.count("```math")
    assert page.count("```") == 2 * len(fences)
    assert len(fences) == len(derivation.document().blocks) + 1
    for body in fences:
        assert body.startswith("\\begin{aligned}\n")
        assert body.endswith("\n\\end{aligned}")
        assert "\n\n" not in body, "a blank line ends a display"
        assert body.count("{") == body.count("}")


def test_nothing_stands_in_it_that_github_stumbles_over(page):
    for macro in ("operatorname", "mbox", "phantom", "small", "fit", "tag", "color", "require"):
        assert f"\\{macro}" not in page
    for body in [*FENCE.findall(page), *INLINE.findall(page)]:
        assert "$" not in body, "a dollar in math"
        assert "`" not in body
        assert "%" not in body
        assert not re.search(r"\S[<>]|[<>]\S", body), "a < without spaces is read as a tag"
        assert not set(body) & set("−·ŷσ≈✓")


def test_inline_math_stands_free(page):
    """GitHub leaves $`x`$ as text behind a letter (github/markup issue 1742)."""
    prose = FENCE.sub("", page)
    assert INLINE.search(prose)
    assert prose.count("$") == 2 * len(INLINE.findall(prose))
    for m in INLINE.finditer(prose):
        assert prose[m.start() - 1] in " (\n"
        assert re.match(r"[\s.,;)]", prose[m.end()])


def test_prose_has_no_markup_by_chance(page):
    prose = INLINE.sub("", FENCE.sub("", page))
    assert not re.search(r"(?<!\\)[_*<>|~\[\]]", prose)


# -- what it says -------------------------------------------------------------------------------


def test_every_step_has_its_number_its_mark_and_its_rule(derivation):
    page = derivation.to_markdown()
    parts = re.split(r"^## .+$", page, flags=re.MULTILINE)
    told = 0
    for part in parts:
        numbers = re.findall(r"^\((\d+)\) &&", part, re.MULTILINE)
        rules = re.findall(r"^(\d+)\. (.*)$", part, re.MULTILINE)
        assert numbers == [n for n, _ in rules] == [str(i + 1) for i in range(len(rules))]
        assert all(re.match(r"[✓≈] \S", rule) for _, rule in rules)
        told += len(rules)
    assert told == len(shown_steps(derivation))


def test_every_line_of_a_block_has_as_many_columns(derivation):
    """In `aligned` the columns pair up; a line with fewer would slide to the left."""
    for body in FENCE.findall(derivation.to_markdown()):
        inner = re.sub(r"\\begin\{cases\}.*?\\end\{cases\}", "", body)
        rows = inner.split("\n")[1:-1]
        assert len({row.count("&") for row in rows}) == 1, body


def test_the_chain_of_the_default_neuron():
    page = Neuron().derive().to_markdown()
    assert page.startswith("## The model\n\n```math\n\\begin{aligned}\nz &= w x + b \\\\\n")
    assert "## Lemma 2: the derivative of $`\\sigma(z)`$\n" in page
    assert (
        r"(1) && \frac{\partial C}{\partial w} &= C'(\hat{y}) \cdot "
        r"\frac{\partial \hat{y}}{\partial w} \\"
    ) in page
    assert "\n1. ✓ chain rule through $`\\hat{y}`$\n2. ✓ chain rule through $`z`$\n" in page
    assert "\n8. ✓ recognise a known function\n" in page
    assert page.endswith("normal form.\n")


def test_the_numbers_are_told_at_a_point():
    worked = Neuron().derive().at(POINT)
    page = worked.to_markdown()
    assert r"= 0.5 \cdot 3 + 2 = 3.5" in page
    # σ(3.5)²(1 − σ(3.5))·3, by hand: σ(3.5) = 0.9706877692
    assert re.search(r"= 0\.0828\d+ \\\\", page)
    assert re.search(r"cost of \$`-[0-9.e-]+`\$; the cost changes by \$`-[0-9.e-]+`\$\.$", page,
                     re.MULTILINE)  # fmt: skip
    assert "## One step of gradient descent, learning rate 0.05\n" in page


def test_a_name_with_an_underscore_stays_a_name_in_prose():
    model = Model({"z": "abs(w_one_)*x + abs(w_two_)", "C": "z"}, ["w_one_", "w_two_"])
    page = model.derive().at(w_one_=0.0, w_two_=0.0, x=1.0).to_markdown()
    assert r"a corner in $`w_{\mathrm{one}}`$ and $`w_{\mathrm{two}}`$ at this point" in page


def test_a_line_too_long_for_the_page_is_broken():
    page = Neuron().derive(order=2).to_markdown(style="chain")
    broken = re.findall(r"^&& &\\quad .*$", page, re.MULTILINE)
    assert broken
    assert all(line.startswith(r"&& &\quad +") or r"\cdot" in line for line in broken)


# -- where it goes ------------------------------------------------------------------------------


def test_saved_and_written_by_its_ending(tmp_path: Path):
    d = Neuron().derive()
    saved = d.save(tmp_path / "page.md").read_text(encoding="utf-8")
    assert saved == d.to_markdown()
    target = tmp_path / "page2.md"
    run = runner().invoke(main, ["derive", "-o", str(target)])
    assert run.exit_code == 0, run.output
    assert target.read_text(encoding="utf-8") == saved
    run = runner().invoke(main, ["derive", "--format", "markdown"])
    assert run.stdout == saved


# -- notebooks ----------------------------------------------------------------------------------


def test_a_notebook_gets_aligned_and_no_html(derivation):
    """JupyterLab strips MathML, and `$$\\begin{align*}` breaks the PDF export of a notebook."""
    body = derivation._repr_latex_()
    assert body.startswith(r"$$\begin{aligned}")
    assert body.endswith(r"\end{aligned}$$")
    assert body.count("$") == 4
    assert "align*" not in body
    for names, result in derivation.results.items():
        assert latex(symbol("C")) in body
        assert result is not None
        assert names
    if isinstance(derivation, WorkedDerivation):  # whose numbers are shown, not its gradient
        assert r"\textbf{The values}" in body
    else:
        assert body.count(" &= ") == len(derivation.document().result.rows)
    assert not hasattr(derivation, "_repr_html_")
