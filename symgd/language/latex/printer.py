r"""A tree → LaTeX, as people write it: the correction of a line in the notation of its author."""

from __future__ import annotations

from typing import Any

from symgd.language.latex.syntax import (
    HALF,
    Absolute,
    Big,
    Both,
    Call,
    Cases,
    Component,
    Derivative,
    Differential,
    Either,
    Expectation,
    Extremum,
    Fixed,
    Gradient,
    Indicator,
    Inner,
    Integral,
    Interval,
    Limit,
    Listed,
    Matrix,
    Members,
    Minus,
    Name,
    Norm,
    Number,
    Order,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Root,
    Sum,
    Transposed,
)
from symgd.language.latex.vocabulary import FUNCTIONS

SUM, PRODUCT, FACTOR, ATOM = range(4)
SIGNS = {"": " ", ".": r" \cdot ", "o": r" \odot ", "x": r" \otimes ", "k": r" \otimes "}
COMPARE = {"=": "=", "<": "<", ">": ">", "<=": r"\leq", ">=": r"\geq", "!=": r"\neq", "in": r"\in",
           "sim": r"\sim"}  # fmt: skip
# Functions that LaTeX has a command for; the others are set upright.
COMMANDS = frozenset("log ln exp sin cos tan sec csc cot arctan arcsin arccos sinh cosh tanh coth "
                     "max min det".split())  # fmt: skip


def to_latex(tree: Any) -> str:
    """The LaTeX of a tree."""
    return _level(tree)[0]


def at_least(tree: Any, level: int) -> str:
    text, own = _level(tree)
    return text if own >= level else rf"\left({text}\right)"


def _level(tree: Any) -> tuple[str, int]:
    return WRITERS[type(tree)](tree)


def _number(tree: Number) -> tuple[str, int]:
    value = tree.value
    if tree.places is not None:
        return f"{float(value):.{tree.places}f}" + (r"\ldots" if tree.open else ""), ATOM
    if value.denominator == 1:
        return str(value), ATOM if value >= 0 else SUM
    return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", ATOM


def _name(tree: Name) -> tuple[str, int]:
    text = tree.base
    if len(text) > 1 and text.isalpha():
        text = rf"\mathrm{{{text}}}"
    if tree.bold:
        text = rf"\mathbf{{{text}}}"
    if tree.below:
        items = [to_latex(i) for i in tree.below]
        joined = ",".join(items) if any(len(i) > 1 for i in items) else "".join(items)
        text += f"_{{{joined}}}"
    if tree.above:
        text += f"^{{({','.join(to_latex(i) for i in tree.above)})}}"
    # A name with a superscript of its own takes a second one in brackets only.
    return text, FACTOR if tree.above else ATOM


def _sum(tree: Sum) -> tuple[str, int]:
    out = to_latex(tree.terms[0])
    for term in tree.terms[1:]:
        if isinstance(term, Minus):
            out += f" - {at_least(term.of, PRODUCT)}"
        else:
            out += f" + {at_least(term, PRODUCT) if isinstance(term, Sum) else to_latex(term)}"
    return out, SUM


def _minus(tree: Minus) -> tuple[str, int]:
    return f"-{at_least(tree.of, PRODUCT)}", SUM


def _product(tree: Product) -> tuple[str, int]:
    out = at_least(tree.factors[0], FACTOR)
    for sign, factor in zip(tree.signs, tree.factors[1:], strict=True):
        text = at_least(factor, FACTOR)
        # Two numbers side by side would read as one.
        between = r" \cdot " if not sign and text[0].isdigit() else SIGNS[sign]
        out += between + text
    return out, PRODUCT


def _quotient(tree: Quotient) -> tuple[str, int]:
    if tree.elementwise:
        top, bottom = at_least(tree.top, FACTOR), at_least(tree.bottom, FACTOR)
        return rf"{top} \oslash {bottom}", PRODUCT
    return rf"\frac{{{to_latex(tree.top)}}}{{{to_latex(tree.bottom)}}}", FACTOR


def _power(tree: Power) -> tuple[str, int]:
    if tree.exponent == HALF and not tree.elementwise:
        return rf"\sqrt{{{to_latex(tree.base)}}}", ATOM
    if isinstance(tree.base, Call) and not tree.base.order and isinstance(tree.exponent, Number):
        name = tree.base.function.base.removeprefix("\\")
        if name in COMMANDS:
            inner = ", ".join(map(to_latex, tree.base.arguments))
            return rf"\{name}^{{{to_latex(tree.exponent)}}}\left({inner}\right)", FACTOR
    sign = r"\odot " if tree.elementwise else ""
    return f"{at_least(tree.base, ATOM)}^{{{sign}{to_latex(tree.exponent)}}}", FACTOR


