"""How fast derivations are, each as a ratio against something measured in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
from time import perf_counter

import pytest
from chains import chain

from symgd import Model, Neuron

TURNS = 7


def process(*words: str) -> float:
    """Seconds of a Python process, its output thrown away."""
    start = perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def importing_sympy() -> float:
    """Seconds that `import sympy` adds to a Python that does nothing."""
    return process("-c", "import sympy") - process("-c", "pass")


def the_default_neuron() -> float:
    """Seconds of deriving, proving and rendering the default neuron."""
    start = perf_counter()
    Neuron().derive().to_text()
    return perf_counter() - start


def deriving(model: Model, detail: str = "textbook") -> float:
    """Seconds of deriving and checking every step."""
    start = perf_counter()
    assert model.derive(detail=detail).verdict.status == "proved"
    return perf_counter() - start


def test_the_default_neuron_takes_a_quarter_of_importing_sympy() -> None:
    the_default_neuron()
    found = statistics.median(the_default_neuron() / importing_sympy() for _ in range(TURNS))
    print(f"derive, prove and render / import sympy: {found:.3g}")
    assert found <= 0.25


def test_the_command_takes_1_6_times_importing_sympy_and_numpy() -> None:
    command = ("-m", "symgd.cli", "derive")
    imports = ("-c", "import sympy, numpy")
    process(*command)
    found = statistics.median(process(*command) / process(*imports) for _ in range(TURNS))
    print(f"symgd derive / python -c 'import sympy, numpy': {found:.3g}")
    assert found <= 1.6


@pytest.mark.parametrize("detail", ["textbook", "full"])
def test_a_chain_is_derived_and_checked_in_linear_time(detail: str) -> None:
    deriving(Model(*chain(8)))
    short, long = Model(*chain(8)), Model(*chain(64))
    found = statistics.median(deriving(long, detail) / deriving(short, detail) for _ in range(3))
    print(f"64 sigmoids / 8 sigmoids, every step checked ({detail}): {found:.3g}")
    assert found <= 10
