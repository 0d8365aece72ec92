"""Every sentence of the reports on a derivation: one table, keyed by what is told."""

from __future__ import annotations

from symgd.judge.report import PROVED, SAMPLED, UNKNOWN, WRONG

# verdict   mark   word
MARKS = {PROVED: "✓", SAMPLED: "≈", WRONG: "✗", UNKNOWN: "?"}
VERDICTS = {PROVED: "proved", SAMPLED: "sampled", WRONG: "wrong", UNKNOWN: "not understood"}

# role of a line that claims nothing
ROLES = {"definition": "taken as a definition", "assumption": "taken as an assumption",
         "statement": "states a left side"}  # fmt: skip

MEANINGS = {
    PROVED: "both sides are equal in exact arithmetic",
    SAMPLED: "both sides agree at {points} random points, to {digits} digits",
    WRONG: "the two sides differ",
    UNKNOWN: "this line is not understood, so nothing is said of it",
}

SENTENCES = {
    "title": "The derivation, line by line",
    "line": "line {number}",
    "at": "at {point}: the left side is {left}, the right side is {right}",
    "values": "the left side is {left}, the right side is {right}",
    "slip": "the likely slip: {words}",
    "correction": "it should read: {correction}",
    "derived": "derived from the definitions it is: {right}",
    "inherited": "it goes on from line {number}, which is wrong",
    "mended": "true, but it does not follow from the line above",
    "broken": "it does not follow from the line above either",
    "own": "it follows from the line above, and is wrong on its own account",
    "summary": "{lines}: {counts}.",
    "first": "The first wrong line is {number}.",
    "right": "Every line is right.",
    "unread": "What is not understood is neither right nor wrong.",
    "readings": "Read as follows",
    "legend": "✓ proved; ≈ agrees at random points; ✗ wrong, with a point that shows it; "
              "? not understood, so nothing is said of it.",
}  # fmt: skip

HEADINGS = ("line", "as written", "finding", "verdict")


def counted(number: int, noun: str) -> str:
    """ "1 line", "3 lines"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
