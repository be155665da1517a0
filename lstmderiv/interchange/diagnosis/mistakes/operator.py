"""Mistakes in the step of a cell: options that are not followed, activations, peepholes, and the GRU's two resets."""

from lstmderiv.interchange.activations import Activation
from lstmderiv.interchange.diagnosis.mistakes.forget_bias import forget_bias_mistakes
from lstmderiv.interchange.diagnosis.mistakes.kind import Mistake, gate_name, hooked, listed, option
from lstmderiv.interchange.diagnosis.mistakes.reading import by_place, reads
from lstmderiv.interchange.network import Network

__all__ = ["operator_mistakes"]


def _options(options, framework):
    if options.cell == "lstm":
        yield from forget_bias_mistakes(options, framework)
        for name, text in (("clip", "pre-activations are"), ("cell_clip", "the cell state is")):
            if getattr(options, name) is not None:
                yield option("clipping", f"{text} not clipped", f"clip at {getattr(options, name)}", **{name: None})
        if options.projection_clip is not None:
            text = "the projected hidden state is not clipped"
            yield option("clipping", text, f"clip at {options.projection_clip}", projection_clip=None)
        for coupled, text in (
            (None, "the input gate and the forget gate are not coupled"),
            ("f", "the forget gate is one minus the input gate"),
            ("i", "the input gate is one minus the forget gate"),
        ):
            # A forget gate that is not computed has no bias to add.
            if coupled != options.coupled and not (coupled == "f" and options.forget_bias):
                yield option("forget gate", text, f"follow coupled={options.coupled!r}", coupled=coupled)
    elif options.clip is not None:
        yield option("clipping", "pre-activations are not clipped", f"clip at {options.clip}", clip=None)


# What is taken for an activation, and how that is said.
_HARD = "the hard sigmoid max(0, min(1, {} + 0.5)) instead of the sigmoid"
_OTHERS = {
    "sigmoid": [
        (Activation("tanh"), "tanh instead of the sigmoid"),
        (Activation("affine", 1, 0), "no activation instead of the sigmoid"),
        (Activation("hard_sigmoid", 0.2, 0.5), _HARD.format("0.2 x")),
        (Activation("hard_sigmoid", 1 / 6, 0.5), _HARD.format("x / 6")),
        (Activation("softsign"), "the softsign instead of the sigmoid"),
        (Activation("relu"), "the rectifier instead of the sigmoid"),
    ],
    "tanh": [
        (Activation("sigmoid"), "the sigmoid instead of tanh"),
        (Activation("affine", 1, 0), "no activation instead of tanh"),
        (Activation("softsign"), "the softsign instead of tanh"),
        (Activation("relu"), "the rectifier instead of tanh"),
    ],
}


def _activations(options, framework):
    by_name = {}
    for gate, one in options.activations.items():
        if gate != options.coupled:
            by_name.setdefault(one, []).append(gate)
    for one, gates in by_name.items():
        others = _OTHERS.get(one.name) or [
            (Activation(default), f"{default} instead of {one.name}") for default in ("sigmoid", "tanh")
        ]
        groups = [tuple(gates)] if len(gates) > 1 else []
        for group in (*groups, *((gate,) for gate in gates)):
            for other, text in others:
                names = listed(gate_name(options.cell, gate, framework) for gate in group)
                changed = {**options.activations, **dict.fromkeys(group, other)}
                verb = "go" if len(group) > 1 else "goes"
                yield Mistake.one(
                    "activations",
                    f"{names} {verb} through {text}",
                    f"apply {one.name}",
                    lambda attempt, changed=changed: attempt.but(network=attempt.network.replace(activations=changed)),
                    common=other.name in ("tanh", "sigmoid", "affine"),
                )


def _d_cell(step):
    return step.tape["d_unclipped_c" if step.options.cell_clip is not None else "d_c"]


def _second_slope(step, *, right):
    """d_c with the slope of the function of c applied twice, or once at the right place."""
    tape, one = step.tape, step.options.activations["c"]
    d, c, twice = tape["d_activated_c"], tape["c"], tape["activated_c"]
    once = one.value(c)
    slope = one.slope(c, once) if right else one.slope(once, twice) * one.slope(c, once)
    return step.value - d * one.slope(c, twice) + d * slope


def _twice(options):
    name = options.activations["c"].name
    forward = {"activated_c": lambda step: step.options.activations["c"].value(step.value)}
    variants = (
        ("", hooked({**forward, "d_c": lambda step: _second_slope(step, right=False)})),
        (f"its backward pass takes the slope {name}'(c) once", hooked({**forward, "d_c": _once})),
        (f"its backward pass takes the slope from {name}({name}(c)) once", hooked(forward)),
    )
    yield Mistake(
        "cell state",
        f"{name} is applied to the cell state twice: h = o {name}({name}(c))",
        f"apply {name} once",
        variants,
    )


def _once(step):
    return _second_slope(step, right=True)


def _ungated(options):
    """A gate that is computed and not used."""
    c = "unclipped_c" if options.cell_clip is not None else "c"
    m = "m" if options.projection else "h"
    hooks = {
        "i": {
            c: lambda step: step.value + (1 - step.tape["i"]) * step.tape["g"],
            "d_i": lambda step: 0 * step.value,
            "d_g": _d_cell,
        },
        "f": {
            c: lambda step: step.value + (1 - step.tape["f"]) * step.tape["c_prev"],
            "d_f": lambda step: 0 * step.value,
            "d_c_prev": lambda step: step.value + _d_cell(step) * (1 - step.tape["f"]),
        },
        "o": {
            m: lambda step: step.tape["activated_c"],
            "d_o": lambda step: 0 * step.value,
            "d_activated_c": lambda step: step.tape["d_m" if step.options.projection else "d_h"],
        },
    }
    for gate, hook in hooks.items():
        if options.coupled is None or gate == "o":
            text = f"the {gate_name('lstm', gate)} is computed but does not multiply anything"
            yield Mistake.one("cell state", text, f"multiply by {gate}", hooked(hook), common=False)


