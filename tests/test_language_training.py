import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import NOT_A_REAL_NUMBER, NOT_A_SIZE, not_integers, refused, seeds

from lstmderiv import language_model
from lstmderiv.language_model import initial_parameters, perplexity
from lstmderiv.language_training import batches, train

# Four words in turn, but for a fifth one now and then.
TEXT = np.array([0, 1, 2, 3] * 5 + [4] + [0, 1, 2, 3] * 5)
SETTINGS = {"epochs": 3, "batch_size": 2, "window": 6, "learning_rate": 1.0, "max_norm": 1.0}


def start(seed=0):
    return initial_parameters(5, 3, 8, np.random.default_rng(seed))


def arrays(p):
    return [p["embedding"], p["lstm"].W, p["lstm"].b, p["output"]["W"], p["output"]["b"]]


def same(p, q):
    return all(np.array_equal(a, b) for a, b in zip(arrays(p), arrays(q)))


@given(st.integers(2, 60), st.integers(1, 7), st.integers(1, 9), seeds)
def test_every_word_but_the_first_is_a_target_once(L, batch_size, window, seed):
    ids = np.random.default_rng(seed).permutation(L) + 100  # all different: each tells where it stood
    read, wanted = [], []
    dealt = batches(ids, batch_size, window, np.random.default_rng(seed))
    for batch in dealt:
        assert batch.ids.shape == batch.targets.shape == (len(batch.lengths), window)
        for row, targets, length in zip(*batch):
            assert 1 <= length <= window
            assert not row[length:].any() and not targets[length:].any()
            assert np.array_equal(row[1:length], targets[: length - 1])  # words in a row of the text
            read += row[:length].tolist()
            wanted += targets[:length].tolist()
    follows = dict(zip(ids[:-1].tolist(), ids[1:].tolist()))
    assert sorted(read) == sorted(ids[:-1].tolist())
    assert [follows[word] for word in read] == wanted
    assert all(len(batch.lengths) == batch_size for batch in dealt[:-1])


def test_windows_are_shuffled_and_cut_anew():
    rng = np.random.default_rng(0)
    one, other = (np.concatenate([b.ids for b in batches(np.arange(100), 4, 10, rng)]) for _ in range(2))
    assert one.shape != other.shape or not np.array_equal(one, other)
    assert set(one[:, 0]) != set(other[:, 0])
    assert one[:, 0].tolist() != sorted(one[:, 0])


def test_training_lowers_the_loss_and_learns_the_turn():
    held_out = np.array([0, 1, 2, 3] * 4)
    trained, history = train(
        start(), TEXT, **{**SETTINGS, "epochs": 60}, rng=np.random.default_rng(1), held_out=held_out
    )
    assert history.losses[-1] < history.losses[0] / 3
    assert perplexity(held_out, trained) < 1.3 < 4 < perplexity(held_out, start())
    assert history.held_out_losses[-1] == pytest.approx(np.log(perplexity(held_out, trained)), rel=1e-12)
    assert history.losses.shape == history.held_out_losses.shape == (60,)


def test_the_loss_of_an_epoch_is_the_mean_over_its_steps():
    # Rate 0: every update leaves the parameters where they are.
    settings = {**SETTINGS, "epochs": 1, "learning_rate": 0.0}
    kept, history = train(start(), TEXT, **settings, rng=np.random.default_rng(2))
    assert same(kept, start()) and history.held_out_losses is None
    losses = [
        language_model(b.ids, b.targets, start(), lengths=b.lengths).step_losses
        for b in batches(TEXT, 2, 6, np.random.default_rng(2))
    ]
    assert history.losses[0] == pytest.approx(sum(each.sum() for each in losses) / (len(TEXT) - 1), rel=1e-14)
    assert len(history.norms) == len(losses)


def test_one_seed_one_result():
    runs = [train(start(), TEXT, **SETTINGS, rng=np.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert same(runs[0][0], runs[1][0]) and np.array_equal(runs[0][1].norms, runs[1][1].norms)
    assert not same(runs[0][0], runs[2][0])


def test_training_can_be_gone_on_with():
    whole, _ = train(start(), TEXT, **SETTINGS, rng=np.random.default_rng(3))
    rng = np.random.default_rng(3)
    half, _ = train(start(), TEXT, **{**SETTINGS, "epochs": 1}, rng=rng)
    rest, _ = train(half, TEXT, **{**SETTINGS, "epochs": 2}, rng=rng)
    assert same(whole, rest)


def test_measuring_and_not_training_change_nothing():
    p = start()
    measured, _ = train(p, TEXT, **SETTINGS, rng=np.random.default_rng(3), held_out=TEXT[:5])
    assert same(p, start())
    assert same(measured, train(p, TEXT, **SETTINGS, rng=np.random.default_rng(3))[0])
    kept, history = train(p, TEXT, **{**SETTINGS, "epochs": 0}, rng=np.random.default_rng(3))
    assert same(kept, p) and history.losses.shape == history.norms.shape == (0,)


def test_clipping_bounds_the_step():
    rng = np.random.default_rng(3)
    settings = {**SETTINGS, "epochs": 1, "batch_size": 100, "window": 100, "max_norm": 0.01}
    moved, history = train(start(), TEXT, **settings, rng=rng)
    steps = len(history.norms)
    length = np.sqrt(sum(((a - b) ** 2).sum() for a, b in zip(arrays(moved), arrays(start()))))
    assert (history.norms > 0.01).all() and length <= 0.01 * steps * (1 + 1e-12)


NOT_A_TEXT = [*not_integers((4,)), ([1], ValueError), ([[1, 2]], ValueError)]
RNG = [(0, TypeError), (None, TypeError)]
test_batches_refuses = refused(
    batches,
    {"ids": TEXT, "batch_size": 2, "window": 3, "rng": np.random.default_rng(0)},
    {"ids": [*NOT_A_TEXT, ([1, -1], ValueError)], "batch_size": NOT_A_SIZE, "window": NOT_A_SIZE, "rng": RNG},
)
test_train_refuses = refused(
    train,
    {"parameters": start(), "ids": TEXT, **SETTINGS, "epochs": 1, "rng": np.random.default_rng(0)},
    {
        "parameters": [(None, TypeError), ({}, ValueError)],
        "ids": [*NOT_A_TEXT, (TEXT + 1, ValueError)],
        "epochs": [(-1, ValueError), (1.0, TypeError), (True, TypeError)],
        "batch_size": NOT_A_SIZE,
        "window": NOT_A_SIZE,
        "learning_rate": [*NOT_A_REAL_NUMBER, (-1.0, ValueError)],
        "max_norm": [*NOT_A_REAL_NUMBER, (0.0, ValueError)],
        "rng": RNG,
        "held_out": [pair for pair in NOT_A_TEXT if pair[0] is not None],
        "forget_bias": NOT_A_REAL_NUMBER,
    },
)
