"""The derivation: the lines of the textbook, the forms it must discover, and its values."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import mpmath as mp
import pytest
import sympy as sp
from chains import chain
from conftest import DIGITS, close, draw, forward, second_slope, slope, value
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from symgd.api import Derivation, Model, Neuron
from symgd.derive.algebra.textbook import is_steep
from symgd.errors import InputError, SymgdError
from symgd.language import parse
from symgd.language.formulas.printer import text
from symgd.trees.names import symbol
from symgd.trees.scalars import D, Prime, replace_all, settle, walk

CALLS = {"sigmoid": ("z",), "softplus": ("z", "beta"), "Phi": ("z",), "phi": ("z",)}


def told(section: Any, graph: Any) -> list[str]:
    return [text(s.after, graph.spelling) for s in section.steps]


def gradient_section(d: Derivation, name: str) -> Any:
    return next(s for s in d.sections if s.id == f"gradient:{name}")


# -- the textbook ----------------------------------------------------------------------------------------


def test_the_default_neuron_is_told_as_a_textbook_tells_it():
    d = Neuron().derive()
    w = told(gradient_section(d, "w"), d.record.graph)
    b = told(gradient_section(d, "b"), d.record.graph)
    assert w[:4] == [
        "C'(ŷ)·∂ŷ/∂w",
        "C'(ŷ)σ'(z)·∂z/∂w",
        "C'(ŷ)σ'(z)·∂/∂w(wx + b)",
        "C'(ŷ)σ'(z)x",
    ]
    assert w[-1] == "(ŷ − y)ŷ(1 − ŷ)x"
    assert b[:4] == ["C'(ŷ)·∂ŷ/∂b", "C'(ŷ)σ'(z)·∂z/∂b", "C'(ŷ)σ'(z)·∂/∂b(wx + b)", "C'(ŷ)σ'(z)"]
    assert b[-1] == "(ŷ − y)ŷ(1 − ŷ)"


def test_the_slope_of_sigma_is_found_on_the_page():
    """Split the fraction, add and subtract 1, recognise σ."""
    d = Neuron().derive()
    lemma = next(s for s in d.lemmas if s.id == "lemma:sigmoid:0")
    rules = [s.rule for s in lemma.steps]
    assert rules[0] == "definition"
    at = rules.index("split_fraction")
    assert rules[at : at + 4] == ["split_fraction", "add_subtract", "divide_terms", "recognise"]
    lines = told(lemma, d.record.graph)
    assert lines[0] == "∂/∂z(1/(1 + e^(−z)))"
    assert "e^(−z)/(1 + e^(−z))²" in lines
    assert "1/(1 + e^(−z))·(1 − 1/(1 + e^(−z)))" in lines
    assert lines[-1] == "σ(z)(1 − σ(z))"


# -- forms that are discovered -------------------------------------------------------------------------------

#  activation            its derivative, as the literature prints it
SLOPES = {
    "identity": "1",
    "sigmoid": "sigmoid(z)*(1 - sigmoid(z))",
    "tanh": "1 - tanh(z)**2",
    "softplus(beta=1)": "sigmoid(z)",
    "logsigmoid": "1 - sigmoid(z)",
    "silu": "sigmoid(z)*(1 + z*(1 - sigmoid(z)))",
    "gelu": "Phi(z) + z*phi(z)",
    "mish": "tanh(log(1 + exp(z))) + z*(1 - tanh(log(1 + exp(z)))**2)*sigmoid(z)",
    "softsign": "1/(1 + abs(z))**2",
    "isru(alpha=1)": "(1 + z**2)**(-3/2)",
    "arctan": "1/(1 + z**2)",
    "snake(a=1)": "1 + sin(2*z)",
    "cloglog": "exp(z - exp(z))",
    "gaussian": "-2*z*exp(-z**2)",
    "tanhshrink": "tanh(z)**2",
    "lisht": "tanh(z) + z*(1 - tanh(z)**2)",
    "bent_identity": "1 + z/(2*sqrt(z**2 + 1))",
    "squareplus(b=4)": "(1 + z/sqrt(z**2 + 4))/2",
    "relu2": "2*max(0, z)",
    "sin": "cos(z)",
}

#  loss                  its derivative in ŷ
LOSS_SLOPES = {
    "quadratic": "yhat - y",
    "mse": "2*(yhat - y)",
    "mae": "sign(yhat - y)",
    "log_cosh": "tanh(yhat - y)",
    "pseudo_huber(delta=1)": "(yhat - y)/sqrt(1 + (yhat - y)**2)",
    "cauchy(c=1)": "(yhat - y)/(1 + (yhat - y)**2)",
    "welsch(c=1)": "(yhat - y)*exp(-(yhat - y)**2)",
    "geman_mcclure": "(yhat - y)/(1 + (yhat - y)**2)**2",
    "tukey(c=2)": "cases(abs(yhat - y) <= 2: (yhat - y)*(1 - (yhat - y)**2/4)**2, 0)",
    "huber(delta=1)": "cases(abs(yhat - y) <= 1: yhat - y, sign(yhat - y))",
    "bce": "(yhat - y)/(yhat*(1 - yhat))",
    "bce_logits": "sigmoid(yhat) - y",
    "soft_margin": "-t*sigmoid(-t*yhat)",
    "exponential": "-t*exp(-t*yhat)",
    "focal(gamma=2)": "t*(1 - sigmoid(t*yhat))**2*(2*sigmoid(t*yhat)*log(sigmoid(t*yhat)) + sigmoid(t*yhat) - 1)",
    "poisson": "exp(yhat) - y",
    "poisson_mean": "1 - y/yhat",
    "gamma_deviance": "2*(yhat - y)/yhat**2",
    "tweedie(p=3/2)": "yhat**(-3/2)*(yhat - y)",
    "squared_hinge": "-2*t*max(0, 1 - t*yhat)",
}


def same_value(ours: Any, theirs: Any, graph: Any, points: int = 6) -> None:
    rng = random.Random(1)
    seen = 0
    for _ in range(points * 4):
        letters = ours.free_symbols | theirs.free_symbols
        at = {}
        for s in sorted(letters, key=str):
            d = graph.domains.get(s)
            q = d.sample(rng) if d is not None else sp.Rational(rng.randint(-4000, 4000), 1009)
            at[s] = mp.mpf(q.numerator) / q.denominator
        a, b = value(ours, at, graph), value(theirs, at, graph)
        if mp.isfinite(a) and mp.isfinite(b):
            assert close(a, b, 20), (ours, theirs, at)
            seen += 1
    assert seen >= points


def length(expr: Any) -> int:
    return sum(1 for _ in walk(expr))


@pytest.mark.parametrize("name", SLOPES)
def test_the_slope_of_an_activation_ends_in_its_textbook_form(name):
    d = Neuron(name, "mse").derive()
    graph = d.record.graph
    expected = parse(SLOPES[name], functions=CALLS)
    lemmas = [s for s in d.lemmas if isinstance(s.left, Prime)]
    if not lemmas:
        assert name == "identity"
        return
    application = lemmas[-1].left.args[0]
    body = graph.definitions[symbol("yhat")]
    ours = replace_all(lemmas[-1].result, dict(zip(application.args, body.args, strict=True)))
    same_value(ours, expected, graph)
    assert length(lemmas[-1].result) <= 1.3 * length(expected) + 3


@pytest.mark.parametrize("name", LOSS_SLOPES)
def test_the_slope_of_a_loss_ends_in_its_textbook_form(name):
    prediction = Neuron(
        "sigmoid"
        if name == "bce"
        else "softplus"
        if "p=" in name or "deviance" in name or "mean" in name
        else "tanh",
        name,
    )
    d = prediction.derive()
    lemma = next(s for s in d.lemmas if s.id == "lemma:C:yhat")
    expected = parse(LOSS_SLOPES[name], functions=CALLS)
    same_value(lemma.result, expected, d.record.graph)
    assert length(lemma.result) <= 1.3 * length(expected) + 3


EXACT = {
    ("sigmoid", "quadratic"): "(ŷ − y)ŷ(1 − ŷ)x",
    ("sigmoid", "bce"): "(ŷ − y)x",
    ("identity", "quadratic"): "(ŷ − y)x",
    ("identity", "log_cosh"): "tanh(ŷ − y)x",
    ("tanh", "quadratic"): "(ŷ − y)(1 − ŷ²)x",
}


@pytest.mark.parametrize(("activation", "loss"), EXACT)
def test_the_final_expression_is_the_textbook_s(activation, loss):
    d = Neuron(activation, loss).derive()
    assert told(gradient_section(d, "w"), d.record.graph)[-1] == EXACT[activation, loss]


def test_the_slope_of_elu_is_the_function_itself_plus_alpha():
    d = Neuron("elu").derive()
    lemma = next(s for s in d.lemmas if s.id == "lemma:elu:0")
    z, alpha = symbol("z"), symbol("alpha")
    branch = lemma.result.args[-1].args[0]
    assert settle(branch) == alpha + sp.Function("elu", real=True)(z, alpha)


def test_no_derivative_stands_in_the_catalogue():
    """What is found is found from the formula: a formula under another name gives the same form."""
    d = Neuron("1/(1 + exp(-z))", "log(cosh(yhat - y))").derive()
    lemma = next(s for s in d.lemmas if s.id == "lemma:f:0")
    z = symbol("z")
    f = sp.Function("f", real=True)(z)
    assert sp.expand(settle(lemma.result) - f * (1 - f)) == 0


# -- values ----------------------------------------------------------------------------------------------------


def check_gradient(model: Model, d: Derivation, seed: int = 3, points: int = 2) -> None:
    """Every result, evaluated, is the difference quotient of the whole model."""
    graph = d.record.graph
    rng = random.Random(seed)
    for _ in range(points):
        leaves = draw(graph, rng)
        at = forward(graph, leaves)
        for names, expr in d.results.items():
            ours = value(expr, at, graph)
            ts = [symbol(n) for n in names.split(",")]
            truth = (
                slope(graph, leaves, ts[0]) if len(ts) == 1 else second_slope(graph, leaves, *ts)
            )
            assert close(ours, truth, 14), (model, names, expr, leaves, ours, truth)


PAIRS = [
    ("relu", "mae"), ("leaky_relu", "huber"), ("elu", "smooth_l1"), ("selu", "pinball"),
    ("celu", "expectile"), ("hardswish", "cauchy"), ("hardsigmoid", "tukey"), ("hardtanh", "welsch"),
    ("gelu_tanh", "fair"), ("quick_gelu", "mape"), ("swish", "gaussian_nll"), ("mish", "laplace_nll"),
    ("softplus", "msle"), ("squareplus", "poisson_deviance"), ("softplus", "tweedie"),
    ("gaussian", "bce"), ("cloglog", "bce"), ("sinc", "brier"), ("snake", "modified_huber"),
    ("softshrink", "hinge"), ("hardshrink", "squared_hinge"), ("threshold", "focal"),
    ("abs", "exponential"), ("sin", "kl"), ("lecun_tanh", "poisson"),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "loss"), PAIRS)
def test_the_gradient_is_the_difference_quotient(activation, loss):
    neuron = Neuron(activation, loss)
    check_gradient(neuron, neuron.derive())


MODELS: dict[str, Model] = {
    "two layers": Model(
        {
            "z1": "u*x + a",
            "h": "tanh(z1)",
            "z2": "w*h + b",
            "yhat": "sigmoid(z2)",
            "C": "(y - yhat)**2/2",
        },
        ["u", "a", "w", "b"],
    ),
    "a shared weight": Model(
        {"h": "tanh(w*x + b)", "z": "w*h + b", "C": "(z - y)**2/2"}, ["w", "b"]
    ),
    "a weight used thrice": Model({"C": "(w*x)**2 + sin(w) + exp(w*y)*w"}, ["w"]),
    "several consumers": Model(
        {"h": "sigmoid(w*x)", "p": "h**2", "q": "h*v", "C": "(p + q - y)**2 + h"}, ["w", "v"]
    ),
    "regularised": Model(
        {
            "yhat": "sigmoid(w*x + b)",
            "L": "(y - yhat)**2/2",
            "R": "k*(w**2 + abs(b))",
            "C": "L + R",
        },
        ["w", "b"],
        domains={"k": "positive"},
    ),
    "constants": Model({"C": "c*(w*x - y)**2"}, ["w"], constants={"c": 2.5}),
    "three inputs": Neuron(inputs=3),
    "a name that is a parameter": Model({"v": "w", "C": "v**2 + w"}, ["w"]),
    "an unused definition": Model({"u": "w*x", "unused": "w**3", "C": "u**2"}, ["w"]),
    "a diamond": Model(
        {"a": "w*x", "p": "exp(a)", "q": "sin(a)", "r": "p*q", "C": "r**2/2 + a"}, ["w"]
    ),
    "a bilinear name": Model({"a": "w*x", "p": "w*a", "C": "(p - y)**2"}, ["w"]),
    "a quotient of names": Model(
        {"a": "exp(w)", "s": "a + exp(v)", "p": "a/s", "C": "-log(p)"}, ["w", "v"]
    ),
    "undifferentiable corner of two": Model(
        {"a": "w*x", "b": "v*x", "C": "max(a, b) + min(a, b*b)"}, ["w", "v"]
    ),
}


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("detail", ["full", "textbook", "brief"])
def test_a_model_is_derived_right_at_every_detail(name, detail):
    model = MODELS[name]
    d = model.derive(detail=detail)
    check_gradient(model, d)
    assert d.verdict.status in ("proved", "sampled")
    full = model.derive(detail="full")
    assert len(d.steps) <= len(full.steps)
    for name_, expr in d.results.items():
        rng = random.Random(2)
        at = forward(d.record.graph, draw(d.record.graph, rng))
        assert close(
            value(expr, at, d.record.graph), value(full.results[name_], at, d.record.graph), 25
        )


ORDER_TWO = [
    ("sigmoid", "quadratic"), ("sigmoid", "bce"), ("tanh", "mse"), ("softplus", "log_cosh"),
    ("silu", "quadratic"), ("gelu", "huber"), ("relu", "quadratic"), ("elu", "mse"),
    ("identity", "soft_margin"), ("gaussian", "cauchy"), ("sin", "quadratic"), ("identity", "focal"),
    ("softplus", "tweedie"),
]  # fmt: skip


@pytest.mark.parametrize(("activation", "loss"), ORDER_TWO)
def test_second_derivatives_are_differences_of_differences(activation, loss):
    neuron = Neuron(activation, loss)
    d = neuron.derive(order=2)
    assert list(d.results) == ["w,w", "w,b", "b,b"]
    check_gradient(neuron, d, points=1)
    assert d.verdict.status in ("proved", "sampled")


@pytest.mark.parametrize(
    "name", ["two layers", "a shared weight", "several consumers", "a diamond", "a bilinear name"]
)
def test_second_derivatives_of_a_model(name):
    model = MODELS[name]
    check_gradient(model, model.derive(order=2), points=1)


def test_third_derivatives_go_the_same_way():
    d = Neuron("tanh", "mse").derive("w", order=3)
    graph = d.record.graph
    leaves = draw(graph, random.Random(4))
    w = symbol("w")
    composed = graph.unfold(graph.definitions[graph.cost])
    for v, body in reversed(graph.definitions.items()):
        composed = replace_all(composed, {v: graph.unfold(body)})
    truth = sp.diff(settle(composed), w, 3).evalf(
        40, subs={s: sp.Float(str(x), 50) for s, x in leaves.items()}
    )
    ours = value(d.results["w,w,w"], forward(graph, leaves), graph)
    assert close(ours, mp.mpf(str(truth)), 20)


# -- an unknown function ------------------------------------------------------------------------------------------


def test_an_undeclared_function_keeps_its_prime():
    model = Model(
        {"z": "w*x + b", "yhat": "g(z)", "C": "(y - yhat)**2/2"}, ["w", "b"], functions={"g": None}
    )
    d = model.derive()
    z, x, y, yhat = map(symbol, ("z", "x", "y", "yhat"))
    slope_of_g = next(n for n in walk(d.results["w"]) if isinstance(n, Prime))
    assert text(slope_of_g) == "g'(z)"
    assert sp.expand(d.results["w"] - (yhat - y) * slope_of_g * x) == 0
    assert d.verdict.status == "proved"
    second = model.derive(order=2)
    assert "g''(z)" in second.to_text()
    assert z in slope_of_g.free_symbols


def test_a_function_of_one_s_own_is_a_lemma():
    model = Model({"yhat": "g(w*x)", "C": "(y - yhat)**2"}, ["w"], functions={"g": "z**3 + z"})
    check_gradient(model, model.derive())


# -- kinks -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("build", ["neuron", "model"])
def test_a_convention_can_be_chosen(build):
    settings_ = {"yhat": {0: 0.5}}
    model = (
        Neuron("relu", kinks=settings_)
        if build == "neuron"
        else Model(
            {"z": "w*x + b", "yhat": "relu(z)", "C": "(y - yhat)**2/2"}, ["w", "b"], kinks=settings_
        )
    )
    d = model.derive()
    assert "at z = 0 we take ½" in d.to_text()
    z = symbol("z")
    lemma = next(s for s in d.lemmas if s.id == "lemma:relu:0")
    assert value(lemma.result, {z: mp.mpf(0)}, d.record.graph) == 0.5
    assert value(lemma.result, {z: mp.mpf(1)}, d.record.graph) == 1
    assert value(lemma.result, {z: mp.mpf(-1)}, d.record.graph) == 0


#  activation       place → what PyTorch returns there
CORNERS = {
    "relu": {0: 0}, "relu6": {0: 0, 6: 0}, "hardtanh": {-1: 0, 1: 0}, "hardsigmoid": {-3: 0, 3: 0},
    "leaky_relu(a=1/8)": {0: 0.125}, "elu(alpha=2)": {0: 2}, "celu(alpha=2)": {0: 1},
    "hardswish": {-3: 0, 3: 1}, "softshrink(lambda=1/2)": {-0.5: 0, 0.5: 0},
    "hardshrink(lambda=1/2)": {-0.5: 0, 0.5: 0}, "threshold(theta=1/4, v=0)": {0.25: 0}, "abs": {0: 0},
    "relu2": {0: 0}, "sinc": {0: 0},
}  # fmt: skip


@pytest.mark.parametrize("name", CORNERS)
def test_corners_take_what_pytorch_returns(name):
    d = Neuron(name).derive()
    lemma = next(s for s in d.lemmas if isinstance(s.left, Prime))
    graph, (z, *letters) = d.record.graph, lemma.left.args[0].args
    numbers = dict(zip(letters, d.record.graph.definitions[symbol("yhat")].args[1:], strict=True))
    for place, expected in CORNERS[name].items():
        at = {z: mp.mpf(place), **{s: value(n, {}) for s, n in numbers.items()}}
        assert value(lemma.result, at, graph) == expected


# -- chains -----------------------------------------------------------------------------------------------------------


def test_a_chain_grows_linearly():
    counts, sizes = {}, {}
    for length_ in (4, 8, 16):
        d = Model(*chain(length_)).derive()
        every = [s for section in d.sections for s in section.steps]
        counts[length_] = len(every)
        sizes[length_] = max(length(s.after) for s in every)
        assert d.verdict.status == "proved"
    first, second = counts[8] - counts[4], counts[16] - counts[8]
    assert second <= 2.2 * first
    assert sizes[16] <= sizes[8] + 2


def test_the_values_of_a_chain():
    model = Model(*chain(5))
    check_gradient(model, model.derive(), points=1)


# -- data ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["two layers", "several consumers", "three inputs"])
@pytest.mark.parametrize("order", [1, 2])
def test_every_step_begins_where_the_last_one_ended(name, order):
    d = MODELS[name].derive(order=order)
    ids = [s.id for s in (*d.lemmas, *d.sections)]
    assert len(set(ids)) == len(ids)
    for section in (*d.lemmas, *d.sections):
        assert section.steps[0].before == section.left
        assert all(a.after == b.before for a, b in pairwise(section.steps))
        assert all(s.after != s.before or s.note is not None for s in section.steps)
    left = {n for s in d.sections for n in walk(s.result) if isinstance(n, D)}
    assert left <= {s.left for s in d.sections}, "a derivative is quoted that was never derived"


def test_only_what_is_asked_is_derived():
    assert list(Neuron().derive("b").results) == ["b"]
    assert list(Neuron().derive("b", "w").results) == ["b", "w"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda n: n.derive("q"),
            "'q' is not a name of this model; it can be differentiated in w, b, x, y, z and yhat",
        ),
        (lambda n: n.derive("C"), "C is what is differentiated"),
        (lambda n: n.derive(order=0), "order=0"),
        (lambda n: n.derive(order=True), "order=True"),
        (lambda n: n.derive(order=99), "order=99"),
        (lambda n: n.derive(detail="long"), "brief, textbook and full"),
    ],
)
def test_what_is_not_known_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call(Neuron())


# -- formulas of one's own --------------------------------------------------------------------------------------------

OWN = [
    "z + 1", "3*z", "z*exp(z)", "z/(1 + z**2)", "z**3", "(1 + z**2)**z", "2**z", "exp(sin(z))",
    "log(1 + z**2)", "sin(z)*cos(z)", "tan(z/4)", "cot(z + 9)/9", "sec(z/4)", "csc(z/4 + 1.5)",
    "sinh(z)", "cosh(z)", "tanh(z)", "coth(z + 9)", "asin(z/9)", "acos(z/9)", "atan(z)", "asinh(z)",
    "acosh(2 + z**2)", "atanh(z/9)", "sqrt(1 + z**2)", "abs(z)", "z*sign(z)", "min(z, 1)",
    "max(z, z**2, 1)", "cases(z < -1: -1, z > 1: z**2, z)", "where(z > 0, z, exp(z))", "erf(z)", "erfc(z)",
    "log1p(exp(z))", "expm1(z)", "clip(z, -1, 1)", "z*tanh(log(1 + exp(z)))", "sigmoid(z)**2",
    "gelu(z) - silu(z)", "|z|^3", "e^(-z^2)", "(z^2)^(1/3)", "1/(1 + e^-z)", "exp(-abs(z))*sign(z)",
]  # fmt: skip


@pytest.mark.parametrize("formula", OWN)
def test_a_formula_of_one_s_own_is_derived(formula):
    neuron = Neuron(formula)
    check_gradient(neuron, neuron.derive())


PIECES = st.sampled_from(["z", "z", "z", "1", "2", "1/2", "0.3"])


def _formulas(inner: Any) -> Any:
    heads = st.sampled_from(
        ["exp({})", "log(2 + ({})^2)", "sin({})", "tanh({})", "sigmoid({})", "abs({})", "sqrt(1 + ({})^2)",
         "({})^2", "-({})", "1/(3 + ({})^2)", "atan({})", "relu({})", "erf({})", "sign({})*z", "softplus({})"]
    )  # fmt: skip
    joins = st.sampled_from(
        [
            "({}) + ({})",
            "({}) - ({})",
            "({})*({})",
            "max({}, {})",
            "where(z > 1/3, {}, {})",
            "({})/(2 + ({})^2)",
        ]
    )
    return st.one_of(
        st.builds(lambda h, u: h.format(u), heads, inner),
        st.builds(lambda h, u, v: h.format(u, v), joins, inner, inner),
    )


@pytest.mark.slow
@settings(max_examples=50, phases=[Phase.explicit, Phase.generate])
@given(st.recursive(PIECES, _formulas, max_leaves=4), st.integers(0, 9))
def test_a_random_formula_is_derived_or_refused(formula, seed):
    try:
        neuron = Neuron(formula)
        d = neuron.derive()
    except SymgdError as error:
        assert isinstance(error, InputError), (formula, error)  # noqa: PT017
        assert str(error).strip().endswith((".", "?", "^"))  # noqa: PT017
        return
    with mp.workdps(DIGITS):
        rng = random.Random(seed)
        graph = d.record.graph
        try:
            leaves = draw(graph, rng, most=5)
        except AssertionError:
            assume(False)
        for name, expr in d.results.items():
            truth = slope(graph, leaves, symbol(name))
            assert close(value(expr, forward(graph, leaves), graph), truth, 12), (
                formula,
                name,
                expr,
            )


@pytest.mark.parametrize(
    "text",
    [
        "(w + w^(1e-3))*(tanh(w) - 1)",
        "exp(0.001*w) + exp(w)/(1 + exp(0.777*w))",
        "w^(1/997)/(1 + w)",
        "(w^31.7 + w^0.013)/w",
    ],
)
def test_exponents_far_apart_are_no_polynomials(text: str) -> None:
    """w + w^(1/1000) is of degree 1000 in w^(1/1000): dividing such polynomials took minutes."""
    assert is_steep(settle(Model({"C": text}, ["w"]).graph.definitions[symbol("C")]))
    assert Model({"C": text}, ["w"]).derive().verdict.status in ("proved", "sampled")


@pytest.mark.parametrize("text", ["w^2 + w^(1/2)", "exp(w)/(1 + exp(2*w))", "tanh(w)^3*w^(-5)"])
def test_exponents_that_are_near_are(text: str) -> None:
    assert not is_steep(settle(Model({"C": text}, ["w"]).graph.definitions[symbol("C")]))
