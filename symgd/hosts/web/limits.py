"""What a server allows: a table of settings, each an option and a variable of the environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from symgd.resources import Limits

LOCAL: Final = ("localhost", "127.0.0.1", "[::1]")
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Allowed:
    """How a server answers.

    workers   processes that compute
    queue     requests that wait for one; what comes beyond them is told to come again
    seconds   of the clock that one answer may take before its process is ended
    memory    megabytes of one process
    recycle   answers after which a process is replaced, so that no memory of theirs grows
    kept      answers in memory for who asks the same: they depend on the question alone
    hosts     names by which the page may be asked for, beside those of this machine
    """

    workers: int = 2
    queue: int = 64
    seconds: float = 15.0
    memory: int = 2_000
    recycle: int = 2_000
    kept: int = 256
    hosts: tuple[str, ...] = field(default=())

    @property
    def names(self) -> frozenset[str]:
        """Every name that a request may give as its host, without a port."""
        return frozenset((*LOCAL, *self.hosts))

    @property
    def limits(self) -> Limits:
        """What one call may take inside of a process: an end in a sentence before the hard one."""
        return Limits(seconds=0.8 * self.seconds, memory=0.5 * self.memory)


__all__ = ["MEGABYTE", "Allowed"]
