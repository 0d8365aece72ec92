"""What stands in a tree many times is asked once, and trees of any size are done at once."""

import sympy as sp

from symgd.derive.algebra.arithmetic import drop, score
from symgd.derive.opening import Opening
from symgd.trees.scalars import D, P, add, distinct, exchange, letters_in, mul, power, settle

X, T, V = sp.symbols("x t v", real=True)


def folded(leaf, depth=90):
    """A tree of 2^depth leaves, of which depth + 1 parts are different."""
    out = leaf
    for _ in range(depth):
        out = power(add(out, mul(X, out)), sp.Integer(3))
    return out


def test_parts_are_exchanged_dropped_settled_and_scored_once():
    put = exchange(folded(T), T, V)
    for made in (put, drop(put)):
        assert letters_in(made) == {X, V}
        assert score(made) > 2**90
        assert len(list(distinct(made))) < 400
    assert settle(folded(V, 8)) == settle(exchange(folded(T, 8), T, V))


def test_derivatives_are_opened_outermost_and_leftmost_first_and_each_once():
    asked = []
    opening = Opening(
        add(mul(P(V, X), folded(D(V, T), 60)), D(V, X)),
        lambda n: (asked.append(n), isinstance(n, D))[1],
    )
    assert opening.first() == D(V, T)
    opening.put(D(V, T), sp.S.One)
    assert opening.first() == D(V, X)
    opening.put(D(V, X), sp.S.Zero)
    assert opening.first() is None
    assert asked == [P(V, X), D(V, T), D(V, X)]
    assert letters_in(opening.whole) == {V, X}
