"""What a fit on a stream and a cluster costs, dask-glm's and dask-ml's beside it, in one run.

    python tests/bench/scale.py [sources rounds workers libraries] [--rows 1000000] [--repeats 5]

Logistic regression in ten features. A time is the least of several, since a machine is shared; the
workers are processes of one thread each.
"""

from __future__ import annotations

import argparse
import pickle
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from symgd import Neuron, stream
from symgd.training.fitting.parts import Ask

FEATURES = 10
LOGIT = Neuron("identity", "bce_logits", inputs=FEATURES)
START = {"w": np.zeros(FEATURES), "b": 0.0}


def data(rows: int) -> tuple[Any, Any]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, FEATURES))
    slopes = rng.normal(size=FEATURES) / FEATURES**0.5
    return x, (rng.uniform(size=rows) < 1 / (1 + np.exp(-x @ slopes))).astype(float)


def least(work: Callable[[], Any], repeats: int) -> float:
    work()
    found = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return min(found)


def evaluation(problem: Any) -> Callable[[], Any]:
    """The cost and its slopes, each time at another vector."""
    at = iter(np.random.default_rng(1).normal(size=(1000, FEATURES + 1)))
    return lambda: problem.fun(next(at))


@contextmanager
def cluster(workers: int) -> Iterator[Any]:
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        ) as made,
        Client(made) as client,
    ):
        yield client


# -- one machine ----------------------------------------------------------------------------------


def sources(rows: int, repeats: int) -> None:
    """Seconds a pass, of the cost and its slopes."""
    x, y = data(rows)
    columns = {f"f{i}": x[:, i].copy() for i in range(FEATURES)}
    names = {"x": [*columns], "y": "y"}
    table = {**columns, "y": y}
    print(f"{'source':<28}{'s a pass':>10}{'ns a number':>14}")

    def row(name: str, problem: Any, count: int = rows) -> None:
        seconds = least(evaluation(problem), repeats)
        print(f"{name:<28}{seconds:>10.3f}{1e9 * seconds / count / (FEATURES + 1):>14.2f}")

    for backend in ("numpy", "numba"):
        row(f"in memory, {backend}", LOGIT.problem(x=x, y=y, start=START, backend=backend))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        maps = {}
        for n, v in table.items():
            maps[n] = np.memmap(place / n, "f8", "w+", shape=v.shape)
            maps[n][:] = v
        row("np.memmap", LOGIT.problem(stream(maps), **names, start=START))
        cut = [slice(i, i + 100_000) for i in range(0, rows, 100_000)]
        made = [{n: v[s] for n, v in table.items()} for s in cut]
        row("a list of tables", LOGIT.problem(stream(made), **names, start=START))
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            pass
        else:
            pq.write_table(pa.table(table), place / "rows.parquet", row_group_size=100_000)
            parquet = stream(place / "rows.parquet")
            row("Parquet", LOGIT.problem(parquet, **names, start=START))
        few = min(rows, 100_000)
        np.savetxt(
            place / "rows.csv", np.column_stack([*table.values()])[:few], "%.17g", ",",
            header=",".join(table), comments="",
        )  # fmt: skip
        row("CSV", LOGIT.problem(stream(place / "rows.csv"), **names, start=START), few)


# -- rounds on a cluster --------------------------------------------------------------------------


def rounds(rows: int, repeats: int) -> None:
    """Seconds a round of partitions that have next to nothing to do, and its bytes."""
    import dask.array as da

    x, y = data(256)
    print(f"{'partitions':<12}{'ms a round':>12}")
    seen = []
    with cluster(2):
        for count in (2, 8, 32, 128):
            size = 256 // count
            arrays = {"x": da.from_array(x, chunks=(size, -1)), "y": da.from_array(y, chunks=size)}
            seconds = least(evaluation(LOGIT.problem(stream(arrays), start=START)), repeats)
            seen.append((count, seconds))
            print(f"{count:<12}{1e3 * seconds:>12.1f}")
    slope, latency = np.polyfit(*np.array(seen).T, 1)
    print(f"a round {1e3 * latency:.1f} ms and {1e3 * slope:.2f} ms a partition")
    theta = np.zeros(FEATURES + 1)
    part = LOGIT.problem(x=x, y=y, start=START).core.whole
    for question, more in (("first", ()), ("product", (theta,)), ("hessian", ())):
        ask = Ask(question, (theta, *more))
        there, back = len(pickle.dumps(ask)), len(pickle.dumps(ask(part)))
        print(f"{question}: {there} bytes to a partition, {back} back")


