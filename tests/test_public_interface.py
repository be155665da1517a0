"""The names that others rely on: what they are called, what they take, and what they say of themselves."""

import dataclasses
import importlib
import inspect
import pkgutil
import re

import numpy as np
import pytest

import lstmderiv
from lstmderiv import interchange, running_example, verify

# As the design fixes them: benchmarks and outside tests call these.
SIGNATURES = {
    "softmax": "(logits)",
    "log_softmax": "(logits)",
    "softmax_jacobian": "(p)",
    "softmax_backward": "(d_p, p)",
    "cross_entropy": "(logits, labels, mask=None)",
    "cross_entropy_backward": "(logits, labels, mask=None)",
    "dense": "(x, W, b)",
    "dense_backward": "(d_y, x, W)",
    "LSTMParameters": "(W, b)",
    "lstm_cell": "(x, h, c, parameters, *, forget_bias=0.0)",
    "lstm_cell_backward": "(d_h, d_c, trace, parameters)",
    "lstm": "(x, parameters, h0=None, c0=None, *, forget_bias=0.0, lengths=None, reverse=False)",
    "lstm_backward": "(d_h, trace, d_h_last=None, d_c_last=None)",
    "stacked_lstm": "(x, parameters, h0=None, c0=None, *, forget_bias=0.0, lengths=None, reverse=False)",
    "stacked_lstm_backward": "(d_h, trace, d_h_last=None, d_c_last=None)",
    "bidirectional_lstm": (
        "(x, forward_parameters, backward_parameters, h0=None, c0=None, *, forget_bias=0.0, lengths=None)"
    ),
    "bidirectional_lstm_backward": "(d_h, trace, d_h_last=None, d_c_last=None)",
    "sigmoid": "(x)",
    "sigmoid_backward": "(d_y, y)",
    "tanh": "(x)",
    "tanh_backward": "(d_y, y)",
    "one_hot": "(labels, size, dtype=<class 'numpy.float64'>)",
    "embedding": "(ids, table)",
    "embedding_backward": "(d_x, ids, vocabulary_size)",
    "gradient_descent": "(parameters, gradients, learning_rate)",
    "global_norm": "(gradients)",
    "clip_by_global_norm": "(gradients, max_norm)",
    "RNNParameters": "(W, b)",
    "rnn_cell": "(x, h, parameters)",
    "rnn_cell_backward": "(d_h, trace, parameters)",
    "rnn": "(x, parameters, h0=None, *, lengths=None, reverse=False)",
    "rnn_backward": "(d_h, trace, d_h_last=None)",
    "rnn_state_jacobian": "(trace, parameters)",
    "lstm_state_jacobian": "(trace, parameters)",
    "state_jacobian_products": "(jacobians)",
    "adam": (
        "(parameters, gradients, learning_rate, state=None, *, decay_mean=0.9, decay_square=0.999, epsilon=1e-08)"
    ),
    "language_model": "(ids, targets, parameters, h0=None, c0=None, *, forget_bias=1.0, lengths=None)",
    "language_model_backward": "(trace)",
    "LSTMCell": (
        "(hidden_size, *, kernel_initializer=None, bias_initializer=None, forget_bias=0.0,"
        " debug=False, backpassdebug=False)"
    ),
    "PeepholeParameters": "(W, b, p_f, p_i, p_o)",
    "peephole_lstm_cell": "(x, h, c, parameters, *, forget_bias=0.0)",
    "peephole_lstm_cell_backward": "(d_h, d_c, trace, parameters)",
    "peephole_lstm": "(x, parameters, h0=None, c0=None, *, forget_bias=0.0, lengths=None, reverse=False)",
    "peephole_lstm_backward": "(d_h, trace, d_h_last=None, d_c_last=None)",
    "GRUParameters": "(W, b, b_gh=None, reset='after')",
    "gru_cell": "(x, h, parameters)",
    "gru_cell_backward": "(d_h, trace, parameters)",
    "gru": "(x, parameters, h0=None, *, lengths=None, reverse=False)",
    "gru_backward": "(d_h, trace, d_h_last=None)",
    "layer_norm": "(x, gain, shift, *, epsilon=1e-12)",
    "layer_norm_backward": "(d_y, trace)",
    "LayerNormLSTMParameters": "(W, gain=None, shift=None)",
    "layer_norm_lstm_cell": "(x, h, c, parameters, *, forget_bias=0.0, epsilon=1e-12)",
    "layer_norm_lstm_cell_backward": "(d_h, d_c, trace, parameters)",
    "layer_norm_lstm": (
        "(x, parameters, h0=None, c0=None, *, forget_bias=0.0, epsilon=1e-12, lengths=None, reverse=False)"
    ),
    "layer_norm_lstm_backward": "(d_h, trace, d_h_last=None, d_c_last=None)",
    "MultiRNNCell": "(cells, *, debug=False, backpassdebug=False)",
    "BidirectionalLSTM": "(forward_cell, backward_cell, *, debug=False, backpassdebug=False)",
    "Dense": "(size, *, kernel_initializer=None, bias_initializer=None, debug=False, backpassdebug=False)",
}
FIELDS = {
    "LSTMCellTrace": "x h_prev c_prev z a_f a_i a_g a_o f i g o c tanh_c h",
    "LSTMCellGradients": "x h c W b d_h d_c d_tanh_c d_o d_f d_i d_g d_a_f d_a_i d_a_g d_a_o d_z",
    "LSTMTrace": (
        "x h c h0 c0 h_last c_last h_prev c_prev f i g o a_f a_i a_g a_o tanh_c parameters active reverse"
        " x_steps a_steps gate_steps tanh_c_steps h_steps c_steps"
    ),
    "LSTMGradients": (
        "x h0 c0 W b d_h d_c d_f d_i d_g d_o d_a_f d_a_i d_a_g d_a_o d_h_prev d_c_prev parameters"
        " d_h_steps d_c_steps d_gate_steps d_a_steps d_h_prev_steps d_c_prev_steps"
    ),
    "LanguageModelTrace": "ids targets mask lstm logits step_losses mean_loss parameters",
    "LanguageModelGradients": "d_step_losses d_logits output lstm parameters",
    "StackedLSTMTrace": "layers x h c h_last c_last h0 c0 parameters",
    "StackedLSTMGradients": "layers x h0 c0 W b",
    "BidirectionalLSTMTrace": "forward backward h h_last c_last x h0 c0",
    "BidirectionalLSTMGradients": "forward backward x h0 c0",
    "DenseGradients": "x W b",
    "LayerNormTrace": "mean deviation variance root normalised y gain",
    "LayerNormGradients": "x gain shift d_normalised d_root d_variance d_deviation d_mean",
    "LayerNormLSTMCellTrace": (
        "x h_prev c_prev z s_f s_i s_g s_o n_f n_i n_g n_o root_f root_i root_g root_o a_f a_i a_g a_o f i g o"
        " s_c n_c root_c c tanh_c h"
    ),
    "LayerNormLSTMCellGradients": (
        "x h c W gain shift d_h d_c d_tanh_c d_n_c d_s_c d_f d_i d_g d_o d_a_f d_a_i d_a_g d_a_o"
        " d_n_f d_n_i d_n_g d_n_o d_s_f d_s_i d_s_g d_s_o d_z"
    ),
    "LayerNormLSTMTrace": "steps x h0 c0 h_last c_last parameters active reverse h c",
    "LayerNormLSTMGradients": "x h0 c0 W gain shift steps",
    "LayerNormLSTMParameters": (
        "W gain shift hidden_size input_size W_f W_i W_g W_o gain_f gain_i gain_g gain_o gain_c"
        " shift_f shift_i shift_g shift_o shift_c"
    ),
    "LSTMParameters": "W b hidden_size input_size W_f W_i W_g W_o b_f b_i b_g b_o",
    "PeepholeParameters": "W b p_f p_i p_o hidden_size input_size W_f W_i W_g W_o b_f b_i b_g b_o",
    "PeepholeCellTrace": "x h_prev c_prev z a_f a_i a_g a_o f i g o c tanh_c h",
    "PeepholeCellGradients": "x h c W b p_f p_i p_o d_h d_c d_tanh_c d_o d_f d_i d_g d_a_f d_a_i d_a_g d_a_o d_z",
    "PeepholeTrace": (
        "steps x h0 c0 h_last c_last parameters active reverse h c f i g o a_f a_i a_g a_o tanh_c h_prev c_prev"
    ),
    "PeepholeGradients": (
        "x h0 c0 W b p_f p_i p_o steps d_h d_c d_f d_i d_g d_o d_a_f d_a_i d_a_g d_a_o d_h_prev d_c_prev"
    ),
    "GRUParameters": "W b b_gh reset hidden_size input_size W_r W_u W_g W_gx W_gh b_r b_u b_g",
    "GRUCellTrace": "x h_prev z a_r a_u a_g r u g s z_g v h",
    "GRUCellGradients": "x h W b b_gh d_h d_r d_u d_g d_a_r d_a_u d_a_g d_s d_z_g d_v d_z",
    "GRUTrace": "steps x h0 h_last parameters active reverse h r u g a_r a_u a_g h_prev s v",
    "GRUGradients": "x h0 W b b_gh steps d_h d_r d_u d_g d_a_r d_a_u d_a_g d_h_prev",
    "RNNCellTrace": "x h_prev z a h",
    "RNNCellGradients": "x h W b d_h d_a d_z",
    "RNNTrace": "x h h0 h_last h_prev a parameters active reverse x_steps a_steps h_steps",
    "RNNGradients": "x h0 W b d_h d_a d_h_prev parameters d_h_steps d_a_steps d_h_prev_steps",
    "RNNParameters": "W b hidden_size input_size W_x W_h",
    "AdamState": "steps means squares",
}
MODULES = [
    importlib.import_module(info.name) for info in pkgutil.walk_packages(lstmderiv.__path__, f"{lstmderiv.__name__}.")
]


