"""Samples from a CSV: which column is which input, by what is said, by name, or by order.

--columns "time=Hours since dose"       the header may be any text
--columns X=height --columns X=weight   an array takes several, in this order
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.common import all_scalars, say
from symgd.errors import DataError, InputError, did_you_mean, listing, quote

if TYPE_CHECKING:
    from symgd.api import Model

SAMPLES = "m"  # the size that counts the samples of a model with shapes
STDIN = Path("/dev/stdin")  # what DATA is where it is written as -


def columns_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--columns", multiple=True, metavar="NAME=HEADER",
        help="Which column of DATA.csv an input is; repeated for more of them. Without it those "
        "of its name, or where none has one, by their order.",
    )(command)  # fmt: skip


def samples_of(
    model: Model,
    data: Path,
    known: Mapping[str, Any],
    columns: tuple[str, ...],
    of_file: bool,
    apart: str | None = None,
) -> tuple[dict[str, Any], dict[str, str]]:
    """(the columns by input, with the letters of `known`; input → its header, where that differs).

    The column `apart` is no input, and comes under its own name. `of_file` where --model says what
    the model is: there each input without a number is a column.
    """
    import numpy as np

    from symgd.training.data import read_csv

    data = STDIN if str(data) == "-" and STDIN.exists() else data
    places: dict[str, list[str]] = {}

    def wanted(whole: list[str]) -> list[str]:
        header = [h for h in whole if h != apart]
        if apart in whole:
            kept_apart(model, apart, known, asked(model, columns, whole, data))
        named = asked(model, columns, header, data)
        widths = widths_of(model, data, known, named, of_file)
        places.update(assigned(widths, named, header, data))
        taken = dict.fromkeys(h for hs in places.values() for h in hs)
        return [*taken, *([apart] if apart in whole else [])]

    found = read_csv(data, wanted)
    out: dict[str, Any] = {apart: found[apart]} if apart in found else {}
    for n, hs in places.items():
        alone = all_scalars(model) or model.graph.leaves[n].is_column
        out[n] = found[hs[0]] if alone else np.column_stack([found[h] for h in hs])
    letters = {n: known[n] for n in model.inputs if n not in out and n in known}
    headers = {n: hs[0] for n, hs in places.items() if len(hs) == 1 and hs[0] != n}
    headers |= {
        f"{n}{i}": h for n, hs in places.items() if len(hs) > 1 for i, h in enumerate(hs, start=1)
    }
    return letters | out, headers


def kept_apart(
    model: Model, apart: str, known: Mapping[str, Any], named: Mapping[str, list[str]]
) -> None:
    """Raises InputError where the column of weights is that of an input."""
    own = {n: [n] for n in model.inputs if n not in known} | dict(named)
    taken = next((n for n, hs in own.items() if apart in hs), None)
    if taken is not None:
        raise InputError(
            f"--weights {quote(apart)} is the column that the model takes as {taken}; give "
            f"another one, or say by --columns {taken}=HEADER which {taken} is."
        )
    if apart in own:
        raise InputError(
            f"--weights {quote(apart)} has the name of an input that is another column; give "
            "the column of weights a header of its own."
        )


def asked(
    model: Model, columns: tuple[str, ...], header: list[str], data: Path
) -> dict[str, list[str]]:
    """input → its headers, as --columns says."""
    named: dict[str, list[str]] = {}
    for text in columns:
        name, sign, title = (part.strip() for part in text.partition("="))
        if not sign or not name or not title:
            raise InputError(f'--columns {quote(text)} is not NAME=HEADER, as in "x=Hours".')
        if name not in model.inputs:
            raise InputError(
                f"--columns gives {quote(name)}, which is not an input of this model; it has "
                f"{listing(model.inputs)}.{did_you_mean(name, model.inputs)}"
            )
        if title not in header:
            raise DataError(
                f"{data}:1: there is no column {quote(title)}; there are "
                f"{quote(listing(header), 200)}.{did_you_mean(title, header)}"
            )
        named.setdefault(name, []).append(title)
    return named


def widths_of(
    model: Model,
    data: Path,
    known: Mapping[str, Any],
    named: Mapping[str, list[str]],
    of_file: bool,
) -> dict[str, int | None]:
    """input → how many columns it has, None where the model leaves that open."""
    graph = model.graph
    if all_scalars(model):

        def is_column(n: str) -> bool:
            return n in named or (n not in known if of_file else n[0] in "xyt")

        missing = [n for n in model.inputs if not is_column(n) and n not in known]
        if missing:
            from symgd.trees.graph import example_of

            raise InputError(
                f"{listing(missing)} needs a number: write it with the name, as in "
                "huber(delta=1), or give --constants "
                f"{missing[0]}={example_of(graph, missing[0])}."
            )
        return {n: 1 for n in model.inputs if is_column(n)}
    widths: dict[str, int | None] = {}
    for n in model.inputs:
        leaf = graph.leaves[n]
        if leaf.rows.text == SAMPLES and n not in graph.families:
            known_size = leaf.cols.names <= {*graph.sizes}
            widths[n] = leaf.cols.value(graph.sizes) if known_size else None
    others = [n for n in model.inputs if n not in widths and n not in known]
    if others or not widths:
        raise InputError(
            f"{data} has a row for each sample, and {listing(others or model.inputs)} of this "
            f"model no such rows (the first size is not {SAMPLES}); give its arrays as DATA.npz or "
            "DATA.json."
        )
    return widths


def assigned(
    widths: Mapping[str, int | None], named: Mapping[str, list[str]], header: list[str], data: Path
) -> dict[str, list[str]]:
    """input → its headers: those that were named, of its own name, or what is left, in order."""
    from symgd.training.data import NUMBER, parted

    for n, headers in named.items():
        if (width := widths.get(n)) is not None and len(headers) != width:
            raise DataError(
                f"--columns gives {n} {len(headers)} columns, and in this model it has {width}."
            )
    places = dict(named)
    free = [h for h in header if not any(h in hs for hs in named.values())]
    open_ = [n for n in widths if n not in named]
    by_name = [n for n in open_ if n in free and widths[n] in (1, None)]
    for n in by_name:
        places[n] = [n]
        free.remove(n)
    rest = [n for n in open_ if n not in by_name]
    scalars = all(w == 1 for w in widths.values())
    if rest and scalars and (by_name or len(free) != len(rest)):
        raise DataError(
            f"{data}:1: there is no column {quote(rest[0])}; there are "
            f"{quote(listing(header), 200)}.{did_you_mean(rest[0], header)}"
            f"{parted(header) or f' Say which it is: --columns {rest[0]}=HEADER.'}"
        )
    unknown = [n for n in rest if widths[n] is None]
    left = len(free) - sum(widths[n] or 0 for n in rest)
    if rest and (len(unknown) > 1 or left < len(unknown) or (not unknown and left)):
        told = ", ".join(f"{n} {widths[n] or 'one or more'}" for n in rest)
        raise DataError(
            f"{data}:1: {len(free)} columns are left for {told}; say which they are: --columns "
            f"{rest[0]}=HEADER, repeated for each."
        )
    for n in rest:
        width = widths[n]
        width = left if width is None else width
        places[n], free = free[:width], free[width:]
    if rest and not named:
        told = listing(
            f"{n} {'is' if len(places[n]) == 1 else 'are'} {listing(map(quote, places[n]))}"
            for n in rest
        )
        numbers = all(NUMBER.fullmatch(h) for h in header)
        names = " Its first line is taken for their names, and is no sample." if numbers else ""
        say(f"By the order of the columns, {told}; --columns says it otherwise.{names}")
    return {n: places[n] for n in widths}
