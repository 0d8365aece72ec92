r"""The words of LaTeX mathematics: what the grammar knows before a document declares anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from symgd.functions import Activation, Elementary, Table, View
from symgd.language.latex.tokens import END, tokenize
from symgd.trees.names import GREEK

# What stands for an array or for a family, and so is no row of the table.
OF_ARRAYS = {
    "softmax": "softmax", "Softmax": "softmax", "tr": "trace", "Tr": "trace", "trace": "trace",
    "det": "det", "diag": "diag", "logsumexp": "logsumexp", "vec": "vec",
}  # fmt: skip
# The same, where a bracket opens behind them.
OF_ENTRIES = {w: w for w in ("sum", "rowsum", "colsum", "pinv")}
# Names of the table that mean other things to other people: they are read where they are declared.
UNSETTLED = frozenset({"linear"})


UPRIGHT = re.compile(r"\\(?:mathrm\{(\w+)\}|(\w+))")


def plain_words(row: Activation | Elementary) -> set[str]:
    r"""The words of a function in mathematics: arcsin, asin; SiLU, silu."""
    words = {row.name, *row.aliases, *row.spoken, row.text}
    upright = UPRIGHT.fullmatch(row.latex)
    words |= {w for w in upright.groups() if w} if upright else set()
    words -= {*GREEK, "varphi"}
    return {w for w in words if re.fullmatch(r"[A-Za-z]\w*", w)} - UNSETTLED


def words(row: Activation | Elementary) -> set[str]:
    """Those, and what SymPy and NumPy call it."""
    if not isinstance(row, Elementary):
        return plain_words(row)
    systems = {row.numpy, getattr(row.head, "__name__", "")} - {""}
    return plain_words(row) | systems


# What elementary functions are called elsewhere; tg(x) and ch(x) may be products.
ABROAD = {"sen": "sin", "arcsen": "asin", "cotg": "cot", "cosec": "csc", "arctg": "atan"}

# word, written with or without the backslash → what it means here
FUNCTIONS: Mapping[str, str] = View(
    lambda t: (
        {w: r.name for r in (*t.auxiliaries, *t.activations) for w in words(r)}
        | {w: r.name for r in t.elementary for w in words(r)}
        | ABROAD
        | OF_ARRAYS
        | OF_ENTRIES
    )
)

# Those that have their argument without brackets too; the others are functions only where a bracket
# opens behind them: the mish of \mathcal{L}_{\text{mish}} is a word.
BARE: Mapping[str, str] = View(
    lambda t: {
        w: r.name
        for r in t.functions if r.bare
        for w in plain_words(r)
    }
    | ABROAD
    | OF_ARRAYS
)  # fmt: skip


def _printed(t: Table) -> dict[str, list[tuple[tuple[str, ...], str]]]:
    r"""First token → the tokens and the name, of functions printed in more than one word."""
    out: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for row in t.functions:
        first, *rest = (token.text for token in tokenize(row.latex) if token.kind != END)
        if rest and not UPRIGHT.fullmatch(row.latex) and first.removeprefix("\\") not in GREEK:
            out.setdefault(first, []).append(((first, *rest), row.name))
    return out


# \mathrm{GELU}_{\tanh}, {\mathrm{ReLU}^{2}}, \ln\Gamma: by their first token
PRINTED: Mapping[str, list[tuple[tuple[str, ...], str]]] = View(_printed)

# Words of one or two letters that must not be taken out of a run of letters: `wtr` is w t r.
SHORT: Mapping[str, str] = View(lambda t: {w: m for w, m in FUNCTIONS.items() if len(w) < 3})

# Letters that stand for a function where they are written with an argument, undeclared.
FUNCTION_LETTERS = frozenset(
    r"f g h F G H R \Gamma \phi \psi \Phi \Psi \sigma \varsigma \kappa "
    r"\mathcal{N} \mathbb{E}".split()
)

# Letters of probabilities: what stands in their brackets may be an event, O = o.
PROBABILITIES = frozenset({"p", "P", "q", "Q", r"\Pr"})

# What an undeclared letter means as a function, by a convention that the report says.
CONVENTIONS = {r"\sigma": "sigmoid", r"\varsigma": "softmax", r"\Phi": "Phi"}

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
    raised      bases that have a letter in brackets above them: y of y^{(i)}, so that y^i is one
    operators   letters that differentiate: \\mathbf{D}
    densities   letters whose brackets hold what is random: p of p(x | z)
    outcomes    what is random there: x and z
    means       letters that are an expectation before a bracket: E of E[x]
    slopes      names whose subscript is what they are differentiated in: C_w, f_xy
    transposing whether X' is the transpose of X, in the manner of statisticians
    summing     whether \\Sigma is a sum, and no letter
    parted      functions that are said by their components, with an index behind: σ of σ(z)_i = ...
    counted     functions with the number of their subscripts: γ_1 of γ_j(x)
    moving      whether a d in italics is the differential in lines of such: d(uv) = u dv + v du
    """

    functions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    indices: frozenset[str] = frozenset({r"\dots"})
    layered: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()
    densities: frozenset[str] = frozenset()
    outcomes: frozenset[str] = frozenset()
    means: frozenset[str] = frozenset()
    slopes: frozenset[str] = frozenset()
    counted: frozenset[str] = frozenset()
    parted: frozenset[str] = frozenset()
    transposing: bool = False
    summing: bool = False
    moving: bool = False

    def with_(self, **more: Iterable[str]) -> Vocabulary:
        """The vocabulary with more words."""
        merged = {k: getattr(self, k) | frozenset(v) for k, v in more.items()}
        return Vocabulary(**{**{k: getattr(self, k) for k in self.__dataclass_fields__}, **merged})
