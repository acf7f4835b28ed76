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


class Layout(unittest.TestCase):
    def test_what_fits_stands_on_one_line(self):
        self.assertEqual(layout.laid_out({"a": [1, 2], "b": "c"}), '{"a": [1, 2], "b": "c"}')

    def test_shipped_protocols_read_back_and_lie_the_same_when_laid_out_twice(self):
        for file in sorted((SOURCE / "protocols").glob("*.json")):
            value = json.loads(file.read_text(encoding="utf-8"))
            once = layout.laid_out(value)
            with self.subTest(file.name):
                self.assertEqual(json.loads(once), value)
                self.assertEqual(layout.laid_out(json.loads(once)), once)

    def test_only_a_long_text_goes_beyond_the_width(self):
        for file in sorted((SOURCE / "protocols").glob("*.json")):
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
