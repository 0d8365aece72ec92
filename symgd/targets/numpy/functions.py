"""The primitives on numpy: right to 4 units in the last place over the whole range of doubles.

A function here takes a number or an array, and raises no flag of the processor (overflow, invalid,
division by zero) where its value is finite: an argument is clamped to where its formula is used.
They need numpy alone, and `symgd.targets.sources` copies them into the files it writes.

Those that are trees in `symgd.functions.primitives` stand here once more because the choice of a
kernel rests on the flags, and a printed tree raises them in the branch that is not taken; sigmoid,
log1pexp and logcosh are also faster by hand (32, 36 and 54 μs for 10 000 numbers, printed 39, 48
and 62). Γ and its derivatives go by a recurrence, which no tree is. Special functions are printed
from their trees when they are first called (`printed.py`).
"""

from __future__ import annotations

from pkgutil import resolve_name
from typing import Any

import numpy as np

from symgd.functions.primitives import ARTANH, BESSEL, TANH_ABOVE, TANH_BELOW
from symgd.functions.special import BODIES

LN2 = 0.6931471805599453


def __getattr__(name: str) -> Any:
    if name not in BODIES:
        raise AttributeError(name)
    return resolve_name("symgd.targets.numpy.printed:SPECIAL")[name]


def sigmoid(u: Any) -> Any:
    """1/(1 + e^(-u)) = e^min(u, 0)/(1 + e^(-|u|)).

    One exponential serves both signs; past 700 it is lost in 1 + e, and is not asked for.
    """
    e = np.exp(np.minimum(u, np.maximum(-u, -700.0)))
    return np.where(u < 0.0, e, 1.0) / (1.0 + e)


def log1pexp(u: Any) -> Any:
    """log(1 + e^u) = max(u, 0) + log(1 + e^(-|u|))."""
    e = np.exp(np.minimum(u, np.maximum(-u, -700.0)))
    return np.maximum(u, 0.0) + np.log1p(e)


def logcosh(u: Any) -> Any:
    """log cosh u = log(1 + 2 sinh²(c/2)) + (|u| - c), c = min(|u|, 30).

    Past 30 the first term is c - log 2 to the last bit.
    """
    v = np.fabs(u)
    c = np.minimum(v, 30.0)
    h = np.sinh(0.5 * c)
    return np.log1p(2.0 * h * h) + (v - c)


def sech2(u: Any) -> Any:
    """1 - tanh²u = 4e^(-2|u|)/(1 + e^(-2|u|))²."""
    e = np.exp(-2.0 * np.minimum(np.fabs(u), 400.0))
    d = 1.0 + e
    return 4.0 * e / (d * d)


def log1p(u: Any) -> Any:
    """log(1 + u)."""
    return np.log1p(u)


def expm1(u: Any) -> Any:
    """e^u - 1."""
    return np.expm1(u)


def log1mexp(u: Any) -> Any:
    """log(1 - e^(-u)), u > 0: by expm1 below log 2, by log1p above.

    Mächler, Accurately computing log(1 - exp(-|a|)), 2012.
    """
    near = np.log(-np.expm1(-np.minimum(u, LN2)))
    far = np.log1p(-np.exp(-np.maximum(u, LN2)))
    return np.where(u < LN2, near, far)


def xmlog1p(u: Any) -> Any:
    """u - log(1 + u) = s(u - 2k), s = u/(2 + u), k = artanh(s)/s - 1, from -1/2 to 1.

    log(1 + u) is 2 artanh s, and u - 2s is us: nothing cancels.
    """
    c = np.minimum(np.maximum(u, -0.5), 1.0)
    s = c / (2.0 + c)
    w = s * s
    near = s * (c - 2.0 * w * horner(w, ARTANH))
    far = u - np.log1p(np.minimum(u, 1.7976931348623157e308))
    return np.where((u >= -0.5) & (u <= 1.0), near, far)


def xmtanh(u: Any) -> Any:
    """u - tanh u = uk/(1 + k) up to 1, ±(|u| - 1 + 2/(1 + e^(2|u|))) above.

    k = u²/(3 + u²/(5 + u²/(7 + ...))) is Lambert's continued fraction, tanh u = u/(1 + k), cut
    after its ninth level; all its terms are positive.
    """
    v = np.fabs(u)
    c = np.minimum(v, 1.0)
    w = c * c
    near = c * (w * horner(w, TANH_ABOVE) / horner(w, TANH_BELOW))
    m = np.maximum(v, 1.0)
    far = (m - 1.0) + 2.0 / (1.0 + np.exp(2.0 * np.minimum(m, 30.0)))
    return np.copysign(np.where(v < 1.0, near, far), u)


def j1(u: Any) -> Any:
    """(sin u - u cos u)/u², the spherical Bessel function j₁; by its power series up to 2."""
    c = np.minimum(np.maximum(u, -2.0), 2.0)
    near = c * horner(c * c, BESSEL)
    m = np.where(np.fabs(u) <= 2.0, 2.0, u)
    far = (np.sin(m) / m - np.cos(m)) / m
    return np.where(np.fabs(u) <= 2.0, near, far)


