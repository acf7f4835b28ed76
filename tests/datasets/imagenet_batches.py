#!/usr/bin/env python3
"""Writes imagenet_batches.json beside itself: batches of four images of 12 bytes as Python and numpy write them.

Needs numpy 1.26 (numpy 2 writes other module names, which are read too); run by hand when a case is added.
usage: python3 tests/datasets/imagenet_batches.py
"""

import base64
import io
import json
import pathlib
import pickle

import numpy as np

PIXELS = (np.arange(48, dtype=np.int64) * 37 % 256).astype(np.uint8).reshape(4, 12)
LABELS = [3, 1, 1000, 200]
MEAN = PIXELS.mean(axis=0)
cases = []


def case(name, content, refused=None):
    cases.append({"name": name, "bytes": base64.b64encode(content).decode(), "refused": refused})


def npz(save=np.savez, **arrays):
    file = io.BytesIO()
    save(file, **arrays)
    return file.getvalue()


def main():
    batch = {"data": PIXELS, "labels": LABELS, "mean": MEAN}
    for protocol in (3, 4, 5):
        case(f"protocol {protocol}", pickle.dumps(batch, protocol))
    case("val_data", pickle.dumps({"data": PIXELS, "labels": LABELS}, 3))
    case("labels as an array", pickle.dumps({**batch, "labels": np.array(LABELS)}, 3))
    case("protocol 2 of Python 3", pickle.dumps(batch, 2), "its pixels are not in the file as they are")
    case("protocol 0", pickle.dumps(batch, 0), "its pixels are not in the file as they are")
    case("Fortran order", pickle.dumps({**batch, "data": np.asfortranarray(PIXELS)}, 3), "its pixels are not in the file as they are")
    case("a label 0", pickle.dumps({**batch, "labels": [3, 0, 1, 2]}, 3), "entry 1 is not a label: 0; allowed are 1 to 1000")
    case("a label 1001", pickle.dumps({**batch, "labels": [3, 1, 1001, 2]}, 3), "entry 2 is not a label: 1001; allowed are 1 to 1000")
    case("labels as text", pickle.dumps({**batch, "labels": ["3", "1", "2", "4"]}, 3), "entry 0 is not a label; allowed are 1 to 1000")
    case("fewer labels", pickle.dumps({**batch, "labels": LABELS[:3]}, 3), "3 labels for 4 images")
    case("no labels", pickle.dumps({"data": PIXELS}, 3), '"labels": no such entry')
    case("images of another size", pickle.dumps({**batch, "data": PIXELS[:, :11]}, 3), "expected [n, 12] of uint8")
    case("cut off", pickle.dumps(batch, 3)[:100], "the pickle is cut off")
    case("npz", npz(data=PIXELS, labels=np.array(LABELS), mean=MEAN))
    case("npz, labels of 32 bits", npz(data=PIXELS, labels=np.array(LABELS, np.int32)))
    case("npz, compressed", npz(np.savez_compressed, data=PIXELS, labels=np.array(LABELS)), "it is compressed")
    case("npz without labels", npz(data=PIXELS), '"labels": no such array')
    case("npz, pixels as float", npz(data=PIXELS / 255, labels=np.array(LABELS)), "[4, 12] of float64; expected [n, 12] of uint8")
    case("npz, pixels in Fortran order", npz(data=np.asfortranarray(PIXELS), labels=np.array(LABELS)), "Fortran order")
    case("npz, a label 0", npz(data=PIXELS, labels=np.array([3, 1, 0, 2])), "entry 2 is not a label: 0")
    case("npz, cut off", npz(data=PIXELS, labels=np.array(LABELS))[:-30], "the zip is cut off")
    case("npz, fewer labels", npz(data=PIXELS, labels=np.array(LABELS[:3])), "3 labels for 4 images")
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
