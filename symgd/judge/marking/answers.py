r"""Answers to the questions of one sheet → marks.

A sheet asks for what its gaps leave out, each by its number, and an answer stands behind that
number: `[3] \hat{y} (1 - \hat{y})`. What is asked is a `Question`, of one of four kinds:

    line     the right-hand side of an equation        judged as an equation of its left side
    factor   one factor of it                          judged in its place
    rule     the name of the rule                      held against its names in every language
    number   a value                                   held against the value, and against what
                                                       follows from the numbers that stand above

An answer is right, unfinished (it holds, with a derivative left that the sheet has taken), wrong,
follows (wrong only because of a number above), unknown or missing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from symgd.errors import InputError, SymgdError
from symgd.judge import lines
from symgd.judge.lines import RIGHT, UNFINISHED, UNKNOWN, Given, formula_of, told
from symgd.judge.reading.markdown import cells_of
from symgd.judge.report import WRONG
from symgd.judge.words import say
from symgd.language.latex.syntax import walk

FOLLOWS, MISSING = "follows", "missing"
KINDS = ("line", "factor", "rule", "number")
MOST_QUESTIONS = 300
LONGEST = 2_000
# Stands in `line` where the answer of a question of factors goes.
PLACE = "@"
# How far a number may be off: a part of itself, and a number beside 0.
WITHIN, NEAR_ZERO = 2e-3, 5e-5

_LABEL = re.compile(
    r"^[ \t>*\"-]*(?:\\(?:noindent(?:\{\})?|par|item)(?![A-Za-z])[ \t]*)*"
    r"\\?\[(\d{1,3})(?:[^\]\d\n][^\]\n]*)?\\?\]\**[ \t]*(.*)$"
)
# What a sheet has where an answer goes, and what only sets it.
_EMPTY = re.compile(
    r"\\(?:hrulefill|dotfill|quad|qquad|par|hfill|newline|noindent|medskip|smallskip|bigskip)(?![A-Za-z])"
    r"|\\\\$|_{3,}|…|\.{4,}|^\s*:\s*"
)
_COMMENT = re.compile(r"(?<!\\)%.*$")
_NUMBER = re.compile(r"[-+−]?\s*(?:\d+(?:[.,]\d+)?|[.,]\d+)")
_FRACTION = re.compile(r"\\[dt]?frac\s*\{\s*(\d+)\s*\}\s*\{\s*(\d+)\s*\}")
_TEN = re.compile(r"\s*(?:\\cdot|\\times|[·×*])\s*10\s*\^\s*\{?\s*([-−+]?\d+)\s*\}?")
_RATIO = re.compile(r"^\s*([-+−]?\s*\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*$")
# Words that name no rule by themselves.
_GENERIC = re.compile(
    r"\b(?:the|by|of|rule|law|through|using|use"
    r"|der|die|das|des|einer|regel|nach|von|mit|durch|über"
    r"|le|la|les|l|du|de|des|d|un|une|par|via|règle|après"
    r"|el|los|las|del|una|por|regla|a través)\b|法则|公式|由|的",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """What one gap asks for; a fact that a line needs stands here alone.

    number   of the gap
    kind     line, factor, rule or number
    points   what the right answer is worth
    answer   the right one, as a solution prints it: LaTeX, the name of the rule, the number
    left     the left side of the line, in LaTeX
    line     of a factor: the right-hand side, with PLACE where the answer goes
    names    of a rule: all its names
    value    of a number
    follows  of a number: its formula in a1, a2, ..., the answers that stand above it
    shown    the answer as a terminal shows it; no file holds it
    """

    number: int
    kind: str
    points: float
    answer: str
    left: str = ""
    line: str = ""
    names: tuple[str, ...] = ()
    value: float = 0.0
    follows: str = ""
    shown: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"{self.kind!r} is not a kind of question; they are {KINDS}.")


@dataclass(frozen=True, slots=True)
class Answered:
    """The verdict on one answer, with the kind and the words of its slip."""

    question: Question
    text: str
    status: str
    slip: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The questions of one sheet, and what is given in it: what an answer is held against."""

    name: str
    questions: tuple[Question, ...]
    definitions: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()

    def given(self, goal: str = "") -> Given:
        return Given(self.definitions, self.assume, goal, frozenset(self.letters))


