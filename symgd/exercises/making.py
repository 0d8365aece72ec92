"""A derivation → a sheet with gaps; a derivation at a point → a sheet of numbers.

What is left out is drawn by the seed, and each answer is held against the judge before it is asked
for: what it would not call right is no question.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import mpmath as mp
import sympy as sp

from symgd.derive.worked import Line, Worked, number, plug_in
from symgd.errors import InputError, SymgdError
from symgd.exercises.draws import Draws
from symgd.exercises.levels import Level
from symgd.exercises.points import is_transcendental, shown
from symgd.judge.lines import RIGHT
from symgd.judge.marking.answers import PLACE, Key, Question, answered
from symgd.language.formulas.printer import plain
from symgd.language.latex.vocabulary import FUNCTIONS
from symgd.pages.document import Block, Document, Phrase, Row
from symgd.pages.messages.english import ENGLISH
from symgd.pages.sheets import Gap, Piece, Said, blank
from symgd.trees.graph import Graph
from symgd.trees.kept import Kept
from symgd.trees.names import symbol
from symgd.trees.scalars import function_name, rebuild, replace_all, walk
from symgd.verify.evaluate import evaluate

FEWEST, MOST = 3, 16
# A line that is wider is not asked for, in columns of text.
WIDEST = 56
POINTS = {"line": 2.0, "factor": 1.0, "rule": 1.0, "number": 1.0}


@dataclass(frozen=True)
class Material(Kept):
    """What a sheet is made of.

    documents   the derivation in each language, for the names of its rules
    language    the one it is written in
    """

    documents: Mapping[str, Document]
    language: str
    record: Any

    @property
    def document(self) -> Document:
        return self.documents[self.language]


@dataclass(frozen=True)
class Made(Kept):
    """The pieces of a sheet, the same with nothing left out, and what is asked."""

    body: tuple[Piece, ...]
    solved: tuple[Piece, ...]
    key: Key


def given_in(material: Material, name: str = "") -> Key:
    """What is given in a sheet, without questions yet: the rows of its model, in LaTeX."""
    latex = material.document.formulas.latex
    definitions: list[str] = []
    assume: list[str] = []
    for block in material.document.blocks:
        for row in block.rows:
            if is_elementary(row, latex):
                continue
            if block.kind == "model":
                said = f"{latex(row.left)} {row.command} {latex(row.right)}"
                (definitions if row.sign == "=" else assume).append(said)
            elif is_naming(block, row):
                definitions.append(f"{latex(row.left)} = {latex(row.right)}")
    graph = material.record.graph
    text = material.document.formulas.text
    # as they are written: the ŷ of a model is the y of Bishop's book
    names = (x if isinstance(x, str) else text(x) for x in (*graph.leaves, *graph.definitions))
    letters = {n for n in names if len(n) == 1 and n.isascii()}
    return Key(
        name,
        (),
        tuple(dict.fromkeys((*definitions, *_typed(graph, model_of(material).rows, latex)))),
        tuple(assume),
        tuple(sorted(letters)),
    )


def is_elementary(row: Row, latex: Any) -> bool:
    """Whether a row says what tanh is: the judge has its values, to any number of digits.

    By its exponentials they would be sought in thousands of digits, where the tree is far out.
    """
    name = function_name(row.left) if getattr(row.left, "is_Function", False) else ""
    return name in FUNCTIONS and latex(row.left).startswith(f"\\{name}")


def is_naming(block: Block, row: Row) -> bool:
    """Whether a row says what a δ is: a name for a derivative, and no step."""
    return (
        block.kind in ("adjoints", "delta")
        and row.rule is None
        and row.left is not None
        and row.right is not None
    )


def _typed(graph: Any, rows: Iterable[Row], latex: Any) -> Iterator[str]:
    """The functions under the names by which they are typed, beside those by which they are set."""
    used = {function_name(r.left) for r in rows if getattr(r.left, "is_Function", False)}
    for name, g in getattr(graph, "functions", {}).items():
        if name in used - FUNCTIONS.keys() and g.body is not None and len(name) > 1:
            letters = ", ".join(map(latex, g.variables))
            yield rf"\operatorname{{{name}}}({letters}) = {latex(g.body)}"


# -- gaps -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """One line of a derivation: its row, the left side of its chain, its row in each language."""

    row: Row
    left: Any
    others: tuple[tuple[Document, Row], ...]


@dataclass(frozen=True)
class Hole:
    """What is left out of a line: the question, and of a factor the factor itself."""

    question: Question
    factor: Any = None

    def row(self, row: Row, number: int, rule: str) -> Row:
        """The line without it; `rule` is what stands in the place of a rule."""
        row = replace(row, part=None, verdict=None, why="")
        if self.question.kind == "rule":
            return replace(row, rule=Phrase(rule.format(number=number)), lemma=0)
        if self.question.kind == "factor":
            return replace(row, right=without(row.right, self.factor, blank(number)))
        return replace(row, right=Gap(number))


def gaps(material: Material, draws: Draws, level: Level, name: str) -> Made:
    """The derivation with gaps in it. Raises InputError where nothing can be left out."""
    blocks = [b for b in material.document.blocks if b.is_derived or b.kind == "model"]
    places = dict(_places(material, blocks))
    wanted = max(FEWEST, min(MOST, round(level.share * len(places))))
    key = given_in(material, name)
    holes: dict[tuple[int, int], Hole] = {}
    for at in draws.shuffled(list(places)):
        if len(holes) == wanted:
            break
        for kind in dict.fromkeys(draws.shuffled(level.kinds)):
            hole = MAKERS[kind](material, places[at], draws)
            if hole is not None and _is_sound(key, hole.question):
                holes[at] = hole
                break
    if not holes:
        raise InputError("This derivation has no line from which anything could be left out.")
    numbers = {at: n for n, at in enumerate(sorted(holes), 1)}
    questions = tuple(replace(holes[at].question, number=n) for at, n in numbers.items())
    words = material.document.words.exercises
    body: list[Piece] = [Said(Phrase(words["task:gaps"]))]
    solved: list[Piece] = []
    for i, block in enumerate(blocks):
        plain_rows = tuple(replace(r, part=None, verdict=None, why="") for r in block.rows)
        rows = (
            holes[i, k].row(row, numbers[i, k], words["rule"]) if (i, k) in holes else row
            for k, row in enumerate(plain_rows)
        )  # fmt: skip
        body.append(replace(block, rows=tuple(rows)))
        solved.append(replace(block, rows=plain_rows))
    return Made(tuple(body), tuple(solved), replace(key, questions=questions))


def _places(material: Material, blocks: list[Block]) -> Iterator[tuple[tuple[int, int], Place]]:
    """(block, row) → the line, of those that are steps."""
    derived = {
        code: [b for b in d.blocks if b.is_derived or b.kind == "model"]
        for code, d in material.documents.items()
    }
    for i, block in enumerate(blocks):
        left = None
        for k, row in enumerate(block.rows):
            left = row.left if row.left is not None else left
            if block.is_derived and row.rule is not None and left is not None:
                others = ((material.documents[c], of[i].rows[k]) for c, of in derived.items())
                yield (i, k), Place(row, left, tuple(others))


def _line(material: Material, place: Place, draws: Draws) -> Hole | None:
    """The right-hand side, if it is short enough to be written down."""
    formulas = material.document.formulas
    right = place.row.right
    if right is None or formulas.columns(right) > WIDEST:
        return None
    left, answer = formulas.latex(place.left), formulas.latex(right)
    if left == answer:
        return None
    return Hole(Question(1, "line", POINTS["line"], answer, left, shown=formulas.text(right)))


def _factor(material: Material, place: Place, draws: Draws) -> Hole | None:
    """One factor of a product of expressions; of arrays none, whose factors have an order."""
    formulas = material.document.formulas
    right = place.row.right
    if not isinstance(right, sp.Mul) or formulas.columns(right) > 1.5 * WIDEST:
        return None
    factors = [a for a in right.args if not a.is_Number and not (a.is_Pow and a.exp.is_negative)]
    # a factor that stands there twice is not known by its place
    factors = [a for a in factors if right.args.count(a) == 1]
    if len(right.args) < 2 or not factors:
        return None
    factor = draws.among(factors)
    line = formulas.latex(without(right, factor, blank(0))).replace(blank(0), PLACE)
    answer = formulas.latex(factor)
    left = formulas.latex(place.left)
    question = Question(
        1, "factor", POINTS["factor"], answer, left, line, shown=formulas.text(factor)
    )
    return Hole(question, factor)


def without(right: Any, factor: Any, name: str) -> Any:
    """The product with a name in the place of one factor, in the order in which it stands."""
    hole = sp.Symbol(name, real=True)
    return sp.Mul(*(hole if a == factor else a for a in right.args), evaluate=False)


def _rule(material: Material, place: Place, draws: Draws) -> Hole | None:
    """The name of the rule: any of its names, in any language."""
    names = []
    for document, row in place.others:
        assert row.rule is not None
        names.append(row.rule.render(document.formulas.text))
    assert place.row.rule is not None
    if _is_clerical(names[list(material.documents).index("en")]):
        return None
    own = place.row.rule.render(material.document.formulas.text)
    return Hole(Question(1, "rule", POINTS["rule"], own, names=tuple(dict.fromkeys(names))))


# Steps that only exchange a name, or reckon: their names are no rules that one learns.
CLERICAL = ("definition", "lemma", "lemmas", "output", "arithmetic", "substitute", "evaluate",
            "recognise", "like_terms", "lower_order", "alike")  # fmt: skip


def _is_clerical(name: str) -> bool:
    """By the English name, which stands where its details do."""
    known = (ENGLISH.names.get(i, "").partition("{")[0].strip() for i in CLERICAL)
    return any(k and name.startswith(k) for k in known)


MAKERS = {"line": _line, "factor": _factor, "rule": _rule}


def _is_sound(key: Key, question: Question) -> bool:
    """Whether the answer is right by the judge that marks the answers of others."""
    (found,) = answered(replace(key, questions=(question,)), {1: question.answer})
    return found.status == RIGHT


# -- numbers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Value(Kept):
    """One value of a worked point: of what, by which formula, with its numbers put in."""

    left: Any
    formula: Any
    value: float
    sign: str = "="


def numbers(material: Material, worked: Worked, draws: Draws, level: Level, name: str) -> Made:
    """The values, the derivatives and the update at a point, with some of them left out."""
    graph = worked.derivation.graph
    words = material.document.words
    groups = [
        ("forward", Phrase(words.headings["forward"]), [_value(x) for x in worked.forward]),
        ("worked", Phrase(words.headings["worked"]), [_value(x) for x in worked.derivatives]),
        ("update", Phrase(words.headings["update"].format(rate=shown(worked.rate))),
         list(_updates(worked))),
    ]  # fmt: skip
    everything = [v for _, _, of in groups for v in of]
    open_ = [k for k, v in enumerate(everything) if v.formula is not None]
    wanted = max(FEWEST, min(len(open_), round(2 * level.share * len(open_))))
    asked = set(draws.shuffled(open_)[:wanted])
    known = {symbol(n): sp.Rational(repr(x)) for n, x in worked.point.items()}
    short = {s: mp.mpf(float(x)) for s, x in known.items()}
    questions: list[Question] = []
    body: list[Piece] = [
        Said(Phrase(words.exercises["task:numbers"])),
        model_of(material),
        *_said(material, worked),
    ]
    solved: list[Piece] = [model_of(material), *_said(material, worked)]
    at = 0
    for kind, title, of in groups:
        rows: list[Row] = []
        full: list[Row] = []
        for v in of:
            asked_as = 0
            if at in asked:
                asked_as = len(questions) + 1
                questions.append(_question(material, graph, v, asked_as, known))
            rows += _value_rows(v, Gap(asked_as) if asked_as else None, None)
            full += _value_rows(v, None, short)
            if v.sign == "=":
                short[v.left] = mp.mpf(shown(v.value).replace("−", "-"))
                known[v.left] = symbol(f"a{asked_as}") if asked_as else sp.Float(v.value, 17)
            at += 1
        if of:
            body.append(Block(kind, title, tuple(rows)))
            solved.append(Block(kind, title, tuple(full)))
    key = replace(given_in(material, name), questions=tuple(questions))
    return Made(tuple(body), tuple(solved), key)


def model_of(material: Material) -> Block:
    """The rows that say what the model is."""
    return next(b for b in material.document.blocks if b.kind == "model")


def _value(line: Line) -> Value:
    """What solves an equation is found, and no formula says how: it is not asked for."""
    return Value(line.left, None if line.formula == line.left else line.formula, line.value)


def _updates(worked: Worked) -> Iterator[Value]:
    """θ - η ∂C/∂θ, by the derivative that stands above it."""
    lefts = {
        str(names[0]): s.left
        for names, s in zip(worked.derivation.wrt, worked.derivation.sections, strict=True)
    }
    for u in worked.updates:
        formula = sp.Add(
            u.name,
            sp.Mul(sp.Integer(-1), sp.Float(worked.rate, 17), lefts[str(u.name)], evaluate=False),
            evaluate=False,
        )
        yield Value(u.name, formula, u.after, "←")


def _value_rows(v: Value, gap: Gap | None, short: Mapping[Any, Any] | None) -> Iterable[Row]:
    """left = formula, and below it the gap, or the numbers put in and the value to four digits."""
    if v.sign == "←":
        if gap is not None:
            return [Row(v.left, gap, sign=v.sign)]
        return [Row(v.left, None, _update_text(v, short) if short else shown(v.value), sign=v.sign)]
    if v.formula is None:
        return [Row(v.left, None, shown(v.value))]
    if gap is not None:
        return [Row(v.left, v.formula), Row(None, gap)]
    plugged = plug_in(v.formula, short) if short is not None else None
    if plugged is not None and not plugged.args:
        plugged = None
    return [Row(v.left, v.formula), Row(None, plugged, shown(v.value))]


def _update_text(v: Value, short: Mapping[Any, Any]) -> str:
    """0.5 − 0.1·0.2 = 0.48"""
    before, change = v.formula.args if v.formula.args[0] == v.left else v.formula.args[::-1]
    slope = next(a for a in change.args if a in short and not a.is_Number)
    rate = next(float(a) for a in change.args if a.is_Float)
    minus = f"{shown(rate)}·{_bracketed(float(short[slope]))}"
    return f"{shown(float(short[before]))} − {minus} = {shown(v.value)}"


def _bracketed(x: float) -> str:
    return f"({shown(x)})" if x < 0 else shown(x)


def _question(
    material: Material, graph: Graph, v: Value, number: int, known: Mapping[Any, Any]
) -> Question:
    formulas = material.document.formulas
    return Question(
        number, "number", POINTS["number"], shown(v.value).replace("−", "-"),
        formulas.latex(v.left), value=float(f"{v.value:.10g}"),
        follows=_followed(graph, v, known), shown=shown(v.value),
    )  # fmt: skip


def _followed(graph: Graph, v: Value, known: Mapping[Any, Any]) -> str:
    """The formula of a value in the answers above it, a1, a2, ...; "" where none is in it."""
    tree = graph.unfold(replace_all(v.formula, dict(known)))
    names = [n for n in walk(tree) if n.is_Symbol]
    if not names or any(not n.name.startswith("a") or not n.name[1:].isdigit() for n in names):
        return ""
    return plain(tree)


def _said(material: Material, worked: Worked) -> Iterator[Said]:
    """The numbers, the rate, and what a person without a calculator may use."""
    words, formulas = material.document.words, material.document.formulas
    said = words.exercises
    leaves = worked.derivation.graph.leaves
    pairs = words.headings["comma"].join(f"{{{i}}}" for i in range(len(leaves)))
    values = tuple(Equation(formulas, s, shown(worked.point[s.name])) for s in leaves)
    yield Said(Phrase(said["point"].format(numbers=pairs), values))
    given = tuple(Equation(formulas, n, shown(x)) for n, x in _table(worked))
    if given:
        pairs = words.headings["comma"].join(f"{{{i}}}" for i in range(len(given)))
        yield Said(Phrase(said["given"].format(values=pairs), given))


def _short(value: Any) -> Any:
    """A value as a number of four digits."""
    return number(float(shown(float(value)).replace("−", "-")))


@dataclass(frozen=True)
class Equation(Kept):
    """left = a number, in running text."""

    formulas: Any
    left: Any
    value: str

    @property
    def text(self) -> str:
        return f"{self.formulas.text(self.left)} = {self.value}"

    @property
    def latex(self) -> str:
        return f"{self.formulas.latex(self.left)} = {self.value.replace('−', '-')}"


# How many values of functions are given, as in a table of logarithms.
MOST_GIVEN = 8


def _table(worked: Worked) -> list[tuple[Any, float]]:
    """The values of exp, ln, tanh, ... that the forward pass takes, each at its number."""
    graph = worked.derivation.graph
    known = {symbol(n): mp.mpf(x) for n, x in worked.point.items()}
    found: dict[Any, float] = {}
    for line in worked.forward:
        known[line.left] = mp.mpf(shown(line.value).replace("−", "-"))
    for line in worked.forward:
        for node in walk(graph.unfold(line.formula)):
            if node.is_Number or not is_transcendental(node):
                continue
            if any(is_transcendental(a) for b in node.args for a in walk(b)):
                continue
            try:
                here = rebuild(node, tuple(_short(evaluate(a, known)) for a in node.args))
                value = float(evaluate(here, {}))
            except (SymgdError, TypeError, ValueError):
                continue
            found.setdefault(here, value)
    return list(found.items())[:MOST_GIVEN]


__all__ = ["Made", "Material", "gaps", "given_in", "numbers"]
