"""The pages that people read: every one can be reached, every relative link leads somewhere, no file is named that nobody can open."""

import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
sys.path.insert(0, str(SOURCE / "docs"))

import tables  # noqa: E402

LINK = re.compile(r"\]\(([^)\s]+)\)")  # the end of a link or of a picture, so that a picture inside a link gives both
HEADING = re.compile(r"^#+ (.*)$", re.M)
# What readers of the repository cannot open: notes and tables that lie beside it where it was written.
ABSENT = re.compile(r"product contract|\bseed \d{3}_|(?<![\w/.])reference/\w")


def tracked(*patterns):
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns], cwd=SOURCE, check=True, text=True,
                            stdout=subprocess.PIPE).stdout
    return sorted(SOURCE / name for name in listed.split("\0") if name and (SOURCE / name).exists())


def pages():
    """Pages written for readers: rendered pages of leaderboard/ and golden files have links and words of the program's own."""
    return [page for page in tracked("*.md") if page.parent.name not in ("golden", "leaderboard") or page.name == "README.md"]


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.S | re.M))


def links(page):
    return LINK.findall(without_code(page.read_text(encoding="utf-8")))


def anchors(page):
    """As GitHub makes them: lower case, spaces as hyphens, other signs left out."""
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(page.read_text(encoding="utf-8"))}


class Docs(unittest.TestCase):
    def test_every_page_of_docs_is_a_line_of_the_index(self):
        index = SOURCE / "docs" / "README.md"
        linked = {(index.parent / link.split("#")[0]).resolve() for link in links(index)}
        missing = [page.name for page in tracked("docs/*.md") if page != index and page.resolve() not in linked]
        self.assertEqual(missing, [], "docs/README.md has no line for them")
        self.assertIn("docs/README.md", links(SOURCE / "README.md"))

    def test_every_relative_link_leads_somewhere(self):
        seen, broken = 0, []
        for page in pages():
            for link in links(page):
                if re.match(r"[a-z]+:", link):
                    continue
                seen += 1
                path, _, anchor = link.partition("#")
                target = (page.parent / path).resolve() if path else page
                if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
                    broken.append(f"{page.relative_to(SOURCE)}: {link}")
        self.assertEqual(broken, [])
        self.assertGreater(seen, 100)

    def test_links_are_found_in_pictures_and_in_pictures_that_are_links(self):
        self.assertEqual(LINK.findall("see [a](b.md) and [![p](q.png)](page.html)"), ["b.md", "q.png", "page.html"])

    def test_pages_programs_and_facts_name_no_file_that_is_not_here(self):
        files = tracked("*.md", "*.json", "*.h", "*.cpp", "*.cu", "*.py", "*.sh", "*.mustache", "*.txt", "*.cmake", "*.cff")
        named = []
        for file in files:
            name = file.relative_to(SOURCE).as_posix()
            # Protocols quote their sources; records and the story of changes are never rewritten.
            if re.match(r"protocols/.*\.json|leaderboard/|CHANGELOG\.md|tests/ci/docs_test\.py", name):
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if ABSENT.search(line):
                    named.append(f"{name}:{number}: {line.strip()[:120]}")
        self.assertEqual(named, [])


class Tables(unittest.TestCase):
    def test_a_bar_in_a_cell_does_not_split_it(self):
        self.assertEqual(tables.table(("a", "b"), [("x|y", 1)]), "| a | b |\n|---|---|\n| x\\|y | 1 |")

    def test_a_page_without_its_place_for_a_table_is_refused(self):
        with self.assertRaises(SystemExit) as refused:
            tables.filled("docs/nets.md", "# Nets\n", None)
        self.assertIn("<!-- nets: written by docs/tables.py -->", str(refused.exception))

    def test_the_first_line_that_differs_is_named(self):
        self.assertIn("p.md:2: ", tables.first_difference("p.md", "a\nb\nc\n", "a\nx\nc\n"))
        self.assertIn("found\n  nothing\nexpected\n  c", tables.first_difference("p.md", "a\nb\n", "a\nb\nc\n"))

    def test_variants_of_one_source_share_a_line(self):
        variants = {"changed": "r", "list": [{"count": "exact", "stream": "philox", "source": "ours"},
                                             {"count": "per_sample", "stream": "philox", "source": "ours"},
                                             {"count": "exact", "stream": "numpy", "source": "a/b:c.py", "changed": "r / 2"}]}
        self.assertEqual(tables.variants_table(variants).splitlines()[2:],
                         ["| `exact`, `per_sample` | `philox` | ours | r |", "| `exact` | `numpy` | a/b:c.py | r / 2 |"])

    def test_a_row_runs_where_some_cell_is_neither_only_published_nor_without_code(self):
        def row(*states):
            return {"cells": [{"state": state} for state in states]}
        self.assertTrue(tables.can_run(row("no data", "no data")))
        self.assertTrue(tables.can_run(row("measured")))
        self.assertFalse(tables.can_run(row("published only")))
        self.assertFalse(tables.can_run(row("not built", "not built")))


if __name__ == "__main__":
    unittest.main()
