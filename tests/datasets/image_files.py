#!/usr/bin/env python3
"""Writes image_files.json: small PNG and JPEG files made and decoded by Pillow, and what fitting them to a size must give.
usage: python3 image_files.py > image_files.json     (needs pillow and numpy; nlbench takes no part)

Decoded pixels are Pillow's own (convert("RGB"); transparent ones pasted on white). The fitted pixels are exact means over areas, in fractions of
whole numbers, of the largest centred part of the target's aspect ratio; grey ones are convert("L") of the pixels before.
"""
import base64
import io
import json
from fractions import Fraction

import numpy as np
from PIL import Image

rng = np.random.default_rng(7)


def smooth(height, width):
    y, x = np.mgrid[0:height, 0:width]
    planes = [(x * 255 / max(1, width - 1)), (y * 255 / max(1, height - 1)), ((x + y) * 11 % 256)]
    return np.stack(planes, -1).astype(np.uint8)


def encoded(image, kind, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(data):
    image = Image.open(io.BytesIO(data))
    if image.mode in ("RGBA", "LA") or "transparency" in image.info:
        image = image.convert("RGBA")
        pixels = np.asarray(image).astype(int)
        alpha = pixels[..., 3:]
        return ((pixels[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    if image.mode.startswith("I"):  # 16 bit: Pillow has no 8-bit form of its own
        return np.repeat(np.round(np.asarray(image).astype(float) / 257)[..., None], 3, -1).astype(np.uint8)
    return np.asarray(image.convert("RGB"))


def part(length, other, target, other_target):
    size = max(1, min(length, other * target // other_target))
    return (length - size) // 2, size


def fitted(pixels, channels, height, width):
    if channels == 1:
        pixels = np.asarray(Image.fromarray(pixels).convert("L"))[..., None]
    top, rows = part(pixels.shape[0], pixels.shape[1], height, width)
    left, columns = part(pixels.shape[1], pixels.shape[0], width, height)
    pixels = pixels[top:top + rows, left:left + columns].astype(int)

    def weights(size, target):
        table = [[Fraction(0)] * size for _ in range(target)]
        for j in range(target):
            low, high = Fraction(j * size, target), Fraction((j + 1) * size, target)
            for i in range(size):
                table[j][i] = max(Fraction(0), min(high, Fraction(i + 1)) - max(low, Fraction(i)))
        return table

    down, across = weights(rows, height), weights(columns, width)
    out = []
    for c in range(channels):
        for j in range(height):
            for k in range(width):
                total = area = Fraction(0)
                for y in range(rows):
                    if not down[j][y]:
                        continue
                    for x in range(columns):
                        weight = down[j][y] * across[k][x]
                        total += weight * int(pixels[y, x, c])
                        area += weight
                out.append(int(total / area + Fraction(1, 2)))  # half up
    return out


files = {
    "rgb.png": encoded(Image.fromarray(smooth(9, 14)), "PNG"),
    "grey.png": encoded(Image.fromarray(smooth(6, 5)[..., 0]), "PNG"),
    "palette.png": encoded(Image.fromarray(smooth(8, 8)).quantize(7), "PNG"),
    "alpha.png": encoded(Image.fromarray(rng.integers(0, 256, (5, 7, 4), dtype=np.uint8), "RGBA"), "PNG"),
    "one_bit.png": encoded(Image.fromarray(rng.integers(0, 2, (6, 9)).astype(bool)), "PNG"),
    "deep.png": encoded(Image.fromarray((smooth(4, 6)[..., 0].astype(np.uint16) * 257)), "PNG"),
    "photo.jpg": encoded(Image.fromarray(smooth(17, 23)), "JPEG", quality=85),
    "progressive.jpg": encoded(Image.fromarray(smooth(16, 12)), "JPEG", quality=60, progressive=True),
    "whole_chroma.jpg": encoded(Image.fromarray(rng.integers(0, 256, (9, 9, 3), dtype=np.uint8)), "JPEG", subsampling=0),
    "grey.jpg": encoded(Image.fromarray(smooth(10, 8)[..., 1]), "JPEG"),
}
sizes = [(3, 4, 4), (1, 4, 4), (3, 3, 5), (3, 12, 12), (1, 2, 7)]
cases = []
for name, data in files.items():
    pixels = decoded(data)
    cases.append({
        "name": name,
        "file": base64.b64encode(data).decode(),
        "height": int(pixels.shape[0]),
        "width": int(pixels.shape[1]),
        "pixels": base64.b64encode(np.ascontiguousarray(pixels).tobytes()).decode(),
        "fitted": [{"size": size, "pixels": base64.b64encode(bytes(fitted(pixels, *size))).decode()} for size in sizes],
    })
cmyk = encoded(Image.fromarray(smooth(8, 8)).convert("CMYK"), "JPEG")
gif = encoded(Image.fromarray(smooth(8, 8)), "GIF")
refused = [
    {"name": "cmyk.jpg", "file": base64.b64encode(cmyk).decode(), "says": "CMYK"},
    {"name": "a.gif", "file": base64.b64encode(gif).decode(), "says": "neither PNG nor JPEG"},
    {"name": "cut.png", "file": base64.b64encode(files["rgb.png"][:-30]).decode(), "says": "broken PNG"},
    {"name": "cut.jpg", "file": base64.b64encode(files["photo.jpg"][:-60]).decode(), "says": "broken JPEG"},
    {"name": "empty", "file": "", "says": "neither PNG nor JPEG"},
]
print(json.dumps({"made_by": "Pillow " + Image.__version__, "cases": cases, "refused": refused}, indent=1))
