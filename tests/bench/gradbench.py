"""GradBench's mixture, log-sum-exp and least squares beside C++ and numpy by hand, and JAX.

    python tests/bench/gradbench.py                  the section of docs/speed.md
    python tests/bench/gradbench.py --only gmm       one of its tables: gmm, lse, llsq

The objectives are those of GradBench, which has them from ADBench (Šrajer, Kukelova, Fitzgibbon
2018): GMM with its Wishart prior, LSE, LLSQ. The inverse Cholesky factor of a component is handed
in as its two parts, the logarithms of its diagonal and what stands below. Each contender has a
process of its own on one core, takes its turn after the others, and its best turn counts; the
first call, which may compile, does not. All found the same, to 10⁻⁹ of the largest entry.
"""

from __future__ import annotations

import argparse
import ctypes
import importlib.util
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
SAMPLES = 1000
# d, K of the mixtures; how many numbers; rows and unknowns
SIZES: dict[str, list[tuple[int, ...]]] = {
    "gmm": [(2, 5), (10, 25), (32, 50), (64, 100)],
    "lse": [(1_000,), (1_000_000,)],
    "llsq": [(1_000, 16), (10_000, 128)],
}
PARAMETERS = {"gmm": ("alpha", "mu", "q", "l"), "lse": ("x",), "llsq": ("x",)}
GAMMA, WISHART = 1.0, 0.0
# Seconds that a contender has at each size, and the least turns.
BUDGET, TURNS = 2.0, 12

Job = Callable[[], Any]
# Seconds from the definitions to the first result, in the process of symgd.
COMPILED: list[float] = []


