"""The speed table of docs/speed.md: value and gradient over a batch, against numpy by hand.

    python tests/bench/speed_table.py [--sizes 10000 1000000 10000000] [--only NAME ...]
                                      [-o FILE.md]

A NAME is an activation or a loss, and a formula is measured where it has one of them; without
--only all are. The process holds itself to one core. A library that is not installed has no column.
"""

from __future__ import annotations

import os

# First of all: a library counts the cores when it is imported, and makes a thread for each.
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["JAX_PLATFORMS"] = "cpu"

import argparse
import math
import multiprocessing
import platform
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from by_library import Job, has
from contenders import ACTIVATIONS, CONTENDERS, LOSSES, data, expanded, pairs

from symgd import Neuron
from symgd.files import write_whole

HEAD = """\
# How fast the gradients are

## A batch

The mean cost of one neuron ŷ = f(wx + b) over N samples, with its slopes in w and b, in float64, on
one core. The first column is the time of numpy as one writes it by hand, in nanoseconds a sample,
with what both parts need computed once ([tests/bench/by_hand.py](../tests/bench/by_hand.py)); each
of the others is how many times as fast something is: **above 1 is faster than by hand**.

- **numpy**, **numba**: `Neuron(f, L).compile(backend)`, called by name, all checks included.
- **lambdify**: sympy's `lambdify(..., "numpy")` of the cost with everything substituted and of its
  two derivatives, then the means; **cse**: the same with `cse=True`.
- **JAX**: `jit(value_and_grad(...))`, x64. **PyTorch**: eager, autograd; **compiled**: through
  `torch.compile`, made for this very size. Both by the library's own function of each formula, with
  the data in its own arrays beforehand.

Each runs in a process of its own, in which no other library has a part: beside PyTorch or JAX the
memory of numpy's temporaries is kept for the next call, and at 10⁶ samples hand-written numpy takes
half its time. All that stand in a row take turns, so that a busy spell of the machine hits all
alike, and the best turn of each counts; the first call, which may compile, does not. All found the
same cost and slopes, to 10⁻⁷. The time is the processor's, of all threads of a process.
{notes}
{machine}
Made by `python tests/bench/speed_table.py`.
"""
SCALAR = """
## One sample

A step of the descent of one sigmoid neuron under the quadratic cost, w ← w - η∂C/∂w and b alike,
beside the same step with `lambdify(..., "numpy")`. By position is `compile("scalar").function`,
by name the gradient as it is called; the loops are what `descend` runs, {loop} steps in one call.

| | ns a step | times as fast as lambdify |
|---|---:|---:|"""

TWO_THREADS = 10**6  # from here on numba works in two
STEPS, LOOP = 1000, 100_000


# -- contenders, each in a process of its own -----------------------------------------------------


class Worker:
    """A process that times one contender, when it is told to."""

    def __init__(self, name: str) -> None:
        spawn = multiprocessing.get_context("spawn")
        self.pipe, other = spawn.Pipe()
        self.process = spawn.Process(target=serve, args=(name, other), daemon=True)
        self.process.start()

    def ask(self, *words: Any) -> Any:
        self.pipe.send(words)
        found = self.pipe.recv()
        if isinstance(found, str):
            raise RuntimeError(found)
        return found


def serve(name: str, pipe: Any) -> None:
    """(activation, loss, n) → the cost and its slopes; no words → the seconds of a turn."""
    job: Job | None = None
    times = 1
    while True:
        try:
            words = pipe.recv()
        except EOFError:  # the table is done
            return
        try:
            if words:
                # What the last formula held is free before the next one's is made.
                job = None
                activation, loss, n = words
                job = CONTENDERS[name][1](activation, loss, *data(loss, n))
                answer = [float(v) for v in job()]
                # A turn is long beside the tick of the clock, and no longer than it must be.
                times = max(1, min(50, math.ceil(2e-3 / seconds(job, 1))))
                pipe.send(answer)
            else:
                pipe.send(seconds(job, times))
        except Exception as error:  # whatever a library raises, told to the table
            pipe.send(f"{name} raised {type(error).__name__}")


def workers() -> tuple[dict[str, Worker], str]:
    """Those that work here, and a note of those that do not."""
    found, notes = {}, []
    for name, (needs, _) in CONTENDERS.items():
        if not has(needs):
            notes.append(f"{name} is not installed here.")
            continue
        worker = Worker(name)
        try:
            worker.ask("tanh", "quadratic", 64)
            found[name] = worker
        except RuntimeError as error:
            notes.append(f"{error} on this machine, and is left out.")
    return found, "\n".join(["", *notes, ""] if notes else [""])


# -- measuring -----------------------------------------------------------------------------------


def seconds(job: Job, times: int) -> float:
    start = process_time()
    for _ in range(times):
        job()
    return (process_time() - start) / times


def best(turns: dict[str, Callable[[], float]], count: int) -> dict[str, float]:
    """The best turn of each, in seconds, all taking turns."""
    found = dict.fromkeys(turns, math.inf)
    for _ in range(count):
        for name, turn in turns.items():
            found[name] = min(found[name], turn())
    return found


