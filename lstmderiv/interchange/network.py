"""The weights of a recurrent network, whatever framework they came from: one container for every layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from lstmderiv.checks import ArgumentError, ArgumentTypeError, floating, instance, number_type, same_keys
from lstmderiv.interchange.arrays import ARRAYS, arrays_of
from lstmderiv.interchange.options import Options
from lstmderiv.types import Array, ArrayLike, DTypeLike

__all__ = ["Network", "Weights"]


@dataclass(frozen=True, eq=False)
class Weights:
    """The arrays of one direction of one layer, or their gradients.

    G is the number of blocks: 4 for an LSTM (f, i, g, o), 3 for a GRU (r, u, g), 1 for a simple recurrent network. R is
    the size of the hidden state: P with a projection, otherwise H. Arrays that an operator does not have are None. What
    is given is copied; whether the shapes fit together, and which arrays there have to be, `Network` checks.

    Attributes
    ----------
    W_x : ndarray (GH, D)
        Reads the input.
    W_h : ndarray (GH, R)
        Reads the hidden state of the step before.
    b_x, b_h : ndarray (GH,), or None
        Biases of the two products.
    p_f, p_i, p_o : ndarray (H,), or None
        Peephole weights.
    W_p : ndarray (P, H), or None
        Projection of the hidden state.
    b_p : ndarray (P,), or None
        Its bias.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If one has another number of axes, or holds NaN or infinities.
    """

    W_x: Array
    W_h: Array
    b_x: Array | None = None
    b_h: Array | None = None
    p_f: Array | None = None
    p_i: Array | None = None
    p_o: Array | None = None
    W_p: Array | None = None
    b_p: Array | None = None

    if TYPE_CHECKING:

        def __init__(
            self,
            W_x: ArrayLike,
            W_h: ArrayLike,
            b_x: ArrayLike | None = None,
            b_h: ArrayLike | None = None,
            p_f: ArrayLike | None = None,
            p_i: ArrayLike | None = None,
            p_o: ArrayLike | None = None,
            W_p: ArrayLike | None = None,
            b_p: ArrayLike | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        for name, array in ARRAYS.items():
            value = getattr(self, name)
            if value is not None or name in ("W_x", "W_h"):
                object.__setattr__(self, name, floating(name, value, array.dims).copy())

    @classmethod
    def _of(cls, arrays):
        """As they are: numbers that are computed may overflow, and a network's are checked under their whole names."""
        found = object.__new__(cls)
        vars(found).update(dict.fromkeys(ARRAYS), **arrays)
        return found

    def arrays(self) -> dict[str, Array]:
        """The arrays that are there, by name.

        Returns
        -------
        dict
        """
        return {name: array for name, array in vars(self).items() if array is not None}


