"""The printer: three alphabets, by hand; and ASCII that reads back as what it was."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from conftest import close, points, trees, value
from hypothesis import given, settings

from symgd.api import Model, Neuron
from symgd.language import parse
from symgd.language.formulas.printer import latex, plain, text
from symgd.trees.names import Spelling, symbol
from symgd.trees.scalars import D, P, Prime, application, mul, power, reciprocal, settle, sqrt

SPELLING = Spelling({"sigmoid": (r"\sigma", "σ")}, frozenset({"C"}))
CALLS = {"sigmoid": ("z",), "g": ("z",), "swish": ("z", "beta")}

#  formula                      LaTeX                                              Unicode
WRITTEN = [
    ("w*x + b", "w x + b", "wx + b"),
    ("(y - yhat)**2/2", r"\frac{1}{2} (y - \hat{y})^2", "½(y − ŷ)²"),
    ("1/2*(y - yhat)**2", None, "½(y − ŷ)²"),
    ("1/(1 + exp(-z))", r"\frac{1}{1 + e^{-z}}", "1/(1 + e^(−z))"),
    ("sigmoid(z)*(1 - sigmoid(z))", r"\sigma(z) (1 - \sigma(z))", "σ(z)(1 − σ(z))"),
    ("2*3", r"2 \cdot 3", "2·3"),
    ("a*2", r"a \cdot 2", "a·2"),
    ("-x", "-x", "−x"),
    ("a - b - c", "a - b - c", "a − b − c"),
    ("a - (b - c)", "a - (b - c)", "a − (b − c)"),
    ("(a + b)*c", "(a + b) c", "(a + b)c"),
    ("a*(-1)", "a (-1)", "a(−1)"),
    ("x**2", "x^2", "x²"),
    ("x**10", "x^{10}", "x¹⁰"),
    ("x**(-2)", r"\frac{1}{x^2}", "1/x²"),
    ("(-x)**2", None, "(−x)²"),
    ("-x**2", "-x^2", "−x²"),
    ("(x + 1)**y", "(x + 1)^y", "(x + 1)^y"),
    ("x**(y + 1)", "x^{y + 1}", "x^(y + 1)"),
    ("(x**y)**z", None, "(x^y)^z"),
    ("sqrt(x + 1)", r"\sqrt{x + 1}", "√(x + 1)"),
    ("abs(x - y)", r"\left|x - y\right|", "|x − y|"),
    ("tanh(z)**2", r"\tanh^2(z)", "tanh²(z)"),
    ("log(x)", r"\ln(x)", "ln(x)"),
    ("atan(x)", r"\arctan(x)", "arctan(x)"),
    ("max(0, z)", r"\max(0, z)", "max(0, z)"),
    ("1.702*z", "1.702 z", "1.702z"),
    ("alpha*z_12", r"\alpha z_{12}", "αz₁₂"),
    ("pi*x", r"\pi x", "πx"),
    ("cases(z > 0: z, 0)", r"\begin{cases} z & \text{if } z > 0 \\ 0 & \text{otherwise} \end{cases}", "{z if z > 0; 0 otherwise}"),
    ("D(yhat, w)", r"\frac{\partial \hat{y}}{\partial w}", "∂ŷ/∂w"),
    ("P(C, yhat)", r"C'(\hat{y})", "C'(ŷ)"),
    ("P(L, yhat)", r"\frac{\partial L}{\partial \hat{y}}", "∂L/∂ŷ"),
    ("Prime(sigmoid(z), 0)", r"\sigma'(z)", "σ'(z)"),
    ("D(w*x + b, w)", r"\frac{\partial}{\partial w}(w x + b)", "∂/∂w(wx + b)"),
    ("D(D(C, w), b)", r"\frac{\partial^2 C}{\partial w\,\partial b}", "∂²C/∂w∂b"),
    ("D(D(C, w), w)", r"\frac{\partial^2 C}{\partial w^2}", "∂²C/∂w²"),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "tex", "unicode"), WRITTEN, ids=[f for f, _, _ in WRITTEN])
def test_what_is_written(formula, tex, unicode):
    expr = parse(formula, functions=CALLS)
    if tex is not None:
        assert latex(expr, SPELLING) == tex
    if unicode is not None:
        assert text(expr, SPELLING) == unicode
    assert parse(plain(expr), functions=CALLS) == expr


X, Y = symbol("x"), symbol("y")

#  expression                                          LaTeX, Unicode, ASCII
BRACKETS = {
    "root of a product": (
        sqrt(mul(sp.Integer(2), sp.pi)), r"\sqrt{2 \pi}", "√(2π)", "sqrt(2*pi)"),
    "root of a power": (
        sqrt(power(X, sp.Integer(3))), r"\sqrt{x^3}", "√(x³)", "sqrt(x**3)"),
    "one over e": (
        mul(X, reciprocal(sp.E)), r"\frac{x}{e}", "x/e", "x/e"),
    "square of a derivative": (
        power(D(Y, X), sp.Integer(2)), r"\left(\frac{\partial y}{\partial x}\right)^2",
        "(∂y/∂x)²", "D(y, x)**2"),
    "over a derivative": (
        reciprocal(D(Y, X)), r"\frac{1}{\frac{\partial y}{\partial x}}", "1/(∂y/∂x)", "1/D(y, x)"),
    "power of a quotient": (
        power(reciprocal(X), Y), r"\left(\frac{1}{x}\right)^y", "(1/x)^y", "(1/x)**y"),
    "a number below zero above the line": (
        mul(sp.Integer(-1), reciprocal(X), sp.Integer(-3)), r"-\frac{-3}{x}", "−(−3)/x", "-(-3)/x"),
    "less than every number": (sp.S.NegativeInfinity, r"-\infty", "−∞", "-oo"),
}  # fmt: skip


@pytest.mark.parametrize("case", BRACKETS)
def test_brackets_stand_where_without_them_it_reads_otherwise(case):
    expr, *written = BRACKETS[case]
    assert [latex(expr), text(expr), plain(expr)] == written


PLAIN = {
    "w*x + b": "w*x + b",
    "-(x - y)": "-(x - y)",
    "x/y/z": None,
    "x/(y*z)": None,
    "(x/y)**2": "(x/y)**2",
    "2**(-x)": "2**(-x)",
    "exp(-x)": "exp(-x)",
    "1/2*x": "1/2*x",
    "x**(1/2)": "sqrt(x)",
    "x**(-1/2)": None,
    "where(x > 0 and y < 1, x, y)": None,
    "cases(x == 0: 1, x != 1: 2, x >= 2 or x <= -2: 3, 4)": None,
    "a*(b*c)": None,
    "a + (b + c)": None,
    "(a*b)/(c*d)": None,
    "-1*x*y": None,
    "(-1/2)*x": None,
    "x*(-y)": None,
    "2*(-3)": None,
}


@pytest.mark.parametrize("formula", PLAIN)
def test_ascii_reads_back(formula):
    expr = parse(formula)
    if PLAIN[formula] is not None:
        assert plain(expr) == PLAIN[formula]
    again = parse(plain(expr))
    assert settle(again) == settle(expr)
    assert plain(again) == plain(expr)


@settings(max_examples=200)
@given(trees)
def test_a_random_tree_reads_back_with_its_value(e):
    again = parse(plain(e))
    for point in points(6):
        a, b = value(e, point), value(again, point)
        assert mp.isfinite(a) == mp.isfinite(b)
        if mp.isfinite(a):
            assert close(a, b, 40), (e, plain(e))


FORBIDDEN = (r"\operatorname", r"\mbox", r"\hbox", "**", "None", "Piecewise")


@settings(max_examples=150)
@given(trees)
def test_latex_is_balanced_and_plain(e):
    body = latex(e)
    assert body.count("{") == body.count("}")
    assert body.count(r"\left") == body.count(r"\right")
    assert body.count(r"\begin") == body.count(r"\end")
    assert not any(f in body for f in FORBIDDEN)
    assert "--" not in body.replace(" ", "")
    assert "+-" not in body.replace(" ", "")
    assert "\\" not in text(e)
    assert "−−" not in text(e).replace(" ", "")


DERIVED: dict[str, Any] = {
    "default": lambda: Neuron().derive(detail="full"),
    "order 2": lambda: Neuron("tanh", "huber").derive(order=2),
    "gelu": lambda: Neuron("gelu", "focal").derive(),
    "relu6": lambda: Neuron("relu6", "hinge").derive(detail="full"),
    "swish": lambda: Neuron("swish", "pinball").derive(),
    "two": lambda: Model(
        {"h": "tanh(u*x)", "z": "w*h + b", "C": "(z - y)**2/2 + k*w**2"}, ["u", "w", "b"]
    ).derive(order=2),
}


@pytest.mark.parametrize("name", DERIVED)
def test_every_line_of_a_derivation_reads_back(name):
    d = DERIVED[name]()
    calls = {n: tuple(map(str, g.variables)) for n, g in d.record.graph.functions.items()}
    from symgd.functions import SIGNATURES

    calls = {**SIGNATURES, **calls}
    for section in (*d.lemmas, *d.sections):
        for step in section.steps:
            for side in (step.before, step.after):
                again = parse(plain(side), functions=calls)
                assert settle(again) == settle(side), plain(side)


@pytest.mark.parametrize(
    "node",
    [
        sp.I,
        sp.zoo,
        sp.Integral(sp.Symbol("x"), sp.Symbol("x")),
        sp.Matrix([1]),
        object(),
        "x",
        sp.O(sp.Symbol("x")),
    ],
    ids=["i", "zoo", "an integral", "a matrix", "an object", "a text", "an order"],
)
@pytest.mark.parametrize("style", [latex, text, plain])
def test_what_has_no_way_to_be_written_raises(node, style):
    with pytest.raises(TypeError, match="no way to write"):
        style(node)


def test_held_nodes_read_back():
    z, w, c = symbol("z"), symbol("w"), symbol("C")
    for node in (
        D(z, w),
        P(c, z),
        P(c, z, z),
        Prime(application("g", z), sp.S.Zero),
        D(power(z, sp.Integer(2)), w),
    ):
        assert parse(plain(node), functions=CALLS) == node


@pytest.mark.parametrize(
    ("formula", "unicode"),
    [
        ("exp(z)*x", "e^z·x"),
        ("exp(z*x)", "e^(zx)"),
        ("a*p**g*x", "ap^g·x"),
        ("b**n*(1 + z)", "b^n·(1 + z)"),
        ("exp(-z)*x", "e^(−z)x"),
        ("x**2*y", "x²y"),
        ("y*exp(z)", "ye^z"),
    ],
)
def test_no_exponent_runs_into_what_follows_it(formula, unicode):
    assert text(parse(formula), SPELLING) == unicode


@pytest.mark.parametrize(
    ("number", "unicode", "tex"),
    [
        ("0.0000001", "10⁻⁷z", "10^{-7} z"),
        ("0.00000025", "2.5·10⁻⁷z", r"2.5 \cdot 10^{-7} z"),
        ("0.0001", "0.0001z", "0.0001 z"),
        ("1/1000000", "10⁻⁶z", "10^{-6} z"),
    ],
)
def test_a_small_number_has_a_power_of_ten(number, unicode, tex):
    expr = parse(f"{number}*z")
    assert (text(expr, SPELLING), latex(expr, SPELLING)) == (unicode, tex)
    assert parse(plain(expr)) == expr
