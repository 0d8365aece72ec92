"""Limits: each is one sentence that names it, in Python and on the command line, and nothing stays
behind of a call that was ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import subprocess
import sys
import threading
import time
import warnings
import weakref
from dataclasses import fields
from typing import Any

import mpmath as mp
import numpy as np
import pytest
import sympy as sp
from sympy.core.facts import FactKB
from sympy.core.parameters import global_parameters

from symgd import Limits, Model, Neuron, check, check_text, resources
from symgd.errors import LONGEST_SAID, InputError, LimitError
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
    with pytest.raises(InputError, match="is not a name"):
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


@pytest.mark.slow
def test_a_document_says_of_the_rest_that_its_time_was_up():
    rows = "\n\n".join(
        rf"$\frac{{\partial C}}{{\partial w}} = {k} e^{{e^{{5}} w}}$" for k in range(600)
    )
    # What is imported by the first document, and one collection of all that the tests before this
    # one left, take longer than the document keeps in reserve at a few seconds.
    check_text("$C = e^{e^5 w}$\n\n" + rows[:300])
    gc.collect()
    gc.freeze()
    try:
        with Limits(seconds=5):
            lines = check_text("$C = e^{e^5 w}$\n\n" + rows).lines
            said = late()
    finally:
        gc.unfreeze()
    assert len(lines) == 601
    assert lines[-1].verdict == "unknown"
    assert lines[-1].reason == said
    assert "5 seconds" in said


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


# -- what a call that was ended leaves as it was --------------------------------------------------


def ended(function):
    with Limits(seconds=0.05), pytest.raises(LimitError):
        bounded(function)()


@bounded
def calling():
    while True:
        busy(0)


@pytest.mark.parametrize("which", ["trace", "profile"])
def test_who_traces_a_call_traces_on(which):
    def slow(frame, event, argument):
        for _ in range(300):  # most of the time is spent in here, where the call is ended
            pass
        return slow

    getter, setter = getattr(sys, "get" + which), getattr(sys, "set" + which)
    before = getter()
    setter(slow)
    try:
        with contextlib.suppress(LimitError), Limits(seconds=0.05):
            calling()
        found = getter()
    finally:
        setter(before)
    assert found is slow


def test_what_is_set_for_a_while_is_put_back_though_its_way_back_is_cut_short():
    def setting():
        mp.mp.prec = 99
        global_parameters.evaluate = False
        warnings.filters = []
        while True:
            pass

    precision, filters = mp.mp.prec, warnings.filters
    ended(setting)
    assert mp.mp.prec == precision
    assert warnings.filters is filters
    assert global_parameters.evaluate


def test_what_sympy_knows_of_an_expression_is_whole(monkeypatch):
    asked = sp.Symbol("asked", real=True)
    kept = asked**2 + 1  # held by somebody before the call and after it
    tell = FactKB._tell

    def cut(self, key, value):
        told = tell(self, key, value)
        while key == "positive" and value:  # noted, and what follows from it not yet
            pass
        return told

    monkeypatch.setattr(FactKB, "_tell", cut)
    ended(lambda: kept.is_positive)
    monkeypatch.setattr(FactKB, "_tell", tell)
    assert kept.is_positive is True
    assert kept.is_nonzero is True
    assert kept.is_nonnegative is True


def test_a_result_that_a_handler_of_everything_saved_is_dropped():
    def half():
        with contextlib.suppress(BaseException):
            forever()
        return "half of it"

    ended(half)


def test_an_error_that_a_handler_made_of_the_end_is_the_limit():
    def other():
        try:
            forever()
        except BaseException:
            raise ValueError("something else") from None

    ended(other)


def test_an_interrupt_at_the_end_of_a_call_is_an_interrupt_and_nothing_comes_after_it(monkeypatch):
    strike, own = resources._strike, []

    def both(thread):
        if thread == threading.get_ident():
            own.append(True)
            if len(own) == 1:
                raise KeyboardInterrupt
        strike(thread)

    monkeypatch.setattr(resources, "_strike", both)
    with pytest.raises(KeyboardInterrupt), Limits(seconds=0.05):
        forever()
    assert len(own) == 2  # what was on its way was waited for
    busy(0.1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize(("seconds", "code"), [(60, 0), (0.5, 7)])
def test_the_child_of_a_fork_has_the_time_that_is_left(seconds, code):
    def child():
        began = time.thread_time()
        while time.thread_time() < began + 2 and seconds < 60:
            spend()
        return 0

    @bounded
    def parent():
        return os.fork() or (child(), "child")

    with Limits(seconds=seconds):
        try:
            pid = parent()
        except LimitError:
            os._exit(7)
    if isinstance(pid, tuple):
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == code


def test_generators_take_their_own_limits_away():
    def within(seconds):
        with Limits(seconds=seconds):
            yield

    before = current()
    first, second = within(1), within(2)
    next(first), next(second)
    first.close()
    assert current().seconds == 2
    second.close()
    assert current() == before


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 10**400, 1j, "9" * 5000])
def test_what_a_double_cannot_hold_is_no_limit(value):
    with pytest.raises(InputError, match="None for no limit"):
        Limits(seconds=value)


@pytest.mark.parametrize("value", [1234567, 0.1234567891234, 1e300, np.int64(7), np.float32(0.5)])
def test_numbers_of_any_kind_are_limits_and_are_read_as_they_are_written(value):
    limits = Limits(nodes=value)
    assert limits.nodes == value
    assert Limits.parse(str(limits)) == limits


def test_a_module_is_loaded_to_its_end(tmp_path, monkeypatch):
    (tmp_path / "slow_to_load.py").write_text(
        "import time\nend = time.thread_time() + 0.3\n"
        "while time.thread_time() < end:\n    pass\nloaded = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    ended(lambda: importlib.import_module("slow_to_load") and forever())
    assert sys.modules["slow_to_load"].loaded


def test_a_call_is_ended_in_a_module_that_is_being_loaded(tmp_path, monkeypatch):
    (tmp_path / "calls_for_ever.py").write_text(
        "from symgd import Limits\nfrom symgd.resources import bounded\n"
        "@bounded\ndef forever():\n    while True:\n        pass\n"
        "with Limits(seconds=0.05):\n    forever()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LimitError):
        importlib.import_module("calls_for_ever")


@pytest.mark.parametrize(
    ("definition", "claimed"),
    [
        (r"C = w b^{10^6}, b = 1.N", r"b^{10^6}"),
        (r"C = w^{10^6}, w = 1.N", r"10^6 w^{999999}"),
        (r"C = (1.N w)^{10^6}", r"10^6 \cdot 1.N (1.N w)^{999999}"),
    ],
)
def test_no_number_of_a_document_is_worked_out_in_millions_of_digits(definition, claimed):
    # in one step of the interpreter, which no limit could end
    digits = "1" * 800
    given = [d.replace("N", digits) for d in definition.split(", ")]
    line = rf"\frac{{\partial C}}{{\partial w}} = {claimed}".replace("N", digits)
    with Limits(seconds=60):
        assert check([line], given).lines[0].verdict != "wrong"


def test_who_watches_a_call_looks_at_no_frame_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread runs on meanwhile, and a frame that it has left may end the interpreter: once in
    some million looks, so that no test waits for it. No frame is asked for, then."""

    def asked() -> dict[int, object]:
        looks.append(threading.get_ident())
        return {}

    looks: list[int] = []
    monkeypatch.setattr(sys, "_current_frames", asked)
    with Limits(seconds=0.1), pytest.raises(LimitError, match="seconds"):
        forever()
    assert looks == []


