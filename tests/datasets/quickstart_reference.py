"""A second, independent drawing of the quickstart set, written from docs/quickstart.md part 1. Run by hand:

    python3 tests/datasets/quickstart_reference.py [--images]

prints the SHA-256 over the whole set, which quickstart_test.cpp pins; needs numpy. --images prints the digests of
single images instead.
"""
import hashlib
import sys

import numpy as np

TRAIN_IMAGES, TEST_IMAGES, SIDE = 1500, 1000, 32
SEED, PURPOSE = 0, "dataset:quickstart"


def key():
    digest = hashlib.sha256(f"nlbench:{PURPOSE}:{SEED}".encode()).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def philox(counter, round_key):
    """Philox 4x32-10 over arrays of counters; four arrays of words below 2^32."""
    a, b, c, d = (np.asarray(word, np.uint64) for word in np.broadcast_arrays(*counter))
    low, high = round_key
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        first, second = np.uint64(0xD2511F53) * a, np.uint64(0xCD9E8D57) * c
        a, b, c, d = (second >> half) ^ b ^ np.uint64(low), second & mask, (first >> half) ^ d ^ np.uint64(high), first & mask
        low, high = (low + 0x9E3779B9) & 0xFFFFFFFF, (high + 0xBB67AE85) & 0xFFFFFFFF
    return a, b, c, d


def uniform(words, bound):
    return ((words * np.uint64(bound)) >> np.uint64(32)).astype(np.int64)


def ink(label, dx, dy, r):
    a, b = np.abs(dx), np.abs(dy)
    far, near, square_distance = np.maximum(a, b), np.minimum(a, b), dx * dx + dy * dy
    disc, square = square_distance <= r * r, 8 * far <= 7 * r
    shapes = [disc, disc & (4 * square_distance >= r * r), square, square & (2 * far >= r),
              (2 * a <= r + dy) & (dy <= r), (2 * a <= r - dy) & (-dy <= r),
              (far <= r) & (4 * near <= r), (far <= r) & (3 * np.abs(a - b) <= r),
              square & ((dy + r) * 5 // (2 * r) % 2 == 0), square & ((dx + r) * 5 // (2 * r) % 2 == 0)]
    return np.choose(label, shapes)


def images(split, count):
    """uint8 [count, 3, 32, 32] and uint8 [count]."""
    index = np.arange(count).reshape(-1, 1, 1)
    draw = lambda k: philox((index, split, 0, k), key())
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    label = index % 10
    place, ground, contrast = draw(0), draw(1), draw(2)
    r = 15 + uniform(place[0], 9)
    dx = 2 * x + 1 - (24 + uniform(place[1], 17))
    dy = 2 * y + 1 - (24 + uniform(place[2], 17))
    dx, dy = np.broadcast_arrays(dx, dy)
    inside = ink(label, dx, dy, r)
    sign = 2 * uniform(place[3], 2) - 1
    slope_x, slope_y = uniform(ground[3], 61) - 30, uniform(contrast[3], 61) - 30
    shade = (slope_x * (2 * x - 31) + slope_y * (2 * y - 31)) >> 6
    noise = draw(64 + (SIDE * y + x))
    planes = []
    for channel in range(3):
        plane = 96 + uniform(ground[channel], 64) + shade
        for spot in range(4):
            where, colour = draw(3 + 2 * spot), draw(4 + 2 * spot)
            left, top = uniform(where[0], 32), uniform(where[1], 32)
            right, bottom = left + 1 + uniform(where[2], 4), top + 1 + uniform(where[3], 4)
            plane = plane + ((left <= x) & (x < right) & (top <= y) & (y < bottom)) * (uniform(colour[channel], 181) - 90)
        plane = plane + inside * sign * (50 + uniform(contrast[channel], 51)) + uniform(noise[channel], 81) - 40
        planes.append(np.clip(plane, 0, 255).astype(np.uint8))
    return np.stack(planes, 1), label.reshape(-1).astype(np.uint8)


def main():
    sets = [images(0, TRAIN_IMAGES), images(1, TEST_IMAGES)]
    if "--images" in sys.argv:
        for split, index in ((0, 0), (0, 1499), (1, 7)):
            print(split, index, hashlib.sha256(sets[split][0][index].tobytes()).hexdigest())
    print(hashlib.sha256(b"".join(part.tobytes() for split in sets for part in split)).hexdigest())


if __name__ == "__main__":
    main()
