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

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symgd.errors import FormulaError
from symgd.judge.environment.chance import says_of
from symgd.judge.environment.conventions import settle_together
from symgd.judge.environment.dependence import bases_in, behind, unrelated
from symgd.judge.environment.environment import (
    Assumptions,
    Definition,
    Document,
    Environment,
    Shaping,
)
from symgd.judge.environment.lexicon import is_logarithm, is_variable, readable, vocabulary_of
from symgd.judge.environment.ranges import Key, ranges
from symgd.judge.environment.shapes import PATIENCE, declared_shapes, shrink, solve, tall
from symgd.judge.values.points import bounds_of, number_of, summed_to, vanishes
from symgd.judge.work import Meter
from symgd.language.latex.calls import CALLED
from symgd.language.latex.grammar import USUAL, Habits, Parser
from symgd.language.latex.names import is_built_in
from symgd.language.latex.statements import Statement, statement, within_depth
from symgd.language.latex.syntax import (
    HALF,
    TWO,
    Big,
    Both,
    Call,
    Cases,
    Derivative,
    Differential,
    Expectation,
    Fixed,
    Gradient,
    Minus,
    Name,
    Number,
    Power,
    Product,
    Quotient,
    Relation,
    Sum,
    Transposed,
    changed,
    names_below,
    walk,
)
from symgd.language.latex.tokens import plain
from symgd.language.latex.vocabulary import Vocabulary


def declare(
    definitions: Iterable[str],
    assume: Iterable[str] = (),
    lines: Iterable[str] = (),
    habits: Habits = USUAL,
    whole: Vocabulary | None = None,
    patience: float = PATIENCE,
    meter: Meter | None = None,
    arrays: bool = False,
) -> Environment:
    """The environment of a derivation, before its first line, in a `whole` document.

    `patience`: how many steps the search for shapes may take, counted by `meter`; `arrays`: whether
    the document is about arrays, though these lines may not show it.

    Raises FormulaError for a definition or an assumption that is not understood.
    """
    definitions, assume, lines = list(definitions), list(assume), list(lines)
    vocabulary = vocabulary_of(definitions, assume, lines, whole)
    env = Environment(vocabulary, habits, meter=meter or Meter())
    trees: list[Any] = []
    equations: list[tuple[Any, ...]] = []
    for text in definitions:
        try:
            said = statement(text, vocabulary, habits)
        except FormulaError as error:
            env.unread[text] = error
            env.poisoned |= set(left_bases(text, vocabulary))
            continue
        trees += [*said.members, *said.conditions]
        env.called |= called_in(said)
        define(env, said)
    for text in assume:
        try:
            said = statement(text, vocabulary, habits)
        except FormulaError as error:
            env.unread[text] = error
            continue
        trees += [*said.members, *said.conditions, *relations(said)]
        suppose(env, said)
        for r in relations(said):
            if (base := orthogonality(r)) is not None:  # its transpose has its shape
                equations.append((Name(base), Transposed(Name(base))))
    last: Any = None
    for said in readable(lines, vocabulary, habits):
        trees += [*said.members, *said.conditions]
        members = [last, *said.members] if said.continues and last is not None else said.members
        if set(said.signs) <= {"=", "=>"} and len(members) > 1:
            equations.append(tuple(members))
        last = said.members[-1]
    standardise(env)
    shrink(env, trees)
    env.document = Document(
        tuple(trees),
        tuple(equations),
        frozenset(n.base for t in trees for n in names_below(t) if not n.below),
        frozenset(n for t in trees for n in _labels(t)),
        frozenset(
            n.of.base for t in trees for n in walk(t)
            if isinstance(n, Derivative | Gradient) and isinstance(n.of, Name)
        ),
        tuple(_moving(trees, env)),
        tuple(r for r in env.assumed if isinstance(r, Relation) and r.sign == "sim"),
    )  # fmt: skip
    join_intermediates(env)
    env.ranges = ranges(trees, vocabulary.indices)
    env.ranges.tie_tops(trees, {*env.definitions, *env.poisoned, *vocabulary.functions})
    # The n of ℝⁿ is a number where it stands alone.
    env.ranges.bounds |= env.size_letters(declared_shapes(env)) - vocabulary.indices
    _one_size(env)
    _declared_sizes(env)
    env.assumptions = assumptions(env)
    known = Shaping(sizes=_sizes(env), declared=declared_shapes(env), arrays=arrays)
    env.shapes = solve(env, known, patience)
    env.shapes = tall(env, env.shapes)
    if not env.shapes.arrays:
        settle_together(env)
    if habits.tensor == USUAL.tensor and _of_kronecker(env):
        other = replace(habits, tensor="kronecker")
        return declare(definitions, assume, lines, other, whole, patience, meter, arrays)
    return env


