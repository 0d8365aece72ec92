"""`symgd serve` and `symgd site`: the workbench, in a browser."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from symgd.cli.hosts import ENDED
from symgd.errors import visible
from symgd.training.interrupts import at_once

#  option       of what kind                  usual        metavar    what it says
OPTIONS: dict[str, tuple[Any, Any, str, str]] = {
    "host":    (str,                          "127.0.0.1", "ADDRESS",
                "Where to listen; 0.0.0.0 is every network of the machine."),
    "port":    (click.IntRange(0, 65535),     8765,        "N", "0 takes one that is free."),
    "workers": (click.IntRange(1, 64),        2,           "N", "Processes that compute."),
    "queue":   (click.IntRange(1, 10_000),    64,          "N",
                "How many requests may wait; what comes beyond is answered 429."),
    "seconds": (click.FloatRange(0.1, 600),   15.0,        "S",
                "How long one answer may take before its process is ended."),
    "memory":  (click.IntRange(500, 10**6),   2000,        "MB", "Of one process."),
    "recycle": (click.IntRange(1, 10**7),     2000,        "N",
                "Answers after which a process is replaced."),
    "kept":    (click.IntRange(0, 10**6),     256,         "N",
                "Answers kept in memory for who asks the same."),
}  # fmt: skip


def server_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of a server, each a variable of the environment too."""
    for name, (kind, usual, metavar, says) in reversed(OPTIONS.items()):
        variable = f"SYMGD_WEB_{name.upper()}"
        option = click.option(f"--{name}", type=kind, default=usual, show_default=True,
                              metavar=metavar, envvar=variable, help=says)  # fmt: skip
        command = option(command)
    return command


@click.command()
@server_options
@click.option(
    "--name",
    "names",
    multiple=True,
    envvar="SYMGD_WEB_NAMES",
    metavar="NAME",
    help="A name by which the page may be asked for, beside localhost: that of a proxy. Can be "
    "given again.",
)
@click.option("--quiet", is_flag=True, help="No line of JSON on stderr for each answer.")
def serve(
    host: str, port: int, names: tuple[str, ...], workers: int, queue: int, seconds: float,
    memory: int, recycle: int, kept: int, quiet: bool,
) -> None:  # fmt: skip
    """Serve the workbench to a browser: derive, change numbers, descend, check, practise.

    Listens on this machine alone unless it is told otherwise, computes in processes that are ended
    when they take too long, and keeps nothing. Needs the extra web.
    """
    from symgd.hosts.web.limits import Allowed
    from symgd.hosts.web.server import serve as run

    allowed = Allowed(
        workers, queue, seconds, memory, recycle, kept, tuple(n.casefold() for n in names)
    )
    with at_once(ENDED):
        run(host, port, allowed, log=not quiet)


@click.command()
@click.option("-o", "--output", "folder", type=click.Path(path_type=Path, file_okay=False),
              required=True, metavar="DIR", help="Write the files of the site here.")  # fmt: skip
@click.option("--pyodide", type=click.Path(path_type=Path), metavar="FILE.tgz",
              help="The archive of Pyodide from npm; without it, npm fetches it.")  # fmt: skip
def site(folder: Path, pyodide: Path | None) -> None:
    """Write the workbench as files that run symgd within the browser, with no server behind them.

    After the first visit the page runs without a network. Needs npm and node while it is written.
    """
    from symgd.hosts.web.site import REST, build

    sizes = build(folder, pyodide)
    total = sum(size for name, size in sizes.items() if name != f"python/{REST}")
    click.echo(
        f"{len(sizes)} files in {visible(str(folder))}; a first visit fetches "
        f"{total / 1e6:.1f} megabytes.",
        err=True,
    )
