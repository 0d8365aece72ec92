"""Processes that answer, behind a queue with an end.

    pool = Pool(Allowed())
    await pool.start()
    await pool.answer({"ask": "derive"})

A process that took too long, or too much, is ended and replaced, and the answer is a sentence; so
is one that has answered often enough. Each is warm before it is asked the first time.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from symgd.errors import SymgdError
from symgd.hosts.web.answers import INPUT
from symgd.hosts.web.limits import MEGABYTE, Allowed
from symgd.hosts.worker import TaskError, TookTooLong, Worker

# What is loaded and set up before the first person asks.
WARM: Final[tuple[dict[str, Any], ...]] = (
    {"ask": "derive"},
    {"ask": "derive", "activation": "tanh"},
    {"ask": "numbers"},
    {"ask": "check", "text": "C = w^2\ndC/dw = 2*w"},
    {"ask": "descend", "epochs": 5},
)
WARMING: Final = 120.0  # seconds
MOST_KEPT: Final = 100_000  # characters of a question and its answer


class Busy(SymgdError):
    """More is asked than waits."""


class Gone(SymgdError):
    """Nobody waits for the answer any more."""


@dataclass
class Seat:
    """A process, and how often it has answered."""

    worker: Worker
    answered: int = 0


@dataclass
class Pool:
    """So many processes, and those who wait for one."""

    allowed: Allowed
    waiting: int = 0
    busy: int = 0
    ended: int = 0  # processes that had to be
    free: asyncio.LifoQueue[Seat] = field(init=False)
    seats: list[Seat] = field(init=False)
    threads: ThreadPoolExecutor = field(init=False)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    kept: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)

    def __post_init__(self) -> None:
        allowed = self.allowed
        made = (Worker(allowed.limits, allowed.memory * MEGABYTE) for _ in range(allowed.workers))
        self.seats = [Seat(worker) for worker in made]
        self.free = asyncio.LifoQueue()
        self.threads = ThreadPoolExecutor(2 * allowed.workers, "symgd-web")

    @property
    def ready(self) -> bool:
        """Whether a process is warm."""
        return self.busy > 0 or not self.free.empty()

    def start(self) -> None:
        """Begin to warm every process; each is free as soon as it is."""
        for seat in self.seats:
            self._replace(seat)

    def _replace(self, seat: Seat) -> None:
        task = asyncio.create_task(self._warm(seat))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _warm(self, seat: Seat) -> None:
        """A new process in a seat, which is free once it has answered what warms it."""
        seat.worker.stop()
        seat.answered = 0
        for request in WARM:
            try:
                await self._run(seat, request, WARMING)
            except TaskError:
                break  # what is wrong is told to who asks
        self.free.put_nowait(seat)

    async def _run(self, seat: Seat, request: Any, seconds: float) -> dict[str, Any]:
        arguments = {"request": request}
        job = partial(seat.worker.run, "answer", arguments, seconds)
        found: dict[str, Any] = await asyncio.get_running_loop().run_in_executor(self.threads, job)
        return found

    async def answer(
        self, request: Any, is_gone: Callable[[], Awaitable[bool]] | None = None
    ) -> dict[str, Any]:
        """What a process answers, or answered before to the same request.

        Raises Busy, and Gone where nobody waits when its turn comes.
        """
        key = json.dumps(request, sort_keys=True)
        if key in self.kept:
            self.kept.move_to_end(key)
            return self.kept[key]
        found = await self._answered(request, is_gone)
        lasting = found.get("error", {}).get("kind") in (None, INPUT)
        if lasting and self.allowed.kept and len(key) + len(json.dumps(found)) <= MOST_KEPT:
            self.kept[key] = found
            if len(self.kept) > self.allowed.kept:
                self.kept.popitem(last=False)
        return found

    async def _answered(
        self, request: Any, is_gone: Callable[[], Awaitable[bool]] | None
    ) -> dict[str, Any]:
        if self.waiting >= self.allowed.queue:
            raise Busy("Many people ask at this moment; please try again in a few seconds.")
        self.waiting += 1
        try:
            seat = await self.free.get()
        finally:
            self.waiting -= 1
        whole = False
        self.busy += 1
        try:
            if is_gone is not None and await is_gone():
                whole = True
                raise Gone("Nobody waits for this.")
            found = await self._run(seat, request, self.allowed.seconds)
            whole = True
        except TookTooLong:
            self.ended += 1
            return _limit(
                f"This took more than {self.allowed.seconds:g} seconds and was ended; ask for less."
            )
        except TaskError as error:
            self.ended += 1
            return _limit(str(error))
        finally:
            self.busy -= 1
            seat.answered += 1
            if whole and seat.answered < self.allowed.recycle:
                self.free.put_nowait(seat)
            else:
                self._replace(seat)
        return found

    def close(self) -> None:
        """End every process."""
        for task in self.tasks:
            task.cancel()
        for seat in self.seats:
            seat.worker.stop()
        self.threads.shutdown(wait=False, cancel_futures=True)


def _limit(sentence: str) -> dict[str, Any]:
    return {"error": {"kind": "limit", "sentence": sentence, "field": None, "at": None}}


__all__ = ["Busy", "Gone", "Pool"]