def join_intermediates(env: Environment) -> None:
    """y = sin(x²), u = x² and dy/du: what y is made of goes by its name, y = sin(u)."""
    trees = env.document.trees
    if any(isinstance(n, Fixed) for t in trees for n in walk(t)):
        return  # what is held is said, and what a formula is made of is meant as it stands
    for of, by in list(unrelated(env, trees)):
        if not (isinstance(of, Name) and isinstance(by, Name)):
            continue
        below = {by.base, *behind(env, [by])}
        for base in sorted(below, key=lambda b: b == by.base):
            for d in env.definitions.get(base, ()):
                if isinstance(d.left, Name) and not d.left.below and isinstance(d.body, FORMULA):
                    _call_by_name(env, d, behind(env, [d.body]))


def _call_by_name(env: Environment, named: Definition, own: set[str]) -> None:
    """Every other definition with the name in place of the formula that it stands for."""
    for base, known in env.definitions.items():
        if base not in own and base != named.name.base:
            env.definitions[base] = [
                replace(d, body=with_name(d.body, named.body, named.left)) for d in known
            ]
    env.loose, env.unknowns = {}, {}


def with_name(tree: Any, part: Any, name: Name) -> Any:
    """The tree with a name for a part of it; of a sum the terms of the part may be some."""
    if tree == part:
        return name
    if isinstance(tree, Sum) and isinstance(part, Sum):
        rest = list(tree.terms)
        if len(part.terms) < len(rest) and all(t in rest for t in part.terms):
            for term in part.terms:
                rest.remove(term)
            return Sum((name, *(with_name(t, part, name) for t in rest)), at=tree.at)
    return changed(tree, lambda child: with_name(child, part, name))


def called_in(said: Statement) -> set[str]:
    """The bases that stand before a bracket as functions do, and that nothing declares."""
    return {a.removeprefix(CALLED) for a in said.ambiguous if a.startswith(CALLED)}


def _of_kronecker(env: Environment) -> bool:
    """Whether ⊗ stands beside a matrix: then it is Kronecker's."""
    products = [
        n for t in env.document.trees for n in walk(t)
        if isinstance(n, Product) and "x" in n.signs
    ]  # fmt: skip
    matrices = {k for k, shape in env.shapes.names.items() if 1 not in shape}
    return any(
        (isinstance(f, Name) and env.family(f) in matrices) or f == Name("I")
        for p in products for f in p.factors
    )  # fmt: skip


def _sizes(env: Environment) -> dict[Key, int]:
    """Class of indices → how many; as many labels as samples, so that no two need be alike."""
    ranges = env.ranges
    sizes = ranges.sizes()
    for base in ranges.integral:
        values = ranges.find(("values", base))
        slot = ranges.find((base, "below", "0", "1", "0"))
        sizes[values] = max(sizes.get(values, 3), sizes.get(slot, 0))
    return sizes


def _labels(tree: Any) -> Iterator[str]:
    """The t of Σ_c t_c log y_c: what is summed against a logarithm may be a distribution."""
    for node in walk(tree):
        if not (isinstance(node, Big) and node.kind == "sum"):
            continue
        for product in walk(node.body):
            factors = getattr(product, "factors", ())
            if any(isinstance(f, Call) and f.function.base in (r"\log", r"\ln") for f in factors):
                yield from (f.base for f in factors if isinstance(f, Name))


