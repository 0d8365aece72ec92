r"""A model from a TOML file, and values from TOML, JSON or NumPy files.

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
[starts]                                y = 1.0, of a definition y = "y^3 + x*y = 1"
[functions]                             g = "z^3", "f(u, v)" = "u*exp(v)"; "" where it is not known

[notation]                              of any model, or notation = "bishop"
style = "bishop"
w = '\omega'

[values]                                of any model: the numbers that are put in
w = [0.5, -1.0]
b = 2.0
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from symgd.api.models import Model, Network
from symgd.errors import InputError, as_text, did_you_mean, listing, quote
from symgd.files import read_at_most
from symgd.language.tables import LARGEST, read_tables

OF_MATRICES: Final = frozenset({"shapes", "assume", "structure"})
OF_SCALARS: Final = frozenset({"constants", "domains", "kinks", "functions", "starts"})
TABLES: Final = frozenset({"definitions", "network", "values", *OF_MATRICES, *OF_SCALARS})
# What a file of any model may have beside it: a table, or the name of a style.
NOTATION: Final = "notation"
OF_NETWORKS: Final = frozenset(
    {"sizes", "activation", "loss", "batch", "output", "l1", "l2", "normalise"}
)


def read_model(path: str | Path) -> Model:
    """The model that the file describes; raises InputError, ModelError, FormulaError."""
    path = Path(path)
    return model_of(_toml(path), str(path))


def read_values(path: str | Path) -> dict[str, Any]:
    """name → a number or an array: those of [values] in a TOML file, of a JSON object, or of .npz.

    Raises InputError for a file that is none of them, and for what is no number.
    """
    path = Path(path)
    reader = VALUE_FILES.get(path.suffix)
    if reader is None:
        raise InputError(f"{path} holds no values; give a file that ends in {_endings()}.")
    found = reader(path)
    return {n: _value(n, value, path) for n, value in found.items()}


def numbers(text: str) -> dict[str, float]:
    """`w=.5,b=2` → {"w": 0.5, "b": 2.0}; raises FormulaError, and InputError for no real number."""
    from symgd.language import parse_assignments

    out = {}
    for name, value in parse_assignments(text).items():
        number = complex(value)
        if number.imag:
            raise InputError(f"{name}={value} is not a real number.")
        out[name] = number.real
    return out


def is_value_file(text: str) -> bool:
    """Whether a text names a file of values, by its ending."""
    return Path(text).suffix in VALUE_FILES


def _toml(path: Path) -> dict[str, Any]:
    return read_tables(read_at_most(path, LARGEST), str(path))


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_at_most(path, LARGEST))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not a JSON file: {error}.") from None
    if not isinstance(found, dict):
        raise InputError(f'{path} is not an object such as {{"W": [[1, 2], [3, 4]]}}.')
    return found


def _npz(path: Path) -> dict[str, Any]:
    import numpy as np

    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {n: arrays[n] for n in arrays.files}
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, AttributeError, zipfile.BadZipFile) as error:
        raise InputError(f"{path} is not an archive of arrays (.npz): {error}.") from None


#  ending of a file of values
VALUE_FILES: Final[dict[str, Callable[[Path], dict[str, Any]]]] = {
    ".toml": lambda path: _toml(path).get("values", {}),
    ".json": _json,
    ".npz": _npz,
}


def _endings() -> str:
    return " or ".join(VALUE_FILES)


def _value(n: str, value: Any, path: Path) -> Any:
    """A number, or rows of numbers, as a file holds them."""
    if hasattr(value, "dtype"):
        return value if value.shape else value.item()
    pending = [value]
    while pending:
        x = pending.pop()
        if isinstance(x, list):
            pending += x
        elif not isinstance(x, int | float) or isinstance(x, bool):
            raise InputError(
                f"In {path}, {n} holds {quote(as_text(x))}; a value is a number, a list of numbers "
                "or "
                "a list of rows."
            )
    return value


def model_of(data: dict[str, Any], where: str) -> Model:
    """The model of the tables of a file."""
    known = {*TABLES, "parameters", NOTATION}
    for key in data:
        if key not in known:
            raise InputError(
                f"{where} has {quote(key)}, which is not part of a model; its parts are "
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
    return Model(data["definitions"], parameters, notation=data.get(NOTATION), **options)


def _network(data: dict[str, Any], where: str) -> Model:
    others = [k for k in data if k not in ("network", "values", NOTATION)]
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
    return Network(options.pop("sizes"), notation=data.get(NOTATION), **options)
