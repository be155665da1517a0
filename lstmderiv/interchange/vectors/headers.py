"""A case as a C header: every tensor as an array of hexadecimal floating-point literals, which round nothing."""

from collections.abc import Mapping

from lstmderiv.interchange.case import Case
from lstmderiv.interchange.vectors.files import sizes_of
from lstmderiv.types import Tensors

__all__ = ["header_text"]

_PER_LINE = 4


def header_text(case: Case, sections: Mapping[str, Tensors]) -> str:
    """The text of a header for C99 with what `sections` holds of a case, named golden_x, golden_layer0_forward_W_x."""
    lines = [f"/* {case.name}: {case.description}", "   Arrays lie row by row, the last axis fastest. */"]
    lines += [f"#define GOLDEN_{name} {size}" for name, size in sizes_of(case).items()]
    for section, tensors in sections.items():
        lines += ["", f"/* {section} */"]
        for name, array in tensors.items():
            kind, write = ("int", str) if array.dtype.kind == "i" else ("double", float.hex)
            values = [write(value) for value in array.ravel().tolist()]
            shape = " ".join(f"[{size}]" for size in array.shape)
            lines.append(f"/* {name} {shape} */")
            lines.append(f"static const {kind} golden_{name.replace('.', '_')}[{array.size}] = {{")
            lines += [f"    {', '.join(values[k : k + _PER_LINE])}," for k in range(0, len(values), _PER_LINE)]
            lines.append("};")
    return "\n".join(lines) + "\n"
