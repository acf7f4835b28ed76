#!/usr/bin/env python3
"""The tools that write protocol files: cells of a table's entry, and the layout."""

import json
import pathlib
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "protocols" / "tools"))

import layout
import recipes_table
import table_cells


def entry(**changes):
    base = {
        "method": "CE",
        "network": "ResNet-34",
        "evaluation": "best",
        "noise_variant": "unknown",
        "clean_labels_used": 0,
        "source": {"kind": "repo", "where": "owner/name:README.md"},
        "values": {"20": {"mean": 91.2, "std": None, "printed": "91.20"}},
    }
    return {**base, **changes}


def shipped():
    """Protocols and the files that they refer to."""
    return sorted(path for folder in ("", "published", "recipes") for path in (SOURCE / "protocols" / folder).glob("*.json"))


class Cells(unittest.TestCase):
    def test_digits_stay_as_printed_and_rates_become_columns(self):
        block = table_cells.block([entry()], 0)
        self.assertEqual(block["values"], {"0.2": "91.20"})
        self.assertEqual(block["rule"], "best_on_test")
        self.assertEqual(block["conditions"], {"network": "ResNet-34"})

    def test_a_fraction_says_its_percent(self):
        values = {"80": {"mean": 28.3, "std": None, "printed": "0.283"}}
        block = table_cells.block([entry(values=values)], 0)
        self.assertEqual(block["values"], {"0.8": {"printed": "0.283", "value": 28.3, "decimals": 1}})

    def test_a_deviation_asks_for_its_kind(self):
        values = {"worst": {"mean": 83.9, "std": 0.1, "printed": "83.9±0.1"}}
        block = table_cells.block([entry(values=values)], 0, deviation_kind="standard_deviation")
        self.assertEqual(block["deviation_kind"], "standard_deviation")
        self.assertEqual(block["values"], {"worst": "83.9±0.1"})

    def test_last_is_a_mean_only_where_the_table_says_so(self):
        self.assertEqual(table_cells.rule(entry(evaluation="last")), "last_or_mean_last_10")
        said = entry(evaluation="last", evaluation_detail="mean of the last 10 epochs")
        self.assertEqual(table_cells.rule(said), "mean_last_10")

    def test_a_copy_gives_its_own_digits_for_shared_levels(self):
        other = entry(source={"kind": "page", "where": "a page"}, values={
            "20": {"mean": 91.2, "std": None, "printed": "91.2"}, "40": {"mean": 88, "std": None, "printed": "88"}})
        block = table_cells.block([entry(), other], 0, [1])
        self.assertEqual(block["also"], [{"source": "a page", "kind": "page", "values": {"0.2": "91.2"}}])

    def test_a_barred_entry_must_say_its_difference(self):
        flagged = entry(flags=["pretrained"])
        with self.assertRaises(ValueError):
            table_cells.block([flagged], 0)
        self.assertEqual(table_cells.block([flagged], 0, difference="saw other data")["difference"], "saw other data")


    def test_a_block_becomes_rows_of_published_tables(self):
        other = entry(source={"kind": "page", "where": "a page"}, values={"20": {"mean": 91.2, "std": None, "printed": "91.2"}})
        both = entry(values={"20": {"mean": 91.2, "std": None, "printed": "91.20"}, "40": {"mean": 88, "std": None, "printed": "88"}})
        self.assertEqual(list(table_cells.published_rows(table_cells.block([both, other], 0, [1], note="n"))), [
            ({"source": "owner/name:README.md", "kind": "repo"}, ["0.2", "0.4"],
             {"conditions": {"network": "ResNet-34"}, "note": "n", "best_on_test": ["91.20", "88"]}),
            ({"source": "a page", "kind": "page"}, ["0.2", "0.4"], {"best_on_test": ["91.2", None]})])


