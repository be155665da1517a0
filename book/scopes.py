"""The numbers on which the page's equations are evaluated.

A scope runs one computation forward and names its values. A gradient symbol is then taken by what it means: the
derivative of the loss with respect to the value of that name, changed where it arises. No backward pass of the package
is used here: an equation for a gradient is compared with derivatives that know nothing of it.
"""

from proved import ComplexStep, Exact, FiftyDigits, OrderedExact, Scope
from scope_models import (
    GRU,
    LSTM,
    RNN,
    Activations,
    Adam,
    Bidirectional,
    Embedded,
    Finished,
    HeldGates,
    LanguageModel,
    LayerNorm,
    LayerNormLSTM,
    Operator,
    Peephole,
    Softmax,
    Stacked,
    State,
    Tempered,
)

__all__ = ["SCOPES"]


def _step(model=LSTM, **options):
    return [
        Scope("two examples", Exact(), model(True, 2, **options)),
        Scope("one example", Exact(), model(True, 1, **options)),
        Scope("running example", ComplexStep(), model(False, **options)),
    ]


def _layers(model, **options):
    return [
        Scope("two examples", Exact(), model(True, 2, **options)),
        Scope("one example", Exact(), model(True, 1, **options)),
        Scope("running example", ComplexStep(), model(False, **options)),
    ]


def _proved(name, model):
    return [Scope(name, numbers(), model) for numbers in (Exact, ComplexStep)]


def _computed(name, model):
    """For identities that need the functions themselves, which the exact numbers do not know."""
    return [Scope(name, numbers(), model) for numbers in (FiftyDigits, ComplexStep)]


SCOPES = {
    "activations": lambda: _proved("activations", Activations()),
    "activations-functions": lambda: _computed("activations", Activations()),
    "softmax": lambda: _proved("softmax", Softmax(False)),
    "softmax-shifted": lambda: _computed("softmax", Softmax(False)),
    "cross-entropy": lambda: _proved("cross-entropy", Softmax(True)),
    "cross-entropy-functions": lambda: _computed("cross-entropy", Softmax(True)),
    "step": lambda: _step(),
    "last-step": lambda: _step(t=3, every=False),
    "earlier-step": lambda: _step(every=False),
    "peephole": lambda: _step(Peephole),
    "gru": lambda: _step(GRU, reset="after"),
    "gru-before": lambda: _step(GRU, reset="before"),
    "layer-norm": lambda: _proved("one row", LayerNorm(1)),
    "layer-norm-batch": lambda: _proved("two rows", LayerNorm(2)),
    "layer-norm-step": lambda: _proved("two examples", LayerNormLSTM(2)) + _proved("one example", LayerNormLSTM(1)),
    "embedding": lambda: _proved("embedding", Embedded(True, 2)),
    "rnn": lambda: [
        Scope("plain network, two examples", Exact(), RNN(2)),
        *_proved("plain network, one example", RNN(1)),
    ],
    "rnn-jacobian": lambda: _proved("plain network, one example", RNN(1, jacobians=True)),
    "lstm-state": lambda: _proved("LSTM, both states in one row", State()),
    "adam": lambda: _proved("Adam, a constant gradient", Adam()),
    "held-gates": lambda: _proved("cell state, its gates given", HeldGates()),
    "language-model": lambda: _proved("two examples", LanguageModel()),
    "temperature": lambda: _computed("temperature", Tempered()),
    "stacked": lambda: _layers(Stacked),
    "stacked-every-step": lambda: _layers(Stacked, every=True),
    "bidirectional": lambda: _layers(Bidirectional),
    "bidirectional-last-step": lambda: _layers(Bidirectional, every=False),
    "recurrent": lambda: [
        Scope("two examples", OrderedExact(), Operator(2)),
        Scope("one example", OrderedExact(), Operator(1)),
        Scope("one example", ComplexStep(), Operator(1)),
    ],
    "recurrent-coupled-f": lambda: _proved("f coupled to i", Operator(1, "f")),
    "recurrent-coupled-i": lambda: _proved("i coupled to f", Operator(1, "i")),
    "recurrent-finished": lambda: _proved("a finished row", Finished()),
}
