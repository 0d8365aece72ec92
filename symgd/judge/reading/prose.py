r"""What the text between two formulas says of them: $f(x) = x^3$ for $x > 0$.

A bound that such a word joins to a formula is a condition of that formula, and of no other. Before
a formula the word begins a sentence: for $x > 0$ let $f(x) = x^3$.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from symgd.judge.reading.displays import Formula

#  language     what joins a bound to the formula before it, or to the one behind it
CONJUNCTIONS = {
    "english":    "for if when whenever where provided given assuming with while aslongas solongas",
    "german":     "für falls wenn wobei sofern mit solange",
    "french":     "pour si lorsque quand où avec",
    "spanish":    "para si cuando donde con",
    "italian":    "per se quando dove con",
    "portuguese": "para se quando onde com",
    "dutch":      "voor als wanneer waarbij met",
    "russian":    "при если для когда где",
    "polish":     "dla gdy jeśli gdzie",
    "chinese":    "当 當 若 如果 其中 对于 對於 对所有 当且仅当",
    "japanese":   "ただし",
}  # fmt: skip
#  for "for positive x"
SIGNS = {
    "positive": ">", "strictly-positive": ">", "negative": "<", "nonnegative": r"\geq",
    "non-negative": r"\geq", "nonzero": r"\neq", "non-zero": r"\neq",
}  # fmt: skip
# What may stand beside such a word.
FILLING = frozenset(
    """that all every each any some the case only both just at least instead real values value of
    alle jedes jede gilt dass
    tout tous toute que todo todos toda ogni всех wszystkich""".split()
)
LEADING = frozenset("and but und aber et mais y e или и".split())
# What may stand between a bound in front and its formula.
OPENING = frozenset(
    """let define put set we have then take consider the function is it holds that so get obtain
    gilt ist sei dann setzen wir soit on a alors sea sia""".split()
)
# Words that say that what follows is a definition.
DEFINING = frozenset(
    """let define defined redefine put set denote write consider suppose choose
    sei seien setzen definieren soit soient posons sea definimos sia poniamo""".split()
)
# Words that lay a relation down, and say no more of it than that it is to hold: assume that a = b.
SUPPOSING = re.compile(
    r"(?<!\w)(?:suppose|assume|postulate|stipulate|hypothesi[sz]e|require|impose|demand|insist"
    r"|(?:are|is|be|been|were|was)\s+(?:assumed|supposed|required|postulated)"
    r"|annehmen|nehmen\s+wir\s+an|angenommen|fordern|verlangen|setzen\s+voraus"
    r"|supposons|suppose|supposer|imposons|exigeons|supongamos|suponemos|imponemos|exigimos"
    r"|假设|假定|要求)(?P<tail>[^.;:!?,。；，]{0,60})$",
    re.IGNORECASE,
)
# An equation behind these is a case: if $a = b$, and where it is not so, nothing is said.
CONDITIONAL = re.compile(
    r"(?<![\w-])(?:(?:if(?:\s+and\s+only\s+if)?|when|whenever|unless|iff|provided|as\s+long\s+as|wenn|falls"
    r"|sofern|lorsque|cuando|quando|если|如果|若|当)(?:\s+(?:that|also|both|either|only|we\s+have))*)\s*$",
    re.IGNORECASE,
)
# Edges of a region, which say nothing of what follows: between $x = 0$ and $x = 2$.
_BETWEEN = re.compile(r"(?<!\w)(?:between|zwischen|entre|tra|между|介于)[\s$(\\]*$", re.IGNORECASE)
_FROM = re.compile(r"(?<!\w)(?:from|von|de|desde|da|от|从)[\s$(\\]*$", re.IGNORECASE)
_TO = re.compile(r"[\s$)\\]*(?:(?:to|bis|à|a|hasta|до)(?!\w)|到)", re.IGNORECASE)
_EDGE = re.compile(r"\s*\\?[A-Za-z]+(?:_\{?\w+\}?)?\s*=\s*[^=]{1,16}")
# The same beside a sentence: by assumption, in equilibrium; what may stand behind them.
LAID_DOWN = re.compile(
    r"(?<!\w)(?:by\s+(?:assumption|hypothesis)|(?:in|at)\s+(?:the\s+|an\s+|a\s+)?(?:[\w-]+\s+)?"
    r"(?:equilibrium|steady[\s-]state|balance)|(?:assuming|supposing|imposing|requiring|subject\s+to)"
    r"|(?:under|with|given|impos\w+|satisf\w+)\s+(?:the\s+|this\s+|an?\s+)?(?:[\w-]+\s+)?"
    r"(?:assumptions?|hypothes[ie]s|restrictions?|constraints?|null|null\s+hypothesis|conditions?)"
    r"|angenommen|vorausgesetzt|im\s+Gleichgewicht|nach\s+Annahme|unter\s+der\s+(?:Annahme|Nebenbedingung)"
    r"|à\s+l.équilibre|par\s+hypothèse|en\s+(?:el\s+)?equilibrio|por\s+hipótesis|平衡时|约束条件)"
    r"(?P<tail>[^.;!?。；]{0,40})$",
    re.IGNORECASE,
)
CONCLUDES = re.compile(
    r"(?<!\w)(?:then|so|hence|thus|therefore|gives?|yields?|implies|imply|follows?|obtain|because|since"
    r"|becomes?|derive|compute|find|get|also|gradient|derivative|likelihood|solution|dann|also|daher|alors"
    r"|donc|entonces|则|所以|因此)(?!\w)",
    re.IGNORECASE,
)
PLAIN_TAIL = frozenset(
    """es that we have must it holds hold the a an following of this case for simplicity all be to
    is are relation condition constraint restriction equation identity law rule on there exists das
    dass gilt que on a il faut se tiene""".split()
)
_COMMAND = re.compile(r"\\(?:label|ref|cite|footnote)\s*\{[^{}]*\}|\\[A-Za-z]+\*?|[{}~]")
# Between two formulas of one supposition: assume that $a = b$ and $c = d$.
_AND = re.compile(
    r"[\s,$]*(?:and|und|et|y|e|和|且|or|as\s+well\s+as)?[\s,$]*(?:that|dass|que)?[\s$]*"
)
_NAMES = re.compile(
    r"(?:^|[\s(,])(?:where|here|wherein|wo|où|donde|其中)[\s,$(\\]*$", re.IGNORECASE
)
_IS = re.compile(
    r"[\s$)\\]*(?:is|are|denotes?|represents?|stands?\s+for|ist|sind|bezeichne\w*|est|désigne"
    r"|es|denota|representa|是|表示)(?=\s|[一-鿿])",
    re.IGNORECASE,
)
_DEFINED = re.compile(
    r"(?<!\w)(?:(?:is|are|be|was|were)\s+(?:\w+ly\s+)?defined\s+(?:as|by|to\s+be|via|through)"
    r"|(?:ist|sind)\s+definiert\s+(?:als|durch)|défini\w*\s+(?:par|comme)|se\s+define\w*\s+como"
    r"|definid[ao]s?\s+(?:por|como)|定义为)(?P<tail>[^.;:!?,。；，]{0,50})$",
    re.IGNORECASE,
)
# The same in another form: we can rewrite this as, in matrix form, 化简得.
_REWRITTEN = re.compile(
    r"(?<![\w-])(?:re-?wr(?:ite|iting|itten|ote)|re-?express(?:ed|ing)?|simplif(?:y|ies|ied|ying)"
    r"|equivalently|expand(?:s|ed|ing)?"
    r"|in\s+(?:matrix|vector|matrix[- ]vector|vectori[sz]ed)\s+(?:form|notation)"
    r"|umformen|umgeformt|umschreiben|vereinfach\w+|ausmultipliz\w+|in\s+Matri\w+(?:schreibweise|form)"
    r"|réécri\w+|simplifi\w+|développ\w+|reescrib\w+|reescrev\w+|simplific\w+|desarroll\w+)(?!\w)"
    r"|化简|化簡|展开|展開|改写为|改寫為|等价于|等價於",
    re.IGNORECASE,
)
# Words that change what is meant as it is written anew.
_CHANGED = re.compile(
    r"(?<!\w)(?:approx\w*|drop\w*|ignor\w*|omit\w*|neglect\w*|absorb\w*|instead|replac\w*|add\w*|without"
    r"|modif\w*|regulari\w*|penal\w*|constant|scal\w*|assum\w*|suppos\w*|vernachlässig\w*|ersetz\w*"
    r"|néglig\w*|despreci\w*|ignora\w*|not)(?!\w)|近似|忽略|省略|去掉|加上|正则|假设|常数",
    re.IGNORECASE,
)
_APART = re.compile(r"(?<!\w)(?:respectively|beziehungsweise|respectivement|respectivamente|分别)")
_SEVERAL = re.compile(
    r"(?<!\w)(?:two|three|four|both|either|types?|kinds|variants|versions|alternatives|choices|options"
    r"|models|cases|beiden?|zwei|drei|deux|trois|dos|tres|两|三)(?!\w)", re.IGNORECASE,
)  # fmt: skip
_LABELLED = re.compile(r"[\s&(]*\\(?:text|mbox|textrm|textbf|textit|mathrm)\s*\{[^{}]*[:)]\s*\}")
SENTENCE = 240  # characters behind a display in which its sentence ends
# What may stand between "symmetric" and the matrix, and how many formulas before it to look at.
NOUNS = frozenset(
    """matrix matrices and positive definite semidefinite semi-definite real square
    matrice matrix matriz matrizen et und y e reelle""".split()
)
NEAREST = 3
MOST = 2_000  # characters of a formula that are looked at
LONGEST = 80  # characters of a bound
FEW, FEWEST = 8, 2  # words

_MARKS = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]+\*?\}|\$+|\\\\?[()\[\]]")
_PHRASE = re.compile(r"\b(as|so)\s+(long)\s+(as)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
# Where a sentence, or an item of a list, begins.
# A word that begins a sentence, though nothing ends the one before it.
_CAPITAL = re.compile(r"(?:\W|\\end\s*\{[A-Za-z]+\*?\})*[A-Z][a-z]")
_BEGINS = re.compile(r"[.;:!?。；：]|\n\s*(?:[-*•>]|\d+[.)]|\n|(?=[A-Z]))|^\s*(?=[A-ZФ-Я])")
_COMPARED = re.compile(r"[<>≤≥≠]|\\(?:leq?|geq?|leqslant|geqslant|lt|gt|neq?)(?![A-Za-z])")
_SET = re.compile(r"\\in(?![A-Za-z])\s*(?:\(|\[|\\left\s*[(\[]|\\\{)|∈\s*[(\[{]")
_LARGER = re.compile(
    r"(?<![<>!])=|\\(?:to|sim|approx|mapsto|mathbb|forall|q?quad|begin|text|sum|int)\b"
)
# An equation that is complete: what goes on in the next display is under no condition of this one.
_STATES = re.compile(r"=|\\equiv|\\approx")
_IS_WRONG = re.compile(
    r"[\s,)]*(?:which\s+|this\s+|that\s+|\(?)?(?:is|are|would\s+be|was)\s+(?:clearly\s+|simply\s+|obviously\s+)?"
    r"(?:false|wrong|incorrect|not\s+(?:true|correct|right|equal)|a\s+mistake|an\s+error|nonsense)\b",
    re.IGNORECASE,
)
_MISTAKE = re.compile(
    r"\b(?:mistakes?|errors?|misconceptions?|wrongly|incorrectly|erroneously|falsely)\b[^.;!?\n]{0,40}$"
    r"|(?:^|[\s(])(?:is|does|do|are|and|but)\s+not[\s:]*$|\b(?:instead\s+of|rather\s+than)[\s:]*$",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"\\(?:part|chapter|(?:sub)*section)\*?\s*[\[{]|\\begin\s*\{(?:frame|problem|exercise|example)\}"
    r"|^[ \t]{0,3}#{1,6}[ \t]+\S|^\S[^\n]*\n(?:={3,}|-{3,}|([~^\"+*#])\1{4,})[ \t]*$",
    re.MULTILINE,
)
_SYMMETRIC = re.compile(
    r"(?<![\w-])(?<!not )(?<!nicht )(symmetric|symmetrisch\w*|symétriques?|simétric[ao]s?"
    r"|simmetric[ao]|positive[ -](?:semi-?)?definite|positiv (?:semi)?definit\w*"
    r"|définies? positives?|PSD|SPD|p\.s\.d\.|(?:co)?variance(?:-covariance)? matrix"
    r"|Kovarianzmatrix|Gram matrix|kernel matrix|Hermitian|(?P<bare>covariance))(?!\w)",
    re.IGNORECASE,
)
# "an orthogonal matrix $U$", "$U$ is orthogonal", "with $U$ orthogonal"; and not "orthogonal to".
_ORTHOGONAL = re.compile(
    r"(?:(?<![\w-])(?:"
    r"(?:orthogonal|orthonormal|unitary|unitär|orthogonale|orthonormale|unitaire|ortogonal|ortonormal|ortogonale"
    r"|unitaria)[ \n]+(?:square\s+|real\s+)?(?:matri\w+)|orthogonale[rns]?\s+Matri\w+"
    r"|matri\w+\s+(?:real\s+)?(?:orthogonales?|unitaires?|ortogonal\w*|unitari\w+)"
    r"|ортогональн\w*\s+матриц\w*|матриц\w*\s+ортогональн\w*"
    r"|(?P<told>(?<=\$ )orthogonal(?!\s+(?:to|matri|basis|complement|projec))"
    r"|(?<=\$ is )orthogonal(?!\s+(?:to|matri))|(?<=\$ are )orthogonal(?!\s+(?:to|matri))"
    r"|(?<=\$ ist )orthogonal(?!\s+zu)|(?<=\$ est )orthogonale(?!\s+à)))(?!\w)"
    r"|(?:正交|酉)(?:矩阵|矩陣|阵|方阵)|直交行列|직교\s*행렬)",
    re.IGNORECASE,
)
_DENIED = re.compile(
    r"(?:(?<!\w)(?:not?|never|nicht|keine?r?s?|pas|non|нет|не|nie)\s+(?:[a-zà-ÿ]+\s+){0,2}|[不非])$",
    re.IGNORECASE,
)
_TAG = re.compile(r"\\tag\*?\s*\{\s*\(?([\w.]+)['′]?\)?\s*\}")
_WORDS_OF_MATH = re.compile(r"\\(?:text|mbox|textrm|mathrm|intertext)\s*\{([^{}]*)\}")
_NUMBERED = re.compile(r"\((\d+(?:\.\d+)+[a-z]?)['′]?\)")
_ENDS = re.compile(r"[.;!?](?:\s|$)|\n\s*\n")
_SOME_MATRIX = (
    r"\s*(?:\\(?:math\w+|boldsymbol|bm)\s*\{\s*(?:[A-Z]|\\[A-Z][a-z]+)\s*\}|[A-Z]"
    r"|\\(?:Sigma|Lambda|Omega|Phi|Gamma|Psi))\s*"
)
_MATRIX = re.compile(_SOME_MATRIX)
# \mathcal{N}(\mu, \Sigma): what stands in the second place is a covariance.
_NORMAL = re.compile(
    rf"\\mathcal\s*\{{?\s*N\s*\}}?\s*(?:\\left\s*)?\([^()]{{0,60}},({_SOME_MATRIX})(?:\\right\s*)?\)"
)
_LETTER = re.compile(r"\s*(?:\\[A-Za-z]+|[^\W\d_])(?:_(?:\w|\{\w+\}))?\s*")

_WORDS = frozenset(w for words in CONJUNCTIONS.values() for w in words.split())


def is_bound(text: str) -> bool:
    r"""Whether a formula says where letters lie: x > 0, 0 < x < 1, x \in (0, 1)."""
    if len(text) > LONGEST or _LARGER.search(text):
        return False
    return bool(_COMPARED.search(text) or _SET.search(text))


def bound_behind(between: str, text: str) -> str | None:
    """The bound that a formula has behind it, after this text: x > 0, and that of "positive x"."""
    words = _words(between)
    if words is None or not words or words[0] not in _WORDS or _CAPITAL.match(between):
        return None
    sign = SIGNS.get(words[-1])
    rest = words[1:] if sign is None else words[1:-1]
    if not FILLING.issuperset(rest):
        return None
    if sign is None:
        return text if is_bound(text) else None
    return f"{text.strip()} {sign} 0" if _LETTER.fullmatch(text) else None


def stands_in_front(before: str, text: str, between: str) -> bool:
    """Whether a formula is a bound of the next one: for x > 0 let f(x) = x."""
    if not is_bound(text):
        return False
    found = list(_BEGINS.finditer(before))
    first = _words(before[found[-1].end() :] if found else before)
    words = _words(between)
    if first is None or words is None:
        return False
    if first and first[0] in LEADING:
        first = first[1:]
    elif not found and before.strip():
        return False
    joined = bool(first) and first[0] in _WORDS and FILLING.issuperset(first[1:])
    return joined and OPENING.issuperset(words)


def _words(text: str) -> list[str] | None:
    """The words of a text within one sentence; None where it ends in the text, or is long."""
    text = _PHRASE.sub(r"\1\2\3", _MARKS.sub(" ", text)).strip()
    if re.search(r"[.;!?。；]|\n\s*\n|[=\\{}|&#`]", text) or len(text) > LONGEST:
        return None
    words = [w.lower() for w in _WORD.findall(text)]
    return words if len(words) <= FEW else None


@dataclass(frozen=True)
class Bounds:
    """The conditions that the text gives to formulas, each by its number in the document.

    of        formula → its bound
    attached  the formulas that are bounds of others
    """

    of: dict[int, str]
    attached: frozenset[int]


def bounds_beside(text: str, formulas: Sequence[Formula]) -> Bounds:
    """The bound of each formula that the text beside it makes one of: behind it, or in front."""
    of: dict[int, str] = {}
    attached: set[int] = set()
    said = [text[f.start : f.end] for f in formulas]
    gaps = [text[a.end : b.start] for a, b in pairwise(formulas)]
    for k, between in enumerate(gaps):
        short = formulas[k + 1].inline and len(between) <= 2 * LONGEST
        if not short or k in attached or not _claims(said[k]):
            continue
        if (bound := bound_behind(between, said[k + 1])) is not None:
            of[k] = bound
            attached.add(k + 1)
    for k, between in enumerate(gaps):
        # A document begins a sentence, as a blank line does.
        before = gaps[k - 1] if k else "\n\n" + text[: formulas[0].start]
        free = k not in attached and k + 1 not in of and formulas[k].inline
        if free and _claims(said[k + 1]) and len(between) <= 2 * LONGEST and stands_in_front(
            before[-2 * LONGEST :], said[k], between
        ):  # fmt: skip
            of[k + 1] = said[k]
            attached.add(k)
    return Bounds(of, frozenset(attached))


def symmetric_matrices(text: str, formulas: Sequence[Formula]) -> dict[int, list[str]]:
    """Formula → the matrices in it of which the text says that they are symmetric."""
    found = _called(text, formulas, _SYMMETRIC)
    for k, f in enumerate(formulas):
        for law in _NORMAL.finditer(text[f.start : min(f.end, f.start + MOST)]):
            found.setdefault(k, []).append(law[1].strip())
    return found


def orthogonal_matrices(text: str, formulas: Sequence[Formula]) -> dict[int, list[str]]:
    """Formula → the matrices in it of which the text says that they are orthogonal."""
    return _called(text, formulas, _ORTHOGONAL)


def _called(text: str, formulas: Sequence[Formula], words: re.Pattern[str]) -> dict[int, list[str]]:
    """Formula → the matrices in it that the text calls by such a word.

    The $A$ of "a symmetric matrix $A$", and else the nearest before the word in its sentence; a
    `bare` word calls only what stands behind it, and one that is `told` only what it stands behind.
    """
    starts = [f.start for f in formulas]
    found: dict[int, list[str]] = {}
    for word in words.finditer(text):
        k = bisect_right(starts, word.start())
        within = k and formulas[k - 1].end > word.start()
        if within or _DENIED.search(text[max(0, word.start() - LONGEST) : word.start()]):
            continue
        behind = text[word.end() : formulas[k].start] if k < len(formulas) else "."
        names = _matrices(text[formulas[k].start : formulas[k].end]) if k < len(formulas) else []
        between = _words(behind)
        told = word.groupdict().get("told") is not None
        joined = between is not None and NOUNS.issuperset(between) and "," not in behind
        if names and joined and not told:
            found.setdefault(k, []).extend(names)
            continue
        bare = word.groupdict().get("bare") is not None
        for j in range(k - 1, max(-1, k - 1 - (1 if told else NEAREST)), -1):
            if bare or _ENDS.search(text[formulas[j].end : word.start()]):
                break
            if names := _matrices(text[formulas[j].start : formulas[j].end]):
                found.setdefault(j, []).extend(names)
                break
    return found


def _matrices(text: str) -> list[str]:
    r"""A and B of A, B \\in \\mathbb{R}^{n \\times n}; none of x, and none of A x."""
    names = re.split(r"\\in(?![A-Za-z])|∈|\\succ|[=:]|\\preceq", text, maxsplit=1)[0].split(",")
    return [n.strip() for n in names] if all(map(_MATRIX.fullmatch, names)) else []


def tags(text: str) -> frozenset[str]:
    """The numbers that the formulas of a text are given in words: those of \\tag{(1.2)}."""
    return frozenset(_TAG.findall(text))


def reason_elsewhere(text: str, known: frozenset[str]) -> str:
    r"""The number, as of a book, that a row names as its reason: \text{(definition (1.2.8))}.

    Empty where it names none, or one that a formula of the document has.
    """
    found = [n for words in _WORDS_OF_MATH.findall(text) for n in _NUMBERED.findall(words)]
    return next((n for n in found if n not in known), "")


def says_let(before: str) -> bool:
    """Whether the text before a formula says that it defines something: now let $y = x^2$."""
    before = before[-LONGEST:]
    found = list(_BEGINS.finditer(before))
    words = _words(before[found[-1].end() :] if found else before)
    return words is not None and bool(DEFINING.intersection(words))


def says_supposed(before: str) -> bool:
    """Whether the text before a formula lays it down: suppose that, by assumption, at balance."""
    sentence = _sentence(before)
    if (verb := SUPPOSING.search(sentence)) is not None:
        return CONCLUDES.search(verb["tail"]) is None
    if (aside := LAID_DOWN.search(sentence)) is not None:
        return PLAIN_TAIL.issuperset(w.lower() for w in _WORD.findall(aside["tail"]))
    return False


def is_defined(before: str) -> bool:
    """Whether the text before a formula says that it defines: the log is defined by the series."""
    found = _DEFINED.search(_sentence(before))
    return found is not None and CONCLUDES.search(found["tail"]) is None


def is_conditional(before: str) -> bool:
    """Whether the text before a formula says in which case the rest holds: if, when, unless."""
    return CONDITIONAL.search(_sentence(before)) is not None


def is_edge(said: str, before: str, behind: str) -> bool:
    """Whether a formula is the first edge of a region: between $x = 0$ and $x = 2$."""
    if _EDGE.fullmatch(said) is None:
        return False
    before, behind = before[-LONGEST:], behind[:LONGEST]
    if _BETWEEN.search(before) is not None:
        return True
    return _FROM.search(before) is not None and _TO.match(behind) is not None


def is_other_edge(said: str, between: str) -> bool:
    """Whether a formula is the second edge behind these words."""
    if _EDGE.fullmatch(said) is None:
        return False
    return joins(between) or _TO.fullmatch(between.rstrip(" $\\(\n")) is not None


def joins(between: str) -> bool:
    """Whether two formulas are named in one breath: assume that $a = b$ and $c = d$."""
    return _AND.fullmatch(_MARKS.sub(" ", between)) is not None


def is_named(before: str, behind: str) -> bool:
    """Whether the text says in words what a letter is: where $s$ is the width."""
    return _NAMES.search(before[-LONGEST:]) is not None and _IS.match(behind[:LONGEST]) is not None


def rewrites(before: str) -> bool:
    """Whether a display is said to be what stood above it, in another form."""
    sentence = _sentence(before)
    return _REWRITTEN.search(sentence) is not None and _CHANGED.search(sentence) is None


def tells_apart(before: str, behind: str) -> bool:
    """Whether the sentence of a display says that its rows are of several things: respectively."""
    end = _ENDS.search(behind.lstrip(" .,\n"))
    if _APART.search(behind[: end.end() + 4] if end else behind) is not None:
        return True
    return _SEVERAL.search(_sentence(before) or _sentence(before.rstrip(" .\n"))) is not None


def leads(before: str) -> bool:
    """Whether words stand between two formulas: back to the first of the models, the slope is."""
    return len(_WORD.findall(_COMMAND.sub(" ", _MARKS.sub(" ", before[-4 * LONGEST :])))) >= FEWEST


def is_labelled(row: str) -> bool:
    r"""Whether a row is told from the others of its display by words in front: \text{Full:}."""
    return _LABELLED.match(row) is not None


def _sentence(before: str) -> str:
    """What stands in front of a formula in its own sentence, with no commands and no marks."""
    before = _COMMAND.sub(" ", _MARKS.sub(" ", before[-2 * LONGEST :])).rstrip(" :：\n")
    found = list(_BEGINS.finditer(before))
    return before[found[-1].end() :] if found else before


def denied(text: str, formula: Formula) -> bool:
    """Whether the text says of a formula that it is wrong: a common mistake is $(uv)' = u'v'$."""
    before = _MARKS.sub(" ", text[max(0, formula.start - LONGEST) : formula.start])
    behind = _MARKS.sub(" ", text[formula.end : formula.end + LONGEST])
    return _IS_WRONG.match(behind) is not None or _MISTAKE.search(before) is not None


class Headings:
    """The headings of a text, of LaTeX and of Markdown."""

    def __init__(self, text: str) -> None:
        self.starts = [m.start() for m in _HEADING.finditer(text)]

    def at(self, place: int) -> int:
        """How many stand above a place."""
        return bisect_right(self.starts, place)


def _claims(text: str) -> bool:
    """Whether a formula states something that may be so under a condition alone."""
    return bool(_STATES.search(text)) and not is_bound(text)


def under(text: str, bound: str) -> str:
    """A formula under a condition, as it is written in one line."""
    if not bound or not _claims(text):
        return text
    return rf"{text.rstrip(' .,;')} \quad \text{{if }} {bound.strip(' .,;')}"
