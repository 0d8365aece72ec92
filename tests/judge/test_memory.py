"""What is known at a point, under overrides: against the same formula typed in mpmath."""

from __future__ import annotations

from random import Random
from typing import Any

import mpmath as mp
import pytest

from symgd import check_text
from symgd.functions import Elementary, more_rows
from symgd.judge.environment.declarations import declare
from symgd.judge.trouble import Circular
from symgd.judge.values.digits import DIGITS
from symgd.judge.values.evaluator import Clock, Evaluator
from symgd.judge.values.memory import Memory
from symgd.judge.values.names import name_at
from symgd.judge.values.points import Point
from symgd.language.latex.statements import statement
from symgd.language.latex.syntax import ONE, TWO, Derivative, Name

DEFINITIONS = [
    r"z_j = \sum_i w_{ji} x_i",
    r"p_j = \frac{e^{z_j}}{\sum_m e^{z_m}}",
    r"C = -\sum_j t_j \log p_j",
]
OTHER = [r"\frac{\partial C}{\partial w_{ji}} = (p_j - t_j) x_i"]


def evaluator() -> tuple[Any, Evaluator]:
    env = declare(DEFINITIONS, [r"\sum_j t_j = 1"], OTHER)
    return env, Evaluator(env, Point(env, 3, "positive"), Clock(10**7))


def member(env: Any, text: str) -> Any:
    return env.read(f"a = {text}").members[1]


class Witness:
    """The network of DEFINITIONS, written down once more."""

    def __init__(self, e: Evaluator) -> None:
        j, i = (range(1, 1 + e.point.size(("letter", n))) for n in "ji")
        self.w = {(a, b): name_at(e, ("w", (a, b), ())) for a in j for b in i}
        self.x = {b: name_at(e, ("x", (b,), ())) for b in i}
        self.t = {a: name_at(e, ("t", (a,), ())) for a in j}

    def shares(self) -> dict[int, Any]:
        z = {a: mp.fsum(self.w[a, b] * self.x[b] for b in self.x) for a in self.t}
        total = mp.fsum(map(mp.exp, z.values()))
        return {a: mp.exp(z[a]) / total for a in z}

    def cost(self) -> Any:
        p = self.shares()
        return -mp.fsum(self.t[a] * mp.log(p[a]) for a in p)


def test_values_stand_where_their_names_do_not_move():
    """Any override after any other, with everything known before: as if nothing had been."""
    rng = Random(7)
    with mp.workdps(DIGITS):
        env, e = evaluator()
        for _ in range(30):
            witness = Witness(e)
            here, moved = e, {}
            for _ in range(rng.randint(0, 3)):
                place = rng.choice([*witness.w, *witness.x])
                table, label = (
                    (witness.w, ("w", place, ())) if isinstance(place, tuple)
                    else (witness.x, ("x", (place,), ()))
                )  # fmt: skip
                table[place] = mp.mpf(rng.randint(-900, 900)) / 500
                moved[label] = table[place]
                here = here.overridden({label: table[place]})
            a = rng.choice([*witness.t])
            assert abs(here.value(member(env, f"p_{a}")) - witness.shares()[a]) < mp.mpf(10) ** -80
            assert abs(here.value(member(env, "C")) - witness.cost()) < mp.mpf(10) ** -80


def test_slopes_are_those_of_the_point_that_they_are_taken_at():
    """A derivative under overrides, after the same one without: (p - t) x of the other point."""
    with mp.workdps(DIGITS):
        _, e = evaluator()
        tree = Derivative(Name("C"), (Name("w", (ONE, TWO)),))
        witness = Witness(e)
        for x in (witness.x[2], mp.mpf("0.7"), witness.x[2], mp.mpf("-1.3")):
            witness.x[2] = x
            right = (witness.shares()[1] - witness.t[1]) * x
            found = e.overridden({("x", (2,), ()): x}).value(tree)
            assert abs(found - right) < mp.mpf(10) ** -40


