"""Twenty SGD steps of losses and of methods with per-sample state on an MLP in float64, by numpy alone with gradients written out.

Writes training_reference.json beside itself: losses of all steps and the final weights (of fc1.weight only the first row).
twenty_steps.h holds the C++ methods to it. Data, weights and batches are integer formulas that both sides share:
  pixel p of image i = (37 i + 101 p + 17 (i p mod 13)) mod 256, 8x8, normalised (x / 255 - 0.4) / 0.3; label of i = 7 i mod 4
  element e of parameter j (fc1.weight, fc1.bias, fc2.weight, fc2.bias) = ((7919 e + 104729 j) mod 2003 - 1001) / 1001 * 0.1
  step s = 0..19 trains images (5 s + 3 b) mod 40, b = 0..7, in epoch s // 5
"""
import json
import pathlib

import numpy as np

N, B, C, INPUT, HIDDEN, RATE, MOMENTUM, DECAY = 40, 8, 4, 64, 16, 0.1, 0.9, 1e-3
LABELS = np.array([7 * i % C for i in range(N)])
IMAGES = np.array([[(37 * i + 101 * p + 17 * (i * p % 13)) % 256 for p in range(INPUT)] for i in range(N)]) / 255
IMAGES = (IMAGES - 0.4) / 0.3


def initial_weights():
    shapes = [(HIDDEN, INPUT), (HIDDEN,), (C, HIDDEN), (C,)]
    return [
        (((7919 * np.arange(np.prod(s)) + 104729 * j) % 2003 - 1001) / 1001 * 0.1).reshape(s) for j, s in enumerate(shapes)
    ]


def forward(weights, x):
    hidden = np.maximum(x @ weights[0].T + weights[1], 0)
    z = hidden @ weights[2].T + weights[3]
    p = np.exp(z - z.max(1, keepdims=True))
    return hidden, p / p.sum(1, keepdims=True)


def backward(weights, x, hidden, dz):
    dh = (dz @ weights[2]) * (hidden > 0)
    return [dh.T @ x, dh.sum(0), dz.T @ hidden, dz.sum(0)]


class Ce:
    def begin_epoch(self, epoch, weights):
        pass

    def step(self, p, index):
        y = LABELS[index]
        onehot = np.eye(C)[y]
        return -np.log(p[np.arange(B), y]).mean(), (p - onehot) / B


class Gce:
    def __init__(self, q, k=None, start=None, interval=None):
        self.q, self.k, self.start, self.interval = q, k, start, interval
        self.w = np.ones(N)

    def begin_epoch(self, epoch, weights):
        if self.k and epoch + 1 >= self.start and (epoch + 1) % self.interval == 0:
            p = forward(weights, IMAGES)[1]
            self.w = (p[np.arange(N), LABELS] > self.k).astype(float)

    def step(self, p, index):
        y, w = LABELS[index], self.w[index]
        py = p[np.arange(B), y]
        level = (1 - self.k**self.q) / self.q if self.k else 0
        loss = (w * ((1 - py**self.q) / self.q - level)).mean()
        return loss, (w * py**self.q)[:, None] * (p - np.eye(C)[y]) / B


class Elr:
    def __init__(self, lam, beta):
        self.lam, self.beta, self.t = lam, beta, np.zeros((N, C))

    def begin_epoch(self, epoch, weights):
        pass

    def step(self, p, index):
        y = LABELS[index]
        clamped = np.clip(p, 1e-4, 1 - 1e-4)
        inside = (p > 1e-4) & (p < 1 - 1e-4)
        self.t[index] = self.beta * self.t[index] + (1 - self.beta) * clamped / clamped.sum(1, keepdims=True)
        t = self.t[index]
        rest = 1 - (clamped * t).sum(1)
        loss = (-np.log(p[np.arange(B), y]) + self.lam * np.log(rest)).mean()
        dp = -self.lam * t / rest[:, None] * inside
        dz = p - np.eye(C)[y] + p * (dp - (dp * p).sum(1, keepdims=True))
        return loss, dz / B


