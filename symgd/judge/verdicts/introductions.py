r"""Lines that define a name in passing."""

from __future__ import annotations

from typing import Any

from symgd.judge.environment.lexicon import is_logarithm
from symgd.judge.verdicts.standing import Bench
from symgd.language.latex.syntax import Call, Name, names_below


class Introductions(Bench):
    """Tells a definition from a claim."""

    def introduces(self, left: Any, rest: list[Any]) -> bool:
        """Whether this line defines a name that nothing has used so far."""
        if is_logarithm(left):
            return self.introduces(left.arguments[0], rest)
        if isinstance(left, Call):
            if left.order or not self.env.vocabulary.functions >= {left.function.base}:
                return False
            name = left.function
            if self.env.is_function(name) or name.base.startswith("\\log"):
                return False
        elif isinstance(left, Name):
            name = left
        else:
            return False
        if self.env.defines(name) or self.env.uses(name):
            return False
        if any(name.base in (a.base, b.base) for a, b in self.env.aliases):
            return False
        accent, _, inner = name.base.partition("{")
        if inner and accent in self.env.bars:
            return False
        return not any(
            n.base == name.base and self.env.covers(n, name) for m in rest for n in names_below(m)
        )

    def without_new_name(
        self, members: list[Any], signs: list[str]
    ) -> tuple[list[Any], list[str], Any]:
        """... = b = δ: a name at the end that nothing has used is defined there."""
        last = members[-1]
        if (
            len(members) > 2
            and isinstance(last, Name)
            and self.introduces(last, members[:-1])
            and last.base not in self.env.vocabulary.indices
        ):
            return members[:-1], signs[:-1], last
        return members, signs, None
