#!/usr/bin/env python3
"""Measures nlbench beside its peers in one run and holds the ratios against the goals.

    python3 benchmarks/compare.py --cpu [--quick] [--only NAME] [--readme]
    python3 benchmarks/compare.py --nets [--quick] [--only NAME] [--readme]     the convolutional networks beside the strongest scripts
    python3 benchmarks/compare.py --seek [--only NAME]     every way that the script can run, to choose the strongest by
    python3 benchmarks/compare.py --gpu-plan       what a training step would start on a GPU; needs none

Both sides of a ratio run by turns (A B A B ...), each time in a process of its own, whose peak memory is kept. A whole run writes
benchmarks/results/cpu- or nets-<date>-<commit>.json. Needs the benchmarks (benchmarks/README.md says how to build them) and the peers' Python.
"""
import argparse
import dataclasses
import datetime
import json
import os
import pathlib
import subprocess
import sys
import time

from sides import HERE, ROOT, Missing, Running, Sample, Setup, by_turns, result, together


# ---- the goals ----------------------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Row:
    what: str
    goal: str
    measured: str = "*not built*"
    met: bool | None = None
    memory: str = ""
    sides: dict = dataclasses.field(default_factory=dict)

    def verdict(self):
        return "" if self.met is None else ("met" if self.met else "not met")


def at_least(what, samples, ours, other, goal, unit):
    ratio = samples.ratio(ours, other)
    measured = (f"{ratio:.2f}x ({samples.spread(ours, other)}): {samples.median(ours):,.0f} against {samples.median(other):,.0f} {unit}")
    return Row(what, f">= {goal:g}x", measured, ratio >= goal, samples.memory(), samples.as_json())


def small_net(setup, pairs, net, title, goal):
    name = f"train/{net}_adam_batch_32"
    samples = by_turns(pairs, ours=lambda: result(setup.benchmark("nlb_training_benchmarks", f"{name}/1/real_time")),
                       stock=lambda: result(setup.benchmark("nlb_stock_training", f"{name}/real_time")),
                       python=lambda: result(setup.peer("small_nets.py", "--net", net), "images_per_second"))
    row = at_least(f"{title}, batch 32, against LibTorch modules with stock Adam, one thread", samples, "ours", "stock", goal, "images/s")
    row.measured += f"; a PyTorch script {samples.median('python'):,.0f}"
    return [row]


def mlp(setup, pairs):
    return small_net(setup, pairs, "mlp", "MLP 784-128-128-10", 2)


def lenet5(setup, pairs):
    return small_net(setup, pairs, "lenet5", "LeNet-5", 3)


def train_flops(net):
    """Of one image: forward, gradients of weights and of inputs; the first layer needs no gradient of its input."""
    facts = json.loads((ROOT / "nets" / f"{net}.json").read_text())
    channels, height, width = facts["input"]
    first = {"preact_resnet18": 64 * channels * 9 * height * width}[net]
    return 2 * (3 * facts["multiply_adds"] - first)


def preact(setup, pairs):
    name = "train/preact_resnet18_sgd_batch_128/2/real_time"
    samples = by_turns(pairs, ours=lambda: result(setup.benchmark("nlb_training_benchmarks", name, 2)),
                       python=lambda: result(setup.peer("conv_nets.py", "--net", "preact_resnet18", "--threads", "2", threads=2), "images_per_second"),
                       peak=lambda: result(setup.benchmark("nlb_benchmarks", "fma_peak/real_time/threads:2", 2, seconds=2)))
    step = at_least("PreAct ResNet-18 train step, batch 128, against an idiomatic PyTorch script, two threads", samples, "ours", "python",
                    1.3, "images/s")
    rate = samples.median("ours") * train_flops("preact_resnet18")
    share = rate / samples.median("peak")
    measured = f"{100 * share:.0f} %: {rate / 1e9:,.0f} of {samples.median('peak') / 1e9:,.0f} GFLOP/s"
    return [step, Row("The same against the FMA peak of the same run", ">= 65 %", measured, share >= .65, sides=samples.as_json())]


