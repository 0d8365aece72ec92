r"""Rows that list with dots: what a vector is made of, how far an index runs.

They define nothing, and most are no formulas that can be read: they are told by their looks.
"""

from __future__ import annotations

import re

# x = (x_1, x_2, \\dots, x_n)^T, in any of the brackets that a column or a row is written in.
MAKEUP = re.compile(
    r"(?P<name>\\?[A-Za-z]+)(?:_\w|\^\(?\w\)?)?(?:\(\w+\))?:?="
    r"(?:\[|\(|\\begin[bpv]?matrix|\\left[\[(\\]|\\)(?P<inside>.*?)"
    r"(?:\]|\)|\\end[bpv]?matrix|\\right[\])\\]|\\)(?:\^(?:T|t|\\top|\\intercal|\\prime))?[.,;]?"
)
# X = {x_1, x_2, \\dots, x_n}, where the braces are no signs
BARE = re.compile(r"(?P<name>[A-Za-z]+)=(?P<inside>[^=()\[\]]+,[^=()\[\]]+)")
# i = 1, 2, \\dots, n
RANGE = re.compile(r"[a-z\\]+(?:,[a-z])*(?:=|\\in\\?\{?)\d(?:,\d)*,\\[lc]?dots[a-z]?,[^=]+")
DRESS = re.compile(
    r"\\(?:bm|boldsymbol|mathbf|vec|triangleq|text|mathrm|enspace|quad|[,;:! ])|[\s{}]"
)
DOTS = re.compile(r"\\[lcvd]?dots[a-z]?|\.\.\.")
PART = re.compile(r"(?P<name>\\?[A-Za-z]+)(?:_\w+(?:\^\(?\w+\)?)?|\^\(?\w+\)?_\w+)(?:\([^()]*\))?")


def lists_components(text: str) -> bool:
    r"""Whether a row says what a vector is made of: y = (y_1, \\dots, y_n)^T."""
    plain = text.replace(r"\triangleq", "=").replace("\\\\", ";")
    squeezed = DRESS.sub("", plain)
    # u = g(x) = (g_1(x), \\dots, g_m(x)) says it of g
    texts = (squeezed, squeezed.partition("=")[2])
    whole = next(filter(None, map(MAKEUP.fullmatch, texts)), None) or BARE.fullmatch(squeezed)
    if whole is None:
        return False
    inside = DOTS.sub("", whole["inside"])
    parts = [p for p in re.split(r"[,;&]", inside) if p]
    found = [PART.fullmatch(p) for p in parts]
    names = {m["name"].lower() if m else None for m in found}
    return bool(parts) and names == {whole["name"].lower()}


def says_how_far(text: str) -> bool:
    r"""Whether a row says how far an index runs: i = 1, 2, \dots, n."""
    return RANGE.fullmatch(text.replace(" ", "")) is not None
