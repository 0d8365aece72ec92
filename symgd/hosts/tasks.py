"""What hosts ask of symgd: plain data → plain data, the same for an agent and for an editor.

    check             a derivation that somebody wrote → a verdict a line
    check_gradient    formulas claimed for derivatives → a verdict each, beside the derived ones
    derive            a model → its derivation: results, steps, LaTeX
    evaluate          a model at a point → value and gradient
    inspect           a document → its lines with their regions; derivative, of one of them

Every text is read by symgd's own languages, through their allow-lists. A model is described as in
the TOML files of `symgd derive --model`, or as a neuron by its activation and loss.

"Unknown" is never "passed": `passed` is true only where something was claimed and all of it was
judged right, and it is the first word of `summary`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypedDict

from symgd.errors import InputError, UsualNumberWarning, listing

if TYPE_CHECKING:
    from symgd.api import Derivation, Model
    from symgd.hosts.unread import Unread
    from symgd.judge.report import Line, Report

RIGHT, WRONG, UNKNOWN, TAKEN = "right", "wrong", "unknown", "taken"
MOST_CHARACTERS: Final = 200_000
MOST_NUMBERS: Final = 1_000_000

# -- answers --------------------------------------------------------------------------------------


class Counts(TypedDict):
    """How many lines, or derivatives, have each status; `taken` ones claim nothing."""

    right: int
    wrong: int
    unknown: int
    taken: int


class Witness(TypedDict):
    """A point at which two sides differ, as a person can redo it; numbers are text."""

    point: dict[str, str]
    left: str
    right: str


class CheckedLine(TypedDict):
    """The verdict on one line.

    line        its number in the text, from 1
    status      right, wrong, unknown, or taken as a definition or an assumption
    proof       how a right one is known: proved in exact arithmetic, or sampled at points
    findings    sentences, the weightiest first; formulas in them stand between two $
    correction  what should stand on the right side, in LaTeX
    derived     of a wrong one what its left side is, by symgd's own derivation, in LaTeX
    """

    line: int
    text: str
    status: str
    proof: str | None
    findings: list[str]
    witness: Witness | None
    slip: str | None
    correction: str | None
    derived: str | None


class LocatedLine(CheckedLine):
    """The same with its region: line, column, end line and end column, from 1, the end beyond.

    `read` is false of what the judge has passed over.
    """

    region: list[int]
    read: bool


class Inspection(TypedDict):
    """What an editor shows of a document; `fault` says why it could not be judged."""

    lines: list[LocatedLine]
    fault: str | None


class CheckAnswer(TypedDict):
    """`passed` only if something is claimed, and every claim is right, and nothing is unknown."""

    passed: bool
    summary: str
    counts: Counts
    first_wrong: int | None
    lines: list[CheckedLine]
    notes: list[str]


class CheckedGradient(TypedDict):
    """The verdict on one claimed derivative, beside symgd's own."""

    parameter: str
    claimed: str
    status: str
    proof: str | None
    derived: str
    witness: Witness | None
    reason: str | None


class GradientAnswer(TypedDict):
    """`passed` only if every claimed derivative is right."""

    passed: bool
    summary: str
    counts: Counts
    derivatives: list[CheckedGradient]


class DerivedResult(TypedDict):
    """A derivative: `parameter` is "w", at order 2 "w,b"; its shape where there are arrays."""

    parameter: str
    formula: str
    latex: str


class DerivedStep(TypedDict):
    """One equation, before = after, the rule that licenses it and why that holds."""

    section: str
    before: str
    after: str
    rule: str
    reason: str
    verdict: str


class DeriveAnswer(TypedDict):
    """A derivation whose every step was checked; `latex` is a fragment that needs amsmath."""

    summary: str
    definitions: dict[str, str]
    results: list[DerivedResult]
    steps: list[DerivedStep]
    latex: str
    notes: list[str]


class EvaluateAnswer(TypedDict):
    """The cost and its derivatives; a number, or rows of numbers where there are arrays.

    What is not finite is the text "nan", "inf" or "-inf".
    """

    summary: str
    value: Any
    gradient: dict[str, Any]
    hessian: dict[str, Any] | None
    notes: list[str]


