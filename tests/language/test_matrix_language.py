"""The language of matrices: what it reads, writes back, and refuses, with the place."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from time import perf_counter

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from symgd.errors import FormulaError, ModelError, ShapeError
from symgd.language.arrays.alphabets import LATEX, UNICODE
from symgd.language.arrays.grammar import read
from symgd.language.arrays.printer import to_text
from symgd.trees.arrange import arrange, t
from symgd.trees.arrays import name, node
from symgd.trees.assume import ASSUMPTIONS, sample, words_of
from symgd.trees.dims import ONE, dim
from symgd.verify.arrays.fields import Exact, Precise
from symgd.verify.arrays.values import Values

M, N = dim("m"), dim("n")
NAMES = {
    "A": name("A", (M, N)),
    "B": name("B", (N, M)),
    "S": name("S", (N, N)),
    "K": name("K", (N, N), words_of("spd")),
    "x": name("x", (N, ONE)),
    "y": name("y", (N, ONE)),
    "u": name("u", (M, ONE)),
    "c": name("c"),
}
SIZES = frozenset({"m", "n"})


def parsed(text):
    return read(text, NAMES, SIZES)


# text                          shape
SHAPES = {
    "A*x": "m x 1",
    "x'*y": "1 x 1",
    "x*y'": "n x n",
    "A.*B'": "m x n",
    "2.*A": "m x n",
    "A./A": "m x n",
    "-A'*u": "n x 1",
    "S^3": "n x n",
    "S^-1": "n x n",
    "c^2.5": "1 x 1",
    "x.^2": "n x 1",
    "kron(A,B)": "m*n x m*n",
    "vec(A)": "m*n x 1",
    "rsum(A)": "m x 1",
    "csum(A)": "1 x n",
    "diag(x)": "n x n",
    "diag(S)": "n x 1",
    "ones(m,1)*x'": "m x n",
    "eye(n*n)": "n*n x n*n",
    "x/n": "n x 1",
    "x'*S*y/(x'*x)": "1 x 1",
    "norm2(A)^2": "1 x 1",
    "rsoftmax(A)": "m x n",
    "pinv(A)": "n x m",
    "leaky_relu(A, 0.1)": "m x n",
    "Prime(gelu(A))": "m x n",
    "mat(vec(A), m, n)": "m x n",
    "kronleft(kron(A,S), S, m, n)": "m x n",
    "commutation(m,n)": "m*n x m*n",
    "dexpm(S, S)": "n x n",
    "A ⊙ Bᵀ": "m x n",
    "S⁻¹": "n x n",
    "x²'*y": None,
}


@pytest.mark.parametrize("text", SHAPES)
def test_shapes(text):
    if SHAPES[text] is None:
        with pytest.raises(FormulaError):
            parsed(text)
        return
    found = parsed(text)
    assert f"{found.rows} x {found.cols}" == SHAPES[text]
    assert parsed(str(found)) == found


# text              what the message says
REFUSED = {
    "A*A": "columns of A are as many as the rows of B",
    "A + x": "nothing is stretched in silence",
    "A.*x": "nothing is stretched in silence",
    "A^2": "of a square matrix",
    "S^0.5": "whole number",
    "S^x": "whole number",
    "A/x": "divides by a scalar",
    "inv(A)": "inv is of a square matrix",
    "tr(A)": "tr is of a square matrix",
    "diag(A)": "diagonal is of a square matrix",
    "q + 1": "'q' has no shape",
    "foo(A)": "'foo' is not a function",
    "c(A)": "For a product write c*(...)",
    "A*": "ends where a name",
    "(A": "never closed",
    "A)": "never opened",
    "A B": "a product is written with *",
    "": "empty",
    "ones(q,1)": "A size belongs here",
    "eye(n,m)": "eye is given its size",
    "S^99": "at most 32",
    "c^9999": "at most 400",
    "1/0": "divides by zero",
    "sum(A, A)": "takes 1 argument",
    "kron(A)": "takes 2 arguments",
    "threshold(A)": "without a usual value",
    "tanh(A, 1)": "0 parameters",
    "__import__('os')": "A name starts with a letter",
    "A=B": "one expression",
    "mat(x, m, n)": "has not the entries",
    "mat(x)": "then two sizes",
    "kronleft(A, S, m, n)": "wants m*n x n*n",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals(text):
    with pytest.raises(FormulaError) as caught:
        parsed(text)
    assert REFUSED[text] in str(caught.value)


def test_a_shape_error_shows_both_shapes_and_the_place():
    with pytest.raises(ShapeError) as caught:
        parsed("x + A*y")
    assert str(caught.value) == (
        "x is n x 1 and A*y is m x 1; both sides of + and - have one shape, and nothing is "
        "stretched in silence: write ones(m,1)*b' to add a row to every row.\n"
        "    x + A*y\n"
        "      ^"
    )


@pytest.mark.parametrize(
    "text", ["(" * 10**5 + "A", "A+" * 10**5, "x" * 10**6, "-" * 10**4 + "c", "A'" * 4000]
)
def test_hostile_texts_fail_soon(text):
    with pytest.raises(FormulaError):
        parsed(text)


def test_equality_is_up_to_order_and_transposes():
    assert parsed("A*S + u*x'") == parsed("u*x' + A*S")
    assert parsed("(A*S)'") == parsed("S'*A'")
    assert parsed("x'*S*y") == parsed("y'*S'*x")
    assert parsed("K'") == parsed("K")
    assert parsed("A'*A").is_symmetric
    assert parsed("S") != parsed("S'")
    assert parsed("A*S*x") != parsed("A*x*x'*y")


def test_two_alphabets():
    formula = parsed("inv(K)*(x - y)/norm2(x - y)")
    assert to_text(formula, UNICODE) == "K⁻¹(x − y)/‖x − y‖"
    assert to_text(formula, LATEX) == r"\frac{K^{-1} (x - y)}{\left\|x - y\right\|}"


# -- arranging keeps the value ----------------------------------------

LEAVES = st.sampled_from(["A", "B", "S", "K", "x", "y", "u", "c"])


def grown(child):
    """Nodes of a few operations; shapes that do not fit are thrown away."""
    return st.one_of(
        st.tuples(st.sampled_from(["add", "mul", "had"]), child, child),
        st.tuples(st.sampled_from(["t", "sum", "rsum", "csum", "vec"]), child),
        st.tuples(st.just("scale"), st.integers(-3, 3), child),
    )


TREES = st.recursive(LEAVES, grown, max_leaves=8)


def built(tree):
    if isinstance(tree, str):
        return NAMES[tree]
    op, *parts = tree
    if op == "scale":
        return node("mul", node("num", data=Fraction(parts[0]), shape=(ONE, ONE)), built(parts[1]))
    return node(op, *map(built, parts))


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_arranging_keeps_the_value_and_str_reads_back(tree):
    try:
        raw = built(tree)
    except ShapeError:
        return
    tidy = arrange(raw)
    rng, sizes = Random(1), {"m": 2, "n": 3}
    arrays = {
        n: Exact().array(sample(leaf.words, rng, leaf.rows.value(sizes), leaf.cols.value(sizes)))
        for n, leaf in NAMES.items()
    }
    values = Values(arrays, sizes, Exact())
    reference = Values(arrays, sizes, Exact()).of(raw)
    assert (values.of(tidy) == reference).all()
    assert arrange(parsed(str(tidy))) == tidy
    turned = Values(arrays, sizes, Exact()).of(t(tidy))
    assert (turned == reference.T).all()


# -- the reference values, against numpy ----------------------------------------

# text                        the same in numpy
BY_NUMPY = {
    "inv(S)": lambda v: np.linalg.inv(v["S"]),
    "det(S)": lambda v: [[np.linalg.det(v["S"])]],
    "logdet(S)": lambda v: [[np.linalg.slogdet(v["S"])[1]]],
    "pinv(A)": lambda v: np.linalg.pinv(v["A"]),
    "kron(A,S)": lambda v: np.kron(v["A"], v["S"]),
    "vec(A)": lambda v: v["A"].reshape(-1, 1, order="F"),
    "norm2(A)": lambda v: [[np.linalg.norm(v["A"])]],
    "norm1(A)": lambda v: [[np.abs(v["A"]).sum()]],
    "S^3": lambda v: np.linalg.matrix_power(v["S"], 3),
    "softmax(x)": lambda v: np.exp(v["x"]) / np.exp(v["x"]).sum(),
    "rsoftmax(A)": lambda v: np.exp(v["A"]) / np.exp(v["A"]).sum(axis=1, keepdims=True),
    "logsumexp(x)": lambda v: [[np.log(np.exp(v["x"]).sum())]],
    "diag(x)": lambda v: np.diag(v["x"][:, 0]),
    "diag(S)": lambda v: np.diag(v["S"]).reshape(-1, 1),
    "tr(S)": lambda v: [[np.trace(v["S"])]],
    "expm(S)": lambda v: by_eigenvalues(v["S"], np.exp),
    "sinm(S)": lambda v: by_eigenvalues(v["S"], np.sin),
    "cosm(S)": lambda v: by_eigenvalues(v["S"], np.cos),
    "relu(A) + step(A) - sign(A).*abs(A)": lambda v: np.maximum(v["A"], 0) + (v["A"] > 0) - v["A"],
}


def by_eigenvalues(a, f):
    w, q = np.linalg.eig(a)
    return (q @ np.diag(f(w.astype(complex))) @ np.linalg.inv(q)).real


@pytest.mark.parametrize("text", BY_NUMPY)
def test_values_agree_with_numpy(text):
    rng, sizes = Random(5), {"m": 4, "n": 3}
    rows = {
        n: sample(leaf.words, rng, leaf.rows.value(sizes), leaf.cols.value(sizes))
        for n, leaf in NAMES.items()
    }
    with mp.workdps(30):
        arrays = {n: Precise().array(r) for n, r in rows.items()}
        found = Values(arrays, sizes, Precise()).of(parsed(text)).astype(float)
    floats = {n: np.array([[float(q) for q in row] for row in r]) for n, r in rows.items()}
    np.testing.assert_allclose(found, BY_NUMPY[text](floats), rtol=1e-10, atol=1e-10)


# -- assumptions ----------------------------------------

HOLDS = {
    "sym": lambda a: (a == a.T).all(),
    "spd": lambda a: (np.linalg.eigvalsh(a.astype(float)) > 0).all() and (a == a.T).all(),
    "diag": lambda a: (a == np.diag(np.diag(a))).all(),
    "skew": lambda a: (a == -a.T).all(),
    "orth": lambda a: (a @ a.T == np.eye(len(a), dtype=int)).all(),
    "lower": lambda a: (np.triu(a, 1) == 0).all(),
    "upper": lambda a: (np.tril(a, -1) == 0).all(),
    "pos": lambda a: (a > 0).all(),
    "neg": lambda a: (a < 0).all(),
    "unit": lambda a: ((a > 0) & (a < 1)).all(),
    "prob": lambda a: (a.sum(axis=1) == 1).all() and (a > 0).all(),
    "onehot": lambda a: (a.sum(axis=1) == 1).all() and set(a.flat) <= {0, 1},
    "01": lambda a: set(a.flat) <= {0, 1},
    "pm1": lambda a: set(a.flat) <= {-1, 1},
}


@pytest.mark.parametrize("row", ASSUMPTIONS, ids=lambda r: r.word)
def test_a_sample_is_what_its_word_says(row):
    rng = Random(3)
    for _ in range(5):
        rows = sample(words_of(row.word), rng, 4, 4)
        if row.word in HOLDS:
            assert HOLDS[row.word](np.array(rows, dtype=object))
        for alias in row.aliases:
            assert row.word in words_of(alias)


def test_an_unknown_assumption_is_an_error():
    with pytest.raises(ModelError, match="Did you mean 'symmetric'"):
        words_of("symetric")


def test_sizes_compare_by_value():
    assert dim(784).fits(dim("784"))
    assert (dim(2) * dim(3)).fits(dim(6))
    assert str(dim("m") * dim("n") + dim(1)) == "1 + m*n"
    for bad in (0, -1, 10**12, 1.5, "a b", True):
        with pytest.raises(ModelError):
            dim(bad)


@pytest.mark.parametrize("sign", ["+", "*", ".*"])
def test_a_long_chain_is_read_in_linear_time(sign):
    """Four times the operands take about four times as long, not sixteen."""

    def seconds(count, operand):
        text = sign.join([operand] * count)
        start = perf_counter()
        parsed(text)
        return perf_counter() - start

    for operand in ("c", "S" if sign == "*" else "A"):
        found = min(seconds(2800, operand) / seconds(700, operand) for _ in range(5))
        assert found <= 8


#  text             LaTeX, Unicode
BRACKETS = {
    "(1/3)^c": (r"\left(\frac{1}{3}\right)^{c}", "(1/3)^c"),
    "sqrt(x')": (r"\sqrt{x^{\top}}", "√(xᵀ)"),
    "sqrt(m*n)": (r"\sqrt{m n}", "√(mn)"),
    "c^(m*n)": ("c^{m n}", "c^(mn)"),
    "(x + y) + y": ("(x + y) + y", "(x + y) + y"),
    "asin(c)": (r"\arcsin(c)", "arcsin(c)"),
    "Prime(Prime(gelu(x)))": (r"\mathrm{GELU}''(x)", "GELU′′(x)"),
    "c/97": (r"\frac{1}{97} c", "1/97 c"),
}


@pytest.mark.parametrize("text", BRACKETS)
def test_nothing_that_is_printed_reads_otherwise(text):
    tree = parsed(text)
    for alphabet, written in zip((LATEX, UNICODE), BRACKETS[text], strict=True):
        assert to_text(tree, alphabet) == written
    assert parsed(str(tree)) == tree
