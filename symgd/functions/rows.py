"""What a row of the catalogue is.

A formula is text in symgd's own language and is read when it is first needed: the table costs
nothing to import, and what the page shows is what the engine differentiates. No derivative is
stored; a row says only what cannot be derived: where the function lives, and the value that is
taken for the derivative where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from symgd.errors import CatalogueError, shown
from symgd.trees.domain import domain
from symgd.trees.names import NAME


class Parameter(NamedTuple):
    """A number that shapes a function: the set it lies in, and its value where none is given.

    `default` None: the parameter stays a letter.
    """

    domain: str
    default: str | None = None


class Kink(NamedTuple):
    """A place where a function has a corner, and the derivative that is taken there.

    at          the place: a formula for the argument (of a loss, for the prediction)
    value       the derivative taken there, by convention: what PyTorch returns
    jump        the function itself jumps there
    removable   the derivative exists there and is `value`: only the formula has a seam
    """

    at: str
    value: str
    jump: bool = False
    removable: bool = False


@dataclass(frozen=True, slots=True)
class Activation:
    """f(z; parameters): ℝ → range.

    range         a set that holds every value, whatever the parameters; the smallest one where no
                  parameter moves it (its ends, where irrational, rounded outwards)
    latex, text   how the function is written in front of its argument: `\\sigma`, `σ`
    source        where the function and its constants come from

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

    def __post_init__(self) -> None:
        domains = (self.range, *(p.domain for p in self.parameters.values()))
        _check(self.name, (self.variable, *self.parameters, *self.aliases), domains)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The variable, then the parameters: the order in which a formula hands them over."""
        return (self.variable, *self.parameters)


@dataclass(frozen=True, slots=True)
class Loss:
    """L(ŷ, label; parameters), of one sample.

    prediction     the set that ŷ lies in; ℝ where ŷ is a logit
    label          the name of the truth: y, or t where it is ±1
    label_domain   the set that the label lies in

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
                f"The row {shown(name)} uses {shown(n)}, which is not a name; a name is a letter "
                "followed by letters, digits or underscores."
            )
    if len(set(names)) < len(names):
        raise CatalogueError(f"The row {shown(name)} uses a name twice: {', '.join(names)}.")
    for text in domains:
        domain(text)