def data(what: str, size: tuple[int, ...]) -> dict[str, Any]:
    """The same numbers for all."""
    rng = np.random.default_rng(7)
    if what == "lse":
        return {"x": rng.standard_normal(size[0])}
    if what == "llsq":
        n, m = size
        t = np.linspace(-1, 1, n)
        return {"T": np.vander(t, m, increasing=True), "s": np.sign(t), "x": rng.random(m)}
    d, k = size
    return {
        "X": rng.standard_normal((SAMPLES, d)),
        "alpha": rng.standard_normal(k),
        "mu": rng.random((k, d)),
        "q": 0.1 * rng.standard_normal((k, d)),
        "l": 0.3 * rng.standard_normal((k, d * (d - 1) // 2)),
    }


# -- symgd ----------------------------------------------------------------------------------------

MODELS: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "gmm": (
        {
            "Q[k]": "diag(exp(q[k])) + lower(l[k], d)",
            "R[k]": "(X - ones(n,1)*mu[k]')*Q[k]'",
            "u[k]": "(alpha[k] + sum(q[k]))*ones(n,1) - rsum(R[k].^2)/2",
            "C": "sum(rlogsumexp(u')) - n*logsumexp(alpha)"
            " + sum(k, g^2*(norm2(exp(q[k]))^2 + norm2(l[k])^2)/2 - m*sum(q[k]))",
        },
        {
            "X": ("n", "d"), "alpha": "K", "mu": ("K", "d"), "q": ("K", "d"),
            "l": ("K", "d*(d-1)/2"), "g": (), "m": (),
        },
    ),
    "lse": ({"C": "logsumexp(x)"}, {"x": "n"}),
    "llsq": ({"C": "norm2(s - T*x)^2/2"}, {"T": ("n", "m"), "s": "n", "x": "m"}),
}  # fmt: skip


def ours(what: str, given: dict[str, Any]) -> Job:
    from symgd import Model

    definitions, shapes = MODELS[what]
    # Modules are loaded with the first model of a process.
    Model({"C": "sum(k, norm2(tanh(x[k]*x))^2)"}, ["x"], shapes={"x": "n"}).compile()(x=np.ones(2))
    start = time.perf_counter()
    gradient = Model(definitions, list(PARAMETERS[what]), shapes=shapes).compile()
    if what == "gmm":
        given = {**given, "g": GAMMA, "m": WISHART}
    gradient(**given)
    COMPILED.append(time.perf_counter() - start)

    def job() -> Any:
        value, slopes = gradient(**given)
        return value, *(slopes[p] for p in PARAMETERS[what])

    return job


# -- numpy by hand --------------------------------------------------------------------------------


def by_hand(what: str, given: dict[str, Any]) -> Job:
    return {"gmm": hand_gmm, "lse": hand_lse, "llsq": hand_llsq}[what](**given)


def hand_lse(x: Any) -> Job:
    def job() -> Any:
        top = x.max()
        e = np.exp(x - top)
        total = e.sum()
        e /= total
        return top + np.log(total), e

    return job


def hand_llsq(T: Any, s: Any, x: Any) -> Job:
    def job() -> Any:
        r = T @ x - s
        return 0.5 * (r @ r), r @ T

    return job


def hand_gmm(X: Any, alpha: Any, mu: Any, q: Any, l: Any) -> Job:
    """All components at once, by the products of matrices that BLAS has."""
    (n, d), k = X.shape, len(alpha)
    j, i = np.triu_indices(d, 1)
    columns = X.T.copy()

    def job() -> Any:
        Q = np.zeros((k, d, d))
        diagonal = np.exp(q)
        Q[:, range(d), range(d)] = diagonal
        Q[:, i, j] = l
        away = columns - mu[:, :, None]
        R = Q @ away
        u = (alpha + q.sum(axis=1))[:, None] - 0.5 * np.einsum("kdn,kdn->kn", R, R)
        top = u.max(axis=0)
        P = np.exp(u - top)
        total = P.sum(axis=0)
        value = (top + np.log(total)).sum()
        P /= total
        a = alpha.max()
        shares = np.exp(alpha - a)
        value -= n * (a + np.log(shares.sum()))
        value += 0.5 * GAMMA**2 * ((diagonal**2).sum() + (l**2).sum()) - WISHART * q.sum()
        weight = P.sum(axis=1)
        R *= P[:, None, :]
        dQ = R @ away.transpose(0, 2, 1)
        dmu = (R.sum(axis=2)[:, None, :] @ Q)[:, 0]
        dq = weight[:, None] + GAMMA**2 * diagonal**2 - WISHART
        dq -= diagonal * dQ[:, range(d), range(d)]
        dl = GAMMA**2 * l - dQ[:, i, j]
        return value, weight - n * shares / shares.sum(), dmu, dq, dl

    return job


# -- jitted JAX -----------------------------------------------------------------------------------


def jax_job(what: str, given: dict[str, Any]) -> Job:
    import jax
    import jax.numpy as jnp

    cost = {"gmm": jax_gmm, "lse": jax_lse, "llsq": jax_llsq}[what](jax, jnp, given)
    gradient = jax.jit(jax.value_and_grad(cost, argnums=tuple(range(len(PARAMETERS[what])))))
    arguments = [jnp.asarray(given[p]) for p in PARAMETERS[what]]

    def job() -> Any:
        value, slopes = jax.block_until_ready(gradient(*arguments))
        return value, *slopes

    return job


def jax_lse(jax: Any, jnp: Any, given: dict[str, Any]) -> Callable[..., Any]:
    return lambda x: jax.scipy.special.logsumexp(x)


def jax_llsq(jax: Any, jnp: Any, given: dict[str, Any]) -> Callable[..., Any]:
    T, s = jnp.asarray(given["T"]), jnp.asarray(given["s"])
    return lambda x: 0.5 * ((T @ x - s) ** 2).sum()


def jax_gmm(jax: Any, jnp: Any, given: dict[str, Any]) -> Callable[..., Any]:
    """As ADBench has it for JAX: all samples and components at once."""
    X = jnp.asarray(given["X"])
    n, d = X.shape
    j, i = np.triu_indices(d, 1)
    on = np.arange(d)
    lse = jax.scipy.special.logsumexp

    def cost(alpha: Any, mu: Any, q: Any, l: Any) -> Any:
        Q = jnp.zeros((len(alpha), d, d)).at[:, on, on].set(jnp.exp(q)).at[:, i, j].set(l)
        R = jnp.einsum("kij,knj->kni", Q, X[None] - mu[:, None])
        u = alpha + q.sum(axis=1) - 0.5 * (R**2).sum(axis=2).T
        prior = 0.5 * GAMMA**2 * ((jnp.exp(q) ** 2).sum() + (l**2).sum()) - WISHART * q.sum()
        return lse(u, axis=1).sum() - n * lse(alpha) + prior

    return cost


# -- C++ by hand ----------------------------------------------------------------------------------

FLAGS = ["-O3", "-march=native", "-ffast-math", "-shared", "-fPIC", "-std=c++17"]
SOURCE = r"""
#include <algorithm>
#include <cmath>
#include <vector>
using std::size_t;

extern "C" double lse(size_t n, const double *x, double *dx) {
    double top = *std::max_element(x, x + n), total = 0;
    for (size_t i = 0; i < n; i++) { dx[i] = std::exp(x[i] - top); total += dx[i]; }
    double over = 1 / total;
    for (size_t i = 0; i < n; i++) dx[i] *= over;
    return top + std::log(total);
}

extern "C" double llsq(size_t n, size_t m, const double *T, const double *s, const double *x,
                       double *dx) {
    double value = 0;
    std::fill(dx, dx + m, 0.0);
    for (size_t i = 0; i < n; i++) {
        const double *t = T + i * m;
        double r = -s[i];
        for (size_t j = 0; j < m; j++) r += t[j] * x[j];
        value += r * r;
        for (size_t j = 0; j < m; j++) dx[j] += r * t[j];
    }
    return value / 2;
}

// A sample at a time; of its components only the lower triangles are gone through.
extern "C" double gmm(size_t n, size_t d, size_t K, const double *X, const double *alpha,
                      const double *mu, const double *q, const double *l, double g, double m,
                      double *dalpha, double *dmu, double *dq, double *dl) {
    size_t t = d * (d - 1) / 2;
    std::vector<double> e(K * d), base(K), u(K), away(K * d), R(K * d);
    double value = 0;
    for (size_t k = 0; k < K; k++) {
        double sum = 0, squares = 0;
        for (size_t i = 0; i < d; i++) {
            double v = std::exp(q[k * d + i]);
            e[k * d + i] = v;
            sum += q[k * d + i];
            squares += v * v;
            dq[k * d + i] = g * g * v * v - m;
            dmu[k * d + i] = 0;
        }
        for (size_t c = 0; c < t; c++) {
            squares += l[k * t + c] * l[k * t + c];
            dl[k * t + c] = g * g * l[k * t + c];
        }
        base[k] = alpha[k] + sum;
        dalpha[k] = 0;
        value += g * g * squares / 2 - m * sum;
    }
    for (size_t s = 0; s < n; s++) {
        const double *x = X + s * d;
        double top = -INFINITY;
        for (size_t k = 0; k < K; k++) {
            double *a = &away[k * d], *r = &R[k * d];
            const double *lk = l + k * t;
            for (size_t i = 0; i < d; i++) a[i] = x[i] - mu[k * d + i];
            for (size_t i = 0; i < d; i++) r[i] = e[k * d + i] * a[i];
            for (size_t j = 0; j < d; j++) {
                double aj = a[j];
                for (size_t i = j + 1; i < d; i++) r[i] += lk[i - j - 1] * aj;
                lk += d - j - 1;
            }
            double squares = 0;
            for (size_t i = 0; i < d; i++) squares += r[i] * r[i];
            u[k] = base[k] - squares / 2;
            top = std::max(top, u[k]);
        }
        double total = 0;
        for (size_t k = 0; k < K; k++) { u[k] = std::exp(u[k] - top); total += u[k]; }
        value += top + std::log(total);
        for (size_t k = 0; k < K; k++) {
            double w = u[k] / total, *a = &away[k * d], *r = &R[k * d];
            const double *lk = l + k * t;
            double *dlk = dl + k * t;
            dalpha[k] += w;
            for (size_t i = 0; i < d; i++) r[i] *= w;
            for (size_t i = 0; i < d; i++) dq[k * d + i] += w - r[i] * e[k * d + i] * a[i];
            for (size_t j = 0; j < d; j++) {
                double back = e[k * d + j] * r[j], aj = a[j];
                for (size_t i = j + 1; i < d; i++) {
                    back += lk[i - j - 1] * r[i];
                    dlk[i - j - 1] -= r[i] * aj;
                }
                dmu[k * d + j] += back;
                lk += d - j - 1;
                dlk += d - j - 1;
            }
        }
    }
    std::vector<double> share(K);
    double log_total = lse(K, alpha, share.data());
    for (size_t k = 0; k < K; k++) dalpha[k] -= n * share[k];
    return value - n * log_total;
}
"""


def in_cpp(what: str, given: dict[str, Any]) -> Job:
    """What g++ makes of the source, called with room for its results."""
    folder = Path(tempfile.mkdtemp())
    (folder / "by_hand.cpp").write_text(SOURCE)
    command = ["g++", *FLAGS, "by_hand.cpp", "-o", "by_hand.so"]
    subprocess.run(command, cwd=folder, check=True)
    function = getattr(ctypes.CDLL(str(folder / "by_hand.so")), what)
    function.restype = ctypes.c_double
    sizes: dict[str, tuple[int, ...]] = {
        "gmm": (*given["X"].shape, len(given["alpha"])) if what == "gmm" else (),
        "lse": given["x"].shape if what == "lse" else (),
        "llsq": given["T"].shape if what == "llsq" else (),
    }
    out = [np.empty_like(given[p]) for p in PARAMETERS[what]]
    arguments: list[Any] = [ctypes.c_size_t(n) for n in sizes[what]]
    arguments += [ctypes.c_void_p(a.ctypes.data) for a in given.values()]
    arguments += [ctypes.c_double(v) for v in (GAMMA, WISHART)] if what == "gmm" else []
    arguments += [ctypes.c_void_p(a.ctypes.data) for a in out]
    return lambda: (function(*arguments), *out)


# column              what it is, and what it needs
CONTENDERS: dict[str, tuple[Callable[[str, dict[str, Any]], Job], Callable[[], bool], str]] = {
    "symgd": (ours, lambda: True, ""),
    "C++ by hand": (in_cpp, lambda: shutil.which("g++") is not None, "g++ is not installed"),
    "numpy by hand": (by_hand, lambda: True, ""),
    "JAX": (
        jax_job,
        lambda: importlib.util.find_spec("jax") is not None,
        "JAX is not installed",
    ),
}


# -- one after another ----------------------------------------------------------------------------


def serve(pipe: Any, name: str, what: str, size: tuple[int, ...]) -> None:
    """The process of one contender: its results first, then the seconds of a turn when asked."""
    given = data(what, size)
    job = CONTENDERS[name][0](what, given)
    found = job()
    pipe.send((sum(COMPILED), [np.array(x, dtype=float) for x in found]))
    while (times := pipe.recv()) is not None:
        start = time.perf_counter()
        for _ in range(times):
            job()
        pipe.send((time.perf_counter() - start) / times)


def measured(what: str, size: tuple[int, ...]) -> dict[str, tuple[float, float]]:
    """contender → (seconds of the best turn, seconds that symgd took to compile)."""
    context = multiprocessing.get_context("spawn")
    pipes, processes, firsts, results = {}, [], {}, {}
    for name, (_, there, _) in CONTENDERS.items():
        if not there():
            continue
        pipe, other = context.Pipe()
        process = context.Process(target=serve, args=(other, name, what, size), daemon=True)
        process.start()
        pipes[name] = pipe
        processes.append(process)
        firsts[name], results[name] = pipe.recv()
    agree(results)
    best = dict.fromkeys(pipes, float("inf"))
    times = dict.fromkeys(pipes, 1)
    end = time.perf_counter() + BUDGET * len(pipes)
    turns = 0
    while turns < TURNS or time.perf_counter() < end:
        for name, pipe in pipes.items():
            pipe.send(times[name])
            best[name] = min(best[name], pipe.recv())
            times[name] = max(1, int(1e-2 / best[name]))
        turns += 1
    for pipe in pipes.values():
        pipe.send(None)
    for process in processes:
        process.join()
    return {name: (best[name], firsts[name]) for name in pipes}


def agree(results: dict[str, list[Any]]) -> None:
    """Raise AssertionError where two contenders differ."""
    for name, found in results.items():
        for a, b in zip(found, results["symgd"], strict=True):
            np.testing.assert_allclose(
                a.ravel(), b.ravel(), rtol=1e-9, atol=1e-9 * np.abs(b).max(), err_msg=name
            )


TITLES = {
    "gmm": f"A Gaussian mixture, n = {SAMPLES}; d, K",
    "lse": "Log-sum-exp; n",
    "llsq": "Least squares; n, m",
}


def table(what: str) -> Iterator[str]:
    """Milliseconds of each; symgd against the best of the others, and how long it compiled."""
    names = [name for name, (_, there, _) in CONTENDERS.items() if there()]
    heads = [f"{n}, ms" for n in names]
    yield f"| {TITLES[what]} | {' | '.join(heads)} | times as fast as the best | compiled in, s |"
    yield "|---|" + "---:|" * (len(names) + 2)
    for size in SIZES[what]:
        found = measured(what, size)
        others = min(seconds for name, (seconds, _) in found.items() if name != "symgd")
        cells = [f"{1e3 * found[n][0]:.3g}" for n in names]
        label = ", ".join(f"{n:,}".replace(",", " ") for n in size)
        own, first = found["symgd"]
        yield f"| {label} | {' | '.join(cells)} | {others / own:.2g} | {first:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", choices=list(SIZES), help="one of the tables")
    asked = parser.parse_args()
    os.environ.update(ONE_THREAD)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for name, (_, there, why) in CONTENDERS.items():
        if not there():
            print(f"{name} has no column: {why}.", file=sys.stderr)
    for what in [asked.only] if asked.only else list(SIZES):
        for line in table(what):
            print(line, flush=True)
        print(flush=True)


if __name__ == "__main__":
    main()
