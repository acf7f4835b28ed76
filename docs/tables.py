#!/usr/bin/env python3
"""Writes the tables of README.md and docs/ that list what nlbench has: methods, nets, data sets, noise generators, protocols.

    python3 docs/tables.py            # writes
    python3 docs/tables.py --check    # compares; names the first line that differs, exit 1

Each table lies between two comments that name it. Methods, nets, data sets and generators come from the facts beside the code; rows and printed
numbers of the protocols and what is measured of them from the report that the program (./nlbench, or --nlbench PROGRAM) makes of leaderboard/.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
README_TABLE = "mnist_lenet_sym"
SIGNS = {"match": "✓", "consistent": "≈", "better": "▲", "worse": "▼", "unstable": "⚡", "undecided": "?"}
KINDS = {"table": "Tables", "own": "Questions about these tables", "smoke": "Minutes instead of days", "quickstart": "Built in",
         "mini": "For tests and the gate"}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def facts(folder):
    return [load(path) for path in sorted((ROOT / folder).glob("*.json"))]


def table(head, rows):
    lines = [" | ".join(head), "|".join("---" for _ in head)]
    lines += [" | ".join(str(cell).replace("|", "\\|") for cell in row) for row in rows]
    return "\n".join("|" + (f" {line} |" if set(line) - set("-|") else line + "|") for line in lines)


def state(fact):
    return "" if fact["status"] == "built" else " (not built yet)"


def paper(fact):
    """Title with its link, venue and year; nothing for what no paper introduced."""
    if "paper" not in fact:
        return "", ""
    one = fact["paper"]
    return f"[{one['title']}]({one['links'][0]})", f"{one['venue']} {one['year']}"


# -- Protocols and what is measured of them


class Protocols:
    """What the program's own report says of every protocol, with the records of leaderboard/."""

    def __init__(self, program):
        self.program = program
        self.files = {path.stem: load(path) for path in sorted((ROOT / "protocols").glob("*.json"))}
        with tempfile.TemporaryDirectory() as folder:
            chosen = [word for name in self.files for word in ("--protocol", str(ROOT / "protocols" / f"{name}.json"))]
            command = [program, "report", *chosen, "--results", str(ROOT / "leaderboard" / "results"), "--out", folder, "--format", "json"]
            done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=folder, check=False)
            missing = [name for name in self.files if not (pathlib.Path(folder) / f"{name}.json").exists()]
            if missing:
                raise SystemExit(f"{program} report wrote no page of {', '.join(missing)}:\n{done.stdout}")
            self.pages = {name: load(pathlib.Path(folder) / f"{name}.json") for name in self.files}

    def cells(self, name):
        """(row, cell) of those that have a measured value."""
        return [(row, cell) for _, row in self.rows(name) for cell in row["cells"] if cell["state"] in ("measured", "incomplete") and cell["rules"]]

    def kind(self, name):
        file = self.files[name]
        return file["kind"] if "kind" in file else self.kind(file["like"])

    def rows(self, name):
        return [(group, row) for group in self.pages[name]["groups"] for row in group["rows"]]

    def printed(self, name):
        return sum(len(value["printed_by"]) for _, row in self.rows(name) for cell in row["cells"] for value in cell["published"])

    def verdicts(self, name):
        return collections.Counter({word: count for word, count in self.pages[name]["verdicts"].items() if word in SIGNS})

    def methods_measured(self, name):
        return {row["method"] for row, _ in self.cells(name)}


def can_run(row):
    return any(cell["state"] not in ("published only", "not built") for cell in row["cells"])


def verdict_words(counts):
    return ", ".join(f"{counts[word]} {word}" for word in SIGNS if counts[word])


def measured_words(protocols, name):
    cells, counts = protocols.cells(name), protocols.verdicts(name)
    if not cells:
        return "–"
    of = f"{sum(counts.values())} printed values: {verdict_words(counts)}" if counts else f"{len(cells)} cells"
    return f"[{of}](../leaderboard/{name}.md)"


def protocol_table(protocols, kind):
    lines = []
    for name in protocols.files:
        if protocols.kind(name) != kind or name.endswith("_tf32"):
            continue
        rows = [row for _, row in protocols.rows(name)]
        printed = protocols.printed(name)
        lines.append((f"[{name}](../protocols/{name}.json)", protocols.pages[name]["title"], len(rows), sum(map(can_run, rows)),
                      f"{printed:,}" if printed else "–", measured_words(protocols, name)))
    return table(("protocol", "title", "rows", "of them can run", "printed numbers", "measured"), lines)


