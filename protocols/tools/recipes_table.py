#!/usr/bin/env python3
"""Writes the generated parts of docs/recipes.md from the protocol files and frameworks.json.

    python3 protocols/tools/recipes_table.py           # compares; exit 1 and the first difference where they disagree
    python3 protocols/tools/recipes_table.py --write   # writes

Two tables over all rows that run: by the repository whose recipe a row has, with the framework's version, what differs from today's defaults and how it is
run here; and the steps of an epoch, as the loader of that recipe gives them.
"""
import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "recipes.md"
REPOSITORY = re.compile(r"^([\w.-]+/[\w.-]+):")
TRAINING_IMAGES = {"cifar10": 50000, "cifar100": 50000, "mnist": 60000}


def load(path):
    return json.loads(path.read_text())


def built_methods():
    return {facts["id"] for facts in map(load, (ROOT / "methods").glob("*.json")) if facts["status"] == "built"}


def merged(base, changes):
    """Objects are merged, an object with an id replaces, null removes: as parse_row.cpp does."""
    if not isinstance(changes, dict) or not isinstance(base, dict) or "id" in changes:
        return changes
    both = {key: merged(base[key], value) if key in base else value for key, value in changes.items()}
    return {key: value for key, value in {**base, **both}.items() if value is not None}


def patched(base, patch):
    """RFC 7396, as protocol.cpp reads a protocol that is `like` another."""
    if not isinstance(patch, dict):
        return patch
    both = dict(base) if isinstance(base, dict) else {}
    both.update({key: patched(both.get(key), value) for key, value in patch.items()})
    return {key: value for key, value in both.items() if value is not None}


def tables(folder=ROOT / "protocols"):
    """Protocols of kind table; one that is `like` another only where its rows or recipes are its own."""
    for path in sorted(folder.glob("*.json")):
        protocol = load(path)
        if "like" in protocol:
            other = load(folder / f"{protocol['like']}.json")
            protocol = patched(other, protocol)
            if all(protocol.get(key) == other.get(key) for key in ("groups", "recipes")):
                continue
        if protocol["kind"] == "table":
            yield protocol


def recipe_named(name, protocol):
    """One of the protocol itself, or "file/entry" of protocols/recipes."""
    if "/" not in name:
        return protocol["recipes"][name]
    file, entry = name.split("/")
    return load(ROOT / "protocols" / "recipes" / f"{file}.json")["recipes"][entry]


def whole(row, protocol):
    """A row that is `like` GROUP/ROW of its file, with that one's values where it has none."""
    if "like" not in row:
        return row
    group, other = row["like"].split("/")
    rows = next(one for one in protocol["groups"] if isinstance(one, dict) and one["id"] == group)["rows"]
    of = next(one for one in rows if isinstance(one, dict) and one.get("id") == other)
    return patched(of, {key: value for key, value in row.items() if key != "like"})


def rows_that_run():
    """(protocol, group, row, recipe with the row's changes); groups and rows that are places of published/ never run."""
    built = built_methods()
    for protocol in tables():
        for group in (one for one in protocol["groups"] if isinstance(one, dict)):
            for row in (whole(one, protocol) for one in group["rows"] if isinstance(one, dict)):
                if row.get("status") == "published_only" or row.get("method") not in built:
                    continue
                recipe = recipe_named(row.get("recipe", group.get("recipe")), protocol)
                yield protocol, group, row, merged(recipe, row.get("recipe_changes", {}))


def repository_of(recipe):
    source = recipe["source"] if isinstance(recipe["source"], str) else recipe["source"]["*"]
    found = REPOSITORY.match(source)
    return found.group(1) if found else "ours"


def places(uses):
    """protocol: group (row, row), group (row); protocol: ..."""
    tree = collections.OrderedDict()
    for protocol, group, row in uses:
        tree.setdefault(protocol, collections.OrderedDict()).setdefault(group, []).append(row)
    return "; ".join(f"{protocol}: " + ", ".join(f"{group} ({', '.join(rows)})" for group, rows in groups.items())
                     for protocol, groups in tree.items())


