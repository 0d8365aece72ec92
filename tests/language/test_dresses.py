r"""How a model is written: the LaTeX of names, the styles of books, digits, numbers as typed."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from symgd import Model, Network, Neuron
from symgd.api.files import read_model
from symgd.cli import main
from symgd.errors import FormulaError, InputError, ModelError
from symgd.language.dresses import ACCENTS, ALPHABETS, LETTERS, plain_name, read_dress, undress
from symgd.trees.names import GREEK, latex_name, unicode_name
from symgd.trees.notation import Named, layers_of, written
from symgd.trees.styles import STYLES

CHAIN = {
    "z1": "w1*x + b1", "a1": "sigmoid(z1)", "z2": "w2*a1 + b2", "a2": "sigmoid(z2)",
    "C": "(a2 - y)^2/2 + lam*w1^2",
}  # fmt: skip
LEAVES = ("w1", "b1", "w2", "b2")


# -- the LaTeX of a name --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "latex", "text"),
    [
        ("a^{(1)}", "a^{(1)}", "a⁽¹⁾"),
        ("a^{[1]}", "a^{[1]}", "a^[1]"),
        ("a^l", "a^{l}", "aˡ"),
        (r"\mathbf{x}", r"\mathbf{x}", "𝐱"),
        (r"\boldsymbol\theta", r"\boldsymbol{\theta}", "𝛉"),
        (r"\lambda", r"\lambda", "λ"),
        ("λ", r"\lambda", "λ"),
        (r"\hat{y}_{ij}", r"\hat{y}_{ij}", "ŷᵢⱼ"),
        ("ŷ", r"\hat{y}", "ŷ"),
        (r"\mathcal{L}", r"\mathcal{L}", "ℒ"),
        (r"\mathrm{loss}", r"\mathrm{loss}", "loss"),
        (r"W^{(2)}_{ji}", r"W^{(2)}_{ji}", "W⁽²⁾ⱼᵢ"),
        (r"\tilde W", r"\tilde{W}", "W̃"),
        (r"\bm{w}", r"\boldsymbol{w}", "𝐰"),
        ("x'", "x'", "x′"),
        ("a^{<t>}", "a^{{<}t{>}}", "a^(<t>)"),
        (r"\text{<script>}", r"\mathrm{{<}script{>}}", "<script>"),
    ],
)
def test_a_dress(typed: str, latex: str, text: str) -> None:
    assert read_dress(typed) == (latex, unicodedata.normalize("NFC", text)) or read_dress(
        typed
    ) == (latex, text)
    # What is written is read again as itself.
    assert read_dress(latex)[0] == latex


@pytest.mark.parametrize(
    "typed",
    [
        r"\input{x}", r"\write18{ls}", r"\def\a{b}", "<b>", "a$b", "a%b", "a&b", "a#b", "a~b",
        r"\href{x}{y}", "a^b^c", "{a", "a}", "", "12", "(1)", "a b" + "c" * 90, r"\\", "\\",
        r"\csname a\endcsname", "a\u202eb", r"a_", "^2", r"\color{red}{a}", "{" * 9 + "a" + "}" * 9,
    ],
)  # fmt: skip
def test_what_is_no_name(typed: str) -> None:
    with pytest.raises(FormulaError):
        read_dress(typed)


@given(st.text(max_size=60))
def test_nothing_gets_past_the_tables(typed: str) -> None:
    """Whatever is typed is refused, or is commands and signs of the tables, braces closed."""
    try:
        latex, text = read_dress(typed)
    except FormulaError:
        return
    assert {*re.findall(r"\\([A-Za-z]+)", latex)} <= {*LETTERS, *ACCENTS, *ALPHABETS}
    assert not set(re.sub(r"\\[A-Za-z]+", "", latex)) & set('$%&#~\\<"`\n\0')
    assert latex.count("{") == latex.count("}")
    assert text.isprintable()
    assert read_dress(latex)[0] == latex


def test_every_command_has_its_letter() -> None:
    for command, letter in LETTERS.items():
        assert read_dress(rf"a_{{\{command}}}")[1].startswith("a")
        assert command in ("ast", "cdot", "prime", "top") or letter in read_dress(
            rf"a_{{\{command}}}"
        )[1] or GREEK.get(command)  # fmt: skip


# -- names by their letters -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "latex", "text"),
    [
        ("lam", r"\lambda", "λ"),
        ("eps", r"\epsilon", "ε"),
        ("w_ji", "w_{ji}", "wⱼᵢ"),
        ("w_ijk", "w_{ijk}", "wᵢⱼₖ"),
        ("W_xh", "W_{xh}", "Wₓₕ"),
        ("w_in", r"w_{\mathrm{in}}", "w_in"),
        ("x_max", r"x_{\mathrm{max}}", "x_max"),
        ("w_1_ji", "w_{1,ji}", "w₁\u2009ⱼᵢ"),
    ],
)
def test_letters(name: str, latex: str, text: str) -> None:
    assert latex_name(name) == latex
    assert unicode_name(name) == text


def test_lam_beside_lambda() -> None:
    """Two names are never written alike."""
    page = Model({"C": "lam*w^2 + lambda*w"}, ["w"]).derive().to_latex()
    assert r"\mathrm{lam} \cdot" in page or r"\mathrm{lam}" in page
    names = written(
        Model({"C": "lam*w^2 + lambda*w"}, ["w"]).graph.notation, Named(("lam", "lambda"), "C")
    )
    assert {"lam", "lambda"} <= names.keys()


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("z^{(1)}", "z_1"), ("z^{(l-1)}", "z_lm1"), ("w_{ji}", "w_ji"), ("w^{[2]}_{ji}", "w_2_ji"),
        (r"\hat{y}", "yhat"), (r"\lambda", "lambda"), (r"\mathbf{x}", "x"), ("ŷ", "yhat"),
        ("w₁", "w1"), ("a⁽²⁾", "a_2"), (r"\mathbf{W}^{(1)}", "W_1"), ("β", "beta"),
    ],
)  # fmt: skip
def test_a_name_typed_in_its_dress(typed: str, name: str) -> None:
    assert plain_name(typed, {}) == name


def test_formulas_in_dress() -> None:
    model = Model(
        {
            "z^{(1)}": "w^{(1)}*x + b",
            r"\hat{y}": "σ(z^{(1)})",
            "E": r"(\hat{y} - y)^2/2 + \lambda*b^2",
        },
        ["w^{(1)}", "b"],
    )
    assert model.parameters == ("w_1", "b")
    assert set(model.inputs) == {"x", "y", "lambda"}
    page = model.derive().to_latex()
    assert r"z^{(1)} &= w^{(1)} x + b" in page
    assert r"\hat{y} &= \sigma\left(z^{(1)}\right)" in page
    assert "z⁽¹⁾ = w⁽¹⁾x + b" in model.derive().to_text()
    value, slopes = model.compile()(w_1=0.5, b=2.0, x=3.0, y=0.0, **{"lambda": 0.0})
    assert value == Neuron().compile()(w=0.5, b=2.0, x=3.0, y=0.0)[0]
    assert set(slopes) == {"w_1", "b"}


def test_a_superscript_is_no_exponent_and_takes_brackets() -> None:
    page = Model({"C": "a^{(1)}^2 + a^{(1)}*w"}, ["w", "a^{(1)}"]).derive().to_latex()
    assert r"\left(a^{(1)}\right)^2" in page
    assert "^{(1)}^" not in page


def test_two_dresses_of_one_name() -> None:
    with pytest.raises(FormulaError, match="both the name a_1"):
        Model({"C": "a^{(1)} + a_{1}"}, ["a^{(1)}"])
    undress(r"a^{(1)} + a^{(1)}", {})


@pytest.mark.parametrize(
    "definitions",
    [
        {"C": "x_1*w + x^{(1)}*w^2"},
        {"C": "x^{(1)}*w + w^2/x_1"},
        {"x_1": "2*w", "C": "x^{(1)}^2"},
        {"x^{[1]}": "2*w", "C": "x_1^2"},
    ],
)
def test_high_and_low_are_not_one_name(definitions: dict[str, str]) -> None:
    with pytest.raises(FormulaError, match="both the name x_1; write one of them otherwise"):
        Model(definitions, ["w"])
    # x_12 and sin(x)_1 are others, and a parameter is given by its name
    Model({"C": "x_12*w + x^{(1)}*w^2 + ax_1"}, ["w"])
    assert Model({"C": "x^{(1)}^2"}, ["x_1"]).parameters == ("x_1",)


#  definitions of a model, and what bishop calls them
ROWS = {
    "a row": ({"p1": "w*x", "p2": "w*u", "C": "(p1 - y1)^2 + (p2 - y2)^2"}, "y₁ y₂ E"),
    "a penalty": ({"p": "w*x", "R": "lam*w^2", "C": "(p - y)^2 + R"}, "y R E"),
    "a penalty before": ({"R": "lam*w^2", "p": "w*x", "C": "(p - y)^2 + mu*R"}, "R y E"),
    "terms": ({"p1": "w*x", "p2": "w*u", "e1": "(p1 - y1)^2", "e2": "(p2 - y2)^2",
               "C": "(e1 + e2)"}, "y₁ y₂ e₁ e₂ E"),
    "no row": ({"pa": "w*x", "pb": "w*u", "C": "(pa - ya)^2 + (pb - yb)^2"}, "pa pb E"),
    "one on the way": ({"s": "w*x", "p": "s^2", "C": "(p - y)^2 + s^2"}, "s y E"),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_a_style_dresses_all_of_a_row_or_none(name: str) -> None:
    definitions, called = ROWS[name]
    page = Model(definitions, ["w"], notation="bishop").derive().to_text().split("\n\n")[0]
    assert [line.split(" = ")[0].strip() for line in page.splitlines()[2:]] == called.split()


def test_a_function_is_told_from_a_name_of_its_letter() -> None:
    of_scalars = Model({"z": "w*x", "C": "(sigmoid(z) - y)^2/sigma^2 + log(sigma)"}, ["w", "sigma"])
    page = of_scalars.derive().to_text()
    assert "sigmoid'(z)" in page
    assert "σ(" not in page.replace("ln(σ)", "").replace("∂/∂σ(", "")
    assert r"\mathrm{sigmoid}(z)" in of_scalars.derive().to_latex()
    of_arrays = Model(
        {"C": "sum(sigmoid(sigma*x) - y)"}, ["sigma"], shapes={"sigma": (), "x": "n", "y": "n"}
    )
    page = of_arrays.derive().to_text()
    assert "sum(sigmoid(σx) − y)" in page
    assert "σ(" not in page
    # and where no name has it, the letter stays the function's
    assert "σ(z)" in Neuron().derive().to_text()


# -- what a declared name hides -------------------------------------------------------------------


def test_no_word_is_kept_from_a_name() -> None:
    """E, pi, D, P, where, tanh: what the definitions and parameters declare is a name."""
    for word in ("E", "e", "pi", "D", "P", "Prime", "where", "cases", "indicator", "sigma", "phi",
                 "gamma", "tanh", "relu", "log", "max", "abs", "beta", "softplus"):  # fmt: skip
        model = Model({"z": f"{word}*x + 1", "C": "z^2"}, [word])
        value, slopes = model.compile()(**{word: 2.0}, x=3.0)
        assert (value, slopes[word]) == (49.0, 42.0), word
        assert model.derive().verdict.status == "proved"
        model = Model({word: "w*x", "C": f"{word}^2"}, ["w"])
        assert model.compile()(w=2.0, x=3.0)[1]["w"] == 36.0, word
        model = Model({"C": f"(w - {word})^2"}, ["w"], domains={word: "real"})
        assert model.compile()(w=2.0, **{word: 3.0})[1]["w"] == -2.0, word


@pytest.mark.parametrize(
    ("formula", "name", "said"),
    [
        ("sigma(x) + sigma", "sigma", "hides the function sigma.*sigmoid"),
        ("gamma(x) + gamma", "gamma", "hides the function gamma.*tgamma"),
        ("tanh(x)*tanh", "tanh", "hides the function tanh"),
        ("where(x > 0, 1, where)", "where", "hides the function where"),
        ("q(x) + q", "q", "no function"),
    ],
)
def test_a_name_that_hides_a_function_says_so(formula: str, name: str, said: str) -> None:
    with pytest.raises(FormulaError, match=said):
        Model({"C": formula}, [name])


def test_signs_in_letters_stay() -> None:
    for word in ("and", "or", "not"):
        with pytest.raises(ModelError, match="joins conditions"):
            Model({"C": "w^2", word: "C"}, ["w"])


# -- tables and styles ----------------------------------------------------------------------------


def test_a_table() -> None:
    notation = {"a1": r"a^{(1)}", "x": r"\mathbf{x}", "w1": (r"\omega", "om")}
    derivation = Model(CHAIN, LEAVES, notation=notation).derive()
    text, latex = derivation.to_text(), derivation.to_latex()
    assert "z₁ = om·𝐱 + b₁" in text.replace("om𝐱", "om·𝐱")
    assert r"a^{(1)} &= \sigma(z_1)" in latex
    assert r"\omega \mathbf{x}" in latex
    # Data and code keep the names of the model.
    assert set(derivation.results) == set(LEAVES)
    assert '"a1"' in derivation.to_json()


@pytest.mark.parametrize("style", STYLES)
def test_a_style_changes_letters_and_nothing_else(style: str) -> None:
    plain, styled = (Model(CHAIN, LEAVES, notation=n).derive() for n in ("plain", style))
    assert styled.results == plain.results
    assert len(styled.steps) == len(plain.steps)
    assert [s.rule for s in styled.steps] == [s.rule for s in plain.steps]
    network = Network([2, 3, 1], "tanh", batch=False, notation=style)
    page = network.derive().to_latex(style="backprop")
    assert page.count("{") == page.count("}")
    written_names = [latex for latex, _ in network.graph.spelling.names.values()]
    assert len(set(written_names)) == len(written_names)


#  style         the neuron                        a layer                        its slope
BOOKS = {
    "nielsen": ("C = ½(y − a)²", "a¹ = σ(z¹)", "∂C/∂w¹"),
    "bishop": ("E = ½(t − y)²", "z⁽¹⁾ = σ(a⁽¹⁾)", "∂E/∂w⁽¹⁾"),
    "goodfellow": ("J = ½(y − ŷ)²", "h⁽¹⁾ = σ(a⁽¹⁾)", "∂J/∂w⁽¹⁾"),
    "ng": ("J = ½(y − ŷ)²", "a^[1] = σ(z^[1])", "∂J/∂w^[1]"),
    "d2l": ("L = ½(y − ŷ)²", "h⁽¹⁾ = σ(z⁽¹⁾)", "∂L/∂w⁽¹⁾"),
}


@pytest.mark.parametrize("style", BOOKS)
def test_the_letters_of_a_book(style: str) -> None:
    cost, layer, slope = BOOKS[style]
    assert cost in Neuron(notation=style).derive().to_text()
    page = Model(CHAIN, LEAVES, notation=style).derive().to_text()
    assert layer in page
    assert slope in page
    assert STYLES[style].source


def test_arrays_in_a_book() -> None:
    page = Network([2, 3, 1], "tanh", notation="goodfellow").derive().to_latex(style="backprop")
    assert r"\nabla_{\mathbf{W}^{(1)}} J" in page
    assert r"\left(\mathbf{W}^{(1)}\right)^{\top}" in page
    assert r"\mathbf{H}^{(l-1)}" in page
    assert r"\mathbf{H}^{(0)} &= \mathbf{X}" in page


def test_a_style_steps_back_where_the_model_means_another() -> None:
    """y is not written t where the model has a t of its own."""
    model = Model({"z": "w*t", "C": "(z - y)^2"}, ["w"], notation="bishop")
    page = model.derive().to_text()
    assert "a = wt" in page
    assert "(a − y)²" in page


def test_layers() -> None:
    """An index is a layer's where each rests on the one before; inputs of one layer are none."""
    chain = {"z1": ("w1", "x"), "a1": ("z1",), "z2": ("w2", "a1"), "C": ("z2", "y")}
    assert layers_of(chain) == {"z1": "1", "a1": "1", "z2": "2", "w1": "1", "w2": "2"}
    beside = {"z1": ("w1", "x1"), "z2": ("w2", "x2"), "C": ("z1", "z2")}
    assert layers_of(beside) == {}


