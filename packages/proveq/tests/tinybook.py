"""Books of a few lines, to build in a temporary folder."""

import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

from jinja2 import BytecodeCache
from sphinx.application import Sphinx
from sphinx.builders.html._assets import _file_checksum_inner
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

CONF = {
    "extensions": ["myst_nb", "proveq.sphinx.equations", "proveq.sphinx.freshness", "sphinx.ext.viewcode"],
    "root_doc": "index",
    "html_theme": "basic",
    "nb_execution_mode": "force",
    "numfig": True,
    "math_numfig": True,
    "numfig_secnum_depth": 1,
    "nitpicky": True,
}
NOTEBOOK = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"


class EquationError(Exception):
    """Stands for the evaluator's error."""


class NotApplicable(Exception):
    """Stands for the evaluator's refusal."""


class Unreadable(EquationError):
    """Stands for what the grammar cannot read."""

    unreadable = True


def check(tex, _symbols, scope):
    """Stands for the evaluator: reads sums of Python numbers, `1 + 1 = 2`."""
    if scope.oracle in tex:
        raise NotApplicable
    try:
        left, right = (eval(side, {}) for side in tex.split("="))
    except (SyntaxError, ValueError, NameError) as error:
        raise Unreadable(f"cannot read {tex!r}") from error
    if abs(left - right) > scope.tolerance:
        raise EquationError(f"{left} is not {right}")
    return SimpleNamespace(value=abs(left - right), shapes="()", symbols=frozenset())


EVALUATOR = SimpleNamespace(
    misstated=lambda *_: "", check=check, EquationError=EquationError, NotApplicable=NotApplicable
)
SCOPES = {
    "numbers": lambda: [
        SimpleNamespace(name="numbers", oracle="exact", tolerance=0.0, sizes={}),
        SimpleNamespace(name="numbers", oracle="complex step", tolerance=1e-12, sizes={}),
    ]
}


def equation(label, tex="1 + 1 = 2", **options):
    """An equation directive."""
    lines = [f":{name.replace('_', '-')}: {value}" for name, value in options.items()]
    return "\n".join([f"```{{equation}} {label}", *lines, tex, "```", ""])


def evidence_cell(*records, code=""):
    """A code cell which emits records of evidence."""
    lines = ["```{code-cell} python3", code, "from IPython.display import display"]
    for label, oracle, residual, tolerance in records:
        record = {"label": label, "oracle": oracle, "residual": residual, "tolerance": tolerance}
        bundle = {"text/plain": "checked", "application/vnd.proveq.evidence+json": {"records": [record]}}
        lines.append(f"display({bundle!r}, raw=True)")
    return "\n".join([*lines, "```", ""])


class Templates(BytecodeCache):
    """The theme's templates, compiled once for all books of a process: a third of what a tiny book takes."""

    def __init__(self):
        self._known = {}

    def load_bytecode(self, bucket):
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket):
        self._known[bucket.key, bucket.checksum] = bucket.code


TEMPLATES = Templates()


class TinyBook:
    """A book in a folder: pages by name, and how its builds end."""

    def __init__(self, folder, pages, **conf):
        self.folder = Path(folder)
        self.conf = CONF | {"proveq_scopes": "tinybook:SCOPES", "proveq_default_scope": "numbers"} | conf
        self.folder.mkdir(parents=True)
        for name, text in pages.items():
            self.write(name, text)
        if "index" not in pages:
            entries = "\n".join(name for name in pages)
            self.write("index", f"# Index\n\n```{{toctree}}\n:numbered:\n{entries}\n```\n")
        (self.folder / "conf.py").write_text("".join(f"{key} = {value!r}\n" for key, value in self.conf.items()))

    def write(self, name, text):
        """Write a page."""
        path = self.folder / f"{name}.md"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def build(self, builder="html", warningiserror=True, parallel=1, quiet=False, **overrides):
        """Build; return the exit status and all that was said."""
        nocolor()
        _file_checksum_inner.cache_clear()  # Sphinx keeps the first one as long as a process lives
        status, warning = StringIO(), StringIO()
        out = self.folder.parent / "build" / builder
        with patch_docutils(str(self.folder)), docutils_namespace():
            self.app = Sphinx(
                self.folder, self.folder, out, out.parent / "doctrees", builder, overrides,
                status=None if quiet else status, warning=warning, warningiserror=warningiserror, parallel=parallel,
            )  # fmt: skip
            if hasattr(self.app.builder, "templates"):
                self.app.builder.templates.environment.bytecode_cache = TEMPLATES
            self.app.build()
        self.errors, self.said = warning.getvalue(), status.getvalue()
        return self.app.statuscode

    def output(self, name, builder="html"):
        """The text of a file which the last build wrote."""
        return (self.folder.parent / "build" / builder / name).read_text()


sys.modules.setdefault("tinybook", sys.modules[__name__])