class Target:
    """Cross-entropy against a target that may depend on p without a gradient of its own, plus weight * entropy of p."""

    def __init__(self, target, entropy=0):
        self.target, self.entropy = target, entropy

    def begin_epoch(self, epoch, weights):
        pass

    def step(self, p, index):
        t = self.target(np.eye(C)[LABELS[index]], p)
        h = -(p * np.log(p)).sum(1, keepdims=True)
        loss = (-(t * np.log(p)).sum(1) + self.entropy * h[:, 0]).mean()
        return loss, (p * t.sum(1, keepdims=True) - t - self.entropy * p * (np.log(p) + h)) / B


class Sce(Ce):
    def __init__(self, alpha, beta, log_of_zero):
        self.alpha, self.beta, self.a = alpha, beta, log_of_zero

    def step(self, p, index):
        onehot = np.eye(C)[LABELS[index]]
        py = (p * onehot).sum(1, keepdims=True)
        loss = (-self.alpha * np.log(py) - self.beta * self.a * (1 - py)).mean()
        return loss, (self.alpha - self.beta * self.a * py) * (p - onehot) / B


class TrueMatrix:
    """Cross-entropy of p T, or with the rows of T^-1 as targets; T of symmetric noise of .34, p clamped to [least, 1 - least] first."""

    def __init__(self, backward, least):
        self.backward, self.least = backward, least
        self.matrix = np.full((C, C), 0.34 / (C - 1)) + (1 - 0.34 - 0.34 / (C - 1)) * np.eye(C)

    def begin_epoch(self, epoch, weights):
        pass

    def step(self, p, index):
        y = LABELS[index]
        clamped = np.clip(p, self.least, 1 - self.least)
        if self.backward:
            target = np.linalg.inv(self.matrix)[y]
            loss, dp = -(target * np.log(clamped)).sum(1).mean(), -target / clamped
        else:
            column = self.matrix.T[y]
            seen = (clamped * column).sum(1, keepdims=True)
            loss, dp = -np.log(seen).mean(), -column / seen
        dp = dp * (clamped == p)
        return loss, p * (dp - (dp * p).sum(1, keepdims=True)) / B


class Savage(Ce):
    def step(self, p, index):
        onehot = np.eye(C)[LABELS[index]]
        s = 1 / (1 + np.exp(2 * onehot * p))
        dp = -4 * onehot * s * s * (1 - s) / C
        return (s * s).mean(1).mean(), p * (dp - (dp * p).sum(1, keepdims=True)) / B


class ClampedCe(Ce):
    def __init__(self, least):
        self.least = least

    def step(self, p, index):
        onehot = np.eye(C)[LABELS[index]]
        py = (p * onehot).sum(1, keepdims=True)
        clamped = np.clip(py, self.least, 1 - self.least)
        return -np.log(clamped).mean(), (p - onehot) * (clamped == py) / B


class Pencil:
    """Cross-entropy in epoch 0, labels learned in epochs 1 and 2, fixed from 3 on with a rate of its own."""

    def __init__(self, alpha, beta, lam, released):
        self.alpha, self.beta, self.lam, self.released = alpha, beta, lam, released
        self.y = 10 * np.eye(C)[LABELS]

    def begin_epoch(self, epoch, weights):
        self.epoch = epoch
        self.rate = 0.02 if epoch == 3 else RATE

    def step(self, p, index):
        onehot = np.eye(C)[LABELS[index]]
        if self.epoch == 0:
            return Ce().step(p, index)
        y = self.y[index]
        log_d = y - y.max(1, keepdims=True)
        log_d = log_d - np.log(np.exp(log_d).sum(1, keepdims=True))
        d = np.exp(log_d)
        gap = np.log(p) - log_d
        divergence = (p * gap).sum(1, keepdims=True)
        loss = divergence.mean() / C
        dz = p * (gap - divergence) / C
        if self.epoch < 3:
            h = -(p * np.log(p)).sum(1, keepdims=True)
            q = np.exp(d) / np.exp(d).sum(1, keepdims=True) if self.released else d
            loss += self.alpha * -np.log((q * onehot).sum(1)).mean() + self.beta / C * h.mean()
            dz -= self.beta / C * p * (np.log(p) + h)
            pull = self.alpha * (q - onehot)
            if self.released:
                pull = d * (pull - (d * pull).sum(1, keepdims=True))
            self.y[index] = y - self.lam * ((d - p) / C + pull) / B
        return loss, dz / B


