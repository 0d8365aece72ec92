"""Checkpoints: where a descent is, in one .npz file, from which it goes on bit for bit.

The file holds arrays of numbers, and in `about` a text of JSON with all the rest: what the descent
was made of, the epoch, the state of the optimizer, the order of the samples. Nothing in it is code,
no pickle is written or read. It is written whole or not at all (`symgd.files`), so that whatever
ends the process leaves the last one.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from symgd.errors import DataError, InputError, quote
from symgd.files import write_whole

SCHEMA = 1
DEEPEST = 50

# What a descent is made of, as a sentence says it.
WHAT = {
    "model": "the model",
    "data": "the data",
    "start": "the start",
    "weights": "the weights",
    "validation": "the data of the validation",
}


def save(path: Path, about: Mapping[str, Any]) -> None:
    """Raises InputError where the place cannot be written, or where a value is no plain data."""
    arrays: dict[str, Any] = {}
    text = json.dumps({"schema": SCHEMA, **{k: packed(v, arrays) for k, v in about.items()}})
    out = io.BytesIO()
    np.savez(out, about=np.frombuffer(text.encode(), np.uint8), **arrays)
    write_whole(path, out.getvalue())


def load(path: Path) -> dict[str, Any]:
    """What `save` was given. Raises InputError, in one sentence, for any other file."""
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            about = json.loads(bytes(file["about"]).decode())
            if about.pop("schema") != SCHEMA:
                raise ValueError("schema")
            return {k: unpacked(v, file) for k, v in about.items()}
    except OSError as error:
        reason = error.strerror or "it is no .npz file"
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, RecursionError,
            zipfile.BadZipFile):  # fmt: skip
        reason = "it is not a checkpoint of this version of symgd"
    raise InputError(f"{path} does not read as a checkpoint: {reason}.")


def packed(value: Any, arrays: dict[str, Any], depth: int = 0) -> Any:
    """As JSON has it; arrays and their scalars go to the table, with their types and bits."""
    match value:
        case None | bool() | str():
            return value
        case int() if not isinstance(value, np.generic):
            return {"int": str(value)}
        case float() if not isinstance(value, np.generic):
            return {"float": value.hex()}
        case np.ndarray() | np.generic() if value.dtype.kind in "biuf":
            key = f"a{len(arrays)}"
            arrays[key] = np.asarray(value)
            return {"array" if isinstance(value, np.ndarray) else "number": key}
        case tuple() | list() if depth < DEEPEST:
            kind = "tuple" if isinstance(value, tuple) else "list"
            return {kind: [packed(v, arrays, depth + 1) for v in value]}
        case Mapping() if depth < DEEPEST and all(isinstance(k, str) for k in value):
            return {"table": [[k, packed(v, arrays, depth + 1)] for k, v in value.items()]}
    raise InputError(
        f"A checkpoint holds numbers, arrays, texts and tables of them, and the state of this "
        f"optimizer has something of type {type(value).__name__}; write its init and update so "
        "that their state is such data, or leave checkpoint out."
    )


def unpacked(value: Any, arrays: Mapping[str, Any]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, held),) = value.items()
    return READ[kind](held, arrays)


READ: dict[str, Any] = {
    "int": lambda held, _: int(held),
    "float": lambda held, _: float.fromhex(held),
    "array": lambda held, arrays: arrays[held],
    "number": lambda held, arrays: arrays[held][()],
    "tuple": lambda held, arrays: tuple(unpacked(v, arrays) for v in held),
    "list": lambda held, arrays: [unpacked(v, arrays) for v in held],
    "table": lambda held, arrays: {k: unpacked(v, arrays) for k, v in held},
}


def digest(values: Mapping[str, Any] | None) -> str:
    """Of names, shapes, types and bits, in the order of the names."""
    made = hashlib.sha256()
    for n in sorted(values or {}):
        a = np.ascontiguousarray((values or {})[n])
        made.update(f"{n}|{a.dtype.str}|{np.shape((values or {})[n])}|".encode())
        made.update(a.tobytes())
    return made.hexdigest()


def same(path: Path, then: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise DataError where a file is of another descent, with the first thing that differs."""
    for what, value in now.items():
        if what not in then or then[what] != value:
            if what in WHAT:
                told = f"{WHAT[what]} of that one {_are(what)} other than what is given now"
            else:
                told = f"there {what} was {_shown(then.get(what))}, and here it is {_shown(value)}"
            raise DataError(
                f"{path} is the checkpoint of another descent: {told}. Give what it was made from, "
                "or checkpoint= another file."
            )


def _are(what: str) -> str:
    return "are" if what in ("data", "weights", "validation") else "is"


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and "(" in value else quote(value) if isinstance(
        value, str) else repr(value)  # fmt: skip


__all__ = ["digest", "load", "same", "save"]
