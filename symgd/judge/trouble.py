"""What can stop the judgment of a line, and what follows from it.

NotUnderstood    the line, or what it builds on, has no meaning that the judge is sure of
TooLong          the line has had its time
DigitsLost       no digits suffice for what the line is worth at a point
Circular         a definition leads back to itself
TooDeep          definitions are called inside of each other, too many
Misfit           shapes that do not fit: wrong, if the shapes are known
Outside          no real value at this point: another point is tried
"""

from __future__ import annotations

from symgd.judge.words import say
from symgd.language.sentences import Sentence


class NotUnderstood(Exception):
    """`reason` is a sentence; `at` is the place in the line, -1 where it is in no one place."""

    def __init__(self, reason: Sentence, at: int = -1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.at = at


class TooLong(NotUnderstood):
    """The line has had its time: no other reading of it is tried either."""


class DigitsLost(NotUnderstood):
    """In however many digits it is worked out, the value at a point does not stand still."""

    def __init__(self) -> None:
        super().__init__(say("unknown:digits-lost"))


class Circular(NotUnderstood):
    """What defines `base` leads back to it."""

    def __init__(self, base: str) -> None:
        super().__init__(say("unknown:circular", letter=base))
        self.base = base


class TooDeep(NotUnderstood):
    """One definition is called inside of another without an end in sight."""


class Misfit(Exception):
    """Two shapes that one operation cannot take; `reason` says which."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


class Outside(Exception):
    """No real, finite value at this point."""
