"""Program → steps of one array operation each; functions in their quick forms.

A value carries its sign beside it, so that a minus is taken only where a function needs it, and
-(y - ŷ) is no step at all. What is computed twice is one step, exponentials are shared,

    σ(u) = e^u/(1 + e^u)        σ(-u) = 1/(1 + e^u)        log(1 + e^u) = log1p(e^u)

and branches that are not taken raise no flag (`guard`). The quick forms are right to a few units
wherever e^u is a double; where it is not, the processor raises a flag and the block is computed
again with those of `functions`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import sympy as sp

from symgd.errors import ModelError
from symgd.functions import View
from symgd.functions.primitives import LOG1PEXP, LOGCOSH, PRIMITIVES, SECH2, SIGMOID
from symgd.functions.relations import BY_HEAD as RELATIONS
from symgd.programs.guard import ONE, SAFE, head_of
from symgd.programs.program import Program
from symgd.programs.signs import Signs
from symgd.targets.python import as_constant
from symgd.trees.scalars import Expr, function_name, is_application, mul, settle, walk

# -- steps ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """One step: `function` of `args`; a leaf or a number has no function and is its `text`.

    uniform   the same for every sample: a number, not an array
    truth     an array of booleans
    place     in the order in which values were made
    """

    function: str
    args: tuple[Value, ...]
    text: str
    uniform: bool
    truth: bool = False
    place: int = 0


Signed = tuple[int, Value]


class Steps:
    """The steps that are known, by their function and the values that it takes."""

    def __init__(self) -> None:
        self.count = 0
        self.known: dict[Any, Value] = {}

    def step(self, function: str, *args: Value, truth: bool = False) -> Value:
        key = (function, *map(id, args))
        if key not in self.known:
            uniform = all(a.uniform for a in args)
            self.known[key] = Value(function, args, "", uniform, truth, len(self.known))
            self.count += 1
        return self.known[key]

    def number(self, text: str) -> Value:
        key = ("number", text)
        if key not in self.known:
            self.known[key] = Value("", (), text, True)
        return self.known[key]

    def negative(self, v: Value) -> Value:
        if v.function == "multiply" and not v.args[0].function and _is_number(v.args[0].text):
            return self.step("multiply", self.number(_minus(v.args[0].text)), v.args[1])
        if not v.function and _is_number(v.text):
            return self.number(_minus(v.text))
        return self.step("negative", v)

    def difference(self, a: Value, b: Value) -> Signed:
        """a - b, or -(b - a) where that is known."""
        turned = self.known.get(("subtract", id(b), id(a)))
        return (-1, turned) if turned is not None else (1, self.step("subtract", a, b))

    def chain(self, function: str, values: list[Value]) -> Value | None:
        return self.chain_of(values, function) if values else None

    def chain_of(self, values: list[Value], function: str = "multiply") -> Value:
        first, *rest = values
        for v in rest:
            first = self.step(function, first, v)
        return first

    def raised(self, v: Value, n: int) -> Value:
        if n == 1:
            return v
        half = self.raised(v, n // 2)
        square = self.step("multiply", half, half)
        return self.step("multiply", square, v) if n % 2 else square


def _is_number(text: str) -> bool:
    return text[:1].isdigit() or text[:1] == "-"


def _minus(text: str) -> str:
    return text[1:] if text.startswith("-") else f"-{text}"


# -- quick forms ----------------------------------------------------------------------------------

# head          function of numpy
UFUNCS: Mapping[Any, str] = View(
    lambda t: (
        {r.head: r.numpy for r in t.elementary if r.head is not None and r.numpy}
        | {p.name: p.numpy for p in PRIMITIVES if p.numpy}
    )
)
# head          function of `functions`, which makes an array of its own
OWN: Mapping[Any, str] = View(
    lambda t: (
        {r.head: r.math for r in t.elementary if r.math and not r.numpy}
        | {p.name: p.name[1:] for p in PRIMITIVES if not p.numpy}
        | {sp.erfc: "erfc_tail"}
    )
)


def clip(tape: Tape, conditions: list[Any], values: list[Value]) -> Value | None:
    """x where |x| ≤ d, else d·sign(x), and its integral: by the clipped x, without cases.

    With c = clip(x, -d, d): x²/2 where |x| ≤ d, else d(|x| - d/2), is c(x - c/2). Of a d below 0,
    which no |x| is below, it is not.
    """
    if len(values) != 2 or not isinstance(conditions[0], sp.LessThan):
        return None
    if tape.signs(conditions[0].rhs) != 1:
        return None
    test = tape.condition(conditions[0])
    size, d = test.args
    if size.function != "absolute" or not d.uniform:
        return None
    (x,), (inner, outer) = size.args, values
    if inner is x and outer is scale(tape, d, tape.step("sign", x)):
        return tape.step("clip", x, tape.negative(d), d)
    half = tape.number("0.5")
    if inner is not tape.step("multiply", half, tape.step("multiply", x, x)):
        return None
    middle = tape.number("0.5") if d.text == ONE else tape.step("multiply", half, d)
    if outer is not scale(tape, d, tape.step("subtract", size, middle)):
        return None
    c = tape.step("clip", x, tape.negative(d), d)
    return tape.step("multiply", c, tape.step("subtract", x, tape.step("multiply", half, c)))


def scale(tape: Tape, d: Value, v: Value) -> Value:
    return v if d.text == ONE else tape.step("multiply", d, v)


def exponential(tape: Tape, u: Any) -> Value:
    """e^u, or 1/e^(-u) where that is known."""
    sign, core = split_sign(u)
    v, turned = tape.harmless(tape.value(core), "0.0"), None
    if sign < 0:
        turned = tape.known.get(("exp", id(v)))
    else:
        minus = tape.known.get(("negative", id(v)))
        turned = tape.known.get(("exp", id(minus))) if minus is not None else None
    if turned is not None and (sign < 0 or ("exp", id(v)) not in tape.known):
        return tape.step("divide", tape.number(ONE), turned)
    return tape.step("exp", v if sign > 0 else tape.negative(v))


def sigmoid(tape: Tape, u: Any) -> Value:
    sign, core = split_sign(u)
    if sign < 0 and exp_known(tape, u):
        sign, core = 1, u  # e^(-v) is there already: σ(-v) = e^(-v)/(1 + e^(-v))
    e = exponential(tape, core)
    below = tape.step("add", tape.number(ONE), e)
    if sign < 0:
        return tape.step("divide", tape.number(ONE), below)
    if core in tape.both:
        return tape.step("multiply", e, tape.step("divide", tape.number(ONE), below))
    return tape.step("divide", e, below)


def exp_known(tape: Tape, u: Any) -> bool:
    _, core = split_sign(u)
    v = tape.known.get(("negative", id(tape.harmless(tape.value(core), "0.0"))))
    return v is not None and ("exp", id(v)) in tape.known


def log1pexp(tape: Tape, u: Any) -> Value:
    e = exponential(tape, u)
    out = tape.step("log1p", e)
    tape.softplus[out] = e
    return out


def tanh(tape: Tape, u: Any) -> Value:
    sign, v = tape.signed(u)
    e = tape.softplus.get(v)
    sinh = tape.known.get(("sinh", id(v)))
    if e is not None:
        # tanh log(1 + e) = n/(n + 2), n = e(e + 2)
        n = gate(tape, e)
        out = tape.step("divide", n, tape.step("add", tape.number("2.0"), n))
    elif sinh is not None:
        # log cosh of the same has been there
        out = tape.step("divide", sinh, tape.step("cosh", v))
    else:
        out = tape.step("tanh", v)
    return out if sign > 0 else tape.negative(out)


def gate(tape: Tape, e: Value) -> Value:
    return tape.step("multiply", e, tape.step("add", tape.number("2.0"), e))


def sech2(tape: Tape, u: Any) -> Value:
    _, v = tape.signed(u)
    e = tape.softplus.get(v)
    if e is not None:
        # sech² log(1 + e) = 4((1 + e)/(n + 2))², n = e(e + 2)
        below = tape.step("add", tape.number("2.0"), gate(tape, e))
        part = tape.step("divide", tape.step("add", tape.number(ONE), e), below)
        double = tape.step("multiply", tape.number("2.0"), part)
        return tape.step("multiply", double, double)
    c = tape.step("cosh", tape.harmless(v, "0.0"))
    return tape.step("divide", tape.number(ONE), tape.step("multiply", c, c))


def logcosh(tape: Tape, u: Any) -> Value:
    """log cosh u = log(1 + sinh²u)/2."""
    _, v = tape.signed(u)
    s = tape.step("sinh", tape.harmless(v, "0.0"))
    square = tape.step("multiply", s, s)
    return tape.step("multiply", tape.number("0.5"), tape.step("log1p", square))


def erfc(tape: Tape, u: Any) -> Value:
    """q = e^(-v²)·erfc_tail(v) with v = |u|, and 2 - q where u is negative.

    Of u = z/√2 the exponential is e^(-z²/2), which the density φ(z) has too.
    """
    sign, v = tape.signed(u)
    whole = tape.known.get(("absolute", id(v)))
    if whole is None or ("erfc_tail", id(whole)) not in tape.known:
        # where that of all samples is known, as of erfc(-u), a case takes its part of it
        v = tape.harmless(v, "0.0")
    size = tape.step("absolute", v)
    tail = tape.step("erfc_tail", size)
    core = _over_root_2(u)
    z = v if core is None else tape.signed(core)[1]
    square = tape.step("multiply", z, z)
    if core is None:
        exponent = tape.step("negative", square)
    else:
        exponent = tape.step("multiply", tape.number("-0.5"), square)
    q = tape.step("multiply", tape.step("exp", exponent), tail)
    below = tape.step("less" if sign > 0 else "greater", v, tape.number("0.0"), truth=True)
    return tape.step("where", below, tape.step("subtract", tape.number("2.0"), q), q)


def split_sign(u: Any) -> tuple[int, Any]:
    """-v → (-1, v)."""
    if u.is_Mul and u.args[0].is_Number and u.args[0] < 0:
        c, rest = -u.args[0], u.args[1:]
        return -1, mul(*rest) if c == 1 else mul(c, *rest)
    return 1, u


def _over_root_2(u: Any) -> Any:
    """The z of z/√2 or -z/√2, None for anything else."""
    _, core = split_sign(u)
    if core.is_Mul and len(core.args) == 2:
        z, c = core.args
        if settle(c) ** 2 == sp.S.Half:
            return z
    return None


QUICK: dict[Any, Callable[[Tape, Any], Value]] = {
    sp.exp: exponential,
    sp.tanh: tanh,
    SIGMOID: sigmoid,
    LOG1PEXP: log1pexp,
    SECH2: sech2,
    LOGCOSH: logcosh,
    sp.erfc: erfc,
}


# -- the steps of a program -----------------------------------------------------------------------

MOST_PRODUCTS = 16  # a power up to this is a chain of products


class Tape(Steps):
    """The steps of one program, for leaves of which some are arrays."""

    def __init__(self, made: Program, names: dict[Any, str], arrays: frozenset[Any]) -> None:
        super().__init__()
        self.made = made
        self.softplus: dict[Value, Value] = {}
        self.masks: list[Callable[[], Value]] = []
        self.asked: dict[Any, Value] = {}
        self.lines: dict[Any, Signed] = {
            s: (1, Value("", (), names[s], s not in arrays)) for s in made.leaves
        }
        exprs = [*(line.expr for line in made.lines), *made.results]
        self.uses = _uses(exprs)
        self.both = _both_signs(exprs)
        for line in made.lines:
            self.lines[line.name] = self.signed(line.expr)
        self.ends: list[Signed] = [self.signed(e) for e in made.results]

    @cached_property
    def signs(self) -> Signs:
        """Those of the lines, which few programs ask for."""
        known = Signs(self.made)
        for line in self.made.lines:
            known.learn(line.name, line.expr)
        return known

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
            return 1, self.fold("maximum" if isinstance(e, sp.Max) else "minimum", e.args)
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

    def fold(self, function: str, args: tuple[Any, ...]) -> Value:
        return self.chain_of([self.value(a) for a in args], function)

    # -- cases ----------------------------------------------------------------------------------

    def cases(self, branches: Any) -> Value:
        conditions = [c for _, c in branches]
        values = [self.branch(v, conditions[: i + 1]) for i, (v, _) in enumerate(branches)]
        known = clip(self, conditions, values)
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

        @cache
        def mask() -> Value:
            *before, own = conditions
            parts = [self.step("logical_not", self.holds(c), truth=True) for c in before]
            if own != sp.true:
                parts.append(self.holds(own))
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

    def holds(self, c: Any) -> Value:
        """The condition of a mask, worked out for all samples: it asks no mask itself."""
        if c not in self.asked:
            inner, self.masks = self.masks, []
            self.asked[c] = self.condition(c)
            self.masks = inner
        return self.asked[c]

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
        return self.step(RELATIONS[type(c)].numpy, a, b, truth=True)

    # -- functions ------------------------------------------------------------------------------

    def call(self, e: Any) -> Value:
        head = head_of(e)
        arguments = (e.exp,) if e.is_Pow else e.args
        if head in QUICK:
            return QUICK[head](self, arguments[0])
        values = [self.value(a) for a in arguments]
        if head in SAFE:
            values = [self.harmless(v, SAFE[head]) for v in values]
        word = UFUNCS.get(head) or OWN.get(head)
        if word is None:
            raise ModelError(f"{head} cannot be computed: no backend has this function.")
        return self.step(word, *values)


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
