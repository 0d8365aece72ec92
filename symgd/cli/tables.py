"""`symgd list`: the tables, or all about one row."""

from __future__ import annotations

import click


@click.command(name="list")
@click.argument("what", required=False, metavar="[activations|losses|optimizers|rules|NAME]")
def list_(what: str | None) -> None:
    """The activations, losses, optimizers and rules; with a NAME, all about that one."""
    from symgd.pages.catalogue import listed

    click.echo(listed(what), nl=False)
