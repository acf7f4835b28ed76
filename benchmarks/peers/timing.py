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
    for _ in range(warm_up):
        step()
    steps, begin = 0, time.perf_counter()
    while True:
        step()
        steps += 1
        passed = time.perf_counter() - begin
        if passed >= seconds:
            return passed / steps


def report(**values):
    print(json.dumps(values))
