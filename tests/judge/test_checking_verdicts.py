"""Verdicts on derivations: right lines are acquitted however they are written, wrong ones named."""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

import time

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from symgd.errors import FormulaError, InputError
from symgd.judge import check, check_rows
from symgd.judge.documents import Row
from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG

RIGHT = (PROVED, SAMPLED)


def verdicts(lines, definitions=(), assumed=()):
    return [line.verdict for line in check(lines, definitions, assumed).lines]


# -- right in every notation -------------------------------------------------------------------

HALF_SQUARE = [r"E = \frac{1}{2}(q - r)^2", "q = s u + v"]
RIGHT_LINES = [
    # definitions, assumptions, right line, wrong line
    (HALF_SQUARE, [], r"\frac{\partial E}{\partial s} = (q - r) u", r"\frac{\partial E}{\partial s} = (q - r) s"),
    (HALF_SQUARE, [], r"dE/ds = u(su + v - r)", r"dE/ds = u(su + v + r)"),
    (HALF_SQUARE, [], r"\frac{\partial E}{\partial v} = \frac{\partial E}{\partial q}\frac{\partial q}{\partial v} = q - r", r"\frac{\partial E}{\partial v} = \frac{\partial E}{\partial q}\frac{\partial q}{\partial v} = q"),
    (HALF_SQUARE, [], r"\nabla_s E = (q-r) \times u", r"\nabla_s E = -(q-r) \times u"),
    (HALF_SQUARE, [], r"\frac{\partial^2 E}{\partial s^2} = u^2", r"\frac{\partial^2 E}{\partial s^2} = 2u^2"),
    (HALF_SQUARE, [], r"\frac{\partial^2 E}{\partial s\partial v} = u", r"\frac{\partial^2 E}{\partial s\partial v} = v"),
    ([r"\phi(p) = \frac{1}{1 + e^{-p}}"], [], r"\phi'(p) = \phi(p)(1 - \phi(p))", r"\phi'(p) = \phi(p)(1 + \phi(p))"),
    ([r"\phi(p) = \frac{1}{1 + e^{-p}}"], [], r"\phi''(p) = \phi'(p)(1 - 2\phi(p))", r"\phi''(p) = \phi'(p)(1 - \phi(p))"),
    ([r"h(p) = \tanh(p)"], [], r"\frac{d}{dp} h(p) = 1 - h^2(p) = \mathrm{sech}^2(p)", r"\frac{d}{dp} h(p) = 1 - p^2"),
    ([r"h(p) = \ln(1 + e^p)"], [], r"\frac{dh}{dp} = \frac{1}{1 + e^{-p}}", r"\frac{dh}{dp} = \frac{1}{1 + e^{p}}"),
    ([r"h(p) = p \sigma(p)"], [], r"h'(p) = \sigma(p) + p \sigma(p)(1 - \sigma(p))", r"h'(p) = \sigma(p) + \sigma(p)(1 - \sigma(p))"),
    ([r"h(p) = \max(0, p)"], ["p > 0"], r"h'(p) = 1", r"h'(p) = p"),
    ([r"h(p) = |p|^3"], [], r"h'(p) = 3 p |p|", r"h'(p) = 3 p^2"),
    ([r"h(p) = \begin{cases} p^2 & p > 0 \\ -p & \text{otherwise} \end{cases}"], [], r"h'(p) = \begin{cases} 2p & p > 0 \\ -1 & \text{otherwise} \end{cases}", r"h'(p) = \begin{cases} 2p & p > 0 \\ 1 & \text{otherwise} \end{cases}"),
    ([r"E = -\sum_{k=1}^{m} t_k \log p_k", r"p_k = \frac{e^{a_k}}{\sum_{j=1}^{m} e^{a_j}}"], [r"\sum_k t_k = 1"], r"\frac{\partial E}{\partial a_i} = p_i - t_i", r"\frac{\partial E}{\partial a_i} = t_i - p_i"),
    ([r"p_k = \frac{e^{a_k}}{\sum_{j=1}^{m} e^{a_j}}"], [], r"\frac{\partial p_i}{\partial a_j} = p_i(\delta_{ij} - p_j)", r"\frac{\partial p_i}{\partial a_j} = p_i(1 - p_j)"),
    ([r"p_k = \frac{e^{a_k}}{\sum_{j=1}^{m} e^{a_j}}"], [], r"\text{if } i \neq j: \frac{\partial p_i}{\partial a_j} = -p_i p_j", r"\text{if } i = j: \frac{\partial p_i}{\partial a_j} = -p_i p_j"),
    ([r"E = \frac{1}{n}\sum_{i=1}^{n} (y_i - s x_i - v)^2"], [], r"\frac{\partial E}{\partial s} = -\frac{2}{n}\sum_{i=1}^{n} x_i(y_i - s x_i - v)", r"\frac{\partial E}{\partial s} = -\frac{1}{n}\sum_{i=1}^{n} x_i(y_i - s x_i - v)"),
    ([r"E = \sum_i \log(1 + e^{-y_i (s x_i)})"], [], r"\frac{\partial E}{\partial s} = -\sum_i \frac{y_i x_i}{1 + e^{y_i s x_i}}", r"\frac{\partial E}{\partial s} = -\sum_i \frac{x_i}{1 + e^{y_i s x_i}}"),
    ([r"S_k = u S_{k-1} + x_k", r"E = S_3^2"], [], r"\frac{\partial E}{\partial x_3} = 2 S_3", r"\frac{\partial E}{\partial x_3} = S_3"),
    ([r"E = \|\mathbf{y} - X \mathbf{w}\|^2"], [r"X \in \mathbb{R}^{n \times d}", r"\mathbf{w} \in \mathbb{R}^d", r"\mathbf{y} \in \mathbb{R}^n"], r"\nabla_{\mathbf{w}} E = -2X^\top(\mathbf{y} - X\mathbf{w})", r"\nabla_{\mathbf{w}} E = 2X^\top(\mathbf{y} - X\mathbf{w})"),
    ([r"E = \mathbf{v}^T B \mathbf{v}"], [r"B \in \mathbb{R}^{n \times n}", r"\mathbf{v} \in \mathbb{R}^n"], r"\frac{\partial E}{\partial \mathbf{v}} = (B + B^T)\mathbf{v}", r"\frac{\partial E}{\partial \mathbf{v}} = 2B\mathbf{v}"),
    ([r"E = \mathbf{v}^T B \mathbf{v}"], [r"B \in \mathbb{R}^{n \times n}", r"\mathbf{v} \in \mathbb{R}^n", "B^T = B"], r"\frac{\partial E}{\partial \mathbf{v}} = 2B\mathbf{v}", r"\frac{\partial E}{\partial \mathbf{v}} = B\mathbf{v}"),
    (["E = e + q^2", "e = 3q"], [], r"\frac{dE}{dq} = 3 + 2q", r"\frac{dE}{dq} = 2q"),
    ([r"\dot{q} = 2 q r", "E = q"], [], r"\dot{q} = 2 r q", r"\dot{q} = 2 r"),
]  # fmt: skip
CASES = [pytest.param(*c, id=c[2][:48]) for c in RIGHT_LINES]


