"""The built site in a browser: every page at two widths, without scripts, by keyboard, in light and dark."""

import json
from importlib.resources import files
from urllib.parse import urldefrag

import pytest
from selenium.webdriver.common.keys import Keys

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)

# Rows that would be laid out when they come near the window: all at once, so that all are looked at.
SHOW_ALL = """
const style = document.createElement("style");
style.textContent = "* { content-visibility: visible !important }";
document.head.append(style);
"""

TOO_WIDE = """
const page = document.scrollingElement;
if (page.scrollWidth <= page.clientWidth) return [];
const out = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > page.clientWidth);
return [`${page.scrollWidth} of ${page.clientWidth} px`, ...out.slice(0, 5).map(e => e.outerHTML.slice(0, 120))];
"""

# Each figure's pictures: how many there are to choose from, and which of them are seen. A named group is one picture,
# whatever it is made of.
DRAWINGS = """
return [...document.querySelectorAll("figure.drawing:not([hidden])")].map(figure => {
  const parts = [...figure.querySelectorAll(":scope svg.drawing-picture, :scope > [role=group]")];
  const pictures = parts.filter(e => !e.parentElement.closest("[role=group]"));
  const seen = pictures.filter(e => e.checkVisibility() && e.getBoundingClientRect().height > 20);
  return [figure.id, seen];
});
"""

# One element for each character or word of mathematics that a page shows.
SAMPLE_MATHEMATICS = """
const met = new Set();
for (const leaf of document.querySelectorAll("math :is(mi, mo, mn, mtext)")) {
  if (met.has(leaf.textContent) || !leaf.checkVisibility()) continue;
  met.add(leaf.textContent);
  leaf.classList.add("sampled");
}
return met.size;
"""

UNSEEN_MATHEMATICS = """
return [...document.querySelectorAll("article math")].filter(math => {
  const box = math.getBoundingClientRect();
  return !math.closest("details:not([open])") && !(math.checkVisibility() && box.width > 3 && box.height > 3);
}).map(math => math.textContent.slice(0, 60));
"""

TEXT = "return document.querySelector(arguments[0]).innerText.trim()"

FOLDED = "article details > summary"

FOLD = """
const fold = arguments[0].parentElement;
arguments[0].focus();
const focused = document.activeElement === arguments[0];
return {open: fold.open, height: fold.getBoundingClientRect().height, focused};
"""

ROWS = """
const rows = [...document.querySelectorAll("table.eq-ledger-table tbody tr")];
return rows.filter(row => !row.hidden).map(row => ({
  id: row.id,
  text: row.textContent.toLowerCase(),
  number: row.cells[0].textContent.match(/[\\d.]+/)[0].split(".").map(Number),
  state: row.cells[2].textContent.trim(),
}));
"""

BRIGHTNESS = """
const [r, g, b] = getComputedStyle(document.querySelector(arguments[0]))[arguments[1]].match(/\\d+/g).map(Number);
return (r + g + b) / 765;
"""


def drawings(browser, width):
    """What is wrong with a page's drawings at a width."""
    browser.width(width)
    faults = []
    for name, seen in browser.run(DRAWINGS):
        if len(seen) != 1:
            faults.append(f"drawing {name} at {width} px shows {len(seen)} pictures, not one")
        faults += [f"drawing {name} at {width} px has no name" for picture in seen if not picture.accessible_name]
    return faults


def test_page(browser, every_page):
    """It fits both widths, loads without an error and from here alone, and sets mathematics in its own font."""
    browser.open(every_page)
    browser.run(SHOW_ALL)
    faults = []
    for width in WIDTHS:
        browser.width(width)
        faults += [f"wider than {width} px: {what}" for what in browser.run(TOO_WIDE)]
        faults += drawings(browser, width)
    if browser.run(SAMPLE_MATHEMATICS):
        fonts = browser.fonts(".sampled")
        if list(fonts) != ["STIX Two Math*"]:
            faults.append(f"mathematics is set in {fonts}")
    if browser.all(".MathJax, mjx-container, .katex, img.math"):
        faults.append("mathematics is not MathML")
    faults += [f"console: {error}" for error in browser.errors()]
    faults += [f"asks for {url}" for url in browser.requested() if not url.startswith((browser.address, "data:"))]
    assert not faults, "\n".join([every_page, *faults])


