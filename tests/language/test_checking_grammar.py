"""LaTeX → trees: what people write is read as they mean it, and what is not understood is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgd import check
from symgd.errors import FormulaError
from symgd.judge.environment.declarations import declare
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import statement
from symgd.language.latex.syntax import (
    Big,
    Call,
    Cases,
    Derivative,
    Gradient,
    Indicator,
    Matrix,
    Minus,
    Name,
    Norm,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Sum,
    Transposed,
)
from symgd.language.latex.tokens import plain, tokenize
from symgd.language.latex.vocabulary import Vocabulary

PLAIN = Vocabulary()


def read(text, definitions=(), assume=()):
    """The one member of a formula."""
    (member,) = declare(definitions, assume, [text]).read(text).members
    return member


def names(tree):
    return [f.base for f in tree.factors]


# -- tokens ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "ascii_text"),
    [
        ("σ", r"\sigma"),
        ("ŷ", r"\hat{y}"),
        ("x̄", r"\overline{x}"),
        ("a−b", "a-b"),
        ("x²", "x^{2}"),
        ("w₁", "w_{1}"),
        ("∂", r"\partial"),
        (r"\boxed{q = 2}", r"       q = 2 "),
        (r"{\bf u}", r"\mathbf{u}"),
        (r"q = 2 \qquad (7)", "q = 2 "),
    ],
)
def test_unicode_and_old_switches_become_plain_latex(text, ascii_text):
    assert plain(text).strip() == ascii_text.strip()


def test_spacing_and_sizes_say_nothing():
    loose = r"\left( \frac{ p }{ q } \right) \, \bigl[ r \bigr] \quad \tag{3}"
    assert [t.text for t in tokenize(loose)] == [t.text for t in tokenize(r"(\frac{p}{q})[r]")]


@pytest.mark.parametrize("command", [r"\input", r"\write18", r"\include", r"\csname", r"\def"])
def test_what_reaches_outside_is_refused_with_its_place(command):
    with pytest.raises(FormulaError, match="opens and runs nothing") as caught:
        tokenize(f"q + {command}{{/etc/hostname}}")
    assert caught.value.position == 4


@pytest.mark.parametrize("text", ["{q", "q}", r"\frac{q}{r"])
def test_braces_that_do_not_pair_are_refused(text):
    with pytest.raises(FormulaError, match="brace"):
        tokenize(text)


# -- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "base", "below", "above"),
    [
        ("q", "q", (), ()),
        ("q_3", "q", ("3",), ()),
        ("q3", "q", ("3",), ()),
        (r"\hat{q}_{3}", r"\hat{q}", ("3",), ()),
        (r"\hat{q_3}", r"\hat{q}", ("3",), ()),
        (r"\hat q_3", r"\hat{q}", ("3",), ()),
        ("q^{(2)}", "q", (), ("2",)),
        ("q_{hid}", "q", ("hid",), ()),
        ("q_{k,m}", "q", ("k", "m"), ()),
        ("q_{km}", "q", ("k", "m"), ()),
        ("{q}_{3}", "q", ("3",), ()),
        (r"\mathcal{E}", r"\mathcal{E}", (), ()),
        (r"\mathrm{loss}", "loss", (), ()),
    ],
)
def test_a_name_with_its_decorations(text, base, below, above):
    name = read(text)
    assert isinstance(name, Name)
    assert name.base == base
    assert (
        tuple(to_latex(i).removeprefix(r"\mathrm{").removesuffix("}") for i in name.below) == below
    )
    assert tuple(map(to_latex, name.above)) == above


def test_bold_is_a_mark_and_no_other_letter():
    bold = read(r"\mathbf{v}")
    assert bold == Name("v")
    assert bold.bold


@pytest.mark.parametrize("text", [r"B^T", r"B^\top", r"B^{\top}", r"B^{\text{T}}", r"B^\intercal"])
def test_transposes(text):
    assert read(text) == Transposed(Name("B"))


# -- calls and products ------------------------------------------------------------------------


def test_a_declared_function_takes_its_argument_and_a_declared_value_does_not():
    assert isinstance(read("h(q)", ["h(q) = q^3"]), Call)
    assert isinstance(read("h(q - 1)", ["h = 3 q"]), Product)
    assert isinstance(read(r"\sigma(1 - \sigma)"), Product)
    assert isinstance(read(r"\sigma(q)"), Call)


@pytest.mark.parametrize("text", ["h'(q)", r"h^\prime(q)", r"h^{\prime}(q)", "h’(q)"])
def test_primes(text):
    assert read(text, ["h(q) = q^3"]) == Call(Name("h"), (Name("q"),), 1)


def test_a_prime_without_an_argument():
    assert read("E'", ["E = q^2"]) == Primed(Name("E"), 1)


def test_words_without_a_backslash_are_functions():
    assert read("tanh(q)") == Call(Name(r"\tanh"), (Name("q"),))
    assert read(r"\log q r") == Call(Name(r"\log"), (Product((Name("q"), Name("r")), ("",)),))
    assert isinstance(read("qr"), Product)


def test_the_square_of_a_function_is_that_of_its_value():
    assert read(r"\tanh^2(q)") == Power(Call(Name(r"\tanh"), (Name("q"),)), Number(2))


# -- derivatives -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        r"\frac{\partial E}{\partial q}", r"\frac{dE}{dq}", r"\frac{\partial{E}}{\partial{q}}",
        r"\dfrac{\mathrm{d}E}{\mathrm{d}q}", r"\partial E/\partial q", "dE/dq",
        r"\frac{d}{dq} E", r"\frac{\partial}{\partial q} E", r"\frac{\delta E}{\delta q}",
        r"\frac d{dq} E", "∂E/∂q", r"\partial_q E",
    ],
)  # fmt: skip
def test_every_way_to_write_a_derivative(text):
    assert read(text, ["E = q^2 + 1"]) == Derivative(Name("E"), (Name("q"),))


@pytest.mark.parametrize(
    ("text", "by"),
    [
        (r"\frac{\partial^2 E}{\partial q^2}", ("q", "q")),
        (r"\frac{\partial^2 E}{\partial q \partial r}", ("q", "r")),
        (r"\frac{d^3 E}{dq^3}", ("q", "q", "q")),
    ],
)
def test_second_and_mixed_derivatives(text, by):
    assert read(text, ["E = q^2 r"]) == Derivative(Name("E"), tuple(map(Name, by)))


def test_gradients_and_the_hessian():
    assert read(r"\nabla_u E") == Gradient(Name("E"), Name("u"))
    assert read(r"\nabla_u^2 E") == Gradient(Name("E"), Name("u"), 2)


def test_an_operator_reaches_over_a_bracket_or_the_factors_beside_it():
    assert read(r"\frac{d}{dq} (q^2 + q)").of == Sum((Power(Name("q"), Number(2)), Name("q")))
    assert names(read(r"\frac{d}{dq} q r").of) == ["q", "r"]


# -- sums, cases, matrices ---------------------------------------------------------------------


def test_a_sum_reaches_over_terms_that_mention_its_index():
    both = read(r"\sum_{k=1}^{m} q_k r_k + s_k")
    assert isinstance(both, Big)
    assert isinstance(both.body, Sum)
    one = read(r"\sum_{k=1}^{m} q_k + r")
    assert isinstance(one, Sum)
    assert isinstance(one.terms[0], Big)


@pytest.mark.parametrize(
    "text", [r"\sum_{k=1}^{m}", r"\sum\limits_{k=1}^m", r"\sum^m_{k=1}", r"\sum _{k=1} ^{m}"]
)
def test_bounds_in_every_order(text):
    big = read(f"{text} q_k")
    assert (big.indices, big.low, big.high) == ((Name("k"),), Number(1), Name("m"))


def test_a_sum_over_what_differs():
    big = read(r"\sum_{k \neq m} q_k")
    assert [c.sign for c in big.conditions] == ["!="]


def test_dots_between_terms_are_a_sum():
    big = read(r"q_1 + q_2 + \cdots + q_m")
    assert isinstance(big, Sum)
    assert isinstance(big.terms[-1], Big)
    with pytest.raises(FormulaError, match="Dots leave open"):
        read(r"q + \dots + r^2 s")


def test_cases_matrices_norms_and_indicators():
    cases = read(r"\begin{cases} q & \text{if } q > 0 \\ 0 & \text{otherwise} \end{cases}")
    assert isinstance(cases, Cases)
    assert [c is None for _, c in cases.branches] == [False, True]
    assert isinstance(read(r"\begin{bmatrix} p & q \\ r & s \end{bmatrix}"), Matrix)
    assert read(r"\|v\|_1") == Norm(Name("v"), "1")
    assert isinstance(read(r"\mathbb{1}(q > 0)"), Indicator)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\frac12 q", Product((Quotient(Number(1), Number(2)), Name("q")), ("",))),
        (r"-q^2", Minus(Power(Name("q"), Number(2)))),
        ("q/r s", Product((Quotient(Name("q"), Name("r")), Name("s")), ("",))),
        (r"q \cdot -r", Product((Name("q"), Minus(Name("r"))), (".",))),
        ("e^{-q}", Power(Name("e"), Minus(Name("q")))),
    ],
)
def test_arithmetic(text, expected):
    assert read(text) == expected


def test_lines_that_go_on_chains_and_what_is_said_around_them():
    said = statement(
        r"&= q + 1 = r \tag{4}",
        PLAIN,
    )
    assert said.continues
    assert said.signs == ("=", "=")
    said = statement(r"\text{if } q > 0:\quad r = q^2, \quad \text{by the chain rule}", PLAIN)
    assert len(said.members) == 2
    assert [c.sign for c in said.conditions] == [">"]


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        (r"q + \oint r", 4, "not a command"),
        (r"q + \int r", 4, "integral"),
        (r"q \pm r", 2, "two things at once"),
        ("3 + (q", 4, ""),
        (r"\sin^{-1} q", 0, "two ways"),
    ],
)
def test_what_is_not_understood_is_told_with_its_place(text, place, words):
    if not words:
        assert "bracket is missing" in statement(text, PLAIN).notes[0]
        return
    with pytest.raises(FormulaError, match=words) as caught:
        statement(text, PLAIN)
    assert caught.value.position == place


pieces = st.sampled_from(
    [r"\frac", "{", "}", "q", "r_2", "^", "_", "+", "-", "=", "(", ")", r"\sum", r"\partial", "d",
     r"\hat", r"\nabla", "'", "|", "3", r"\begin{cases}", r"\end{cases}", "&", r"\\", r"\log", "/"]
)  # fmt: skip


@given(st.lists(pieces, max_size=14).map(" ".join))
def test_nonsense_is_read_or_refused_and_never_crashes(text):
    try:
        statement(text, PLAIN)
    except FormulaError as error:
        assert error.reason.endswith(".")  # noqa: PT017


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (r"a(1.-a) = a - a^2", "proved"),
        (r"(1. - x)(1.+x) = 1. - x^2", "proved"),
        (r"2. x = x + x", "proved"),
        (r"1.e-3 x = 0.001 x", "proved"),
        (r"1.e-3 x = 0.002 x", "wrong"),
        (r"2 x = 1. x", "wrong"),
    ],
)
def test_a_number_may_end_with_its_point(line, verdict):
    (found,) = check([line]).lines
    assert found.verdict == verdict
