"""Twenty steps or more of the methods with a transition matrix, a trusted set or several trainings, on an MLP in float64, by numpy
alone with gradients written out: forward, backward, glc, forward_gold, confusion_matrix, distillation_correction, label_refinery,
l2r, s_model, noise_adaptation.

Writes trusted_training.json beside itself: losses of all steps, the final weights of the last network (of fc1.weight only the
first row) and what was estimated. stages.h holds the C++ methods to it. Data, weights and batches are integer
formulas that both sides share:
  pixel p of image i = (37 i + 101 p + 17 (i p mod 13)) mod 256, 8x8, normalised (x / 255 - 0.4) / 0.3
  clean label of i = 7 i mod 4; images 24..39 are trusted; of the others every third (i mod 3 = 0) has label + 1 mod 4
  element e of parameter j (fc1.weight, fc1.bias, fc2.weight, fc2.bias) of the t-th training, t = 0, 1, ...
    = ((7919 e + 104729 j + 1009 t) mod 2003 - 1001) / 1001 * 0.1
  a training lasts two epochs of five steps; step s of it takes the samples of its list at (5 s + 3 b) mod length, b = 0..7
  distillation: half of the trusted samples measure the teacher: the first of draw_permutation(derive(4,
    "method:distillation_correction"), attempt, 16) until they hold all classes
  l2r: trusted batch of step s: the trusted list at (3 s + b) mod 16, b = 0..3
  held out: images 40..51 by the same formula, label 7 i mod 4, + 1 mod 4 where i mod 2 = 0; a training that is judged on them
    after each of its epochs (five steps) ends with the weights of its lowest mean loss, the first of equal ones
"""
import hashlib
import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "datasets"))
from quickstart_reference import philox  # noqa: E402

N, B, C, INPUT, HIDDEN, RATE, MOMENTUM, DECAY, STEPS = 40, 8, 4, 64, 16, 0.1, 0.9, 1e-3, 10
CLEAN = np.array([7 * i % C for i in range(N)])
TRUSTED = np.arange(24, N)
SILVER = np.arange(24)
ALL = np.arange(N)
LABELS = np.array([(y + (i < 24 and i % 3 == 0)) % C for i, y in enumerate(CLEAN)])
IMAGES = np.array([[(37 * i + 101 * p + 17 * (i * p % 13)) % 256 for p in range(INPUT)] for i in range(N + 12)]) / 255
IMAGES = (IMAGES - 0.4) / 0.3
ONE_HOT = np.eye(C)
HELD_OUT = np.arange(N, N + 12)
HELD_OUT_LABELS = np.array([(7 * i + (i % 2 == 0)) % C for i in HELD_OUT])


class Net:
    def __init__(self, number):
        shapes = [(HIDDEN, INPUT), (HIDDEN,), (C, HIDDEN), (C,)]
        self.w = [
            (((7919 * np.arange(np.prod(s)) + 104729 * j + 1009 * number) % 2003 - 1001) / 1001 * 0.1).reshape(s)
            for j, s in enumerate(shapes)
        ]
        self.v = [np.zeros(s) for s in shapes]
        self.losses = []

    def forward(self, index):
        x = IMAGES[index]
        hidden = np.maximum(x @ self.w[0].T + self.w[1], 0)
        z = hidden @ self.w[2].T + self.w[3]
        p = np.exp(z - z.max(1, keepdims=True))
        return x, hidden, p / p.sum(1, keepdims=True)

    def predict(self, index):
        return self.forward(index)[2]

    def gradient(self, x, hidden, dz, into_hidden=0):
        dh = (dz @ self.w[2] + into_hidden) * (hidden > 0)
        return [dh.T @ x, dh.sum(0), dz.T @ hidden, dz.sum(0)]

    def update(self, loss, x, hidden, dz, into_hidden=0):
        self.losses.append(loss)
        for j, g in enumerate(self.gradient(x, hidden, dz, into_hidden)):
            self.v[j] = MOMENTUM * self.v[j] + g + DECAY * self.w[j]
            self.w[j] = self.w[j] - RATE * self.v[j]

    def train(self, samples, step, judged=None):
        """step(p, index) gives the loss and its gradient in the logits; judged(p) is the mean loss on the held-out images."""
        best = None
        for s in range(STEPS):
            index = samples[[(5 * s + 3 * b) % len(samples) for b in range(B)]]
            x, hidden, p = self.forward(index)
            self.update(*sequence(step(p, index), x, hidden))
            if judged and (s + 1) % 5 == 0:
                loss = judged(self.predict(HELD_OUT))
                if best is None or loss < best[0]:
                    best = loss, [w.copy() for w in self.w], s
        if best:
            self.w, self.chosen = best[1], best[2]
        return self


