"""Our own draws of label noise once more, written from docs/noise.md with a Philox of its own. Run by hand:

    python3 tests/datasets/noise_draws_reference.py

prints for each variant how many samples changed and the first 16 digits of the digest, which noise_draws_test.cpp
pins. Labels are (i^2 + i / 7) mod K for i < 1,000, rate .3, seed 123 unless said. Needs nothing but Python.
"""
import hashlib
import math

MASK = 0xFFFFFFFF
N, RATE, SEED = 1000, 0.3, 123

# Fine ids of CIFAR-100's coarse classes, from the classes' names of the data set's page.
COARSE = [[4, 30, 55, 72, 95], [1, 32, 67, 73, 91], [54, 62, 70, 82, 92], [9, 10, 16, 28, 61], [0, 51, 53, 57, 83],
          [22, 39, 40, 86, 87], [5, 20, 25, 84, 94], [6, 7, 14, 18, 24], [3, 42, 43, 88, 97], [12, 17, 37, 68, 76],
          [23, 33, 49, 60, 71], [15, 19, 21, 31, 38], [34, 63, 64, 66, 75], [26, 45, 77, 79, 99], [2, 11, 35, 46, 98],
          [27, 29, 44, 78, 93], [36, 50, 65, 74, 80], [47, 52, 56, 59, 96], [8, 13, 48, 58, 90], [41, 69, 81, 85, 89]]


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def key_of(data):
    digest = hashlib.sha256(data).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:8], "little")


def derive(parent, name):
    if isinstance(parent, int):
        return key_of(f"nlbench:{name}:{parent}".encode())
    return key_of(b"nlbench/" + parent[0].to_bytes(4, "little") + parent[1].to_bytes(4, "little") + name.encode())


def draw(key, epoch, index, k):
    return philox([index & MASK, epoch & MASK, (index >> 32) ^ ((epoch >> 32) << 16), k], key)


def unit(high, low):
    return ((high << 21) ^ (low >> 11)) / 2.0 ** 53


def below(word, bound):
    return word * bound >> 32


def permutation(key, epoch, count):
    order = list(range(count))
    for i in range(count - 1, 0, -1):
        w = draw(key, epoch, i, 0)
        j = ((w[0] << 32 | w[1]) * (i + 1)) >> 64
        order[i], order[j] = order[j], order[i]
    return order


def normal(key, epoch, index, start=0):
    """Marsaglia's polar method; the normal and the number of the next draw."""
    while True:
        w = draw(key, epoch, index, start)
        start += 1
        u, v = 2 * unit(w[0], w[1]) - 1, 2 * unit(w[2], w[3]) - 1
        s = u * u + v * v
        if 0 < s < 1:
            return u * math.sqrt(-2 * math.log(s) / s), start


