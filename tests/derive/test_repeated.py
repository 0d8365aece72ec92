"""Formulas that a model spells out are told once, as functions, and end in its own names."""

from __future__ import annotations

import json

import pytest
import sympy as sp

from symgd import Model
from symgd.derive.repeated import with_repeated_named

MISH = "{0}*tanh(log(1+exp({0})))"


def network(shape: str, **options) -> Model:
    """Two units of the same shape, one after the other."""
    return Model(
        {
            "u": "a*x + c",
            "p": shape.format("u"),
            "v": "b*p",
            "q": shape.format("v"),
            "C": "(q - y)^2/2",
        },
        ["a", "b", "c"],
        **options,
    )


def slope_by_sympy(shape: str, name: str, point: dict[str, float]) -> float:
    """∂C/∂name of the same network, all of it put into one expression."""
    letters = {n: sp.Symbol(n) for n in point}
    read = {**letters, "log": sp.log, "exp": sp.exp, "tanh": sp.tanh, "sqrt": sp.sqrt}

    def unit(u):
        return sp.sympify(shape.replace("^", "**").format("(u_)"), {**read, "u_": u})

    a, b, c, x, y = (letters[n] for n in "abcxy")
    q = unit(b * unit(a * x + c))
    values = {letters[n]: value for n, value in point.items()}
    return float(sp.diff((q - y) ** 2 / 2, letters[name]).subs(values))


