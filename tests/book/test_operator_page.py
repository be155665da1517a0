"""The page of the operator's lines compares them with the chapters' cells: a wrong sign in a cell shows there too."""

import importlib
import inspect
import re
from pathlib import Path

import pytest
from proveq import CheckFailed, edited

PAGE = Path(__file__).parents[2] / "book" / "operator_lines.md"
CELLS = re.findall(r"^```\{code-cell\} python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
STEPS = {
    "lstm_cell": "lstm_cell_step_backward",
    "peephole": "peephole_lstm_cell_step_backward",
    "gru": "gru_cell_step_backward",
    "rnn": "rnn_cell_step_backward",
}


def run_comparison():
    """The page's own cells: its imports, and those that compare with the chapters."""
    namespace = {}
    chosen = [CELLS[0], *(cell for cell in CELLS if "def same(" in cell or "lstm_cell_backward(" in cell)]
    assert len(chosen) == 3
    for cell in chosen:
        exec(cell, namespace)


def lines(module, name):
    """The lines of a backward step, but for those that stack what others found."""
    source = inspect.getsource(getattr(importlib.import_module(f"lstmderiv.{module}"), name))
    found = re.findall(r"^ +(t\.d_\w+ = (?!np\.concatenate).*)$", source, re.MULTILINE)
    assert len(found) > 4
    return found


def test_the_comparison_holds(capsys):
    run_comparison()


@pytest.mark.sampled(5)
@pytest.mark.parametrize(
    "module, line",
    [pytest.param(module, line, id=f"{module}-{line}") for module in STEPS for line in lines(module, STEPS[module])],
)
def test_a_flipped_sign_in_a_cell_fails_on_the_operators_page(module, line, monkeypatch, capsys):
    place = importlib.import_module(f"lstmderiv.{module}")
    name, value = line.split(" = ", 1)
    broken = edited(getattr(place, STEPS[module]), f"{line}\n", f"{name} = -({value})\n")
    monkeypatch.setattr(place, STEPS[module], broken)
    with pytest.raises(CheckFailed):
        run_comparison()
