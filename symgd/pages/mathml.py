"""LaTeX → MathML as an element tree, in which no text can become markup.

latex2mathml is used for its tree only: its own string form does not escape text. The tree is
copied, element by element, against an allow-list; whoever writes it out escapes its text. What
the copy mends is what Chromium draws badly or ignores: stretched accents, brackets wider than they
need be, primes too high and too small, a sign spaced like a difference, a word as letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from copy import deepcopy
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element

from symgd.errors import MarkupError, quote
from symgd.language.dresses import in_alphabet

# A group that begins with an opening mark and ends with the closing one gets a class of its own.
# They are of the private use area, which no formula holds.
BECAME, CHANGES, END = "\ue000", "\ue001", "\ue002"
CLASSES = {BECAME: "became", CHANGES: "changes"}

_TRUTH = re.compile("true|false")
_LENGTH = re.compile(r"-?\d{0,2}(\.\d{1,4})?em")

#  element       its attributes, and what they may be
# MathML's name of an alphabet, which browsers no longer know, and Unicode's for its letters
VARIANTS = {
    "bold": "BOLD", "bold-italic": "BOLD ITALIC", "italic": "ITALIC", "script": "SCRIPT",
    "double-struck": "DOUBLE-STRUCK", "fraktur": "FRAKTUR", "sans-serif": "SANS-SERIF",
    "monospace": "MONOSPACE",
}  # fmt: skip

ELEMENTS: dict[str, dict[str, re.Pattern[str]]] = {
    "math": {},
    "mrow": {},
    "mi": {"mathvariant": re.compile("normal|" + "|".join(VARIANTS))},
    "mn": {"mathvariant": re.compile("bold")},
    "mo": {
        "stretchy": _TRUTH,
        "accent": _TRUTH,
        "fence": _TRUTH,
        "movablelimits": _TRUTH,
        "form": re.compile("prefix|infix|postfix"),
    },
    "mtext": {},
    "mspace": {"width": _LENGTH},
    "mfrac": {},
    "msqrt": {},
    "mroot": {},
    "msub": {},
    "msup": {},
    "msubsup": {},
    "mover": {"accent": _TRUTH},
    "munder": {"accent": _TRUTH},
    "mtable": {},
    "mtr": {},
    "mtd": {"columnalign": re.compile("left|center|right")},
}

# What latex2mathml sets over a letter, and the accent that it stands for.
ACCENTS = {"^": "ˆ", "~": "˜", "¯": "¯"}

PRIMES = ("′", "″", "‴")
SIGNS = ("−", "+", "±")
# After these an operator stands between two terms; after any other it is a sign.
CLOSING = (")", "]", "}", "|", "‖", "⟩", "!", *PRIMES)
# latex2mathml takes these for letters.
ANGLES = {"⟨": "prefix", "⟩": "postfix"}
# Brackets around nothing taller than these need not grow.
TALL = ("mfrac", "msqrt", "mroot", "mtable")

# What latex2mathml writes of \mathrm{d}, one letter that is upright.
_UPRIGHT = re.compile(r"&#x000[4-7][0-9A-F];")
_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{2,6});")


def mathml(latex: str) -> Element:
    """The formula as a `<math>` element, in display style, in its line.

    Raises MarkupError for a command that latex2mathml does not know (it would show it as text),
    and for every element, attribute and character that is not on the allow-list.
    """
    return deepcopy(_made(latex))


# A page says most of its formulas more than once, and the next page of a model says them again.
@lru_cache(maxsize=2048)
def _made(latex: str) -> Element:
    # latex2mathml is loaded with the first page: text on a terminal need not wait for it.
    from latex2mathml.converter import convert_to_element

    try:
        source = convert_to_element(latex)
    except Exception as error:
        raise MarkupError(
            f"{quote(latex)} cannot be set as MathML: {type(error).__name__} {error}"
        ) from error
    source.attrib.clear()
    math = next(_copies(source, latex))
    if any(node.text in (*CLASSES, END) for node in math.iter()):
        raise MarkupError(f"{quote(latex)} has a mark outside a group.")
    math.set("displaystyle", "true")
    return math


def _copies(source: Any, latex: str) -> Iterator[Element]:
    """The element anew, if it is allowed; nothing for one that says nothing."""
    tag = str(source.tag)
    if tag not in ELEMENTS:
        raise MarkupError(f"{quote(latex)} needs the element {quote(tag)}, which is not allowed.")
    for name, value in source.attrib.items():
        allowed = ELEMENTS[tag].get(name)
        if allowed is None or not allowed.fullmatch(value):
            raise MarkupError(
                f"{quote(latex)} needs {quote(f'{name}={value}')} on {tag}, which is not allowed."
            )
    text = _text(source, latex)
    children = _mark_signs(_fit_fences([c for child in source for c in _copies(child, latex)]))
    if tag == "mo" and not text:
        return
    if tag == "mo" and (text.isalpha() or text == "∂"):
        tag = "mi"
    is_angle = tag == "mi" and text in ANGLES
    tag = "mo" if is_angle else tag
    out = Element(tag, dict(source.attrib) if tag == source.tag else {})
    if is_angle:
        out.attrib.update(stretchy="false", form=ANGLES[text])
    if tag == "mi" and _UPRIGHT.fullmatch(source.text or ""):
        out.set("mathvariant", "normal")
    variant = VARIANTS.get(out.get("mathvariant", "")) if tag in ("mi", "mn") else None
    if variant is not None:
        del out.attrib["mathvariant"]
        text = "".join(_in_alphabet(c, variant) for c in text)
    out.text = text or None
    out.extend(_join_words(children))
    if tag == "mover" and len(out) == 2 and out[1].text in ACCENTS:
        out[1].text = ACCENTS[out[1].text or ""]
        out[1].set("stretchy", "false")
    if tag in ("msup", "msubsup") and len(out) and out[-1].text in PRIMES:
        out = _with_prime(out)
    if tag == "mrow" and len(out) > 1 and out[0].text in CLASSES and out[-1].text == END:
        out.set("class", CLASSES[out[0].text or ""])
        del out[0], out[-1]
    yield out


def _in_alphabet(c: str, variant: str) -> str:
    """𝐱 and 𝟏: browsers know no other way to set a letter or a digit in bold."""
    if c.isascii() and c.isdigit():
        return unicodedata.lookup(f"MATHEMATICAL {variant} {unicodedata.name(c)}")
    return in_alphabet(c, variant)


def _text(source: Any, latex: str) -> str:
    """The text of an element, its character references decoded."""
    text = _REFERENCE.sub(lambda m: chr(int(m[1], 16)), source.text or "")
    if source.tail:
        raise MarkupError(f"{quote(latex)} leaves {quote(source.tail)} between its elements.")
    if "\\" in text:
        raise MarkupError(f"{quote(latex)} has {quote(text)}, which latex2mathml does not know.")
    if "&" in text and source.tag != "mtext":
        raise MarkupError(f"{quote(latex)} has a stray '&'; write '\\&' inside \\text.")
    marks = (*CLASSES, END)
    if not all(c.isprintable() or c in "\u00a0\u2009" for c in text) and text not in marks:
        raise MarkupError(f"{quote(latex)} has a character that cannot be shown: {quote(text)}.")
    return text


def _with_prime(script: Element) -> Element:
    """f with a prime beside it: the glyph stands at its height already."""
    *inner, prime = script
    if len(inner) > 1:
        indexed = Element("msub")
        indexed.extend(inner)
        inner = [indexed]
    prime.tag = "mo"
    prime.attrib.update(lspace="0em", rspace="0em")
    row = Element("mrow")
    row.extend([*inner, prime])
    return row


def _fit_fences(children: list[Element]) -> list[Element]:
    """Brackets that stretch only around what is tall: stretched ones are set too wide."""
    if not any(node.tag in TALL for child in children for node in child.iter()):
        for child in children:
            if child.get("stretchy") == "true" and child.text != "|":
                child.set("stretchy", "false")
    return children


def _mark_signs(children: list[Element]) -> list[Element]:
    """A minus after an opening bracket or an operator is a sign, and stands close."""
    for i, child in enumerate(children):
        if child.tag == "mo" and child.text in SIGNS:
            before = children[i - 1] if i else None
            opens = before is not None and before.tag == "mo" and _opens(before)
            marked = before is not None and before.text in CLASSES
            if before is None or opens or marked:
                child.set("form", "prefix")
    return children


def _opens(sign: Element) -> bool:
    """Whether what follows the operator begins anew; a bar may open as well as close."""
    return sign.text not in CLOSING or sign.get("form") == "prefix"


def _join_words(children: list[Element]) -> list[Element]:
    """Upright letters side by side as one name: l o s s is loss, to a screen reader as well."""
    out: list[Element] = []
    for child in children:
        upright = child.tag == "mi" and child.get("mathvariant") == "normal"
        before = out[-1] if out else None
        if upright and before is not None and before.get("mathvariant"):
            before.text = (before.text or "") + (child.text or "")
        else:
            out.append(child)
    for word in out:
        if len(word.text or "") > 1:
            word.attrib.pop("mathvariant", None)
    return out
