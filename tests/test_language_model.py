import numpy as np
import pytest
from hypothesis import given, settings
from proveq import CheckFailed, edited
from support import (
    FLOAT_TYPES,
    NOT_A_REAL_NUMBER,
    NOT_A_SIZE,
    assert_gradient,
    misshapen,
    not_finite,
    not_integers,
    not_numbers,
    out_of_range,
    random,
    random_parameters,
    refused,
    seeds,
    sizes,
)

from lstmderiv import (
    LSTMParameters,
    clip_by_global_norm,
    gradient_descent,
    language_model,
    language_model_backward,
    log_softmax,
    lstm_cell,
)
from lstmderiv.language_model import initial_parameters, perplexity
from lstmderiv.verify import prove

V, D, H = 5, 2, 3
IDS, TARGETS = np.array([[1, 3, 1], [0, 4, 2]]), np.array([[3, 1, 0], [4, 2, 2]])
CLAIMS = {name: f"eq:{name}" for name in "d_step_losses d_logits d_h d_x d_table d_W d_b d_W_y d_b_y d_h0 d_c0".split()}


def parameters(seed=0, dtype=np.float64, V=V, D=D, H=H):
    cell = random_parameters(D, H, seed + 1, dtype)
    output = {"W": random((H, V), seed + 2, dtype), "b": random((V,), seed + 3, dtype)}
    return {"embedding": random((V, D), seed, dtype), "lstm": cell, "output": output}


def leaves(tree):
    return [tree["embedding"], tree["lstm"].W, tree["lstm"].b, tree["output"]["W"], tree["output"]["b"]]


def from_leaves(table, W, b, W_y, b_y):
    return {"embedding": table, "lstm": LSTMParameters(W, b), "output": {"W": W_y, "b": b_y}}


def by_hand(ids, targets, p, lengths, forget_bias):
    """The losses that count, in a list: word by word and row by row, with the one-step cell."""
    losses = []
    for row, wanted, length in zip(ids, targets, lengths):
        h = c = np.zeros((1, p["lstm"].hidden_size))
        for word, target in zip(row[:length], wanted[:length]):
            step = lstm_cell(p["embedding"][word][None], h, c, p["lstm"], forget_bias=forget_bias)
            h, c = step.h, step.c
            losses.append(-log_softmax(h @ p["output"]["W"] + p["output"]["b"])[0, target])
    return losses


def test_losses_are_those_of_single_steps_and_padding_does_not_count():
    p, lengths = parameters(), [3, 1]
    trace = language_model(IDS, TARGETS, p, forget_bias=0.5, lengths=lengths)
    losses = by_hand(IDS, TARGETS, p, lengths, 0.5)
    np.testing.assert_allclose(trace.step_losses[0], losses[:3], rtol=1e-13)
    np.testing.assert_allclose(trace.step_losses[1], [losses[3], 0, 0], rtol=1e-13)
    np.testing.assert_allclose(trace.mean_loss, np.mean(losses), rtol=1e-13)
    assert trace.mask.tolist() == [[1, 1, 1], [1, 0, 0]]


def test_what_stands_in_padding_is_not_looked_at():
    p = parameters()
    one = language_model(IDS, TARGETS, p, lengths=[3, 1])
    ids, targets = IDS.copy(), TARGETS.copy()
    ids[1, 1:], targets[1, 1:] = -7, 99
    other = language_model(ids, targets, p, lengths=[3, 1])
    assert other.mean_loss == one.mean_loss
    pairs = zip(*(leaves(language_model_backward(trace).parameters) for trace in (one, other)))
    assert all(np.array_equal(a, b) for a, b in pairs)


def test_states_can_be_carried_on():
    p, text = parameters(), np.array([[1, 3, 1, 0, 4, 2, 2]])
    whole = language_model(text[:, :-1], text[:, 1:], p)
    first = language_model(text[:, :3], text[:, 1:4], p)
    rest = language_model(text[:, 3:-1], text[:, 4:], p, first.lstm.h_last, first.lstm.c_last)
    np.testing.assert_allclose(np.hstack([first.step_losses, rest.step_losses]), whole.step_losses, rtol=1e-13)


@pytest.mark.parametrize("subject", ["language_model", "language_model, lengths"])
def test_gradients_by_every_oracle(subject):
    prove(language_model_backward, CLAIMS, np.random.default_rng(1), subject=subject)


@pytest.mark.sampled(3)
@pytest.mark.parametrize(
    "old, new",
    [
        ("mask.sum()", "mask.size"),
        ("lstm_backward(output.x,", "lstm_backward(None,"),
        ("mask / count", "mask * count"),
    ],
)
def test_a_wrong_backward_pass_is_noticed(old, new):
    broken = edited(language_model_backward, old, new)
    for oracle in ("exact", "complex step", "JAX"):
        with pytest.raises(CheckFailed):
            prove(broken, CLAIMS, np.random.default_rng(1), subject="language_model, lengths", oracles=oracle)


@settings(max_examples=15, deadline=None)
@given(sizes, sizes, sizes, sizes, sizes, seeds)
def test_gradients_by_complex_step(B, T, V, D, H, seed):
    rng = np.random.default_rng(seed)
    p = parameters(seed % 1000, V=V, D=D, H=H)
    ids, targets, lengths = rng.integers(0, V, (B, T)), rng.integers(0, V, (B, T)), rng.integers(0, T + 1, B)
    lengths[0] = T
    gradients = language_model_backward(language_model(ids, targets, p, lengths=lengths)).parameters
    for k, gradient in enumerate(leaves(gradients)):

        def loss(value, k=k):
            changed = from_leaves(*(value if k == j else leaf for j, leaf in enumerate(leaves(p))))
            return language_model(ids, targets, changed, lengths=lengths).mean_loss

        if (
            np.linalg.norm(gradient) > 1e-8
        ):  # with one word in the vocabulary, or next to it, nothing is left but rounding
            assert_gradient(gradient, loss, leaves(p)[k], 1e-12)