def deep_net(setup, pairs, net, title):
    """No goal of its own: what a trial of a table on this net costs beside a plain script."""
    name = f"train/{net}_sgd_batch_128/2/real_time"
    samples = by_turns(pairs, ours=lambda: result(setup.benchmark("nlb_training_benchmarks", name, 2)),
                       python=lambda: result(setup.peer("conv_nets.py", "--net", net, "--threads", "2", threads=2), "images_per_second"))
    row = at_least(f"{title} train step, batch 128, against an idiomatic PyTorch script, two threads", samples, "ours", "python", 1, "images/s")
    return [dataclasses.replace(row, goal="")]


def cnn9(setup, pairs):
    return deep_net(setup, pairs, "cnn9", "9-layer CNN with dropout")


def resnet32(setup, pairs):
    return deep_net(setup, pairs, "resnet32", "ResNet-32")


@dataclasses.dataclass
class Strongest:
    """How benchmarks/peers/conv_nets.py is fastest on a CPU, found by `--seek`; beside it the goals against it and against the plain script."""
    layout: str
    compiled: int
    goal: float
    idiomatic_goal: float
    title: str


# What a script's user may also set: glibc keeps its heap, so that no step maps and faults in its activations.
HEAP_KEPT = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(1 << 30)}
STRONGEST = {"preact_resnet18": Strongest("last", 0, 2.3, 2.5, "PreAct ResNet-18"), "cnn9": Strongest("last", 1, 2.1, 2.3, "9-layer CNN with dropout"),
             "resnet32": Strongest("first", 1, 1.6, 1.9, "ResNet-32")}


def script(setup, net, layout="first", compiled=0, environment=None):
    return setup.peer("conv_nets.py", "--net", net, "--threads", "2", "--layout", layout, "--compile", str(compiled), threads=2, environment=environment)


def beside_both(setup, pairs, net):
    peer = STRONGEST[net]
    samples = by_turns(pairs, ours=lambda: result(setup.benchmark("nlb_training_benchmarks", f"train/{net}_sgd_batch_128/2/real_time", 2)),
                       python=lambda: result(script(setup, net), "images_per_second"),
                       strongest=lambda: result(script(setup, net, peer.layout, peer.compiled, HEAP_KEPT), "images_per_second"))
    how = f"channels {peer.layout}, {'compiled, ' if peer.compiled else ''}heap kept"
    return [at_least(f"{peer.title} train step, batch 128, two threads, against an idiomatic PyTorch script", samples, "ours", "python",
                     peer.idiomatic_goal, "images/s"),
            at_least(f"The same against the strongest script ({how})", samples, "ours", "strongest", peer.goal, "images/s")]


def seek(setup, pairs, net):
    """Images a second of processor time, of every way the script can run: what STRONGEST is chosen by."""
    ways = {f"channels {layout}{', compiled' if compiled else ''}{', heap kept' if kept else ''}": (layout, compiled, HEAP_KEPT if kept else None)
            for layout in ("first", "last") for compiled in (0, 1) for kept in (False, True)}
    samples = by_turns(pairs, **{name: lambda way=way: result(script(setup, net, *way), "images_per_processor_second") for name, way in ways.items()})
    best = max(ways, key=samples.median)
    return [Row(f"{STRONGEST[net].title}, {name}", "", f"{samples.median(name):,.1f} images per processor second{': the strongest' if name == best else ''}")
            for name in ways]


def augment(setup, pairs):
    samples = by_turns(pairs, ours=lambda: result(setup.benchmark("nlb_benchmarks", "augment/crop_flip_normalise_3x32x32")),
                       python=lambda: result(setup.peer("augment.py"), "images_per_second"))
    return [at_least("Crop, flip, normalise, 32 px, against torchvision on PIL, one core", samples, "ours", "python", 100, "images/s")]


