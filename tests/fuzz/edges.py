"""Models at the edges of their formulas: names that are exactly 0, 1, infinite or without a value.

What a formula says there is seldom what a rewrite of it says: h·z is 0/0 where h = y/z + x and
z = w - w, and y + x·z is not. Among formulas drawn alike few meet such a name, and most finds did.
Models are those of `formulas.py`, with its witness.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from fuzz.formulas import (
    EXPONENTS,
    FUNCTIONS,
    RELATIONS,
    Definitions,
    Tree,
    draw_number,
    draw_tree,
    resting,
)

ZERO: Tree = ("number", "0")
ONE: Tree = ("number", "1")
LEAVES = ["w", "b", "x", "y"]


def number(text: str) -> Tree:
    return ("number", text)


def call(name: str, *arguments: Tree) -> Tree:
    return ("call", name, *arguments)


def below(u: Tree) -> Tree:
    """A number that is less than 0, whatever u is."""
    return ("-", ("neg", call("square", u)), ONE)


# what a name is exactly, made of any u and v
ZEROS: list[Callable[[Tree, Tree], Tree]] = [
    lambda u, v: ("-", u, u),
    lambda u, v: ("*", ZERO, u),
    lambda u, v: ("-", ("+", u, v), ("+", u, v)),
    lambda u, v: ("-", number("10"), ("-", ("+", number("10"), u), u)),
    lambda u, v: ("-", ("*", u, v), ("*", v, u)),
    lambda u, v: call("relu", below(u)),
    lambda u, v: call("max", below(u), ZERO),
    lambda u, v: call("tanh", ("-", u, u)),
    lambda u, v: call("log", ("/", ("+", ONE, call("square", u)), ("+", ONE, call("square", u)))),
    lambda u, v: ("where", (">", u, u), v, ZERO),
    lambda u, v: ("where", ("<", below(v), ZERO), ZERO, u),
    lambda u, v: call("sign", ("-", u, u)),
    lambda u, v: call("floor", call("sigmoid", call("sin", u))),
    lambda u, v: ("-", call("max", u, v), call("max", u, v)),
    lambda u, v: ("+", call("min", u, ("neg", u)), call("abs", u)),
]
ONES: list[Callable[[Tree, Tree], Tree]] = [
    lambda u, v: ("/", u, u),
    lambda u, v: ("^", u, ZERO),
    lambda u, v: call("exp", ("*", ZERO, u)),
    lambda u, v: ("+", ONE, ("-", u, u)),
    lambda u, v: call("cosh", ("-", v, v)),
    lambda u, v: call("hardsigmoid", ("+", number("6"), call("abs", u))),
    lambda u, v: call("clip", ("-", number("2"), below(u)), ZERO, ONE),
    lambda u, v: ("where", ("==", u, u), ONE, v),
]
ENDLESS: list[Callable[[Tree, Tree], Tree]] = [
    lambda u, v: ("/", u, ("-", v, v)),
    lambda u, v: call("log", ("*", ZERO, u)),
    lambda u, v: ("^", ("-", u, u), number("-1/2")),
    lambda u, v: call("atanh", ("/", u, u)),
    lambda u, v: call("exp", ("+", number("1e10"), call("abs", u))),
    lambda u, v: ("/", ONE, call("relu", below(v))),
    lambda u, v: call("logit", call("max", below(v), ZERO)),
]
NOTHING: list[Callable[[Tree, Tree], Tree]] = [
    lambda u, v: call("log", below(u)),
    lambda u, v: call("sqrt", below(u)),
    lambda u, v: ("/", ("-", u, u), ("-", v, v)),
    lambda u, v: call("acosh", ("-", u, u)),
    lambda u, v: ("^", below(u), number("1/2")),
    lambda u, v: ("*", ZERO, call("log", below(v))),
]
SIGNED: list[Callable[[Tree, Tree], Tree]] = [
    lambda u, v: below(u),
    lambda u, v: call("min", u, number("-1")),
    lambda u, v: number("-2.5"),
    lambda u, v: call("relu", u),
    lambda u, v: call("abs", u),
    lambda u, v: call("square", u),
    lambda u, v: ("neg", call("abs", u)),
    lambda u, v: call("floor", u),
    lambda u, v: call("max", u, v),
    lambda u, v: u,
]
# how often a name is of which kind
SPECIAL = [(ZEROS, 6), (ONES, 3), (ENDLESS, 2), (NOTHING, 1), (SIGNED, 5)]


def draw_special(random: Random, names: list[str]) -> Tree:
    rows = random.choices([r for r, _ in SPECIAL], [n for _, n in SPECIAL])[0]
    parts = [
        ("name", random.choice(names)) if random.random() < 0.7 else draw_tree(random, names, 1)
        for _ in range(2)
    ]
    return random.choice(rows)(*parts)


def draw_use(random: Random, names: list[str], depth: int) -> Tree:
    """A formula in which names stand where it matters what they are exactly."""
    if depth <= 0 or random.random() < 0.1:
        return ("name", random.choice(names))

    def part() -> Tree:
        return draw_use(random, names, depth - 1)

    kind = random.choices(
        ["*", "/", "+", "-", "^", "exponent", "where", "nested", "choice", "call"],
        [5, 5, 3, 3, 2, 2, 2, 1, 2, 4],
    )[0]
    match kind:
        case "^":
            return ("^", part(), part())
        case "exponent":
            return ("^", part(), number(random.choice(EXPONENTS)))
        case "where":
            return ("where", (random.choice(sorted(RELATIONS)), part(), part()), part(), part())
        case "nested":
            inner = ("where", (random.choice(sorted(RELATIONS)), part(), part()), part(), part())
            relation = random.choice(sorted(RELATIONS))
            return ("where", (relation, inner, part()), *random.sample([inner, part()], 2))
        case "choice":
            return call(random.choice(["max", "min", "atan2", "hypot", "clip"][:4]), part(), part())
        case "call":
            name = random.choice(sorted(FUNCTIONS))
            return call(name, *(part() for _ in range(FUNCTIONS[name][0])))
    return (kind, part(), part())


def draw_edges(random: Random) -> Definitions:
    """Up to four names, most of them special, and a cost made of them."""
    trees: dict[str, Tree] = {}
    names = list(LEAVES)
    for name in ["z", "h", "p"][: random.randint(1, 3)]:
        special = random.random() < 0.6
        trees[name] = draw_special(random, names) if special else draw_use(random, names, 2)
        names += [name] * 3
    trees["C"] = draw_use(random, names, random.randint(1, 3))
    trees, met, parameters = resting(trees, LEAVES)
    points = [
        {n: draw_number(random) if random.random() < 0.6 else _small(random) for n in met}
        for _ in range(4)
    ]
    return Definitions(trees, parameters, [n for n in met if n not in parameters], points)


def _small(random: Random) -> float:
    """A number among which some are the same."""
    return float(random.choice([0, 1, -1, 2, -2, 0.5]))
