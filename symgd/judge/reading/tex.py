r"""LaTeX → LaTeX without comments, verbatim and preamble, its macros expanded where it uses them.


    \newcommand{\loss}{\mathcal{L}}         \loss       → \mathcal{L}
    \newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}
    \newcommand{\d}[2][C]{...}              one default
    \def\x#1{...}  \let\eps\varepsilon  \DeclareMathOperator{\softmax}{softmax}
    \DeclarePairedDelimiter{\abs}{\lvert}{\rvert}

An argument is expanded where it stands and put into the expanded body, so a macro inside its own
argument is no recursion; a macro inside its own body is, and is refused when it is used. A use
keeps the newlines of its arguments behind it, so that the lines of the file stay what they are.
What has delimiters of its own (`\def\x(#1){...}`) is left as it is, for the judge to not know.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from symgd.errors import FormulaError
from symgd.judge.reading.rows import blank
from symgd.judge.words import say

VERBATIM = ("verbatim", "Verbatim", "lstlisting", "minted", "comment", "filecontents",
            "alltt", "tikzpicture", "algorithmic", "thebibliography")  # fmt: skip

_MARK = re.compile(
    r"\\begin\s*\{(?P<name>" + "|".join(VERBATIM) + r")(?P<star>\*?)\}"
    r"|\\(?:verb|lstinline)\*?(?P<bar>[^A-Za-z\s*\[{])|(?P<off>\\iffalse\b)"
    r"|(?P<end>\\end\s*\{document\})|(?P<other>\\.)|(?P<comment>%[^\n]*)",
    re.DOTALL,
)
_BEGIN = re.compile(r"\\begin\s*\{document\}")


def prepared(text: str) -> str:
    """The text with what is not set as mathematics blanked out."""
    out: list[str] = []
    at = 0
    while (mark := _MARK.search(text, at)) is not None:
        out.append(text[at : mark.start()])
        at = mark.end()
        if mark["other"]:
            out.append(mark[0])
        elif mark["comment"]:
            pass
        elif mark["end"]:
            at = len(text)
        else:
            at = _end(mark, text)
            out.append(blank(text[mark.start() : at]) or " ")
    out.append(text[at:])
    return "".join(out)


def _end(mark: re.Match[str], text: str) -> int:
    """Where what is left out ends: without an end, with the text."""
    if mark["off"]:
        closing = r"\fi"
    elif mark["bar"]:
        closing = mark["bar"]
    else:
        closing = f"\\end{{{mark['name']}{mark['star']}}}"
    found = text.find(closing, mark.end())
    return len(text) if found < 0 else found + len(closing)


def body(text: str) -> str:
    r"""What stands behind \begin{document}, if there is one: the preamble claims nothing."""
    begin = _BEGIN.search(text)
    return text if begin is None else blank(text[: begin.end()]) + text[begin.end() :]


DEEPEST = 60
LONGEST = 20_000  # of one use, expanded
MOST = 50_000  # uses in a document
LARGEST = 2_000_000  # of all uses together

_WORD = re.compile(r"\\(?:[A-Za-z@]+|.)", re.DOTALL)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_PLACE = re.compile(r"#([1-9])")
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"\s*(?:\{\s*(\\(?:[A-Za-z@]+|[^\s]))\s*\}|(\\(?:[A-Za-z@]+|[^\s])))")
_OPTION = re.compile(r"\s*\[([^\[\]]*)\]")
_PARAMETERS = re.compile(r"((?:#[1-9])*)\s*(?=\{)")
_TARGET = re.compile(r"\s*=?\s*(\\(?:[A-Za-z@]+|[^\s])|[^\s\\{}])")
# \newcommand{\fit}[1]{\sbox{\formula}{$\displaystyle #1$}\ifdim ...} says what stands in its box.
_BOXES = re.compile(r"\\(?:[sml]box|savebox|setbox|hbox|vbox|makebox|resizebox|scalebox|ifdim)\b")
_BOXED = re.compile(r"\$([^$]*)\$")
_TOKEN = re.compile(r"#[1-9]|\\(?:[A-Za-z@]+|.)|[^\s{}]", re.DOTALL)


@dataclass(slots=True)
class Macro:
    """`body` holds #1 ... #9; `default` is the first argument where it is left out.

    `ready` is the body with its own macros expanded, as of the definitions known in `age`.
    """

    name: str
    arguments: int
    body: str
    default: str | None = None
    starred: bool = False
    final: bool = False
    ready: str = ""
    age: int = -1


def expand(text: str) -> str:
    """The text with its macros expanded and their definitions blanked out.

    Raises FormulaError for a macro that expands to itself, and past the limits.
    """
    if not (any(word in text for word in DEFINING) or _HOUSEHOLD.search(text)):
        return text
    return Expander().document(text)


# Commands that packages and pages of mathematics define alike, where a document does not itself:
#   name        arguments, body
HOUSEHOLD = {
    r"\R":      (0, r"\mathbb{R}"),
    r"\RR":     (0, r"\mathbb{R}"),
    r"\Reals":  (0, r"\mathbb{R}"),
    r"\N":      (0, r"\mathbb{N}"),
    r"\E":      (0, r"\mathbb{E}"),
    r"\EE":     (0, r"\mathbb{E}"),
    r"\Var":    (0, r"\operatorname{Var}"),
    r"\Cov":    (0, r"\operatorname{Cov}"),
    r"\tr":     (0, r"\operatorname{tr}"),
    r"\Tr":     (0, r"\operatorname{tr}"),
    r"\trace":  (0, r"\operatorname{tr}"),
    r"\diag":   (0, r"\operatorname{diag}"),
    r"\sign":   (0, r"\operatorname{sign}"),
    r"\norm":   (1, r"\left\|#1\right\|"),
    r"\abs":    (1, r"\left|#1\right|"),
    r"\dv":     (2, r"\frac{d #1}{d #2}"),
    r"\pdv":    (2, r"\frac{\partial #1}{\partial #2}"),
    r"\pd":     (2, r"\frac{\partial #1}{\partial #2}"),
    r"\vb":     (1, r"\mathbf{#1}"),
    r"\vect":   (1, r"\mathbf{#1}"),
    r"\grad":   (0, r"\nabla"),
}  # fmt: skip
_HOUSEHOLD = re.compile(rf"(?:{'|'.join(map(re.escape, HOUSEHOLD))})(?![A-Za-z])")


class Expander:
    """The definitions known so far, and the expansion of a text under them."""

    def __init__(self) -> None:
        self.macros: dict[str, Macro] = {}
        self.household = {n: Macro(n, count, body) for n, (count, body) in HOUSEHOLD.items()}
        self.age = 0
        self.uses = 0
        self.length = 0
        self.opening: list[str] = []

    def document(self, text: str) -> str:
        return self.span(text, partners(text), 0, len(text), 0)

    def span(self, text: str, pairs: dict[int, int], start: int, end: int, depth: int) -> str:
        """text[start:end] expanded."""
        if depth > DEEPEST:
            raise FormulaError(say("fault:macro-arguments", most=DEEPEST))
        out: list[str] = []
        at = start
        while (found := _WORD.search(text, at, end)) is not None:
            out.append(text[at : found.start()])
            word, at = found[0], found.end()
            if word in DEFINING:
                after = self.definition(word, text, pairs, at, end)
                if after is not None:
                    out.append(blank(text[found.start() : after]))
                    at = after
                    continue
            macro = self.macros.get(word) or self.household.get(word)
            used = self.used(macro, text, pairs, at, end, depth) if macro is not None else None
            if used is None:
                out.append(word)
            else:
                value, after = used
                # A command ends where a letter follows.
                if value[-1:].isalpha() and "\\" in value and text[after : after + 1].isalpha():
                    value += " "
                out.append(value + blank(text[at:after]))
                at = after
        out.append(text[at:end])
        return "".join(out)

    # -- uses --------------------------------------------------------------------------------------

    def used(self, macro: Macro, text: str, pairs: dict[int, int], at: int, end: int, depth: int
             ) -> tuple[str, int] | None:  # fmt: skip
        """What a use stands for, and where it ends; None where its arguments are not there."""
        if macro.starred and text.startswith("*", at):
            at += 1
        arguments: list[str] = []
        if macro.default is not None or macro.starred:
            given = _OPTION.match(text, at, end)
            at = given.end() if given else at
            if macro.default is not None:
                arguments.append(given[1] if given else macro.default)
        while len(arguments) < macro.arguments:
            token = self.argument(text, pairs, at, end)
            if token is None:
                return None
            first, last, at = token
            arguments.append(self.span(text, pairs, first, last, depth + 1))
        self.uses += 1
        if self.uses > MOST:
            raise FormulaError(say("fault:macros-many", most=MOST))
        value = filled(self.opened(macro), arguments, macro.name)
        self.length += len(value)
        if self.length > LARGEST:
            raise too_long(macro.name)
        return value, at

    def argument(self, text: str, pairs: dict[int, int], at: int, end: int
                 ) -> tuple[int, int, int] | None:  # fmt: skip
        """A group or a token: where it begins and ends, and where the text goes on."""
        at = _after_space(text, at, end)
        if at < end and text[at] == "{":
            close = pairs.get(at)
            return None if close is None or close >= end else (at + 1, close, close + 1)
        token = _TOKEN.match(text, at, end)
        return None if token is None else (at, token.end(), token.end())

    def opened(self, macro: Macro) -> str:
        """The body with the macros in it expanded."""
        if macro.final:
            return macro.body
        if macro.age == self.age:
            return macro.ready
        if macro.name in self.opening:
            raise FormulaError(say("fault:macro-itself", macro=macro.name))
        if len(self.opening) >= DEEPEST:
            raise FormulaError(say("fault:macro-deep", macro=macro.name, most=DEEPEST))
        self.opening.append(macro.name)
        body = macro.body
        # The definitions inside a body would be of the moment of use: they are not made.
        macro.ready = self.span(body, partners(body), 0, len(body), 0)
        macro.age = self.age
        self.opening.pop()
        return macro.ready

    # -- definitions -------------------------------------------------------------------------------

    def definition(self, word: str, text: str, pairs: dict[int, int], at: int, end: int
                   ) -> int | None:  # fmt: skip
        """Takes a definition in; the place behind it, or None where it is not a simple one."""
        if text.startswith("*", at):
            at += 1
        named = _NAME.match(text, at, end)
        if named is None or self.opening:
            return None
        name, at = named[1] or named[2], named.end()
        made = DEFINING[word](self, name, text, pairs, at, end)
        if made is None:
            return None
        macro, after = made
        if macro is None or (word in PROVIDING and name in self.macros):
            return after
        if len(macro.body) > LONGEST:
            raise FormulaError(say("fault:macro-long", macro=name, most=LONGEST))
        self.macros[name] = macro
        self.age += 1
        return after

    def group(self, text: str, pairs: dict[int, int], at: int, end: int) -> tuple[str, int] | None:
        token = self.argument(text, pairs, at, end)
        return None if token is None else (" ".join(text[token[0] : token[1]].split()), token[2])

    def newcommand(self, name: str, text: str, pairs: dict[int, int], at: int, end: int) -> Made:
        options: list[str] = []
        while len(options) < 2 and (option := _OPTION.match(text, at, end)) is not None:
            options.append(option[1])
            at = option.end()
        if options and not (options[0].strip().isdecimal() and int(options[0]) <= 9):
            return None
        body = self.group(text, pairs, at, end)
        if body is None:
            return None
        body = (unboxed(body[0]), body[1])
        count = int(options[0]) if options else 0
        default = options[1] if len(options) > 1 else None
        return Macro(name, count, body[0], default), body[1]

    def def_(self, name: str, text: str, pairs: dict[int, int], at: int, end: int) -> Made:
        parameters = _PARAMETERS.match(text, at, end)
        if parameters is None:
            return None
        body = self.group(text, pairs, parameters.end(), end)
        return body and (Macro(name, len(parameters[1]) // 2, unboxed(body[0])), body[1])

    def let(self, name: str, text: str, pairs: dict[int, int], at: int, end: int) -> Made:
        target = _TARGET.match(text, at, end)
        if target is None:
            return None
        known = self.macros.get(target[1])
        if known is not None:
            same = Macro(name, known.arguments, known.body, known.default, known.starred,
                         known.final)  # fmt: skip
            return same, target.end()
        return Macro(name, 0, target[1], final=True), target.end()

    def operator(self, name: str, text: str, pairs: dict[int, int], at: int, end: int) -> Made:
        body = self.group(text, pairs, at, end)
        if body is None:
            return None
        word = re.sub(r"\\[,;:! ]|[\s~{}]|\\(?:rm|sf|mathrm|text)\b", "", body[0])
        return Macro(name, 0, f"\\operatorname{{{word}}}", final=True), body[1]

    def delimiters(self, name: str, text: str, pairs: dict[int, int], at: int, end: int) -> Made:
        opening = self.group(text, pairs, at, end)
        closing = self.group(text, pairs, opening[1], end) if opening else None
        if opening is None or closing is None:
            return None
        return Macro(name, 1, f"{opening[0]} #1{closing[0]}", starred=True), closing[1]

    def document_command(
        self, name: str, text: str, pairs: dict[int, int], at: int, end: int
    ) -> Made:
        wanted = self.group(text, pairs, at, end)
        body = self.group(text, pairs, wanted[1], end) if wanted else None
        if wanted is None or body is None or not re.fullmatch(r"[m ]{0,18}", wanted[0]):
            return None
        return Macro(name, wanted[0].count("m"), body[0]), body[1]


Made = tuple[Macro | None, int] | None

# command                       how it is read
DEFINING = {
    r"\newcommand":             Expander.newcommand,
    r"\renewcommand":           Expander.newcommand,
    r"\providecommand":         Expander.newcommand,
    r"\DeclareRobustCommand":   Expander.newcommand,
    r"\def":                    Expander.def_,
    r"\gdef":                   Expander.def_,
    r"\let":                    Expander.let,
    r"\DeclareMathOperator":    Expander.operator,
    r"\DeclarePairedDelimiter": Expander.delimiters,
    r"\NewDocumentCommand":     Expander.document_command,
    r"\RenewDocumentCommand":   Expander.document_command,
}  # fmt: skip
PROVIDING = frozenset({r"\providecommand"})


def unboxed(body: str) -> str:
    """The one formula of a body that sets it in boxes; any other body as it is."""
    formulas = _BOXED.findall(body) if _BOXES.search(body) else []
    return str(formulas[0]) if len(formulas) == 1 else body


def partners(text: str) -> dict[int, int]:
    """The place of each opening brace → that of the brace that closes it."""
    pairs: dict[int, int] = {}
    depth: list[int] = []
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            depth.append(brace.start())
        elif brace[0] == "}" and depth:
            pairs[depth.pop()] = brace.start()
    return pairs


def filled(body: str, arguments: list[str], name: str) -> str:
    """The body with the arguments in their places."""
    if not arguments:
        out = body
    else:
        long = len(body) + sum(
            len(arguments[int(m[1]) - 1]) for m in _PLACE.finditer(body)
            if int(m[1]) <= len(arguments)
        )  # fmt: skip
        if long > LONGEST:
            raise too_long(name)
        out = _PLACE.sub(lambda m: _put(m, body, arguments), body)
    if len(out) > LONGEST:
        raise too_long(name)
    return out


def _put(place: re.Match[str], body: str, arguments: list[str]) -> str:
    index = int(place[1])
    if index > len(arguments):
        return place[0]
    value = arguments[index - 1].replace("\n", " ")
    before = re.search(r"\\[A-Za-z]+$", body[max(0, place.start() - 40) : place.start()])
    return f" {value}" if before and value[:1].isalpha() else value


def too_long(name: str) -> FormulaError:
    return FormulaError(say("fault:macro-expands", macro=name, most=LONGEST))


def _after_space(text: str, at: int, end: int) -> int:
    space = _SPACE.match(text, at, end)
    return space.end() if space else at
