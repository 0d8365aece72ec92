"""Commands of a GitHub workflow: ::error file=notes.tex,line=12::message."""

from __future__ import annotations

from collections.abc import Iterable

from symgd.errors import is_shown

# level of a rule   the command of its annotation
COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def annotation(level: str, where: Iterable[tuple[str, object]], said: str) -> str:
    """A workflow command, whatever the names and the message hold."""
    named = ",".join(f"{name}={escaped_property(str(value))}" for name, value in where)
    return f"::{COMMANDS[level]} {named}::{escaped(said)}\n"


def escaped(text: str) -> str:
    """As a workflow command asks for it (github.com/actions/toolkit, command.ts).

    What steers a terminal, and has no escape there, is a replacement character.
    """
    text = "".join(c if is_shown(c) or c in "\r\n" else "\ufffd" for c in text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    # A log is shown on a terminal too.
    text = "".join(c if is_shown(c) or c in "\r\n" else " " for c in text)
    return escaped(text).replace(":", "%3A").replace(",", "%2C")
