"""How books write: a row a book, of letters, superscripts and signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Style:
    """How one book writes.

    letters   stem of a name → the stem that the book has for it; "cost", "label", "output", "sum"
              and "value" are what the name is in the model, whatever it is called there
    layer     where the number of a layer stands: `low` W_1, `round` W^{(1)}, `square` W^{[1]},
              `bare` W^1
    bold      whether vectors and matrices are bold
    slope     "partial" ∂C/∂W, or "nabla" ∇_W C, of the cost in an array
    primes    whether the slope of a function of one name is C'(ŷ); else it is ∂C/∂ŷ
    errors    whether ∂C/∂z is called δ, and derived once for all that quote it
    source    the book
    """

    letters: Mapping[str, str] = field(default_factory=dict)
    layer: str = "low"
    bold: bool = False
    slope: str = "partial"
    primes: bool = True
    errors: bool = False
    source: str = ""


STYLES: Final[Mapping[str, Style]] = {
    "plain": Style(source="symgd's own"),
    "nielsen": Style(
        {"cost": "C", "output": "a"},
        "bare", errors=True, source="M. Nielsen, Neural Networks and Deep Learning, 2015",
    ),
    "bishop": Style(
        {"cost": "E", "label": "t", "output": "y", "sum": "a", "value": "z"},
        "round", True, primes=False, errors=True,
        source="C. Bishop, Pattern Recognition and Machine Learning, 2006, chapter 5",
    ),
    "goodfellow": Style(
        {"cost": "J", "sum": "a", "value": "h"},
        "round", True, "nabla", False,
        source="I. Goodfellow, Y. Bengio, A. Courville, Deep Learning, 2016, chapter 6",
    ),
    "ng": Style(
        {"cost": "J"}, "square", primes=False, source="A. Ng, Deep Learning Specialization, 2017"
    ),
    "d2l": Style(
        {"cost": "L", "value": "h"},
        "round", True, primes=False, source="A. Zhang et al., Dive into Deep Learning, 2023",
    ),
}  # fmt: skip
