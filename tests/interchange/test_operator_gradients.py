"""Every gradient of the operator, under every option: exactly, by complex step, by JAX; and with each line changed."""

import ast
import inspect

import numpy as np
import pytest
from hypothesis import given
from operator_cases import all_together, cases_of_every_option, random_case, random_options
from proveq import CheckFailed, relative_difference
from support import seeds

from lstmderiv.interchange import Options, activations, cells, direction
from lstmderiv.verify import prove_operator
from lstmderiv.verify.automatic.recurrent import recurrent_gradients, recurrent_tensors
from lstmderiv.verify.operator import movable_gradients

EVERY_OPTION = cases_of_every_option()


def prove_all(case, seed, *oracles):
    return prove_operator(case, {name: f"eq:{name}" for name in movable_gradients(case)}, rng(seed), oracles=oracles)


def rng(seed):
    return np.random.default_rng(seed)


@pytest.mark.sampled(8)
@pytest.mark.parametrize("options", EVERY_OPTION.values(), ids=EVERY_OPTION)
def test_each_option_alone(options):
    case = random_case(options, lengths=[3, 1])
    evidence = prove_all(case, 1, "exact", "complex step")
    names = {record.subject.removeprefix("recurrent_backward: ") for record in evidence.records}
    # Every gradient that has a name, but for those of what one step hands to the one before and one layer to the next.
    every = {name.rsplit(".", 1)[-1] for name in case.sections()["backward"]}
    assert names == every - {"d_h_prev", "d_c_prev", "d_c_next"}
    assert all(record.residual == "0" for record in evidence.records if record.oracle == "exact")


@given(random_options(), seeds)
def test_options_in_combination(options, seed):
    prove_all(random_case(options, B=1, T=2, lengths=[1 + seed % 2], seed=seed % 7), seed, "exact")
    prove_all(random_case(options, L=2, B=3, T=2, lengths=[2, 0, 1], seed=seed % 7), seed, "complex step")


# Compiling for JAX takes seconds. Every option is in one of these, most of them in the quick ones.
AGAINST_JAX = {
    "lstm": (all_together("f", direction="reverse"), [1], 1),
    "gru": (Options(cell="gru", biases=2, finished="last", clip=0.5, layout="time_first"), [1], 1),
    "rnn": (Options(cell="rnn", direction="bidirectional", finished="computed", biases=0), [2], 1),
    "coupled-i": (all_together("i"), [2, 1], 1),
    "stacked": (Options(direction="bidirectional", finished="last", forget_bias=1.0, biases=0), [2, 1], 2),
    "gru-before": (Options(cell="gru", reset="before", biases=2, direction="bidirectional"), None, 1),
    "functions": (Options(activations={"f": "softplus", "i": ("scaled_tanh", 1.5, 0.75), "g": "leaky_relu",
                                       "o": ("thresholded_relu", 0.5), "c": ("affine", 0.5, 0.25)}), [3, 1], 1),
}  # fmt: skip
SLOW = ("coupled-i", "stacked", "gru-before", "functions")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in AGAINST_JAX]
)
def test_against_jax(name):
    options, lengths, L = AGAINST_JAX[name]
    case = random_case(options, L=L, B=len(lengths or [2]), T=max(lengths or [2]) + 1, lengths=lengths)
    sections = case.sections()
    mine = {**sections["forward"], **sections["backward"]}
    theirs = recurrent_tensors(case)
    assert set(mine) == set(theirs)
    for name, array in theirs.items():
        assert mine[name].shape == array.shape
        assert relative_difference(mine[name], array) <= 1e-13, name


def test_jax_without_intermediates():
    case = random_case(Options(cell="rnn"), B=1, T=1)
    found, every = recurrent_gradients(case), recurrent_tensors(case)
    assert set(found) == {"y", "h_last", "d_x", "d_h0", *(f"layer0.forward.d_{n}" for n in ("W_x", "W_h", "b_x"))}
    assert all(relative_difference(found[name], every[name]) <= 1e-15 for name in found)
    with pytest.raises(ValueError, match="case: expected at least one row, got none"):
        recurrent_tensors(random_case(Options(cell="rnn"), B=0))


def test_what_is_refused():
    case = random_case(Options(projection=True))
    with pytest.raises(ValueError, match=r"equations: expected names among .*'d_m'.*, got 'd_v'"):
        prove_operator(case, {"d_v": "eq:x"}, rng(0))
    with pytest.raises(ValueError, match=r"oracles: expected some of .*, got \['guess'\]"):
        prove_operator(case, {"d_m": "eq:x"}, rng(0), oracles="guess")
    with pytest.raises(TypeError, match="rng: expected Generator, got int"):
        prove_operator(case, {"d_m": "eq:x"}, 1)
    with pytest.raises(TypeError, match="case: expected Case, got int"):
        prove_operator(1, {"d_m": "eq:x"}, rng(0))


