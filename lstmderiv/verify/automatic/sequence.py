"""The one loop over time of the programs for JAX; `proveq.jax_gradients` says what `at` is."""

__all__ = ["over_time", "unmoved"]


def unmoved(name, value):
    """An `at` for what arises at every step, and is not moved over a whole sequence."""
    return value


def over_time(cell, x, states, v, reverse=False):
    """Run a cell over the steps of x (B, T, D).

    Parameters
    ----------
    cell : callable
        cell(x_t, *states) -> the new states, a tuple; the first is the hidden one.
    x : array (B, T, D)
    states : sequence of arrays (B, H)
    v : mapping
        The subject's arguments: `lengths` where rows are padded.
    reverse : bool, optional

    Returns
    -------
    h : array (B, T, H)
        The hidden state after each step, zero at padded steps.
    states : list of arrays
        The last ones.
    """
    import jax.numpy as jnp

    T, lengths = x.shape[1], v.get("lengths")
    outputs = [None] * T
    for t in reversed(range(T)) if reverse else range(T):
        active = True if lengths is None else (t < lengths)[:, None]
        states = [jnp.where(active, new, old) for new, old in zip(cell(x[:, t], *states), states)]
        outputs[t] = jnp.where(active, states[0], 0.0)
    return jnp.stack(outputs, axis=1), list(states)
