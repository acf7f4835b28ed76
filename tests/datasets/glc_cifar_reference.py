"""Labels of GLC's CIFAR tables drawn with numpy itself, written from docs/noise.md. Run by hand:

    python3 tests/datasets/glc_cifar_reference.py FOLDER

where FOLDER holds cifar-10-batches-bin and cifar-100-binary, or cifar10/labels.bin and cifar100/labels.bin (training
labels first; pairs of coarse and fine for CIFAR-100). Prints for each data set, corruption, trusted part and rate how
many labels moved and the SHA-256 over all 50,000 labels in file order, one byte each, which noise_vectors_test.cpp
pins; needs numpy.
"""
import hashlib
import pathlib
import sys

import numpy as np

IMAGES = 50000


def records(folder, names, size):
    return np.concatenate([np.fromfile(folder / name, np.uint8).reshape(-1, size) for name in names])


def labels_of(folder, dataset):
    """Fine and coarse labels; CIFAR-10 has no coarse ones."""
    flat = folder / dataset / "labels.bin"
    if dataset == "cifar10":
        if flat.exists():
            return np.fromfile(flat, np.uint8)[:IMAGES], None
        names = [f"cifar-10-batches-bin/data_batch_{i}.bin" for i in range(1, 6)]
        return records(folder, names, 3073)[:, 0], None
    pairs = (np.fromfile(flat, np.uint8).reshape(-1, 2)[:IMAGES] if flat.exists()
             else records(folder, ["cifar-100-binary/train.bin"], 3074)[:, :2])
    return pairs[:, 1], pairs[:, 0]


def uniform(classes, rate, fine, coarse):
    return rate * np.full((classes, classes), 1 / classes) + (1 - rate) * np.eye(classes)


def flip(classes, rate, fine, coarse):
    np.random.seed(1)
    rows = np.eye(classes) * (1 - rate)
    for row in range(classes):
        rows[row, np.random.choice([c for c in range(classes) if c != row])] = rate
    return rows


def hierarchical(classes, rate, fine, coarse):
    rows = np.eye(classes) * (1 - rate)
    for group in range(20):
        members = np.unique(fine[coarse == group])
        for member in members:
            rows[member, members[members != member]] += rate * 1 / (len(members) - 1)
    return rows


def draw(fine, coarse, corruption, trusted, rate, seed):
    classes = int(fine.max()) + 1
    rows = corruption(classes, rate, fine, coarse)
    np.random.seed(seed)
    drawn = [np.random.choice(classes, p=rows[label]) for label in fine[trusted:]]
    return np.concatenate([fine[:trusted], np.array(drawn, np.uint8)])


def main(folder):
    for dataset in ("cifar10", "cifar100"):
        fine, coarse = labels_of(folder, dataset)
        print(dataset, "classes among the first 2,500 images:", len(set(fine[:2500])))
        for corruption in (uniform, flip, hierarchical)[:2 if coarse is None else 3]:
            if corruption is flip:
                targets = [int(np.argmax(row)) for row in flip(int(fine.max()) + 1, 1, fine, coarse)]
                print(dataset, "flip targets", *targets)
            for trusted, rate, seed in ((2500, .5, 1), (5000, .3, 1), (12500, 1, 1), (2500, .5, 2)):
                noisy = draw(fine, coarse, corruption, trusted, rate, seed)
                print(dataset, corruption.__name__, trusted, rate, "seed", seed, int((noisy != fine).sum()),
                      hashlib.sha256(noisy.astype(np.uint8).tobytes()).hexdigest()[:16])


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
