"""Rows of scopes that several chapters have: (title, numbers, model)."""

from proved import ComplexStep, Exact, FiftyDigits

__all__ = ["computed", "proved", "step"]


def proved(name, model):
    """A model on exact numbers, and by the complex step."""
    return [(name, numbers(), model) for numbers in (Exact, ComplexStep)]


def computed(name, model):
    """For identities that need the functions themselves, which the exact numbers do not know."""
    return [(name, numbers(), model) for numbers in (FiftyDigits, ComplexStep)]


def step(model, **options):
    """A model of the running example: drawn numbers with two examples and with one, and its own numbers."""
    return [
        ("two examples", Exact(), model(True, 2, **options)),
        ("one example", Exact(), model(True, 1, **options)),
        ("running example", ComplexStep(), model(False, **options)),
    ]
