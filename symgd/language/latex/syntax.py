r"""What a formula says, as a tree: the nodes, and walking over them.

Nothing here has a meaning yet: a Name is a letter with its decorations, and whether y_i is a
component or a label, f(x) a value or a product, is settled by what the document declares. Every
node knows its place in the line (`at`), for the caret under what is not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part of a formula. Equality is of structure; the place does not count."""

    at: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    r"""A literal; `places` digits stood after its point (None: it has no point).

    `open` where dots say that its digits go on, as in 1.758\ldots
    """

    value: Fraction
    places: int | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Name(Node):
    r"""A letter with its decorations: \hat{y}_{ij}^{(2)} is base \hat{y}, below i, j, above 2."""

    base: str
    below: tuple[Any, ...] = ()
    above: tuple[Any, ...] = ()
    bold: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Sum(Node):
    """a + b + ..."""

    terms: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Minus(Node):
    """-a"""

    of: Any


@dataclass(frozen=True, slots=True)
class Product(Node):
    """a b ...; `signs[i]` stands before factor i + 1: "" for none, "." for · and ×, "o" for ⊙."""

    factors: tuple[Any, ...]
    signs: tuple[str, ...] = field(compare=False)


@dataclass(frozen=True, slots=True)
class Quotient(Node):
    """a/b; `elementwise` where it is written with ⊘ or ./"""

    top: Any
    bottom: Any
    elementwise: bool = False


@dataclass(frozen=True, slots=True)
class Power(Node):
    r"""a^b; `elementwise` where it is written a^{\odot b}."""

    base: Any
    exponent: Any
    elementwise: bool = False


@dataclass(frozen=True, slots=True)
class Call(Node):
    """f(a, b, ...), with `order` primes on f; of p(x | z) the last `given` stand behind the bar.

    An argument is a Relation where it says of what it is a value: P(O = o | C = c).
    """

    function: Name
    arguments: tuple[Any, ...]
    order: int = 0
    given: int = 0

    @property
    def values(self) -> tuple[Any, ...]:
        """The arguments, of O = o the value o."""
        return tuple(map(argument_value, self.arguments))


@dataclass(frozen=True, slots=True)
class Primed(Node):
    """E', without an argument."""

    of: Name
    order: int


@dataclass(frozen=True, slots=True)
class Derivative(Node):
    """d of/d by, as often as `by` names; `of` is None for the bare operator."""

    of: Any
    by: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Differential(Node):
    """dE: what moves first order in every variable that moves."""

    of: Any


@dataclass(frozen=True, slots=True)
class Inner(Node):
    """⟨a, b⟩, the sum of the products of entries."""

    left: Any
    right: Any


@dataclass(frozen=True, slots=True)
class Fixed(Node):
    r"""\left.\frac{\partial C}{\partial w}\right|_{s}: a derivative in which `names` stay as is.

    A relation among them, x = 3, is the value that the name has; \partial f/\partial x (1, 0)
    is taken at the `point` at which the arguments of f have these values.
    """

    of: Any
    names: tuple[Any, ...]
    point: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Gradient(Node):
    """∇ of, in `by` (None where it is not said); the Hessian for `order` 2."""

    of: Any
    by: Any = None
    order: int = 1


@dataclass(frozen=True, slots=True)
class Big(Node):
    """Σ or Π of `body`, over `indices` from `low` to `high`, or where `conditions` hold."""

    kind: str
    indices: tuple[Name, ...]
    low: Any
    high: Any
    conditions: tuple[Any, ...]
    body: Any


