"""The book's scopes: found by themselves, and plain about what a model lacks."""

import sys
from pathlib import Path

import pytest
from proved import ComplexStep, Model, Scope

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture(autouse=True)
def _book(monkeypatch):
    monkeypatch.syspath_prepend(BOOK)


def test_a_module_of_scopes_is_found_by_itself():
    import scope_models
    from scopes import SCOPES

    modules = {path.stem for path in (BOOK / "scope_models").glob("*.py")} - {"__init__", "rows"}
    found = {make.__module__.rpartition(".")[2] for make in scope_models.ROWS.values()}
    assert found == modules and set(SCOPES) == set(scope_models.ROWS)


def test_a_name_stands_for_one_scope(monkeypatch):
    import scope_models

    monkeypatch.setattr(sys.modules["scope_models.rnn"], "SCOPES", {"gru": list})
    with pytest.raises(ValueError, match=r"scope_models\.rnn: another module has a scope 'gru' already"):
        scope_models._gathered()


def test_a_model_without_the_value_of_a_gradient_is_named():
    class Highway(Model):
        def inputs(self, numbers):
            return {"x": numbers.draw((1, 2))}

        def run(self, v, probe, numbers):
            probe("loss", v["x"].sum())

    scope = Scope("highway", ComplexStep(), Highway())
    assert scope.value("d_x").tolist() == [[1, 1]]
    with pytest.raises(ValueError) as caught:
        scope.value("d_g")
    assert str(caught.value) == (
        "scope highway: d_g: model Highway has no value named g, and no time step t at which to look for one; "
        'probe("g", ...) names one'
    )
