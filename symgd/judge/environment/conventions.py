r"""What letters mean as functions where nothing defines them: \phi beside \Phi, \psi beside \Gamma.

A letter alone may be anything, and its usual meaning is a reading that acquits. Letters that stand
together are read by it: where \Phi is differentiated and \phi stands beside it, they are the normal
distribution and its density.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from symgd.judge.environment.environment import Definition, Environment
from symgd.judge.words import say
from symgd.language.latex.grammar import USUAL
from symgd.language.latex.statements import statement
from symgd.language.latex.syntax import Call, Derivative, walk

# \\varpi is a letter that no formula of a person has.
#  letter      what it is called, and what it is
MEANINGS = (
    (r"\phi", say("meaning:normal"),
     r"\phi(\varpi) = \frac{1}{\sqrt{2\pi}} e^{-\frac{1}{2}\varpi^2}"),
    (r"\Gamma", say("meaning:gamma"), r"\Gamma(\varpi) = e^{\operatorname{lgamma}(\varpi)}"),
    (r"\psi", say("meaning:digamma"), r"\psi(\varpi) = \operatorname{digamma}(\varpi)"),
    (r"\sigma", say("meaning:tanh"), r"\sigma(\varpi) = \tanh(\varpi)"),
    (r"\sigma", say("meaning:relu"), r"\sigma(\varpi) = \max(0, \varpi)"),
)  # fmt: skip
# Letters that settle each other, where the first is differentiated.
TOGETHER = ((r"\Phi", r"\phi"), (r"\Gamma", r"\psi"))


def meanings(env: Environment) -> Iterator[tuple[str, str, Definition]]:
    """(letter, what it is called, its definition) for what is called here and never defined."""
    called = undefined_calls(env)
    for base, name, text in MEANINGS:
        if base in called:
            yield base, name, definition(env, text)


def definition(env: Environment, text: str) -> Definition:
    left, body = statement(text, env.vocabulary, USUAL).members
    return Definition(left, body, text)


def undefined_calls(env: Environment) -> set[str]:
    """The letters that stand before a bracket as functions, and that nothing defines."""
    return {
        n.function.base
        for t in env.document.trees for n in walk(t)
        if isinstance(n, Call) and not (n.function.below or env.definitions.get(n.function.base))
    } - env.poisoned  # fmt: skip


def settle_together(env: Environment) -> None:
    """Define the letters that settle each other, and note it."""
    called = undefined_calls(env)
    for pair in TOGETHER:
        if set(pair) <= called and any(map(differentiated(pair[0]), env.document.trees)):
            for base, name, found in list(meanings(env)):
                if base in pair:
                    env.define(found)
                    env.note(say("note:read-as", letter=base, meaning=name))


def differentiated(base: str) -> Any:
    def within(tree: Any) -> bool:
        return any(
            (isinstance(n, Call) and n.order and n.function.base == base)
            or (isinstance(n, Derivative) and n.of is not None
                and any(isinstance(m, Call) and m.function.base == base for m in walk(n.of)))
            for n in walk(tree)
        )  # fmt: skip

    return within
