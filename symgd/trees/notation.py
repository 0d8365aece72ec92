"""How a page writes the names of a model: a `Notation` is data, and the styles of books are tables.

    names      name → its dress in LaTeX and in Unicode: a1 → a^{(1)}, a⁽¹⁾
    style      a row of `STYLES`: which letters, and where the number of a layer stands
    digits     how many digits of a number that was computed stand on a page

A style says nothing of a name that the model itself does not mean so: E is the cost of a book that
calls it E, unless the model has an E of its own. Two names are never written alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Final, TypeAlias

from symgd.trees.names import SUPERSCRIPTS, dress, latex_name, split_name, unicode_name
from symgd.trees.styles import STYLES, Style

# LaTeX, and Unicode for a terminal.
Dress: TypeAlias = tuple[str, str]

DIGITS: Final = 4
MOST_DIGITS: Final = 17


@dataclass(frozen=True, slots=True)
class Notation:
    """How the names, the slopes and the numbers of a model are written.

    names      name → its dress; of a name that is not here the style says it, or its own letters
    style      a row of `STYLES`
    digits     of a computed number on a page
    typed      number → whether it was typed as a decimal (0.1) and not as a fraction (1/10)
    """

    names: Mapping[str, Dress] = field(default_factory=dict)
    style: str = "plain"
    digits: int = DIGITS
    typed: Mapping[Fraction, bool] = field(default_factory=dict)

    @property
    def book(self) -> Style:
        return STYLES[self.style]


PLAIN: Final = Notation()

# what a name is in the model → the stems that it has there
ROLES: Final[Mapping[str, tuple[str, ...]]] = {
    "label": ("y", "Y", "t", "T"),
    "output": ("yhat", "Yhat"),
    "sum": ("z", "Z"),
    "value": ("a", "A", "h", "H"),
}


@dataclass(frozen=True, slots=True)
class Named:
    """The names of a model, and what is known of them.

    all        every name, definitions included; `cost` is the last of these
    layers     name → the number of its layer, where its index is one
    arrays     those that are vectors or matrices
    outputs    the predictions: what the cost is of, one name or a row of them
    """

    all: tuple[str, ...]
    cost: str
    layers: Mapping[str, str] = field(default_factory=dict)
    arrays: Collection[str] = ()
    outputs: Collection[str] = ()


def written(notation: Notation, model: Named) -> dict[str, Dress]:
    """name → its dress, of each name that is not written as its letters say."""
    styled = _by_style(notation.book, model) if notation.style != "plain" else {}
    out = {**styled, **{n: d for n, d in notation.names.items() if n in model.all}}
    plain = {n: (latex_name(n), unicode_name(n)) for n in model.all}
    # What would be alike steps back: from the book's letters to its own, from λ to lam.
    for _ in range(len(model.all)):
        count = Counter(out.get(n, plain[n])[0] for n in model.all)
        alike = [n for n in model.all if count[out.get(n, plain[n])[0]] > 1]
        backing = [n for n in alike if n not in notation.names]
        if not backing:
            break
        for n in [n for n in backing if n in styled and out.get(n) == styled[n]] or backing:
            if out.pop(n, None) is None:
                out[n] = (rf"\mathrm{{{n}}}".replace("_", r"\_"), n)
    return out


def _by_style(book: Style, model: Named) -> dict[str, Dress]:
    """The dress of each name in a book's letters."""
    out: dict[str, Dress] = {}
    for n in model.all:
        stem, accent, indices = _letter(n, book, model)
        layer = model.layers.get(n, "") if book.layer != "low" else ""
        if layer:
            indices = indices[1:]
        low = dress(stem, accent, indices, bold=book.bold and n in model.arrays)
        out[n] = raised(low, layer, book.layer) if layer else low
    if book.layer != "low":
        for stem, shaped in {(split_name(n)[0], n in model.arrays) for n in model.layers}:
            low = dress(*_letter(stem, book, model)[:2], bold=book.bold and shaped)
            # W of a general layer, and the A_0 that its inputs are called
            out |= {stem: low, f"{stem}0": raised(low, "0", book.layer)} if stem not in out else {}
    return out


