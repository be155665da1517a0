import json
from pathlib import Path

import numpy as np
import pytest
from proveq import published
from support import assert_gradient, not_integers, out_of_range, refused

from lstmderiv import LSTMParameters, running_example
from lstmderiv.running_example import (
    VOCABULARY,
    initial_parameters,
    predict,
    predict_backward,
    train,
    windows,
)

GOLDEN = json.loads((Path(__file__).parent / "data" / "unidirectional.json").read_text(encoding="utf-8"))
IDS = np.array([[GOLDEN["vocabulary"][word] for word in step["tokens"]] for step in GOLDEN["steps"]])
TARGETS = np.array([GOLDEN["vocabulary"][step["target"]] for step in GOLDEN["steps"]])
# The figures agree to 1e-15; the file's own promise is 1e-12.
TOLERANCE = {"rtol": 0, "atol": 1e-12}
TENSORFLOW = "TensorFlow, LSTM Part 4"


def by_golden_name(parameters):
    return {
        "forward.0.W": parameters["lstm"].W,
        "forward.0.b": parameters["lstm"].b,
        "output.W": parameters["output"]["W"],
        "output.b": parameters["output"]["b"],
    }


def test_the_example_is_that_of_the_series():
    assert running_example.TEXT == GOLDEN["text"]
    assert {word: k for k, word in enumerate(VOCABULARY)} == GOLDEN["vocabulary"]
    assert running_example.HIDDEN_SIZE == GOLDEN["hidden_size"] and running_example.WINDOW == GOLDEN["window"]
    assert running_example.LEARNING_RATE == GOLDEN["learning_rate"]
    assert running_example.FORGET_BIAS == GOLDEN["forget_bias"]
    for name, array in by_golden_name(initial_parameters()).items():
        np.testing.assert_array_equal(array, GOLDEN["initial"][name])


def test_windows():
    ids, targets = windows()
    assert ids.shape == (8, 3) and targets.shape == (8,)
    assert [VOCABULARY[k] for k in [*ids[2], targets[2]]] == ["the", "mice", "had", "a"]
    words = running_example.TEXT.split()
    assert [[VOCABULARY[k] for k in row] for row in ids] == [words[k : k + 3] for k in range(8)]


def test_the_states_that_tensorflow_prints():
    ids, targets = windows()
    trace = predict(initial_parameters(), ids[2:3], targets[2:3]).lstm
    published("eq:test", trace.h[0], [["0.05943684"] * 5, ["0.11519006"] * 5, ["0.1671413"] * 5], TENSORFLOW)
    # In float64 this is 0.30548735: the last digit that is printed is TensorFlow's float32.
    published("eq:test", trace.c_last[0], ["0.30548733"] * 5, TENSORFLOW, dtype=np.float32)


def test_first_step_of_the_golden_run():
    first = GOLDEN["first_step"]
    trace = predict(initial_parameters(), IDS[:1], TARGETS[:1])
    np.testing.assert_allclose(trace.lstm.h_last[0], first["features"], **TOLERANCE)
    np.testing.assert_allclose(trace.logits[0], first["logits"], **TOLERANCE)
    np.testing.assert_allclose(trace.loss[0], first["loss"], **TOLERANCE)
    gradients = by_golden_name(predict_backward(trace).parameters)
    assert set(gradients) == set(first["gradients"])
    for name, expected in first["gradients"].items():
        np.testing.assert_allclose(gradients[name], expected, **TOLERANCE)


def test_golden_run():
    start = initial_parameters()
    parameters, losses = train(start, IDS, TARGETS)
    assert losses.shape == (200,)
    np.testing.assert_allclose(losses, [step["loss"] for step in GOLDEN["steps"]], **TOLERANCE)
    final = by_golden_name(parameters)
    assert set(final) == set(GOLDEN["final"])
    for name, expected in GOLDEN["final"].items():
        np.testing.assert_allclose(final[name], expected, **TOLERANCE)
    for name, array in by_golden_name(start).items():
        np.testing.assert_array_equal(array, GOLDEN["initial"][name])


