"""Text → formula, through an allow-list: no text ever reaches a parser or an evaluator of others.

    text → tokens → tree (`formulas`: names, limits, refusals) → unevaluated sympy tree

    tokens     numbers, names and signs, each with its place
    cursor     a place among them, limits, refusals
    engine     operators by their binding; each language is a dialect, as data
    alphabets  how LaTeX, Unicode and the language spell each construct, as data
    printer    tree → text: brackets, signs, numbers, fractions; each language is a table of writers
    formulas   arrays   latex      the languages

Everything that can be refused is refused before sympy sees anything; tokens, cursor and engine do
not know it. A formula is read as it is written: w*x + b stays w*x + b.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from symgd.errors import FormulaError
from symgd.language.formulas.build import build
from symgd.language.formulas.grammar import formula_reader, read_formula, read_pairs
from symgd.language.tokens import END, NAME, SIGN, tokenize
from symgd.trees.scalars import Expr

__all__ = ["looks_like_call", "parse", "parse_assignments", "parse_call"]


def parse(
    text: str,
    *,
    names: Collection[str] | None = None,
    functions: Mapping[str, tuple[str, ...]] | None = None,
    declared: Collection[str] = (),
) -> Expr:
    """The unevaluated expression that the text writes: `(y - yhat)^2/2` → ½·(y - ŷ)².

    `names`: those that the formula may use, which then stand before e and pi; None allows any.
    `functions`: named functions and the names of their variables, {"swish": ("z", "beta")};
    swish(u) is swish(u, beta). `declared`: names that stand before the words of the language.

    Raises FormulaError, with the place, for a text that is not a formula, reads in two ways, or
    passes a limit of length, depth or size.
    """
    return build(read_formula(formula_reader(text, names, functions, declared)))


def parse_call(text: str) -> tuple[str, dict[str, Expr]]:
    """`huber(delta=1)` → ("huber", {"delta": 1}); `sigmoid` → ("sigmoid", {}).

    The numbers are constant expressions such as 1/2, 2e-3 or sqrt(2). Raises FormulaError for
    anything else.
    """
    reader = formula_reader(text, names=())
    name = reader.advance()
    if name.kind != NAME:
        reader.fail("A name belongs here, as in tanh or huber(delta=1).", name)
    if reader.token.kind == END:
        return name.text, {}
    if not reader.sees("("):
        reader.fail("Only brackets follow the name, as in huber(delta=1).", reader.token)
    opening = reader.open()
    values = {} if reader.sees(")") else read_pairs(reader, f"{name.text}(delta=1)")
    reader.close(opening)
    if reader.token.kind != END:
        reader.fail("Nothing follows the closing bracket of huber(delta=1).", reader.token)
    return name.text, {key: build(node) for key, node in values.items()}


def parse_assignments(text: str) -> dict[str, Expr]:
    """`w=.5,b=2,x=3,y=-1/2` → {"w": 1/2, "b": 2, "x": 3, "y": -1/2}.

    The numbers are constant expressions such as -1/2, 2e-3 or pi. Raises FormulaError for
    anything else, and for a name that is given twice.
    """
    reader = formula_reader(text, names=())
    values = read_pairs(reader, "w=0.5, b=2")
    if reader.token.kind != END:
        reader.fail("Numbers are given as w=0.5, b=2, with commas between them.", reader.token)
    return {key: build(node) for key, node in values.items()}


def looks_like_call(text: str) -> bool:
    """Whether the text is a bare name, name() or name(key=...): a catalogue row, not a formula.

    `tanh` and `huber(delta=1)` are; `z*tanh(z)`, `tanh(2*z)` and `z + 1` are not. Never raises.
    """
    try:
        *tokens, _ = tokenize(text)
    except FormulaError:
        return False
    if tokens[0].kind != NAME or len(tokens) == 1:
        return tokens[0].kind == NAME
    signs = [t.text if t.kind == SIGN else t.kind for t in tokens]
    depth = 0
    for i, sign in enumerate(signs):
        depth += (sign == "(") - (sign == ")")
        if i and depth <= 0 and i < len(signs) - 1:
            return False
    return signs[1:3] == ["(", ")"] or signs[1:4] == ["(", NAME, "="]