SHAPES = [
    "1/(1 + exp(-{0}))",
    "1/(exp(-{0}) + 1)",
    MISH,
    "{0}/sqrt(1 + {0}^2)",
    "log(1 + exp({0}))",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_derived_once_and_the_slopes_stay_right(shape):
    derivation = network(shape).derive()
    of_functions = [s for s in derivation.lemmas if s.function]
    assert len(of_functions) == 1
    point = {"a": 0.7, "b": -1.3, "c": 0.2, "x": 0.9, "y": 0.4}
    worked = derivation.at(**point)
    for name in "abc":
        assert abs(worked.gradient[name] - slope_by_sympy(shape, name, point)) < 1e-12


@pytest.mark.parametrize(
    ("shape", "slope"),
    [
        ("1/(1 + exp(-{0}))", "q*(1 - q)"),
        ("1/(exp(-{0}) + 1)", "q*(1 - q)"),
        ("(exp({0}) - exp(-{0}))/(exp({0}) + exp(-{0}))", "1 - q**2"),
    ],
)
def test_a_formula_of_the_catalogue_ends_in_the_names_of_the_model(shape, slope):
    result = sp.sympify(str(network(shape).derive("v").results["v"]))
    assert sp.expand(result - sp.sympify(f"(q - y)*({slope})")) == 0


def test_what_was_typed_stands_on_the_page_and_in_the_data():
    derivation = network(MISH).derive()
    text = derivation.to_text()
    assert "p = u·tanh(ln(1 + e^u)) = g(u)" in text
    assert "g(z) = z·tanh(ln(1 + e^z))" in text
    assert r"= g(u)" in derivation.to_latex()
    assert (
        json.loads(derivation.to_json())["model"]["definitions"]["p"] == "u*tanh(log(1 + exp(u)))"
    )


def test_cases_that_are_repeated_are_told_once():
    assert network("max(0, {0})").derive().to_text().count("derivative of a maximum") == 1


@pytest.mark.parametrize(
    ("definitions", "parameters"),
    [
        # one occurrence of a shape without a name, and shapes of a line
        ({"u": "a*x", "p": MISH.format("u"), "C": "(p - y)^2"}, ["a"]),
        ({"u": "a*x", "p": "u^2", "v": "b*p", "q": "v^2", "C": "(q - y)^2"}, ["a", "b"]),
        # σ is a name of the model
        ({"u": "sigma*x", "p": "1/(1+exp(-u))", "C": "(p - y)^2"}, ["sigma"]),
    ],
)
def test_other_formulas_stay_where_they_are(definitions, parameters):
    model = Model(definitions, parameters)
    page = model.derive().to_text().split("\n\n")[0]
    assert not any(line.count(" = ") > 1 for line in page.splitlines())


def test_a_letter_of_the_model_is_not_taken_for_a_function():
    definitions = {
        "g": "a*x", "h_1": MISH.format("g"), "v": "b*h_1", "q": MISH.format("v"), "C": "(q - y)^2"
    }  # fmt: skip
    text = Model(definitions, ["a", "b"]).derive().to_text()
    assert "q = v·tanh(ln(1 + e^v)) = f(v)" in text


def test_a_declared_corner_keeps_a_formula_where_it_stands():
    model = Model(
        {"u": "a*x", "p": "max(0, u)", "v": "b*p", "q": "max(0, v)", "C": "(q - y)^2"},
        ["a", "b"], kinks={"p": {0: 1}},
    )  # fmt: skip
    text = model.derive().to_text()
    assert "at u = 0 we take 1" in text
    assert "at v = 0 we take 0" in text


# -- arguments that are no names ------------------------------------------------------------------

SIGMOIDS = [
    # what is typed at the argument u, and what it is called
    ("1/(1 + exp(-({0})))", "sigmoid({0})"),
    ("1/(exp(-({0})) + 1)", "sigmoid({0})"),
    ("exp({0})/(1 + exp({0}))", "sigmoid({0})"),
    ("1/(1 + exp({0}))", "sigmoid(-({0}))"),
    ("1/(1 + exp(-2*alpha*({0})))", "sigmoid(2*alpha*({0}))"),
    ("(exp({0}) - exp(-({0})))/(exp({0}) + exp(-({0})))", "tanh({0})"),
    ("(exp(2*({0})) - 1)/(exp(2*({0})) + 1)", "tanh({0})"),
    ("(1 - exp(-2*({0})))/(1 + exp(-2*({0})))", "tanh({0})"),
    ("exp(-({0})^2/2)/sqrt(2*pi)", "phi({0})"),
    ("3*alpha/(1 + exp(-({0}))) - x", "3*alpha*sigmoid({0}) - x"),
]


def in_units(shape: str) -> Model:
    """Two hidden units and one above them, whose sums have no names."""
    return Model(
        {
            "h1": shape.format("w1*x + b1"),
            "h2": shape.format("w2*x + b2"),
            "yhat": shape.format("v1*h1 + v2*h2 + c"),
            "C": "(yhat - y)^2/2",
        },
        ["w1", "b1", "w2", "b2", "v1", "v2", "c"],
    )


POINT = {
    "w1": 0.7, "b1": -0.4, "w2": -1.1, "b2": 0.3, "v1": 0.9, "v2": -0.6, "c": 0.2,
    "x": 0.8, "y": 0.5, "alpha": 1.3,
}  # fmt: skip


@pytest.mark.spread(2)
@pytest.mark.parametrize(("written", "called"), SIGMOIDS)
def test_a_known_formula_of_an_expression_is_told_once(written, called):
    typed, named = in_units(written), in_units(called)
    derivation = typed.derive()
    assert len([s for s in derivation.lemmas if s.function]) <= 1
    text = derivation.to_text()
    assert text.count("reciprocal rule") + text.count("quotient rule") <= 1
    point = {n: POINT[n] for n in (*typed.parameters, *typed.inputs)}
    found, expected = derivation.at(**point).gradient, named.derive().at(**point).gradient
    assert found == pytest.approx(expected, rel=1e-12)
    # and against differences, of the formulas as they were typed
    cost = typed.compile()
    for name in ("w1", "c"):
        above, below = ({**point, name: point[name] + h} for h in (1e-6, -1e-6))
        slope = (cost(**above)[0] - cost(**below)[0]) / 2e-6
        assert found[name] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_a_network_whose_sums_have_no_names_is_told_by_its_sums():
    text = in_units("1/(1 + exp(-({0})))").derive().to_text()
    assert "h₁ = 1/(1 + e^(−(w₁x + b₁))) = σ(z₁)" in text
    assert "∂C/∂z₁ = ∂C/∂z·v₁h₁(1 − h₁)" in text
    assert int(text.rpartition(" steps")[0].split()[-1]) <= 35


def test_a_name_of_the_model_is_no_name_of_a_sum():
    model = Model(
        {"h1": "tanh(w1*x + b1)", "z": "tanh(w2*h1 + b2)", "C": "(z - s)^2"},
        ["w1", "b1", "w2", "b2"],
    )
    assert "h₁ = tanh(w₁x + b₁) = tanh(u₁)" in model.derive().to_text()


@pytest.mark.parametrize(
    "shape", ["s{0}*tanh(log(1 + exp(alpha*s{0})))", "log(1 + exp(s{0} - alpha*s{0}^2))"]
)
def test_a_formula_with_a_parameter_is_told_once(shape):
    model = Model(
        {
            "s1": "w1*x", "s2": "w2*x", "h1": shape.format(1), "h2": shape.format(2),
            "yhat": "h1 + 2*h2", "C": "(yhat - y)^2/2",
        },
        ["w1", "w2", "alpha"],
    )  # fmt: skip
    derivation = model.derive()
    assert " = g(s₁)\n" in derivation.to_text().split("\n\n")[0]
    point = {"w1": 0.7, "w2": -0.4, "alpha": 1.2, "x": 0.9, "y": 0.3}
    found, cost = derivation.at(**point).gradient, model.compile()
    for name in ("w1", "w2", "alpha"):
        above, below = ({**point, name: point[name] + h} for h in (1e-6, -1e-6))
        slope = (cost(**above)[0] - cost(**below)[0]) / 2e-6
        assert found[name] == pytest.approx(slope, rel=1e-6, abs=1e-9)


def test_a_name_that_the_argument_moves_is_no_parameter_of_a_formula():
    model = Model(
        {
            "s1": "w1*x", "s2": "w2*x", "T": "s1 + s2",
            "h1": "exp(s1)*log(1 + T*T)*s1", "h2": "exp(s2)*log(1 + T*T)*s2", "C": "h1*h2",
        },
        ["w1", "w2"],
    )  # fmt: skip
    assert "g(s₁)" not in model.derive().to_text()


@pytest.mark.parametrize("name", ["z", "u", "g", "_".join("zz")])
@pytest.mark.parametrize("shape", ["1/(1 + exp(-{0}))", MISH])
def test_the_argument_may_have_any_name(name, shape):
    other = "v" if name != "v" else "u"
    model = Model(
        {name: "a*x", "p": shape.format(name), other: "b*p", "q": shape.format(other),
         "C": "(q - y)^2"},
        ["a", "b"],
    )  # fmt: skip
    derivation = model.derive()
    assert len([s for s in derivation.lemmas if s.function]) == 1
    point = {"a": 0.4, "b": -0.8, "x": 1.3, "y": 0.2}
    cost = model.compile()
    ahead, behind = (cost(**{**point, "a": 0.4 + h})[0] for h in (1e-6, -1e-6))
    assert derivation.at(**point).gradient["a"] == pytest.approx((ahead - behind) / 2e-6, rel=1e-6)


COSTS = [
    "-(y*log(1/(1 + exp(-z))) + (1 - y)*log(1 - 1/(1 + exp(-z))))",
    "-y*log(1/(1 + exp(-z))) - (1 - y)*log(exp(-z)/(1 + exp(-z)))",
    "-y*log(exp(z)/(1 + exp(z))) - (1 - y)*log(1/(1 + exp(z)))",
]


@pytest.mark.parametrize("cost", COSTS)
def test_a_sigmoid_in_the_cost_is_told_once_and_as_one(cost):
    derivation = Model({"z": "w*x + b", "C": cost}, ["w", "b"]).derive()
    assert "σ(−z)" not in derivation.to_text()
    assert "∂C/∂b = σ(z) − y" in derivation.to_text().rpartition("The gradient")[2]


def test_what_is_the_whole_of_a_definition_is_a_call_and_ends_in_its_name():
    model = Model({"s": "w*x + b", "p": "1/(1 + exp(s))", "C": "(p - y)^2/2"}, ["w", "b"])
    text = model.derive().to_text()
    assert "p = 1/(1 + e^s) = σ(−s)" in text
    assert "σ" not in text.rpartition("The gradient")[2]


def test_where_every_letter_is_a_constant_of_the_formula_it_stays_where_it_is():
    shape = "1/(z + u*exp(-{}*t)*v*x)"
    model = Model({"p": shape.format("a"), "q": shape.format("b"), "C": "p*q"}, ["a", "b"])
    text = model.derive().to_text()
    assert "g(" not in text
    assert model.derive().verdict.status == "proved"


def test_the_argument_is_no_name_that_moves_with_a_constant_of_the_formula():
    """∂g/∂s of g(z) would be read in two ways where z = ws."""
    shape = "1/(s + exp(-{}*s)*s)"
    model = Model(
        {"z": "w*s", "p": shape.format("z"), "q": shape.format("y"), "C": "p*q"}, ["w", "s"]
    )
    text = model.derive().to_text()
    assert "g(u) =" in text
    assert "g(z) =" not in text


def test_what_is_one_number_to_sympy_is_no_formula_that_is_repeated():
    """(w - w)/(u - u) has no value, and {0 if y² ≥ 0; w otherwise} is 0: no call of one another."""
    definitions = {"z": "exp(0*y)", "h": "where(-square(y) - 1 < 0, 0, w)", "p": "(w - w)/(z - z)"}
    model = Model({**definitions, "C": "p*h + w*y"}, ["w", "y"])
    assert not {*with_repeated_named(model.graph).functions} - {*model.graph.functions}
