"""A scope made from the subject of a proof, and a subject that is called by the names of its arguments."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from printing import TABLE
from proveq import CheckFailed, ComplexStep, Exact, Scope, Subject, SubjectModel, edited, prove
from proveq.sphinx.equations.evaluate import EquationError, check
from proveq.sphinx.equations.symbols import load

B, H = 2, 3
SYMBOLS = {"a": "a_t", "g": "g_t", "x": "x_t", "u": "u_t", "y": "y_t"}


def checked(array):
    """The array, once it is seen to hold numbers: what a public function does with its arguments."""
    array = np.array(array)
    if not all(hasattr(number, "__mul__") for number in array.flat):
        raise TypeError("array: expected numbers")
    return array


def gated(a, x, u, share):
    a = checked(a)
    x = checked(x)
    g = (1 + np.tanh(a / 2)) / 2
    p = share * (1 - g)
    y = g * x + p * u
    return y


def gated_backward(d_y, y, a, x, u, share):
    g = (1 + np.tanh(a / 2)) / 2
    d_g = d_y * (x - share * u)
    d_x = d_y * g
    d_u = share * (d_y - d_x)
    d_a = d_g * g * (1 - g)
    return d_a, d_x, d_u


def subject(forward=gated, backward=gated_backward, **more):
    shapes = dict.fromkeys("axu", (B, H))
    return Subject.by_name(forward, backward, shapes, {"share": Fraction(1, 2)}, sizes={"B": B, "H": H}, **more)


def scopes(chosen=None, chapter="gates"):
    return [Scope("gated", numbers(), SubjectModel(chosen or subject(), chapter)) for numbers in (Exact, ComplexStep)]


def same(got, expected):
    return (got == expected).all() if got.dtype == object else np.allclose(got, expected, rtol=1e-14, atol=0)


@pytest.fixture
def table(tmp_path):
    text = TABLE.partition("[function.")[0] + '[_chapters]\ngates = { modules = ["gates"], group = "all" }\n[gates]\n'
    for name, tex in SYMBOLS.items():
        text += f"{name} = {{ tex = '{tex}', meaning = 'm', shape = '(B, H)' }}\n"
    path = tmp_path / "symbols.toml"
    text += "p = { tex = 'p', meaning = 'm', shape = '(B, H)', indexed = true }\n"
    path.write_text(text + "share = { tex = '\\eta', meaning = 'm', shape = '()' }\n")
    return load(path)


@pytest.mark.parametrize("scope", scopes(), ids=["exact", "complex step"])
def test_a_gradient_is_read_where_its_value_arises(scope):
    """That of x too, which the function assigns again: it is one value, and not moved twice."""
    g, x, u, d_y = (scope.value(name) for name in ("g", "x", "u", "d_y"))
    assert same(scope.value("upstream_y"), d_y)
    assert same(scope.value("d_g"), d_y * (x - u * scope.value("share")))
    assert same(scope.value("d_x"), d_y * g)
    assert same(scope.value("d_a"), scope.value("d_g") * g * (1 - g))


@pytest.mark.parametrize(
    ("tex", "wrong"),
    [
        (r"g_t = \sigma(a_t)", r"g_t = \sigma(-a_t)"),
        (r"y_t = g_t \odot x_t + \eta (1 - g_t) \odot u_t", r"y_t = g_t \odot x_t - \eta (1 - g_t) \odot u_t"),
        (r"\delta g_t = \delta y_t \odot (x_t - \eta u_t)", r"\delta g_t = \delta y_t \odot (x_t + \eta u_t)"),
        (r"\delta a_t = \delta g_t \odot g_t \odot (1 - g_t)", r"\delta a_t = \delta g_t \odot g_t \odot (1 + g_t)"),
    ],
)
def test_an_equation_holds_and_with_another_sign_does_not(table, tex, wrong):
    for scope in scopes():
        assert check(tex, table, scope).shapes == "(2, 3)"
        with pytest.raises(EquationError, match="does not hold"):
            check(wrong, table, scope)


def test_sizes_are_limits_of_sums_and_hold_the_tables_shapes(table):
    assert check(r"\sum_{k=1}^{H} p_k^{(n)} = \sum_{k} p_k^{(n)}", table, scopes()[0])
    wrong = replace(subject(), sizes={"B": B, "H": 4})
    with pytest.raises(EquationError, match=r"y has shape \(2, 3\) on it, but symbols.toml says \(B, H\)"):
        check("y_t - x_t = -(x_t - y_t)", table, scopes(wrong)[0])


def joined(W, x):
    return x * W[:3] + W[3:], 2 * x


def joined_backward(d_h, d_c, W, x):
    d_x = d_h * W[:3] + 2 * d_c
    d_left = d_h * x
    d_rest = d_h
    return d_x, d_left, d_rest


def parted():
    shapes = {"W": (6,), "x": (3,)}
    parts = {"V": ("W", np.arange(3)), "b": ("W", np.arange(3, 6))}
    return Subject.by_name(joined, joined_backward, shapes, parts=parts, names={"d_left": "V", "d_rest": "b"})


@pytest.mark.parametrize("scope", scopes(parted()), ids=["exact", "complex step"])
def test_parts_names_and_outputs_without_a_name_are_values(scope):
    V, x, d_h, d_c = (scope.value(name) for name in ("V", "x", "d_h", "d_c"))
    assert same(scope.value("h"), x * V + scope.value("b")) and same(scope.value("c"), x + x)
    assert same(scope.value("d_left"), d_h * x) and same(scope.value("d_rest"), d_h)
    assert same(scope.value("d_x"), d_h * V + d_c + d_c)
    assert same(scope.value("d_W"), np.concatenate([scope.value("d_V"), scope.value("d_b")]))


def test_what_is_no_number_is_handed_on_as_it_is():
    def labelled(x, kind):
        y = x if kind == "plain" else -x
        return y

    plain = Subject(
        labelled, None, {"x": (2,)}, {"kind": "plain"},
        call=lambda function, v: function(**v), outputs=lambda y: {"y": y}, call_backward=None, results=None,
    )  # fmt: skip
    assert ("kind", None) not in scopes(plain)[0]._values
    assert same(scopes(plain)[0].value("x"), scopes(plain)[0].value("y"))


@pytest.mark.parametrize("scope", scopes(), ids=["exact", "complex step"])
def test_nothing_is_differentiated_by_what_is_fixed(scope):
    with pytest.raises(ValueError, match="subject: expected share among its shapes, to differentiate by it, got it f"):
        scope.value("d_share")


def loss_backward(d_y, loss):
    d_loss = d_y
    return d_loss


def with_its_own_loss(x):
    loss = x * x
    return loss


@pytest.mark.parametrize(
    ("chosen", "error", "message"),
    [
        ("gated", TypeError, "subject: expected Subject, got str"),
        (subject(sequence=True), ValueError, "subject: expected one of a single step, got gated, which runs over sev"),
        (
            Subject.by_name(with_its_own_loss, lambda d_y, x: x, {"x": (2,)}),
            ValueError,
            "subject: expected no value named 'loss' beside the scope's, got with_its_own_loss, which has one",
        ),
        (Subject.by_name(lambda loss: loss, loss_backward, {"loss": (2,)}), ValueError, "no value named 'loss'"),
    ],
)
def test_a_subject_that_makes_no_scope_is_refused(chosen, error, message):
    with pytest.raises(error, match=message):
        scopes(chosen)


def test_functions_are_called_by_the_names_of_their_arguments():
    for one, names in ((subject(), "axu"), (parted(), ("x", "left", "rest"))):
        equations = {f"d_{name}": f"eq:{name}" for name in names}
        assert len(prove(one.backward, equations, np.random.default_rng(4), subject=one).records) == 6
    broken = edited(gated_backward, "x - share", "x + share")
    with pytest.raises(CheckFailed, match="eq:g: exact: gated_backward"):
        prove(broken, {"d_g": "eq:g"}, np.random.default_rng(4), subject=subject())


@pytest.mark.parametrize(
    ("forward", "backward", "message"),
    [
        (lambda a, x: a, gated_backward, r"forward: expected a function of \['a', 'x', 'u', 'share'\], got <lambda>\("),
        (gated, lambda d_y, g: g, r"backward: expected a function of gradients, and of names among \['a', .* 'y'\], "),
        (gated, lambda a: a, r"backward: expected a function of gradients, .* got <lambda>\(a\)"),
    ],
)
def test_functions_of_other_arguments_are_refused(forward, backward, message):
    with pytest.raises(ValueError, match=message):
        subject(forward, backward)