def test_page_without_scripts(browser, every_page):
    """Text, colours, equations and drawings are there without a script."""
    browser.scripts(False)
    browser.open(every_page)
    browser.run(SHOW_ALL)
    assert not browser.run("return document.documentElement.dataset.mode"), "a script has run"
    faults = [f"not seen: {math}" for math in browser.run(UNSEEN_MATHEMATICS)]
    faults += drawings(browser, 390) + drawings(browser, 1280)
    heading, text = (browser.run(TEXT, part) for part in ("main h1:not(.onlyprint *)", "main"))
    if not heading or len(text) < 100:
        faults.append(f"heading {heading!r}, {len(text)} characters of text")
    if broken := browser.run("return [...document.images].filter(i => !i.naturalWidth).map(i => i.src)"):
        faults.append(f"pictures without content: {broken}")
    if browser.run(BRIGHTNESS, "main h1", "color") > 0.4:
        faults.append("text is too pale for a white page")
    assert not faults, "\n".join([every_page, *faults])


def test_folded_parts_open_by_keyboard(browser, folded_page):
    """Solutions, steps and long code: the Tab key reaches them, and each opens and closes with a key."""
    browser.open(folded_page)
    summaries = browser.all(FOLDED)
    browser.run("const article = document.querySelector('article'); article.tabIndex = -1; article.focus()")
    assert browser.tab_to(FOLDED, presses=300) == summaries[0]
    for summary in summaries:
        states = [browser.run(FOLD, summary)]
        for key in (Keys.ENTER, Keys.SPACE):
            browser.press(key)
            states.append(browser.run(FOLD, summary))
        shut, opened = (states[i] for i in ((1, 2) if states[0]["open"] else (0, 1)))
        assert states[0]["open"] is states[2]["open"] is not states[1]["open"], f"{summary.text!r}: {states}"
        assert states[0]["focused"] and opened["height"] > shut["height"], f"{summary.text!r}: {states}"


def test_theme_button(browser):
    """The button sets the theme, the page keeps it, and `auto` follows the system."""

    def theme(page):
        browser.open(page)
        return browser.run("return document.documentElement.dataset.theme")

    def choose(mode):
        browser.tab_to(".theme-switch-button")
        browser.press(Keys.ENTER)
        browser.run("document.querySelector(arguments[0]).focus()", f".theme-change-button[data-mode={mode}]")
        browser.press(Keys.ENTER)

    assert theme("index.html") == "light" and browser.run(BRIGHTNESS, "body", "backgroundColor") > 0.9
    choose("dark")
    assert browser.run("return document.documentElement.dataset.theme") == "dark"
    assert theme("lstm_cell.html") == "dark"
    assert browser.run(BRIGHTNESS, "body", "backgroundColor") < 0.3
    assert browser.run(BRIGHTNESS, "article p", "color") > 0.7
    assert browser.run(BRIGHTNESS, "figure.drawing text", "fill") > 0.7
    choose("light")
    assert theme("index.html") == "light"
    browser.prefers("dark")
    assert theme("index.html") == "light"
    choose("auto")
    assert theme("index.html") == "dark"
    browser.prefers("light")
    assert theme("index.html") == "light"


def test_ledger_filters_by_keyboard(browser):
    """Words typed leave the rows that have them all; the count says how many; clearing them brings all back."""
    browser.open("ledger/index.html")
    rows = browser.run(ROWS)
    field = browser.tab_to(".eq-filter input")
    assert field.accessible_name.strip() == "Filter"
    for words in ("cited", "1.2 proved", "zz"):
        browser.press(words)
        expected = [row["id"] for row in rows if all(word in row["text"] for word in words.split())]
        assert [row["id"] for row in browser.run(ROWS)] == expected and len(expected) < len(rows)
        assert browser.all(".eq-filter [role=status]")[0].text == f"{len(expected)} of {len(rows)} equations"
        browser.press(*[Keys.BACKSPACE] * len(words))
    assert browser.run(ROWS) == rows


