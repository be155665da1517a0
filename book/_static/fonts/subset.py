"""Cut STIX Two Math down to what the book sets, keeping its MATH table, in two files.

`core` has what nearly every equation needs, and whatever stretches: a browser takes the sizes of fractions, roots and
brackets from the file that has the space. `rest` has the other signs; a page that shows none of them does not load it.

Input: `files/stix-two-math-latin-400-normal.woff2` of the npm package `@fontsource/stix-two-math` 5.3.0.
Needs `fonttools[woff]`; run only when the book needs a glyph that is missing::

    python subset.py stix-two-math-latin-400-normal.woff2

Output: `STIXTwoMath-core.woff2` and `STIXTwoMath-rest.woff2` beside this file, and their `unicode-range`, which
`book.css` repeats; the same input gives the same bytes.
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
CORE = [
    (0x0020, 0x007E),
    (0x00A0, 0x00A0),
    (0x00AF, 0x00B7),
    (0x00D7, 0x00D7),
    (0x02C6, 0x02C7),
    (0x02D8, 0x02DD),
    (0x0300, 0x0308),
    (0x0338, 0x0338),  # accents, the stroke of a negation
    (0x0391, 0x03C9),
    (0x03D1, 0x03D6),
    (0x03F0, 0x03F5),  # Greek
    (0x2000, 0x206F),
    (0x20D0, 0x20D7),
    (0x210E, 0x210E),
    (0x2113, 0x2113),
    (0x211D, 0x211D),
    (0x2190, 0x2199),
    (0x21D0, 0x21D4),  # arrows
    (0x2200, 0x221E),
    (0x2223, 0x222B),
    (0x223C, 0x223C),
    (0x2248, 0x2248),
    (0x2260, 0x2265),
    (0x2295, 0x2299),
    (0x22A4, 0x22A5),
    (0x22C5, 0x22C5),
    (0x22EE, 0x22F1),  # operators
    (0x2308, 0x230B),
    (0x239B, 0x23AE),
    (0x23B4, 0x23B5),
    (0x23D0, 0x23D0),
    (0x23DC, 0x23E1),
    (0x27E6, 0x27EF),  # brackets and their pieces
    (0x1D434, 0x1D467),  # italic, which a browser takes for each single letter
    (0x1D6E2, 0x1D71B),  # italic Greek
    (0x1D7CE, 0x1D7D7),  # bold digits
]
PRIMES = {0x2032, 0x2033}


def codes(ranges):
    """Every code point of ranges."""
    return {code for first, last in ranges for code in range(first, last + 1)}


def unicode_range(wanted):
    """Code points as a style sheet writes them, in the fewest ranges."""
    ranges = []
    for code in sorted(wanted):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return ", ".join(f"U+{first:X}-{last:X}" if first != last else f"U+{first:X}" for first, last in ranges)


def script_primes(font):
    """Draw the primes for their place in a superscript.

    Without the `ssty` feature, which this edition of the font lacks, browsers shrink and raise a prime that already is
    small and high. The inverse of that, from the font's own constants, puts it where the font has it in a line of text.
    """
    constants = font["MATH"].table.MathConstants
    scale = 100 / constants.ScriptPercentScaleDown
    raised = constants.SuperscriptShiftUp.Value
    for code in sorted(PRIMES):
        name = font.getBestCmap()[code]
        outline = DecomposingRecordingPen(font.getGlyphSet())
        font.getGlyphSet()[name].draw(outline)
        pen = TTGlyphPen(None)
        outline.replay(TransformPen(pen, (scale, 0, 0, scale, 0, -raised * scale)))
        glyph = font["glyf"][name] = pen.glyph()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = round(font["hmtx"][name][0] * scale), glyph.xMin


def write(source, name, wanted):
    """Write the part of the font file `source` that has the code points wanted."""
    options = subset.Options(
        flavor="woff2", layout_features=["*"], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 5, 6, 13, 14]
    )
    font = subset.load_font(source, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    if PRIMES <= wanted:
        script_primes(font)
    subset.save_font(font, Path(__file__).with_name(f"STIXTwoMath-{name}.woff2"), options)
    print(f"{name}: {unicode_range(wanted)}")


if __name__ == "__main__":
    write(sys.argv[1], "core", codes(CORE) & codes(RANGES))
    write(sys.argv[1], "rest", codes(RANGES) - codes(CORE))
