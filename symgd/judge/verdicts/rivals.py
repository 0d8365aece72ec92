r"""Several definitions of one name: a page that goes back to the first of two models means it.

    w_i = f_i / \sum_k f_k        w_i = \sum_j \theta_j i^j        \partial w_i / \partial f_i = ...

A line that holds with any definition of its names that stands in the document is not accused: one
name is taken as it is said elsewhere, then all names as they stood at one place of the document,
then each in each way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from symgd.judge.verdicts.sorting import Sorted

# How many other definitions a name may have, and how many ways to choose among those of several
# names are tried.
MOST_OTHERS, MOST_CHOICES = 6, 16


@dataclass(frozen=True)
class Statement:
    """A definition or an assumption in force: its text, what it declares and what it mentions."""

    text: str
    states: frozenset[str]
    rests: frozenset[str]


Rivals = Mapping[str, Sequence[tuple[int, Statement]]]


def rivals_of(items: Sequence[Sorted]) -> Rivals:
    """Key → every row that says what it is, with its place in the document; where there are two."""
    found: dict[str, list[tuple[int, Statement]]] = {}
    for at, item in enumerate(items):
        if item.role in ("definition", "anew") and not item.unread:
            said = Statement(item.row.text, item.states, item.rests)
            found.setdefault(item.key, []).append((at, said))
    return {k: rows for k, rows in found.items() if len({s.text for _, s in rows}) > 1}


def other_choices(
    rivals: Rivals, force: Mapping[str, Statement], bases: Collection[str], text: str,
    led: Callable[[int], bool],
) -> Iterator[dict[str, Statement]]:  # fmt: skip
    """Key → another definition than the one in force, for what a row of this text rests on.

    What stands right below a definition, with no word between the two, means that one.

    bases   those that the row rests on
    led     whether words stand between a place of the document and the row
    """
    reached = set(bases)
    for rows in rivals.values():
        reached |= {b for _, s in rows if s.states & reached for b in s.rests}
    others = {
        key: found
        for key, rows in rivals.items()
        if (found := _others(rows, force.get(key), reached, text))
        and led(max((at for at, s in rows if s == force.get(key)), default=-1))
    }
    yield from islice(_choices(others), MOST_CHOICES)


def _others(
    rows: Sequence[tuple[int, Statement]], known: Statement | None, bases: set[str], text: str
) -> list[tuple[int, Statement]]:
    """The definitions of a key that are not in force, each once: its first place."""
    texts = {text, *(() if known is None else (known.text,))}
    found = []
    for at, said in rows:
        if said.text not in texts and said.states & bases:
            texts.add(said.text)
            found.append((at, said))
    return found[-MOST_OTHERS:]


def _choices(
    others: Mapping[str, Sequence[tuple[int, Statement]]],
) -> Iterator[dict[str, Statement]]:
    """Which definitions are exchanged: one, all as of one place, and each in each way."""
    yield from ({key: said} for key, found in others.items() for _, said in found)
    if len(others) < 2:
        return
    tried = []
    for place in sorted({at for found in others.values() for at, _ in found}, reverse=True):
        newest = {k: [s for at, s in found if at <= place] for k, found in others.items()}
        tried.append({k: several[-1] for k, several in newest.items() if several})
    for several in product(*([None, *(s for _, s in found)] for found in others.values())):
        tried.append({k: s for k, s in zip(others, several, strict=True) if s is not None})
    for at, chosen in enumerate(tried):
        if len(chosen) > 1 and chosen not in tried[:at]:
            yield chosen