@pytest.mark.parametrize(("definitions", "assumed", "right", "wrong"), CASES)
def test_a_right_line_is_acquitted_and_its_wrong_twin_accused(definitions, assumed, right, wrong):
    (found,) = check([right], definitions, assumed).lines
    assert found.verdict in RIGHT, found.reason
    (found,) = check([wrong], definitions, assumed).lines
    assert found.verdict == WRONG, found.reason
    assert found.counterexample is None or found.counterexample.left != found.counterexample.right


# -- habits of notation ------------------------------------------------------------------------

HABITS = [
    (
        [r"z^{[1]} = w^{[1]} x", r"a^{[1]} = \tanh(z^{[1]})"],
        r"\frac{\partial a^{[1]}}{\partial w^{[1]}} = (1 - (a^{[1]})^2) x",
    ),
    (HALF_SQUARE, r"\frac{\partial{E}}{\partial{s}} &= \left( q - r \right) \, \cdot \, u \tag{7}"),
    (HALF_SQUARE, r"\Rightarrow \frac{dE}{ds} = (q-r) * u."),
    (HALF_SQUARE, r"\therefore \frac{\mathrm{d}E}{\mathrm{d}s} = u \times -(r - q)"),
    (HALF_SQUARE, r"\boxed{\frac{\partial E}{\partial s} = (q-r)u}"),
    (HALF_SQUARE, r"\frac{\partial E}{\partial s} \overset{\text{chain}}{=} (q-r)u"),
    (HALF_SQUARE, r"\frac{\partial E}{\partial s} = (q-r)u \qquad \text{by the chain rule}"),
    (HALF_SQUARE, r"\frac{\partial \frac{1}{2}(q-r)^2}{\partial q} = q - r"),
    (HALF_SQUARE, r"\frac{\partial E}{\partial (q - r)} = q - r"),
    (HALF_SQUARE, r"∂E/∂s = (q − r)u"),
    ([r"\mathcal{L} = \frac12 \hat{q}^2", r"\hat q = s u"], r"\frac{\partial \mathcal{L}}{\partial s} = \hat{q} u"),
    (["E_{tot} = E_{a} + E_{b}", "E_a = s^2", "E_b = 3s"], r"\frac{\partial E_{tot}}{\partial s} = 2s + 3"),
    (["loss = (out - t)^2", "out = s h"], r"\frac{\partial loss}{\partial s} = 2(out - t) h"),
    ([r"h(p) = log(p)"], r"h'(p) = 1/p"),
    ([r"E = \frac{1}{2\beta^2}"], r"\frac{dE}{d\beta} = -\beta^{-3}"),
    ([r"E = \log \sigma^2 + \frac{r}{\sigma^2}"], r"\frac{\partial E}{\partial \sigma^2} = \frac{1}{\sigma^2} - \frac{r}{\sigma^4}"),
    ([r"p(a|s) = \frac{1}{1 + e^{-sa}}"], r"\frac{\partial}{\partial s} \log p(a|s) = a(1 - p(a|s))"),
    (["E = q^2", "q = s + v"], r"\frac{dE}{ds} = \frac{dE}{dq} \cdot 1 + 0 = 2q"),
]  # fmt: skip