def _moving(trees: list[Any], env: Environment) -> list[Name]:
    """The names without a definition whose differentials are written."""
    written = {n.of for t in trees for n in walk(t) if isinstance(n, Differential)}
    return [n for n in written if isinstance(n, Name) and not env.defines(n)]


def left_bases(text: str, vocabulary: Vocabulary) -> Iterator[str]:
    """What a definition that is not understood would have defined."""
    try:
        reader = Parser(plain(text), vocabulary)
        reader.declaring = True
        with within_depth():
            left = reader.product()
    except FormulaError:
        return
    target = define_target(left)
    if target is not None and reader.at_relation:
        yield target.base


def _one_size(env: Environment) -> None:
    """n = N: two bounds of one size."""
    bounds = env.ranges.bounds
    for a, b in env.aliases:
        if a.base in bounds or b.base in bounds:
            env.ranges.join(("bound", a.base), ("bound", b.base))
            bounds |= {a.base, b.base}


def _declared_sizes(env: Environment) -> None:
    r"""The i of w_i runs as far as w \in \mathbb{R}^n is long."""
    ranges = env.ranges
    for family, sizes in declared_shapes(env).items():
        base, below, above = family
        for count in (1, len(sizes)) if not below else ():
            for i, size in enumerate(sizes[:count]):
                slot = (base, "below", str(i), str(count), str(len(above)))
                if slot not in ranges.parent:
                    continue
                if isinstance(size, Number):
                    ranges.fixed[slot] = int(size.value)
                elif isinstance(size, Name) and ranges.size_key(size) in ranges.bounds:
                    ranges.join(("bound", ranges.size_key(size)), slot)


def assumptions(env: Environment) -> Assumptions:
    """What is assumed, sorted: where letters lie, what is scaled, and what filters points."""
    env.assumed = [part for r in env.assumed for part in _apart(r)]
    sums = [total for r in env.assumed if (total := summed_to(r)) is not None]
    symmetric = {base for r in env.assumed if (base := symmetry(r)) is not None}
    filters = [
        r for r in env.assumed
        if summed_to(r) is None and symmetry(r) is None and not vanishes(r)
        and orthogonality(r) is None and r.sign in FILTERING
    ]  # fmt: skip
    orthogonal = {base for r in env.assumed if (base := orthogonality(r)) is not None}
    return Assumptions(
        bounds_of(env.assumed), dict(sums), frozenset(symmetric), tuple(filters),
        frozenset(orthogonal),
    )  # fmt: skip


def _apart(relation: Any) -> Iterator[Any]:
    """The relations of 1 \\leq i \\leq n, 1 \\leq j."""
    if isinstance(relation, Both):
        for part in relation.parts:
            yield from _apart(part)
    elif isinstance(relation, Relation):
        yield relation


HALVES = (HALF, Number(Fraction(1, 2)))
# What may be called by a name of its own.
FORMULA = (Call, Power, Product, Quotient, Sum)
LIMITING = frozenset({"<", ">", "<=", ">=", "!="})
FILTERING = frozenset({"=", "!=", "<", ">", "<=", ">="})


def symmetry(relation: Relation) -> str | None:
    r"""The base of A of A^\top = A, and of K of K_{ij} = K_{ji}."""
    left, right = relation.left, relation.right
    for a, b in ((left, right), (right, left)):
        if isinstance(a, Transposed) and a.of == b and isinstance(b, Name):
            return b.base
        if isinstance(a, Name) and b in symmetric_parts(a):
            return a.base
    return left.base if _exchanges(relation) else None


def orthogonality(relation: Relation) -> str | None:
    r"""The base of U of U^{-1} = U^\top, and of U^\top U = I."""
    left, right = relation.left, relation.right
    if isinstance(left, Power) and isinstance(right, Transposed) and right.of == left.base:
        inverse = number_of(left.exponent) == -1
        return left.base.base if inverse and isinstance(left.base, Name) else None
    if not (isinstance(left, Product) and isinstance(right, Name) and right.base == "I"):
        return None
    one, *more = left.factors
    other = more[0] if len(more) == 1 else None
    if isinstance(other, Transposed):
        one, other = other, one
    square = isinstance(one, Transposed) and one.of == other
    return other.base if square and isinstance(other, Name) else None


