"""What a line may take is counted in steps, and not by the clock."""

from __future__ import annotations

import time

import pytest

from symgd import check_text, resources
from symgd.judge.values.evaluator import MANY_DIGITS, Clock
from symgd.judge.work import A_SECOND, SLOWEST, Meter
from symgd.language.latex.syntax import Call, Name, Power, Product
from symgd.resources import bounded

SHEET = r"""
$z_{ij} = \sum_k W_{ik} x_{kj} + b_i$, $C = \sum_i \sum_j \frac{1}{2} (z_{ij} - t_{ij})^2$.

$\frac{\partial C}{\partial W_{ik}} = \sum_j (z_{ij} - t_{ij}) x_{kj}$

$\frac{\partial C}{\partial b_i} = \sum_j (z_{ij} - t_{ij})$

$\frac{\partial C}{\partial b_i} = \sum_j 2 (z_{ij} - t_{ij})$
"""


def test_steps_are_counted_until_there_are_none():
    meter = Meter()
    assert meter.count(10**9)  # nothing is asked for yet
    meter.allow(100)
    assert meter.count(100)
    assert not meter.is_over
    assert not meter.count(1)
    assert meter.is_over
    meter.allow(5)
    assert not meter.is_over
    assert meter.done == 10**9 + 101


def test_a_power_in_many_digits_is_as_many_steps_as_their_square():
    """In 3 000 digits a power takes a hundred times as long as in 300, and a sum ten times."""
    clock = Clock(10**9)
    clock.weigh(10 * MANY_DIGITS)
    for kind, steps in ((Power, 300), (Call, 800), (Name, 30), (Product, 10)):
        before = clock.steps
        clock.tick(kind)
        assert clock.steps - before == steps


def test_a_machine_that_is_far_too_slow_ends_too(monkeypatch):
    @bounded
    def slow():
        meter = Meter()
        meter.allow(A_SECOND)
        hour[0] += 0.9 * SLOWEST
        assert not meter.is_over
        hour[0] += 0.2 * SLOWEST
        assert meter.is_over

    hour = [0.0]
    monkeypatch.setattr(resources, "_clock_of", lambda thread: lambda: hour[0])
    slow()


@pytest.mark.parametrize("slower", [1.0, 3.0])
def test_a_slower_machine_has_the_same_verdicts(slower, monkeypatch):
    monkeypatch.setattr(resources, "_clock_of", lambda thread: lambda: slower * time.thread_time())
    verdicts = [x.verdict for x in check_text(SHEET).lines if x.role == "claim"]
    assert verdicts[-1] == "wrong"
    assert "unknown" not in verdicts


def test_indices_in_indices_are_read_once():
    """28 of them took minutes, in a pattern that nothing can end."""
    index = "x"
    for _ in range(60):
        index = f"x_{{{index}}}"
    began = time.process_time()
    check_text(f"$y = ({index}, {index})$ and $y_{{{index}}} = {index}$")
    assert time.process_time() - began < 20  # not 2^60 steps


def test_what_has_no_argument_or_no_shape_in_common_is_not_understood():
    text = (
        r"$p_i = e^{z_i}$, $L = \frac{x \otimes X^{-1}}{\sigma()}$, $I \times C = \mathbf{x}^{3}$"
    )
    assert not any(line.internal for line in check_text(text).lines)
