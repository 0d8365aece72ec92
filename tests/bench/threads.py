"""What a second core is worth to the numba backend, by the clock.

python tests/bench/threads.py
"""

from __future__ import annotations

import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from contenders import data, ours

HEAD = """
## Two threads

Beyond 10⁶ samples numba works in two threads. Here the time is that of the clock, for {n}
samples, of the process held to one core and to two, in turns, and the best turn of each counts:
where something else has the second core, it is worth nothing. The results are the same to the last
bit.

| | one core, ms | two cores, ms | times as fast |
|---|---:|---:|---:|"""
TURNS = 60


def page(n: int) -> Iterator[str]:
    """The lines of the section; none where there is one core, or no way to hold a process to it."""
    if not hasattr(os, "sched_setaffinity"):
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    cores = sorted(os.sched_getaffinity(0))[-2:]
    try:
        if len(cores) == 2:
            yield HEAD.format(n=f"{n:,}".replace(",", " "))
            yield from rows(n, cores)
    finally:
        os.sched_setaffinity(0, before)


def rows(n: int, cores: list[int]) -> Iterator[str]:
    """A cheap formula and a dear one."""
    for activation, loss in (("sigmoid", "quadratic"), ("mish", "log_cosh")):
        job = ours("numba", activation, loss, *data(loss, n))
        answers, least = {job()}, {1: math.inf, 2: math.inf}
        for _ in range(TURNS):
            for count in least:
                os.sched_setaffinity(0, cores[:count])
                start = perf_counter()
                answers.add(job())
                least[count] = min(least[count], perf_counter() - start)
        assert len(answers) == 1
        one, two = (1e3 * s for s in least.values())
        yield f"| {loss}∘{activation} | {one:.3g} | {two:.3g} | {one / two:.2g} |"


if __name__ == "__main__":
    print(*page(10**7), sep="\n")
