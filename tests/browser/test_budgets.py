"""What a first visit may cost, by kind of page: bytes as they come without compression, and requests; none fails."""

from importlib.resources import files
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

# kB and requests, one of them for the favicon: of what is now, and a little more. Of the chapters and of the modules
# the heaviest stands for all.
BUDGETS = {
    "index.html": (220, 10),
    "explorer.html": (540, 18),
    "ledger/index.html": (820, 11),
    "ledger/graph.html": (340, 9),
    "api/derivations.html": (640, 9),
    "search.html": (420, 12),
}
CHAPTER = (500, 10)
MODULE = (270, 9)
PAGES = ["lstm_cell.html", "softmax.html", "_modules/lstmderiv/lstm.html", "genindex.html", "search.html?q=gate"]

NOT_LOADED = ("fontawesome", "bootstrap.js", "searchtools.js", "language_data.js", "searchindex.js", ".map")

# The selectors of the theme's sheets that find something here, whatever its state, and that the page's sheets lack.
# Those that only set custom properties may be left out; icons are the book's own.
CUT_TOO_MUCH = r"""
const parts = text => text.split(/,(?![^(]*\))/).map(part => part.trim());
const rules = function* (list) {
  for (const rule of list) {
    if (rule.selectorText) yield rule;
    else if (rule.cssRules && !(rule instanceof CSSKeyframesRule)) yield* rules(rule.cssRules);
  }
};
const kept = new Set();
for (const sheet of document.styleSheets)
  for (const rule of rules(sheet.cssRules)) for (const part of parts(rule.selectorText)) kept.add(part);
const state = /::?[a-z-]*(?:before|after|hover|focus|focus-visible|focus-within|active|visited|placeholder|marker)\b/g;
const lacking = new Set();
for (const text of arguments[0]) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  for (const rule of rules(sheet.cssRules)) {
    if ([...rule.style].every(name => name.startsWith("--"))) continue;
    for (const part of parts(rule.selectorText)) {
      if (kept.has(part) || part.includes(".fa")) continue;
      let found = null;
      try { found = document.querySelector(part.replace(state, "") || "*"); } catch { continue; }
      if (found) lacking.add(part);
    }
  }
}
return [...lacking];
"""


def heaviest(site, kind):
    """The page with the most bytes among those of a kind that has no line of its own above."""
    pages = {path.relative_to(site).as_posix(): path.stat().st_size for path in site.rglob("*.html")}
    return max((page for page in pages if page not in BUDGETS and kind(page)), key=pages.get)


def test_every_kind_of_page_keeps_its_budget(browser, site):
    faults = []
    chapter = heaviest(site, lambda page: not page.startswith(("_modules/", "api/")))
    module = heaviest(site, lambda page: page.startswith("_modules/"))
    for page, (limit, most) in {**BUDGETS, chapter: CHAPTER, module: MODULE}.items():
        loaded = browser.first_load(page)
        faults += [f"{page} loads {url}" for url in loaded if "search" not in page and url.endswith(NOT_LOADED)]
        failed = {url: what for url, what in loaded.items() if not isinstance(what, (int, float))}
        faults += [f"{page}: {url}: {what}" for url, what in failed.items()]
        size = sum(what for url, what in loaded.items() if url not in failed) / 1000
        if size > limit or len(loaded) > most:
            largest = sorted(((what, url) for url, what in loaded.items() if url not in failed), reverse=True)
            faults.append(f"{page}: {size:.0f} kB of {limit}, {len(loaded)} requests of {most}: {largest[:5]}")
    assert not faults, "\n".join(faults)


def test_site_has_no_file_that_no_page_needs(site):
    left = [path.name for path in site.rglob("*") if path.match("*.map") or path.match("*fontawesome*")]
    left += [path.name for path in site.rglob("*.woff2") if not path.match("fonts/STIXTwoMath-*.woff2")]
    assert not left


def theme_sheets():
    """The theme's style sheets, whole."""
    found = [
        ("pydata_sphinx_theme", "theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css"),
        ("sphinx_book_theme", "theme/sphinx_book_theme/static/styles/sphinx-book-theme.css"),
        ("myst_nb", "static/mystnb.css"),
    ]
    return [Path(str(files(package)), path).read_text(encoding="utf-8") for package, path in found]


@pytest.mark.parametrize("page", [*PAGES, *BUDGETS])
def test_no_rule_of_the_theme_that_applies_is_cut(browser, page):
    browser.open(page)
    assert browser.run(CUT_TOO_MUCH, theme_sheets()) == []