def workers(rows: int, repeats: int) -> None:
    """Seconds an evaluation by the number of workers, the data on them, in turns."""
    import dask.array as da

    x, y = data(rows)
    size = rows // 8
    with cluster(1) as one, cluster(2) as two:
        turns = {}
        for count, client in ((1, one), (2, two)):
            with client.as_current():
                arrays = {
                    "x": da.from_array(x, chunks=(size, -1)), "y": da.from_array(y, chunks=size)
                }  # fmt: skip
                turns[count] = client, evaluation(LOGIT.problem(stream(arrays), start=START))
        turns[0] = one, evaluation(LOGIT.problem(x=x, y=y, start=START))
        best = dict.fromkeys(turns, np.inf)
        for _ in range(repeats + 1):
            for count, (client, work) in turns.items():
                with client.as_current():
                    best[count] = min(best[count], least(work, 1))
        # What processes have computed does not depend on who else the machine is shared with.
        spent = {count: computed(*turns[count], repeats) for count in (1, 2)}
    print(
        f"{'workers':<10}{'ms':>8}{'of one':>10}{'ms computed: busiest worker':>30}{'client':>10}"
    )
    for count in sorted(best):
        ratio = f"{best[1] / best[count]:.2f}" if count else ""
        told = "".join(
            f"{1e3 * s:>{w}.1f}" for s, w in zip(spent.get(count, ()), (30, 10), strict=False)
        )
        print(f"{count or 'none':<10}{1e3 * best[count]:>8.1f}{ratio:>10}{told}")


def computed(client: Any, work: Callable[[], Any], repeats: int) -> tuple[float, float]:
    """Seconds of processor an evaluation: of the busiest worker; of client and scheduler."""
    with client.as_current():
        before, own = client.run(time.process_time), time.process_time()
        for _ in range(repeats):
            work()
        after, end = client.run(time.process_time), time.process_time()
    return max(after[w] - before[w] for w in after) / repeats, (end - own) / repeats


# -- other libraries ------------------------------------------------------------------------------


def libraries(rows: int, repeats: int) -> None:
    """Logistic regression without a penalty, the same partitions on the same two workers."""
    import dask
    import dask.array as da
    import dask_glm
    import dask_ml
    from dask_glm import algorithms
    from dask_glm.utils import add_intercept
    from dask_ml.linear_model import LogisticRegression

    warnings.simplefilter("ignore")
    print(
        f"dask {dask.__version__}, dask-glm {dask_glm.__version__}, dask-ml {dask_ml.__version__}"
    )
    x, y = data(rows)
    size = rows // 8

    def ours(method: str | None) -> Any:
        problem = LOGIT.problem(stream({"x": there, "y": labels}), start=START)
        return problem.solve(method=method).x

    def ml(solver: str) -> Any:
        model = LogisticRegression(
            solver=solver, C=1e12, tol=1e-8 if solver == "lbfgs" else 1e-10, max_iter=100
        )
        model.fit(there, labels)
        return np.r_[np.ravel(model.coef_), model.intercept_]

    def glm(solver: str) -> Any:
        wide = add_intercept(there).rechunk({1: -1})
        if solver == "newton":
            return algorithms.newton(wide, labels, max_iter=100, tol=1e-10)
        return algorithms.lbfgs(wide, labels, max_iter=100, tol=1e-8, lamduh=0)

    cases: dict[str, Callable[[], Any]] = {
        "symgd, trust-exact": lambda: ours(None),
        "symgd, l-bfgs-b": lambda: ours("l-bfgs-b"),
        "dask-ml, newton": lambda: ml("newton"),
        "dask-ml, lbfgs": lambda: ml("lbfgs"),
        "dask-glm, newton": lambda: glm("newton"),
        "dask-glm, lbfgs": lambda: glm("lbfgs"),
    }
    with cluster(2):
        from distributed import wait

        there, labels = dask.persist(
            da.from_array(x, chunks=(size, -1)), da.from_array(y, chunks=size)
        )
        wait([there, labels])
        best = dict.fromkeys(cases, np.inf)
        found = {}
        for turn in range(repeats + 1):
            for name, fit in cases.items():
                begun = time.perf_counter()
                found[name] = fit()
                if turn:  # the first compiles
                    best[name] = min(best[name], time.perf_counter() - begun)
    first = found["symgd, trust-exact"]
    print(f"{'fit':<22}{'s':>8}{'apart':>12}")
    for name, seconds in best.items():
        print(f"{name:<22}{seconds:>8.2f}{np.max(np.abs(found[name] - first)):>12.1e}")


PARTS = {"sources": sources, "rounds": rounds, "workers": workers, "libraries": libraries}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=[*PARTS], help=", ".join(PARTS))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    for name in given.parts:
        print(f"\n{PARTS[name].__doc__}")
        PARTS[name](given.rows, given.repeats)


if __name__ == "__main__":
    main()
