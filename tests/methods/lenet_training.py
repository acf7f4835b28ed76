"""Fifty steps of six losses on LeNet-5 in float64, by numpy alone with gradients written out: ce, gce with an epsilon, linear,
clipping, phuber_ce, phuber_gce under Adam with L2 in the gradient and a rate that falls at every step (dmizr/phuber's recipe).

Writes lenet_training.json beside itself: losses of all steps and of each final parameter sum, absolute sum and four elements.
fifty_steps.h holds the C++ methods to it. Nothing else is stored, for both sides share formulas:
  pixel p of image i = (37 i + 101 p + 17 (i p mod 13)) mod 256, 28x28, normalised (x / 255 - 0.1307) / 0.3081; label 7 i mod 10
  element i of parameter t = 1..10 (conv1.weight, conv1.bias, conv2.weight, ...) = scale * (((2654435761 i + 40503 t) mod 2^32) / 2^32
  - 1/2), scale sqrt(12 / fan_in) for weights and 1/4 for biases
  step s = 0..49 trains images (5 s + 3 b) mod 40, b = 0..7
"""
import json
import pathlib

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

N, B, C, SIDE, STEPS = 40, 8, 10, 28, 50
RATE, DECAY, BETA1, BETA2, EPSILON, FACTOR, PERIOD = 1e-3, 1e-3, 0.9, 0.999, 1e-8, 0.1, 40
SHAPES = [(6, 1, 5, 5), (6,), (16, 6, 5, 5), (16,), (120, 400), (120,), (84, 120), (84,), (10, 84), (10,)]
LABELS = np.array([7 * i % C for i in range(N)])
IMAGES = np.array([[(37 * i + 101 * p + 17 * (i * p % 13)) % 256 for p in range(SIDE * SIDE)] for i in range(N)])
IMAGES = ((IMAGES / 255 - 0.1307) / 0.3081).reshape(N, 1, SIDE, SIDE)


def initial_parameters():
    parameters = []
    for t, shape in enumerate(SHAPES, 1):
        scale = np.sqrt(12 / np.prod(shape[1:])) if len(shape) > 1 else 0.25
        words = (2654435761 * np.arange(np.prod(shape), dtype=np.uint64) + np.uint64(40503 * t)) % np.uint64(2**32)
        parameters.append((scale * (words.astype(float) / 2**32 - 0.5)).reshape(shape))
    return parameters


def conv(x, weight, bias):
    return np.einsum("bcijuv,ocuv->boij", sliding_window_view(x, (5, 5), (2, 3)), weight) + bias[:, None, None]


def conv_gradients(x, weight, dy):
    """Of weight, bias and input."""
    dw = np.einsum("bcijuv,boij->ocuv", sliding_window_view(x, (5, 5), (2, 3)), dy)
    windows = sliding_window_view(np.pad(dy, ((0, 0), (0, 0), (4, 4), (4, 4))), (5, 5), (2, 3))
    return dw, dy.sum((0, 2, 3)), np.einsum("boijuv,ocuv->bcij", windows, weight[:, :, ::-1, ::-1])


def pool(x):
    return (x[:, :, ::2, ::2] + x[:, :, 1::2, ::2] + x[:, :, ::2, 1::2] + x[:, :, 1::2, 1::2]) / 4


def unpool(dy):
    return dy.repeat(2, 2).repeat(2, 3) / 4


def forward(w, images):
    """Softmax and what the backward pass needs: the input of each layer, and what its ReLU kept."""
    x1 = np.pad(images, ((0, 0), (0, 0), (2, 2), (2, 2)))
    y1 = conv(x1, w[0], w[1])
    x2 = pool(np.maximum(y1, 0))
    y2 = conv(x2, w[2], w[3])
    x3 = pool(np.maximum(y2, 0)).reshape(len(images), -1)
    y3 = x3 @ w[4].T + w[5]
    x4 = np.maximum(y3, 0)
    y4 = x4 @ w[6].T + w[7]
    x5 = np.maximum(y4, 0)
    z = x5 @ w[8].T + w[9]
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True), (x1, x2, x3, x4, x5), (y1, y2, y3, y4)


