"""Reading a formula: the tree that it is, the value that Python gives it, and every refusal."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import mpmath
import pytest
import sympy as sp
from hypothesis import assume, given, reject, settings
from hypothesis import strategies as st

from symgd.errors import FormulaError
from symgd.language import looks_like_call, parse, parse_assignments, parse_call
from symgd.trees.names import GREEK, symbol
from symgd.trees.scalars import (
    ONE,
    D,
    P,
    Prime,
    add,
    application,
    function,
    mul,
    neg,
    piecewise,
    power,
    quotient,
    sqrt,
    sub,
)

FUNCTIONS = {"swish": ("z", "beta"), "sigmoid": ("z",), "tanh": ("z",), "square": ("yhat", "y")}

w, x, b, y, z, a, c, u = map(symbol, ("w", "x", "b", "y", "z", "a", "c", "u"))
yhat, beta = symbol("yhat"), symbol("beta")
half = sp.Rational(1, 2)


def less(p: Any, q: Any) -> Any:
    return sp.StrictLessThan(p, q, evaluate=False)


def at_least(p: Any, q: Any) -> Any:
    return sp.GreaterThan(p, q, evaluate=False)


# -- the tree -----------------------------------------------------------------------------------

TREES = {
    # order and arithmetic as typed
    "w*x + b": add(mul(w, x), b),
    "b + w*x": add(b, mul(w, x)),
    "2*(a - y)": mul(sp.Integer(2), sub(a, y)),
    "a - y - z": add(a, neg(y), neg(z)),
    "a - (y - z)": sub(a, sub(y, z)),
    "2*3": mul(sp.Integer(2), sp.Integer(3)),
    "1 + 2": add(ONE, sp.Integer(2)),
    # numbers are exact, and a number that divides joins the coefficient
    "0.1": sp.Rational(1, 10),
    "2e-3": sp.Rational(1, 500),
    "1.": ONE,
    "1/2": half,
    "-3": sp.Integer(-3),
    "½": half,
    "⅓x": mul(sp.Rational(1, 3), x),
    "(y - yhat)**2/2": mul(half, power(sub(y, yhat), sp.Integer(2))),
    "1/2*(y - yhat)^2": mul(half, power(sub(y, yhat), sp.Integer(2))),
    "-x/2": mul(-half, x),
    "3z/4": mul(sp.Rational(3, 4), z),
    "2*x/2": mul(half, sp.Integer(2), x),
    "x/(2a)": mul(half, x, power(a, sp.Integer(-1))),
    "a/b": quotient(a, b),
    "1/a": power(a, sp.Integer(-1)),
    "a/b^2": mul(a, power(b, sp.Integer(-2))),
    "a/b/c": mul(a, power(b, sp.Integer(-1)), power(c, sp.Integer(-1))),
    # signs and powers
    "-x": neg(x),
    "+x": x,
    "-x^2": neg(power(x, sp.Integer(2))),
    "(-2)^2": power(sp.Integer(-2), sp.Integer(2)),
    "2^-1": half,
    "x^-1": power(x, sp.Integer(-1)),
    "2^-x^2": power(sp.Integer(2), neg(power(x, sp.Integer(2)))),
    "a^b^c": power(a, power(b, c)),
    "(a^b)^c": power(power(a, b), c),
    "x²": power(x, sp.Integer(2)),
    "x⁻¹²": power(x, sp.Integer(-12)),
    "2^x²": power(sp.Integer(2), power(x, sp.Integer(2))),
    "x^½": sqrt(x),
    # products without their sign
    "2x": mul(sp.Integer(2), x),
    "2 x": mul(sp.Integer(2), x),
    "2(x+1)y": mul(sp.Integer(2), add(x, ONE), y),
    "(a)(b)": mul(a, b),
    "(x+1)y": mul(add(x, ONE), y),
    "2x^2": mul(sp.Integer(2), power(x, sp.Integer(2))),
    "2tanh(x)": mul(sp.Integer(2), function(sp.tanh, x)),
    "sin(x)cos(x)": mul(function(sp.sin, x), function(sp.cos, x)),
    "2|x|": mul(sp.Integer(2), function(sp.Abs, x)),
    "-2x": mul(sp.Integer(-2), x),
    # constants
    "e": sp.E,
    "pi": sp.pi,
    "π": sp.pi,
    "e^u": function(sp.exp, u),
    "E**(-u)": function(sp.exp, neg(u)),
    "exp(0)": function(sp.exp, sp.Integer(0)),
    # Unicode as people write it
    "w·x − b": sub(mul(w, x), b),
    "w×x ÷ b": quotient(mul(w, x), b),
    "ŷ": yhat,
    "y\u0302": yhat,
    "x\u0304": symbol("xbar"),
    "x\u0305": symbol("xbar"),
    "ñ": symbol("ntilde"),
    "ŷ₁": symbol("yhat1"),
    "w₁₂": symbol("w12"),
    "w₂\u2009₁": symbol("w2_1"),
    "xₐ": symbol("x_a"),
    "w1₂": symbol("w1_2"),
    "σ_max": symbol("sigma_max"),
    "w_β": symbol("w_beta"),
    "µ": symbol("mu"),
    "2βz": None,
    "2β·z": mul(sp.Integer(2), beta, z),
    "z ≤ 3": None,
    # functions
    "ln(x)": function(sp.log, x),
    "sqrt(x)": sqrt(x),
    "arctan(x)": function(sp.atan, x),
    "arcsinh(x)": function(sp.asinh, x),
    "sgn(x)": function(sp.sign, x),
    "max(0, z)": function(sp.Max, sp.Integer(0), z),
    "min(a, b, c)": function(sp.Min, a, b, c),
    "log1p(x)": function(sp.log, add(ONE, x)),
    "expm1(x)": add(function(sp.exp, x), sp.Integer(-1)),
    "clip(z, a, b)": function(sp.Min, function(sp.Max, a, z), b),
    "|z|": function(sp.Abs, z),
    "|(|x| - 1)|": function(sp.Abs, sub(function(sp.Abs, x), ONE)),
    "|x|^2": power(function(sp.Abs, x), sp.Integer(2)),
    "|max(x, |y|)|": function(sp.Abs, function(sp.Max, x, function(sp.Abs, y))),
    "swish(u, 2)": application("swish", u, sp.Integer(2)),
    "swish(u, beta=2)": application("swish", u, sp.Integer(2)),
    "swish(beta=2, z=u)": application("swish", u, sp.Integer(2)),
    "swish(u)": application("swish", u, beta),
    "tanh(u)": function(sp.tanh, u),
    "square(a, b)": application("square", a, b),
    # conditions
    "where(z > 0, z, a)": piecewise((z, sp.StrictGreaterThan(z, 0, evaluate=False)), (a, sp.true)),
    "cases(z < 0: a, z ≥ 1: b, c)": piecewise((a, less(z, 0)), (b, at_least(z, 1)), (c, sp.true)),
    "cases(z != 1: a, b)": piecewise((a, sp.Ne(z, 1, evaluate=False)), (b, sp.true)),
    "indicator(z == 1)": piecewise((ONE, sp.Eq(z, 1, evaluate=False)), (sp.Integer(0), sp.true)),
    "indicator(-3 < z < 3)": piecewise(
        (ONE, sp.And(less(sp.Integer(-3), z), less(z, 3), evaluate=False)),
        (sp.Integer(0), sp.true),
    ),
    "where(a < 1 or (b < 1 and c < 1), 1, 0)": piecewise(
        (
            ONE,
            sp.Or(less(a, 1), sp.And(less(b, 1), less(c, 1), evaluate=False), evaluate=False),
        ),
        (sp.Integer(0), sp.true),
    ),
    # derivatives that are not taken
    "D(w*x + b, w)": D(add(mul(w, x), b), w),
    "D(D(z, w), b)": D(D(z, w), b),
    "P(yhat, z)": P(yhat, z),
    "P(z, w, b)": P(z, w, b),
    "Prime(sigmoid(z), 0)": Prime(application("sigmoid", z), 0),
    "Prime(swish(u, 2), 0, 1)": Prime(application("swish", u, sp.Integer(2)), 0, 1),
    "Prime(tanh(z), 0)": Prime(function(sp.tanh, z), 0),
    "D*x": mul(symbol("D"), x),
}


@pytest.mark.parametrize("text", [t for t, tree in TREES.items() if tree is not None])
def test_a_formula_is_the_tree_that_was_typed(text: str) -> None:
    assert parse(text, functions=FUNCTIONS) == TREES[text]


@pytest.mark.parametrize("text", [t for t, tree in TREES.items() if tree is None])
def test_what_only_looks_like_a_formula_is_refused(text: str) -> None:
    with pytest.raises(FormulaError):
        parse(text)


@pytest.mark.parametrize("name", GREEK)
def test_a_greek_letter_is_its_name(name: str) -> None:
    assert parse(GREEK[name]) == symbol(name) == parse(name)


def test_names_stand_before_constants_and_derivatives() -> None:
    e, pi = symbol("e"), symbol("pi")
    assert parse("e^x + pi", names={"e", "x", "pi"}) == add(power(e, x), pi)
    assert parse("E + e", names={"e"}) == add(sp.E, e)
    with pytest.raises(FormulaError, match=r"write D\*\(x, w\)"):
        parse("D(x, w)", names={"D", "x", "w"})
    own = parse("D(x)", functions={"D": ("t",)})
    assert own == application("D", x)


def test_a_name_may_share_the_name_of_a_function() -> None:
    assert parse("gamma + sign", names={"gamma", "sign"}) == add(symbol("gamma"), symbol("sign"))


def test_one_name_is_one_symbol_and_real() -> None:
    assert parse("x").is_real
    assert parse("x + x").args == (x, x)


# -- read back ----------------------------------------------------------------------------------


def explicit(e: Any) -> str:
    """The tree with every bracket and every sign written."""
    match e:
        case sp.Symbol():
            return str(e.name)
        case sp.Rational():
            return f"({e})"
        case sp.Add():
            return f"({' + '.join(map(explicit, e.args))})"
        case sp.Mul():
            return f"({' * '.join(map(explicit, e.args))})"
        case sp.exp():
            return f"exp({explicit(e.args[0])})"
        case sp.Pow():
            return f"({explicit(e.base)} ** {explicit(e.exp)})"
        case sp.Piecewise():
            *most, last = e.args
            parts = [f"{explicit(cond)}: {explicit(v)}" for v, cond in most]
            return f"cases({', '.join([*parts, explicit(last[0])])})"
        case sp.And():
            return f"({' and '.join(map(explicit, e.args))})"
        case sp.Or():
            return f"({' or '.join(map(explicit, e.args))})"
        case sp.core.relational.Relational():
            return f"({explicit(e.lhs)} {e.rel_op} {explicit(e.rhs)})"
    if not e.args:
        return {sp.E: "e", sp.pi: "pi"}[e]
    name = e.func.__name__
    if not isinstance(e, D | P | Prime):
        name = name if name in FUNCTIONS else name.lower()
    return f"{name}({', '.join(str(p) if p.is_Integer else explicit(p) for p in e.args)})"


@pytest.mark.parametrize("text", [t for t, tree in TREES.items() if tree is not None])
def test_a_tree_is_read_back(text: str) -> None:
    tree = parse(text, functions=FUNCTIONS)
    assert parse(explicit(tree), functions=FUNCTIONS) == tree


# -- the value, against Python's own reading ----------------------------------------------------

POINT = {"x": mpmath.mpf("0.7"), "y": mpmath.mpf("-1.3"), "z": mpmath.mpf("2.1")}
PYTHON = {
    **POINT,
    "M": mpmath.mpf,
    "abs": abs,
    "max": max,
    "min": min,
    **{f: getattr(mpmath, f) for f in ("exp", "sin", "tanh", "atan", "cosh", "erf", "sqrt")},
}

# (as a formula, as Python)
names = st.sampled_from(["x", "y", "z"]).map(lambda n: (n, n))
leaves = names | st.sampled_from(["2", "3", "0.5", ".25", "1e-1"]).map(lambda n: (n, f"M('{n}')"))


def compound(parts: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    pair = st.tuples(parts, parts)
    call = st.sampled_from(["exp", "sin", "tanh", "atan", "cosh", "erf"])
    return st.one_of(
        pair.map(lambda p: (f"({p[0][0]} + {p[1][0]})", f"({p[0][1]} + {p[1][1]})")),
        pair.map(lambda p: (f"({p[0][0]} − {p[1][0]})", f"({p[0][1]} - {p[1][1]})")),
        pair.map(lambda p: (f"({p[0][0]})({p[1][0]})", f"({p[0][1]}) * ({p[1][1]})")),
        pair.map(lambda p: (f"({p[0][0]})·({p[1][0]})", f"({p[0][1]}) * ({p[1][1]})")),
        pair.map(lambda p: (f"({p[0][0]})/({p[1][0]})", f"({p[0][1]}) / ({p[1][1]})")),
        pair.map(lambda p: (f"max({p[0][0]}, {p[1][0]})", f"max({p[0][1]}, {p[1][1]})")),
        pair.map(
            lambda p: (f"clip({p[0][0]}, -1, {p[1][0]})", f"min(max({p[0][1]}, -1), {p[1][1]})")
        ),
        st.tuples(names, leaves, parts).map(
            lambda p: (
                f"where({p[0][0]} < {p[1][0]}, {p[2][0]}, 2x)",
                f"(({p[2][1]}) if ({p[0][1]}) < ({p[1][1]}) else (2 * x))",
            )
        ),
        parts.map(lambda p: (f"({p[0]})²", f"({p[1]}) ** 2")),
        parts.map(lambda p: (f"3({p[0]})", f"3 * ({p[1]})")),
        parts.map(lambda p: (f"|({p[0]})|", f"abs({p[1]})")),
        parts.map(lambda p: (f"(-{p[0]})", f"(-({p[1]}))")),
        st.tuples(call, parts).map(lambda p: (f"{p[0]}({p[1][0]})", f"{p[0]}({p[1][1]})")),
    )


def compiled(text: str) -> Callable[..., Any]:
    tree = parse(text, names=POINT)
    return sp.lambdify([symbol(n) for n in POINT], tree, "mpmath")


LIMITS = ("divides by zero", "4096 bits", "at most 1000 in size")


def agree(formula: str, python: str) -> None:
    """The formula's value is what Python computes, wherever 30 digits are enough to tell."""
    try:
        compute = compiled(formula)
        with mpmath.workdps(60):
            expected = eval(python, {"__builtins__": {}}, PYTHON)  # noqa: S307
        with mpmath.workdps(30):
            rounded = eval(python, {"__builtins__": {}}, PYTHON)  # noqa: S307
            found = compute(*POINT.values())
    except (ZeroDivisionError, OverflowError):
        reject()
    except FormulaError as error:
        if not any(limit in error.reason for limit in LIMITS):
            raise
        reject()
    assume(mpmath.almosteq(rounded, expected, 1e-18, 1e-18))
    assert mpmath.almosteq(found, expected, 1e-14, 1e-14), formula