def test_a_power_of_a_long_sum_is_not_multiplied_out() -> None:
    """(1 + z + ... + z⁵⁹)⁴⁰ has 10²⁶ terms before like ones meet; its slope has a hundred."""
    powers = " + ".join(f"z^{i}" for i in range(60))
    with Limits(seconds=60, memory=800):
        derivation = Neuron(activation=f"({powers})^40").derive()
    assert derivation.steps


@pytest.mark.slow
def test_a_stop_in_a_finaliser_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing comes out of what is called as an object goes; the stop that meets it is repeated."""
    met: list[Any] = []
    hook = met.append
    monkeypatch.setattr("sys.unraisablehook", hook)

    class Passing:
        pass

    @resources.bounded
    def finalising() -> None:
        while True:
            it = Passing()
            weakref.finalize(it, sum, range(3_000))
            del it

    for _ in range(5):
        with Limits(seconds=0.05), pytest.raises(LimitError, match="seconds"):
            finalising()
    assert not met
    assert sys.unraisablehook is hook


def test_the_clock_of_a_thread_that_has_ended_is_not_asked() -> None:
    """What watches a call may wake up when its thread is gone, and its number is another's."""
    calls: list[resources.Call] = []

    def ended() -> None:
        call = resources.Call(Limits(seconds=1e-9))
        call.close()
        calls.append(call)

    thread = threading.Thread(target=ended)
    thread.start()
    thread.join()
    (call,) = calls
    call.watch(threading.Event())  # which nobody sets
    assert not call.is_struck


def test_no_watcher_fails_in_threads_that_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    failed: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", failed.append)
    monkeypatch.setattr(resources, "PAUSE", 0.0001)
    function = bounded(lambda: busy(0.002))
    for _ in range(20):
        threads = [threading.Thread(target=function) for _ in range(3)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
    assert failed == []


LONG_SUM = " + ".join(["w"] * 4001)


@pytest.mark.parametrize("make", [
    lambda: Model({"C": LONG_SUM}, ["C"]),
    lambda: Model({"C": LONG_SUM + "!"}, ["w"]),
    lambda: Model({"C": "w"}, ["w"]).derive("x" * 50_000),
])  # fmt: skip
def test_every_sentence_has_an_end_and_keeps_its_cure(make: Any) -> None:
    with pytest.raises(InputError) as raised:
        make()
    assert len(str(raised.value)) < 1_300
    assert len(getattr(raised.value, "reason", "")) <= LONGEST_SAID


def test_of_a_long_sentence_the_middle_is_left_out() -> None:
    told = str(InputError("C is " + "w + " * 10_000 + "w; give less."))
    assert len(told) == LONGEST_SAID
    assert told.startswith("C is w + w")
    assert " ... " in told
    assert told.endswith("w; give less.")
