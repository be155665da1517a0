"""A foreign oracle: the forward passes written once more for JAX, whose automatic differentiation does the rest.

Every intermediate `name` is shifted by `shift[name]` where it is given; the gradient with respect to the shift at
zero is the gradient of the loss with respect to `name`. Needs the package `jax`, which `lstmderiv` itself does not.

One module a chapter; a new chapter's forward passes go into a module of their own and are gathered here.
"""

import numpy as np

from lstmderiv.verify.automatic import language_model, layer_norm, layered, network, rnn, variations

__all__ = ["gradients"]

_FORWARD = {
    **network.FORWARD,
    **variations.FORWARD,
    **layer_norm.FORWARD,
    **rnn.FORWARD,
    **language_model.FORWARD,
    **layered.FORWARD,
}


def gradients(forward, arguments, upstream, names):
    """Gradients of sum(upstream * outputs) with respect to named intermediates, by JAX in float64.

    Parameters
    ----------
    forward : str
        Name of a forward function of the package, such as "softmax" or "lstm_cell".
    arguments : dict
        Arrays by name, as the package's function takes them (parameters as "W" and "b").
    upstream : dict
        Gradient of the loss with respect to each output.
    names : sequence of str
        Intermediates or arguments of the forward pass.

    Returns
    -------
    dict of ndarray
        Gradient by name, float64.

    Raises
    ------
    ValueError
        If `forward` is not known or has no such intermediate.
    """
    import jax

    if forward not in _FORWARD:
        raise ValueError(f"forward: expected one of {sorted(_FORWARD)}, got {forward!r}")
    with jax.enable_x64(True):
        shapes = {}

        def record(name, value):
            shapes[name] = np.shape(value)
            return value

        jax.eval_shape(lambda: _FORWARD[forward](arguments, record))
        unknown = [name for name in names if name not in shapes]
        if unknown:
            raise ValueError(f"names: expected intermediates of {forward}, {sorted(shapes)}, got {unknown}")

        def loss(shift):
            outputs = _FORWARD[forward](arguments, lambda name, v: v + shift[name] if name in shift else v)
            return sum((upstream[name] * outputs[name]).sum() for name in upstream)

        # Compiled as a whole: operation by operation the compiler takes several times as long.
        result = jax.jit(jax.grad(loss))({name: jax.numpy.zeros(shapes[name]) for name in names})
        return {name: np.asarray(value) for name, value in result.items()}