class Shelf(unittest.TestCase):
    """Every published row and shared recipe is there for a protocol; every protocol file is short enough to read."""

    def setUp(self):
        self.protocols = [json.loads(path.read_text()) for path in (SOURCE / "protocols").glob("*.json")]

    def files(self, folder):
        return {path.stem: json.loads(path.read_text()) for path in (SOURCE / "protocols" / folder).glob("*.json")}

    def test_each_published_row_is_referred_to(self):
        files = self.files("published")
        rows = {f"{file}/{table}/{row}": said for file, one in files.items() for table, of in one["tables"].items()
                for row, said in of["rows"].items()}
        whole = {f"{file}/{table}" for file, one in files.items() for table, of in one["tables"].items() if "group" in of}
        groups = [group for protocol in self.protocols for group in protocol.get("groups", [])]
        self.assertEqual(sorted(group for group in groups if isinstance(group, str)), sorted(whole))
        named = [place for place in rows if place.rsplit("/", 1)[0] in whole]
        for group in (one for one in groups if isinstance(one, dict)):
            for row in group["rows"]:
                places = [row] if isinstance(row, str) else row.get("published", [])
                named += [place if isinstance(place, str) else place["from"] for place in places
                          if isinstance(place, str) or "from" in place]
        copies = [place for said in rows.values() for place in said.get("also", [])]
        self.assertEqual(sorted(set(named + copies)), sorted(rows))
        self.assertEqual(len(copies), len(set(copies)), "a copy stands for one value")
        self.assertEqual(set(copies) & set(named), set(), "a number is a value or a copy of one")

    def test_each_shared_net_and_recipe_is_shared(self):
        for kind in ("nets", "recipes"):
            known = {f"{file}/{name}" for file, one in self.files("recipes").items() for name in one.get(kind, {})}
            uses = {place: set() for place in known}

            def visit(value, protocol):
                for key, member in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
                    if key == kind[:-1] and isinstance(member, str) and "/" in member:
                        uses[member].add(protocol)
                    visit(member, protocol)
            for protocol in self.protocols:
                visit(protocol, protocol["id"])
            for place, protocols in uses.items():
                with self.subTest(place):
                    self.assertGreater(len(protocols), 1, "a recipe of one protocol belongs into that protocol")

    def test_files_are_short(self):
        for path in shipped():
            self.assertLess(path.stat().st_size, 60_000, path.name)


class Layout(unittest.TestCase):
    def test_what_fits_stands_on_one_line(self):
        self.assertEqual(layout.laid_out({"a": [1, 2], "b": "c"}), '{"a": [1, 2], "b": "c"}')

    def test_shipped_protocols_read_back_and_lie_the_same_when_laid_out_twice(self):
        for file in shipped():
            value = json.loads(file.read_text(encoding="utf-8"))
            once = layout.laid_out(value)
            with self.subTest(file.name):
                self.assertEqual(json.loads(once), value)
                self.assertEqual(layout.laid_out(json.loads(once)), once)

    def test_only_a_long_text_goes_beyond_the_width(self):
        for file in shipped():
            for line in layout.laid_out(json.loads(file.read_text(encoding="utf-8"))).split("\n"):
                if len(line) > layout.WIDTH:
                    self.assertRegex(line, r'^ *("[^"]*": )?"[^"]*(\\"[^"]*)*",?$')


class Recipes(unittest.TestCase):
    def test_the_page_is_what_the_protocol_files_give(self):
        text = recipes_table.PAGE.read_text()
        self.assertEqual(text, recipes_table.filled(text), "python3 protocols/tools/recipes_table.py --write writes it")

    def test_changes_of_a_recipe_merge_as_the_parser_merges_them(self):
        base = {"epochs": 1, "optimiser": {"id": "sgd", "learning_rate": 1, "momentum": 0.9}, "augmentation": {"flip": True}}
        changed = recipes_table.merged(base, {"optimiser": {"learning_rate": 2}, "augmentation": None})
        self.assertEqual(changed, {"epochs": 1, "optimiser": {"id": "sgd", "learning_rate": 2, "momentum": 0.9}})
        self.assertEqual(recipes_table.merged(base, {"optimiser": {"id": "adam"}})["optimiser"], {"id": "adam"})

    def test_a_protocol_like_another_is_listed_where_its_rows_are_its_own(self):
        with tempfile.TemporaryDirectory() as folder:
            def write(**protocol):
                (pathlib.Path(folder) / f"{protocol['id']}.json").write_text(json.dumps(protocol))
            write(id="a", kind="table", groups=[1], recipes={"r": {"epochs": 1}})
            write(id="a_precision", like="a", precision="tf32")
            write(id="a_recipe", like="a", recipes={"r": {"epochs": 2}})
            write(id="own", kind="own", groups=[])
            found = {one["id"]: one["recipes"] for one in recipes_table.tables(pathlib.Path(folder))}
        self.assertEqual(found, {"a": {"r": {"epochs": 1}}, "a_recipe": {"r": {"epochs": 2}}})

    def test_a_short_last_batch_counts_where_it_is_kept(self):
        table = recipes_table.steps_table()
        self.assertRegex(table, r"\| 50,000 \| 128 \| drop \| 390 \| KlemenVovk/noisy-labels \|")  # 50,000 / 128 = 390.6
        self.assertRegex(table, r"\| 50,000 \| 128 \| keep \| 391 \|")
        self.assertRegex(table, r"\| 45,000 \| 128 \| keep \| 352 \|")


if __name__ == "__main__":
    unittest.main()
