"""What a row of the catalogue is.

A formula is text in symgd's own language and is read when it is first needed: the table costs
nothing to import, and what the page shows is what the engine differentiates. No derivative is
stored; a row says only what cannot be derived: where the function lives, and the value that is
taken for the derivative where there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from symgd.errors import CatalogueError, quote
from symgd.functions.growth import Growth, one
from symgd.trees.domain import domain
from symgd.trees.names import NAME


class Parameter(NamedTuple):
    """A number that shapes a function, and the set that it lies in.

    default   what stands in its place where none is given; None: it stays a letter on the page
    usual     the number of a letter where a number is needed and none was given: PyTorch's, or that
              of the source; None where people have no usual one
    """

    domain: str
    default: str | None = None
    usual: str | None = None

    @property
    def number(self) -> str | None:
        """The number where one is needed and none was given."""
        return self.default or self.usual


def positive(usual: str) -> Parameter:
    """A letter above 0, with its usual number."""
    return Parameter("positive", usual=usual)


class Kink(NamedTuple):
    """A place where a function has a corner, and the derivative that is taken there.

    at          the place: a formula for the argument (of a loss, for the prediction)
    value       the derivative taken there, by convention: what PyTorch returns
    jump        the function itself jumps there
    removable   the derivative exists there and is `value`: the corner is of the formula alone
    """

    at: str
    value: str
    jump: bool = False
    removable: bool = False


# What becomes of a function at a huge argument: its value needs as many digits as that is large, or
# it turns within the digits that such an argument does not have.
GROWS: Final = "grows"
TURNS: Final = "turns"
ODD: Final = "odd"
EVEN: Final = "even"


@dataclass(frozen=True, slots=True)
class Elementary:
    """A function that every formula knows: name(u), or name(u, v, ...).

    Its meaning is a class of sympy with its value and its slopes, or a formula in other functions,
    or both: then the formula is what a target without the function computes.

    name         its word in the language, in ASCII, and the id of its rule
    latex, text  how it is written in front of its argument: `\\arcsin`, `arcsin`
    head         the class of sympy; None where the formula is all there is
    value        in mpmath, of as many numbers as it has arguments
    slopes       its derivative in each argument, as formulas in `arguments`; "" where it has none
    growth       how large its number can be
    arguments    the names of its arguments in `slopes` and `formula`
    many         more arguments of the last kind may follow: max(u, v, w)
    orders       its first argument is a whole number from 0 to this one, where it has an order
    aliases      its other words in the language
    called       words that are it before a bracket alone, and are free as names: gamma
    spoken       what else people call it: \\operatorname{arsinh}, \\lg
    bare         in LaTeX its argument may stand without brackets: \\arcsin x
    formula      what it is in other functions
    opened       the formula stands for it on the page too; else a lemma derives it
    domain       where its first argument lies
    parity       ODD or EVEN
    huge         GROWS or TURNS
    primed       a definition y = name(x) is shown by name'(x), as those of the catalogue are
    numpy        its word in numpy; own functions stand for what numpy has not
    math         its word in C, and in Python's `math` but for `fabs`
    torch, jax   how these libraries call it, where they do not as numpy does
    safe         an argument at which it cannot fail, where it can
    exact        its value at fractions is a fraction
    kinks        its corners, by convention, where the formula has some
    title, because, equation, example    of its rule, where the usual ones will not do
    """

    name: str
    latex: str
    text: str
    head: Any = None
    value: Callable[..., Any] | None = None
    slopes: tuple[str, ...] = ()
    growth: Growth = one
    arguments: tuple[str, ...] = ("u",)
    many: bool = False
    orders: int = 0
    aliases: tuple[str, ...] = ()
    called: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    bare: bool = True
    formula: str = ""
    opened: bool = False
    domain: str = "real"
    parity: str = ""
    huge: str = ""
    primed: bool = False
    numpy: str = ""
    math: str = ""
    torch: str = ""
    jax: str = ""
    safe: str = ""
    exact: bool = False
    kinks: tuple[Kink, ...] = ()
    title: str = ""
    because: str = ""
    equation: str = ""
    example: str = ""

    def __post_init__(self) -> None:
        _check(self.name, (*self.arguments, *self.aliases), (self.domain,))
        if self.head is None and not self.formula:
            raise CatalogueError(
                f"The row {quote(self.name)} has neither a head nor a formula; a function is one "
                "of sympy's classes, or made of other functions."
            )

    @property
    def most(self) -> int | None:
        """How many arguments it takes at most; None where there is no end."""
        return None if self.many else len(self.arguments)

    @property
    def parameters(self) -> Mapping[str, Parameter]:
        """None: each of its arguments is given."""
        return {}

    @property
    def source(self) -> str:
        return "elementary"

    @property
    def is_flat(self) -> bool:
        """Whether it is constant between its jumps."""
        return bool(self.slopes) and set(self.slopes) == {"0"}

    @property
    def place(self) -> int:
        """Which argument it is a function of, the others being numbers: u of ψ⁽ⁿ⁾(u), the first
        that it has a slope in."""
        return next((i for i, slope in enumerate(self.slopes) if slope), 0)


@dataclass(frozen=True, slots=True)
class Activation:
    """f(z; parameters): ℝ → range.

    range         a set that holds every value, whatever the parameters; the smallest one where no
                  parameter moves it (its ends, where irrational, rounded outwards)
    latex, text   how the function is written in front of its argument: `\\sigma`, `σ`
    source        where the function and its constants come from
    spoken        what else people call it: \\operatorname{expit}
    bare          in LaTeX its argument may stand without brackets
    opens         over matrices its derivative is written in other functions: σ(Z)∘(1 - σ(Z)), and
                  not with a prime
    is_flat       constant between its jumps

    Raises CatalogueError where a name is not a name or is used twice, FormulaError where a domain
    does not read.
    """

    name: str
    formula: str
    range: str
    latex: str
    text: str
    source: str
    variable: str = "z"
    parameters: Mapping[str, Parameter] = field(default_factory=dict, hash=False)
    kinks: tuple[Kink, ...] = ()
    aliases: tuple[str, ...] = ()
    spoken: tuple[str, ...] = ()
    bare: bool = False
    opens: bool = False
    is_flat: bool = False

    def __post_init__(self) -> None:
        domains = (self.range, *(p.domain for p in self.parameters.values()))
        _check(self.name, (self.variable, *self.parameters, *self.aliases), domains)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The variable, then the parameters: the order in which a formula hands them over."""
        return (self.variable, *self.parameters)

    @property
    def place(self) -> int:
        """Its variable is its first argument."""
        return 0

    @property
    def most(self) -> int:
        """How many arguments it takes at most."""
        return len(self.arguments)


