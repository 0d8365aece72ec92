"""A process beside the host that computes: what takes too long is stopped, and the host lives on.

    with Workers(2) as workers:
        workers.run("check", {"text": "$C = w^2$ so $dC/dw = w$"}, seconds=20)

A task is a name of `tasks.TASKS`, or `answer` of the workbench, and its arguments; both it and its
answer are JSON, one line each.
Nothing is sent that could be run. A process that was stopped is replaced by the next call.

`python -m symgd.hosts.worker` is the process. It ends with its host, whatever it is doing: a thread
reads what comes in, and ends the process when nothing can come any more.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, Final

from symgd.errors import FormulaError, InputError, SymgdError, quote
from symgd.origins import NESTED, of_environment
from symgd.resources import VARIABLE, Limits, current

# What one process may take of the memory, where the system can say so.
LARGEST_MEMORY: Final = 4_000_000_000


class TaskError(SymgdError):
    """A task that came to nothing; the message is one sentence."""


class TookTooLong(TaskError):
    """A task that was stopped because its time was up."""


class Stopped(TaskError):
    """A task that was stopped because nobody waits for it any more."""


@dataclass
class Running:
    """A process, and why it was stopped if it was."""

    process: subprocess.Popen[bytes]
    why: type[TaskError] | None = None

    def pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """(what goes in, what comes out)."""
        incoming, outgoing = self.process.stdin, self.process.stdout
        assert incoming is not None
        assert outgoing is not None
        return incoming, outgoing


class Worker:
    """One process; it runs one task at a time."""

    def __init__(self, limits: Limits | None = None, memory: int = LARGEST_MEMORY) -> None:
        self.limits = limits or current()
        self.memory = memory
        self.running: Running | None = None
        self.lock = threading.Lock()

    def start(self) -> Running:
        """The process, a new one where the last has ended; raises TaskError where the system has
        no room for one."""
        with self.lock:
            if self.running is None or self.running.process.poll() is not None:
                self._end(None)
                try:
                    process = subprocess.Popen(
                        [sys.executable, "-m", "symgd.hosts.worker", str(self.memory)],
                        stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL,
                        env=_environment(self.limits),
                    )
                except OSError as error:
                    raise TaskError(
                        f"The process that computes could not be started: {error.strerror}; allow "
                        "more open files or processes (ulimit), or ask for fewer workers."
                    ) from None
                self.running = Running(process)
            return self.running

    def stop(self, why: type[TaskError] | None = None) -> None:
        """End the process and whatever it does; what it does is Stopped, or another reason."""
        with self.lock:
            self._end(why or Stopped)

    def _end(self, why: type[TaskError] | None) -> None:
        if self.running is None:
            return
        self.running.why = self.running.why or why
        self.running.process.kill()
        self.running.process.wait()
        for pipe in self.running.pipes():
            # What was not read any more is lost, and nobody waits for it.
            with contextlib.suppress(OSError):
                pipe.close()
        self.running = None

    def restart(self) -> None:
        """End what it does, and load a new process for what comes next."""
        self.stop()
        self.start()

    def run(self, task: str, arguments: Mapping[str, Any], seconds: float) -> Any:
        """What the task answers.

        Raises InputError where its input is at fault, TookTooLong after `seconds`, Stopped after
        `stop()`, and TaskError where the process ended or symgd is at fault.
        """
        running = self.start()
        incoming, outgoing = running.pipes()
        timer = threading.Timer(seconds, self._time_is_up, (running,))
        timer.daemon = True
        timer.start()
        try:
            incoming.write(_line({"task": task, "arguments": dict(arguments)}))
            incoming.flush()
            answer = outgoing.readline()
        except (OSError, ValueError):
            answer = b""
        finally:
            timer.cancel()
        if not answer.endswith(b"\n"):
            raise self._failure(running, seconds)
        said = json.loads(answer)
        if "answer" in said:
            return said["answer"]
        raise (InputError if said["input"] else TaskError)(said["error"])

    def _time_is_up(self, running: Running) -> None:
        with self.lock:
            if self.running is running:
                self._end(TookTooLong)

    def _failure(self, running: Running, seconds: float) -> TaskError:
        with self.lock:
            if self.running is running:
                self._end(None)
        if running.why is TookTooLong:
            return TookTooLong(
                f"This was stopped after {seconds:g} seconds; ask for less at a time, such as a "
                "shorter text, fewer parameters or a lower order."
            )
        if running.why is Stopped:
            return Stopped("This was stopped, for nobody waits for it any more.")
        return TaskError(
            "The process that computes ended in the middle of this, most likely for want of "
            "memory; ask for less at a time."
        )


class Workers:
    """So many processes, each started when it is first needed, and kept.

    The limits of each call are those in force as the workers are made.
    """

    def __init__(self, count: int = 1) -> None:
        self.all = [Worker() for _ in range(count)]
        # The one that was free last is taken first: it is warm.
        self.free: queue.LifoQueue[Worker] = queue.LifoQueue()
        for worker in self.all:
            self.free.put(worker)

    def run(
        self,
        task: str,
        arguments: Mapping[str, Any],
        seconds: float,
        taken: Callable[[Worker], None] = lambda worker: None,
    ) -> Any:
        """As `Worker.run`, in the first process that is free; `taken` hears which one it is."""
        worker = self.free.get()
        try:
            taken(worker)
            return worker.run(task, arguments, seconds)
        finally:
            self.free.put(worker)

    def __enter__(self) -> Workers:
        """The first process begins to load while nothing is asked yet."""
        self.all[-1].start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process."""
        for worker in self.all:
            worker.stop()


