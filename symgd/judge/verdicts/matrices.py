r"""What a wrong derivative in arrays should have been, by the engine of matrix differentials.

The declared definitions become nodes with the shapes that were found for their letters; the
derivation of the gradient there, each step checked, ends in the answer, printed in the author's
letters. What nodes cannot say (families, unknown functions) has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import mpmath as mp

from symgd.derive.differentials.derive import derive
from symgd.errors import SymgdError
from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.agreement import agree
from symgd.judge.values.digits import DIGITS
from symgd.judge.values.evaluator import MOST_WORK, Clock, Evaluator
from symgd.judge.values.points import Point
from symgd.judge.verdicts.proof import NoProof
from symgd.language.arrays.alphabets import LATEX
from symgd.language.arrays.functions import function, is_function
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
from symgd.trees.arrays import Node, name, node, num
from symgd.trees.assume import words_of
from symgd.trees.dims import dim
from symgd.verify.arrays.fields import Precise
from symgd.verify.arrays.values import Values
from symgd.verify.lazy import np

# What stands for a cost that has no name, and letters that no word of a line is.
CUT = r"\square"
LETTER = "qq{}"
# The sizes that shapes are tried with, as letters.
SIZES: dict[int, int | str] = {1: 1, 2: "n", 3: "m", 4: "k", 5: "p"}
NO_ANSWER = (NoProof, SymgdError, NotUnderstood, Misfit, Outside)
# word of a function that is not entry by entry, or no function of the table
OF_ARRAYS: dict[str, Callable[[Node], Node]] = {
    "softmax": lambda x: node("softmax", x),
    "trace": lambda x: node("tr", x),
    "det": lambda x: node("det", x),
    "sqrt": lambda x: node("power", x, num(Fraction(1, 2))),
}


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
    translator = Translator(env, by)
    cost = translator.define(of if isinstance(of, Name) else Name(CUT), of)
    letter = translator.letters.get(by)
    if letter is None or cost.data != list(translator.definitions)[-1]:
        raise NoProof
    graph = matrix_model(
        translator.definitions, [letter], translator.shapes, assume=translator.assumed
    )
    found = derive(graph).sections[-1].result
    if not _holds(env, translator, found, Derivative(of, (by,))):
        raise NoProof
    spelled = {v: to_latex(n) for n, v in translator.letters.items()}
    return to_text(found, replace(LATEX, name=lambda v: spelled.get(v) or LATEX.name(v)))


def _holds(env: Environment, translator: Translator, found: Node, left: Any) -> bool:
    """Whether the answer is what the judge itself finds at a point: the shapes may be misread."""
    with mp.workdps(DIGITS):
        evaluator = Evaluator(env, Point(env, 1, "unit"), Clock(MOST_WORK), {})
        names = {
            v: _array(evaluator.value(n)) for n, v in translator.letters.items() if n.base != CUT
        }
        sizes = {str(letter): size for size, letter in SIZES.items() if size > 1}
        value = Values(names, sizes, Precise()).of(found)
        return agree(_array(evaluator.value(left)), value)


def _array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value
    out = np.empty((1, 1), dtype=object)
    out[0, 0] = value
    return out


class Translator:
    """Trees of a line → nodes over arrays, and the definitions that they need."""

    def __init__(self, env: Environment, by: Name) -> None:
        self.env = env
        self.by = by
        # name → its letter; letter → its node
        self.letters: dict[Name, str] = {}
        self.nodes: dict[str, Node] = {}
        self.definitions: dict[str, Node] = {}
        self.shapes: dict[str, Any] = {}
        self.assumed: dict[str, str] = {}
        # Labels that sum to 1, declared or taken to: then softmax with cross-entropy is p - y.
        self.labels = {*env.assumptions.totals, *env.document.labels}
        # Inside Σ_i products are entry by entry.
        self.entrywise = False

    def define(self, name_: Name, body: Any) -> Node:
        if isinstance(body, Name):
            return self.name(body)
        inside, self.entrywise = self.entrywise, False
        node_ = self.of(body)
        self.entrywise = inside
        letter = self.letter(name_)
        self.definitions[letter] = node_
        self.nodes[letter] = name(letter, node_.shape)
        return self.nodes[letter]

    def letter(self, name_: Name) -> str:
        digits = "".join("abcdefghij"[int(c)] for c in str(len(self.letters)))
        return self.letters.setdefault(name_, LETTER.format(digits))

    def of(self, tree: Any) -> Node:
        method = METHODS.get(type(tree))
        if method is None:
            raise NoProof
        return method(self, tree)

    def name(self, name_: Name) -> Node:
        if name_ in self.letters:
            return self.nodes[self.letters[name_]]
        env = self.env
        found = [d for d in env.definitions.get(name_.base, ()) if d.name == name_]
        if name_ != self.by and found:
            defined = self.define(name_, found[0].body)
            self.letters.setdefault(name_, defined.data)
            return defined
        if name_.base in env.ranges.bounds or name_.base in ("e", "I", r"\pi"):
            raise NoProof
        shape = env.shape_of(env.family(name_))
        letter = self.letter(name_)
        self.shapes[letter] = tuple(SIZES[s] for s in shape) if shape != (1, 1) else ()
        rows, columns = (dim(SIZES[s]) for s in shape)
        words: frozenset[str] = frozenset()
        if name_.base in self.labels:
            self.assumed[letter] = "prob"
            words = words_of("prob")
        self.nodes[letter] = name(letter, (rows, columns), words)
        return self.nodes[letter]

    # -- trees -------------------------------------------------------------------------------------

    def number(self, tree: Number) -> Node:
        return num(tree.value)

    def sum(self, tree: Sum) -> Node:
        return node("add", *map(self.of, tree.terms))

    def minus(self, tree: Minus) -> Node:
        return node("mul", num(-1), self.of(tree.of))

    def product(self, tree: Product) -> Node:
        out = self.of(tree.factors[0])
        for sign, factor in zip(tree.signs, tree.factors[1:], strict=True):
            if sign == "x":
                raise NoProof
            out = multiply(out, self.of(factor), sign == "o" or self.entrywise)
        return out

    def quotient(self, tree: Quotient) -> Node:
        below = self.of(tree.bottom)
        entrywise = tree.elementwise or self.entrywise
        if not (below.is_scalar or entrywise):
            raise NoProof
        return multiply(self.of(tree.top), node("power", below, num(-1)), entrywise)

    def power(self, tree: Power) -> Node:
        if tree.base == Name("e"):
            return self.function("exp", tree.exponent)
        base = self.of(tree.base)
        if tree.exponent == Minus(ONE):
            return node("inv", base)
        if not isinstance(tree.exponent, Number):
            raise NoProof
        exponent = tree.exponent.value
        if base.is_scalar or self.entrywise or tree.elementwise:
            return node("power", base, num(exponent))
        if exponent.denominator != 1 or exponent < 2:
            raise NoProof
        return node("mpow", base, data=int(exponent))

    def function(self, word: str, argument: Any) -> Node:
        return node("function", self.of(argument), data=function(word))

    def call(self, tree: Call) -> Node:
        env = self.env
        definitions = env.functions_of(tree.function)
        if tree.order or len(tree.arguments) != 1:
            raise NoProof
        (argument,) = tree.arguments
        if len(definitions) == 1:
            (variable,) = definitions[0].variables
            if is_logistic(definitions[0].body, variable):
                return self.function("sigmoid", argument)
            return self.of(exchange(definitions[0].body, {variable: argument}))
        base = tree.function.base
        word = FUNCTIONS.get(base.removeprefix("\\")) if base.startswith("\\") else None
        word = word or CONVENTIONS.get(base)
        if word in OF_ARRAYS:
            return OF_ARRAYS[word](self.of(argument))
        if word is None or not is_function(word):
            raise NoProof
        return self.function(word, argument)

    def big(self, tree: Big) -> Node:
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
            return node("sum", self.of(exchange(tree.body, table)))
        finally:
            self.entrywise = False

    def norm(self, tree: Norm) -> Node:
        if tree.kind not in ("1", "2", "F"):
            raise NoProof
        return node("norm1" if tree.kind == "1" else "norm2", self.of(tree.of))


def multiply(a: Node, b: Node, entrywise: bool) -> Node:
    """a b, or a ⊙ b; of a number there is no difference."""
    return node("had" if entrywise and not (a.is_scalar or b.is_scalar) else "mul", a, b)


def is_logistic(body: Any, variable: Any) -> bool:
    """Whether a body is 1/(1 + e^{-v})."""
    return bool(body == Quotient(ONE, Sum((ONE, Power(Name("e"), Minus(variable))))))


METHODS: dict[type, Callable[[Translator, Any], Node]] = {
    Number: Translator.number,
    Name: Translator.name,
    Sum: Translator.sum,
    Minus: Translator.minus,
    Product: Translator.product,
    Quotient: Translator.quotient,
    Power: Translator.power,
    Call: Translator.call,
    Big: Translator.big,
    Norm: Translator.norm,
    Absolute: lambda w, t: w.function("abs", t.of),
    Transposed: lambda w, t: node("t", w.of(t.of)),
}