@settings(max_examples=150, deadline=None)
@given(st.recursive(leaves, compound, max_leaves=8))
def test_the_value_is_what_python_gives_another_spelling(pair: tuple[str, str]) -> None:
    agree(*pair)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "", "-", "--", "+"]),
            st.sampled_from(["x", "z", "2", "3"]),
            st.sampled_from(["+", "-", "*", "/", "**"]),
        ),
        min_size=2,
        max_size=7,
    )
)
def test_operators_bind_as_they_do_in_python(parts: list[tuple[str, str, str]]) -> None:
    text = "".join(f"{sign}{leaf}{op}" for sign, leaf, op in parts) + "x"
    assume(text.count("**") < 4)
    python = "".join(f"M({c})" if c.isdigit() else c for c in text)
    agree(text.replace("**", "^"), python)


# -- refusals -----------------------------------------------------------------------------------

#  text, the place of its caret, words of its message
REFUSALS = [
    ("", None, "is empty"),
    (" \t\n", None, "is empty"),
    # two readings
    ("x(y+1)", 0, "reads as a call, but there is no function 'x'"),
    ("x(y+1)", 0, "write x*(y+1) for the product"),
    ("1/2x", 3, "a/2*b or a/(2*b)"),
    ("a/2b", 3, "a/2*b or a/(2*b)"),
    ("a/-2b", 4, "a/2*b or a/(2*b)"),
    ("a/(b)c", 5, "a/2*b or a/(2*b)"),
    ("2^3x", 3, "2^3*x or 2^(3*x)"),
    ("2^-3x", 4, "2^3*x or 2^(3*x)"),
    ("x^2(y)", 3, "2^3*x or 2^(3*x)"),
    ("x y", 2, "'x' and 'y' stand side by side; write x*y"),
    ("a*x y", 4, "'x' and 'y' stand side by side; write x*y"),
    ("βz", 1, "'beta' and 'z' stand side by side; write beta*z"),
    ("ŷz", 1, "'yhat' and 'z' stand side by side"),
    ("x 2", 2, "write * between them"),
    ("x² y", 3, "write * between them"),
    ("2 3", 2, "Two numbers side by side"),
    ("2½", 1, "Two numbers side by side"),
    ("(x)2", 3, "write * between them"),
    ("tanh(x)(y)", 7, "What follows a call needs a sign"),
    ("x²^3", 2, "(x^2)^3 or x^(2^3)"),
    ("x² ²", 3, "Two raised numbers"),
    ("||x||", 0, "Bars within bars"),
    ("|a*|b||", 3, "Bars within bars"),
    ("|a|b|c|", 3, "bars look alike"),
    ("|a||b|", 3, "bars look alike"),
    ("x|y|", 1, "write * between them"),
    # functions
    ("sin x", 0, "takes its argument in brackets; write sin(x)"),
    ("sin", 0, "takes its argument in brackets"),
    ("sin^2(x)", 0, "write sin(x)^2"),
    ("sin²(x)", 0, "write sin(x)^2"),
    ("2 + swish*2", 4, "'swish' is a function"),
    ("log_2(x)", 0, "write log(x)/log(2)"),
    ("log10(x)", 0, "write log(x)/log(10)"),
    ("log(x, 2)", 0, "takes 1 argument, and 2 are given. Write log(x)/log(b)"),
    ("max(x)", 0, "takes at least 2 arguments, and 1 is given"),
    ("exp()", 0, "takes 1 argument, and 0 are given"),
    ("clip(x, 1)", 0, "takes 3 arguments, and 2 are given"),
    ("tan(x=1)", 5, "takes no arguments by name"),
    ("factorial(5)", 0, "there is no function 'factorial'"),
    ("mean((x - y)^2)", 0, "the mean over all samples is taken by itself; leave mean() out"),
    ("sum(x)", 0, "leave sum() out, or give shapes to a model of arrays"),
    ("sigmiod(x)", 0, "Did you mean 'sigmoid'?"),
    ("pi(2)", 0, "'pi' is not a function"),
    ("swish(a, b, c)", 12, "Too many arguments; the function is swish(z, beta)"),
    ("swish(a, bta=1)", 9, "'bta' is not a variable of swish(z, beta). Did you mean 'beta'?"),
    ("swish(a, z=1)", 9, "'z' is given twice"),
    ("swish(beta=1, a)", 14, "follows one with a name"),
    ("swish(beta=1)", 0, "is given no z"),
    ("swish()", 0, "is given no z"),
    # conditions
    ("x < 1", 0, "A comparison stands where a number belongs"),
    ("1 + (x < 2)", 4, "A comparison stands where a number belongs"),
    ("tanh(x < 2)", 5, "A comparison stands where a number belongs"),
    ("where(x, 1, 0)", 6, "A condition belongs here"),
    ("where(x > 0, 1)", 0, "'where' takes a condition and two values"),
    ("indicator(x > 0, 1)", 0, "'indicator' takes one condition"),
    ("cases(x > 0: 1)", 0, "and the value otherwise"),
    ("cases(1)", 0, "and the value otherwise"),
    ("cases(x > 0, 1)", 0, "and the value otherwise"),
    ("cases(x: 1, 0)", 6, "A condition belongs here"),
    ("where(x > 0 and y, 1, 0)", 16, "A condition belongs here"),
    ("where((x < 1) < 2, 1, 0)", 6, "A comparison stands where a number belongs"),
    ("where(not x > 0, 1, 0)", 6, "'not' stands where a value should"),
    # derivatives
    ("D(x)", 0, "takes 2 arguments"),
    ("D(x, 2)", 5, "is taken in a name"),
    ("P(2*z, w)", 2, "is taken in a name"),
    ("Prime(z, 0)", 6, "Prime is taken of a call"),
    ("Prime(max(x, y), 0)", 6, "Prime is taken of a call"),
    ("Prime(tanh(z), 1)", 15, "counts the arguments of tanh from 0 to 0"),
    ("Prime(tanh(z), x)", 15, "counts the arguments"),
    # unfinished, or too much
    ("x +", 3, "ends where a value should stand"),
    ("*x", 0, "'*' stands where a value should"),
    ("x * / y", 4, "'/' stands where a value should"),
    ("max(x,)", 6, "')' stands where a value should"),
    ("()", 1, "')' stands where a value should"),
    ("2*(x", 2, "never closed"),
    ("tanh(x", 4, "never closed"),
    ("|x", 0, "never closed"),
    ("x)", 1, "never opened"),
    ("a, b", 1, "A comma only stands between"),
    ("x: 1", 1, "A colon only stands between"),
    # not a formula
    ("__import__('os')", 0, "A name starts with a letter"),
    ("x.y", 1, "no attributes"),
    ("2.x", 1, "no attributes"),
    ("1.2.3", 3, "one decimal point"),
    ("x; y", 1, "';' cannot join two"),
    ("a = b", 2, "not an equation"),
    ("a := b", 2, "':=' assigns"),
    ("a//b", 1, "'//' is not an operator"),
    ("5!", 1, "no factorial"),
    ("x[0]", 1, "no square brackets"),
    ("{x}", 0, "no braces"),
    ("'x'", 0, "no quotes"),
    ("f'(x)", 1, "no quotes"),
    (r"\frac12", 0, "not read as LaTeX"),
    ("lambda x: x", 0, "without lambda"),
    ("x if x > 0 else 0", 2, "where(x > 0, x, 0) stands for x if x > 0 else 0"),
    ("1 if x > 0 else 0", 2, "where(x > 0, x, 0)"),
    ("2*(x for x in y)", 5, "has no loop"),
    ("x > 0 ? x : 0", 6, "where(x > 0, a, b)"),
    ("2*np.exp(x)", 2, "write exp for np.exp"),
    ("torch.nn.functional.relu(x)", 0, "write relu for torch.nn.functional.relu"),
    ("0x10", 0, "not 0xff"),
    ("√x", 0, "sqrt(x)"),
    ("x\0", 1, "The invisible character U+0000"),
    ("x\u202ey", 1, "The invisible character U+202E"),
    ("x\u200by", 1, "The invisible character U+200B"),
    ("2*х", 2, "CYRILLIC SMALL LETTER HA"),
    ("é", 0, "LATIN SMALL LETTER E WITH ACUTE"),
    ("y\u0302\u0302", 2, "An accent stands on a letter, and only one"),
    ("x⁺⁻", 1, "A raised number is an integer"),
    # limits
    ("1/0", 2, "divides by zero"),
    ("x/0.0", 2, "divides by zero"),
    ("x/(1 - 1)", 2, "divides by zero"),
    ("0^-1", 2, "divides by zero"),
    ("1" * 81, 0, "at most 80 digits"),
    ("2 + 1e401", 4, "at most 400 in size"),
    ("1e-99999999999999999999", 0, "at most 400 in size"),
    ("x + " + "a" * 41, 4, "at most 40 characters"),
    ("9**9**9", 3, "at most 1000 in size"),
    ("(9**9)**9**9", 8, "at most 1000 in size"),
    ("2**100000", 3, "at most 1000 in size"),
    ("x**-1001", 3, "at most 1000 in size"),
    ("9**(9.5**9.5)", 3, "4096 bits"),
    ("10**400*10**400*10**400*10**400", 23, "4096 bits"),
    ("exp(10**30*log(2))", 0, "4096 bits"),
    ("e^(10**30*log(2))", 2, "4096 bits"),
    ("exp(exp(exp(10)))", 4, "4096 bits"),
    ("9**(x - x + 10**9)", 3, "4096 bits"),
    ("((x - x + 9)**999)**999", 20, "4096 bits"),
    ("exp((x - x + 10**9)*log(2))", 0, "4096 bits"),
    ("square(square(10**999))", 7, "4096 bits"),
]


