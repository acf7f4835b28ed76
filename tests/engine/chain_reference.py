"""The state chain by its definition (engine/chain.h, kernels/state_digest.h), in plain Python integers and hashlib. Prints the
sums that tests/kernels/state_digest_test.cpp expects and the digests that chain_test.cpp expects.

    python3 tests/engine/chain_reference.py
"""

import hashlib
import struct

WORDS, SHIFT, LANES = 1024, 8, 5  # words of a tile; words between the keys of two lanes
M32, M64 = (1 << 32) - 1, (1 << 64) - 1


def sha(data):
    return hashlib.sha256(data).digest()


def key(i):
    x = (i + 1) * 0x9E3779B9 & M32
    x = (x ^ x >> 16) * 0x7FEB352D & M32
    x = (x ^ x >> 15) * 0x846CA68B & M32
    return x ^ x >> 16


def mix(x):
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & M64
    x = (x ^ x >> 27) * 0x94D049BB133111EB & M64
    return x ^ x >> 31


KEYS = [key(i) for i in range(2 * (WORDS + SHIFT * (LANES - 2)))]


def lanes(data):
    data += bytes(-len(data) % 64)
    totals = [0] * LANES
    for tile in range(-(-len(data) // (8 * WORDS))):
        part = data[8 * WORDS * tile : 8 * WORDS * (tile + 1)]
        sums = [0] * LANES
        for j in range(len(part) // 8):
            low, high = struct.unpack_from("<II", part, 8 * j)
            sums[0] += low + (high << 32)
            for lane in range(1, LANES):
                i = j + SHIFT * (lane - 1)
                sums[lane] += ((low + KEYS[2 * i]) & M32) * ((high + KEYS[2 * i + 1]) & M32)
        for lane in range(LANES):
            totals[lane] += mix(sums[lane] + (LANES * tile + lane + 1) * 0x9E3779B97F4A7C15 & M64)
    return [total & M64 for total in totals]


def tensor_digest(name, kind, shape, data):
    head = f"{name}\n{kind}\n{'x'.join(str(size) for size in shape)}\n".encode()
    return sha(head + struct.pack("<5Q", *lanes(data)))


def state_digest(state):
    """state: name -> (type, shape, bytes)"""
    return sha(b"".join(tensor_digest(name, *state[name]) for name in sorted(state, key=str.encode)))


def f32(value):
    """The nearest float32 as a Python float."""
    return struct.unpack("<f", struct.pack("<f", value))[0]


def print_lanes(size):
    data = bytes((i * 37 + i // 256 * 11 + 5) % 256 for i in range(size))
    print("lanes of", size, "bytes", ", ".join(f"0x{lane:016x}" for lane in lanes(data)))


print_lanes(3)
print_lanes(20000)
state = {
    # 10,000 quotients of float32 numbers: a double's quotient rounded once more is the float's own (double has 2 * 24 + 2 bits).
    "net/weight": ("float32", (100, 100), struct.pack("<10000f", *(f32(i / 7) for i in range(10000)))),
    "net/steps": ("int64", (), struct.pack("<q", 12)),
    "net/optimiser/rate": ("float64", (), struct.pack("<d", 0.1)),
    "B": ("uint8", (3,), bytes([1, 0, 255])),
    "empty": ("float32", (0, 3), b""),
}
digest = state_digest(state)
print("digest", digest.hex())
head = sha(b"nlbench chain 2\ntrial")
print("first head", head.hex())
for epoch in (1, 258):
    head = sha(head + struct.pack("<Q", epoch) + digest)
    print("head after epoch", epoch, head.hex())

for name, entry in {
    "float32": ("float32", (2, 2), struct.pack("<4f", 0.0, -0.0, 1.5, -2.25)),
    "float64": ("float64", (3,), struct.pack("<3d", 0.1, -1e300, 0.0)),
    "int64": ("int64", (4,), struct.pack("<4q", -1, 0, 1, 1 << 40)),
    "uint8": ("uint8", (67,), bytes(3 * i % 256 for i in range(67))),
    "bool": ("bool", (5,), bytes([1, 0, 1, 1, 0])),
    "scalar": ("float32", (), struct.pack("<f", 0.5)),
    "empty": ("int64", (0,), b""),
    "large": ("int64", (100003,), struct.pack("<100003q", *(i * i * i for i in range(100003)))),
}.items():
    print("alone:", name, state_digest({"x": entry}).hex())
print("counts", hashlib.sha256(b"3,-1,20").hexdigest())