# -- check ----------------------------------------------------------------------------------------


def check(
    text: str,
    kind: str | None = None,
    definitions: Sequence[str] = (),
    assume: Sequence[str] = (),
) -> CheckAnswer:
    """The verdict on every formula of a document, and on what `symgd.check_text` passes over.

    A row that the judge takes for a remark, and what stands behind a $ without a partner, is
    unknown here: whoever asks whether a text has passed must not take it for judged.
    """
    from symgd.api import check_text
    from symgd.hosts.unread import unread
    from symgd.judge.documents import kind_of

    _no_longer("The text", text)
    for given in (*definitions, *assume):
        _no_longer("A definition or assumption", given)
    kind = kind or kind_of(None, text)
    report = check_text(text, kind, definitions, assume)
    return checked(report, unread(text, kind, report))


def checked(report: Report, unread: Sequence[Unread] = ()) -> CheckAnswer:
    """A report as data, with what the judge has passed over among the unknown lines."""
    lines = [_line(report, k) for k in range(len(report.lines))]
    lines += [_passed_over(u) for u in unread]
    lines.sort(key=lambda line: line["line"])
    counts = _counts(line["status"] for line in lines)
    first = next((line["line"] for line in lines if line["status"] == WRONG), None)
    passed = _passed(counts)
    return {
        "passed": passed,
        "summary": _summary(passed, counts, "line", first),
        "counts": counts,
        "first_wrong": first,
        "lines": lines,
        "notes": list(report.notes),
    }


def _line(report: Report, index: int) -> CheckedLine:
    from symgd.judge.report import PROVED, SAMPLED
    from symgd.judge.reports.sentences import findings

    line = report.lines[index]
    status = status_of(line)
    example = line.counterexample
    return {
        "line": line.number or index + 1,
        "text": line.text,
        "status": status,
        "proof": line.verdict if status == RIGHT and line.verdict in (PROVED, SAMPLED) else None,
        "findings": list(findings(report, line)),
        "witness": None
        if example is None
        else {"point": dict(example.point), "left": example.left, "right": example.right},
        "slip": line.slip.kind if line.slip else None,
        "correction": correction_of(line),
        "derived": line.right,
    }


def _passed_over(found: Unread) -> CheckedLine:
    return {
        "line": found.line,
        "text": found.text,
        "status": TAKEN if found.value else UNKNOWN,
        "proof": None,
        "findings": [found.reason],
        "witness": None,
        "slip": None,
        "correction": None,
        "derived": None,
    }


def status_of(line: Line) -> str:
    """right only for a claim that was judged right; what is none of the four is unknown."""
    from symgd.judge.report import PROVED, SAMPLED
    from symgd.judge.report import TAKEN as JUDGED_TAKEN
    from symgd.judge.report import WRONG as JUDGED_WRONG

    statuses = {JUDGED_WRONG: WRONG, PROVED: RIGHT, SAMPLED: RIGHT, JUDGED_TAKEN: TAKEN}
    return statuses.get(line.verdict, UNKNOWN)


def correction_of(line: Line) -> str | None:
    """What should stand on the right side of a wrong line, where that is known."""
    from symgd.judge.report import WRONG as JUDGED_WRONG

    if line.verdict != JUDGED_WRONG or line.inherited is not None:
        return None
    if line.slip is not None and line.slip.correction:
        return line.slip.correction
    return line.right


def _counts(statuses: Iterable[str]) -> Counts:
    found = list(statuses)
    return {
        "right": found.count(RIGHT),
        "wrong": found.count(WRONG),
        "unknown": found.count(UNKNOWN),
        "taken": found.count(TAKEN),
    }


def _passed(counts: Counts) -> bool:
    return counts["right"] > 0 and counts["wrong"] == counts["unknown"] == 0


