"""Numbers of all sizes: as many digits are worked with as the sizes ask for."""

from typing import Any

import mpmath as mp
import pytest

from symgd import Limits, check
from symgd.functions import ELEMENTARY
from symgd.judge.values.digits import DIGITS, LEVELS, floor, more_than, step_digits, sufficient
from symgd.judge.values.sampling import FAR_DIGITS, Sampler
from symgd.verify.evaluate import at

RIGHT = ("proved", "sampled")

# A definition, a right line, and a wrong one.
SIZES = [
    (r"y = e^{e^5}+uz", r"\frac{dy}{du} = z", r"\frac{dy}{du} = 2z"),
    (r"y = e^{e^8}+uz", r"\frac{dy}{du} = z", r"\frac{dy}{du} = 2z"),
    (r"y = \cosh(200)+u^2z", r"\frac{d^2 y}{d u^2} = 2z", r"\frac{d^2 y}{d u^2} = z"),
    (r"f(x) = 10^{300}+\sin x", r"f'''(x) = -\cos x", r"f'''(x) = \cos x"),
    (r"f(x) = 10^{300}\sin x", r"f'(x) = 10^{300}\cos x", r"f'(x) = 7\cdot 10^{300}\cos x"),
    (r"f(x) = 10^{-40}\sin x", r"f'(x) = 10^{-40}\cos x", r"f'(x) = 7\cdot 10^{-40}\cos x"),
    (r"f(x) = 10^{-300}\sin x+1", r"f'(x) = 10^{-300}\cos x", r"f'(x) = -10^{-300}\cos x"),
    (
        r"f(x) = 1/(x-10^{-30})",
        r"f'(10^{-30}+10^{-35}) = -10^{70}",
        r"f'(2\cdot 10^{-30}) = 10^{60}",
    ),
    (r"L = (w-a)^2/10^{50}", r"\frac{dL}{dw} = 2(w-a)/10^{50}", r"\frac{dL}{dw} = (w-a)/10^{50}"),
]


@pytest.mark.spread(4)
@pytest.mark.parametrize(("definition", "right", "wrong"), SIZES)
def test_a_line_is_judged_whatever_the_size_of_its_numbers(
    definition: str, right: str, wrong: str
) -> None:
    one, other = check([right, wrong], [definition]).lines
    assert (one.verdict in RIGHT, other.verdict) == (True, "wrong")
    assert other.counterexample is not None


def test_a_slope_that_is_lost_beside_a_large_number_is_no_zero() -> None:
    """At a hundred digits both sides of e^{e^6} + x are one number, 176 digits long."""
    (line,) = check([r"\frac{\partial y}{\partial u} = 0 \cdot z"], [r"y = e^{e^6}+uz"]).lines
    assert line.verdict == "wrong"


def test_what_no_digits_suffice_for_is_not_understood() -> None:
    """e^{e^{12}} has 70000 digits before its point."""
    lines = [r"\frac{\partial y}{\partial u} = \sqrt{z^2}", r"\frac{\partial y}{\partial u} = 2z"]
    found = check(lines, [r"y = e^{e^{12}}+uz"]).lines
    assert [x.verdict for x in found] == ["unknown", "unknown"]


FAR = r"C = e^{wx} \begin{cases} v & |v| \le c \\ 6c & \text{otherwise} \end{cases}"


@pytest.mark.parametrize(
    ("line", "is_right"),
    [
        (r"\frac{\partial C}{\partial w} = C x", True),
        (r"\frac{\partial C}{\partial w} = 2 C x", False),
        (r"\frac{\partial C}{\partial w} = x e^{wx}"
         r" \begin{cases} v & |v| \le c \\ 5c & \text{otherwise} \end{cases}", False),
    ],
)  # fmt: skip
def test_a_point_far_out_where_all_digits_are_lost_says_nothing_of_the_others(
    line: str, is_right: bool
) -> None:
    """The 6 beside the corner sends letters to 576, where e^{wx} may be 10^{-13000}."""
    (found,) = check([line], [FAR]).lines
    assert found.verdict in (RIGHT if is_right else ("wrong",))


def test_a_point_far_out_takes_no_thousands_of_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where v is e^{-10000} at some of them, these are left out."""
    digits: set[int] = set()
    point = Sampler.point
    monkeypatch.setattr(Sampler, "point", lambda s, d: digits.add(d.digits) or point(s, d))
    cases = r"\begin{cases} %s & |v| \le c \\ %s & c < |v| \end{cases}"
    definitions = ["v = e^{wx}", "C = " + cases % ("v^2", "6c")]
    slope = r"\frac{\partial C}{\partial w} = " + cases % ("2 v^2 x", "0")
    (line,) = check([slope], definitions).lines
    assert line.verdict in RIGHT
    assert max(digits) <= more_than(FAR_DIGITS)


def test_a_solution_of_a_small_equation_is_put_back() -> None:
    lines = [r"\frac{\partial L}{\partial w} = 0", r"\Rightarrow w = a", r"\Rightarrow w = 2a"]
    found = check(lines, [r"L = 10^{-50}(w-a)^2"]).lines
    assert [x.verdict for x in found[1:]] == ["sampled", "wrong"]


@pytest.mark.parametrize("digits", LEVELS)
def test_what_two_differences_leave_of_a_zero_is_below_what_is_compared(digits: int) -> None:
    left = mp.mpf(10) ** -(digits - 2 * step_digits(digits))
    assert left <= floor(digits) * mp.mpf(10) ** -20


def test_digits_follow_the_size() -> None:
    assert sufficient(0) == DIGITS
    assert sufficient(round(1000 / mp.log10(2))) == next(
        d for d in LEVELS if d - 2 * step_digits(d) > 1020
    )
    assert sufficient(10**9) is None


@pytest.mark.parametrize("name", [r"\Gamma(x)", r"\ln\Gamma(x)", r"\psi(x)", r"\psi_1(x)"])
def test_what_is_summed_by_bernoullis_numbers_takes_no_minutes(name: str) -> None:
    """Near 1 the digits that tell lnΓ from 0 are thousands; LimitError would be raised."""
    with Limits(seconds=10):
        assert check([r"f(1 + 10^{-800}) = f(1)"], [rf"f(x) = {name}"]).lines


def test_functions_in_thousands_of_digits() -> None:
    def value(name: str, u: Any) -> Any:
        return at(next(row for row in ELEMENTARY if row.name == name), mp.mpf(u))

    with mp.workdps(2000):
        assert mp.isnan(value("tgamma", "1.5"))
        assert mp.isnan(value("digamma", 400))
        assert value("tgamma", 400) == mp.factorial(399)
        assert mp.isfinite(value("erf", "1.5"))
    with mp.workdps(700):
        assert abs(4 * value("tgamma", "1.5") ** 2 - mp.pi) < mp.mpf(10) ** -690
