"""Inverses, norms and traces: on any numbers, in the notation, and set from code."""

from fractions import Fraction

import numpy as np
import pytest
from printing import TABLE, body
from proveq import Exact, FreeFunctions, fractions, inverse, lift, modulars, squared_norm, tangents
from proveq.sphinx.equations.evaluate import EquationError, check
from proveq.sphinx.equations.printer import typeset
from proveq.sphinx.equations.symbols import load

SYMBOLS = """
[_scalar_functions]
squared_norm = '\\lVert # \\rVert^2'
trace = '\\operatorname{tr}'
"""


def rng():
    return np.random.default_rng(3)


@pytest.fixture
def table(tmp_path):
    text = (
        TABLE.partition("[function.")[0].replace("[_vector_functions]", "[_vector_functions]\ninverse = '#^{-1}'")
        + SYMBOLS
    )
    for name, shape in {"A": "(N, N)", "M": "(N, N)", "v": "(N, 1)", "n": "()", "s": "()"}.items():
        tex = {"n": r"\nu", "s": r"\tau"}.get(name, name)
        text += f"[{name}]\ntex = '{tex}'\nshape = '{shape}'\nmeaning = 'm'\ngroup = 'all'\n"
    path = tmp_path / "symbols.toml"
    path.write_text(text)
    return load(path)


class Numbers:
    """A scope of a few exact values."""

    name, oracle, tolerance, sizes = "numbers", "exact", 0.0, {"N": 2}

    def __init__(self):
        A = np.array([[Fraction(0), Fraction(2)], [Fraction(1), Fraction(3)]], dtype=object)
        v = np.array([[Fraction(3)], [Fraction(4)]], dtype=object)
        self.values = {"A": A, "M": inverse(A), "v": v, "n": Fraction(25), "s": Fraction(3)}

    def value(self, name, step=None):
        return self.values[name]

    def function(self, name):
        return Exact().function(name)


@pytest.mark.parametrize("draw", [fractions, modulars])
def test_the_inverse_is_exact(draw):
    matrix = draw(rng(), (4, 4))
    matrix[0, 0] = matrix[0, 0] - matrix[0, 0]  # so that rows must be exchanged
    assert (inverse(matrix) @ matrix == np.eye(4, dtype=int)).all()


def test_the_inverse_carries_derivatives():
    matrix, direction = modulars(rng(), (3, 3)), modulars(rng(), (3, 3))
    values, slopes = tangents(inverse(lift(matrix, FreeFunctions(None), direction)))
    assert (values == inverse(matrix)).all()
    assert (slopes == -values @ direction @ values).all()


def test_the_inverse_of_floats_of_complex_numbers_and_of_whole_ones():
    matrix = rng().normal(size=(3, 3)) + 1j * rng().normal(size=(3, 3))
    np.testing.assert_allclose(inverse(matrix) @ matrix, np.eye(3), atol=1e-13)
    np.testing.assert_allclose(inverse(matrix.real) @ matrix.real, np.eye(3), atol=1e-13)
    assert inverse(np.array([[2]], dtype=object))[0, 0] == Fraction(1, 2)


@pytest.mark.parametrize("dtype", [float, object])
def test_a_singular_matrix_is_refused(dtype):
    with pytest.raises(ZeroDivisionError, match="singular"):
        inverse(np.ones((2, 2), dtype=int).astype(dtype))
    with pytest.raises(ValueError, match=r"^matrix: expected \(N, N\), got \(2, 3\)$"):
        inverse(np.ones((2, 3), dtype))


def test_a_squared_norm_is_analytic():
    assert squared_norm(np.array([3 + 2.0**-100 * 1j, 4])).imag == 6 * 2.0**-100


@pytest.mark.parametrize(
    "tex",
    [
        r"M = A^{-1}",
        r"A A^{-1} A = A",
        r"(A^\top)^{-1} = M^\top",
        r"\nu = \lVert v \rVert^2",
        r"\tau = \operatorname{tr}(A)",
    ],
)
def test_equations_that_hold(table, tex):
    assert check(tex, table, Numbers()).value == 0


@pytest.mark.parametrize(
    "tex",
    [r"M = -A^{-1}", r"M = A", r"\tau = \lVert v \rVert^2", r"\nu = \operatorname{tr}(A)", r"\nu = \lVert A \rVert^2"],
)
def test_equations_that_do_not(table, tex):
    with pytest.raises(EquationError, match="differ"):
        check(tex, table, Numbers())


@pytest.mark.parametrize(
    "tex, message", [(r"v = v^{-1}", "negative power"), (r"\tau = \operatorname{tr}(v)", "needs a square matrix")]
)
def test_what_has_no_inverse_and_no_trace(table, tex, message):
    with pytest.raises(EquationError, match=message):
        check(tex, table, Numbers())


@pytest.mark.parametrize(
    "line, tex",
    [
        ("M = inverse(A)", "M = A^{-1}"),
        ("M = inverse(A.T @ A)", r"M = (A^\top A)^{-1}"),
        ("M = inverse(A.T)", r"M = (A^\top)^{-1}"),
        ("n = squared_norm(v)", r"\nu = \lVert v \rVert^2"),
        ("s = np.trace(A @ M) * n", r"\tau = \operatorname{tr}(A M) \, \nu"),
    ],
)
def test_set_from_code(table, line, tex):
    assert typeset(body(line), line[0], table).tex == tex
