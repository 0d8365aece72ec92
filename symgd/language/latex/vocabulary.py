r"""The words of LaTeX mathematics: what the grammar knows before a document declares anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

# Names of functions that people write with or without the backslash, and what they mean here.
FUNCTIONS = {
    "log": "log", "ln": "log", "lg": "log10", "exp": "exp", "sin": "sin", "cos": "cos",
    "tan": "tan", "sec": "sec", "csc": "csc", "cot": "cot", "arctan": "atan", "arcsin": "asin",
    "arccos": "acos", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "coth": "coth",
    "sech": "sech", "artanh": "atanh", "arctanh": "atanh", "max": "max", "min": "min",
    "sqrt": "sqrt", "softmax": "softmax", "sigmoid": "sigmoid", "softplus": "softplus",
    "relu": "relu", "ReLU": "relu", "sign": "sign", "sgn": "sign", "abs": "abs", "erf": "erf",
    "tr": "trace", "Tr": "trace", "trace": "trace", "det": "det", "diag": "diag",
    "logsumexp": "logsumexp", "logit": "logit", "Softmax": "softmax", "Sigmoid": "sigmoid",
    "step": "step", "vec": "vec", "sinc": "sinc", "expit": "sigmoid", "log_2": "log2",
}  # fmt: skip

# Words of one or two letters that must not be taken out of a run of letters: `wtr` is w t r.
SHORT = frozenset({"ln", "lg", "tr", "Tr"})

# Letters that stand for a function where they are written with an argument, undeclared.
FUNCTION_LETTERS = frozenset(
    r"f g h F G H R \phi \psi \Phi \Psi \sigma \varsigma \kappa \mathcal{N} \mathbb{E}".split()
)

# What an undeclared letter means as a function, by a convention that the report says.
CONVENTIONS = {r"\sigma": "sigmoid", r"\varsigma": "softmax"}

DIFFERENTIALS = frozenset({"d", r"\partial"})

#  sign                  what it says
RELATIONS = {
    "=": "=", ":=": "=", r"\approx": "~", "<": "<", ">": ">", r"\leq": "<=", r"\geq": ">=",
    r"\neq": "!=", r"\in": "in", r"\propto": "prop", r"\sim": "sim", r"\Rightarrow": "=>",
    r"\rightarrow": "->", r"\Leftrightarrow": "=>", r"\notin": "notin", r"\ll": "<", r"\gg": ">",
    r"\leftarrow": "<-", r"\gets": "<-", r"\mapsto": "->", r"\subset": "in", r"\perp": "prop",
}  # fmt: skip

INDEX_LETTERS = frozenset("ijklmnpqrstcdhuv") | frozenset("bou") | {"a"}


@dataclass(frozen=True)
class Vocabulary:
    """What a document declares, as far as reading a formula depends on it.

    functions   bases that take arguments in brackets: f, f_\\theta
    names       bases that are values: z, \\hat{y}
    words       names of several letters: Loss, MSE
    indices     letters that run: i of Σ_i, or of y_i beside y_j
    layered     bases whose superscript is a label: W of W^1
    operators   letters that differentiate: \\mathbf{D}
    """

    functions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    indices: frozenset[str] = frozenset({r"\dots"})
    layered: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    powers: frozenset[str] = field(default=frozenset())

    def with_(self, **more: Iterable[str]) -> Vocabulary:
        """The vocabulary with more words."""
        merged = {k: getattr(self, k) | frozenset(v) for k, v in more.items()}
        return Vocabulary(**{**{k: getattr(self, k) for k in self.__dataclass_fields__}, **merged})
