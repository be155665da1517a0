"""Values in a cell's output lead to the equations of their lines."""

from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document
from proveq.sphinx.equations.domain import EquationDomain
from proveq.sphinx.equations.value_links import link_values

VALUE = '<td><code data-line="tiny:step f">f</code></td>'


@pytest.fixture
def linked(monkeypatch):
    """The output of a page `part/page`, in a book whose page `cell` displays the line of f."""
    shown = SimpleNamespace(code="tiny:step", result="f@2", docname="cell", label="eq:cell-f")
    typed = SimpleNamespace(code="", result="", docname="cell", label="eq:cell-g")
    domain = SimpleNamespace(ledger=SimpleNamespace(book=[typed, shown]))
    monkeypatch.setattr(EquationDomain, "of", lambda env: domain)
    builder = SimpleNamespace(format="html", get_relative_uri=lambda here, there: f"../{there}.html")

    def run(html, kind="html"):
        document = new_document("page")
        document += nodes.raw("", html, format=kind)
        builder.format = kind
        link_values(SimpleNamespace(builder=builder, env=None), document, "part/page")
        return document.astext()

    return run


def test_a_value_leads_to_its_equation(linked):
    expected = VALUE.replace("<code", '<a href="../cell.html#equation-eq-cell-f"><code').replace("</td>", "</a></td>")
    assert linked(VALUE) == expected


@pytest.mark.parametrize(
    "html", [VALUE.replace("step f", "step g"), VALUE.replace("tiny:", "other:"), "<code>f</code>"]
)
def test_what_no_page_displays_stays_as_it_is(linked, html):
    assert linked(html) == html


def test_other_formats_are_left_alone(linked):
    assert linked(VALUE, "latex") == VALUE
