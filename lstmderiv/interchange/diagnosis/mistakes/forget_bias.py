"""Mistakes in the forget bias: left out, added twice, added to another gate."""

from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake, gate_name, hooked, option
from lstmderiv.interchange.options import Options

__all__ = ["forget_bias_mistakes"]


def forget_bias_mistakes(options: Options, framework: str) -> list[Mistake]:
    """Every known mistake in the forget bias, in the words of a framework."""
    if options.coupled == "f":
        return
    bias = options.forget_bias
    if bias:
        text = "the forget bias {} is "
        yield option("forget gate", text.format(bias) + "left out", f"add {bias} to a_f", forget_bias=0.0)
        twice = text.format(bias) + "added twice"
        yield option("forget gate", twice, f"add {bias} once: not in the bias and in the step", forget_bias=2 * bias)
    else:
        yield option(
            "forget gate",
            "a forget bias of 1 is added (again, if the bias holds it already)",
            "add no forget bias in the step: the case has none beyond its bias",
            forget_bias=1.0,
        )
        yield option(
            "forget gate",
            "a forget bias of 1 is added twice, in each of two biases for instance",
            "add no forget bias: the case has none beyond its bias",
            forget_bias=2.0,
        )
    yield from _misplaced_bias(options, framework)


def _misplaced_bias(options, framework):
    """The forget bias of a case, or one that it does not have, in the block of another gate."""
    bias = options.forget_bias
    for gate in options.gates:
        if gate not in ("f", options.coupled):
            name = gate_name(options.cell, gate, framework)
            hook = {f"a_{gate}": lambda step: step.value + (bias or 1.0)}
            text, change = (
                f"a forget bias of 1 is added to {name}",
                "add no forget bias: the case has none beyond its bias",
            )
            if bias:
                hook["a_f"] = lambda step: step.value - bias
                text = f"the forget bias {bias} is added to {name} instead of the forget gate"
                change = f"add {bias} to the block of the forget gate"
            yield Mistake.one("forget gate", text, change, hooked(hook), common=False)
