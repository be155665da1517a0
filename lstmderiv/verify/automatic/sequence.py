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
    import jax
    import jax.numpy as jnp

    lengths = None if v.get("lengths") is None else jnp.asarray(v["lengths"])

    def step(states, read):
        t, x_t = read
        active = True if lengths is None else (t < lengths)[:, None]
        states = [jnp.where(active, new, old) for new, old in zip(cell(x_t, *states), states)]
        return states, jnp.where(active, states[0], 0.0)

    # As a loop of its own the step is compiled once, not once for each t.
    steps = jnp.arange(x.shape[1]), jnp.swapaxes(x, 0, 1)
    states, outputs = jax.lax.scan(step, list(states), steps, reverse=bool(reverse))
    return jnp.swapaxes(outputs, 0, 1), states