def test_digits_and_numbers_as_typed() -> None:
    point = {"w": 0.5, "b": 2, "x": 3, "y": 0.123456789}
    assert "= σ(3.5) = 0.9707" in Neuron().derive().at(point).to_text()
    page = Neuron(notation={"digits": 9}).derive().at(point).to_text()
    assert "0.970687769" in page
    assert "0.970687769" in Neuron().derive().at(point).to_json()  # data have all digits
    decimals = Model({"C": "(0.1*w - y)^2 + 0.25*w"}, ["w"]).derive().to_text()
    assert "(0.1w − y)² + 0.25w" in decimals
    fractions = Model({"C": "(1/10*w - y)^2 + 1/4*w"}, ["w"]).derive().to_latex()
    assert r"\frac{1}{10} w" in fractions
    assert "0.1" not in fractions


def test_numbers_put_in_are_factors() -> None:
    model = Model({"z": "w1*x1 + w2*x2 + b", "C": "z^2"}, ["w1", "w2", "b"])
    page = model.derive().at(w1=1, x1=1, w2=-3, x2=0, b=-0.5).to_text()
    assert "= 1·1 + (−3)·0 − 0.5 = 0.5" in page


@pytest.mark.parametrize(
    ("notation", "said"),
    [
        ("bishopp", "Did you mean 'bishop'"),
        ({"q": "a"}, "no name of this model"),
        ({"w": "a", "x": "a"}, "alike"),
        ({"digits": 0}, "whole number from 1"),
        ({"digits": True}, "whole number from 1"),
        ({"w": 3}, "give its LaTeX"),
        ({"w": ("a", "\n")}, "can be seen"),
        ("bishop, w", "no part of a notation"),
        (7, "takes notation as"),
        ({"names": 3}, "table from names"),
    ],
)  # fmt: skip
def test_a_notation_that_is_none(notation: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Neuron(notation=notation)  # type: ignore[arg-type]


def test_files_and_commands(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(
        'parameters = ["w"]\n[definitions]\nz = "w*x"\nC = "(z - y)^2"\n'
        "[notation]\nstyle = \"bishop\"\ndigits = 3\nw = '\\omega'\n"
    )
    assert "a = ωx" in read_model(path).derive().to_text()
    run = CliRunner().invoke(main, ["derive", "--model", str(path), "--notation", r"ng, w=v_{1,2}"])
    assert run.exit_code == 0, run.output
    assert "z = v₁,₂x" in run.output.replace("v_(1,2)", "v₁,₂")
    run = CliRunner().invoke(main, ["derive", "--digits", "2", "--at", "w=.5,b=2,x=3,y=0"])
    assert "σ(3.5) = 0.97\n" in run.output
    network = tmp_path / "n.toml"
    network.write_text('notation = "ng"\n[network]\nsizes = [2, 2, 1]\n')
    assert "W^[1]" in read_model(network).derive().to_text()


def test_the_model_of_before_is_as_it_was() -> None:
    plain = Neuron()
    styled = plain.in_notation("bishop")
    assert "C = ½(y − ŷ)²" in plain.derive().to_text()
    assert "E = ½(t − y)²" in styled.derive().to_text()
    assert np.isclose(
        styled.compile()(w=1.0, b=0.0, x=1.0, y=0.0)[0],
        plain.compile()(w=1.0, b=0.0, x=1.0, y=0.0)[0],
    )


# -- what a fresh pair of eyes found --------------------------------------------------------------


@pytest.mark.parametrize(
    "dress",
    [
        r"\boldsymbol{w}", r"\bm{\theta}", r"\mathbf{\hat{w}}", r"\mathit{abc}", r"\mathcal{L}",
        r"\mathbb{R}", r"\mathfrak{g}", r"\mathsf{x}", r"\mathtt{x}", r"\overline{w}",
        r"\underline{w}", r"\vec{w}", r"\ell", "w'", r"w^{\dagger}",
    ],
)  # fmt: skip
def test_what_is_read_is_set_on_every_page(dress: str) -> None:
    derivation = Neuron(notation={"w": dress}).derive("w", order=2)
    assert "<math" in derivation.to_html()
    for body in (derivation.to_latex(), derivation.to_markdown(), str(derivation.render("beamer"))):
        assert read_dress(dress)[0] in body
        assert r"^{\dagger}^" not in body
        assert "w'^" not in body


def test_a_raised_name_is_derived_twice_in_brackets() -> None:
    model = Model(CHAIN, LEAVES, notation="bishop").derive(order=2)
    assert r"\partial \left(w^{(1)}\right)^2" in model.to_latex()
    assert "∂(w⁽¹⁾)²" in model.to_text()


@pytest.mark.parametrize(
    "notation",
    [{"w1": "x"}, {"w1": "b_1"}, {"w1": "C"}, {"w1": ("w", "b₁")},
     {"w1": r"\mathbf{w}", "b1": r"\boldsymbol{w}"}],
)  # fmt: skip
def test_a_dress_that_is_another_name(notation: dict[str, object]) -> None:
    with pytest.raises(InputError, match="alike"):
        Model({"z1": "w1*x + b1", "C": "(z1 - y)^2/2"}, ["w1", "b1"], notation=notation)


def test_dressed_names_are_keys_everywhere() -> None:
    model = Model(
        {"z^{(1)}": "w^{(1)}*x*λ", "C": "abs(z^{(1)})"}, ["w^{(1)}"],
        constants={"λ": 2}, kinks={"C": {0: 0}}, notation={"z^{(1)}": "s"},
    )  # fmt: skip
    worked = model.derive().at({"w^{(1)}": 0, "x": 1})
    assert "corner in w⁽¹⁾" in worked.to_text()
    assert r"corner in $w^{(1)}$" in worked.to_latex()


def test_a_word_below_a_name_ends_before_what_follows() -> None:
    page = Model({"C": "x_in*h + w*y_hat"}, ["x_in"]).derive().to_text()
    assert "x_in·h" in page


@pytest.mark.parametrize(
    ("formula", "first", "slope"),
    [
        ("z^2/10", "C = z²/10", "= z/5"),
        ("z^2/10 + 0.3*z", "C = 0.1z² + 0.3z", "= 0.2z + 0.3"),
        ("1/10*z^2 + 0.3*z", "C = z²/10 + 0.3z", None),
        ("z^2*0.1", "C = z²·0.1", "= 0.2z"),
        ("z^2/5*1e-6", "C = 0.2z²·10⁻⁶", "= 4·10⁻⁷z"),
        ("z^2/2^3", "C = z²/2³", None),
        ("0.5*z^2", "C = 0.5z²", None),
        ("z^2/2", "C = ½z²", "= z"),
    ],
)
def test_numbers_keep_the_form_that_they_were_typed_in(
    formula: str, first: str, slope: str | None
) -> None:
    page = Model({"z": "w*x", "C": formula}, ["w"]).derive().to_text()
    lines = [line.strip() for line in page.splitlines()]
    assert first in lines
    assert slope is None or any(line.startswith(f"{slope} ") for line in lines)
