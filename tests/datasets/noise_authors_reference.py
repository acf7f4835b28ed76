"""Authors' label files drawn with numpy's and CPython's own generators, written from docs/noise.md. Run by hand:

    python3 tests/datasets/noise_authors_reference.py FOLDER [EVIDENTIALMIX]

FOLDER is the shared data folder (cifar10/labels.bin, cifar100/labels.bin, mnist/train-labels-idx1-ubyte.gz, cifar-n/CIFAR-10_human.pt). Prints how
many labels changed and the first 16 digits of the SHA-256 over all labels in file order, one byte each, which
noise_vectors_test.cpp pins; open-set rows add position and source of each replaced image, four bytes each. With a
checkout of ragavsachdeva/EvidentialMix those rows are compared with its own files. Needs numpy.
"""
import gzip
import hashlib
import json
import pathlib
import pickle
import random
import sys
import zipfile

import numpy as np


def labels_of(folder, dataset):
    if dataset == "mnist":
        return np.frombuffer(gzip.open(folder / "mnist/train-labels-idx1-ubyte.gz").read()[8:], np.uint8).astype(int)
    data = np.fromfile(folder / dataset / "labels.bin", np.uint8)
    return (data[:50000] if dataset == "cifar10" else data.reshape(-1, 2)[:50000, 1]).astype(int)


def coarse_of(folder):
    return np.fromfile(folder / "cifar100/labels.bin", np.uint8).reshape(-1, 2)[:50000, 0].astype(int)


def show(name, clean, noisy, pairs=()):
    data = np.asarray(noisy, np.uint8).tobytes()
    data += b"".join(int(i).to_bytes(4, "little") + int(s).to_bytes(4, "little") for i, s in pairs)
    print(f"{name:66} {int((clean != noisy).sum()) + len(pairs):6} {hashlib.sha256(data).hexdigest()[:16]}")


def map_matrix(classes, arrows, rate):
    p = np.eye(classes)
    for a, b in arrows.items():
        p[a, a], p[a, b] = 1 - rate, rate
    return p


def multinomial(clean, p, seed):
    state = np.random.RandomState(seed)
    return np.array([state.multinomial(1, p[y]).argmax() for y in clean])


def drpl_symmetric(clean, classes, rate, seed):
    np.random.seed(seed)
    order, noisy = np.random.permutation(len(clean)), clean.copy()
    for i in order[:int(len(clean) * rate)]:
        label = np.random.randint(classes, dtype=np.int32)
        while label == clean[i]:
            label = np.random.randint(classes, dtype=np.int32)
        noisy[i] = label
    return noisy


def drpl_map(clean, p, seed):
    np.random.seed(seed)
    noisy = clean.copy()
    for i in np.random.permutation(len(clean)):
        noisy[i] = np.random.choice(len(p), p=p[clean[i]])
    return noisy


def sce_symmetric(clean, classes, percent, seed):
    np.random.seed(seed)
    quota, chosen, noisy = int(int(percent * len(clean) / 100) / classes), [], clean.copy()
    for c in range(classes):
        chosen.extend(np.random.choice(np.where(clean == c)[0], quota, replace=False))
    for i in chosen:
        noisy[i] = np.random.choice([c for c in range(classes) if c != clean[i]])
    return noisy


def sce_map(clean, arrows, percent, seed):
    np.random.seed(seed)
    noisy = clean.copy()
    for a, b in arrows:
        own = np.where(clean == a)[0]
        noisy[np.random.choice(own, int(percent * len(own) / 100), replace=False)] = b
    return noisy


def sce_blocks(clean, percent, seed):
    np.random.seed(seed)
    arrows = {}
    for block in range(20):
        a, b = 5 * block + np.random.choice(range(5), size=2, replace=False)
        arrows[a], arrows[b] = b, a
    return multinomial(clean, map_matrix(100, arrows, percent / 100), 0)


def apl_map(clean, arrows, rate, seed):
    np.random.seed(seed)
    noisy = clean.copy()
    for a, b in arrows:
        own = np.where(noisy == a)[0]
        noisy[np.random.choice(own, int(rate * len(own)), replace=False)] = b
    return noisy


