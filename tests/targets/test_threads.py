"""Bit for bit the same gradient from eight threads at once, and after a fork and a spawn."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symgd import Model, Neuron

THREADS = 8
NUMBERS = np.random.default_rng(0)
LENGTHS = (1, 5, 700, 12_000)
SHAPES = ((3, 2), (4, 5), (3, 3), (40, 7))

SAMPLES = [
    {"w": 0.1 * n, "b": 0.2, "x": NUMBERS.normal(size=n), "y": 0.3} for n in LENGTHS
]  # fmt: skip
SAMPLES.append({"w": 1e200, "b": 0.2, "x": 1e200 * NUMBERS.normal(size=6), "y": 0.3})
SINGLES = [{"w": 0.1 * n, "b": 0.2, "x": 1.0 / n, "y": 0.3} for n in (1, 2, 3, 10**200)]
ARRAYS = [
    {"X": NUMBERS.normal(size=s), "w": NUMBERS.normal(size=s[1]), "y": NUMBERS.normal(size=s[0])}
    for s in SHAPES
]
ARRAYS.append({n: 1e200 * a for n, a in ARRAYS[0].items()})


def neuron(backend: str, reduction: str | None = "mean", order: int = 1) -> Callable[[], Any]:
    return lambda: Neuron("gelu", "log_cosh").compile(backend, reduction=reduction, order=order)


def arrays(backend: str) -> Any:
    formula, shapes = "norm(X*w - y)^2 + sum(tanh(X*w))", {"X": "n x k", "w": "k", "y": "n"}
    return Model({"C": formula}, ["w"], shapes=shapes).compile(backend)


# a gradient, made anew for each test, and the calls
GRADIENTS: dict[str, tuple[Callable[[], Any], list[dict[str, Any]]]] = {
    "numpy": (neuron("numpy"), SAMPLES),
    "numpy, a value a sample": (neuron("numpy", None), SAMPLES),
    "numpy, with its Hessian": (neuron("numpy", order=2), SAMPLES),
    "scalar": (neuron("scalar"), SINGLES),
    "numba": (neuron("numba"), SAMPLES),
    "numba, a value a sample": (neuron("numba", None), SAMPLES),
    "arrays": (lambda: arrays("numpy"), ARRAYS),
    "arrays on numba": (lambda: arrays("numba"), ARRAYS),
}


def bits(found: Any) -> Any:
    """What is told apart by a single bit."""
    if isinstance(found, dict):
        return {name: bits(value) for name, value in found.items()}
    if isinstance(found, tuple):
        return tuple(map(bits, found))
    return hashlib.sha256(np.asarray(found).tobytes()).hexdigest()


@pytest.fixture(params=GRADIENTS)
def gradient(request: pytest.FixtureRequest) -> tuple[Callable[[], Any], list[dict[str, Any]]]:
    if "numba" in request.param:
        pytest.importorskip("numba")
    return GRADIENTS[request.param]


@pytest.fixture
def impatient() -> Iterator[None]:
    """Threads are exchanged every few hundred lines of Python."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(usual)


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    """work(0), work(1), ... in as many threads, begun at once; what one raises is its answer."""
    found: list[Any] = [None] * THREADS
    begin = threading.Barrier(THREADS)

    def run(k: int) -> None:
        begin.wait()
        try:
            found[k] = work(k)
        except Exception as error:
            found[k] = error

    threads = [threading.Thread(target=run, args=(k,)) for k in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.spread(3)
@pytest.mark.usefixtures("impatient")
def test_eight_threads_and_one_give_the_same_bits(gradient: Any) -> None:
    """Every thread with calls of its own sizes, the first of which compiles."""
    make, calls = gradient
    alone = make()
    expected = [bits(alone(**call)) for call in calls]
    rounds = 3
    for _ in range(rounds):
        shared = make()

        def work(k: int, g: Any = shared) -> list[Any]:
            return [bits(g(**calls[(k + i) % len(calls)])) for i in range(2 * len(calls))]

        for k, found in enumerate(in_threads(work)):
            turned = [expected[(k + i) % len(calls)] for i in range(2 * len(calls))]
            assert found == turned, k


@pytest.mark.usefixtures("impatient")
def test_a_kernel_that_eight_threads_ask_for_at_once_is_whole() -> None:
    """Each thread has a gradient of its own, of the same source, that nobody has compiled."""
    pytest.importorskip("numba")
    from symgd.targets.numba import disk

    made = [Model({"C": "tanh(w*x + 7.125)*w"}, ["w"]).compile("numba") for _ in range(THREADS)]
    before = set(disk.LOADED)
    found = in_threads(lambda k: bits(made[k](w=0.5, x=ROW)))
    assert found == [bits(made[0](w=0.5, x=ROW))] * THREADS
    assert len(set(disk.LOADED) - before) <= 2  # not one for each thread


ROW = np.linspace(-1.0, 1.0, 64)


# -- processes ------------------------------------------------------------------------------------

CHILD = """
import sys
sys.path[:0] = {paths!r}
from test_threads import GRADIENTS, bits

make, calls = GRADIENTS[{name!r}]
g = make()
print([bits(g(**call)) for call in calls])
"""


def told(name: str) -> list[Any]:
    make, calls = GRADIENTS[name]
    g = make()
    return [bits(g(**call)) for call in calls]


def answer(pipe: Any, work: Callable[[], Any]) -> None:
    """In a child: what it finds."""
    try:
        pipe.send(work())
    except BaseException as error:
        pipe.send(repr(error))
        raise
    finally:
        pipe.close()


def from_a_fork(work: Callable[[], Any]) -> Any:
    context: Any = multiprocessing.get_context("fork")
    mine, its = context.Pipe()
    child = context.Process(target=answer, args=(its, work))
    child.start()
    try:
        return mine.recv() if mine.poll(60) else "The child did not answer."
    finally:
        child.kill()
        child.join()


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.mark.spread(2)
@forks
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
@pytest.mark.parametrize("name", GRADIENTS)
def test_a_forked_process_gives_the_same_bits(name: str) -> None:
    if "numba" in name:
        pytest.importorskip("numba")
    make, calls = GRADIENTS[name]
    g = make()
    expected = [bits(g(**call)) for call in calls]
    assert from_a_fork(lambda: [bits(g(**call)) for call in calls]) == expected
    assert from_a_fork(lambda: told(name)) == expected
    # nothing of the child has come back
    assert [bits(g(**call)) for call in calls] == expected


@forks
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_fork_while_another_thread_compiles_can_compile() -> None:
    """numba's locks are those of the parent's threads; a fork waits until none is held by us."""
    pytest.importorskip("numba")
    from numba.core.compiler_lock import global_compiler_lock

    from symgd.targets.numba import disk

    compiling = threading.Event()
    usual = disk._load

    def slow(name: str, source: str) -> Any:
        with global_compiler_lock:
            compiling.set()
            time.sleep(0.5)
            return usual(name, source)

    first = Model({"C": "tanh(w*x + 3.0625)*w"}, ["w"]).compile("numba")
    second = Model({"C": "tanh(w*x + 3.1875)*w"}, ["w"]).compile("numba")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "_load", slow)
        thread = threading.Thread(target=lambda: first(w=0.5, x=ROW))
        thread.start()
        assert compiling.wait(60)
        found = from_a_fork(lambda: bits(second(w=0.5, x=ROW)))
        thread.join()
    assert found == bits(second(w=0.5, x=ROW))


@pytest.mark.spread(3)
def test_a_new_process_gives_the_same_bits(gradient: Any, request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params["gradient"]
    here = Path(__file__).parent
    child = subprocess.run(
        [sys.executable, "-c", CHILD.format(paths=[str(here), *sys.path], name=name)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.returncode, child.stderr) == (0, "")
    assert child.stdout.strip() == repr(told(name))