def test_ledger_sorts_by_keyboard(browser):
    """A heading sorts by its column, pressed again the other way round, and says so."""
    browser.open("ledger/index.html")
    rows = browser.run(ROWS)
    for column, key in ((1, "number"), (3, "state")):
        heading = f".eq-ledger-table th:nth-child({column})"
        browser.tab_to(f"{heading} .eq-sort")
        for reverse, direction in ((False, "ascending"), (True, "descending")):
            browser.press(Keys.ENTER)
            sorted_by = [row[key] for row in browser.run(ROWS)]
            assert (
                sorted_by == sorted((row[key] for row in rows), reverse=reverse) and len(set(map(str, sorted_by))) > 1
            )
            assert browser.all("[aria-sort]") == browser.all(f"{heading}[aria-sort={direction}]") != []


def test_every_equation_leads_to_its_row_in_the_ledger(browser, site):
    """Each numbered equation has a badge, and the badge's link ends at a row of its own."""
    equations = json.loads((site / "ledger.json").read_text())["equations"]
    pages = sorted({path for path in site.rglob("*.html") if 'class="eq-box' in path.read_text()})
    links = []
    browser.scripts(False)
    for path in pages:
        browser.open(path.relative_to(site).as_posix())
        boxes = browser.run(
            "return [...document.querySelectorAll('article .equation:has(.eqno)')]"
            ".map(e => [e.id, e.closest('.eq-box')?.querySelector('a.eq-badge')?.href ?? ''])"
        )
        for equation, link in boxes:
            ledger, row = urldefrag(link)
            assert ledger == f"{browser.address}ledger/index.html", f"{path.name}: {equation} has no badge"
            assert row == equation.replace("equation-", "ledger-"), f"{path.name}: {equation} leads to {link}"
            links.append(row)
    browser.open("ledger/index.html")
    assert sorted(links) == sorted(row["id"] for row in browser.run(ROWS))
    assert len(links) == len(set(links)) == len(equations) > 0


def test_badge_leads_to_its_row_even_if_filtered(browser):
    """A badge pressed shows its row in the ledger; a filter does not hide a row that is asked for."""
    browser.open("softmax.html")
    badge = browser.tab_to("a.eq-badge", presses=200)
    row = urldefrag(badge.get_attribute("href"))[1]
    browser.press(Keys.ENTER)
    target = browser.all("tr:target")
    assert [found.get_attribute("id") for found in target] == [row] and target[0].is_displayed()
    browser.all(".eq-filter input")[0].send_keys("zz")
    assert browser.run(ROWS) == []
    other = browser.run("return [...document.querySelectorAll('.eq-ledger-table tbody tr')].at(-1).id")
    browser.run("location.hash = arguments[0]", other)
    assert browser.all(f"#{other}")[0].is_displayed()


def test_page_from_a_file(browser, site):
    """A page opened from the disk is whole: no error, its own font, and every request is for a file."""
    browser.open((site / "lstm_cell.html").as_uri())
    assert browser.errors() == []
    assert [url for url in browser.requested() if not url.startswith((site.as_uri(), "data:"))] == []
    assert browser.run(SAMPLE_MATHEMATICS) > 20 and list(browser.fonts(".sampled")) == ["STIX Two Math*"]
    assert browser.run("return document.documentElement.dataset.theme") == "light"


AXE = """
// Of a long table the first rows stand for all. What is slow here is contrast, and it alone depends on the theme.
document.querySelectorAll("tbody tr:nth-child(n + 12)").forEach(row => row.remove());
const options = arguments[0] === "dark" ? {runOnly: ["color-contrast"]} : {};
return axe.run(options).then(found => found.violations);
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", ["index.html", "lstm_cell_backward/d_o.html", "explorer.html", "ledger/index.html"])
def test_accessible_by_axe(browser, page, theme):
    """The engine axe-core finds no serious or critical fault."""
    browser.prefers(theme)
    browser.open(page)
    assert browser.run("return document.documentElement.dataset.theme") == theme
    browser.run(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    grave = [
        f"{fault['impact']}: {fault['help']}: {node['html'][:150]}"
        for fault in browser.run(AXE, theme)
        for node in fault["nodes"]
        if fault["impact"] in ("serious", "critical")
    ]
    assert not grave, "\n".join(grave[:12])