def _letter(n: str, book: Style, model: Named) -> tuple[str, str, tuple[str, ...]]:
    """The stem, the accent and the indices that a book has for a name."""
    stem, accent, indices = split_name(n)
    roles = [r for r, stems in ROLES.items() if stem + accent in stems]
    if n in model.outputs and "sum" not in roles:
        roles.insert(0, "output")
    if n == model.cost:
        roles.insert(0, "cost")
    letter = next((book.letters[r] for r in roles if r in book.letters), None)
    if letter is None:
        return stem, accent, indices
    return (letter.upper() if stem.isupper() and "cost" not in roles else letter), "", indices


def raised(low: Dress, layer: str, how: str) -> Dress:
    """W^{(1)}: the number of a layer written high, around what its name is."""
    latex, text = low
    body, mark, index = latex.partition("_")
    around = {"round": f"({layer})", "square": f"[{layer}]", "bare": layer}[how]
    high = around.translate(HIGH)
    above = high if all(c in RAISED for c in high) else f"^{around}"
    return f"{body}^{{{around}}}{mark}{index}", text + above


HIGH: Final = SUPERSCRIPTS | str.maketrans("()+ln", "⁽⁾⁺ˡⁿ")
RAISED: Final = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺⁽⁾ˡⁿ")
# What stands high by itself.
MARKS: Final = frozenset("′*†ᵀ")


def outputs_of(arguments: Mapping[str, Collection[str]], compared: Iterable[str]) -> list[str]:
    """The predictions of a model, of the definitions that its cost makes something of: those that
    no other of them rests on, one name or a row of them, p1, p2, p3."""
    above: dict[str, set[str]] = {}
    for v, args in arguments.items():
        above[v] = {b for a in args for b in (a, *above.get(a, ()))}
    names = list(compared)
    found = [a for a in names if not any(a in above[b] for b in names)]
    rows = {(*split_name(a)[:2], len(split_name(a)[2])) for a in found}
    return found if len(rows) == 1 else []


def general_dress(dresses: Iterable[Dress], ends: Iterable[str], index: str) -> Dress | None:
    r"""y_i of y_1, y_2: the dress of what stands for all of a row; None where they have no row."""
    bodies: set[Dress] = set()
    for (latex, text), end in zip(dresses, ends, strict=True):
        lows = [low for low in (f"_{end}", f"_{{{end}}}") if latex.endswith(low)]
        low = unicode_name(f"x{end}")[1:]
        if not lows or not text.endswith(low):
            return None
        bodies.add((latex.removesuffix(lows[0]), text.removesuffix(low)))
    if len(bodies) != 1:
        return None
    ((latex, text),) = bodies
    return f"{latex}_{index}", text + unicode_name(f"x_{index}")[1:]


def layers_of(arguments: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """name → the number of its layer, where the definitions z1, z2, ... each rest on the last.

    A leaf is of the layer of the definitions that mention it, if it has their number: w2 of z2. The
    numbers of x1 and x2, two inputs of one layer, are none.
    """
    above: dict[str, set[str]] = {}
    for v, args in arguments.items():
        above[v] = {b for a in args for b in (a, *above.get(a, ()))}
    stems: dict[str, dict[int, str]] = {}
    for v in arguments:
        stem, accent, indices = split_name(v)
        if len(indices) == 1 and indices[0].isdigit():
            stems.setdefault(stem + accent, {})[int(indices[0])] = v
    out: dict[str, str] = {}
    for numbered in stems.values():
        order = [numbered[k] for k in sorted(numbered)]
        if len(order) > 1 and all(a in above[b] for a, b in pairwise(order)):
            out.update((v, split_name(v)[2][0]) for v in order)
    for v, args in arguments.items():
        own = split_name(v)[2]
        if v not in out and len(own) == 1 and any(out.get(a) == own[0] for a in args):
            out[v] = own[0]
        for a in args:
            if a not in arguments and v in out and split_name(a)[2] == (out[v],):
                out[a] = out[v]
    return out
