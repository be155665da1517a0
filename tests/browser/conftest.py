"""One headless Chromium, and the built site served on this machine. Neither reaches any other host."""

import os
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from browsing import Browser
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SITE = Path(__file__).parents[2] / "build" / "html"
NEEDED = {"Chromium": shutil.which("chromium"), "its driver": shutil.which("chromedriver")}
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


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


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and keeps the connection open; says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        """Nothing: the browser's own log is what the tests read."""


@pytest.fixture(scope="session")
def address(site):
    """Where the site is served, with a slash at the end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    """One browser for all tests of a worker."""
    for name, path in NEEDED.items():
        if path is None:
            missing(f"{name} is not installed; on Debian: apt install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = NEEDED["Chromium"]
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(NEEDED["its driver"]))
    driver.set_script_timeout(120)
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
