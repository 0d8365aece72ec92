"""The vocabulary read off a document: what its left sides declare, what runs, what is layered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from symgd.errors import FormulaError
from symgd.judge.environment.hints import hints, parted_functions, without_values
from symgd.language.latex.calls import subscripts
from symgd.language.latex.grammar import Habits, Parser
from symgd.language.latex.names import signature, word_ahead
from symgd.language.latex.statements import Statement, prefix, statement, within_depth
from symgd.language.latex.syntax import (
    Big,
    Call,
    Derivative,
    Gradient,
    Members,
    Minus,
    Name,
    Number,
    Power,
    Primed,
    Product,
    Quotient,
    Relation,
    Sum,
    Transposed,
    children,
    names_below,
    walk,
)
from symgd.language.latex.tokens import plain
from symgd.language.latex.vocabulary import FUNCTION_LETTERS, FUNCTIONS, Vocabulary

FEWEST_SPELLINGS = 2
PAIR = 2

OPERATOR = re.compile(r"\\math(bf|rm|cal)\s*\{?D\}?")

# Words that are differentiated, or differentiated in: \\partial net_j, and no product n e t_j.
MOVING_WORD = re.compile(
    r"\\partial\s*\{?\s*(net|out|loss|Loss|cost|Cost|error|Error|logits?|score|input|output|MSE|RSS|SSE"
    r"|BCE|CE)(?![A-Za-z])"
)
CALLED_WORD = re.compile(r"(?<![A-Za-z\\{])(loss|Loss|cost|Cost|error|Error)\s*(?:\\left\s*)?\(")
RUNNING = frozenset("ijklmnpqrsc")


def vocabulary_of(
    definitions: list[str], assume: list[str], lines: list[str],
    whole: Vocabulary | None = None,
) -> Vocabulary:  # fmt: skip
    """In two passes: left sides first, then everything, for what runs and what is layered.

    What runs in the `whole` document runs here, where it stands in a subscript, and a prime that is
    a transpose there is one here.
    """
    first = hints([*definitions, *assume, *lines])
    texts = [*definitions, *lines]
    first = first.with_(parted=parted_functions("\n".join(texts)))
    if whole is not None and whole.parted:
        first = first.with_(parted=whole.parted)
    if whole is not None and whole.transposing:
        first = replace(first, transposing=True)
    if spoken := {m[1] for text in texts for m in MOVING_WORD.finditer(text)}:
        first = first.with_(words=spoken, names=spoken)
    if called := {m[1] for text in texts for m in CALLED_WORD.finditer(text)}:
        first = first.with_(words=called)
    for text in definitions + assume:
        first = _left_side(text, first, True)
    for text in lines:
        first = _left_side(text, first, False)
    if first.densities or first.means:
        first = without_values(first)
    said = [*readable([*definitions, *assume, *lines], first, Habits())]
    trees = [t for s in said for t in (*s.members, *s.conditions)]
    if factors := _factors(trees, first):
        first = first.with_(names=factors)
        said = [*readable([*definitions, *assume, *lines], first, Habits())]
        trees = [t for s in said for t in (*s.members, *s.conditions)]
    # e^z is a power, however many exponents there are.
    layered = {*_layered(said[: len(definitions)], trees), *_begun(trees)} - {"e"}
    if layered:
        first = first.with_(layered=layered)
        said = [*readable([*definitions, *assume, *lines], first, Habits())]
        trees = [t for s in said for t in (*s.members, *s.conditions)]
    compared = [
        Relation(a, sign, b)
        for s in said for a, sign, b in zip(s.members, s.signs, s.members[1:], strict=False)
        if sign in ("=", "!=") and isinstance(a, Name) and isinstance(b, Name)
    ]  # fmt: skip
    vectors = {
        a.base for s in said if "in" in s.signs for a in s.members
        if isinstance(a, Name) and not a.below and _is_space(s.members[-1])
    }  # fmt: skip
    vectors |= _transposed(trees)
    indices = _indices([*trees, *compared], vectors, _labelled(said))
    if whole is not None:
        indices |= whole.indices & _in_scripts(trees)
    operators = {
        s.members[0].base
        for s in said
        if len(s.members) == 2
        and isinstance(s.members[0], Name)
        and isinstance(s.members[1], Derivative | Gradient)
        and s.members[1].of is None
    }
    if OPERATOR.search(" ".join([*definitions, *lines])) and "D" not in first.names:
        operators.add("D")
    primed = {
        n.function.base
        for t in trees
        for n in walk(t)
        if isinstance(n, Call)
        and n.order
        and not n.function.below
        and n.function.base.removeprefix("\\") not in FUNCTIONS
    } - first.names
    raised = {n.base for t in trees for n in walk(t) if isinstance(n, Name)
              and any(isinstance(i, Name) and i.base in indices for i in n.above)}  # fmt: skip
    found = first.with_(layered=layered, indices=indices, operators=operators, functions=primed,
                        raised=raised)  # fmt: skip
    if _has_vector_e(trees) or (whole is not None and "e" in whole.names):
        found = found.with_(names=["e"])
    return found.with_(slopes=_slopes(said, trees, found))


def _factors(trees: list[Any], vocabulary: Vocabulary) -> set[str]:
    """The g of m g h and g(m + M): a letter that is a function elsewhere, and multiplies here.

    It stands beside other factors, nothing defines it as a function, and it is neither primed nor
    taken of one letter, as f(x) is.
    """
    nodes = [n for t in trees for n in walk(t)]
    calls = [n for n in nodes if isinstance(n, Call) and not n.function.below]
    called = {n.function.base for n in calls} & FUNCTION_LETTERS - vocabulary.functions
    called = {base for base in called if base.isalpha()}  # σ and φ are what they are by custom
    functions = {
        n.function.base for n in calls
        if n.order or len(n.arguments) != 1 or not isinstance(n.arguments[0], Sum)
    } | {
        n.of.base for n in nodes
        if isinstance(n, Primed | Derivative | Gradient) and isinstance(n.of, Name)
    } | {n.of.function.base for n in nodes
         if isinstance(n, Derivative | Gradient) and isinstance(n.of, Call)}  # fmt: skip
    beside: set[str] = set()
    for node in (n for n in nodes if isinstance(n, Product | Quotient)):
        names = [n.base for n in walk(node) if isinstance(n, Name)]
        beside |= {
            f.base for f in children(node)
            if isinstance(f, Name) and not (f.below or f.above) and names.count(f.base) == 1
        }  # fmt: skip
        functions |= {b for b in called if names.count(b) > 1}  # g(1 - g)
    return (called & beside) - functions


def _has_vector_e(trees: list[Any]) -> bool:
    r"""Whether \mathbf{e} is a vector, as of residuals in \mathbf{e}'\mathbf{e}; no e is raised."""
    raised = [n.base for t in trees for n in walk(t) if isinstance(n, Power)]
    bold = any(n.base == "e" and n.bold and not (n.below or n.above)
               for t in trees for n in names_below(t))  # fmt: skip
    return bold and not any(isinstance(b, Name) and b.base == "e" for b in raised)


