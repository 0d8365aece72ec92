"""The part of YAML that this project's own files are written in, without a dependency.

Block mappings and sequences by indentation, `[a, b]`, plain and quoted scalars, `|` literals and
comments. Raises ValueError for a line that is none of these.
"""

from __future__ import annotations

import re
from typing import Any

_KEY = re.compile(r"([\w-]+):(?:\s+(.*))?$")


def read(text: str) -> Any:
    """The value of a document."""
    lines = text.split("\n")
    value, end = block(lines, 0, 0)
    if any(x.strip() and not x.lstrip().startswith("#") for x in lines[end:]):
        raise ValueError(f"line {end + 1} is not understood: {lines[end]!r}")
    return value


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def skipped(lines: list[str], at: int) -> int:
    while at < len(lines) and (not lines[at].strip() or lines[at].lstrip().startswith("#")):
        at += 1
    return at


def block(lines: list[str], at: int, least: int) -> tuple[Any, int]:
    """The mapping or the sequence that begins here, and the line behind it."""
    at = skipped(lines, at)
    if at == len(lines) or indent(lines[at]) < least:
        return None, at
    depth = indent(lines[at])
    if lines[at].lstrip().startswith("- "):
        items = []
        while at < len(lines) and indent(lines[at]) == depth and lines[at].lstrip()[:2] == "- ":
            # What stands behind the dash is a block of its own, two columns further in.
            lines = [*lines[:at], " " * (depth + 2) + lines[at].lstrip()[2:], *lines[at + 1 :]]
            if _KEY.match(lines[at].strip()):
                item, at = block(lines, at, depth + 2)
            else:
                item, at = scalar(lines[at].strip()), at + 1
            items.append(item)
            at = skipped(lines, at)
        return items, at
    found: dict[str, Any] = {}
    while at < len(lines) and indent(lines[at]) == depth:
        match = _KEY.match(lines[at].strip())
        if match is None or match[1] in found:
            raise ValueError(f"line {at + 1} is not understood: {lines[at]!r}")
        key, rest = match[1], match[2] or ""
        if rest == "|":
            found[key], at = literal(lines, at + 1, depth)
        elif rest:
            found[key], at = scalar(rest), at + 1
        else:
            found[key], at = block(lines, at + 1, depth + 1)
        at = skipped(lines, at)
    return found, at


def literal(lines: list[str], at: int, depth: int) -> tuple[str, int]:
    """A text kept as it is, up to the first line that is less indented."""
    end = at
    while end < len(lines) and (not lines[end].strip() or indent(lines[end]) > depth):
        end += 1
    inner = min(indent(x) for x in lines[at:end] if x.strip())
    return "\n".join(x[inner:] for x in lines[at:end]).rstrip("\n") + "\n", end


def scalar(text: str) -> Any:
    """A scalar, or a sequence in brackets."""
    if text[0] == "[" and text[-1] == "]":
        return [scalar(x.strip()) for x in text[1:-1].split(",")]
    if text[0] in "\"'" and text[-1] == text[0]:
        return text[1:-1]
    if ": " in text or " #" in text or text[0] in "&*!|>{%@`":
        raise ValueError(f"a scalar that needs quotes: {text!r}")
    return {"true": True, "false": False, "null": None}.get(text, text)
