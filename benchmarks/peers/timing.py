"""What the peers share: run a step for a while, print one line of JSON."""
import argparse
import json
import time


def options(description, **defaults):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seconds", type=float, default=2.0, help="how long to measure")
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=type(value), default=value)
    return parser.parse_args()


def measure(step, seconds, warm_up):
    """Seconds per step: the mean over `seconds`, after `warm_up` steps."""
    return measure_clocks(step, seconds, warm_up)[0]


def measure_clocks(step, seconds, warm_up):
    """Seconds per step by the clock and of the processor: the latter, on a machine that others use too, is what says most."""
    for _ in range(warm_up):
        step()
    steps, begin, used = 0, time.perf_counter(), time.process_time()
    while True:
        step()
        steps += 1
        passed = time.perf_counter() - begin
        if passed >= seconds:
            return passed / steps, (time.process_time() - used) / steps


def report(**values):
    print(json.dumps(values))
