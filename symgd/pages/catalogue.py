"""The tables of symgd, listed for a terminal: what `symgd list` prints."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from symgd.errors import CatalogueError, did_you_mean, listing, quote
from symgd.functions import ACTIVATIONS, LOSSES, Activation, Loss, activation, loss
from symgd.pages.messages.english import ROWS
from symgd.training.optimizers import OPTIMIZERS
from symgd.trees.domain import domain

KINDS = ("activations", "losses", "optimizers", "rules")


def tables(what: str | None = None) -> str:
    """The tables, one of them, or all about one row.

    Raises CatalogueError for a name that none of the tables has.
    """
    sections: dict[str, Callable[[], str]] = {
        "activations": lambda: _rows((a.name, signature(a), a.formula) for a in ACTIVATIONS),
        "losses": lambda: _rows((x.name, signature(x), x.formula) for x in LOSSES),
        "optimizers": lambda: _rows((n, n, _first_line(f.__doc__)) for n, f in OPTIMIZERS.items()),
        "rules": lambda: _rows((r.id, r.name, r.because) for r in ROWS),
    }
    if what is None:
        return "\n".join(f"{kind}\n{body()}" for kind, body in sections.items())
    if what in sections:
        return sections[what]()
    return about(what)


def about(name: str) -> str:
    """All that the catalogue knows of one activation or loss (or both, where they share a name)."""
    found = []
    lookups: tuple[Callable[[str], Activation | Loss], ...] = (activation, loss)
    for lookup in lookups:
        try:
            found.append(_about(lookup(name)))
        except CatalogueError:
            continue
    if not found:
        rows: tuple[Activation | Loss, ...] = (*ACTIVATIONS, *LOSSES)
        names = [*KINDS, *(r.name for r in rows)]
        raise CatalogueError(
            f"{quote(name)} is neither a table ({listing(KINDS)}) nor an activation or loss."
            f"{did_you_mean(name, names)}"
        )
    return "\n".join(found)


def _about(row: Activation | Loss) -> str:
    lines = [(row.name, f"{signature(row)} = {row.formula}")]
    if isinstance(row, Activation):
        lines.append(("range", domain(row.range).text))
    else:
        lines.append(("prediction", f"yhat in {domain(row.prediction).text}"))
        lines.append(("label", f"{row.label} in {domain(row.label_domain).text}"))
    for n, p in row.parameters.items():
        default = f", {p.default} if not given" if p.default is not None else ""
        lines.append((n, f"in {domain(p.domain).text}{default}"))
    at = row.variable
    lines += [
        ("corner", f"at {at} = {k.at} the derivative is taken to be {k.value}") for k in row.kinks
    ]
    if row.aliases:
        lines.append(("also", ", ".join(row.aliases)))
    lines.append(("source", row.source))
    wide = max(len(a) for a, _ in lines)
    return "".join(f"{a:<{wide}}  {b}\n" for a, b in lines)


def signature(row: Activation | Loss) -> str:
    """huber(delta): the name with its parameters."""
    given = ", ".join(
        n if p.default is None else f"{n}={p.default}" for n, p in row.parameters.items()
    )
    return f"{row.name}({given})" if given else row.name


def _rows(rows: Iterable[tuple[str, str, str]]) -> str:
    table = list(rows)
    wide = max(len(second) for _, second, _ in table)
    return "".join(f"  {second:<{wide}}  {third}\n" for _, second, third in table)


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().splitlines()[0]
