#!/usr/bin/env python3
"""What Pillow's Image.resize makes of generated images: pil_resize.json, which resize_test.cpp holds the kernels to. Needs
numpy and Pillow up to 12.1: later ones take the two directions in another order for some sizes (kernels/resize.h).

    python3 tests/kernels/pil_resize.py > tests/kernels/pil_resize.json

An image [height, width, channels] is noise, a slope with noise, or a board of 0 and 255 whose edges make every filter
overshoot. A digest is the SHA-256 of the result's bytes, lines from the top, channels of a pixel beside one another.
"""
import hashlib
import json

import numpy as np
import PIL
from PIL import Image

FILTERS = ["box", "bilinear", "hamming", "bicubic", "lanczos"]
KINDS = ["noise", "slope", "board"]
# height, width -> height, width; the part as x0, y0, x1, y1 where it is not the whole
CASES = [
    ((375, 500), (224, 224), None), ((375, 500), (256, 341), None), ((64, 64), (32, 32), None), ((84, 84), (32, 32), None),
    ((32, 32), (64, 64), None), ((28, 28), (32, 32), None), ((37, 53), (37, 53), None), ((37, 53), (37, 20), None),
    ((37, 53), (91, 53), None), ((37, 53), (5, 131), None), ((1, 1), (3, 4), None), ((2, 3), (1, 1), None),
    ((3, 200), (7, 6), None), ((200, 3), (6, 7), None), ((17, 5), (4, 4), None), ((61, 47), (33, 29), (3, 5, 40, 58)),
    ((61, 47), (33, 29), (3.25, 5.5, 40.75, 58.125)), ((61, 47), (80, 90), (0.5, 0, 47, 60.5)), ((500, 333), (1, 2), None)]


def mixed(n):
    """lowbias32 of Wellons' hash-prospector, on uint32 arrays."""
    n = np.asarray(n, np.uint32)
    n = (n ^ n >> 16) * np.uint32(0x7FEB352D)
    n = (n ^ n >> 15) * np.uint32(0x846CA68B)
    return n ^ n >> 16


def generated(kind, height, width, channels):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    words = mixed(mixed(np.array([1 + KINDS.index(kind)])) + ((y * width + x) * channels + c).astype(np.uint32)).astype(np.int64)
    if kind == "noise":
        values = words
    elif kind == "slope":
        values = 3 * x + 2 * y + 50 * c + (words & 15)
    else:
        values = 255 * ((x // (3 + c) + y // 4) % 2)
    return (values & 255).astype(np.uint8)


def digest_of(kind, case, channels, name):
    (height, width), (new_height, new_width), box = case
    pixels = generated(kind, height, width, channels)
    picture = Image.fromarray(pixels if channels == 3 else pixels[:, :, 0])
    resized = picture.resize((new_width, new_height), Image.Resampling[name.upper()], box=box)
    return hashlib.sha256(np.asarray(resized).tobytes()).hexdigest()


def main():
    rows = []
    for case in CASES:
        for channels in (3, 1):
            digests = {f"{kind} {name}": digest_of(kind, case, channels, name) for kind in KINDS for name in FILTERS}
            rows.append({"from": case[0], "to": case[1], "box": case[2], "channels": channels, "digests": digests})
    made_by = f"tests/kernels/pil_resize.py with Pillow {PIL.__version__}, numpy {np.__version__}"
    print(json.dumps({"made_by": made_by, "rows": rows}, indent=1))


main()
