r"""What is random in a document: the letters, and the laws that they have.

The letter of \mathbb{E}_x is random, and of x \sim p. Where an expectation names none, x, y, z and
their capitals are, and \xi and \epsilon; a letter that is differentiated in is not, nor one that
stands outside of expectations as well. What nobody can know (is the a of \mathbb{E}[a x] random?)
is `open`, and a line is accused only if every choice accuses it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from symgd.judge.environment.dependence import names_in, rests, variables_of
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Expectation,
    Gradient,
    Integral,
    Listed,
    Name,
    Number,
    Relation,
    argument_value,
    bound_by,
    children,
    walk,
)

if TYPE_CHECKING:
    from symgd.judge.environment.environment import Definition, Environment

USUAL = frozenset("xyzXYZUVW") | {r"\xi", r"\epsilon", r"\omega", r"\zeta"}
FIXED = frozenset("abcdkmnwCNRTeI") | {
    r"\pi", r"\infty", r"\mu", r"\sigma", r"\eta", r"\gamma", r"\nu", r"\kappa", r"\delta",
}  # fmt: skip
PARAMETERS = frozenset({r"\theta", r"\phi", r"\psi", r"\lambda", r"\alpha", r"\beta", "w", "W"})
# Parameters that are written as a subscript: f_θ.
SUBSCRIPTS = frozenset({r"\theta", r"\phi", r"\psi"})
# The law of letters of which no law is written.
JOINT = r"\Pr"
# The parameter of densities that a bare ∇ is taken in.
HIDDEN = Name(r"\vartheta")
MEAN = ("E", "Var", "Cov")

Letters = tuple[str, ...]
# What a density is: its letter, and the words that tell it from others of that letter.
Density = tuple[str, tuple[str, ...]]


@dataclass
class Chance:
    """What a document says of chance.

    random     letters that are random where an expectation does not say which are
    open       letters of which this is not known
    together   letter → those that stand in one expectation with it
    laws       letter → the law that is written beside it, if one is
    densities  density → the letters in its brackets; `bare`: those it has without parameters
    split      density → (letters, given) of the calls of it, in the order of writing
    moved      what is differentiated in, of the letters that are written as parameters
    bound      letters over which something is averaged or integrated
    parents    density → letter → those that stand behind a bar where it stands before it
    functions  letter of a density → how it is written where brackets follow
    parameters letters in brackets of densities that are not random
    hidden     whether a bare ∇ stands before a density of letters that are averaged over
    has_means  whether any expectation stands in the document
    """

    random: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    together: dict[str, Letters] = field(default_factory=dict)
    laws: dict[str, Any] = field(default_factory=dict)
    densities: dict[Density, set[str]] = field(default_factory=dict)
    bare: dict[Density, set[str]] = field(default_factory=dict)
    split: dict[Density, list[tuple[tuple[Name, ...], tuple[Name, ...]]]] = field(
        default_factory=dict
    )
    bound: frozenset[str] = frozenset()
    parents: dict[Density, dict[str, Letters]] = field(default_factory=dict)
    functions: dict[str, set[Name]] = field(default_factory=dict)
    parameters: frozenset[str] = frozenset()
    moved: frozenset[str] = frozenset()
    has_means: bool = False
    hidden: bool = False


def chance_of(env: Environment) -> Chance:
    """What the document of an environment says of chance, as it is now."""
    age = (sum(map(len, env.definitions.values())), id(env.document), env.flipped)
    if env.chances is None or env.chances[0] != age:
        env.chances = (age, Chance())  # while it is worked out
        env.chances = (age, _chance(env))
    found: Chance = env.chances[1]
    return found


def _chance(env: Environment) -> Chance:
    bodies = [d.body for d in env.all_definitions]
    lefts = [d.left for d in env.all_definitions]
    trees = [*env.document.trees, *bodies, *lefts]
    out = Chance()
    bound: set[str] = set()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Expectation):
                out.has_means = True
                for names, law in parts_of(node):
                    bound |= {n.base for n in names}
                    for n in names:
                        if law is not None:
                            out.laws.setdefault(n.base, law)
            elif isinstance(node, Integral):
                bound.add(node.by.base)
    for relation in env.document.laws:
        left = relation.left
        for name in left.of if isinstance(left, Listed) else (left,):
            if isinstance(name, Name):
                out.laws.setdefault(name.base, relation.right)
                bound.add(name.base)
    moved = {
        v.base for t in trees for n in walk(t) if isinstance(n, Derivative | Gradient)
        for v in variables_of(n) if isinstance(v, Name)
    }  # fmt: skip
    out.moved = frozenset(moved & SUBSCRIPTS)
    out.bound = frozenset(bound)
    _densities(env, trees, out, bound, moved)
    if out.has_means:
        _random(env, trees, out, bound, moved)
    out.hidden = any(
        isinstance(n, Gradient) and n.by is None and is_of_density(env, out, n.of)
        for t in trees for n in walk(t)
    )  # fmt: skip
    return out


def is_of_density(env: Environment, chance: Chance, of: Any) -> bool:
    """Whether a bare ∇ of this is one in a parameter: of log π(a), where a is averaged over."""
    averaged = chance.bound | chance.random
    return of is not None and any(
        (isinstance(n, Call) and is_density(env, n)
         and averaged & {a.base for a in n.arguments if isinstance(a, Name)})
        or (isinstance(n, Expectation)
            and any(m.base in env.vocabulary.densities for o in n.over for m in names_in(o)))
        for n in walk(of)
    )  # fmt: skip


def own_law(chance: Chance, letter: str) -> Any:
    """The law of a letter that an expectation does not name; None where it has one with others."""
    law = chance.laws.get(letter)
    alone = chance.together.get(letter, ()) in ((), (letter,))
    behind = set(map(letter_of, law.arguments)) if isinstance(law, Call) else set()
    return law if alone and not behind & chance.random - {letter} else None


def parts_of(node: Expectation) -> Iterator[tuple[tuple[Name, ...], Any]]:
    """(letters, law) of what stands under an expectation; the law is None where none is named."""
    for item in node.over:
        if isinstance(item, Relation):
            yield tuple(n for n in item.left.of if isinstance(n, Name)), item.right
        elif isinstance(item, Name):
            yield (item,), None
        elif isinstance(item, Listed):
            yield tuple(n for n in item.of if isinstance(n, Name)), None


def moves_by_law(env: Environment, of: Any, by: Any) -> bool:
    """Whether a letter that is averaged over has a law with the parameter `by`."""
    laws = chance_of(env).laws
    letters = {
        n.base for node in walk(of) if isinstance(node, Expectation)
        for t in (*node.of, *node.over) for n in names_in(t)
    }  # fmt: skip
    return any(by in set(walk(law)) for b, law in laws.items() if b in letters)


# -- densities -------------------------------------------------------------------------------------


def is_density(env: Environment, call: Call) -> bool:
    """Whether this is a density of which no formula is known: p(x) is another one than p(z)."""
    if call.function.base not in env.vocabulary.densities:
        return False
    return formula_of(env, call) is None


def formula_of(env: Environment, call: Call) -> Any:
    """The definition of a density, by its letter and by those in its brackets."""
    return next((d for d in env.functions_of(call.function) if is_of(env, d, call)), None)


def is_of(env: Environment, d: Definition, call: Call) -> bool:
    r"""Whether a definition says what a density is here: that of p(x | z) not what p(z) is.

    P(Y = 1) is not P(Y = 0), nor P(X = 1); the j of p(j | x) is the k of p(k | x) = y_k.
    """
    if d.left.given != call.given or len(d.variables) != len(call.arguments):
        return False
    outcomes, indices = env.vocabulary.outcomes, env.vocabulary.indices
    below = {i for n in walk(d.body) if isinstance(n, Name) for i in (*n.below, *n.above)}
    alike = all(isinstance(a, Name) and a.base in outcomes for a in call.arguments)
    for known, asked in zip(d.left.arguments, call.arguments, strict=True):
        if not is_about(known, asked):
            return False
        mine, other = argument_value(known), argument_value(asked)
        if isinstance(mine, Number) and mine != other:
            return False
        runs = mine in below and isinstance(other, Name) and other.base in indices
        if alike and not runs and getattr(mine, "base", mine) != getattr(other, "base", other):
            return False
        if together_of(mine) != together_of(other):
            return False
    return True


def is_about(known: Any, asked: Any) -> bool:
    """Whether an argument may stand for a variable: y = 1 for y, and for y = 1, not for x."""
    if not isinstance(asked, Relation):
        return True
    name = known.left if isinstance(known, Relation) else known
    return not isinstance(name, Name) or name == asked.left


def together_of(argument: Any) -> set[str]:
    r"""The 1:d of \sigma_{1:d}, which is another argument than σ."""
    below = argument.below if isinstance(argument, Name) else ()
    return {i.base for i in below if isinstance(i, Name) and ":" in i.base}


def is_another(mine: Any, other: Any) -> bool:
    """Whether P(Y = 1) and P(Y = 0), f(0) and f(1), f(x) and f(x, y) are stated apart."""
    if not isinstance(mine, Call) or not isinstance(other, Call):
        return False
    if (len(mine.arguments), mine.given) != (len(other.arguments), other.given):
        return True
    for a, b in zip(mine.arguments, other.arguments, strict=True):
        if not (is_about(a, b) and is_about(b, a)):
            return True
        x, y = argument_value(a), argument_value(b)
        if isinstance(x, Number) and isinstance(y, Number) and x != y:
            return True
        if mine.given and together_of(x) != together_of(y):
            return True  # L(w_{1:n}) may be L(w), stated anew
    return False


def mentions(tree: Any, base: str) -> bool:
    """Whether a density stands in a formula: p(x) = ∫ p(x, z) dz is a claim about p."""
    return any(isinstance(n, Call) and n.function.base == base for n in walk(tree)) or any(
        isinstance(n, Name) and n.base == base
        for e in walk(tree) if isinstance(e, Expectation) for o in e.over for n in walk(o)
    )  # fmt: skip


def says_of(left: Any, base: str, rest: list[Any], known: list[Any]) -> bool:
    """Whether p(x) = ∫ p(x, z) dz says something of p, rather than what it is.

    Where all that it mentions is `known` and another, as in P(Y = 0) = 1 - P(Y = 1), it is that.
    """
    if not any(mentions(m, base) for m in rest):
        return False
    nodes = [n for m in rest for n in walk(m)]
    calls = [n for n in nodes if isinstance(n, Call) and n.function.base == base]
    means = any(isinstance(n, Expectation) for n in nodes)
    return means or not all(c in known and is_another(c, left) for c in calls)


def density_of(function: Name) -> Density:
    """The letter and its words: p_{data} is none of the p_θ."""
    items = (*function.below, *function.above)
    return function.base, tuple(w for i in items if (w := _word(i)))


def parameters_in(function: Name) -> tuple[Name, ...]:
    """The θ of p_θ."""
    items = (*function.below, *function.above)
    return tuple(i for i in items if isinstance(i, Name) and not _word(i))


def _word(item: Any) -> str:
    if not isinstance(item, Name):
        return repr(item)
    letter = len(item.base) == 1 or item.base.startswith("\\")
    return "" if letter and not item.base.isupper() and item.base != "*" else item.base


def _densities(
    env: Environment, trees: list[Any], out: Chance, bound: set[str], moved: set[str]
) -> None:
    calls = [n for t in trees for n in walk(t) if isinstance(n, Call) and is_density(env, n)]
    fronts = {
        a.base for c in calls for a in c.arguments[: len(c.arguments) - c.given]
        if isinstance(a, Name) and c.given
    }  # fmt: skip
    free = {
        a.base for c in calls for a in c.arguments if isinstance(a, Name)
        and a.base not in bound | fronts and (a.base in PARAMETERS or a.base in moved)
    }  # fmt: skip
    alone = {c.arguments[0].base for c in calls if len(c.arguments) == 1
             and isinstance(c.arguments[0], Name)}  # fmt: skip
    out.parameters = frozenset(free - alone)
    for c in calls:
        density = density_of(c.function)
        out.functions.setdefault(c.function.base, set()).add(c.function)
        letters = [letter for a in c.arguments if (letter := letter_of(a)) is not None]
        mine = set(letters) - out.parameters - {r"\cdot"}
        out.densities.setdefault(density, set()).update(mine)
        plain = not parameters_in(c.function) and not set(letters) & out.parameters
        out.bare.setdefault(density, set()).update(mine if plain else set())
        names = [a for a in c.arguments if isinstance(a, Name) and a.base not in out.parameters]
        behind = c.arguments[len(c.arguments) - c.given :] if c.given else ()
        given = sum(isinstance(a, Name) and a.base not in out.parameters for a in behind)
        front = tuple(names[: len(names) - given])
        pair = (front, tuple(names[len(names) - given :]))
        _hang(out, density, [n.base for n in pair[0]], [n.base for n in pair[1]])
        if pair not in (known := out.split.setdefault(density, [])):
            known.append(pair)
    _only_laws(calls, out)


def _hang(out: Chance, density: Density, front: list[str], given: list[str]) -> None:
    """x hangs on z where p(x | z) is written, unless z is known to hang on x."""
    table = out.parents.setdefault(density, {})
    for letter in front:
        free = tuple(g for g in given if letter not in _above(table, g) and g != letter)
        if free and letter not in table:
            table[letter] = free


def _above(table: dict[str, Letters], letter: str) -> set[str]:
    """What a letter hangs on, and itself."""
    found, pending = {letter}, [letter]
    while pending:
        for parent in table.get(pending.pop(), ()):
            if parent not in found:
                found.add(parent)
                pending.append(parent)
    return found


def _only_laws(calls: list[Call], out: Chance) -> None:
    """x has the law p_θ where no other density of x alone is written."""
    found: dict[str, set[Any]] = {}
    for c in calls:
        front = [
            a for a in c.arguments[: len(c.arguments) - c.given]
            if letter_of(a) not in out.parameters
        ]  # fmt: skip
        if len(front) == 1 and isinstance(front[0], Name) and not front[0].below:
            found.setdefault(front[0].base, set()).add(c)
    for letter, laws in found.items():
        if len(laws) == 1:
            out.laws.setdefault(letter, next(iter(laws)))


def letter_of(argument: Any) -> str | None:
    """The letter whose value an argument of a density is: x of x, and of x = 1."""
    if isinstance(argument, Relation) and argument.sign == "=":
        argument = argument.left
    return argument.base if isinstance(argument, Name) else None


# -- letters of expectations that do not say which are random --------------------------------------


def _random(
    env: Environment, trees: list[Any], out: Chance, bound: set[str], moved: set[str]
) -> None:
    inside: set[str] = set()
    outside: set[str] = set()
    groups: list[set[str]] = []
    conditional: list[tuple[set[str], set[str]]] = []
    constant: set[str] = set()
    variables = {n.base for n in env.variables}
    averaged: list[tuple[set[str], frozenset[str]]] = []
    for tree in trees:
        _sides(tree, inside, outside, constant, averaged)
    skipped = {*env.vocabulary.indices, *env.ranges.bounds, *FIXED} - bound
    for tree in trees:
        for node in walk(tree):
            if not isinstance(node, Expectation) or node.kind not in MEAN:
                continue
            if node.over:
                bare = {n.base for names, law in parts_of(node) if law is None for n in names}
                groups.append(bare - env.vocabulary.densities)
                continue
            below = set(rests(env, [*node.of, *node.given])[1])
            below |= {n.base for t in (*node.of, *node.given) for n in names_in(t)}
            groups.append(below)
            if node.given:
                inside_of = {n.base for t in node.of for n in names_in(t)}
                behind = {n.base for t in node.given for n in names_in(t)}
                conditional.append((inside_of - behind, behind))
    every = set().union(*groups) if groups else set()
    called = {n.function.base for t in trees for n in walk(t) if isinstance(n, Call)}
    every -= called | {b for b in every if env.definitions.get(b)}
    usual = {b for b in every if plain(b) in USUAL} | (bound & every)
    fixed = constant & (moved - bound)
    for letters, by in averaged:
        if letters & usual <= fixed and not letters & by:
            fixed -= letters  # nothing else is random there
    usual -= fixed
    doubtful = (inside & every) - usual - skipped - constant - PARAMETERS
    chosen = {b for b in doubtful if b not in outside | variables}
    chosen ^= env.flipped & doubtful
    for letters, by in averaged:  # an estimate, where nothing else is random
        free = (letters & every) - by - skipped
        if not free & (usual | chosen):
            chosen |= {b for b in free if b.startswith(r"\hat{")}
    out.random = frozenset(usual | chosen)
    out.open = frozenset(doubtful)
    for group in groups:
        group &= out.random
    for front, given in conditional:
        _hang(out, (JOINT, ()), sorted(front & out.random), sorted(given & out.random))
    out.together = _components([g for g in groups if g])


def _sides(
    tree: Any, inside: set[str], outside: set[str], constant: set[str],
    averaged: list[tuple[set[str], frozenset[str]]], by: frozenset[str] = frozenset(),
) -> None:  # fmt: skip
    """The letters inside of expectations, outside of them, and those an expectation moves with.

    `averaged` are the letters of each, and those in which it is differentiated.
    """
    if isinstance(tree, Expectation):
        letters = {n.base for t in (*tree.of, *tree.given) for n in names_in(t)}
        inside |= letters
        averaged.append((letters, by))
        return
    if isinstance(tree, Derivative | Gradient):
        moved = {v.base for v in variables_of(tree) if isinstance(v, Name)}
        constant |= moved
        by |= moved
    if isinstance(tree, Name):
        outside.add(tree.base)
    for child in children(tree):
        _sides(child, inside, outside, constant, averaged, by)


def open_names(tree: Any) -> Iterator[Name]:
    """The names of a tree but for those that an expectation inside it averages over."""
    if isinstance(tree, Expectation) and tree.kind in MEAN and not tree.over:
        yield from (n for g in tree.given for n in names_in(g))
    elif isinstance(tree, Name | Call):
        yield from names_in(tree)
    else:
        letters = bound_by(tree) or frozenset()
        yield from (n for c in children(tree) for n in open_names(c) if n.base not in letters)


def plain(base: str) -> str:
    r"""x of \hat{x}, and of x'."""
    inner = base.partition("{")[2].rstrip("}") if base.startswith("\\") else ""
    return (inner or base).rstrip("'")


def _components(groups: list[set[str]]) -> dict[str, Letters]:
    """Letter → all letters that some expectation has beside it, directly or through others."""
    found: list[set[str]] = []
    for group in groups:
        merged = set(group)
        for other in [o for o in found if o & merged]:
            merged |= other
            found.remove(other)
        found.append(merged)
    return {letter: tuple(sorted(group)) for group in found for letter in group}
