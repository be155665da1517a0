"""Every rule of the gate is seen to fail, alone and in a build."""

from types import SimpleNamespace

import pytest
import tinybook
from proveq.sphinx.equations import evidence, gate
from proveq.sphinx.equations.domain import Book, Cell, Equation, Evidence, Page, Problem
from tinybook import NOTEBOOK, TinyBook, equation, evidence_cell

SETTINGS = {"nb_execution_mode": "force", "nb_execution_excludepatterns": (), "nb_execution_allow_errors": False}
D_O = "eq:cell-d-o"
UNEVALUATED = "but what the page prints was evaluated on no scope; see :given: and :unevaluated:"


def sound_page(**changes):
    """A page which the gate lets pass: one gradient set from code, with all it needs."""
    derived = Equation(D_O, "derived", "cell", 10, r"\delta o_t = x", code="m:f", result="d_o")
    records = [
        Evidence(D_O, "exact", 0.0, 0.0, "cell", 20, 1),
        Evidence(D_O, "complex step", 1e-16, 1e-12, "cell", 20, 1),
        Evidence(D_O, "exact", 0.0, 0.0, "page", 10),
    ]
    page = Page([derived], records, [Cell(1, 20, labels=(D_O,))])
    for name, value in changes.items():
        setattr(page, name, value)
    return page


def found(page, environ=(), others=(), **settings):
    """What the gate says of a book of one page (and others)."""
    config = SimpleNamespace(**(SETTINGS | settings))
    book = Book({"cell": page, **dict(others)})
    return [
        f"{problem.docname}:{problem.line}: {problem.text}" for problem in gate.problems(book, config, dict(environ))
    ]


def test_sound_page_passes():
    assert found(sound_page()) == []


def records(*rows):
    """Evidence for the page's equation: oracle, residual, origin."""
    return [Evidence(D_O, oracle, residual, 1e-12, origin, 20, 1) for oracle, residual, origin in rows]


def typed(**options):
    """The page's equation, typed instead of set from code."""
    values = {"label": D_O, "kind": "derived", "docname": "cell", "line": 10, "tex": "x = x"}
    return Equation(**(values | options))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"evidence": []}, f"cell:10: equation {D_O}: no evidence: nothing that ran checks it"),
        (
            {"evidence": records(("exact", 0.0, "cell"), ("exact", 0.0, "page"))},
            f"cell:10: equation {D_O}: checked by exact alone; a derived equation needs 2 different oracles",
        ),
        (
            {"evidence": records(("JAX", 1e-16, "cell"), ("complex step", 1e-16, "page"))},
            f"cell:10: equation {D_O}: a gradient needs an exact or symbolic proof; it has JAX, complex step",
        ),
        (
            {"evidence": records(("exact", 0.0, "page"), ("complex step", 1e-16, "page"))},
            f"cell:10: equation {D_O}: set from code, but no cell checks that code",
        ),
        (
            {"equations": [typed()], "evidence": records(("exact", 0.0, "cell"), ("JAX", 1e-16, "cell"))},
            f"cell:10: equation {D_O}: typed, {UNEVALUATED}",
        ),
        (
            {"evidence": records(("exact", 0.0, "cell"), ("JAX", 1e-16, "cell"))},
            f"cell:10: equation {D_O}: set from code, {UNEVALUATED}",
        ),
        *(
            (
                {"equations": [*sound_page().equations, typed(label="eq:b", line=30, kind=kind, code=code)]},
                f"cell:30: equation eq:b: {origin}, {UNEVALUATED}",
            )
            for kind in ("definition", "cited")
            for code, origin in (("", "typed"), ("m:f", "set from code"))
        ),
        (
            {
                "equations": [*sound_page().equations, typed(label="eq:b", line=30, kind="cited")],
                "obstacles": {"eq:b": ["exact: scope s has no value of h", "complex step: scope s has no size t"]},
            },
            f"cell:30: equation eq:b: typed, {UNEVALUATED}\n"
            "    exact: scope s has no value of h\n    complex step: scope s has no size t",
        ),
        (
            {"equations": [typed(code="m:f", result="d_o", unevaluated="No scope has its symbols.")]},
            f"cell:10: equation {D_O}: marked as not evaluated, 'No scope has its symbols.', but a scope evaluates it: "
            "take :unevaluated: away",
        ),
        (
            {"evidence": sound_page().evidence + records(("complex step", 1.0, "cell"))},
            f"cell:20: equation {D_O}: cell 1: complex step: residual 1, expected at most 1e-12",
        ),
        (
            {"evidence": sound_page().evidence + records(("exact", 1e-16, "cell"))},
            f"cell:20: equation {D_O}: cell 1: exact: residual 1e-16, expected at most 0",
        ),
        (
            {"evidence": [*sound_page().evidence, Evidence("eq:gone", "exact", 0.0, 0.0, "cell", 20, 1)]},
            "cell:20: cell 1: evidence for eq:gone, which no page displays",
        ),
        (
            {"equations": [*sound_page().equations, typed(line=30, kind="cited")]},
            f"cell:30: equation {D_O}: the label stands twice; first in cell, line 10",
        ),
        (
            {"equations": [typed(code="m:f", uses=("eq:gone",))]},
            f"cell:10: equation {D_O}: :uses: names eq:gone, which no page displays",
        ),
        (
            {
                "equations": [
                    typed(code="m:f", uses=("eq:b",)),
                    typed(label="eq:b", line=12, kind="cited", uses=(D_O,), unevaluated="A circle."),
                ]
            },
            f"cell:10: equation {D_O}: :uses: runs in a circle: {D_O} uses eq:b uses {D_O}",
        ),
        (
            {"cells": [Cell(1, 20, tags=("raises-exception",))]},
            "cell:20: cell 1: tag raises-exception lets a check pass unseen",
        ),
        (
            {"cells": [Cell(1, 20, tags=("skip-execution",))]},
            "cell:20: cell 1: tag skip-execution lets a check pass unseen",
        ),
        (
            {"cells": [Cell(1, 20, tags=("remove-output",), labels=(D_O,))]},
            f"cell:20: cell 1: tag remove-output hides the check of {D_O}",
        ),
        (
            {"cells": [Cell(1, 20, tags=("hide_cell",), labels=(D_O,))]},
            f"cell:20: cell 1: tag hide_cell hides the check of {D_O}",
        ),
        (
            {"cells": [Cell(1, 20, doubts=("bare assert",))]},
            "cell:20: cell 1: bare assert",
        ),
        (
            {"overrides": ("execution_mode",)},
            "cell:1: the front matter sets mystnb: execution_mode; execution is the same for every page",
        ),
        (
            {"failure": "CellTimeoutError: 30 s", "evidence": []},
            "cell:1: the page's cells did not run to the end: CellTimeoutError: 30 s",
        ),
        ({"problems": [Problem("cell", 3, "odd", D_O)]}, f"cell:3: equation {D_O}: odd"),
    ],
)
def test_rule(changes, message):
    assert found(sound_page(**changes)) == [message]


