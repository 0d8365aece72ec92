"""Everything that a document says, as the judge holds it: declared, assumed, and how large."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from symgd.errors import FormulaError
from symgd.judge.environment.covering import Covering
from symgd.judge.environment.dependence import CONSTANT, behind, differentiated_in, valued
from symgd.judge.environment.ranges import Key, Ranges
from symgd.judge.environment.repeated import with_sums
from symgd.judge.work import Meter
from symgd.language.latex.grammar import Habits
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import Statement, statement
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Name,
    Number,
    exchange,
    names_below,
    walk,
)
from symgd.language.latex.vocabulary import CONVENTIONS, Vocabulary
from symgd.language.sentences import Sentence

IDENTITY_NAMES = frozenset({"I"})

ONES = r"\mathbb{1}"


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
        return self.left.values if isinstance(self.left, Call) else ()


@dataclass(frozen=True)
class Document:
    """What is written anywhere in a document, before any of it is judged.

    trees           every member and every condition
    equations       the members of each chain of equations
    bare            letters that stand somewhere without a subscript
    labels          what is summed against a logarithm: the t of Σ_c t_c log y_c
    differentiated  what stands on top of a derivative
    moving          the names without a definition whose differentials are written: the x of dx
    laws            x ~ p, as relations
    """

    trees: tuple[Any, ...] = ()
    equations: tuple[tuple[Any, ...], ...] = ()
    bare: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    differentiated: frozenset[str] = frozenset()
    moving: tuple[Name, ...] = ()
    laws: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Assumptions:
    """What is assumed of the numbers.

    bounds     base → where it lies
    totals     base → what its numbers sum to
    symmetric  bases whose two indices, or arguments, may be exchanged
    filters    relations that leave points out
    orthogonal bases of matrices whose columns, or rows, have length 1 and are at right angles
    """

    bounds: dict[str, Any] = field(default_factory=dict)
    totals: dict[str, Fraction] = field(default_factory=dict)
    symmetric: frozenset[str] = frozenset()
    filters: tuple[Any, ...] = ()
    orthogonal: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shaping:
    """One reading of what is a number, a column, a row and a matrix.

    names         family → rows and columns, where these are not 1 and 1; functions likewise
    sizes         class of indices and bounds → how many
    declared      family → the sizes that the document gives
    arrays        whether anything is an array; if not, all is read in numbers
    multiples     whether a number beside a matrix is a multiple of I
    fitting       the part of the equations that fit in these shapes
    alternatives  other readings, in which as many fit
    """

    names: dict[Any, tuple[int, int]] = field(default_factory=dict)
    functions: dict[Any, tuple[int, int]] = field(default_factory=dict)
    sizes: dict[Key, int] = field(default_factory=dict)
    declared: dict[Any, tuple[Any, ...]] = field(default_factory=dict)
    arrays: bool = False
    multiples: bool = False
    fitting: float = 0.0
    alternatives: tuple[Shaping, ...] = ()

    def in_numbers(self) -> Shaping:
        """The reading in which every letter is a number."""
        return replace(self, names={}, functions={}, arrays=False)


@dataclass
class Environment:
    """Everything declared so far; lines may add to it as they are judged.

    definitions  base → its definitions
    aliases      pairs of names for one thing
    bars         accent → what it is the derivative of
    operators    letter → what it differentiates in
    assumed      relations, as they are written
    leaves       names that definitions are made of
    unread       declaration → why it is not understood; `poisoned` are the bases that it declares
    doubtful     bases that a row may define which is not understood: what rests on them may be
                 right, and is not accused
    garbled      those of them that no other row defines: they may move with anything
    stale        those of which the newest definition is not understood, and an older one is
    named        bases that the text calls something in words, apart from their formula
    loose        base → indices that its definitions leave to where it is used, as far as asked for
    repeated     whether an index that stands twice in a product runs over all values
    rewriting    what every member of a line is changed into in a reading: y_i for the y of a sum
    paired       whether K_ij and K_ji of a symmetric K are one variable
    layout       "numerator" once a line has shown that derivatives are laid out in rows
    wide         whether a letter of a definition that is differentiated, such as the \\hat{y} of
                 \\partial\\hat{y}/\\partial w, is read as an unknown function and not as a constant
    near         the cases that the text above the line speaks of: k = j, z > 0
    distant      bases that are defined only far below the line
    ahead        definitions below the line → the bases that they state
    base         to which \\log is, where that is not e
    meter        how much may still be done for the line that is judged
    stretch      what every unknown function is multiplied by
    moments      random letter → what its mean and its variance are assumed to be
    chances      what is random, as it was worked out last
    flipped      letters that are taken to be random, or not to be, against what is likely
    independent  whether random letters are taken to be independent
    unnormalised whether densities are taken not to add up to 1
    hesitations  why the values of this line cannot accuse it
    rounded      whether an integral or a limit was worked out for this line
    components   letters and the parts of them that something is differentiated in, once asked for
    called       undeclared letters before a bracket in definitions: the N of N(d_1), a function
    indexed      base → its definitions by their scripts, as far as asked for
    laplacian    whether ∇² is the sum of the second derivatives, and not their matrix
    lengths      whether the bars of |v| are the length of a vector, and not taken entry by entry
    """

    vocabulary: Vocabulary
    habits: Habits = field(default_factory=Habits)
    definitions: dict[str, list[Definition]] = field(default_factory=dict)
    aliases: list[tuple[Name, Name]] = field(default_factory=list)
    bars: dict[str, Any] = field(default_factory=dict)
    operators: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    assumed: list[Any] = field(default_factory=list)
    ranges: Ranges = field(default_factory=Ranges)
    leaves: set[Name] = field(default_factory=set)
    notes: list[Sentence] = field(default_factory=list)
    unread: dict[str, FormulaError] = field(default_factory=dict)
    poisoned: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    garbled: set[str] = field(default_factory=set)
    stale: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)
    loose: dict[str, frozenset[str]] = field(default_factory=dict)
    repeated: bool = False
    rewriting: Callable[[Any], Any] | None = None
    paired: bool = False
    layout: str | None = None
    document: Document = field(default_factory=Document)
    assumptions: Assumptions = field(default_factory=Assumptions)
    shapes: Shaping = field(default_factory=Shaping)
    wide: bool = False
    stretch: int = 1
    near: tuple[Any, ...] = ()
    distant: frozenset[str] = frozenset()
    ahead: Mapping[str, frozenset[str]] = field(default_factory=dict)
    base: int | None = None
    moments: dict[Name, dict[str, Any]] = field(default_factory=dict)
    chances: Any = None
    flipped: frozenset[str] = frozenset()
    independent: bool = False
    unnormalised: bool = False
    hesitations: set[Sentence] = field(default_factory=set)
    rounded: bool = False
    components: dict[str, Name] | None = None
    laplacian: bool = False
    lengths: bool = False
    called: set[str] = field(default_factory=set)
    meter: Meter = field(default_factory=Meter)
    unknowns: dict[bool, dict[str, list[Name]]] = field(default_factory=dict)
    indexed: dict[str, Covering] = field(default_factory=dict)

    @property
    def is_declared(self) -> bool:
        """Whether it is said of every array how large it is, so that nothing is left to guess."""
        return bool(self.shapes.declared) and self.shapes.fitting == 1.0

    def define(self, definition: Definition) -> None:
        self.definitions.setdefault(definition.name.base, []).append(definition)
        self.loose = {}
        self.unknowns = {}
        self.leaves |= set(free_names(definition))

    def defines(self, name: Name) -> bool:
        """Whether some definition is of names of this base and these many scripts."""
        return bool(self.covering(name))

    def covering(self, name: Name) -> list[Definition]:
        """The definitions that say what a name is, in their order."""
        index = self.index_of(name.base)
        return index.of(name) if index is not None else []

    def index_of(self, base: str) -> Covering | None:
        """The definitions of a base by their scripts; made anew unless some were added alone."""
        given = self.definitions.get(base)
        if not given:
            return None
        known = self.indexed.get(base)
        if known is None or not known.goes_on(given, self.vocabulary.indices):
            known = Covering(given, self.vocabulary.indices, self.is_label)
            self.indexed[base] = known
        known.add_new()
        return known

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

    def is_identity(self, base: str, below: Any, spaces: Mapping[Any, Any] | None = None) -> bool:
        """Whether a letter is the identity: I, or I_n where n is a size of some array.

        spaces   family → the sizes that the document gives
        """
        if base not in IDENTITY_NAMES or self.declared(base):
            return False
        if not below:
            return True
        sizes = self.size_letters(self.shapes.declared if spaces is None else spaces)
        return len(below) == 1 and getattr(below[0], "base", below[0]) in sizes

    def size_letters(self, spaces: Mapping[Any, Any]) -> set[str]:
        """The letters that the sizes of arrays are given in."""
        return {n.base for s in spaces.values() for d in s for n in walk(d) if isinstance(n, Name)}

    def whole_of(self, base: str, below: Any) -> str:
        """The array that y_{ic} is an entry of: y, or Y where only that is written whole."""
        large = base.upper()
        if (
            len(base) == 1
            and base.islower()
            and below
            and not self.definitions.get(base)
            and large in self.document.bare
            and large not in self.ranges.bounds
            and base not in self.document.bare
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
        names = self.shapes.names
        return next((names[k] for k in (own, family, mixed, other) if k in names), (1, 1))

    @property
    def shaped(self) -> set[str]:
        """The bases of what has a declared shape."""
        return {key[0] for key in self.shapes.declared}

    def family(self, name: Name) -> Any:
        """The key of a name with every index that runs as #: y_i and y_j are one family."""

        def mark(item: Any) -> str:
            if isinstance(item, Number):
                return str(item.value)
            if isinstance(item, Name):
                runs = item.base in self.vocabulary.indices or item.base in self.ranges.tops
                running = runs or bool(item.below)
                return "#" if running else item.base
            letters = {n.base for n in walk(item) if isinstance(n, Name)}
            return "#" if letters & self.vocabulary.indices else to_latex(item)

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
    def abstract(self) -> dict[str, list[Name]]:
        """What is differentiated and has no definition → what it is an unknown function of."""
        if self.wide not in self.unknowns:
            self.unknowns[self.wide] = {}  # while it is worked out
            self.unknowns[self.wide] = self._abstract()
        return self.unknowns[self.wide]

    def _abstract(self) -> dict[str, list[Name]]:
        bodies = [d.body for d in self.all_definitions]
        needed = CONSTANT | {b for t in bodies for b in (() if self.wide else valued(t))}
        found = {
            base: names
            for base, names in differentiated_in([*self.document.trees, *bodies]).items()
            if base not in self.definitions and base not in needed
            and any(n.base != base for n in names)
        }  # fmt: skip
        sinks = self.sink_names(frozenset(found))
        defined = behind(self, sinks)
        return {base: [*sinks, *_nearest(self, base, found, defined)] for base in found}

    @property
    def components_moved(self) -> dict[str, Name]:
        """θ → the θ_j that something is differentiated in, where no whole θ is."""
        if self.components is None:
            moved = {
                n for names in differentiated_in(self.document.trees).values() for n in names
            } | {
                v for t in self.document.trees for n in walk(t) if isinstance(n, Derivative)
                for v in n.by if isinstance(v, Name)
            }  # fmt: skip
            whole = {n.base for n in moved if not n.below}
            self.components = {
                n.base: n for n in sorted(moved, key=str)
                if len(n.below) == 1 and isinstance(n.below[0], Name) and n.base not in whole
            }  # fmt: skip
        return self.components

    @property
    def variables(self) -> set[Name]:
        """The names in the brackets of what is declared."""
        return {
            n for d in self.all_definitions for v in d.variables for n in names_below(v)
        }  # fmt: skip

    @property
    def all_definitions(self) -> list[Definition]:
        return [d for ds in self.definitions.values() for d in ds]

    def uses(self, name: Name) -> bool:
        """Whether some definition is made of names of this family."""
        return any(n.base == name.base and self.covers(n, name) for n in self.leaves)

    def sink_names(self, unknown: frozenset[str] = frozenset()) -> list[Name]:
        """The names that are defined and that no definition uses.

        What rests on an `unknown` is no sink of which the unknown could be a function.
        """
        every = self.all_definitions
        if unknown:
            every = [d for d in every if not behind(self, [d.body]) & unknown]
        used = [(d, set(valued(d.body) if unknown else _bases(d.body))) for d in every]
        out = []
        for d, own in used:
            if not isinstance(d.left, Name) or d.name.base in own:
                continue
            if not any(d.name.base in theirs for o, theirs in used if o is not d):
                out.append(d.left)
        return out

    def leaves_below(self, names: Iterable[Name]) -> set[Name]:
        """The names without a definition that these are made of, themselves included."""
        seen: set[Name] = set()
        leaves: set[Name] = set()
        pending = list(names)
        while pending:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            found = self.covering(name)
            if not found:
                leaves.add(name)
            for d in found:
                pending.extend(names_below(d.body))
        return leaves

    def only_variable(self, tree: Any) -> Name | None:
        """The one leaf that a name or an expression is made of, through its definitions."""
        seen: set[Name] = set()
        leaves: set[Name] = set()
        if isinstance(tree, Name) and tree.base not in self.definitions:
            return None  # a letter of its own: x' of (x - \mu)/\\sigma
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

    def note(self, text: Sentence) -> None:
        """Something that the reader of the report should know, once."""
        if text not in self.notes:
            self.notes.append(text)

    def read(self, text: str) -> Statement:
        said = statement(text, self.vocabulary, self.habits)
        if self.repeated:
            said = with_sums(said, self.vocabulary.indices)
        if self.rewriting is not None:
            said = replace(said, members=tuple(map(self.rewriting, said.members)))
        table = {n: own for m in said.members for n in walk(m) if (own := self.applied(n))}
        if not table:
            return said
        return replace(said, members=tuple(exchange(m, table) for m in said.members))

    def applied(self, node: Any) -> Any:
        r"""dσ(z)/dz for the dσ/dz of a function of another letter, or of none: else None."""
        if not (isinstance(node, Derivative) and isinstance(node.of, Name)):
            return None
        of, by = node.of, node.by[0]
        if of.below or of.above or set(node.by) != {by} or not isinstance(by, Name):
            return None
        found = self.functions_of(of)
        if found:
            (first, *others) = found
            own = first.variables
            letters = {n.base for n in names_below(first.body)}
            if others or len(own) != 1 or not isinstance(own[0], Name) or by.base == own[0].base:
                return None
            if by.base in letters or own[0].base in self.definitions:
                return None
        elif of.base not in CONVENTIONS or self.definitions.get(of.base) or (
            of.base in self.vocabulary.names or of == by
        ):  # fmt: skip
            return None
        return replace(node, of=Call(of, (by,), at=of.at))


def free_names(definition: Definition) -> Iterator[Name]:
    """The names that the body mentions, variables and bound indices left out."""
    bound = {v.base for v in definition.variables if isinstance(v, Name)}
    yield from (n for n in names_below(definition.body) if n.base not in bound)


def _bases(tree: Any) -> Iterator[str]:
    yield from (n.base for n in names_below(tree))


def _nearest(
    env: Environment, base: str, found: dict[str, list[Name]], defined: set[str]
) -> Iterator[Name]:
    """What an unknown is differentiated in, without what it reaches through another of these."""
    names = [n for n in found[base] if n.base != base and n.base not in defined]
    through = {n.base for m in names if m.base in found for n in found[m.base]}
    through |= {b for m in names if m.base in env.definitions for b in behind(env, [m]) - {m.base}}
    yield from (n for n in names if n.base not in through)