def sequence(loss_and_dz, x, hidden):
    return loss_and_dz[0], x, hidden, loss_and_dz[1]


def to_targets(targets):
    """Cross-entropy to rows targets(index)."""

    def step(p, index):
        t = targets(index)
        return -(t * np.log(p)).sum(1).mean(), (p * t.sum(1, keepdims=True) - t) / B

    return step


def given(index):
    return ONE_HOT[LABELS[index]]


def through(matrix, trusted):
    """Forward loss; cross-entropy for trusted samples if asked."""

    def step(p, index):
        columns = matrix.T[LABELS[index]]
        if trusted:
            columns = np.where((index >= 24)[:, None], given(index), columns)
        seen = (p * columns).sum(1)
        return -np.log(seen).mean(), (p - p * columns / seen[:, None]) / B

    return step


def against(inverse, least):
    def step(p, index):
        rows, q = inverse[LABELS[index]], np.clip(p, least, 1 - least)
        slope = -rows / q * ((p > least) & (p < 1 - least))
        return -(rows * np.log(q)).sum(1).mean(), p * (slope - (p * slope).sum(1, keepdims=True)) / B

    return step


def clamped(matrix, least):
    """Forward loss of a softmax that is clamped before the product, without a gradient where it is."""

    def step(p, index):
        columns, q = matrix.T[LABELS[index]], np.clip(p, least, 1 - least)
        seen = (q * columns).sum(1)
        slope = -columns / seen[:, None] * ((p > least) & (p < 1 - least))
        return -np.log(seen).mean(), p * (slope - (p * slope).sum(1, keepdims=True)) / B

    return step


def held_out_loss(least):
    """Mean cross-entropy of clamped predictions against the held-out labels."""
    return lambda p: -np.log(np.clip(p, least, 1 - least)[np.arange(len(HELD_OUT)), HELD_OUT_LABELS]).mean()


def anchors(p, percentile):
    """Rows of the samples that are largest below the percentile; zeroes stay, rows are divided by their sums."""
    p = p.copy()
    rows = []
    for c in range(C):
        column = p[:, c]
        column[column >= np.percentile(column, percentile, method="higher")] = 0
        rows.append(p[np.argmax(column)].copy())
    rows = np.array(rows)
    return rows / rows.sum(1, keepdims=True)


def mean_rows(p):
    return np.array([p[CLEAN[TRUSTED] == c].mean(0) for c in range(C)])


def confusion(p):
    counts = np.zeros((C, C))
    for y, k in zip(CLEAN[TRUSTED], p.argmax(1)):
        counts[y, k] += 1
    return 0.99 * counts / (counts.sum(1, keepdims=True) + 1e-7) + 0.01 / C


def report(nets, **more):
    last = nets[-1].w
    weights = [last[0][0].tolist()] + [w.tolist() for w in (last[1], last[2].ravel(), last[3])]
    return {"losses": [x for net in nets for x in net.losses], "weights": weights, **more}


def corrected_held_out_loss(step):
    """Mean of the loss that `step` computes, on the held-out images."""

    def judged(p):
        global LABELS
        kept, LABELS = LABELS, np.concatenate([LABELS, HELD_OUT_LABELS])
        loss = step(p, HELD_OUT)[0]
        LABELS = kept
        return loss

    return judged


