r"""LaTeX of a formula → tokens: commands, letters, numbers, groups, signs, each with its place.

What only spaces or sizes (`\,`, `\left`, `\bigg`, `\displaystyle`, `\label{..}`) is dropped here;
Unicode letters are told as the commands that they are (σ is `\sigma`, ŷ is `\hat{y}`). Nothing is
expanded, opened or run: `\input` and `\write` are refused by name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symgd.errors import FormulaError
from symgd.language.latex.braces import as_cases, fractions
from symgd.language.latex.messages import say
from symgd.language.latex.units import without_units

LONGEST = 8_000
# Brackets, and what closes each.
CLOSING = {"(": ")", "[": "]", r"\{": r"\}", "{": "}", r"\langle": r"\rangle"}
DEEPEST = 60

MOST_DIGITS = 1000
COMMAND, LETTER, NUMBER, SIGN, TEXT, END = "command", "letter", "number", "sign", "text", "end"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is the command with its backslash, the letter, the digits, or the sign."""

    kind: str
    text: str
    at: int


# What takes no part in the meaning, with the number of its arguments in braces.
SILENT = {
    r"\left": 0, r"\right": 0, r"\middle": 0, r"\big": 0, r"\Big": 0, r"\bigg": 0, r"\Bigg": 0,
    r"\bigl": 0, r"\bigr": 0, r"\Bigl": 0, r"\Bigr": 0, r"\biggl": 0, r"\biggr": 0, r"\Biggl": 0,
    r"\Biggr": 0, r"\bigm": 0, r"\Bigm": 0,
    r"\displaystyle": 0, r"\textstyle": 0, r"\scriptstyle": 0, r"\limits": 0, r"\nolimits": 0,
    r"\nonumber": 0, r"\notag": 0, r"\,": 0, r"\;": 0, r"\:": 0, r"\!": 0, r"\>": 0, r"\ ": 0,
    r"\because": 0, r"\impliedby": 0,
    r"\quad": 0, r"\qquad": 0, r"\enspace": 0, r"\thinspace": 0, r"\strut": 0, r"\mathstrut": 0,
    r"\hfill": 0, r"\centering": 0, r"\noindent": 0, r"\protect": 0, r"\/": 0, r"\allowbreak": 0,
    r"\boxed": 0, r"\fbox": 0, r"\framebox": 0, r"\ensuremath": 0, r"\overset": 1, r"\underset": 1,
    r"\stackrel": 1, r"\underbrace": 0, r"\overbrace": 0, r"\cancel": 0, r"\mathop": 0,
    r"\bcancel": 0, r"\xcancel": 0, r"\space": 0, r"\nobreak": 0, r"\smash": 0, r"\mathrlap": 0,
    r"\mathllap": 0, r"\mathclap": 0, r"\mathord": 0, r"\mathbin": 0, r"\mathrel": 0,
    r"\mathopen": 0, r"\mathclose": 0, r"\mathinner": 0, r"\mathpunct": 0, r"\scriptscriptstyle": 0,
    r"\substack": 0, r"\mathnormal": 0, r"\medspace": 0, r"\thickspace": 0,
    r"\negthinspace": 0, r"\textcolor": 1, r"\colorbox": 1,
    r"\fcolorbox": 2, r"\mkern": 0, r"\hskip": 0, r"\unboldmath": 0,
    r"\normalsize": 0, r"\small": 0, r"\large": 0, r"\rm": 0, r"\bf": 0, r"\it": 0, r"\boldmath": 0,
    r"\hspace": 1, r"\vspace": 1, r"\label": 1, r"\tag": 1, r"\phantom": 1, r"\hphantom": 1,
    r"\vphantom": 1, r"\color": 1, r"\kern": 0, r"\mathsurround": 0,
}  # fmt: skip

