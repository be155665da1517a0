"""What the explorer says of its values: what each is made of, and what is lit for it."""

import sys
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[2] / "book"


@pytest.fixture(scope="module")
def model():
    sys.path.insert(0, str(BOOK))
    import explorer_model

    yield explorer_model
    sys.path.remove(str(BOOK))


@pytest.mark.parametrize(
    ("name", "sources", "parts"),
    [
        ("a_f", ["z"], ["a_f", "z"]),
        ("c", ["c_prev", "f", "i", "g"], ["add", "c", "c_prev", "f", "g", "i", "keep", "write"]),
        ("logits", ["h"], ["h", "output"]),
        ("d_h", ["d_h_ext", "d_h_next"], ["h", "h_next", "output"]),
        ("d_a_o", ["o", "d_o"], ["a_o", "act_o", "o"]),
        ("d_c", ["tanh_c", "d_c_next", "d_tanh_c"], ["c", "c_next", "tanh", "tanh_c"]),
        ("d_z", ["d_a_o", "d_a_g", "d_a_f", "d_a_i"], ["a_f", "a_g", "a_i", "a_o", "z"]),
        ("d_c_next", ["d_c_prev"], ["c_next"]),
    ],
)
def test_what_a_value_is_made_of(model, name, sources, parts):
    """Read off its line of code; only what belongs to the same pass and step is lit."""
    value = next(one for one in model.VALUES if one.name == name)
    assert model.sources(value) == sources
    assert model.parts(value) == parts


def test_every_gradient_of_the_cell_is_there(model):
    """Whatever the backward step assigns, apart from what it unpacks, can be chosen."""
    from proveq.sphinx import Body

    from lstmderiv.lstm_cell import lstm_cell_step, lstm_cell_step_backward

    shown = {value.name for value in model.VALUES}
    for function, begins in ((lstm_cell_step, "z"), (lstm_cell_step_backward, "d_o")):
        names = [one.name for one in Body(function).assignments if one.name not in ("d_W", "d_b")]
        derived = names[names.index(begins) :]
        assert len(derived) > 10 and set(derived) <= shown


def test_blocks_are_those_of_the_parameters(model):
    """The rows of the stacked weights that belong to each gate."""
    assert model.settings()["blocks"] == {"f": 0, "i": 1, "g": 2, "o": 3}


def test_every_line_of_the_explorer_holds_as_it_is_printed(model):
    from proveq.sphinx import EquationError, NotApplicable, check, load, typeset
    from scopes import SCOPES

    table = load(BOOK / "symbols.toml")
    scopes = [SCOPES["step"]()[1], SCOPES["last-step"]()[1], *SCOPES["softmax-shifted"]()]
    for value in model.VALUES:
        if value.function is None or table.within(model.CHAPTER).entries[value.name].function:
            continue
        left = value.name if value.result == "return" else None
        tex = typeset(value.function, value.result, table, symbol=left).tex
        reason = None
        for scope in scopes:
            try:
                check(tex, table, scope)
                break
            except (NotApplicable, EquationError) as error:
                reason = error
        else:
            pytest.fail(f"{value.name}: {tex}: {reason}")