def backward(w, inputs, outputs, dz):
    x1, x2, x3, x4, x5 = inputs
    y1, y2, y3, y4 = outputs
    d4 = (dz @ w[8]) * (y4 > 0)
    d3 = (d4 @ w[6]) * (y3 > 0)
    d2 = unpool((d3 @ w[4]).reshape(-1, 16, 5, 5)) * (y2 > 0)
    dw2, db2, dx2 = conv_gradients(x2, w[2], d2)
    d1 = unpool(dx2) * (y1 > 0)
    dw1, db1, _ = conv_gradients(x1, w[0], d1)
    return [dw1, db1, dw2, db2, d3.T @ x3, d3.sum(0), d4.T @ x4, d4.sum(0), dz.T @ x5, dz.sum(0)]


def phuber(tau, switch, base, slope):
    """Loss and its slope in p: the tangent at `switch` below it."""
    def loss(p):
        low = p <= switch
        seen.add(tuple(sorted(set(low.tolist()))))
        tangent = -tau * (p - switch) + base(switch)
        return np.where(low, tangent, base(p)), np.where(low, -tau, slope(p))

    seen = set()
    loss.seen = seen
    return loss


def power(q, epsilon=0.0):
    return lambda p: (1 - (p + epsilon) ** q) / q, lambda p: -((p + epsilon) ** (q - 1))


def both(value, slope):
    return lambda p: (value(p), slope(p))


def log_loss(p):
    return -np.log(p)


def log_slope(p):
    return -1 / p


def train(loss, max_norm=None):
    w = initial_parameters()
    first, second = [np.zeros_like(v) for v in w], [np.zeros_like(v) for v in w]
    losses = []
    for s in range(STEPS):
        index = np.array([(5 * s + 3 * b) % N for b in range(B)])
        p, inputs, outputs = forward(w, IMAGES[index])
        own = p[np.arange(B), LABELS[index]]
        value, slope = loss(own)
        losses.append(value.mean())
        dz = (slope * own)[:, None] * (np.eye(C)[LABELS[index]] - p) / B
        gradients = backward(w, inputs, outputs, dz)
        if max_norm is not None:
            norm = np.sqrt(sum((g**2).sum() for g in gradients))
            gradients = [g * min(1.0, max_norm / (norm + 1e-6)) for g in gradients]
        rate = RATE * FACTOR ** (s / PERIOD)
        for j, g in enumerate(gradients):
            g = g + DECAY * w[j]
            first[j] = BETA1 * first[j] + (1 - BETA1) * g
            second[j] = BETA2 * second[j] + (1 - BETA2) * g**2
            size = np.sqrt(second[j] / (1 - BETA2 ** (s + 1))) + EPSILON
            w[j] = w[j] - rate / (1 - BETA1 ** (s + 1)) * first[j] / size
    return {"losses": losses, "parameters": [describe(v.ravel()) for v in w]}


def describe(values):
    picked = [int(k * (len(values) - 1) // 3) for k in range(4)]
    return {"sum": values.sum(), "absolute": np.abs(values).sum(), "at": picked, "values": values[picked].tolist()}


if __name__ == "__main__":
    phuber_ce = phuber(10, 1 / 10, log_loss, log_slope)
    phuber_gce = phuber(1.5, 1.5 ** (1 / (0.7 - 1)), *power(0.7))
    rows = {
        "ce": train(both(log_loss, log_slope)),
        "gce": train(both(*power(0.7, 1e-9))),
        "linear": train(both(lambda p: 1 - p, lambda p: -np.ones_like(p))),
        "clipping": train(both(log_loss, log_slope), max_norm=0.1),
        "phuber_ce": train(phuber_ce),
        "phuber_gce": train(phuber_gce),
    }
    for loss in (phuber_ce, phuber_gce):
        assert (False, True) in loss.seen  # some batch lies on both sides of the switch
    path = pathlib.Path(__file__).with_name("lenet_training.json")
    path.write_text(json.dumps(rows) + "\n")