@pytest.mark.parametrize(("text", "place", "words"), REFUSALS)
def test_a_refusal_shows_the_place_and_the_cure(text: str, place: int | None, words: str) -> None:
    functions = {name: FUNCTIONS[name] for name in ("swish", "sigmoid", "tanh")}
    with pytest.raises(FormulaError) as error:
        parse(text, functions=functions)
    assert words in error.value.reason
    assert error.value.position == place
    assert error.value.reason[0].isupper() or error.value.reason[0] == "'"
    assert error.value.reason[-1] in ".?"


#  text, the place, words, of a formula that may use w, x, z and yhat
STRANGE_NAMES = [
    ("w*q", 2, "'q' is not a name that this formula knows; it may use w, x, yhat and z."),
    ("wx", 0, "Did you mean 'w*x'?"),
    ("2pix", 1, "Did you mean 'pi*x'?"),
    ("xyhat", 0, "Did you mean 'x*yhat'?"),
    ("yhta", 0, "Did you mean 'yhat'?"),
    ("z(x+1)", 0, "write z*(x+1) for the product"),
    ("D(q, x)", 2, "'q' is not a name"),
]


@pytest.mark.parametrize(("text", "place", "words"), STRANGE_NAMES)
def test_a_strange_name_is_told_with_what_was_meant(text: str, place: int, words: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse(text, names=["w", "x", "z", "yhat"])
    assert words in error.value.reason
    assert error.value.position == place


# -- limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60 + "x" + ")" * 60,
        "-" * 60 + "x",
        "**".join("a" * 61),
        "tanh(" * 60 + "x" + ")" * 60,
        "1e400",
        "x**1000",
        "10**1000",
        "exp(-10000*x**2)",
        "1/sqrt(2*pi)*exp(-x^2/2)",
        "1.0507009873554805*1.6732632423543772*(exp(z) - 1)",
        "0.1" + "0" * 28,
        "a" * 40,
        "+".join(["x"] * 4990),
        "9**9*9**9",
    ],
    ids=lambda t: t[:24],
)
def test_what_stands_within_the_limits_is_read(text: str) -> None:
    assert parse(text).free_symbols or parse(text).is_number


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("(" * 100_000, "at most 10000 are read"),
        ("x + " * 3000, "at most 10000 are read"),
        ("(" * 9_000, "more than 60 deep"),
        ("(" * 61 + "x" + ")" * 61, "more than 60 deep"),
        ("-" * 9_000 + "x", "more than 60 deep"),
        ("a" + "**a" * 3_000, "more than 60 deep"),
        ("tanh(" * 2000, "more than 60 deep"),
        ("cases(" * 1600, "more than 60 deep"),
        ("|(" * 4000, "more than 60 deep"),
        ("-(" * 4000, "more than 60 deep"),
        ("x+" * 4999 + "x", "more than 5000 parts"),
        ("x/" * 4999 + "x", "more than 5000 parts"),
        ("1" * 9_999, "at most 80 digits"),
        ("a" * 9_999, "at most 40 characters"),
        ("a^" * 9 + "9**9**9", "at most 1000 in size"),
        ("*".join(["10**400"] * 100), "4096 bits"),
        ("+".join(f"1/{10**20 + n}" for n in range(1, 200)), "4096 bits"),
        ("factorial(10**9)", "no function"),
        ("__import__('os').system('true')", "starts with a letter"),
    ],
    ids=lambda t: t[:24],
)
def test_a_hostile_text_is_refused_at_once(text: str, words: str) -> None:
    start = time.process_time()
    with pytest.raises(FormulaError) as error:
        parse(text)
    assert time.process_time() - start < 5  # a loaded machine, and its collector's pauses
    assert words in error.value.reason
    assert len(str(error.value)) < 1000


