r"""Rows that list with dots: what a vector is made of, how far an index runs.

They define nothing, and most are no formulas that can be read: they are told by their looks.
"""

from __future__ import annotations

import re

# x = (x_1, x_2, \\dots, x_n)^T, in any of the brackets that a column or a row is written in.
MAKEUP = re.compile(
    r"(?P<name>\\?[A-Za-z]+)(?:[_^]\(?\\?[^\W_]+\)?)*(?:\(\w+\))?:?="
    r"(?:\[|\(|\\begin[bpv]?matrix|\\left[\[(\\]|\\)(?P<inside>.*?)"
    r"(?:\]|\)|\\end[bpv]?matrix|\\right[\])\\]|\\)(?:\^(?:T|t|\\top|\\intercal|\\prime))?[.,;]?"
)
# X = {x_1, x_2, \\dots, x_n}, where the braces are no signs
BARE = re.compile(r"(?P<name>[A-Za-z]+)=(?P<inside>[^=()\[\]]+,[^=()\[\]]+)")
# i = 1, 2, \\dots, n; i = 1, 2, 3
RANGE = re.compile(
    r"(?:\\forall)?[a-z\\]+(?:,[a-z])*(?:=|\\in\\?\{?)"
    r"(?:\d(?:,\d)*,?(?:\\[lc]?dots[a-z]?|\.{2,3}),?[^=,]+|\d(?:,\d)+\\?\}?)"
)
# a_i = ..., \ i \in 1 \cdots k; and i = 1, \dots, K, z = ...
_RANGE = (
    r"(?P<range>[a-z]\s*(?:=|\\in)\s*(?:\\\{\s*)?1\s*(?:,\s*2\s*)?,?\s*(?:\\[lc]?dots|\.\.\.)\s*,?\s*"
    r"\\?[A-Za-z](?:\s*\\\})?)"
)
RANGE_BEHIND = re.compile(r"[,;](?:\\[ ,;:!]|\\q?quad(?![A-Za-z])|~|\s)*" + _RANGE + r"[\s.,;]*$")
RANGE_AHEAD = re.compile(r"\s*" + _RANGE + r"\s*[,;](?:\\[ ,;:!]|\\q?quad(?![A-Za-z])|\s)*")
DRESS = re.compile(
    r"\\(?:bm|boldsymbol|mathbf|vec|triangleq|text|mathrm|enspace|quad|[,;:! ])|[\s{}]"
)
# Where the vector lies: \\in \\mathbb{R}^n
LIES_IN = re.compile(r"\\in(?:\\mathbb)?\\?R\^[\w{}\\+]+[.,;]?$")
DOTS = re.compile(r"\\[lcvd]?dots[a-z]?|\.\.\.")
# An index holds no "_", or x_x_x would be read in twice as many ways for each of them.
PART = re.compile(r"(?P<name>\\?[A-Za-z]+?)(?:[_^](?:\(\\?\w+\)|\\?[^\W_]+))+(?:\([^()]*\))?")
# The same among dots, where W_{N_k-1} is the last.
RUNNING_PART = re.compile(
    r"(?P<name>\\?[A-Za-z]+?)(?:[_^](?:\(\\?[\w+-]+\)|\\?(?:[^\W_]|[+-])+))+(?:\([^()]*\))?"
)
# What stands for something that is not there: dots, a question mark, a sign without its sides.
OPEN = re.compile(
    r"(?:\\[lcvd]?dots[a-z]?|\.\.\.|\\(?:odot|cdot|circ|times|sum|prod|int|square|downarrow|Downarrow|uparrow)|[?+*/=<>])+"
)
LEFT_OPEN = re.compile(r"(?:.*=)?(?:\?+|\\text\{\?+\}|\\(?:square|Box)|\\_+|_{2,})|.*\?{2,}.*")
WORDS = re.compile(r"[A-Za-z]{1,12}(?:[- ][A-Za-z]{2,12})*-[A-Za-z]{3,12}")
FLOW = re.compile(r"\\(?:dash|hook|curvearrow|rightarrowtail|leadsto|rightsquigarrow|xleftarrow)")
ADDS_UP = re.compile(r"(?:\\math(?:rel|bin|op)\{[-+]\}|[-+])(?:\\math(?:rel|bin)\{=\}|=)")