def loader(setup, pairs):
    samples = by_turns(pairs, step=lambda: result(setup.benchmark("nlb_training_benchmarks", "train/cnn_small_sgd_batch_128/1/real_time")),
                       batch=lambda: result(setup.benchmark("nlb_training_benchmarks", "batch/cnn_small_batch_128/1/real_time")))
    share = samples.ratio("step", "batch")
    step, batch = (128e3 / samples.median(side) for side in ("step", "batch"))
    measured = f"{100 * share:.2f} %: a step of 128 takes {step:.2f} ms, its batch {batch:.3f} ms"
    return [Row("The loader's share of a step of CNN_small, one thread", "<= 1 %", measured, share <= .01, samples.memory(),
                samples.as_json())]


def side_by_side(setup, pairs):
    rows = []
    for name, title, goal in (("mlp_library_batch_32", "MLP, library arithmetic", 3), ("cnn_small_library_batch_128", "CNN_small, library arithmetic", 2.2),
                              ("preact_resnet18_sgd_batch_128", "PreAct ResNet-18", .95)):
        def start(threads):
            return setup.benchmark("nlb_training_benchmarks", f"train/{name}/{threads}/real_time", threads)

        samples = by_turns(pairs, two=lambda: together(start(1), start(1)), one=lambda: result(start(2)))
        rows.append(at_least(f"Two one-thread trials against one two-thread trial: {title}", samples, "two", "one", goal, "images/s"))
    return rows


def mixture(setup, pairs):
    samples = by_turns(pairs, ours=lambda: result(setup.benchmark("nlb_benchmarks", "mixture_gaussian/50000"), "real_time"),
                       python=lambda: result(setup.peer("mixture.py"), "milliseconds"))
    ours, ratio = samples.median("ours"), samples.ratio("python", "ours")
    against = f"{ratio:.1f}x ({samples.spread('python', 'ours')}): {samples.median('python'):.1f} ms there"
    return [Row("Two-component mixture fit on 50,000 losses, with posteriors, one thread", "<= 3 ms", f"{ours:.2f} ms", ours <= 3,
                samples.memory(), samples.as_json()),
            Row("The same against scikit-learn", ">= 10x", against, ratio >= 10)]


def l2r(setup, pairs):
    rows = []
    for net, title in (("resnet32", "ResNet-32"), ("lenet5", "LeNet-5")):
        def measured(how, net=net):
            return result(setup.benchmark("nlb_training_benchmarks", f"l2r_{how}/{net}/1/real_time"))

        samples = by_turns(pairs, forward=lambda: measured("forward"), double=lambda: measured("double_backward"))
        rows.append(at_least(f"L2R meta-gradient of {title}, batches of 100, without double backward, equal to 1e-4 (a test), one thread", samples,
                             "forward", "double", 1.4, "images/s"))
    return rows


def pages(setup, pairs):
    def start():
        name = "report_of_50_protocols/iterations:3/manual_time"
        running = setup.benchmark("nlb_benchmarks", name, 2)
        values = json.loads(running.finish()[0])["benchmarks"]
        if not values:
            raise Missing(f"no benchmark {name} in this build")
        return Sample(values[0]["real_time"] / 1e3, values[0]["peak_MB"])  # of the program, without what made its input

    samples = by_turns(1, ours=start)
    seconds, peak = samples.median("ours"), samples.as_json()["ours"]["peak_mb"]
    return [Row("Index and protocol pages of 50 protocols, 5,000 trials of 300 epochs", "<= 2 s, <= 500 MB", f"{seconds:.2f} s, {peak:,.0f} MB",
                seconds <= 2 and peak <= 500, samples.memory(), samples.as_json())]


def list_start(setup, pairs):
    def start():
        begin = time.perf_counter()
        _, peak = Running([setup.program("nlbench"), "list", "protocols"], {}).finish()
        return Sample(1e3 * (time.perf_counter() - begin), peak)

    start()  # its files are in memory from here on
    samples = by_turns(max(5 * pairs, 10), ours=start)
    milliseconds = samples.median("ours")
    return [Row("Start-up of `list`", "<= 50 ms", f"{milliseconds:.0f} ms", milliseconds <= 50, samples.memory(), samples.as_json())]


