r"""symgd reads what symgd writes, and names the line in which a mistake is planted.

Random models, of numbers and of arrays: names and functions by lot, derived and rendered as LaTeX.
On the page no line is wrong and none is unknown. Then in each display one line is changed in one
place, its sign, a factor, an index, a transpose, a term, a function or an exponent, and the page is
read again: these lines are wrong, and no other is. Whether a changed line says something else is
asked of a witness of its own, which works out both sides by mpmath.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, Network, check_text
from symgd.errors import SymgdError
from symgd.judge.documents import Row, rows
from symgd.judge.environment.environment import ONES
from symgd.judge.environment.lexicon import vocabulary_of
from symgd.judge.verdicts.scopes import check_rows
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import statement
from symgd.language.latex.syntax import (
    Call,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    Transposed,
    children,
    exchange,
    names_below,
)

FUNCTIONS = ("sin", "cos", "tanh", "exp", "sigmoid", "softplus", "arctan", "gelu")
LEAVES = ("w", "u", "v", "beta", "x_1", "x_2")
NAMES = ("z", "h", "s", "yhat", "q")


def formula(rng: random.Random, names: list[str], depth: int = 2) -> str:
    """A smooth formula in some of the names."""
    if depth == 0:
        return rng.choice([*names, *names, str(rng.randint(2, 5))])
    kind = rng.choice(["+", "-", "*", "*", "f", "f", "^", "/"])
    a = formula(rng, names, depth - 1)
    if kind == "f":
        return f"{rng.choice(FUNCTIONS)}({a})"
    if kind == "^":
        return f"({a})^{rng.randint(2, 3)}"
    b = formula(rng, names, depth - 1)
    return f"({a})/(1 + ({b})^2)" if kind == "/" else f"({a}) {kind} ({b})"


def model(rng: random.Random) -> Model:
    """A chain of definitions, each in leaves and in the one before it."""
    leaves = rng.sample(LEAVES, 3)
    count = rng.randint(1, 3)
    definitions = {}
    known = list(leaves)
    for name in rng.sample(NAMES, count):
        definitions[name] = f"{formula(rng, known)} + {rng.choice(leaves)}*{known[-1]}"
        known = [*leaves, name]
    definitions["C"] = f"({known[-1]} - {rng.choice(leaves)})^2/2"
    return Model(definitions, parameters=leaves[:2])


def page(seed: int, style: str | None = None) -> str:
    """The page of the first model from this seed on that can be derived."""
    for k in range(20):
        try:
            derivation = model(random.Random(f"{seed} {k}")).derive()
            return str(derivation.to_latex(document=True, style=style))
        except SymgdError:
            continue
    raise AssertionError("No model can be derived.")


# -- mistakes -------------------------------------------------------------------------------------

Change = Callable[[Any, random.Random, "Page"], Any]
#  function       one that is never the same
OTHER = {r"\sin": r"\cos", r"\cos": r"\sin", r"\tanh": r"\sin", r"\sigma": r"\tanh",
         r"\Phi": r"\sin", r"\softmax": r"\exp", r"\colsum": r"\rowsum"}  # fmt: skip


def one_of(tree: Any, rng: random.Random, fits: Callable[[Any], bool]) -> Any:
    """A node of a tree that fits, by lot; None where there is none."""
    found = [n for n in formulas_in(tree) if fits(n)]
    return rng.choice(found) if found else None


def formulas_in(tree: Any) -> Iterator[Any]:
    """The tree and its parts, names of functions and subscripts left out."""
    yield tree
    below = tree.arguments if isinstance(tree, Call) else children(tree)
    for part in () if isinstance(tree, Name) else below:
        yield from formulas_in(part)


def sign(tree: Any, rng: random.Random, page: Page) -> Any:
    """One term with the other sign."""
    old = one_of(tree, rng, lambda n: isinstance(n, Sum))
    if old is None:
        return Minus(tree)
    terms = list(old.terms)
    k = rng.randrange(len(terms))
    terms[k] = terms[k].of if isinstance(terms[k], Minus) else Minus(terms[k])
    return exchange(tree, {old: replace(old, terms=tuple(terms))})


def factor(tree: Any, rng: random.Random, page: Page) -> Any:
    """One product three times as large, or a half."""
    old = one_of(tree, rng, lambda n: isinstance(n, Product | Name | Call)) or tree
    by = rng.choice([Number(Fraction(3)), Quotient(Number(Fraction(1)), Number(Fraction(2)))])
    return exchange(tree, {old: Product((by, old), ("",))})


def term(tree: Any, rng: random.Random, page: Page) -> Any:
    """A sum without one of its terms."""
    old = one_of(tree, rng, lambda n: isinstance(n, Sum))
    if old is None:
        return None
    terms = list(old.terms)
    del terms[rng.randrange(len(terms))]
    return exchange(tree, {old: terms[0] if len(terms) == 1 else Sum(tuple(terms))})


def function(tree: Any, rng: random.Random, page: Page) -> Any:
    old = one_of(tree, rng, lambda n: isinstance(n, Call) and n.function.base in OTHER)
    return old and exchange(tree, {old: replace(old, function=Name(OTHER[old.function.base]))})


def exponent(tree: Any, rng: random.Random, page: Page) -> Any:
    """One more or one less."""
    old = one_of(tree, rng, lambda n: isinstance(n, Power) and isinstance(n.exponent, Number))
    if old is None:
        return None
    value = old.exponent.value + rng.choice([1, -1])
    if value == 0:
        return None
    # x^1 is nobody's spelling of x: it counts layers.
    return exchange(tree, {old: old.base if value == 1 else replace(old, exponent=Number(value))})


def index(tree: Any, rng: random.Random, page: Page) -> Any:
    """W_2 for W_1, where there is one."""
    known = set(page.values)
    pairs = [(n, m) for n in formulas_in(tree) for m in known
             if isinstance(n, Name) and n in known and n.base == m.base and n != m]  # fmt: skip
    return exchange(tree, dict([rng.choice(sorted(pairs, key=str))])) if pairs else None


def transpose(tree: Any, rng: random.Random, page: Page) -> Any:
    """A matrix turned that was not, or the other way round."""
    old = one_of(tree, rng, lambda n: isinstance(n, Transposed) or is_matrix(n, page))
    return old and exchange(tree, {old: old.of if isinstance(old, Transposed) else Transposed(old)})


def is_matrix(node: Any, page: Page) -> bool:
    value = page.values.get(node) if isinstance(node, Name) else None
    return isinstance(value, np.ndarray)


MISTAKES: dict[str, Change] = {
    "sign": sign, "factor": factor, "term": term, "function": function, "exponent": exponent,
    "index": index, "transpose": transpose,
}  # fmt: skip


# -- a witness: what a side without derivatives is worth, by mpmath --------------------------------


def softmax(a: Any) -> Any:
    e = np.vectorize(mp.exp, otypes=[object])(a)
    return e / (e.sum() if 1 in e.shape else e.sum(axis=1, keepdims=True))


FUNCTIONS_OF_NUMBERS = {
    r"\sin": mp.sin, r"\cos": mp.cos, r"\tanh": mp.tanh, r"\exp": mp.exp, r"\ln": mp.log,
    r"\arctan": mp.atan, r"\sigma": lambda u: 1 / (1 + mp.exp(-u)), r"\Phi": mp.ncdf,
    r"\varphi": mp.npdf, r"\phi": mp.npdf, r"\sqrt": mp.sqrt, r"\sign": mp.sign,
    r"\step": lambda u: mp.mpf(u > 0),
}  # fmt: skip
FUNCTIONS_OF_ARRAYS = {
    r"\softmax": softmax, r"\sum": np.sum,
    r"\colsum": lambda a: a.sum(axis=0, keepdims=True),
    r"\rowsum": lambda a: a.sum(axis=1, keepdims=True),
}  # fmt: skip


class NoValue(Exception):
    """A side with derivatives, or with what this witness does not know."""


def value_of(tree: Any, values: Mapping[Any, Any]) -> Any:
    """A number, or an array of numbers; raises NoValue, and ValueError where shapes do not fit."""

    def of(t: Any) -> Any:
        return value_of(t, values)

    match tree:
        case Number():
            return mp.mpf(tree.value.numerator) / tree.value.denominator
        case Name(base="e"):
            return +mp.e
        case Name() if tree in values:
            return values[tree]
        case Minus():
            return -of(tree.of)
        case Sum():
            return tidy(sum(map(of, tree.terms[1:]), start=of(tree.terms[0])))
        case Product():
            return reduce(times, zip(("", *tree.signs), map(of, tree.factors), strict=True), None)
        case Quotient():
            return of(tree.top) / of(tree.bottom)
        case Power(exponent=Number() | Quotient() | Minus()) | Power(base=Name(base="e")):
            return of(tree.base) ** of(tree.exponent)
        case Transposed():
            inner = of(tree.of)
            return inner.T if isinstance(inner, np.ndarray) else inner
        case Norm(kind="2"):
            inner = of(tree.of)
            return mp.sqrt((inner * inner).sum())
        case Call(order=0, arguments=(u,)) if tree.function.base in FUNCTIONS_OF_ARRAYS:
            return FUNCTIONS_OF_ARRAYS[tree.function.base](of(u))
        case Call(order=0, arguments=(u,)) if tree.function.base in FUNCTIONS_OF_NUMBERS:
            f = FUNCTIONS_OF_NUMBERS[tree.function.base]
            inner = of(u)
            return (
                np.vectorize(f, otypes=[object])(inner)
                if isinstance(inner, np.ndarray)
                else f(inner)
            )
    raise NoValue


def times(before: Any, after: tuple[str, Any]) -> Any:
    sign, value = after
    if before is None:
        return value
    if sign == "o" or not (isinstance(before, np.ndarray) and isinstance(value, np.ndarray)):
        return value * before if isinstance(value, np.ndarray) else before * value
    return tidy(before @ value)


def tidy(value: Any) -> Any:
    """An array of one number is that number."""
    return value.item() if isinstance(value, np.ndarray) and value.shape == (1, 1) else value


def differ(a: Any, b: Any) -> bool:
    if np.shape(a) != np.shape(b):
        return True
    return bool(np.any(abs(a - b) > 1e-12 * (1 + abs(a))))


class Page:
    """The rows of a page, each with what it says, and what its names are worth at a point."""

    def __init__(self, text: str, seed: int) -> None:
        self.rows = rows(text, "tex")
        vocabulary = vocabulary_of([r.text for r in self.rows], [], [])
        self.said = [statement(r.text, vocabulary) for r in self.rows]
        self.report = check_rows(self.rows)
        self.roles = {line.number: line.role for line in self.report.lines}
        self.values = dict(self.leaves(random.Random(seed)))
        for k, said in enumerate(self.said):
            left = said.members[0]
            if said.continues or not isinstance(left, Name) or left in self.values:
                continue
            more = self.said[k + 1] if k + 1 < len(self.said) else said
            for side in (*said.members[1:], *(more.members if more.continues else ())):
                try:
                    self.values[left] = value_of(side, self.values)
                    break
                except (NoValue, ValueError):
                    continue

    def leaves(self, rng: random.Random) -> Iterator[tuple[Name, Any]]:
        """What nothing defines: arrays of the sizes that are declared, the sizes, numbers."""
        sizes: dict[Name, int] = {}
        defined = {s.members[0] for s in self.said if s.signs == ("=",) and not s.continues}
        # Spaces that share a line: the first is what the line says, the others stand beside it.
        beside = [c for s in self.said if s.signs == ("in",) for c in s.conditions]
        spaces = {s.members[0]: s.members[1].of for s in self.said if s.signs == ("in",)}
        spaces |= {c.left: c.right.of for c in beside if c.sign == "in"}
        for name, of in spaces.items():
            for size in of:
                sizes.setdefault(size, len(sizes) + 2)
            shape = tuple(sizes[s] for s in of)
            yield name, drawn(rng, (*shape, 1) if len(shape) == 1 else shape)
        yield from ((n, mp.mpf(k)) for n, k in sizes.items() if isinstance(n, Name))
        for name in {n for s in self.said for m in s.members for n in names_below(m)}:
            if name.base == ONES and not all(s in sizes for s in name.below):
                continue  # of a general layer
            if name.base == ONES:
                shape = tuple(sizes[s] for s in name.below)
                yield name, np.full((*shape, 1)[:2], mp.mpf(1), dtype=object)
            elif not spaces and name not in defined and name.base not in ("e", r"\pi"):
                yield name, drawn(rng, ())

    def plant(self, rng: random.Random, kinds: Sequence[str]) -> tuple[list[Row], dict[int, str]]:
        """The rows with a mistake in one line of each display, and where which mistake is."""
        changed, where = list(self.rows), {}
        for group in sorted({r.group for r in self.rows}):
            places = [k for k, r in enumerate(self.rows) if r.group == group and self.is_closed(k)]
            rng.shuffle(places)
            for k in places:
                kind, side = rng.choice(kinds), self.said[k].members[-1]
                new = MISTAKES[kind](side, rng, self)
                if new is None or not self.is_other(k, new):
                    continue
                changed[k] = replace(changed[k], text=self.written(k, new))
                where[k] = kind
                break
        return changed, where

    def is_closed(self, k: int) -> bool:
        """Whether the last side of a claim has a value without any derivative."""
        said = self.said[k]
        if self.rows[k].text.lstrip().startswith(r"\langle"):
            return False  # what ⟨P, Q⟩ is, of any P and Q
        if self.roles.get(self.rows[k].number) != "claim" or len(said.members) > 2:
            return False
        try:
            value_of(said.members[-1], self.values)
        except NoValue:
            return False
        return True

    def is_other(self, k: int, new: Any) -> bool:
        """Whether the changed side is worth something else; a slope may be laid out either way."""
        try:
            old = value_of(self.said[k].members[-1], self.values)
            found = value_of(new, self.values)
            return differ(old, found) and differ(old, np.transpose(found))
        except (ValueError, ZeroDivisionError):
            return True  # shapes that do not fit
        except NoValue:
            return False

    def written(self, k: int, side: Any) -> str:
        said = self.said[k]
        left = "" if said.continues else to_latex(said.members[0])
        return f"{left} = {to_latex(side)}"


def drawn(rng: random.Random, shape: tuple[int, ...]) -> Any:
    """A number, or an array of numbers, none of them near 0."""
    if shape:
        numbers = [drawn(rng, ()) for _ in range(math.prod(shape))]
        return np.array([*numbers, None], dtype=object)[:-1].reshape(shape)
    return mp.mpf(rng.randint(200, 1800)) / 1000 * rng.choice([1, -1])


# -- the tests ------------------------------------------------------------------------------------


def model_of_arrays(rng: random.Random) -> Any:
    """A network of two layers, with what it is made of by lot."""
    activation = rng.choice(["tanh", "sigmoid", "arctan"])
    loss = rng.choice(["quadratic", "softmax_cross_entropy"])
    return Network([3, 2, 2], activation, loss, batch=rng.random() < 0.5)


def page_by_the_chain(seed: int) -> str:
    """A page whose lines stand in the names of the model alone, which this file can work out."""
    return page(seed, "chain")


def page_of_arrays(seed: int) -> str:
    rng = random.Random(f"arrays {seed}")
    found = model_of_arrays(rng).derive()
    return str(found.render("latex", style=rng.choice(["differential", "backprop"])))


def findings(text: str, seed: int, kinds: Sequence[str]) -> tuple[dict[int, str], set[int]]:
    """(line → the mistake that was planted in it, the lines that are wrong)."""
    changed, where = Page(text, seed).plant(random.Random(seed), kinds)
    found = check_rows(changed)
    wrong = {line.number for line in found.lines if line.verdict == "wrong"}
    return {changed[k].number: kind for k, kind in where.items()}, wrong


QUICK = [*range(2), *(pytest.param(s, marks=pytest.mark.slow) for s in range(2, 30))]


@pytest.mark.spread(slow=2)
@pytest.mark.parametrize("seed", QUICK)
def test_a_page_is_read_back(seed):
    found = check_text(page(seed), "tex")
    bad = [f"{x.verdict}: {x.reason}: {x.text}" for x in found.lines
           if x.verdict not in ("proved", "sampled", "taken")]  # fmt: skip
    assert not bad, "\n".join(bad)


@pytest.mark.slow
@pytest.mark.parametrize("make", [page_by_the_chain, page_of_arrays])
def test_planted_mistakes_are_named(make):
    planted, wrong = findings(make(0), 0, list(MISTAKES))
    assert planted
    assert set(planted) == wrong


# Pages of numbers and of arrays, each with mistakes of any kind, one in each display.
SWEEP = [(page_by_the_chain, s) for s in range(36)] + [(page_of_arrays, s) for s in range(40)]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "pages",
    [
        pytest.param(SWEEP[::8], marks=pytest.mark.slow, id="some"),
        pytest.param(SWEEP, marks=pytest.mark.sweep, id="all"),
    ],
)
def test_of_many_mistakes_nearly_all_are_named_and_none_elsewhere(pages):
    named: Counter[str] = Counter()
    planted: Counter[str] = Counter()
    elsewhere = []
    for make, seed in pages:
        where, wrong = findings(make(seed), seed, list(MISTAKES))
        planted.update(where.values())
        named.update(kind for number, kind in where.items() if number in wrong)
        elsewhere += [(make.__name__, seed, number) for number in wrong - set(where)]
    assert not elsewhere
    assert set(planted) == set(MISTAKES)
    assert named.total() >= 0.99 * planted.total(), {k: (named[k], planted[k]) for k in planted}
