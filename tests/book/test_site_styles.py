"""The one stylesheet: which rules of the theme it keeps."""

import sys
from pathlib import Path

import pytest

BOOK = Path(__file__).resolve().parents[2] / "book"
sys.path[:0] = [str(path) for path in (BOOK / "_ext",) if str(path) not in sys.path]

from site_styles import as_before, names_in_pages, names_in_scripts, stylesheet  # noqa: E402

PAGE = '<html data-theme="light"><p class="note wide" id="top" style="color: var(--inked)">a &lt;b class="no"&gt;</p>'
SCRIPT = 'document.querySelector(".looked-for").classList.add("open"); a.dataset.someMode = a.title = 1;'
NAMES = names_in_pages([PAGE]) | names_in_scripts([], [SCRIPT])


def cut(theme, own=""):
    return stylesheet([theme], [own], NAMES, [PAGE]).strip()


@pytest.mark.parametrize(
    "selector",
    [
        "p",
        "p.note.wide",
        "#top:hover>p",
        "html[data-theme=dark] p::before",
        ".open",
        "[data-some-mode]",
        "[title]",
        ".note:not(.absent)",
        ".note:is(.absent, .wide)",
        "*",
    ],
)
def test_keeps_what_may_apply(selector):
    assert cut(f"{selector} {{ color : red }}") == f"{selector}{{color:red}}"


@pytest.mark.parametrize(
    "selector", ["div", ".absent", "p.note .absent", "#other", "[hidden]", ".looked-for", ".no", ".note:is(.absent)"]
)
def test_cuts_what_cannot_apply(selector):
    assert cut(f"{selector} {{ color: red }} p {{ color: blue }}") == "p{color:blue}"


def test_cuts_within_lists_and_media():
    assert cut("p, .absent { top: 0 } @media print { .absent { top: 1px } }") == "p{top:0}"
    assert cut("@media print { .absent { top: 0 } p { top: 1px !important } }") == "@media print{p{top:1px!important}}"


def test_keeps_what_is_referred_to():
    sheet = "p { --unused: 1; --used: var(--through); --through: 2; --inked: red; top: var(--used) }"
    assert cut(sheet) == "p{--used:var(--through);--through:2;--inked:red;top:var(--used)}"
    frames = "@keyframes turn { from { top: 0 } }"
    assert cut(frames) == "" and cut(f"p {{ animation: turn 1s }} {frames}").endswith("@keyframes turn{from{top:0}}")


def test_own_sheets_stay_whole_and_notices_stay():
    own = "@font-face { font-family: Own } .absent { top: 0 }"
    assert cut("/*! licence */ /* why */ @font-face { font-family: Icons }", own) == (
        "/*! licence */\n@font-face{font-family:Own}\n.absent{top:0}"
    )


def test_the_sheet_is_made_again_when_anything_that_it_is_made_of_has_changed(tmp_path, monkeypatch):
    made = []

    def make(*of):
        made.append(of)
        return f"sheet {len(made)}\n\n"

    def now(theme="p {}", own="a {}", names=("p", "a"), referring="--x"):
        return as_before(tmp_path / "kept", make, [theme], [own], set(names), [referring])

    assert now() == now(names=("a", "p")) == "sheet 1\n\n"
    for number, changed in enumerate(
        ({"theme": "q {}"}, {"own": ""}, {"names": ("p",)}, {"referring": "--y"}), start=1
    ):
        assert now(**changed) == f"sheet {2 * number}\n\n" and now() == f"sheet {2 * number + 1}\n\n"
    monkeypatch.setattr("tinycss2.__version__", "another")
    assert now() == "sheet 10\n\n"