@pytest.mark.parametrize(
    ("settings", "environ", "message"),
    [
        ({"nb_execution_mode": "off"}, {}, "mode is 'off': the cells must run, expected 'force' or 'cache'"),
        ({"nb_execution_mode": "auto"}, {}, "mode is 'auto': the cells must run, expected 'force' or 'cache'"),
        ({"nb_execution_excludepatterns": ["cell.md"]}, {}, "nb_execution_excludepatterns is set"),
        ({"nb_execution_allow_errors": True}, {}, "nb_execution_allow_errors is set"),
        ({"proveq_partial": True}, {}, "proveq_partial is set in conf.py: what pages rest on would not be asked for"),
        ({}, {"PYTHONOPTIMIZE": "1"}, "PYTHONOPTIMIZE is set"),
    ],
)
def test_settings(settings, environ, message):
    (said,) = found(sound_page(), environ, **settings)
    assert message in said


def test_one_page_alone_may_rest_on_others():
    page = sound_page(equations=[typed(code="m:f", uses=("eq:elsewhere",))])
    assert len(found(page)) == 1 and found(page, proveq_partial=True, overrides={"proveq_partial": "1"}) == []


def test_a_reason_stands_in_for_a_scope():
    without = records(("exact", 0.0, "cell"), ("complex step", 1e-16, "cell"))
    for kind in ("derived", "definition", "cited"):
        page = sound_page(equations=[typed(kind=kind, unevaluated="No scope has its symbols.")], evidence=without)
        assert found(page) == []
    # It does not stand in for evidence.
    assert found(sound_page(equations=[typed(unevaluated="No scope has its symbols.")], evidence=[])) == [
        f"cell:10: equation {D_O}: no evidence: nothing that ran checks it"
    ]


def test_evidence_belongs_to_the_equations_page():
    stray = Page(evidence=records(("exact", 0.0, "cell")))
    assert found(sound_page(), others={"other": stray}) == [
        f"other:20: cell 1: evidence for {D_O}, which stands in cell, not here"
    ]


