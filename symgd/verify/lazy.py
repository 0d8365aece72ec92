"""numpy, loaded with the first array: without one, what has no array is judged all the same.

from symgd.verify.lazy import np
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

from symgd.errors import MissingExtraError


class NoArray:
    """What an array is as long as nobody has loaded numpy: there is none."""


class Arrays:
    """numpy by its names, each looked up once."""

    def __getattr__(self, name: str) -> Any:
        if name == "ndarray" and sys.modules.get("numpy") is None:
            return NoArray
        try:
            value = getattr(import_module("numpy"), name)
        except ImportError:
            raise MissingExtraError(
                "Arrays are worked out with numpy, which is not here; what is about numbers alone "
                "needs none."
            ) from None
        setattr(self, name, value)
        return value


if TYPE_CHECKING:
    import numpy as np
else:
    np = Arrays()

__all__ = ["np"]
