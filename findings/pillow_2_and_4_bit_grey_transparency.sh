#!/usr/bin/env bash
# Pillow 13.0.0 loses the transparent grey of PNGs with 2 or 4 bits a sample. The samples become 0 to 255, but the tRNS value stays as the file has it, so
# info["transparency"] matches no pixel (or, for value 0, by luck), and convert("RGBA") is opaque everywhere. With 1 and 8 bits it is right. PNG
# (third edition, 11.3.1.1) compares tRNS with samples before they are scaled. Such files come from optipng, pngcrush and zopfli, which reduce
# grey pictures of few tones: a mask or a background vanishes by lossless optimisation. Observed with pillow 13.0.0 and numpy 2.4.6. Fails if that changes.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import io
import struct
import zlib

import numpy as np
from PIL import Image


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(samples, depth, transparent):  # one row of grey, no filter
    bits = "".join(format(sample, f"0{depth}b") for sample in samples)
    bits += "0" * (-len(bits) % 8)
    row = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", len(samples), 1, depth, 0, 0, 0, 0))
        + chunk(b"tRNS", struct.pack(">H", transparent))
        + chunk(b"IDAT", zlib.compress(b"\0" + row))
        + chunk(b"IEND", b"")
    )


found = {}
for depth, samples, transparent in ((1, [0, 1], 1), (2, [0, 1, 2, 3], 2), (4, list(range(16)), 5), (8, [0, 80, 255], 80)):
    image = Image.open(io.BytesIO(png(samples, depth, transparent)))
    pixels = np.asarray(image.convert("RGBA"))[0]
    found[depth] = np.flatnonzero(pixels[:, 3] == 0).tolist()
    print(f"{depth} bits: transparent are samples {[samples[i] for i in found[depth]]}, right is [{transparent}]; grey", pixels[:, 0].tolist())
assert found == {1: [1], 2: [], 4: [], 8: [1]}, "another behaviour than with pillow 13.0.0"
PYTHON
