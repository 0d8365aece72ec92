"""Derivatives as differences: how a value moves while a name moves.

∂f/∂x is (f at x + h, minus f at x - h) over 2h: x is overridden, whether it is a leaf or has a
definition, and everything defined through it follows (total derivatives, through the graph).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.chance import HIDDEN, chance_of, is_of_density
from symgd.judge.environment.dependence import reaches
from symgd.judge.environment.environment import Environment
from symgd.judge.trouble import NotUnderstood, Outside
from symgd.judge.values.calls import (
    NESTED,
    components_of,
    limit_order,
    one_difference_more,
)
from symgd.judge.values.digits import one_sided, step
from symgd.judge.values.indices import instances, key_of
from symgd.judge.values.names import canonical, keys_of, label_of, name_at, value_of_name
from symgd.judge.values.values import Value, column, entries, is_array, met, tidy, transposed
from symgd.judge.words import say
from symgd.language.latex.syntax import (
    Call,
    Derivative,
    Differential,
    Fixed,
    Gradient,
    Minus,
    Name,
    Number,
    Power,
    Primed,
    Relation,
    Transposed,
    exchange,
    names_below,
    walk,
)
from symgd.verify.lazy import np

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

# A name that no formula of a person has.
HOLE = Name("\\square")

HOLE_KEY = (HOLE.base, (), ())


def derivative(e: Evaluator, tree: Derivative) -> Value:
    """∂f/∂x; the same stands on many lines of a document."""
    if tree.of is None:
        raise NotUnderstood(say("unknown:operator-before-nothing"))
    return e.memo.value(
        e.env, label_of(e, tree), lambda: slope_in(e, tree.of, variables_of(e, tree))
    )


def variables_of(e: Evaluator, tree: Derivative) -> list[Any]:
    """What a derivative is taken in, an operator by what it stands for."""
    names: list[Any] = []
    for by in tree.by:
        is_name = isinstance(by, Name) and not by.below
        operator = e.env.operators.get(by.base) if is_name else None
        if is_name and not operator and by.base in e.env.vocabulary.operators:
            operator = e.primed("operator")
            if not operator:
                raise NotUnderstood(say("unknown:operator-variable", operator=by.base))
        names.extend(operator or (by,))
    return names


def slope_in(e: Evaluator, of: Any, names: list[Any]) -> Value:
    if not names:
        return e.value(of)
    limit_order(len(names))
    *outer, last = names = inside_first(e, names)
    square = isinstance(last, Power) and isinstance(last.base, Name)
    if not (outer or square or is_vec(last) or isinstance(last, Name | Transposed)):
        found = with_hole(e, of, last)
        if found is not None:
            inside, env = found
            here = e.value(last)
            opened = e if env is None else e.with_(env=env, memo=e.memo.apart(), holes={})
            return opened.overridden({HOLE_KEY: here}).slope(lambda e: e.value(inside), HOLE)
    # The last name is differentiated in first: ∂²f/∂a∂b is ∂/∂a of ∂f/∂b.
    if outer:
        found = e.slope(lambda e: slope_in(e, of, names[1:]), outer[0])
        # ∂²f/∂a∂bᵀ has a row for each entry of a, in either layout: it is ∂/∂a of a row.
        of_row = isinstance(last, Transposed) and is_array(found) and 1 not in found.shape
        return transposed(found) if of_row else found
    return e.slope(lambda e: e.value(of), last)


def inside_first(e: Evaluator, names: list[Any]) -> list[Any]:
    """Numbers in the order in which they may move: w before a z that is made of it.

    ∂²C/∂z∂w, z = wx + b, is how ∂C/∂z moves with w; of ∂C/∂w, in which z has been opened, nothing
    moves with z any more.
    """
    if len(names) < 2 or not all(isinstance(n, Name) for n in names):
        return names
    out: list[Any] = []
    for n in names:
        at = next((i for i, m in enumerate(out) if is_made_of(e, m, n)), len(out))
        out.insert(at, n)
    return out


def is_made_of(e: Evaluator, z: Name, w: Name) -> bool:
    """Whether z is another number than w that moves with it."""
    if z.base == w.base or not reaches(e.env, z, w) or reaches(e.env, w, z):
        return False
    return not (is_array(keys_of(e, z)) or is_array(keys_of(e, w)))


def slope(e: Evaluator, compute: Callable[[Any], Value], by: Any) -> Value:
    """The derivative of what `compute` gives, in the name `by`."""
    if isinstance(by, Transposed):
        return transposed(e.slope(compute, by.of))
    if isinstance(by, Power) and isinstance(by.base, Name) and isinstance(by.exponent, Number):
        # ∂f/∂σ² is ∂f/∂σ over ∂σ²/∂σ.
        return e.slope(compute, by.base) / e.slope(lambda e: e.value(by), by.base)
    stacked = is_vec(by)
    if stacked:
        by = by.arguments[0]
    if not isinstance(by, Name):
        by = name_of(e, by)
    keys = keys_of(e, by)
    if stacked and is_array(keys):
        keys = keys.T.reshape(-1, 1)
    if not is_array(keys):
        with one_difference_more(e.point.digits):
            return difference(e, compute, keys)
    slopes = np.empty(keys.shape, dtype=object)
    with one_difference_more(e.point.digits):
        outermost = NESTED.get() == 1
        here = compute(e) if outermost and e.env.shapes.declared else None
        for i in np.ndindex(*keys.shape):
            slopes[i] = difference(e, compute, keys[i], here)
    if not any(is_array(s) for s in slopes.ravel()):
        return slopes
    return jacobian(slopes)


def is_vec(tree: Any) -> bool:
    """Whether this is vec(W): its entries in a column, column by column."""
    return isinstance(tree, Call) and tree.function.base == r"\vec" and len(tree.arguments) == 1


# A formula with a hole, and the environment that it stands in; None: where it stood before.
Opened = tuple[Any, Environment | None]


def with_hole(e: Evaluator, of: Any, part: Any) -> Opened | None:
    """`of`, with a name of its own in place of `part` there or in the definitions below it.

    ∂(y-a)²/∂(y-a), ∂C/∂(Wx) where z = Wx + b.
    """
    if (of, part) not in e.holes:
        e.holes[of, part] = open_hole(e.env, of, part)
    found: Opened | None = e.holes[of, part]
    return found


def open_hole(env: Environment, of: Any, part: Any) -> Opened | None:
    """The formula, or else the definitions below it, with a hole; None without such a part."""
    table = {part: HOLE}
    if part in walk(of):
        return exchange(of, table), None
    definitions, found = {}, False
    for base, known in env.definitions.items():
        definitions[base] = [replace(d, body=exchange(d.body, table)) for d in known]
        found = found or definitions[base] != known
    return (of, replace(env, definitions=definitions, loose={})) if found else None


def jacobian(slopes: Any) -> Value:
    """Of a vector in a vector: a row for each output, or (habit of layout) a column."""
    parts = [entries(s) for s in slopes.ravel()]
    if 1 not in slopes.shape or any(is_array(s) and 1 not in s.shape for s in slopes.ravel()):
        raise NotUnderstood(say("unknown:more-than-two-indices"))
    rows = np.array(parts, dtype=object).T
    return tidy(rows)


def difference(
    e: Evaluator, compute: Callable[[Any], Value], key: Any, here: Value | None = None
) -> Value:
    """Two-sided; one-sided from the value `here`, where many entries move one after the other.

    One side leaves an error of the size of the step, and no drawn number is at a corner.
    """
    h = (step if here is None else one_sided)(e.point.digits)
    above = compute(e.overridden(shift(e, key, h)))
    below = compute(e.overridden(shift(e, key, -h))) if here is None else here
    if is_array(above) != is_array(below):
        raise Outside
    above, below = met(above, below)
    return (above - below) / (2 * h if here is None else h)


def shift(e: Evaluator, key: Any, by: Any) -> dict[Any, Value]:
    """The override that moves a name, or one entry of an array."""
    if not isinstance(key[0], tuple):
        return {key: name_at(e, key) + by}
    whole, i, j = key
    array = name_at(e, whole).copy()
    array[i, j] = array[i, j] + by
    if e.env.paired and i != j and whole[0] in e.env.assumptions.symmetric:
        array[j, i] = array[j, i] + by
    return {whole: array}


def differential(e: Evaluator, tree: Differential) -> Value:
    """dE: the derivative of E along one direction, the same in all of a document."""
    moving: dict[Any, tuple[Value, Value]] = {}
    for name in e.env.document.moving:
        for each in instances(e, name):
            key = canonical(each, key_of(each, name))
            if key not in moving:
                here = name_at(each, key)
                moving[key] = here, direction(e, key, here)
    if not moving:
        raise NotUnderstood(say("unknown:differential-variables"))
    h = step(e.point.digits)
    with one_difference_more(e.point.digits):
        above, below = (
            e.overridden({k: x + v * s for k, (x, v) in moving.items()}).value(tree.of)
            for s in (h, -h)
        )
        return (above - below) / (2 * h)


def direction(e: Evaluator, key: Any, here: Value) -> Value:
    """dx, as it is drawn at this point; of a symmetric array symmetric."""
    base, below, above = key
    shape = here.shape if is_array(here) else (1, 1)
    drawn = e.point.leaf((rf"\mathrm{{d}}{base}", below, above), shape)
    symmetric = base in e.env.assumptions.symmetric and is_array(here)
    return (drawn + drawn.T) / 2 if symmetric else drawn


def fixed(e: Evaluator, tree: Fixed) -> Value:
    """A derivative through everything but the names that are held, or at values of them."""
    held = {}
    for item in (*tree.names, *at_values(e, tree)):
        name, here = (item, item) if isinstance(item, Name) else (item.left, item.right)
        if not isinstance(name, Name):  # a number has been put in for it
            raise NotUnderstood(say("unknown:operator-variable", operator="d"))
        held[canonical(e, key_of(e, name))] = e.value(here)
    value: Value = e.overridden(held).value(tree.of)
    return value


def at_values(e: Evaluator, tree: Fixed) -> list[Relation]:
    """x = 1 and y = 0 of ∂f/∂x (1, 0), for an f of two arguments."""
    if not tree.point:
        return []
    of = next(f for d in walk(tree.of) if isinstance(d, Derivative)
              for f in walk(d.of) if isinstance(f, Name | Call))  # fmt: skip
    known = e.env.functions_of(of) if isinstance(of, Name) else []
    kinds = [of.values] if isinstance(of, Call) else [d.variables for d in known]
    fitting = [
        k for k in kinds if len(k) == len(tree.point) and all(isinstance(v, Name) for v in k)
    ]
    if not fitting:
        name = of.function if isinstance(of, Call) else of
        raise NotUnderstood(say("doubt:other-arguments", letter=name.base))
    return [Relation(v, "=", x) for v, x in zip(fitting[-1], tree.point, strict=True)]


def gradient(e: Evaluator, tree: Gradient) -> Value:
    if tree.of is None:
        raise NotUnderstood(say("unknown:nabla-before-nothing"))
    by = tree.by
    if by is None:
        return nabla_alone(e, tree)
    names = list(by) if isinstance(by, tuple) else [by]
    if tree.order == 2:
        return second(e, tree.of, names)
    parts = [slope_in(e, tree.of, [n]) for n in names]
    return parts[0] if len(parts) == 1 else column([x for p in parts for x in entries(p)])


def second(e: Evaluator, of: Any, names: list[Any]) -> Value:
    """∇²f: the matrix of the second derivatives, or their sum along the diagonal."""
    if len(names) == 1:
        hessian = e.slope(lambda e: slope_in(e, of, names), names[0])
    else:
        rows = [[slope_in(e, of, [a, b]) for b in names] for a in names]
        if any(is_array(x) for row in rows for x in row):
            raise NotUnderstood(say("unknown:second-layout"))
        hessian = np.array(rows, dtype=object)
    if e.env.laplacian and is_array(hessian):
        return sum(hessian[i, i] for i in range(min(hessian.shape)))
    return hessian


def prime_alone(e: Evaluator, tree: Primed) -> Value:
    variable = variable_of(e, tree.of)
    return slope_in(e, tree.of, [variable] * tree.order)


def variable_of(e: Evaluator, name: Any) -> Any:
    """The variable of E', where only one can be meant."""
    if not isinstance(name, Name):
        by = e.primed("operator")
        found = by[0] if by else e.env.only_variable(name)
        if found is None:
            raise NotUnderstood(say("unknown:prime-variable"))
        return found
    if (by := e.primed(name)) is not None:
        return by
    for definition in e.env.functions_of(name):
        names = [v for v in definition.variables if isinstance(v, Name)]
        if len(names) == 1:
            return names[0]
    moving = e.env.only_variable(name)
    if moving is not None:
        return moving
    raise NotUnderstood(say("unknown:prime-of-letter", letter=name.base))


