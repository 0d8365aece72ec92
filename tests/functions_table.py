"""Every function by name, with a second witness of what it is: mpmath, and LaTeX by hand.

A row is

    value      in mpmath
    spellings  how people write it in LaTeX, applied to z
    formula    the same in LaTeX by other functions
    slope      where it has no such formula, its derivative
    call       how it is called in symgd's language, where f(z) does not do
    at         where it is asked for its value and its slope
    where      what is assumed of z in LaTeX, where not all of ℝ will do
"""

# ruff: noqa: E501 - tables keep a row on its line
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import mpmath as mp

HALF = mp.mpf(1) / 2


@dataclass(frozen=True, slots=True)
class Row:
    """One function of z."""

    value: Callable[[Any], Any]
    spellings: tuple[str, ...]
    formula: str = ""
    slope: str = ""
    call: str = ""
    at: float = 0.7
    where: str = ""


def _cases(value: str, condition: str, *rest: str) -> str:
    """A definition by cases: value, condition, value, condition, ..., otherwise."""
    parts = [value + " & " + condition]
    parts += [f"{v} & {c}" for v, c in zip(rest[:-1:2], rest[1::2], strict=True)]
    rows = r" \\ ".join([*parts, rest[-1] + r" & \text{otherwise}"])
    return rf"\begin{{cases}} {rows} \end{{cases}}"


def _word(*names: str) -> tuple[str, ...]:
    return tuple(rf"\operatorname{{{n}}}(z)" for n in names)


def _sigmoid(z: Any) -> Any:
    return 1 / (1 + mp.exp(-z))


def _normal(z: Any) -> Any:
    return (1 + mp.erf(z / mp.sqrt(2))) / 2


SIGMOID = r"\frac{1}{1 + e^{-z}}"
TANH = r"\frac{e^z - e^{-z}}{e^z + e^{-z}}"
SELU = 1.0507009873554805, 1.6732632423543772

