"""Cases are what they are said to be, whatever sympy does with what they stand in."""

from __future__ import annotations

import math

import pytest
import sympy as sp

from symgd import Model
from symgd.trees.kept import restored, written
from symgd.trees.scalars import Piecewise, piecewise, settle

X, Y = sp.symbols("x y", real=True)


def kept(relation, a, b):
    return relation(a, b, evaluate=False)


CASES = [
    # sympy divides the sides by what stands before a letter, and there is none
    piecewise((X, kept(sp.Gt, sp.Integer(100), sp.Integer(-1))), (Y, sp.true)),
    # sympy compares no complex numbers, and no nan
    piecewise((X, kept(sp.Lt, sp.log(sp.Integer(-2)), X)), (Y, sp.true)),
    piecewise((X, kept(sp.Lt, sp.zoo, sp.Integer(1))), (Y, sp.true)),
    # a form of sympy's own, of which there is another one, without end
    piecewise((X, kept(sp.Eq, X - Y, Y - piecewise((X, kept(sp.Ge, X, Y)), (Y, sp.true)))),
              (Y, kept(sp.Lt, -2 * X, 3 - Y)), (X * Y, sp.true)),
]  # fmt: skip


@pytest.mark.parametrize("cases", CASES)
def test_what_is_made_of_cases_has_their_conditions_as_they_are_said(cases):
    conditions = [c for _, c in cases.args]
    for made in (cases**3, cases ** piecewise((2, kept(sp.Ge, X, Y)), (X, sp.true)), 1 / cases,
                 sp.diff(cases, X), cases.xreplace({Y: Y + 1}).xreplace({Y: Y - 1})):  # fmt: skip
        assert type(made) is Piecewise
        if made.free_symbols == cases.free_symbols:
            assert len(made.args) == len(conditions)
    assert [c for _, c in (cases**3).args] == conditions
    assert restored(written(cases)) == cases
    assert settle(settle(cases)) == settle(cases)


def test_what_never_holds_is_left_out_and_so_is_what_stands_behind_what_always_does():
    assert Piecewise((X, sp.false), (Y, sp.true)) == Y
    assert Piecewise((X, X > 0), (Y, True), (sp.Integer(1), X < 0)).args[1] == (Y, sp.true)
    assert Piecewise((X, sp.false)) is sp.nan
    assert piecewise((X, X > 0), (Y, sp.true)) == Piecewise((X, X > 0), (Y, sp.true))


def test_a_maximum_is_settled_without_comparing_what_has_letters(monkeypatch):
    def compared(*_):
        raise AssertionError

    monkeypatch.setattr(sp.Max, "_is_connected", classmethod(compared))
    u, v, two, three = sp.exp(X) - Y, sp.log(1 + X**2), sp.Integer(2), sp.Integer(3)
    said = sp.Max(u, sp.Max(v, two, u, evaluate=False), three, sp.zoo, evaluate=False)
    assert set(settle(said).args) == {u, v, three, sp.zoo}
    monkeypatch.undo()
    assert settle(sp.Max(sp.sqrt(2), 1, evaluate=False)) == sp.sqrt(2)


def test_a_last_case_like_the_one_before_it_is_left_out_where_lines_are_settled():
    said = piecewise((X, kept(sp.Gt, X, Y)), (X, sp.true))
    assert type(said) is Piecewise
    assert settle(said) == X


def test_cases_are_sorted_as_sympy_s_own():
    """Among factors and terms, so that no line changes its order."""
    own = sp.Piecewise((X, X > 0), (Y, True))
    assert Piecewise(*own.args).sort_key() == own.sort_key()
    assert Piecewise(*own.args).class_key() == own.class_key()


def test_a_power_of_cases_by_cases_derives():
    model = Model(
        {
            "z": "where(w - x == x - max(x, y), erf(x), x*y)^(where(x >= y, 2, x)*w)",
            "C": "max(where(100 > -1, w, x)^(-1), z)",
        },
        parameters=["w"],
    )
    at = {"w": 2.0, "x": 1.5, "y": 1.0}
    # z = 1.5^(2w) is the greater one: its slope is 2·ln 1.5·1.5^(2w)
    expected = 2 * math.log(1.5) * 1.5**4
    assert model.compile()(**at)[1]["w"] == pytest.approx(expected)
    assert model.derive().at(**at).gradient["w"] == pytest.approx(expected)