@dataclass(frozen=True, slots=True)
class Expectation(Node):
    r"""\mathbb{E}_{over}[of | given]; `kind` is E, Var, Cov, KL or H.

    What stands in `over` is a letter, a law such as p(x), or a relation x ~ p; of KL and H the
    parts are laws.
    """

    kind: str
    of: tuple[Any, ...]
    over: tuple[Any, ...] = ()
    given: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Integral(Node):
    r"""\int_low^high of d by; without bounds an antiderivative, or over all values that there are.

    `summed` where it is a sum over the values of a letter: \sum_z p(x, z).
    """

    of: Any
    by: Name
    low: Any = None
    high: Any = None
    everywhere: bool = False
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """lim of `of` as by → to; `side` is + from above, - from below, "" from both."""

    of: Any
    by: Name
    to: Any
    side: str = ""


@dataclass(frozen=True, slots=True)
class Root(Node):
    """What `of` is as a function of `by` where `zero`, in which both stand, is 0: y on a curve."""

    zero: Any
    of: Name
    by: Name


@dataclass(frozen=True, slots=True)
class Order(Node):
    """O(of), or o(of) where it is `small`: what is left out."""

    of: Any
    small: bool = False


@dataclass(frozen=True, slots=True)
class Extremum(Node):
    r"""\arg\max_by of, or \arg\min."""

    kind: str
    by: tuple[Any, ...]
    of: Any


@dataclass(frozen=True, slots=True)
class Norm(Node):
    """‖a‖, the 2-norm unless `kind` says 1 or ∞."""

    of: Any
    kind: str = "2"


@dataclass(frozen=True, slots=True)
class Absolute(Node):
    """|a|"""

    of: Any


@dataclass(frozen=True, slots=True)
class Transposed(Node):
    """aᵀ"""

    of: Any


@dataclass(frozen=True, slots=True)
class Component(Node):
    """(a)_i, of something that is no name."""

    of: Any
    below: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Matrix(Node):
    """Rows of entries in brackets."""

    rows: tuple[tuple[Any, ...], ...]


@dataclass(frozen=True, slots=True)
class Cases(Node):
    """{value where condition; ...}; the condition None is "otherwise"."""

    branches: tuple[tuple[Any, Any], ...]


@dataclass(frozen=True, slots=True)
class Indicator(Node):
    """1 where the condition holds, else 0."""

    condition: Any


@dataclass(frozen=True, slots=True)
class Members(Node):
    """{a, b, ...}, or a named set."""

    of: tuple[Any, ...]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Interval(Node):
    """(a, b) or [a, b], after ∈."""

    low: Any
    high: Any
    closed: tuple[bool, bool]


@dataclass(frozen=True, slots=True)
class Relation(Node):
    """a = b, a < b, a ∈ S."""

    left: Any
    sign: str
    right: Any


@dataclass(frozen=True, slots=True)
class Both(Node):
    """Relations that hold together."""

    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Either(Node):
    """Relations of which one holds."""

    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Listed(Node):
    """a, b, ... in brackets that are no arguments."""

    of: tuple[Any, ...]


def argument_value(argument: Any) -> Any:
    """o of O = o; of any other argument itself."""
    named = isinstance(argument, Relation) and argument.sign == "="
    return argument.right if named and isinstance(argument.left, Name) else argument


ONE, ZERO, TWO = Number(Fraction(1)), Number(Fraction(0)), Number(Fraction(2))
HALF = Quotient(ONE, TWO)


def product(*factors: Any) -> Any:
    """The factors side by side."""
    flat = [f for f in factors if f != ONE]
    if len(flat) < 2:
        return flat[0] if flat else ONE
    return Product(tuple(flat), ("",) * (len(flat) - 1), at=flat[0].at)


# -- walking, and changing -------------------------------------------------------------------------

PARTS: dict[type, tuple[str, ...]] = {}
HOLDING: dict[type, tuple[str, ...]] = {}
# The types of fields that hold no nodes.
PLAIN = frozenset(
    {"Fraction", "str", "bool", "int", "int | None", "tuple[str, ...]", "tuple[bool, bool]"}
)


def parts(node: Any) -> tuple[str, ...]:
    """The fields that make a node what it is."""
    kind = type(node)
    if kind not in PARTS:
        PARTS[kind] = tuple(f.name for f in fields(kind) if f.name not in ("at", "signs"))
    return PARTS[kind]


