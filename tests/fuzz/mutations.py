"""A text → one like it that nobody would write: cut, doubled, unbalanced, too deep, too large.

Each mutation is a function of the text and a generator; `mutated` does several. They know nothing
of the format, so what they make of a LaTeX document, of TOML and of CSV is wrong in the same ways.
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

# Longer ones are cut: a doubled document of doubled parts would only be slow.
LONGEST = 20_000

BRACKETS = "{}()[]<>$\\&_^\"'|`#=,"
#  what                        examples
LETTERS = (
    "αβ∂∇Σ√½²₁ᵀ≤≠∞→⇒∈ℝ∑∏∫·×÷±−‖⟨⟩ŷẑ"  # mathematics
    "字я\u05d0\u0661😀𝐱𝟏ﬁ"              # other alphabets, digits and ligatures
    "\u200b\u200d\u00a0\u2028\u2029\u202e\u2066\ufeff\u0301\u0085"  # what is not seen
    "\x00\x01\x07\x08\x1b\x7f\x9b\r\t\v\f"  # control characters
    "\ud800\udfff\ufffe\U0010ffff"
)  # fmt: skip
NUMBERS = (
    "0", "-0", "00", "1e400", "1e-400", "0x1F", "1_000", ".5", "5.", "--1", "1e", "nan", "inf",
    "9" * 20, "9" * 400, "9" * 5000, "0." + "9" * 3000, "10^{10^{10}}", "99999!", "1e99999999",
)  # fmt: skip
NESTS = (
    ("(", ")"), ("{", "}"), ("[", "]"), ("|", "|"), ("-", ""), ("\\frac{1}{", "}"), ("^{", "}"),
    ("\\sqrt{", "}"), ("\\sin(", ")"), ("\\left(", "\\right)"), ("\\frac{d}{dx}", ""),
    ("\\begin{cases}", "\\end{cases}"), ("\\text{", "}"), ("x_{", "}"), ("\\sum_i ", ""), ("$", "$"),
    ("a.", ""), ("> ", ""), ("[[", "]]"), ("'", ""), ("\\hat{", "}"), ("\\nabla ", ""), ("^\\top", ""),
    ("\\partial ", ""), ("\\begin{align}", "\\end{align}"), ('"', '"'), ("`", "`"), ("\\(", "\\)"),
)  # fmt: skip


def cut(text: str, rng: Random) -> str:
    a, b = sorted(rng.choices(range(len(text) + 1), k=2))
    return text[:a] + text[b:] if rng.random() < 0.6 else text[a:b]


def little_cut(text: str, rng: Random) -> str:
    a = rng.randrange(len(text) + 1)
    return text[:a] + text[a + rng.choice((1, 1, 2, 5)) :]


def doubled(text: str, rng: Random) -> str:
    a, b = sorted(rng.choices(range(len(text) + 1), k=2))
    return text[:b] + text[a:b] * rng.choice((1, 1, 2, 5)) + text[b:]


def doubled_bracket(text: str, rng: Random) -> str:
    i = rng.choice([i for i, c in enumerate(text) if c in BRACKETS] or [0])
    return text[: i + 1] + text[i : i + 1] * rng.choice((1, 1, 2, 9)) + text[i + 1 :]


def dropped_bracket(text: str, rng: Random) -> str:
    i = rng.choice([i for i, c in enumerate(text) if c in BRACKETS] or [0])
    return text[:i] + text[i + 1 :]


def moved(text: str, rng: Random) -> str:
    """A piece of the text stands somewhere else in it."""
    a, b = sorted(rng.choices(range(len(text) + 1), k=2))
    piece, rest = text[a:b][:200], text[:a] + text[b:]
    i = rng.randrange(len(rest) + 1)
    return rest[:i] + piece + rest[i:]


def exchanged(text: str, rng: Random) -> str:
    letters = list(text)
    if len(letters) > 1:
        i, j = rng.choices(range(len(letters)), k=2)
        letters[i], letters[j] = letters[j], letters[i]
    return "".join(letters)


def foreign(text: str, rng: Random) -> str:
    i = rng.randrange(len(text) + 1)
    return text[:i] + rng.choice(LETTERS) * rng.choice((1, 1, 1, 30)) + text[i:]


def numbered(text: str, rng: Random) -> str:
    i = rng.choice([i for i, c in enumerate(text) if c.isdigit()] or [0])
    return text[:i] + rng.choice(NUMBERS) + text[i + 1 :]


def nested(text: str, rng: Random) -> str:
    depth = rng.choice((2, 3, 5, 40, 400, 2000))
    left, right = rng.choice(NESTS)
    i = rng.randrange(len(text) + 1)
    return text[:i] + left * depth + "x" + right * depth + text[i:]


def lines_swapped(text: str, rng: Random) -> str:
    lines = text.split("\n")
    i, j = rng.choices(range(len(lines)), k=2)
    lines[i], lines[j] = lines[j], lines[i]
    return "\n".join(lines)


def line_endings(text: str, rng: Random) -> str:
    return text.replace("\n", rng.choice(("\r\n", "\r", "\n\n", " ", "\u2028", "\\n")))


MUTATIONS: Sequence[Callable[[str, Random], str]] = (
    cut, little_cut, little_cut, doubled, doubled_bracket, dropped_bracket, moved, exchanged,
    foreign, numbered, nested, lines_swapped, line_endings,
)  # fmt: skip


def inserted(text: str, rng: Random, tokens: Sequence[str]) -> str:
    """One of the words of a format, or a few, where it does not belong."""
    i = rng.randrange(len(text) + 1)
    return text[:i] + "".join(rng.choices(tokens, k=rng.choice((1, 1, 2, 4)))) + text[i:]


def mutated(text: str, rng: Random, tokens: Sequence[str], other: str = "") -> str:
    """The text after some mutations.

    tokens   words of its format
    other    a second text; the first may go on as it does
    """
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        kind = rng.random()
        if kind < 0.25:
            text = inserted(text, rng, tokens)
        elif kind < 0.3 and other:
            text = text[: rng.randrange(len(text) + 1)] + other[rng.randrange(len(other)) :]
        else:
            text = rng.choice(MUTATIONS)(text, rng)
    return text[:LONGEST]
