"""A descent that is asked to stop, or diverges, gives what it has reached."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from symgd import Neuron, train
from symgd.errors import DivergedError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

CHILD = """
import json, signal, sys
import numpy as np
from symgd import Network, Neuron, train

kind, history = sys.argv[1], sys.argv[2] == "True"
X, Y = np.linspace(-1, 1, 50), np.linspace(0, 1, 50)
data = {
    "scalar": {"x": 3.0, "y": 0.0},
    "numpy": {"x": X, "y": Y},
    "numba": {"x": X, "y": Y, "backend": "numba"},
    "by hand": {"x": X, "y": Y, "tolerance": 0.0, "patience": 10**9},
    "network": {"X": np.ones((20, 3)), "Y": np.ones((20, 2))},
}[kind]
model = Network([3, 4, 2]) if kind == "network" else Neuron()
start = {} if kind == "network" else {"start": {"w": 0.5, "b": 2.0}}
def descent(epochs):
    return train(model, **data, **start, epochs=epochs, history=history, optimizer="sgd(1e-9)",
                 progress=False)
descent(3)
print("ready", flush=True)
run = descent(10**9)
usual = signal.getsignal(signal.SIGINT) == signal.default_int_handler
print(json.dumps([run.stopped, run.epochs, len(run.history), usual]))
"""


@pytest.mark.spread(2)
@pytest.mark.parametrize(
    ("kind", "history", "sign"),
    [
        ("scalar", True, signal.SIGTERM),
        ("scalar", False, signal.SIGINT),
        ("numpy", True, signal.SIGINT),
        ("numba", False, signal.SIGINT),
        ("by hand", True, signal.SIGINT),
        ("network", True, signal.SIGINT),
    ],
)
def test_a_signal_ends_a_descent_after_its_step(
    kind: str, history: bool, sign: signal.Signals
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, kind, str(history)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "ready\n"
        time.sleep(0.7)
        child.send_signal(sign)
        said, errors = child.communicate(timeout=120)
    finally:
        child.kill()
    assert child.returncode == 0, errors
    stopped, epochs, records, usual = json.loads(said)
    assert (stopped, usual) == ("interrupted", True)
    assert 0 < epochs < 10**9
    assert records == (epochs + 1 if history else 2)


def test_a_handler_of_the_host_stays_its_own() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        run = train(
            Neuron(), x=3.0, y=0.0, start={"w": 0.5, "b": 2.0}, epochs=3,
            callback=lambda _: os.kill(os.getpid(), signal.SIGTERM),
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGTERM, before)
    assert (run.stopped, run.epochs) == ("epochs", 3)
    assert heard == [signal.SIGTERM] * 4


@pytest.mark.filterwarnings("ignore::symgd.errors.TrainingWarning")
def test_a_descent_that_diverges_gives_what_it_reached() -> None:
    with pytest.raises(DivergedError) as caught:
        train(Neuron("identity"), x=100.0, y=1.0, start={"w": 1.0, "b": 0.0}, optimizer="sgd(1e30)")
    run = caught.value.run
    assert run.stopped == "diverged"
    assert run.start == {"w": 1.0, "b": 0.0}
    assert run.history[0] == 0.5 * 99.0**2
    assert len(run.history) == len(run.path)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_the_command_writes_what_it_reached(sign: signal.Signals, tmp_path: Path) -> None:
    run = subprocess.Popen(
        [sys.executable, "-m", "symgd", "train", "--at", "x=3,y=0", "--epochs", "1000000000",
         "--optimizer", "adam(rate=1e-9)", "-o", str(tmp_path / "end.json"),
         "--checkpoint", str(tmp_path / "run.npz")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    # The file is there from the moment on in which a signal is kept for the descent.
    try:
        while not (tmp_path / "run.npz").exists() and run.poll() is None:
            time.sleep(0.05)
        run.send_signal(sign)
        said, errors = run.communicate(timeout=60)
    finally:
        run.kill()
    assert run.returncode == 128 + sign, errors
    assert "Interrupted; what was reached is given" in errors
    assert "resume=True (--resume) goes on from" in errors
    assert "stopped by: interrupted" in said
    assert (tmp_path / "end.json").read_text()
