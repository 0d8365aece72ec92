r"""d(uv) = u\,dv + v\,du with a d in italics: the differential where lines say so."""

import pytest

from symgd import check_text
from symgd.language.latex.differentials import are_written, differentials
from symgd.language.latex.tokens import tokenize


def verdicts(text: str) -> list[str]:
    return [line.verdict for line in check_text(text).lines]


#  what is right                                          the same with a slip
RULES = (
    (r"d(uv) = u\,dv + v\,du",                            r"d(uv) = u\,dv - v\,du"),
    (r"d(AB) = (dA)B + A(dB)",                            r"d(AB) = (dA)B + A(dA)"),
    (r"d(x^3) = 3x^2dx",                                  r"d(x^3) = 2x^2dx"),
    (r"d\log x = \frac{dx}{x}",                           r"d\log x = x\,dx"),
    (r"d(u/v) = \frac{v\,du - u\,dv}{v^2}",               r"d(u/v) = \frac{v\,du + u\,dv}{v^2}"),
    (r"d(\cos t) = -\sin(t)dt",                           r"d(\cos t) = \sin(t)dt"),
    (r"d e^{2x} = 2e^{2x}dx",                             r"d e^{2x} = e^{2x}dx"),
    (r"d(f(x)) = \frac{df}{dx}dx",                        None),
    (r"d(u^2 + v) = 2u\,du + dv = dv + 2u\,du",           r"d(u^2 + v) = 2u\,du + dv = dv + u\,du"),
)  # fmt: skip


@pytest.mark.parametrize(("right", "wrong"), RULES)
def test_rules_hold_and_slips_are_found(right: str, wrong: str | None) -> None:
    assert "wrong" not in verdicts(f"$${right}$$")
    if wrong is not None:
        assert verdicts(f"$${right}$$") == ["sampled"]
        assert verdicts(f"$${wrong}$$") == ["wrong"]


def test_arrays_beside_a_dimension_d() -> None:
    known = r"Let $X \in \mathbb{R}^{d \times d}$. "
    assert verdicts(known + r"$$d(X^{-1}) = -X^{-1}(dX)X^{-1}$$")[-1] == "sampled"
    assert verdicts(known + r"$$d(X^{-1}) = X^{-1}(dX)X^{-1}$$")[-1] == "wrong"
    assert verdicts(known + r"$$d\det X = \det(X)\,\mathrm{tr}(X^{-1}dX)$$")[-1] == "sampled"


def test_a_line_of_letters_alone_counts_where_another_line_settles_it() -> None:
    rule = r"$z = wx$. $$d(wx) = x\,dw + w\,dx$$ "
    assert verdicts(rule + r"$$dz = x\,dw + w\,dx$$")[-1] == "sampled"
    assert verdicts(rule + r"$$dz = x\,dw - w\,dx$$")[-1] == "wrong"


@pytest.mark.parametrize(
    "text",
    [
        # dW is the name of a slope.
        r"$Z = WX + b$. $$dZ = Z - Y$$ $$dW = dZ X^T$$ $$dX = W^T dZ$$",
        r"$Z = WX + b$. $$dZ = Z - Y$$ $$dX = W^T dZ$$ $$d(uv) = u\,dv + v\,du$$",
        r"$Z = WX + b$. $$dW = dZ X^T$$ $$dX = W^T dZ$$",
        # a distance, a function, a letter
        r"$$d(x, y) = d(y, x)$$",
        r"$$d(x) = d(-x)$$",
        r"$F = ma$. $$Fd = mad$$",
        r"$$d(a - b)^2 = da^2 - 2dab + db^2$$",
        r"$$\frac{dC}{dw} = \frac{dC}{dz}\frac{dz}{dw}$$",
        r"$$\int 2x\,dx = x^2$$",
    ],
)
def test_another_d_is_no_differential(text: str) -> None:
    assert "wrong" not in verdicts(text)


def test_which_lines_are_of_differentials() -> None:
    assert differentials(tokenize(r"dz = x\,dw + w\,dx"))
    for other in (r"dz = 3", r"d(x) = d(y)", r"x \in \mathbb{R}^d", r"d_1 dx = d_2 dy",
                  r"\int dx = \int dy", r"\det X = 1", r"dy/dx = dx"):  # fmt: skip
        assert not differentials(tokenize(other)), other
    assert are_written([r"d(uv) = u\,dv + v\,du", r"\frac{dC}{dw} = 3"])
    assert not are_written([r"dz = x\,dw + w\,dx"])
    assert not are_written([r"d(uv) = u\,dv + v\,du", r"dZ = A - Y"])


