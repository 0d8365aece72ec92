"""The commands, called in this process."""

from __future__ import annotations

from inspect import signature

from click.testing import CliRunner, Result

# By itself from click 8.2 on.
APART = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}


def runner() -> CliRunner:
    """One whose result has what was said on stderr by itself."""
    return CliRunner(**APART)


def terminal(result: Result) -> str:
    """What a terminal shows of both streams; before click 8.2, stdout first."""
    return result.stdout + result.stderr if APART else result.output
