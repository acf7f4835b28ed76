#!/usr/bin/env python3
"""What Pillow makes of 1,000 generated images, operation by operation: pil_operations.json, which image_ops_test.cpp holds
the kernels to. Needs numpy and Pillow.

    python3 tests/kernels/pil_operations.py > tests/kernels/pil_operations.json

An image is RGBA, alpha 255 at first. As in google-research/google-research:ieg/dataset_utils/augmentation_transforms.py, what an
affine operation does not reach is (0, 0, 0, 0), and autocontrast, equalize, invert, posterize and solarize go through RGB,
which sets alpha to 255 again. A digest is the SHA-256 of the planes red, green, blue, alpha of all images, one after the
other, of all operations of a chain: "rotate 7 -" is rotate at level 7 with negative sign.
"""
import hashlib
import json

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageOps

LEVELS = range(10)  # level 10 would leave posterize no bit, which Pillow refuses
SIZES = [(32, 32, 1000), (20, 33, 100)]  # height, width, images
CENTRE = (7, 20)  # of cutout: line, column
MEAN_COLOUR = (125, 122, 113, 0)
LEVELLESS = ["identity", "autocontrast", "equalize", "invert"]
SIGNED = ["rotate", "shear_x", "shear_y", "translate_x", "translate_y"]
PLAIN = ["posterize", "solarize", "colour", "contrast", "brightness", "sharpness", "cutout"]
ENHANCERS = {"colour": ImageEnhance.Color, "contrast": ImageEnhance.Contrast, "brightness": ImageEnhance.Brightness,
             "sharpness": ImageEnhance.Sharpness}


def mixed(n):
    """lowbias32 of Wellons' hash-prospector, on uint32 arrays."""
    n = np.asarray(n, np.uint32)
    n = (n ^ n >> 16) * np.uint32(0x7FEB352D)
    n = (n ^ n >> 15) * np.uint32(0x846CA68B)
    return n ^ n >> 16


def word(image, place):
    return mixed(mixed(np.array([image + 1])) + np.asarray(place, np.uint32))


def one(image, place):
    return int(word(image, [place])[0])


def generated(image, height, width):
    """[3, height, width] uint8: noise, slopes, low contrast, few values (one among them) or blocks, in turn."""
    channel, y, x = np.meshgrid(np.arange(3), np.arange(height), np.arange(width), indexing="ij")
    words = word(image, (channel * height + y) * width + x).astype(np.int64)
    kind = image % 5
    if kind == 0:
        values = words
    elif kind == 1:
        slope = one(image, 100000)
        values = ((x * (slope & 15) + y * (slope >> 4 & 15)) >> 1) + (words & 7) + 37 * channel
    elif kind == 2:
        lowest = np.array([one(image, 100001 + c) & 127 for c in range(3)])
        values = lowest[channel] + words % (1 + (one(image, 100004) & 63))
    elif kind == 3:
        palette = np.array([[one(image, 100010 + 4 * c + j) & 255 for j in range(4)] for c in range(3)])
        values = palette[channel, words % (1 + image // 5 % 4)]
    else:
        values = word(image, 200000 + channel * 1024 + y // 4 * 32 + x // 4).astype(np.int64)
    return (values & 255).astype(np.uint8)


def through_rgb(change):
    return lambda picture: change(picture.convert("RGB")).convert("RGBA")


def affine(matrix):
    return lambda picture: picture.transform(picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.NEAREST)


def cutout(side):
    def cut(picture):
        y, x = CENTRE
        box = (max(0, x - side // 2), max(0, y - side // 2), min(picture.width, x + side // 2),
               min(picture.height, y + side // 2))
        result = picture.copy()
        if side > 0:
            result.paste(MEAN_COLOUR, box)
        return result

    return cut


def operation(name, level, negative):
    """Function from RGBA picture to RGBA picture."""
    sign = -1 if negative else 1
    if name == "identity":
        return lambda picture: picture
    if name in ENHANCERS:
        return lambda picture: ENHANCERS[name](picture).enhance(level * 1.8 / 10 + 0.1)
    return {
        "autocontrast": through_rgb(ImageOps.autocontrast),
        "equalize": through_rgb(ImageOps.equalize),
        "invert": through_rgb(ImageOps.invert),
        "posterize": through_rgb(lambda picture: ImageOps.posterize(picture, 4 - int(level * 4 / 10))),
        "solarize": through_rgb(lambda picture: ImageOps.solarize(picture, 256 - int(level * 256 / 10))),
        "rotate": lambda picture: picture.rotate(sign * int(level * 30 / 10)),
        "shear_x": affine((1, sign * (level * 0.3 / 10), 0, 0, 1, 0)),
        "shear_y": affine((1, 0, 0, sign * (level * 0.3 / 10), 1, 0)),
        "translate_x": affine((1, 0, sign * level, 0, 1, 0)),
        "translate_y": affine((1, 0, 0, 0, 1, sign * level)),
        "cutout": cutout(int(level * 20 / 10)),
    }[name]


def steps():
    """Lists of (name, level, negative), applied in order: every operation alone, then pairs that meet uncovered pixels."""
    for name in LEVELLESS:
        yield [(name, 0, False)]
    for name in PLAIN:
        yield from ([(name, level, False)] for level in LEVELS)
    for name in SIGNED:
        yield from ([(name, level, negative)] for level in LEVELS for negative in (False, True))
    for first in [("rotate", 7, True), ("cutout", 8, False)]:
        for name in LEVELLESS + PLAIN + SIGNED:
            yield [first, (name, 6, False), ("shear_y", 3, True)]


def name_of(chain):
    return ", ".join(f"{name} {level} {'-' if negative else '+'}" for name, level, negative in chain)


def digest_of(pictures, chain):
    changes = [operation(*step) for step in chain]
    digest = hashlib.sha256()
    for picture in pictures:
        for change in changes:
            picture = change(picture)
        digest.update(np.asarray(picture).transpose(2, 0, 1).tobytes())
    return digest.hexdigest()


def main():
    sets = []
    for height, width, count in SIZES:
        pictures = [Image.fromarray(np.ascontiguousarray(generated(i, height, width).transpose(1, 2, 0))).convert("RGBA")
                    for i in range(count)]
        sets.append({"height": height, "width": width, "images": count,
                     "chains": {name_of(chain): digest_of(pictures, chain) for chain in steps()}})
    made_by = f"tests/kernels/pil_operations.py with Pillow {PIL.__version__}, numpy {np.__version__}"
    print(json.dumps({"made_by": made_by, "sets": sets}, indent=1))


if __name__ == "__main__":
    main()
