"""Random formulas of the language: each is derived, every step checked, and reads back."""

from __future__ import annotations

from random import Random

import pytest

from symgd.derive.differentials.derive import derive
from symgd.errors import NoRuleError, RefutedStepError, ShapeError
from symgd.language.arrays.grammar import read
from symgd.trees.arrange import arrange
from symgd.trees.array_graph import MatrixGraph
from symgd.trees.arrays import name
from symgd.trees.dims import ONE, SCALAR, dim

M, N, K = dim("m"), dim("n"), dim("k")
SHAPES = {
    "A": (M, N), "B": (N, K), "S": (N, N), "T": (N, N), "X": (M, N), "x": (N, ONE), "y": (N, ONE),
    "u": (M, ONE), "c": SCALAR, "t": SCALAR,
}  # fmt: skip
NAMES = {n: name(n, s) for n, s in SHAPES.items()}
SIZES = frozenset("mnk")
ENTRYWISE = ("exp", "tanh", "sigmoid", "sin", "cos", "relu", "softplus", "abs", "gelu")


class Grower:
    """Random texts of a wanted shape."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)

    def leaf(self, m, n) -> str:
        fits = [a for a, s in SHAPES.items() if s == (m, n)]
        fits += [f"{a}'" for a, s in SHAPES.items() if s == (n, m) and s != SCALAR]
        return self.rng.choice(fits) if fits else f"ones({m},{n})"

    def __call__(self, m, n, depth: int) -> str:
        if depth == 0:
            return self.leaf(m, n)
        k = self.rng.choice((M, N, K))

        def part(rows, cols):
            return self(rows, cols, depth - 1)

        choices = [
            lambda: f"({part(m, n)} + {part(m, n)})",
            lambda: f"({part(m, n)} - {part(m, n)})",
            lambda: f"{self.rng.choice(ENTRYWISE)}({part(m, n)})",
            lambda: f"({part(m, n)}).*({part(m, n)})",
            lambda: f"({part(*SCALAR)})*({part(m, n)})",
        ]
        if (m, n) == SCALAR:
            v = part(k, ONE)
            choices += [
                lambda: f"sum({part(k, N)})",
                lambda: f"tr({part(k, k)})",
                lambda: f"norm2({part(k, ONE)})",
                lambda: f"norm2({part(k, N)})^2",
                lambda: f"({v})'*({part(k, k)})*({v})",
                lambda: f"logsumexp({part(k, ONE)})",
                lambda: f"({part(*SCALAR)})/(1 + ({part(*SCALAR)})^2)",
                lambda: f"logdet(eye(n) + ({part(N, k)})*({part(N, k)})')",
            ]
        else:
            choices += [lambda: f"({part(m, k)})*({part(k, n)})"]
        if n == ONE and m != ONE:
            choices += [lambda: f"softmax({part(m, n)})", lambda: f"rsum({part(m, k)})"]
        if m == n != ONE:
            choices += [
                lambda: f"inv(3*eye({m}) + ({part(m, m)}).*eye({m}))",
                lambda: f"({part(m, m)})^2",
                lambda: f"diag({part(m, ONE)})",
            ]
        return self.rng.choice(choices)()


KINDS = {
    "gradient": (SCALAR, 3), "hessian": (SCALAR, 2), "jacobian": ((N, ONE), 2),
    "matrix": ((M, N), 2),
}  # fmt: skip


# No matrix does to vec(Y) what the operation does to Y; no point gives a root of 0 a slope.
NOT_TO_BE_HAD = ("is not written as a matrix", "no random point")


def swept(seeds: range, kind: str) -> int:
    done = 0
    for seed in seeds:
        grow = Grower(seed)
        shape, depth = KINDS[kind]
        text = grow(*shape, depth)
        try:
            f = read(text, NAMES, SIZES)
        except ShapeError:  # pragma: no cover
            raise AssertionError(text) from None
        if not f.names:
            continue
        wrt = grow.rng.choice(sorted(f.names))
        graph = MatrixGraph({"f": f}, {n: NAMES[n] for n in f.names}, (wrt,))
        try:
            found = derive(graph, order=2 if kind == "hessian" else 1).results[wrt]
        except (NoRuleError, RefutedStepError) as error:
            if any(words in str(error) for words in NOT_TO_BE_HAD):
                continue
            raise
        assert arrange(read(str(found), NAMES, SIZES)) == arrange(found), text
        done += 1
    return done


@pytest.mark.spread(2)
@pytest.mark.parametrize("kind", KINDS)
def test_random_formulas_are_derived(kind):
    assert swept(range(40), kind) > 20


@pytest.mark.spread(slow=2)
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_more_random_formulas_are_derived(kind):
    assert swept(range(1000, 1600), kind) > 400


@pytest.mark.sweep
@pytest.mark.parametrize("kind", KINDS)
def test_many_random_formulas_are_derived(kind):
    assert swept(range(1600, 2500), kind) > 600
