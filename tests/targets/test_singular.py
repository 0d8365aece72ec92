"""Products of entries of which some are 0, determinants of singular matrices.

They are polynomials, and have every derivative there. The witness is sympy, which differentiates
the polynomial written out, in whole numbers.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import sympy as sp

from symgd import Model

X, x, y = sp.MatrixSymbol("X", 3, 3), sp.MatrixSymbol("x", 3, 1), sp.MatrixSymbol("y", 3, 1)
A = sp.Matrix([[2, 1, 0], [1, -1, 3], [0, 2, 1]])
RANK_1, RANK_2 = [[1, 2, -1], [2, 4, -2], [-3, -6, 3]], [[1, 2, -1], [2, 4, -2], [1, 0, 5]]
SHAPES = {"X": (3, 3), "x": (3,), "y": (3,), "A": (3, 3)}


def prod(u: sp.MatrixBase) -> sp.Expr:
    return sp.prod(list(sp.Matrix(u)))


# definitions, what is differentiated in and where, and the cost as a polynomial
CASES = {
    "prod(x)": ({"x": [0, 2, 3]}, prod(x)),
    "prod(x)^2 + prod(A*x)": ({"x": [0, 2, -3]}, prod(x) ** 2 + prod(A * sp.Matrix(x))),
    "prod(x.*y)": (
        {"x": [0, 2, 3], "y": [1, 0, 2]},
        prod(x) * prod(y),
    ),
    "prod(x)*sum(x.^3)": ({"x": [0, 0, 3]}, prod(x) * sum(u**3 for u in sp.Matrix(x))),
    "(prod(x) + 2)*(y'*x)": ({"x": [0, 2, 3]}, (prod(x) + 2) * (sp.Matrix(y).dot(sp.Matrix(x)))),
    "prod(X)": ({"X": [[1, 0, 2], [3, 1, 0], [1, 1, 1]]}, prod(X)),
    "det(X)": ({"X": RANK_1}, sp.Matrix(X).det()),
    "det(X)^2 + tr(X)": ({"X": RANK_2}, sp.Matrix(X).det() ** 2 + sp.Matrix(X).trace()),
    "det(X)^3": ({"X": RANK_2}, sp.Matrix(X).det() ** 3),
    "det(A*X)": ({"X": RANK_1}, (A * sp.Matrix(X)).det()),
    "det(X'*X)": ({"X": RANK_2}, (sp.Matrix(X).T * sp.Matrix(X)).det()),
    "tr(X)*det(X)": ({"X": RANK_2}, sp.Matrix(X).trace() * sp.Matrix(X).det()),
    "det(X)*prod(A*x)": (
        {"X": RANK_2, "x": [1, -2, 3]},
        sp.Matrix(X).det() * prod(A * sp.Matrix(x)),
    ),
}
OTHER = {"y": [3, 1, 2], "A": A.tolist()}


def entries(name: str) -> list[sp.Expr]:
    """The entries of a parameter, by columns."""
    symbol = {"X": X, "x": x, "y": y}[name]
    return list(sp.Matrix(symbol).vec())


@pytest.mark.spread(6, 2)
@pytest.mark.parametrize(
    ("text", "named"),
    [(text, False) for text in CASES] + [(text, True) for text in CASES if "prod(x)" in text],
)
def test_derivatives_are_those_of_the_polynomial(text, named):
    point, polynomial = CASES[text]
    body = {"C": text}
    if named:
        body = {"p": "prod(x)", "C": text.replace("prod(x)", "p")}
    model = Model(body, list(point), shapes={n: s for n, s in SHAPES.items() if n in text})
    given = {n: np.array(v, float) for n, v in {**OTHER, **point}.items() if n in text}
    at = {}
    for n in {*point, "y"}:
        values = sp.Matrix(OTHER.get(n, 0) if n not in point else point[n]).vec()
        at |= dict(zip(entries(n), values, strict=True))
    exact = sp.sympify(polynomial)

    _, slopes, hessian = model.compile(order=2)(**given)
    scale = 1.0
    for p, q in itertools.combinations_with_replacement(point, 2):
        rows = [[sp.diff(exact, u, v).subs(at) for v in entries(q)] for u in entries(p)]
        wanted = np.array(rows, float)
        scale = max(scale, abs(wanted).max())
        np.testing.assert_allclose(hessian[f"{p},{q}"], wanted, rtol=0, atol=1e-11 * scale)
    for p in point:
        wanted = np.array([sp.diff(exact, u).subs(at) for u in entries(p)], float)
        found = np.asarray(slopes[p]).flatten(order="F")
        np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-11 * scale)


@pytest.mark.parametrize("text", CASES)
def test_the_product_of_the_hessian_is_the_hessian_times_the_direction(text):
    point, _ = CASES[text]
    model = Model({"C": text}, list(point), shapes={n: s for n, s in SHAPES.items() if n in text})
    given = {n: np.array(v, float) for n, v in {**OTHER, **point}.items() if n in text}
    direction = {p: np.arange(1.0, 1 + given[p].size).reshape(given[p].shape) for p in point}
    found = model.compile().product(direction, **given)
    hessian = model.compile(order=2)(**given)[2].matrix()
    along = np.concatenate([direction[p].flatten(order="F") for p in point])
    theirs = np.concatenate([np.asarray(found[p]).flatten(order="F") for p in point])
    scale = max(1.0, abs(hessian).max())
    np.testing.assert_allclose(theirs, hessian @ along, rtol=0, atol=1e-10 * scale)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_the_movement_of_an_adjugate_of_any_rank(size):
    from symgd.targets.arrays.helpers import adjugate_along, others_along

    rng = np.random.default_rng(size)
    for rank in range(size + 1):
        x = rng.integers(-2, 3, (size, rank)) @ rng.integers(-2, 3, (rank, size))
        dx = rng.integers(-3, 4, (size, size))
        t = sp.Symbol("t")
        exact = (sp.Matrix(x) + t * sp.Matrix(dx)).adjugate().diff(t).subs(t, 0)
        found = adjugate_along(x.astype(float), dx.astype(float))
        np.testing.assert_allclose(found, np.array(exact, float), atol=1e-10 * 6.0**size)
        row, drow = x[0].astype(float), dx[0].astype(float)
        each = [sp.prod(list(np.delete(row + t * drow, i))).diff(t).subs(t, 0) if size > 1 else 0
                for i in range(size)]  # fmt: skip
        got = others_along(row, drow, np.empty(size))
        np.testing.assert_allclose(got, np.array(each, float), atol=1e-12)