# -- a sheet that came back → answers by number ---------------------------------------------------


def answers_in(text: str, kind: str) -> dict[int, tuple[str, int]]:
    """number → (what stands behind it up to the next number or an empty line, its line).

    Of a number that stands there twice, the last that something stands behind. Raises InputError
    for a notebook that is none.
    """
    cells = cells_of(text) if kind == "ipynb" else None
    said = text.replace("\r\n", "\n") if cells is None else cells.text
    out: dict[int, tuple[str, int]] = {}
    number, at, parts = 0, 0, list[str]()

    def close() -> None:
        answer = bare(" ".join(parts))
        if number and (answer or number not in out):
            place = at if cells is None else cells.numbers[min(at, len(cells.numbers)) - 1]
            out[number] = answer[: LONGEST + 1], place

    for k, line in enumerate([*said.split("\n"), ""], 1):
        line = _COMMENT.sub("", line) if kind == "tex" else line
        label = _LABEL.match(line)
        if label is None and line.strip():
            parts.append(line)
            continue
        close()
        number, at, parts = (int(label[1]), k, [label[2]]) if label else (0, k, [])
    return out


def bare(answer: str) -> str:
    """An answer without the line that it was written on."""
    said = _EMPTY.sub(" ", answer)
    said = re.sub(r"\\end\{(?:document|enumerate|itemize)\}.*", " ", said)
    return " ".join(said.split())


# -- verdicts -------------------------------------------------------------------------------------


def answered(key: Key, answers: Mapping[int, str]) -> tuple[Answered, ...]:
    """The verdict on every question, in order."""
    out: list[Answered] = []
    for question in key.questions:
        text = answers.get(question.number, "")
        if not text:
            out.append(Answered(question, "", MISSING))
        elif len(text) > LONGEST:
            out.append(Answered(question, text[:80], UNKNOWN))
        elif question.kind == "number":
            out.append(_number(question, text, out))
        elif question.kind == "rule":
            out.append(Answered(question, text, _rule(question, text)))
        else:
            out.append(_formula(key, question, text))
    return tuple(out)


def _formula(key: Key, question: Question, text: str) -> Answered:
    """An answer in its place, or a whole line of the same left side, as an equation."""
    given = key.given(question.left)
    said = formula_of(text, given.letters)
    if question.kind == "factor" and "=" not in said:
        said = question.line.replace(PLACE, rf"\left({said}\right)")
    if "=" not in said:
        said = f"{question.left} = {said}"
    answer = told(given, said)
    status = answer.status
    if status == UNFINISHED and not _is_about(given, said):
        return Answered(question, text, UNKNOWN)
    if status == UNFINISHED and _as_far(given, question, said):
        status = RIGHT
    if status not in (RIGHT, UNFINISHED, WRONG):
        return Answered(question, text, UNKNOWN)
    slip = answer.slip
    return Answered(question, text, status, slip.kind if slip else "", slip.words if slip else "")


def _is_about(given: Given, said: str) -> bool:
    """Whether the line says what its left side is, and not some other truth."""
    found, wanted = given.read(said), given.read(f"{given.goal} = 0")
    if found is None or wanted is None:
        return False
    if found.members[0] == wanted.members[0] or found.continues:
        return True
    return lines.is_the_goal(given, found.members[0], said.split("=")[0])


