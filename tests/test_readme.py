"""What the README shows is what a reader gets."""

import contextlib
import io
import re
from pathlib import Path

from lstmderiv.interchange.command_line.parser import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language):
    return [match[1] for match in re.finditer(rf"```{language}\n(.*?)```", README, re.DOTALL)]


def test_the_example_prints_what_the_readme_says():
    (example,) = block("python")
    (promised,) = block("text")
    assert len(example.strip().splitlines()) <= 10
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "README.md", "exec"), {})
    assert printed.getvalue() == promised


def test_the_commands_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = "".join(block("sh"))
    for target in re.findall(r"^make (\S+)", commands, re.MULTILINE):
        assert f"\n{target}:" in makefile
    lines = re.findall(r"^python -m lstmderiv (.*?)(?: +#.*)?$", commands, re.MULTILINE)
    assert lines
    for line in lines:
        parser().parse_args(line.split())


def test_the_files_it_names_exist():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