class JointOptim:
    """First training alone; labels found before epochs 2 and 3 are means over the last two."""

    def __init__(self, alpha, beta):
        self.alpha, self.beta = alpha, beta
        self.s = np.eye(C)[LABELS]
        self.history = np.stack([self.s, self.s])

    def begin_epoch(self, epoch, weights):
        self.epoch = epoch
        if epoch >= 2:
            self.s = self.history.mean(0)

    def step(self, p, index):
        self.history[self.epoch % 2][index] = p
        s, mean = self.s[index], p.mean(0)
        h = -(p * np.log(p)).sum(1, keepdims=True)
        loss = -(s * np.log(p)).sum(1).mean() - self.alpha * np.log(mean).mean() + self.beta * h.mean()
        prior = -1 / (C * mean)
        dz = p - s + self.alpha * p * (prior - (prior * p).sum(1, keepdims=True)) - self.beta * p * (np.log(p) + h)
        return loss, dz / B


def train(method):
    weights = initial_weights()
    speed = [np.zeros_like(w) for w in weights]
    losses = []
    for s in range(20):
        if s % 5 == 0:
            method.begin_epoch(s // 5, weights)
        index = np.array([(5 * s + 3 * b) % N for b in range(B)])
        hidden, p = forward(weights, IMAGES[index])
        loss, dz = method.step(p, index)
        losses.append(loss)
        for j, g in enumerate(backward(weights, IMAGES[index], hidden, dz)):
            g = g + DECAY * weights[j]
            speed[j] = g if s == 0 else MOMENTUM * speed[j] + g
            weights[j] = weights[j] - getattr(method, "rate", RATE) * speed[j]
    first, *rest = weights
    return {"losses": losses, "weights": [first[0].tolist()] + [w.ravel().tolist() for w in rest]}


if __name__ == "__main__":
    rows = {
        "ce": train(Ce()),
        "ce_clamped": train(ClampedCe(0.22)),
        "gce": train(Gce(0.7)),
        "gce_truncated": train(Gce(0.7, 0.3, 2, 2)),
        "elr": train(Elr(3, 0.7)),
        "sce": train(Sce(0.1, 1, -9)),
        "bootstrap_soft": train(Target(lambda t, p: 0.95 * t, 0.05)),
        "bootstrap_hard": train(Target(lambda t, p: 0.8 * t + 0.2 * np.eye(C)[p.argmax(1)])),
        "label_smoothing": train(Target(lambda t, p: 0.9 * t + 0.1 / C)),
        "forward_true": train(TrueMatrix(False, 0)),
        "forward_true_clamped": train(TrueMatrix(False, 0.22)),
        "backward_true": train(TrueMatrix(True, 1e-7)),
        "backward_true_clamped": train(TrueMatrix(True, 0.22)),
        "savage": train(Savage()),
        "pencil": train(Pencil(0.4, 0.1, 60, False)),
        "pencil_released": train(Pencil(0.4, 0.1, 60, True)),
        "joint_optim": train(JointOptim(1.2, 0.8)),
    }
    path = pathlib.Path(__file__).with_name("training_reference.json")
    path.write_text(json.dumps(rows) + "\n")
