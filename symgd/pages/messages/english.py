"""What a language is, one table of words keyed by ids that are frozen; and English.

English is the language of the rows: a rule brings its own name and reason. Here stand those of the
steps that a derivation takes between rules, the titles, and the legend. `{detail}` is what the rule
was applied to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

from symgd.derive.algebra.identities import IDENTITIES, Identity
from symgd.derive.rules import BY_ID, RULES, Rule
from symgd.functions import View
from symgd.language.alphabets import ENGLISH_CONDITIONS
from symgd.pages.messages import language


def _of_arrays(code: str) -> Language:
    made: Language = resolve_name("symgd.pages.messages.arrays:array_messages")(language(code))
    return made


@dataclass(frozen=True, slots=True)
class Language:
    """The words of one language.

    code         "en", "zh": what the language is asked for by
    names        rule id → its name; `{detail}` is what it was applied to, `{number}` a lemma's
    reasons      rule id → the one sentence that says why it holds
    titles       kind of section → its title
    times        how often one differentiates in a name → "{name} twice"
    orders       order of a derivative → "second "
    headings     id → the heading or sentence
    report       id → what the report says beside the derivation
    pictures     id → what stands in a picture
    exercises    id → what a sheet of exercises says, and what is answered in practice
    verdicts     status → what it means
    conditions   if, otherwise, and, or, as they stand in cases
    preamble     what a LaTeX document needs to set these words, each line ended; else empty
    fonts        fonts that have these letters, where those of the pictures' own font lack them
    """

    code: str
    names: Mapping[str, str]
    reasons: Mapping[str, str]
    titles: Mapping[str, str]
    times: Mapping[int, str]
    orders: Mapping[int, str]
    headings: Mapping[str, str]
    report: Mapping[str, str]
    pictures: Mapping[str, str]
    exercises: Mapping[str, str]
    verdicts: Mapping[str, str]
    conditions: Mapping[str, str]
    preamble: str = ""
    fonts: tuple[str, ...] = ()

    def __reduce__(self) -> Any:
        """By its code: its tables grow with the table of functions, wherever it is."""
        return (language if language(self.code) is self else _of_arrays), (self.code,)

    def name(self, rule: str, detail: str = "", number: int = 0) -> str:
        """The name of a rule, as applied to something: "chain rule through ŷ"."""
        bare = f"{rule}:bare"
        words = self.names[bare if not detail and bare in self.names else rule]
        return words.format(detail=detail, number=number)

    def listing(self, items: Sequence[str]) -> str:
        """The items as a sentence lists them: "w, b and c"."""
        *first, last = items
        if not first:
            return last
        return f"{self.headings['comma'].join(first)} {self.headings['and']} {last}"

    def reason(self, rule: str) -> str:
        """The one sentence that says why the rule holds."""
        return self.reasons[rule]


@dataclass(frozen=True, slots=True)
class ArrayMessages:
    """What a language says of arrays: its tables are laid over those of `Language`."""

    names: Mapping[str, str]
    reasons: Mapping[str, str]
    titles: Mapping[str, str]
    verdicts: Mapping[str, str]


#  id                     name                                     reason
_STRUCTURE: tuple[tuple[str, str, str], ...] = (
    ("chain",               "chain rule through {detail}",           "A change travels through the names: the rates of the links are multiplied."),
    ("chain:bare",          "chain rule",                            "A change travels through the names: the rates of the links are multiplied."),
    ("chains",              "chain rule, link by link",              "A change travels through the names: the rates of the links are multiplied."),
    ("definition:bare",     "definition",                            "The name is exchanged for what it stands for."),
    ("definition",          "definition of {detail}",                "The name is exchanged for what it stands for."),
    ("lemma",               "by lemma {number}",                     "This derivative was derived above."),
    ("output",              "outputs by their names",                "The model has a name for this value already."),
    ("alike",               "as for {detail}",                       "The model stays as it is when these names change places with those."),
    ("centred",             "deviations from a mean sum to 0",       "What lies above the mean is as much as what lies below it."),
    ("share",               "one share of it",                       "Several paths lead here; the derivative is the sum of such shares."),
    ("lower_order",         "differentiate the lower derivative",    "A derivative of higher order is the derivative of the one below it."),
    ("implicit",            "implicit differentiation",              "Along F(x, y) = 0 the two changes F_x dx and F_y dy cancel."),
    ("convention",          "convention at the corner",              "There is no derivative at a corner; this value is taken there."),
    ("seam",                "convention at the border",              "There is no derivative at a corner; the value that this line gives is taken there."),
    ("limit",               "limit at the seam",                     "The formula has a seam here; the derivative exists, and this is its value."),
    ("lemmas",              "by the lemmas",                         "These derivatives were derived above."),
    ("arithmetic",          "arithmetic",                            "Numbers are multiplied, equal factors and like terms collected."),
    ("split_fraction",      "split the fraction",                    "One fraction is written as a product of two."),
    ("add_subtract",        "add and subtract 1",                    "Adding and subtracting the same number changes nothing."),
    ("multiply_exponential", "divide above and below by the exponential", "A fraction keeps its value when both its parts are divided by the same number."),
    ("common_denominator",  "bring to a common denominator",         "Fractions are added over one denominator."),
    ("like_terms",          "collect like terms",                    "The brackets are opened, and equal products collected."),
    ("in_itself",           "write it in the function itself",       "The exponential is expressed by the value of the function."),
    ("in_sigmoid",          "write it in the sigmoid",               "With s = σ(u), the exponential of u is s/(1 − s)."),
    ("factor",              "factor and cancel",                     "Numerator and denominator are factored, and what they share is cancelled."),
    ("substitute",          "put the numbers in",                    "Each name is exchanged for its value."),
    ("evaluate",            "compute",                               "The arithmetic is carried out."),
    ("vanished",            "derivative of a constant",              "What does not depend on the variable has the derivative 0."),
    ("kronecker", "the Kronecker delta", "The exponential of z_i moves with z_j only where i = j, where δ is 1, else 0; of the sum, one term moves."),
    ("same_layer",          "the same in every layer",               "The forms of the layers differ in nothing but the index."),
    ("update",              "one step of gradient descent",          "Each parameter moves against its derivative, by the learning rate."),
)  # fmt: skip

ROWS: tuple[Rule | Identity, ...] = (*RULES, *IDENTITIES)


def _rows() -> tuple[Rule | Identity, ...]:
    return (*BY_ID.values(), *IDENTITIES)


NAMES: Mapping[str, str] = View(
    lambda _: {i: n for i, n, _ in _STRUCTURE} | {r.id: r.name for r in _rows()}
)
REASONS: Mapping[str, str] = View(
    lambda _: {i: b for i, _, b in _STRUCTURE} | {r.id: r.because for r in _rows()}
)

# kind of section    its title
TITLES = {
    "lemma": "Lemma {number}: the {order}derivative of {detail}",
    "lemma_in": "Lemma {number}: the {order}derivative of {detail} with respect to {names}",
    "backward": "Backward pass: the {order}derivative of the cost with respect to {detail}",
    "tangent": "On the way: the derivative of {of} with respect to {detail}",
    "gradient": "The {order}derivative of the cost with respect to {detail}",
    "hessian": "The {order}derivative of the cost with respect to {detail}",
    "delta": "The error {detail}",
    "parameter": "The parameters of {detail}",
    "general": "The general layer",
}
TIMES = {1: "{name}", 2: "{name} twice", 3: "{name} three times", 4: "{name} four times"}
ORDERS = {1: "", 2: "second ", 3: "third ", 4: "fourth "}

HEADINGS = {
    "model": "The model",
    "parameters": "parameters",
    "where": "with",
    "and": "and",
    "result": "The gradient",
    "result2": "The second derivatives",
    "forward": "The values",
    "worked": "The derivatives at this point",
    "update": "One step of gradient descent, learning rate {rate}",
    "predicted": "First order predicts a change of the cost of",
    "actual": "the cost changes by",
    "saturated": "Rounded: {names}; what is left to the whole number that is shown is too small to be seen beside it, and the derivatives here are worked out with it.",
    "corner": "The cost has a corner in {names} at this point, where first order need not hold.",
    "convention": "at {place} we take {value}",
    "limit": "at {place} it is {value}",
    "seam": "where {place} we take what this line gives",
    "verdict": "Verdict",
    "step": "Step",
    "left": "Left side",
    "right": "Right side",
    "rule": "Rule and reason",
    "marked": "In each line, what the step made is tinted, and what the next step changes is underlined.",
    "steps": "{count} steps.",
    "stop": ". ",
    "comma": ", ",
    "semicolon": "; ",
    "back": "Back",
    "next": "Next step",
    "all": "Show all",
}

# what the report says beside the derivation
REPORT = {
    "title": "From the formula to the descent",
    "model": "The model",
    "derivation": "The derivation",
    "numbers": "The numbers",
    "descent": "The descent",
    "contents": "On this page",
    "graph": "The model as a graph. Above a box stands its value, below it the derivative of the cost in it; each arrow carries its factor of the chain rule.",
    "graph:alt": "A graph with a box for each of {definitions}, joined by arrows.",
    "graph:large": "The model has {count} names, and a picture of its graph on this page holds at most {most}, so there is none.",
    "activation": "The activation {name} and its derivative, as it is derived below.",
    "activation:alt": "{name} and its derivative between {low} and {high}.",
    "activation:none": "This model has no activation whose derivative is derived, so there is no picture of one.",
    "surface": "The cost over {names}, as lines of equal cost, and the path of the descent on it.",
    "surface:alt": "The path on the cost surface goes from {start} to {end}.",
    "surface:none": "A cost surface is drawn over two parameters, and this model has {count}: see the cost by epoch.",
    "curve:cost": "The cost by epoch.",
    "curve": "The cost by epoch, and below it the change of the cost in each step beside the change that first order predicts.",
    "curve:alt": "The cost goes from {first} to {last} in {epochs} epochs.",
    "pictures:none": 'Pictures need matplotlib, which was not there when this page was made: pip install "symgd[plot]".',
    "point": "The numbers that are put in: {numbers}.",
    "point:first": "The numbers that are put in are the start and the first of {count} samples: {numbers}.",
    "run": "From the start {start}, with {optimizer}, on {samples}, {epochs} epochs.",
    "run:none": "From the start {start}, with {optimizer}, {epochs} epochs.",
    "samples": "{count} samples",
    "fell": "The cost goes from {first} to {last}.",
    "ends": "The parameters end at {numbers}.",
    "epochs": "Epoch by epoch",
    "diverging": "The descent is diverging: its rate {rate} is above {largest}, the largest stable one at the point of its lowest cost (epoch {epoch}). That is 2/λmax, where λmax = {highest} is the largest eigenvalue of the Hessian there.",
    "diverging:below": "The descent diverges, though its rate {rate} is not above 2/λmax = {largest} at the point of its lowest cost (epoch {epoch}), λmax = {highest}: the Hessian is another elsewhere.",
    "overshoots": "The rate {rate} is above {largest}, the largest stable one at the point of the lowest cost (epoch {epoch}): 2/λmax, where λmax = {highest} is the largest eigenvalue of the Hessian there. Near that point the steps overshoot; a smaller rate gets nearer.",
    "diverging:rises": "From epoch {rises} on the cost only rises.",
    "diverging:about": "λmax is at least this, so the largest stable rate may be smaller still.",
    "diverging:indefinite": "The Hessian has a negative eigenvalue there too ({lowest}), along which every rate leads away: 2/λmax is only a bound for the directions that curve upwards.",
    "ties": "What starts equal here stays equal: wherever these entries are equal, so are their slopes, and no step tells them apart ({names}). A random start does.",
    "cost:mean": "The cost of the descent is the mean over the {count} samples:",
    "cost:sum": "The cost of the descent is the sum over the {count} samples:",
    "cost:where": "with N = {count}, and an index i on what each sample has of its own.",
    "fit": "The data, and {prediction} at the end of the descent over {inputs}.",
    "fit:boundary": "The data by their label over {inputs}, shades of {prediction} at the end of the descent, and the decision boundary: where the cost of both labels is the same.",
    "fit:alt": "{count} samples, and {prediction} from {low} to {high} over {inputs}.",
}

# what stands in a picture
PICTURES = {
    "activation": "{name} and its derivative",
    "kink": "at {place}: {value}",
    "graph": "The model: {definitions}",
    "directly": "directly {slope}",
    "descent": "The descent",
    "surface": "Cost surface, {epochs} epochs",
    "surface:part": "Cost surface on {part} of {count} samples, {epochs} epochs",
    "start": "start",
    "end": "end",
    "curve": "Cost by epoch",
    "cost": "cost",
    "epoch": "epoch",
    "changes": "Change of the cost in each step",
    "change": "change",
    "happened": "what happened",
    "predicted": "first-order prediction",
    "diverging": "diverging: rate {rate} > 2/λmax = {largest}",
    "data": "data",
    "fit": "The data and what was fitted",
    "boundary": "decision boundary",
    "boundary:none": "no boundary in this window",
}

# what a sheet of exercises says, and what is answered in practice
EXERCISES = {
    "title:gaps": "Exercise: a derivation with gaps",
    "title:numbers": "Exercise: one step of gradient descent in numbers",
    "title:solution": "{title} (solution)",
    "student": "Sheet of {name}",
    "task:gaps": "In the derivation below some parts are left out. Find what belongs in each gap: the right-hand side of a line, a factor, or the name of the rule that is used.",
    "task:numbers": "Put the numbers in and work out each value that is left out, to four digits.",
    "form": "Answers",
    "form:how": "Write each answer behind its number. Points for what is right, and for what goes on rightly from a number that is not.",
    "point": "The numbers: {numbers}.",
    "given": "You may use {values}.",
    "label:one": "[{number}: 1 point]",
    "label:many": "[{number}: {points} points]",
    "rule": "rule: [{number}]",
    "scheme": "Marking scheme",
    "scheme:points": "{points} points in all.",
    "scheme:forms": "Any form that is equal counts as right; a number may be off in its fourth digit.",
    "scheme:unfinished": "Right, with a derivative still to be taken: {part} % of the points.",
    "scheme:follows": "Wrong only because of a number above it: {part} % of the points.",
    "scheme:wrong": "Wrong: {part} % of the points.",
    "scheme:unknown": "What cannot be read by symgd is left open, for a person to look at.",
    "kind:line": "the right-hand side: {0}",
    "kind:factor": "the factor: {0}",
    "kind:rule": "the rule: {0}",
    "kind:number": "the value: {0}",
    "practice:title": "Practice: find {0}",
    "practice:how": "Write a line such as {example}, or go on with = .... Words that help: hint, show, end.",
    "practice:right": "Right: that is {0}.",
    "practice:done": "That is all of it.",
    "practice:next": "Next: find {0}.",
    "practice:unfinished": "Right, and not yet the goal: go on until {0} stands without a derivative.",
    "practice:known": "Right, and it says nothing new.",
    "practice:defined": "Noted as a name of yours.",
    "practice:wrong": "That does not hold.",
    "practice:slip": "The likely slip: {slip}.",
    "practice:at": "At {point} the left side is {left} and the right side {right}.",
    "practice:unknown": "This is not understood, which does not make it wrong.",
    "practice:reason": "What was read: {reason}",
    "practice:named": "Yes, that rule can be used here. Now write the line.",
    "practice:hint:rule": "Hint: {0}.",
    "practice:hint:why": "Why: {0}",
    "practice:hint:line": "The line: {0} = {1}",
    "practice:hint:none": "There is nothing more to hint at.",
    "practice:many": "A session takes {count} lines; it ends here.",
    "practice:receipt": "What was reached",
    "practice:found": "found",
    "practice:open": "open",
    "practice:shown": "shown",
    "practice:counts": "Lines: {lines}. Right: {right}. Wrong: {wrong}. Not understood: {unknown}. Hints: {hints}.",
    "slip:sign": "the sign is wrong",
    "slip:factor": "a constant factor is wrong",
    "slip:square": "a square is missing or too many",
    "slip:exponent": "an exponent is wrong",
    "slip:prime": "a derivative is missing or too many",
    "slip:variable": "one letter stands for another",
    "slip:function": "one function stands for another",
    "slip:index": "an index is wrong",
    "slip:transpose": "a transpose is missing or too many",
    "slip:operator": "one operation stands for another",
    "slip:sum": "a sum is lost",
    "slip:extra": "a factor or a term is too many",
    "slip:inner-derivative": "an inner derivative is missing",
    "slip:dropped-term": "a term is missing",
}

# verdict     what it means
VERDICTS = {
    "proved": "proved: the two sides have the same exact normal form",
    "sampled": "sampled: the two sides agree at random points of the domain, to {digits} digits",
    "refuted": "refuted",
}

ENGLISH = Language(
    code="en",
    names=NAMES,
    reasons=REASONS,
    titles=TITLES,
    times=TIMES,
    orders=ORDERS,
    headings=HEADINGS,
    report=REPORT,
    pictures=PICTURES,
    exercises=EXERCISES,
    verdicts=VERDICTS,
    conditions=ENGLISH_CONDITIONS,
)
