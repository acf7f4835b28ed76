"""The pages in a real Chromium, opened from disk: what a reader can do with them, with scripts and without."""

import csv
import io
import json
import unittest

import chromium
from chromium import BOARD, By, Keys, Select, axe_source, browser, scheme, size


class PageTest(chromium.Pages):
    # ---- what a reader does

    def test_sorting(self):
        self.open()
        own = self.rows()
        means = self.means("0.6")
        rest = [row for row in own if row != "ce"]
        self.press("th[data-sort='column:0.6'] button")
        self.assertEqual(self.rows(), ["ce"] + sorted(rest, key=lambda row: -means[row]))
        self.assertEqual(self.one("th[data-sort='column:0.6']").get_attribute("aria-sort"), "descending")
        self.press("th[data-sort='column:0.6'] button")
        self.assertEqual(self.rows(), ["ce"] + sorted(rest, key=lambda row: means[row]))
        self.press("th[data-sort='column:0.6'] button")
        self.assertEqual(self.rows(), own)
        self.press("th[data-sort='title'] button")
        self.assertEqual(self.rows()[0], "ce")

    def test_chips_and_search(self):
        self.open()
        everything = self.rows()
        self.assertFalse(self.one(".filtered").is_displayed())
        self.press(".chips [data-chip='word:unstable']")
        self.assertEqual(self.rows(), ["ce", "linear"])
        self.assertEqual(self.one(".chips [data-chip='word:unstable']").get_attribute("aria-pressed"), "true")
        self.assertIn("4 hidden by filter", " ".join(self.one(".filtered").text.split()))
        self.assertEqual(len(self.all("td.hit")), 2)
        self.press(".filtered .clear")
        self.assertEqual(self.rows(), everything)
        self.one("#search").send_keys("GCE")
        self.assertEqual(self.rows(), ["ce", "gce", "phuber_gce"])
        self.one("#search").send_keys(Keys.CONTROL, "a", Keys.DELETE)
        self.assertEqual(self.rows(), everything)
        self.press(".verdict [data-chip='word:unstable']")
        self.assertEqual(self.rows(), ["ce", "linear"])

    def test_switches(self):
        self.open()
        measured = self.shown()
        text = self.all("td.cell")[0].text
        for view, holds in (("ce", "reference"), ("delta", "match"), ("detection", "by loss"), ("published", "98.8")):
            self.choose_view(view)
            with self.subTest(view):
                self.assertIn(holds, self.one("table.board").text)
        self.choose_view("measured")
        self.assertEqual(self.shown(), measured)
        self.assertEqual(self.all("td.cell")[0].text, text)
        Select(self.one("#rule")).select_by_value("best_on_test")
        self.assertNotEqual(self.shown(), measured)

    def test_state_in_the_address(self):
        self.open()
        self.choose_view("ce")
        Select(self.one("#rule")).select_by_value("mean_last_10")
        self.press("th[data-sort='column:0.4'] button")
        self.press("[data-chip='word:match']")
        self.one("#search").send_keys("c")
        address, rows, shown = self.driver.current_url, self.rows(), self.shown()
        self.open()
        self.assertNotEqual(self.shown(), shown)
        self.driver.get("about:blank")
        self.driver.get(address)
        self.assertEqual((self.rows(), self.shown()), (rows, shown))
        self.assertEqual(self.one("#rule").get_attribute("value"), "mean_last_10")
        self.assertTrue(self.one("input[value=ce]").is_selected())
        self.assertEqual(self.one("#search").get_attribute("value"), "c")

    def test_a_cell_is_an_anchor(self):
        self.open(address=f"#{BOARD}/linear/0.6")
        self.assertEqual(self.driver.execute_script("return document.querySelector(':target').id"), f"{BOARD}/linear/0.6")

    def test_downloads_equal_what_is_shown(self):
        self.open()
        for view in ("measured", "published", "ce", "delta", "detection"):
            self.choose_view(view)
            self.press("th[data-sort='column:0.2'] button")
            shown = self.shown()
            name = f"{BOARD}_main_{view}"
            with self.subTest(view):
                self.press("[data-take=csv]")
                lines = list(csv.DictReader(io.StringIO(self.downloaded(name + ".csv"))))
                self.assertEqual([(line["cell"], line["shown"]) for line in lines if line["cell"]], list(shown.items()))
                self.press("[data-take=json]")
                rows = json.loads(self.downloaded(name + ".json"))["rows"]
                self.assertEqual([row["row"] for row in rows], self.rows())
                self.assertEqual({cell["cell"]: cell["shown"] for row in rows for cell in row["cells"]}, shown)

    def test_copies(self):
        self.open()
        self.press(".chips [data-chip='word:unstable']")
        self.press("[data-take=latex]")
        text = self.one("dialog textarea").get_attribute("value")
        shown = list(self.shown().values())
        self.assertEqual(text.count("$\\pm$"), len(shown))
        for value in shown:
            self.assertIn(value.replace("±", "$\\pm$"), text)
        for part in ("\\toprule", "\\midrule", "\\bottomrule", "20 \\%", "Linear &", "\\textbf{"):
            self.assertIn(part, text)
        self.assertNotIn("PHuber", text)
        self.press("#aside-close")
        self.press("[data-take=markdown]")
        text = self.one("dialog textarea").get_attribute("value")
        self.assertEqual(len(text.splitlines()), 4)
        self.assertIn("| Linear | 98.65 ± 0.09 (10)<br>published 95.0 ± 3.5<br>Δ +3.65", text)

    def test_copies_keep_where_a_row_comes_from(self):
        self.open("elsewhere/small.html")
        Select(self.one("#rule")).select_by_value("best_on_test")
        for form in ("latex", "markdown"):
            self.press(f"[data-take={form}]")
            text = self.one("dialog textarea").get_attribute("value")
            with self.subTest(form):
                self.assertIn("predictions scored here, training not verified", text)
                self.assertIn("bare numbers, neither measured nor scored here", text)
                self.assertIn("best on test was not measured; last 80.00 (1)", text)
                self.assertIn("{[}mine] {*}$\\lambda${*}" if form == "latex" else "\\[mine\\] \\*λ\\*", text)
            self.press("#aside-close")
        self.press("[data-take=csv]")
        lines = list(csv.DictReader(io.StringIO(self.downloaded("small_first_measured.csv"))))
        mine = [line for line in lines if line["row"] == "[mine] *λ*" and line["cell"]]
        self.assertTrue(all("training not verified" in line["row_note"] for line in mine))
        self.assertEqual(mine[0]["aside"], "best on test was not measured; last 80.00 (1)")
        self.press("[data-take=json]")
        rows = json.loads(self.downloaded("small_first_measured.json"))["rows"]
        self.assertEqual([row.get("origin", "") for row in rows if row["title"] == "[mine] *λ*"], ["predictions scored here, training not verified"])

    def test_why_a_cell_has_no_rank_follows_the_rule(self):
        self.open("elsewhere/small.html")
        cell = "td[id='small/imported__mine______/0.2']"
        self.assertIn("not ranked: one seed", self.one(cell).text)
        Select(self.one("#rule")).select_by_value("best_on_test")
        self.assertIn("best on test was not measured; last 80.00 (1)", self.one(cell).text)
        self.assertNotIn("not ranked", self.one(cell).text)

    def test_a_published_value_opens_its_sources(self):
        self.open()
        self.press("td.cell a.source")
        dialog = self.one("dialog")
        self.assertTrue(dialog.is_displayed())
        self.assertIn("Published: 99.1 ± 0.1", dialog.text)
        self.assertIn("99.1±0.1 in dmizr/phuber:README.md", dialog.text)
        self.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
        self.assertFalse(dialog.is_displayed())

    def test_a_row_opens_its_seeds_and_a_seed_its_run(self):
        self.open()
        self.assertFalse(self.one("tr.seeds").is_displayed())
        self.one("details.more summary").send_keys(Keys.ENTER)
        self.assertTrue(self.one("tr.seeds").is_displayed())
        link = self.one("tr.seeds .runs a")
        value = link.text
        link.click()
        self.assertIn(value, self.one("main table").text)
        self.assertIn("nlbench run --protocol mnist_lenet_sym --group main --row ce", self.one("pre").text)
        self.one("nav a:last-of-type").click()
        self.assertTrue(self.driver.current_url.endswith(f"{BOARD}.html#{BOARD}/ce/0"))

    def test_keyboard_alone(self):
        self.open()
        self.driver.switch_to.active_element.send_keys(Keys.TAB)
        self.assertEqual(self.driver.switch_to.active_element.get_attribute("class"), "skip")
        radio = self.one("input[name=view]:checked")
        radio.send_keys(Keys.ARROW_RIGHT)
        self.assertEqual(self.one("main").get_attribute("data-view"), "published")
        chip = self.one(".chips [data-chip='word:unstable']")
        chip.send_keys(Keys.SPACE)
        self.assertEqual(self.rows(), ["ce", "linear"])

    # ---- how it looks and holds

    def test_no_sideways_scrolling_of_the_page(self):
        run = next((self.folder / "board/runs").glob("*.html")).relative_to(self.folder)
        for width in (360, 768, 1920):
            size(self.driver, width, 900)
            for page in (f"board/{BOARD}.html", "board/index.html", run, "small/small.html", "hostile/small.html"):
                self.open(page)
                self.driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
                with self.subTest(page=page, width=width):
                    wide = self.driver.execute_script("return document.documentElement.scrollWidth")
                    self.assertLessEqual(wide, width)
        size(self.driver, 1920, 1080)

    def test_header_and_cross_entropy_stay_in_view(self):
        size(self.driver, 360, 640)
        self.open()
        region = self.one(".pinned-head")
        self.driver.execute_script("arguments[0].scrollTop = 400; arguments[0].scrollLeft = 300", region)
        top, left = region.rect["y"], region.rect["x"]
        head, reference = self.one("table.board thead th").rect, self.one("tbody.pinned th").rect
        self.assertAlmostEqual(head["y"], top, delta=2)
        self.assertAlmostEqual(head["x"], left, delta=2)
        self.assertAlmostEqual(reference["y"], head["y"] + head["height"], delta=3)
        self.assertAlmostEqual(reference["x"], left, delta=2)
        size(self.driver, 1920, 1080)

    def test_print(self):
        self.open()
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.assertFalse(self.one(".toolbar").is_displayed())
        self.assertEqual(self.one(".pinned-head").value_of_css_property("overflow-x"), "visible")
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    def test_scripts_off(self):
        driver = browser(self.downloads, scripts=False)
        try:
            driver.get((self.folder / f"board/{BOARD}.html").as_uri())
            text = driver.find_element(By.TAG_NAME, "body").text
            self.assertIn("96.74 ± 0.28 (5)", text)
            self.assertIn("97.0 ± 0 Δ −0.26 ± 0.40 ≈ consistent", text.replace("\n", " "))
            self.assertFalse(driver.find_element(By.CSS_SELECTOR, ".toolbar").is_displayed())
            seeds = driver.find_element(By.CSS_SELECTOR, "tr.seeds")
            self.assertFalse(seeds.is_displayed())
            driver.find_element(By.CSS_SELECTOR, "details.more summary").click()
            self.assertTrue(seeds.is_displayed())
            driver.find_element(By.CSS_SELECTOR, "td.cell a.source").click()
            self.assertIn("#source/", driver.current_url)
            self.assertTrue(driver.find_element(By.CSS_SELECTOR, "#sources td.text").is_displayed())
        finally:
            driver.quit()

    def test_hostile_text_is_text(self):
        for page in ("hostile/small.html", "hostile/index.html"):
            self.open(page)
            self.assertIn("<script>alert('x')</script>\"' onload=alert(1) ", self.one("body").text)
            self.assertEqual(len(self.all("[onload], [onerror], img")), 0)
        self.open("hostile/small.html")
        self.press("td.cell a.source")
        self.assertIn("<script>alert('x')</script>", self.one("dialog").text)
        self.press("#aside-close")
        self.press("[data-take=markdown]")
        self.assertIn("&lt;script&gt;", self.one("dialog textarea").get_attribute("value"))

    def test_accessibility(self):
        axe = axe_source()
        if axe is None:
            self.skipTest("no axe-core (pip install axe-selenium-python, or NLB_AXE=axe.min.js)")
        run = next((self.folder / "board/runs").glob("*.html")).relative_to(self.folder)
        for colours in ("light", "dark"):
            scheme(self.driver, colours)
            for page, address in ((f"board/{BOARD}.html", ""), (f"board/{BOARD}.html", "#view=delta&f=word:unstable"), ("board/index.html", ""),
                                  (run, ""), ("small/small.html", "#view=ce")):
                self.open(page, address)
                self.driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
                # Through the driver, as the page's policy allows no other script.
                self.driver.execute_script(axe)
                found = self.driver.execute_async_script("const done = arguments[0]; axe.run().then((r) => done(r.violations))")
                problems = [f"{v['id']}: {v['help']}: {n['html'][:200]} {n['failureSummary'][:300]}" for v in found for n in v["nodes"][:3]]
                with self.subTest(page=page, address=address, colours=colours):
                    self.assertEqual(problems, [])
        scheme(self.driver, "light")


if __name__ == "__main__":
    unittest.main(verbosity=1)
