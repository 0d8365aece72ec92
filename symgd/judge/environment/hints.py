r"""What a document writes of chance, before any of it is read: which letters are densities.

p(x) is a product of two letters to most people, and the density of x where \mathbb{E}_{x \sim p},
p(x | z), \log p(x), \int p(x) dx or D_{KL}(q \| p) stands beside it. The text is looked through
once, and a document without a sign of all this is as it was.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from symgd.language.latex.differentials import are_written
from symgd.language.latex.tokens import plain
from symgd.language.latex.vocabulary import Vocabulary

# Any of these may make a letter a density, or an E an expectation.
SIGNS = re.compile(
    r"\\mathbb\s*\{?\s*E|\\int|\\iint|∫|\\sim|∼|\\mid|\\vert|\||\\log|\\ln|KL"
    r"|(?<![A-Za-z\\])E\s*(?:_|\\|\[|\()|𝔼|(?<![A-Za-z\\])[pqPQ]\s*\([A-Za-z],"
)
SCRIPT = r"(?:\s*[_^]\s*(?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?[A-Za-z]+|\d|\*))*"
LETTERS = r"(?<![A-Za-z\\])(p|q|P|Q|\\pi|\\rho)(?![A-Za-z])"
SIZE = r"\s*(?:\\left|\\[bB]igg?[lr]?)?\s*"
# p_\theta(x, z | y): the letter, what stands before the bracket, what stands in it.
DENSITY = re.compile(LETTERS + rf"({SCRIPT})\s*\}}?{SIZE}\(((?:[^()]|\([^()]*\))*)\)")
BARS = re.compile(r"\\mid|\\vert|\\lvert|(?<!\|)\|(?!\|)|\\middle\s*\|")
BROKEN = re.compile(r"\\mid|\\vert|\\middle|\\Vert|\\[|]|[|,;]|\\cdot")
LETTER = re.compile(
    r"\s*(?:\\(?:mathbf|boldsymbol|bm|vec|mathcal|mathrm|text)\s*\{?\s*)?"
    r"(\\[A-Za-z]+|[A-Za-z])(?![A-Za-z])\s*\}?\s*('*)"
    rf"({SCRIPT})\s*$"
)
# What stands before a density that makes it one.
BEFORE = re.compile(
    r"(?:\\sim|∼|\\log(?:\s*\\frac\s*\{)?|\\ln(?:\s*\\frac\s*\{)?|\|\||\\\||\\parallel|KL\}*\s*[({\[\\]*(?:left)?[(\[]?|E\}?\s*_\s*\{[^{}]*)\s*$"
)
MEAN = re.compile(
    rf"(?<![A-Za-z\\{{])E(?:\s*_\s*(?:\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|[A-Za-z])|){SIZE}\["
)
# E(X) is one as well where a capital letter is what is random.
ROUND = re.compile(rf"(?<![A-Za-z\\{{])E{SIZE}\(\s*(?:\\left|\\big)?\s*[\[(]?\s*[XYZ](?![A-Za-z])")
ENERGY = re.compile(
    r"\\partial\s*\{?E|\bdE|d\s*\{?E\b|\\delta E"
    r"|(?<![A-Za-z\\])E(?:_[a-z]|_\{[^{}]*\})?\s*(?:&\s*)?:?="
)
# f_\theta(x): a function with a parameter.
PARAMETRIC = re.compile(
    r"(?<![A-Za-z\\])([A-Za-z]|\\[a-z]+)\s*_\s*\{?\s*\\(?:theta|phi|psi)\s*\}?"
    rf"{SIZE}\(([^()]*)\)"
)
NO_FUNCTION = frozenset({r"\nabla", r"\partial", r"\log", r"\ln", r"\sum", r"\int", r"\max"})
BOUND = re.compile(r"E\}?\s*_\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
SAMPLED = re.compile(r"(?:\\sim|∼)\s*" + LETTERS)
# D_{KL}(q \| p)
APART = re.compile(
    rf"[\[(]\s*{LETTERS}{SCRIPT}\s*(?:\([^()]*\))?\s*(?:\\\||\|\||\\parallel|\\Vert)\s*{LETTERS}"
)
# p_i: a column of numbers, unless p(...) stands beside it.
COUNTED = re.compile(LETTERS + r"\s*_\s*\{?\s*(?:\(?\s*[ijkc]|\d)")
ONLY_LAW = re.compile(r"\s*" + LETTERS + rf"{SCRIPT}\s*(?:\((?:[^()]|\([^()]*\))*\)\s*)?$")


# X'X, X'WX, and (y - Xb)'(y - Xb): a prime that is a transpose.
ARRAY = r"(?:[A-EI-QS-Z]|\\(?:mathbf|boldsymbol|bm|vec)\s*\{?\s*\\?[A-Za-z]+\}?)"
PRIME = r"\s*(?:'|\^\s*\{?\s*(?:\\prime|')\s*\}?)\s*"
SQUARED = re.compile(
    rf"(?<![A-Za-z\\])(?P<letter>{ARRAY}){PRIME}(?P=letter)(?![A-Za-z'(])"
    rf"|(?<![A-Za-z\\])(?P<outer>{ARRAY}){PRIME}(?:[A-Z]|\\[A-Z][a-z]+)"
    rf"(?:\s*[_^]\s*(?:\w|\{{[^{{}}]*\}}))*\s*(?P=outer)(?![a-z'(])"
    rf"|\((?P<bracket>[^()]*[-+][^()]*)(?:\\right)?\){PRIME}(?:\\left)?\((?P=bracket)"
)
SHAPED = re.compile(
    r"(?<![A-Za-z\\])(?P<letter>\\?[A-Za-z]+)\s*\\in\s*\\(?:mathbb|mathbf|R)[^,;$&]*?(?:\^|\\times)"
)


def is_transposing(joined: str) -> bool:
    """Whether a document writes the transpose with a prime."""
    if SQUARED.search(joined):
        return True
    letters = {m["letter"] for m in SHAPED.finditer(joined)}
    return any(re.search(rf"(?<![A-Za-z\\]){re.escape(b)}{PRIME}(?![('])", joined) for b in letters)


# Each \Sigma, with what it would sum: x_i, or (y_i - b)^2.
SIGMA = re.compile(
    r"\\Sigma(?![A-Za-z])\s*((?:\\left\s*)?\([^()]*_[^()]*\)|(?:[A-Za-z]|\\[a-z]+)_)?"
)
OF_MATRIX = re.compile(
    r"(?:\^\{?(?:T|\\top)\}?|[|(,]|\\det|\\operatorname\{tr\})\s*\\Sigma|\\Sigma\s*[|),^_]"
    r"|in \\Sigma"
)


def hints(texts: Sequence[str]) -> Vocabulary:
    """A vocabulary with the densities of a document, their outcomes, and E where it is a mean.

    And whether X' is a transpose, Σ a sum, and dx a differential.
    """
    joined = "\n".join(texts)
    transposing = ("'" in joined or "prime" in joined) and is_transposing(joined)
    summing = is_summing(joined)
    moving = are_written(texts)
    if not SIGNS.search(joined):
        return Vocabulary(transposing=transposing, summing=summing, moving=moving)
    joined = plain(joined)
    mean = (MEAN.search(joined) or ROUND.search(joined)) and not ENERGY.search(joined)
    means = {"E"} if mean else set[str]()
    bases = {m[1] for m in SAMPLED.finditer(joined)}
    for found in BOUND.finditer(joined):
        for part in re.split(r",|\\sim|∼", found[1]):
            law = ONLY_LAW.match(part)
            bases |= {law[1]} if law else set()
    counted = {m[1] for m in COUNTED.finditer(joined)} - {m[1] for m in DENSITY.finditer(joined)}
    bases |= {m[i] for m in APART.finditer(joined) for i in (1, 2)} - counted
    integral = "\\int" in joined or "\\iint" in joined
    outcomes: set[str] = set()
    calls = [m for m in DENSITY.finditer(joined) if _letters(m[3]) is not None]
    for m in calls:
        before = joined[max(0, m.start() - 60) : m.start()]
        if integral or BARS.search(m[3]) or BEFORE.search(before):
            bases.add(m[1])
        if any("," in m[3] and o[1] == m[1] and o[3] != m[3] for o in calls):
            bases.add(m[1])  # p(x, z) beside p(x)
    marked: set[str] = set()
    for m in calls:
        if m[1] in bases:
            letters = _letters(m[3]) or []
            outcomes.update(base + primes for base, primes in letters)
            marked.update(base + primes for base, primes in letters if primes)
    functions = {
        m[1] + "_" for m in PARAMETRIC.finditer(joined)
        if (bases or means) and m[1] not in bases and _letters(m[2]) and m[1] not in NO_FUNCTION
    }  # fmt: skip
    return Vocabulary(
        functions=frozenset(functions),
        densities=frozenset(bases), outcomes=frozenset(outcomes), means=frozenset(means),
        names=frozenset(marked), transposing=transposing, summing=summing, moving=moving,
    )  # fmt: skip


# \Sigma_{i=1}: a sum wherever it stands; what a Σ is beside it where none is a matrix.
BOUNDED = re.compile(r"\\Sigma\s*_\s*\{?\s*[a-z]\s*=")
ONLY_MATRIX = re.compile(
    r"\^\{?(?:T|\\top)\}?\s*\\Sigma|[|,]\s*\\Sigma|\\det|in \\Sigma"
    r"|\\Sigma\s*(?:[|),]|\^\s*\{?\s*-)"
)


# \sigma(z)_i = ..., [f(x)]_i = ..., on the left
_CALL = r"(?P<base>\\[A-Za-z]+|[A-Za-z])\s*(?:\\left\s*)?\((?P<of>[^()=]*)\)"
PARTED = re.compile(
    rf"(?:^|[,;&\s])\[?\s*{_CALL}\s*\]?\s*_\s*\{{?\s*[a-z]\s*\}}?\s*(?:&\s*)?:?=", re.MULTILINE
)


def parted_functions(joined: str) -> set[str]:
    r"""The functions that a document says component by component: \sigma(z)_i = e^{z_i} / ...

    Beside \sigma(x) = 1/(1 + e^{-x}) that is another function.
    """
    return {m["base"] for m in PARTED.finditer(joined)}


def is_summing(joined: str) -> bool:
    r"""Whether \Sigma is typed for \sum: before what has an index, and nowhere as a matrix."""
    if BOUNDED.search(joined):
        return not ONLY_MATRIX.search(joined)
    found = SIGMA.findall(joined)
    return bool(found) and all(found) and "\\sum" not in joined and not OF_MATRIX.search(joined)


def without_values(vocabulary: Vocabulary) -> Vocabulary:
    """The vocabulary once its left sides are known: a p that is a value is no density."""
    names = vocabulary.names
    own = {b for b in vocabulary.densities if b in names or f"{b}_" in names}
    means = vocabulary.means - names - vocabulary.functions
    return replace(vocabulary, densities=vocabulary.densities - own, means=means)


def _letters(inside: str) -> list[tuple[str, str]] | None:
    """The letters in a bracket, each with its primes; None where anything else stands there."""
    out = []
    for part in BROKEN.split(inside):
        if not part.strip(" .\\,;{}"):
            continue
        part = part.partition("=")[0]  # O = o
        m = LETTER.match(part)
        if m is None:
            return None
        out.append((m[1], m[2]))
    return out
