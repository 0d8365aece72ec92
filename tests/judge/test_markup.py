"""reStructuredText and HTML: which formulas are read, on which lines, and what is left out."""

from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.documents import kind_of, rows

RST = r"""Least squares
=============

The cost :math:`C = (y - wx)^2` is small; it costs $5 or ``:math:`q = 1```.

.. math:: D = 2C

.. math::
   :label: slope

   \frac{dC}{dw} = -2(y - wx)x

   E = C
   + D

.. note:: Beside it

   .. math::

      F = E

.. code-block:: latex

   .. math:: G = 1

An example::

   $H = 1$

.. a comment with :math:`I = 1`
"""

HTML = r"""<!DOCTYPE html>
<html><head><title>$A = 1$</title><script>var money = "$B = 1$";</script></head>
<body><p>The cost \(C = (y - wx)^2\), for $5 and $6 &lt; $7.</p>
<div class="math">\[ \frac{dC}{dw} &amp;= -2(y - wx)x \]</div>
<script type="math/tex; mode=display">D = 2C</script>
<span><math display="block"><semantics><mi>E</mi><mo>=</mo><mi>C</mi>
<annotation encoding="application/x-tex">E = C</annotation></semantics></math>
<span aria-hidden="true">$F = 1$</span><img alt="E = C" class="math"></span>
<pre>$G = 1$</pre> <code>\(H = 1\)</code> <img src="cat.png" alt="I = 1">
<p>And <img class="latex" alt="J = 2 E"> at last &mdash; unclosed <b>text
"""

#  kind    the text, and what is read on which line
READ = {
    "rst":  (RST, [(4, "C = (y - wx)^2"), (6, "D = 2C"), (11, r"\frac{dC}{dw} = -2(y - wx)x"),
                   (13, "E = C + D"), (20, "F = E")]),
    "html": (HTML, [(3, "C = (y - wx)^2"), (4, r"\frac{dC}{dw} = -2(y - wx)x"), (5, "D = 2C"),
                    (7, "E = C"), (10, "J = 2 E")]),
}  # fmt: skip


@pytest.mark.parametrize("kind", READ)
def test_formulas_are_read_and_nothing_else(kind: str) -> None:
    text, expected = READ[kind]
    assert [(r.number, r.text) for r in rows(text, kind)] == expected


@pytest.mark.parametrize("kind", READ)
def test_a_document_is_known_by_its_name_and_by_its_text(kind: str) -> None:
    assert kind_of(f"notes.{kind}", "") == kind
    assert kind_of(None, READ[kind][0]) == kind


@pytest.mark.parametrize(
    "text",
    ["<" * 4000, "<p " * 3000, "<math>" * 500, "<!--", "<![CDATA[", "</p>" * 3000, "&#x110000;",
     "<annotation encoding='tex'>$", "<img alt='$' class=math>", "<script type=math/tex>\\["],
)  # fmt: skip
def test_broken_html_is_read_to_its_end(text: str) -> None:
    assert all(r.number == 1 for r in rows(text, "html"))


@pytest.mark.parametrize(
    "text",
    [".. math::", ":math:`", ".. math::\n\n", "::\n" * 500, ".. math::\n   :label:", "`" * 999],
)
def test_broken_restructured_text_is_read_to_its_end(text: str) -> None:
    assert rows(text, "rst") == []


@pytest.mark.parametrize(
    ("picture", "read"),
    [
        ('class="text-center" alt="A = 1"', []),
        ('src="/context/cat.png" alt="A = 1"', []),
        ('src="_images/math/3157.png" alt="A = 1"', ["A = 1"]),
        ('class="mwe-math-fallback-image-inline" alt="A = 1"', ["A = 1"]),
    ],
)
def test_a_picture_is_a_formula_where_it_says_so(picture: str, read: list[str]) -> None:
    assert [r.text for r in rows(f"<p><img {picture}></p>", "html")] == read


PLAIN = """C = (y - w*x)^2 + l*w^2
dC/dw = -2*(y - w*x)*x
        + 2*l*w

dC/dw = 2*(l*w
            - (y - w*x)*x)  ✓ sum rule

Also:
- dC/dl = w^2
"""


def test_a_line_of_plain_text_goes_on_below() -> None:
    found = check_text(PLAIN, "txt").lines
    assert [x.number for x in found] == [1, 2, 5, 9]
    assert all(x.verdict == "proved" for x in found[1:])
    wrong = check_text(PLAIN.replace("+ 2*l*w", "- 2*l*w"), "txt").lines[1]
    assert wrong.verdict == "wrong"