@pytest.mark.parametrize(("definitions", "line"), HABITS, ids=[h[1][:48] for h in HABITS])
def test_habits_of_notation(definitions, line):
    (found,) = check([line], definitions).lines
    assert found.verdict in RIGHT, found.reason


# -- true, and following -----------------------------------------------------------------------


def test_an_error_is_named_where_it_arises_inherited_after_it_and_mended_at_last():
    report = check(
        [
            r"\frac{\partial E}{\partial s} = 2(q - r) \cdot \frac{1}{2} \cdot \frac{\partial q}{\partial s}",
            r"= (q + r) u",
            r"= qu + ru",
            r"= (q - r) u",
        ],
        HALF_SQUARE,
    )
    assert [line.verdict in RIGHT for line in report.lines] == [True, False, False, True]
    assert [line.follows for line in report.lines] == [None, False, True, False]
    assert report.first_wrong == 1
    assert report.lines[2].inherited == 1
    assert report.lines[1].inherited is None
    assert report.verdict == WRONG


def test_a_left_side_stated_anew_follows_from_nothing():
    lines = check([r"\frac{dE}{ds} = (q-r)u", r"\frac{dE}{dv} = q - r"], HALF_SQUARE).lines
    assert [line.follows for line in lines] == [None, None]


def test_equal_to_zero_at_the_end_is_a_condition():
    (line,) = check([r"\frac{\partial E}{\partial q} = q - r = 0"], HALF_SQUARE).lines
    assert line.verdict in RIGHT
    assert "condition" in " ".join(line.notes)


def test_true_only_under_an_assumption():
    definitions = [r"E = \log(1 + e^{-yp})"]
    line = r"\frac{\partial E}{\partial p} = -\frac{y}{1 + e^{yp}} = \frac{1}{1 + e^{-p}} - 1"
    assert verdicts([line], definitions) == [WRONG]
    assert verdicts([line], definitions, ["y = 1"])[0] in RIGHT
    assert verdicts([r"\sqrt{p^2} = -p"], ["q = p"]) == [WRONG]
    assert verdicts([r"\sqrt{p^2} = -p"], ["q = p"], ["p < 0"])[0] in RIGHT


