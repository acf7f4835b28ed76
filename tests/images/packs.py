"""Writes two packs by the layout that images/packed_images.h states, with Python's struct and hashlib; their hexadecimal digits are the
vectors of packed_images_test.cpp.

    python3 tests/images/packs.py
"""

import hashlib
import struct


def pack(images):
    """images: (channels, height, width, bytes) of each."""
    shapes = [struct.pack("<3I", *image[:3]) for image in images]
    varied = len(set(shapes)) != 1
    body = b"".join(image[3] for image in images) + (b"".join(shapes) if varied else b"")
    numbers = struct.pack("<Q", len(images)) + (bytes(12) if varied else shapes[0]) + bytes(4)
    return b"NLBIMG1\n" + numbers + hashlib.sha256(body + numbers).digest() + body


print("one shape:", pack([(1, 1, 2, b"\x01\x02"), (1, 1, 2, b"\x03\xff")]).hex())
print("varied:", pack([(1, 1, 2, b"\x01\x02"), (3, 1, 1, b"\x07\x08\x09")]).hex())