def symmetric_parts(name: Name) -> list[Any]:
    """(A + Aᵀ)/2, as people write it."""
    found: list[Any] = []
    for terms in ((name, Transposed(name)), (Transposed(name), name)):
        total = Sum(terms)
        found += [Quotient(total, TWO), *(Product((half, total), ("",)) for half in HALVES)]
    return found


def _exchanges(relation: Relation) -> bool:
    """Whether one name stands on both sides, its subscripts in another order."""
    left, right = relation.left, relation.right
    return (
        relation.sign == "="
        and isinstance(left, Name)
        and isinstance(right, Name)
        and left.base == right.base
        and sorted(map(str, left.below)) == sorted(map(str, right.below))
    )


# -- what a statement defines, and what it assumes -------------------------------------------------


def define(env: Environment, said: Statement) -> None:
    r"""a = b = body defines a and b; \sum_j e^{f_j} = \Sigma defines \Sigma."""
    condition = where_said(said, env.vocabulary)
    if len(said.members) == 2 and said.signs == ("=",) and condition is None:
        law = Relation(said.members[0], "=", said.members[1])
        if vanishes(law) or symmetry(law) is not None:
            env.assumed.append(law)
            return
    count = next((i for i, s in enumerate(said.signs) if s != "="), len(said.signs))
    if not count or said.continues or "=>" in said.signs:
        suppose(env, said)
        return
    stated = by_derivative(said)
    target = None if stated is None else define_target(stated[0])
    if stated is not None and target is not None and not env.definitions.get(target.base):
        define_one(env, *stated, said.text)
        return
    *lefts, body = said.members[: count + 1]  # z = Wx + b \\in \\mathbb{R}^n
    bare = isinstance(body, Derivative | Gradient) and body.of is None and body.by
    if isinstance(lefts[0], Derivative) and lefts[0].of is None and bare:
        for operator in lefts[0].by:
            env.operators[operator.base] = body.by if isinstance(body.by, tuple) else (body.by,)
        return
    target = define_target(lefts[0])
    own = target is not None and not (isinstance(lefts[0], Call) and is_built_in(target))
    if _is_plain(body, env) and not own and not all(_is_plain(m, env) for m in lefts):
        lefts, body = [body], lefts[0]
    known = False
    if condition is not None:
        body = Cases(((body, condition),))
    for left in lefts:
        if isinstance(left, Sum) and rearranged(env, left, body, said.text):
            continue
        if left is not lefts[0] and not any(True for _ in names_below(left)):
            continue  # b = 2 - 0.05 · 0.02 = 1.999: the arithmetic is judged, not assumed
        if define_one(env, left, body, said.text):
            known = True
        elif not known:
            suppose(env, said)
            return
        # else a = b = c: that b is c is judged where it stands, and assumed of nothing below it


def by_derivative(said: Statement) -> tuple[Any, Any] | None:
    r"""(J, (h - y)^2) of \frac{\partial J}{\partial w} = \frac{\partial}{\partial w} (h - y)^2.

    Where nothing else says what J is, this does.
    """
    if said.continues or said.conditions or len(said.members) < 2 or said.signs[0] != "=":
        return None
    left, right = said.members[:2]
    slopes = isinstance(left, Derivative | Gradient) and type(left) is type(right)
    if not slopes or left.by is None or left.by != right.by or right.of is None:
        return None
    target = define_target(left.of)
    if target is None or isinstance(right.of, Name | Call | Number):
        return None
    if isinstance(left, Gradient) and left.order != right.order:
        return None
    return None if target.base in set(bases_in(right.of)) else (left.of, right.of)


