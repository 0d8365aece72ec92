"""The sentences of derivations over arrays, beside those of scalars: the rows bring the English.

They are loaded with the first derivation over arrays, as the rules are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pkgutil import resolve_name

from symgd.derive.differentials.identities import IDENTITIES, Identity
from symgd.derive.differentials.rules import RULES, Rule
from symgd.functions import View
from symgd.pages.messages import LANGUAGES, language
from symgd.pages.messages.english import ArrayMessages, Language

#  id            name                          reason
_STRUCTURE = (
    ("identify", "the coefficient of {detail}", "df = ⟨G, dX⟩ says that G is the gradient in X."),
    ("identify_vec", "what stands before vec {detail}", "vec dF = J vec dX says that J is the Jacobian."),
    ("identify_slope", "what stands before {detail}", "dF = F' dt says that F' is the slope."),
    ("symmetric", "only symmetric changes of X", "Entries off the diagonal move in pairs, so they count twice."),
    ("diagonal", "only the diagonal of X moves", "Entries off the diagonal stay 0."),
    ("collect_adjoint", "all that {detail} moves", "What reaches the cost by several ways is summed."),
)  # fmt: skip

_ROWS: tuple[Rule | Identity, ...] = (*RULES, *IDENTITIES)

ENGLISH = ArrayMessages(
    names={i: n for i, n, _ in _STRUCTURE} | {r.id: r.name for r in _ROWS},
    reasons={i: b for i, _, b in _STRUCTURE} | {r.id: r.because for r in _ROWS},
    titles={
        "pass:cost": "The differential of {detail}",
        "pass": "Back through {detail}",
        "differential": "The differential of the derivative",
        "adjoints": "The backward pass",
        "result:jacobian": "The Jacobian",
        "result:hessian": "The Hessian",
    },
    verdicts={
        "proved": "proved: the two sides have the same exact normal form",
        "exact": "equal in exact fractions, at random values along a random direction, on two sets of sizes",
        "sampled": "equal to {digits} digits, at random values along a random direction, on two sets of sizes",
    },
)


@cache
def _whole(code: str) -> Language:
    row = LANGUAGES[code]
    words: Language = language(code)
    own: ArrayMessages = resolve_name(row.arrays)
    return replace(
        words,
        # Those of scalars grow with the table of functions.
        names=View(lambda _: {**words.names, **own.names}),
        reasons=View(lambda _: {**words.reasons, **own.reasons}),
        titles={**words.titles, **own.titles},
        verdicts={**words.verdicts, **own.verdicts},
    )


def array_messages(words: Language) -> Language:
    """The language with what it says of arrays."""
    return _whole(words.code)
