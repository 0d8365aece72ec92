r"""What authors write and mean: no line of these is wrong, and beside most stands one that is."""

from __future__ import annotations

import pytest

from symgd import check_text
from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG

RIGHT = (PROVED, SAMPLED)


def verdicts(text: str, kind: str = "md") -> list[str]:
    return [x.verdict for x in check_text(text, kind).lines]


def display(*formulas: str) -> str:
    return "\n\n".join(f"$${f}$$" for f in formulas)


def rows(*lines: str) -> str:
    inner = " \\\\\n".join(lines)
    return f"$$\\begin{{aligned}}\n{inner}\n\\end{{aligned}}$$"


SAMPLES = (r"u^{(k)} = c r^{(k)} + d", r"g^{(k)} = \tanh(u^{(k)})")
LAGRANGE = (r"T = \frac{1}{2} m l^2 \dot{\varphi}^2", r"V_g = -m g l \cos\varphi",
            r"L = T - V")  # fmt: skip
FIT = ("Q = a + b R", r"S = \sum_{i=1}^n (Q_i - a - b R_i)^2")
RESIDUALS = (r"q_i = a + b r_i + \eta_i", r"S = \sum_{i=1}^n \eta_i^2")
GATES = (r"f_t = \sigma(W h_{t-1} + V x_t)", r"c_t = f_t \odot c_{t-1} + x_t",
         r"h_t = \tanh(c_t)")  # fmt: skip

#  what is meant               the document before it, the line as it is written, the same wrong
MEANT = {
    "any sample":              (SAMPLES, r"\frac{dg}{du} = 1 - g^2", None),
    "a label left out":        (LAGRANGE,
                                r"\frac{\partial L}{\partial \varphi} = -m g l \sin\varphi",
                                r"\frac{\partial L}{\partial \varphi} = m g l \sin\varphi"),
    "the letter of a slope":   ((r"\tanh'(v) = 1 - \tanh^2(v)", ),
                                r"\tanh''(v) = \frac{d}{ds} [1 - \tanh^2(s)] = "
                                r"-2\tanh(s)(1 - \tanh^2(s))",
                                None),
    "data beside their line":  (FIT, r"\frac{\partial S}{\partial b} = "
                                r"-2\sum_{i=1}^n (Q_i - a - b R_i) R_i", None),
    "what is left over":       (RESIDUALS, r"\frac{\partial S}{\partial a} = "
                                r"-2\sum_{i=1}^n (q_i - a - b r_i)", None),
    "Σ for a sum":             ((r"S = \Sigma(q_i - a)^2",), r"\frac{dS}{da} = -2\Sigma(q_i - a)",
                                r"\frac{dS}{da} = -\Sigma(q_i - a)"),
    "an index without brackets": ((r"J = \sum_{i=1}^m (q^{(i)} - w r^{(i)})^2",),
                                r"\frac{dJ}{dw} = -2\sum_{i=1}^m (q^{i} - w r^{(i)}) r^{i}",
                                r"\frac{dJ}{dw} = -\sum_{i=1}^m (q^{i} - w r^{(i)}) r^{i}"),
    "for all of a list":       ((r"p_i = e^{z_i}, \forall i = 1, 2, 3",),
                                r"\frac{\partial p_i}{\partial z_i} = p_i, \forall i = 1, \dots, 3",
                                r"\frac{\partial p_i}{\partial z_i} = 2p_i, \quad i = 1, 2, 3"),
}  # fmt: skip


@pytest.mark.parametrize("case", MEANT)
def test_what_is_meant_is_judged(case: str) -> None:
    before, right, wrong = MEANT[case]
    place = len(before)
    assert verdicts(display(*before, right))[place] in RIGHT
    if wrong is not None:
        assert verdicts(display(*before, wrong))[place] == WRONG


def test_one_step_of_a_recurrence_is_the_slope_of_its_own_formula() -> None:
    found = verdicts(display(*GATES, r"\frac{\partial c_t}{\partial c_{t-1}} = f_t"))
    assert found[-1] != WRONG


