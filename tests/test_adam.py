import numpy as np
import pytest
from hypothesis import given, settings
from support import NOT_A_REAL_NUMBER, assert_pure, random, random_parameters, random_rnn_parameters, refused, seeds

from lstmderiv import AdamState, LSTMParameters, RNNParameters, adam

PARAMETERS, GRADIENTS = random_parameters(3, 2), random_parameters(3, 2, 7)
_, STATE = adam(PARAMETERS, GRADIENTS, 0.1)


def test_the_first_step_by_hand():
    # Both running means are corrected to the gradient and its square: the step is the rate, against the sign.
    new, state = adam(np.array([1.0, 2.0, 3.0]), [10.0, -0.01, 0.0], 0.5, epsilon=1e-12)
    np.testing.assert_allclose(new, [0.5, 2.5, 3.0], rtol=1e-9)
    np.testing.assert_allclose(state.means[0], [1.0, -0.001, 0])
    np.testing.assert_allclose(state.squares[0], [0.1, 1e-7, 0])
    assert state.steps == 1


@settings(max_examples=10)
@given(seeds)
def test_equals_jax(seed):
    import jax
    from jax.example_libraries.optimizers import adam as foreign

    gradients = random((20, 3, 4), seed) * np.exp(random((20, 3, 4), seed + 1))
    start = random((3, 4), seed + 2)
    with jax.enable_x64(True):
        init, update, read = foreign(0.1, b1=0.8, b2=0.99, eps=1e-6)
        theirs = init(start)
        mine, state = start, None
        for step, gradient in enumerate(gradients):
            theirs = update(step, gradient, theirs)
            mine, state = adam(mine, gradient, 0.1, state, decay_mean=0.8, decay_square=0.99, epsilon=1e-6)
        expected = np.asarray(read(theirs))
    np.testing.assert_allclose(mine, expected, rtol=1e-11, atol=1e-12)
    assert state.steps == 20


def test_structures_and_dtypes_are_kept():
    plain = random_rnn_parameters(3, 2, dtype=np.float32)
    tree = {"lstm": PARAMETERS, "rnn": plain, "output": [np.ones(3), (np.full(1, 2.0),)]}
    gradients = {"rnn": plain, "lstm": GRADIENTS, "output": [np.ones(3), [np.full(1, -1.0)]]}
    new, state = adam(tree, gradients, 0.5)
    assert isinstance(new["lstm"], LSTMParameters) and isinstance(new["rnn"], RNNParameters)
    assert new["rnn"].W.dtype == np.float32 and isinstance(new["output"][1], tuple)
    first = 0.5 * GRADIENTS.W / (np.abs(GRADIENTS.W) + 1e-8)
    np.testing.assert_allclose(new["lstm"].W, PARAMETERS.W - first, rtol=1e-9)
    np.testing.assert_allclose(new["output"][0], 0.5, rtol=1e-6)
    np.testing.assert_allclose(new["output"][1][0], 2.5, rtol=1e-6)
    again, state = adam(new, gradients, 0.5, state)
    assert state.steps == 2 and list(again) == ["lstm", "rnn", "output"]
    assert adam([], [], 1)[0] == []


def test_pure():
    mean, square = STATE.means[0].copy(), STATE.squares[0].copy()
    assert_pure(lambda W, d_W: adam(W, d_W, 0.1)[0], PARAMETERS.W, GRADIENTS.W)
    adam(PARAMETERS, GRADIENTS, 0.1, STATE)
    np.testing.assert_array_equal(STATE.means[0], mean)
    np.testing.assert_array_equal(STATE.squares[0], square)


DECAYS = [*NOT_A_REAL_NUMBER, (1.0, ValueError), (-0.1, ValueError)]
test_adam_refuses = refused(
    adam,
    {
        "parameters": PARAMETERS,
        "gradients": GRADIENTS,
        "learning_rate": 0.1,
        "state": STATE,
        "decay_mean": 0.9,
        "decay_square": 0.999,
        "epsilon": 1e-8,
    },
    {
        "gradients": [
            (np.ones(3), TypeError),
            (random_parameters(2, 2), ValueError),
            (LSTMParameters(1j * GRADIENTS.W, GRADIENTS.b), TypeError),
        ],
        "learning_rate": [*NOT_A_REAL_NUMBER, (-1, ValueError)],
        "state": [
            ((1, 2), TypeError),
            (AdamState(1, (), ()), ValueError),
            (adam(random_parameters(2, 2), random_parameters(2, 2), 1)[1], ValueError),
        ],
        "decay_mean": DECAYS,
        "decay_square": DECAYS,
        "epsilon": [*NOT_A_REAL_NUMBER, (0, ValueError)],
    },
)


def test_complex_parameters_are_refused():
    with pytest.raises(TypeError, match="gradients: expected real numbers, got dtype complex128"):
        adam(np.ones(2, complex), np.ones(2), 0.1)
