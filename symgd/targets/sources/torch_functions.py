"""The primitives in PyTorch: those of `symgd.targets.numpy.functions`, with torch's own words.

No derivative is taken through them, so a `where` may compute both of its branches.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

# fmt: off
FUNCTIONS = {
    "where": '''
    """a where c holds, else b; two numbers as doubles, which `filled` rounds."""
    if not (torch.is_tensor(a) or torch.is_tensor(b)):
        a = torch.full_like(c, a, dtype=torch.float64)
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
    "sigmoid": '''
    """1/(1 + e^(-u)) = e^min(u, 0)/(1 + e^(-|u|))."""
    e = torch.exp(-torch.abs(u))
    return torch.where(u < 0.0, e, torch.where(torch.isnan(u), u, torch.ones_like(u))) / (1.0 + e)
''',
    "log1pexp": '''
    """log(1 + e^u) = max(u, 0) + log(1 + e^(-|u|))."""
    return torch.clamp(u, min=0.0) + torch.log1p(torch.exp(-torch.abs(u)))
''',
    "logcosh": '''
    """log cosh u = log(1 + 2 sinh²(c/2)) + (|u| - c), c = min(|u|, 30)."""
    v = torch.abs(u)
    c = torch.clamp(v, max=30.0)
    h = torch.sinh(0.5 * c)
    return torch.log1p(2.0 * h * h) + (v - c)
''',
    "sech2": '''
    """1 - tanh²u = 4e^(-2|u|)/(1 + e^(-2|u|))²."""
    e = torch.exp(-2.0 * torch.abs(u))
    d = 1.0 + e
    return 4.0 * e / (d * d)
''',
    "log1p": '''
    """log(1 + u)."""
    return torch.log1p(u)
''',
    "expm1": '''
    """e^u - 1."""
    return torch.expm1(u)
''',
    "log1mexp": '''
    """log(1 - e^(-u)), u > 0: by expm1 below log 2, by log1p above."""
    return torch.where(u < LN2, torch.log(-torch.expm1(-u)), torch.log1p(-torch.exp(-u)))
''',
    "xmlog1p": '''
    """u - log(1 + u) = s(u - 2k), s = u/(2 + u), k = artanh(s)/s - 1, from -1/2 to 1."""
    s = u / (2.0 + u)
    w = s * s
    near = s * (u - 2.0 * w * horner(w, ARTANH))
    far = torch.where(torch.isinf(u) & (u > 0.0), u, u - torch.log1p(u))
    return torch.where((u >= -0.5) & (u <= 1.0), near, far)
''',
    "xmtanh": '''
    """u - tanh u = uk/(1 + k) up to 1, k by Lambert's continued fraction."""
    v = torch.abs(u)
    c = torch.clamp(v, max=1.0)
    w = c * c
    near = c * (w * horner(w, TANH_ABOVE) / horner(w, TANH_BELOW))
    far = (v - 1.0) + 2.0 / (1.0 + torch.exp(2.0 * torch.clamp(v, max=30.0)))
    return torch.copysign(torch.where(v < 1.0, near, far), u)
''',
    "j1": '''
    """(sin u - u cos u)/u², by its power series up to 2."""
    near = u * horner(u * u, BESSEL)
    return torch.where(torch.abs(u) <= 2.0, near, (torch.sin(u) / u - torch.cos(u)) / u)
''',
    "polygamma": '''
    """The n-th derivative of ψ."""
    return torch.polygamma(int(n), u)
''',
    "trigamma": '''
    """The second derivative of ln Γ."""
    return torch.polygamma(1, u)
''',
    "horner": '''
    """c₀ + c₁w + c₂w² + ..."""
    p = torch.zeros_like(w)
    for c in reversed(coefficients):
        p = p * w + c
    return p
''',
}
# fmt: on
ARGUMENTS = {
    "where": "c, a, b",
    "maximum": "a, b",
    "minimum": "a, b",
    "horner": "w, coefficients",
    "polygamma": "n, u",
}
CONSTANTS = {
    "log1mexp": ("LN2",),
    "xmlog1p": ("ARTANH",),
    "xmtanh": ("TANH_ABOVE", "TANH_BELOW"),
    "j1": ("BESSEL",),
}


@cache
def constant(name: str) -> str:
    """A table of coefficients, as the numpy backend has it."""
    from symgd.targets.numpy import functions

    return f"{name} = {getattr(functions, name)!r}\n"


def torch_source_of(names: Iterable[str]) -> str:
    """These functions and what they need."""
    wanted = set(names)
    if wanted & {"xmlog1p", "xmtanh", "j1"}:
        wanted.add("horner")
    constants = [constant(c) for n in FUNCTIONS if n in wanted for c in CONSTANTS.get(n, ())]
    functions = [
        f"\n\ndef {n}({ARGUMENTS.get(n, 'u')}):{body}"
        for n, body in FUNCTIONS.items()
        if n in wanted
    ]
    return "".join(["\n" * bool(constants), *constants, *functions])
