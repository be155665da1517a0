"""The theme's controls, which work with less than the theme brings: icons, menus, search, the ledger's rows."""

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.browser

SEARCH_FILES = {"searchindex.js", "searchtools.js", "language_data.js"}

ICONS = """
return [...document.querySelectorAll(".fa-solid")].filter(icon => icon.checkVisibility()).map(icon => {
  const style = getComputedStyle(icon), box = icon.getBoundingClientRect();
  return [icon.className, style.maskImage, box.width, box.height, style.backgroundColor];
});
"""


def names(urls):
    """The last parts of URLs."""
    return {url.rpartition("/")[2] for url in urls}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_icons_are_drawn(browser, scheme):
    browser.prefers(scheme)
    for width in (1280, 390):
        browser.width(width)
        browser.open("softmax.html")
        icons = browser.run(ICONS)
        assert len(icons) >= 4
        for name, mask, wide, high, colour in icons:
            assert mask.startswith('url("data:image/svg+xml') and min(wide, high) > 8, f"{name}: {mask[:40]}"
            brightness = sum(map(int, colour.removeprefix("rgb(").rstrip(")").split(","))) / 765
            assert brightness > 0.5 if scheme == "dark" else brightness < 0.5, f"{name}: {colour}"


def test_theme_menu_opens_and_closes(browser):
    browser.open("index.html")
    button = browser.all(".theme-switch-button")[0]
    menu = browser.all("#theme-menu")[0]
    assert button.accessible_name == "Colour mode" and not menu.is_displayed()
    button.click()
    assert menu.is_displayed()
    box, above, room = menu.rect, button.rect, browser.run("return innerWidth")
    assert 0 <= box["x"] <= room - box["width"] and box["y"] >= above["y"] + above["height"] - 1
    browser.press(Keys.ESCAPE)
    assert not menu.is_displayed()
    browser.run("arguments[0].focus()", button)
    browser.press(Keys.ENTER, Keys.TAB, Keys.TAB, Keys.TAB)
    assert browser.run("return document.activeElement.dataset.mode") == "dark"
    browser.press(Keys.ENTER)
    assert not menu.is_displayed() and browser.run("return document.documentElement.dataset.theme") == "dark"


def test_search_is_loaded_when_it_is_asked_for(browser):
    """The Search button opens a field; with it the index comes, and the page of results finds what is typed."""
    browser.open("lstm_cell_backward/d_o.html")
    assert not SEARCH_FILES & names(browser.requested())
    browser.all("body")[0].send_keys(Keys.CONTROL, "k")
    field = browser.run("return document.activeElement")
    assert field.accessible_name == "Search..." and field.is_displayed()
    WebDriverWait(browser.driver, 10).until(lambda _: SEARCH_FILES <= names(browser.requested()))
    field.send_keys("quotient", Keys.ENTER)
    found = "return [...document.querySelectorAll('#search-results .search li a[href*=softmax]')]"
    browser.until(found + ".length")
    browser.until("return /found \\d+ pages/.test(document.querySelector('.search-summary').textContent)")
    assert "search.html?q=quotient" in browser.driver.current_url
    browser.run(found)[0].click()
    browser.until("return location.pathname.endsWith('/softmax.html') && document.querySelector('.highlighted')")
    assert browser.errors() == []


def test_menus_of_a_narrow_page(browser):
    """The two buttons open the chapters and the page's contents; Escape closes them, and the focus is back."""
    browser.width(390)
    browser.open("softmax.html")
    for toggle, dialog, link in (
        (".primary-toggle", "#pst-primary-sidebar-modal", "a[href='cross_entropy.html']"),
        (".secondary-toggle", "#pst-secondary-sidebar-modal", "a[href='#shapes']"),
    ):
        button = browser.all(toggle)[0]
        assert button.accessible_name
        button.click()
        assert browser.all(f"{dialog}[open] {link}")[0].is_displayed()
        browser.press(Keys.ESCAPE)
        assert not browser.all(f"{dialog}[open]")


def test_back_to_top(browser):
    """On a narrow page, where the theme shows it, while a reader scrolls up."""
    browser.width(390)
    browser.open("softmax.html")
    button = browser.all("#pst-back-to-top")[0]
    assert not button.is_displayed()
    browser.run("scrollTo(0, 2000)")
    browser.until("scrollBy(0, -50); return arguments[0].checkVisibility()", button)
    button.click()
    browser.until("return scrollY === 0")


WAITS = "return !document.getElementById(arguments[0]).querySelector('code').checkVisibility(arguments[1])"
SEEN = """
const box = document.querySelector(":target").getBoundingClientRect();
return 0 <= box.top && box.top < innerHeight;
"""


@pytest.mark.parametrize("width", [1280, 390])
def test_rows_of_the_ledger_are_laid_out_when_seen(browser, width):
    """A late row waits; a search in the page finds it, a link to it shows it, and print has it."""
    automatic = {"contentVisibilityAuto": True}
    browser.width(width)
    browser.open("ledger/index.html")
    row = browser.run("return document.querySelector('.eq-ledger-table tbody').rows[400].id")
    assert browser.run(WAITS, row, automatic)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    browser.until(WAITS.replace("!", ""), row, automatic)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    browser.until(WAITS, row, automatic)
    assert browser.run("return find(document.getElementById(arguments[0]).querySelector('code').textContent)", row)
    browser.until(WAITS.replace("!", ""), row, automatic)
    browser.open("index.html")
    browser.open(f"ledger/index.html#{row}")
    browser.until(SEEN)
    browser.until(WAITS.replace("!", ""), row, automatic)
