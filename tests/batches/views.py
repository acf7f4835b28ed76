#!/usr/bin/env python3
"""Writes views.json beside itself: images resized by Pillow and cropped by torchvision's rules, for tests/batches/view_test.cpp.

Pixel (c, y, x) of an image is (37 c + 101 y + 53 x + 17 (x y mod 13)) mod 256: both sides write it out. Resize and the short side are Pillow's
Image.resize with BILINEAR, of a version before 13, which goes along the lines first for all sizes (findings/pillow_13_resizes_columns_first.sh). The longer
side is int(side * longer / shorter), the crop's corner int(round((image - crop) / 2)), as in torchvision. Needs pillow 12; run by hand.
usage: python3 tests/batches/views.py
"""
import hashlib
import json
import pathlib

import PIL
from PIL import Image


def channel(number, height, width):
    image = Image.new("L", (width, height))
    image.putdata([(37 * number + 101 * y + 53 * x + 17 * (x * y % 13)) % 256 for y in range(height) for x in range(width)])
    return image


def short_side(image, side):
    width, height = image.size
    short, long = min(image.size), max(image.size)
    other = int(side * long / short)
    return image.resize((side, other) if width <= height else (other, side), Image.BILINEAR)


def centre(image, height, width):
    if width > image.width or height > image.height:
        left, top = max(0, (width - image.width) // 2), max(0, (height - image.height) // 2)
        wide = Image.new("L", (max(width, image.width), max(height, image.height)), 0)
        wide.paste(image, (left, top))
        image = wide
    top, left = int(round((image.height - height) / 2.0)), int(round((image.width - width) / 2.0))
    return image.crop((left, top, left + width, top + height))


def seen(image, operations):
    for name, *sides in operations:
        if name == "resize":
            image = image.resize((sides[1], sides[0]), Image.BILINEAR)
        else:
            image = {"short_side": short_side, "centre_crop": centre}[name](image, *sides)
    return image


CASES = [
    ((1, 5, 7), [("resize", 3, 4)]),
    ((1, 4, 3), [("resize", 6, 8)]),
    ((2, 6, 6), [("resize", 6, 3)]),
    ((2, 6, 6), [("resize", 3, 6)]),
    ((1, 2, 2), [("resize", 1, 1)]),
    ((1, 9, 8), [("centre_crop", 4, 5)]),
    ((1, 7, 10), [("centre_crop", 4, 3)]),
    ((1, 3, 4), [("centre_crop", 6, 3)]),
    ((1, 3, 3), [("centre_crop", 8, 6)]),
    ((1, 13, 9), [("short_side", 4)]),
    ((1, 9, 13), [("short_side", 4)]),
    ((1, 28, 28), [("resize", 32, 32)]),
    ((3, 64, 48), [("short_side", 36), ("centre_crop", 32, 32)]),
    ((3, 300, 413), [("short_side", 256), ("centre_crop", 224, 224)]),
    ((3, 32, 32), [("resize", 224, 224)]),
    ((3, 251, 97), [("resize", 33, 61), ("centre_crop", 30, 64), ("short_side", 17)]),
]


def main():
    cases = []
    for (channels, height, width), operations in CASES:
        images = [seen(channel(c, height, width), operations) for c in range(channels)]
        pixels = [value for image in images for value in image.tobytes()]
        case = {"input": [channels, height, width], "operations": operations, "output": [channels, images[0].height, images[0].width],
                "sha256": hashlib.sha256(bytes(pixels)).hexdigest()}
        cases.append(case | ({"pixels": pixels} if len(pixels) <= 50 else {}))
    target = pathlib.Path(__file__).with_name("views.json")
    target.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(len(cases), "cases, Pillow", PIL.__version__)


main()
