"""Pages in a real Chromium, opened from disk: the browser, and what tests of pages ask it.

Needs Debian's chromium, chromium-driver and python3-selenium; accessibility also axe-core (PyPI's axe-selenium-python, or NLB_AXE = axe.min.js).
What is missing skips with a word.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

DEBIAN = "/usr/bin/python3"
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import Select
except ImportError:
    if sys.executable != DEBIAN and os.path.exists(DEBIAN) and "NLB_REEXECUTED" not in os.environ:
        os.execve(DEBIAN, [DEBIAN, "-B", *sys.argv], {**os.environ, "NLB_REEXECUTED": "1"})
    print("skipped: no selenium (apt install python3-selenium chromium chromium-driver)")
    sys.exit(77)

CHROMIUM, DRIVER = pathlib.Path("/usr/lib/chromium/chromium"), pathlib.Path("/usr/bin/chromedriver")
if not (CHROMIUM.exists() and DRIVER.exists()):
    print("skipped: no chromium (apt install chromium chromium-driver)")
    sys.exit(77)

SOURCE = pathlib.Path(os.environ.get("NLB_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[3]))
BINARY = pathlib.Path(os.environ.get("NLB_BINARY_DIR", SOURCE / "build/light"))
BOARD = "mnist_lenet_sym"


def axe_source():
    """Text of axe.min.js, or None."""
    if "NLB_AXE" in os.environ:
        return pathlib.Path(os.environ["NLB_AXE"]).read_text()
    try:
        import axe_selenium_python
    except ImportError:
        return None
    return (pathlib.Path(axe_selenium_python.__file__).parent / "node_modules/axe-core/axe.min.js").read_text()


def browser(downloads, scripts=True):
    options = Options()
    options.binary_location = str(CHROMIUM)
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(flag)
    settings = {"download.default_directory": str(downloads)}
    if not scripts:
        settings["profile.managed_default_content_settings.javascript"] = 2
    options.add_experimental_option("prefs", settings)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service(str(DRIVER)), options=options)
    size(driver, 1920, 1080)
    return driver


def size(driver, width, height):
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


def scheme(driver, name):
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]})


def requests_of(driver):
    """Addresses asked for since the last call."""
    messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
    return [message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"]


class Pages(unittest.TestCase):
    """The pages of a measured table and of small made-up ones, and what is asked of each test: an empty console, no address from outside."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        cls.downloads = cls.folder / "downloads"
        cls.downloads.mkdir()
        subprocess.run([BINARY / "bin/nlbench", "report", "--protocols", SOURCE / "protocols", "--protocol", BOARD, "--results",
                        SOURCE / "leaderboard/results", "--out", cls.folder / "board", "--templates", SOURCE / "templates",
                        "--format", "html,csv,json"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([BINARY / "tests/reports/reports_tests", "[site]"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "NLB_SITE": str(cls.folder)})
        cls.driver = browser(cls.downloads)

    @classmethod
    def tearDownClass(cls):
        cls.driver.quit()
        cls.scratch.cleanup()

    def open(self, page="board/" + BOARD + ".html", address=""):
        self.driver.get("about:blank")
        self.driver.get((self.folder / page).as_uri() + address)

    def tearDown(self):
        self.assertEqual([], [entry["message"] for entry in self.driver.get_log("browser")], "console")
        for address in requests_of(self.driver):
            self.assertTrue(address.startswith(("file:", "blob:", "data:", "about:")), address)

    # ---- small helpers

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def press(self, selector):
        element = self.one(selector)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def rows(self):
        """Ids of the rows shown in the first table, in order."""
        return [body.get_attribute("data-row") for body in self.all("section.group table.board tbody") if body.is_displayed()]

    def shown(self):
        """Cell id -> what it shows, of the rows shown in the first table: its value, or in that view what is published."""
        return dict(self.driver.execute_script("""
            const part = document.getElementById('tables').dataset.view === 'published' ? '.source' : '.value';
            const cells = document.querySelector('table.board').querySelectorAll('tbody:not([hidden]) td.cell');
            return [...cells].map((cell) => [cell.id, [...cell.querySelectorAll(part)].map((node) => node.textContent).join('; ')])"""))

    def choose_view(self, view):
        self.driver.execute_script(f"document.querySelector('input[name=view][value={view}]').click()")

    def downloaded(self, name):
        path = self.downloads / name
        for _ in range(2400):
            if path.exists():
                text = path.read_bytes().decode()
                path.unlink()
                return text
            time.sleep(0.05)
        self.fail(f"{name} was not downloaded")

    def means(self, column):
        state = json.loads(self.driver.execute_script("return document.getElementById('state').textContent"))
        group = state["groups"][0]
        place = [c["id"] for c in group["columns"]].index(column)
        return {row["id"]: row["cells"][place]["shown"]["measured"][group["rule"]][1] for row in group["rows"]}