def holding(node: Any) -> tuple[str, ...]:
    """The fields of a node that may hold nodes."""
    kind = type(node)
    if kind not in HOLDING:
        HOLDING[kind] = tuple(f.name for f in fields(kind) if f.type not in PLAIN)
    return HOLDING[kind]


def children(node: Any) -> list[Any]:
    """The nodes right below, in the order of writing."""
    found: list[Any] = []
    for name in holding(node):
        _gather(getattr(node, name), found)
    return found


def _gather(value: Any, found: list[Any]) -> None:
    if isinstance(value, Node):
        found.append(value)
    elif isinstance(value, tuple):
        for v in value:
            _gather(v, found)


def walk(node: Any) -> Iterator[Any]:
    """Every node of the tree, parents before children."""
    pending = [node]
    while pending:
        node = pending.pop()
        yield node
        pending += reversed(children(node))


def changed(node: Any, change: Callable[[Any], Any]) -> Any:
    """The node with `change` made of each node right below it."""
    new = {}
    for name in holding(node):
        old = getattr(node, name)
        value = _changed(old, change)
        if value is not old:
            new[name] = value
    return replace(node, **new) if new else node


def _changed(value: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(value, Node):
        return change(value)
    if isinstance(value, tuple):
        new = tuple(_changed(v, change) for v in value)
        return value if all(a is b for a, b in zip(new, value, strict=True)) else new
    return value


def exchange(node: Any, table: dict[Any, Any]) -> Any:
    """The tree with every subtree that is a key of the table exchanged for its value.

    The s of s(x) stays where the table has a number for the letter s.
    """
    if node in table:
        return table[node]
    function = node.function if isinstance(node, Call) else None
    if function in table and not isinstance(table[function], Name):
        return changed(node, lambda child: child if child is function else exchange(child, table))
    return changed(node, lambda child: exchange(child, table))


def depth(node: Any) -> int:
    """How many nodes stand one inside the other, found without going down as deeply."""
    found = 0
    pending = [(node, 1)]
    while pending:
        inner, deep = pending.pop()
        found = max(found, deep)
        pending += ((child, deep + 1) for child in children(inner))
    return found


def bound_by(tree: Any) -> frozenset[str] | None:
    r"""The letters that mean nothing outside of this node: the x of \int_0^1 x dx; else None."""
    if isinstance(tree, Limit):
        return frozenset({tree.by.base})
    if isinstance(tree, Integral) and (tree.everywhere or tree.low is not None):
        return frozenset({tree.by.base})
    if isinstance(tree, Expectation):
        laws = tuple(law for law in tree.of if isinstance(law, Call))
        items = tree.over if tree.kind in ("E", "Var", "Cov") else laws
        letters = frozenset(n.base for item in items for n in _averaged(item))
        return letters or None
    return None


def _averaged(item: Any) -> Iterator[Name]:
    """The letters of x, (x, y), x ~ p and p(x | z) that an expectation is over."""
    if isinstance(item, Relation):
        item = item.left
    if isinstance(item, Call):
        item = Listed(item.arguments[: len(item.arguments) - item.given])
    yield from (
        n for n in (item.of if isinstance(item, Listed) else (item,)) if isinstance(n, Name)
    )


def names_below(tree: Any, bound: frozenset[str] = frozenset()) -> Iterator[Name]:
    """Names that stand for values: not those of subscripts, functions and indices."""
    if isinstance(tree, Name):
        if tree.base not in bound:
            yield tree
        return
    if isinstance(tree, Big):
        inner = bound | {i.base for i in tree.indices}
        for part in (tree.body, tree.high):
            if part is not None:
                yield from names_below(part, inner)
        return
    if (letters := bound_by(tree)) is not None:
        bound |= letters
    if isinstance(tree, Call):
        for a in tree.values:
            yield from names_below(a, bound)
        return
    for child in children(tree):
        yield from names_below(child, bound)