def _summary(passed: bool, counts: Counts, noun: str, first: int | None = None) -> str:
    """One sentence that begins with PASSED or NOT PASSED, and why."""
    numbers = {RIGHT: counts["right"], WRONG: counts["wrong"], UNKNOWN: counts["unknown"]}
    judged = listing([f"{n} {status}" for status, n in numbers.items() if n])
    if passed:
        return f"PASSED: {judged}, nothing wrong and nothing unknown."
    if not any(numbers.values()):
        taken = counts["taken"]
        return f"NOT PASSED: nothing is claimed here, so nothing was judged ({taken} taken)."
    if counts["wrong"]:
        where = "" if first is None else f"; the first wrong one is {noun} {first}"
        return f"NOT PASSED: {judged}{where}."
    return f"NOT PASSED: {judged}; what is unknown was not judged, and is neither right nor wrong."


# -- editors --------------------------------------------------------------------------------------


def inspect(
    text: str, kind: str, definitions: Sequence[str] = (), assume: Sequence[str] = ()
) -> Inspection:
    """Every line of a document with its verdict and its region; comments silence what they name.

    A document without a formula has no lines and no fault.
    """
    from dataclasses import replace

    from symgd.errors import SymgdError
    from symgd.hosts.unread import unread
    from symgd.judge import check_rows
    from symgd.judge.documents import rows
    from symgd.judge.repository.findings import regions
    from symgd.judge.repository.suppressions import silenced

    try:
        _no_longer("The document", text)
        found = rows(text, kind)
        if not found:
            return {"lines": [], "fault": None}
        report = silenced(replace(check_rows(found, list(definitions), list(assume)), text=text))
    except SymgdError as error:
        return {"lines": [], "fault": str(error).split("\n")[0]}
    lines: list[LocatedLine] = []
    for k, (line, region) in enumerate(zip(report.lines, regions(report), strict=True)):
        if line.silence is None and region is not None:
            where = [region.line, region.column, region.end_line, region.end_column]
            lines.append({**_line(report, k), "region": where, "read": True})
    length = [len(row) for row in text.split("\n")]
    for u in unread(text, kind, report):
        where = [u.line, 1, u.line, length[min(u.line, len(length)) - 1] + 1]
        lines.append({**_passed_over(u), "region": where, "read": False})
    return {"lines": sorted(lines, key=lambda line: line["region"]), "fault": None}


def derivative(
    text: str,
    kind: str,
    left: str,
    line: int,
    definitions: Sequence[str] = (),
    assume: Sequence[str] = (),
) -> str | None:
    """What a left side is, by symgd's own derivation, below a line of a document; in LaTeX.

    The judge is asked about a line that is certainly wrong, left = left + 1, and says what would be
    right. None where it has no answer.
    """
    probe = rf"{left} = {left} + 1"
    probe = f"\n\n{probe}\n\n" if kind == "txt" and "$" not in text else f"\n\n\\[{probe}\\]\n\n"
    rows = text.split("\n")
    at = "\n".join(rows[:line]) + probe + "\n".join(rows[line:])
    for found in inspect(at, kind, definitions, assume)["lines"]:
        if found["line"] == line + 2 and found["status"] == WRONG:
            return found["derived"]
    return None


# -- models ---------------------------------------------------------------------------------------


# That of the README: z = wx + b, ŷ = σ(z), C = ½(y - ŷ)².
NEURON: Final[Mapping[str, Any]] = MappingProxyType({})


def model_of(model: Mapping[str, Any]) -> Model:
    """A neuron by `activation`, `loss`, `inputs`, `constants`, `kinks`; else a model by its tables.

    Raises InputError, ModelError, FormulaError, CatalogueError, ShapeError.
    """
    from symgd.api import Neuron
    from symgd.api.files import model_of as of_tables

    given = {k: v for k, v in model.items() if v is not None}
    _no_longer("The model", repr(given))
    neuron = {"activation", "loss", "inputs"} & given.keys()
    tables = {"definitions", "network"} & given.keys()
    if neuron and tables:
        raise InputError(
            f"{listing(sorted(neuron))} is of a neuron, and {listing(sorted(tables))} says a model "
            "of its own; give one of the two."
        )
    if tables:
        return of_tables(given, "The model")
    options = {k: given.pop(k) for k in ("constants", "kinks", "inputs") if k in given}
    names = [given.pop(k, usual) for k, usual in (("activation", "sigmoid"), ("loss", "quadratic"))]
    if given:
        raise InputError(f"A neuron has no {listing(sorted(given))}; give definitions with it.")
    return Neuron(*names, **options)


