"""The state chain by its definition (engine/chain.h), with hashlib alone. Prints the digests that chain_test.cpp expects."""
import hashlib
import struct

import numpy as np


def sha(data):
    return hashlib.sha256(data).digest()


def tensor_digest(name, array):
    bytes_ = array.tobytes()
    head = f"{name}\n{array.dtype}\n{'x'.join(str(d) for d in array.shape)}\n".encode()
    pieces = [sha(bytes_[at : at + 16384]) for at in range(0, len(bytes_), 16384)]
    return sha(head + b"".join(pieces))


def state_digest(state):
    return sha(b"".join(tensor_digest(name, state[name]) for name in sorted(state)))


state = {
    "net/weight": (np.arange(10000, dtype=np.float32) / 7).reshape(100, 100),  # 40,000 bytes: two pieces and a short one
    "net/steps": np.array(12, dtype=np.int64),
    "net/optimiser/rate": np.array(0.1, dtype=np.float64),
    "B": np.array([1, 0, 255], dtype=np.uint8),
    "empty": np.zeros((0, 3), dtype=np.float32),
}
digest = state_digest(state)
print("digest", digest.hex())
head = sha(b"trial")
for epoch in (1, 258):
    head = sha(head + struct.pack("<Q", epoch) + digest)
    print("head after epoch", epoch, head.hex())
print("counts", hashlib.sha256(b"3,-1,20").hexdigest())
