"""The blocks of a Hessian are checked together, and a wrong one is found and named."""

from __future__ import annotations

from typing import Any

import pytest

from symgd import Network
from symgd.derive.differentials import derive as module
from symgd.errors import RefutedStepError
from symgd.trees.arrange import scale

GRAPH = Network([2, 3, 1]).graph


@pytest.mark.parametrize("lines", [True, False])
def test_a_wrong_block_is_refuted(monkeypatch: Any, lines: bool) -> None:
    """One block of ten is twice what it is."""
    right = module.jacobian
    calls = []

    def wrong(line: Any) -> Any:
        calls.append(line)
        return scale(2, right(line)) if len(calls) == 3 else right(line)

    monkeypatch.setattr(module, "jacobian", wrong)
    with pytest.raises(RefutedStepError, match=r"D\(D\("):
        module.derive(GRAPH, order=2, lines=lines)


def test_each_gradient_is_derived_once(monkeypatch: Any) -> None:
    """Four parameters have ten pairs."""
    calls = []
    gradient = module.gradient

    def counted(*args: Any) -> Any:
        calls.append(args)
        return gradient(*args)

    monkeypatch.setattr(module, "gradient", counted)
    found = module.derive(GRAPH, order=2)
    assert len(found.sections) == 10
    assert len(calls) == 4