def check_gradient(claimed: Mapping[str, str], model: Mapping[str, Any] = NEURON) -> GradientAnswer:
    """The verdict on each formula that is claimed for a derivative of the cost."""
    from symgd.api.claims import compare

    claims = compare(model_of(model), claimed)
    counts = _counts(c.status for c in claims)
    passed = _passed(counts)
    return {
        "passed": passed,
        "summary": _summary(passed, counts, "derivative"),
        "counts": counts,
        "derivatives": [
            {
                "parameter": c.parameter,
                "claimed": c.claimed,
                "status": c.status,
                "proof": c.proof or None,
                "derived": c.derived,
                "witness": {"point": dict(c.point), "left": c.left, "right": c.right}
                if c.left
                else None,
                "reason": c.reason or None,
            }
            for c in claims
        ],
    }


def derive(
    model: Mapping[str, Any] = NEURON,
    wrt: Sequence[str] = (),
    order: int = 1,
    detail: str = "textbook",
    style: str | None = None,
    language: str = "en",
) -> DeriveAnswer:
    """The derivation of the gradient, every step checked."""
    made = model_of(model)
    derivation = made.derive(*wrt, order=order, detail=detail)
    data = _data(derivation, language)
    formulas = derivation.document(language, style).formulas
    return {
        "summary": f"Derived {listing(derivation.results)} in {len(derivation.steps)} steps; "
        f"the weakest is {derivation.verdict}.",
        "definitions": made.definitions,
        "results": [
            {"parameter": n, "formula": data["results"][n], "latex": formulas.latex(tree)}
            for n, tree in derivation.results.items()
        ],
        "steps": [
            {
                "section": section["id"],
                "before": step["before"],
                "after": step["after"],
                "rule": step["name"],
                "reason": step["reason"],
                "verdict": (step["verdict"] or {}).get("status", "unknown"),
            }
            for part in ("lemmas", "backward", "passes", "sections")
            for section in data.get(part, ())
            for step in section["steps"]
        ],
        "latex": derivation.to_latex(language=language, style=style),
        "notes": [],
    }


def _data(derivation: Derivation, language: str) -> dict[str, Any]:
    from symgd.pages.messages import language as language_of

    return derivation.kind.data(derivation.record, derivation.worked, language_of(language))


def evaluate(
    at: Mapping[str, Any], model: Mapping[str, Any] = NEURON, order: int = 1
) -> EvaluateAnswer:
    """The cost and its derivatives at a point: a number or an array for every name."""
    numbers = _numbers_in(at)
    if numbers > MOST_NUMBERS:
        raise InputError(f"The point has {numbers} numbers; at most {MOST_NUMBERS} are taken.")
    made = model_of(model)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", UsualNumberWarning)
        found = made.compile(order=order)(**at)
    value, gradient, *more = found
    return {
        "summary": f"The cost is {_plain(value)}.",
        "value": _plain(value),
        "gradient": {n: _plain(v) for n, v in gradient.items()},
        "hessian": {n: _plain(v) for n, v in more[0].items()} if more else None,
        "notes": [str(w.message) for w in said if issubclass(w.category, UsualNumberWarning)],
    }


def _plain(value: Any) -> Any:
    """A number, or rows of numbers, as JSON has them."""
    from math import isfinite

    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        return [_plain(x) for x in value]
    return value if isfinite(value) else str(float(value))


def _numbers_in(value: Any) -> int:
    """How many numbers there are in nested lists; whatever else stands there counts as one."""
    pending, count = [value], 0
    while pending:
        x = pending.pop()
        if isinstance(x, Mapping):
            pending += x.values()
        elif isinstance(x, list):
            pending += x
        else:
            count += 1
    return count


def _no_longer(what: str, text: str) -> None:
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"{what} has {len(text)} characters; at most {MOST_CHARACTERS} are read at a time, so "
            "give it in parts."
        )


#  name             what is done
TASKS: Mapping[str, Callable[..., Any]] = {
    "check":          check,
    "check_gradient": check_gradient,
    "derive":         derive,
    "evaluate":       evaluate,
    "inspect":        inspect,
    "derivative":     derivative,
}  # fmt: skip
