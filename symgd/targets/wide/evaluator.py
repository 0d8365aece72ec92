"""Program → its results at one point, each rounded once.

The lines are evaluated over balls (`ball`) of 192 bits, and again of three or four times as many
while one is too wide to say which double a result is. What a branch that is not taken would need is
not computed. Outside the domain of the formula all is nan; a result that has no value at the point
for another reason, or none that 8192 bits tell, is None: the program in doubles has its say there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from symgd.errors import ModelError
from symgd.functions import BY_HEAD
from symgd.functions.primitives import BY_NAME, EXPM1, LOG1MEXP, LOG1P
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.programs.guard import head_of
from symgd.programs.program import Program
from symgd.targets.wide.ball import (
    FUNCTIONS,
    ZERO,
    Field,
    NoValue,
    OutsideDomain,
    Undecided,
    is_exact,
    is_zero,
    nearest_double,
)
from symgd.targets.wide.pairs import PAIR_FUNCTIONS, PairField
from symgd.trees.scalars import add, application, exp, neg

BITS = (192, 640, 2304, 8192)
# Units of 2^-100, over those that a result may have, after which a pair still tells its double; and
# below FAINT its lower half is short of bits.
PAIRS_TELL, FAINT = 2.0**36, 1e-250
NO_NUMBERS = frozenset({sp.nan, sp.zoo, sp.oo, -sp.oo})
UNDEFINED = (NoValue, Undecided, OverflowError, ValueError)


@dataclass
class Run:
    """One evaluation: the arithmetic, and what has been worked out in it: names, and expressions
    that occur more than once."""

    field: Any
    values: dict[Any, Any] = field(default_factory=dict)


Code: TypeAlias = Callable[[Run], Any]
Test: TypeAlias = Callable[[Run], Any]


class Wide:
    """w(x₁, x₂, ...) → [value, result, ...], finite doubles in and doubles or None out."""

    def __init__(self, made: Program) -> None:
        self.leaves = made.leaves
        codes = Codes(made, FUNCTIONS)
        self.results = [codes.code(e) for e in (made.value, *made.results)]

    def __call__(self, *leaves: float) -> list[float | None]:
        found: list[float | None] = [None] * len(self.results)
        open_ = list(range(len(self.results)))
        for bits in BITS:
            run = Run(Field(bits, last=bits == BITS[-1]))
            for s, x in zip(self.leaves, leaves, strict=True):
                run.values[s] = run.field.number(x)
            undecided = []
            for i in open_:
                try:
                    found[i] = nearest_double(self.results[i](run))
                except Undecided:
                    undecided.append(i)
                except OutsideDomain:
                    if i == 0:
                        return [math.nan] * len(found)
                except UNDEFINED:
                    if i == 0:  # no cost, and so no slopes
                        return [None] * len(found)
            open_ = undecided
            if not open_:
                break
        return found


class InPairs:
    """p(x₁, x₂, ...) → (values of shape (results, n), which of the n samples they are right for).

    checked   the program's last result is its check, which is asked here; without, the caller has
              asked it in doubles, and a sample is right where no function left its range

    Raises ModelError for a program with a function that pairs do not have.
    """

    def __init__(self, made: Program, checked: bool) -> None:
        self.leaves = made.leaves
        self.checked = checked
        codes = Codes(made, PAIR_FUNCTIONS)
        self.results = [codes.code(e) for e in (made.value, *made.results)]

    def __call__(self, *leaves: Any) -> tuple[Any, Any]:
        tiny: list[str] = []
        with np.errstate(all="ignore", under="call", call=lambda kind, _: tiny.append(kind)):
            found, right = self.run(leaves, careful=False)
        if tiny:
            with np.errstate(all="ignore"):
                return self.run(leaves, careful=True)
        return found, right

    def run(self, leaves: tuple[Any, ...], careful: bool) -> tuple[Any, Any]:
        n = max(np.size(v) for v in leaves)
        run = Run(PairField(n, careful))
        for s, x in zip(self.leaves, leaves, strict=True):
            run.values[s] = run.field.number(np.broadcast_to(np.asarray(x, np.float64), n))
        found = np.empty((len(self.results), n))
        for row, code in zip(found, self.results, strict=True):
            row[:] = code(run)[0]
        right = run.field.sound
        if self.checked:
            found, check = found[:-1], found[-1]
            right = right & (check <= PAIRS_TELL)
        sizes = np.fabs(found)
        right = right & (((sizes > FAINT) & (sizes < np.inf)) | (found == 0.0)).all(axis=0)
        return found, right


class Codes:
    """The expressions of a program as functions of a run, in an arithmetic with these functions."""

    def __init__(self, made: Program, functions: Mapping[str, Callable[..., Any]]) -> None:
        self.functions = functions
        self.lines = {line.name: line.expr for line in made.lines}
        self.forward = {line.name for line in made.forward}
        self.of_cost = False  # whether what is made now is part of the cost
        self.codes: dict[tuple[Any, bool], Code] = {}
        self.places = Places((made.value, *made.results, *self.lines.values()))

    def code(self, e: Any) -> Code:
        """A function of the run; what occurs twice is worked out once."""
        key = e, self.of_cost
        if key not in self.codes:
            place = self.places.twice.get(self.places.place(e)) if e.args else None
            inner = self.made(e)
            self.codes[key] = inner if place is None else kept((place, self.of_cost), inner)
        return self.codes[key]

    def made(self, e: Any) -> Code:
        if e.is_Symbol:
            return self.name(e)
        if e in NO_NUMBERS:
            return no_value
        if e.is_Rational:
            q = Fraction(int(e.p), int(e.q))
            return lambda run: run.field.fraction(q)
        if e.is_NumberSymbol or e.is_Float:
            return lambda run: run.field.named(e)
        if e.is_Add:
            return self.sum(e.args)
        if e.is_Mul:
            return self.product(e.args)
        if e.is_Pow and e.base is not sp.E:
            return self.power(e.base, e.exp)
        if isinstance(e, sp.Piecewise):
            return self.cases(e)
        if isinstance(e, sp.Max | sp.Min):
            return self.extreme(e)
        return self.call(e)

    def name(self, s: Any) -> Code:
        if s not in self.lines:
            return lambda run: run.values[s]
        outer, self.of_cost = self.of_cost, s in self.forward
        try:
            return kept(s, self.code(self.lines[s]))
        finally:
            self.of_cost = outer

    def sum(self, terms: Sequence[Any]) -> Code:
        grown = less_one(terms)
        if grown is not None:
            sign, u, rest = grown
            first = self.code(application(EXPM1, u))
            parts = [first if sign > 0 else negative(first), *map(self.code, rest)]
        else:
            parts = [*map(self.code, terms)]

        def code(run: Run) -> Any:
            out = parts[0](run)
            for part in parts[1:]:
                out = run.field.add(out, part(run))
            return out

        return code

    def product(self, factors: Sequence[Any]) -> Code:
        factors = self.with_one_exponential(factors)
        # In a slope, a case that is 0 leaves out what may have no value there; in a cost, 0 times
        # what has no value has none.
        parts = [self.code(f) for f in sorted(factors, key=lambda f: not is_cases(f))]

        def code(run: Run) -> Any:
            out = parts[0](run)
            for part in parts[1:]:
                if cases and is_zero(out) and is_exact(out):
                    return ZERO
                out = run.field.mul(out, part(run))
            return out

        alone = self.functions is FUNCTIONS
        cases = alone and not self.of_cost and any(map(is_cases, factors))
        return code

    def with_one_exponential(self, factors: Sequence[Any]) -> list[Any]:
        """e^u·e^v... = e^(u + v + ...): one of them may be no number where the product is."""
        exponents = {i: u for i, f in enumerate(factors) if (u := self.exponent(f)) is not None}
        if len(exponents) < 2:
            return [*factors]
        others = [f for i, f in enumerate(factors) if i not in exponents]
        return [*others, exp(add(*exponents.values()))]

    def exponent(self, f: Any) -> Any:
        """The u of a factor e^u or 1/e^u, seen through names."""
        while f.is_Symbol and f in self.lines:
            f = self.lines[f]
        if f.is_Pow and f.exp == -1:
            u = self.exponent(f.base)
            return None if u is None else neg(u)
        return (f.exp if f.is_Pow else f.args[0]) if head_of(f) is sp.exp else None

    def power(self, base: Any, exponent: Any) -> Code:
        u = self.code(base)
        if exponent.is_Integer:
            n = int(exponent)
            return lambda run: run.field.integer_power(u(run), n)
        q = Fraction(int(exponent.p), int(exponent.q)) if exponent.is_Rational else None
        p = self.code(exponent)
        return lambda run: run.field.power(u(run), p(run), q)

    def cases(self, e: Any) -> Code:
        branches = [(self.test(condition), self.code(value)) for value, condition in e.args]

        def code(run: Run) -> Any:
            for holds, value in branches:
                if holds(run):
                    return value(run)
            raise NoValue

        def of_each(run: Run) -> Any:
            out: Any = (np.float64(np.nan), None)
            for holds, value in reversed(branches):
                out = run.field.either(holds(run), value(run), out)
            return out

        return code if self.functions is FUNCTIONS else of_each

    def extreme(self, e: Any) -> Code:
        word = "max" if isinstance(e, sp.Max) else "min"
        parts = [*map(self.code, e.args)]

        def code(run: Run) -> Any:
            out = parts[0](run)
            for part in parts[1:]:
                out = getattr(run.field, word)(out, part(run))
            return out

        return code

    def call(self, e: Any) -> Code:
        head = head_of(e)
        arguments: tuple[Any, ...] = (e.exp,) if e.is_Pow else e.args
        if isinstance(head, str) and head not in self.functions and self.functions is FUNCTIONS:
            return self.code(BY_NAME[head].formula(arguments[0]))
        word = head if isinstance(head, str) else BY_HEAD[head].name if head in BY_HEAD else ""
        if word == "log" and arguments[0].is_Add and sp.S.One in arguments[0].args:
            rest = [*arguments[0].args]
            rest.remove(sp.S.One)
            grown = less_one(arguments[0].args)
            if grown is not None and grown[0] < 0 and not grown[2]:
                word, arguments = LOG1MEXP, (neg(grown[1]),)
            else:
                word, arguments = LOG1P, (add(*rest),)
        if word == "polygamma" and arguments[0].is_Integer and self.functions is FUNCTIONS:
            n, u = int(arguments[0]), self.code(arguments[1])
            return lambda run: run.field.gamma_kin(n, u(run))
        if word not in self.functions:
            raise ModelError(f"{head} is not worked out in more digits than a double has.")
        function, parts = self.functions[word], [*map(self.code, arguments)]
        if len(parts) == 1:
            (part,) = parts
            return lambda run: function(run.field, part(run))
        return lambda run: function(run.field, *(part(run) for part in parts))

    # -- conditions --------------------------------------------------------------------------

    def test(self, c: Any) -> Test:
        if c in (sp.true, sp.false):
            value = bool(c)
            return lambda run: value
        alone = self.functions is FUNCTIONS
        if isinstance(c, sp.And | sp.Or):
            tests = [*map(self.test, c.args)]
            if not alone:
                every = np.logical_and if isinstance(c, sp.And) else np.logical_or
                return lambda run: every.reduce([t(run) for t in tests])
            join = all if isinstance(c, sp.And) else any
            return lambda run: join(t(run) for t in tests)
        if isinstance(c, sp.Not):
            inner = self.test(c.args[0])
            return lambda run: not inner(run) if alone else ~inner(run)
        signs = RELATIONS[type(c)].signs
        a, b = map(self.code, c.args)

        def sign(run: Run) -> Any:
            return run.field.sign(run.field.add(a(run), run.field.neg(b(run))))

        if alone:
            return lambda run: sign(run) in signs
        return lambda run: np.isin(sign(run), [*signs])


def kept(key: Any, inner: Code) -> Code:
    """The code, of which a run remembers the value."""

    def code(run: Run) -> Any:
        if key not in run.values:
            run.values[key] = inner(run)
        return run.values[key]

    return code


class Places:
    """Which expressions are the same, whatever the order of terms and factors, and which of those
    that take work stand in two places: `twice`, a key of each in a run."""

    def __init__(self, expressions: Sequence[Any]) -> None:
        self.seen: dict[Any, int] = {}
        self.forms: dict[Any, int] = {}
        self.twice: dict[int, tuple[str, int]] = {}
        self.places: set[Any] = set()
        for e in expressions:
            self.learn(e)

    def place(self, e: Any) -> int:
        if e not in self.seen:
            parts = [*map(self.place, e.args)]
            key = (e.func, *(sorted(parts) if e.is_Add or e.is_Mul else parts)) if parts else e
            self.seen[e] = self.forms.setdefault(key, len(self.forms))
        return self.seen[e]

    def learn(self, e: Any) -> None:
        if not e.args or not e.free_symbols:
            return
        place = self.place(e)
        if place in self.places:
            self.twice[place] = ("twice", place)
        else:
            self.places.add(place)
            for part in e.args:
                self.learn(part)


def no_value(run: Run) -> Any:
    """What is no number whatever the leaves are: log 0 among constants that have been settled."""
    raise NoValue


def negative(part: Code) -> Code:
    return lambda run: run.field.neg(part(run))


def is_cases(f: Any) -> bool:
    return isinstance(f, sp.Piecewise)


def less_one(terms: Sequence[Any]) -> tuple[int, Any, list[Any]] | None:
    """e^u - 1 + rest → (1, u, rest), 1 - e^u + rest → (-1, u, rest)."""
    for i, one in enumerate(terms):
        if one not in (sp.S.One, sp.S.NegativeOne):
            continue
        for j, t in enumerate(terms):
            sign, core = (
                (-1, t.args[1]) if t.is_Mul and t.args[0] == -1 and len(t.args) == 2 else (1, t)
            )
            if i != j and sign == -one and head_of(core) is sp.exp:
                u = core.exp if core.is_Pow else core.args[0]
                return sign, u, [x for k, x in enumerate(terms) if k not in (i, j)]
    return None
