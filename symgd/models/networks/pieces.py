"""Activations and losses of networks, as nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from symgd import functions as catalogue
from symgd.derive.differentials.lemmas import NotOfTheLanguageError, Z, entrywise
from symgd.errors import ModelError, shown
from symgd.functions import Loss
from symgd.language import looks_like_call, parse, parse_call
from symgd.language.arrays.functions import function, is_function
from symgd.language.arrays.grammar import read
from symgd.language.named import body
from symgd.trees.arrays import Node, name, node
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, replace_all, settle

# Losses of logits: the last activation and the loss are one formula, in which nothing is divided.
FUSED = ("softmax_cross_entropy", "bce_logits")
# loss      the sum over samples, of predictions P and labels Y, one sample and a batch of rows
OF_ROWS = {
    "softmax_cross_entropy": ("-Y'*log(softmax(P))", "-sum(Y.*log(rsoftmax(P)))"),
    "quadratic": ("norm2(P - Y)^2/2", "norm2(P - Y)^2/2"),
    "mse": ("norm2(P - Y)^2/{k}", "norm2(P - Y)^2/{k}"),
}
ALIASES = {"cross_entropy": "softmax_cross_entropy", "softmax": "softmax_cross_entropy"}
# the set that a letter of a loss lies in     what is assumed of it
WORDS = {"positive": {"pos"}, "(0, 1)": {"unit"}, "[0, oo)": {"nonneg"}}


@dataclass(frozen=True)
class Cost:
    """A loss over all entries, and the parameters of the loss that stay letters."""

    node: Node
    letters: Mapping[str, Node] = field(default_factory=dict)


def activation(spec: Any, z: Node) -> Node:
    """f(z): a name of the catalogue, `leaky_relu(a=0.1)`, or a formula in z; raises ModelError."""
    if not isinstance(spec, str):
        raise ModelError(
            f"{shown(repr(spec))} is not an activation; give a name of the catalogue or a formula "
            "in z, such as 'z*tanh(log(1 + exp(z)))'."
        )
    if looks_like_call(spec):
        word, given = parse_call(spec)
        if word in ("identity", "linear"):
            return z
        word = word if is_function(word) else catalogue.activation(word).name
        return node("function", z, data=function(word, _numbers(word, given)))
    try:
        return entrywise(settle(parse(spec, names=("z",), functions=catalogue.SIGNATURES)), {Z: z})
    except NotOfTheLanguageError as error:
        raise ModelError(
            f"The activation {shown(spec)} uses {error}, which the language of matrices has no "
            "word for; give a name of the catalogue."
        ) from None


def _numbers(word: str, given: Mapping[str, Expr]) -> tuple[Fraction, ...]:
    """The parameters of a call in the order of the row."""
    if not given:
        return ()
    wanted = catalogue.activation(word).arguments[1:]
    unknown = [n for n in given if n not in wanted]
    if unknown or len(given) < len(wanted):
        raise ModelError(f"{word} has the parameters {', '.join(wanted) or 'none'}.")
    out = []
    for n in wanted:
        value = settle(given[n])
        if not value.is_Rational:
            raise ModelError(f"{word}({n}=...) takes a number here, not {shown(str(value))}.")
        out.append(Fraction(int(value.p), int(value.q)))
    return tuple(out)


def loss(spec: Any, prediction: Node, label: Node, batch: bool) -> Cost:
    """The loss summed over its entries, if `batch` over the m samples, which are the rows.

    Raises ModelError.
    """
    if not isinstance(spec, str):
        raise ModelError(
            f"{shown(repr(spec))} is not a loss of a network; give a name such as "
            "'softmax_cross_entropy' or a formula in yhat and y."
        )
    spec = ALIASES.get(spec, spec)
    if spec in OF_ROWS and not prediction.is_scalar:
        width = prediction.cols if batch else prediction.rows
        text = OF_ROWS[spec][batch].format(k=width.text) + "/m" * batch
        return Cost(read(text, {"P": prediction, "Y": label}, width.names | {"m"}))
    expr, letters = _formula(spec)
    table = {symbol("yhat"): prediction, symbol("y"): label}
    table |= {symbol(n): letter for n, letter in letters.items()}
    try:
        entries = entrywise(expr, table)
    except NotOfTheLanguageError as error:
        raise ModelError(
            f"The loss {shown(spec)} uses {error}, which the language of matrices has no word for; "
            "give a loss of the catalogue, or a formula in functions of the language."
        ) from None
    if prediction.is_scalar:
        return Cost(entries, letters)
    return Cost(read("sum(E)" + "/m" * batch, {"E": entries}, frozenset({"m"})), letters)


def _formula(spec: str) -> tuple[Expr, dict[str, Node]]:
    """The loss of one entry, in yhat and y, and the letters in it."""
    if not looks_like_call(spec):
        return settle(parse(spec, names=("yhat", "y"), functions=catalogue.SIGNATURES)), {}
    word, given = parse_call(spec)
    row = catalogue.loss(word)
    unknown = [n for n in given if n not in row.parameters]
    if unknown:
        raise ModelError(
            f"{word} has no parameter {unknown[0]}; it has {', '.join(row.parameters) or 'none'}."
        )
    values: dict[Any, Any] = {symbol(row.variable): symbol("yhat"), symbol(row.label): symbol("y")}
    values |= {symbol(n): value for n, value in given.items()}
    return settle(replace_all(body(row), values)), _letters(row, given)


def _letters(row: Loss, given: Mapping[str, Any]) -> dict[str, Node]:
    """The parameters that no number was given for: scalars of the model."""
    return {
        n: name(n, words=frozenset(WORDS.get(p.domain, ())))
        for n, p in row.parameters.items()
        if n not in given
    }