@dataclass(frozen=True, slots=True)
class Loss:
    """L(ŷ, label; parameters), of one sample.

    prediction     the set that ŷ lies in; ℝ where ŷ is a logit
    label          the name of the truth: y, or t where it is ±1
    label_domain   the set that the label lies in
    mean           what the label is on average, where ŷ is not that: σ(ŷ) of a logit; of a label
                   of ±1 the probability of 1

    Raises CatalogueError where a name is not a name or is used twice, FormulaError where a domain
    does not read.
    """

    name: str
    formula: str
    prediction: str
    label_domain: str
    source: str
    label: str = "y"
    parameters: Mapping[str, Parameter] = field(default_factory=dict, hash=False)
    kinks: tuple[Kink, ...] = ()
    aliases: tuple[str, ...] = ()
    mean: str = ""

    def __post_init__(self) -> None:
        parameters = (p.domain for p in self.parameters.values())
        domains = (self.prediction, self.label_domain, *parameters)
        _check(self.name, (self.variable, self.label, *self.parameters, *self.aliases), domains)

    @property
    def variable(self) -> str:
        """The name of the prediction."""
        return "yhat"

    @property
    def arguments(self) -> tuple[str, ...]:
        """The prediction, the label, then the parameters."""
        return (self.variable, self.label, *self.parameters)


def _check(name: str, others: Iterable[str], domains: Iterable[str]) -> None:
    """Names are names, each is used once, and domains read."""
    names = [name, *others]
    for n in names:
        if not NAME.match(n):
            raise CatalogueError(
                f"The row {quote(name)} uses {quote(n)}, which is not a name; a name is a letter "
                "followed by letters, digits or underscores."
            )
    if len(set(names)) < len(names):
        raise CatalogueError(f"The row {quote(name)} uses a name twice: {', '.join(names)}.")
    for text in domains:
        domain(text)
