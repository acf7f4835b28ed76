#!/usr/bin/env python3
"""Writes label_files.json beside itself: label files made by numpy, pickle, zipfile and json, with what is in them.

For each: the bytes in base64, and the arrays by name that Python reads back, or words that a refusal must hold.
Needs numpy and torch; run by hand when a case is added. usage: python3 tests/datasets/label_files.py
"""

import base64
import collections
import io
import json
import os
import pathlib
import pickle
import zipfile

import numpy as np
import torch

LABELS = [6, 9, 9, 4, 1, 1, 2, 7, 8, 3, 0, 5]
WIDE = [0, 1, 127, 128, 129, 199, 200, 255, 256, 999, 65535, 7]  # bytes from 0x80 on need two in UTF-8
cases = []


def case(name, content, arrays=None, refused=None, others=(), note=""):
    """others: how the words begin for what is left alone; note: words for how every array was stored."""
    cases.append({"name": name, "bytes": base64.b64encode(content).decode(), "arrays": arrays, "refused": refused,
                  "others": list(others), "note": note})


def saved(values):
    stream = io.BytesIO()
    torch.save(values, stream)
    return stream.getvalue()


def npz(save, **arrays):
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def one_hot(kind):
    return np.eye(10)[LABELS].astype(kind)


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
    case("npy uint64", npy(np.array(LABELS, "uint64")), {"labels": LABELS})
    case("npy uint64 beyond 64 bits", npy(np.array([2**63], "uint64")), refused="numbers from 2^63 on")
    case("npy column", npy(np.array(LABELS).reshape(12, 1)), {"labels": LABELS}, note="a column, [12, 1]")
    case("npy row", npy(np.array(LABELS).reshape(1, 12)), refused='numpy.save("labels.npy", labels.reshape(-1))')
    for kind in ("int64", "uint8", "bool", "float16", "float32", "float64"):
        case(f"npy one-hot {kind}", npy(one_hot(kind)), {"labels": LABELS}, note="one-hot, [12, 10]")
    case("npy nearly one-hot", npy(np.eye(10, dtype=int)[LABELS] + np.eye(12, 10, dtype=int)), refused="shape [12, 10]; labels have one dimension")
    case("npy mask", npy(np.array(LABELS) > 4), refused="in place of a mask of right or wrong labels write the class of each sample")
    case("npy of scores", npy(np.linspace(0, 1, 24).reshape(12, 2)), refused='numpy.save("labels.npy", labels.argmax(axis=1)), if a row')
    human = {"clean_label": LABELS, "worse_label": WIDE}
    case("npy of a dict", npy(np.array({key: np.array(value) for key, value in human.items()}, object), allow_pickle=True), human)
    scalars = {key: [np.int64(label) for label in value] for key, value in human.items()}
    case("npy of a dict of lists of numpy integers", npy(np.array(scalars, object), allow_pickle=True), human)
    case("npy of integer objects", npy(np.array(LABELS, object), allow_pickle=True), {"labels": LABELS})
    case("npy of a program", npy(np.array(RunsAProgram(), object), allow_pickle=True), refused="asks Python to import posix.system")
    case("npz", npz(np.savez, labels=np.array(LABELS), wide=np.array(WIDE, "int32")), {"labels": LABELS, "wide": WIDE})
    case("npz, deflated", npz(np.savez_compressed, y=np.array(LABELS, "uint8"), x=np.zeros((12, 2, 2)), names=np.array(["a", "b"]),
                              more=np.zeros(2, [("f", "i4")])),
         {"y": LABELS}, others=['"x": elements of float64', '"names": elements of type "<U1"', '"more": elements of type "[('])
    case("npz of floats", npz(np.savez, x=np.zeros(3)), refused='an .npz without an array of labels; it holds "x": elements of float64')
    case("npz cut in a member", plain_zip("x.npy", npy(np.array(LABELS))[:-3]), refused='"x": its header promises [12]')
    case("npy float", npy(np.array(LABELS, "float64")), refused="elements of float64; labels are integers")
    case("npy big-endian", npy(np.array(LABELS, ">i8")), refused='elements of type ">i8"')
    case("npy two dimensions", npy(np.array(LABELS).reshape(3, 4)), refused='numpy.save("labels.npy", labels[0])')
    case("npy single number", npy(np.array(3)), refused='numpy.save("labels.npy", labels.reshape(-1))')
    case("npy of objects", npy(np.array([{"a": 1}], object), allow_pickle=True), refused="entry 0 is a dict of 1 entries")
    case("npy of records", npy(np.zeros(2, [("x", "i4")])), refused="structured array")
    case("npy version 3", npy(np.array(LABELS), (3, 0)), refused="version 3; allowed are 1 and 2")


