"""Families: what has an index, told, derived, checked and compiled; differences are the witness."""

from __future__ import annotations

import re
import warnings

import mpmath as mp
import numpy as np
import pytest

from symgd import Model, train
from symgd.errors import DataError, FormulaError, ModelError, NoRuleError, ShapeError
from symgd.language.arrays.grammar import read_size

# Names, definitions, parameters, shapes.
MODELS = {
    "quadratic forms": ({"C": "sum(k, mu[k]'*Q[k]*mu[k])"}, "Q mu", {"Q": ("K", "d", "d"), "mu": ("K", "d")}),
    "covariances": (
        {"A[k]": "Q[k]*Q[k]' + eye(d)", "C": "sum(k, logdet(A[k]) + mu[k]'*inv(A[k])*mu[k])"},
        "Q mu", {"Q": ("K", "d", "d"), "mu": ("K", "d")},
    ),
    "two indices": (
        {"C": "sum(i, sum(k, a[i]*b[k]*tanh(x[i]'*mu[k])))"},
        "a b x mu", {"a": "n", "b": "K", "x": ("n", "d"), "mu": ("K", "d")},
    ),
    "kernel density": (
        {"s[i]": "sum(k, exp(-norm2(x[i] - mu[k])^2))", "C": "sum(log(s))"},
        "x mu", {"x": ("n", "d"), "mu": ("K", "d")},
    ),
    "mixed matrices": (
        {"M": "sum(k, w[k]*Q[k])", "C": "norm2(M*X)^2"},
        "w Q X", {"w": "K", "Q": ("K", "d", "d"), "X": ("d", "n")},
    ),
    "a family of layers": (
        {"G[k]": "gelu(X*mu[k])", "C": "sum(k, w[k]*sum(G[k]))"},
        "X mu w", {"X": ("n", "d"), "mu": ("K", "d"), "w": "K"},
    ),
    "shares of rows": (
        {"P[k]": "rsoftmax(X*Q[k])", "C": "sum(k, sum(P[k].*log(P[k])))"},
        "X Q", {"X": ("n", "d"), "Q": ("K", "d", "m")},
    ),
    "shares": ({"C": "sum(k, softmax(mu[k])'*v + logsumexp(mu[k]))"}, "mu v", {"mu": ("K", "d"), "v": "d"}),
    "entries": ({"C": "x[2]*x[3] + Z[1]'*Z[2] + sum(x)"}, "x Z", {"x": "n", "Z": ("n", "d")}),
    "entries of a layer": (
        {"H": "tanh(W*x)", "C": "H[2]^2 + log(1 + exp(H[1]))"}, "W x", {"W": ("n", "d"), "x": "d"},
    ),
    "log-sum-exp of rows": ({"C": "sum(rlogsumexp(Z*W))"}, "Z W", {"Z": ("n", "d"), "W": ("d", "K")}),
    "triangles": ({"C": "sum(k, norm2(lower(l[k], d)*x)^2)"}, "l x", {"l": ("K", "d*(d-1)/2"), "x": "d"}),
    "below a diagonal": ({"C": "sum(below(A*A).^2)"}, "A", {"A": ("d", "d")}),
    "stacked": ({"C": "norm2(stack(k, Q[k]*x) - y)^2"}, "Q x", {"Q": ("K", "d", "d"), "x": "d", "y": "K*d"}),
    "determinants": ({"C": "sum(k, det(Q[k])*norm2(mu[k]))"}, "Q mu", {"Q": ("K", "d", "d"), "mu": ("K", "d")}),
    "largest entries": ({"C": "sum(k, max(mu[k])*w[k]) + min(w)*max(mu*v)"}, "mu w v", {"mu": ("K", "d"), "w": "K", "v": "d"}),
    "products": ({"C": "prod(x) + sum(k, prod(mu[k]))*log(prod(x.^2))"}, "x mu", {"x": "n", "mu": ("K", "d")}),
    "a name twice": ({"C": "sum(k, x[k]*sum(k, x[k]^2))"}, "x", {"x": "n"}),
    "matrix exponentials": ({"C": "sum(k, tr(expm(Q[k])*S))"}, "Q", {"Q": ("K", "d", "d"), "S": ("d", "d")}),
    "members and the whole": (
        {"R[k]": "X*Q[k]", "C": "sum(stack(k, R[k])) + sum(k, norm2(R[k])^2)"},
        "X Q", {"X": ("n", "d"), "Q": ("K", "d", "d")},
    ),
}  # fmt: skip
# numbers of the sizes: wide, one family, one column
SIZES = ({"n": 7, "d": 3, "K": 4, "m": 2}, {"n": 4, "d": 2, "K": 1, "m": 2})


