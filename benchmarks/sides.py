"""One side of a comparison: a process that measures, what it prints and the memory it takes; both sides by turns."""
import dataclasses
import json
import os
import pathlib
import statistics
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"
PEERS_PYTHON = pathlib.Path(os.environ.get("NLBENCH_TOOLCHAIN", "~/.cache/nlbench")).expanduser() / "peers/bin/python"


class Missing(Exception):
    """Something to build or install first."""


@dataclasses.dataclass
class Sample:
    value: float
    peak_mb: float


class Running:
    """A process whose output and peak memory are wanted."""

    def __init__(self, command, environment):
        self.command = command
        self.process = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def finish(self):
        out = self.process.stdout.read()
        errors = self.process.stderr.read()  # no side writes enough there to fill the pipe before its output ends
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        if self.process.returncode != 0:
            raise Missing(f"{' '.join(map(str, self.command))} ended with {self.process.returncode}:\n{errors[-2000:]}")
        return out, usage.ru_maxrss / 1024


class Setup:
    def __init__(self, given):
        self.given = given
        self.build = given.build or next((ROOT / "build" / name for name in ("cuda", "cpu", "dev")
                                          if (ROOT / "build" / name / "bin/nlb_training_benchmarks").exists()), ROOT / "build/cpu")
        cache = self.build / "CMakeCache.txt"
        if not cache.exists():
            raise Missing(f"{self.build}: no build there; see benchmarks/README.md, or name one with --build")
        entries = dict(line.split("=", 1) for line in cache.read_text().splitlines() if "=" in line and line[0] not in "#/")
        self.torch = pathlib.Path(entries["NLB_TORCH_ROOT:PATH"])
        self.build_type = entries.get("CMAKE_BUILD_TYPE:STRING", "")

    def program(self, name):
        path = self.build / "bin" / name
        if not path.exists():
            raise Missing(f"{path} is not built; see benchmarks/README.md")
        return path

    def benchmark(self, program, name, threads=1, seconds=None):
        """Starts one Google Benchmark; `result` reads its items a second."""
        # "2s" is refused by Google Benchmark 1.7, "2" is only warned of by newer ones.
        return Running([self.program(program), f"--benchmark_filter=^{name}$", "--benchmark_format=json",
                        f"--benchmark_min_time={seconds or self.given.seconds}"], {"OMP_NUM_THREADS": str(threads)})

    def peer(self, script, *options, threads=1, environment=None):
        if not PEERS_PYTHON.exists():
            raise Missing(f"{PEERS_PYTHON}: no Python for the peers; benchmarks/README.md says how to install it")
        command = [PEERS_PYTHON, HERE / "peers" / script, "--seconds", str(self.given.seconds), *options]
        paths = [str(self.torch.parent)] if (self.torch / "lib/libtorch_python.so").exists() else []
        return Running(command, {"OMP_NUM_THREADS": str(threads), "PYTHONPATH": os.pathsep.join(paths)} | (environment or {}))


def result(running, key="items_per_second"):
    out, peak = running.finish()
    values = json.loads(out)
    if "benchmarks" in values:
        if not values["benchmarks"]:
            raise Missing(f"{' '.join(map(str, running.command))}: no such benchmark in this build")
        values = values["benchmarks"][0]
        if "error_message" in values:
            raise Missing(values["error_message"])
    return Sample(values[key], peak)


def together(first, second):
    """Two processes at once: the sum of what both reach."""
    one, other = result(first), result(second)
    return Sample(one.value + other.value, one.peak_mb + other.peak_mb)


def by_turns(pairs, **sides):
    """Every side `pairs` times, in turns."""
    samples = {name: [] for name in sides}
    for _ in range(pairs):
        for name, run in sides.items():
            samples[name].append(run())
    return Samples(samples)


class Samples:
    def __init__(self, samples):
        self.samples = samples

    def median(self, side):
        return statistics.median(sample.value for sample in self.samples[side])

    def ratio(self, side, other):
        return self.median(side) / self.median(other)

    def spread(self, side, other):
        ratios = [a.value / b.value for a, b in zip(self.samples[side], self.samples[other])]
        return f"{min(ratios):.2f} to {max(ratios):.2f}"

    def as_json(self):
        return {name: {"median": self.median(name), "values": [sample.value for sample in samples],
                       "peak_mb": round(max(sample.peak_mb for sample in samples), 1)} for name, samples in self.samples.items()}

    def memory(self):
        peaks = {name: side["peak_mb"] for name, side in self.as_json().items() if name != "peak"}
        return ", ".join(f"{name} {peak:,.0f} MB" for name, peak in peaks.items())