def nabla_alone(e: Evaluator, tree: Gradient) -> Value:
    """∇C without a variable: a vector of its own, unless C shows its variables."""
    of = tree.of
    if isinstance(of, Number):
        return mp.mpf(0)
    if tree.order == 1 and is_of_density(e.env, chance_of(e.env), of):
        return e.slope(lambda e: e.value(of), HIDDEN)
    averaged = chance_of(e.env).bound | chance_of(e.env).random | e.env.vocabulary.densities
    if averaged and averaged & {n.base for n in names_below(of)}:
        raise NotUnderstood(say("unknown:nabla-variable", sign="∇"))
    if isinstance(of, Call) and not of.order and (names := shown_variables(e, of)):
        if all(isinstance(a, Name) for a in of.arguments):
            return of_variables(e, tree, of, names)
        (definition,) = e.env.functions_of(of.function)
        here = {canonical(e, key_of(e, v)): e.value(a)
                for v, a in zip(names, of.arguments, strict=True)}  # fmt: skip
        return of_variables(e.overridden(here), tree, definition.left, names)
    if isinstance(of, Name):
        key = (f"\\nabla {of.base}", (), ())
        if e.env.defines(Name(key[0])) and tree.order == 1:
            return value_of_name(e, Name(key[0]))
        for definition in e.env.functions_of(of):
            names = shown_variables(e, definition.left)
            if names:
                return of_variables(e, tree, definition.left, names)
        if not e.env.defines(of) and tree.order == 1:
            whole = Name(of.base)
            if of.below and (e.env.defines(whole) or e.env.functions_of(whole)):
                # ∇L_w of a known L: the script may be the variable, and is no letter's own.
                raise NotUnderstood(say("unknown:nabla-variable", sign="∇"))
            return e.point.leaf(key, e.env.shape_of(key))
        only = e.env.only_variable(of)
        if only is not None:
            return gradient(e, Gradient(of, only, tree.order, at=tree.at))
    letters = set(names_below(of)) - set(e.env.vocabulary.indices)
    if isinstance(of, Call) and len(letters) == 1 and tree.order == 1:  # \nabla \log q(z)
        return e.slope(lambda e: e.value(of), letters.pop())
    sign = "∇" if tree.order == 1 else "∇²"
    raise NotUnderstood(say("unknown:nabla-variable", sign=sign))


