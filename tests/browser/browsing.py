"""A Chromium on a served site, and what a test asks of it beside Selenium's own words; no other host is reached."""

import json
import shutil
import threading
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

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


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and keeps the connection open; says nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_arguments):
        """Nothing: the browser's own log is what is read."""


@contextmanager
def served(folder):
    """A folder as a site: its address, with a slash at the end."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def chromium(profile):
    """A browser that keeps what it stores in an empty folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = NEEDED["Chromium"]
    for flag in [*FLAGS, f"--user-data-dir={profile}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(NEEDED["its driver"]))
    driver.set_script_timeout(120)
    return driver


class Browser:
    """A Chromium on the built site."""

    def __init__(self, driver, address):
        self.driver = driver
        self.address = address

    def scripts(self, on):
        """Let pages run scripts, or not; the tests' own still run."""
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not on})

    def prefers(self, scheme):
        """What the reader's system prefers: light or dark; and no motion, which would only cost time here."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def width(self, pixels):
        """Set the width of the page."""
        size = {"width": pixels, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    def forget(self):
        """Forget what pages stored and what was logged."""
        origin = {"origin": self.address, "storageTypes": "all"}
        self.driver.execute_cdp_cmd("Storage.clearDataForOrigin", origin)
        self.driver.get_log("browser")
        self.driver.get_log("performance")

    def open(self, page):
        """Open a page by its path in the site, or any whole URL; wait for its fonts."""
        self.driver.get(urljoin(self.address, page))
        self.driver.execute_script("return document.fonts.ready.then(() => null)")

    def run(self, script, *arguments):
        """The value of a JavaScript function's body."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script, *arguments):
        """Wait until the value of a JavaScript function's body is true."""
        return WebDriverWait(self.driver, 10).until(lambda driver: driver.execute_script(script, *arguments))

    def all(self, selector):
        """The elements that a CSS selector finds."""
        return self.driver.find_elements("css selector", selector)

    def errors(self):
        """What the console called an error since the last look."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def requested(self):
        """Every URL asked for since the last look, whether it was answered or not."""
        events = (json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance"))
        return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]

    def first_load(self, page):
        """Open a page as a reader who has nothing of it: each URL with the bytes that came, or with the failure."""
        self.driver.execute_cdp_cmd("Network.enable", {})
        self.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        self.driver.get("about:blank")
        self.forget()
        self.open(page)
        urls, found = {}, {}
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            told, request = event["params"], event["params"].get("requestId")
            if event["method"] == "Network.requestWillBeSent":
                urls[request] = told["request"]["url"]
            elif event["method"] == "Network.responseReceived" and told["response"]["status"] >= 400:
                found[urls[request]] = f"status {told['response']['status']}"
            elif event["method"] == "Network.loadingFinished" and request in urls:
                found.setdefault(urls[request], told["encodedDataLength"])
            elif event["method"] == "Network.loadingFailed" and request in urls:
                found[urls[request]] = told["errorText"]
        self.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": False})
        return {url: what for url, what in found.items() if not url.startswith(("data:", "about:"))}

    def fonts(self, selector):
        """The fonts that set the text directly in the elements found; a web font's name has a star."""
        command = self.driver.execute_cdp_cmd
        command("DOM.enable", {})
        command("CSS.enable", {})
        root = command("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        nodes = command("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]
        found = {}
        for node in nodes:
            for font in command("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]:
                name = font["familyName"] + "*" * font["isCustomFont"]
                found[name] = found.get(name, 0) + font["glyphCount"]
        command("CSS.disable", {})
        command("DOM.disable", {})
        return found

    def press(self, *keys):
        """Press keys, wherever the focus is."""
        ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, selector, presses=60):
        """Move the focus with the Tab key to the first element of a kind that it meets."""
        for _ in range(presses):
            self.press(Keys.TAB)
            if self.run("return document.activeElement.matches(arguments[0])", selector):
                return self.driver.switch_to.active_element
        raise AssertionError(f"{presses} presses of the Tab key do not reach {selector}")
