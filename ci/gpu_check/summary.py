#!/usr/bin/env python3
"""What ci/gpu_check.sh reads off results, and the two files it leaves.

    summary.py chains RESULTS           trial, state chain and count chain of each record, sorted
    summary.py class RESULTS KEY VALUE  nothing; fails unless the determinism class of each record says so
    summary.py figures FILE             images a second of each benchmark
    summary.py epochs EVENTS            epochs that ended, seconds an epoch, the last accuracy
    summary.py accuracies RESULTS PAGE     last and best accuracy of each row beside the CPU's in docs/twins.md
    summary.py call CALL WORK TREE OUT  writes OUT/gpu_check_CALL.{json,tar.gz}; exits as `gpu_check.sh run` does
"""
import json
import pathlib
import platform
import statistics
import subprocess
import sys
import tarfile

ARCHIVE_LIMIT = 15 << 20  # bytes; what comes back may be 16 MiB a file


def fail(words):
    sys.exit(f"summary.py: {words}")


def records(folder):
    found = [json.loads(path.read_text()) for path in sorted(pathlib.Path(folder).glob("*/*.json")) if not path.name.endswith(".curves.json")]
    return found or fail(f"{folder} holds no record: nothing was measured")


def chains(folder):
    for record in records(folder):
        result = record["result"]
        if result["status"] != "ok":
            fail(f"trial {record['trial']} is stored as {result['status']}")
        print(record["trial"], result["state_chain"], result["count_chain"])


def is_of_class(folder, key, value):
    for record in records(folder):
        found = record["result"]["determinism_class"].get(key, "nothing")
        if found != value:
            fail(f"the determinism class of trial {record['trial']} says {found} of '{key}' in place of '{value}'")


def rates(path):
    measured = json.loads(pathlib.Path(path).read_text())["benchmarks"]
    return {one["name"]: one["items_per_second"] for one in measured if "items_per_second" in one and not one.get("error_occurred")}


def figures(path):
    found = rates(path)
    if not found:
        fail(f"{path} holds no benchmark")
    for name, rate in found.items():
        print(f"{name}: {rate:,.0f} images/s")


def epochs(path):
    events = [json.loads(line) for line in pathlib.Path(path).read_text().splitlines()]
    ended = [event for event in events if event["event"] == "evaluated"]
    rate = [event["images_per_second"] for event in events if event["event"] == "progress" and event["images_per_second"] > 0]
    if not rate:
        fail(f"{path}: the trial trained nothing")
    last = f", the last at {100 * ended[-1]['test_correct'] / ended[-1]['test_count']:.2f} %" if ended else ""
    print(f"{len(ended)} epochs ended{last}; {statistics.median(rate):,.0f} images/s (median)")


def of_the_cpu(page):
    """Row and level -> last and best of the table of docs/twins.md: | row | 50 %: last | best | 80 %: last | best |."""
    found = {}
    for line in pathlib.Path(page).read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("| \n").split("|")]
        if len(cells) == 5 and cells[1][:1].isdigit() and "±" in cells[1]:
            found[cells[0]] = {"0.5": (cells[1], cells[2]), "0.8": (cells[3], cells[4])}
    return found


def accuracies(folder, page):
    groups = {}
    for record in records(folder):
        if record["result"]["status"] != "ok":
            fail(f"trial {record['trial']} is stored as {record['result']['status']}: {record['result'].get('failure')}")
        spec = record["spec"]
        curves = json.loads(next(pathlib.Path(folder).glob(f"*/{record['trial']}*.curves.json")).read_text())
        scores = [100 * right / record["result"]["test_count"] for right in next(iter(curves["test_correct"]))]
        name = (spec["method"]["id"], json.dumps(spec["method"]["options"], sort_keys=True), str(spec["noise"].get("rate")))
        groups.setdefault(name, []).append((scores[-1], max(scores)))
    for (method, options, rate), seeds in sorted(groups.items()):
        last, best = ([seed[i] for seed in seeds] for i in (0, 1))
        spread = statistics.stdev(last) if len(last) > 1 else 0
        print(f"{method} {options} at {rate}: last {statistics.mean(last):.2f} ± {spread:.2f}, best {statistics.mean(best):.2f} ({len(seeds)} seeds)")
    print("on a CPU (docs/twins.md):")
    for row, levels in of_the_cpu(page).items():
        print(f"{row}: " + "; ".join(f"at {level}: last {last}, best {best}" for level, (last, best) in levels.items()))


def said(*command):
    try:
        return subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False).stdout.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"not known: {error}"


def machine():
    model = next((line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")),
                 platform.machine())
    memory = next((line.split()[1] for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")), "0")
    fields = "name,driver_version,memory.total,compute_cap,clocks.max.sm,power.limit"
    return {"gpu": said("nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"), "cpu": model, "memory_kib": int(memory),
            "system": platform.platform(), "torch": said("python3", "-c", "import importlib.metadata as m; print(m.version('torch'))")}


def words_of(work, name):
    log = work / f"{name}.log"
    return log.read_text(errors="replace").splitlines()[-40:] if log.exists() else []


def write_archive(path, work):
    """All logs, then what else fits, smallest first. Returns what was left out."""
    files = sorted((file for file in work.rglob("*") if file.is_file()), key=lambda file: (file.suffix != ".log", file.stat().st_size))
    left_out, room = [], ARCHIVE_LIMIT
    with tarfile.open(path, "w:gz") as archive:
        for file in files:
            if file.stat().st_size > room:
                left_out.append(str(file.relative_to(work)))
            else:
                room -= file.stat().st_size
                archive.add(file, arcname=str(file.relative_to(work)))
    return left_out


def call(number, work, tree, out):
    work, tree, out = (pathlib.Path(one) for one in (work, tree, out))
    lines = [line.split("\t") for line in (work / "parts").read_text().splitlines()]
    parts = [{"name": name, "outcome": outcome, "seconds": int(seconds), "note": note.strip(), "words": words_of(work, name)}
             for name, outcome, seconds, note in lines]
    left_out = write_archive(out / f"gpu_check_{number}.tar.gz", work)
    summary = {"schema": 2, "call": int(number), "commit": (tree / "commit").read_text().strip(), "machine": machine(), "parts": parts,
               "images_per_second": {path.stem: rates(path) for path in sorted(work.glob("speed_*.json")) if path.stat().st_size},
               "left_out_of_archive": left_out}
    (out / f"gpu_check_{number}.json").write_text(json.dumps(summary, indent=1) + "\n")
    failed = [part["name"] for part in parts if part["outcome"] == "failed"]
    not_run = [part["name"] for part in parts if part["outcome"] == "not run"]
    print(f"{len(parts) - len(failed) - len(not_run)} parts passed; failed: {', '.join(failed) or 'none'}; not run: {', '.join(not_run) or 'none'}")
    sys.exit(1 if failed else 4 if not_run else 0)


if __name__ == "__main__":
    verbs = {"chains": chains, "class": is_of_class, "figures": figures, "epochs": epochs, "accuracies": accuracies, "call": call}
    if len(sys.argv) < 3 or sys.argv[1] not in verbs:
        sys.exit(__doc__)
    verbs[sys.argv[1]](*sys.argv[2:])
