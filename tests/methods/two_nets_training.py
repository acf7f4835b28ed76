"""Co-teaching and DivideMix on two MLPs in float64, by numpy alone with gradients written out: every step's loss and the final weights.

Writes two_nets_training.json beside itself; two_nets_steps.h holds the C++ methods to it. Data and weights are the integer formulas
of reference_training.py, where net 2's parameters are numbers 4 to 7. Batches are formulas too:
  Co-teaching: step s = 0..19 trains images (5 s + 3 b) mod 40, b = 0..7, in epoch s // 5.
  DivideMix: epoch 0 warms up (4 steps for each net), epochs 1 to 3 divide by a mixture fitted anew (3 steps for each net). Step s of a pass
  takes samples number (5 (s + net) + 3 b) mod n of each of its parts of n samples in increasing order; the second view is mirrored.
  In lockstep: the same steps, one of each net in turn, their losses averaged; the warm-up's entropy is that of raised logits.
Mixing weights and permutations are drawn as core/draws.h says, from the train seed 4. Mixtures start from the best split of the sorted losses.
"""
import hashlib
import json
import math
import pathlib

import numpy as np

N, B, C, SIDE, HIDDEN, RATE, MOMENTUM, DECAY, SEED = 40, 8, 4, 8, 16, 0.1, 0.9, 1e-3, 4
LABELS = np.array([7 * i % C for i in range(N)])
IMAGES = np.array([[(37 * i + 101 * p + 17 * (i * p % 13)) % 256 for p in range(SIDE * SIDE)] for i in range(N)]) / 255
IMAGES = (IMAGES - 0.4) / 0.3
MIRRORED = IMAGES.reshape(N, SIDE, SIDE)[:, :, ::-1].reshape(N, -1)


def softmax(z):
    p = np.exp(z - z.max(1, keepdims=True))
    return p / p.sum(1, keepdims=True)


class Net:
    def __init__(self, first):
        shapes = [(HIDDEN, SIDE * SIDE), (HIDDEN,), (C, HIDDEN), (C,)]
        self.weights = [(((7919 * np.arange(np.prod(s)) + 104729 * (first + j)) % 2003 - 1001) / 1001 * 0.1).reshape(s)
                        for j, s in enumerate(shapes)]
        self.speed = None

    def logits(self, x):
        return np.maximum(x @ self.weights[0].T + self.weights[1], 0) @ self.weights[2].T + self.weights[3]

    def losses(self, x, y):
        return -np.log(softmax(self.logits(x))[np.arange(len(y)), y])

    def descend(self, x, dz):
        hidden = np.maximum(x @ self.weights[0].T + self.weights[1], 0)
        dh = (dz @ self.weights[2]) * (hidden > 0)
        slopes = [g + DECAY * w for g, w in zip([dh.T @ x, dh.sum(0), dz.T @ hidden, dz.sum(0)], self.weights)]
        self.speed = slopes if self.speed is None else [MOMENTUM * v + g for v, g in zip(self.speed, slopes)]
        self.weights = [w - RATE * v for w, v in zip(self.weights, self.speed)]

    def result(self):
        first, *rest = self.weights
        return [first[0].tolist()] + [w.ravel().tolist() for w in rest]


# ---- draws ------------------------------------------------------------------------------------------------------------------------------

def key_of(text):
    digest = hashlib.sha256(text).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def below(parent, name):
    return key_of(b"nlbench/" + b"".join(word.to_bytes(4, "little") for word in parent) + name.encode())


def draw(key, epoch, index, k):
    mask = 2**32 - 1
    a, b, c, d = index & mask, epoch & mask, (index >> 32) ^ ((epoch >> 32) << 16), k
    low, high = key
    for _ in range(10):
        first, second = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (second >> 32) ^ b ^ low, second & mask, (first >> 32) ^ d ^ high, first & mask
        low, high = (low + 0x9E3779B9) & mask, (high + 0xBB67AE85) & mask
    return a, b, c, d


