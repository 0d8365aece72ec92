"""A formula as a person wrote it → MathML, where it can be set and may be."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from symgd.errors import MarkupError
from symgd.pages.mathml import mathml

LONGEST = 2000


def typeset(latex: str) -> Element | None:
    """The formula as an element; None where it cannot be set, or may not be on a page."""
    if len(latex) > LONGEST:
        return None
    try:
        return mathml(latex)
    except MarkupError:
        return None


def typesets(latex: str) -> bool:
    return typeset(latex) is not None