def model(name):
    definitions, parameters, shapes = MODELS[name]
    return Model(definitions, parameters.split(), shapes=shapes)


def numbers(shapes, sizes, seed=1):
    rng = np.random.default_rng(seed)
    out = {}
    for n, spec in shapes.items():
        spec = (spec,) if isinstance(spec, str) else spec
        shape = tuple(read_size(s).value(sizes) for s in spec)
        out[n] = rng.standard_normal(shape) if shape else 0.7
    return out


def slope(f, given, p, i, h=1e-3):
    """∂f/∂p_i by differences of order 8."""

    def at(step):
        moved = given[p].copy()
        moved.reshape(-1)[i] += step
        return f({**given, p: moved})

    weights = ((1, 4 / 5), (2, -1 / 5), (3, 4 / 105), (4, -1 / 280))
    return sum(w * (at(j * h) - at(-j * h)) for j, w in weights) / h


@pytest.mark.spread(2)
@pytest.mark.parametrize("sizes", SIZES, ids=["several", "one"])
@pytest.mark.parametrize("name", MODELS)
def test_gradient_agrees_with_differences(name, sizes):
    shapes = MODELS[name][2]
    gradient = model(name).compile()
    given = numbers(shapes, sizes)
    if name in ("covariances", "kernel density"):
        given = {n: a / 2 for n, a in given.items()}
    _, slopes = gradient(**given)
    for p, found in slopes.items():
        assert found.shape == given[p].shape
        for i in range(0, found.size, 1 + found.size // 6):
            wanted = slope(lambda at: gradient(**at)[0], given, p, i)
            assert found.flat[i] == pytest.approx(wanted, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("name", MODELS)
def test_one_by_one_is_as_in_blocks(name):
    """The kernel that looks at every entry goes through an index value by value."""
    shapes = MODELS[name][2]
    compiled = model(name).compile().core.compiled
    given = compiled.checked(numbers(shapes, SIZES[0]))
    sizes = compiled.sizes_of(given)
    args = [given[n].reshape(-1, given[n].shape[-1]) for n in compiled.leaves]
    with np.errstate(all="ignore"):
        value, results = compiled.careful(args, sizes, np.dtype(float))
    wanted, slopes = compiled(**numbers(shapes, SIZES[0]))
    assert value == pytest.approx(wanted, rel=1e-12)
    for a, b in zip(results, slopes.values(), strict=True):
        np.testing.assert_allclose(a.ravel(), b.ravel(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("name", MODELS)
def test_every_step_is_checked(name):
    found = model(name).derive()
    assert found.verdict.status in ("exact", "sampled")
    assert all(s.verdict is not None for section in found.sections for s in section.steps)


@pytest.mark.parametrize("name", ["quadratic forms", "two indices", "entries", "triangles"])
def test_hessian_times_a_direction(name):
    gradient = model(name).compile()
    given = numbers(MODELS[name][2], SIZES[0])
    parameters = MODELS[name][1].split()
    along = {p: numbers(MODELS[name][2], SIZES[0], 5)[p] for p in parameters}
    found = gradient.product(along, **given)
    h = 1e-4

    def moved(step):
        return gradient(**{**given, **{p: given[p] + step * along[p] for p in parameters}})[1]

    for p in parameters:
        wanted = (8 * (moved(h)[p] - moved(-h)[p]) - moved(2 * h)[p] + moved(-2 * h)[p]) / (12 * h)
        np.testing.assert_allclose(found[p], wanted, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize(
    "name", ["quadratic forms", "two indices", "entries", "triangles", "mixed matrices", "stacked"]
)
def test_the_hessian_by_its_columns(name):
    """Against differences of the gradient; a matrix is its vec, a family one matrix."""
    shapes = MODELS[name][2]
    given, gradient = numbers(shapes, SIZES[0]), model(name).compile()
    value, slopes, hessian = model(name).compile(order=2)(**given)
    assert value == gradient(**given)[0]
    whole, names = hessian.matrix(), list(slopes)
    np.testing.assert_allclose(whole, whole.T, rtol=1e-11, atol=1e-11)

    def flat(found):
        return np.concatenate(
            [found[p].reshape(-1, found[p].shape[-1]).ravel(order="F") if found[p].ndim > 1 else found[p]
             for p in names]
        )  # fmt: skip

    h, column = 1e-4, 0
    for p in names:
        a = given[p]
        two = a.reshape(-1, a.shape[-1]) if a.ndim > 1 else a
        for i in range(a.size):
            unit = np.zeros(a.size)
            unit[i] = 1.0
            along = unit.reshape(two.shape, order="F").reshape(a.shape)
            at = [flat(gradient(**{**given, p: a + s * h * along})[1]) for s in (2, 1, -1, -2)]
            wanted = (8 * (at[1] - at[2]) - at[0] + at[3]) / (12 * h)
            np.testing.assert_allclose(whole[:, column], wanted, rtol=1e-6, atol=1e-6)
            column += 1


# -- the mixture ----------------------------------------------------------------------------------

MIXTURE = {
    "Q[k]": "diag(exp(q[k])) + lower(l[k], d)",
    "R[k]": "(X - ones(n,1)*mu[k]')*Q[k]'",
    "u[k]": "(alpha[k] + sum(q[k]))*ones(n,1) - rsum(R[k].^2)/2",
    "C": "sum(rlogsumexp(u')) - n*logsumexp(alpha)"
    " + sum(k, g^2*(norm2(exp(q[k]))^2 + norm2(l[k])^2)/2 - m*sum(q[k]))",
}
MIXTURE_SHAPES = {
    "X": ("n", "d"), "alpha": "K", "mu": ("K", "d"), "q": ("K", "d"), "l": ("K", "d*(d-1)/2"),
    "g": (), "m": (),
}  # fmt: skip
PARAMETERS = ["alpha", "mu", "q", "l"]


def mixture():
    return Model(MIXTURE, PARAMETERS, shapes=MIXTURE_SHAPES)


def points(n, d, k, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "X": rng.standard_normal((n, d)),
        "alpha": rng.standard_normal(k),
        "mu": rng.random((k, d)),
        "q": 0.1 * rng.standard_normal((k, d)),
        "l": 0.3 * rng.standard_normal((k, d * (d - 1) // 2)),
        "g": 0.8,
        "m": 2.0,
    }


def objective(X, alpha, mu, q, l, g, m):
    """ADBench's objective without its constants, entry by entry, in complex numbers."""
    (n, d), K = X.shape, len(alpha)
    u = np.empty((n, K), dtype=complex)
    prior = 0
    for k in range(K):
        Q = np.diag(np.exp(q[k])).astype(complex)
        c = 0
        for j in range(d):
            for i in range(j + 1, d):
                Q[i, j] = l[k, c]
                c += 1
        R = (X - mu[k]) @ Q.T
        u[:, k] = alpha[k] + q[k].sum() - (R * R).sum(axis=1) / 2
        prior = prior + g**2 * ((np.exp(q[k]) ** 2).sum() + (l[k] ** 2).sum()) / 2 - m * q[k].sum()

    def log_sum(v):
        top = v.real.max()
        return top + np.log(np.exp(v - top).sum())

    return sum(map(log_sum, u)) - n * log_sum(alpha.astype(complex)) + prior


@pytest.mark.parametrize(("n", "d", "k"), [(7, 3, 4), (5, 2, 1), (6, 1, 3), (40, 5, 3)])
def test_mixture_agrees_with_the_complex_step(n, d, k):
    given = points(n, d, k)
    value, slopes = mixture().compile()(**given)
    assert value == pytest.approx(objective(**given).real, rel=1e-13)
    for p in PARAMETERS:
        assert slopes[p].shape == given[p].shape
        for i in range(given[p].size):
            moved = given[p].astype(complex)
            moved.flat[i] += 1e-40j
            wanted = objective(**{**given, p: moved}).imag / 1e-40
            assert slopes[p].flat[i] == pytest.approx(wanted, rel=1e-11, abs=1e-12)


def test_mixture_in_blocks_of_an_index():
    """So large that several values of the index are one block, and the last block is smaller."""
    given = points(1100, 9, 31)
    value, slopes = mixture().compile()(**given)
    assert value == pytest.approx(objective(**given).real, rel=1e-12)
    for p, i in (("mu", 30 * 9 + 4), ("l", 36 * 17 + 5), ("q", 12), ("alpha", 30)):
        moved = given[p].astype(complex)
        moved.flat[i] += 1e-40j
        wanted = objective(**{**given, p: moved}).imag / 1e-40
        assert slopes[p].flat[i] == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_the_derivation_of_the_mixture_is_that_of_a_textbook():
    text = mixture().derive().to_text()
    for line in (
        "Qₖ = diag(exp(qₖ)) + lower(lₖ)",
        "δᵤ = ∂C/∂u",
        "= softmax(uᵀ)ᵀ",
        "∂C/∂αₖ = sum(δᵤₖ) − n softmax(α)ₖ",
        "∂C/∂μₖ = −Qₖᵀ colsum(δ_Rₖ)ᵀ",
        "∂C/∂lₖ = g² lₖ + below(δ_Qₖ)",
    ):
        assert line in text
    latex = mixture().derive().to_latex()
    assert r"Q_{k} &= \mathrm{diag}(\exp(q_{k})) + \mathrm{lower}(l_{k})" in latex


def test_the_mixture_is_what_it_says():
    again = Model(mixture().definitions, PARAMETERS, shapes=MIXTURE_SHAPES)
    given = points(6, 3, 2)
    assert again.compile()(**given)[0] == mixture().compile()(**given)[0]


@pytest.mark.parametrize("top", [0.0, 1000.0, -1000.0])
def test_logits_of_a_thousand(top):
    """Right, and without a warning: u_ik is about ±1000, and of one component far from the others."""
    model = Model(
        {"u[k]": "a[k]*x + b[k]*ones(n,1)", "C": "sum(rlogsumexp(u'))"},
        ["a", "b"], shapes={"x": "n", "a": "K", "b": "K"},
    )  # fmt: skip
    given = {
        "x": np.array([1.0, -1.0, 0.25]),
        "a": np.array([1000.0, -1000.0, 3.0]),
        "b": np.array([top, top, top - 2.0]),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value, slopes = model.compile()(**given)
    with mp.workdps(50):
        x, a, b = ([mp.mpf(float(v)) for v in given[n]] for n in "xab")
        e = [[mp.exp(ak * xi + bk) for ak, bk in zip(a, b, strict=True)] for xi in x]
        wanted = mp.fsum(mp.log(mp.fsum(row)) for row in e)
        shares = [[v / mp.fsum(row) for v in row] for row in e]
        assert value == pytest.approx(float(wanted), rel=1e-15)
        for k in range(3):
            of_b = mp.fsum(row[k] for row in shares)
            of_a = mp.fsum(row[k] * xi for row, xi in zip(shares, x, strict=True))
            assert slopes["b"][k] == pytest.approx(float(of_b), rel=1e-15, abs=1e-300)
            assert slopes["a"][k] == pytest.approx(float(of_a), rel=1e-14, abs=1e-300)


@pytest.mark.parametrize("gap", [1e-3, 5.0, 40.0])
@pytest.mark.parametrize("rows", [3, 300])
def test_a_log_sum_exp_near_0_keeps_its_digits(gap, rows):
    """ln(e^0 + e^-gap): the 1 is left out of the sum; by rows and by columns."""
    by_rows = Model({"C": "sum(rlogsumexp(Z))"}, ["Z"], shapes={"Z": ("m", "n")})
    by_columns = Model({"C": "sum(rlogsumexp(Z'))"}, ["Z"], shapes={"Z": ("m", "n")})
    z = np.zeros((rows, 2))
    z[:, 1] = -gap
    with mp.workdps(40):
        wanted = float(rows * mp.log1p(mp.exp(-mp.mpf(gap))))
    assert by_rows.compile()(Z=z)[0] == pytest.approx(wanted, rel=4e-15)
    assert by_columns.compile()(Z=z.T.copy())[0] == pytest.approx(wanted, rel=4e-15)


def test_float32_stays_float32():
    given = {
        n: np.float32(a) if isinstance(a, np.ndarray) else a for n, a in points(6, 3, 2).items()
    }
    value, slopes = mixture().compile()(**given)
    assert all(a.dtype == np.float32 for a in slopes.values())
    assert value == pytest.approx(objective(**points(6, 3, 2)).real, rel=1e-5)


def test_a_mixture_is_trained():
    given = points(50, 2, 3)
    start = {p: given[p] for p in PARAMETERS}
    rest = {"X": given["X"], "g": 0.0, "m": 0.0}
    model = Model({**MIXTURE, "L": "-C/n"}, PARAMETERS, shapes=MIXTURE_SHAPES)
    run = train(model, **rest, start=start, epochs=30)
    assert run.history[-1] < model.compile()(**start, **rest)[0]
    assert run.parameters["l"].shape == given["l"].shape


def test_a_point_is_worked_out():
    given = points(3, 2, 2)
    worked = mixture().derive().at(**given)
    _, slopes = mixture().compile()(**given)
    for p in PARAMETERS:
        np.testing.assert_allclose(worked.gradient[p], slopes[p], rtol=1e-12)
    assert worked.actual == pytest.approx(worked.predicted, rel=0.2)


def test_a_family_is_handed_in_and_out_in_three_dimensions():
    model = Model({"C": "sum(k, norm2(Q[k]*x)^2)"}, ["Q"], shapes={"Q": "K x m x n", "x": "n"})
    assert model.shapes["Q"] == "K x m x n"
    q, x = np.arange(12.0).reshape(2, 3, 2), np.array([1.0, 2.0])
    value, slopes = model.compile()(Q=q, x=x)
    assert value == (q @ x).ravel() @ (q @ x).ravel()
    np.testing.assert_array_equal(slopes["Q"], 2 * (q @ x)[:, :, None] * x)
    worked = model.derive().at(Q=q, x=x)
    assert worked.gradient["Q"].shape == q.shape


def test_products_with_zeros():
    """In each place the product of all other entries, where nothing is divided."""
    gradient = Model({"C": "prod(x)"}, ["x"], shapes={"x": "n"}).compile()
    for x, wanted in (
        ([2.0, 3.0, 5.0], [15, 10, 6]),
        ([0.0, 3.0, 5.0], [15, 0, 0]),
        ([0.0, 0.0, 5.0], [0, 0, 0]),
        ([7.0], [1]),
    ):
        value, slopes = gradient(x=np.array(x))
        assert value == np.prod(x)
        np.testing.assert_array_equal(slopes["x"], wanted)


def test_the_largest_of_equal_entries_is_shared():
    gradient = Model({"C": "max(x) + min(x)"}, ["x"], shapes={"x": "n"}).compile()
    value, slopes = gradient(x=np.array([3.0, -1.0, 3.0, 0.0]))
    assert value == 2.0
    np.testing.assert_array_equal(slopes["x"], [0.5, 1.0, 0.5, 0.0])


def test_a_number_without_a_letter_is_on_the_page():
    found = Model({"C": "sum(max(x, 1/2)) + max(x)"}, ["x"], shapes={"x": "n"}).derive()
    assert "max(x, 0.5)" in found.to_text() or "max(x, ½)" in found.to_text()


def test_an_entry_moves_in_its_place():
    found = Model({"C": "t*x[2]^2"}, ["x"], shapes={"x": "n", "t": ()}).derive()
    assert "∂C/∂x = 2tx₂ 𝐞₂" in found.to_text()


# -- calls that are like the last one -------------------------------------------------------------


def test_a_call_unlike_the_last_one_is_checked():
    gradient = Model({"C": "sum(k, t*x[k]^2)"}, ["x", "t"], shapes={"x": "n", "t": ()}).compile()
    x = np.array([1.0, 2.0, 3.0])
    for _ in range(2):
        value, slopes = gradient(x=x, t=2.0)
        assert (value, slopes["t"]) == (28.0, 14.0)
        np.testing.assert_array_equal(slopes["x"], 4 * x)
    assert gradient(x=[1, 2], t=1)[0] == 5.0
    assert gradient(x=x[:2], t=1.0)[0] == 5.0
    assert gradient(x=np.float32(x), t=1.0)[1]["x"].dtype == np.float32
    assert gradient(x=x[::-1], t=1.0)[0] == 14.0
    gradient(x=x, t=2.0)
    for wrong in ({"x": x}, {"x": x, "t": 1.0, "y": 1.0}, {"x": x, "s": 1.0}, {"x": x, "t": "1"}):
        with pytest.raises(DataError):
            gradient(**wrong)
    with pytest.raises(DataError):
        gradient(x=x.reshape(3, 1, 1), t=1.0)


def test_results_are_the_callers_own():
    gradient = mixture().compile()
    given = points(6, 3, 2)
    _, first = gradient(**given)
    kept = {p: a.copy() for p, a in first.items()}
    gradient(**points(6, 3, 2, seed=3))
    for p in PARAMETERS:
        np.testing.assert_array_equal(first[p], kept[p])


# -- what is refused ------------------------------------------------------------------------------

SHAPES = {"x": "d", "y": "n", "t": (), "Q": ("K", "d", "d")}
REFUSED = {
    "Q[2]": ({"Q[2]": "x"}, ModelError, "is not a name"),
    "an index that is a size": ({"C": "sum(d, x[d])"}, FormulaError, "d is a size"),
    "place 0": ({"C": "x[0]"}, FormulaError, "counted from 1"),
    "half a place": ({"C": "x[1.5]"}, FormulaError, "counted from 1"),
    "unbound": ({"C": "x[k]"}, FormulaError, "k is not bound here"),
    "counts nothing": ({"C": "sum(k, t)"}, FormulaError, "k counts nothing here"),
    "two lengths": ({"C": "sum(k, x[k]*y[k])"}, ShapeError, "from 1 to d in x and from 1 to n in y"),
    "of a scalar": ({"C": "t[1]"}, FormulaError, "t is a scalar"),
    "a bare index": ({"C": "sum(k, k*x[k])"}, FormulaError, "k is an index"),
    "triangle": ({"C": "sum(lower(x, d))"}, ShapeError, "d*(d-1)/2 entries"),
    "stack": ({"C": "stack(x)"}, FormulaError, "takes an index"),
    "twice": ({"C": "sum(k, (x[k]*x)[k])"}, FormulaError, "counts inside"),
    "a whole family": ({"C": "sum(Q)"}, FormulaError, "Q is a family of matrices"),
    "bound twice": ({"C": "sum(k, sum(k, x[k]))"}, FormulaError, "k is bound again inside"),
    "max over an index": ({"C": "max(k, x[k])"}, FormulaError, "write max(stack(k, ...))"),
    "a comma": ({"C": "sum(k, Q[k,1])"}, FormulaError, "An entry of a matrix is X[i][j]"),
    "open": ({"C": "x[k"}, FormulaError, "stands one index"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(case):
    definitions, kind, words = REFUSED[case]
    with pytest.raises(kind, match=re.escape(words)):
        Model(definitions, ["x"], shapes=SHAPES)


def test_a_hessian_of_a_family_is_not_told_and_said_so():
    with pytest.raises(NoRuleError, match="product"):
        mixture().derive(order=2)


def test_the_hessian_of_the_mixture_agrees_with_the_complex_step():
    given = points(5, 2, 3)
    _, _, hessian = mixture().compile(order=2)(**given)
    h = 1e-6
    for p, i in (("alpha", 1), ("mu", 3), ("q", 4)):

        def slopes(moved, p=p, i=i):
            out = np.empty(3)
            for k in range(3):
                at = given["alpha"].astype(complex)
                at[k] += 1e-40j
                given_there = {**given, p: moved, "alpha": at}
                if p == "alpha":
                    given_there["alpha"] = at + (moved - given["alpha"])
                out[k] = objective(**given_there).imag / 1e-40
            return out

        ahead, behind = given[p].copy(), given[p].copy()
        ahead.flat[i] += h
        behind.flat[i] -= h
        wanted = (slopes(ahead) - slopes(behind)) / (2 * h)
        column = i if p == "alpha" else np.arange(6).reshape(2, 3).T.flat[i]
        np.testing.assert_allclose(hessian["alpha," + p][:, column], wanted, rtol=1e-6, atol=1e-8)


def test_data_that_does_not_fit():
    given = points(6, 3, 2)
    gradient = mixture().compile()
    with pytest.raises(DataError, match=re.escape("d*(d-1)/2 = 3 is wanted")):
        gradient(**{**given, "l": given["l"][:, :2]})
    entry = Model({"C": "x[3]^2"}, ["x"], shapes={"x": "n"}).compile()
    with pytest.raises(DataError, match="no place 3"):
        entry(x=np.ones(2))
    family = Model({"C": "sum(k, sum(Q[k]))"}, ["Q"], shapes={"Q": ("K", "d", "d")}).compile()
    with pytest.raises(DataError, match="three dimensions"):
        family(Q=np.ones((2, 2)))


GATES = {"z[k]": "W[k]*x", "C": "sum(z[1]) + 2*sum(z[3].*z[3])"}


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_what_shows_a_part_keeps_the_whole(backend):
    """z[3] was read again after the room of z had been given to another array."""
    if backend == "numba":
        pytest.importorskip("numba")
    gradient = Model(GATES, ["W"], shapes={"W": (4, "m", "d"), "x": "d"}).compile(backend)
    W = np.arange(1.0, 9).reshape(4, 2, 1)
    cost, slopes = gradient(W=W, x=[3.0])
    assert cost == 3 + 6 + 2 * (15**2 + 18**2)
    # 4 z_3 x' for the third, x' for the first
    assert slopes["W"].ravel().tolist() == [3, 3, 0, 0, 4 * 15 * 3, 4 * 18 * 3, 0, 0]


def test_a_part_of_an_input_is_handed_out_as_a_copy():
    gradient = Model({"C": "A[1]'*x"}, ["x"], shapes={"A": ("K", "d"), "x": "d"}).compile()
    A = np.ones((2, 3))
    gradient(A=A, x=np.ones(3))[1]["x"][...] = 7
    assert (A == 1).all()


def test_a_part_of_what_was_computed_is_the_callers_own():
    """The next call wrote over the slope that the last one had handed out."""
    model = Model(
        {"z[k]": "tanh(W[k]*x)", "C": "y'*z[2]"},
        ["y"],
        shapes={"W": ("K", "d", "d"), "x": "d", "y": "d"},
    )
    gradient = model.compile()
    W = np.arange(12.0).reshape(3, 2, 2) / 12
    x = np.array([1.0, 2.0])
    slope = gradient(W=W, x=x, y=[1.0, 1.0])[1]["y"]
    gradient(W=-W, x=x, y=[1.0, 1.0])
    np.testing.assert_allclose(slope, np.tanh(W[1] @ x), rtol=1e-14)


def test_a_member_of_a_member_whichever_loop_is_outside():
    """C = Σ_ki y_k w_i |A_ki|²x, where rows of A[k] are taken in both orders of the loops."""
    A = np.arange(24.0).reshape(3, 4, 2) / 7
    y, w = np.array([1.0, -2, 3]), np.array([2.0, 1, -1, 5])
    given = {"A": A, "y": y, "w": w, "x": 3.0}
    terms = 3.0 * np.einsum("kid,kid->ki", A, A)
    shapes = {"A": ("K", "n", "d"), "y": "K", "w": "n", "x": ()}
    for outer, inner in ("ki", "ik"):
        text = f"sum({outer}, sum({inner}, exp(y[k]*w[i]/9)*norm2(A[k][i])^2*x))"
        model = Model({"C": text}, ["A", "y", "w", "x"], shapes=shapes)
        cost, slopes = model.compile()(**given)
        share = np.exp(np.outer(y, w) / 9)
        np.testing.assert_allclose(cost, (share * terms).sum(), rtol=1e-13)
        np.testing.assert_allclose(slopes["x"], (share * terms).sum() / 3, rtol=1e-13)
        np.testing.assert_allclose(slopes["y"], (share * terms) @ w / 9, rtol=1e-13)
        np.testing.assert_allclose(slopes["w"], y @ (share * terms) / 9, rtol=1e-13)
        np.testing.assert_allclose(slopes["A"], 6 * share[..., None] * A, rtol=1e-13)


def test_entries_of_a_matrix():
    """A factorisation with biases, entry by entry."""
    text = "sum(i, sum(j, M[i][j]*(R[i][j] - P[i]'*Q[j] - b[i] - c[j])^2))"
    shapes = {
        "M": ("n", "m"),
        "R": ("n", "m"),
        "P": ("n", "r"),
        "Q": ("m", "r"),
        "b": "n",
        "c": "m",
    }
    rng = np.random.default_rng(3)
    sizes = {"n": 4, "m": 5, "r": 2}
    given = {
        n: rng.standard_normal([sizes[d] for d in (s if isinstance(s, tuple) else (s,))])
        for n, s in shapes.items()
    }
    cost, slopes = Model({"C": text}, ["P", "Q", "b", "c"], shapes=shapes).compile()(**given)
    M, R, P, Q, b, c = given.values()
    E = R - P @ Q.T - b[:, None] - c
    np.testing.assert_allclose(cost, (M * E**2).sum(), rtol=1e-12)
    np.testing.assert_allclose(slopes["P"], -2 * (M * E) @ Q, rtol=1e-12)
    np.testing.assert_allclose(slopes["Q"], -2 * (M * E).T @ P, rtol=1e-12)
    np.testing.assert_allclose(slopes["b"], -2 * (M * E).sum(1), rtol=1e-12)
    np.testing.assert_allclose(slopes["c"], -2 * (M * E).sum(0), rtol=1e-12)


def test_an_empty_family_is_refused_as_empty():
    family = Model({"C": "sum(k, sum(Q[k]))"}, ["Q"], shapes={"Q": ("K", "d", "d")}).compile()
    with pytest.raises(DataError, match="is empty; each of K, d and d is 1 or more"):
        family(Q=np.ones((0, 2, 2)))


def test_c_says_what_would_do():
    gradient = Model({"C": "sum(k, norm2(Q[k])^2)"}, ["Q"], shapes={"Q": ("K", "d", "d")}).compile()
    with pytest.raises(ModelError, match="which is all that is exported to C"):
        gradient.export("c")


def arrays_of(target):
    """What makes an array of the library, where it is installed; numbers stay as they are."""
    if target == "numpy":
        made = np.asarray
    elif target == "torch":
        made = pytest.importorskip("torch").tensor
    else:
        jax = pytest.importorskip("jax")
        jax.config.update("jax_enable_x64", True)
        made = jax.numpy.asarray
    return lambda x: made(x) if np.ndim(x) else x


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("name", MODELS)
def test_exported_agrees_with_differences(name, target):
    array, space = arrays_of(target), {}
    exec(model(name).compile().export(target, "own"), space)  # noqa: S102 - our own source
    shapes = MODELS[name][2]
    leaves = list(model(name).graph.leaves)

    def value(at):
        return float(space["own"](*(array(at[n]) for n in leaves))[0])

    for sizes in SIZES:
        given = numbers(shapes, sizes)
        if name in ("covariances", "kernel density"):
            given = {n: a / 2 for n, a in given.items()}
        _, slopes = space["own"](*(array(given[n]) for n in leaves))
        for p, found in slopes.items():
            found = np.asarray(found)
            assert found.shape == given[p].shape
            for i in range(0, found.size, 1 + found.size // 3):
                assert found.flat[i] == pytest.approx(slope(value, given, p, i), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("target", ["numpy", "jax", "torch"])
def test_exported_mixture(target):
    array, space = arrays_of(target), {}
    exec(mixture().compile().export(target, "own"), space)  # noqa: S102 - our own source
    given = points(7, 3, 4)
    leaves = list(mixture().graph.leaves)
    value, slopes = space["own"](*(array(given[n]) for n in leaves))
    assert float(value) == pytest.approx(objective(**given).real, rel=1e-13)
    for p in PARAMETERS:
        for i in range(given[p].size):
            moved = given[p].astype(complex)
            moved.flat[i] += 1e-40j
            wanted = objective(**{**given, p: moved}).imag / 1e-40
            assert np.asarray(slopes[p]).flat[i] == pytest.approx(wanted, rel=1e-11, abs=1e-12)


def test_no_symmetry_is_assumed_of_a_family():
    with pytest.raises(ModelError, match=r"Q is a family of matrices, of which .*spd"):
        Model({"C": "sum(k, logdet(Q[k]))"}, ["Q"], shapes=SHAPES, assume={"Q": "spd"})