def arazo(clean, classes, percent, seed, own_too):
    """torch.manual_seed(2); torch.randint(100, (n,)) is the Mersenne Twister's word modulo 100 (torch 2.11)."""
    words = np.random.RandomState(2).randint(0, 2**32, size=len(clean), dtype=np.uint32).astype(int)
    np.random.seed(seed)
    noisy = clean.copy()
    for i in np.where(words % 100 >= 100 - percent)[0]:
        some = [c for c in range(classes) if own_too or c != clean[i]]
        noisy[i] = some[np.random.randint(len(some))]
    return noisy


def l2r(clean, classes, rate, validation, trusted, seed, background):
    def split(count, sizes):
        every = np.arange(count)
        np.random.RandomState(seed).shuffle(every)
        return every[:sizes[0]], every[sizes[0]:sizes[0] + sizes[1]]
    train, val = split(len(clean), [len(clean) - validation, validation])
    noisy_part, trusted_part = (train[i] for i in split(len(train), [len(train) - trusted, trusted]))
    state, count, noisy = np.random.RandomState(seed + 1), int(len(noisy_part) * rate), clean.copy()
    noisy[noisy_part[:count]] = np.floor(state.uniform(0, classes - 1, [] if background else [count])).astype(int)
    return noisy, np.sort(train), np.sort(val), np.sort(trusted_part)


def symmetric(classes, rate):
    p = np.full((classes, classes), rate / (classes - 1))
    np.fill_diagonal(p, 1 - rate)
    return p


def t_revision(clean, classes, rate, seed):
    noisy = multinomial(clean, symmetric(classes, rate), seed)
    np.random.seed(seed)
    train = np.random.choice(len(clean), int(len(clean) * 0.9), replace=False)
    val = np.delete(np.arange(len(clean)), train)
    return noisy, np.sort(train), val


def evidential_mix(clean, rate, share, seed, sources):
    random.seed(seed)
    order, pool = list(range(len(clean))), list(range(sources))
    random.shuffle(order)
    total = int(rate * len(clean))
    opened = int(share * total)
    random.shuffle(pool)
    closed, noisy = set(order[opened:total]), clean.copy()
    for i in range(len(clean)):
        if i in closed:
            noisy[i] = random.randint(0, 9)
    return noisy, sorted(zip(order[:opened], pool[:opened]))


def cpython_draw(clean, rate, seed, new):
    """LiJunnan1992/DivideMix:dataloader_cifar.py behind random.seed(seed); new(label) draws or maps."""
    random.seed(seed)
    order = list(range(len(clean)))
    random.shuffle(order)
    picked = set(order[:int(rate * len(clean))])
    return np.array([new(y) if i in picked else y for i, y in enumerate(clean.tolist())])


def show_parts(ten, hundred):
    """Generators that also take a held-out part away."""
    for name, clean, classes, background in (("cifar10", ten, 10, False), ("cifar10", ten, 10, True),
                                             ("cifar100", hundred, 100, False)):
        noisy, train, val, trusted = l2r(clean, classes, .4, 5000, 1000, 0, background)
        show(f"{name} l2r_flip {'background' if background else 'uniform'} .4, 5,000 and 1,000 apart, seed 0", clean[train],
             noisy[train])
        print("  held out:", val[:4].tolist(), int(val.sum()), "trusted:", trusted[:4].tolist(), int(trusted.sum()))
    noisy, train, val = t_revision(ten, 10, .5, 1)
    show("T-Revision cifar10 sym .5 seed 1", ten, noisy)
    show("T-Revision, its 45,000", ten[train], noisy[train])
    show("T-Revision, its 5,000", ten[val], noisy[val])
    print("T-Revision, held-out images:", val[:6].tolist(), "... sum", int(val.sum()))