def exported(kind):
    places = (lstmderiv, running_example, verify, interchange)
    found = {(place.__name__, name): getattr(place, name) for place in places for name in place.__all__}
    return [pytest.param(value, id=".".join(key)) for key, value in found.items() if kind(value)]


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name):
    # The fields' types are not part of the promise.
    parameters = [
        p.replace(annotation=p.empty) for p in inspect.signature(getattr(lstmderiv, name)).parameters.values()
    ]
    assert str(inspect.Signature(parameters)) == SIGNATURES[name]


def test_every_public_name_is_known_here():
    assert set(lstmderiv.__all__) == {*SIGNATURES, *FIELDS, "ArgumentError", "ArgumentTypeError", "Constant", "Uniform"}
    assert lstmderiv.__all__ == sorted(lstmderiv.__all__)
    assert re.fullmatch(r"\d+\.\d+\.\d+", lstmderiv.__version__)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_modules_say_what_they_export(module):
    assert module.__doc__
    assert all(hasattr(module, name) for name in getattr(module, "__all__", ()))


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name):
    container = getattr(lstmderiv, name)
    fields = (
        [f.name for f in dataclasses.fields(container)] if dataclasses.is_dataclass(container) else container._fields
    )
    for field in FIELDS[name].split():
        assert field in fields or isinstance(getattr(container, field, None), property), field
        assert re.search(rf"\b{field}\b", container.__doc__), f"{field} is not described"
    assert set(fields) <= set(FIELDS[name].split())


