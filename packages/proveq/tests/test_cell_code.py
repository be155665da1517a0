"""What in a cell would let a check pass unseen."""

import pytest
from proveq.sphinx.equations.cell_code import doubts


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("assert 1 == 2", "bare assert"),
        ("!false", "a magic or a command of the shell"),
        ('!python -c "assert 1 == 2"', "a magic or a command of the shell"),
        ("%%script false\nagree(1, 2)", "a magic or a command of the shell"),
        ("%%capture\nagree(1, 2)", "a magic or a command of the shell"),
        ("%run other.py", "a magic or a command of the shell"),
        ("found = !ls", "a magic or a command of the shell"),
        ("import os\nos.system('false')", "os.system: its failure is an exit status"),
        ("import subprocess\nsubprocess.run(['false'])", "subprocess.run without check=True"),
        ("import subprocess\nsubprocess.run(['false'], check=False)", "subprocess.run without check=True"),
        ("import asyncio\nasync def check():\n    agree(1, 2)\nasyncio.create_task(check())", "asynchronous code"),
        ("try:\n    agree(1, 2)\nexcept Exception:\n    pass", "except: catches Exception"),
        ("try:\n    agree(1, 2)\nexcept:\n    pass", "except: catches everything"),
        ("try:\n    agree(1, 2)\nexcept (ValueError, proveq.CheckFailed):\n    pass", "except: catches CheckFailed"),
        ("with suppress(Exception):\n    agree(1, 2)", "suppress: a failed check among it"),
        ("import sys\nsys.exit(0)\nagree(1, 2)", "sys.exit: what follows does not run"),
        ("exit()\nagree(1, 2)", "exit: what follows does not run"),
        ("if False:\n    agree(1, 2)", "if False: nothing below it runs"),
        ("from proveq import agree\nagree = print", "agree is a check, and is bound to something else here"),
        ("from proveq import agree\ndef agree(*_): pass", "agree is a check, and is bound to something else here"),
        ("from proveq import agree\nfrom other import agree", "agree is a check, and is bound to something else here"),
    ],
)
def test_what_could_pass_unseen_is_named(code, message):
    (found,) = doubts([code])
    assert len(found) == 1
    assert found[0].startswith(message)


def test_a_check_is_known_in_the_cells_after_its_import():
    assert doubts(["from proveq import agree as same", "same = 3"])[1] == (
        "same is a check, and is bound to something else here",
    )


@pytest.mark.parametrize(
    "code",
    [
        "from proveq import agree, must_fail\nprint(agree(1, 1))",
        "try:\n    f(1)\nexcept ValueError as error:\n    print(error)",
        "import subprocess\ndone = subprocess.run(['ls'])\nprint(done.returncode)",
        "import subprocess\nsubprocess.run(['ls'], check=True)",
        "with suppress(FileNotFoundError):\n    path.unlink()",
        "def broken(:",
        "",
    ],
)
def test_what_fails_by_itself_is_left_alone(code):
    assert doubts([code]) == [()]
