r"""What dots leave out: a_1 + \dots + a_n, (x_1, \dots, x_n), matrices with \cdots, \vdots, \ddots.

What stands before the dots and what stands after them must be the same but for one number, which
then runs: a sum, a product, or a stack of rows. Of a matrix either every row is such a run, and the
rows are a run of rows, or it is diagonal. Where there is no such reading the answer is None, and
dots stay what they are: something left open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symgd.language.latex.messages import say
from symgd.language.latex.syntax import (
    ZERO,
    Big,
    Call,
    Matrix,
    Name,
    Node,
    Number,
    Transposed,
    parts,
)
from symgd.language.latex.tokens import Token

if TYPE_CHECKING:
    from symgd.language.latex.grammar import Parser

DOTS = frozenset({r"\dots", r"\vdots", r"\ddots", r"\iddots"})


def index_to(high: Any, mark: str = "") -> Name:
    """The index of a run up to `high`: no document can have it, and no two sizes share it."""
    to = high.base + "".join(map(str, high.below)) if isinstance(high, Name) else str(high.value)
    return Name(rf"\dots{to}{mark}")


def run(kind: str, first: Any, last: Any, at: int, mark: str = "") -> Big | None:
    """The Big from `first` to `last`; None where they differ in more than one number."""
    found: list[tuple[Any, Any]] = []
    body = _general(first, last, found, mark)
    if body is None or len(set(found)) != 1:
        return None
    low, high = found[0]
    return Big(kind, (index_to(high, mark),), low, high, (), body, at=at)


def _general(a: Any, b: Any, found: list[tuple[Any, Any]], mark: str) -> Any:
    """The tree of which a and b are cases, the number that differs being the index."""
    if a == b:
        return a
    if isinstance(a, Number) and a.places is None and isinstance(b, Name | Number):
        found.append((a, b))
        return index_to(b, mark)
    if type(a) is not type(b) or not isinstance(a, Node):
        return None
    new: dict[str, Any] = {}
    for name in parts(a):
        value = _general_value(getattr(a, name), getattr(b, name), found, mark)
        if value is None and getattr(a, name) is not None:
            return None
        new[name] = value
    extra = {"signs": a.signs} if hasattr(a, "signs") else {}
    return type(a)(**new, **extra, at=a.at)


def _general_value(a: Any, b: Any, found: list[tuple[Any, Any]], mark: str) -> Any:
    if a == b:
        return a
    if isinstance(a, Node):
        return _general(a, b, found, mark)
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        items = [_general_value(x, y, found, mark) for x, y in zip(a, b, strict=True)]
        return None if None in items else tuple(items)
    return None


# -- matrices --------------------------------------------------------------------------------------


def is_dots(cell: Any) -> bool:
    return isinstance(cell, Name) and cell.base in DOTS


def cells(p: Parser, token: Token, name: str) -> list[list[Any]]:
    """The rows of a matrix up to its end: trees, Names of dots, None for an empty cell."""
    rows: list[list[Any]] = []
    row: list[Any] = []
    cell: Any = None
    while not p.sees(r"\end"):
        if p.takes(r"\\"):
            rows.append([*row, cell])
            row, cell = [], None
        elif p.takes("&"):
            row, cell = [*row, cell], None
        elif p.takes(","):
            row, cell = ([*row, cell], None) if cell is not None else (row, cell)
        elif p.at_end:
            p.fail(say("read:never-ended", environment=name), token)
        else:
            row = row if cell is None else [*row, cell]
            cell = Name(p.take().text) if p.sees(*DOTS) else p.sum()
    rows.append([*row, cell])
    return [r for r in rows if any(c is not None for c in r)]


def matrix(rows: list[list[Any]], at: int) -> Any:
    """The matrix that rows with dots in them say; None where there is no one reading."""
    columns = max(map(len, rows))
    if columns == 1:
        return _line([row[0] for row in rows], at)
    if len(rows) == 1:
        found = _line(rows[0], at)
        return None if found is None else Transposed(found, at=at)
    rows = [[*row, *[None] * (columns - len(row))] for row in rows]
    return _diagonal(rows, at) or _full(rows, at)


def _line(items: list[Any], at: int, mark: str = "") -> Any:
    """1, x_1, x_2, \\dots, x_n as a column: what does not run, and what does."""
    places = [i for i, cell in enumerate(items) if is_dots(cell)]
    if places != [len(items) - 2] or None in items or places == [0]:
        return None
    *before, _, last = items
    found = run("stack", before[-1], last, at, mark)
    while found is not None and len(before) > 1:
        longer = run("stack", before[-2], last, at, mark)
        if longer is None or longer.body != found.body:
            break
        if found.low.value != longer.low.value + 1:
            return None
        found, before = longer, before[:-1]
    alone = before[:-1]
    if found is None or not alone:
        return found
    return Matrix((*((cell,) for cell in alone), (found,)), at=at)


def leaps(before: Any, found: Big, last: Any, mark: str = "") -> bool:
    r"""Whether what stands before a run is of its kind and leads past it: x_1, x_3, \dots, x_n."""
    longer = run(found.kind, before, last, found.at, mark)
    return (
        longer is not None
        and longer.body == found.body
        and bool(found.low.value != longer.low.value + 1)
    )


def _full(rows: list[list[Any]], at: int) -> Any:
    """Rows that run alike, with a row of dots before the last."""
    dotted = [i for i, row in enumerate(rows) if all(c is None or is_dots(c) for c in row)]
    if dotted != [len(rows) - 2] or dotted == [0]:
        return None
    whole = [row for i, row in enumerate(rows) if i not in dotted]
    if any(is_dots(c) for row in whole for c in row):
        lines = [_line(row, at, "'") for row in whole]
        if None in lines or not all(isinstance(line, Big) for line in lines):
            return None
        bodies: list[Any] = [Transposed(line, at=at) for line in lines]
    else:
        if any(None in row for row in whole):
            return None
        bodies = [Matrix((tuple(row),), at=at) for row in whole]
    return _line([*bodies[:-1], Name(r"\vdots"), bodies[-1]], at)


def _diagonal(rows: list[list[Any]], at: int) -> Any:
    """diag(d_1, \\dots, d_n): nothing, zeros and dots beside the diagonal."""
    size = len(rows)
    if any(len(row) != size for row in rows):
        return None
    beside = [c for i, row in enumerate(rows) for j, c in enumerate(row) if i != j]
    if not all(c is None or is_dots(c) or c == ZERO for c in beside):
        return None
    found = _line([rows[i][i] for i in range(size)], at)
    return None if found is None else Call(Name(r"\diag"), (found,), at=at)