def where_said(said: Statement, vocabulary: Vocabulary) -> Any:
    """The x > 0 of f(x) = x, x > 0, which says nothing of f elsewhere; None if there is none.

    A condition on an index says which names are meant, and that on a density where it is not 0.
    """
    left, *rest = said.members
    target = define_target(left)
    if target is None or target.base in vocabulary.densities or said.signs != ("=",):
        return None
    inner = left.values if isinstance(left, Call) else rest
    if isinstance(left, Name) and not any(True for m in rest for _ in names_below(m)):
        inner = said.conditions  # y = 0, x <= 0
    own = {n.base for v in inner for n in names_below(v)} - vocabulary.indices
    one = len(said.conditions) == 1 and _limits(said.conditions[0], own)
    return said.conditions[0] if one and not isinstance(rest[0], Cases) else None


def _limits(condition: Any, variables: set[str]) -> bool:
    """Whether a condition says of the variables alone in which interval they lie."""
    if isinstance(condition, Both):
        return all(_limits(part, variables) for part in condition.parts)
    if not (isinstance(condition, Relation) and condition.sign in LIMITING):
        return False
    named = {n.base for n in walk(condition) if isinstance(n, Name)}
    return bool(named & variables)


def _joined(env: Environment, left: Any, body: Any) -> Any:
    """The body, before the cases that earlier rows gave for the same left side."""
    for known in _conditional(env, left) if isinstance(body, Cases) else ():
        env.definitions[known.name.base].remove(known)
        return Cases((*body.branches, *known.body.branches))
    return body


def _conditional(env: Environment, left: Any) -> list[Definition]:
    """The definitions of a left side by cases of which none is "otherwise"."""
    target = define_target(left)
    return [
        d for d in env.definitions.get(target.base if target else "", ())
        if d.left == left and isinstance(d.body, Cases)
        and all(condition is not None for _, condition in d.body.branches)
    ]  # fmt: skip


def _is_plain(tree: Any, env: Environment) -> bool:
    """Whether this is a name that nothing defines yet."""
    return isinstance(tree, Name) and not env.defines(tree)


def define_one(env: Environment, left: Any, body: Any, text: str) -> bool:
    """Add left = body to the env, if left is something that can be defined."""
    stated = left.arguments[0] if is_logarithm(left) else left
    target = define_target(stated)
    density = target is not None and target.base in env.vocabulary.densities
    known = [d.left for d in env.functions_of(target)] if target is not None and density else []
    if target is not None and density and says_of(stated, target.base, [body], known):
        return True  # p(x) = ∫ p(x, z) dz is true of every p
    if is_logarithm(left):
        (inner,) = left.arguments
        if define_target(inner) is None:
            return False
        env.define(Definition(inner, Call(Name(r"\exp"), (body,)), text, (left, body)))
        return True
    if isinstance(left, Name):
        if isinstance(body, Derivative | Gradient) and body.of is None and body.by:
            env.operators[left.base] = body.by if isinstance(body.by, tuple) else (body.by,)
            return True
        accent, _, rest = left.base.partition("{")
        if accent and rest and isinstance(body, Derivative) and len(body.by) == 1:
            by = body.by[0]
            if isinstance(by, Name) and by.base == rest[:-1] and not by.below and body.of:
                env.bars[accent] = body.of
                return True
        env.define(Definition(left, _joined(env, left, body), text))
        return True
    if isinstance(left, Gradient) and isinstance(left.of, Name) and left.by is None:
        env.define(Definition(Name(f"\\nabla {left.of.base}"), body, text))
        return True
    if isinstance(left, Call) and not left.order and all(map(is_variable, left.values)):
        env.define(Definition(left, _joined(env, left, body), text))
        return True
    return False


def rearranged(env: Environment, left: Sum, body: Any, text: str) -> bool:
    """a - b = body, with a new, says that a is body + b."""
    first, *rest = left.terms
    if not isinstance(first, Call | Name) or define_target(first) is None:
        return False
    moved = [t.of if isinstance(t, Minus) else Minus(t) for t in rest]
    return define_one(env, first, Sum((body, *moved)), text)