def permutation(key, epoch, count):
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        high, low, *_ = draw(key, epoch, i, 0)
        j = ((high << 32 | low) * (i + 1)) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def beta(key, epoch, index, a):
    """Cheng's BA for Beta(a, a), a > 1."""
    unit = lambda high, low: (((high << 20) ^ (low >> 12)) * 2 + 1) / 2.0**53
    scale = math.sqrt((2 * a - 2) / (2 * a * a - 2 * a))
    k = 0
    while True:
        words = draw(key, epoch, index, k)
        u1, u2 = unit(*words[:2]), unit(*words[2:])
        v = scale * math.log(u1 / (1 - u1))
        w = a * math.exp(v)
        if 2 * a * math.log(2 * a / (a + w)) + (a + 1 / scale) * v - math.log(4) >= math.log(u1 * u1 * u2):
            return w / (a + w)
        k += 1


# ---- Co-teaching ------------------------------------------------------------------------------------------------------------------------

def co_teaching(rate, ramp, twice):
    nets, losses = [Net(0), Net(4)], []
    for s in range(20):
        index = np.array([(5 * s + 3 * b) % N for b in range(B)])
        x, y, epoch = IMAGES[index], LABELS[index], s // 5
        forgotten = rate * min(epoch / (ramp - 1), 1)
        kept = int((1 - forgotten) * B)
        each = [net.losses(x, y) for net in nets]
        picked = [sorted(range(B), key=lambda i: (each[m][i], i))[:kept] for m in range(2)]
        scale = kept * kept if twice else kept
        slopes = []
        for m in range(2):
            weight = np.zeros(B)
            weight[picked[1 - m]] = 1 / scale
            losses.append(float((weight * each[m]).sum()))
            slopes.append((softmax(nets[m].logits(x)) - np.eye(C)[y]) * weight[:, None])
        for net, slope in zip(nets, slopes):
            net.descend(x, slope)
    return {"losses": losses, "weights": [net.result() for net in nets]}


# ---- DivideMix --------------------------------------------------------------------------------------------------------------------------

ALPHA, SHARPNESS, THRESHOLD, LAMBDA_U, RAMP, WARM_UP, AVERAGED = 4, 2, 0.5, 25, 16, 1, 2


def clean_probabilities(values):
    ascending = np.sort(values)
    cost = [((p - p.mean())**2).sum() + ((q - q.mean())**2).sum() for p, q in (np.split(ascending, [k]) for k in range(1, N))]
    share = (values <= ascending[int(np.argmin(cost))]).astype(float)
    before = -np.inf

    def mixture(share):
        parts = np.stack([share, 1 - share])
        mean = (parts * values).sum(1) / parts.sum(1)
        return parts.mean(1), mean, (parts * (values - mean[:, None])**2).sum(1) / parts.sum(1) + 5e-4

    def densities(fit):
        weight, mean, variance = (part[:, None] for part in fit)
        return weight * np.exp(-(values - mean)**2 / (2 * variance)) / np.sqrt(2 * np.pi * variance)

    fit = mixture(share)
    for _ in range(10):
        both = densities(fit)
        fit = mixture(both[0] / both.sum(0))
        now = np.log(both.sum(0)).mean()
        if abs(now - before) < 1e-2:
            break
        before = now
    both = densities(fit)
    return both[int(np.argmin(fit[1]))] / both.sum(0)


def sharpen(p):
    return p**SHARPNESS / (p**SHARPNESS).sum(1, keepdims=True)


def batch(samples, s, net):
    return np.array([samples[(5 * (s + net) + 3 * b) % len(samples)] for b in range(B)])