@pytest.mark.parametrize(
    "text",
    [
        "*".join(["x"] * 4990),
        "/".join(["x"] * 2400),
        "+".join(["(x)"] * 2400),
        "where(" + " and ".join(f"x + {i}*y < {i}" for i in range(400)) + ", 1, 0)",
        "where(" + "<".join(["x"] * 2000) + ", 1, 0)",
        "min(" + ", ".join(f"x{i}" for i in range(1200)) + ")",
        "cases(x > 0: " * 58 + "x" + ", 1)" * 58,
        "(1 - 2*sin(" * 29 + "x" + ")^2)" * 29,
    ],
    ids=lambda t: t[:24],
)
def test_a_long_formula_is_read_within_a_second(text: str) -> None:
    start = time.process_time()
    assert parse(text).free_symbols
    assert time.process_time() - start < 5


def refused_at(read: Callable[[str], object], text: str) -> int | None:
    try:
        read(text)
    except FormulaError as error:
        return error.position
    return None


PIECES = st.sampled_from(
    [
        *"+-*/^()|,:<>=.!'\" \0",
        *"0129eExyzwβŷ²⁻½₁√×−",
        *("**", "<=", "==", ":=", "1e9", "and", "or", "not", "beta=", "\u0302", "\u202e", "__"),
        *("tanh(", "max(", "swish(", "cases(", "where(", "D(", "P(", "Prime(", "lambda ", "e^"),
    ]
)