def _slopes(said: list[Statement], trees: list[Any], vocabulary: Vocabulary) -> Iterator[str]:
    """The names C_w of which C is defined, and moves with w, where no subscript of C is another.

    E_c alone may be one kind of energy beside E = mc^2: that C is differentiated elsewhere, or has
    several such subscripts or arguments, tells them apart.
    """
    letters: dict[str, set[str]] = {}
    for s in said:
        left = s.members[0]
        name = left.function if isinstance(left, Call) else left
        if isinstance(name, Name) and not (name.below or name.above) and "=" in s.signs:
            own = {n.base for m in s.members[1:] for n in names_below(m)
                   if not (n.below or n.above)}  # fmt: skip
            letters.setdefault(name.base, set()).update(own)
    names = [n for t in trees for n in walk(t) if isinstance(n, Name) and n.below]
    running = {
        i.base for n in names if n.base not in letters for i in n.below if isinstance(i, Name)
    } | vocabulary.indices
    found: dict[str, set[str]] = {}
    other: set[str] = set()
    for n in names:
        moves = not n.above and all(
            isinstance(i, Name) and not (i.below or i.above)
            and i.base in letters.get(n.base, set()) - running
            for i in n.below
        )  # fmt: skip
        if moves:
            found.setdefault(n.base, set()).add(subscripts(n))
        else:
            other.add(n.base)
    nodes = [n for t in trees for n in walk(t)]
    sure = {n.of.base for n in nodes if isinstance(n, Derivative | Gradient)
            and isinstance(n.of, Name)}  # fmt: skip
    sure |= {s.members[0].function.base for s in said if isinstance(s.members[0], Call)}
    for base, mine in found.items():
        if base not in other and (base in sure or len(mine) > 1):
            yield from mine


