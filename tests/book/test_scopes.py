"""The book's scopes: found by themselves, and plain about what a model lacks."""

import subprocess
import sys
from pathlib import Path

import pytest
from proveq import ComplexStep, Model, Scope, Subject

from lstmderiv.verify import SUBJECTS, subjects

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture(autouse=True)
def _book(monkeypatch):
    monkeypatch.syspath_prepend(BOOK)


def test_a_module_of_scopes_is_found_by_itself():
    from scopes import _MODELS, SCOPES

    modules = {path.stem for path in (BOOK / "scope_models").glob("*.py")} - {"__init__", "rows"}
    found = {module.rpartition(".")[2] for made in _MODELS.values() for module in made.modules}
    assert found == modules and set(SCOPES) >= set(_MODELS)


def test_every_other_subject_of_a_chapters_single_step_has_a_scope_of_its_own_name():
    from scopes import _MODELS, SCOPES

    more = set(SCOPES) - set(_MODELS)
    assert more == {name for name, subject in SUBJECTS.items() if not subject.sequence} - set(_MODELS)
    assert len(SCOPES) == len(list(SCOPES)) and "odd" not in SCOPES
    scopes = SCOPES["rnn_cell"]()
    assert [(scope.oracle, scope.chapter) for scope in scopes] == [("exact", "rnn"), ("complex step", "rnn")]
    d_a = scopes[0].value("d_a")
    assert (d_a == scopes[0].value("d_h") * (1 - scopes[0].value("h") ** 2)).all()


def test_for_shapes_alone_gradients_have_theirs_without_being_differentiated():
    from scopes import SCOPES

    scope = SCOPES["step"]()[0]
    for name in ("d_h", "d_W", "d_W_total", "d_z_x", "d_c_next"):
        value, true = scope.shaped().value(name), scope.value(name)
        assert value.shape == true.shape and type(value.flat[0]) is type(true.flat[0])
        assert not (value == true).all()
    with pytest.raises(KeyError):
        scope.shaped().value("d_odd")


def test_a_model_comes_before_the_subject_of_its_name():
    from scopes import SCOPES

    assert "softmax" in SUBJECTS
    assert {type(scope.model).__module__ for scope in SCOPES["softmax"]()} == {"scope_models.softmax"}


def test_a_subject_whose_module_no_chapter_has_gets_no_scope(monkeypatch):
    import scopes

    monkeypatch.setattr(subjects, "SUBJECTS", {"sigmoid": SUBJECTS["sigmoid"], "odd": _odd()})
    assert set(scopes._of_subjects.__wrapped__()) == {"sigmoid"}


def _odd():
    def odd(x):
        y = -x
        return y

    def odd_backward(d_y):
        d_x = -d_y
        return d_x

    return Subject.by_name(odd, odd_backward, {"x": (2,)})


def test_scopes_are_imported_without_the_subjects():
    program = "import sys, scopes; scopes.SCOPES['step']; sys.exit('lstmderiv.verify' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], cwd=BOOK, check=True)


def test_a_name_stands_for_one_scope(monkeypatch):
    import scopes

    monkeypatch.setattr(sys.modules["scope_models.rnn"], "SCOPES", {"gru": list})
    with pytest.raises(ValueError, match=r"scope_models\.rnn: another module has a scope 'gru' already"):
        scopes._of_models()


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
