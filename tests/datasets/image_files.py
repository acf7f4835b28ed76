#!/usr/bin/env python3
"""Writes image_files.json: small PNG and JPEG files made and decoded by Pillow, and what fitting them to a size must give.
usage: python3 image_files.py > image_files.json     (needs pillow, numpy and cjpeg; nlbench takes no part)

Decoded pixels are Pillow's own (convert("RGB"); transparent ones pasted on white). The fitted pixels are exact means over areas, in fractions of
whole numbers, of the largest centred part of the target's aspect ratio; grey ones are convert("L") of the pixels before.
"""
import base64
import hashlib
import io
import json
import struct
import subprocess
import zlib
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
    if image.mode.startswith("I"):  # 16-bit grey, which Pillow clips at 255: the upper byte, as of its 16-bit RGB
        return np.repeat((np.asarray(image).astype(int) >> 8)[..., None], 3, -1).astype(np.uint8)
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
# Cases of single formats; pixels as a digest. PNG chunks and 16-bit samples that Pillow cannot write are put in by hand,
# odd samplings are made by cjpeg (Debian's libjpeg-turbo-progs).


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def with_chunk(png, name, content):
    return png[:33] + chunk(name, content) + png[33:]  # behind IHDR


def png_of(array, colour, depth, more=b""):
    """Rows without a filter; samples of 16 bits big-endian, of fewer than 8 bits packed."""
    rows = b"".join(b"\0" + (row.astype(">u2").tobytes() if depth == 16 else packed(row, depth)) for row in array)
    header = struct.pack(">IIBBBBB", array.shape[1], array.shape[0], depth, colour, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + more + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def packed(row, depth):
    if depth == 8:
        return row.astype(np.uint8).tobytes()
    bits = "".join(format(int(value), f"0{depth}b") for value in row.ravel())
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def sampled(image, factors, *options):
    ppm = encoded(image, "PPM")
    return subprocess.run(["cjpeg", "-quality", "80", "-sample", factors, *options], input=ppm, capture_output=True, check=True).stdout


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


rng = np.random.default_rng(8)
picture = Image.fromarray(smooth(37, 43))
rgb = encoded(picture, "PNG")
deep = rng.integers(0, 65536, (9, 7, 4))
cmyk = encoded(Image.fromarray(rng.integers(0, 256, (19, 21, 4), dtype=np.uint8), "CMYK"), "JPEG", quality=90)
marker = cmyk.index(b"Adobe")
ycck = bytearray(cmyk)
ycck[marker + 11] = 2  # the transform that Adobe's marker tells
plain_cmyk = cmyk[:marker - 4] + cmyk[marker - 4 + 2 + struct.unpack(">H", cmyk[marker - 2:marker])[0]:]
photo = encoded(picture, "JPEG", quality=85)
alpha = Image.fromarray(rng.integers(0, 256, (15, 17, 4), dtype=np.uint8), "RGBA")
frames = [Image.fromarray(smooth(12, 14)), Image.fromarray(255 - smooth(12, 14))]
forms = {
    "gamma_1.png": with_chunk(rgb, b"gAMA", struct.pack(">I", 100000)),
    "gamma_055556.png": with_chunk(rgb, b"gAMA", struct.pack(">I", 55556)),
    "gamma_22.png": with_chunk(rgb, b"gAMA", struct.pack(">I", 220000)),
    "srgb_chrm.png": with_chunk(with_chunk(rgb, b"sRGB", b"\0"), b"cHRM", struct.pack(">8I", *[31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000])),
    "gamma_grey.png": with_chunk(encoded(picture.convert("L"), "PNG"), b"gAMA", struct.pack(">I", 100000)),
    "gamma_palette.png": with_chunk(encoded(picture.quantize(17), "PNG"), b"gAMA", struct.pack(">I", 100000)),
    "gamma_alpha.png": with_chunk(encoded(alpha, "PNG"), b"gAMA", struct.pack(">I", 100000)),
    "rgb_16.png": png_of(deep[..., :3], 2, 16),
    "rgba_16.png": png_of(deep, 6, 16),
    "grey_2_bits.png": png_of(rng.integers(0, 4, (6, 9)), 0, 2),
    "grey_4_bits.png": png_of(rng.integers(0, 16, (6, 9)), 0, 4),
    "grey_alpha.png": encoded(Image.fromarray(rng.integers(0, 256, (6, 9, 2), dtype=np.uint8), "LA"), "PNG"),
    "grey_transparent.png": encoded(Image.fromarray(rng.integers(0, 4, (6, 9), dtype=np.uint8)), "PNG", transparency=2),
    "rgb_transparent.png": encoded(Image.fromarray(rng.integers(0, 2, (6, 9, 3), dtype=np.uint8) * 255), "PNG", transparency=(255, 0, 0)),
    "palette_transparent.png": encoded(Image.fromarray(smooth(8, 8)).quantize(7), "PNG", transparency=bytes([0, 60, 255, 128])),
    "twelve_bits.png": png_of(rng.integers(0, 4096, (8, 8)), 0, 16),
    "turned.png": encoded(picture, "PNG", exif=exif(6)),
    "sampling_4x2.jpg": sampled(picture, "4x2,1x1,1x1"),
    "sampling_4x1.jpg": sampled(picture, "4x1,1x1,1x1"),
    "sampling_1x4.jpg": sampled(picture, "1x4,1x1,1x1"),
    "sampling_2x4.jpg": sampled(picture, "2x4,1x1,1x1"),
    "sampling_3x1.jpg": sampled(picture, "3x1,1x1,1x1"),
    "sampling_1x2.jpg": sampled(picture, "1x2,1x1,1x1"),
    "sampling_3x2_chroma_1x2.jpg": sampled(picture, "3x2,1x2,1x2"),
    "chroma_finer.jpg": sampled(picture, "1x1,2x2,2x2"),
    "chroma_apart.jpg": sampled(picture, "2x2,2x1,1x2"),
    "sampling_4x2_progressive.jpg": sampled(picture, "4x2,1x1,1x1", "-progressive"),
    "grey_sampled.jpg": sampled(picture, "2x2", "-grayscale"),
    "bytes_before_end.jpg": photo[:-2] + b"\0\0\x12\x34" + photo[-2:],
    "bytes_behind_end.jpg": photo + b"\0" * 50,
    "turned.jpg": encoded(picture, "JPEG", exif=exif(8)),
    "cmyk.jpg": cmyk,
    "cmyk_without_marker.jpg": plain_cmyk,
    "ycck.jpg": bytes(ycck),
    "rgb_of_adobe.jpg": encoded(picture, "JPEG", quality=90, keep_rgb=True),
    "lossless.webp": encoded(picture, "WEBP", lossless=True),
    "lossy.webp": encoded(picture, "WEBP", quality=70),
    "lossless_alpha.webp": encoded(alpha, "WEBP", lossless=True, exact=True),
    "lossy_alpha.webp": encoded(alpha, "WEBP", quality=60),
    "animation.webp": encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], duration=100),
    "turned.webp": encoded(picture, "WEBP", quality=70, exif=exif(3)),
}
for name, data in forms.items():
    pixels = decoded(data)
    cases.append({"name": name, "file": base64.b64encode(data).decode(), "height": int(pixels.shape[0]), "width": int(pixels.shape[1]),
                  "sha256": hashlib.sha256(np.ascontiguousarray(pixels).tobytes()).hexdigest(),
                  "orientation": Image.open(io.BytesIO(data)).getexif().get(0x0112, 1), "fitted": []})
