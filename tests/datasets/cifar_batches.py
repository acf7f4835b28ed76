#!/usr/bin/env python3
"""Writes cifar_batches.json beside itself: batches of four 2x2 images pickled by Python, and the records they stand for.

Needs numpy; run by hand when a case is added. usage: python3 tests/datasets/cifar_batches.py
"""

import base64
import json
import pathlib
import pickle

import numpy as np

PIXELS = (np.arange(48, dtype=np.int64) * 37 % 256).astype(np.uint8).reshape(4, 12)
LABELS = [3, 0, 9, 200]
COARSE = [1, 19, 0, 7]
cases = []


def case(name, batch, protocol, coarse, refused=None):
    content = pickle.dumps(batch, protocol)
    records = None
    if refused is None:
        rows = [([c] if coarse else []) + [f] + p.tolist() for c, f, p in zip(COARSE, LABELS, PIXELS)]
        records = base64.b64encode(bytes(byte for row in rows for byte in row)).decode()
    cases.append({"name": name, "bytes": base64.b64encode(content).decode(), "coarse": coarse, "records": records,
                  "refused": refused})


def main():
    ten = {"batch_label": "training batch 1 of 5", "labels": LABELS, "data": PIXELS, "filenames": ["a", "b", "c", "d"]}
    hundred = {"filenames": ["a", "b", "c", "d"], "batch_label": "training batch 1 of 1", "fine_labels": LABELS,
               "coarse_labels": COARSE, "data": PIXELS}
    for protocol in (0, 1, 2, 3, 4, 5):
        case(f"CIFAR-10, protocol {protocol}", ten, protocol, False)
        case(f"CIFAR-100, protocol {protocol}", hundred, protocol, True)
    for protocol in (2, 5):  # what a script makes of a batch that it loaded and cleaned
        case(f"arrays of labels, protocol {protocol}", {**ten, "labels": np.array(LABELS)}, protocol, False)
        case(f"numpy integers, protocol {protocol}", {**hundred, "fine_labels": [np.int64(label) for label in LABELS]}, protocol, True)
    case("labels as floats", {**ten, "labels": np.array(LABELS, float)}, 2, False, "expected a list of integers")
    case("names in bytes", {k.encode(): v for k, v in ten.items()}, 3, False)
    case("CIFAR-100 read as CIFAR-10", hundred, 2, False, '"labels": no such entry')
    case("no pixels", {"labels": LABELS}, 2, False, '"data": no such entry')
    case("a list", LABELS, 2, False, "a list of 4 values; expected a dict")
    case("labels as a text", {**ten, "labels": "3092"}, 2, False, "expected a list")
    case("fewer labels", {**ten, "labels": LABELS[:3]}, 2, False, "3 labels for 4 images")
    case("a label too large", {**ten, "labels": [1, 2, 256, 3]}, 2, False, "entry 2 is not a label")
    case("images of another size", {**ten, "data": PIXELS[:, :11]}, 2, False, "expected [n, 12] of uint8")
    case("pixels as float", {**ten, "data": PIXELS / 255}, 2, False, "expected [n, 12] of uint8")
    case("pixels in Fortran order", {**ten, "data": np.asfortranarray(PIXELS)}, 2, False, "Fortran order")
    target = pathlib.Path(__file__).with_name("cifar_batches.json")
    target.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in cases) + "\n]\n")
    print(len(cases), "cases,", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