def _call(tree: Call) -> tuple[str, int]:
    name = tree.function.base.removeprefix("\\")
    if tree.function.base.startswith("\\") and name in FUNCTIONS:
        head = rf"\{name}" if name in COMMANDS else rf"\mathrm{{{name}}}"
    else:
        head = to_latex(tree.function)
    if tree.function.base == r"\exp":
        return f"e^{{{to_latex(tree.arguments[0])}}}", FACTOR
    inner = _with_bar(tree.arguments, tree.given)
    return rf"{head}{chr(39) * tree.order}\left({inner}\right)", FACTOR


def _with_bar(items: tuple[Any, ...], given: int) -> str:
    """x, y, and behind a bar what is given."""
    front = ", ".join(map(to_latex, items[: len(items) - given]))
    return rf"{front} \mid {', '.join(map(to_latex, items[-given:]))}" if given else front


def _expectation(tree: Expectation) -> tuple[str, int]:
    if tree.kind in ("KL", "H"):
        word = r"D_{\mathrm{KL}}" if tree.kind == "KL" else "H"
        between = r" \,\|\, " if tree.kind == "KL" else ", "
        return rf"{word}\left({between.join(map(to_latex, tree.of))}\right)", FACTOR
    word = r"\mathbb{E}" if tree.kind == "E" else rf"\mathrm{{{tree.kind}}}"
    below = f"_{{{', '.join(map(to_latex, tree.over))}}}" if tree.over else ""
    inner = _with_bar((*tree.of, *tree.given), len(tree.given))
    return rf"{word}{below}\left[{inner}\right]", FACTOR


def _integral(tree: Integral) -> tuple[str, int]:
    if tree.summed:
        return rf"\sum_{{{to_latex(tree.by)}}} {at_least(tree.of, PRODUCT)}", PRODUCT
    bounds = r"_{\mathbb{R}}" if tree.everywhere else ""
    if tree.low is not None:
        bounds = f"_{{{to_latex(tree.low)}}}^{{{to_latex(tree.high)}}}"
    return rf"\int{bounds} {at_least(tree.of, PRODUCT)} \, d{to_latex(tree.by)}", PRODUCT


def _limit(tree: Limit) -> tuple[str, int]:
    side = f"^{tree.side}" if tree.side else ""
    below = rf"{to_latex(tree.by)} \to {to_latex(tree.to)}{side}"
    return rf"\lim_{{{below}}} {at_least(tree.of, PRODUCT)}", PRODUCT


def _extremum(tree: Extremum) -> tuple[str, int]:
    below = f"_{{{', '.join(map(to_latex, tree.by))}}}" if tree.by else ""
    return rf"\arg\{tree.kind[3:]}{below} {at_least(tree.of, PRODUCT)}", PRODUCT


def _derivative(tree: Derivative) -> tuple[str, int]:
    order = f"^{{{len(tree.by)}}}" if len(tree.by) > 1 else ""
    below = r" ".join(rf"\partial {_variable(n)}" for n in tree.by)
    if tree.of is None:
        return rf"\frac{{\partial{order}}}{{{below}}}", FACTOR
    above = at_least(tree.of, PRODUCT)
    return rf"\frac{{\partial{order} {above}}}{{{below}}}", FACTOR


def _variable(tree: Any) -> str:
    """What is derived by: a name, a square of one, or an expression in brackets."""
    named = isinstance(getattr(tree, "base", tree), Name | Transposed | str)
    return to_latex(tree) if named else rf"\left({to_latex(tree)}\right)"


def _fixed(tree: Fixed) -> tuple[str, int]:
    if tree.point:
        values = ", ".join(map(to_latex, tree.point))
        return rf"{to_latex(tree.of)}\left({values}\right)", FACTOR
    names = ", ".join(map(to_latex, tree.names))
    return rf"\left.{to_latex(tree.of)}\right|_{{{names}}}", FACTOR


def _gradient(tree: Gradient) -> tuple[str, int]:
    by = tree.by if isinstance(tree.by, tuple) else (() if tree.by is None else (tree.by,))
    below = f"_{{{', '.join(map(to_latex, by))}}}" if by else ""
    above = f"^{tree.order}" if tree.order > 1 else ""
    return rf"\nabla{below}{above} {at_least(tree.of, FACTOR) if tree.of else ''}", FACTOR


