"""Backpropagation over scalars: each shared derivative once, from the output backwards, quoted."""

from __future__ import annotations

import re

import mpmath as mp
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from symgd import Model, Neuron
from symgd.derive.adjoints import shared_adjoints, usual_way
from symgd.trees.scalars import D
from symgd.trees.steps import names_of

XOR = {
    "z1": "w11*x1 + w12*x2 + b1", "a1": "sigmoid(z1)", "z2": "w21*x1 + w22*x2 + b2",
    "a2": "sigmoid(z2)", "z": "v1*a1 + v2*a2 + c", "yhat": "sigmoid(z)", "C": "(y - yhat)^2/2",
}  # fmt: skip
XOR_LEAVES = ["w11", "w12", "b1", "w21", "w22", "b2", "v1", "v2", "c"]
CHAIN = {
    "z1": "w1*x + b1", "a1": "tanh(z1)", "z2": "w2*a1 + b2", "a2": "tanh(z2)",
    "z3": "w3*a2 + b3", "a3": "tanh(z3)", "C": "(a3 - y)^2/2",
}  # fmt: skip
CHAIN_LEAVES = ["w1", "b1", "w2", "b2", "w3", "b3"]

#  models that branch, join, skip, have penalties, corners and equations
MODELS = {
    "xor": (XOR, XOR_LEAVES),
    "chain": (CHAIN, CHAIN_LEAVES),
    "penalty": (
        {"z": "w*x + b", "p": "sigmoid(z)", "C": "-(y*log(p) + (1 - y)*log(1 - p)) + 0.1*w^2"},
        ["w", "b"],
    ),
    "skip": ({"h": "tanh(v*x)", "z": "w*h + v*x", "C": "(z + h - y)^2"}, ["v", "w"]),
    "shared weight": ({"a": "tanh(w*x)", "b": "tanh(w*a)", "C": "(w*b - y)^2"}, ["w"]),
    "not linear": ({"z": "w^2*sin(b*w) + exp(b)", "C": "(z - y)^2"}, ["w", "b"]),
    "product": ({"u": "w*v", "p": "u^2", "q": "u*w", "C": "p*q + v"}, ["w", "v"]),
    "straight to the cost": (
        {
            "z1": "w*x", "z2": "v*x", "s": "exp(z1) + exp(z2)", "p1": "exp(z1)/s",
            "p2": "exp(z2)/s", "C": "-(y*log(p1) + (1 - y)*log(p2)) + z1^2",
        },
        ["w", "v"],
    ),
    "links that are not linear": (
        {"z": "w*x^2*w", "p": "z^2 + tanh(z)", "q": "p^3", "C": "q*y + w"}, ["w"],
    ),
    "functions of no names": (
        {"z": "sinh(w + 0.5)", "p": "sigmoid(10*x*z)", "C": "(y + 100)/(x/p/exp(w))"}, ["w"],
    ),
    "a cost that is a function": (
        {"z": "w*x", "h": "z - z^3", "p": "h - tanh(w)", "C": "sigmoid(2*p)"}, ["w"],
    ),
    "past a name": ({"h": "u*x", "z": "w*h", "g": "z + h", "C": "(g - y)^2/2"}, ["u", "w"]),
    "past and times": ({"h": "u*x", "z": "w*h", "g": "z*h", "C": "(g - y)^2/2"}, ["u", "w"]),
    "past and bent": ({"h": "u*x", "z": "w*h", "g": "tanh(z) + h^2", "C": "g^2"}, ["u", "w"]),
    "twice": ({"u": "w*x + b", "a": "u*u + tanh(u)", "C": "a^2 + u"}, ["w", "b"]),
}  # fmt: skip


@pytest.mark.spread(4, 2)
@pytest.mark.parametrize(
    ("name", "order"),
    [(n, k) for n in MODELS for k in (1, 2) if k == 1 or len(MODELS[n][1]) < 3],
)
def test_both_ways_end_in_the_same(name: str, order: int) -> None:
    """The results are those of sympy's own diff of the whole formula; the chain tells it too."""
    definitions, leaves = MODELS[name]
    model = Model(definitions, leaves)
    derivation = model.derive(order=order)
    chain = model.kind.document(derivation.record, None, derivation.document().words, "chain")
    assert chain.verdicts
    point = {n: sp.Rational(3 + 2 * i, 7 + 3 * i) for i, n in enumerate((*leaves, *model.inputs))}
    whole = _unfolded(definitions)
    values = {v: _unfolded(definitions, v).subs(point) for v in definitions}
    for pair, result in derivation.results.items():
        wanted = whole
        for n in pair.split(","):
            wanted = sp.diff(wanted, sp.Symbol(n))
        exchange = {s: values.get(s.name, point.get(s.name)) for s in result.free_symbols}
        found = result.subs(exchange)
        assert mp.almosteq(
            mp.mpf(str(sp.N(found, 30))), mp.mpf(str(sp.N(wanted.subs(point), 30))), 1e-20
        ), (name, pair)
    assert derivation.verdict.status in ("proved", "sampled")