def test_numbers_are_as_precise_as_they_are_printed():
    definitions = ["q = 0.3", "r = 1.27", "E = q r"]
    assert verdicts([r"E = 0.3 \cdot 1.27 = 0.38"], definitions)[0] in RIGHT
    assert verdicts([r"E = 0.3 \cdot 1.27 = 0.39"], definitions) == [WRONG]
    assert verdicts([r"E \approx 0.381"], definitions)[0] in RIGHT


def test_an_undeclared_stranger_accuses_nobody():
    (line,) = check([r"\frac{\partial E}{\partial s} = (q - r) \kappa"], HALF_SQUARE).lines
    assert line.verdict == UNKNOWN
    assert "kappa" in line.reason


def test_an_unknown_line_tells_where():
    (line,) = check([r"\frac{dE}{ds} = \int q"], HALF_SQUARE).lines
    assert line.verdict == UNKNOWN
    assert line.text[line.caret :].startswith(r"\int")


def test_what_a_wrong_derivative_should_have_been():
    (line,) = check([r"\frac{\partial E}{\partial s} = (q - r) v"], HALF_SQUARE).lines
    assert line.right is not None
    assert verdicts([rf"\frac{{\partial E}}{{\partial s}} = {line.right}"], HALF_SQUARE)[0] in RIGHT


def test_a_definition_that_is_not_read_poisons_what_stands_on_it_only():
    lines = [r"\frac{dE}{dq} = 1", r"\frac{dF}{dq} = 2q"]
    assert verdicts(lines, [r"E = \int q", "F = q^2"])[0] == UNKNOWN
    assert verdicts(lines, [r"E = \int q", "F = q^2"])[1] in RIGHT


def test_a_gradient_of_one_entry_is_its_number():
    """A right line with a 1×1 array on one side was once accused."""
    definitions = [r"E = \mathbf{u}^T \mathbf{x}"]
    lines = [r"\frac{\partial E}{\partial \mathbf{x}} = \mathbf{u}"]
    assumed = [r"\mathbf{u} \in \mathbb{R}^{1}", r"\mathbf{x} \in \mathbb{R}^{1}"]
    assert WRONG not in verdicts(lines, definitions, assumed)


# -- rows of a document ------------------------------------------------------------------------


def rows(*texts, inline=()):
    return [Row(t, i + 1, i in inline, i) for i, t in enumerate(texts)]


def test_rows_are_declarations_assumptions_and_claims():
    report = check_rows(
        rows(r"E = \frac{1}{2}(q - r)^2", "q = s u", "u > 0", r"\frac{dE}{ds} = (q - r) u",
             r"\frac{dE}{du} = (q + r) s")
    )  # fmt: skip
    assert [line.role for line in report.lines] == [
        "definition", "definition", "assumption", "claim", "claim",
    ]  # fmt: skip
    assert report.first_wrong == 4
    assert [line.number for line in report.lines] == [1, 2, 3, 4, 5]


def test_scraps_in_the_running_text_claim_nothing():
    report = check_rows(rows("q", "E = q^2", r"\frac{dE}{dq} = 2q", inline=(0,)))
    assert [line.verdict for line in report.lines] == ["taken", "proved"]


def test_no_rows_are_an_error():
    with pytest.raises(InputError, match="No formula"):
        check_rows([])


# -- limits ------------------------------------------------------------------------------------

HOSTILE = {
    "long sum": "E = " + " + ".join(f"q_{{{i}}}" for i in range(1500)),
    "long product": "E = " + "q" * 15_000,
    "deep groups": "E = " + "{" * 59 + "q" + "}" * 59,
    "too deep": "E = " + "(" * 5000 + "q" + ")" * 5000,
    "fractions": "E = " + r"\frac{1}{1+" * 30 + "q" + "}" * 30,
    "powers": "E = " + "2^{" * 50 + "2" + "}" * 50,
    "tower": r"E = e^{e^{e^{e^{e^{q}}}}}",
    "huge exponent": "E = q^{999999999999}",
    "nested sums": "E = " + "".join(rf"\sum_{{{c}=1}}^{{99}}" for c in "ijkl") + " q_{ijkl}",
    "megabyte": "E = " + "q+" * 500_000,
    "derivatives": r"\frac{d}{dq} " * 25 + "q = 0",
    "primes": "E" + "'" * 500 + " = q",
    "bars": "|" * 2000,
    "accents": r"\hat{" * 55 + "q" + "}" * 55,
    "nonsense": "".join(chr(33 + (7 * i * i) % 90) for i in range(3000)),
}


