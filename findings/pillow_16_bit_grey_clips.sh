#!/usr/bin/env bash
# Pillow 13.0.0: the same 16-bit samples become different 8-bit pixels in grey and in colour. convert("RGB") of a 16-bit grey PNG (mode I;16)
# clips every sample above 255 to white; of a 16-bit RGB PNG the upper byte is taken. torchvision's ImageFolder calls convert("RGB") on every
# file, so a folder of 16-bit grey pictures (medical, depth, microscopy) trains on nearly white images without a warning.
# Observed with pillow 13.0.0 and numpy 2.4.6. Fails if that changes.
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

samples = np.array([[0, 200, 255, 256, 300, 4096, 32768, 65535]], np.uint16)


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(rows, colour):  # no filter, 16 bits a sample
    header = struct.pack(">IIBBBBB", samples.shape[1], 1, 16, colour, 0, 0, 0)
    data = zlib.compress(b"\0" + rows.astype(">u2").tobytes())
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def pixels(content):
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))[0, :, 0].tolist()


grey, colour = pixels(png(samples, 0)), pixels(png(np.repeat(samples[..., None], 3, -1), 2))
print("16-bit samples      ", samples[0].tolist())
print("grey, convert(RGB)  ", grey)
print("colour, convert(RGB)", colour)
assert colour == (samples[0] >> 8).tolist() == [0, 0, 0, 1, 1, 16, 128, 255], "colour: no longer the upper byte"
assert grey == np.minimum(samples[0], 255).tolist() == [0, 200, 255, 255, 255, 255, 255, 255], "grey: no longer clipped"
PYTHON