@pytest.mark.parametrize("oracle", ["exact", "complex step", "JAX"])
def test_a_wrong_gradient_is_named(monkeypatch, oracle):
    case = random_case(Options(projection=True), B=1, T=1)
    true = cells.BACKWARD["lstm"]

    def wrong(tape, weights, options):
        true(tape, weights, options)
        tape["d_W_p"] = -tape["d_W_p"]

    monkeypatch.setitem(direction.BACKWARD, "lstm", wrong)
    with pytest.raises(CheckFailed, match=rf"eq:share: {oracle}: recurrent_backward\n *layer0.forward.d_W_p"):
        prove_operator(case, {"d_m": "eq:m", "d_W_p": "eq:share"}, rng(0), oracles=oracle)


@pytest.mark.parametrize("option", ["lstm-clip", "lstm-cell-clip", "lstm-projection-clip", "gru-clip"])
@pytest.mark.parametrize("oracle", ["exact", "complex step"])
def test_a_forgotten_mask_is_noticed(monkeypatch, option, oracle):
    monkeypatch.setattr(cells, "_inside", lambda d, x, bound: d)
    with pytest.raises(CheckFailed):
        prove_all(random_case(EVERY_OPTION[option], T=2), 1, oracle)


class Change(ast.NodeTransformer):
    """Changes the n-th place of a function that can be changed: a sign, or a factor left out."""

    def __init__(self, n):
        self.n, self.what = n, None

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and node.left.value == 0:
            return node  # zero in the shape of an array: whatever it multiplies
        self.n -= 1
        if self.n == 0:
            self.what = ast.unparse(node)
            swapped = {ast.Add: ast.Sub, ast.Sub: ast.Add}.get(type(node.op))
            if swapped:
                return ast.BinOp(node.left, swapped(), node.right)
            if isinstance(node.op, (ast.Mult, ast.BitOr)):
                return node.left
            if isinstance(node.op, ast.MatMult):
                return ast.UnaryOp(ast.USub(), node)
        return node


def changes(module, name):
    """Every copy of a module's function with one sign or factor changed, by what was changed."""
    source = inspect.getsource(getattr(module, name))
    for n in range(1, 1000):
        tree, change = ast.parse(source), Change(n)
        tree = ast.fix_missing_locations(change.visit(tree))
        if change.what is None:
            return
        namespace = dict(vars(module))
        exec(compile(tree, f"<{name} with {change.what} changed>", "exec"), namespace)
        yield change.what, namespace[name]


MUTATED = {
    "lstm_step_backward": [
        all_together("i", activations=None, projection_clip=3.0),
        all_together("f", activations=None),
        Options(peepholes=True),
        Options(),
    ],
    "gru_step_backward": [
        Options(cell="gru", biases=2),
        Options(cell="gru", reset="before"),
        Options(cell="gru", clip=0.5),
    ],
    "rnn_step_backward": [Options(cell="rnn", biases=2), Options(cell="rnn", clip=0.5)],
}  # fmt: skip


# The LSTM's are many: tests/book/test_operator_page.py flips a sample of their signs at every turn.
@pytest.mark.parametrize("name", [pytest.param("lstm_step_backward", marks=pytest.mark.slow), *list(MUTATED)[1:]])
def test_no_changed_sign_or_factor_of_a_cell_survives(monkeypatch, name):
    cases = [random_case(options, T=2, seed=3) for options in MUTATED[name]]
    survivors = []
    for what, changed in changes(cells, name):
        monkeypatch.setitem(direction.BACKWARD, name.split("_")[0], changed)
        if not any(fails(case) for case in cases):
            survivors.append(what)
    assert survivors == []


@pytest.mark.parametrize("name", ["input_backward", "_inside"])
def test_no_changed_sign_or_factor_of_their_common_parts_survives(monkeypatch, name):
    cases = [random_case(Options(clip=0.5, biases=2), T=2, seed=3)]
    survivors = []
    for what, changed in changes(cells, name):
        monkeypatch.setattr(cells, name, changed)
        if not any(fails(case) for case in cases):
            survivors.append(what)
    assert survivors == []


@pytest.mark.parametrize("name", activations._SLOPES)
def test_a_wrong_slope_fails(monkeypatch, name):
    options = EVERY_OPTION[f"rnn-h-{name}"]
    true = activations._SLOPES[name]
    monkeypatch.setitem(activations._SLOPES, name, lambda *a: true(*a) / 2)
    assert fails(random_case(options, seed=2, B=3))


def fails(case):
    try:
        prove_all(case, 5, "complex step")
    except (CheckFailed, ValueError):  # the latter for a result of the wrong shape
        return True
    return False