class Noise:
    def __init__(self, classes, clean=None, rate=RATE, seed=SEED):
        self.classes, self.rate = classes, rate
        self.clean = [(i * i + i // 7) % classes for i in range(N)] if clean is None else clean
        self.key = derive(seed, "noise")
        self.choose, self.new = derive(self.key, "choose"), derive(self.key, "class")

    def members(self):
        return [[i for i, y in enumerate(self.clean) if y == c] for c in range(self.classes)]

    def exact(self):
        return permutation(self.choose, 0, len(self.clean))[:int(self.rate * len(self.clean))]

    def per_class(self, quota=int):
        return [m[j] for c, m in enumerate(self.members())
                for j in permutation(self.choose, c, len(m))[:quota(self.rate * len(m))]]

    def per_sample(self):
        return [i for i in range(len(self.clean)) if unit(*draw(self.choose, 0, i, 0)[:2]) < self.rate]

    def chosen(self, how):
        return {"exact": self.exact, "subset": self.exact, "per_sample": self.per_sample, "per_class": self.per_class,
                "exact_per_class": self.per_class, "rounded_per_class": lambda: self.per_class(round)}[how]()

    def word(self, i):
        return draw(self.new, 0, i, 0)[0]

    def other(self, i):
        v = below(self.word(i), self.classes - 1)
        return v + (v >= self.clean[i])

    def replaced(self, positions, label):
        labels = list(self.clean)
        for i in positions:
            labels[i] = label(i)
        return labels

    def mapped(self, how, targets):
        def label(i):
            some = targets.get(self.clean[i], [])
            return self.clean[i] if not some else some[0] if len(some) == 1 else some[below(self.word(i), len(some))]
        return self.replaced(self.chosen(how), label)


def ring(*lists):
    return {c: [some[(i + 1) % len(some)]] for some in lists for i, c in enumerate(some)}


def derangement(noise):
    key, attempt = derive(noise.key, "targets"), 0
    while True:
        order = permutation(key, attempt, noise.classes)
        if all(i != t for i, t in enumerate(order)):
            return {i: [t] for i, t in enumerate(order)}
        attempt += 1


def block_pairs(noise):
    key, targets = derive(noise.key, "pairs"), {}
    for block in range(noise.classes // 5):
        a, b = (5 * block + i for i in permutation(key, block, 5)[:2])
        targets[a], targets[b] = [b], [a]
    return targets


def per_pair(noise):
    labels = list(noise.clean)
    for c, m in enumerate(noise.members()):
        order, quota = permutation(noise.choose, c, len(m)), int(noise.rate / (noise.classes - 1) * len(m))
        others = [j for j in range(noise.classes) if j != c for _ in range(quota)]
        for place, j in zip(order, others):
            labels[m[place]] = j
    return labels


def sequential(noise, targets):
    labels = list(noise.clean)
    for c in sorted(targets):
        m = [i for i, y in enumerate(labels) if y == c]
        for j in permutation(noise.choose, c, len(m))[:math.ceil(noise.rate * len(m))]:
            labels[m[j]] = targets[c][0]
    return labels


def entry(row, u):
    total, running, last = sum(row), 0.0, 0
    for i, weight in enumerate(row):
        if weight <= 0:
            continue
        running, last = running + weight, i
        if u * total < running:
            break
    return last


def copies(noise, count):
    first = len(noise.clean) // (count + 1)
    return noise.replaced(range(first, len(noise.clean)), lambda i: below(noise.word(i), noise.classes))


def open_set(noise, how, share, foreign, without, closed):
    if how == "per_sample":
        picked = noise.per_sample()
        is_open = [unit(*draw(noise.choose, 0, i, 0)[2:]) < share for i in picked]
        opened = [i for i, yes in zip(picked, is_open) if yes]
        shut = [i for i, yes in zip(picked, is_open) if not yes]
    else:
        lists = [noise.exact()] if how == "exact" else []
        if how == "exact_per_class":
            chosen = noise.per_class()
            lists = [[i for i in chosen if noise.clean[i] == c] for c in range(noise.classes)]
        opened = [i for some in lists for i in some[:int(share * len(some))]]
        shut = [i for some in lists for i in some[int(share * len(some)):]]
    pool = [i for i, y in enumerate(foreign) if y not in without]
    order = permutation(derive(noise.key, "foreign"), 0, len(pool))
    pairs = sorted((i, pool[order[j]]) for j, i in enumerate(opened))
    label = noise.other if closed == "exclusive" else lambda i: below(noise.word(i), noise.classes)
    return noise.replaced(shut, label), pairs


def instance_dependent(noise, images, shared, normalised):
    """images: [n][channels][pixels] of 0..255."""
    table = [[float(v) for v in range(256)] for _ in images[0]]
    if normalised:
        for c, column in enumerate(table):
            values = [v for image in images for v in image[c]]
            mean = sum(values) / len(values)
            deviation = math.sqrt(sum(v * v for v in values) / len(values) - mean * mean)
            table[c] = [(v - mean) / deviation for v in column]
    labels, rates, weights = list(noise.clean), derive(noise.key, "rates"), derive(noise.key, "weights")
    w = {}
    for i, own in enumerate(noise.clean):
        rate, k = 2.0, 0
        while not 0 <= rate <= 1:
            z, k = normal(rates, 0, i, k)
            rate = noise.rate + 0.1 * z
        words = draw(noise.new, 0, i, 0)
        if unit(*words[:2]) >= rate:
            continue
        c = 0 if shared else own
        x = [table[channel][v] for channel, plane in enumerate(images[i]) for v in plane]
        if c not in w:
            w[c] = [[normal(weights, c, s * noise.classes + j)[0] for j in range(noise.classes)] for s in range(len(x))]
        scores = [math.fsum(x[s] * w[c][s][j] for s in range(len(x))) for j in range(noise.classes)]
        largest = max(a for j, a in enumerate(scores) if j != own)
        row = [0 if j == own else math.exp(a - largest) for j, a in enumerate(scores)]
        u, running = unit(*words[2:]) * sum(row), 0
        for j, weight in enumerate(row):
            if j == own:
                continue
            running, labels[i] = running + weight, j
            if u < running:
                break
    return labels


def show(name, noise, labels, pairs=()):
    data = bytes(labels) + b"".join(i.to_bytes(4, "little") + s.to_bytes(4, "little") for i, s in pairs)
    changed = sum(a != b for a, b in zip(noise.clean, labels)) + len(pairs)
    print(f"{name:60} {changed:4} {hashlib.sha256(data).hexdigest()[:16]}")


def main():
    ten, hundred = Noise(10), Noise(100)
    others = [i for i in range(N)]
    show("symmetric_exclusive rounded_per_class", ten, ten.replaced(ten.chosen("rounded_per_class"), ten.other))
    show("symmetric_exclusive exact_per_pair", ten, per_pair(ten))
    show("l2r_flip uniform", ten, ten.replaced(ten.exact(), lambda i: below(ten.word(i), 9)))
    show("l2r_flip background", ten, ten.replaced(ten.exact(), lambda i: below(ten.word(0), 9)))
    lio = [0, 8, 1, 9, 2, 4, 6, 3, 5, 7]
    for how in ("exact", "per_sample", "exact_per_class"):
        show("pair_flip class_order " + how, ten, ten.mapped(how, ring(lio)))
    cifar = {9: [1], 2: [0], 4: [7], 3: [5]}
    for how in ("per_class", "subset", "per_sample"):
        show("cifar10_asymmetric dog_to_dog " + how, ten, ten.mapped(how, cifar))
    show("cifar10_asymmetric dog_to_dog sequential", ten, sequential(ten, cifar))
    for how in ("per_class", "subset", "per_sample"):
        show("mnist_asymmetric " + how, ten, ten.mapped(how, {7: [1], 2: [7], 3: [8], 5: [6], 6: [5]}))
    reed = {i: [t] for i, t in enumerate([7, 9, 0, 4, 2, 1, 3, 5, 6, 8])}
    for how in ("rounded_per_class", "exact_per_class", "exact", "per_sample"):
        show("biased_map 7904213568 " + how, ten, ten.mapped(how, reed))
    show("biased_map drawn rounded_per_class", ten, ten.mapped("rounded_per_class", derangement(ten)))
    maps = {"cifar100_block_next": ring(*[list(range(b, b + 5)) for b in range(0, 100, 5)]),
            "cifar100_superclass_next": ring(*COARSE),
            "cifar100_superclass_random": {c: [o for o in some if o != c] for some in COARSE for c in some},
            "cifar100_block_pair": block_pairs(hundred)}
    for name, targets in maps.items():
        for how in ("per_sample", "per_class") + (() if name.endswith("pair") else ("subset",)):
            show(f"{name} {how}", hundred, hundred.mapped(how, targets))
    quarter = Noise(10, [(i % 250 * (i % 250) + i % 250 // 7) % 10 for i in range(N)], 0.75)
    show("noisy_copies 3", quarter, copies(quarter, 3))
    given = [(y + (i % 3 == 0) * (1 + i % 4)) % 10 for i, y in enumerate(ten.clean)]
    show("label_file", ten, given)
    rows = [[sum(g == j for g, y in zip(given, ten.clean) if y == c) / len(ten.members()[c]) for j in range(10)]
            for c in range(10)]
    show("label_file_matrix philox", ten,
         ten.replaced(others, lambda i: entry(rows[ten.clean[i]], unit(*draw(ten.new, 0, i, 0)[:2]))))
    confusion = [[0.0 if i == j else (3 * i + 7 * j) % 11 / 16 + 1e-5 for j in range(10)] for i in range(10)]
    show("confusion_rows", ten,
         ten.replaced(ten.exact(), lambda i: entry(confusion[ten.clean[i]], unit(*draw(ten.new, 0, i, 0)[:2]))))
    foreign = [i * 7 % 100 for i in range(1200)]
    for how, share, without, closed in (("exact", 1, [], ""), ("exact_per_class", 1, [13, 58], ""),
                                        ("per_sample", 1, [], ""), ("exact", 0.25, [13], "inclusive"),
                                        ("exact_per_class", 0.5, [], "exclusive"), ("per_sample", 0.4, [], "inclusive")):
        show(f"open_set {how} share {share} without {without} {closed}", ten,
             *open_set(ten, how, share, foreign, without, closed))
    images = [[[(i * 37 + c * 101 + p * 13 + i * p) % 256 for p in range(12)] for c in range(3)] for i in range(N)]
    for shared in (False, True):
        for normalised in (False, True):
            show(f"instance_dependent {'shared' if shared else 'per_class'} {'normalised' if normalised else 'raw'}", ten,
                 instance_dependent(ten, images, shared, normalised))


main()