def _as_far(given: Given, question: Question, said: str) -> bool:
    """Whether a line with derivatives in it has no more of them than the one that is asked for.

    The left side itself is no answer: ∂C/∂w = ∂C/∂w holds, and says nothing.
    """
    whole = question.line.replace(PLACE, question.answer) if question.line else question.answer
    wanted, found = given.read(f"{question.left} = {whole}"), given.read(said)
    if wanted is None or found is None or found.members[-1] == found.members[0]:
        return False
    return opened(found.members[-1]) <= opened(wanted.members[-1])


def opened(node: object) -> int:
    """How many derivatives are left to take."""
    return sum(not lines.is_closed(n, deep=False) for n in walk(node))


def _rule(question: Question, text: str) -> str:
    """Right for one of its names or the telling part of one, wrong for the name of another rule."""
    said = telling_words(text)
    if not said:
        return UNKNOWN
    if any(is_named(said, name) for name in question.names):
        return RIGHT
    return WRONG if any(said == telling_words(name) for name in _rule_names()) else UNKNOWN


def is_named(said: str, name: str) -> bool:
    own = telling_words(name)
    return bool(own) and (said in own or own in said)


def telling_words(text: str) -> str:
    """The words that tell one rule from another."""
    said = unicodedata.normalize("NFKC", _GENERIC.sub(" ", text)).casefold()
    return " ".join(re.sub(r"[^\w\s]", " ", said).split())


def _rule_names() -> list[str]:
    """Every rule's name in every language."""
    from symgd.pages.messages import LANGUAGES, language

    names = (language(code).names for code in LANGUAGES)
    return [name.partition("{")[0] for table in names for name in table.values()]


def number_in(text: str) -> float | None:
    """The number that an answer ends in; None where it is not said which one it is."""
    said = text.replace("−", "-").replace("$", " ").replace("½", "0.5").strip().rstrip(". ")
    last = re.split(r"=|≈|\\approx", said)[-1]
    ten = _TEN.search(last)
    power = int(ten[1].replace("−", "-")) if ten else 0
    last = _TEN.sub("", last) if ten else last
    last = _FRACTION.sub(r"\1/\2", last)
    if abs(power) > 30:
        return None
    ratio = _RATIO.match(last)
    if ratio:
        top, bottom = (float(x.replace(" ", "")) for x in ratio.groups())
        return top / bottom * 10.0**power if bottom else None
    found = re.fullmatch(
        rf"\s*\\?\(?\s*({_NUMBER.pattern})(?:[eE]([-+]?\d{{1,2}}))?\s*\\?\)?\s*", last
    )
    if found is None:
        return None
    return float(found[1].replace(" ", "").replace(",", ".")) * 10.0 ** (power + int(found[2] or 0))


def is_near(a: float, b: float) -> bool:
    """Whether a number is the value, as far as four digits on the way let it be."""
    return abs(a - b) <= WITHIN * abs(b) + NEAR_ZERO


def _number(question: Question, text: str, above: Sequence[Answered]) -> Answered:
    number = number_in(text)
    if number is None:
        return Answered(question, text, UNKNOWN)
    if is_near(number, question.value):
        return Answered(question, text, RIGHT)
    own = _from_above(question, above)
    if own is not None and is_near(number, own):
        used = (a for a in above if re.search(rf"\ba{a.question.number}\b", question.follows))
        rounded = all(a.status == RIGHT for a in used)
        return Answered(question, text, RIGHT if rounded else FOLLOWS)
    for kind, words, other in (
        ("sign", say("slip:sign-whole"), -question.value),
        ("factor", say("slip:two-missing"), question.value / 2),
        ("factor", say("slip:two-extra"), question.value * 2),
    ):
        if question.value and is_near(number, other):
            # as of lines: what is off by the sign or the factor of a slip above carries it on
            carried = any((a.status, a.slip, a.words) == (WRONG, kind, words) for a in above)
            return Answered(question, text, FOLLOWS if carried else WRONG, kind, words)
    return Answered(question, text, WRONG)


