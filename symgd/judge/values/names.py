r"""What a name stands for: a definition, a component, a size, a function, or a leaf.

A key is (base, subscripts, superscripts) with every index replaced by its number: y_i at i = 2 is
("y", (2,), ()), w_{rec} is ("w", ("rec",), ()). An array is made of its components where only they
are known (y of y_1, ..., y_n), and a component is picked out of an array that has a definition.
Functions are read by overriding their variables, so C(\hat{y}) and the name \hat{y} in other
definitions are one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import mpmath as mp

from symgd.judge.environment.environment import ONES, Definition, Environment
from symgd.judge.trouble import Misfit, NotUnderstood, Outside
from symgd.judge.values.indices import (
    as_nodes,
    free_letters,
    key_of,
    letter_range,
    listed,
    match,
    size_at,
    slot_range,
    subscript,
)
from symgd.judge.values.memory import Part
from symgd.judge.values.points import Key
from symgd.judge.values.values import Identity, Ones, Value, column, each, entries, is_array, tidy
from symgd.judge.words import say
from symgd.language.latex.syntax import (
    Big,
    Call,
    Expectation,
    Integral,
    Minus,
    Name,
    Number,
    Sum,
    walk,
)
from symgd.verify.lazy import np

if TYPE_CHECKING:
    from symgd.judge.values.evaluator import Evaluator

MATRIX = ("rows", "columns")
COMMUTATION = "K"
CONSTANTS: dict[str, Callable[[], Any]] = {"e": lambda: +mp.e, r"\pi": lambda: +mp.pi}


def value_of_name(e: Evaluator, name: Name) -> Value:
    found = e.memo.lookups.keys.get(id(name))
    if found is None:
        found = name, letters_below(e, name), {}
        e.memo.lookups.keys[id(name)] = found
    _, letters, keys = found
    if letters is None:
        return value_of_any(e, name)
    numbers = tuple([e.binding.get(n) for n in letters])
    key = keys.get(numbers)
    if key is None:
        key = keys[numbers] = canonical(e, key_of(e, name))
    return value_at(e, key)


def letters_below(e: Evaluator, name: Name) -> tuple[str, ...] | None:
    """The letters on whose numbers it depends what a name is called; None where that is not all.

    The y_i of p_{y_i} is worked out, and a name in other definitions may be another.
    """
    items = (*name.below, *name.above)
    inside = [n for i in items for n in walk(i) if isinstance(n, Name)]
    plain = items and not any(n.below or n.above for n in inside)
    special = name.base == COMMUTATION or e.env.is_identity(name.base, name.below)
    if not plain or special or e.env.aliases:
        return None
    return tuple(dict.fromkeys(n.base for n in inside))


def value_of_any(e: Evaluator, name: Name) -> Value:
    """The value of a name that may be an index, an identity, or called by what is worked out."""
    if name.base == COMMUTATION and (found := commutation(e, name)) is not None:
        return found
    if not name.below and not name.above and name.base in e.binding:
        return mp.mpf(e.binding[name.base])
    if not name.above and e.env.is_identity(name.base, name.below):
        return identity(e, name)
    return value_at(e, canonical(e, key_of(e, name)))


def value_at(e: Evaluator, key: Key) -> Value:
    """The value of the name of that key."""
    if (here := e.override(key)) is not None:
        return here
    loose = loose_indices(e.env, key[0])
    binding = tuple([(n, v) for n, v in e.binding.items() if n in loose]) if loose else ()
    return e.memo.value(e.env, (key, binding, e.integrals), lambda: meaning(e, key), key[0])


def identity(e: Evaluator, name: Name) -> Value:
    """I of whatever size it meets, I_n of that size; 1 where nothing is an array."""
    if not e.env.shapes.arrays:
        return mp.mpf(1)
    size = subscript(e, name.below[0]) if name.below else None
    return Identity().of_size(size) if isinstance(size, int) else Identity()


def loose_indices(env: Environment, base: str) -> frozenset[str]:
    """The indices that definitions of a base leave to where it is used."""
    if base not in env.loose:
        env.loose[base] = frozenset()  # for a definition that goes through itself
        free: set[str] = set()
        for d in env.definitions.get(base, ()):
            bound = set(free_letters(d.name, env.vocabulary.indices))
            inner = set(free_letters(d.body, env.vocabulary.indices))
            for n in walk(d.body):
                if isinstance(n, Name | Call):
                    inner |= loose_indices(env, n.base if isinstance(n, Name) else n.function.base)
            free |= inner - bound
        env.loose[base] = frozenset(free)
    return env.loose[base]


def label_of(e: Evaluator, tree: Any) -> tuple[Any, ...]:
    """What the value of a tree is kept under: the part that it is, and the indices bound in it."""
    lookups = e.memo.lookups
    _, part = lookups.parts.get(id(tree), (None, None))
    if part is None:
        if tree not in lookups.same:
            lookups.same[tree] = Part(letters_of(e, tree))
        part = lookups.same[tree]
        lookups.parts[id(tree)] = tree, part
    letters = part.letters
    if letters is None:
        return (part, tuple(e.binding.items()), e.integrals)
    return (part, tuple([(n, v) for n, v in e.binding.items() if n in letters]), e.integrals)


def letters_of(e: Evaluator, tree: Any) -> frozenset[str] | None:
    """The indices that the value of a tree depends on, where they are bound; None: any.

    Those of names that are random, that move, and of a Σ that does not say over what it runs, are
    found as the value is worked out.
    """
    env, lookups = e.env, e.memo.lookups
    if lookups.is_open is None:
        bodies = [d.body for d in env.all_definitions]
        lookups.is_open = bool(env.document.moving) or any(
            is_open(n) for b in bodies for n in walk(b)
        )
    nodes = list(walk(tree))
    if lookups.is_open or any(map(is_open, nodes)):
        return None
    bases = {n.base for n in nodes if isinstance(n, Name)}
    bases |= {n.function.base for n in nodes if isinstance(n, Call)}
    found = frozenset(free_letters(tree, env.vocabulary.indices))
    return found.union(*(loose_indices(env, b) for b in bases))


def is_open(node: Any) -> bool:
    """Whether a node leaves open which letters it binds: E[f], a Σ without an index."""
    return isinstance(node, Expectation | Integral) or (isinstance(node, Big) and not node.indices)


def canonical(e: Evaluator, key: Key) -> Key:
    """The key under the name that is looked up, where two names are one."""
    for left, right in e.env.aliases:
        bound = match(e, left, key)
        if bound is not None:
            return (
                canonical(e.bound(bound), key_of(e.bound(bound), right))
                if (right.base != key[0] or right.below != left.below)
                else key
            )
    return key


def meaning(e: Evaluator, key: Key) -> Value:
    base, below, above = key
    lookups = e.memo.lookups
    labels = lookups.labels.get(base)
    if labels is not None and labels.isdisjoint(e.binding) and key in lookups.bodies:
        body, bound = lookups.bodies[key]
        return e.bound(bound).value(body)
    if (
        labels is not None and labels.isdisjoint(e.binding) and key in lookups.leaves
        and (not below or e.override((base, (), above)) is None)
    ):  # fmt: skip
        return leaf(e, key)
    name = Name(base, as_nodes(below), as_nodes(above))
    if e.env.ranges.is_past_top(name, e.env.shapes.sizes):
        raise Outside
    if base in e.env.poisoned:
        raise NotUnderstood(say("unknown:definition", letter=base))
    definition, bound = definition_of(e, key)
    if base == r"\delta" and definition is None:
        indices = (*below, *above)
        if len(indices) == 2 and all(isinstance(i, int) for i in indices):
            return mp.mpf(indices[0] == indices[1])
    if (
        base in CONSTANTS
        and not below
        and not above
        and (definition is None or isinstance(definition.left, Call))
        and base not in e.env.vocabulary.names
    ):
        return CONSTANTS[base]()
    if definition is not None and before_first(e, definition, key):
        return e.point.leaf(key, e.env.shape_of(key))
    if definition is not None:
        if is_settled(e, base):
            lookups.bodies[key] = definition.body, bound
        return e.bound(bound).value(definition.body)
    if (size := size_at(e, name)) is not None:
        return mp.mpf(size)
    if base == ONES and below and not e.env.declared(base):
        return ones(below)
    whole = (base, (), above)
    if below and (array := e.override(whole)) is not None and not stands_apart(e, key):
        return pick(array, list(below))
    if base == ONES and not below and not above and not e.env.declared(base):
        return Ones() if e.env.shapes.arrays else mp.mpf(1)
    if past_the_end(e, key):
        raise Outside
    accent, _, inner = base.partition("{")
    if inner and accent in e.env.bars:
        return adjoint(e, accent, Name(inner[:-1], as_nodes(below), as_nodes(above)))
    if below:
        picked = from_whole(e, key)
        if picked is not None:
            return picked
    else:
        gathered = gather(e, key)
        if gathered is not None:
            return gathered
    indexed = indexed_function(e, key)
    if indexed is not None:
        return indexed
    large = e.env.whole_of(base, below)
    if below and large != base and definition_of(e, (large, below, above))[0] is not None:
        e.env.note(say("note:same-letter", letter=base, other=large))
        return name_at(e, (large, below, above))
    curly = (f"\\mathcal{{{base}}}", below, above)
    if definition_of(e, curly)[0] is not None:
        e.env.note(say("note:same-letter", letter=base, other=curly[0]))
        return name_at(e, curly)
    if base in e.env.abstract:
        return unknown_value(e, key)
    if is_settled(e, base):
        lookups.leaves.add(key)
    return leaf(e, key)


def is_settled(e: Evaluator, base: str) -> bool:
    """Whether what a name of this base is does not depend on the indices that are bound."""
    known = e.memo.lookups.labels
    if base not in known:
        known[base] = labels_of(e.env, base)
    labels = known[base]
    return labels is not None and labels.isdisjoint(e.binding)


def labels_of(env: Environment, base: str) -> frozenset[str] | None:
    """The subscripts of the definitions of a base that are letters and do not run; None where one
    is neither a letter nor a number, so that which definition it is may depend on more.
    """
    items = [i for d in env.definitions.get(base, ()) for i in (*d.name.below, *d.name.above)]
    letters = [i for i in items if isinstance(i, Name) and not (i.below or i.above)]
    steps = [
        i for i in items
        if isinstance(i, Sum)
        and all(isinstance(t, Number | Name | Minus) for t in i.terms)
        and all(isinstance(n, Number) or n.base in env.vocabulary.indices
                for t in i.terms for n in walk(t) if not isinstance(n, Minus))
        and sum(isinstance(n, Name) for n in walk(i)) == 1
    ]  # fmt: skip
    numbers = [i for i in items if isinstance(i, Number)]
    if len(letters) + len(steps) + len(numbers) < len(items):
        return None
    return frozenset(i.base for i in letters if i.base not in env.vocabulary.indices)


def unknown_value(e: Evaluator, key: Key) -> Value:
    """What is differentiated and has no definition: a smooth function of its variables."""
    arguments = values_of(e, e.env.abstract[key[0]])
    shape = e.env.shape_of(key)
    if shape == (1, 1):
        return e.env.stretch * e.point.function(key, arguments)
    out = np.empty(shape, dtype=object)
    for i, j in np.ndindex(*shape):
        out[i, j] = e.env.stretch * e.point.function((key, i, j), arguments)
    return out


def stands_apart(e: Evaluator, key: Key) -> bool:
    """Whether b_{act} is a letter of its own beside a b that is used whole."""
    labels = not any(isinstance(i, int) for i in key[1])
    return labels and any(n == Name(key[0]) for n in e.env.leaves)


def past_the_end(e: Evaluator, key: Key) -> bool:
    """The W_4 of W_{l+1} beside W_1, W_2, W_3: with declared arrays there is no such layer."""
    base, below, above = key
    if above or len(below) != 1 or not isinstance(below[0], int):
        return False
    numbers = layers_of(e, base)
    return bool(numbers) and str(below[0]) not in numbers


def layers_of(e: Evaluator, base: str) -> set[str]:
    """1, 2, 3 of the arrays W_1, W_2, W_3, each declared or defined by itself."""
    declared = e.env.shapes.declared
    labels = {k[1] for k in declared if k[0] == base}
    labels |= {e.env.family(d.name)[1] for d in e.env.definitions.get(base, ())}
    return {b[0] for b in labels if len(b) == 1 and b[0].isdigit()} if declared else set()


def before_first(e: Evaluator, definition: Definition, key: Key) -> bool:
    """The h_0 that h_t = f(h_{t-1}) starts from, where nothing defines it."""
    numbers = [i for i in (*key[1], *key[2]) if isinstance(i, int)]
    zero = any(isinstance(i, int) and i == 0 for i in numbers) and bool(e.env.ranges.from_zero())
    return bool(numbers) and min(numbers) < 1 and not zero and _runs(definition.name)


def indexed_function(e: Evaluator, key: Key) -> Value | None:
    """The \\xi_i of \\xi(t_i, y_i) = ...: the value for the sample i."""
    base, below, above = key
    if not below:
        return None
    for definition in e.env.functions_of(Name(base)):
        for v in definition.variables:
            if isinstance(v, Name) and len(v.below) == len(below):
                bound = match(e, v, (v.base, below, above))
                if bound is not None:
                    return e.bound(bound).value(definition.body)
    return None


def leaf(e: Evaluator, key: Key) -> Value:
    base, below, above = key
    ranges = e.env.ranges
    slot = (base, "below", "0", "1", "0")
    own = (base, tuple(map(str, below)), tuple(map(str, above))) in e.env.shapes.declared
    starts = below == (0,) and slot in ranges.parent and not own
    if starts and ranges.find(slot) not in ranges.from_zero():
        e.env.note(say("note:before-first", letter=base))
        return mp.mpf(0)
    if len(above) == 1 and not below and isinstance(above[0], int) and slot in ranges.parent:
        # x^{(k)} beside x_k, neither with a definition: one family in two spellings, unless
        # x^{(k)} is a vector and x_k a number.
        lower = (base, above, ())
        key = lower if e.env.shape_of(key) == e.env.shape_of(lower) else key
    if base in e.env.assumptions.symmetric and len(below) == 2:
        key = (base, tuple(sorted(below, key=str)), above)
    value = e.point.leaf(key, e.env.shape_of(key))
    total = e.env.assumptions.totals.get(key[0])
    return value if total is None else scale(e, key, value, total)


def scale(e: Evaluator, key: Key, value: Value, total: Any) -> Value:
    """The numbers of a family, or of the rows of an array, made to sum to `total`."""
    base, below, above = key
    total = mp.mpf(total.numerator) / total.denominator
    if is_array(value):
        value = each(abs, value)
        if 1 in value.shape:
            return value * (total / mp.fsum(value.ravel()))
        return np.array([list(row * (total / mp.fsum(row))) for row in value], dtype=object)
    if not below or not isinstance(below[-1], int):
        return value
    last = len(below) - 1
    slot = (base, "below", str(last), str(len(below)), str(len(above)))
    everything = mp.fsum(
        abs(e.point.leaf((base, (*below[:-1], i), above))) for (i,) in listed(slot_range(e, slot))
    )
    return abs(value) * total / everything


def adjoint(e: Evaluator, accent: str, inner: Name) -> Value:
    of = e.env.bars[accent]
    if isinstance(of, Name) and key_of(e, of) == key_of(e, inner):
        return mp.mpf(1)
    return e.slope(lambda e: e.value(of), inner)


def values_of(e: Evaluator, names: list[Name]) -> list[Any]:
    """The numbers of names, of each family all."""
    out: list[Any] = []
    for name in names:
        letters = sorted(set(free_letters(name, e.env.vocabulary.indices)))
        for numbers in listed(*(letter_range(e, n) for n in letters)):
            bound = dict(zip(letters, numbers, strict=True))
            out += entries(value_of_name(e.bound(bound), name))
    return out


def definition_of(e: Evaluator, key: Key) -> tuple[Definition | None, dict[str, int]]:
    """The definition of a key, and the indices that its left side binds."""
    base, below, above = key
    # S_0 = 0 stands before S_k = S_{k-1} w: a number before what runs.
    for definition in sorted(e.env.definitions.get(base, ()), key=lambda d: _runs(d.name)):
        name = definition.name
        if len(name.below) != len(below) or len(name.above) != len(above):
            continue
        bound = match(e, name, key)
        if bound is None:
            continue
        if any(isinstance(v, Number) for v in definition.variables):
            continue
        return definition, bound
    return None, {}


def _runs(name: Name) -> bool:
    return not all(isinstance(i, Number) for i in (*name.below, *name.above))


# -- arrays and their components -------------------------------------------------------------------


def gather(e: Evaluator, key: Key) -> Value | None:
    """y as the column of y_1, ..., y_n, where only its components are known.

    W_k may be an array itself: then no W is made of them.
    """
    base, _, above = key
    ranges = e.env.ranges
    if base in e.env.shaped or base in ranges.integral or layers_of(e, base):
        return None
    for count in (1, 2):
        slots = [(base, "below", str(i), str(count), str(len(above))) for i in range(count)]
        if not all(s in ranges.parent for s in slots):
            continue
        spans = [slot_range(e, s) for s in slots]
        found = [name_at(e, (base, below, above)) for below in listed(*spans)]
        if any(map(is_array, found)):
            return None
        items = column(found)
        return items if count == 1 else items.reshape(len(spans[0]), len(spans[1]))
    return None


def from_whole(e: Evaluator, key: Key) -> Value | None:
    """y_i as a component of y, where y has a definition or a shape."""
    base, below, above = key
    if not all(isinstance(i, int) for i in below):
        labelled = (base, below[:-1], above)  # δ_{oi} is row i of δ_o
        if isinstance(below[-1], int) and definition_of(e, labelled)[0] is not None:
            whole = name_at(e, labelled)
            return pick(whole, [below[-1]]) if is_array(whole) else None
        return entry_of_labelled(e, key)
    if len(below) == len(MATRIX) and (picked := entry_of_labelled(e, key)) is not None:
        return picked
    slot = (base, "below", "0", str(len(below)), str(len(above)))
    base = e.env.whole_of(base, below)
    definition, _ = definition_of(e, (base, (), above))
    if (
        definition is None
        and base == key[0]
        and slot in e.env.ranges.parent
        and base not in e.env.shaped
    ):
        return None  # the whole is made of these components
    if definition is None and e.env.shape_of((base, (), above)) == (1, 1):
        return None
    whole = name_at(e, (base, (), above))
    return pick(whole, list(below)) if is_array(whole) else None


def entry_of_labelled(e: Evaluator, key: Key) -> Value | None:
    """x_{ik} as entry k of x_i, W_{h,pj} as entry p, j of W_h, where that is an array."""
    base, below, above = key
    for count in (1, 2):
        numbers, labels = below[-count:], below[:-count]
        if not labels or not all(isinstance(i, int) for i in numbers):
            return None
        if count == 2 and any(isinstance(i, int) for i in labels):
            return None
        whole = (base, labels, above)
        shape = e.env.shape_of(whole)
        wide = shape != (1, 1) and (1 in shape) == (count == 1)
        if wide and definition_of(e, key)[0] is None:
            return pick(name_at(e, whole), list(numbers))
    return None


def pick(whole: Value, below: list[Any]) -> Value:
    if not is_array(whole) or not all(isinstance(i, int) for i in below):
        raise NotUnderstood(say("unknown:no-component"))
    try:
        if len(below) == 1 and 1 in whole.shape:
            return whole.ravel()[below[0] - 1]
        if len(below) == 1:
            return whole[[below[0] - 1], :]
        return whole[below[0] - 1, below[1] - 1]
    except IndexError:
        raise Misfit(say("shape:past-the-end")) from None


def name_at(e: Evaluator, key: Key) -> Value:
    scripts = (*key[1], *key[2])
    if scripts and all(isinstance(i, int) for i in scripts) and key[0] != COMMUTATION:
        return value_at(e, canonical(e, key))
    return value_of_any(e, Name(key[0], as_nodes(key[1]), as_nodes(key[2])))


def entry_of(e: Evaluator, key: Key) -> Any:
    """(whole, row, column) of a component whose array is what is drawn or defined."""
    base, below, above = key
    if not below or e.override(key) is not None or definition_of(e, key)[0] is not None:
        return None
    if from_whole(e, key) is None:
        return None
    whole = (e.env.whole_of(base, below), (), above)
    array = name_at(e, whole)
    if not is_array(array):  # w_{jz} beside w_k: an entry of what is no array here
        raise Misfit(say("shape:past-the-end"))
    shape = array.shape
    if len(below) == 2:
        return whole, below[0] - 1, below[1] - 1
    return (whole, below[0] - 1, 0) if shape[1] == 1 else (whole, 0, below[0] - 1)


def keys_of(e: Evaluator, by: Name) -> Any:
    """The key of a number, or the array of the keys of the components of `by`."""
    key = canonical(e, key_of(e, by))
    value = name_at(e, key)
    if not is_array(value):
        return entry_of(e, key) or key
    out = np.empty(value.shape, dtype=object)
    definition, _ = definition_of(e, key)
    slots = e.env.ranges.parent
    upper = str(len(key[2]))
    single = (key[0], "below", "0", "1", upper) in slots and not key[1]
    double = (key[0], "below", "1", "2", upper) in slots and not key[1]
    for i, j in np.ndindex(*value.shape):
        if (
            definition is not None
            or key[0] in e.env.shaped
            or e.override(key) is not None
            or not (single or double)
        ):
            out[i, j] = (key, i, j)
        elif single:
            first = slot_range(e, (key[0], "below", "0", "1", upper))[0]
            out[i, j] = (key[0], (max(i, j) + first,), key[2])
        else:
            out[i, j] = (key[0], (i + 1, j + 1), key[2])
    return out


# -- arrays that a name alone makes ----------------------------------------------------------------


def ones(sizes: tuple[Any, ...]) -> Value:
    """𝟏ₘ, 𝟏ₘₓₙ."""
    if not all(isinstance(n, int) for n in sizes) or len(sizes) > len(MATRIX):
        raise NotUnderstood(say("unknown:ones-size"))
    return tidy(np.full((sizes[0], sizes[1] if len(sizes) > 1 else 1), mp.mpf(1), dtype=object))


def commutation(e: Evaluator, name: Name) -> Value | None:
    """K_{mn}, with K vec A = vec Aᵀ for every m×n matrix A; None where K is another letter."""
    sizes = [size_at(e, i) for i in name.below if isinstance(i, Name)]
    own = e.env.declared(name.base) or name.base in e.env.shaped
    if own or len(sizes) != len(MATRIX) or None in sizes:
        return None
    m, n = (size or 0 for size in sizes)
    out = np.full((m * n, m * n), mp.mpf(0), dtype=object)
    for i, j in np.ndindex(m, n):
        out[i * n + j, j * m + i] = mp.mpf(1)
    return tidy(out)