# What may never stand in a formula: it would read, write or run something.
REFUSED = frozenset(
    r"\input \include \includegraphics \write \write18 \immediate \openin \openout \read \catcode "
    r"\csname \usepackage \documentclass \special \directlua \ShellEscape \verbatiminput "
    r"\lstinputlisting \expandafter \jobname \def \gdef \edef \let \newcommand \loop".split()
)

# command                       another spelling of it
SAME = {
    r"\dfrac": r"\frac", r"\tfrac": r"\frac", r"\cfrac": r"\frac",
    r"\dbinom": r"\binom", r"\tbinom": r"\binom",
    r"\widehat": r"\hat", r"\widetilde": r"\tilde", r"\bar": r"\overline",
    r"\parallel": r"\|", r"\lVert": r"\|", r"\rVert": r"\|", r"\Vert": r"\|",
    r"\lvert": "|", r"\rvert": "|", r"\vert": "|", r"\mid": "|",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\lbrack": "[",
    r"\rbrack": "]", r"\langle": r"\langle", r"\ast": "*", r"\star": "*", r"\le": r"\leq",
    r"\ge": r"\geq", r"\leqslant": r"\leq", r"\geqslant": r"\geq", r"\ne": r"\neq",
    r"\varTheta": r"\Theta", r"\varGamma": r"\Gamma", r"\varDelta": r"\Delta",
    r"\varSigma": r"\Sigma", r"\varPhi": r"\Phi", r"\varPsi": r"\Psi", r"\varOmega": r"\Omega",
    r"\varepsilon": r"\epsilon", r"\vartheta": r"\theta", r"\varphi": r"\phi", r"\ell": r"\ell",
    r"\odot": r"\odot", r"\circ": r"\odot", r"\otimes": r"\otimes", r"\intercal": r"\top",
    r"\vartriangle": r"\Delta", r"\triangle": r"\Delta",
    r"\lt": "<", r"\gt": ">", r"\to": r"\rightarrow", r"\implies": r"\Rightarrow",
    r"\Longrightarrow": r"\Rightarrow", r"\iff": r"\Leftrightarrow",
    r"\Longleftrightarrow": r"\Leftrightarrow", r"\therefore": r"\Rightarrow",
    r"\longrightarrow": r"\rightarrow", r"\colon": ":", r"\triangleq": "=", r"\coloneqq": "=",
    r"\equiv": "=", r"\approxeq": r"\approx", r"\simeq": r"\approx",
    r"\bm": r"\mathbf", r"\boldsymbol": r"\mathbf", r"\bold": r"\mathbf", r"\pmb": r"\mathbf",
    r"\mathbfit": r"\mathbf", r"\textbf": r"\mathbf", r"\vec": r"\mathbf", r"\mathit": r"\mathrm",
    r"\underline": r"\mathbf", r"\textrm": r"\mathrm", r"\operatorname": r"\mathrm",
    r"\mathsf": r"\mathrm", r"\mathtt": r"\mathrm", r"\textit": r"\mathrm", r"\mbox": r"\text",
    r"\cdots": r"\dots", r"\ldots": r"\dots", r"\dotsc": r"\dots", r"\dotsb": r"\dots",
    r"\dotso": r"\dots", r"\dotsm": r"\dots",
    r"\overbracket": r"\overbrace", r"\underbracket": r"\underbrace",
    r"\grad": r"\nabla", r"\mathds": r"\mathbb", r"\mathbbm": r"\mathbb",
    r"\mathscr": r"\mathcal", r"\slash": "/", r"\lnot": r"\neg", r"\dif": "d", r"\diff": "d",
    r"\bullet": r"\cdot", r"\backslash": r"\setminus",
}  # fmt: skip

GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho "
    "sigma tau upsilon phi chi psi omega"
).split()
UNICODE = {
    **{unicodedata.lookup(f"GREEK SMALL LETTER {n.replace('lambda', 'lamda').upper()}"): f"\\{n}"
       for n in GREEK},
    **{unicodedata.lookup(f"GREEK CAPITAL LETTER {n.replace('lambda', 'lamda').upper()}"):
       f"\\{n.title()}" for n in GREEK},
    "ς": r"\varsigma", "ϕ": r"\phi", "ϵ": r"\epsilon", "ϑ": r"\theta",
    "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "Σ": r"\Sigma", "∏": r"\prod", "√": r"\sqrt",
    "∞": r"\infty", "·": r"\cdot", "⋅": r"\cdot", "×": r"\times", "∘": r"\odot", "⊙": r"\odot",
    "⊘": r"\oslash",
    "−": "-", "–": "-", "′": "'", "″": "''", "’": "'", "∈": r"\in", "≠": r"\neq", "≤": r"\leq",
    "≥": r"\geq", "≈": r"\approx", "≡": "=", "‖": r"\|", "∥": r"\|", "ᵀ": r"^\top", "⊤": r"\top",
    "½": r"\frac12", "¼": r"\frac14", "ℓ": r"\ell", "ℒ": r"\mathcal{L}", "𝓛": r"\mathcal{L}",
    "∼": r"\sim", "∫": r"\int", "𝔼": r"\mathbb{E}",
    "⇒": r"\Rightarrow", "→": r"\rightarrow", "←": r"\leftarrow", "⟹": r"\Rightarrow",
    "∵": r"\because", "…": r"\dots", "∗": "*", "⊗": r"\otimes", "𝟏": r"\mathbf{1}",
    "⁻": "^{-1}", "ℝ": r"\mathbb{R}", "⟨": r"\langle", "⟩": r"\rangle", "⋯": r"\dots",
}  # fmt: skip
UNICODE |= {c: f"^{{{i}}}" for i, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
UNICODE |= {c: f"_{{{i}}}" for i, c in enumerate("₀₁₂₃₄₅₆₇₈₉")}
UNICODE |= {c: f"_{n}" for c, n in zip("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "aehijklmnoprstuvx", strict=True)}
# aₗ₋₁ is a_{l-1}: a subscript with a sign in it is one.
# 10⁻¹³, x¹²: one exponent.
HIGH = re.compile("[⁻⁺]?[⁰¹²³⁴-⁹]+")
RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
LOWERED = str.maketrans("ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₀₁₂₃₄₅₆₇₈₉₊₋", "aehijklmnoprstuvx0123456789+-")
LOW = re.compile("[ₐₑₕᵢ-ᵥⱼₓ-ₜ₀-₉]+[₊₋][ₐₑₕᵢ-ᵥⱼₓ-ₜ₀-₉]+")
ACCENTS = {
    "\u0302": r"\hat", "\u0304": r"\overline", "\u0303": r"\tilde", "\u0307": r"\dot",
    "\u0308": r"\ddot", "\u20d7": r"\mathbf",
}  # fmt: skip

# 1. before a sign, a letter or a bracket is the number; at the end of a formula its dot is a stop.
PIECES = re.compile(
    r"\\(?:[A-Za-z]+\*?|.)|(?:\d+(?:\.\d+|\.(?=\s*[-+*/()A-Za-z]))?|\.\d+)(?:[eE][+-]\d{1,3})?"
    r"|[A-Za-z]|\s+|.", re.DOTALL,
)  # fmt: skip
# \underbrace{, and what stands below the brace: _{...}, _\text{...}, _u.
BRACE = re.compile(r"\\(?:under|over)(?:brace|bracket)\s*\{")
LABEL = re.compile(r"\s*[_^]\s*(?:\\(?:text|mathrm|mbox|textrm)\s*)?(\{|\\[A-Za-z]+|[A-Za-z0-9])")
# {\bf v} in the manner of old.
SWITCH = re.compile(r"\{\s*\\(cal|bf|rm)\s+([A-Za-z]+|\\[A-Za-z]+)\s*\}")
# {\mathrm loss}: but {\mathrm dx} is the differential of x.
UPRIGHT = re.compile(r"\{\s*\\math(cal|bf|rm)\s+(?!d[A-Za-z]\s*\})([A-Za-z]+|\\[A-Za-z]+)\s*\}")
# \\underset{x}{\\mathbb{E}} is \\mathbb{E}_{x}, and \\hat{\\mathbb{E}} a mean as well.
UNDERSET = re.compile(
    r"\\underset\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*"
    r"\{\s*(\\mathbb\s*(?:E|\{E\})|\\operatorname\*?\{E\}|\\arg\s*\\(?:max|min)|\\arg(?:max|min))\s*\}"
)
# arg min in words and in letters, the letter below it or beside it.
SPOKEN_ARG = re.compile(r"\\(?:text|mbox|textrm)\s*\{\s*arg\s*(max|min)\s*\}")
SPELLED_ARG = re.compile(
    r"(?<![\\A-Za-z])\\?arg(?:\s|\\space|\\[,;:! ])*"
    r"(?:\\underset\s*\{((?:[^{}]|\{[^{}]*\})*)\}\s*\{\s*\\?(max|min)\s*\}|(max|min)(?![A-Za-z]))"
)
# \left< and \right> are angles, and i == j compares.
ANGLES = re.compile(r"\\(left|right)\s*[<>]")
ANGLE = {"left": r"\left\langle ", "right": r"\right\rangle "}
DOUBLED = re.compile(r"(?<![=<>!:])==(?!=)")
EMPIRICAL = re.compile(r"\\(?:hat|widehat)\s*\{\s*\\mathbb\s*(?:E|\{\s*E\s*\})\s*\}")
# \\hspace{2.5cm}(5): the number of an equation, set by hand.
NUMBERED = re.compile(r"(\\hspace\*?\{[^{}]*\}|\\q?quad|\\hfill)\s*\(\d+[a-z]?\)\s*[.,]?\s*$")
# \text{if $x > 0$} says no more than \text{if} x > 0.
CONDITION = re.compile(r"\\text\s*\{\s*(if|for|when|where)\s*\$([^$]*)\$\s*[,.;]?\s*\}")
# What draws or colours a group, and the arguments that stand before it.
BOX = re.compile(
    r"\\(?:(?:fbox|framebox|ensuremath)|(?:textcolor|colorbox)\s*(?:\[[^\]]*\])?\s*\{[^{}]*\}"
    r"|fcolorbox\s*\{[^{}]*\}\s*\{[^{}]*\})\s*(?=\{)"
)
EQUATES = re.compile(r"(?<![<>!:])=|\\(?:geq?|leq?|neq?|approx|equiv|triangleq)(?![A-Za-z])")
# y_k (= O_k): the bracket holds one more side.
ASIDE = re.compile(r"\(\s*(=[^()=]*)\)\s*$")
# z_i = w x_i + b (i = 1, 2, \ldots, n): for every index, behind a formula and no argument of it.
FOR_EVERY = re.compile(
    r"(?<=[\w})\]\s,])\(\s*[a-z]\s*=\s*\d+\s*,\s*(?:\d+\s*,\s*){0,3}(?:\\[lc]?dots|\.\.\.|…)"
    r"\s*,?\s*[A-Za-z](?:_\w)?(?:\s*[-+]\s*\d)?\s*\)\s*[.,;]?\s*$"
)
# 12\,000 and 12{,}000 are one number.
GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:(?:\\[, ]|\{,\}|~)\d{3})+(?![\d.]?\d)")
# m.sum(), a[1:], A %*% B and A @ B are of a language of programs, in words or in upright letters.
CODE = re.compile(
    r"[A-Za-z_]\w*\.[A-Za-z_]\w*\s*\(|\\?%\*\\?%|\w\[\s*\w*\s*:|\w\s+@\s+\w|\w::\w|\w\s*<-\s*\w"
)
VALUES = re.compile(r"(?<![A-Za-z\\{])(?:NULL|TRUE|FALSE|NaN|None)(?![A-Za-z}])")
# The \_ of a word: J_{naive\_softmax}.
UNDERSCORED = re.compile(r"(?<=[_^])\{\s*([A-Za-z]{2,}(?:\\?_[A-Za-z]{2,})+)\s*\}")


# \underbrace{a}_\text{words}
WORD_BELOW = re.compile(r"([_^])\s*(\\(?:text|textrm|textbf|textit|mathrm|mbox)\s*\{[^{}]*\})")
# \frac{\text{d}}{\text{db}} of an operator whose letter stands in the word as well.
IN_WORDS = re.compile(
    r"(\\[dt]?frac)\s*\{\s*\\(?:text|mathrm|textrm)\s*\{d\}([^{}]*)\}"
    r"\s*\{\s*\\(?:text|mathrm|textrm)\s*\{d([A-Za-z])\}\s*\}"
)


def plain(text: str) -> str:
    """The text in ASCII: Unicode letters, accents and signs as LaTeX commands."""
    if "\\begin" in text:
        text = as_cases(text)
    if "\\over" in text or "\\choose" in text:
        text = fractions(text)
    text = ANGLES.sub(lambda m: ANGLE[m[1]], DOUBLED.sub("=", without_units(text)))
    text = IN_WORDS.sub(r"\1{d\2}{d\3}", text)
    text = SWITCH.sub(r"\\math\1{\2}", text)
    text = UPRIGHT.sub(r"{\\math\1{\2}}", text)
    if "arg" in text:
        text = SPOKEN_ARG.sub(r"\\arg\\\1 ", text)
        text = SPELLED_ARG.sub(
            lambda m: rf"\arg\{m[2]}_{{{m[1]}}} " if m[2] else rf"\arg\{m[3]} ", text
        )
    if "\\underset" in text or "\\hat" in text:
        text = EMPIRICAL.sub(r"\\mathbb{E}", UNDERSET.sub(r"\2_{\1}", text))
    text = FOR_EVERY.sub("", text)
    text = NUMBERED.sub("", _without_frames(_unboxed(text)))
    text = ASIDE.sub(lambda m: f" {m[1]} ", text)
    text = UNDERSCORED.sub(lambda m: r"{\text{" + re.sub(r"\W|_", "", m[1]) + "}}", text)
    text = _without_braces_labels(WORD_BELOW.sub(r"\1{\2}", text) if "brace" in text else text)
    text = GROUPED.sub(lambda m: re.sub(r"\D", "", m[0]), text)
    text = CONDITION.sub(r"\\text{\1} \2", text)
    if text.isascii():
        return text
    text = LOW.sub(lambda m: f"_{{{m[0].translate(LOWERED)}}}", text)
    text = HIGH.sub(lambda m: f"^{{{m[0].translate(RAISED)}}}", text)
    out: list[str] = []
    for c in unicodedata.normalize("NFC", text):
        known = UNICODE.get(c)
        if known is None and not c.isascii():
            letter, *accents = list(unicodedata.normalize("NFKD", c))
            known = letter if letter.isascii() or letter in UNICODE else c
            known = UNICODE.get(known, known)
            for accent in accents:
                known = f"{ACCENTS[accent]}{{{known}}}" if accent in ACCENTS else c
            if c in ACCENTS and out:
                known = f"{ACCENTS[c]}{{{out.pop()}}}"
        # A command ends where a letter follows.
        out.append(known + " " if known and known[-1:].isalpha() and "\\" in known else known or c)
    return "".join(out)


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens of one formula, closed by an END.

    Raises FormulaError for a text that is too long or nested too deeply, for braces that do not
    pair, and for commands that reach outside.
    """
    if len(text) > LONGEST:
        raise FormulaError(say("read:line-too-long", count=len(text), most=LONGEST))
    if (value := VALUES.search(text)) is not None:
        raise FormulaError(say("read:code", text=value[0]), text, value.start())
    tokens = tuple(_without_empty_groups(_tokens(text)))
    _paired(tokens, text)
    return tokens


def _tokens(text: str) -> Iterator[Token]:
    position = inside = 0
    while position < len(text):
        piece = PIECES.match(text, position)
        assert piece is not None
        at, word, position = position, piece[0], piece.end()
        if word.isspace() or word == "~" or (word == "&" and not inside):
            continue
        if word == "." and text[position : position + 2] == "..":
            position += 2
            yield Token(COMMAND, r"\dots", at)
            continue
        if word == "|" and text[position : position + 1] == "|":
            position += 1
            yield Token(COMMAND, r"\|", at)
            continue
        if word == "%":
            end = text.find("\n", position)
            position = len(text) if end < 0 else end
        elif word[0] == "\\":
            word = word.rstrip("*") if word[1:2].isalpha() else word
            if word in REFUSED:
                raise FormulaError(say("read:command-runs", command=word),
                                   text, at)  # fmt: skip
            word = SAME.get(word, word)
            # Columns count inside cases and matrices, and nowhere else.
            inside += (word == r"\begin") - (word == r"\end")
            if word in SILENT:
                position = _past(text, position, SILENT[word])
                if word in (r"\left", r"\right") and text[position : position + 1] == ".":
                    position += 1
            elif word == r"\text":
                start, position = position, _past(text, position, 1)
                inner = text[start:position].strip()[1:-1].strip()
                if CODE.search(inner):
                    raise FormulaError(say("read:code", text=inner[:40]), text, at)
                # An upright d or T is that letter.
                yield Token(LETTER if inner in ("d", "T") else TEXT, inner, at)
            elif word[0] == "\\":
                yield Token(COMMAND, word, at)
            else:
                yield Token(LETTER if word.isalpha() else SIGN, word, at)
        elif word[0].isdigit() or (word[0] == "." and len(word) > 1):
            if len(word) > MOST_DIGITS:
                raise FormulaError(
                    say("read:number-too-long", count=len(word), most=MOST_DIGITS),
                    text, at,
                )  # fmt: skip
            yield Token(NUMBER, word.rstrip("."), at)
        elif word.isascii() and word.isalpha():
            yield Token(LETTER, word, at)
        else:
            yield Token(SIGN, word, at)
    yield Token(END, "", len(text))


def rests(text: str, at: int) -> Iterator[Token]:
    """What is left of a number whose first digit went: 2, or e - 4 of 1e-4."""
    for found in PIECES.finditer(text):
        word = found[0]
        kind = LETTER if word.isalpha() else NUMBER if word[-1].isdigit() else SIGN
        yield Token(kind, word, at + found.start())


SCRIPTS = ("_", "^")


def _without_empty_groups(tokens: Iterable[Token]) -> Iterator[Token]:
    r"""{} separates commands and says nothing, nor does the \sum^{ } that has no bound."""
    held = False
    kept: list[Token] = []
    for token in tokens:
        before = kept[-1] if kept else None
        if before and before.kind == token.kind == SIGN and before.text + token.text == "{}":
            kept.pop()
            if kept and kept[-1].text in SCRIPTS:
                kept.pop()
            continue
        if held and token.text == "}":
            held = False
            continue
        if before and before.text == "{" and token.text == "=":
            held = True  # \\overset{!}{=}
            kept.pop()
        kept.append(token)
    yield from kept


def _past(text: str, position: int, arguments: int) -> int:
    """The place behind so many arguments in braces."""
    for _ in range(arguments):
        start = position
        while text[start : start + 1].isspace():
            start += 1
        if text[start : start + 1] == "[" and (end := text.find("]", start)) >= 0:
            start = end + 1  # \color[rgb]{1,0,0}
        if text[start : start + 1] == "{":
            position = closing_brace(text, start) + 1
    return position


def closing_brace(text: str, opening: int) -> int:
    """The place of the brace that closes the one at `opening`; the end of the text if none does."""
    depth = 0
    for place in range(opening, len(text)):
        depth += (text[place] == "{") - (text[place] == "}")
        if depth == 0:
            return place
    return len(text)


def _without_frames(text: str) -> str:
    r"""\textcolor{red}{a = b} as a = b, \fbox{$a$} as \fbox{a}, {a = b} as a = b, all in place.

    The braces of what is no equation stay: they hold a factor together.
    """
    at = 0
    while (found := BOX.search(text, at)) is not None:
        opening = found.end()
        closing = closing_brace(text, opening)
        inner = text[opening + 1 : closing].replace("$", " ")
        if equates(inner):
            text = _framed(text, found.start(), opening, f" {inner} ", closing)
        else:
            text = _framed(text, opening, opening, f"{{{inner}}}", closing)
        at = found.start() + 1
    stripped = text.strip()
    if stripped.startswith("{") and closing_brace(stripped, 0) == len(stripped) - 1:
        opening = text.find("{")
        closing = opening + len(stripped) - 1
        if equates(inner := text[opening + 1 : closing]):
            return _framed(text, opening, opening, f" {inner} ", closing)
    return text


def _framed(text: str, start: int, opening: int, inner: str, closing: int) -> str:
    """The text with `inner` for the group from `opening` on, and nothing from `start` to there."""
    return text[:start] + " " * (opening - start) + inner + text[closing + 1 :]


def equates(text: str) -> bool:
    """Whether a relation stands in a formula outside of its braces."""
    depth = 0
    outside = []
    for c in text:
        depth += (c == "{") - (c == "}")
        outside.append(c if depth == 0 else " ")
    return EQUATES.search("".join(outside)) is not None


def _unboxed(text: str) -> str:
    r"""\boxed{a = b} as a = b, every character in its place."""
    while (at := text.find(r"\boxed")) >= 0:
        opening = text.find("{", at)
        if opening < 0 or text[at + 6 : opening].strip():
            return text.replace(r"\boxed", " " * 6)
        closing = closing_brace(text, opening)
        inner, after = text[opening + 1 : closing], text[closing + 1 :]
        text = f"{text[:at]}{' ' * (opening + 1 - at)}{inner} {after}"
    return text


def _without_braces_labels(text: str) -> str:
    r"""\underbrace{a}_{\text{what it is}} as {a}, every character in its place."""
    at = 0
    while (found := BRACE.search(text, at)) is not None:
        at = found.end()
        opening = found.end() - 1
        closing = closing_brace(text, opening) + 1
        label = LABEL.match(text, closing)
        end = closing
        if label is not None and label[1] == "{":
            end = closing_brace(text, label.end() - 1) + 1
        elif label is not None:
            end = label.end()
        text = text[:closing] + " " * (min(end, len(text)) - closing) + text[end:]
        text = text[: found.start()] + " " * (opening - found.start()) + text[opening:]
    return text


def _paired(tokens: tuple[Token, ...], text: str) -> None:
    """Braces pair, and not too deeply, nor do signs; round brackets are the grammar's."""
    depth: list[Token] = []
    nested = signs = 0
    for token in tokens:
        signs = signs + 1 if token.kind == SIGN and token.text in "+-" else 0
        if signs > DEEPEST:
            raise FormulaError(say("read:groups-too-deep", most=DEEPEST), text, token.at)
        if token.kind == SIGN and token.text in "{([":
            nested += 1
            if nested > DEEPEST:
                raise FormulaError(say("read:groups-too-deep", most=DEEPEST), text, token.at)
        elif token.kind == SIGN and token.text in "})]":
            nested -= 1
        if token.kind == SIGN and token.text == "{":
            depth.append(token)
        elif token.kind == SIGN and token.text == "}":
            if not depth:
                raise FormulaError(say("read:brace-closes-nothing"), text, token.at)
            depth.pop()
    if depth:
        raise FormulaError(say("read:brace-open"), text, depth[-1].at)