def each_net(rows_of):
    return {net: lambda setup, pairs, net=net: rows_of(setup, pairs, net) for net in STRONGEST}


CPU = {"mlp": mlp, "lenet5": lenet5, "preact_resnet18": preact, "cnn9": cnn9, "resnet32": resnet32, "augment": augment, "loader": loader, "side_by_side": side_by_side,
       "mixture": mixture, "l2r": l2r, "pages": pages, "list": list_start}
TABLES = {"cpu": CPU, "nets": each_net(beside_both), "seek": each_net(seek)}


# ---- the run ------------------------------------------------------------------------------------------------------------------------


def git(*arguments):
    return subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False).stdout.strip()


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {"cpu": model, "cores": len(os.sched_getaffinity(0)), "memory_gb": round(memory / 1e9, 1),
            "avx512": " avx512f " in info, "system": f"{os.uname().sysname} {os.uname().release}"}


def torch_version(root):
    lines = (root / "version.py").read_text().splitlines() if (root / "version.py").exists() else []
    return next((line.split("'")[1] for line in lines if line.startswith("__version__")), "unknown")


def described(run):
    load = f"load {run['load_before']:.1f} before, {run['load_after']:.1f} after: {'busy' if run['load_before'] > .3 else 'idle'}"
    there = run["machine"]
    return (f"{there['cpu']}, {there['cores']} cores, {there['memory_gb']} GB, {'AVX-512' if there['avx512'] else 'AVX2'}; {load}; commit "
            f"{run['commit'][:12]}{' with changes' if run['dirty'] else ''}; LibTorch {run['libtorch']}; {run['date']}; "
            f"{run['pairs']} pairs of {run['seconds']:g} s.")


def table(rows):
    lines = ["| what | goal | measured | | peak memory |", "|---|---|---|---|---|"]
    lines += [f"| {row.what} | {row.goal} | {row.measured} | {row.verdict()} | {row.memory} |" for row in rows]
    return "\n".join(lines)


def write_readme(text, which):
    begin, end = f"<!-- written by compare.py --{which} --readme -->", "<!-- end -->"
    path = HERE / "README.md"
    before, rest = path.read_text().split(begin)
    path.write_text(f"{before}{begin}\n\n{text}\n\n{end}{rest.split(end, 1)[1]}")


# ---- the plan for a GPU -------------------------------------------------------------------------------------------------------------

# An estimate's assumptions: memory as an H200 copied device to device (read and written bytes), arithmetic by its data sheet (float32;
# bfloat16 dense), and the time from one small kernel's start to the next one's.
GPU = {"name": "H200", "bytes_per_second": 4.3e12, "flops": {"fp32": 67e12, "bf16": 989e12}, "launch_seconds": 2.5e-6}
# Sides of the plan: name there, title, precision.
GPU_SIDES = (("library", "the library's", "fp32"), ("kernels", "ours", "fp32"), ("kernels_bf16", "ours", "bf16"))


def step_estimate(net, side, precision, batch=128):
    facts = json.loads((ROOT / "nets" / f"{net}.json").read_text())
    arithmetic = 6 * facts["multiply_adds"] * batch / GPU["flops"][precision]
    memory = side["bytes_per_image"] * batch / GPU["bytes_per_second"]
    return {"arithmetic": 1e3 * arithmetic, "memory": 1e3 * memory, "launches": 1e3 * side["launches"] * GPU["launch_seconds"]}


