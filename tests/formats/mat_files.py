#!/usr/bin/env python3
"""Writes mat_files.json beside itself: .mat files with what scipy reads from them, or words that a refusal must hold.

Files come from scipy.io.savemat, and from a writer here that does what MATLAB does and scipy does not: numbers stored in the
smallest type that holds them, short elements beside their tag, text as UTF-8 (so the development kit of Stanford Cars lies
on disk). Of both, scipy.io.loadmat says what is in them. Needs numpy and scipy; run by hand when a case is added.

    python3 tests/formats/mat_files.py
"""
import base64
import io
import json
import pathlib
import struct
import zlib

import numpy as np
import scipy
import scipy.io
import scipy.sparse

cases = []


def plain(value):
    """What loadmat gives, as JSON: numbers down the columns, text, cells, structs as lists of dicts."""
    if value.dtype.names:
        items = [{name: plain(np.asarray(one[name])) for name in value.dtype.names} for one in value.ravel(order="F")]
        return {"shape": list(value.shape), "structs": items}
    if value.dtype == object:
        return {"shape": list(value.shape), "cell": [plain(np.asarray(one)) for one in value.ravel(order="F")]}
    if value.dtype.kind == "U":
        return {"text": str(value[0]) if value.size else ""}
    return {"shape": list(value.shape), "numbers": value.ravel(order="F").astype(float).tolist()}


def case(name, content, refused=None):
    found = None
    if refused is None:
        read = scipy.io.loadmat(io.BytesIO(content), chars_as_strings=True, struct_as_record=True)
        found = {key: plain(value) for key, value in read.items() if not key.startswith("__")}
    cases.append({"name": name, "bytes": base64.b64encode(content).decode(), "arrays": found, "refused": refused})


def saved(packed, **arrays):
    stream = io.BytesIO()
    scipy.io.savemat(stream, arrays, do_compression=packed, oned_as="row")
    content = stream.getvalue()
    return b"MATLAB 5.0 MAT-file, made for a test".ljust(116) + content[116:]  # without the time


def element(kind, data):
    if len(data) <= 4:
        return struct.pack("<HH", kind, len(data)) + data.ljust(4, b"\0")
    return struct.pack("<II", kind, len(data)) + data + b"\0" * (-len(data) % 8)


def matrix(code, shape, body, name=b"", flags=0):
    head = struct.pack("<II", 6, 8) + struct.pack("<II", code | flags, 0) + element(5, struct.pack(f"<{len(shape)}i", *shape))
    body = head + element(1, name) + body
    return struct.pack("<II", 14, len(body)) + body


def number(value):  # a double, stored small
    kind, form = (2, "<B") if value < 256 else (4, "<H")
    return matrix(6, (1, 1), element(kind, struct.pack(form, value)))


def text(value):
    data = value.encode()
    return matrix(4, (1, len(value)), element(16, data))


def structs(name, fields, rows):
    names = b"".join(field.encode().ljust(32, b"\0") for field in fields)
    items = b"".join(item for row in rows for item in row)
    body = element(5, struct.pack("<i", 32)) + struct.pack("<II", 1, len(names)) + names + items
    return matrix(2, (1, len(rows)), body, name)


def file(*variables, packed=True):
    head = b"MATLAB 5.0 MAT-file, Platform: GLNXA64".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    parts = [zlib.compress(one) for one in variables]
    return head + b"".join(struct.pack("<II", 15, len(one)) + one if packed else plain_one
                           for one, plain_one in zip(parts, variables))


cars = structs(b"annotations", ["bbox_x1", "bbox_y1", "bbox_x2", "bbox_y2", "class", "fname"],
               [[number(39), number(116), number(569), number(375), number(14), text("00001.jpg")],
                [number(36), number(116), number(868), number(587), number(196), text("00002.jpg")],
                [number(85), number(109), number(601), number(381), number(91), text("3.jp")]])
names = matrix(1, (1, 3), text("AM General Hummer SUV 2000") + text("Caf\u00e9 911") + text("smart"), b"class_names")
numbers = {"f": np.array([[1.5, -2.25], [3e300, np.inf]]), "i": np.arange(-3, 3, dtype=np.int16).reshape(2, 3),
           "b": np.array([0, 255], np.uint8), "s": np.float32(0.1), "l": np.array([2**53, -(2**53)], np.int64)}

case("cars, packed", file(cars))
case("cars, plain", file(cars, packed=False))
case("names", file(names))
case("two variables", file(names, cars))
case("numbers", saved(False, **numbers))
case("numbers, packed", saved(True, **numbers))
case("text", saved(True, word="label", none="", wide="\u00e9\u4e2d\U0001f697"))
case("cells", saved(True, c=np.array([["a", np.arange(3.0)], [np.zeros((0, 0)), "bcd"]], dtype=object)))
case("structs", saved(True, s=np.array([(1.0, "x"), (2.0, "yy")], dtype=[("n", object), ("t", object)])))
case("three sizes", saved(False, a=np.arange(24, dtype=np.uint8).reshape(2, 3, 4)))
case("complex", saved(False, z=np.array([1 + 2j])), refused="complex numbers")
case("sparse", saved(False, z=scipy.sparse.csc_array(np.eye(2))), refused="class 5")
case("rows of text", saved(False, t=np.array(["ab", "cd"])), refused="text of more than one row")
case("beyond 2^53", saved(False, l=np.array([2**53 + 2], np.int64)), refused="2^53")
case("version 4", b"\0\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0a\0" + struct.pack("<d", 1), refused="level 5")
case("version 7.3", b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + b"\x89HDF", refused="-v7")
case("big-endian", file(cars)[:124] + b"\1\0MI" + file(cars)[128:], refused="little-endian")
case("cut off", file(cars)[:-20], refused="beyond the file")
case("cut off inside", file(cars, packed=False)[:300], refused="beyond the file")
case("not zlib", file(cars)[:140] + b"\xff" * 8 + file(cars)[148:], refused="zlib")

text_of = "[\n" + ",\n".join(json.dumps(each) for each in cases) + "\n]\n"
pathlib.Path(__file__).with_suffix(".json").write_text(text_of.replace("Infinity", '"inf"'))
print(f"{len(cases)} cases with scipy {scipy.__version__}, numpy {np.__version__}")
