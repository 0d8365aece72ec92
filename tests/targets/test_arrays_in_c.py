"""Array models in C: the compiled header beside the numpy backend, and what it refuses."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symgd import Model
from symgd.errors import InputError, ModelError

GCC = shutil.which("gcc")
M, N = 4, 3
RNG = np.random.default_rng(3)
MN, VECTOR = ("m", "n"), "n"
GIVEN: dict[str, Any] = {
    "X": RNG.normal(size=(M, N)), "Y": RNG.normal(size=(M, N)), "Z": RNG.normal(size=(N, M)),
    "x": RNG.normal(size=N), "y": RNG.normal(size=N), "u": RNG.normal(size=M), "c": 0.7,
}  # fmt: skip
SHAPES = {"X": MN, "Y": MN, "Z": ("n", "m"), "x": "n", "y": "n", "u": "m", "c": ()}

#   definitions, parameters
MODELS: dict[str, tuple[dict[str, str], str]] = {
    "entries": ({"C": "sum(exp(x).*y)"}, "x"),
    "a matrix": ({"Z1": "tanh(X).*Y", "C": "norm2(Z1 - X)^2/m"}, "X"),
    "a row in every row": ({"A": "X + ones(m,1)*x'", "C": "sum(sigmoid(A).*Y)/(m*n)"}, "X x"),
    "transposed": ({"C": "sum(X'.*Z) + norm1(Z)"}, "X Z"),
    "sums on sums": ({"s": "sum(x.^2)", "e": "x/s", "C": "sum(e.*log(e.^2 + ones(n,1))) + c*s"},
                     "x c"),
    "a norm": ({"C": "norm2(x - y) + x'*y"}, "x"),
    "rows": ({"r": "rsum(X.*Y)", "C": "sum(softplus(r).*u)"}, "X u"),
    "far": ({"C": "sum(softplus(300*x).*y) + sum(gelu(20*x))"}, "x"),
    "functions": ({"C": "sum(elu(X, 1/2) + mish(Y) + max(X, 0).*X) + c^2*sum(lgamma(exp(x)))"},
                  "X Y x c"),
}  # fmt: skip


def model(name: str) -> Model:
    definitions, parameters = MODELS[name]
    text = " ".join(definitions.values())
    used = {n: s for n, s in SHAPES.items() if n in text}
    return Model(definitions, parameters.split(), shapes=used)


@pytest.mark.skipif(GCC is None, reason="gcc is not installed")
@pytest.mark.parametrize("name", MODELS)
def test_c_agrees_with_numpy(name: str, tmp_path: Path) -> None:
    made = model(name)
    gradient = made.compile()
    given = {n: GIVEN[n] for n in (*made.parameters, *made.inputs)}
    cost, slopes = gradient(**given)
    source = gradient.export("c", "own").replace("static inline void own(", "void own(")
    (tmp_path / "own.c").write_text(source, "utf-8")
    flags = ["-O2", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-shared", "-fPIC"]
    library = tmp_path / "own.so"
    subprocess.run(
        [str(GCC), *flags, str(tmp_path / "own.c"), "-o", str(library), "-lm"], check=True
    )
    leaves = made.graph.leaves
    sizes = dict.fromkeys(
        n for x in leaves.values() for d in x.shape for n in d.names if n.isalpha()
    )
    found = {p: np.zeros_like(np.asarray(GIVEN[p])) for p in made.parameters}
    total = np.zeros(1)
    arguments = [ctypes.c_size_t({"m": M, "n": N}[n]) for n in sizes]
    arguments += [
        ctypes.c_double(GIVEN[n]) if x.is_scalar else ctypes.c_void_p(GIVEN[n].ctypes.data)
        for n, x in leaves.items()
    ]
    arguments += [ctypes.c_void_p(a.ctypes.data) for a in (total, *found.values())]
    ctypes.CDLL(str(library)).own(*arguments)
    assert total[0] == pytest.approx(cost, rel=1e-13)
    for p, slope in slopes.items():
        np.testing.assert_allclose(found[p], slope, rtol=1e-12, atol=1e-15)


def test_what_shares_size_and_sums_shares_a_loop() -> None:
    """Σe^x y and its slope e^x y: one loop, one exponential."""
    source = model("entries").compile().export("c")
    begins, ends = "static inline void value_and_gradient", "if (*cost != *cost)"
    body = source[source.index(begins) : source.index(ends)]
    assert body.count("for (") == 1
    assert body.count("exp(") == 1


@pytest.mark.parametrize(
    ("definitions", "shapes"),
    [
        ({"C": "norm2(X*x)^2"}, {"X": MN, "x": "n"}),
        ({"C": "sum(log(softmax(x)))"}, {"x": "n"}),
        ({"C": "logdet(X)"}, {"X": ("n", "n")}),
    ],
)
def test_what_is_more_is_refused_in_words(definitions: Any, shapes: Any) -> None:
    made = Model(definitions, [next(iter(shapes))], shapes=shapes)
    with pytest.raises(ModelError, match="entries and their sums"):
        made.compile().export("c")


def test_a_target_that_there_is_not() -> None:
    with pytest.raises(InputError, match="there are c, numpy, jax, torch, xgboost"):
        model("entries").compile().export("fortran")


def test_the_name_of_a_derivative_is_no_other_name() -> None:
    made = Model({"C": "sum(x.*d_x)"}, ["x", "d_x"], shapes={"x": "n", "d_x": "n"})
    assert "double *d_x, double *d_d_x" in made.compile().export("c").replace("\n    ", " ")