ARRAYS = {"clean_label": np.array(LABELS), "worse_label": np.array(WIDE)}
EXPECTED = {key: value.tolist() for key, value in ARRAYS.items()}


def pickle_protocol_cases():
    for protocol in (0, 1, 2, 3, 4, 5):
        case(f"pickle {protocol} of arrays", pickle.dumps(ARRAYS, protocol), EXPECTED)
        case(f"pickle {protocol} of a tuple of arrays", pickle.dumps((np.array(LABELS), np.array(WIDE, "int32")), protocol), {"0": LABELS, "1": WIDE})
        case(f"pickle {protocol} of numpy integers", pickle.dumps([np.int64(label) for label in WIDE], protocol), {"labels": WIDE})
        mixed = collections.OrderedDict([
            ("noisy", np.array(LABELS, "int16")), (7, np.array(WIDE)), ("words", ["cat", "dog", "caf\u00e9\n"]), ("score", np.array([.5, 1])),
            ("mask", np.array([True, False])), ("mean", np.float32(.5)), ("column", np.array(LABELS).reshape(12, 1)),
            ("names", np.array(["cat", "dog"])), ("objects", np.array(["cat", None], object)), ("flag", np.bool_(True)), ("note", "a'b\\c\"d"),
            ("nothing", None), ("matrix", np.asfortranarray(np.eye(3))), ("inner", {"a": [1]}), ("empty", b""), ("raw", bytearray(b"ab"))])
        case(f"pickle {protocol} of many kinds", pickle.dumps(mixed, protocol), {"noisy": LABELS, "7": WIDE, "column": LABELS},
             others=['"words": entry 0 is a text', '"score": elements of float64', '"mask": elements of bool', '"mean": a real number',
                     '"names": a numpy array of <U3 [2]', '"objects": entry 0 is a text', '"flag": a truth value', '"note": a text of 7 bytes',
                     '"nothing": None', '"matrix": a numpy array of <f8 [3, 3] in Fortran order', '"inner": a dict of 1 entries',
                     '"empty": a text of 0 bytes', '"raw": a text of 2 bytes'])


def old_pickle_cases():
    text = "(dp0\nS'noisy_label'\np1\n(lp2\n" + "".join(f"I{label}\na" for label in LABELS) + "sS'rate'\np3\nF0.4\ns."
    case("pickle 0 of Python 2", text.encode(), {"noisy_label": LABELS}, others=['"rate": a real number'])
    data = "".join(f"\\x{byte:02x}" for byte in np.array(WIDE, "<i4").tobytes())
    text = ("cnumpy.core.multiarray\n_reconstruct\np1\n(cnumpy\nndarray\np2\n(I0\ntp3\nS'b'\np4\ntp5\nRp6\n(I1\n(I12\ntp7\ncnumpy\ndtype\np8\n"
            "(S'i4'\np9\nI0\nI1\ntp10\nRp11\n(I3\nS'<'\np12\nNNNI-1\nI-1\nI0\ntp13\nbI00\nS'" + data + "'\np14\ntp15\nb.")
    assert pickle.loads(text.encode(), encoding="latin1").tolist() == WIDE
    case("pickle 0 of an array of Python 2", text.encode(), {"labels": WIDE})
    old = pickle.dumps(ARRAYS, 2).replace(b"numpy._core", b"numpy.core")
    case("pickle 2 of arrays of numpy 1", old, EXPECTED)


