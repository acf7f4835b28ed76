#!/usr/bin/env python3
"""Writes rows of protocols/published/ from entries of a reference table (schema: its README.md).

    protocols/tools/table_cells.py TABLE.json ENTRY [COPY...]     the row of entry number ENTRY, and those of other entries
                                                                  that print the same numbers

A row is a beginning: which table it belongs to, which source decides, and whether it is comparable, is decided by hand.
"""

import json
import re
import sys

from layout import laid_out

BARRED = ("column-conflict", "suspect", "failed-reproduction", "pretrained")
RULES = {"best": "best_on_test", "val": "best_on_val", "unknown": "unknown"}


def read_table(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)["entries"]


def column(level):
    """The table's "20" is the protocol's column 0.2; names stay."""
    return f"{float(level) / 100:g}" if re.fullmatch(r"[0-9.]+", level) else level


def rule(entry):
    """A "last" is the mean of the last ten epochs where the table says so, else left open."""
    if entry.get("evaluation") != "last":
        return RULES[entry.get("evaluation", "unknown")]
    return "mean_last_10" if "last 10" in (entry.get("evaluation_detail") or "") else "last_or_mean_last_10"


def printed_value(value):
    """Digits as printed; fractions and trailing marks that are no number also say their percent."""
    printed = value["printed"]
    number = re.match(r"[0-9.]+", printed).group()
    if abs(float(number) - value["mean"]) < 1e-9:
        return printed
    decimals = max(0, len(number.partition(".")[2]) - 2)
    return {"printed": printed, "value": round(value["mean"], decimals), "decimals": decimals}


def conditions(entry):
    found = {}
    if entry.get("network"):
        found["network"] = entry["network"]
    if entry.get("noise_variant") not in (None, "unknown"):
        found["noise_variant"] = entry["noise_variant"]
    if entry.get("clean_labels_used"):
        found["trusted_labels"] = str(entry["clean_labels_used"])
    return found


def copy(entry, levels):
    values = {column(level): entry["values"][level]["printed"] for level in levels}
    return {"source": entry["source"]["where"], "kind": entry["source"]["kind"], "values": values}


def block(entries, number, copies=(), levels=None, **said):
    """`copies` are entry numbers; `levels` (all of the entry) and `said` (rule, difference, note, runs ...) narrow and add."""
    entry = entries[number]
    levels = [level for level in entry["values"] if levels is None or level in levels]
    values = {level: entry["values"][level] for level in levels}
    if any(flag in BARRED for flag in entry.get("flags") or []) and not said.get("difference"):
        raise ValueError(f"entry {number} ({entry['method']}) is flagged {entry['flags']}: say its difference")
    result = {"rule": said.pop("rule", rule(entry)), "kind": entry["source"]["kind"], "source": entry["source"]["where"]}
    for key in ("runs", "varied"):
        if key in said:
            result[key] = said.pop(key)
    kind = said.pop("deviation_kind", "unknown")
    if any(value["std"] is not None for value in values.values()):
        result["deviation_kind"] = kind
    if conditions(entry):
        result["conditions"] = conditions(entry)
    result.update(said)
    result["values"] = {column(level): printed_value(value) for level, value in values.items()}
    also = []
    for other in copies:
        shared = [level for level in entries[other]["values"] if level in values]
        also.append(copy(entries[other], shared))
    if also:
        result["also"] = also
    return result


def published_rows(result):
    """(source and kind, levels, row of a published table) of a block and of each of its copies; a level that a copy lacks is null."""
    levels = list(result["values"])
    said = {key: value for key, value in result.items() if key not in ("rule", "kind", "source", "values", "also")}
    for one, extra in [(result, said), *((copied, {}) for copied in result.get("also", []))]:
        row = {**extra, result["rule"]: [one["values"].get(level) for level in levels]}
        yield {"source": one["source"], "kind": one["kind"]}, levels, row


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    entries = read_table(sys.argv[1])
    numbers = [int(text) for text in sys.argv[2:]]
    for origin, levels, row in published_rows(block(entries, numbers[0], numbers[1:])):
        print(laid_out({**origin, "levels": levels, "row": row}))


if __name__ == "__main__":
    main()