def _unfolded(definitions: dict[str, str], of: str = "C") -> sp.Expr:
    """The formula of a name in the leaves alone, by sympy."""
    known: dict[str, sp.Expr] = {}
    words = {"sigmoid": lambda u: 1 / (1 + sp.exp(-u)), "log": sp.log}
    for v, text in definitions.items():
        names = {n: sp.Symbol(n) for n in re.findall(r"[a-z]\w*", text)}
        for function in ("tanh", "sin", "sinh", "exp"):
            names.pop(function, None)
        expression = sp.sympify(text.replace("^", "**"), locals={**names, **known, **words})
        known[v] = sp.nsimplify(expression, rational=True)
    return known[of]


def test_each_shared_derivative_is_told_once() -> None:
    derivation = Model(XOR, XOR_LEAVES).derive()
    assert [str(names_of(s.left)[0]) for s in derivation.record.backward] == ["z", "z2", "z1"]
    count = len(derivation.steps) + sum(len(s.steps) for s in derivation.lemmas)
    assert count <= 35
    page = derivation.to_text()
    assert page.count("(ŷ − y)ŷ(1 − ŷ)") == 2  # in its own block, and in the gradient
    titles = re.findall(r"^(.+)\n─+$", page, re.MULTILINE)
    assert len(set(titles)) == len(titles)
    assert max(map(len, page.splitlines())) <= 110


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("order", [1, 2])
def test_what_the_gradient_quotes_stands_above_it(name: str, order: int) -> None:
    rows = Model(*MODELS[name]).derive(order=order).document().result.rows
    said = set()
    for row in rows:
        quoted = {n for n in sp.preorder_traversal(row.right) if isinstance(n, D)}
        assert {n for n in quoted if not any(n != m and m.has(n) for m in quoted)} <= said
        said.add(row.left)


@pytest.mark.parametrize("name", MODELS)
def test_no_two_lines_are_alike(name: str) -> None:
    lines = Model(*MODELS[name]).derive().to_text().splitlines()
    for line in lines:
        sides = [s.strip() for s in line.partition("✓")[0].split(" = ")]
        assert len(sides) < 2 or sides[0] != sides[1], line


def test_errors_are_called_delta() -> None:
    derivation = Model(CHAIN, CHAIN_LEAVES).derive()
    assert "δ" not in derivation.to_text()
    page = derivation.to_text(style="backprop")
    assert "δ₃ = ∂C/∂z₃\n" in page
    assert "δ₂ = ∂C/∂z₂\n     = δ₃·∂z₃/∂a₂·tanh'(z₂)" in page
    assert "∂C/∂w₁ = δ₁x" in page
    latex = derivation.to_latex(style="backprop")
    assert r"\delta_3 &= \frac{\partial C}{\partial z_3}" in latex
    assert (
        r"\delta_{2} w_3" in latex.replace(r"\delta_2 w_3", r"\delta_{2} w_3")
        or "delta_3 w_3" in latex
    )
    nielsen = Model(CHAIN, CHAIN_LEAVES, notation="nielsen").derive().to_latex()
    assert r"\delta^{3} &= \frac{\partial C}{\partial z^{3}}" in nielsen
    for written in (derivation.to_markdown(style="backprop"), derivation.to_html(style="backprop")):
        assert "δ" in written or r"\delta" in written


def test_the_general_layer() -> None:
    page = Model(CHAIN, CHAIN_LEAVES).derive().to_text(style="backprop")
    block = page[page.index("The general layer") :].split("\n\n")[0]
    assert "a₀ = x" in block
    assert "δₗ = δₗ₊₁wₗ₊₁(1 − aₗ²)" in block
    assert "∂C/∂wₗ = δₗaₗ₋₁" in block
    other = {**CHAIN, "a2": "sigmoid(z2)"}
    page = Model(other, CHAIN_LEAVES).derive().to_text(style="backprop")
    block = page[page.index("The general layer") :].split("\n\n")[0]
    assert "δₗ =" not in block  # the layers differ
    assert "The general layer" not in Model(XOR, XOR_LEAVES).derive().to_text()


