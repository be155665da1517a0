"""Kernels are forked, each clean of the others, and say what they read."""

import json

import nbformat
import pytest
from nbclient import NotebookClient
from proveq.sphinx.kernels import session


def run(tmp_path, *code, **environment):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in code])
    NotebookClient(book, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}, timeout=60).execute()
    return ["".join(output.get("text", "") for output in cell.outputs).strip() for cell in book.cells]


def test_a_kernel_is_a_fork_with_nothing_of_its_own(tmp_path, monkeypatch):
    monkeypatch.setenv("OF_THE_KERNEL", "1")
    first = run(tmp_path, "import os, sys; print(os.getppid(), os.getcwd(), os.environ['OF_THE_KERNEL'])", "x = 1")
    second = run(tmp_path, "import os; print(os.getppid())", "print('x' in globals(), __name__, hash('seed'))")
    third = run(tmp_path, "print(hash('seed'))")
    assert first[0].split()[1:] == [str(tmp_path), "1"]
    assert second[0] == first[0].split()[0], "both were forked from one process"
    assert second[1] == f"False __main__ {third[0]}"


def test_a_kernel_says_what_it_read(tmp_path, monkeypatch):
    (tmp_path / "module.py").write_text("value = 1\n")
    (tmp_path / "data.txt").write_text("data")
    (tmp_path / "unread.txt").write_text("")
    record = tmp_path / "record.json"
    monkeypatch.setenv("PROVEQ_ROOT", str(tmp_path))
    monkeypatch.setenv("PROVEQ_RECORD", str(record))
    run(tmp_path, "import module", "open('data.txt').read(); open('written.txt', 'w').close()")
    assert json.loads(record.read_text()) == {"files": ["data.txt", "module.py"], "unknown": []}
    run(tmp_path, "import module", "import os; os.system('true')")  # now compiled
    assert json.loads(record.read_text()) == {"files": ["module.py"], "unknown": ["os.system"]}


def test_an_error_and_a_dead_kernel_are_reported(tmp_path):
    with pytest.raises(Exception, match="ZeroDivisionError"):
        run(tmp_path, "1 / 0")
    with pytest.raises(Exception, match="Kernel died"):
        run(tmp_path, "import os; os._exit(3)")


def test_a_server_that_cannot_start_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv(session.FOLDER, str(tmp_path))
    monkeypatch.setenv(session.PRELOAD, "no_such_module")
    with pytest.raises(RuntimeError, match="no_such_module"):
        run(tmp_path, "1")