def pickle_cases():
    case("pickle of labels by number", pickle.dumps({i: label for i, label in enumerate(LABELS)}), {"labels": LABELS}, note="by number")
    case("pickle of a one-hot list", pickle.dumps(np.eye(10, dtype=int)[LABELS].tolist()), {"labels": LABELS}, note="one-hot, [12, 10]")
    case("pickle of a list of lists", pickle.dumps([LABELS, WIDE]), {"0": LABELS, "1": WIDE})
    case("pickle 0 that runs a program", b"cos\nsystem\n(S'touch /tmp/nlbench-was-run'\ntR.", refused="asks Python to import os.system")
    case("pickle 5 with data outside", pickle.dumps(np.array(LABELS), 5, buffer_callback=lambda buffer: None), refused="keeps its data outside the file")
    case("pickle of an array with a wrong size", pickle.dumps(np.array(LABELS), 2).replace(b"K\x0c\x85", b"K\x0d\x85"), refused="an array of [13] elements of int64 with 96 bytes")
    for protocol in (2, 3, 4, 5):
        case(f"pickle {protocol} of a list", pickle.dumps(LABELS, protocol), {"labels": LABELS})
    lists = {"noisy_label": np.array(LABELS), "noisy_coarse_label": LABELS, "note": "from a class", "rate": 0.4}
    case("pickle of a dict of both", pickle.dumps(lists, 2), {"noisy_label": LABELS, "noisy_coarse_label": LABELS},
         others=['"note": a text of 12 bytes', '"rate": a real number'])
    case("pickle of one array", pickle.dumps(np.array(WIDE, "int32"), 2), {"labels": WIDE})
    case("pickle of small integers", pickle.dumps([-1, 255, 256, 65535, 65536, -40000, 2**40, -2**40], 2),
         {"labels": [-1, 255, 256, 65535, 65536, -40000, 2**40, -2**40]})
    case("pickle of an empty array", pickle.dumps(np.zeros(0, "int64"), 2), {"labels": []})


