"""Program → steps of one array operation each.

A value carries its sign beside it, so that a minus is taken only where a function needs it, and
-(y - ŷ) is no step at all. Functions stand in their quick forms (`forms`), and branches that are
not taken raise no flag (`guard`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy as sp

from symgd.errors import ModelError
from symgd.functions.primitives import SIGMOID
from symgd.programs.guard import ONE, SAFE, head_of
from symgd.programs.program import Program
from symgd.targets.numpy.forms import (
    OWN,
    QUICK,
    RECIPROCALS,
    RELATIONS,
    UFUNCS,
    clipped,
    split_sign,
)
from symgd.targets.numpy.values import Signed, Steps, Value
from symgd.targets.python import COMPARE, as_constant
from symgd.trees.scalars import Expr, function_name, is_application, walk

MOST_PRODUCTS = 16  # a power up to this is a chain of products


class Tape(Steps):
    """The steps of one program, for leaves of which some are arrays."""

    def __init__(self, made: Program, names: dict[Any, str], arrays: frozenset[Any]) -> None:
        super().__init__()
        self.softplus: dict[Value, Value] = {}
        self.masks: list[Callable[[], Value]] = []
        self.lines: dict[Any, Signed] = {
            s: (1, Value("", (), names[s], s not in arrays)) for s in made.leaves
        }
        exprs = [*(line.expr for line in made.lines), *made.results]
        self.uses = _uses(exprs)
        self.both = _both_signs(exprs)
        for line in made.lines:
            self.lines[line.name] = self.signed(line.expr)
        self.ends: list[Signed] = [self.signed(e) for e in made.results]

    def value(self, e: Any) -> Value:
        """The expression with its sign."""
        sign, value = self.signed(e)
        return value if sign > 0 else self.negative(value)

    def harmless(self, v: Value, at: str) -> Value:
        """The argument, or a safe one where the branch that it stands in is not taken."""
        if not self.masks or (not v.function and not v.text.startswith("v")):
            return v
        mask = self.masks[-1]()
        # A number that fails does so for every sample, and where is no array of it.
        return v if v.uniform and not mask.uniform else self.step("where", mask, v, self.number(at))

    # -- expressions ----------------------------------------------------------------------------

    def signed(self, e: Any) -> Signed:
        if e.is_Symbol:
            return self.lines[e]
        if isinstance(e, sp.Expr) and not e.free_symbols:
            text = as_constant(e)
            return (-1, self.number(text[1:])) if text.startswith("-") else (1, self.number(text))
        if e.is_Add:
            return self.sum(e)
        if e.is_Mul:
            return self.product(e)
        if e.is_Pow and e.base is not sp.E:
            return 1, self.power(e)
        if isinstance(e, sp.Piecewise):
            return 1, self.cases(e.args)
        if isinstance(e, sp.Max | sp.Min):
            return 1, self.folded("maximum" if isinstance(e, sp.Max) else "minimum", e.args)
        return 1, self.call(e)

    def sum(self, e: Any) -> Signed:
        sign, total = self.signed(e.args[0])
        for term in e.args[1:]:
            other, v = self.signed(term)
            if sign == other:
                total = self.step("add", total, v)
            else:
                first, second = (total, v) if sign > 0 else (v, total)
                sign, total = self.difference(first, second)
        return sign, total

    def product(self, e: Any) -> Signed:
        sign, above, below = 1, [], []
        for f in e.args:
            if f.is_Pow and f.base is not sp.E and f.exp.is_Rational and f.exp < 0:
                base = f.base if f.exp == -1 else sp.Pow(f.base, -f.exp, evaluate=False)
                s, v = self.signed(base)
                below.append(self.harmless(v, ONE))
            else:
                before = self.count
                s, v = self.signed(f)
                # a·(1/b) is a/b, if 1/b is for nothing else
                alone = self.uses[f] == 1 if f.is_Symbol else self.count > before
                if alone and v.function == "divide" and v.args[0].text == ONE:
                    below.append(v.args[1])
                else:
                    above.append(v)
            sign *= s
        # What is the same for every sample comes first: one number for the whole block.
        numbers = [v for v in above if v.uniform and v.text != ONE]
        arrays = [v for v in above if not v.uniform]
        divisors = [v for v in below if v.uniform]
        scale = self.chain("multiply", numbers)
        if divisors:
            scale = self.step("divide", scale or self.number(ONE), self.chain_of(divisors))
        out = self.chain("multiply", [*([scale] if scale else []), *arrays])
        for v in below:
            if not v.uniform:
                out = self.step("divide", out or self.number(ONE), v)
        return sign, out or self.number(ONE)

    def power(self, e: Any) -> Value:
        n = e.exp
        if n.is_Rational and n < 0:
            below = self.power_of(e.base, -n) if n != -1 else self.value(e.base)
            return self.step("divide", self.number(ONE), self.harmless(below, ONE))
        return self.power_of(e.base, n)

    def power_of(self, base: Any, n: Any) -> Value:
        if n.is_Integer and 2 <= n <= MOST_PRODUCTS:
            sign, v = self.signed(base)
            out = self.raised(v, int(n))
            return out if sign > 0 or n % 2 == 0 else self.negative(out)
        v = self.value(base)
        if n == sp.S.Half:
            return self.step("sqrt", self.harmless(v, ONE))
        if n.is_Integer:
            return self.step("power", v, self.number(f"{int(n)}.0"))
        return self.step("power", self.harmless(v, ONE), self.value(n))

    def folded(self, function: str, args: tuple[Any, ...]) -> Value:
        return self.chain_of([self.value(a) for a in args], function)

    # -- cases ----------------------------------------------------------------------------------

    def cases(self, branches: Any) -> Value:
        conditions = [c for _, c in branches]
        values = [self.branch(v, conditions[: i + 1]) for i, (v, _) in enumerate(branches)]
        known = clipped(self, conditions, values)
        if known is not None:
            return known
        out = self.number("nan")
        for value, condition in reversed([*zip(values, conditions, strict=True)]):
            if condition == sp.true:
                out = value
            elif condition != sp.false:
                out = self.step("where", self.condition(condition), value, out)
        return out

    def branch(self, e: Any, conditions: list[Any]) -> Value:
        """The value of a branch, taken where the last condition holds and none before it."""
        outer = self.masks[-1] if self.masks else None

        def mask() -> Value:
            *before, own = conditions
            parts = [self.step("logical_not", self.condition(c), truth=True) for c in before]
            if own != sp.true:
                parts.append(self.condition(own))
            if outer is not None:
                parts.append(outer())
            first, *rest = parts
            for p in rest:
                first = self.step("logical_and", first, p, truth=True)
            return first

        self.masks.append(mask)
        try:
            return self.value(e)
        finally:
            self.masks.pop()

    def condition(self, c: Any) -> Value:
        if c in (sp.true, sp.false):
            return self.number(str(bool(c)))
        if isinstance(c, sp.And | sp.Or):
            function = "logical_and" if isinstance(c, sp.And) else "logical_or"
            first, *rest = map(self.condition, c.args)
            for other in rest:
                first = self.step(function, first, other, truth=True)
            return first
        if isinstance(c, sp.Not):
            return self.step("logical_not", self.condition(c.args[0]), truth=True)
        a, b = map(self.value, c.args)
        return self.step(RELATIONS[COMPARE[type(c)]], a, b, truth=True)

    # -- functions ------------------------------------------------------------------------------

    def call(self, e: Any) -> Value:
        head = head_of(e)
        argument = e.exp if e.is_Pow else e.args[0]
        if head in QUICK:
            return QUICK[head](self, argument)
        v = self.value(argument)
        if head in SAFE:
            v = self.harmless(v, SAFE[head])
        if head in UFUNCS:
            return self.step(UFUNCS[head], v)
        if head in RECIPROCALS:
            return self.step("divide", self.number(ONE), self.step(RECIPROCALS[head], v))
        if head is sp.Heaviside:
            above = self.step("greater", v, self.number("0.0"), truth=True)
            return self.step("multiply", self.number(ONE), above)
        if head is sp.DiracDelta:
            return self.step("multiply", self.number("0.0"), v)
        if head not in OWN:
            raise ModelError(f"{head} cannot be computed: no backend has this function.")
        return self.step(OWN[head], v)


def _uses(exprs: list[Expr]) -> dict[Any, int]:
    out: dict[Any, int] = {}
    for e in exprs:
        for n in walk(e):
            if n.is_Symbol:
                out[n] = out.get(n, 0) + 1
    return out


def _both_signs(exprs: list[Expr]) -> set[Any]:
    """The u of which σ(u) and σ(-u) both occur."""
    signs: dict[Any, set[int]] = {}
    for e in exprs:
        for n in walk(e):
            if is_application(n) and function_name(n) == SIGMOID:
                sign, core = split_sign(n.args[0])
                signs.setdefault(core, set()).add(sign)
    return {core for core, found in signs.items() if len(found) == 2}
