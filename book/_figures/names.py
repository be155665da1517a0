"""The symbols of the drawings: code name to label.  A gradient ``d_name`` is written as delta before the name."""

from __future__ import annotations

GATES = ("f", "i", "g", "o")

LABELS = {
    "x": "x_t",
    "h_prev": "h_{t-1}",
    "c_prev": "c_{t-1}",
    "z": "z_t",
    "c": "c_t",
    "tanh_c": r"\tanh(c_t)",
    "h": "h_t",
    "h_last": "h_T",
    "a": "a_t",
    "logits": r"\ell",
    "p": "p",
    "y": "y",
    "loss": "E",
    "E": "E",
    "W": "W",
    "b": "b",
    "W_y": "W_y",
    "b_y": "b_y",
    "jacobian": "J",
    **{gate: f"{gate}_t" for gate in GATES},
    **{f"a_{gate}": f"a_{{{gate},t}}" for gate in GATES},
    **{f"W_{gate}": f"W_{gate}" for gate in GATES},
    **{f"b_{gate}": f"b_{gate}" for gate in GATES},
    # The GRU's own.
    **{gate: f"{gate}_t" for gate in "ru"},
    **{f"a_{gate}": f"a_{{{gate},t}}" for gate in "ru"},
    "s": "s_t",
    "v": "v_t",
    "z_g": "z_{g,t}",
}


# Gradients that are parts of one: what the next step hands back, what this step hands back, what comes from above.
GRADIENTS = {
    "d_c": r"\delta c_t",
    "d_tanh_c": r"\delta\,\tanh(c_t)",
    "d_c_next": r"\delta c_{\next}",
    "d_h_prev": r"\delta h_{\prev}",
    "d_c_prev": r"\delta c_{\prev}",
    **{f"d_W_{gate}": rf"\delta W_{{{gate},t}}" for gate in GATES},
    **{f"d_b_{gate}": rf"\delta b_{{{gate},t}}" for gate in GATES},
    "d_h_next": r"\delta h_{\next}",
    "d_h_ext": r"\delta h_{\ext}",
}


def gradient_of(name: str) -> str:
    """The code name of the whole gradient with respect to a name."""
    return "d_c" if name == "c" else f"d_{name}"


def label_of(name: str) -> str:
    """The label of a code name; a name without one is set letter by letter."""
    if name in GRADIENTS:
        return GRADIENTS[name]
    if name.startswith("d_") and name[2:] in LABELS:
        return r"\delta " + LABELS[name[2:]]
    return LABELS.get(name, name)


def gate_of(name: str) -> str | None:
    """The gate that a name such as ``a_o``, ``W_o``, ``d_b_o`` or ``o`` belongs to."""
    bare = name.removeprefix("d_")
    last = bare.rsplit("_", 1)[-1]
    return last if last in GATES and bare in (last, f"a_{last}", f"W_{last}", f"b_{last}") else None


def kind_of(name: str) -> str:
    """The class that colours a name."""
    gate = gate_of(name)
    bare = name.removeprefix("d_")
    if gate:
        return f"d-gate-{gate}"
    if bare in ("h", "c", "h_prev", "c_prev", "tanh_c", "c_total", "h_next", "h_ext", "h_last"):
        return "d-state"
    if bare in ("logits", "p", "y"):
        return "d-output"
    if bare in ("loss", "E"):
        return "d-loss"
    if bare.startswith(("W", "b")):
        return "d-param"
    return "d-input"
