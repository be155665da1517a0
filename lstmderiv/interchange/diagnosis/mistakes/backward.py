"""Mistakes in the backward step of a cell: carries, slopes, products, and what is forgotten there."""

from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake, backward, gate_name, hooked, listed
from lstmderiv.interchange.diagnosis.mistakes.products import product_mistakes
from lstmderiv.interchange.network import Network

__all__ = ["backward_mistakes"]


def _remembered(step):
    step.memory[step.name.removesuffix("_prev")] = step.value
    return step.value


def _alone(step):
    """What a step adds by itself to the gradient of a state, without what the step after handed back."""
    return step.value - step.memory.get(step.name, 0)


def _zero(step):
    return 0 * step.value


def _carries(options):
    states = {"h": ("hidden state", "d_h"), "c": ("cell state", "d_c")}
    names = ("h", "c") if options.cell == "lstm" else ("h",)
    for group in [(name,) for name in names] + ([names] if len(names) > 1 else []):
        hook = {}
        for name in group:
            hook |= {f"d_{name}_prev": _remembered, f"d_{name}": _alone}
        what = listed(f"d_{name}" for name in group)
        text = listed(states[name][0] for name in group)
        yield Mistake(
            "backward carry",
            f"{what} {'are' if len(group) > 1 else 'is'} not carried back from step to step",
            f"add the gradient of the {text} that the step after hands back",
            (
                ("", hooked(hook)),
                (
                    f"what a step hands back, {listed(f'd_{name}_prev' for name in group)}, is zero",
                    hooked({f"d_{name}_prev": _zero for name in group}),
                ),
            ),
            forward=False,
        )


# Slopes as they are mistaken: in words, of the pre-activation a, the value y and the activation.
_SLOPES = (
    ("is left out: the gradient of the activation is taken for that of the pre-activation",
     lambda a, y, one: 1, True),
    ("is taken at the gate's value, which has gone through the activation already",
     lambda a, y, one: one.slope(y, one.value(y)), True),
    ("is computed from the pre-activation by the formula for the value",
     lambda a, y, one: one.slope(a, a), False),
)  # fmt: skip
_SWAPPED = {
    "sigmoid": ("is that of tanh, 1 - y^2, instead of y (1 - y)", lambda a, y, one: 1 - y * y, False),
    "tanh": ("is that of the sigmoid, y (1 - y), instead of 1 - y^2", lambda a, y, one: y * (1 - y), False),
}


def _slope(gate, wrong):
    def hook(step):
        seen = step.tape[f"a_{gate}" if step.options.clip is None else f"clipped_a_{gate}"]
        return step.tape[f"d_{gate}"] * wrong(seen, step.tape[gate], step.options.activations[gate])

    return hook


def _slopes(options, framework):
    gates = [gate for gate in options.gates if gate != options.coupled]
    seen = "d_a_" if options.clip is None else "d_clipped_a_"
    alike = [tuple(g for g in gates if options.activations[g] == one) for one in options.activations.values()]
    for group in dict.fromkeys((tuple(gates), *(group for group in alike if group), *((gate,) for gate in gates))):
        kinds = {options.activations[gate].name for gate in group}
        choices = [*_SLOPES, *(_SWAPPED[kind] for kind in kinds if len(kinds) == 1 and kind in _SWAPPED)]
        names = listed(gate_name(options.cell, gate, framework) for gate in group)
        for text, wrong, common in choices:
            yield backward(
                "slopes",
                f"the slope of the activation of {names} {text}",
                "d_a = d times the slope of the activation at a: y (1 - y) for the sigmoid, 1 - y^2 for tanh",
                {f"{seen}{gate}": _slope(gate, wrong) for gate in group},
                common=common,
            )


def _of_cell(factor):
    """The hook of d_c that puts `factor`, a function of a step, in place of what comes through the output."""

    def hook(step):
        tape, one = step.tape, step.options.activations["c"]
        right = tape["d_activated_c"] * one.slope(tape["c"], tape["activated_c"])
        return step.value - right + factor(tape, one)

    return {"d_c": hook}


def _through_output(tape):
    return tape["d_m"] if "d_m" in tape else tape["d_h"]


def _before_cell(step):
    return step.tape["d_unclipped_c"] if "d_unclipped_c" in step.tape else step.tape["d_c"]


def _times(name):
    return lambda step: _before_cell(step) * step.tape[name]


def _not_forgotten(step):
    return step.value + _before_cell(step) * (1 - step.tape["f"])