def protocols_page(protocols):
    parts = [f"## {title}\n\n{protocol_table(protocols, kind)}" for kind, title in KINDS.items()]
    unknown = {protocols.kind(name) for name in protocols.files} - set(KINDS)
    if unknown:
        raise SystemExit(f"docs/tables.py: KINDS has no title for protocols of kind {', '.join(sorted(unknown))}")
    return "\n\n".join(parts)


def result_table(protocols):
    """The README's table: what was measured, the verdict, and in brackets what is printed."""
    page = protocols.pages[README_TABLE]
    group = page["groups"][0]
    lines, seeds = [], set()
    for row in group["rows"]:
        line = [row["title"]]
        for cell in row["cells"]:
            printed, found = cell["published"][0], cell["rules"]["last"]
            digits = printed["printed_by"][0]["digits"].replace("±", " ± ")
            line.append(f"{found['mean']:.2f} ± {found['deviation']:.2f} {SIGNS[printed['verdict']]}<br>({digits})")
            seeds.add(found["seeds"])
        lines.append(line)
    counts = protocols.verdicts(README_TABLE)
    legend = ", ".join(f"{sign} {word}" for word, sign in SIGNS.items() if counts[word])
    heads = [column["title"] for column in group["columns"]]
    runs = " to ".join(str(number) for number in sorted({min(seeds), max(seeds)}))
    return (f"{page['title']}: test accuracy in percent at the last epoch, mean ± standard deviation over {runs} seeds, and in brackets the "
            f"printed value. {legend}: of {sum(counts.values())} values {verdict_words(counts)}.\n\n{table(['method', *heads], lines)}")


def measured_table(protocols):
    lines = []
    for name in sorted(protocols.files, key=lambda one: -sum(protocols.verdicts(one).values())):
        if cells := protocols.cells(name):
            lines.append((f"[{protocols.pages[name]['title']}](leaderboard/{name}.md)", len({row["id"] for row, _ in cells}), len(cells),
                          verdict_words(protocols.verdicts(name)) or "no value is printed"))
    return table(("table", "rows", "cells measured", "against the printed values"), lines)


# -- Facts


def methods_table(protocols):
    uses, measured = collections.Counter(), collections.defaultdict(list)
    for name in protocols.files:
        if protocols.kind(name) == "table" and not name.endswith("_tf32"):
            uses.update({row["method"] for _, row in protocols.rows(name) if can_run(row)})
        for method in protocols.methods_measured(name):
            measured[method].append(name)
    lines = []
    for one in facts("methods"):
        title, venue = paper(one)
        needs = [word for word, is_needed in (("trusted labels", one["trusted"] == "required"), ("noise rate", one["noise_rate"] == "given"),
                                              ("noise type", one["noise_type"] == "given"), ("two networks", one["networks"] == 2)) if is_needed]
        pages = ", ".join(f"[{name}](../leaderboard/{name}.md)" for name in measured[one["id"]])
        lines.append((f"[{one['title']}](../methods/{one['id']}.json){state(one)}", one["family"], title, venue, ", ".join(needs), uses[one["id"]], pages))
    return table(("method", "family", "paper", "year", "needs", "tables", "measured in"), lines)


def nets_table(_):
    lines = [(f"[{one['title']}](../nets/{one['id']}.json){state(one)}", "{} x {} x {}".format(*one["input"]), f"{one['parameters'] / 1e6:,.2f}",
              f"{one['multiply_adds'] / 1e6:,.1f}", *paper(one)) for one in facts("nets")]
    return table(("net", "image", "million parameters", "million multiply-adds per image", "paper", "year"), lines)


def datasets_table(_):
    lines = [(f"[{one['title']}](../datasets/{one['id']}.json){state(one)}", len(one["class_names"]), f"{one['train_images']:,}", f"{one['test_images']:,}",
              "{} x {} x {}".format(*one["image"]), one["licence"], one["citation"]) for one in facts("datasets")]
    return table(("data set", "classes", "training images", "test images", "image", "licence", "to cite"), lines)


def variants_table(variants):
    """Variants that differ in their first word alone share a line."""
    names = [name for name in variants["list"][0] if name not in ("source", "changed")]
    lines = collections.OrderedDict()
    for variant in variants["list"]:
        others = tuple(f"`{variant[name]}`" for name in names[1:])
        lines.setdefault((others, variant["source"], variant.get("changed", variants["changed"])), []).extend(f"`{variant[name]}`" for name in names[:1])
    rows = [([", ".join(firsts)] if names else []) + [*others, source, changed] for (others, source, changed), firsts in lines.items()]
    return table((*names, "whose", "share of labels changed"), rows)


