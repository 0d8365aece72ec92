"""The words of derivations over matrices: the rows of the tables bring their own."""

from __future__ import annotations

from symgd.derive.differentials.identities import IDENTITIES, Identity
from symgd.derive.differentials.rules import RULES, Rule

#  id            name                          reason
_STRUCTURE = (
    ("definition", "definition of {detail}", "The name is exchanged for what it stands for."),
    ("identify", "the coefficient of {detail}", "df = ⟨G, dX⟩ says that G is the gradient in X."),
    ("identify_vec", "what stands before vec {detail}", "vec dF = J vec dX says that J is the Jacobian."),
    ("identify_slope", "what stands before {detail}", "dF = F' dt says that F' is the slope."),
    ("output", "outputs by their names", "The model has a name for this value already."),
    ("symmetric", "only symmetric changes of X", "Entries off the diagonal move in pairs, so they count twice."),
    ("diagonal", "only the diagonal of X moves", "Entries off the diagonal stay 0."),
    ("collect_adjoint", "all that {detail} moves", "What reaches the cost by several ways is summed."),
    ("same_layer", "the same in every layer", "The forms of the layers differ in nothing but the index."),
)  # fmt: skip

_ROWS: tuple[Rule | Identity, ...] = (*RULES, *IDENTITIES)
NAMES = {i: n for i, n, _ in _STRUCTURE} | {r.id: r.name for r in _ROWS}
REASONS = {i: b for i, _, b in _STRUCTURE} | {r.id: r.because for r in _ROWS}

TITLES = {
    "model": "The model",
    "pass:cost": "The differential of {detail}",
    "pass": "Back through {detail}",
    "differential": "The differential of the derivative",
    "adjoints": "The backward pass",
    "delta": "The error {detail}",
    "parameter": "The parameters of {detail}",
    "general": "The general layer",
    "result": "The gradient",
    "result:jacobian": "The Jacobian",
    "result:hessian": "The Hessian",
}

VERDICTS = {
    "proved": "proved: the two sides have the same exact normal form",
    "exact": "equal in exact fractions, at random values along a random direction, on two sets of sizes",
    "sampled": "equal to {digits} digits, at random values along a random direction, on two sets of sizes",
}
