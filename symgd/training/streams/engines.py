"""Which engine holds what was given: a row of `ENGINES` each, loaded when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pkgutil import resolve_name
from typing import Any

from symgd.training.streams.pieces import Pieces
from symgd.training.streams.sources import is_list_of, is_of


def is_of_dask(given: Any) -> bool:
    """Whether it is a DataFrame of Dask, or arrays of it by name."""
    of = is_of("dask")
    if isinstance(given, Mapping):
        return len(given) > 0 and all(map(of, given.values()))
    return of(given) and hasattr(given, "to_delayed") and hasattr(given, "columns")


# what was given                            the engine that holds it
ENGINES: tuple[tuple[Callable[[Any], bool], str], ...] = (
    (is_of_dask,                            "symgd.training.streams.dask:DaskEngine"),
    (is_list_of(is_of("dask")),             "symgd.training.streams.dask:DaskEngine"),
    (is_of("ray"),                          "symgd.training.streams.ray:RayEngine"),
    (is_list_of(is_of("ray")),              "symgd.training.streams.ray:RayEngine"),
    (is_of("pyspark"),                      "symgd.training.streams.spark:SparkEngine"),
)  # fmt: skip


def pieces_of(given: Any, buffer: int) -> Pieces | None:
    """What was given as partitions of its engine; None where it is of none."""
    for holds, engine in ENGINES:
        if holds(given):
            return Pieces(resolve_name(engine)(given), buffer)
    return None


__all__ = ["ENGINES", "pieces_of"]
