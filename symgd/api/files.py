"""A model from a TOML file: definitions of scalars, of matrices, or the layers of a network.

parameters = ["w", "b"]                 [network]
                                        sizes = [784, 128, 10]
[definitions]                           activation = "relu"
z = "w'*x + b"                          loss = "softmax_cross_entropy"
C = "(sigmoid(z) - y)^2/2"

[shapes]                                with shapes, a model of vectors and matrices
w = "n"                                 "n" is a column, ["m", "n"] a matrix, [] a scalar
x = "n"
b = []
y = []

[assume]  [structure]                   beside shapes
[constants]  [domains]  [kinks]         of a model of scalars
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

from symgd.api.models import Model
from symgd.errors import InputError, did_you_mean, listing, shown

LARGEST: Final = 1_000_000

OF_MATRICES: Final = frozenset({"shapes", "assume", "structure"})
OF_SCALARS: Final = frozenset({"constants", "domains", "kinks"})
TABLES: Final = frozenset({"definitions", "network", *OF_MATRICES, *OF_SCALARS})
OF_NETWORKS: Final = frozenset(
    {"sizes", "activation", "loss", "batch", "output", "l1", "l2", "normalise"}
)


def read_model(path: str | Path) -> Model:
    """The model that the file describes; raises InputError, ModelError, FormulaError."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(raw) > LARGEST:
        raise InputError(f"{path} has {len(raw)} bytes; a model has at most {LARGEST}.")
    try:
        data = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"{path} is not a TOML file: {error}.") from None
    return model_of(data, str(path))


def model_of(data: dict[str, Any], where: str) -> Model:
    """The model of the tables of a file."""
    known = {*TABLES, "parameters"}
    for key in data:
        if key not in known:
            raise InputError(
                f"{where} has {shown(key)}, which is not part of a model; its parts are "
                f"{listing(sorted(known))}.{did_you_mean(key, known)}"
            )
    for key in TABLES & set(data):
        if not isinstance(data[key], dict):
            raise InputError(f"In {where}, {key} is a table: write [{key}] and its rows below.")
    if "network" in data:
        return _network(data, where)
    if "definitions" not in data:
        raise InputError(f"{where} has neither [definitions] nor [network].")
    parameters = data.get("parameters", [])
    if not isinstance(parameters, list) or not all(isinstance(p, str) for p in parameters):
        raise InputError(f'In {where}, parameters is a list of names: parameters = ["w", "b"].')
    given = OF_MATRICES if "shapes" in data else OF_SCALARS
    stray = [k for k in data if k in (OF_MATRICES | OF_SCALARS) - given]
    if stray:
        kind = "matrices" if "shapes" in data else "scalars"
        raise InputError(f"{where} is a model of {kind}, which has no {listing(stray)}.")
    options = {k: data[k] for k in given if k in data}
    return Model(data["definitions"], parameters, **options)


def _network(data: dict[str, Any], where: str) -> Model:
    from symgd.api.networks import Network

    others = [k for k in data if k != "network"]
    table = data["network"]
    unknown = [k for k in table if k not in OF_NETWORKS]
    if others or unknown:
        raise InputError(
            f"In {where}, {listing(others or unknown)} does not go with [network], which has "
            f"{listing(sorted(OF_NETWORKS))}."
        )
    if "sizes" not in table:
        raise InputError(f"In {where}, [network] needs sizes, such as sizes = [784, 128, 10].")
    options = dict(table)
    return Network(options.pop("sizes"), **options)