@pytest.mark.parametrize(
    ("definitions", "leaves"),
    [
        # one weight in two layers, a penalty on the first alone
        ({"h1": "tanh(w1*x)", "h2": "tanh(w1*h1)", "C": "(h2 - y)^2/2 + mu*h1^2"}, ["w1"]),
        (
            {
                "h1": "sin(w1*x + b1)", "h2": "sin(w1*h1 + b2 + x) + x", "z3": "w1*h2 + b3",
                "h3": "sin(z3)", "C": "(h3 - y)^2/2",
            },
            ["w1", "b1", "b2", "b3"],
        ),
        (
            {
                "h1": "tanh(w1*x)", "z2": "w2*h1*h1", "h2": "tanh(z2)", "y1": "h2*v",
                "y2": "h2 + h1", "C": "(y1 - t1)^2/2 + (y2 - t2)^2/2",
            },
            ["w1", "w2", "v"],
        ),
    ],
)  # fmt: skip
def test_no_general_layer_is_read_off_one(definitions: dict[str, str], leaves: list[str]) -> None:
    page = Model(definitions, leaves).derive().to_text()
    block = page.partition("The general layer")[2].split("\n\n")[0]
    assert "∂C/∂h" not in block
    assert "₊₁" not in block


def test_a_delta_of_the_model_stays_its_own() -> None:
    model = Model(
        {"z1": "w1*x", "h": "tanh(z1)", "z2": "w2*h", "C": "(z2 - y)^2/2 + delta_2*w1^2"},
        ["w1", "w2"],
    )
    page = model.derive().to_text(style="backprop")
    assert "∂C/∂z₂·w₂" in page
    assert "+ 2δ₂w₁" in page


def test_one_neuron_is_told_by_the_chain_unless_asked() -> None:
    derivation = Neuron().derive()
    assert derivation.record.told == "chain"
    assert "The error δ\n" in derivation.to_text(style="backprop")
    assert "∂C/∂w = δx" in derivation.to_text(style="backprop")
    worked = derivation.at(w=0.5, b=2, x=3, y=0).to_text(style="backprop")
    assert "δ = (ŷ − y)ŷ(1 − ŷ)\n" in worked
    assert "= 0.02762·3 = 0.08286" in worked


def test_the_second_order_is_taken_once() -> None:
    """C''σ'² + C'σ'' once, times x², x and 1."""
    page = Neuron().derive(order=2).to_text()
    assert page.count("C''(ŷ)σ'(z)σ'(z) + C'(ŷ)σ''(z)") == 1
    assert "∂²C/∂w² = x²·∂²C/∂z²" in page
    assert "∂²C/∂w∂b = x·∂²C/∂z²" in page


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_any_graph(data: st.DataObject) -> None:
    """Random graphs of sums and tanh: what is quoted is derived, and every step holds."""
    names, definitions, leaves = ["x"], {}, []
    for i in range(data.draw(st.integers(1, 4))):
        used = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
        terms = []
        for j, u in enumerate(used):
            w = data.draw(st.sampled_from([f"w{i}_{j}", *leaves[:2]]))
            leaves += [w] if w not in leaves else []
            terms.append(f"{w}*{u}")
        body = " + ".join(terms)
        definitions[f"u{i}"] = f"tanh({body})" if data.draw(st.booleans()) else body
        names.append(f"u{i}")
    definitions["C"] = " + ".join(f"({n} - y)^2" for n in names[1:])
    model = Model(definitions, leaves)
    record = model.derive().record
    graph = record.graph
    assert {names_of(s.left)[0] for s in record.backward} <= {
        *shared_adjoints(graph, graph.parameters, record.told).names
    }
    assert record.told == usual_way(graph, graph.parameters, 1)
    point = {n: 0.3 + 0.1 * k for k, n in enumerate((*model.parameters, *model.inputs))}
    found = model.derive().at(point).gradient
    _, slopes = model.compile()(**point)
    for n, slope in slopes.items():
        assert mp.almosteq(found[n], slope, 1e-9), n


def test_a_saturated_value_is_remarked_on() -> None:
    """tanh(100) is shown as 1 and is below it; 0.1·8 + 0.2 is 1."""
    page = Neuron("tanh").derive().at(w=100, b=0, x=1, y=0)
    assert page.worked.saturated == ("yhat",)
    assert "Rounded: ŷ;" in page.to_text()
    assert r"Rounded: $\hat{y}$;" in page.to_latex()
    assert float(page.gradient["b"]) == pytest.approx(float(mp.sech(100) ** 2), rel=1e-12)
    assert Neuron("relu").derive().at(w=0.1, b=0.2, x=8, y=0).worked.saturated == ()
    assert Neuron().derive().at(w=0.5, b=2, x=3, y=0).worked.saturated == ()