@dataclass(frozen=True, eq=False)
class Network:
    """A recurrent network of L layers, each of one or both directions: its options and its weights.

    Copies of what is given: nothing that happens to the arguments later changes them.

    Parameters
    ----------
    options : Options
    layers : sequence of L sequences of `Weights`
        For each layer the weights of its directions, in the order of `options.directions`. Every layer has the same H
        and P; the first reads D inputs, the others what the directions of the one below put out together.

    Raises
    ------
    TypeError
        If an argument is of the wrong type or does not hold numbers.
    ValueError
        If arrays are missing or too many for the options, shapes do not fit, or an array holds NaN or infinities.
    """

    options: Options
    layers: tuple[tuple[Weights, ...], ...]

    if TYPE_CHECKING:

        def __init__(self, options: Options, layers: Sequence[Sequence[Weights]]) -> None: ...

    def __post_init__(self) -> None:
        instance("options", self.options, Options)
        expected = "at least one layer, each a sequence of Weights"
        if not isinstance(self.layers, (list, tuple)):
            raise ArgumentTypeError("layers", expected, type(self.layers).__name__)
        if not self.layers:
            raise ArgumentError("layers", expected, "none")
        sizes, checked = {}, []
        for n, layer in enumerate(self.layers):
            wanted = self.options.directions
            expected = f"the Weights of {' and '.join(wanted)}"
            if not isinstance(layer, (list, tuple)):
                raise ArgumentTypeError(f"layers[{n}]", expected, type(layer).__name__)
            if len(layer) != len(wanted):
                raise ArgumentError(f"layers[{n}]", expected, len(layer))
            checked.append(
                tuple(
                    self._checked(f"layer{n}.{direction}", n, weights, sizes)
                    for direction, weights in zip(wanted, layer)
                )
            )
            sizes["D"] = len(wanted) * sizes["R"]
        object.__setattr__(self, "layers", tuple(checked))

    def _checked(self, place, n, weights, sizes):
        instance(place, weights, Weights)
        names, given, G = arrays_of(self.options), weights.arrays(), len(self.options.gates)
        for name in names:
            if name not in given:
                raise ArgumentError(f"{place}.{name}", f"an array {_text(name)} under these options", "None")
        for name in given:
            if name not in names:
                raise ArgumentError(f"{place}.{name}", "None under these options", "an array")
        arrays = {}
        for name in ("W_p", *names) if self.options.projection else names:
            if name not in arrays:
                arrays[name] = self._array(f"{place}.{name}", given[name], name, sizes, G)
        return Weights._of(arrays)

    def _array(self, place, value, name, sizes, G):
        dims = ARRAYS[name].dims
        array = floating(place, value, dims, **{dim: sizes[dim] for dim in dims if dim in sizes})
        if name == "W_p":
            sizes.setdefault("R", array.shape[0])
        for dim, size in zip(dims, array.shape):
            if size == 0:
                raise ArgumentError(place, f"{_text(name)} with no size 0", array.shape)
            if dim == "GH":
                if size % G:
                    raise ArgumentError(place, f"{_text(name)} with G = {G}", array.shape)
                sizes.setdefault("H", size // G)
                if not self.options.projection:
                    sizes.setdefault("R", size // G)
            sizes.setdefault(dim, size)
        if "GH" in dims and sizes["GH"] != G * sizes["H"]:
            raise ArgumentError(place, f"{_text(name)} with GH = {G * sizes['H']}", array.shape)
        return array.copy()

    @property
    def input_size(self) -> int:
        """D, the inputs of the first layer."""
        return self.layers[0][0].W_x.shape[1]

    @property
    def hidden_size(self) -> int:
        """H, the units of every layer and direction."""
        return self.layers[0][0].W_x.shape[0] // len(self.options.gates)

    @property
    def state_size(self) -> int:
        """R, the size of a hidden state: P with a projection, otherwise H."""
        return self.layers[0][0].W_h.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """What the dtypes of all weights promote to."""
        return np.result_type(*self.arrays().values())

    def places(self) -> list[tuple[int, int, str]]:
        """(n, k, prefix) of every direction: its layer, its index in the layer, and what its tensors' names begin with.

        Returns
        -------
        list of tuple
        """
        return [
            (n, k, f"layer{n}.{direction}.")
            for n in range(len(self.layers))
            for k, direction in enumerate(self.options.directions)
        ]

    def arrays(self) -> dict[str, Array]:
        """All weights as one flat dictionary: "layer0.forward.W_x" and so on.

        Returns
        -------
        dict
        """
        return {
            prefix + name: array for n, k, prefix in self.places() for name, array in self.layers[n][k].arrays().items()
        }

    @classmethod
    def from_arrays(cls, options: Options, arrays: Mapping[str, ArrayLike]) -> "Network":
        """The network of a flat dictionary, the inverse of `arrays`.

        Parameters
        ----------
        options : Options
        arrays : mapping
            From names like "layer0.forward.W_x" to arrays.

        Returns
        -------
        Network

        Raises
        ------
        TypeError
            If an argument is of the wrong type or does not hold numbers.
        ValueError
            If names are missing, unknown or out of order, or shapes do not fit.
        """
        instance("options", options, Options)
        instance("arrays", arrays, Mapping)
        layers = {str(name).split(".", 1)[0] for name in arrays}
        expected = [
            f"layer{n}.{direction}.{name}"
            for n in range(max(1, len(layers)))
            for direction in options.directions
            for name in arrays_of(options)
        ]
        same_keys("arrays", arrays, expected)
        return cls(
            options,
            tuple(
                tuple(
                    Weights._of({name: arrays[f"layer{n}.{direction}.{name}"] for name in arrays_of(options)})
                    for direction in options.directions
                )
                for n in range(len(layers))
            ),
        )

    def replace(self, arrays: Mapping[str, ArrayLike] | None = None, **options: Any) -> "Network":
        """A network with some arrays or options changed.

        Parameters
        ----------
        arrays : mapping, optional
            From names like "layer0.forward.W_x" to what takes their place.
        **options
            Options to change.

        Returns
        -------
        Network

        Raises
        ------
        TypeError, ValueError
            As for `Network`, or if a name is unknown.
        """
        instance("arrays", {} if arrays is None else arrays, Mapping)
        changed = Options(**{**self.options.as_dict(), **options})
        return Network.from_arrays(changed, {**self.arrays(), **(arrays or {})})

    def astype(self, dtype: DTypeLike) -> "Network":
        """The network with every weight of another dtype.

        Parameters
        ----------
        dtype : dtype

        Returns
        -------
        Network

        Raises
        ------
        TypeError
            If `dtype` is not one of numbers.
        ValueError
            If a weight does not fit into it.
        """
        dtype = number_type("dtype", dtype)
        return Network.from_arrays(self.options, {name: a.astype(dtype) for name, a in self.arrays().items()})


def _text(name):
    dims = ARRAYS[name].dims
    return f"({', '.join(dims)}{',' if len(dims) == 1 else ''})"