def gpu_plan(given):
    setup = Setup(given)
    out, _ = Running([setup.program("nlb_gpu_plan")], {"OMP_NUM_THREADS": "2"}).finish()
    lines = ["| net, batch 128 | layers | launches per step | MB per image | passes over activations | estimate, ms per step |", "|---|---|---|---|---|---|"]
    for net, sides in json.loads(out).items():
        for name, title, precision in GPU_SIDES:
            side, times = sides[name], step_estimate(net, sides[name], precision)
            bound = max(times, key=times.get)
            words = ", ".join(f"{what} {value:.2f}" for what, value in times.items())
            lines.append(f"| {net} | {title}, {precision} | {side['launches']} | {side['bytes_per_image'] / 1e6:.1f} | {side['passes']:.1f} | "
                         f"{words}: {bound} |")
    lines.append("")
    lines.append(f"Counted on the device that is not there (tests/device): operations that a GPU would start, and the bytes of their tensors; a library may "
                 f"start more for one operation. Estimate for an {GPU['name']}: {GPU['bytes_per_second'] / 1e12:g} TB/s, {GPU['flops']['fp32'] / 1e12:g} TFLOP/s in "
                 f"fp32, {GPU['flops']['bf16'] / 1e12:g} in bf16, {1e6 * GPU['launch_seconds']:g} us per launch. Passes: bytes of activations read and written, in "
                 "units of all convolutions' outputs.")
    return "\n".join(lines)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--cpu", action="store_true", help="the goals for a CPU of two cores")
    what.add_argument("--nets", action="store_true", help="train steps of the convolutional networks beside an idiomatic and the strongest PyTorch script")
    what.add_argument("--seek", action="store_true", help="every way the networks' script can run, to choose the strongest by")
    what.add_argument("--gpu-plan", action="store_true", help="launches per step and bytes per image, counted, beside the estimate of a roofline")
    parser.add_argument("--quick", action="store_true", help="one short pair each: shows that all runs, its figures mean little")
    parser.add_argument("--only", action="append", choices=list(CPU), metavar="NAME", help=f"of {', '.join(CPU)}; of --nets and --seek {', '.join(STRONGEST)}; may be repeated")
    parser.add_argument("--pairs", type=int, help="how often both sides run (3; with --quick 1)")
    parser.add_argument("--seconds", type=float, help="of one measurement, at least (3; with --quick 0.5)")
    parser.add_argument("--build", type=pathlib.Path, help="the build folder (the first of build/cuda, build/cpu, build/dev)")
    parser.add_argument("--json", type=pathlib.Path, help="where the results go, also those of a short or partial run")
    parser.add_argument("--readme", action="store_true", help="writes the table of --cpu or --nets into benchmarks/README.md")
    given = parser.parse_args()
    given.which = next((which for which in TABLES if getattr(given, which)), None)
    if given.readme and given.which not in ("cpu", "nets"):
        parser.error("--readme goes with --cpu or --nets")
    rows = TABLES.get(given.which, {})
    if given.only and not set(given.only) <= set(rows):
        parser.error(f"--only: --{given.which} has {', '.join(rows)}")
    given.pairs = given.pairs or (1 if given.quick else 3)
    given.seconds = given.seconds or (.5 if given.quick else 3)
    return given


def measure(given):
    setup = Setup(given)
    run = {"goals": given.which, "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
           "commit": git("rev-parse", "HEAD"), "dirty": bool(git("status", "--porcelain", "--untracked-files=no")),
           "libtorch": torch_version(setup.torch), "build_type": setup.build_type, "machine": machine(), "pairs": given.pairs,
           "seconds": given.seconds, "load_before": os.getloadavg()[0]}
    rows = []
    for name, rows_of in TABLES[given.which].items():
        if given.only and name not in given.only:
            continue
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += rows_of(setup, given.pairs)
    run["load_after"] = os.getloadavg()[0]
    run["rows"] = [dataclasses.asdict(row) for row in rows]
    return run, rows


def main():
    given = parse_options()
    try:
        if given.gpu_plan:
            print(gpu_plan(given))
            return
        run, rows = measure(given)
    except Missing as missing:
        sys.exit(f"compare.py: {missing}")
    text = f"{described(run)}\n\n{table(rows)}"
    print(text)
    whole = not given.quick and not given.only and given.which != "seek"
    path = given.json or (HERE / "results" / f"{given.which}-{run['date'][:10]}-{run['commit'][:7]}.json" if whole else None)
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(run, indent=1) + "\n")
        print(f"\nwritten: {path}", file=sys.stderr)
    if given.readme:
        write_readme(text, given.which)


main()