@pytest.mark.spread(2)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_input_ends_soon_with_a_verdict_or_an_error(name):
    begin = time.process_time()
    try:
        check([HOSTILE[name], r"\frac{dE}{dq} = 1"], ["E = q^2"])
        check([r"\frac{dE}{dq} = 1"], [HOSTILE[name]])
    except FormulaError as error:
        assert error.reason  # noqa: PT017
    assert time.process_time() - begin < 4


# -- random expressions ------------------------------------------------------------------------

p, r = sp.symbols("p r", real=True)
leaves = st.sampled_from([p, p, r, sp.Integer(2), sp.Rational(1, 3)])


def grown(inner):
    one = st.sampled_from(
        [sp.exp, sp.sin, sp.cos, sp.tanh, lambda u: u**2, lambda u: u**3, lambda u: -u,
         lambda u: sp.log(1 + u**2), lambda u: 1 / (2 + u**2), lambda u: sp.sqrt(1 + u**2)]
    )  # fmt: skip
    two = st.sampled_from([lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a * b])
    return st.one_of(
        st.builds(lambda f, u: f(u), one, inner),
        st.builds(lambda f, a, b: f(a, b), two, inner, inner),
    )


expressions = st.recursive(leaves, grown, max_leaves=5)


@settings(max_examples=40)
@given(expressions)
def test_a_right_derivative_is_never_accused(expr):
    assume(expr.has(p))
    lines = [rf"\frac{{\partial E}}{{\partial p}} = {sp.latex(sp.diff(expr, p))}"]
    (found,) = check(lines, [f"E = {sp.latex(expr)}"]).lines
    assert found.verdict != WRONG, (sp.latex(expr), lines, found.counterexample)


SLIPS = [
    lambda d: -d,
    lambda d: 2 * d,
    lambda d: d / 2,
    lambda d: d + p,
    lambda d: d * r,
    lambda d: d + 1,
]


@settings(max_examples=40)
@given(expressions, st.sampled_from(SLIPS))
def test_a_wrong_derivative_is_never_called_right(expr, change):
    assume(expr.has(p))
    right = sp.diff(expr, p)
    slipped = change(right)
    points = [{p: sp.Rational(a, 7), r: sp.Rational(b, 5)} for a, b in ((3, 4), (-5, 8), (9, -7))]
    gaps = [abs(sp.N((right - slipped).subs(at), 30)) for at in points]
    assume(all(g > 1e-9 for g in gaps))
    lines = [rf"\frac{{\partial E}}{{\partial p}} = {sp.latex(slipped)}"]
    (found,) = check(lines, [f"E = {sp.latex(expr)}"]).lines
    assert found.verdict in (WRONG, UNKNOWN), (sp.latex(expr), lines)


SQUARE = [r"S \in \mathbb{R}^{n \times n}"]


@pytest.mark.parametrize(
    ("line", "right"),
    [
        # a call that stands on both sides defines nothing
        (r"f(S) = 2 f(S)", False),
        (r"\mathrm{sum}(S) = 2 \mathrm{sum}(S)", False),
        (r"f(S) = f(S) + 0", True),
        # the identity of a size, and the size as a number
        (r"S S^{-1} = I_n", True),
        (r"I_n S = S I_n", True),
        (r"I_n S = 2 S", False),
        (r"\mathrm{tr}(I_n) = n", True),
        (r"\mathrm{tr}(S S^{-1}) = n", True),
        (r"\mathrm{tr}(S + I_n) = \mathrm{tr}(S) + n", True),
        (r"\mathrm{tr}(S + I_n) = \mathrm{tr}(S) + n + 1", False),
    ],
)
def test_of_a_square_matrix(line: str, right: bool) -> None:
    verdict = check([line], assume=SQUARE).lines[0].verdict
    assert verdict in (("proved", "sampled") if right else ("wrong",))
