"""How fast programs run, each as a ratio against something measured in the same run.

The two sides take turns, and the median of the ratios of the turns is what is compared: a machine
that is busy for a while is busy for both.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import sympy as sp
from chains import chain

from symgd.models import model, neuron
from symgd.programs.program import program
from symgd.targets.numpy import compile_numpy
from symgd.targets.scalar.compiled import compile_scalar

Job = Callable[[], Any]


def seconds(job: Job, times: int = 1) -> float:
    start = perf_counter()
    for _ in range(times):
        job()
    return (perf_counter() - start) / times


def ratio(what: str, one: Callable[[], float], other: Callable[[], float], turns: int = 9) -> float:
    """The median of one()/other() over turns, both in seconds."""
    found = statistics.median(one() / other() for _ in range(turns))
    print(f"{what}: {found:.3g}")
    return found


def layers(*widths: int) -> tuple[dict[str, str], list[str]]:
    """(definitions, parameters) of a fully connected net, in scalars."""
    first, *rest = widths
    definitions: dict[str, str] = {}
    parameters: list[str] = []
    before = [f"x{i}" for i in range(1, first + 1)]
    for k, width in enumerate(rest, 1):
        for i in range(1, width + 1):
            weights = [f"w_{k}_{i}_{j}" for j in range(1, len(before) + 1)]
            parameters += [*weights, f"b_{k}_{i}"]
            products = (f"{w}*{a}" for w, a in zip(weights, before, strict=True))
            definitions[f"z_{k}_{i}"] = f"{' + '.join(products)} + b_{k}_{i}"
            definitions[f"a_{k}_{i}"] = f"sigmoid(z_{k}_{i})"
        before = [f"a_{k}_{i}" for i in range(1, width + 1)]
    definitions["C"] = f"(y - {before[0]})**2/2"
    return definitions, parameters


def expanded() -> Any:
    """The cost of the default neuron with everything substituted, and what lambdify makes of its
    gradient: the way that symgd does not go."""
    w, b, x, y = sp.symbols("w b x y", real=True)
    cost = (y - 1 / (1 + sp.exp(-(w * x + b)))) ** 2 / 2
    return sp.lambdify((w, b, x, y), [cost, sp.diff(cost, w), sp.diff(cost, b)], "numpy")


def test_a_chain_grows_linearly() -> None:
    short, long = model(*chain(8)), model(*chain(64))
    program(long)
    assert (
        ratio(
            "64 sigmoids / 8 sigmoids, as a program",
            lambda: seconds(lambda: program(long)),
            lambda: seconds(lambda: program(short)),
        )
        <= 10
    )


def test_a_net_of_1441_parameters_in_two_imports_of_sympy() -> None:
    definitions, parameters = layers(10, 32, 32, 1)
    assert len(parameters) == 1441
    code = "import time; t = time.perf_counter(); import sympy; print(time.perf_counter() - t)"

    def importing() -> float:
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        return float(out.stdout)

    def building() -> float:
        return seconds(lambda: program(model(definitions, parameters)))

    assert ratio("1441 parameters / import sympy", building, importing, turns=5) <= 2


def test_a_scalar_update_in_an_eighth_of_lambdify() -> None:
    hers = expanded()
    ours = compile_scalar(neuron()).function

    def by_lambdify() -> None:
        w, b = 0.5, 2.0
        for _ in range(200):
            _, dw, db = hers(w, b, 3.0, 0.0)
            w -= 0.05 * dw
            b -= 0.05 * db

    def by_symgd() -> None:
        w, b = 0.5, 2.0
        for _ in range(200):
            _, (dw, db) = ours(w, b, 3.0, 0.0)
            w -= 0.05 * dw
            b -= 0.05 * db

    by_lambdify(), by_symgd()
    assert (
        ratio(
            "gradient and update / lambdify",
            lambda: seconds(by_symgd, 10),
            lambda: seconds(by_lambdify, 2),
        )
        <= 1 / 8
    )


def test_a_whole_loop_in_a_twelfth_of_lambdify() -> None:
    hers = expanded()
    end = compile_scalar(neuron()).end
    assert end is not None

    def by_lambdify() -> None:
        w, b = 0.5, 2.0
        for _ in range(1000):
            _, dw, db = hers(w, b, 3.0, 0.0)
            w -= 0.05 * dw
            b -= 0.05 * db

    def by_symgd() -> None:
        end(0.5, 2.0, 3.0, 0.0, -0.05, 1000)

    by_lambdify(), by_symgd()
    assert (
        ratio("whole loop / lambdify", lambda: seconds(by_symgd, 5), lambda: seconds(by_lambdify))
        <= 1 / 12
    )


def test_a_million_samples_as_fast_as_by_hand() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=10**6), rng.uniform(size=10**6)
    g = compile_numpy(neuron())

    def by_hand() -> Any:
        w, b = 0.5, 0.1
        z = w * x + b
        yhat = 1 / (1 + np.exp(-z))
        delta = (yhat - y) * yhat * (1 - yhat)
        return 0.5 * np.mean((y - yhat) ** 2), np.mean(delta * x), np.mean(delta)

    def by_symgd() -> Any:
        return g(w=0.5, b=0.1, x=x, y=y)

    cost, slopes = by_symgd()
    np.testing.assert_allclose((cost, *slopes.values()), by_hand(), rtol=1e-10)
    assert (
        ratio(
            "10^6 samples / numpy by hand",
            lambda: seconds(by_symgd, 2),
            lambda: seconds(by_hand, 2),
        )
        <= 1
    )
