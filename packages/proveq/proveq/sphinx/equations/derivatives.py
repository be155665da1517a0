r"""Derivatives as an equation writes them, from the derivatives of a scope."""

import numpy as np

from .arithmetic import tidy
from .elements import Frame
from .errors import NotApplicable

__all__ = ["differentiate"]


def differentiate(elements, tree, by_tree, body, letters, elementwise=False):
    r"""Value of ``\frac{\partial body}{\partial by}``.

    Parameters
    ----------
    elements : equations.elements.Elements
    tree : lark.Tree
        The derivative, for messages.
    by_tree : lark.Tree
        The reference below the bar.
    body : callable
        Frame -> value of what is differentiated.
    letters : dict
        What the indices stand for.
    elementwise : bool
        Whether a function of one variable is meant, written with d.

    Returns
    -------
    number or ndarray
        Of a number: the shape of `by`. Of an array by a number: the shape of the array. Of a row (1, M) by a row
        (1, N): (M, N). Elementwise: the shape of both.
    """
    by = elements.reading.references[id(by_tree)]
    if by.kind != "symbol" or by.powers:
        raise elements.equality.error("a derivative is taken with respect to a symbol", by_tree, unreadable=True)
    step = elements.count(by.step, letters)
    shape = np.shape(elements.whole(by.name, step, elements.frame))
    native = np.shape(elements.scope.value(by.name, step))
    index = elements.place(by_tree, by, native, letters) if by.index else None
    shapes = []

    def evaluate(lookup):
        value = np.asarray(body(Frame(lookup, perturbed=True)))
        shapes.append(value.shape)
        return value

    try:
        found = np.asarray(elements.scope.derivative(evaluate, by.name, index=index, step=step))
    except KeyError:
        raise NotApplicable(f"scope {elements.scope.name} has no derivative with respect to {by.name}") from None
    found, result = elements.exactness("derivative", found), shapes[0]
    if index is not None:
        return tidy(found.reshape(result))
    found = found.reshape(shape + result)
    if by.row is not None:
        row = elements.place(by_tree, by, shape, letters)[0]
        found, shape = found[row : row + 1], (1, *shape[1:])
    return _laid_out(elements, tree, found, shape, result, elementwise)


def _laid_out(elements, tree, found, by, result, elementwise):
    """The derivative, of shape ``by + result``, with the axes that the notation gives it."""
    if by == () or result == ():
        return tidy(found)
    if elementwise and by == result:
        size = int(np.prod(by))
        square = found.reshape(size, size)
        if np.any(square[~np.eye(size, dtype=bool)] != 0):
            message = r"not a function of one variable, element by element; a Jacobian is written with \partial"
            raise elements.equality.error(message, tree)
        return np.diagonal(square).reshape(by)
    if len(by) == len(result) == 2 and by[0] == result[0] == 1:
        return found[0, :, 0, :].T
    batch = elements.scope.sizes.get("B", 1)
    if batch > 1 and batch in (by[0], result[0]):
        raise NotApplicable(f"derivative of an array by an array, for {batch} examples")
    raise elements.equality.error(f"derivative of shape {result} by shape {by} is not an array of two axes", tree)