def erf(u: Any) -> Any:
    """2/√π ∫₀ᵘ e^(-t²) dt: u times a polynomial in u² up to 1/2, 1 - erfc|u| above."""
    v = np.fabs(u)
    c = np.minimum(v, 0.5)
    return np.copysign(np.where(v <= 0.5, c * horner(c * c, ERF), 1.0 - tail(v)), u)


def erfc(u: Any) -> Any:
    """1 - erf u = erfc|u| for u ≥ 0, 2 - erfc|u| below."""
    q = tail(np.fabs(u))
    return np.where(u < 0.0, 2.0 - q, q)


def tail(v: Any) -> Any:
    """erfc v = e^(-v²)·p(t)/(1 + 2v), t = (v - 4)/(v + 4), for v ≥ 0; 0 past 27.5.

    The form is that of Shepherd and Laframboise, Chebyshev approximation of (1 + 2x)exp(x²)erfc x,
    1981. v² is taken in two parts (Dekker 1971): e^(-v²) would lose the digits of a rounded v².
    """
    v = np.minimum(v, 27.5)
    p = horner((v - 4.0) / (v + 4.0), ERFC)
    split = 134217729.0 * v
    high = split - (split - v)
    low = v - high
    square = v * v
    rest = ((high * high - square) + 2.0 * high * low) + low * low
    return np.exp(-square) * (p * (1.0 - rest) / (1.0 + 2.0 * v))


def lgamma(u: Any) -> Any:
    """ln Γ(u) for u > 0: its zeros at 1 and 2 are factors; from 10 on by Stirling's series.

    Below, Γ(u) = (u - 1)(u - 2)···Γ(1 + t) with t from 0 to 1, and nothing cancels.
    """
    near = u < 10.0
    t, product = np.where(near, u, 1.0), np.ones_like(u)
    for _ in range(8):
        above = t >= 2.0
        t = np.where(above, t - 1.0, t)
        product = np.where(above, product * t, product)
    below = t < 1.0
    product = np.where(below, t, product)
    t = np.where(below, t, t - 1.0)
    log = np.log(product)
    small = t * (t - 1.0) * horner(t - 0.5, LGAMMA) + np.where(below, -log, log)
    v = np.where(near, 10.0, u)
    w = 1.0 / v
    large = (v - 0.5) * (np.log(v) - 1.0) + (0.4189385332046727 + w * horner(w * w, STIRLING))
    return np.where(near, small, large)


def digamma(u: Any) -> Any:
    """ψ(u) = (ln Γ)'(u) for u > 0: its zero is a factor; from 10 on by Stirling's series."""
    u = np.where(u < 0.0, np.nan, u)
    near = u < 10.0
    t, total = np.where(near, u, 1.0), np.zeros_like(u)
    for _ in range(8):
        above = t >= 2.0
        t = np.where(above, t - 1.0, t)
        total = np.where(above, total + 1.0 / t, total)
    below = t < 1.0
    total = np.where(below, -1.0 / t, total)
    t = np.where(below, t, t - 1.0)
    small = ((t - ROOT) - ROOT_REST) * horner(t - 0.5, DIGAMMA) + total
    v = np.where(near, 10.0, u)
    w = 1.0 / v
    large = np.log(v) - 0.5 * w - w * w * horner(w * w, STIRLING_1)
    return np.where(near, small, large)


def trigamma(u: Any) -> Any:
    """ψ'(u) for u > 0: by Stirling's series from 10 on, where the recurrence takes it."""
    u = np.where(u < 0.0, np.nan, u)
    total = np.zeros_like(u)
    for _ in range(10):
        below = u < 10.0
        w = 1.0 / np.where(below, u, 1.0)
        total = np.where(below, total + w * w, total)
        u = np.where(below, u + 1.0, u)
    w = 1.0 / u
    return total + (w + 0.5 * w * w + w * w * w * horner(w * w, STIRLING_2))


def polygamma(n: Any, u: Any) -> Any:
    """ψ⁽ⁿ⁾(u) = -(-1)ⁿ n! Σ 1/(u + k)ⁿ⁺¹ for u > 0 and n = 1, 2, ...; ψ(u) for n = 0

    The first terms are summed, the others by Euler and Maclaurin:

        Σ 1/(v + k)ⁿ⁺¹ = v⁻ⁿ/n + v⁻ⁿ⁻¹/2 + Σ B₂ₖ/(2k)!·(n + 1)···(n + 2k - 1)·v⁻ⁿ⁻²ᵏ
    """
    n = int(n)
    u = np.where(u < 0.0, np.nan, u)
    least = 10.0 + n
    total, scale = np.zeros_like(u), 1.0
    for _ in range(int(least)):
        below = u < least
        total = np.where(below, total + np.where(below, u, 1.0) ** (-n - 1.0), total)
        u = np.where(below, u + 1.0, u)
    w = 1.0 / u
    tail, rising = (1.0 / n if n else -np.log(u)) + 0.5 * w, 1.0
    power = w * w
    for k, c in enumerate(BERNOULLI):
        rising = rising * (n + 2.0 * k) * (n + 2.0 * k + 1.0) if k else n + 1.0
        tail = tail + c * rising * power
        power = power * w * w
    for k in range(2, n + 1):
        scale = scale * k
    return (1.0 if n % 2 else -1.0) * scale * (total + tail * w**n)