def _from_above(question: Question, above: Sequence[Answered]) -> float | None:
    """What the formula of a number comes to with the numbers that were written above it."""
    if not question.follows:
        return None
    import mpmath as mp

    from symgd.functions import SIGNATURES
    from symgd.models.coerce import expression
    from symgd.trees.names import symbol
    from symgd.verify.evaluate import evaluate

    values = {}
    for a in above:
        number = number_in(a.text) if a.text else None
        if a.question.kind == "number":
            values[symbol(f"a{a.question.number}")] = mp.mpf(
                a.question.value if number is None else number
            )
    try:
        tree = expression(question.follows, SIGNATURES, f"the formula of answer {question.number}")
        found = evaluate(tree, values)
    except SymgdError:
        return None
    return float(found) if mp.isfinite(found) else None


# -- keys in a file -------------------------------------------------------------------------------


def keys_of(data: Mapping[str, object], where: str) -> dict[str, Key]:
    """[[sheets]] of a scheme, and [given] that holds for all of them → name → key.

    Raises InputError, in one sentence, for what cannot be a key.
    """
    sheets = data.get("sheets", [])
    if not isinstance(sheets, list) or not all(isinstance(s, dict) for s in sheets):
        raise InputError(f"In {where}, [[sheets]] are tables, one a student.")
    given = data.get("given", {})
    if not isinstance(given, dict):
        raise InputError(f"In {where}, [given] is a table.")
    texts = {
        n: _texts(given.get(n, []), f"{where}: {n}") for n in ("definitions", "assume", "letters")
    }
    out: dict[str, Key] = {}
    for sheet in sheets:
        name = sheet.get("name")
        if not isinstance(name, str) or not name or name in out:
            raise InputError(f"In {where}, each of [[sheets]] has a name of its own.")
        asked = sheet.get("answers", [])
        if not isinstance(asked, list) or not 0 < len(asked) <= MOST_QUESTIONS:
            raise InputError(
                f"In {where}, the sheet of {name} has answers: a list of 1 to {MOST_QUESTIONS}."
            )
        questions = tuple(_question(q, f"{where}, {name}") for q in asked)
        numbers = [q.number for q in questions]
        if any(b <= a for a, b in pairwise(numbers)):
            raise InputError(f"In {where}, the numbers of the answers of {name} do not ascend.")
        out[name] = Key(name, questions, texts["definitions"], texts["assume"], texts["letters"])
    return out


#  key        what it has to be
FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "number": int,
    "kind": str,
    "points": (int, float),
    "answer": str,
    "left": str,
    "line": str,
    "names": list,
    "value": (int, float),
    "follows": str,
}


def _question(data: object, where: str) -> Question:
    if not isinstance(data, dict):
        raise InputError(f"In {where}, an answer is a table: {{number = 1, kind = ...}}.")
    for key, value in data.items():
        if key not in FIELDS:
            raise InputError(f"In {where}, an answer has {key!r}, which none has.")
        if not isinstance(value, FIELDS[key]) or isinstance(value, bool):
            raise InputError(
                f"In {where}, {key} = {str(value)[:40]!r} cannot be that of an answer."
            )
    for key in ("number", "kind", "points", "answer"):
        if key not in data:
            raise InputError(f"In {where}, an answer has no {key}.")
    if data["kind"] not in KINDS:
        raise InputError(
            f"In {where}, kind = {data['kind'][:40]!r} is none; it is {', '.join(KINDS)}."
        )
    if not 0 <= data["points"] <= 1e6 or not 1 <= data["number"] <= 999:
        raise InputError(f"In {where}, an answer has a number from 1 to 999 and points from 0 on.")
    names = _texts(data.get("names", []), f"{where}: names")
    return Question(**{**data, "names": names, "points": float(data["points"])})


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(t, str) for t in value):
        raise InputError(f"{where} is a list of texts.")
    return tuple(t[:LONGEST] for t in value)


__all__ = ["FOLLOWS", "MISSING", "Answered", "Key", "Question", "answered", "answers_in", "keys_of"]