def readable(texts: Iterable[str], vocabulary: Vocabulary, habits: Habits) -> Iterator[Statement]:
    for text in texts:
        try:
            yield statement(text, vocabulary, habits)
        except FormulaError:
            continue


def _left_side(text: str, vocabulary: Vocabulary, is_definition: bool) -> Vocabulary:
    """The vocabulary with what the left sides of this text declare."""
    try:
        reader = Parser(plain(text), vocabulary)
        with within_depth():
            prefix(reader)
    except FormulaError:
        return vocabulary
    word = word_ahead(reader)
    letters = 0
    while reader.ahead(letters).kind == "letter" and (letters == 0 or reader.adjacent(letters)):
        letters += 1
    run = "".join(reader.ahead(i).text for i in range(letters))
    after = reader.ahead(letters).text
    if letters > 1 and word is None and run not in FUNCTIONS:
        adjoint = run[0] == "d" and run[1:] in {n.rstrip("_^") for n in vocabulary.names}
        if (is_definition and after in ("=", "_", ":", "^")) or (
            adjoint and after in ("=", "^", "_")
        ):
            return vocabulary.with_(words=[run], names=[run])
        if is_definition and letters > 2 and after == "(":
            return _left_side(text, vocabulary.with_(words=[run]), is_definition)
    reader.declaring = True
    while True:
        try:
            with within_depth():
                left = reader.product()
        except FormulaError:
            return vocabulary
        if not reader.at_relation:
            return vocabulary
        vocabulary = _declared(left, vocabulary, is_definition)
        if not is_definition:
            return vocabulary
        reader.take()


def _declared(left: Any, vocabulary: Vocabulary, is_definition: bool) -> Vocabulary:
    if is_logarithm(left):
        left = left.arguments[0]
    if isinstance(left, Derivative | Gradient) and isinstance(left.of, Call):
        # of \frac{\partial}{\partial w} J(w) the J is a function, which nobody multiplies by w
        large = left.of.function.base.removeprefix("\\mathcal{")[:1].isupper()
        return _declared(left.of, vocabulary, False) if large else vocabulary
    if isinstance(left, Call) and not left.order and all(map(is_variable, left.values)):
        key = signature(left.function)
        if key.startswith("\\") and key[1:] in FUNCTIONS:
            return vocabulary
        if not is_definition and key in vocabulary.names:
            return vocabulary
        counted = [f"{key}{len(left.function.below)}"] if left.function.below else []
        return vocabulary.with_(functions=[key], counted=counted)
    if isinstance(left, Name) and (is_definition or left.base not in ("e", r"\pi")):
        names = [signature(left)]
        if left.base == r"\Sigma" and len(left.below) == 1 and isinstance(left.below[0], Name):
            names.append(f"{left.base}_{left.below[0].base}")
        return vocabulary.with_(names=names)
    return vocabulary


def is_logarithm(left: Any) -> bool:
    """log p(x) = ... defines p."""
    return (
        isinstance(left, Call) and left.function.base in (r"\log", r"\ln")
        and len(left.arguments) == 1 and not left.order
    )  # fmt: skip