def define_target(left: Any) -> Name | None:
    """The name that left = ... would define."""
    if isinstance(left, Call) and not left.order and all(map(is_variable, left.values)):
        return left.function
    return left if isinstance(left, Name) else None


def suppose(env: Environment, said: Statement) -> None:
    members, signs = said.members, said.signs
    if len(members) == 2 and signs == ("=",):
        left, right = members
        if isinstance(left, Expectation) and _is_square(right, env):
            env.define(Definition(right.base, Power(left, HALF), said.text))  # Var(x) = σ²
            return
        if (letter := moment_of(left, right)) is not None and not env.defines(letter):
            env.moments.setdefault(letter, {})[left.kind] = (left, right)
            return
        if isinstance(left, Name) and isinstance(right, Name):
            _alias(env, left, right)
            return
        known = env.definitions.get(getattr(left, "base", ""), ())
        plain_left = isinstance(left, Name) and not any(d.name == left for d in known)
        plain_left = plain_left and left not in set(walk(right))
        if plain_left and left.base not in env.vocabulary.indices:
            env.define(Definition(left, right, said.text))
            return
    env.assumed += [*relations(said), *said.conditions]


def _is_square(tree: Any, env: Environment) -> bool:
    """Whether this is the square of a name that nothing defines yet."""
    return isinstance(tree, Power) and _is_plain(tree.base, env) and tree.exponent == TWO


def moment_of(left: Any, right: Any) -> Name | None:
    r"""The y of \mathbb{E}[y | x] = f(x) and \operatorname{Var}(y) = 1, where no law is named."""
    if not isinstance(left, Expectation) or left.kind not in ("E", "Var") or left.over:
        return None
    (of, *more) = left.of
    if more or not isinstance(of, Name) or of.below or of.above:
        return None
    inner = {n.base for n in walk(right) if isinstance(n, Name)}
    free = of.base not in inner and not any(isinstance(n, Expectation) for n in walk(right))
    return of if free and all(isinstance(g, Name) for g in left.given) else None


def standardise(env: Environment) -> None:
    """y = m + s (n - E n)/√Var n, with n of which nothing is known: its mean is m, its variance s².

    What is not said of it is as it is of n; what is said under x holds under x.
    """
    sampled = {n.base for r in env.assumed if isinstance(r, Relation) and r.sign == "sim"
               for n in walk(r.left) if isinstance(n, Name)}  # fmt: skip
    # Where its density is given, x is what that is a function of, and moves with no parameter.
    sampled |= {v.base for d in env.all_definitions if d.name.base in env.vocabulary.densities
                for v in d.variables if isinstance(v, Name)}  # fmt: skip
    for letter, said in env.moments.items():
        if letter.base in sampled:
            continue
        noise = Name(r"\xi", (Name(letter.base),))
        left, mean = said.get("E", (Expectation("E", (letter,)), None))
        middle = Expectation("E", (noise,), (), left.given)
        around: Any = Sum((noise, Minus(middle)))
        if "Var" in said:
            spread, variance = said["Var"]
            own = Expectation("Var", (noise,), (), spread.given)
            around = Product((Power(Quotient(variance, own), HALF), around), ("",))
        body = Sum((middle if mean is None else mean, around))
        env.define(Definition(letter, body, "", (left, mean or middle)))


def _alias(env: Environment, left: Name, right: Name) -> None:
    """Two names for one thing: the one that is defined is the one that is looked up."""
    indices = env.vocabulary.indices
    if left.base == right.base and sorted(map(str, left.below)) == sorted(map(str, right.below)):
        env.assumed.append(Relation(left, "=", right))  # K_{ij} = K_{ji}
        return
    if left.base in indices and right.below and not left.below:
        env.assumed.append(Relation(left, "=", right))
    elif env.defines(left) and not env.defines(right):
        env.aliases.append((right, left))
    else:
        env.aliases.append((left, right))


def relations(said: Statement) -> list[Any]:
    return [
        Relation(a, sign, b)
        for a, sign, b in zip(said.members, said.signs, said.members[1:], strict=False)
    ]