def test_gradients_by_complex_step():
    ids, targets = windows()
    parameters = initial_parameters()
    lstm_parameters, output = parameters["lstm"], parameters["output"]
    gradients = predict_backward(predict(parameters, ids, targets)).parameters

    def loss(W=lstm_parameters.W, b=lstm_parameters.b, **new):
        changed = {"lstm": LSTMParameters(W, b), "output": {**output, **new.get("output", {})}}
        return predict(changed, ids, targets).loss.sum()

    assert_gradient(gradients["lstm"].W, lambda v: loss(W=v), lstm_parameters.W, 1e-13)
    assert_gradient(gradients["lstm"].b, lambda v: loss(b=v), lstm_parameters.b, 1e-13)
    assert_gradient(gradients["output"]["W"], lambda v: loss(output={"W": v}), output["W"], 1e-13)
    assert_gradient(gradients["output"]["b"], lambda v: loss(output={"b": v}), output["b"], 1e-13)


def test_a_batch_is_the_sum_of_its_windows():
    ids, targets = windows()
    together = predict_backward(predict(initial_parameters(), ids, targets)).parameters
    alone = [
        predict_backward(predict(initial_parameters(), ids[k : k + 1], targets[k : k + 1])).parameters for k in range(8)
    ]
    np.testing.assert_allclose(together["lstm"].W, sum(g["lstm"].W for g in alone), rtol=0, atol=1e-15)
    np.testing.assert_allclose(together["output"]["W"], sum(g["output"]["W"] for g in alone), rtol=0, atol=1e-14)


def test_training_lowers_the_loss():
    ids, targets = windows()
    _, losses = train(initial_parameters(), np.tile(ids, (30, 1)), np.tile(targets, 30), learning_rate=0.5)
    assert losses[-8:].mean() < 0.2 * losses[:8].mean()


def test_no_step_changes_nothing():
    start = initial_parameters()
    parameters, losses = train(start, np.ones((0, 3), int), [])
    assert parameters is start and losses.shape == (0,)


BAD_IDS = not_integers((2, 3)) + out_of_range((2, 3), -1, 10) + [(np.ones(3, int), ValueError)]
BAD_TARGETS = (
    not_integers((2,)) + out_of_range((2,), -1, 10) + [([1], ValueError), ([1, 2, 3], ValueError), (1, ValueError)]
)
PARAMETERS = initial_parameters()
BAD_PARAMETERS = [
    (None, TypeError),
    (PARAMETERS["lstm"], TypeError),
    ({}, ValueError),
    ({"lstm": PARAMETERS["lstm"]}, ValueError),
    ({**PARAMETERS, "output": None}, TypeError),
    ({**PARAMETERS, "output": {"W": np.ones((5, 10))}}, ValueError),
    ({**PARAMETERS, "lstm": None}, TypeError),
]
GOOD = {"parameters": PARAMETERS, "ids": np.ones((2, 3), int), "targets": [1, 2]}
test_predict_refuses = refused(predict, GOOD, {"parameters": BAD_PARAMETERS, "ids": BAD_IDS, "targets": BAD_TARGETS})
test_train_refuses = refused(
    train,
    {**GOOD, "learning_rate": 0.1},
    {
        "parameters": BAD_PARAMETERS,
        "ids": BAD_IDS,
        "targets": BAD_TARGETS,
        "learning_rate": [(-1, ValueError), ("a", TypeError), (None, TypeError), (np.nan, ValueError)],
    },
)
test_predict_backward_refuses = refused(
    predict_backward, {"trace": predict(**GOOD)}, {"trace": [(None, TypeError), (predict(**GOOD).lstm, TypeError)]}
)


@pytest.mark.parametrize("name", ["lstm", "output"])
def test_parameters_of_another_size_name_themselves(name):
    wrong = {"lstm": LSTMParameters(np.ones((8, 5)), np.ones(8)), "output": {"W": np.ones((4, 10)), "b": np.ones(10)}}
    with pytest.raises(ValueError, match=r"^x: expected .*, got "):
        predict({**PARAMETERS, name: wrong[name]}, [[1, 2, 3]], [1])
