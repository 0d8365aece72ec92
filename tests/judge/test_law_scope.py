r"""Definitions in force, in order: what is defined anew, later, not at all, or not understood."""

from __future__ import annotations

import pytest

from symgd import check
from symgd.api.checks import check_text

RIGHT = ("proved", "sampled")


def told(text: str) -> list[tuple[str, str]]:
    """Role and verdict of each line of a Markdown text."""
    return [(x.role, x.verdict) for x in check_text(text, "md").lines]


def claims(text: str) -> list[str]:
    return [x.verdict for x in check_text(text, "md").lines if x.role == "claim"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # A letter that is defined again is the new one from there on.
        (r"$$g(p) = p^3$$ $$g'(p) = 3p^2$$ $$g(p) = \cos p$$ $$g'(p) = -\sin p$$", [True, True]),
        (r"$$g(p) = p^3$$ $$g(p) = \cos p$$ $$g'(p) = 3p^2$$", [False]),
        # Stated anew and equal, it is a claim.
        (r"$$E = (q - r)^2$$ $$E = q^2 - 2qr + r^2$$", [True]),
        # Of V_1 and V_2, and of what V is and where it lies, each is assumed.
        (r"$V_1 \in \mathbb{R}^{k \times n}$, $V_2 \in \mathbb{R}^{l \times k}$, "
         r"$q \in \mathbb{R}^n$. $$E = \|V_2 V_1 q\|^2$$ "
         r"$$\frac{\partial E}{\partial V_2} = 2 V_2 V_1 q q^\top V_1^\top$$", [True]),
        # Used before it is defined.
        (r"$$\frac{dE}{dq} = 6q$$ where $$E = 3q^2$$", [True]),
        (r"$$\frac{dE}{dq} = 5q$$ where $$E = 3q^2$$", [False]),
        # What one example assumes condemns no other.
        (r"If $u > 0$ it grows, if $u < 0$ it falls. $$E = u^2$$ $$\frac{dE}{du} = 2u$$", [True]),
        # A restatement of the loss through an intermediate.
        (r"$$E = \cos(p^3)$$ $$v = p^3$$ $$E = \cos v$$ "
         r"$$\frac{dE}{dp} = \frac{dE}{dv}\frac{dv}{dp}$$", None),
    ],
)  # fmt: skip
def test_definitions_are_in_force_in_order(text, expected):
    found = claims(text)
    if expected is None:
        assert "wrong" not in found
    else:
        assert [v in RIGHT for v in found] == expected
        assert all(v == "wrong" for v, ok in zip(found, expected, strict=True) if not ok)


@pytest.mark.parametrize(
    "definition",
    [r"\nu = \frac1m \clubsuit\sum_{j=1}^m x_j", r"\nu = \int x"],
)
def test_a_definition_that_is_not_understood_is_never_0(definition):
    text = rf"$${definition}$$ $$\frac{{\partial \nu}}{{\partial x_i}} = \frac1m$$"
    assert claims(text)[-1] == "unknown"


def test_what_rests_on_something_else_keeps_its_verdict():
    text = r"$$\nu = \int x$$ $$E = q^2$$ $$\frac{dE}{dq} = 2q$$ $$\frac{dE}{dq} = 3q$$"
    assert claims(text)[-2:] == ["proved", "wrong"]


def test_an_unread_row_breaks_the_chain():
    lines = [r"\frac{dE}{dq} = \clubsuit q", "= 2q", "= 3q"]
    verdicts = [x.verdict for x in check(lines, ["E = q^2"]).lines]
    assert verdicts[0] == "unknown"
    assert verdicts[1] in RIGHT  # beside dE/dq, which was read
    assert verdicts[2] == "wrong"
    lost = [x.verdict for x in check([r"\clubsuit q = 2q", "= 7q"], ["E = q^2"]).lines]
    assert lost == ["unknown", "unknown"]


def test_a_row_may_say_two_things():
    text = r"$$q = su + v, \quad E = q^2$$ $$\frac{dE}{ds} = 2qu \qquad \frac{dE}{dv} = 3q$$"
    assert told(text) == [
        ("definition", "taken"), ("definition", "taken"), ("claim", "proved"), ("claim", "wrong"),
    ]  # fmt: skip
    (line,) = check(
        [r"\frac{dE}{ds} = 2qu \quad \frac{dE}{dv} = 3q"], ["E = q^2", "q = su + v"]
    ).lines
    assert line.verdict == "wrong"


def test_a_reason_between_two_rows_does_not_break_the_chain():
    text = r"""$$\begin{align}
    E &= \log(u v) \\
    \because \log(u v) &= \log u + \log v \\
      &= \log u + \log v \\
      &= \log u - \log v
    \end{align}$$"""
    assert claims(text)[-2:] == ["sampled", "wrong"] or claims(text)[-2:] == ["proved", "wrong"]


def test_where_a_definition_lies_is_no_part_of_it():
    text = r"$$q = su \in \mathbb{R}$$ $$\frac{dq}{ds} = u$$ $$\frac{dq}{ds} = s$$"
    assert claims(text) == ["proved", "wrong"]


CHAIN = (
    r"$$z = wx + b$$ $$a = \tanh(z)$$ $$C = (a - y)^2$$ $$\delta = \frac{\partial C}{\partial z}$$ "
)


