"""A real Chromium without a screen, steered by its driver over WebDriver (W3C), with nothing in between."""

import base64
import contextlib
import http.client
import json
import shutil
import subprocess
import time

import pytest

from processes import free_port, wait_until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def programs():
    """The browser and its driver, or a skip that says what to install."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("no Chromium with a driver: apt-get install chromium chromium-driver")
    return browser, driver


class DriverFault(AssertionError):
    def __init__(self, kind, message):
        super().__init__(f"{kind}: {message.splitlines()[0] if message else ''}")
        self.kind = kind


class Browser:
    """One window. Elements are found by CSS, or by the text that a person would look for."""

    def __init__(self, width=1360, height=900, language="en"):
        browser, driver = programs()
        self.port = free_port()
        self.driver = subprocess.Popen(
            [driver, f"--port={self.port}", "--log-level=OFF"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            assert wait_until(self.is_ready, 30, step=0.1), "the driver does not answer"
            arguments = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                         "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
                         "--disable-component-update", "--disable-sync", f"--lang={language}"]
            self.session = None
            answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {
                "browserName": "chrome",
                "goog:chromeOptions": {
                    "binary": browser, "args": arguments,
                    "prefs": {"intl.accept_languages": language}},
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}}})
            self.session = answer["sessionId"]
            self.resize(width, height)
        except BaseException:
            self.close()
            raise

    def is_ready(self):
        try:
            return self.ask("GET", "/status").get("ready", False)
        except (OSError, http.client.HTTPException):
            return False

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        try:
            data = json.dumps(body or {}) if method == "POST" else None
            connection.request(method, path, data, {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())["value"]
        finally:
            connection.close()
        if isinstance(answer, dict) and "error" in answer:
            raise DriverFault(answer["error"], answer.get("message", ""))
        return answer

    def do(self, method, path, body=None):
        return self.ask(method, f"/session/{self.session}{path}", body)

    def close(self):
        with contextlib.suppress(Exception):
            self.do("DELETE", "")
        self.driver.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.driver.wait(10)
        self.driver.kill()

    # What a window does

    def go(self, address):
        self.do("POST", "/url", {"url": address})

    def resize(self, width, height):
        self.command("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def prefer(self, scheme):
        self.command("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def command(self, name, parameters=None):
        return self.do("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters or {}})

    def js(self, script, *arguments):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def picture(self):
        return base64.b64decode(self.do("GET", "/screenshot"))

    def press(self, *keys):
        """Keys as a keyboard sends them: `Tab`, `Escape`, or single characters."""
        codes = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Right": "\ue014", "Left": "\ue012"}
        actions = []
        for key in keys:
            code = codes.get(key, key)
            actions += [{"type": "keyDown", "value": code}, {"type": "keyUp", "value": code}]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def log(self, kind="browser"):
        return self.do("POST", "/se/log", {"type": kind})

    def complaints(self):
        """What the console says went wrong; refusals that a test asked for are no fault of the page."""
        return [entry["message"] for entry in self.log()
                if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]]

    def requests(self):
        """Every address that the page asked for."""
        asked = []
        for entry in self.log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                asked.append(message["params"]["request"]["url"])
        return asked

    # What is on the page

    def all(self, css, inside=None):
        place = f"/element/{inside}/elements" if inside else "/elements"
        return [entry[ELEMENT] for entry in
                self.do("POST", place, {"using": "css selector", "value": css})]

    def find(self, css, timeout=10):
        return self.await_(lambda: next(iter(self.all(css)), None), f"no {css}", timeout)

    def text(self, element=None):
        """What a person reads, of the whole page or of an element."""
        return self.do("GET", f"/element/{element or self.all('body')[0]}/text")

    def shows(self, text, timeout=10):
        self.await_(lambda: text.lower() in self.text().lower(), f"the page does not say {text!r}", timeout)

    def await_(self, condition, what, timeout=10):
        """What the condition is once it is true. A page that changes under a look is looked at again."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                value = condition()
                if value:
                    return value
            except DriverFault as fault:
                if fault.kind not in ("stale element reference", "no such element",
                                      "element click intercepted", "element not interactable"):
                    raise
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}; the page says: {self.text()[:3000]}")
            time.sleep(0.1)

    def named(self, text, kinds="button, a", inside=None):
        """The element of a kind that says exactly this, or is labelled so; of several, the last, which is
        in the dialog where there is one."""
        return self.js("""
            const [text, kinds, inside] = arguments;
            const open = inside ?? [...document.querySelectorAll("dialog[open]")].pop() ?? document;
            const found = [...open.querySelectorAll(kinds)].filter((each) => each.checkVisibility()
              && (each.getAttribute("aria-label") ?? each.textContent).trim() === text);
            return found.pop() ?? null;""", text, kinds, inside and {ELEMENT: inside})

    def click(self, text, kinds="button, a", inside=None, timeout=10):
        """Presses what says this, as a mouse does."""
        def press():
            found = self.named(text, kinds, inside)
            if not found:
                return False
            self.do("POST", f"/element/{found[ELEMENT]}/click")
            return True
        self.await_(press, f"there is nothing to press that says {text!r}", timeout)

    def press_on(self, css, timeout=10):
        def press():
            found = self.all(css)
            if found:
                self.do("POST", f"/element/{found[0]}/click")
            return bool(found)
        self.await_(press, f"there is nothing to press at {css}", timeout)

    def write(self, label, text):
        """Types into the input with this label, in the place of what is there."""
        found = self.await_(lambda: self.js("""
            const [label] = arguments;
            const open = [...document.querySelectorAll("dialog[open]")].pop() ?? document;
            const found = [...open.querySelectorAll("label")].find((each) => each.textContent.trim() === label);
            return found ? document.getElementById(found.htmlFor) : null;""", label), f"no input {label!r}")
        element = found[ELEMENT]
        kind = self.do("GET", f"/element/{element}/name").lower()
        if kind == "select":
            for option in self.all("option", element):
                if self.do("GET", f"/element/{option}/text").strip() == text:
                    return self.do("POST", f"/element/{option}/click")
            raise AssertionError(f"{label!r} has no choice {text!r}")
        self.do("POST", f"/element/{element}/clear")
        self.do("POST", f"/element/{element}/value", {"text": text})

    def view(self, path):
        """Another view, by its address."""
        self.js("location.hash = arguments[0];", f"#/{path}")
