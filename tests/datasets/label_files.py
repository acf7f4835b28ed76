#!/usr/bin/env python3
"""Writes label_files.json beside itself: label files made by numpy, pickle, zipfile and json, with what is in them.

For each: the bytes in base64, and the arrays by name that Python reads back, or words that a refusal must hold.
Needs numpy; run by hand when a case is added. usage: python3 tests/datasets/label_files.py
"""

import base64
import io
import json
import os
import pathlib
import pickle
import zipfile

import numpy as np

LABELS = [6, 9, 9, 4, 1, 1, 2, 7, 8, 3, 0, 5]
WIDE = [0, 1, 127, 128, 129, 199, 200, 255, 256, 999, 65535, 7]  # bytes from 0x80 on need two in UTF-8
cases = []


def case(name, content, arrays=None, refused=None, others=()):
    cases.append({"name": name, "bytes": base64.b64encode(content).decode(), "arrays": arrays, "refused": refused,
                  "others": list(others)})


def npy(array, version=None, **options):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), version=version, **options)
    return stream.getvalue()


def plain_zip(name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as container:
        container.writestr(name, content)
    return stream.getvalue()


def torch_zip(content, folder="archive", compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as container:
        container.writestr(f"{folder}/data.pkl", content)
        container.writestr(f"{folder}/version", b"3\n")
    return stream.getvalue()


class RunsAProgram:
    def __reduce__(self):
        return os.system, ("touch /tmp/nlbench-was-run",)


class Holder:
    pass


def numpy_cases():
    for kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"):
        case(f"npy {kind}", npy(np.array(LABELS, kind)), {"labels": LABELS})
    case("npy version 2", npy(np.array(LABELS), (2, 0)), {"labels": LABELS})
    case("npy empty", npy(np.zeros(0, "int64")), {"labels": []})
    case("npy negative", npy(np.array([-1, 3, -128], "int16")), {"labels": [-1, 3, -128]})
    case("npy in Fortran order", npy(np.asfortranarray(np.array(LABELS))), {"labels": LABELS})
    whole = npy(np.array(LABELS))
    case("npy cut in its data", whole[:-3], refused="but 93 bytes follow, 11 elements and a cut one")
    case("npy cut in its header", whole[:40], refused="cut off inside the .npy header")
    case("npy cut in its magic", whole[:7], refused="version 0; allowed are 1 and 2")
    case("npy too long", whole + b"\0" * 8, refused="promises [12] elements of int64, but 104 bytes follow, 13 elements")
    case("npy float", npy(np.array(LABELS, "float64")), refused="elements of float64; labels are integers")
    case("npy big-endian", npy(np.array(LABELS, ">i8")), refused='elements of type ">i8"')
    case("npy two dimensions", npy(np.array(LABELS).reshape(3, 4)), refused="shape [3, 4]; labels have one dimension")
    case("npy single number", npy(np.array(3)), refused="shape []; labels have one dimension")
    case("npy of objects", npy(np.array([{"a": 1}], object), allow_pickle=True), refused="Python objects")
    case("npy of records", npy(np.zeros(2, [("x", "i4")])), refused="structured array")
    case("npy version 3", npy(np.array(LABELS), (3, 0)), refused="version 3; allowed are 1 and 2")


def pickle_cases():
    arrays = {"clean_label": np.array(LABELS), "worse_label": np.array(WIDE)}
    expected = {key: value.tolist() for key, value in arrays.items()}
    lists = {"noisy_label": np.array(LABELS), "noisy_coarse_label": LABELS, "note": "from a class", "rate": 0.4}
    for protocol in (2, 3, 4):
        case(f"pickle {protocol} of arrays", pickle.dumps(arrays, protocol), expected)
    for protocol in (2, 3, 4, 5):
        case(f"pickle {protocol} of a list", pickle.dumps(LABELS, protocol), {"labels": LABELS})
    case("pickle of a dict of both", pickle.dumps(lists, 2), {"noisy_label": LABELS, "noisy_coarse_label": LABELS},
         others=['"note": a text of 12 bytes', '"rate": a real number'])
    case("pickle of one array", pickle.dumps(np.array(WIDE, "int32"), 2), {"labels": WIDE})
    case("pickle of small integers", pickle.dumps([-1, 255, 256, 65535, 65536, -40000, 2**40, -2**40], 2),
         {"labels": [-1, 255, 256, 65535, 65536, -40000, 2**40, -2**40]})
    case("pickle of an empty array", pickle.dumps(np.zeros(0, "int64"), 2), {"labels": []})
    worse = [(y + 1) % 10 if i % 3 == 0 else y for i, y in enumerate(LABELS)]
    human = {"clean_label": np.array(LABELS), "worse_label": np.array(worse)}
    case("human labels", torch_zip(pickle.dumps(human, 2)), {key: value.tolist() for key, value in human.items()})
    case("torch zip", torch_zip(pickle.dumps(arrays, 2)), expected)
    case("torch zip, deflated", torch_zip(pickle.dumps(arrays, 2), "CIFAR-100_human", zipfile.ZIP_DEFLATED), expected)
    whole = torch_zip(pickle.dumps(arrays, 2))
    case("torch zip, cut off", whole[:len(whole) // 2], refused="the zip is cut off")
    case("torch zip, cut in its directory", whole[:-30], refused="the zip is cut off")
    changed = bytearray(whole)
    changed[whole.index(b"clean_label")] ^= 1
    case("torch zip with a changed byte", bytes(changed), refused="not a sound archive")
    case("zip of something else", plain_zip("labels.txt", "1"), refused="a zip without data.pkl, so not written by torch.save")
    for protocol in (2, 4):
        attack = pickle.dumps(RunsAProgram(), protocol)
        case(f"pickle {protocol} that runs a program", attack, refused="asks Python to import posix.system")
        case(f"torch zip with a pickle {protocol} that runs a program", torch_zip(attack),
             refused="asks Python to import posix.system")
    case("pickle that imports os", b"\x80\x02cos\nsystem\nU\x02ls\x85R.", refused="asks Python to import os.system")
    case("pickle that evaluates", b"\x80\x02cbuiltins\neval\nU\x011\x85R.", refused="asks Python to import builtins.eval")
    case("pickle of another class", pickle.dumps(Holder(), 2), refused="asks Python to import __main__.Holder")
    case("pickle of floats", pickle.dumps([0.5, 1.0], 2), refused="entry 0 is a real number; labels are integers")
    case("pickle of truths", pickle.dumps([True, False], 2), refused="entry 0 is a truth value; labels are integers")
    case("pickle of float arrays", pickle.dumps(np.array([0.5]), 2), refused="elements of float64; labels are integers")
    case("pickle of a text", pickle.dumps("labels", 2), refused="a pickle of a text of 6 bytes")
    case("pickle of no labels", pickle.dumps({"epoch": 3}, 2), refused="a dict of 1 entries without a list")
    case("pickle cut off", pickle.dumps(arrays, 2)[:-20], refused="the pickle is cut off")
    case("pickle with more behind", pickle.dumps(LABELS, 2) + b"x", refused="1 bytes behind its end")
    case("pickle that holds itself", b"\x80\x02]q\x00h\x00a.", refused="entry 0 is a list of 1 values")


def json_cases():
    case("DivideMix's list", json.dumps(LABELS).encode(), {"labels": LABELS})
    case("noise_labels", json.dumps({"noise_labels": LABELS}).encode(), {"noise_labels": LABELS})
    case("EvidentialMix's lists", json.dumps({"noise_labels": LABELS, "open_noise": [[1, 2]], "closed_noise": [3, 4]},
                                             indent=1).encode(),
         {"noise_labels": LABELS, "closed_noise": [3, 4]}, others=['"open_noise": a list of lists'])
    case("JSON of numbers with a fraction", b"[1, 2.5, 3]", refused="/1:")
    case("JSON of words", b'{"noise_labels": ["cat", 3]}', refused="/noise_labels/0:")
    case("JSON cut off", b"[1, 2, 3", refused=":1:")
    case("JSON without a list", b'{"rate": 0.4}', refused="an object without a list of labels")
    case("text", b"6\n9\n9\n", refused="not known by its first bytes (36 0a 39 0a 39 0a)")
    case("empty", b"", refused="empty")
    case("gzip", b"\x1f\x8b\x08\0", refused="a gzip file; unpack it first")


def main():
    numpy_cases()
    pickle_cases()
    json_cases()
    target = pathlib.Path(__file__).with_name("label_files.json")
    target.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in cases) + "\n]\n")
    print(len(cases), "cases,", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
