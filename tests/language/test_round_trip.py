"""What is printed is read back: in the language as the same tree, in LaTeX as the same value."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from fractions import Fraction
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from conftest import close, points, trees, value
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from symgd import check
from symgd.errors import FormulaError
from symgd.language import parse
from symgd.language.arrays import LATEX, arrange, dim, name, node, num, read, size, to_text
from symgd.language.arrays.functions import function
from symgd.language.formulas.printer import latex, plain
from symgd.language.latex import syntax
from symgd.language.latex.statements import statement
from symgd.language.latex.vocabulary import Vocabulary
from symgd.trees.names import symbol
from symgd.trees.scalars import add, group, rebuild

# -- formulas, in the language --------------------------------------------------------------------


def up_to_order(e: Any) -> Any:
    """The tree, where the factors of a product have no order and its numbers are one."""
    if not e.args:
        return e
    args = tuple(map(up_to_order, e.args))
    if e.is_Add:
        return add(*args)
    if not e.is_Mul:
        return rebuild(e, args)
    flat = [f for a in args for f in (a.args if a.is_Mul else (a,))]
    number = sp.prod([f for f in flat if f.is_Rational])
    rest = sorted((f for f in flat if not f.is_Rational), key=sp.srepr)
    return group(number, *rest) if number != 1 or not rest else group(*rest)


def reread(e: Any) -> Any:
    """The tree that its text reads as; a division by 0 is refused, as it should be."""
    try:
        return parse(plain(e))
    except FormulaError:
        reject()


@settings(max_examples=400)
@given(trees)
def test_a_formula_reads_back_as_its_tree(e):
    assert up_to_order(reread(e)) == up_to_order(e), plain(e)


# -- formulas, in LaTeX ---------------------------------------------------------------------------

WORDS = Vocabulary(functions=frozenset({"f"}), names=frozenset({"x", "y"}))
HEADS: dict[str, Callable[..., Any]] = {
    "\\ln": mp.log, "\\sin": mp.sin, "\\cos": mp.cos, "\\tanh": mp.tanh, "\\sinh": mp.sinh,
    "\\cosh": mp.cosh, "\\arctan": mp.atan, "\\max": max, "\\min": min, "\\exp": mp.exp,
    "\\sign": mp.sign, "\\erf": mp.erf,
}  # fmt: skip


class NotRealError(Exception):
    """A value on the way that is not real, which has no maximum and no sign."""


def worth(tree: Any, at: Any) -> Any:
    """What a tree of the LaTeX reader is worth: a witness of its own, without the judge."""
    of = lambda t: worth(t, at)  # noqa: E731
    match tree:
        case syntax.Number():
            return mp.mpf(tree.value.numerator) / tree.value.denominator
        case syntax.Name(base="e"):
            return mp.e
        case syntax.Name():
            return at[symbol(tree.base)]
        case syntax.Sum():
            return mp.fsum(map(of, tree.terms))
        case syntax.Minus():
            return -of(tree.of)
        case syntax.Product():
            return mp.fprod(map(of, tree.factors))
        case syntax.Quotient():
            return of(tree.top) / of(tree.bottom)
        case syntax.Power():
            return mp.power(of(tree.base), of(tree.exponent))
        case syntax.Absolute():
            return abs(of(tree.of))
        case syntax.Call():
            arguments = list(map(of, tree.arguments))
            if not all(mp.isfinite(a) and mp.im(a) == 0 for a in arguments):
                raise NotRealError
            return HEADS[tree.function.base](*arguments)
        case syntax.Cases(branches=[(a, c), (b, None)]):
            return of(a) if of(c.left) > of(c.right) else of(b)
    raise AssertionError(f"no value of {tree!r}")


@settings(max_examples=400)
@given(trees)
def test_the_latex_of_a_formula_is_read_with_its_value(e):
    (member,) = statement(latex(e), WORDS).members
    for point in points(4):
        a = value(e, point)
        if mp.isfinite(a) and mp.im(a) == 0:
            with suppress(NotRealError, ZeroDivisionError):
                assert close(a, worth(member, point), 40), latex(e)


# -- arrays, in the language ----------------------------------------------------------------------

M, N, ONE = dim("m"), dim("n"), dim(1)
NAMES = {
    "A": name("A", (M, N)), "B": name("B", (N, M)), "S": name("S", (N, N)),
    "K": name("K", (N, N), frozenset({"sym"})), "x": name("x", (N, ONE)), "y": name("y", (N, ONE)),
    "u": name("u", (M, ONE)), "c": name("c"), "b": name("b"),
}  # fmt: skip
SIZES = frozenset({"m", "n"})
LEAVES: dict[Any, list[Any]] = {
    (M, N): [NAMES["A"], node("ones", shape=(M, N))],
    (N, M): [NAMES["B"]],
    (N, N): [NAMES["S"], NAMES["K"], node("eye", shape=(N, N))],
    (N, ONE): [NAMES["x"], NAMES["y"]],
    (M, ONE): [NAMES["u"]],
    (ONE, ONE): [NAMES["c"], NAMES["b"], size(N), *(
        num(Fraction(q)) for q in ("2", "-3", "1/3", "0.5", "-1/7", "1/97"))],
}  # fmt: skip
ENTRYWISE = ("exp", "tanh", "abs", "gelu", "step", "atan", "erf", "relu")


@st.composite
def nodes(draw: Any, shape: Any, depth: int = 3) -> Any:
    """A node of the shape, of operations as they are written."""
    rows, cols = shape
    if depth == 0 or draw(st.integers(0, 5)) == 0:
        leaves = LEAVES.get(shape)
        if leaves:
            return draw(st.sampled_from(leaves))
        return node("t", draw(nodes((cols, rows), 0))) if (cols, rows) in LEAVES else ones(shape)

    def part(*of: Any) -> Any:
        return draw(nodes(of, depth - 1))

    inner = draw(st.sampled_from([M, N, ONE]))
    exponent = num(draw(st.sampled_from([2, -1, -2, Fraction(1, 2), Fraction(-1, 2), 3])))
    ways = [
        lambda: node("add", part(rows, cols), part(rows, cols)),
        lambda: node("add", part(rows, cols), part(rows, cols), part(rows, cols)),
        lambda: node("mul", part(rows, inner), part(inner, cols)),
        lambda: node("mul", part(ONE, ONE), part(rows, cols)),
        lambda: node("mul", part(rows, cols), node("power", part(ONE, ONE), num(-1))),
        lambda: node("power", part(rows, cols), exponent),
        lambda: node("t", part(cols, rows)),
        lambda: node("function", part(rows, cols), data=function(draw(st.sampled_from(ENTRYWISE)))),
        lambda: node("function", part(rows, cols), data=function("gelu").prime),
    ]
    if shape != (ONE, ONE):
        ways.append(lambda: node("had", part(rows, cols), part(rows, cols)))
    else:
        ways += [
            lambda: node("tr", part(N, N)),
            lambda: node("sum", part(M, N)),
            lambda: node("norm2", part(N, ONE)),
            lambda: node("logdet", part(N, N)),
            lambda: node("mul", node("t", part(N, ONE)), part(N, ONE)),
        ]
    if rows == cols == N:
        ways += [
            lambda: node("inv", part(N, N)),
            lambda: node("mpow", part(N, N), data=3),
            lambda: node("diag", part(N, ONE)),
        ]
    return draw(st.sampled_from(ways))()


def ones(shape: Any) -> Any:
    return node("ones", shape=shape)


SHAPES = st.sampled_from([(M, N), (N, N), (N, ONE), (ONE, ONE)])


@settings(max_examples=400)
@given(st.data())
def test_arrays_read_back(data):
    """In the arranged form, in which 1·2/3 is 2/3 and A + (B + C) is A + B + C."""
    tree = data.draw(nodes(data.draw(SHAPES)))
    try:
        again = read(str(tree), NAMES, SIZES)
    except FormulaError:
        reject()
    assert again.shape == tree.shape
    assert arrange(again) == arrange(tree), str(tree)


# -- arrays, in LaTeX -----------------------------------------------------------------------------

SPACES = [
    *(rf"{n} \in \mathbb{{R}}^{{m \times n}}" for n in "A"),
    *(rf"{n} \in \mathbb{{R}}^{{n \times m}}" for n in "B"),
    *(rf"{n} \in \mathbb{{R}}^{{n \times n}}" for n in "SK"),
    *(rf"{n} \in \mathbb{{R}}^{{n}}" for n in "xy"),
    r"u \in \mathbb{R}^{m}",
    r"c \in \mathbb{R}",
    r"b \in \mathbb{R}",
]
READ = """
    A*x | x'*y | A'*A | K*inv(S) | tr(S) | A.*exp(A)
    exp(A) | S^3 | norm2(x)^2 | norm1(x) | diag(x)
    ones(n,1)*x' | x/n | x'*S*y/c | softmax(x) | rsoftmax(A) | logsumexp(x) | gelu(A) | relu(A)
    tanh(A)*x | sqrt(x'*x) | sqrt(exp(x)) | abs(A) | sign(x) | step(x) | leaky_relu(x, 0.1)
    sigmoid(A*x) | atan(x) | erf(x) | kron(A,B) | vec(A) | S + eye(n) | x*y' | (A*x)'*u | det(S)
    expm(S) | (1/3)*x | c^2*x | (x + y) + x | x - (y - x) | 2.5*A | A*B*A | inv(S)' | sum(x)/n*c
    0.044715*x | x'*(S + S')*y | c*(x'*y)*x | (1/3)^c | (A'*A)^-1
    A./exp(A) | 1./exp(x) | x.^3 | S.^2 | exp(x).^c | logdet(S'*S) | logdet(K) | A.*exp(A)./exp(A)
    (x/n)/c | (x'*y/n)*x/c | (x/n + y)/c | (A'*u/m)*(c/n) | elu(A, 1/2) | polygamma(2, exp(x))
    max(x, 1/2) | hypot(x, 3)
"""


def texts(block: str) -> list[str]:
    return [t.strip() for line in block.strip().splitlines() for t in line.split("|")]


@pytest.mark.spread(2)
@pytest.mark.parametrize("text", texts(READ))
def test_the_latex_of_arrays_is_read_with_its_value(text):
    """Beside the same in another form it is right, and beside twice that it is wrong."""
    tree = read(text, NAMES, SIZES)
    shown, other = (to_text(t, LATEX) for t in (tree, arrange(node("mul", num(1), tree))))
    right, wrong = check([f"{shown} = {other}", f"{shown} = 2 ({other})"], assume=SPACES).lines
    assert right.verdict in ("proved", "sampled")
    assert wrong.verdict == "wrong"
