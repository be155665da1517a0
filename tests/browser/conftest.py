"""One headless Chromium, and the built site served on this machine. Neither reaches any other host."""

import os
from pathlib import Path

import pytest
from browsing import NEEDED, Browser, chromium, served

SITE = Path(__file__).parents[2] / "build" / "html"


def missing(what):
    """Skip where a reader lacks something; fail where continuous integration does."""
    if os.environ.get("CI") == "true":
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def pytest_generate_tests(metafunc):
    """Every page of the book: what is built, without the listings of the code and the theme's own files."""
    paths = [path for path in SITE.rglob("*.html") if path.relative_to(SITE).parts[0] not in ("_modules", "_static")]
    if "folded_page" in metafunc.fixturenames:
        paths = [path for path in paths if "<details" in path.read_text(encoding="utf-8").partition("<article")[2]]
    for name in {"every_page", "folded_page"} & set(metafunc.fixturenames):
        metafunc.parametrize(name, sorted(path.relative_to(SITE).as_posix() for path in paths) or ["index.html"])


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    if not (SITE / "index.html").is_file():
        missing("there is no built site in build/html: run `make html` first")
    return SITE


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served, with a slash at the end."""
    with served(site) as address:
        yield address


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    """One browser for all tests of a worker."""
    for name, path in NEEDED.items():
        if path is None:
            missing(f"{name} is not installed; on Debian: apt install chromium chromium-driver")
    driver = chromium(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.fixture
def browser(site, address, driver):
    """The browser as a reader has it who comes for the first time: wide, light, with scripts, nothing stored."""
    browser = Browser(driver, address)
    browser.scripts(True)
    browser.prefers("light")
    browser.width(1280)
    browser.forget()
    yield browser
    browser.scripts(True)