def is_variable(item: Any) -> bool:
    """What may stand between the brackets on the left of a definition."""
    if isinstance(item, Power):
        return isinstance(item.base, Name) and isinstance(item.exponent, Number)
    return isinstance(item, Name | Number)


def _layered(definitions: list[Statement], trees: list[Any]) -> Iterator[str]:
    """Bases whose superscript is a label: W of W^1, and Z, W and b of Z^o = W^o A + b^o."""
    letters: set[str] = set()
    for said in definitions:
        if _is_rule(said):
            continue
        for left in said.members[: max(1, len(said.members) - 1)]:
            if isinstance(left, Power) and isinstance(left.base, Name):
                yield left.base.base
                if isinstance(left.exponent, Name):
                    letters.add(left.exponent.base)
    for _ in range(2):
        yield from _stepped(trees, letters)


def _begun(trees: list[Any]) -> set[str]:
    """The bases of w^0 and b^0, where several letters have a 0 above and no other number."""
    powers = {
        (n.base.base, n.exponent) for t in trees for n in walk(t)
        if isinstance(n, Power) and isinstance(n.base, Name) and isinstance(n.exponent, Number)
    }  # fmt: skip
    begun = {base for base, exponent in powers if exponent.value == 0}
    others = {base for base, exponent in powers if exponent.value not in (0, 1)}
    return begun - others if len(begun) > 1 else set()


def _is_rule(said: Statement) -> bool:
    r"""Whether a statement is a law for a letter: \epsilon^2 = 0, i^2 = -1."""
    left, right = said.members[0], said.members[-1]
    square = isinstance(left, Power) and left.exponent == Number(Fraction(PAIR))
    return square and (right == Number(Fraction(0)) or isinstance(right, Minus))


def _stepped(trees: list[Any], letters: set[str]) -> Iterator[str]:
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Name) and any(
                isinstance(a, Number) and a.value == 1 for a in node.above
            ):
                yield node.base
                yield node.base.partition("{")[2].rstrip("}") or node.base
            if isinstance(node, Name) and any(
                isinstance(a, Name) and a.base in letters for a in node.above
            ):
                yield node.base  # \delta_j^l: not Kronecker's, and \delta_j^{l+1} is no power
            if isinstance(node, Power) and isinstance(node.base, Name):
                exponent = node.exponent
                if isinstance(exponent, Sum) and _steps(exponent):
                    letters.add(exponent.terms[0].base)
                if isinstance(exponent, Name) and exponent.base in letters:
                    yield node.base.base


def _in_scripts(trees: list[Any]) -> set[str]:
    """The letters that stand in subscripts and superscripts of names."""
    return {
        letter.base
        for tree in trees
        for node in walk(tree)
        if isinstance(node, Name)
        for item in (*node.below, *node.above)
        for letter in walk(item)
        if isinstance(letter, Name)
    }


def _steps(exponent: Sum) -> bool:
    """l + 1 or L - 1: one layer from another."""
    first, *rest = exponent.terms
    last = rest[-1].of if isinstance(rest[-1], Minus) else rest[-1]
    return (
        isinstance(first, Name)
        and first.base in ("l", "L", r"\ell")
        and (isinstance(last, Number) and last.value == 1)
    )


def _is_space(tree: Any) -> bool:
    r"""Whether this is \mathbb{R}^d, or \mathbb{R}^{m \times n}."""
    return isinstance(tree, Members) and bool(tree.of) and tree.text.startswith(("R", r"\R"))


def _transposed(trees: list[Any]) -> set[str]:
    r"""The bases that x^\top w shows to be arrays: what is transposed, and what is beside it."""
    out: set[str] = set()
    for tree in trees:
        for node in walk(tree):
            factors = node.factors if isinstance(node, Product) else (node,)
            if any(isinstance(f, Transposed) for f in factors):
                inner = [f.of if isinstance(f, Transposed) else f for f in factors]
                out |= {n.base for n in inner if isinstance(n, Name) and not n.below + n.above}
    return out