def _cell_state(options):
    name = options.activations["c"].name
    rows = (
        (f"the slope of {name}(c) is left out", lambda t, one: t["d_activated_c"]),
        (
            f"the slope of {name} is taken at {name}(c) instead of c: {name} is applied twice in the backward pass",
            lambda t, one: t["d_activated_c"] * one.slope(t["activated_c"], one.value(t["activated_c"])),
        ),
        (
            f"the slope of {name} is computed from c by the formula for {name}(c)",
            lambda t, one: t["d_activated_c"] * one.slope(t["c"], t["c"]),
        ),
        (
            "the output gate is left out",
            lambda t, one: _through_output(t) * one.slope(t["c"], t["activated_c"]),
        ),
        ("what comes through the output is left out", lambda t, one: 0 * t["c"]),
    )
    for text, factor in rows:
        change = f"d_c = d_c of the step after + d_h o {name}'(c)"
        yield backward("gradient of c", f"in d_c {text}", change, _of_cell(factor))
    rows = {
        "d_f": ("d_f multiplies d_c by the new cell state c", "d_f = d_c c_prev", _times("c")),
        "d_i": ("d_i multiplies d_c by i instead of g", "d_i = d_c g", _times("i")),
        "d_g": ("d_g multiplies d_c by g instead of i", "d_g = d_c i", _times("g")),
        "d_c_prev": ("the forget gate is left out of d_c_prev", "d_c_prev = d_c f", _not_forgotten),
    }
    for target, (text, change, hook) in rows.items():
        # With coupled gates two of these gradients are one.
        if options.coupled is None or target == "d_c_prev":
            yield backward("gates of c", text, change, {target: hook})


def _clipping(options):
    rows = []
    if options.clip is not None:
        gates = [gate for gate in options.gates if gate != options.coupled]
        hook = {f"d_a_{gate}": lambda step, gate=gate: step.tape[f"d_clipped_a_{gate}"] for gate in gates}
        rows.append(("pre-activations", hook))
    if options.cell_clip is not None:
        rows.append(("the cell state", {"d_unclipped_c": lambda step: step.tape["d_c"]}))
    if options.projection_clip is not None:
        rows.append(("the projected hidden state", {"d_unclipped_h": lambda step: step.tape["d_h"]}))
    for text, hook in rows:
        yield backward(
            "clipping",
            f"the backward pass goes through the clipping of {text} as if nothing had been cut",
            "the gradient is zero where the value was cut",
            hook,
        )


def _peepholes(options):
    if not options.peepholes:
        return
    gates = [gate for gate in "fi" if gate != options.coupled]
    yield backward(
        "peepholes",
        "the output gate's peephole adds nothing to d_c",
        "add d_a_o p_o to d_c",
        {"d_c": lambda step: step.value - step.tape["d_a_o"] * step.weights.p_o},
        arrays=("p_o",),
    )
    yield backward(
        "peepholes",
        f"the peepholes of {listed(gate_name('lstm', gate) for gate in gates)} add nothing to d_c_prev",
        "add d_a_f p_f and d_a_i p_i to d_c_prev",
        {
            "d_c_prev": lambda step: (
                step.value - sum(step.tape[f"d_a_{gate}"] * getattr(step.weights, f"p_{gate}") for gate in gates)
            )
        },
        arrays=("p_f", "p_i"),
    )


def _layers(network):
    K, L = len(network.options.directions), len(network.layers)
    if K == 2:
        for kept, dropped in (("forward", "reverse"), ("reverse", "forward")):
            yield backward(
                "d_x",
                f"only the {kept} direction hands a gradient to what it reads, the {dropped} one does not",
                "add the gradients d_x of both directions",
                {"d_x": lambda step, dropped=dropped: step.value * int(step.place.direction != dropped)},
            )
    if L > 1:
        yield backward(
            "d_x",
            "no gradient reaches the layers below the last one",
            "hand d_x of each layer to the one below, as the gradient of its outputs",
            {"d_x": lambda step: step.value * int(step.place.layer == 0)},
        )


def _update_gate(options):
    if options.cell != "gru":
        return
    yield backward(
        "update gate",
        "d_u has the other sign",
        "d_u = d_h (h_prev - g)",
        {"d_u": lambda step: -step.value},
    )
    yield backward(
        "update gate",
        "d_g multiplies d_h by u instead of 1 - u",
        "d_g = d_h (1 - u)",
        {"d_g": lambda step: step.tape["d_h"] * step.tape["u"]},
    )


def backward_mistakes(network: Network, framework: str | None = None) -> list[Mistake]:
    """Every known mistake in the backward step of a network's cell, in the words of a framework."""
    options = network.options
    found = [*_carries(options), *_slopes(options, framework), *product_mistakes(network, framework)]
    found += [*_clipping(options), *_peepholes(options), *_layers(network), *_update_gate(options)]
    if options.cell == "lstm":
        found += _cell_state(options)
    return found