def two(first_samples, estimate, second, first_step=to_targets(given), judged=None, scored=False):
    first = Net(0).train(first_samples, first_step, judged)
    assert not judged or first.chosen < STEPS - 1, "the last epoch is the best: the choice would not show"
    matrix = estimate(first)
    more = {}
    if scored:
        best = Net(1).train(ALL, second(matrix), corrected_held_out_loss(second(matrix)))
        assert best.chosen < STEPS - 1, "the last epoch is the best: the choice would not show"
        more["scored"] = best.predict(HELD_OUT).ravel().tolist()
    return report([first, Net(1).train(ALL, second(matrix))], matrix=matrix.ravel().tolist(), **more)


def permutation(attempt, count):
    digest = hashlib.sha256(b"nlbench:method:distillation_correction:4").digest()
    key = int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        high, low = (int(w) for w in philox((i, attempt, 0, 0), key)[:2])
        j = ((high << 32 | low) * (i + 1)) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def distillation(released_for_cifar=False):
    attempt, measuring = 0, TRUSTED[:0]
    while len(set(CLEAN[measuring])) < C:
        measuring = np.sort(TRUSTED[permutation(attempt, len(TRUSTED))[: len(TRUSTED) // 2]])
        attempt += 1
    teaching = np.array([i for i in TRUSTED if i not in measuring])
    noisy = Net(0).train(SILVER, to_targets(given))
    teacher = Net(1).train(teaching, to_targets(given))
    predicted = teacher.predict(measuring).argmax(1)
    precision = np.mean(
        [((predicted == c) & (CLEAN[measuring] == c)).sum() / ((predicted == c).sum() + 1e-8) for c in range(C)]
    )
    clean_rate = np.bincount(CLEAN[TRUSTED], minlength=C) / len(TRUSTED)
    noisy_rate = np.bincount(LABELS[SILVER], minlength=C) + (0 if released_for_cifar else 1e-12)
    noisy_rate = noisy_rate / noisy_rate.sum()
    turned = mean_rows(noisy.predict(TRUSTED)).T * clean_rate[None, :] / noisy_rate[:, None]
    noisy_precision = np.mean(np.diag(turned))
    if not released_for_cifar:
        turned += 1e-12
        noisy_precision = np.mean(np.diag(turned) / turned.sum(1))
    weight = precision / (precision + noisy_precision)
    mixed = to_targets(lambda i: weight * given(i) + (1 - weight) * teacher.predict(i))

    def trusted_alone(p, index):
        """Where a batch of 8 holds trusted samples, the others' sum is lost; the divisor stays 8."""
        counted = ((index >= 24) | ~(index >= 24).any())[:, None]
        targets = weight * given(index) + (1 - weight) * teacher.predict(index)
        return -(counted * targets * np.log(p)).sum() / B, counted * (p - targets) / B

    student = Net(2).train(ALL, trusted_alone if released_for_cifar else mixed)
    return report([noisy, teacher, student], label_weight=weight)


class Channel:
    """theta[i] = softmax(u[i] h + b[i]) of a sample; u stays 0 unless `reads_hidden`."""

    def __init__(self, before, reads_hidden):
        counts = np.zeros((C, C))
        for k, y in zip(before.predict(ALL).argmax(1), LABELS):
            counts[k, y] += 1
        sums = counts.sum(1, keepdims=True)
        self.w = [np.log(np.where(sums > 0, counts / np.maximum(sums, 1), ONE_HOT) + 1e-8), np.zeros((C, C, HIDDEN))]
        self.v = [np.zeros_like(w) for w in self.w]
        self.reads_hidden = reads_hidden

    def train(self, net):
        for s in range(STEPS):
            index = ALL[[(5 * s + 3 * b) % N for b in range(B)]]
            x, hidden, p = net.forward(index)
            scores = np.einsum("ijd,nd->nij", self.w[1], hidden) + self.w[0]
            theta = np.exp(scores - scores.max(2, keepdims=True))
            theta /= theta.sum(2, keepdims=True)
            turned = p * theta[np.arange(B), :, LABELS[index]]
            seen = turned.sum(1, keepdims=True)
            share = turned / seen
            slope = share[:, :, None] * (theta - given(index)[:, None, :]) / B
            gradients = [slope.sum(0), np.einsum("nij,nd->ijd", slope, hidden) * self.reads_hidden]
            into_hidden = np.einsum("nij,ijd->nd", slope, self.w[1])
            net.update(-np.log(seen).mean(), x, hidden, (p - share) / B, into_hidden)
            for j, g in enumerate(gradients):
                self.v[j] = MOMENTUM * self.v[j] + g
                self.w[j] = self.w[j] - RATE * self.v[j]
        return net


def channels(count):
    nets = [Net(0).train(ALL, to_targets(given))]
    for stage in range(1, count):
        nets.append(Channel(nets[-1], stage == 2).train(Net(stage)))
    return report(nets)


def l2r():
    net = Net(0)
    for s in range(STEPS):
        clean = TRUSTED[[(3 * s + b) % len(TRUSTED) for b in range(4)]]
        x, hidden, p = net.forward(clean)
        direction = [g + DECAY * w for g, w in zip(net.gradient(x, hidden, (p - given(clean)) / len(clean)), net.w)]
        index = SILVER[[(5 * s + 3 * b) % len(SILVER) for b in range(B)]]
        x, hidden, p = net.forward(index)
        dz = p - given(index)
        dh = (dz @ net.w[2]) * (hidden > 0)
        products = (dh * (x @ direction[0].T + direction[1])).sum(1) + (dz * (hidden @ direction[2].T + direction[3])).sum(1)
        positive = np.maximum(products, 0)
        weights = positive / (positive.sum() or 1.0)
        net.update((weights * -np.log(p[np.arange(B), LABELS[index]])).sum(), x, hidden, weights[:, None] * dz)
    return report([net])


if __name__ == "__main__":
    filtered = lambda net: anchors(net.predict(ALL), 80)
    rows = {
        "forward": two(ALL, filtered, lambda m: through(m, False)),
        "backward": two(ALL, filtered, lambda m: against(np.linalg.inv(m), 0.05)),
        "glc": two(SILVER, lambda net: mean_rows(net.predict(TRUSTED)), lambda m: through(m, True)),
        "forward_gold": two(SILVER, filtered, lambda m: through(m, True)),
        "confusion_matrix": two(SILVER, lambda net: confusion(net.predict(TRUSTED)), lambda m: through(m, True)),
        "distillation_correction": distillation(),
        "distillation_correction as released for CIFAR": distillation(released_for_cifar=True),
        "forward from the lowest held-out loss": two(ALL, filtered, lambda m: through(m, False), judged=held_out_loss(0)),
        "forward of a clamped softmax": two(
            ALL, filtered, lambda m: clamped(m, 0.15), first_step=clamped(ONE_HOT, 0.15), judged=held_out_loss(0.15)
        ),
        "forward scored at its lowest held-out loss": two(
            ALL, lambda net: anchors(net.predict(ALL), 70), lambda m: through(m, False), scored=True
        ),
        "forward by held-out loss in both trainings": two(
            ALL,
            lambda net: anchors(net.predict(ALL), 90),
            lambda m: through(m, False),
            judged=held_out_loss(0),
            scored=True,
        ),
        "backward scored at its lowest held-out loss": two(
            ALL, lambda net: anchors(net.predict(ALL), 70), lambda m: against(np.linalg.inv(m), 0.05), scored=True
        ),
    }
    rows["l2r"] = l2r()
    rows["s_model"] = channels(2)
    rows["noise_adaptation"] = channels(3)
    one = Net(0).train(ALL, to_targets(given))
    rows["label_refinery"] = report([one, Net(1).train(ALL, to_targets(one.predict))])
    path = pathlib.Path(__file__).with_name("trusted_training.json")
    path.write_text(json.dumps(rows) + "\n")
