"""The language model on JAX: its mean loss and gradients, and an update, on one device or with the batch over several.

The layers are `lstmderiv.language_model`'s, each with its derived backward pass; JAX puts them together, and divides.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as Partition

from lstmderiv._parameters import Parameters
from lstmderiv.checks import ArgumentError, ArgumentTypeError, array_of, instance, real_scalar, same_keys
from lstmderiv.lstm_cell import lstm_cell_step_backward
from lstmderiv.on_jax._arguments import Backward, Given, real, step_backward, whole
from lstmderiv.on_jax._layers import AUTOMATIC, DERIVED
from lstmderiv.on_jax.sequence import lstm
from lstmderiv.types import Real

__all__ = ["language_model_gradients", "language_model_update", "tree"]


def tree(parameters: Any) -> Any:
    """Parameters of this package as JAX takes them: the parameters of a layer become a dictionary of their arrays.

    Parameters
    ----------
    parameters : array, parameters of a layer, or mapping of these
        Of `language_model`, for instance.

    Returns
    -------
    of the same structure
        {"W": ..., "b": ...} in the place of `LSTMParameters`. Arrays and dtypes stay as they are.

    Raises
    ------
    TypeError
        If there is something else among them.
    """
    if isinstance(parameters, Parameters):
        return parameters.arrays()
    if isinstance(parameters, Mapping):
        try:
            return {name: tree(value) for name, value in parameters.items()}
        except RecursionError:
            raise ArgumentTypeError("parameters", "mappings that do not hold themselves", "others") from None
    if isinstance(parameters, np.ndarray):
        array_of("parameters", parameters)
    elif not isinstance(parameters, jax.Array):
        raise ArgumentTypeError(
            "parameters", "arrays, parameters of a layer, or mappings of these", type(parameters).__name__
        )
    return parameters


def language_model_gradients(
    parameters: Mapping[str, Any],
    ids: Given,
    targets: Given,
    *,
    forget_bias: Real = 1.0,
    lengths: Given | None = None,
    mesh: Mesh | None = None,
    backward: Backward = lstm_cell_step_backward,
) -> tuple[jax.Array, dict[str, Any]]:
    """Mean loss and its gradients, Equations :eq:`eq:language-model-mean-loss` to :eq:`eq:language-model-d-table`.

    Parameters
    ----------
    parameters : dict
        "embedding": (V, D); "lstm": {"W": (4H, D + H), "b": (4H,)}; "output": {"W": (H, V), "b": (V,)}: what `tree`
        makes of the package's. All of one dtype.
    ids, targets : array_like of integers (B, T)
        The words read, and the word that follows each, in 0..V-1.
    forget_bias : float, optional
        As for `lstm`.
    lengths : array_like of integers (B,), optional
        Steps of each row that count, 0..T. Some step must count.
    mesh : jax.sharding.Mesh, optional
        Of one axis: its devices share the rows of the batch out among them. Where B is no multiple of their number,
        rows of length 0 are added. Losses, gradients and counts are summed over the devices and then divided: the mean
        is that over all steps, however they are dealt out.
    backward : function, optional
        As for `lstm`. None: JAX differentiates all layers itself.

    Returns
    -------
    mean_loss : Array ()
    gradients : dict
        Of the structure of the parameters.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold the numbers that it should.
    ValueError
        If shapes do not fit, dtypes differ, a parameter is float64 and JAX is not set to it, or the mesh has more than
        one axis. If a word or a length is out of range, or no step counts: unless these are traced. NaN and infinities
        are not looked for.
    """
    return _gradients(*_checked(parameters, ids, targets, lengths, forget_bias, mesh, backward))


def language_model_update(
    parameters: Mapping[str, Any],
    ids: Given,
    targets: Given,
    *,
    learning_rate: Real,
    max_norm: Real,
    forget_bias: Real = 1.0,
    lengths: Given | None = None,
    mesh: Mesh | None = None,
    backward: Backward = lstm_cell_step_backward,
) -> tuple[dict[str, Any], jax.Array, jax.Array]:
    """One update: gradients, clipping, Equation :eq:`eq:through-time-clipping`, and gradient descent.

    Parameters
    ----------
    parameters, ids, targets
        As for `language_model_gradients`.
    learning_rate : float
        As for `gradient_descent`, Equation :eq:`eq:through-time-gradient-descent`.
    max_norm : float
        As for `clip_by_global_norm`.
    forget_bias, lengths, mesh, backward
        As for `language_model_gradients`.

    Returns
    -------
    parameters : dict
        New ones, dtypes preserved.
    mean_loss : Array ()
        With the parameters as they were.
    norm : Array ()
        Of the gradients before clipping, Equation :eq:`eq:through-time-global-norm`.

    Raises
    ------
    TypeError, ValueError
        As for `language_model_gradients`; or if `learning_rate` is negative, or `max_norm` not positive.
    """
    learning_rate = real_scalar("learning_rate", learning_rate, minimum=0)
    max_norm = real_scalar("max_norm", max_norm, above=0)
    arguments = _checked(parameters, ids, targets, lengths, forget_bias, mesh, backward)
    return _update(float(learning_rate), float(max_norm), *arguments)


def _checked(parameters, ids, targets, lengths, forget_bias, mesh, backward):
    """The arguments of `_gradients`, in its order."""
    parameters = _checked_layers(parameters)
    V = parameters["embedding"].shape[0]
    words = {"bounds": f"in 0..V-1 with V = {V}"}
    # Any integers at first: which of them must be words, the lengths say.
    ids = whole("ids", ids, ("B", "T"), -np.inf, np.inf, bounds="")
    B, T = ids.shape
    if lengths is None:
        lengths = np.full(B, T)
    lengths = whole("lengths", lengths, ("B",), 0, T + 1, bounds=f"in 0..T with T = {T}", B=B)
    counts = None
    if not isinstance(lengths, jax.core.Tracer):
        counts = np.arange(T) < np.asarray(lengths)[:, None]
        if not counts.any():
            raise ArgumentError("ids", "at least one step that counts", f"shape {ids.shape}, lengths {lengths}")
    ids, targets = (
        whole(name, value, ("B", "T"), 0, V, where=counts, **words, B=B, T=T)
        for name, value in (("ids", ids), ("targets", targets))
    )
    forget_bias, backward = float(real_scalar("forget_bias", forget_bias)), step_backward(backward)
    if mesh is not None and len(instance("mesh", mesh, Mesh).axis_names) != 1:
        raise ArgumentError("mesh", "one axis", f"the axes {mesh.axis_names}")
    return parameters, ids, targets, lengths, forget_bias, mesh, backward


def _checked_layers(parameters):
    same_keys("parameters", parameters, ("embedding", "lstm", "output"))
    found, sizes = {}, {}
    found["embedding"] = real("parameters['embedding']", parameters["embedding"], ("V", "D"))
    sizes["V"], sizes["D"] = found["embedding"].shape
    for layer in ("lstm", "output"):
        same_keys(f"parameters['{layer}']", parameters[layer], ("W", "b"))
    W = real("parameters['output']['W']", parameters["output"]["W"], ("H", "V"), V=sizes["V"])
    sizes |= {"H": W.shape[0], "4H": 4 * W.shape[0], "D + H": sizes["D"] + W.shape[0]}
    found["lstm"] = {
        name: real(f"parameters['lstm']['{name}']", parameters["lstm"][name], dims, **sizes)
        for name, dims in (("W", ("4H", "D + H")), ("b", ("4H",)))
    }
    found["output"] = {"W": W, "b": real("parameters['output']['b']", parameters["output"]["b"], ("V",), **sizes)}
    dtypes = sorted({str(array.dtype) for array in jax.tree.leaves(found)})
    if len(dtypes) > 1:
        raise ArgumentError("parameters", "arrays of one dtype", ", ".join(dtypes))
    return found


def _total(parameters, ids, targets, lengths, forget_bias, backward):
    """The losses of the steps that count, summed."""
    counts = jnp.arange(ids.shape[1]) < lengths[:, None]
    ids, targets = jnp.where(counts, ids, 0), jnp.where(counts, targets, 0)
    layers = AUTOMATIC if backward is None else DERIVED
    cell, output = parameters["lstm"], parameters["output"]
    x = layers.embedding(ids, parameters["embedding"])
    h = lstm(x, cell["W"], cell["b"], forget_bias=forget_bias, lengths=lengths, backward=backward).h
    logits = layers.dense(h, output["W"], output["b"])
    return layers.cross_entropy(logits, targets, counts.astype(logits.dtype)).sum()


@partial(jax.jit, static_argnums=(4, 5, 6))
def _gradients(parameters, ids, targets, lengths, forget_bias, mesh, backward):
    def summed(parameters, ids, targets, lengths):
        total, gradients = jax.value_and_grad(_total)(parameters, ids, targets, lengths, forget_bias, backward)
        return total, gradients, lengths.sum()

    if mesh is None:
        total, gradients, count = summed(parameters, ids, targets, lengths)
    else:
        (axis,) = mesh.axis_names
        short = -len(ids) % mesh.size
        rows = [jnp.pad(array, [(0, short)] + [(0, 0)] * (array.ndim - 1)) for array in (ids, targets, lengths)]
        # Whatever kind of axis the mesh was made with, rows are taken as they come, and are dealt out here.
        # Without `check_vma`, a gradient is that of the device's own rows, and the sum over the devices stands here.
        total, gradients, count = jax.shard_map(
            lambda *shard: jax.lax.psum(summed(*shard), axis),
            mesh=Mesh(mesh.devices, mesh.axis_names),
            in_specs=(Partition(), *[Partition(axis)] * 3),
            out_specs=Partition(),
            check_vma=False,
        )(parameters, *rows)
    count = count.astype(total.dtype)
    return total / count, jax.tree.map(lambda d: d / count, gradients)


@partial(jax.jit, static_argnums=(6, 7, 8))
def _update(learning_rate, max_norm, parameters, ids, targets, lengths, forget_bias, mesh, backward):
    loss, gradients = _gradients(parameters, ids, targets, lengths, forget_bias, mesh, backward)
    norm = _global_norm(gradients)
    # Where all gradients are zero the quotient is infinite, and not chosen.
    factor = jnp.where(norm > max_norm, max_norm / norm, 1)
    moved = jax.tree.map(lambda W, d_W: W - learning_rate * (factor * d_W), parameters, gradients)
    return moved, loss, norm


def _global_norm(gradients):
    """As `lstmderiv.global_norm`: squares of what is at most 1 do not overflow."""
    arrays = jax.tree.leaves(gradients)
    largest = jnp.stack([jnp.abs(d).max() for d in arrays]).max()
    scale = jnp.where(largest == 0, 1, largest)
    return scale * jnp.sqrt(sum(((d / scale) ** 2).sum() for d in arrays))