def test_failed_cell_explains_what_is_missing():
    page = sound_page(
        evidence=[],
        equations=[*sound_page().equations, typed(label="eq:cell-d-i", line=15)],
        cells=[Cell(7, 41, error=f"CheckFailed: {D_O}: exact: residual 3/7, expected 0\n\na\nb\nc\nd")],
    )
    assert found(page) == [
        f"cell:41: equation {D_O}: cell 7 failed: CheckFailed: {D_O}: exact: residual 3/7, expected 0\n"
        "    a\n    b\n    c\n    ...\n    therefore also without evidence: eq:cell-d-i"
    ]


@pytest.mark.parametrize(
    ("equation", "gradient"),
    [
        (typed(label="eq:cell-d-o"), True),
        (typed(label="eq:cell-drop"), False),
        (typed(label="eq:a", result="d_o"), True),
        (typed(label="eq:a", tex=r"\delta o_t = x"), True),
        (typed(label="eq:a", tex=r"\begin{aligned} \frac{\partial E}{\partial x} &= y"), True),
        (typed(label="eq:a", tex=r"\delta_{ij} = x"), False),
        (typed(label="eq:a", tex=r"o_t = \delta x"), False),
    ],
)
def test_gradients_are_recognised(equation, gradient):
    assert gate.is_gradient(equation) == gradient


@pytest.mark.parametrize(
    "record",
    [
        "exact",
        {},
        {"label": "eq:a", "oracle": "", "residual": 0, "tolerance": 0},
        {"label": "eq:a", "oracle": "exact", "residual": "small", "tolerance": 0},
        {"label": "eq:a", "oracle": "exact", "residual": float("nan"), "tolerance": 0},
        {"label": "eq:a", "oracle": "exact", "residual": True, "tolerance": 0},
    ],
)
def test_malformed_evidence(record):
    page = Page()
    assert evidence.bundle_records({"records": [record]}, "cell", 20, 3, page) == []
    (problem,) = page.problems
    assert problem.line == 20 and problem.text.startswith("cell 3: evidence ")
    evidence.bundle_records([], "cell", 20, 3, page)
    assert page.problems[1:] == [Problem("cell", 20, "cell 3: evidence without a list of records")]


BROKEN_PAGES = {
    "$$\nx\n$$": "displayed mathematics must be an {equation} directive with a label: x",
    "```{math}\n:label: eq:page-x\nx\n```": "displayed mathematics must be an {equation}",
    "\\begin{align}\nx\n\\end{align}": "displayed mathematics must be an {equation}",
    "```{equation}\nx\n```": "a displayed equation needs a label",
    equation("page-x"): "equation page-x: an equation's label begins with eq:",
    equation("eq:page-x", ""): "equation eq:page-x: nothing to display",
    equation("eq:page-x", code="math:cos"): ":code: and :result: go together",
    equation("eq:page-x", code="math:cos", result="y"): "an equation set from :code: has no text of its own",
    equation("eq:page-x", "", code="math:kos", result="y"): "math:kos cannot be imported",
    equation("eq:page-x", "", code="math:cos", result="y"): "equation eq:page-x: math:cos: ",
    equation("eq:page-x", substitute="y"): ":substitute: belongs to an equation set from :code:",
    equation("eq:page-x", kind="definition"): "a definition names what implements it",
    equation("eq:page-x", kind="definition", implements="math"): "'math' is not of the form module:name",
    equation("eq:page-x", kind="definition", implements="nowhere:f"): "nowhere:f cannot be imported",
    equation("eq:page-x", implements="math:cos"): ":implements: belongs to a definition; this equation is derived",
    equation("eq:page-x", kind="cited"): "a cited equation names where it comes from",
    equation("eq:page-x", given="letters"): "no scope is named 'letters'; there are: numbers",
    equation("eq:page-x", "1 + 1 = 3"): "on scope numbers (exact): 2 is not 3",
    equation("eq:page-x", "1 + = 3"): "on scope numbers (exact): cannot read '1 + = 3'",
    equation("eq:page-x", "1 = 2", kind="cited", source="A"): "on scope numbers (exact): 1 is not 2",
    equation("eq:page-x", "1 = 1 # exact"): "checked by complex step alone",
    equation("eq:page-x", "1 + = 3", kind="cited", source="A"): "on scope numbers (exact): cannot read '1 + = 3'",
    equation("eq:page-x", "1 = 1 # exact complex step", kind="cited", source="A"): "evaluated on no scope",
    equation("eq:page-x", "1 = 2", kind="cited", source="A", unevaluated="It is false."): "1 is not 2",
    equation("eq:page-x", "1 = 1", kind="cited", source="A", unevaluated="Why."): "take :unevaluated: away",
    equation("eq:page-x", unevaluated=""): ":unevaluated: gives the reason, in a sentence",
    equation("eq:page-x") * 2: "the label stands twice; first in page00",
}


