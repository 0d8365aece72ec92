"""Draws that are the same on any machine and under any Python: SHA-256 of what is drawn for.

Draws(7, "anna").among("abc")
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draws:
    """A stream of numbers that a seed and a name decide."""

    def __init__(self, seed: int, *names: str) -> None:
        # past the digits that Python writes, as hexadecimal
        text = str(seed) if abs(seed) < 10**4000 else hex(seed)
        self.root = "\0".join([text, *names]).encode("utf-8", "surrogatepass")
        self.count = 0

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1; of 256 bits, so that none is likelier to be seen."""
        self.count += 1
        digest = hashlib.sha256(self.root + b"\0" + str(self.count).encode()).digest()
        return int.from_bytes(digest, "big") % n

    def among(self, items: Sequence[T]) -> T:
        """One of them."""
        return items[self.below(len(items))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """All of them in another order (Fisher and Yates)."""
        out = list(items)
        for k in range(len(out) - 1, 0, -1):
            j = self.below(k + 1)
            out[k], out[j] = out[j], out[k]
        return out


__all__ = ["Draws"]
