"""Every node of a formula is written, whatever a sentence quotes."""

from __future__ import annotations

import inspect

import pytest

from symgd import check_text
from symgd.language.latex import printer, syntax
from symgd.language.latex.syntax import Interval, Members, Name, Number, Relation


def test_every_node_has_a_writer() -> None:
    nodes = {c for c in vars(syntax).values() if inspect.isclass(c) and issubclass(c, syntax.Node)}
    assert nodes - {syntax.Node} <= printer.WRITERS.keys()


@pytest.mark.parametrize(
    ("right", "written"),
    [
        (Members((Name("m"), Name("n")), "R"), r"\mathbb{R}^{m \times n}"),
        (Members((), "R_+"), r"\mathbb{R}_+"),
        (Members((), "R+"), r"\mathbb{R}^{+}"),
        (Members((Number(0), Number(1))), r"\{0, 1\}"),
        (Interval(Number(0), Number(1), (True, False)), "[0, 1)"),
    ],
)
def test_where_a_name_lies_is_written(right: object, written: str) -> None:
    assert printer.to_latex(Relation(Name("x"), "in", right)) == rf"x \in {written}"


@pytest.mark.parametrize(
    "text",
    [
        # a shape below that the right side is tried with
        "Suppose $\\Sigma \\in \\mathbb{R}^{9 \\times 9}$.\n\n"
        "$\\frac{d A}{d\\lambda} = e \\circ \\varepsilon \\Rightarrow z = \\log_2 w_i$",
        # so many signs beside a sum
        "$y = \\sum_i " + "-" * 190 + "x_i$\n\n$\\frac{dy}{dx_i} = 3 \\sum_i x$",
        # shapes that fit at one point and not at the one that is shown
        "$f: \\mathbb{R}^{0} \\to \\mathbb{N}$\n\n"
        "$\\frac{\\frac{dz \\, db}{C^\\top \\hat{y}}}{\\partial_{x_1} \\delta_{ij}} = "
        "\\sum_{i=1}^{n-1} \\Delta C \\otimes \\boldsymbol{\\mu} / A$",
    ],
)
def test_no_line_fails(text: str) -> None:
    assert not any(line.internal for line in check_text(text, kind="md").lines)
