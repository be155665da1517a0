"""The types of the public interface: what arguments may be, and what results are."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, SupportsFloat, TypeAlias, TypeVar, overload

from numpy.typing import ArrayLike, DTypeLike, NDArray

__all__ = [
    "Array",
    "ArrayLike",
    "CellName",
    "Computed",
    "DTypeLike",
    "DirectionName",
    "Finished",
    "Initializer",
    "Layout",
    "Overflow",
    "Real",
    "Reset",
    "Shape",
    "Tensors",
    "Tree",
]

#: The dtype and the number of axes are those of the arguments: the docstrings give them in symbols.
Array: TypeAlias = NDArray[Any]
#: One real number: a float, an int, a `Fraction`, a NumPy scalar.
Real: TypeAlias = SupportsFloat
Shape: TypeAlias = tuple[int, ...]
#: Arrays by name.
Tensors: TypeAlias = Mapping[str, Array]
#: From a shape to an array.
Initializer: TypeAlias = Callable[[Shape], ArrayLike]

Reset: TypeAlias = Literal["after", "before"]
CellName: TypeAlias = Literal["lstm", "gru", "rnn"]
DirectionName: TypeAlias = Literal["forward", "reverse", "bidirectional"]
Layout: TypeAlias = Literal["batch_first", "time_first"]
Finished: TypeAlias = Literal["zero", "last", "computed"]
Overflow: TypeAlias = Literal["saturate", "wrap"]

Value = TypeVar("Value", covariant=True)
#: An array, the parameters of a layer, or a mapping or sequence of these.
Tree = TypeVar("Tree")


class Computed(property, Generic[Value]):
    """A property that is made by a call, with a value of which type checkers know the type."""

    if TYPE_CHECKING:

        def __init__(self, fget: Callable[[Any], Value], *, doc: str | None = None) -> None: ...

        @overload
        def __get__(self, instance: None, owner: type, /) -> Self: ...

        @overload
        def __get__(self, instance: object, owner: type | None = None, /) -> Value: ...

        def __get__(self, instance: object, owner: type | None = None, /) -> Any: ...
