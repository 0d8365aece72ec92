"""Makes symgd-math.woff2, the subset of Latin Modern Math that a page carries.

    pip install fonttools brotli
    python docs/math_font.py latinmodern-math.otf

The font is in Debian's package fonts-lmodern, under /usr/share/texmf/fonts/opentype/public/lm-math.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

NAME = "Symgd Math"
TARGET = Path(__file__).parents[1] / "symgd" / "render" / "assets" / "symgd-math.woff2"

#  from      to         what
RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x00A0),  # the space of \text
    (0x00AC, 0x00B7),  # ¬ ± ·
    (0x00D7, 0x00D7),  # ×
    (0x02C6, 0x02DC),  # accents
    (0x0302, 0x0304),
    (0x0391, 0x03C9),  # Greek
    (0x03D5, 0x03D5),
    (0x03F5, 0x03F5),
    (0x2009, 0x2009),
    (0x2026, 0x2026),
    (0x2032, 0x2034),  # primes
    (0x2061, 0x2064),
    (0x2202, 0x2208),  # ∂ ∇ ∈
    (0x210E, 0x210E),  # italic h
    (0x2211, 0x2212),
    (0x221A, 0x221E),
    (0x2223, 0x2225),
    (0x2248, 0x2265),
    (0x22C5, 0x22C5),
    (0x1D434, 0x1D467),  # italic letters: what an <mi> of one letter is drawn with
    (0x1D6E2, 0x1D71B),
)


def main(source: str) -> None:
    options = subset.Options(
        layout_features=[], hinting=False, desubroutinize=True, notdef_outline=True
    )
    font = TTFont(source)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[c for low, high in RANGES for c in range(low, high + 1)])
    subsetter.subset(font)
    # The licence asks that a changed font has a name of its own.
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 16):
            record.string = NAME
        elif record.nameID == 6:
            record.string = NAME.replace(" ", "")
    font["CFF "].cff.fontNames = [NAME.replace(" ", "")]
    font.flavor = "woff2"
    font.save(TARGET)


if __name__ == "__main__":
    main(*sys.argv[1:])
