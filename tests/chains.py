"""Chains of sigmoid neurons, for tests and benchmarks of depth."""

from __future__ import annotations


def chain(length: int) -> tuple[dict[str, str], list[str]]:
    """aᵢ = σ(wᵢaᵢ₋₁ + bᵢ) and the quadratic cost of the last: (definitions, parameters)."""
    definitions, before = {}, "x"
    for i in range(1, length + 1):
        definitions[f"z{i}"] = f"w{i}*{before} + b{i}"
        definitions[f"a{i}"] = f"sigmoid(z{i})"
        before = f"a{i}"
    definitions["C"] = f"(y - {before})**2/2"
    return definitions, [f"{p}{i}" for i in range(1, length + 1) for p in "wb"]