def horner(w: Any, coefficients: tuple[float, ...]) -> Any:
    """c₀ + c₁w + c₂w² + ..., in place."""
    *others, first = coefficients
    p = w * first
    for c in others[:0:-1]:
        p += c
        p *= w
    p += others[0]
    return p


# The Chebyshev interpolant of erf(u)/u in u² on [0, 1/4], 9 terms, relative error 4·10⁻¹⁸.
ERF = (
    1.1283791670955126,
    -0.37612638903183476,
    0.11283791670925353,
    -0.026866170632887928,
    0.00522397737302147,
    -0.0008548297753674966,
    0.00012053335124353741,
    -1.4845849259707869e-05,
    1.4725865480556744e-06,
)

# The Chebyshev interpolant of (1 + 2v)exp(v²)erfc(v) in t for 0 ≤ v ≤ 27.5, 24 terms, 5·10⁻¹⁷.
ERFC = (
    1.2329951186255526,
    -0.13962111684056253,
    0.015379652102619577,
    0.06809705425469348,
    -0.1010390660362956,
    0.0937328349983214,
    -0.06633036581238866,
    0.03716751553792265,
    -0.016197734056192747,
    0.005031969974293165,
    -0.0007577732964763434,
    -0.00019925667587989877,
    0.00015062169605217738,
    -2.4399274806735163e-05,
    -1.122205415946788e-05,
    5.70985344176465e-06,
    2.938175156873787e-07,
    -8.255610031719535e-07,
    7.464016908895004e-08,
    1.1011918537215051e-07,
    -1.7920360316356552e-08,
    -1.4096503348569252e-08,
    1.8368212617851957e-09,
    1.2537550125450752e-09,
)

# ln Γ(1 + t)/(t(t - 1)) and ψ(1 + t)/(t - t₀) in t - 1/2, t from 0 to 1; t₀ in two parts.
LGAMMA = (
    0.4831289505409809,
    -0.14595989591430594,
    0.06291140107456485,
    -0.03130848750105327,
    0.01679709863121395,
    -0.009425622444829649,
    0.005446457842219553,
    -0.0032120742206072908,
    0.0019229162321227923,
    -0.001164411377219605,
    0.0007115202752051298,
    -0.00043803516132580534,
    0.00027130273545114005,
    -0.0001685717945035172,
    0.00010541715222185904,
    -6.793733027397047e-05,
    4.281642862794779e-05,
    -2.148770252062576e-05,
    1.3584275459130943e-05,
    -1.8527803997032962e-05,
    1.1820969445467145e-05,
)
DIGAMMA = (
    0.951055876031833,
    -0.4236274212814605,
    0.2405424842407742,
    -0.14840492305390884,
    0.09498872445494122,
    -0.061922133273064534,
    0.04076083381242074,
    -0.02697579675613825,
    0.0179072524394512,
    -0.011908218001568644,
    0.007926944646403797,
    -0.005279964873257405,
    0.003519006401502276,
    -0.002345267632540769,
    0.0015566317474486838,
    -0.0010376374098418604,
    0.0007233266279287554,
    -0.0004821990530566789,
    0.0002272331660987376,
    -0.00015148586836773365,
    0.00025968482126430747,
    -0.00017312261802727394,
)
ROOT = 0.46163214496836236
ROOT_REST = -1.5522348162858677e-17
# The series of Stirling for ln Γ, and of its derivatives, in 1/u².
STIRLING = (
    0.08333333333333333,
    -0.002777777777777778,
    0.0007936507936507937,
    -0.0005952380952380953,
    0.0008417508417508417,
    -0.0019175269175269176,
    0.00641025641025641,
    -0.029550653594771242,
)
STIRLING_1 = (
    0.08333333333333333,
    -0.008333333333333333,
    0.003968253968253968,
    -0.004166666666666667,
    0.007575757575757576,
    -0.021092796092796094,
    0.08333333333333333,
    -0.4432598039215686,
)
STIRLING_2 = (
    0.16666666666666666,
    -0.03333333333333333,
    0.023809523809523808,
    -0.03333333333333333,
    0.07575757575757576,
    -0.2531135531135531,
    1.1666666666666667,
    -7.092156862745098,
)
# B₂ₖ/(2k)!, k from 1 on.
BERNOULLI = (
    0.08333333333333333,
    -0.001388888888888889,
    3.306878306878307e-05,
    -8.267195767195768e-07,
    2.08767569878681e-08,
    -5.284190138687493e-10,
    1.3382536530684679e-11,
    -3.3896802963225827e-13,
)
