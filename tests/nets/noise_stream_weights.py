"""Writes noise_stream_weights.json: LeNet-5's weights as dmizr/phuber draws them on MNIST at a noise rate above 0.

Its run seeds numpy's global generator with 0, draws 60,000 labels with one `choice` each, then builds the net, whose layers draw
with scipy's truncnorm.rvs from the same generator, in order of declaration. Kept of each weight: the first and last four values
and the SHA-256 of all as little-endian float32 in C order.

Use: python3 tests/nets/noise_stream_weights.py > tests/nets/noise_stream_weights.json      (numpy 2.4.6, scipy 1.17.1)
"""
import hashlib
import json

import numpy as np
from scipy.stats import truncnorm

SHAPES = {"conv1": (6, 1, 5, 5), "conv2": (16, 6, 5, 5), "fc1": (120, 400), "fc2": (84, 120), "fc3": (10, 84)}


def weights(rate):
    np.random.seed(0)
    chances = np.full((10, 10), rate / 9)
    np.fill_diagonal(chances, 1 - rate)
    for i in range(60000):
        np.random.choice(10, p=chances[i % 10])
    return {name: truncnorm.rvs(-0.2, 0.2, size=list(shape)) for name, shape in SHAPES.items()}


def describe(values):
    flat = values.ravel()
    digest = hashlib.sha256(flat.astype("<f4").tobytes()).hexdigest()
    return {"first": flat[:4].tolist(), "last": flat[-4:].tolist(), "sum": flat.sum(), "float32_sha256": digest}


found = {rate: {name: describe(values) for name, values in weights(rate).items()} for rate in (0.2, 0.4, 0.6)}
assert found[0.2] == found[0.4] == found[0.6]
print(json.dumps(found[0.2], indent=1))