def test_a_letter_that_is_a_derivative_is_not_defined_anew_by_its_value():
    wrong = CHAIN + r"$$\delta = -2(a - y)(1 - a^2)$$ $$\frac{\partial C}{\partial w} = \delta x$$"
    assert claims(wrong) == ["wrong", "proved"]
    right = wrong.replace("-2(a", "2(a")
    assert claims(right) == ["proved", "proved"]


def test_a_letter_that_is_a_derivative_is_defined_anew_in_new_letters():
    text = CHAIN + r"$$\delta = q - p$$ $$\frac{d}{dq} \delta^2 = 2\delta$$"
    assert "wrong" not in claims(text)


def test_a_recursion_that_begins_with_a_wrong_value_is_named_where_it_begins():
    text = (
        r"$$z^l = w^l a^{l-1} + b^l$$ $$a^l = \tanh(z^l)$$ $$C = (a^L - y)^2$$ "
        r"$$\delta^l = \frac{\partial C}{\partial z^l}$$ $$\delta^L = -2(a^L - y)(1 - (a^L)^2)$$ "
        r"$$\delta^l = w^{l+1} \delta^{l+1} (1 - (a^l)^2)$$"
    )
    assert claims(text)[0] == "wrong"
    assert claims(text)[1] != "wrong"


CONDITIONED = [
    # What is said for z > 0 is not said of -3, and there |z| is z.
    (r"$$f(z) = z, z > 0$$ $$f'(-3) = 1$$", "unknown"),
    (r"$$f(z) = z, z > 0$$ $$f(-3) = -3$$", "unknown"),
    (r"$$f(z) = z^2 (z > 0)$$ $$f(-3) = 9$$", "unknown"),
    (r"$$f(z) = z^2 \text{ for } z > 0$$ $$f'(-3) = -6$$", "unknown"),
    (r"$$f(z) = z^2 (z > 0)$$ $$f'(z) = 2|z|$$", "right"),
    (r"$$f(z) = z^2 (z > 0)$$ $$f'(z) = 2z$$", "right"),
    (r"$$f(z) = z^2 (z > 0)$$ $$f'(z) = 3z$$", "wrong"),
    (r"$$f(z) = z^2, z > 0$$ $$f'(3) = 6$$", "right"),
    (r"$$h_i = z_i^2, z_i > 0$$ $$\frac{\partial h_i}{\partial z_i} = 2|z_i|$$", "right"),
    # Two rows are one function by cases.
    (r"$$f(x) = x, x > 0$$ $$f(x) = x^2, x \le 0$$ $$f'(3) = 1$$", "right"),
    (r"$$f(x) = x, x > 0$$ $$f(x) = x^2, x \le 0$$ $$f'(-3) = -6$$", "right"),
    (r"$$f(x) = x, x > 0$$ $$f(x) = x^2, x \le 0$$ $$f'(-3) = 1$$", "wrong"),
    # What is said as a whole further down is new there, and there only.
    (r"$$f(z) = z, z > 0$$ $$f'(z) = 1$$ $$f(z) = z^2$$", "right"),
    (r"$$f(z) = z, z > 0$$ $$f(z) = z^2$$ $$f'(-1) = -2$$", "right"),
    # A density is 0 elsewhere.
    (r"$$p(x) = \lambda e^{-\lambda x}, x \ge 0$$ $$\int_0^\infty p(x) dx = 1$$", "right"),
]


@pytest.mark.parametrize(("text", "expected"), CONDITIONED)
def test_a_definition_under_a_condition_says_nothing_elsewhere(text, expected):
    (verdict,) = claims(text)
    assert ("right" if verdict in RIGHT else verdict) == expected


def test_what_is_not_understood_may_move_with_anything():
    """y may be w², and then the derivative of yw is 3w²."""
    text = r"$$y = \mathrm{foo}(w) @$$ $$\frac{\partial(yw)}{\partial w} = y$$"
    assert set(claims(text)) == {"unknown"}


def test_a_condition_in_a_column_of_its_own_is_that_of_its_row() -> None:
    rows = r"""$$\begin{align} f(x) &= x, && x > 0 \\ f(x) &= x^2, && x \le 0 \end{align}$$

$$f'(x) = 2x, \quad x < 0$$

$$f'(x) = 3x, \quad x < 0$$

$$f(-2) = 4$$

$$f(3) = 3$$
"""
    lines = check_text(rows).lines
    verdicts = [x.verdict for x in lines if x.role == "claim"]
    assert [v if v == "wrong" else "right" for v in verdicts] == [
        "right",
        "wrong",
        "right",
        "right",
    ]
    assert "unknown" not in verdicts


def test_two_equations_in_two_columns_are_two_statements() -> None:
    rows = r"""$$\begin{align} y &= x^2 & z &= 3x \\
\frac{dy}{dx} &= 2x & \frac{dz}{dx} &= 2 \end{align}$$"""
    assert [x.verdict for x in check_text(rows).lines if x.role == "claim"] == ["proved", "wrong"]


def test_a_letter_whose_density_is_given_moves_with_no_parameter() -> None:
    said = r"$p(x) = \lambda e^{-\lambda x}$ and $\mathbb{E}[x] = 1/\lambda$."
    claims = {
        r"\frac{d}{d\lambda}\log p(x) = \frac{1}{\lambda} - x": ("proved", "sampled"),
        r"\frac{d}{d\lambda}\log p(x) = \frac{1}{\lambda} - 2x": ("wrong",),
    }
    for claim, wanted in claims.items():
        (line,) = [x for x in check_text(f"{said}\n\n$${claim}$$").lines if x.role == "claim"]
        assert line.verdict in wanted