def test_builds_fail_readably_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr(evidence, "evaluate", tinybook.EVALUATOR)
    number = iter(range(100))
    pages = {}
    messages = []
    for text, message in BROKEN_PAGES.items():
        name = f"page{next(number):02}"
        pages[name] = f"# Page\n\n{text}\n".replace("eq:page", f"eq:{name}")
        place = "" if "stands twice" in message else f"{name}.md:3: ERROR: "
        messages.append((place, message.replace("eq:page", f"eq:{name}").replace("page00", name)))
    book = TinyBook(tmp_path / "book", pages, myst_enable_extensions=["dollarmath", "amsmath"])
    for _ in range(2):
        assert book.build(warningiserror=False) == 1
        for place, message in messages:
            assert any(place in line and message in line for line in book.errors.splitlines()), (place, message)
        assert "problems: " in book.errors
        assert "Traceback" not in book.errors
        # the gate does not lean on the environment being dropped after a failure: pages stay judged as they were read
        (tmp_path / "build/doctrees/unfinished").unlink(missing_ok=True)


SOUND = [("eq:sound-d-x", "exact", "0", 0), ("eq:sound-d-x", "JAX", 2e-16, 1e-12)]
FAILING = """
```{code-cell} python3
class CheckFailed(Exception): pass
raise CheckFailed("eq:failing-x: exact: residual 3/7, expected 0")
```
"""


@pytest.mark.parametrize(("mode", "builder", "builds"), [("force", "html", 1), ("cache", "dirhtml", 2)])
def test_cells_are_judged_as_they_ran(tmp_path, monkeypatch, mode, builder, builds):
    """Holds where and how myst-nb leaves the executed notebooks, which the gate reads."""
    monkeypatch.setattr(evidence, "evaluate", tinybook.EVALUATOR)
    failing = equation("eq:failing-x", "2 = 2") + equation("eq:failing-d-x", "3 = 3 # exact") + FAILING
    sound = "# Sound\n\n" + equation("eq:sound-d-x") + evidence_cell(*SOUND)
    book = TinyBook(
        tmp_path / "book",
        {"folder/sound": NOTEBOOK + sound, "failing": f"{NOTEBOOK}\n\n# Failing\n\n{failing}"},
        nb_execution_mode=mode,
    )
    for _ in range(builds):  # the second takes what ran well from the cache
        assert book.build(builder) == 1
        error, summary = [line for line in book.errors.splitlines() if "ERROR" in line]
        assert "problems: 1; failed: eq:failing-x, eq:failing-d-x" in summary
        assert error.endswith(
            "failing.md:16: ERROR: equation eq:failing-x: cell 1 failed: "
            "CheckFailed: eq:failing-x: exact: residual 3/7, expected 0"
        )
        assert "\n    at: raise CheckFailed('eq:failing-x: exact" in book.errors
        assert "therefore also without evidence: eq:failing-d-x" in book.errors and "WARNING" not in book.errors
    ledger = book.app.env.domains["equations"].ledger
    assert ledger.book.equations["eq:failing-d-x"].line == 12
    shown = [(record.oracle, record.residual, record.origin) for record in ledger.book.records("eq:sound-d-x")]
    assert ("JAX", 2e-16, "cell") in shown and ("exact", 0.0, "cell") in shown and ("exact", 0.0, "page") in shown

    if mode == "cache":  # where it costs no execution
        book.write("failing", "# Failing\n\nNot a notebook any more.\n")
        assert book.build(builder) == 0, book.errors
        assert book.errors == ""


def shown(figure, *outputs):
    """A cell as it ran, declared as a figure or not."""
    metadata = {"mystnb": {"figure": {"name": "fig-x"}}} if figure else {}
    return {"cell_type": "code", "source": "draw()", "metadata": metadata, "outputs": list(outputs)}


PICTURE = {"output_type": "display_data", "data": {"image/svg+xml": "<svg/>"}}
WORDS = {"output_type": "display_data", "data": {"text/plain": "words"}}
FAILED = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}


@pytest.mark.parametrize(
    ("cells", "lacking"),
    [
        ([shown(True, PICTURE)], []),
        ([shown(False, WORDS)], []),
        ([shown(True, WORDS)], ["cell 1: declared as a figure, but it shows no picture"]),
        ([shown(False), shown(True)], ["cell 2: declared as a figure, but it shows no picture"]),
        ([shown(True, FAILED)], []),
        ([shown(False, FAILED), shown(True)], []),  # it did not run
    ],
)
def test_a_figure_shows_a_picture_if_its_cell_ran(cells, lacking):
    page = Page()
    evidence.read_notebook({"metadata": {}, "cells": cells}, "cell", page)
    assert [problem.text for problem in page.problems] == lacking
