"""The three scalar facts that the exact oracle takes for granted, proved symbolically by SymPy.

sigmoid' = sigmoid (1 - sigmoid), tanh' = 1 - tanh^2, and the softmax Jacobian. Needs the package `sympy`, which
`lstmderiv` itself does not.
"""

from proveq import Evidence, Record, failure

from lstmderiv.checks import ArgumentError

__all__ = ["prove_symbolically", "sigmoid_fact", "softmax_fact", "tanh_fact"]


def sigmoid_fact():
    """The difference between the sigmoid's derivative and s (1 - s), simplified by SymPy: 0 if the fact holds."""
    import sympy

    x = sympy.symbols("x", real=True)
    s = 1 / (1 + sympy.exp(-x))
    return sympy.simplify(sympy.diff(s, x) - s * (1 - s))


def tanh_fact():
    """The difference between tanh's derivative and 1 - tanh^2, from its definition by exponentials: 0 if it holds."""
    import sympy

    x = sympy.symbols("x", real=True)
    t = (sympy.exp(x) - sympy.exp(-x)) / (sympy.exp(x) + sympy.exp(-x))
    return sympy.simplify(sympy.diff(t, x) - (1 - t**2))


def softmax_fact(size=4):
    """Sum of squares of dp_i/dl_j - p_i (delta_ij - p_j) over all i and j, simplified by SymPy: 0 if it holds."""
    import sympy

    logits = sympy.symbols(f"l0:{size}", real=True)
    total = sum(map(sympy.exp, logits))
    p = [sympy.exp(logit) / total for logit in logits]
    differences = [
        sympy.simplify(sympy.diff(p[i], logits[j]) - p[i] * ((1 if i == j else 0) - p[j]))
        for i in range(size)
        for j in range(size)
    ]
    return sum(d**2 for d in differences)


_FACTS = {"sigmoid": sigmoid_fact, "tanh": tanh_fact, "softmax": softmax_fact}


def prove_symbolically(label, fact):
    """Prove one of the scalar facts and leave a record.

    Parameters
    ----------
    label : str
        Label of the book's equation.
    fact : str
        "sigmoid", "tanh" or "softmax".

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        If the fact is not known.
    CheckFailed
        If SymPy does not reduce the difference to 0.
    """
    if fact not in _FACTS:
        raise ArgumentError("fact", f"one of {sorted(_FACTS)}", repr(fact))
    difference = _FACTS[fact]()
    if difference != 0:
        raise failure(label, "symbolic", f"{fact} rule", f"difference {difference}", "expected 0")
    return Evidence((Record(label, "symbolic", "0", 0.0, 1, "scalar", "expression", None, f"{fact} rule"),))
