"""The LaTeX twin compiles with the packages that it names, and shows the titles of its rows.

Needs Debian's texlive-latex-recommended (pdflatex, booktabs) and poppler-utils; for signs that pdflatex lacks texlive-xetex and a font that has
them (fonts-noto-cjk). What is missing skips with a word. CI does not install them: they are 300 MB for one test.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BINARY = pathlib.Path(os.environ.get("NLB_BINARY_DIR", "build/light"))
# What stands in the table, as pdftotext reads it; the titles of tests/reports/latex_text_test.cpp in their order.
SHOWN = ["plain", "[CE]-plus", "*CE (ours)", "λ β ≤ τ , ∆ ± 2, α → ∞", "< > | `", "Gödel", "第一"]  # bitmap fonts of T1 have no text for Ł
CHINESE = 6

missing = [program for program in ("pdflatex", "pdftotext") if shutil.which(program) is None]
if missing:
    print(f"skipped: no {' and no '.join(missing)} (apt install texlive-latex-recommended poppler-utils)")
    sys.exit(77)


def squeezed(text):
    return re.sub(r"\s+", "", text)


class Latex(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.scratch.name)
        subprocess.run([BINARY / "tests/reports/reports_tests", "[tex]"], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "NLB_TEX": str(cls.folder)})

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def compiled(self, number, program, preamble=""):
        """The text of the PDF made of a document that has what the table's first line names."""
        needs = (self.folder / f"{number}.tex").read_text().splitlines()[0]
        packages = "".join(re.findall(r"\\usepackage(?:\[\w+\])?\{\w+\}", needs))
        self.assertIn("booktabs", packages)
        document = self.folder / f"document{number}.tex"
        document.write_text(f"\\documentclass{{article}}\n{packages}{preamble}\n\\begin{{document}}\n\\input{{{number}}}\n\\end{{document}}\n")
        done = subprocess.run([program, "-interaction=nonstopmode", "-halt-on-error", document.name], cwd=self.folder, capture_output=True)
        log = done.stdout.decode(errors="replace")
        self.assertEqual(done.returncode, 0, log[-2000:])
        self.assertNotIn("Missing character", (document.with_suffix(".log")).read_text(errors="replace"))
        return subprocess.run(["pdftotext", "-layout", document.with_suffix(".pdf"), "-"], check=True, capture_output=True, text=True).stdout

    def test_titles_show(self):
        for number, title in enumerate(SHOWN):
            if number == CHINESE:
                continue
            with self.subTest(title=title):
                text = squeezed(self.compiled(number, "pdflatex"))
                rows = 4  # ce, gce, forward, old: each title, and the captions
                self.assertGreaterEqual(text.count(squeezed(title)), rows, text)

    def test_signs_that_pdflatex_lacks(self):
        fonts = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True).stdout if shutil.which("fc-list") else ""
        if shutil.which("xelatex") is None or "Noto Serif CJK SC" not in fonts:
            self.skipTest("no xelatex or no Chinese font (apt install texlive-xetex fonts-noto-cjk)")
        text = squeezed(self.compiled(CHINESE, "xelatex", "\\setmainfont{Noto Serif CJK SC}"))
        self.assertGreaterEqual(text.count(SHOWN[CHINESE]), 4)


if __name__ == "__main__":
    unittest.main()