def versions_table():
    frameworks, uses = load(ROOT / "protocols/tools/frameworks.json"), collections.defaultdict(list)
    for protocol, group, row, recipe in rows_that_run():
        uses[repository_of(recipe)].append((protocol["id"], group["id"], row["id"]))
    unknown = sorted(set(uses) - set(frameworks) - {"ours"})
    if unknown:
        raise SystemExit(f"protocols/tools/frameworks.json: has no entry for {', '.join(unknown)}, whose recipe a running row has")
    idle = sorted(set(frameworks) - set(uses))
    if idle:
        raise SystemExit(f"protocols/tools/frameworks.json: no running row has a recipe of {', '.join(idle)}")
    lines = []
    for name in sorted(uses, key=lambda one: (one == "ours", one.lower())):
        if name == "ours":
            lines += ["### ours", "", f"Rows: {places(uses[name])}.", ""]
            continue
        facts = frameworks[name]
        lines += [f"### {name} ({facts['commit']})", "", f"Version: {facts['version']} ({facts['where']}).", "",
                  f"Rows: {places(uses[name])}.", "", "| what differs from today's default, or from the code's other readings | here |",
                  "|---|---|"]
        lines += [f"| {one['what']} | {one['here']} |" for one in facts["differs"]] + [""]
    return "\n".join(lines).rstrip()


def images_of(group, row):
    data = group["data"]
    images = data.get("train_subset", {}).get("count", TRAINING_IMAGES.get(data["dataset"]))
    if images is None:
        return None
    images -= data.get("held_out", {}).get("count", 0)
    if any(setting["noise"]["generator"] == "noisy_copies" for setting in group["settings"]):
        return f"{images:,} and their copies"
    if row["method"] == "trusted_only":
        return "the trusted ones"
    if row["method"] == "l2r" or row.get("options", {}).get("samples") == "untrusted":  # trusted ones are not in its stream
        counts = {setting["trusted"].get("count") for setting in group["settings"]}
        return f"{images:,} less the trusted ones" if None in counts or len(counts) > 1 else images - counts.pop()
    return images


def steps_table():
    uses = collections.OrderedDict()
    for protocol, group, row, recipe in rows_that_run():
        images, batch, last = images_of(group, row), recipe["batch_size"], recipe["last_batch"]
        steps = "by level"
        if isinstance(images, int):
            steps = f"{images // batch if last == 'drop' else -(-images // batch):,}"
            images = f"{images:,}"
        key = (images, batch, last, steps, repository_of(recipe))
        uses.setdefault(key, []).append((protocol["id"], group["id"], row["id"]))
    lines = ["| images | batch | last batch | steps | recipe of | rows |", "|---|---|---|---|---|---|"]
    for (images, batch, last, steps, repository), rows in sorted(uses.items(), key=lambda one: (one[0][4].lower(), str(one[0]))):
        lines.append(f"| {images} | {batch} | {last} | {steps} | {repository} | {places(rows)} |")
    return "\n".join(lines)


def filled(text):
    for name, make in (("versions", versions_table), ("steps", steps_table)):
        begin, end = f"<!-- {name}: written by protocols/tools/recipes_table.py -->", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"{PAGE.name}: needs the lines {begin} and {end} once each")
        head, rest = text.split(begin)
        text = head + begin + "\n" + make() + "\n" + end + rest.split(end)[1]
    return text


def main():
    text = PAGE.read_text()
    wanted = filled(text)
    if "--write" in sys.argv[1:]:
        PAGE.write_text(wanted)
        return 0
    if text == wanted:
        return 0
    for number, (found, right) in enumerate(zip(text.splitlines(), wanted.splitlines()), 1):
        if found != right:
            print(f"docs/recipes.md:{number}: is not what the protocol files give; found\n  {found}\nexpected\n  {right}")
            break
    print("python3 protocols/tools/recipes_table.py --write writes it")
    return 1


if __name__ == "__main__":
    sys.exit(main())