# fmt: off
FUNCTIONS: dict[str, Row] = {
    # -- elementary ---------------------------------------------------------------------------
    "exp": Row(mp.exp, (r"\exp(z)", *_word("exp")), "e^z"),
    "log": Row(mp.log, (r"\log(z)", *_word("log")), slope=r"\frac{1}{z}", where="z > 0"),
    "ln": Row(mp.log, (r"\ln(z)", *_word("ln")), slope=r"\frac{1}{z}", where="z > 0"),
    "sqrt": Row(mp.sqrt, (r"\sqrt{z}", *_word("sqrt")), "z^{1/2}", where="z > 0"),
    "sin": Row(mp.sin, (r"\sin(z)", *_word("sin")), slope=r"\cos z"),
    "cos": Row(mp.cos, (r"\cos(z)", *_word("cos")), slope=r"-\sin z"),
    "tan": Row(mp.tan, (r"\tan(z)", *_word("tan")), r"\frac{\sin z}{\cos z}"),
    "cot": Row(mp.cot, (r"\cot(z)", *_word("cot")), r"\frac{\cos z}{\sin z}"),
    "sec": Row(mp.sec, (r"\sec(z)", *_word("sec")), r"\frac{1}{\cos z}"),
    "csc": Row(mp.csc, (r"\csc(z)", *_word("csc")), r"\frac{1}{\sin z}"),
    "asin": Row(mp.asin, _word("asin"), slope=r"\frac{1}{\sqrt{1 - z^2}}", where="|z| < 1"),
    "acos": Row(mp.acos, _word("acos"), slope=r"-\frac{1}{\sqrt{1 - z^2}}", where="|z| < 1"),
    "atan": Row(mp.atan, _word("atan"), slope=r"\frac{1}{1 + z^2}"),
    "arcsin": Row(mp.asin, (r"\arcsin(z)", *_word("arcsin")),
                  slope=r"\frac{1}{\sqrt{1 - z^2}}", where="|z| < 1"),
    "arccos": Row(mp.acos, (r"\arccos(z)", *_word("arccos")),
                  slope=r"-\frac{1}{\sqrt{1 - z^2}}", where="|z| < 1"),
    "arctan": Row(mp.atan, (r"\arctan(z)", *_word("arctan")),
                  slope=r"\frac{1}{1 + z^2}"),
    "sinh": Row(mp.sinh, (r"\sinh(z)", *_word("sinh")), r"\frac{e^z - e^{-z}}{2}"),
    "cosh": Row(mp.cosh, (r"\cosh(z)", *_word("cosh")), r"\frac{e^z + e^{-z}}{2}"),
    "tanh": Row(mp.tanh, (r"\tanh(z)", *_word("tanh")), TANH),
    "coth": Row(mp.coth, (r"\coth(z)", *_word("coth")), r"\frac{e^z + e^{-z}}{e^z - e^{-z}}"),
    "asinh": Row(mp.asinh, _word("asinh"), r"\ln\left(z + \sqrt{z^2 + 1}\right)"),
    "acosh": Row(mp.acosh, _word("acosh"), r"\ln\left(z + \sqrt{z^2 - 1}\right)",
                 at=1.7, where="z > 1"),
    "atanh": Row(mp.atanh, _word("atanh"), r"\frac{1}{2}\ln\frac{1 + z}{1 - z}", where="|z| < 1"),
    "arcsinh": Row(mp.asinh, _word("arcsinh", "arsinh"), r"\ln\left(z + \sqrt{z^2 + 1}\right)"),
    "arccosh": Row(mp.acosh, _word("arccosh", "arcosh"), r"\ln\left(z + \sqrt{z^2 - 1}\right)",
                   at=1.7, where="z > 1"),
    "arctanh": Row(mp.atanh, _word("arctanh", "artanh"), r"\frac{1}{2}\ln\frac{1 + z}{1 - z}",
                   where="|z| < 1"),
    "abs": Row(abs, ("|z|", r"\lvert z \rvert", *_word("abs")), r"\sqrt{z^2}"),
    "sign": Row(mp.sign, _word("sign"), r"\frac{z}{|z|}"),
    "sgn": Row(mp.sign, _word("sgn"), r"\frac{z}{|z|}"),
    "min": Row(lambda z: min(z, HALF), (r"\min(z, \frac{1}{2})", r"\operatorname{min}(z, \frac{1}{2})"),
               _cases("z", r"z < \frac{1}{2}", r"\frac{1}{2}"), call="min(z, 0.5)"),
    "max": Row(lambda z: max(z, HALF), (r"\max(z, \frac{1}{2})", r"\operatorname{max}(z, \frac{1}{2})"),
               _cases("z", r"z > \frac{1}{2}", r"\frac{1}{2}"), call="max(z, 0.5)"),
    "erf": Row(mp.erf, _word("erf"), slope=r"\frac{2}{\sqrt{\pi}} e^{-z^2}"),
    "erfc": Row(mp.erfc, _word("erfc"), slope=r"-\frac{2}{\sqrt{\pi}} e^{-z^2}"),
    "log1p": Row(mp.log1p, _word("log1p"), r"\ln(1 + z)", where="z > 0"),
    "expm1": Row(mp.expm1, _word("expm1"), "e^z - 1"),
    "square": Row(lambda z: z * z, _word("square"), "z^2"),
    "clip": Row(lambda z: min(max(0, z), HALF), (r"\operatorname{clip}(z, 0, \frac{1}{2})",),
                r"\min(\max(0, z), \frac{1}{2})", call="clip(z, 0, 0.5)"),
    "sech": Row(mp.sech, _word("sech"), r"\frac{2}{e^z + e^{-z}}"),
    "csch": Row(mp.csch, _word("csch"), r"\frac{2}{e^z - e^{-z}}"),
    "log10": Row(mp.log10, (r"\lg z", r"\log_{10}(z)", *_word("log10")), r"\frac{\ln z}{\ln 10}", where="z > 0"),
    "log2": Row(lambda z: mp.log(z) / mp.log(2), (r"\log_2(z)", *_word("log2")), r"\frac{\ln z}{\ln 2}",
                where="z > 0"),
    "logit": Row(lambda z: mp.log(z / (1 - z)), _word("logit"), r"\ln\frac{z}{1 - z}", where="0 < z < 1"),
    "logaddexp": Row(lambda z: mp.log(mp.exp(z) + mp.exp(HALF)), (r"\operatorname{logaddexp}(z, \frac{1}{2})",),
                     r"\ln(e^z + e^{1/2})", call="logaddexp(z, 0.5)"),
    "log_ndtr": Row(lambda z: mp.log(_normal(z)), (r"\operatorname{log\_ndtr}(z)",),
                    r"\ln\left(\frac{1}{2}\left(1 + \operatorname{erf}\left(\frac{z}{\sqrt{2}}\right)\right)\right)"),
    "atan2": Row(lambda z: mp.atan2(z, HALF), (r"\operatorname{atan2}(z, \frac{1}{2})", r"\operatorname{arctan2}(z, \frac{1}{2})"),
                 r"\arctan(2z)", call="atan2(z, 0.5)"),
    "hypot": Row(lambda z: mp.hypot(z, HALF), (r"\operatorname{hypot}(z, \frac{1}{2})",),
                 r"\sqrt{z^2 + \frac{1}{4}}", call="hypot(z, 0.5)"),
    "cbrt": Row(mp.cbrt, _word("cbrt"), "z^{1/3}", where="z > 0"),
    # Of Γ documents say nothing else: the slope of one is the next.
    "lgamma": Row(mp.loggamma, _word("lgamma", "gammaln", "loggamma"), slope=r"\operatorname{digamma}(z)", where="z > 0"),
    "gammaln": Row(mp.loggamma, _word("gammaln"), slope=r"\operatorname{digamma}(z)", where="z > 0"),
    "digamma": Row(mp.digamma, _word("digamma"), slope=r"\operatorname{trigamma}(z)", where="z > 0"),
    "trigamma": Row(lambda z: mp.polygamma(1, z), _word("trigamma"), slope=r"\operatorname{polygamma}(2, z)", where="z > 0"),
    "polygamma": Row(lambda z: mp.polygamma(2, z), (r"\operatorname{polygamma}(2, z)",),
                     slope=r"\operatorname{polygamma}(3, z)", call="polygamma(2, z)", where="z > 0"),
    "betaln": Row(lambda z: mp.log(mp.beta(z, HALF)), (r"\operatorname{betaln}(z, \frac{1}{2})",),
                  r"\operatorname{lgamma}(z) + \operatorname{lgamma}(\frac{1}{2}) - \operatorname{lgamma}(z + \frac{1}{2})",
                  call="betaln(z, 0.5)", where="z > 0"),
    "erfinv": Row(mp.erfinv, _word("erfinv"), slope=r"\frac{\sqrt{\pi}}{2} e^{(\operatorname{erfinv}(z))^2}", where="|z| < 1"),
    "erfcinv": Row(lambda z: mp.erfinv(1 - z), _word("erfcinv"),
                   slope=r"-\frac{\sqrt{\pi}}{2} e^{(\operatorname{erfcinv}(z))^2}", where="0 < z < 2"),
    "ndtri": Row(lambda z: mp.sqrt(2) * mp.erfinv(2 * z - 1), _word("ndtri", "probit"),
                 r"\sqrt{2} \operatorname{erfinv}(2z - 1)", where="0 < z < 1"),
    "sinint": Row(mp.si, (r"\mathrm{Si}(z)", *_word("sinint", "Si")), slope=r"\frac{\sin z}{z}", where="z > 0"),
    "cosint": Row(mp.ci, (r"\mathrm{Ci}(z)", *_word("cosint", "Ci")), slope=r"\frac{\cos z}{z}", where="z > 0"),
    "expint": Row(mp.e1, (r"\mathrm{E}_{1}(z)", *_word("expint", "exp1")), slope=r"-\frac{e^{-z}}{z}", where="z > 0"),
    "expi": Row(mp.ei, (r"\mathrm{Ei}(z)", *_word("expi", "Ei")), slope=r"\frac{e^z}{z}", where="z > 0"),
    "besselj0": Row(mp.j0, (r"\mathrm{J}_{0}(z)", r"\operatorname{bessel\_j0}(z)", *_word("besselj0", "j0")),
                    slope=r"-\operatorname{besselj1}(z)"),
    "besselj1": Row(mp.j1, (r"\mathrm{J}_{1}(z)", *_word("besselj1", "j1")),
                    slope=r"\operatorname{j0}(z) - \frac{\operatorname{j1}(z)}{z}", where="z > 0"),
    "bessely0": Row(lambda z: mp.bessely(0, z), (r"\mathrm{Y}_{0}(z)", *_word("bessely0", "y0")),
                    slope=r"-\operatorname{bessely1}(z)", where="z > 0"),
    "bessely1": Row(lambda z: mp.bessely(1, z), (r"\mathrm{Y}_{1}(z)", *_word("bessely1", "y1")),
                    slope=r"\operatorname{y0}(z) - \frac{\operatorname{y1}(z)}{z}", where="z > 0"),
    "besseli0": Row(lambda z: mp.besseli(0, z), (r"\mathrm{I}_{0}(z)", *_word("besseli0", "i0")),
                    slope=r"\operatorname{besseli1}(z)"),
    "besseli1": Row(lambda z: mp.besseli(1, z), (r"\mathrm{I}_{1}(z)", *_word("besseli1", "i1")),
                    slope=r"\operatorname{i0}(z) - \frac{\operatorname{i1}(z)}{z}", where="z > 0"),
    "lambertw": Row(mp.lambertw, (r"\mathrm{W}_{0}(z)", *_word("lambertw", "LambertW")),
                    slope=r"\frac{\operatorname{lambertw}(z)}{z (1 + \operatorname{lambertw}(z))}", where="z > 0"),
    "tgamma": Row(mp.gamma, (r"\mathrm{\Gamma}(z)", *_word("tgamma")),
                  slope=r"\operatorname{tgamma}(z) \operatorname{digamma}(z)", where="z > 0"),
    "betafn": Row(lambda z: mp.beta(z, HALF), (r"\operatorname{betafn}(z, \frac{1}{2})", r"\operatorname{Beta}(z, \frac{1}{2})"),
                  r"\frac{\operatorname{tgamma}(z) \operatorname{tgamma}(\frac{1}{2})}{\operatorname{tgamma}(z + \frac{1}{2})}",
                  call="betafn(z, 0.5)", where="z > 0"),
    "floor": Row(mp.floor, _word("floor"), r"\operatorname{floor}(z - 1) + 1"),
    "ceil": Row(mp.ceil, _word("ceil"), r"-\operatorname{floor}(-z)"),
    # -- activations --------------------------------------------------------------------------
    "identity": Row(lambda z: z, _word("identity", "id"), "z"),
    "sigmoid": Row(_sigmoid, (r"\sigma(z)", r"\mathrm{sigmoid}(z)", *_word("sigmoid")), SIGMOID),
    "hardsigmoid": Row(lambda z: min(max(0, z / 6 + HALF), 1), _word("hardsigmoid"),
                       _cases("0", r"z \le -3", "1", r"z \ge 3", r"\frac{z}{6} + \frac{1}{2}")),
    "logsigmoid": Row(lambda z: mp.log(_sigmoid(z)), _word("logsigmoid"), r"-\ln(1 + e^{-z})"),
    "lecun_tanh": Row(lambda z: mp.mpf("1.7159") * mp.tanh(2 * z / 3),
                      (r"\mathrm{tanh}_{\mathrm{LeCun}}(z)", r"\operatorname{lecun\_tanh}(z)"),
                      r"1.7159 \tanh\left(\frac{2z}{3}\right)"),
    "hardtanh": Row(lambda z: min(max(-1, z), 1), _word("hardtanh"),
                    _cases("-1", r"z \le -1", "1", r"z \ge 1", "z")),
    "tanhshrink": Row(lambda z: z - mp.tanh(z), _word("tanhshrink"), r"z - \tanh z"),
    "softsign": Row(lambda z: z / (1 + abs(z)), _word("softsign"), r"\frac{z}{1 + |z|}"),
    "isru": Row(lambda z: z / mp.sqrt(1 + z * z / 2),
                (r"\operatorname{isru}(z, \frac{1}{2})", r"\mathrm{ISRU}(z, \frac{1}{2})"),
                r"\frac{z}{\sqrt{1 + \frac{1}{2} z^2}}", call="isru(z, 0.5)"),
    "relu": Row(lambda z: max(0, z), (r"\mathrm{ReLU}(z)", *_word("relu", "ReLU")), r"\max(0, z)"),
    "relu6": Row(lambda z: min(max(0, z), 6), (r"\mathrm{ReLU6}(z)", *_word("relu6")),
                 r"\min(\max(0, z), 6)"),
    "relu2": Row(lambda z: max(0, z) ** 2, (r"{\mathrm{ReLU}^{2}}(z)", *_word("relu2")),
                 r"(\max(0, z))^2"),
    "leaky_relu": Row(lambda z: z if z > 0 else z / 2,
                      (r"\operatorname{leaky\_relu}(z, \frac{1}{2})", r"\mathrm{LReLU}(z, \frac{1}{2})"),
                      _cases("z", "z > 0", r"\frac{z}{2}"), call="leaky_relu(z, 0.5)", at=-0.7),
    "elu": Row(lambda z: z if z > 0 else mp.expm1(z) / 2,
               (r"\operatorname{elu}(z, \frac{1}{2})", r"\mathrm{ELU}(z, \frac{1}{2})"),
               _cases("z", "z > 0", r"\frac{1}{2}(e^z - 1)"), call="elu(z, 0.5)", at=-0.7),
    "selu": Row(lambda z: mp.mpf(SELU[0]) * (z if z > 0 else mp.mpf(SELU[1]) * mp.expm1(z)),
                (r"\mathrm{SELU}(z)", *_word("selu")),
                _cases(f"{SELU[0]} z", "z > 0", rf"{SELU[0]} \cdot {SELU[1]} (e^z - 1)"), at=-0.7),
    "celu": Row(lambda z: z if z > 0 else mp.expm1(2 * z) / 2,
                (r"\operatorname{celu}(z, \frac{1}{2})", r"\mathrm{CELU}(z, \frac{1}{2})"),
                _cases("z", "z > 0", r"\frac{1}{2}(e^{2z} - 1)"), call="celu(z, 0.5)", at=-0.7),
    "softplus": Row(lambda z: mp.log1p(mp.exp(z)), _word("softplus"), r"\ln(1 + e^z)",
                    call="softplus(z, 1)"),
    "squareplus": Row(lambda z: (z + mp.sqrt(z * z + HALF)) / 2,
                      (r"\operatorname{squareplus}(z, \frac{1}{2})",),
                      r"\frac{1}{2}\left(z + \sqrt{z^2 + \frac{1}{2}}\right)", call="squareplus(z, 0.5)"),
    "gelu": Row(lambda z: z * _normal(z), (r"\mathrm{GELU}(z)", *_word("gelu", "GELU")),
                r"\frac{z}{2}\left(1 + \operatorname{erf}\left(\frac{z}{\sqrt{2}}\right)\right)"),
    "gelu_tanh": Row(
        lambda z: z * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (z + mp.mpf("0.044715") * z**3))) / 2,
        (r"\mathrm{GELU}_{\tanh}(z)", r"\operatorname{gelu\_tanh}(z)"),
        r"\frac{z}{2}\left(1 + \tanh\left(\sqrt{\frac{2}{\pi}}(z + 0.044715 z^3)\right)\right)"),
    "quick_gelu": Row(lambda z: z * _sigmoid(mp.mpf("1.702") * z),
                      (r"\mathrm{QuickGELU}(z)", r"\operatorname{quick\_gelu}(z)"),
                      r"\frac{z}{1 + e^{-1.702z}}"),
    "silu": Row(lambda z: z * _sigmoid(z), (r"\mathrm{SiLU}(z)", *_word("silu", "SiLU")),
                r"\frac{z}{1 + e^{-z}}"),
    "swish": Row(lambda z: z * _sigmoid(z / 2), (r"\operatorname{swish}(z, \frac{1}{2})",),
                 r"\frac{z}{1 + e^{-z/2}}", call="swish(z, 0.5)"),
    "hardswish": Row(lambda z: z * min(max(0, z + 3), 6) / 6, _word("hardswish"),
                     r"\frac{z}{6}\min(\max(0, z + 3), 6)"),
    "mish": Row(lambda z: z * mp.tanh(mp.log1p(mp.exp(z))), _word("mish"),
                r"z \tanh(\ln(1 + e^z))"),
    "lisht": Row(lambda z: z * mp.tanh(z), (r"\mathrm{LiSHT}(z)", *_word("lisht")), r"z \tanh z"),
    "bent_identity": Row(lambda z: (mp.sqrt(z * z + 1) - 1) / 2 + z,
                         (r"\mathrm{bent}(z)", r"\operatorname{bent\_identity}(z)"),
                         r"\frac{\sqrt{z^2 + 1} - 1}{2} + z"),
    "gaussian": Row(lambda z: mp.exp(-z * z), _word("gaussian"), "e^{-z^2}"),
    "sinc": Row(mp.sinc, _word("sinc"), r"\frac{\sin z}{z}"),
    "snake": Row(lambda z: z + 2 * mp.sin(z / 2) ** 2, (r"\operatorname{snake}(z, \frac{1}{2})",),
                 r"z + 2 \sin^2\left(\frac{z}{2}\right)", call="snake(z, 0.5)"),
    "cloglog": Row(lambda z: -mp.expm1(-mp.exp(z)), _word("cloglog"), "1 - e^{-e^z}"),
    "softshrink": Row(lambda z: mp.sign(z) * max(abs(z) - HALF, 0),
                      (r"\operatorname{softshrink}(z, \frac{1}{2})",),
                      _cases(r"z - \frac{1}{2}", r"z > \frac{1}{2}", r"z + \frac{1}{2}",
                             r"z < -\frac{1}{2}", "0"), call="softshrink(z, 0.5)"),
    "hardshrink": Row(lambda z: z if abs(z) > HALF else mp.mpf(0),
                      (r"\operatorname{hardshrink}(z, \frac{1}{2})",),
                      _cases("z", r"|z| > \frac{1}{2}", "0"), call="hardshrink(z, 0.5)"),
    "threshold": Row(lambda z: z if z > HALF else mp.mpf(2),
                     (r"\operatorname{threshold}(z, \frac{1}{2}, 2)",),
                     _cases("z", r"z > \frac{1}{2}", "2"), call="threshold(z, 0.5, 2)"),
    # -- what they are made of ----------------------------------------------------------------
    "Phi": Row(_normal, (r"\Phi(z)",),
               r"\frac{1}{2}\left(1 + \operatorname{erf}\left(\frac{z}{\sqrt{2}}\right)\right)"),
    "step": Row(lambda z: mp.mpf(z > 0), _word("step"), r"\frac{1 + \operatorname{sign}(z)}{2}"),
    # φ in a document may be any function: it is no spelling of the density.
    "phi": Row(mp.npdf, ()),
}
# fmt: on
