"""Activations and losses of networks, as text of the language of matrices."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

from symgd import functions as catalogue
from symgd.derive.differentials.lemmas import NotOfTheLanguageError, Z, entrywise
from symgd.errors import ModelError, shown
from symgd.language import looks_like_call, parse, parse_call
from symgd.language.arrays.functions import function, is_function
from symgd.language.named import body
from symgd.trees.arrays import Node, name, node
from symgd.trees.dims import SCALAR, Shape
from symgd.trees.names import symbol
from symgd.trees.scalars import Expr, replace_all, settle

# Losses of logits: the last activation and the loss are one formula, in which nothing is divided.
FUSED = ("softmax_cross_entropy", "bce_logits")
# loss      the sum over samples, of predictions P and labels Y, one sample and a batch of rows
OF_ROWS = {
    "softmax_cross_entropy": ("-{Y}'*log(softmax({P}))", "-sum({Y}.*log(rsoftmax({P})))"),
    "quadratic": ("norm2({P} - {Y})^2/2", "norm2({P} - {Y})^2/2"),
    "mse": ("norm2({P} - {Y})^2/{k}", "norm2({P} - {Y})^2/{k}"),
}
ALIASES = {"cross_entropy": "softmax_cross_entropy", "softmax": "softmax_cross_entropy"}


def activation(spec: Any, z: str, shape: Shape) -> str:
    """f(z) as text: a name of the catalogue, `leaky_relu(a=0.1)`, or a formula in z."""
    if not isinstance(spec, str):
        raise ModelError(
            f"{shown(repr(spec))} is not an activation; give a name of the catalogue or a formula "
            "in z, such as 'z*tanh(log(1 + exp(z)))'."
        )
    if looks_like_call(spec):
        word, given = parse_call(spec)
        if word in ("identity", "linear"):
            return z
        if is_function(word):
            return str(node("function", name(z, shape), data=function(word, _numbers(word, given))))
        row = catalogue.activation(word)
        return str(
            node("function", name(z, shape), data=function(row.name, _numbers(row.name, given)))
        )
    try:
        expr = settle(parse(spec, names=("z",), functions=catalogue.SIGNATURES))
        return str(entrywise(expr, {Z: name(z, shape)}))
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
    values = [sp.Rational(str(settle(given[n]))) for n in wanted]
    return tuple(Fraction(int(v.p), int(v.q)) for v in values)


def loss(spec: Any, prediction: str, label: str, shape: Shape, batch: bool) -> str:
    """The loss summed over its entries, as text; rows are samples if `batch`."""
    if not isinstance(spec, str):
        raise ModelError(
            f"{shown(repr(spec))} is not a loss of a network; give a name such as "
            "'softmax_cross_entropy' or a formula in yhat and y."
        )
    spec = ALIASES.get(spec, spec)
    if spec in OF_ROWS and shape != SCALAR:
        width = shape[1] if batch else shape[0]
        return OF_ROWS[spec][batch].format(P=prediction, Y=label, k=width.text)
    expr = _formula(spec)
    table: dict[Any, Node] = {
        symbol("yhat"): name(prediction, shape),
        symbol("y"): name(label, shape),
    }
    try:
        entries = entrywise(expr, table)
        return str(entries) if shape == SCALAR else f"sum({entries})"
    except NotOfTheLanguageError as error:
        raise ModelError(
            f"The loss {shown(spec)} uses {error}, which the language of matrices has no word "
            "for; quadratic, mse, mae, log_cosh, bce, bce_logits, softmax_cross_entropy and every "
            "formula without cases do."
        ) from None


def _formula(spec: str) -> Expr:
    """The loss of one entry, in yhat and y."""
    if not looks_like_call(spec):
        return settle(parse(spec, names=("yhat", "y"), functions=catalogue.SIGNATURES))
    word, given = parse_call(spec)
    row = catalogue.loss(word)
    values: dict[Any, Any] = {symbol(row.variable): symbol("yhat"), symbol(row.label): symbol("y")}
    for n, p in row.parameters.items():
        value = given.get(n)
        if value is None and p.default is None:
            raise ModelError(f"{word} has a parameter {n}; write {word}({n}=1).")
        values[symbol(n)] = value if value is not None else parse(p.default or "0")
    return settle(replace_all(body(row), values))