# Between the values that a letter may have: x = 5 \\text{ and } x = 15.
BETWEEN = re.compile(
    r"\\(?:text|mbox|textrm|mathrm)\s*\{\s*(?:and|or|und|oder|et|ou|y|o|e|и|или|i|lub|en|of|[和或且與与]|または|および)"
    r"\s*\}|\\l?or(?![A-Za-z])|\\(?:lor|vee|q?quad)(?![A-Za-z])|[,;]"
)
ONE_VALUE = re.compile(
    r"(?P<name>\\?[A-Za-z]+(?:_\w|_\{\w+\})?)=(?:\\(?:pm|[dt]?frac|sqrt|pi)|[-+\d.{}()/])+"
)


SPACED_COMMA = re.compile(r"[,;](?:\\[ ,;:!]|\\q?quad(?![A-Za-z])|~|\s)*")


def lists_values(text: str) -> bool:
    r"""Whether a row lists the values that one letter may have: x = 5 \text{ and } x = 15."""
    squeezed = (p.replace(" ", "").strip("\n.,;&") for p in BETWEEN.split(text))
    found = [ONE_VALUE.fullmatch(p) for p in squeezed if p]
    return len(found) > 1 and None not in found and len({m["name"] for m in found if m}) == 1


def values_apart(text: str) -> list[str] | None:
    r"""The values of several letters, each by itself: p = 2 and q = -1; None of other rows."""
    pieces = [p for p in SPACED_COMMA.split(text.strip(" \n.,;&")) if p.strip()]
    found = [ONE_VALUE.fullmatch("".join(p.split())) for p in pieces]
    names = {m["name"] for m in found if m is not None}
    return pieces if len(pieces) > 1 and len(names) == len(found) else None


def ranges_apart(text: str) -> tuple[str, list[str]]:
    r"""A row without the ranges of its indices at its end or its beginning, and these.

    i = 1, \dots, K, z = ... is z = ... and i = 1, \dots, K.
    """
    if not DOTS.search(text):
        return text, []
    if (found := RANGE_BEHIND.search(text)) is not None and "=" in text[: found.start()]:
        return text[: found.start()], [found["range"].strip()]
    if (found := RANGE_AHEAD.match(text)) is not None and "=" in text[found.end() :]:
        return text[found.end() :], [found["range"].strip()]
    return text, []


def lists_components(text: str) -> bool:
    r"""Whether a row says what a vector is made of: y = (y_1, \\dots, y_n)^T."""
    plain = text.replace(r"\triangleq", "=").replace("\\\\", ";")
    squeezed = LIES_IN.sub("", DRESS.sub("", plain))
    # u = g(x) = (g_1(x), \\dots, g_m(x)) says it of g
    texts = (squeezed, squeezed.partition("=")[2])
    whole = next(filter(None, map(MAKEUP.fullmatch, texts)), None) or BARE.fullmatch(squeezed)
    if whole is None:
        return False
    parts = [p for p in re.split(r"[,;&\0]", DOTS.sub("\0", whole["inside"])) if p]
    part = RUNNING_PART if DOTS.search(whole["inside"]) else PART
    found = [part.fullmatch(p) for p in parts]
    names = {m["name"].lower() if m else None for m in found}
    return bool(parts) and names == {whole["name"].lower()}


def is_left_open(text: str) -> bool:
    r"""Whether a row says nothing yet, or shows no equation: = ?, \vdots, l \dashleftarrow z."""
    squeezed = DRESS.sub("", text).strip(".,;")
    return bool(
        OPEN.fullmatch(squeezed)
        or LEFT_OPEN.fullmatch(squeezed)
        or WORDS.fullmatch(text.strip())
        or FLOW.search(text)
    )


def adds_up(text: str) -> bool:
    r"""Whether a row is a step of a program: \nabla W \mathrel{+}= g, w -= \eta g."""
    return ADDS_UP.search(text.replace(" ", "")) is not None


def says_how_far(text: str) -> bool:
    r"""Whether a row says how far an index runs: i = 1, 2, \dots, n."""
    return RANGE.fullmatch(text.replace(" ", "")) is not None