@pytest.mark.parametrize("name", sorted(interchange.__all__))
def test_fields_for_implementers(name):
    container = getattr(interchange, name)
    if dataclasses.is_dataclass(container):
        for field in dataclasses.fields(container):
            assert re.search(rf"\b{field.name}\b", container.__doc__), f"{field.name} is not described"


def section(documentation, title):
    match = re.search(rf"^{title}\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", documentation, re.MULTILINE | re.DOTALL)
    assert match, f"no section {title}"
    return match[1]


@pytest.mark.parametrize("function", exported(inspect.isfunction))
def test_docstrings(function):
    documentation = inspect.getdoc(function)
    summary = documentation.split("\n", 1)[0]
    assert summary.endswith("."), summary
    section(documentation, "Returns")
    parameters = inspect.signature(function).parameters
    if parameters:
        section(documentation, "Raises")
        described = re.findall(r"^(\S[^:\n]*)(?: :|$)", section(documentation, "Parameters"), re.MULTILINE)
        described = [name.strip().lstrip("*") for names in described for name in names.split(",")]
        assert described == list(parameters)


@pytest.mark.parametrize("cls", exported(inspect.isclass))
def test_docstrings_of_classes(cls):
    documentation = inspect.getdoc(cls)
    assert documentation and documentation.split("\n", 1)[0].rstrip().endswith(".")
    if not issubclass(cls, BaseException):
        assert re.search(r"^(Parameters|Attributes)\n-+\n", documentation, re.MULTILINE)


def containers():
    found = {
        cls
        for module in MODULES
        for cls in vars(module).values()
        if inspect.isclass(cls) and cls.__module__ == module.__name__ and dataclasses.is_dataclass(cls)
    }
    return sorted(found, key=lambda cls: cls.__name__)


@pytest.mark.parametrize("cls", containers())
def test_containers_are_frozen(cls):
    assert cls.__dataclass_params__.frozen
    container = object.__new__(cls)
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(container, dataclasses.fields(cls)[0].name, None)


def test_containers_compare_by_identity():
    # Comparing arrays field by field would give an array where a truth value is asked for.
    parameters = lstmderiv.LSTMParameters(np.ones((4, 2)), np.ones(4))
    assert parameters == parameters
    assert parameters != lstmderiv.LSTMParameters(np.ones((4, 2)), np.ones(4))
    assert len({parameters, parameters}) == 1
