"""What quickstart shows holds in every seed: at 40 % noise plain cross-entropy loses at least 5 points from its best epoch to
its last, and three other rows beat its last by at least 5."""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = pathlib.Path(os.environ["NLB_BINARY_DIR"]) / "bin" / "nlbench"
PROTOCOLS = pathlib.Path(__file__).resolve().parent.parent.parent / "protocols"


def measure():
    """Seed -> row -> (best, last) in percent, at 40 % noise."""
    table = collections.defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAM, "run", "--protocol", "quickstart", "--protocols", PROTOCOLS, "--noise", "0.4",
                   "--results", folder, "--device", "cpu", "--threads", "1", "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for path in pathlib.Path(folder).glob("*/*.json"):
            if not path.name.endswith(".curves.json"):
                record = json.loads(path.read_text())
                counts, use = record["result"]["final_counts"], record["use"]
                scale = 100 / counts["test_count"]
                table[use["seed"]][use["row"]] = (counts["best_on_test"] * scale, counts["last"] * scale)
    return table


def main():
    table = measure()
    faults = [] if len(table) == 3 else [f"{len(table)} seeds instead of 3"]
    for seed, rows in sorted(table.items()):
        best, last = rows["ce"]
        ahead = [row for row, (_, other) in rows.items() if other >= last + 5]
        print(f"seed {seed}: ce best {best:.1f} last {last:.1f}; at least 5 ahead of its last: {', '.join(sorted(ahead))}")
        if best - last < 5:
            faults.append(f"seed {seed}: ce loses only {best - last:.1f} points from best to last")
        if len(ahead) < 3:
            faults.append(f"seed {seed}: only {len(ahead)} rows beat ce's last by 5 points")
    print("\n".join(faults))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
