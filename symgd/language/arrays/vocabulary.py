"""The words and signs of the language of matrices, and the limits of a text: tables."""

from __future__ import annotations

from typing import Final

from symgd.functions import ROWS, Elementary
from symgd.language.arrays.functions import is_function

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
}
DEEPEST: Final = 60
MOST_NODES: Final = 3_000
HIGHEST_POWER: Final = 32

# words of one matrix      arguments
WHOLE: Final = frozenset(
    {
        "tr", "det", "logdet", "inv", "pinv", "sum", "rsum", "csum", "norm1", "norm2", "softmax",
        "rsoftmax", "logsumexp", "vec", "expm", "sinm", "cosm",
    }
)  # fmt: skip
CONSTANTS: Final = frozenset({"ones", "eye", "zeros", "commutation"})
# Words whose last two arguments are the sizes of what they give: how many come before.
SIZED: Final = {"mat": 1, "kronleft": 2, "kronright": 2}
OTHER: Final = frozenset({"diag", "kron", "sqrt", "Prime", "dexpm", "dsinm", "dcosm"})
OF_TWO: Final = frozenset({"kron", "dexpm", "dsinm", "dcosm"})
WORDS: Final = WHOLE | CONSTANTS | OTHER | SIZED.keys()
# what people type for a word of the language
ALIASES: Final = {"trace": "tr", "log_det": "logdet", "transpose": "'", "norm": "norm2"}


def is_word(text: str) -> bool:
    """Whether the text is a word of the language."""
    return text in WORDS or is_function(text)


def is_reserved(text: str) -> bool:
    """Whether no name may be this word; another name of an activation, as linear, may be one."""
    row = ROWS.get(text)
    return text in WORDS or (row is not None and (row.name == text or isinstance(row, Elementary)))
