"""A derivative that has cases is told once, and carried by its name on every page."""

from __future__ import annotations

import pytest
import sympy as sp

from symgd import Model, Neuron

NETWORK = {
    "z1": "w1*x + b1", "h": "relu(z1)", "z2": "w2*h + b2", "yhat": "relu(z2)", "C": "(yhat - y)^2/2"
}  # fmt: skip
OWN = "cases(z > 1: z, z < -1: -z, z^2)"


def of_relu(order: int = 1):
    return Neuron("relu").derive(order=order)


@pytest.mark.parametrize("order", [1, 2])
def test_cases_stand_in_the_lemma_and_in_the_gradient_alone(order):
    blocks = of_relu(order).to_text().split("\n\n")
    within = [b.splitlines()[0] for b in blocks if "{1 if z > 0" in b]
    assert all(t.startswith(("Lemma", "The gradient", "The second")) for t in within)
    assert any("(ŷ − y)ReLU'(z)" in b for b in blocks)


def test_the_gradient_says_what_the_name_is():
    *_, gradient, _ = of_relu().to_text().split("\n\n")
    assert gradient.splitlines()[2:] == [
        "  ReLU'(z) = {1 if z > 0; 0 otherwise}",
        "     ∂C/∂w = (ŷ − y)ReLU'(z)x",
        "     ∂C/∂b = (ŷ − y)ReLU'(z)",
    ]


def test_outputs_in_the_cases_are_names_too():
    text = Neuron("elu(alpha=1/2)", "huber(delta=1)").derive().to_text()
    assert "ELU'(z) = {1 if z > 0; ŷ + ½ otherwise}" in text
    assert "∂C/∂w = C'(ŷ)ELU'(z)x\n" in text


def test_each_argument_has_its_own():
    text = Model(NETWORK, ["w1", "b1", "w2", "b2"]).derive().to_text()
    assert "ReLU'(z₁) = {1 if z₁ > 0; 0 otherwise}" in text
    assert "∂C/∂z₁ = ∂C/∂z₂·w₂ReLU'(z₁)" in text


def test_data_and_steps_have_the_cases():
    derivation = of_relu()
    assert derivation.results["w"].has(sp.Piecewise)
    assert "cases(" in derivation.to_json() or "where(" in derivation.to_json()


@pytest.mark.parametrize("format", ["latex", "markdown", "html"])
def test_every_format_has_the_name(format):
    page = getattr(of_relu(), f"to_{format}")()
    assert page.count("otherwise") <= 7


@pytest.mark.parametrize("order", [1, 2])
@pytest.mark.parametrize("activation", ["relu", "elu(alpha=0.3)", "hardswish", OWN])
@pytest.mark.parametrize("loss", ["huber(delta=0.7)", "quadratic"])
def test_no_line_is_longer_than_110_columns(activation, loss, order):
    if activation == OWN:
        model = Model({"z": "w*x + b", "yhat": OWN, "C": "(yhat - y)^2/2"}, ["w", "b"])
        text = model.derive(order=order).to_text()
    else:
        text = Neuron(activation, loss).derive(order=order).to_text()
    assert max(map(len, text.splitlines())) <= 110
    titles = [b.splitlines()[0] for b in text.split("\n\n")]
    assert len(titles) == len(set(titles))


def test_numbers_have_one_form_on_a_page():
    worked = Model({"z": "w*x", "C": "1e-7*z^2"}, ["w"]).derive().at(w=1e-7, x=3)
    text, tex = worked.to_text(), worked.to_latex()
    assert "w = 10⁻⁷" in text
    assert "C = 10⁻⁷z²" in text
    assert "e−0" not in text
    assert "0.0000001" not in text
    assert "w &= 10^{-7}" in tex
    assert "e-0" not in tex


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "zh"])
def test_no_two_lemmas_have_one_title(language):
    model = Model({"u": "a*x", "v": "b*x", "C": "sin(u*v) + v^2/u"}, ["a", "b"])
    for order in (1, 2):
        text = model.derive(order=order).to_text(language=language)
        titles = [b.splitlines()[0] for b in text.split("\n\n")]
        # what stands behind the number of a lemma
        about = ["".join(c for c in t if not c.isdigit()) for t in titles]
        assert len(about) == len(set(about))


def test_an_exponential_with_a_name_is_said_to_be_opened():
    definitions = {"z1": "w1*x", "z2": "w2*x", "e1": "exp(z1)", "e2": "exp(z2)", "s": "e1 + e2",
                   "p1": "e1/s", "p2": "e2/s", "C": "-y1*log(p1) - y2*log(p2)"}  # fmt: skip
    derivation = Model(definitions, ["w1", "w2"]).derive()
    assert "definition of pᵢ and eᵢ" in derivation.to_text()
    assert '"detail": "p_i, e_i"' in derivation.to_json()
    assert "definition of $p_i$ and $e_i$" in derivation.to_latex()
