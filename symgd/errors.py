"""What can go wrong, and whose fault it is.

    SymgdError
    ├── InputError             the input is at fault (also a ValueError)
    │   ├── FormulaError       a text that does not read as a formula; shows the place
    │   │   └── ShapeError     shapes that do not fit; shows both, and the place
    │   ├── ModelError         definitions that do not make a model
    │   ├── CatalogueError     no such activation or loss, or a parameter it does not have
    │   ├── DataError          numbers that are missing, of unequal length, or outside a domain
    │   └── LimitError         a call that takes more than it may, of time, memory or another limit
    ├── DerivationError        the engine is at fault: a derivation that does not hold
    │   ├── NoRuleError        no rule differentiates this function
    │   ├── BrokenChainError   a step does not begin where the last one ended
    │   ├── RefutedStepError   a step's two sides differ; carries the point where they do
    │   ├── UncheckedStepError no point was found at which both sides of a step have a value
    │   ├── WrongGradientError a compiled gradient that is not the slope of its cost
    │   └── AlgebraError       sympy ended in an exception of its own
    ├── MarkupError            the renderer is at fault: a formula that may not go onto a page
    ├── DivergedError          a descent whose cost became nan or infinite
    └── MissingExtraError      an optional package is not installed (also an ImportError)

    SymgdWarning               (a UserWarning)
    ├── UsualNumberWarning     a parameter has its usual number, for none was given
    ├── UnsafeCacheWarning     compiled kernels are not kept, for others may write to the place
    └── ObjectiveWarning       an exported objective from which its library may learn nothing

Every message is a full sentence: what was given, what is allowed, what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, TypeGuard


class SymgdError(Exception):
    """The root: everything that symgd raises on purpose.

    What others wrote stands in many messages; none of it steers the terminal that shows them.
    A message has an end, whatever it quotes: of a long one the middle is left out.
    `said` is the message as it was made: of the judge's, a `Sentence` that other languages tell.
    """

    def __init__(self, *args: object) -> None:
        self.said = args[0] if args and _is_text(args[0]) else ""
        super().__init__(*(visible_lines(shortened(a)) if _is_text(a) else a for a in args))


def _is_text(value: object) -> TypeGuard[str]:
    """By its type: an object may fail as it is asked for its class, or say that it is a text."""
    return issubclass(type(value), str)


class InputError(SymgdError, ValueError):
    """The input is at fault."""


class FormulaError(InputError):
    """A text that does not read as a formula.

    `text` is the formula, `position` the index of the offending character (None where no one
    place is to blame), `reason` the sentence without the picture of the place.
    """

    def __init__(self, reason: str, text: str = "", position: int | None = None) -> None:
        self.reason = reason = shortened(reason)
        self.text = text
        self.position = position
        super().__init__(reason if position is None else f"{reason}\n{caret(text, position)}")


class ShapeError(FormulaError):
    """Shapes that do not fit."""


class ModelError(InputError):
    """Definitions that do not make a model."""


class CatalogueError(InputError):
    """No such activation or loss, or a parameter that it does not have."""


class DataError(InputError):
    """Numbers that are missing, of unequal length, or outside a domain."""


class LimitError(InputError):
    """A call that takes more than it may; `limit` is the name of the limit."""

    def __init__(self, message: str, limit: str) -> None:
        self.limit = limit
        super().__init__(message)


class SymgdWarning(UserWarning):
    """The root of what symgd warns of."""


class UsualNumberWarning(SymgdWarning):
    """A parameter has its usual number, for none was given."""


class UnsafeCacheWarning(SymgdWarning):
    """Compiled kernels are not kept, for others may write to the place."""


class TrainingWarning(SymgdWarning):
    """A descent that is about to diverge, rises, or was ended before its end."""


class ObjectiveWarning(SymgdWarning):
    """An exported objective from which its library may learn nothing, or diverge."""


class DerivationError(SymgdError):
    """The engine is at fault: a derivation that does not hold."""


class NoRuleError(DerivationError):
    """No rule differentiates this function."""


class BrokenChainError(DerivationError):
    """A step does not begin where the last one ended."""


class RefutedStepError(DerivationError):
    """A step whose two sides differ."""


class UncheckedStepError(DerivationError):
    """A step of which no point was found at which both sides have a value."""


class WrongGradientError(DerivationError):
    """A compiled gradient that is not the slope of its cost; says where."""


class AlgebraError(DerivationError):
    """SymPy, by which expressions are rearranged, ended in an exception of its own."""


class MarkupError(SymgdError):
    """The renderer is at fault: LaTeX that does not come out as allowed MathML."""


class DivergedError(SymgdError):
    """A descent whose cost became nan or infinite.

    run      what was reached before
    at       the parameters where the cost or a slope is not finite
    sample   the number of the first sample that has no finite cost there, where others have one
    """

    run: Any = None
    at: Any = None
    sample: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """The last ones of which the cost is finite."""
        return dict(self.run.parameters) if self.run is not None else {}

    @property
    def history(self) -> list[float]:
        """The cost at each epoch before."""
        return list(self.run.history) if self.run is not None else []


class MissingExtraError(SymgdError, ImportError):
    """An optional package is not installed."""


def caret(text: str, position: int, width: int = 60) -> str:
    """Two lines: the text around `position`, and a caret under the place.

    Long texts are cut to a window of `width` characters, so that a hostile formula of a megabyte
    does not become a message of a megabyte.
    """
    start = max(0, position - width // 2)
    window = "".join(c if c.isprintable() else " " for c in text[start : start + width])
    head = "..." if start else ""
    tail = "..." if start + width < len(text) else ""
    return f"    {head}{window}{tail}\n    {' ' * (len(head) + position - start)}^"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that asks for the nearest known word, or an empty string."""
    near = get_close_matches(word, list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


MOST_LISTED, FIRST_LISTED = 100, 20


def listing(words: Iterable[str], none: str = "none") -> str:
    """The words as a sentence lists them: "a, b and c"; of very many the first, and the count."""
    items = list(words)
    if len(items) > MOST_LISTED:
        items = [*items[:FIRST_LISTED], f"{len(items) - FIRST_LISTED} more"]
    if len(items) < 2:
        return items[0] if items else none
    return f"{', '.join(items[:-1])} and {items[-1]}"


def quote(text: str, width: int = 60) -> str:
    """The text in quotes, cut to `width`, safe to put into a message."""
    return repr(cut(text, width))


def cut(text: str, width: int = 60) -> str:
    """The text, or its beginning."""
    return text if len(text) <= width else text[: width - 3] + "..."


LONGEST_SAID = 1_000


def shortened(text: str, most: int = LONGEST_SAID) -> str:
    """The text, or its beginning and its end, where the cure stands."""
    if len(text) <= most:
        return text
    end = most // 4
    return f"{text[: most - end - 5]} ... {text[-end:]}"


def shown(value: object, width: int = 60) -> str:
    """What was given, as an error may repeat it: cut to `width`, or of what type it is."""
    try:
        text = repr(value)
    # Whatever it raises: a repr that fails, a list in itself, more digits than are written.
    except Exception:
        text = f"of type {type(value).__name__}"
    return cut(text, width)


def as_text(value: object) -> str:
    """What was given as its own text, such as 1/2 of a fraction; or of what type it is."""
    try:
        return str.__str__(str(value))
    except Exception:  # as of `shown`
        return f"of type {type(value).__name__}"


# Orders to a runner of workflows, which reads them from what any command writes: ::stop-commands::x
# where a line begins so (GitHub), ##[error]x anywhere in it (GitHub, Azure; ##teamcity[...]).
_ORDER = re.compile(r"^(\s*:)(?=:)|#(?=#\w*\[)")


def is_shown(character: str) -> bool:
    """Whether it is printed; also the narrow space that French sets before ; : ! and ?."""
    return character.isprintable() or character == "\u202f"


def visible(text: str) -> str:
    """One line of text that others wrote, so that it steers nothing which shows it.

    What is not printed (escapes, other controls, what turns the direction of writing, halves of
    characters) is a space, and orders to a runner of workflows are broken by one.
    """
    text = "".join(c if is_shown(c) else " " for c in text)
    return _ORDER.sub(lambda m: f"{m[1] or '#'} ", text)


def visible_lines(text: str) -> str:
    """The same for each line."""
    return "\n".join(map(visible, text.split("\n")))
