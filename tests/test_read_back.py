"""symgd reads what symgd writes, and names the line in which a mistake is planted.

Random models: names and functions by lot, derived and rendered as LaTeX. On the page no line is
wrong and none is unknown. Then one line is changed in one place, its sign, a factor, a term, a
function or an exponent, and the page is read again: this line is wrong, and the first that is.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from symgd import Model, check_text
from symgd.errors import SymgdError
from symgd.language.latex.printer import to_latex
from symgd.language.latex.statements import statement
from symgd.language.latex.syntax import (
    Call,
    Minus,
    Name,
    Number,
    Power,
    Product,
    Sum,
    exchange,
    walk,
)
from symgd.language.latex.vocabulary import Vocabulary

# Not softplus, whose page does not say that its β is 1: test_gaps.
FUNCTIONS = ("sin", "cos", "tanh", "exp", "sigmoid", "sech", "arctan", "gelu")
LEAVES = ("w", "u", "v", "beta", "theta_1", "x_2")
NAMES = ("z", "h", "s", "yhat", "q")


def formula(rng: random.Random, names: list[str], depth: int = 2) -> str:
    """A smooth formula in some of the names."""
    if depth == 0:
        return rng.choice([*names, *names, str(rng.randint(2, 5))])
    kind = rng.choice(["+", "-", "*", "*", "f", "f", "^", "/"])
    a = formula(rng, names, depth - 1)
    if kind == "f":
        return f"{rng.choice(FUNCTIONS)}({a})"
    if kind == "^":
        return f"({a})^{rng.randint(2, 3)}"
    b = formula(rng, names, depth - 1)
    return f"({a})/(1 + ({b})^2)" if kind == "/" else f"({a}) {kind} ({b})"


def model(rng: random.Random) -> Model:
    """A chain of definitions, each in leaves and in the one before it."""
    leaves = rng.sample(LEAVES, 3)
    count = rng.randint(1, 3)
    definitions = {}
    known = list(leaves)
    for name in rng.sample(NAMES, count):
        definitions[name] = f"{formula(rng, known)} + {rng.choice(leaves)}*{known[-1]}"
        known = [*leaves, name]
    definitions["C"] = f"({known[-1]} - {rng.choice(leaves)})^2/2"
    return Model(definitions, parameters=leaves[:2])


def page(seed: int) -> str:
    """The page of the first model from this seed on that can be derived."""
    for k in range(20):
        try:
            return str(model(random.Random(f"{seed} {k}")).derive().to_latex(document=True))
        except SymgdError:
            continue
    raise AssertionError("No model can be derived.")


# -- mistakes -------------------------------------------------------------------------------------

Mistake = Callable[[Any, random.Random], Any]
#  function       one that is never the same
OTHER = {r"\sin": r"\cos", r"\cos": r"\sin", r"\tanh": r"\sin", r"\sigma": r"\tanh",
         r"\Phi": r"\sin"}  # fmt: skip


def sign(tree: Any, rng: random.Random) -> Any:
    return Minus(tree)


def factor(tree: Any, rng: random.Random) -> Any:
    return Product((Number(3), tree), ("",))


def term(tree: Any, rng: random.Random) -> Any:
    """A sum on its own without one of its terms."""
    if not isinstance(tree, Sum):
        return None
    terms = list(tree.terms)
    del terms[rng.randrange(len(terms))]
    return terms[0] if len(terms) == 1 else replace(tree, terms=tuple(terms))


def function(tree: Any, rng: random.Random) -> Any:
    calls = [n for n in walk(tree) if isinstance(n, Call) and n.function.base in OTHER]
    if not calls:
        return None
    old = rng.choice(calls)
    return exchange(tree, {old: replace(old, function=Name(OTHER[old.function.base]))})


def exponent(tree: Any, rng: random.Random) -> Any:
    powers = [n for n in walk(tree) if isinstance(n, Power) and isinstance(n.exponent, Number)]
    if not powers:
        return None
    old = rng.choice(powers)
    return exchange(tree, {old: replace(old, exponent=Number(old.exponent.value + 1))})


MISTAKES: dict[str, Mistake] = {
    "sign": sign, "factor": factor, "term": term, "function": function, "exponent": exponent,
}  # fmt: skip
LEFT = re.compile(r"\\frac\{\\partial C\}\{\\partial (?P<name>[^=]*)\} &= (?P<right>.*)$")


def planted(text: str, mistake: Mistake, rng: random.Random) -> tuple[str, int] | None:
    """The page with the mistake in a line of its result, and the number of that line."""
    lines = text.split("\n")
    start = max(i for i, line in enumerate(lines) if "The gradient" in line)
    for i in range(start, len(lines)):
        found = LEFT.match(lines[i].removesuffix(r" \\"))
        if found is None or r"\fit" in lines[i] or found["right"].strip() == "0":
            continue
        tree = statement(found["right"], Vocabulary(functions=frozenset({r"\sigma", r"\Phi"})))
        changed = mistake(tree.members[0], rng)
        if changed is None:
            continue
        end = lines[i][len(lines[i].removesuffix(r" \\")) :]
        lines[i] = f"{lines[i][: found.start('right')]}{to_latex(changed)}{end}"
        return "\n".join(lines), i + 1
    return None


QUICK = [*range(2), *(pytest.param(s, marks=pytest.mark.slow) for s in range(2, 10))]


@pytest.mark.parametrize("seed", QUICK)
def test_a_page_is_read_back(seed):
    found = check_text(page(seed), "tex")
    bad = [f"{x.verdict}: {x.reason}: {x.text}" for x in found.lines
           if x.verdict not in ("proved", "sampled")]  # fmt: skip
    assert not bad, "\n".join(bad)


@pytest.mark.parametrize("kind", MISTAKES)
@pytest.mark.parametrize("seed", QUICK)
def test_a_planted_mistake_is_named(seed, kind):
    for k in range(30):
        made = planted(page(seed + 1000 * k), MISTAKES[kind], random.Random(seed))
        if made is not None:
            break
    else:
        raise AssertionError(f"No page has a place for this mistake: {kind}.")
    text, number = made
    found = check_text(text, "tex")
    wrong = [line.number for line in found.lines if line.verdict == "wrong"]
    assert wrong[:1] == [number], [x.text for x in found.lines if x.number in (number, *wrong)]
