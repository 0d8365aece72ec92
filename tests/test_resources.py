"""Limits: each is one sentence that names it, in Python and on the command line, and nothing stays
behind of a call that was ended.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time
from dataclasses import fields

import mpmath as mp
import pytest

from symgd import Limits, Model, Neuron, check, check_text
from symgd.errors import InputError, LimitError
from symgd.judge.work import late
from symgd.resources import bounded, current, spend

# More than a second of derivation on any machine, most of it inside of sympy.
LONG = {"C": "tanh(tanh(tanh(tanh(z))))"}


@bounded
def forever():
    with mp.workdps(77):
        while True:
            mp.exp(1)


def busy(seconds: float) -> None:
    began = time.thread_time()
    while time.thread_time() < began + seconds:
        pass


def test_a_call_ends_when_its_time_is_up_and_leaves_the_precision():
    before = mp.mp.prec
    with Limits(seconds=0.2), pytest.raises(LimitError, match=r"0\.2 seconds.*seconds=0\.4") as e:
        forever()
    assert e.value.limit == "seconds"
    assert mp.mp.prec == before


def test_a_long_derivation_ends_and_a_short_one_is_right_after_it():
    with Limits(seconds=0.3), pytest.raises(LimitError, match="seconds"):
        Model(LONG, ["z"]).derive(order=4)
    found = Model({"C": "tanh(z)"}, ["z"]).derive()
    assert found.verdict.status == "proved"
    assert found.to_text() == Model({"C": "tanh(z)"}, ["z"]).derive().to_text()


def test_memory_is_a_limit():
    @bounded
    def growing():
        kept = []
        while True:
            kept.append(bytearray(2_000_000))
            busy(0.001)

    with Limits(memory=100), pytest.raises(LimitError, match="100 megabytes") as e:
        growing()
    assert e.value.limit == "memory"


def test_without_threads_the_long_loops_look_for_themselves(monkeypatch):
    def refused(self):
        raise RuntimeError("can't start new thread")

    @bounded
    def stepping():
        while True:
            spend()

    monkeypatch.setattr(threading.Thread, "start", refused)
    with Limits(seconds=0.1), pytest.raises(LimitError):
        stepping()


def test_what_handles_every_exception_does_not_keep_a_call_alive():
    @bounded
    def stubborn():
        while True:
            with contextlib.suppress(Exception):
                busy(1)

    with Limits(seconds=0.1), pytest.raises(LimitError):
        stubborn()


def test_a_call_inside_a_call_is_a_part_of_it():
    @bounded
    def outer():
        with Limits(seconds=None):
            forever()

    with Limits(seconds=0.1), pytest.raises(LimitError):
        outer()


def test_a_call_that_ends_in_time_is_not_reached_afterwards():
    short = bounded(lambda: busy(0.049))
    ended = 0
    for _ in range(40):  # the time is up at about the moment at which it returns
        try:
            with Limits(seconds=0.05):
                short()
        except LimitError:
            ended += 1
        busy(0.002)
    assert ended <= 40


def test_each_thread_has_limits_of_its_own():
    found: dict[str, object] = {}

    def free():
        found["free"] = (current(), Neuron().derive().verdict.status == "proved")

    with Limits(seconds=0.1):
        thread = threading.Thread(target=free)
        thread.start()
        thread.join()
        with pytest.raises(LimitError):
            forever()
    limits, proved = found["free"]  # type: ignore[misc]
    assert limits.seconds == 600  # that of the tests
    assert proved


def test_faults_of_the_user_come_through():
    with pytest.raises(InputError, match="is not a parameter"):
        Neuron().derive("nobody")


def test_a_formula_may_have_so_many_nodes():
    with Limits(nodes=6), pytest.raises(LimitError, match="limit of 6 nodes; split") as e:
        Neuron("z + z^2 + z^3")
    assert e.value.limit == "nodes"
    with Limits(nodes=None):
        assert len(Neuron("+".join(["z"] * 4999)).parameters) == 2


def test_digits_and_points_are_limits_of_the_judge_and_of_the_witness():
    far = ["C = e^{e^{5}} + u z"], [r"\frac{\partial C}{\partial u} = z"]
    assert check(far[1], far[0]).lines[0].verdict in ("proved", "sampled")
    with Limits(digits=100):
        assert check(far[1], far[0]).lines[0].verdict == "unknown"
    product = [r"\frac{\partial C}{\partial \mathbf{w}} = (A + A^T)\mathbf{w}"]
    given = [r"C = \mathbf{w}^T A \mathbf{w}", r"A \in \mathbb{R}^{3 \times 3}"]
    many = check(product, given).lines[0]
    with Limits(samples=1):
        few = check(product, given).lines[0]
    assert 1 == few.points < many.points


def test_a_document_says_of_the_rest_that_its_time_was_up():
    rows = "\n\n".join(
        rf"$\frac{{\partial C}}{{\partial w}} = {k} e^{{e^{{5}} w}}$" for k in range(600)
    )
    with Limits(seconds=2):
        lines = check_text("$C = e^{e^5 w}$\n\n" + rows).lines
        said = late()
    assert len(lines) == 601
    assert lines[-1].verdict == "unknown"
    assert lines[-1].reason == said
    assert "2 seconds" in said


@pytest.mark.parametrize("name", [f.name for f in fields(Limits)])
def test_each_limit_is_read_as_it_is_written(name):
    assert getattr(Limits.parse(f"{name} = 7"), name) == 7
    assert getattr(Limits.parse(f"{name}=none"), name) is None
    assert Limits.parse(str(Limits(**{name: 3}))) == Limits(**{name: 3})
    for wrong in (0, -1, "7", True, [7]):
        with pytest.raises(InputError, match=f"{name} as a number above 0"):
            Limits(**{name: wrong})


@pytest.mark.parametrize("text", ["minutes=1", "seconds", "seconds=x", "seconds=nan", "=1"])
def test_what_is_no_limit_is_one_sentence(text):
    with pytest.raises(InputError, match="limit"):
        Limits.parse(text)


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "symgd", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_line_takes_limits():
    found = run("derive", "--limits", "nodes=3", "--activation", "z + z^2 + z^3")
    assert found.returncode == 2
    assert found.stderr.startswith("symgd: The activation takes more than the limit of 3 nodes")
    assert found.stderr.count("\n") == 1


def test_the_environment_sets_limits():
    found = run("derive", "--activation", "z + z^2 + z^3", SYMGD_LIMITS="nodes=3")
    assert "limit of 3 nodes" in found.stderr
    assert "minutes" in run("derive", SYMGD_LIMITS="minutes=3").stderr
