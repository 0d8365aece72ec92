"""The words and signs of the language of matrices, and the limits of a text: tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from symgd.functions import ROWS, Elementary
from symgd.language.arrays.functions import is_function
from symgd.trees.arrays import Node, commutation, eye, ones, zeros

SIGNS: Final = {
    ".*": ".*",
    "./": "./",
    ".^": ".^",
    "'": "'",
    "ᵀ": "'",
    "⊤": "'",
    "∘": ".*",
    "⊙": ".*",
    "⊘": "./",
    "[": "[",
    "]": "]",
}
HIGHEST_POWER: Final = 32

# words of one matrix      arguments
WHOLE: Final = frozenset(
    {
        "tr", "det", "logdet", "inv", "pinv", "sum", "rsum", "csum", "norm1", "norm2", "softmax",
        "rsoftmax", "logsumexp", "rlogsumexp", "vec", "below", "prod", "peak", "expm", "sinm",
        "cosm",
    }
)  # fmt: skip
# constants of given sizes: how many, an example, what it is
CONSTANTS: Final[dict[str, tuple[range, str, Callable[..., Node]]]] = {
    "ones": (range(1, 3), "ones(m,n)", ones),
    "zeros": (range(1, 3), "zeros(m,n)", zeros),
    "eye": (range(1, 2), "eye(n)", eye),
    "commutation": (range(2, 3), "commutation(m,n)", commutation),
}
# words whose last two arguments are the sizes of what they give: how many come before
SIZED: Final = {"mat": 1, "kronleft": 2, "kronright": 2}
# words that bind an index, given first: stack(k, E)
BINDERS: Final = frozenset({"stack"})
# words that are not the name of their operation: how many arguments they take
OTHER: Final = {
    "lower": 1,
    "place": 1,
    "diag": 1,
    "sqrt": 1,
    "Prime": 1,
    "kron": 2,
    "dpower": 3,
    "dexpm": 2,
    "dsinm": 2,
    "dcosm": 2,
}
WORDS: Final = WHOLE | CONSTANTS.keys() | SIZED.keys() | OTHER.keys() | BINDERS
# what people type for a word of the language
ALIASES: Final = {"trace": "tr", "log_det": "logdet", "transpose": "'", "norm": "norm2"}


def is_word(text: str) -> bool:
    """Whether the text is a word of the language."""
    return text in WORDS or is_function(text)


def is_reserved(text: str) -> bool:
    """Whether no name may be this word; another name of an activation, as linear, may be one."""
    row = ROWS.get(text)
    return text in WORDS or (row is not None and (row.name == text or isinstance(row, Elementary)))
