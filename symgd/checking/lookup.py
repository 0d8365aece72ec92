r"""What a name or a call stands for: a definition, a component, a size, a function, or a leaf.

A key is (base, subscripts, superscripts) with every index replaced by its number: y_i at i = 2 is
("y", (2,), ()), w_{rec} is ("w", ("rec",), ()). Functions are read by overriding their variables,
so C(\hat{y}) and the name \hat{y} in other definitions are one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import mpmath as mp
import numpy as np

from symgd.checking.declarations import IDENTITY_NAMES, ONES, Definition, World
from symgd.checking.points import Key, Point
from symgd.checking.syntax import (
    Big,
    Call,
    Gradient,
    Minus,
    Name,
    Number,
    Power,
    Sum,
    children,
    walk,
)
from symgd.checking.trouble import Misfit, NotUnderstood
from symgd.checking.values import BUILT_IN, Identity, Ones, Value, column, each, entries, is_array
from symgd.checking.vocabulary import CONVENTIONS, FUNCTIONS
from symgd.checking.writing import written

DEEPEST = 40
CONSTANTS: dict[str, Callable[[], Any]] = {"e": lambda: +mp.e, r"\pi": lambda: +mp.pi}


class Clock:
    """Work that one line may take."""

    def __init__(self, most: int) -> None:
        self.left = most

    def tick(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise NotUnderstood("This line takes too much work to be tried at points.")


@dataclass
class Lookup:
    """One point, with indices bound (`env`) and names overridden."""

    world: World
    point: Point
    clock: Clock
    env: dict[str, int] = field(default_factory=dict)
    overrides: dict[Key, Value] = field(default_factory=dict)
    memo: dict[Any, Value] = field(default_factory=dict)
    depth: int = 0
    primes: Any = None

    def value(self, tree: Any) -> Value:
        raise NotImplementedError

    def slope(self, compute: Any, by: Any) -> Value:
        raise NotImplementedError

    # -- other evaluators --------------------------------------------------------------------------

    def bound(self, letters: dict[str, int]) -> Any:
        """The same point with more indices bound."""
        return replace(self, env={**self.env, **letters})

    def overridden(self, values: dict[Key, Value]) -> Any:
        """The same point with names overridden: whatever is defined through them follows."""
        if self.depth > DEEPEST:
            raise NotUnderstood("Definitions go through each other too deeply.")
        overrides = {**self.overrides, **values}
        return replace(self, overrides=overrides, memo={}, depth=self.depth + 1)

    # -- indices -----------------------------------------------------------------------------------

    def subscript(self, item: Any) -> int | str:
        """The number of an index, or the text of a label."""
        if isinstance(item, Number):
            return int(item.value) if item.value.denominator == 1 else str(item.value)
        if isinstance(item, Name):
            if item.below:
                return self.counted(item)
            if not item.above:
                if item.base in self.env:
                    return self.env[item.base]
                if item.base in self.world.ranges.bounds:
                    return self.point.size(("bound", item.base))
                if item.base in self.world.vocabulary.indices:
                    return self.letter_range(item.base)[0]
            return item.base
        if isinstance(item, Sum | Minus):
            value = self.offset(item)
            if value is not None:
                return value
        return written(item)

    def offset(self, item: Any) -> int | None:
        """i + 1 or k - m as a number, if its letters run."""
        if isinstance(item, Sum):
            parts = [self.offset(t) for t in item.terms]
            return None if None in parts else sum(p for p in parts if p is not None)
        if isinstance(item, Minus):
            inner = self.offset(item.of)
            return None if inner is None else -inner
        found = self.subscript(item)
        return found if isinstance(found, int) else None

    def counted(self, item: Name) -> int | str:
        """The y_i of p_{y_i}."""
        if item.base not in self.world.ranges.integral:
            return written(item)
        value = self.value(item)
        return int(value) if not is_array(value) and value == int(value) else written(item)

    def letter_range(self, letter: str) -> range:
        size = self.point.size(("letter", letter))
        root = self.world.ranges.find(("letter", letter))
        first = 0 if root in self.world.ranges.from_zero() else 1
        return range(first, first + size)

    def free_letters(self, tree: Any) -> set[str]:
        """The indices of a tree that nothing binds, here or in the tree."""
        return set(free_letters(tree, self.world.vocabulary.indices)) - set(self.env)

    # -- names -------------------------------------------------------------------------------------

    def key(self, name: Name) -> Key:
        return (
            name.base,
            tuple([self.subscript(i) for i in name.below]),
            tuple([self.subscript(i) for i in name.above]),
        )

    def name(self, name: Name) -> Value:
        if not name.below and not name.above and name.base in self.env:
            return mp.mpf(self.env[name.base])
        key = self.canonical(self.key(name))
        if key in self.overrides:
            return self.overrides[key]
        loose = self.loose(key[0])
        memo = (key, tuple((n, v) for n, v in self.env.items() if n in loose))
        if memo not in self.memo:
            self.memo[memo] = CYCLE
            try:
                self.memo[memo] = self.found(key)
            except BaseException:
                del self.memo[memo]
                raise
        value = self.memo[memo]
        if value is CYCLE:
            raise NotUnderstood(f"{key[0]} is defined through itself.")
        return value

    def loose(self, base: str) -> frozenset[str]:
        """The indices that definitions of a base leave to where it is used."""
        world = self.world
        if base not in world.loose:
            world.loose[base] = frozenset()  # for a definition that goes through itself
            free: set[str] = set()
            for d in world.definitions.get(base, ()):
                bound = set(free_letters(d.name, world.vocabulary.indices))
                inner = set(free_letters(d.body, world.vocabulary.indices))
                for n in walk(d.body):
                    if isinstance(n, Name | Call):
                        inner |= self.loose(n.base if isinstance(n, Name) else n.function.base)
                free |= inner - bound
            world.loose[base] = frozenset(free)
        return world.loose[base]

    def canonical(self, key: Key) -> Key:
        """The key under the name that is looked up, where two names are one."""
        for left, right in self.world.aliases:
            bound = self.matched(left, key)
            if bound is not None:
                return (
                    self.bound(bound).canonical(self.bound(bound).key(right))
                    if (right.base != key[0] or right.below != left.below)
                    else key
                )
        return key

    def found(self, key: Key) -> Value:
        base, below, above = key
        if base in self.world.poisoned:
            raise NotUnderstood(f"The definition of {base} is not understood.")
        definition, bound = self.defined(key)
        if base == r"\delta" and definition is None:
            indices = (*below, *above)
            if len(indices) == 2 and all(isinstance(i, int) for i in indices):
                return mp.mpf(indices[0] == indices[1])
        if (
            base in CONSTANTS
            and not below
            and not above
            and (definition is None or isinstance(definition.left, Call))
            and base not in self.world.vocabulary.names
        ):
            return CONSTANTS[base]()
        if definition is not None and self.before_first(definition, key):
            return self.point.leaf(key, self.world.shape_of(key))
        if definition is not None:
            return self.bound(bound).value(definition.body)
        if base in self.world.ranges.bounds:
            return mp.mpf(self.point.size(("bound", base)))
        whole = (base, (), above)
        if below and whole in self.overrides:
            return self.picked(self.overrides[whole], list(below))
        if not below and not above:
            if base in IDENTITY_NAMES and not self.world.declared(base):
                return Identity() if self.world.arrays else mp.mpf(1)
            if base == ONES and not self.world.declared(base):
                return Ones() if self.world.arrays else mp.mpf(1)
        accent, _, inner = base.partition("{")
        if inner and accent in self.world.bars:
            return self.barred(accent, Name(inner[:-1], _nodes(below), _nodes(above)))
        if below:
            picked = self.from_whole(key)
            if picked is not None:
                return picked
        else:
            gathered = self.gathered(key)
            if gathered is not None:
                return gathered
        indexed = self.indexed_function(key)
        if indexed is not None:
            return indexed
        curly = (f"\\mathcal{{{base}}}", below, above)
        if self.defined(curly)[0] is not None:
            self.world.note(f"{base} is read as {curly[0]}")
            return self.name_at(curly)
        if base in self.world.abstract:
            return self.point.function(base, self.sinks())
        return self.leaf(key)

    def before_first(self, definition: Definition, key: Key) -> bool:
        """The h_0 that h_t = f(h_{t-1}) starts from, where nothing defines it."""
        numbers = [i for i in (*key[1], *key[2]) if isinstance(i, int)]
        zero = any(isinstance(i, int) and i == 0 for i in numbers) and bool(
            self.world.ranges.from_zero()
        )
        return bool(numbers) and min(numbers) < 1 and not zero and _runs(definition.name)

    def indexed_function(self, key: Key) -> Value | None:
        """The \\xi_i of \\xi(t_i, y_i) = ...: the value for the sample i."""
        base, below, above = key
        if not below:
            return None
        for definition in self.world.functions_of(Name(base)):
            for v in definition.variables:
                if isinstance(v, Name) and len(v.below) == len(below):
                    bound = self.matched(v, (v.base, below, above))
                    if bound is not None:
                        return self.bound(bound).value(definition.body)
        return None

    def leaf(self, key: Key) -> Value:
        base, below, above = key
        ranges = self.world.ranges
        slot = (base, "below", "0", "1", "0")
        if below == (0,) and slot in ranges.parent and ranges.find(slot) not in ranges.from_zero():
            self.world.note(f"{base}_0 stands before the first and is read as 0")
            return mp.mpf(0)
        if len(above) == 1 and not below and isinstance(above[0], int) and slot in ranges.parent:
            # x^{(k)} beside x_k, neither with a definition: one family in two spellings.
            key = (base, above, ())
        if base in self.world.symmetric and len(below) == 2:
            key = (base, tuple(sorted(below, key=str)), above)
        value = self.point.leaf(key, self.world.shape_of(key))
        total = self.world.totals.get(key[0])
        return value if total is None else self.scaled(key, value, total)

    def scaled(self, key: Key, value: Value, total: Any) -> Value:
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
            abs(self.point.leaf((base, (*below[:-1], i), above))) for i in self.slot_range(slot)
        )
        return abs(value) * total / everything

    def barred(self, accent: str, inner: Name) -> Value:
        of = self.world.bars[accent]
        if isinstance(of, Name) and self.key(of) == self.key(inner):
            return mp.mpf(1)
        return self.slope(lambda e: e.value(of), inner)

    def sinks(self) -> list[Any]:
        """What an unknown cost is a function of: the names that no definition uses."""
        out: list[Any] = []
        for name in self.world.sink_names():
            if name.below or name.above:
                letters = sorted(free_letters(name, self.world.vocabulary.indices))
                spans = [self.letter_range(n) for n in letters]
                for i in np.ndindex(*map(len, spans)):
                    bound = {n: s[j] for n, s, j in zip(letters, spans, i, strict=True)}
                    out += entries(self.bound(bound).name(name))
            else:
                out += entries(self.name(name))
        return out

    # -- definitions -------------------------------------------------------------------------------

    def defined(self, key: Key) -> tuple[Definition | None, dict[str, int]]:
        """The definition of a key, and the indices that its left side binds."""
        base, below, above = key
        # S_0 = 0 stands before S_k = S_{k-1} w: a number before what runs.
        for definition in sorted(self.world.definitions.get(base, ()), key=lambda d: _runs(d.name)):
            name = definition.name
            if len(name.below) != len(below) or len(name.above) != len(above):
                continue
            bound = self.matched(name, key)
            if bound is None:
                continue
            if any(isinstance(v, Number) for v in definition.variables):
                continue
            return definition, bound
        return None, {}

    def matched(self, name: Name, key: Key) -> dict[str, int] | None:
        """The indices that make `name` this key: i = 1 for v_{i+1} and v_2; None if none do."""
        base, below, above = key
        if name.base != base or len(name.below) != len(below) or len(name.above) != len(above):
            return None
        bound: dict[str, int] = {}
        for pattern, value in zip((*name.below, *name.above), (*below, *above), strict=True):
            if not self.match_one(pattern, value, bound):
                return None
        return bound

    def match_one(self, pattern: Any, value: int | str, bound: dict[str, int]) -> bool:
        indices = self.world.vocabulary.indices
        if isinstance(pattern, Name) and not pattern.below and pattern.base in indices:
            if not isinstance(value, int):
                return False
            return bound.setdefault(pattern.base, value) == value
        if isinstance(pattern, Sum) and isinstance(value, int):
            letters = [t for t in pattern.terms if isinstance(t, Name) and t.base in indices]
            rest = [t for t in pattern.terms if t not in letters]
            shifts = [self.offset(t) for t in rest]
            if len(letters) == 1 and None not in shifts:
                found = value - sum(s for s in shifts if s is not None)
                return bound.setdefault(letters[0].base, found) == found
        return self.subscript(pattern) == value

    # -- arrays and their components ---------------------------------------------------------------

    def slot_range(self, slot: tuple[str, ...]) -> range:
        ranges = self.world.ranges
        size = self.point.size(slot)
        first = 0 if ranges.find(slot) in ranges.from_zero() else 1
        return range(first, first + size)

    def gathered(self, key: Key) -> Value | None:
        """y as the column of y_1, ..., y_n, where only its components are known."""
        base, _, above = key
        ranges = self.world.ranges
        if base in self.world.shaped or base in ranges.integral:
            return None
        for count in (1, 2):
            slots = [(base, "below", str(i), str(count), str(len(above))) for i in range(count)]
            if not all(s in ranges.parent for s in slots):
                continue
            spans = [self.slot_range(s) for s in slots]
            if count == 1:
                return column([self.name_at((base, (i,), above)) for i in spans[0]])
            out = np.empty((len(spans[0]), len(spans[1])), dtype=object)
            for i, j in np.ndindex(*out.shape):
                out[i, j] = self.name_at((base, (spans[0][i], spans[1][j]), above))
            return out
        return None

    def from_whole(self, key: Key) -> Value | None:
        """y_i as a component of y, where y has a definition or a shape."""
        base, below, above = key
        if not all(isinstance(i, int) for i in below):
            labelled = (base, below[:-1], above)  # δ_{oi} is row i of δ_o
            if isinstance(below[-1], int) and self.defined(labelled)[0] is not None:
                whole = self.name_at(labelled)
                return self.picked(whole, [below[-1]]) if is_array(whole) else None
            return None
        slot = (base, "below", "0", str(len(below)), str(len(above)))
        base = self.world.whole_of(base, below)
        definition, _ = self.defined((base, (), above))
        if (
            definition is None
            and base == key[0]
            and slot in self.world.ranges.parent
            and base not in self.world.shaped
        ):
            return None  # the whole is made of these components
        if definition is None and self.world.shape_of((base, (), above)) == (1, 1):
            return None
        whole = self.name_at((base, (), above))
        return self.picked(whole, list(below)) if is_array(whole) else None

    def picked(self, whole: Value, below: list[Any]) -> Value:
        if not is_array(whole) or not all(isinstance(i, int) for i in below):
            raise NotUnderstood("This has no component of that index.")
        try:
            if len(below) == 1 and 1 in whole.shape:
                return whole.ravel()[below[0] - 1]
            if len(below) == 1:
                return whole[below[0] - 1 : below[0], :]
            return whole[below[0] - 1, below[1] - 1]
        except IndexError:
            raise Misfit("an index runs past the end") from None

    def name_at(self, key: Key) -> Value:
        return self.name(Name(key[0], _nodes(key[1]), _nodes(key[2])))

    def entry_of(self, key: Key) -> Any:
        """(whole, row, column) of a component whose array is what is drawn or defined."""
        base, below, above = key
        if not below or key in self.overrides or self.defined(key)[0] is not None:
            return None
        if self.from_whole(key) is None:
            return None
        whole = (self.world.whole_of(base, below), (), above)
        shape = self.name_at(whole).shape
        if len(below) == 2:
            return whole, below[0] - 1, below[1] - 1
        return (whole, below[0] - 1, 0) if shape[1] == 1 else (whole, 0, below[0] - 1)

    def components(self, by: Name) -> Any:
        """The key of a number, or the array of the keys of the components of `by`."""
        key = self.canonical(self.key(by))
        value = self.name_at(key)
        if not is_array(value):
            return self.entry_of(key) or key
        out = np.empty(value.shape, dtype=object)
        definition, _ = self.defined(key)
        slots = self.world.ranges.parent
        upper = str(len(key[2]))
        single = (key[0], "below", "0", "1", upper) in slots and not key[1]
        double = (key[0], "below", "1", "2", upper) in slots and not key[1]
        for i, j in np.ndindex(*value.shape):
            if (
                definition is not None
                or key[0] in self.world.shaped
                or key in self.overrides
                or not (single or double)
            ):
                out[i, j] = (key, i, j)
            elif single:
                first = self.slot_range((key[0], "below", "0", "1", upper))[0]
                out[i, j] = (key[0], (max(i, j) + first,), key[2])
            else:
                out[i, j] = (key[0], (i + 1, j + 1), key[2])
        return out

    # -- functions ---------------------------------------------------------------------------------

    def call(self, call: Call) -> Value:
        base = call.function.base
        if base in self.world.poisoned:
            raise NotUnderstood(f"The definition of {base} is not understood.")
        for left, right in self.world.aliases:
            if left == call.function:
                return self.call(Call(right, call.arguments, call.order, at=call.at))
        if self.world.is_function(call.function):
            return self.declared_call(call)
        built_in = FUNCTIONS.get(base.removeprefix("\\"))
        if built_in and base.startswith("\\"):
            return self.applied(BUILT_IN[built_in], call)
        if self.world.defines(call.function):
            return self.shown(call)
        if base in CONVENTIONS:
            self.world.note(
                f"{base} is read as the {CONVENTIONS[base]} function: nothing here defines it"
            )
            return self.applied(BUILT_IN[CONVENTIONS[base]], call)
        return self.unknown(call)

    def applied(self, f: Callable[..., Value], call: Call) -> Value:
        """f of the arguments; with primes, its derivative in the one argument, entry by entry."""
        arguments = [self.value(a) for a in call.arguments]
        if not call.order:
            try:
                return f(*arguments)
            except TypeError:
                raise NotUnderstood(
                    f"{call.function.base} does not take {len(arguments)} arguments."
                ) from None
        if len(arguments) != 1:
            raise NotUnderstood("A prime belongs to a function of one variable.")
        return self.slope_of(f, arguments[0], call.order)

    def slope_of(self, f: Callable[[Value], Value], u: Value, order: int) -> Value:
        if not order:
            return f(u)
        h = mp.mpf(10) ** -28
        above, below = (self.slope_of(f, u + s * h, order - 1) for s in (1, -1))
        return (above - below) / (2 * h)

    def declared_call(self, call: Call) -> Value:
        definitions = self.world.functions_of(call.function)
        for definition in definitions:
            found = self.bind(definition, call)
            if found is not None:
                return self.body_at(definition, found, call)
        if call.order and len(call.arguments) == 1 and self.world.defines(call.function):
            return self.shown(call)
        if not any(isinstance(v, Number) for d in definitions for v in d.variables):
            name = definitions[0].left
            raise NotUnderstood(
                f"{name.function.base} takes {len(name.arguments)} arguments, not "
                f"{len(call.arguments)}."
            )
        return self.unknown(call)

    def bind(self, definition: Definition, call: Call) -> dict[Any, Any] | None:
        """variable → argument, both as trees; None where a number among them differs."""
        variables, arguments = definition.variables, call.arguments
        if len(variables) != len(arguments):
            if (
                not call.order
                and len(arguments) < len(variables)
                and all(a in variables for a in arguments)
            ):
                return {}
            return None
        out = {}
        for v, a in zip(variables, arguments, strict=True):
            if isinstance(v, Number):
                if self.value(a) != self.value(v):
                    return None
            elif v != a and not _contains(a, v):
                out[v] = a
        return out

    def body_at(self, definition: Definition, found: dict[Any, Any], call: Call) -> Value:
        values = {}
        for variable, argument in found.items():
            value = self.value(argument)
            if isinstance(variable, Power):
                values[self.key(variable.base)] = each(
                    lambda x, p=variable.exponent.value: x ** (1 / mp.mpf(p.numerator)), value
                )
            else:
                values[self.key(variable)] = value
        bound = self.matched(definition.name, self.key(call.function)) or {}
        inner = (self.overridden(values) if values else self).bound(bound)
        if not call.order:
            return inner.value(definition.body)
        variables = [v for v in definition.variables if isinstance(v, Name)]
        if len(variables) == 1:
            return inner.prime(definition.body, variables[0], call.order)
        if call.order > 1:
            raise NotUnderstood("Two primes on a function of several variables leave open which.")
        slopes = [inner.slope(lambda e: e.value(definition.body), v) for v in variables]
        return column([x for s in slopes for x in entries(s)])

    def prime(self, body: Any, variable: Name, order: int) -> Value:
        """The derivative of a body in its variable; of an array, entry by entry."""
        key = self.key(variable)
        here = self.name(variable)

        def f(u: Value) -> Value:
            return self.overridden({key: u}).value(body)

        if is_array(here) and not is_array(f(here)):
            return self.slope(lambda e: e.value(body), variable)
        return self.slope_of(f, here, order)

    def shown(self, call: Call) -> Value:
        """J(w): J, with what it depends on shown; J'(w) is dJ/dw."""
        for a in call.arguments:
            if not isinstance(a, Name):
                raise NotUnderstood(
                    f"{call.function.base} is declared as a value, not as a function; "
                    f"declare it with its variable, or write the product with a dot."
                )
        if not call.order:
            return self.name(call.function)
        if len(call.arguments) != 1:
            raise NotUnderstood("A prime belongs to a function of one variable.")
        by = call.arguments[0]

        def derive(e: Any, order: int) -> Value:
            if not order:
                return e.name(call.function)
            return e.slope(lambda inner: derive(inner, order - 1), by)

        return derive(self, call.order)

    def unknown(self, call: Call) -> Value:
        """A function of which nothing is known, but that it is smooth."""
        arguments = [x for a in call.arguments for x in entries(self.value(a))]
        label = self.key(call.function)
        if label[0] in self.world.symmetric and len(arguments) == 2:
            arguments = sorted(arguments)
        shape = self.world.function_shapes.get(
            (label[0], tuple(map(str, label[1])), tuple(map(str, label[2])))
        )
        if shape is not None and not call.order:
            out = np.empty(shape, dtype=object)
            for i, j in np.ndindex(*shape):
                out[i, j] = self.point.function((label, i, j), arguments)
            return out
        if not call.order:
            if len(call.arguments) == 1 and is_array(self.value(call.arguments[0])):
                return each(lambda x: self.point.function(label, [x]),
                            self.value(call.arguments[0]))  # fmt: skip
            return self.point.function(label, arguments)
        if len(call.arguments) != 1:
            raise NotUnderstood("A prime belongs to a function of one variable.")
        return self.slope_of(
            lambda u: each(lambda x: self.point.function(label, [x]), u),
            self.value(call.arguments[0]), call.order,
        )  # fmt: skip

    # -- variables that are not named --------------------------------------------------------------

    def variable_of(self, name: Any) -> Any:
        """The variable of E', where only one can be meant."""
        if not isinstance(name, Name):
            by = self.primes and self.primes.get("operator")
            found = by[0] if by else self.world.only_variable(name)
            if found is None:
                raise NotUnderstood("This prime does not say in which variable.")
            return found
        if self.primes is not None and self.primes.get(name) is not None:
            return self.primes[name]
        for definition in self.world.functions_of(name):
            names = [v for v in definition.variables if isinstance(v, Name)]
            if len(names) == 1:
                return names[0]
        moving = self.world.only_variable(name)
        if moving is not None:
            return moving
        raise NotUnderstood(
            f"{name.base}' does not say in which variable; write d{name.base}/dx, or declare "
            f"{name.base}(x)."
        )

    def nabla_alone(self, tree: Gradient) -> Value:
        """∇C without a variable: a vector of its own, unless C shows its variables."""
        of = tree.of
        if isinstance(of, Call) and not of.order and all(isinstance(a, Name) for a in of.arguments):
            parts = [self.slope(lambda e: e.value(of), a) for a in of.arguments]
            return parts[0] if len(parts) == 1 else column([x for p in parts for x in entries(p)])
        if isinstance(of, Name):
            key = (f"\\nabla {of.base}", (), ())
            if self.world.defines(Name(key[0])):
                return self.name(Name(key[0]))
            for definition in self.world.functions_of(of):
                names = [v for v in definition.variables if isinstance(v, Name)]
                parts = [self.slope(lambda e: e.value(of), v) for v in names]
                return (
                    parts[0] if len(parts) == 1 else column([x for p in parts for x in entries(p)])
                )
            if not self.world.defines(of):
                return self.point.leaf(key, self.world.shape_of(key))
        raise NotUnderstood("This ∇ does not say in which variable; write \\nabla_w.")

    def name_of(self, tree: Any) -> Name:
        """The name that is defined to be this: ∂C/∂σ(z) is ∂C/∂ŷ for ŷ = σ(z)."""
        for definitions in self.world.definitions.values():
            for d in definitions:
                if isinstance(d.left, Name) and d.body == tree:
                    return d.left
        raise NotUnderstood("A derivative is taken in a name; name this and differentiate in it.")