def of_variables(e: Evaluator, tree: Gradient, of: Any, names: list[Any]) -> Value:
    """∇ or ∇² of a call in the names that it shows."""
    by = names[0] if len(names) == 1 else tuple(names)
    return gradient(e, Gradient(of, by, tree.order, at=tree.at))


def shown_variables(e: Evaluator, call: Call) -> list[Any]:
    """x, y of f(x, y); x_1, x_2 of f(\\mathbf{x}) where f is declared in these; [] where unclear.

    Numbers in the brackets are the point: the variables are those that f is declared with.
    """
    found = e.env.functions_of(call.function)
    if len(found) == 1 and components_of(call, found[0]):
        return list(found[0].variables)
    if all(isinstance(a, Name) for a in call.arguments):
        names = list(call.arguments)
        if len(names) == 1 and len(found) == 1 and found[0].variables == call.arguments:
            return counted_components(e, names[0], found[0].body) or names
        return names
    numbers = all(isinstance(a, Number | Minus) for a in call.arguments)
    if numbers and len(found) == 1 and len(found[0].variables) == len(call.arguments):
        return [v for v in found[0].variables if isinstance(v, Name)]
    return []


def counted_components(e: Evaluator, name: Name, body: Any) -> list[Any]:
    """x_1, ..., x_n of a body in these, where x itself is no array."""
    if name.below or is_array(name_at(e, key_of(e, name))):
        return []
    numbers = [
        int(n.below[0].value) for n in walk(body)
        if isinstance(n, Name) and n.base == name.base
        and len(n.below) == 1 and isinstance(n.below[0], Number)
    ]  # fmt: skip
    whole = any(isinstance(n, Name) and n == name for n in walk(body))
    counts = range(1, max(numbers, default=0) + 1)
    return [] if whole else [Name(name.base, (Number(Fraction(i)),)) for i in counts]


def name_of(e: Evaluator, tree: Any) -> Name:
    """The name that is defined to be this: ∂C/∂σ(z) is ∂C/∂ŷ for ŷ = σ(z)."""
    for definitions in e.env.definitions.values():
        for d in definitions:
            if isinstance(d.left, Name) and d.body == tree:
                return d.left
    raise NotUnderstood(say("unknown:derivative-in-formula"))