def train(net, other, clean, x, u, weight_u, lam, order):
    """One step of `net` on labelled samples x and unlabelled samples u; its loss."""
    guess = (softmax(net.logits(IMAGES[u])) + softmax(net.logits(MIRRORED[u])) + softmax(other.logits(IMAGES[u]))
             + softmax(other.logits(MIRRORED[u]))) / 4
    seen = (softmax(net.logits(IMAGES[x])) + softmax(net.logits(MIRRORED[x]))) / 2
    w = clean[x][:, None]
    guess, refined = sharpen(guess), sharpen(w * np.eye(C)[LABELS[x]] + (1 - w) * seen)
    images = np.concatenate([IMAGES[x], MIRRORED[x], IMAGES[u], MIRRORED[u]])
    targets = np.concatenate([refined, refined, guess, guess])
    images, targets = lam * images + (1 - lam) * images[order], lam * targets + (1 - lam) * targets[order]
    p = softmax(net.logits(images))
    mean, half = p.mean(0), 2 * B
    loss = (-(targets[:half] * np.log(p[:half])).sum(1).mean() + weight_u * ((p[half:] - targets[half:])**2).mean()
            + (np.log(1 / C / mean) / C).sum())
    dp = np.tile(-1 / (C * mean * len(p)), (len(p), 1))
    dp[half:] += weight_u * 2 * (p[half:] - targets[half:]) / (half * C)
    dz = p * (dp - (dp * p).sum(1, keepdims=True))
    dz[:half] += (p[:half] - targets[:half]) / half
    net.descend(images, dz)
    return float(loss)


def warm_up(net, index, raised):
    x, y = IMAGES[index], LABELS[index]
    z = net.logits(x)
    p, counted = softmax(z), np.where(z >= 1e-12, 1, 0) if raised else 1
    q = softmax(np.maximum(z, 1e-12)) if raised else p
    entropy = (q * np.log(q)).sum(1)
    loss = (-np.log(p[np.arange(B), y])).mean() + entropy.mean()
    net.descend(x, (p - np.eye(C)[y] + counted * q * (np.log(q) - entropy[:, None])) / B)
    return float(loss)


def dividemix(lockstep):
    nets, losses, parts, history = [Net(0), Net(4)], [], [], [[], []]
    mix_key = key_of(f"nlbench:mix:{SEED}".encode())
    for net in range(2):
        losses += [warm_up(nets[net], batch(range(N), s, net), lockstep) for s in range(4)]
    for epoch in range(1, 4):
        clean = []
        for m in range(2):
            each = nets[m].losses(IMAGES, LABELS)
            history[m].append((each - each.min()) / (each.max() - each.min()))
            clean.append(clean_probabilities(np.mean(history[m][-AVERAGED:], 0)))
        parts += [int((clean[1 - net] > THRESHOLD).sum()) for net in range(2)]

        def step(net, s):
            judged = clean[1 - net]
            labelled, rest = np.flatnonzero(judged > THRESHOLD), np.flatnonzero(judged <= THRESHOLD)
            key = below(mix_key, f"net{net + 1}")
            lam = beta(below(key, "weight"), epoch, s, ALPHA)
            order = permutation(below(key, "order"), epoch | s << 32, 4 * B)
            place = epoch + s / (max(len(labelled) // B, 1) if lockstep else len(labelled) // B + 1)
            return train(nets[net], nets[1 - net], judged, batch(labelled, s, net), batch(rest, s, net),
                         LAMBDA_U * min(max((place - WARM_UP) / RAMP, 0), 1), max(lam, 1 - lam), order)

        if lockstep:
            losses += [(step(0, s) + step(1, s)) / 2 for s in range(3)]
        else:
            losses += [step(net, s) for net in range(2) for s in range(3)]
    return {"losses": losses, "labelled": parts, "weights": [net.result() for net in nets]}


if __name__ == "__main__":
    rows = {"co_teaching": co_teaching(0.4, 3, False), "co_teaching_twice": co_teaching(0.4, 3, True),
            "dividemix": dividemix(False), "dividemix_lockstep": dividemix(True)}
    pathlib.Path(__file__).with_name("two_nets_training.json").write_text(json.dumps(rows) + "\n")