def measured(at: dict[str, Worker], activation: str, loss: str, n: int) -> dict[str, float]:
    """column → seconds a call."""
    answers = {name: worker.ask(activation, loss, n) for name, worker in at.items()}
    for name, answer in answers.items():
        np.testing.assert_allclose(answer, answers["by hand"], rtol=1e-7, err_msg=name)
    turns = 40 if n <= 10**5 else 7
    return best({name: worker.ask for name, worker in at.items()}, turns)


def formulas(only: list[str]) -> list[tuple[str, str]]:
    """(activation, loss) of those asked for, or all."""
    if only:
        return [pair for pair in pairs() if {*pair, pair[1].removesuffix("_logits")} & {*only}]
    return pairs()


# -- the page ------------------------------------------------------------------------------------


def shown(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.2g}" if ratio >= 0.1 else f"{ratio:.1g}"


def batch(at: dict[str, Worker], sizes: list[int], only: list[str]) -> Iterator[str]:
    others = [name for name in at if name != "by hand"]
    for n in sizes:
        yield f"\n### {n:,} samples\n".replace(",", " ")
        yield f"| | by hand, ns | {' | '.join(others)} |"
        yield "|---" + "|---:" * (len(others) + 1) + "|"
        rows = []
        for activation, loss in formulas(only):
            found = measured(at, activation, loss, n)
            rows.append([found["by hand"] / found[name] for name in others])
            cells = [f"{1e9 * found['by hand'] / n:.3g}", *map(shown, rows[-1])]
            yield f"| {loss}∘{activation} | {' | '.join(cells)} |"
        if rows:
            means = [math.exp(sum(map(math.log, c)) / len(rows)) for c in zip(*rows, strict=True)]
            least = [min(c) for c in zip(*rows, strict=True)]
            yield f"| *geometric mean* | | {' | '.join(map(shown, means))} |"
            yield f"| *least* | | {' | '.join(map(shown, least))} |"


def one_sample() -> Iterator[str]:
    """A step of the descent, beside that of lambdify."""
    f, scalar = expanded("sigmoid", "quadratic"), Neuron().compile("scalar")
    loops = {"the generated loop": scalar.core.end}
    if has("numba"):
        loops["the loop compiled by numba"] = Neuron().compile("numba").core.end

    def stepping(slopes: Callable[[float, float], tuple[float, float]]) -> Job:
        def job() -> None:
            w, b = 0.5, 2.0
            for _ in range(STEPS):
                dw, db = slopes(w, b)
                w -= 0.05 * dw
                b -= 0.05 * db

        return job

    at, by_position = {"x": 3.0, "y": 0.0}, scalar.function
    jobs: dict[str, Job] = {
        "lambdify": stepping(lambda w, b: f(w, b, 3.0, 0.0)[1:]),
        "by position": stepping(lambda w, b: by_position(w, b, 3.0, 0.0)[1]),
        "by name": stepping(lambda w, b: scalar(w=w, b=b, **at)[1].values()),
        **{name: partial(end, 0.5, 2.0, 3.0, 0.0, -0.05, LOOP) for name, end in loops.items()},
    }
    for job in jobs.values():
        job()
    found = best({name: partial(seconds, job, 1) for name, job in jobs.items()}, 15)
    for name, time in found.items():
        each = time / (LOOP if name in loops else STEPS)
        yield f"| {name} | {1e9 * each:.3g} | {shown(found['lambdify'] / STEPS / each)} |"


def machine(load: float) -> str:
    """What it was measured on, and how busy that was."""
    versions = {"sympy": "SymPy", "numba": "Numba", "jax": "JAX", "torch": "PyTorch"}
    names = [f"{shown} {__import__(n).__version__}" for n, shown in versions.items() if has(n)]
    return (
        f"{processor()}, {os.cpu_count()} cores, of which this used one. The machine was shared:\n"
        f"its load was {load:.1f} before this began.\n"
        f"Python {platform.python_version()}, NumPy {np.__version__}, {', '.join(names)}.\n"
    )


def processor() -> str:
    try:
        found = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text("utf-8"))
    except OSError:
        found = None
    return found[1].strip() if found else platform.processor() or platform.machine()


def page(sizes: list[int], only: list[str]) -> Iterator[str]:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    at, notes = workers()
    yield HEAD.format(notes=notes, machine=machine(load))
    yield from batch(at, sizes, only)
    yield SCALAR.format(loop=f"{LOOP:,}".replace(",", " "))
    yield from one_sample()
    if has("numba"):
        import floors
        import threads

        if max(sizes) > TWO_THREADS:
            yield from threads.page(max(sizes))
        yield from floors.page()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10**4, 10**6, 10**7])
    parser.add_argument("--only", nargs="+", default=[], choices=[*ACTIVATIONS, *LOSSES])
    parser.add_argument("-o", "--output", type=Path)
    given = parser.parse_args()
    lines = []
    for line in page(given.sizes, given.only):
        print(line, flush=True)
        lines.append(line)
    if given.output:
        write_whole(given.output, re.sub(r"\n{3,}", "\n\n", "\n".join(lines)) + "\n")


if __name__ == "__main__":
    main()
