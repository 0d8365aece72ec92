"""`symgd practice`: a learner derives a gradient in a terminal, line by line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path

import click

from symgd.cli.common import (
    language_option,
    model_of,
    model_option,
    neuron_options,
    notation_options,
)
from symgd.errors import visible_lines

# What may be typed instead of a line, in every language.
HINTS = ("hint", "?", "提示", "hinweis", "indice", "pista")
SHOWS = ("show", "显示", "zeigen", "montrer", "mostrar")
ENDS = ("end", "quit", "exit", "结束", "ende", "fin")
LONGEST = 4_000


@click.command()
@neuron_options
@model_option
@notation_options
@click.option("--wrt", metavar="w,b", help="The parameters to differentiate in; without it, all.")
@click.option("--receipt", type=click.Path(path_type=Path), metavar="FILE.json",
              help="Write what was reached here, as data.")  # fmt: skip
@language_option
def practice(
    activation: str, loss: str, inputs: int, constants: str | None, model_file: Path | None,
    wrt: str | None, receipt: Path | None, language: str,
) -> None:  # fmt: skip
    """Practise a derivation: type the next line, and be told whether it holds.

    Every line that holds is right, in any form and any order. hint tells the next rule, then why it
    holds, then the line; end, Ctrl-D and Ctrl-C end with what was reached.
    """
    from symgd.api.practice import practice as begin

    model, _ = model_of(model_file, activation, loss, inputs, constants)
    names = [n.strip() for n in wrt.split(",")] if wrt is not None else []
    session = begin(model, *names, language=language)
    click.echo(session.opening())
    read = _reader()
    try:
        while not session.is_over:
            line = read(f"{session.goal} > ")
            if line is None or line.strip().casefold() in ENDS:
                break
            word = line.strip().casefold()
            if not word:
                continue
            if word in HINTS:
                answer = session.hint()
            elif word in SHOWS:
                answer = session.show()
            else:
                answer = session.say(line)
            click.echo(visible_lines("  " + answer.text.replace("\n", "\n  ")) + "\n")
    except (KeyboardInterrupt, click.Abort):
        click.echo("")
    click.echo(session.receipt_text(), nl=False)
    if receipt is not None:
        from symgd.cli.common import write_page

        write_page(json.dumps(session.receipt(), indent=2, ensure_ascii=False) + "\n", receipt)


def _reader() -> Callable[[str], str | None]:
    """What asks for the next line: None where there is none any more.

    Who types has the editing of his terminal; what is piped in is read once, and not asked for.
    """
    if sys.stdin is not None and sys.stdin.isatty():
        return _asked
    stream = sys.stdin
    if stream is None:
        return lambda _: None
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return lambda _: stream.readline(LONGEST) or None


def _asked(prompt: str) -> str | None:
    try:
        return input(prompt)
    except EOFError:
        click.echo("")
        return None
