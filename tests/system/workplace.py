"""What the system tests share: a folder with protocols and results, the programs as processes, and what records say."""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

BINARY = pathlib.Path(os.environ["NLB_BINARY_DIR"])
SOURCE = pathlib.Path(os.environ["NLB_SOURCE_DIR"])
PROGRAM = BINARY / "bin/nlbench"
WORKER = BINARY / "bin/nlbench-worker"
FAKE_WORKER = BINARY / "tests/cli/fake_worker"


def small_protocol(name, epochs, rows=None, settings=None, seeds=1):
    """The main group of the mini protocol with more epochs and only the named rows and settings."""
    protocol = json.loads((SOURCE / "protocols/mini.json").read_text())
    protocol["id"] = name
    protocol["seeds"] = protocol["seeds"][:seeds]
    for recipe in protocol["recipes"].values():
        recipe["epochs"] = epochs
    protocol["groups"] = protocol["groups"][:1]
    group = protocol["groups"][0]
    group["rows"] = [row for row in group["rows"] if rows is None or row["id"] in rows]
    group["settings"] = [one for one in group["settings"] if settings is None or one["name"] in settings]
    names = {one["name"] for one in group["settings"]}
    group["columns"] = [one for one in group["columns"] if one.get("setting") in names]
    used = {row.get("net", group["net"]) for row in group["rows"]}
    protocol["nets"] = {name: net for name, net in protocol["nets"].items() if name in used}
    recipes = {row.get("recipe", group["recipe"]) for row in group["rows"]}
    protocol["recipes"] = {name: one for name, one in protocol["recipes"].items() if name in recipes}
    group["net"], group["recipe"] = next(iter(protocol["nets"])), next(iter(protocol["recipes"]))
    return protocol


class Workplace:
    """A folder of its own, removed at the end; commands run in it."""

    def __init__(self, test):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="nlb_system_"))
        test.addCleanup(shutil.rmtree, self.folder, True)
        (self.folder / "protocols").mkdir()
        self.environment = {**os.environ, "NO_COLOR": "1"}
        for name in [name for name in self.environment if name.startswith(("NLBENCH_", "NLB_FAULT", "NLB_CHECK"))]:
            del self.environment[name]
        self.environment["NLBENCH_RESULTS"] = "results"
        self.environment["XDG_CACHE_HOME"] = os.fspath(self.folder / "cache")

    def write_protocol(self, name, epochs, **choice):
        path = self.folder / f"protocols/{name}.json"
        path.write_text(json.dumps(small_protocol(name, epochs, **choice)))

    def worker_with(self, lines):
        """A worker that runs shell lines first; NLB_FAULT then reaches only one of the two programs."""
        path = self.folder / "worker.sh"
        path.write_text(f'#!/bin/sh\n{lines}\nexec "{WORKER}" "$@"\n')
        path.chmod(0o755)
        return str(path)

    def streams(self, **environment):
        """Keyword arguments of every process started here."""
        return {"cwd": self.folder, "env": {**self.environment, **environment}, "text": True,
                "stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    def start(self, *words, **environment):
        return subprocess.Popen([PROGRAM, *words], **self.streams(**environment))

    def run(self, *words, **environment):
        return self.finish(self.start(*words, **environment))

    @staticmethod
    def finish(process):
        """Exit code, standard output, standard error."""
        out, err = process.communicate()
        return process.returncode, out, err

    def records(self, results="results"):
        """{path: parsed record} of every record stored."""
        paths = [path for path in (self.folder / results).glob("*/*.json") if len(path.stem) == 64]
        return {path: json.loads(path.read_text()) for path in paths}

    def chains(self, results="results"):
        """{trial: (state chain, count chain)}; a trial with two records is an error."""
        found = {}
        for path, record in self.records(results).items():
            assert record["trial"] not in found, f"two records of trial {record['trial']}"
            result = record["result"]
            assert result["status"] == "ok", f"{path}: {result}"
            found[record["trial"]] = (result["state_chain"], result["count_chain"])
        return found

    def leftovers(self, results="results"):
        """Files that a finished plan should not have."""
        state = self.folder / results
        return sorted(str(path) for pattern in ("*/.*.tmp", ".state/*/.*.tmp", ".state/*/checkpoint")
                      for path in state.glob(pattern))


def children_of(process):
    """Process numbers of the workers that an nlbench process has started."""
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == process:
            found.append(int(stat.parent.name))
    return found


def kill(process):
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait_until(condition, seconds=300):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def count(name, short):
    """How often a random test repeats: the environment's wish or the short form."""
    return int(os.environ.get(name, short))


def draws(name):
    """Random moments from a seed that is printed, so that a failure can be run again with NLB_SEED."""
    seed = os.environ.get("NLB_SEED", str(time.time_ns()))
    print(f"{name}: NLB_SEED={seed}", flush=True)
    return random.Random(seed)


def namespace(*options):
    """The command that opens a mount namespace, or a skip with a word where that is not permitted."""
    for command in (["unshare", "-m"], ["unshare", "-r", "-m"]):
        try:
            probe = [*command, "sh", "-c", "mount -t tmpfs -o size=1m none /mnt"]
            if subprocess.run(probe, capture_output=True, check=False).returncode == 0:
                return [*command, *options]
        except FileNotFoundError:
            break
    raise unittest.SkipTest("skipped: no mount namespace may be opened here (unshare -m)")