def torch_zip_cases():
    worse = [(y + 1) % 10 if i % 3 == 0 else y for i, y in enumerate(LABELS)]
    human = {"clean_label": np.array(LABELS), "worse_label": np.array(worse)}
    case("human labels", torch_zip(pickle.dumps(human, 2)), {key: value.tolist() for key, value in human.items()})
    case("torch zip", torch_zip(pickle.dumps(ARRAYS, 2)), EXPECTED)
    case("torch zip, deflated", torch_zip(pickle.dumps(ARRAYS, 2), "CIFAR-100_human", zipfile.ZIP_DEFLATED), EXPECTED)
    whole = torch_zip(pickle.dumps(ARRAYS, 2))
    case("torch zip, cut off", whole[:len(whole) // 2], refused="the zip is cut off")
    case("torch zip, cut in its directory", whole[:-30], refused="the zip is cut off")
    changed = bytearray(whole)
    changed[whole.index(b"clean_label")] ^= 1
    case("torch zip with a changed byte", bytes(changed), refused="not a sound archive")
    case("zip of something else", plain_zip("labels.txt", "1"), refused="a zip without data.pkl, so not written by torch.save")


def refused_pickle_cases():
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
    case("pickle cut off", pickle.dumps(ARRAYS, 2)[:-20], refused="the pickle is cut off")
    case("pickle with more behind", pickle.dumps(LABELS, 2) + b"x", refused="1 bytes behind its end")
    case("pickle that holds itself", b"\x80\x02]q\x00h\x00a.", refused="entry 0 is a list of 1 values")


def tensor_cases():
    for kind in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"):
        case(f"torch zip of a tensor {kind}", saved(torch.tensor(LABELS).to(getattr(torch, kind))), {"labels": LABELS})
    base = torch.arange(24).reshape(12, 2)
    case("torch zip of strided tensors", saved({"column": base[:, 1], "back": base[3:7, 0], "one": base[:, :1]}),
         {"column": list(range(1, 24, 2)), "back": [6, 8, 10, 12], "one": list(range(0, 24, 2))})
    case("torch zip of tensors and more", saved({"y": torch.tensor(LABELS), "x": torch.zeros(2, 3), "h": torch.zeros(2, dtype=torch.bfloat16),
                                                 "mask": torch.tensor([True]), "name": "cat", "a": np.array(WIDE)}), {"y": LABELS, "a": WIDE},
         others=['"x": elements of float32', '"h": a tensor of <bfloat16 [2]', '"mask": elements of bool', '"name": a text of 3 bytes'])
    case("torch zip of a one-hot tensor", saved(torch.tensor(one_hot("float32"))), {"labels": LABELS}, note="one-hot, [12, 10]")
    case("torch zip of an empty tensor", saved(torch.zeros(0, dtype=torch.int64)), {"labels": []})
    case("torch zip of a tuple", saved((torch.zeros(3, 2), torch.tensor(LABELS))), {"1": LABELS}, others=['"0": elements of float32'])
    case("torch zip of a repeated element", saved(torch.tensor([3]).expand(5)), refused="save tensor.clone()")
    whole = saved(torch.tensor(LABELS))
    source = zipfile.ZipFile(io.BytesIO(whole))
    parts = {name: source.read(name) for name in source.namelist()}

    def repacked(change):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as container:
            for name, content in change(dict(parts)).items():
                container.writestr(name, content)
        return stream.getvalue()

    name = next(name for name in parts if name.endswith("data/0"))
    pickled = next(name for name in parts if name.endswith("data.pkl"))
    case("torch zip without its numbers", repacked(lambda all: {key: value for key, value in all.items() if key != name}), refused="data/0, are not in the file")
    case("torch zip with cut numbers", repacked(lambda all: all | {name: all[name][:40]}), refused="[12] elements with 5 in its storage")
    case("torch zip with an offset outside", repacked(lambda all: all | {pickled: all[pickled].replace(b"QK\x00K\x0c", b"QK\x05K\x0c")}), refused="elements outside its storage of 12")
    case("torch zip of a big-endian machine", repacked(lambda all: all | {key: b"big" for key in all if key.endswith("byteorder")}), refused="big-endian")


def json_cases():
    case("JSON with a byte order mark", b"\xef\xbb\xbf" + json.dumps(LABELS).encode(), {"labels": LABELS})
    case("JSON column", json.dumps([[label] for label in LABELS]).encode(), {"labels": LABELS}, note="a column, [12, 1]")
    case("JSON one-hot", json.dumps(np.eye(10)[LABELS].tolist()).encode(), {"labels": LABELS}, note="one-hot, [12, 10]")
    case("JSON by number", json.dumps({str(i): label for i, label in reversed(list(enumerate(LABELS)))}).encode(), {"labels": LABELS}, note="by number")
    case("JSON of many words", json.dumps(["cat"] * 300).encode(), refused='/0: "cat"; labels are integers')
    case("JSON beside words", json.dumps({"classes": ["cat", "dog"], "y": LABELS, "p": [.5], "rate": .4}).encode(), {"y": LABELS},
         others=['"classes": /classes/0: "cat"', '"p": /p/0: 0.5', '"rate": 0.4'])
    case("Git LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0000\nsize 2401007\n", refused="a Git LFS pointer")
    case("web page", b"\n<!DOCTYPE html>\n<html><body>404</body></html>", refused="a web page")
    case("text of a sentence", b"cat, dog and others.", refused="plain text")
    case("DivideMix's list", json.dumps(LABELS).encode(), {"labels": LABELS})
    case("noise_labels", json.dumps({"noise_labels": LABELS}).encode(), {"noise_labels": LABELS})
    case("EvidentialMix's lists", json.dumps({"noise_labels": LABELS, "open_noise": [[1, 2]], "closed_noise": [3, 4]},
                                             indent=1).encode(),
         {"noise_labels": LABELS, "closed_noise": [3, 4]}, others=['"open_noise": an array of shape [1, 2]'])
    case("JSON of numbers with a fraction", b"[1, 2.5, 3]", refused="/1:")
    case("JSON of words", b'{"noise_labels": ["cat", 3]}', refused="/noise_labels/0: \"cat\"")
    case("JSON cut off", b"[1, 2, 3", refused=":1:")
    case("JSON without a list", b'{"rate": 0.4}', refused="an object without a list of labels")
    case("text", b"6\n9\n9\n", refused="plain text; in Python: numpy.save")
    case("noise", b"\1\2\3\4", refused="not known by its first bytes (01 02 03 04)")
    case("empty", b"", refused="empty")
    case("gzip", b"\x1f\x8b\x08\0", refused="a gzip file; unpack it first")


def main():
    numpy_cases()
    for add in (pickle_protocol_cases, old_pickle_cases, pickle_cases, torch_zip_cases, refused_pickle_cases):
        add()
    tensor_cases()
    json_cases()
    target = pathlib.Path(__file__).with_name("label_files.json")
    target.write_text("[\n" + ",\n".join(json.dumps(entry) for entry in cases) + "\n]\n")
    print(len(cases), "cases,", target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
