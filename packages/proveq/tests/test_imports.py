"""The files behind a module are found by reading, and nothing is guessed."""

import pytest
from proveq.sphinx.freshness.imports import Imports

FILES = {
    "one.py": "import two\nfrom three import name\n",
    "two.py": "import os, json\n\ndef later():\n    import four\n",
    "three.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import six\nelse:\n    import five\n",
    "four.py": "from importlib import import_module\nimport_module('five')\n",
    "five.py": "",
    "six.py": "",
    "dynamic.py": "import importlib\nimportlib.import_module(__name__ + '1')\n",
    "uses_dynamic.py": "import dynamic\n",
    "package/__init__.py": "from .inner import thing\n",
    "package/inner.py": "from . import other\nthing = 1\n",
    "package/other.py": "",
    "package/apart.py": "",
    "lazy/__init__.py": "from lazy._help import lazily\n__all__ = lazily(__name__)\n",
    "lazy/__init__.pyi": "from lazy.left import a\nfrom lazy.right import b\n",
    "lazy/_help.py": "import importlib\nlazily = lambda name: importlib.import_module(name)\n",
    "lazy/left.py": "a = 1\n",
    "lazy/right.py": "b = 1\n",
    "uses_a.py": "from lazy import a\n",
    "uses_right.py": "from lazy import right\n",
    "uses_all.py": "import lazy\n",
    "uses_star.py": "from lazy import *\n",
    "foreign.py": "import numpy.linalg\n",
}
LAZY = {"lazy/__init__.py", "lazy/_help.py", "lazy/__init__.pyi"}
BEHIND = {
    "one": {"one.py", "two.py", "three.py", "four.py", "five.py"},
    "package": {"package/__init__.py", "package/inner.py", "package/other.py"},
    "package.apart": {"package/__init__.py", "package/inner.py", "package/other.py", "package/apart.py"},
    "uses_a": {"uses_a.py", "lazy/left.py", *LAZY},
    "uses_right": {"uses_right.py", "lazy/right.py", *LAZY - {"lazy/__init__.pyi"}},
    "uses_all": {"uses_all.py", "lazy/left.py", "lazy/right.py", *LAZY},
    "uses_star": {"uses_star.py", "lazy/left.py", "lazy/right.py", *LAZY},
    "foreign": {"foreign.py"},
    "numpy": set(),
    "proveq": set(),
    "uses_dynamic": None,
}


@pytest.fixture
def imports(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return Imports(tmp_path, [str(tmp_path), "/elsewhere"])


@pytest.mark.parametrize("module", BEHIND)
def test_files_behind_a_module(imports, tmp_path, module):
    found = imports.behind(module)
    assert (found if found is None else {path.relative_to(tmp_path).as_posix() for path in found}) == BEHIND[module]


def test_a_helper_is_excused_for_the_package_with_a_stub_alone(imports):
    assert imports.behind("lazy._help") is not None  # the package runs before it
    assert imports.behind("dynamic") is None
