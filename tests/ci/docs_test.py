"""The pages that people read: every one can be reached, every relative link leads somewhere."""

import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
LINK = re.compile(r"\]\(([^)\s]+)\)")  # the end of a link or of a picture, so that a picture inside a link gives both
HEADING = re.compile(r"^#+ (.*)$", re.M)


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


if __name__ == "__main__":
    unittest.main()