def _big(tree: Big) -> tuple[str, int]:
    below = ",".join(map(to_latex, tree.indices))
    if tree.low is not None:
        below += f"={to_latex(tree.low)}"
    if tree.conditions:
        below = ", ".join(map(to_latex, tree.conditions))
    above = f"^{{{to_latex(tree.high)}}}" if tree.high is not None else ""
    return rf"\{tree.kind}_{{{below}}}{above} {at_least(tree.body, PRODUCT)}", PRODUCT


def _norm(tree: Norm) -> tuple[str, int]:
    below = "" if tree.kind == "2" else f"_{tree.kind}"
    return rf"\|{to_latex(tree.of)}\|{below}", ATOM


def _matrix(tree: Matrix) -> tuple[str, int]:
    rows = r" \\ ".join(" & ".join(map(to_latex, row)) for row in tree.rows)
    return rf"\begin{{bmatrix}} {rows} \end{{bmatrix}}", ATOM


def _cases(tree: Cases) -> tuple[str, int]:
    rows = [
        f"{to_latex(v)} & {to_latex(c) if c is not None else chr(92) + 'text{otherwise}'}"
        for v, c in tree.branches
    ]
    return rf"\begin{{cases}} {(' ' + chr(92) * 2 + ' ').join(rows)} \end{{cases}}", ATOM


def _relation(tree: Relation) -> tuple[str, int]:
    return f"{to_latex(tree.left)} {COMPARE.get(tree.sign, '=')} {to_latex(tree.right)}", SUM


def _both(tree: Both | Either) -> tuple[str, int]:
    word = "and" if isinstance(tree, Both) else "or"
    return rf" \text{{ {word} }} ".join(map(to_latex, tree.parts)), SUM


def _component(tree: Component) -> tuple[str, int]:
    return f"{at_least(tree.of, ATOM)}_{{{','.join(map(to_latex, tree.below))}}}", FACTOR


def _members(tree: Members) -> tuple[str, int]:
    sizes = r" \times ".join(map(to_latex, tree.of))
    if not tree.text:
        return rf"\{{{', '.join(map(to_latex, tree.of))}\}}", ATOM
    letter, rest = tree.text[0], tree.text[1:]
    below = rest if rest.startswith("_") else ""
    above = sizes or (rest if not below else "")
    return rf"\mathbb{{{letter}}}{below}" + (f"^{{{above}}}" if above else ""), ATOM


def _interval(tree: Interval) -> tuple[str, int]:
    opening, closing = ("[" if tree.closed[0] else "("), ("]" if tree.closed[1] else ")")
    return f"{opening}{to_latex(tree.low)}, {to_latex(tree.high)}{closing}", ATOM


WRITERS: dict[type, Any] = {
    Number: _number,
    Name: _name,
    Sum: _sum,
    Minus: _minus,
    Product: _product,
    Quotient: _quotient,
    Power: _power,
    Call: _call,
    Primed: lambda t: (at_least(t.of, ATOM) + "'" * t.order, FACTOR),
    Derivative: _derivative,
    Fixed: _fixed,
    Differential: lambda t: (rf"\mathrm{{d}}{at_least(t.of, ATOM)}", FACTOR),
    Inner: lambda t: (rf"\langle {to_latex(t.left)},\, {to_latex(t.right)} \rangle", ATOM),
    Gradient: _gradient,
    Big: _big,
    Norm: _norm,
    Absolute: lambda t: (rf"\left|{to_latex(t.of)}\right|", ATOM),
    Transposed: lambda t: (rf"{at_least(t.of, ATOM)}^\top", FACTOR),
    Component: _component,
    Matrix: _matrix,
    Members: _members,
    Interval: _interval,
    Root: lambda t: _level(t.of),
    Listed: lambda t: (rf"\left({', '.join(map(to_latex, t.of))}\right)", ATOM),
    Cases: _cases,
    Indicator: lambda t: (rf"\mathbb{{1}}\left[{to_latex(t.condition)}\right]", FACTOR),
    Expectation: _expectation,
    Integral: _integral,
    Limit: _limit,
    Order: lambda t: (rf"{'o' if t.small else 'O'}\left({to_latex(t.of)}\right)", FACTOR),
    Extremum: _extremum,
    Relation: _relation,
    Both: _both,
    Either: _both,
}