@pytest.mark.parametrize("dtype", FLOAT_TYPES)
def test_dtype_is_kept(dtype):
    trace = language_model(IDS, TARGETS, parameters(dtype=dtype), lengths=[3, 2])
    assert trace.step_losses.dtype == trace.mean_loss.dtype == trace.logits.dtype == dtype
    gradients = language_model_backward(trace)
    assert {leaf.dtype for leaf in leaves(gradients.parameters)} == {np.dtype(dtype)}


def test_nothing_given_is_changed():
    p, lengths = parameters(), np.array([3, 1])
    before = [leaf.copy() for leaf in leaves(p)]
    given = [IDS.copy(), TARGETS.copy(), lengths.copy()]
    language_model_backward(language_model(IDS, TARGETS, p, lengths=lengths))
    assert all(np.array_equal(a, b) for a, b in zip(leaves(p), before))
    assert all(np.array_equal(a, b) for a, b in zip((IDS, TARGETS, lengths), given))


def test_gradients_fit_the_optimizer():
    p = parameters()
    trace = language_model(IDS, TARGETS, p)
    clipped, norm = clip_by_global_norm(language_model_backward(trace).parameters, 0.1)
    moved = gradient_descent(p, clipped, 0.1)
    assert norm > 0.1
    assert language_model(IDS, TARGETS, moved).mean_loss < trace.mean_loss


def test_perplexity_of_a_uniform_model_is_the_size_of_the_vocabulary():
    p = parameters()
    uniform = {**p, "output": {"W": 0 * p["output"]["W"], "b": 0 * p["output"]["b"]}}
    assert perplexity([1, 3, 1, 0], uniform) == pytest.approx(V, rel=1e-14)


def test_perplexity_is_the_exponential_of_the_mean_loss():
    text, p = np.array([1, 3, 1, 0, 4]), parameters()
    losses = by_hand(text[None, :-1], text[None, 1:], p, [4], 0.25)
    assert perplexity(text, p, forget_bias=0.25) == pytest.approx(np.exp(np.mean(losses)), rel=1e-13)


def test_initial_parameters():
    p = initial_parameters(V, D, H, np.random.default_rng(3))
    assert [leaf.shape for leaf in leaves(p)] == [(V, D), (4 * H, D + H), (4 * H,), (H, V), (V,)]
    assert not p["lstm"].b.any() and not p["output"]["b"].any()
    same = initial_parameters(V, D, H, np.random.default_rng(3))
    assert all(np.array_equal(a, b) for a, b in zip(leaves(p), leaves(same)))


def with_part(name, value):
    p = parameters()
    if name == "output":
        return {**p, "output": {**p["output"], **value}}
    return {**p, name: value}


NOT_WORDS = [*not_integers((2, 3)), *out_of_range((2, 3), -1, V), (np.zeros(3, int), ValueError)]
test_language_model_refuses = refused(
    language_model,
    {"ids": IDS, "targets": TARGETS, "parameters": parameters(), "lengths": [3, 3]},
    {
        "ids": NOT_WORDS,
        "targets": [*NOT_WORDS, (np.zeros((2, 4), int), ValueError)],
        "h0": [*not_numbers((2, H), none=False), *not_finite((2, H)), *misshapen((2, H))],
        "c0": [*not_numbers((2, H), none=False), *not_finite((2, H)), *misshapen((2, H))],
        "forget_bias": NOT_A_REAL_NUMBER,
        "lengths": [
            *(pair for pair in not_integers((2,)) if pair[0] is not None),
            *out_of_range((2,), -1, 4),
            ([3], ValueError),
        ],
    },
)
test_parameters_are_checked = refused(
    lambda parameters: language_model(IDS, TARGETS, parameters),
    {"parameters": parameters()},
    {
        "parameters": [
            (None, TypeError),
            ({"embedding": 1}, ValueError),
            (with_part("lstm", None), TypeError),
            (with_part("embedding", "text"), TypeError),
            (with_part("embedding", np.ones((V, D + 1))), ValueError),
            (with_part("output", {"W": np.ones((H + 1, V))}), ValueError),
            (with_part("output", {"W": np.ones((H, V + 1))}), ValueError),
            (with_part("output", {"b": np.ones(V + 1)}), ValueError),
            (with_part("output", {"b": np.full(V, np.nan)}), ValueError),
            (with_part("output", {"more": 1}), ValueError),
        ]
    },
)
test_initial_parameters_refuses = refused(
    initial_parameters,
    {"vocabulary_size": V, "embedding_size": D, "hidden_size": H, "rng": np.random.default_rng(0)},
    {
        "vocabulary_size": NOT_A_SIZE,
        "embedding_size": NOT_A_SIZE,
        "hidden_size": NOT_A_SIZE,
        "rng": [(0, TypeError), (None, TypeError)],
    },
)


@pytest.mark.parametrize("lengths", [[0, 0], []])
def test_some_step_must_count(lengths):
    with pytest.raises(ValueError, match="ids: expected at least one step that counts, got shape"):
        language_model(
            np.zeros((len(lengths), 3), int), np.zeros((len(lengths), 3), int), parameters(), lengths=lengths
        )


def test_a_text_of_one_word_has_no_perplexity():
    with pytest.raises(ValueError, match="ids: expected at least two words, got 1"):
        perplexity([1], parameters())


def test_backward_needs_a_trace():
    with pytest.raises(TypeError, match="trace: expected LanguageModelTrace, got dict"):
        language_model_backward({})
