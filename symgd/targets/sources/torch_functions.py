"""What PyTorch has otherwise, and the primitives in its words.

No derivative is taken through them, so a `where` may compute both of its branches.
"""

from __future__ import annotations

from collections.abc import Iterable

from symgd.targets.primitives import (
    COEFFICIENTS,
    HORNER_SOURCE,
    coefficients,
    has_body,
    in_python,
    over,
)
from symgd.targets.python import Dialect

# fmt: off
FUNCTIONS = {
    "where": '''
    """a where c holds, else b; two numbers in the type that is named."""
    if not (torch.is_tensor(a) or torch.is_tensor(b)):
        a = torch.full_like(c, a, dtype=dtype)
    return torch.where(c, a, b)
''',
    "maximum": '''
    """max(a, b); nan where one is."""
    if not (torch.is_tensor(a) and torch.is_tensor(b)):
        return torch.clamp(a, min=b) if torch.is_tensor(a) else torch.clamp(b, min=a)
    return torch.maximum(a, b)
''',
    "minimum": '''
    """min(a, b); nan where one is."""
    if not (torch.is_tensor(a) and torch.is_tensor(b)):
        return torch.clamp(a, max=b) if torch.is_tensor(a) else torch.clamp(b, max=a)
    return torch.minimum(a, b)
''',
    "sign": '''
    """-1, 0 or 1; nan of nan."""
    return torch.where(torch.isnan(u), u, torch.sign(u))
''',
    "log1p": '''
    """log(1 + u)."""
    return torch.log1p(u)
''',
    "expm1": '''
    """e^u - 1."""
    return torch.expm1(u)
''',
    "lgamma": '''
    """ln Γ(u), u > 0; nan left of 0, where torch has ln |Γ(u)|."""
    return torch.where(u < 0.0, torch.nan, torch.lgamma(u))
''',
    "digamma": '''
    """The derivative of ln Γ."""
    return torch.where(u < 0.0, torch.nan, torch.digamma(u))
''',
    "polygamma": '''
    """The n-th derivative of ψ."""
    return torch.where(u < 0.0, torch.nan, torch.polygamma(int(n), u))
''',
    "trigamma": '''
    """The second derivative of ln Γ."""
    return torch.where(u < 0.0, torch.nan, torch.polygamma(1, u))
''',
}
# fmt: on
ARGUMENTS = {
    # in doubles if nothing is named: `filled` rounds them
    "where": "c: Any, a: Any, b: Any, dtype: Any = torch.float64",
    "maximum": "a: Any, b: Any",
    "minimum": "a: Any, b: Any",
    "polygamma": "n: Any, u: Any",
}
DIALECT = Dialect(
    either=lambda c, a, b: f"where({c}, {a}, {b})",
    joined={
        "and": lambda a, b: f"(({a}) & ({b}))",
        "or": lambda a, b: f"(({a}) | ({b}))",
        "not": lambda a: f"(~({a}))",
    },
    power="power({}, {})",
    alone="torch.tensor({}, dtype=torch.float64)",
)
# word of the lines      as torch has it; the others have the same name there
TORCH = {"fabs": "abs", "power": "pow"}


def available(name: str) -> bool:
    """Whether a file can bring the function along."""
    return name in FUNCTIONS or has_body(name)


def torch_source_of(names: Iterable[str]) -> str:
    """These functions and what they need."""
    wanted = set(names)
    tables = coefficients(wanted)
    constants = [f"{c} = {COEFFICIENTS[c]!r}\n" for c in tables]
    functions = [
        f"\n\ndef {n}({ARGUMENTS.get(n, 'u: Any')}) -> Any:{body}"
        for n, body in FUNCTIONS.items()
        if n in wanted
    ]
    functions += [HORNER_SOURCE] if tables else []
    made = in_python(wanted, over("torch", DIALECT, TORCH), typed=True)
    return "".join(["\n" * bool(constants), *constants, *functions, made])
