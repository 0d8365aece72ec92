r"""What a document declares: definitions, other names for the same thing, what is assumed.

C(\hat{y}) = \frac{1}{2}(y - \hat{y})^2     a function, and the name C
z = wx + b                                  a name
y_c = e^{z_c} / \Sigma_C                    a family of names, one for each c
\overline{q} = \frac{dL}{dq}                a notation: a bar is the derivative of L
\mathbf{D} = \frac{d}{dx}                   an operator
n = N,  W_O = W_o                           another name (assumed)
x < 0,  y \in \{-1, 1\},  \sum_c t_c = 1    what is assumed of the numbers
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from symgd.checking.cursor import USUAL, Habits
from symgd.checking.names import signature
from symgd.checking.ranges import Key, Ranges, ranges
from symgd.checking.statements import Reader, Statement, statement
from symgd.checking.syntax import (
    Big,
    Call,
    Derivative,
    Gradient,
    Minus,
    Name,
    Number,
    Power,
    Relation,
    Sum,
    names_below,
    walk,
)
from symgd.checking.tokens import plain
from symgd.checking.vocabulary import FUNCTIONS, Vocabulary
from symgd.checking.writing import written
from symgd.errors import FormulaError

FEWEST_SPELLINGS = 2
IDENTITY_NAMES = frozenset({"I"})
ONES = r"\mathbb{1}"
OPERATOR = re.compile(r"\\math(bf|rm|cal)\s*\{?D\}?")


@dataclass(frozen=True)
class Definition:
    """left = body; `left` is a Name, or a Call whose arguments are the variables."""

    left: Any
    body: Any
    text: str = ""
    said: tuple[Any, ...] = ()

    @property
    def name(self) -> Name:
        return self.left.function if isinstance(self.left, Call) else self.left

    @property
    def variables(self) -> tuple[Any, ...]:
        return self.left.arguments if isinstance(self.left, Call) else ()


@dataclass
class World:
    """Everything declared so far; lines may add to it as they are judged."""

    vocabulary: Vocabulary
    habits: Habits = field(default_factory=Habits)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    aliases: list[tuple[Name, Name]] = field(default_factory=list)
    bars: dict[str, Any] = field(default_factory=dict)
    operators: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    assumed: list[Any] = field(default_factory=list)
    ranges: Ranges = field(default_factory=Ranges)
    sizes: dict[Key, int] = field(default_factory=dict)
    leaves: set[Name] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    shapes: dict[Any, tuple[int, int]] = field(default_factory=dict)
    function_shapes: dict[Any, tuple[int, int]] = field(default_factory=dict)
    declared_shapes: dict[Any, tuple[Any, ...]] = field(default_factory=dict)
    alternatives: list[Any] = field(default_factory=list)
    multiples: bool = False
    arrays: bool = False
    bare: set[str] = field(default_factory=set)
    labels: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    unread: dict[str, FormulaError] = field(default_factory=dict)
    poisoned: set[str] = field(default_factory=set)
    loose: dict[str, frozenset[str]] = field(default_factory=dict)
    trees: list[Any] = field(default_factory=list)
    equations: list[list[Any]] = field(default_factory=list)
    bounds: dict[str, Any] = field(default_factory=dict)
    totals: dict[str, Any] = field(default_factory=dict)
    symmetric: set[str] = field(default_factory=set)
    differentiated: set[str] = field(default_factory=set)
    filters: list[Any] = field(default_factory=list)
    layout: str | None = None
    fitting: float = 0.0

    def define(self, definition: Definition) -> None:
        self.definitions.setdefault(definition.name.base, []).append(definition)
        self.loose = {}
        self.leaves |= set(free_names(definition))

    def defines(self, name: Name) -> bool:
        """Whether some definition is of names of this base and these many scripts."""
        return any(self.covers(d.name, name) for d in self.definitions.get(name.base, ()))

    def covers(self, pattern: Name, name: Name) -> bool:
        """Whether a definition of `pattern` is one of `name`: y_c of y_i, but z_o not of z_h."""
        if len(pattern.below) != len(name.below) or len(pattern.above) != len(name.above):
            return False
        pairs = zip((*pattern.below, *pattern.above), (*name.below, *name.above), strict=True)
        return all(a == b or not self.is_label(a) for a, b in pairs)

    def is_label(self, item: Any) -> bool:
        """Whether a subscript names rather than counts."""
        return isinstance(item, Number) or (
            isinstance(item, Name) and not item.below and item.base not in self.vocabulary.indices
        )

    def declared(self, base: str) -> bool:
        """Whether the document gives the letter a meaning of its own."""
        return base in self.definitions or base in self.vocabulary.names

    def whole_of(self, base: str, below: Any) -> str:
        """The array that y_{ic} is an entry of: y, or Y where only that is written whole."""
        large = base.upper()
        if (
            len(base) == 1
            and base.islower()
            and below
            and not self.definitions.get(base)
            and large in self.bare
            and large not in self.ranges.bounds
            and base not in self.bare
        ):
            return large
        return base

    def shape_of(self, key: Any) -> tuple[int, int]:
        """The shape of a leaf, by its own key or by that of its family."""
        base, below, above = key
        own = (base, tuple(map(str, below)), tuple(map(str, above)))
        family = (base, tuple("#" if isinstance(i, int) else str(i) for i in below),
                  tuple("#" if isinstance(i, int) else str(i) for i in above))  # fmt: skip
        mixed = (base, own[1], family[2])
        other = (base, family[1], own[2])
        return next((self.shapes[k] for k in (own, family, mixed, other) if k in self.shapes),
                    (1, 1))  # fmt: skip

    @property
    def shaped(self) -> set[str]:
        """The bases of what has a declared shape."""
        return {key[0] for key in self.declared_shapes}

    def family(self, name: Name) -> Any:
        """The key of a name with every index that runs as #: y_i and y_j are one family."""

        def mark(item: Any) -> str:
            if isinstance(item, Number):
                return str(item.value)
            if isinstance(item, Name):
                running = item.base in self.vocabulary.indices or bool(item.below)
                return "#" if running else item.base
            letters = {n.base for n in walk(item) if isinstance(n, Name)}
            return "#" if letters & self.vocabulary.indices else written(item)

        return (name.base, tuple(map(mark, name.below)), tuple(map(mark, name.above)))

    def functions_of(self, name: Name) -> list[Definition]:
        """The definitions name(...) = ... of these many scripts."""
        return [
            d
            for d in self.definitions.get(name.base, ())
            if isinstance(d.left, Call)
            and len(d.name.below) == len(name.below)
            and len(d.name.above) == len(name.above)
        ]

    def is_function(self, name: Name) -> bool:
        return bool(self.functions_of(name))

    @property
    def abstract(self) -> set[str]:
        """What is differentiated and has no definition: an unknown cost of all that is defined."""
        return self.differentiated - set(self.definitions) - {n.base for n in self.leaves}

    @property
    def variables(self) -> set[Name]:
        """The names in the brackets of what is declared."""
        return {
            n for ds in self.definitions.values() for d in ds for v in d.variables
            for n in names_below(v)
        }  # fmt: skip

    def uses(self, name: Name) -> bool:
        """Whether some definition is made of names of this family."""
        return any(n.base == name.base and self.covers(n, name) for n in self.leaves)

    def sink_names(self) -> list[Name]:
        """The names that are defined and that no definition uses."""
        out = []
        for definitions in self.definitions.values():
            for d in definitions:
                recurrent = any(n.base == d.name.base for n in names_below(d.body))
                used = any(
                    n.base == d.name.base
                    for others in self.definitions.values()
                    for o in others
                    if o is not d
                    for n in names_below(o.body)
                )
                if isinstance(d.left, Name) and not used and not recurrent:
                    out.append(d.left)
        return out

    def only_variable(self, tree: Any) -> Name | None:
        """The one leaf that a name or an expression is made of, through its definitions."""
        seen: set[Name] = set()
        leaves: set[Name] = set()
        pending = [tree]
        while pending:
            for name in names_below(pending.pop()):
                found = self.definitions.get(name.base, [])
                if name in seen or name.base in ("e", r"\pi"):
                    continue
                seen.add(name)
                if not found:
                    leaves.add(name)
                for d in found:
                    pending.append(d.body)
        return leaves.pop() if len(leaves) == 1 else None

    def note(self, text: str) -> None:
        """Something that the reader of the report should know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def read(self, text: str) -> Statement:
        return statement(text, self.vocabulary, self.habits)


def free_names(definition: Definition) -> Iterator[Name]:
    """The names that the body mentions, variables and bound indices left out."""
    bound = {v.base for v in definition.variables if isinstance(v, Name)}
    yield from (n for n in names_below(definition.body) if n.base not in bound)


def declare(
    definitions: Iterable[str],
    assume: Iterable[str] = (),
    lines: Iterable[str] = (),
    habits: Habits = USUAL,
) -> World:
    """The world of a derivation, before its first line.

    Raises FormulaError for a definition or an assumption that is not understood.
    """
    definitions, assume, lines = list(definitions), list(assume), list(lines)
    vocabulary = vocabulary_of(definitions, assume, lines)
    world = World(vocabulary, habits)
    trees: list[Any] = []
    for text in definitions:
        try:
            said = statement(text, vocabulary, habits)
        except FormulaError as error:
            world.unread[text] = error
            world.poisoned |= set(_left_bases(text, vocabulary))
            continue
        trees += [*said.members, *said.conditions]
        _define(world, said)
    for text in assume:
        try:
            said = statement(text, vocabulary, habits)
        except FormulaError as error:
            world.unread[text] = error
            continue
        trees += [*said.members, *said.conditions, *_relations(said)]
        _assume(world, said)
    last: Any = None
    for said in _readable(lines, vocabulary, habits):
        trees += [*said.members, *said.conditions]
        members = [last, *said.members] if said.continues and last is not None else said.members
        if set(said.signs) <= {"=", "=>"} and len(members) > 1:
            world.equations.append(list(members))
        last = said.members[-1]
    world.trees = trees
    world.bare = {n.base for t in trees for n in names_below(t) if not n.below}
    world.labels = {n for t in trees for n in _labels(t)}
    world.ranges = ranges(trees, vocabulary.indices)
    _one_size(world)
    world.sizes = world.ranges.sizes()
    for base in world.ranges.integral:
        # No two samples need have the same label.
        values = world.ranges.find(("values", base))
        slot = world.ranges.find((base, "below", "0", "1", "0"))
        world.sizes[values] = max(world.sizes.get(values, 3), world.sizes.get(slot, 0))
    world.differentiated = {
        n.of.base for t in trees for n in walk(t)
        if isinstance(n, Derivative | Gradient) and isinstance(n.of, Name)
    }  # fmt: skip
    return world


def _labels(tree: Any) -> Iterator[str]:
    """The t of Σ_c t_c log y_c: what is summed against a logarithm may be a distribution."""
    for node in walk(tree):
        if not (isinstance(node, Big) and node.kind == "sum"):
            continue
        for product in walk(node.body):
            factors = getattr(product, "factors", ())
            if any(isinstance(f, Call) and f.function.base in (r"\log", r"\ln") for f in factors):
                yield from (f.base for f in factors if isinstance(f, Name))


def _left_bases(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """What a definition that is not understood would have defined."""
    try:
        reader = Reader(plain(text), vocabulary)
        reader.declaring = True
        left = reader.product()
    except FormulaError:
        return
    yield from (n.base for n in walk(left) if isinstance(n, Name))


def _one_size(world: World) -> None:
    """n = N: two bounds of one size."""
    bounds = world.ranges.bounds
    for a, b in world.aliases:
        if a.base in bounds or b.base in bounds:
            world.ranges.join(("bound", a.base), ("bound", b.base))
            bounds |= {a.base, b.base}


def _relations(said: Statement) -> list[Any]:
    return [
        Relation(a, sign, b)
        for a, sign, b in zip(said.members, said.signs, said.members[1:], strict=False)
    ]


# -- the vocabulary ----------------------------------------------------------------------------


def vocabulary_of(definitions: list[str], assume: list[str], lines: list[str]) -> Vocabulary:
    """In two passes: left sides first, then everything, for what runs and what is layered."""
    first = Vocabulary()
    for text in definitions + assume:
        first = _left_side(text, first, True)
    for text in lines:
        first = _left_side(text, first, False)
    said = [*_readable([*definitions, *assume, *lines], first, Habits())]
    trees = [t for s in said for t in (*s.members, *s.conditions)]
    layered = set(_layered(said[: len(definitions)], trees))
    if layered:
        first = first.with_(layered=layered)
        said = [*_readable([*definitions, *assume, *lines], first, Habits())]
        trees = [t for s in said for t in (*s.members, *s.conditions)]
    indices = _indices(trees)
    operators = {
        s.members[0].base
        for s in said
        if len(s.members) == 2
        and isinstance(s.members[0], Name)
        and isinstance(s.members[1], Derivative | Gradient)
        and s.members[1].of is None
    }
    if OPERATOR.search(" ".join([*definitions, *lines])) and "D" not in first.names:
        operators.add("D")
    primed = {
        n.function.base
        for t in trees
        for n in walk(t)
        if isinstance(n, Call)
        and n.order
        and not n.function.below
        and n.function.base.removeprefix("\\") not in FUNCTIONS
    } - first.names
    return first.with_(layered=layered, indices=indices, operators=operators, functions=primed)


def _readable(texts: Iterable[str], vocabulary: Vocabulary, habits: Habits) -> Iterator[Statement]:
    for text in texts:
        try:
            yield statement(text, vocabulary, habits)
        except FormulaError:
            continue


def _left_side(text: str, vocabulary: Vocabulary, is_definition: bool) -> Vocabulary:
    """The vocabulary with what the left sides of this text declare."""
    try:
        reader = Reader(plain(text), vocabulary)
    except FormulaError:
        return vocabulary
    reader.prefix()
    word = reader.word()
    letters = 0
    while reader.ahead(letters).kind == "letter" and (letters == 0 or reader.adjacent(letters)):
        letters += 1
    run = "".join(reader.ahead(i).text for i in range(letters))
    after = reader.ahead(letters).text
    if letters > 1 and word is None and run not in FUNCTIONS:
        adjoint = run[0] == "d" and run[1:] in {n.rstrip("_^") for n in vocabulary.names}
        if (is_definition and after in ("=", "_", ":", "^")) or (
            adjoint and after in ("=", "^", "_")
        ):
            return vocabulary.with_(words=[run], names=[run])
        if is_definition and letters > 2 and after == "(":
            return _left_side(text, vocabulary.with_(words=[run]), is_definition)
    reader.declaring = True
    while True:
        try:
            left = reader.product()
        except FormulaError:
            return vocabulary
        if not reader.at_relation:
            return vocabulary
        vocabulary = _declared(left, vocabulary, is_definition)
        if not is_definition:
            return vocabulary
        reader.take()


def _declared(left: Any, vocabulary: Vocabulary, is_definition: bool) -> Vocabulary:
    if is_logarithm(left):
        left = left.arguments[0]
    if isinstance(left, Call) and not left.order and all(map(_is_variable, left.arguments)):
        key = signature(left.function)
        if key.startswith("\\") and key[1:] in FUNCTIONS:
            return vocabulary
        if not is_definition and key in vocabulary.names:
            return vocabulary
        return vocabulary.with_(functions=[key])
    if isinstance(left, Name):
        names = [signature(left)]
        if left.base == r"\Sigma" and len(left.below) == 1 and isinstance(left.below[0], Name):
            names.append(f"{left.base}_{left.below[0].base}")
        return vocabulary.with_(names=names)
    return vocabulary


def is_logarithm(left: Any) -> bool:
    """log p(x) = ... defines p."""
    return (
        isinstance(left, Call) and left.function.base in (r"\log", r"\ln")
        and len(left.arguments) == 1 and not left.order
    )  # fmt: skip


def _is_variable(item: Any) -> bool:
    """What may stand between the brackets on the left of a definition."""
    if isinstance(item, Power):
        return isinstance(item.base, Name) and isinstance(item.exponent, Number)
    return isinstance(item, Name | Number)


def _layered(definitions: list[Statement], trees: list[Any]) -> Iterator[str]:
    """Bases whose superscript is a label: W of W^1, and Z, W and b of Z^o = W^o A + b^o."""
    letters: set[str] = set()
    for said in definitions:
        for left in said.members[: max(1, len(said.members) - 1)]:
            if isinstance(left, Power) and isinstance(left.base, Name):
                yield left.base.base
                if isinstance(left.exponent, Name):
                    letters.add(left.exponent.base)
    for _ in range(2):
        yield from _stepped(trees, letters)


def _stepped(trees: list[Any], letters: set[str]) -> Iterator[str]:
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Name) and any(
                isinstance(a, Number) and a.value == 1 for a in node.above
            ):
                yield node.base
                yield node.base.partition("{")[2].rstrip("}") or node.base
            if isinstance(node, Power) and isinstance(node.base, Name):
                exponent = node.exponent
                if isinstance(exponent, Sum) and _steps(exponent):
                    letters.add(exponent.terms[0].base)
                if isinstance(exponent, Name) and exponent.base in letters:
                    yield node.base.base


def _steps(exponent: Sum) -> bool:
    """l + 1 or L - 1: one layer from another."""
    first, *rest = exponent.terms
    last = rest[-1].of if isinstance(rest[-1], Minus) else rest[-1]
    return (
        isinstance(first, Name)
        and first.base in ("l", "L", r"\ell")
        and (isinstance(last, Number) and last.value == 1)
    )


def _indices(trees: list[Any]) -> set[str]:
    """Letters that run: those of Σ, and those that one base has in more than one spelling."""
    out: set[str] = set()
    spellings: dict[tuple[str, int, int], set[str]] = {}
    summed: set[str] = set()
    counted: set[tuple[str, int, int]] = set()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Big):
                summed |= {i.base for i in node.indices}
            if not isinstance(node, Name):
                continue
            for items in (node.below, node.above):
                for position, item in enumerate(items):
                    if isinstance(item, Number):
                        counted.add((node.base, len(items), position))
                    for letter in walk(item):
                        if isinstance(letter, Name) and _runs(letter):
                            key = (node.base, len(items), position)
                            spellings.setdefault(key, set()).add(letter.base)
                            if item is not letter and not isinstance(item, Name):
                                out.add(letter.base)  # i + 1 runs
    bounds = {
        n.high.base
        for t in trees
        for n in walk(t)
        if isinstance(n, Big) and isinstance(n.high, Name) and not n.high.below
    }
    for place, letters in spellings.items():
        if letters & summed:
            out |= letters
        elif place in counted:
            out |= {n for n in letters if n in RUNNING or n in "tl"}
        elif len(letters) >= FEWEST_SPELLINGS:
            out |= {n for n in letters if n in RUNNING}
    out |= summed
    return (out - bounds) | {r"\dots"}


RUNNING = frozenset("ijklmnpqrsc")


def _runs(name: Name) -> bool:
    return len(name.base) == 1 and name.base.islower() and not name.below and not name.above


# -- definitions -------------------------------------------------------------------------------


def _define(world: World, said: Statement) -> None:
    r"""a = b = body defines a and b; \sum_j e^{f_j} = \Sigma defines \Sigma."""
    if set(said.signs) != {"="} or said.continues:
        _assume(world, said)
        return
    *lefts, body = said.members
    bare = isinstance(body, Derivative | Gradient) and body.of is None and body.by
    if isinstance(lefts[0], Derivative) and lefts[0].of is None and bare:
        for operator in lefts[0].by:
            world.operators[operator.base] = body.by if isinstance(body.by, tuple) else (body.by,)
        return
    if _is_plain(body, world) and not all(_is_plain(m, world) for m in lefts):
        lefts, body = [body], lefts[0]
    for left in lefts:
        if isinstance(left, Sum) and rearranged(world, left, body, said.text):
            continue
        if not define_one(world, left, body, said.text):
            _assume(world, said)
            return


def _is_plain(tree: Any, world: World) -> bool:
    """Whether this is a name that nothing defines yet."""
    return isinstance(tree, Name) and not world.defines(tree)


def define_one(world: World, left: Any, body: Any, text: str) -> bool:
    """Add left = body to the world, if left is something that can be defined."""
    if is_logarithm(left):
        (inner,) = left.arguments
        if define_target(inner) is None:
            return False
        world.define(Definition(inner, Call(Name(r"\exp"), (body,)), text, (left, body)))
        return True
    if isinstance(left, Name):
        if isinstance(body, Derivative | Gradient) and body.of is None and body.by:
            world.operators[left.base] = body.by if isinstance(body.by, tuple) else (body.by,)
            return True
        accent, _, rest = left.base.partition("{")
        if accent and rest and isinstance(body, Derivative) and len(body.by) == 1:
            by = body.by[0]
            if isinstance(by, Name) and by.base == rest[:-1] and not by.below and body.of:
                world.bars[accent] = body.of
                return True
        world.define(Definition(left, body, text))
        return True
    if isinstance(left, Gradient) and isinstance(left.of, Name) and left.by is None:
        world.define(Definition(Name(f"\\nabla {left.of.base}"), body, text))
        return True
    if isinstance(left, Call) and not left.order and all(map(_is_variable, left.arguments)):
        world.define(Definition(left, body, text))
        return True
    return False


def rearranged(world: World, left: Sum, body: Any, text: str) -> bool:
    """a - b = body, with a new, says that a is body + b."""
    first, *rest = left.terms
    if not isinstance(first, Call | Name) or define_target(first) is None:
        return False
    moved = [t.of if isinstance(t, Minus) else Minus(t) for t in rest]
    return define_one(world, first, Sum((body, *moved)), text)


def define_target(left: Any) -> Name | None:
    """The name that left = ... would define."""
    if isinstance(left, Call) and not left.order and all(map(_is_variable, left.arguments)):
        return left.function
    return left if isinstance(left, Name) else None


# -- assumptions -------------------------------------------------------------------------------


def _assume(world: World, said: Statement) -> None:
    members, signs = said.members, said.signs
    if len(members) == 2 and signs == ("=",):
        left, right = members
        if isinstance(left, Name) and isinstance(right, Name):
            _alias(world, left, right)
            return
        known = world.definitions.get(getattr(left, "base", ""), ())
        plain_left = isinstance(left, Name) and not any(d.name == left for d in known)
        plain_left = plain_left and left not in set(walk(right))
        if plain_left and left.base not in world.vocabulary.indices:
            world.define(Definition(left, right, said.text))
            return
    world.assumed += [*_relations(said), *said.conditions]


def _alias(world: World, left: Name, right: Name) -> None:
    """Two names for one thing: the one that is defined is the one that is looked up."""
    indices = world.vocabulary.indices
    if left.base == right.base and sorted(map(str, left.below)) == sorted(map(str, right.below)):
        world.symmetric.add(left.base)  # K_{ij} = K_{ji}
        return
    if left.base in indices and right.below and not left.below:
        world.assumed.append(Relation(left, "=", right))
    elif world.defines(left) and not world.defines(right):
        world.aliases.append((right, left))
    else:
        world.aliases.append((left, right))