CYCLE = object()


def _contains(whole: Any, part: Any) -> bool:
    """θ for θ_σ: the whole of which the variable is a part."""
    return (
        isinstance(whole, Name) and isinstance(part, Name) and whole.base == part.base
        and not whole.below and bool(part.below)
    )  # fmt: skip


def _runs(name: Name) -> bool:
    return not all(isinstance(i, Number) for i in (*name.below, *name.above))


def _nodes(items: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([Number(Fraction(i)) if isinstance(i, int) else Name(i) for i in items])


def free_letters(tree: Any, indices: frozenset[str]) -> Iterator[str]:
    """Index letters that no Σ of the tree binds."""
    if isinstance(tree, Name):
        for item in (*tree.below, *tree.above):
            yield from _letters(item, indices)
        if not tree.below and not tree.above and tree.base in indices:
            yield tree.base
        return
    if isinstance(tree, Big):
        inner = {i.base for i in tree.indices}
        if not inner:
            return
        for child in children(tree):
            yield from (n for n in free_letters(child, indices) if n not in inner)
        return
    for child in children(tree):
        yield from free_letters(child, indices)


def _letters(item: Any, indices: frozenset[str]) -> Iterator[str]:
    if isinstance(item, Name) and not item.below and not item.above:
        if item.base in indices:
            yield item.base
        return
    if isinstance(item, Name):
        yield from free_letters(item, indices)
        return
    for child in children(item):
        yield from _letters(child, indices)