gif = encoded(Image.fromarray(smooth(8, 8)), "GIF")
spoilt = bytearray(photo)
spoilt[len(photo) // 2:len(photo) // 2 + 40] = b"\0" * 40
refused = [
    {"name": "a.gif", "file": base64.b64encode(gif).decode(), "says": "not PNG, JPEG or WebP"},
    {"name": "cut.png", "file": base64.b64encode(files["rgb.png"][:-30]).decode(), "says": "broken PNG"},
    {"name": "cut.jpg", "file": base64.b64encode(files["photo.jpg"][:-60]).decode(), "says": "broken JPEG"},
    {"name": "without_end.jpg", "file": base64.b64encode(photo[:-2]).decode(), "says": "broken JPEG"},
    {"name": "spoilt.jpg", "file": base64.b64encode(bytes(spoilt)).decode(), "says": "broken JPEG"},
    {"name": "cut_odd_sampling.jpg", "file": base64.b64encode(forms["sampling_4x2.jpg"][:-200]).decode(), "says": "broken JPEG"},
    {"name": "cut.webp", "file": base64.b64encode(forms["lossy.webp"][:-100]).decode(), "says": "broken WebP"},
    {"name": "empty", "file": "", "says": "not PNG, JPEG or WebP"},
]
print(json.dumps({"made_by": "Pillow " + Image.__version__, "cases": cases, "refused": refused}, indent=1))
