"""What a test asks of the browser, beside Selenium's own words."""

import json
from urllib.parse import urljoin

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys


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
