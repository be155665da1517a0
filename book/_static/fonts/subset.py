"""Cut STIX Two Math down to what the book sets, keeping its MATH table.

Input: `files/stix-two-math-latin-400-normal.woff2` of the npm package `@fontsource/stix-two-math` 5.3.0.
Needs `fonttools[woff]`; run only when the book needs a glyph that is missing::

    python subset.py stix-two-math-latin-400-normal.woff2

Output: `STIXTwoMath-subset.woff2` beside this file; the same input gives the same bytes.
"""

import sys
from pathlib import Path

from fontTools import subset
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen

RANGES = [
    (0x0020, 0x007E),
    (0x00A0, 0x00FF),
    (0x0131, 0x0131),
    (0x0237, 0x0237),  # Latin, dotless i and j
    (0x02C6, 0x02DD),
    (0x0300, 0x0338),
    (0x20D0, 0x20EF),  # accents
    (0x0391, 0x03C9),
    (0x03D1, 0x03D6),
    (0x03F0, 0x03F5),  # Greek
    (0x2000, 0x206F),
    (0x2070, 0x209C),  # spaces, dashes, primes, scripts
    (0x2100, 0x214F),  # letter-like: the h of italics, blackboard R
    (0x2190, 0x21FF),
    (0x27F0, 0x27FF),  # arrows
    (0x2200, 0x22FF),
    (0x2A00, 0x2A06),
    (0x2A7D, 0x2A7E),  # operators
    (0x2308, 0x230B),
    (0x239B, 0x23AE),
    (0x23B4, 0x23B5),
    (0x23D0, 0x23D0),
    (0x23DC, 0x23E1),  # brackets and their pieces
    (0x25A0, 0x25A1),
    (0x25CB, 0x25CF),
    (0x27C2, 0x27C2),
    (0x27E6, 0x27EF),
    (0x1D400, 0x1D4CF),
    (0x1D538, 0x1D56B),  # bold, italic, bold italic, script, blackboard
    (0x1D6A4, 0x1D755),
    (0x1D7CA, 0x1D7D7),  # Greek: bold, italic, bold italic; bold digits
    (0xFE00, 0xFE01),  # the two styles of script letters
]


def script_primes(font):
    """Draw the primes for their place in a superscript.

    Without the `ssty` feature, which this edition of the font lacks, browsers shrink and raise a prime that already is
    small and high. The inverse of that, from the font's own constants, puts it where the font has it in a line of text.
    """
    constants = font["MATH"].table.MathConstants
    scale = 100 / constants.ScriptPercentScaleDown
    raised = constants.SuperscriptShiftUp.Value
    for code in (0x2032, 0x2033):
        name = font.getBestCmap()[code]
        outline = DecomposingRecordingPen(font.getGlyphSet())
        font.getGlyphSet()[name].draw(outline)
        pen = TTGlyphPen(None)
        outline.replay(TransformPen(pen, (scale, 0, 0, scale, 0, -raised * scale)))
        glyph = font["glyf"][name] = pen.glyph()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = round(font["hmtx"][name][0] * scale), glyph.xMin


def main(source):
    """Write the subset of the font file `source` beside this script."""
    options = subset.Options(
        flavor="woff2", layout_features=["*"], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 5, 6, 13, 14]
    )
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[code for first, last in RANGES for code in range(first, last + 1)])
    subsetter.subset(font)
    script_primes(font)
    subset.save_font(font, Path(__file__).with_name("STIXTwoMath-subset.woff2"), options)


if __name__ == "__main__":
    main(sys.argv[1])
