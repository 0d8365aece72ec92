"""The quick forms of functions: few passes over the block, and exponentials that are shared.

    σ(u) = e^u/(1 + e^u)        σ(-u) = 1/(1 + e^u)        log(1 + e^u) = log1p(e^u)

They are right to a few units wherever e^u is a double; where it is not, the processor raises a flag
and the block is computed again with those of `functions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import sympy as sp

from symgd.functions.primitives import LOG1PEXP, LOGCOSH, PRIMITIVES, SECH2, SIGMOID
from symgd.programs.guard import ONE
from symgd.trees.scalars import mul, settle

if TYPE_CHECKING:
    from symgd.targets.numpy.tape import Tape
    from symgd.targets.numpy.values import Value


# relation     function of numpy
RELATIONS = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}

# head          function of numpy
UFUNCS: dict[Any, str] = {
    sp.log: "log",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.asin: "arcsin",
    sp.acos: "arccos",
    sp.atan: "arctan",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.tanh: "tanh",
    sp.asinh: "arcsinh",
    sp.acosh: "arccosh",
    sp.atanh: "arctanh",
    sp.Abs: "absolute",
    sp.sign: "sign",
    "_log1p": "log1p",
    "_expm1": "expm1",
}
# head          the function whose reciprocal it is
RECIPROCALS: dict[Any, str] = {
    sp.cot: "tan",
    sp.sec: "cos",
    sp.csc: "sin",
    sp.coth: "tanh",
    sp.sech: "cosh",
    sp.csch: "sinh",
}
# Functions of `functions`, which make arrays of their own.
OWN: dict[Any, str] = {
    sp.erf: "erf",
    sp.erfc: "erfc_tail",
    **{p.name: p.name[1:] for p in PRIMITIVES if p.name not in UFUNCS},
}


def clipped(tape: Tape, conditions: list[Any], values: list[Value]) -> Value | None:
    """x where |x| ≤ d, else d·sign(x), and its integral: by the clipped x, without cases.

    With c = clip(x, -d, d): x²/2 where |x| ≤ d, else d(|x| - d/2), is c(x - c/2).
    """
    if len(values) != 2 or not isinstance(conditions[0], sp.LessThan):
        return None
    test = tape.condition(conditions[0])
    size, d = test.args
    if size.function != "absolute" or not d.uniform:
        return None
    (x,), (inner, outer) = size.args, values
    if inner is x and outer is scaled(tape, d, tape.step("sign", x)):
        return tape.step("clip", x, tape.negative(d), d)
    half = tape.number("0.5")
    if inner is not tape.step("multiply", half, tape.step("multiply", x, x)):
        return None
    middle = tape.number("0.5") if d.text == ONE else tape.step("multiply", half, d)
    if outer is not scaled(tape, d, tape.step("subtract", size, middle)):
        return None
    c = tape.step("clip", x, tape.negative(d), d)
    return tape.step("multiply", c, tape.step("subtract", x, tape.step("multiply", half, c)))


def scaled(tape: Tape, d: Value, v: Value) -> Value:
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