def _late(step):
    """d_c_prev with the output gate's peephole, whose weight's gradient it mends, too."""
    step.tape["d_p_o"] = (step.tape["d_a_o"] * step.tape["c_prev"]).sum(axis=0)
    return step.value + step.tape["d_a_o"] * step.weights.p_o


def _peepholes(network):
    names = ("p_f", "p_i", "p_o")
    every = frozenset((n, k) for n, k, _ in network.places())
    for left_out in (names, *((name,) for name in names)):

        def zeroed(own, left_out=left_out):
            return {**own, **{name: 0 * own[name] for name in left_out}}

        text = "the peepholes are" if len(left_out) == 3 else f"the peephole of {gate_name('lstm', left_out[0][2:])} is"
        yield Mistake(
            "peepholes",
            f"{text} left out",
            f"add the peephole with {listed(left_out)}",
            reads(by_place(network, every, zeroed), by_place(network, every, zeroed)),
            arrays=left_out,
        )
    hook = {
        "a_o": lambda step: step.value + step.weights.p_o * (step.tape["c_prev"] - step.tape["c"]),
        "d_c": lambda step: step.value - step.tape["d_a_o"] * step.weights.p_o,
        "d_c_prev": _late,
    }
    yield Mistake.one(
        "peepholes",
        "the output gate's peephole reads the old cell state c_prev",
        "let the output gate read the new cell state c: compute c before o",
        hooked(hook),
    )


def _outside(step):
    """d_h_prev unchanged; the candidate's recurrent bias gets the gradient of the pre-activation."""
    H = step.tape["d_a_g"].shape[1]
    d_b = step.tape["d_b_h"].copy()
    d_b[2 * H :] = step.tape["d_a_g"].sum(axis=0)
    step.tape["d_b_h"] = d_b
    return step.value


def _gru(options):
    other = {"after": "before", "before": "after"}[options.reset]
    right = {
        "after": "the reset gate multiplies the product W_h h + b_h of the candidate",
        "before": "the reset gate multiplies the hidden state before the candidate's product",
    }
    product = ("W_h", "b_h")
    must = right[options.reset].replace("multiplies", "must multiply")
    yield option("reset", right[other], must, arrays=product, reset=other)
    yield Mistake.one(
        "update gate",
        "the update gate is the other way round: h = (1 - u) h_prev + u g",
        "h = (1 - u) g + u h_prev",
        hooked(
            {
                "h": lambda step: (1 - step.tape["u"]) * step.tape["h_prev"] + step.tape["u"] * step.tape["g"],
                "d_u": lambda step: -step.value,
                "d_g": lambda step: step.tape["d_h"] * step.tape["u"],
                "d_h_prev": lambda step: step.value + step.tape["d_h"] * (1 - 2 * step.tape["u"]),
            }
        ),
    )
    yield Mistake.one(
        "reset",
        "the reset gate is computed but does not multiply anything",
        must,
        hooked({"r": lambda step: 0 * step.value + 1, "d_a_r": lambda step: 0 * step.value}),
        arrays=product if options.reset == "after" else (),
    )
    if options.biases == 2 and options.reset == "after":
        yield Mistake.one(
            "reset",
            "the candidate's recurrent bias is added outside the reset: a_g = W_x x + b_x + r (W_h h) + b_h",
            "let the reset gate multiply the candidate's block of b_h, too",
            hooked(
                {
                    "v": lambda step: step.value - step.block("b_h", "g"),
                    "a_g": lambda step: step.value + step.block("b_h", "g"),
                    "d_h_prev": _outside,
                }
            ),
            arrays=("W_x", "b_x", "W_h", "b_h"),
        )


def _product_of_state(gate):
    def without(step):
        if step.place.step == 0:
            return step.value
        return step.value - step.tape["h_prev"] @ step.block("W_h", gate).T

    return without


def _no_state(step):
    """d_h_prev where the state is not carried from step to step; its weights' share is mended, too."""
    if step.place.step == 0:
        return step.value
    step.tape["d_W_h"] = 0 * step.tape["d_W_h"]
    return 0 * step.value


def _after_first(step):
    return int(step.place.step > 0)


def _carries(options):
    if options.cell != "gru":
        yield Mistake.one(
            "carry",
            "the hidden state is not carried to the next step: every step but the first reads zeros",
            "hand h of each step to the next one",
            hooked({**{f"a_{gate}": _product_of_state(gate) for gate in options.gates}, "d_h_prev": _no_state}),
        )
    if options.cell == "lstm" and not options.peepholes:
        c = "unclipped_c" if options.cell_clip is not None else "c"
        yield Mistake.one(
            "carry",
            "the cell state is not carried to the next step: every step but the first reads zeros",
            "hand c of each step to the next one",
            hooked(
                {
                    c: lambda step: step.value - _after_first(step) * step.tape["f"] * step.tape["c_prev"],
                    "d_f": lambda step: step.value * (1 - _after_first(step)),
                    "d_c_prev": lambda step: step.value * (1 - _after_first(step)),
                }
            ),
        )


def operator_mistakes(network: Network, framework: str | None = None) -> list[Mistake]:
    """Every known mistake in the step of a network's cell, forward, in the words of a framework."""
    options = network.options
    found = [*_options(options, framework), *_activations(options, framework), *_carries(options)]
    if options.cell == "gru":
        found += _gru(options)
    if options.cell == "lstm":
        found += [*_twice(options), *_ungated(options)]
    if options.peepholes:
        found += _peepholes(network)
    return found