def generators_list(_):
    """An overview, then one part for each generator: definition, options and variants."""
    generators = facts("datasets/noise")
    overview = table(("generator", "in words", "a picked sample's new label"),
                     [(f"[{one['id']}](#{one['id']}){state(one)}", one["title"], one["variants"]["new_label"]) for one in generators])
    parts = [overview]
    for one in generators:
        options = "".join(f"- `{option['name']}`{' (may be absent)' if option.get('optional') else ''}: {option['doc']}\n" for option in one["options"])
        parts.append(f"### {one['id']}\n\n{one['definition']}\n\n{options}\n{variants_table(one['variants'])}")
    return "\n\n".join(parts)


def methods_by_family():
    families = collections.defaultdict(list)
    for one in facts("methods"):
        if one["status"] == "built":
            families[one["family"]].append(one["title"] + (f" ({paper(one)[1]})" if "paper" in one else ""))
    largest_first = sorted(families.items(), key=lambda family: -len(family[1]))
    return "; ".join(f"*{family}*: {', '.join(titles)}" for family, titles in largest_first)


def record_columns_table(protocols):
    """What `nlbench export records` writes, as it says itself of the leaderboard's records."""
    place = str(ROOT / "leaderboard" / "results")
    exported = subprocess.run([protocols.program, "export", "records", "--results", place, "--format", "columns"], text=True,
                              stdout=subprocess.PIPE, check=True).stdout
    return table(("column", "type", "meaning"), [(f"`{one['name']}`", one["type"], one["meaning"]) for one in json.loads(exported)["fields"]])


def contents_table(protocols):
    def built(folder):
        return [one for one in facts(folder) if one["status"] == "built"]

    def titles(folder):
        return "; ".join(one["title"] for one in built(folder))

    # A copy at other arithmetic has the same rows and printed numbers, so it is not a table of its own.
    tables = [name for name in protocols.files if protocols.kind(name) == "table" and not name.endswith("_tf32")]
    return table(("what", "how many", "which"), [
        ("[methods](docs/methods.md)", len(built("methods")), methods_by_family()),
        ("[nets](docs/nets.md)", len(built("nets")), titles("nets")),
        ("[data sets](docs/datasets.md)", len(built("datasets")), titles("datasets") + "; and [your own](docs/own_data.md)"),
        ("[noise generators](docs/generators.md)", len(built("datasets/noise")), ", ".join(one["id"] for one in built("datasets/noise"))),
        ("[tables](docs/tables.md)", len(tables), ", ".join(tables))])


BLOCKS = {
    "README.md": {"result": result_table, "measured": measured_table, "contents": contents_table},
    "docs/methods.md": {"methods": methods_table},
    "docs/nets.md": {"nets": nets_table},
    "docs/datasets.md": {"datasets": datasets_table},
    "docs/generators.md": {"generators": generators_list},
    "docs/tables.md": {"protocols": protocols_page},
    "docs/results.md": {"record columns": record_columns_table},
}


def filled(page, text, protocols):
    for name, make in BLOCKS[page].items():
        begin, end = f"<!-- {name}: written by docs/tables.py -->", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"{page}: needs the lines {begin} and {end} once each")
        text = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n\n{make(protocols)}\n\n{end}", text, flags=re.S)
    return text


def first_difference(page, text, wanted):
    found, right = text.splitlines(), wanted.splitlines()
    number = next((i for i, both in enumerate(zip(found, right)) if both[0] != both[1]), min(len(found), len(right)))
    line = [lines[number] if number < len(lines) else "nothing" for lines in (found, right)]
    return f"{page}:{number + 1}: is not what facts and protocols give; found\n  {line[0]}\nexpected\n  {line[1]}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    parser.add_argument("--nlbench", default=str(ROOT / "nlbench"), metavar="PROGRAM", help="the program that is asked about the protocols")
    options = parser.parse_args()
    protocols = Protocols(options.nlbench)
    stale = 0
    for page in BLOCKS:
        text = (ROOT / page).read_text(encoding="utf-8")
        wanted = filled(page, text, protocols)
        if options.check and text != wanted:
            print(first_difference(page, text, wanted))
            stale += 1
        elif text != wanted:
            (ROOT / page).write_text(wanted, encoding="utf-8")
    if stale:
        print("python3 docs/tables.py writes them")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
