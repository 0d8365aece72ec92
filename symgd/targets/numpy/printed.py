"""The special functions on numpy, from their trees."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symgd.functions import special
from symgd.targets.numpy.functions import horner
from symgd.targets.numpy.kernels import DIALECT
from symgd.targets.primitives import over, printed_when_called

WORDS = over("np", DIALECT)
SPECIAL: Mapping[str, Callable[[Any], Any]] = {
    name: printed_when_called(name, WORDS, {"np": np, "horner": horner}) for name in special.BODIES
}
