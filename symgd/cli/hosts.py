"""`symgd mcp` and `symgd lsp`: symgd inside agents and editors, over stdin and stdout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from symgd.cli.surroundings import need_streams
from symgd.training.interrupts import at_once

ENDED = "symgd: Interrupted; the server has ended.\n"


def seconds_option(usual: float, what: str) -> Callable[..., Any]:
    """How long one call may take, in seconds."""
    return click.option(
        "--seconds",
        type=click.FloatRange(min=0, min_open=True),
        default=usual,
        show_default=True,
        metavar="S",
        help=f"How long one {what} may take.",
    )


@click.command()
@seconds_option(30.0, "call")
def mcp(seconds: float) -> None:
    """Serve agents: the tools check, check_gradient, derive and evaluate, over the Model Context
    Protocol on stdin and stdout. Needs the extra mcp.
    """
    need_streams("mcp")
    from symgd.hosts.mcp import serve

    with at_once(ENDED):
        serve(seconds)


@click.command()
@seconds_option(60.0, "document")
def lsp(seconds: float) -> None:
    """Serve editors: verdicts as one types in .tex, .md, .txt and notebooks, over the Language
    Server Protocol on stdin and stdout. Needs the extra lsp.
    """
    need_streams("lsp")
    from symgd.hosts.lsp import serve

    with at_once(ENDED):
        serve(seconds)
