"""The golden chains: protocol `mini` in a known determinism class gives the stored chains, bit for bit.

A chain that moved without a revision fails: put the revision beside the source up, then accept. In a class without stored
chains the first-epoch losses are compared instead, within LOSS_BOUND, and the lines to commit are written out.

    NLB_ACCEPT=1 python3 tests/golden/mini_chains_test.py     # with NLB_BINARY_DIR set: stores this class's chains
"""

import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
STORED = HERE / "mini_chains.json"
PROGRAM = pathlib.Path(os.environ["NLB_BINARY_DIR"]) / "bin" / "nlbench"
# Between AVX-512 and AVX2 of one CPU the first-epoch losses of all 30 trials differed by at most 1.2e-7.
LOSS_BOUND = 1e-5


def measure():
    """Trial id -> (class, chains, first-epoch loss, name) of a fresh run of `mini`."""
    with tempfile.TemporaryDirectory() as folder:
        command = [PROGRAM, "run", "--protocol", "mini", "--group", "all", "--protocols", HERE.parent.parent / "protocols",
                   "--results", folder, "--device", "cpu", "--threads", "1", "--quiet"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        found = {}
        for path in pathlib.Path(folder).glob("*/*.json"):
            if path.name.endswith(".curves.json"):
                continue
            record = json.loads(path.read_text())
            curves = json.loads(path.with_suffix(".curves.json").read_text())["curves"]
            result, use = record["result"], record["use"]
            found[record["trial"]] = {"class": result["determinism_class"],
                                      "chains": [result["state_chain"], result["count_chain"]],
                                      "loss": curves["losses"]["loss"][0],
                                      "name": f"{use['row']} {use['setting']} seed {use['seed']}"}
        return found


def class_digest(determinism_class):
    return hashlib.sha256(json.dumps(determinism_class, sort_keys=True).encode()).hexdigest()[:16]


def store(stored, found, digest):
    version = next(iter(found.values()))["class"]["chain"]  # chains of another definition can never be compared again
    stored["classes"] = {key: one for key, one in stored["classes"].items() if one["class"].get("chain") == version}
    stored["first_losses"] = {trial: one["loss"] for trial, one in sorted(found.items())}
    stored["classes"][digest] = {"class": next(iter(found.values()))["class"],
                                 "chains": {trial: one["chains"] for trial, one in sorted(found.items())}}
    return json.dumps(stored, indent=1, sort_keys=True) + "\n"


def compare_chains(known, found):
    for trial in sorted(set(known) - set(found)):
        yield f"{trial[:12]}: has golden chains but is no trial of mini any more; accept if that is meant"
    for trial, one in sorted(found.items()):
        if trial not in known:
            yield f"{one['name']} ({trial[:12]}): a new trial without golden chains; accept if that is meant"
        elif known[trial] != one["chains"]:
            yield f"{one['name']} ({trial[:12]}): its chain moved and no revision did; put the revision up"


def compare_losses(known, found):
    for trial, one in sorted(found.items()):
        if trial not in known:
            yield f"{one['name']} ({trial[:12]}): a new trial without a stored loss"
        elif abs(known[trial] - one["loss"]) > LOSS_BOUND:
            yield f"{one['name']} ({trial[:12]}): first-epoch loss {one['loss']} against {known[trial]}"


def main():
    stored = json.loads(STORED.read_text()) if STORED.exists() else {"classes": {}, "first_losses": {}}
    found = measure()
    digest = class_digest(next(iter(found.values()))["class"])
    if os.environ.get("NLB_ACCEPT"):
        STORED.write_text(store(stored, found, digest))
        print(f"stored {len(found)} chains of class {digest}")
        return 0
    if digest in stored["classes"]:
        faults = list(compare_chains(stored["classes"][digest]["chains"], found))
        print(f"{len(found)} chains compared with class {digest}")
    else:
        faults = list(compare_losses(stored["first_losses"], found))
        lines = pathlib.Path(os.environ["NLB_BINARY_DIR"]) / "mini_chains.json"
        lines.write_text(store(stored, found, digest))
        print(f"chain not compared: {json.dumps(next(iter(found.values()))['class'])}; losses compared; lines to commit: {lines}")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