def _labelled(said: list[Statement]) -> set[str]:
    """The bases whose subscripts are labels: E_k = m v²/2 and E_p = m g h have a body each."""
    bodies: dict[str, dict[str, Any]] = {}
    for line in said:
        left, *rest = line.members
        if not rest or set(line.signs) != {"="}:
            continue
        if isinstance(left, Name) and len(left.below) == 1:
            (letter,) = left.below
            names = {n.base for t in rest for n in walk(t) if isinstance(n, Name)}
            if isinstance(letter, Name) and _runs(letter) and letter.base not in names:
                bodies.setdefault(left.base, {}).setdefault(letter.base, rest[0])
    return {
        base for base, found in bodies.items()
        if len(found) > 1 and len(set(found.values())) == len(found)
    }  # fmt: skip


def _indices(trees: list[Any], vectors: set[str], labelled: set[str]) -> set[str]:
    """Letters that run: those of Σ, and those that one base has in more than one spelling.

    The j of w_j runs where w is one of `vectors`; those of a base that is `labelled` do not.
    """
    out: set[str] = set()
    spellings: dict[tuple[str, int, int], set[str]] = {}
    summed: set[str] = set()
    counted: set[tuple[str, int, int]] = set()
    for tree in trees:
        for node in walk(tree):
            if isinstance(node, Big):
                summed |= {i.base for i in node.indices}
            if not isinstance(node, Name):
                continue
            for items in (node.below, node.above):
                for position, item in enumerate(items):
                    if isinstance(item, Number):
                        counted.add((node.base, len(items), position))
                    for letter in walk(item):
                        if isinstance(letter, Name) and _runs(letter):
                            key = (node.base, len(items), position)
                            spellings.setdefault(key, set()).add(letter.base)
                            if item is not letter and not isinstance(item, Name):
                                out.add(letter.base)  # i + 1 runs
    bounds = {
        n.high.base
        for t in trees
        for n in walk(t)
        if isinstance(n, Big) and isinstance(n.high, Name) and not n.high.below
    } | {
        n.base for space in _spaces(trees) for size in space.of for n in walk(size)
        if isinstance(n, Name)
    }  # fmt: skip
    for place, letters in spellings.items():
        if letters & summed:
            out |= letters
        elif place[0] in vectors:
            out |= letters & RUNNING
        elif place in counted:
            out |= {n for n in letters if n in RUNNING or n in "tl"}
        elif len(letters) >= FEWEST_SPELLINGS and place[0] not in labelled:
            out |= {n for n in letters if n in RUNNING}
    out |= summed
    inside = {n for letters in spellings.values() for n in letters}
    out |= _tied(trees, out, inside - set(RUNNING) - {n for n, *_ in spellings})
    return (out - bounds) | {r"\dots"}


def _spaces(trees: list[Any]) -> Iterator[Members]:
    """What lines say that names lie in, the others of a line that has several among them."""
    for tree in trees:
        side = tree.right if isinstance(tree, Relation) and tree.sign == "in" else tree
        if isinstance(side, Members):
            yield side


def _tied(trees: list[Any], indices: set[str], letters: set[str]) -> set[str]:
    r"""The letters that are compared with an index: the t of \delta_{it}, i \neq t and [i = t]."""
    nodes = [n for tree in trees for n in walk(tree)]
    deltas = [n for n in nodes if isinstance(n, Name) and n.base == r"\delta"]
    kronecker = all(len(n.below) + len(n.above) == PAIR for n in deltas)  # beside δ_o it is none
    pairs = []
    for node in nodes:
        sides: tuple[Any, ...] = ()
        if isinstance(node, Relation) and node.sign in ("=", "!="):
            sides = (node.left, node.right)
        elif kronecker and isinstance(node, Name) and node.base == r"\delta":
            sides = (*node.below, *node.above)
        if len(sides) == PAIR and all(isinstance(s, Name) and _runs(s) for s in sides):
            pairs.append({s.base for s in sides})
    out: set[str] = set()
    for pair in (*pairs, *pairs):
        if pair & (indices | out):
            out |= pair & letters
    return out


def _runs(name: Name) -> bool:
    return len(name.base) == 1 and name.base.islower() and not name.below and not name.above
