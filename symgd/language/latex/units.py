r"""Units of measurement behind numbers: 9.81\,\text{m/s}^2 is the number 9.81.

Units that go together without a factor (m, s, kg, N, ...) are left out. Others (km, h, g) are left
out where a line has one of them alone: 1\,\text{km} = 1000\,\text{m} is no equation of numbers.
"""

from __future__ import annotations

import re

COHERENT = frozenset("m s kg N J W V A C K Pa Hz rad mol T F H Wb sr cd lm lx".split())
OTHER = frozenset(
    """km cm mm nm dm h hr hrs min ms ns g mg kN kJ MJ kW MW kHz MHz GHz mV kV mA eV keV MeV kPa MPa
    bar atm cal kcal L l mL ml ft mi lb day days year years hours hour minutes seconds sec second
    meters metres meter metre mph kmh bit bits byte bytes nats dollars euros points""".split()
)
COMMANDS = tuple(r"\text \mathrm \rm \mbox \SI \qty \si \unit".split())
OHM = (r"\Omega", r"\ohm")

_SPACE = r"(?:\\[,;:! ]|~|\\q?quad\b|\s)"
_MARKED = re.compile(
    rf"(?<=[0-9}}]){_SPACE}*\\(?:text|textrm|mbox|si|unit|operatorname)\s*\{{(?P<text>[^{{}}]*"
    rf"(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}(?P<power>\s*\^\s*(?:\d|\{{-?\d\}}))?(?!\s*[_({{])"
    rf"|(?<=[0-9}}]){_SPACE}+\\(?:mathrm|rm)\s*\{{(?P<upright>[^{{}}]*(?:\{{[^{{}}]*\}}[^{{}}]*)*)\}}"
    rf"(?P<power2>\s*\^\s*(?:\d|\{{-?\d\}}))?(?!\s*[_({{\^])"
)
_QUANTITY = re.compile(r"\\(?:SI|qty)\s*\{\s*([-+.\d]+)\s*\}\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
_PART = re.compile(
    r"(?P<sign>/|\\cdot\b|\\,|\\;|\\ |~|\*|·|\.|\bper\b|\s)"
    r"|(?P<unit>\\?[A-Za-zΩµ]+)(?:\s*\^\s*(?:\{\s*-?\d\s*\}|-?\d)|[²³])?|[()]"
)


def units_of(text: str) -> frozenset[str] | None:
    r"""The units in m/s^2, kg\,m\,s^{-2}; None of what is none."""
    found: set[str] = set()
    at = 0
    while at < len(text):
        part = _PART.match(text, at)
        if part is None:
            return None
        if part["unit"]:
            unit = part["unit"]
            if unit not in COHERENT | OTHER and unit not in OHM:
                return None
            found.add(unit)
        at = part.end()
    return frozenset(found) or None


def without_units(text: str) -> str:
    """The text with the units behind its numbers left out, where they all go together."""
    if not any(command in text for command in COMMANDS):
        return text
    expressions: set[str] = set()
    other: set[str] = set()

    def left_out(found: re.Match[str]) -> str:
        inner = (found["text"] or found["upright"] or "").strip()
        units = units_of(inner)
        if units is None:
            return found[0]
        expressions.add("".join(inner.split()))
        other.update(units - COHERENT)
        return " " * len(found[0])

    def quantity(found: re.Match[str]) -> str:
        units = units_of(found[2].strip())
        if units is None:
            return found[0]
        expressions.add("".join(found[2].split()))
        other.update(units - COHERENT)
        return found[1].ljust(len(found[0]))

    bare = _MARKED.sub(left_out, _QUANTITY.sub(quantity, text))
    return text if other and len(expressions) > 1 else bare
