"""Second derivatives in a name and in what it is made of; boxes; raised digits."""

from __future__ import annotations

import pytest

from symgd import Neuron, check, check_text

GIVEN = ["z = w x + b", r"C = \\frac{1}{2}(y - z)^2".replace("\\\\", "\\")]


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (r"\frac{\partial^2 C}{\partial z\,\partial w} = x", "right"),
        (r"\frac{\partial^2 C}{\partial w\,\partial z} = x", "right"),
        (r"\frac{\partial^2 C}{\partial z\,\partial b} = 1", "right"),
        (r"\frac{\partial^2 C}{\partial w\,\partial b} = x", "right"),
        (r"\frac{\partial^2 C}{\partial z\,\partial w} = 1", "wrong"),
        (r"\frac{\partial^2 C}{\partial z\,\partial b} = x", "wrong"),
    ],
)
def test_a_name_moves_with_what_it_is_made_of(line, verdict):
    found = check([line], GIVEN).lines[0].verdict
    assert (found == "wrong") == (verdict == "wrong"), found
    assert found in ("wrong", "proved", "sampled")


@pytest.mark.spread(2)
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softplus"])
@pytest.mark.parametrize("width", [345.0, 246.0])
def test_pages_of_second_order_are_read(activation, width):
    page = Neuron(activation).derive(order=2).to_latex(document=True, width=width)
    report = check_text(page)
    assert not [line for line in report.lines if line.verdict in ("wrong", "unknown")]
    assert len(report.lines) > 20


@pytest.mark.parametrize(
    "row",
    [
        r"\frac{dC}{dw} &= \rlap{$\displaystyle (z - y) x$} \\",
        r"\frac{dC}{dw} &= (z - y) x && \parbox[t]{92pt}{\raggedright \small by the chain rule} \\",
        r"\frac{dC}{dw} &= (z - y) x \\ &\quad \rlap{\text{\small (by the chain rule)}} \\",
        r"\frac{dC}{dw} &= (z - y) x \\ &\quad \text{\parbox[t]{92pt}{\raggedright(by 1)}} \\",
    ],
)
@pytest.mark.parametrize("factor", ["", "2 "])
def test_what_stands_in_a_box_is_read(row, factor):
    row = row.replace("(z - y) x", f"{factor}(z - y) x")
    given = " ".join(f"${line}$, " for line in GIVEN)
    text = f"{given}\n\\begin{{align*}}\n{row}\n\\end{{align*}}\n"
    claim = check_text(text).lines[-1]
    assert (claim.verdict == "wrong") == bool(factor), claim
    assert claim.verdict != "unknown"


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        ("2^{-43} = 1.137·10⁻¹³", "sampled"),
        ("2^{-43} = 1.137·10⁻³", "wrong"),
        ("2^{10} = 10³ + 24", "proved"),
        ("(x²)⁶ = x¹²", "proved"),
        ("(x²)⁶ = x¹⁰", "wrong"),
    ],
)
def test_small_raised_digits_are_one_exponent(line, verdict):
    found = check([line]).lines[0].verdict
    assert (found == "wrong") == (verdict == "wrong")
    assert found in ("wrong", "proved", "sampled")