def test_what_holds_of_a_letter_is_not_ticked_as_of_a_differential() -> None:
    (line,) = check_text(r"$$d(uv) + du = u\,dv + du$$").lines
    assert line.verdict == "unknown"
    assert "letter" in line.reason


def test_the_differential_of_a_function_that_nothing_defines_is_not_accused() -> None:
    known = r"$df = f'(x)dx$ for a number. "
    total = (
        r"$df = \sum_{i=1}^n \frac{\partial f}{\partial x_i}dx_i"
        r" = \frac{\partial f}{\partial \boldsymbol{x}}^T \cdot d\boldsymbol{x}$"
    )
    assert "wrong" not in verdicts(known + total + r", and $d(X^T) = (dX)^T$")


def test_a_quotient_of_differentials_of_no_letter_is_read() -> None:
    for text in (r"$d(\sum_j x_j) = \frac{d(\sum_j x_j)}{dy} dy$", r"$df = \frac{d(fg)}{dx} dx$"):
        assert "internal" not in {line.verdict for line in check_text(text).lines}
        assert not any(line.internal for line in check_text(text).lines)


def test_a_place_of_what_is_no_letter_is_not_understood() -> None:
    """What stands before the bar may have been given a number by then."""
    text = (
        r"$$z \in (0, \infty)$$ "
        r"\[\left. \frac{dz}{dz} \right|_{z=\hat{y}}"
        r" = \log_2\left(\frac{\partial \mu}{\partial S}\right) = (g(u), \sigma)^\top\]"
    )
    assert not any(line.internal for line in check_text(text).lines)


@pytest.mark.parametrize("d", ["d", r"\mathrm{d}", r"\mathrm d "])
def test_a_function_without_brackets_ends_before_a_differential(d: str) -> None:
    r"""\cos x\,dx is no cosine of x\,dx, and \ln x\,dx no logarithm of it."""
    for right, wrong in (
        (r"D(\sin x) = \cos x\,Dx", r"D(\sin x) = \sin x\,Dx"),
        (r"D(x^2\sin x) = x^2\cos x\,Dx + 2x\sin x\,Dx", r"D(x^2\sin x) = 2x\cos x\,Dx"),
        (r"D(x\ln x) = \ln x\,Dx + Dx", r"D(x\ln x) = \ln x\,Dx - Dx"),
    ):
        assert verdicts(f"$${right}$$".replace("D", d)) == ["sampled"], right
        assert verdicts(f"$${wrong}$$".replace("D", d)) == ["wrong"], wrong


def test_a_line_without_a_letter_alone_counts_where_another_line_settles_it() -> None:
    rule = r"$$d(x^2\sin x) = 2x\sin x\,dx + x^2\cos x\,dx$$ "
    assert verdicts(rule + r"$$d(x^2\sin x) = x^2\,d(\sin x) + \sin x\,d(x^2)$$")[-1] == "sampled"
    assert verdicts(rule + r"$$d(x^2\sin x) = x^2\,d(\sin x) - \sin x\,d(x^2)$$")[-1] == "wrong"


# -- beside it ------------------------------------------------------------------------------------


def test_a_symmetry_of_an_undefined_function_is_not_accused() -> None:
    assert verdicts(r"$$k(x, y) = k(y, x)$$") == ["unknown"]
    assert verdicts(r"$$a(x, y, z) = -a(y, x, z)$$") == ["unknown"]
    assert verdicts(r"$k(x, y) = x - y$. $$k(x, y) = k(y, x)$$")[-1] == "wrong"


def test_a_gradient_reaches_over_its_own_variable() -> None:
    known = r"Let $x \in \mathbb{R}^n$, $A \in \mathbb{R}^{n \times n}$. "
    assert verdicts(known + r"$$\nabla_x x^\top A x = Ax$$")[-1] == "wrong"
    assert verdicts(known + r"$$\nabla_x x^\top A x = (A + A^\top)x$$")[-1] == "sampled"


def test_a_letter_may_be_short_for_the_one_with_an_index() -> None:
    known = r"$f(S_t) = \ln S_t$. "
    assert verdicts(known + r"$$\frac{\partial f}{\partial S} = \frac{1}{S_t}$$")[-1] != "wrong"
    assert verdicts(known + r"$$\frac{\partial f}{\partial S_t} = \frac{2}{S_t}$$")[-1] == "wrong"
