"""What a user hands in by name: for types alone, nothing is loaded with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from numpy.typing import NDArray

    # A number; one for each sample; or the rows of a matrix.
    Value: TypeAlias = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[Any]