def main():
    folder = pathlib.Path(sys.argv[1])
    ten, hundred, mnist = (labels_of(folder, d) for d in ("cifar10", "cifar100", "mnist"))
    coarse = coarse_of(folder)
    blocks = {5 * b + i: 5 * b + (i + 1) % 5 for b in range(20) for i in range(5)}
    show("cifar100_block_next numpy_multinomial .4 seed 0", hundred, multinomial(hundred, map_matrix(100, blocks, .4), 0))
    digits = {7: 1, 2: 7, 3: 8, 5: 6, 6: 5}
    show("mnist_asymmetric numpy_multinomial .4 seed 0", mnist, multinomial(mnist, map_matrix(10, digits, .4), 0))
    for rate in (.2, .5):
        show(f"cifar10 symmetric_exclusive numpy_drpl {rate} seed 42", ten, drpl_symmetric(ten, 10, rate, 42))
    show("cifar100 symmetric_exclusive numpy_drpl .8 seed 42", hundred, drpl_symmetric(hundred, 100, .8, 42))
    cifar = {9: 1, 2: 0, 3: 5, 5: 3, 4: 7}
    show("cifar10_asymmetric numpy_drpl .4 seed 42", ten, drpl_map(ten, map_matrix(10, cifar, .4), 42))
    superclass = {}
    for c in range(20):
        fine = np.unique(hundred[coarse == c])
        superclass.update({a: b for a, b in zip(fine, np.roll(fine, -1))})
    show("cifar100_superclass_next numpy_drpl .3 seed 42", hundred, drpl_map(hundred, map_matrix(100, superclass, .3), 42))
    for dataset, clean, classes, percent in (("cifar10", ten, 10, 40), ("cifar100", hundred, 100, 60),
                                             ("mnist", mnist, 10, 29)):
        show(f"{dataset} symmetric_exclusive numpy_sce .{percent} seed 123", clean,
             sce_symmetric(clean, classes, percent, 123))
    show("cifar10_asymmetric numpy_sce .4 seed 123", ten, sce_map(ten, [(9, 1), (2, 0), (3, 5), (5, 3), (4, 7)], 40, 123))
    show("mnist_asymmetric numpy_sce .4 seed 123", mnist, sce_map(mnist, [(7, 1), (2, 7), (3, 8), (5, 6), (6, 5)], 40, 123))
    show("cifar100_block_pair numpy_sce .4 seed 123", hundred, sce_blocks(hundred, 40, 123))
    show("cifar10_asymmetric sequential numpy_apl .4 seed 123", ten,
         apl_map(ten, [(9, 1), (2, 0), (3, 5), (5, 3), (4, 7)], .4, 123))
    for own_too in (True, False):
        for name, clean, classes, percent in (("cifar10", ten, 10, 50), ("cifar100", hundred, 100, 29)):
            show(f"{name} torch_arazo .{percent} {'w' if own_too else 'wo'} seed 42", clean,
                 arazo(clean, classes, percent, 42, own_too))
    show_parts(ten, hundred)
    with zipfile.ZipFile(folder / "cifar-n/CIFAR-10_human.pt") as human:
        worse = pickle.loads(human.read("archive/data.pkl"))["worse_label"]
    matrix = np.array([np.bincount(worse[ten == c], minlength=10) / (ten == c).sum() for c in range(10)])
    show("label_file_matrix numpy_multinomial worse_label seed 0", ten, multinomial(ten, matrix, 0))
    for rate in (.2, .5, .8):  # a seed given as text, as by a parser without a type
        for name, clean, classes in (("cifar10", ten, 10), ("cifar100", hundred, 100)):
            show(f"{name} symmetric_inclusive cpython {rate} seed '123'", clean,
                 cpython_draw(clean, rate, "123", lambda y: random.randint(0, classes - 1)))
    partner = {**{c: c for c in range(10)}, **cifar}
    for seed in ("123", "1"):
        show(f"cifar10_asymmetric cpython .4 seed '{seed}'", ten, cpython_draw(ten, .4, seed, partner.get))
    for seed in ("17", "5"):
        show(f"cifar10 symmetric_exclusive cpython .2 seed '{seed}'", ten,
             cpython_draw(ten, .2, seed, lambda y: random.choice([c for c in range(10) if c != y])))
    for rate, share in ((.3, .25), (.6, .5), (.3, 1.), (.6, 0.)):
        noisy, pairs = evidential_mix(ten, rate, share, 123, 50000)
        show(f"EvidentialMix {rate} {share} cifar100 seed 123", ten, noisy, pairs)
        if len(sys.argv) > 2:
            file = json.loads((pathlib.Path(sys.argv[2]) / f"noise/{rate:.2f}_{share:.2f}_cifar100.json").read_text())
            print("  equal to its file:", file["noise_labels"] == noisy.tolist(),
                  sorted(map(tuple, file["open_noise"])) == pairs)


main()