def _environment(limits: Limits) -> dict[str, str]:
    """The worker imports the symgd that its host has imported, and keeps its limits."""
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONIOENCODING": "utf-8",
        VARIABLE: str(limits),
    }


def _line(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, allow_nan=True).encode() + b"\n"


# -- the process itself ---------------------------------------------------------------------------


def main() -> None:
    """Run the tasks that come in, one after the other, until nothing can come any more."""
    incoming, outgoing = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Whatever else prints must not stand between the answers.
    os.dup2(2, 1)
    _limit_memory(int(sys.argv[1]) if sys.argv[1:] else LARGEST_MEMORY)
    lines: queue.Queue[bytes] = queue.Queue()
    threading.Thread(target=_listen, args=(incoming, lines), daemon=True).start()
    refused = None
    try:
        tasks = _loaded()
    except Exception as error:
        if (refused := of_environment(error)) is None:
            raise
    while True:
        asked = json.loads(lines.get())
        if refused is not None:
            done: dict[str, Any] = {"error": str(refused), "input": False}
        else:
            done = _done(partial(tasks[asked["task"]], **asked["arguments"]))
        outgoing.write(_line(done))
        outgoing.flush()


def _loaded() -> dict[str, Callable[..., Any]]:
    """The tasks, loaded now, so that the first one need not wait for it."""
    import symgd.api
    import symgd.judge  # noqa: F401
    from symgd.hosts.tasks import TASKS
    from symgd.hosts.web.answers import answer

    return {**TASKS, "answer": answer}


def _listen(incoming: IO[bytes], lines: queue.Queue[bytes]) -> None:
    """Lines from the host; when it has gone, the process ends at once, in the middle of a task."""
    for line in incoming:
        lines.put(line)
    os._exit(0)


def _done(task: Callable[[], Any]) -> dict[str, Any]:
    """The answer of a task, or what went wrong with it in one sentence."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return {"answer": task()}
    except SymgdError as error:
        return {"error": _sentence(error), "input": isinstance(error, InputError)}
    except RecursionError:
        return {"error": NESTED, "input": True}
    except MemoryError:
        return {
            "error": "This needs more memory than a call may take; ask for less.",
            "input": True,
        }
    except Exception as error:
        return {
            "error": f"symgd failed at this with {type(error).__name__}; the fault is symgd's, and "
            "nothing is said of the input.",
            "input": False,
        }


def _sentence(error: SymgdError) -> str:
    """What went wrong, with the place in words: a caret wants lines above each other."""
    if not isinstance(error, FormulaError) or error.position is None:
        return str(error).split("\n")[0]
    window = error.text[max(0, error.position - 20) : error.position + 20]
    return f"{error.reason} This is at character {error.position + 1}, near {quote(window)}."


def _limit_memory(most: int) -> None:
    """Where the system has no such limit, or a lower one, it stays as it is."""
    try:
        import resource
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    main()
