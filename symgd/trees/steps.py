"""What a derivation is made of: steps, sections of steps, and the derivation of a gradient.

    Step         one equation, before == after, the rule that licenses it, the part that changed
    Section      a chain of steps from one left side: ∂C/∂w = ... = ..., or a lemma σ'(z) = ...
    Derivation   the lemmas, the backward pass, and a section for each parameter

Data only. A `Section` checks on construction that each step begins where the last one ended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import sympy as sp

from symgd.errors import BrokenChainError
from symgd.trees.graph import Graph
from symgd.trees.kept import Kept
from symgd.trees.scalars import D, Expr, replace_all, settle, walk

STRENGTH = {"proved": 3, "exact": 2, "sampled": 1, "refuted": 0}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a step came to.

    status   `proved`: the difference of the two sides reduces to 0 in an exact normal form;
             `exact`: equal in exact fractions at `points` random points (of matrices);
             `sampled`: equal at `points` random points of the domain, to `digits` digits;
             `refuted`: different at the point `where`
    """

    status: str
    points: int = 0
    digits: int = 0
    where: Mapping[str, str] | None = None

    def __str__(self) -> str:
        if self.status == "sampled":
            return f"sampled at {self.points} points to {self.digits} digits"
        if self.status == "exact":
            return f"equal in exact fractions at {self.points} points"
        return self.status


def weakest(verdicts: Any) -> Verdict:
    """The verdict of a whole is that of its weakest step."""
    return min(verdicts, key=lambda v: STRENGTH[v.status], default=Verdict("proved"))


@dataclass(frozen=True, slots=True)
class Step(Kept):
    """before == after, by the rule `rule`.

    part      the subexpression that changed and what it became, where that is less than the whole
    detail    what the rule was applied to, in the words of the rule: a name, a lemma
    also      rules that were used in passing on the same line
    note      a convention that the line relies on, as (place, value): "at z = 0 we take 0"
    """

    before: Any
    after: Any
    rule: str
    part: tuple[Any, Any] | None = None
    detail: Any = None
    also: tuple[str, ...] = ()
    note: tuple[Any, ...] | None = None
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Section(Kept):
    """left == steps[0].before, and then one equation a step.

    kind      lemma, backward, tangent (∂v/∂t of an inner name v), gradient or hessian
    id        stable: "lemma:sigmoid:0", "gradient:w"
    number    of a lemma, as the text refers to it
    function  whose derivative a lemma is about
    instances of a lemma in indices: what stands for its general names, each time that it is checked
    """

    kind: str
    id: str
    left: Any
    steps: tuple[Step, ...]
    number: int = 0
    function: str = ""
    instances: tuple[Mapping[Expr, Expr], ...] = ()

    def __post_init__(self) -> None:
        if self.steps and self.steps[0].before != self.left:
            raise BrokenChainError(
                f"{self.id} is about {self.left} but begins at {self.steps[0].before}."
            )
        for a, b in pairwise(self.steps):
            if a.after != b.before:
                raise BrokenChainError(
                    f"In {self.id}, {a.rule} ends in {a.after}, and {b.rule} begins at {b.before}."
                )

    @property
    def result(self) -> Any:
        return self.steps[-1].after if self.steps else self.left

    @property
    def verdict(self) -> Verdict:
        return weakest(s.verdict for s in self.steps if s.verdict is not None)

    def with_steps(self, steps: tuple[Step, ...]) -> Section:
        return replace(self, steps=steps)


@dataclass(frozen=True)
class Derivation(Kept):
    """The gradient (order 1) or Hessian (order 2) of a cost, derived.

    lemmas     derivatives of the cost in its prediction and of each activation
    backward   ∂C/∂v for the names on the way, where a gradient goes through them
    sections   one for each parameter, or pair of parameters
    forms      for each left side, its result
    told       by the chain rule from the cost to each, or by backpropagation
    alike      left side → that of an earlier section, which it is with names exchanged
    """

    graph: Graph
    order: int
    detail: str
    lemmas: tuple[Section, ...]
    backward: tuple[Section, ...]
    sections: tuple[Section, ...]
    wrt: tuple[tuple[sp.Symbol, ...], ...] = field(default=())
    told: str = "chain"
    alike: Mapping[Expr, Expr] = field(default_factory=dict)

    @cached_property
    def forms(self) -> dict[Expr, Expr]:
        return {s.left: s.result for s in (*self.lemmas, *self.backward, *self.sections)}

    @property
    def all_sections(self) -> tuple[Section, ...]:
        return (*self.lemmas, *self.backward, *self.sections)

    @cached_property
    def results(self) -> dict[str, Expr]:
        """parameter → its derivative as a sympy expression in the names of the model.

        Derivatives that the text quotes (∂C/∂a of the backward pass) are put in. At order 2 the
        keys are pairs, "w,b".
        """
        forms = self.forms
        done: dict[Expr, Expr] = {}

        def close(expr: Expr) -> Expr:
            quoted = {n for n in walk(expr) if isinstance(n, D) and n in forms}
            for n in quoted:
                if n not in done:
                    done[n] = close(forms[n])
            return replace_all(expr, {n: done[n] for n in quoted})

        pairs = zip(self.wrt, self.sections, strict=True)
        return {",".join(map(str, names)): settle(close(s.result)) for names, s in pairs}

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(s for section in (*self.backward, *self.sections) for s in section.steps)

    @property
    def verdict(self) -> Verdict:
        return weakest(s.verdict for s in self.all_sections)


def names_of(node: Expr) -> tuple[sp.Symbol, ...]:
    """D(D(C, s), t) → (s, t)."""
    names: list[sp.Symbol] = []
    while isinstance(node, D):
        names.append(node.args[1])
        node = node.args[0]
    return tuple(reversed(names))