#  why nobody can say      a document of which no line is to be accused
OPEN = {
    "a cross product":     display(r"\mathbf{u} \times \mathbf{v} = -\mathbf{v} \times \mathbf{u}",
                                   r"\mathbf{w} = 2 \mathbf{u} \times \mathbf{v}"),
    "a rival definition":  display(r"\mathrm{sinc}(t) = \frac{\sin(\pi t)}{\pi t}"),
    "a letter e_1":        display("c = 2 w_1", "12 w_1^2 e_1 = c^2"),
    "the last of twenty digits": display(r"\log\frac{\pi}{4} \approx -0.24156447527049044468"),
    "an aim":              "At the optimum $$m_a = m_b$$ and $$s_a = s_b$$ hold.",
    "inequalities":        display(r"F(a) \ge 0", r"F(b) \le 0", "F(x) = x^3 - c x",
                                   r"F(b) - F(a) = 0 \implies F(b) = 0"),
    "another case":        display(r"\ell = n \log q - q \sum_i r_i",
                                   r"\frac{d\ell}{dq} = \frac{n}{q} - \sum_i r_i = 0",
                                   r"\hat{q} = \frac{n}{\sum_i R_i}"),
    "one of a list":       display(r"a_i (t_i (u^\top v_i) - 1) = 0, \quad i = 1, \dots, n",
                                   r"u^* = \sum_i a_i t_i v_i"),
    "by turns":            display(r"r_k = e^{-m_k^2} x_k", r"\sum_k r_k (x_k - m_k) = 0",
                                   r"m_k^* = \frac{\sum_k r_k x_k}{\sum_k r_k}"),
    "a number put in":     display(r"g = 2a(q - h)", r"2a(q - h) = 2a(5 - h)"),
    "a function of a number": display(r"s(v) = \frac{1}{1+e^{-v}}", "v = c t",
                                      r"s(v) = s(7) = \frac{1}{1+e^{-7}}"),
    "first values":        display(r"v = c^0 + d^0 r", r"\frac{\partial v}{\partial c} = 1"),
    "mean vectors":        display(r"M = (m_1, \dots, m_d)^T", r"s_{ij} = \mathrm{Cov}[X_i, X_j]",
                                   r"s_{ij} = E[X_i X_j] - m_i m_j"),
    "counts with labels":  display(r"q = \frac{N_A}{N_A + N_B} = \frac{N_A}{N}"),
    "a projection":        display(r"\hat{u} = (I - P) y = (I - X (X^T X)^{-1} X^T) y",
                                   "h_i = P_{ii}"),
    "two sets of numbers": rows(r"b &= (1, 2, 0)^T", r"b &= (1, 0, 0)^T"),
    "by cases":            rows(r"f(k) &= a \quad \text{if } k = 0",
                                r"f(k) &= 1 - a \quad \text{if } k = 1"),
    "another model":       display(r"P(t \mid k) = e^{-(t - k)^2}",
                                   r"P(t \mid k) = P(t = 1 \mid k) t + "
                                   r"(1 - P(t = 1 \mid k))(1 - t)"),
    "another section":     display("H(t) = t^2 r", "-H = 3r"),
    "a lost plus":         rows(r"I &= r + r^2", "& 3r"),
    "a table of numbers":  "$$\\begin{array}{rr} 1.25 & 2.5 \\\\ 3.75 & 4.5 \\end{array}$$",
    "two in a row":        "$$\\begin{array}{ll} U(0) = 2.5 & U(1) = 0 \\\\ "
                           "H(0) = 3 & H(1) = 4\\end{array}$$",
    "a square of many":    display(r"E(b) = \sum_i f^2(b; r_i, q_i)",
                                   r"E(b) = \sum_i (b r_i - q_i)^2"),
}  # fmt: skip


@pytest.mark.parametrize("case", OPEN)
def test_what_nobody_can_say_is_not_accused(case: str) -> None:
    assert WRONG not in verdicts(OPEN[case])


#  a tick that would be empty
EMPTY = {
    "the order of bold letters": display(
        r"\mathbf{g} = \mathbf{A} \mathbf{u} + \mathbf{c}",
        r"\mathbf{v} = \mathbf{B} \mathbf{g} = (\mathbf{A} \mathbf{B}) \mathbf{u} + "
        r"\mathbf{B} \mathbf{c}"),
    "a cross product": display(r"\mathbf{u} \times \mathbf{v} = \mathbf{v} \times \mathbf{u}"),
    "a trace of numbers": display(r"\frac{\partial\, \mathrm{tr}(G Q G^\top)}{\partial G} = 2 Q G"),
}  # fmt: skip


@pytest.mark.parametrize("case", EMPTY)
def test_what_only_numbers_obey_is_not_ticked(case: str) -> None:
    assert verdicts(EMPTY[case])[-1] not in RIGHT


def test_a_slip_in_a_number_is_told_as_that() -> None:
    line = check_text(display("C = w^2 x", r"\frac{dC}{dw} = 3wx")).lines[-1]
    assert line.slip is not None
    assert line.slip.correction == "2 w x"


#  a sum without end       what it is, what it is not
ENDLESS = {
    "of powers":           (r"\sum_{k=0}^\infty r^k = \frac{1}{1 - r}, \quad |r| < 1",
                            r"\sum_{k=0}^\infty r^k = \frac{1}{1 + r}, \quad |r| < 1"),
    "a bound behind it":   (r"\sum_{k=1}^\infty r^k = \frac{r}{1 - r} \quad |r| < 1",
                            r"\sum_{k=1}^\infty r^k = \frac{1}{1 - r} \quad |r| < 1"),
    "of factorials":       (r"\sinh x = \sum_{n=0}^\infty \frac{x^{2n+1}}{(2n+1)!}",
                            r"\sinh x = \sum_{n=0}^\infty \frac{x^{2n}}{(2n)!}"),
    "that is slow":        (r"\sum_{n=1}^\infty \frac{1}{n^4} = \frac{\pi^4}{90}",
                            r"\sum_{n=1}^\infty \frac{1}{n^4} = \frac{\pi^4}{80}"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENDLESS)
def test_a_sum_without_end_has_more_than_three_terms(case: str) -> None:
    right, wrong = ENDLESS[case]
    assert verdicts(display(right)) == [SAMPLED]
    assert verdicts(display(wrong)) == [WRONG]


@pytest.mark.spread(2)
@pytest.mark.parametrize(
    "line",
    [
        r"\sum_{n=1}^\infty \frac{1}{n} = 7",
        r"\sum_{n=1}^\infty (-2)^n = 3",
        r"\prod_{n=1}^\infty (1 - \frac{1}{4n^2}) = \frac{2}{\pi}",
        r"\frac{d}{dx} \sum_{k=0}^\infty \frac{x^k}{k!} = e^x",
        r"\sum_{k=1}^\infty k a_k x^{k-1} = \sum_{k=0}^\infty (k+1) a_{k+1} x^k",
    ],
)
def test_a_sum_without_end_that_cannot_be_worked_out_is_open(line: str) -> None:
    assert verdicts(display(line)) == [UNKNOWN]