def test_what_does_not_move_is_worked_out_once():
    with mp.workdps(DIGITS):
        env, e = evaluator()
        e.value(member(env, "C"))
        before = e.clock.left
        e.value(member(env, "C"))
        assert before - e.clock.left == 1
        label = ("t", (1,), ())
        e.overridden({label: mp.mpf(2)}).value(member(env, r"\sum_j p_j"))
        spent = before - e.clock.left
        e.overridden({("x", (1,), ()): mp.mpf(2)}).value(member(env, r"\sum_j p_j"))
        assert spent < 20 < before - e.clock.left - spent


def test_a_part_of_a_definition_moves_with_what_it_is_made_of():
    """∂C/∂(wx) where z = wx + b, at w and at another w."""
    with mp.workdps(DIGITS):
        env = declare(["z = wx + b", r"C = \sin(z)"], [], [r"\frac{\partial C}{\partial (wx)} = 1"])
        e = Evaluator(env, Point(env, 1), Clock(10**6))
        tree = env.read(r"\frac{\partial C}{\partial (wx)} = 1").members[0]
        x, b = (e.value(env.read(f"a = {n}").members[1]) for n in "xb")
        for w in (mp.mpf("0.25"), mp.mpf("1.5"), mp.mpf("0.25")):
            found = e.overridden({("w", (), ()): w}).value(tree)
            assert abs(found - mp.cos(w * x + b)) < mp.mpf(10) ** -40


def test_values_are_kept_for_their_digits():
    env, e = evaluator()
    tree = member(env, "p_1")
    with mp.workdps(30):
        rough = e.value(tree)
    with mp.workdps(DIGITS):
        fine = e.value(tree)
        right = Witness(e).shares()[1]
        assert mp.mpf(10) ** -60 < abs(rough - right) < mp.mpf(10) ** -25
        assert abs(fine - right) < mp.mpf(10) ** -80


def test_what_leads_to_itself_is_told_and_leaves_nothing_behind():
    env, _ = evaluator()
    memory = Memory()

    def again() -> Any:
        return memory.value(env, "a", again, "a")

    for _ in range(2):
        with pytest.raises(Circular):
            memory.value(env, "a", again, "a")
    assert not memory.trails
    assert memory.value(env, "a", lambda: 3, "a") == 3


def test_what_is_rounded_is_said_of_every_line_that_rests_on_it():
    """Two lines on one integral: neither has more digits than the integral."""
    found = check_text(
        "$$I = \\int_0^1 e^{-x^2} dx$$\n\n$$J = 2 I + w$$\n\n$$J - w = 2 I$$\n\n$$2 I + w = J$$\n\n"
        "$$I + I = 2 I$$\n"
    )
    digits = {x.digits for x in found.lines if x.role == "claim" and x.verdict == "sampled"}
    assert len(digits) <= 1


def test_a_line_that_was_read_is_read_anew_with_more_functions():
    env, _ = evaluator()
    line, vocabulary = r"y = \operatorname{twofold}(x)", env.vocabulary
    before = statement(line, vocabulary)
    assert statement(line, vocabulary) is before
    with more_rows(Elementary("twofold", r"\operatorname{twofold}", "twofold", formula="2*u")):
        assert statement(line, vocabulary) is not before
    assert statement(line, vocabulary) == before


NORMALISED = r"""$X \in \mathbb{R}^{4 \times 3}$, $W \in \mathbb{R}^{3 \times 2}$,
$b \in \mathbb{R}^{1 \times 2}$
\begin{align}
Z &= XW + \mathbf{1}_{4} b \\
U &= Z - \frac{1}{4}\mathbf{1}_{4} \mathrm{colsum}(Z) \\
C &= \mathrm{sum}(\tanh(U)) \\
D &= \frac{\partial C}{\partial Z}
\end{align}
\begin{align}
\frac{\partial C}{\partial b} &= \mathrm{colsum}(D) \\
\frac{\partial C}{\partial W} &= X^\top D \\
\frac{\partial C}{\partial W} &= 2 X^\top D \\
\frac{\partial C}{\partial G} &= 17 D
\end{align}
"""


def test_a_slope_that_is_normalised_away_is_judged_and_one_that_nothing_moves_is_not():
    """By hand: the mean of the columns takes b out of U, so that ∂C/∂b is 0; G is not in C."""
    found = [x for x in check_text(NORMALISED).lines if x.role == "claim"]
    assert [x.verdict for x in found] == ["sampled", "sampled", "wrong", "unknown"]