@settings(max_examples=600, deadline=None)
@given(st.text(max_size=40) | st.lists(PIECES, max_size=14).map("".join))
def test_any_text_is_a_formula_or_a_formula_error(text: str) -> None:
    for read in (lambda t: parse(t, functions=FUNCTIONS), parse_call, parse_assignments):
        place = refused_at(read, text)
        assert place is None or 0 <= place <= len(text)
    assert looks_like_call(text) in (True, False)


# -- names with numbers -------------------------------------------------------------------------


def test_a_call_is_a_name_and_its_numbers() -> None:
    assert parse_call("sigmoid") == ("sigmoid", {})
    assert parse_call("relu()") == ("relu", {})
    assert parse_call("huber(delta=1)") == ("huber", {"delta": sp.Integer(1)})
    assert parse_call(" elu ( alpha = -1/2 , b=2e-3)") == (
        "elu",
        {"alpha": -half, "b": sp.Rational(1, 500)},
    )
    assert parse_call("huber(δ=pi)") == ("huber", {"delta": sp.pi})


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", None, "is empty"),
        ("2", 0, "A name belongs here"),
        ("huber(1)", 6, "A name and its number belong here, as in huber(delta=1)"),
        ("huber(delta)", 6, "A number is given by name"),
        ("huber(delta=q)", 12, "'q' is not a number; only numbers, e and pi belong here"),
        ("huber(delta=1, delta=2)", 15, "given twice"),
        ("huber(delta=1", 5, "never closed"),
        ("huber(delta=1)*2", 14, "Nothing follows"),
        ("huber(delta=1,)", 14, "A name and its number"),
        ("z*tanh(z)", 1, "Only brackets follow the name"),
        ("huber(delta=9**9**9)", 15, "at most 1000 in size"),
        ("huber(delta=1<2)", 12, "A comparison"),
    ],
)
def test_a_call_that_is_none_is_refused(text: str, place: int | None, words: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse_call(text)
    assert words in error.value.reason
    assert error.value.position == place


@pytest.mark.parametrize(
    "text", ["tanh", "ŷ", "relu()", "huber(delta=1)", "huber( delta = (1+2)/3 )", "f(a=1, b=2)"]
)
def test_a_call_looks_like_one(text: str) -> None:
    assert looks_like_call(text)


@pytest.mark.parametrize(
    "text",
    [
        *("z*tanh(z)", "tanh(2*z)", "swish(z, beta=2)", "swish(beta=2)*z", "2", "", "z + 1"),
        *("(z)", "$", "f()()", "f() + (1)", "f(a=1)(b=2)", "f(a==1)"),
    ],
)
def test_a_formula_does_not_look_like_a_call(text: str) -> None:
    assert not looks_like_call(text)


def test_assignments_are_exact_numbers() -> None:
    assert parse_assignments("w=.5,b=2,x=3,y=0") == {
        "w": half,
        "b": sp.Integer(2),
        "x": sp.Integer(3),
        "y": sp.Integer(0),
    }
    assert parse_assignments("w₁ = -1/2, ŷ=2e-3, t=pi") == {
        "w1": -half,
        "yhat": sp.Rational(1, 500),
        "t": sp.pi,
    }
    assert parse_assignments("s=sqrt(2)/2") == {"s": mul(half, sqrt(sp.Integer(2)))}


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", None, "is empty"),
        ("w", 0, "A number is given by name"),
        ("w=1,", 4, "A name and its number belong here, as in w=0.5, b=2"),
        ("w=1,w=2", 4, "'w' is given twice"),
        ("w=x", 2, "'x' is not a number"),
        ("w=1;b=2", 3, "';' cannot join two"),
        ("w=1)", 3, "with commas between them"),
        ("w=1/0", 4, "divides by zero"),
        ("w==1", 0, "A number is given by name"),
        ("2=1", 0, "A name and its number"),
        ("w=__import__('os')", 2, "A name starts with a letter"),
    ],
)
def test_assignments_that_are_none_are_refused(text: str, place: int | None, words: str) -> None:
    with pytest.raises(FormulaError) as error:
        parse_assignments(text)
    assert words in error.value.reason
    assert error.value.position == place
