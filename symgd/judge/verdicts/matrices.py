r"""What a wrong derivative in arrays should have been, by the engine of matrix differentials.

The declared definitions are written in the language of `symgd.language.arrays`, with the shapes
that were found for their letters; the derivation of the gradient there, each step checked, ends in
the answer, told in the author's letters. What the language cannot say (families, unknown
functions) has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

from symgd.derive.differentials.derive import derive
from symgd.errors import SymgdError
from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.evaluator import DIGITS, MOST_WORK, Clock, Evaluator
from symgd.judge.values.points import Point
from symgd.judge.values.sampling import agree
from symgd.judge.verdicts.proof import NoProof
from symgd.language.arrays.alphabets import LATEX
from symgd.language.arrays.functions import is_function
from symgd.language.arrays.printer import to_text
from symgd.language.latex.printer import to_latex
from symgd.language.latex.syntax import (
    ONE,
    Absolute,
    Big,
    Call,
    Derivative,
    Gradient,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Transposed,
    exchange,
    walk,
)
from symgd.language.latex.vocabulary import CONVENTIONS, FUNCTIONS
from symgd.models.arrays import matrix_model
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.values import Values

# A letter that no person writes, and how it comes back in LaTeX.
CUT = r"\square"
LETTER = "qq{}"
BACK = re.compile(r"\\mathrm\{qq([a-j]+)\}")
# The sizes that shapes are tried with, as letters.
SIZES = {1: 1, 2: "n", 3: "m", 4: "k", 5: "p"}
NO_ANSWER = (NoProof, SymgdError, NotUnderstood, Misfit, Outside)
# Functions of whole arrays that the language of matrices has too.
OF_ARRAYS = frozenset({"softmax", "tr", "det", "sqrt"})


def right_in_arrays(env: Environment, left: Any) -> str | None:
    r"""The LaTeX of ∂C/∂W or \nabla_w C; None where the engine has no answer."""
    if isinstance(left, Gradient) and left.order == 1 and isinstance(left.by, Name):
        left = Derivative(left.of, (left.by,))
    if not isinstance(left, Derivative) or len(left.by) != 1:
        return None
    if not isinstance(left.by[0], Name) or left.of is None:
        return None
    try:
        return _derived(env, left.of, left.by[0])
    except (*NO_ANSWER, RecursionError, ValueError, KeyError):
        return None


def _derived(env: Environment, of: Any, by: Name) -> str:
    language = Language(env, by)
    cost = language.define(of if isinstance(of, Name) else Name(CUT), of)
    letter = language.letters.get(by)
    if letter is None or cost != list(language.definitions)[-1]:
        raise NoProof
    # Labels that sum to 1, declared or taken to: then softmax with cross-entropy is p - y.
    labels = {*env.assumptions.totals, *env.document.labels}
    assume = {
        v: "prob" for n, v in language.letters.items() if n.base in labels and v in language.shapes
    }
    graph = matrix_model(language.definitions, [letter], language.shapes, assume=assume)
    node = derive(graph).sections[-1].result
    if not _holds(env, language, node, Derivative(of, (by,))):
        raise NoProof
    names = {v: n for n, v in language.letters.items()}
    return BACK.sub(lambda m: to_latex(names[f"qq{m[1]}"]), to_text(node, LATEX))


def _holds(env: Environment, language: Language, node: Any, left: Any) -> bool:
    """Whether the answer is what the judge itself finds at a point: the shapes may be misread."""
    with mp.workdps(DIGITS):
        evaluator = Evaluator(env, Point(env, 1, "unit"), Clock(MOST_WORK), {})
        names = {
            v: _array(evaluator.value(n)) for n, v in language.letters.items() if n.base != CUT
        }
        sizes = {str(letter): size for size, letter in SIZES.items() if size > 1}
        found = Values(names, sizes, Precise()).of(node)
        return agree(_array(evaluator.value(left)), found)


def _array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value
    out = np.empty((1, 1), dtype=object)
    out[0, 0] = value
    return out


class Language:
    """Writes trees in the language of matrices, and the definitions that they need."""

    def __init__(self, env: Environment, by: Name) -> None:
        self.env = env
        self.by = by
        self.letters: dict[Name, str] = {}
        self.definitions: dict[str, str] = {}
        self.shapes: dict[str, Any] = {}
        # Inside Σ_i products are entry by entry.
        self.entrywise = False

    def define(self, name: Name, body: Any) -> str:
        if isinstance(body, Name):
            return self.name(body)
        inside, self.entrywise = self.entrywise, False
        text = self.of(body)
        self.entrywise = inside
        letter = self.letter(name)
        self.definitions[letter] = text
        return letter

    def letter(self, name: Name) -> str:
        digits = "".join("abcdefghij"[int(c)] for c in str(len(self.letters)))
        return self.letters.setdefault(name, LETTER.format(digits))

    def of(self, tree: Any) -> str:
        writer = WRITERS.get(type(tree))
        if writer is None:
            raise NoProof
        return writer(self, tree)

    def name(self, name: Name) -> str:
        if name in self.letters:
            return self.letters[name]
        env = self.env
        found = [d for d in env.definitions.get(name.base, ()) if d.name == name]
        if name != self.by and found:
            letter = self.define(name, found[0].body)
            return self.letters.setdefault(name, letter)
        if name.base in env.ranges.bounds or name.base in ("e", "I", r"\pi"):
            raise NoProof
        shape = env.shape_of(env.family(name))
        letter = self.letter(name)
        self.shapes[letter] = tuple(SIZES[s] for s in shape) if shape != (1, 1) else ()
        return letter

    # -- trees -------------------------------------------------------------------------------------

    def number(self, tree: Number) -> str:
        return f"({tree.value})" if tree.value.denominator != 1 else str(tree.value)

    def sum(self, tree: Sum) -> str:
        return f"({' + '.join(map(self.of, tree.terms))})"

    def minus(self, tree: Minus) -> str:
        return f"(-{self.of(tree.of)})"

    def product(self, tree: Product) -> str:
        out = self.of(tree.factors[0])
        for sign, factor in zip(tree.signs, tree.factors[1:], strict=True):
            if sign == "x":
                raise NoProof
            number = isinstance(factor, Number) or isinstance(tree.factors[0], Number)
            entry = sign == "o" or (self.entrywise and not number)
            out += f"{'.*' if entry else '*'}{self.of(factor)}"
        return f"({out})"

    def quotient(self, tree: Quotient) -> str:
        entry = tree.elementwise or (self.entrywise and not isinstance(tree.bottom, Number))
        return f"({self.of(tree.top)}{'./' if entry else '/'}{self.of(tree.bottom)})"

    def power(self, tree: Power) -> str:
        if tree.base == Name("e"):
            return f"exp({self.of(tree.exponent)})"
        if tree.exponent == Minus(ONE):
            return f"inv({self.of(tree.base)})"
        if not isinstance(tree.exponent, Number):
            raise NoProof
        scalar = isinstance(tree.base, Norm | Absolute)
        sign = "^" if scalar or not self.entrywise else ".^"
        return f"({self.of(tree.base)}{sign}{tree.exponent.value})"

    def call(self, tree: Call) -> str:
        env = self.env
        definitions = env.functions_of(tree.function)
        if tree.order or len(tree.arguments) != 1:
            raise NoProof
        if len(definitions) == 1:
            (variable,) = definitions[0].variables
            if is_logistic(definitions[0].body, variable):
                return f"sigmoid({self.of(tree.arguments[0])})"
            return self.of(exchange(definitions[0].body, {variable: tree.arguments[0]}))
        base = tree.function.base
        name = FUNCTIONS.get(base.removeprefix("\\")) if base.startswith("\\") else None
        name = name or CONVENTIONS.get(base)
        said = "tr" if name == "trace" else name
        if said is None or not (said in OF_ARRAYS or is_function(said)):
            raise NoProof
        return f"{said}({self.of(tree.arguments[0])})"

    def big(self, tree: Big) -> str:
        """Σ_i of entries is the sum of an array, entry by entry."""
        if tree.kind != "sum" or len(tree.indices) != 1 or tree.conditions or self.entrywise:
            raise NoProof
        (index,) = tree.indices
        table = {
            n: Name(n.base, (), n.above)
            for n in walk(tree.body)
            if isinstance(n, Name) and n.below == (index,)
        }
        if not table or any(self.env.shape_of(self.env.family(n)) == (1, 1)
                            and not self.env.defines(n) for n in table.values()):  # fmt: skip
            raise NoProof
        self.entrywise = True
        try:
            return f"sum({self.of(exchange(tree.body, table))})"
        finally:
            self.entrywise = False

    def norm(self, tree: Norm) -> str:
        if tree.kind not in ("1", "2", "F"):
            raise NoProof
        return f"norm{'1' if tree.kind == '1' else '2'}({self.of(tree.of)})"


def is_logistic(body: Any, variable: Any) -> bool:
    """Whether a body is 1/(1 + e^{-v})."""
    return bool(body == Quotient(ONE, Sum((ONE, Power(Name("e"), Minus(variable))))))


WRITERS: dict[type, Callable[[Language, Any], str]] = {
    Number: Language.number,
    Name: Language.name,
    Sum: Language.sum,
    Minus: Language.minus,
    Product: Language.product,
    Quotient: Language.quotient,
    Power: Language.power,
    Call: Language.call,
    Big: Language.big,
    Norm: Language.norm,
    Absolute: lambda w, t: f"abs({w.of(t.of)})",
    Transposed: lambda w, t: f"({w.of(t.of)})'",
}
