"""The process that computes: it is stopped when its time is up, and ends with its host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from symgd.errors import InputError
from symgd.hosts.worker import Stopped, TaskError, TookTooLong, Worker, Workers

EASY = {"text": "$C = w^2$ so $dC/dw = 2w$"}
HARD = {
    "model": {"definitions": {"C": "exp(" * 50 + "w" + ")" * 50}, "parameters": ["w"]},
    "order": 4,
}


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.stop()


@pytest.mark.slow
def test_after_a_task_that_took_too_long_the_next_one_runs(worker: Worker) -> None:
    assert worker.run("check", EASY, 60)["passed"]
    first = worker.start().process.pid
    with pytest.raises(TookTooLong, match="stopped after 1 seconds"):
        worker.run("derive", HARD, 1)
    assert worker.run("check", EASY, 60)["passed"]
    assert worker.start().process.pid != first


def test_a_task_is_stopped_from_another_thread(worker: Worker) -> None:
    worker.start()
    timer = threading.Timer(0.5, worker.restart)
    timer.start()
    with pytest.raises(Stopped):
        worker.run("derive", HARD, 60)
    timer.join()
    # The process that was started in its place is not taken down with the task.
    assert worker.run("check", EASY, 60)["passed"]


def test_a_process_that_is_killed_is_replaced(worker: Worker) -> None:
    def kill() -> None:
        os.kill(worker.start().process.pid, signal.SIGKILL)

    timer = threading.Timer(0.5, kill)
    timer.start()
    with pytest.raises(TaskError, match="ended in the middle"):
        worker.run("derive", HARD, 60)
    timer.join()
    assert worker.run("check", EASY, 60)["passed"]


def test_errors_are_sentences_by_whose_fault_they_are(worker: Worker) -> None:
    with pytest.raises(InputError, match="No formula was found"):
        worker.run("check", {"text": "x"}, 60)
    with pytest.raises(TaskError, match="failed at this with TypeError; the fault is symgd's"):
        worker.run("check", {"text": "x", "nothing_like_it": 1}, 60)


def test_calls_from_many_threads_share_the_processes() -> None:
    found: list[bool] = []
    with Workers(2) as workers:

        def call() -> None:
            found.append(workers.run("check", EASY, 60)["passed"])

        threads = [threading.Thread(target=call) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        processes = [w.running.process for w in workers.all if w.running is not None]
    assert found == [True] * 6
    assert all(p.poll() is not None for p in processes)


HOST = """
import threading, time
from symgd.hosts.worker import Worker
worker = Worker()
print(worker.start().process.pid, flush=True)
worker.run("derive", {hard!r}, 600)
"""


def test_a_process_ends_with_its_host_whatever_it_does() -> None:
    host = subprocess.Popen(
        [sys.executable, "-c", HOST.format(hard=HARD)], stdout=subprocess.PIPE, text=True
    )
    assert host.stdout is not None
    with host.stdout:
        pid = int(host.stdout.readline())
        time.sleep(1.5)
        os.kill(pid, 0)  # it computes
        host.kill()
        host.wait()
    for _ in range(100):
        if not alive(pid):
            return
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    pytest.fail("the process went on without its host")


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody has waited for does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_a_process_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(subprocess, "Popen", refused)
    with pytest.raises(TaskError, match="could not be started: Too many open files; allow more"):
        Worker().run("check", {}, 1.0)
