"""Label files as numpy 1.14.2 draws them, by that release's own binary. Run by hand, on x86-64 Linux with a C compiler:

    pip download numpy==1.14.2 --no-deps --only-binary :all: --python-version 36 --platform manylinux1_x86_64
    unzip numpy-1.14.2-*.whl 'numpy/random/*'
    python3 tests/datasets/old_numpy_reference.py numpy/random/mtrand.*.so FOLDER

FOLDER is the shared data folder. Numpy up to 1.16 draws a double where a binomial's probability is 0, later versions do not: maps from class to class come
out otherwise, rows without a 0 alike. The functions rk_seed and rk_binomial are called in the order of RandomState.multinomial (mtrand.pyx), with n = 1.
Prints how many labels changed and the first 16 digits of the SHA-256 over all labels, which noise_vectors_test.cpp pins.
"""
import ctypes
import gzip
import hashlib
import pathlib
import subprocess
import sys
import tempfile


class Stream:
    """RandomState(seed) of the loaded library; 16 KiB is more than its state."""

    def __init__(self, library, seed):
        self.library, self.state = library, ctypes.create_string_buffer(16384)
        library.rk_seed(seed, self.state)

    def class_of(self, row):
        rest = 1.0
        for label, probability in enumerate(row[:-1]):
            if self.library.rk_binomial(self.state, 1, probability / rest):
                return label
            rest -= probability
        return len(row) - 1


def load(path):
    """The library refers to one variable of Python 3.6 that later versions lack; nothing that is called here uses it."""
    with tempfile.TemporaryDirectory() as folder:
        stub = pathlib.Path(folder) / "stub"
        stub.with_suffix(".c").write_text("int _Py_CheckRecursionLimit;\n")
        subprocess.run(["cc", "-shared", "-fPIC", "-o", stub.with_suffix(".so"), stub.with_suffix(".c")], check=True)
        ctypes.CDLL(str(stub.with_suffix(".so")), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(str(path))
    library.rk_seed.argtypes = [ctypes.c_ulong, ctypes.c_void_p]
    library.rk_binomial.argtypes = [ctypes.c_void_p, ctypes.c_long, ctypes.c_double]
    library.rk_binomial.restype = ctypes.c_long
    return library


def labels_of(folder, dataset):
    if dataset == "mnist":
        return gzip.open(folder / "mnist/train-labels-idx1-ubyte.gz").read()[8:]
    data = (folder / dataset / "labels.bin").read_bytes()
    return data[:50000] if dataset == "cifar10" else data[1:100000:2]


def map_rows(classes, arrows, rate):
    rows = [[float(i == j) for j in range(classes)] for i in range(classes)]
    for a, b in arrows.items():
        rows[a][a], rows[a][b] = 1.0 - rate, rate
    return rows


def symmetric_rows(classes, rate):
    return [[1.0 - rate if i == j else rate / (classes - 1) for j in range(classes)] for i in range(classes)]


def main():
    library, folder = load(sys.argv[1]), pathlib.Path(sys.argv[2])
    next_class = {classes: {i: (i + 1) % classes for i in range(classes)} for classes in (10, 100)}
    blocks = {i: i // 5 * 5 + (i + 1) % 5 for i in range(100)}
    for name, dataset, rows in [
        ("pair_flip .45", "cifar10", map_rows(10, next_class[10], .45)),
        ("pair_flip .45", "cifar100", map_rows(100, next_class[100], .45)),
        ("pair_flip .45", "mnist", map_rows(10, next_class[10], .45)),
        ("cifar10_asymmetric .4", "cifar10", map_rows(10, {9: 1, 2: 0, 3: 5, 5: 3, 4: 7}, .4)),
        ("cifar100_block_next .4", "cifar100", map_rows(100, blocks, .4)),
        ("mnist_asymmetric .4", "mnist", map_rows(10, {7: 1, 2: 7, 5: 6, 6: 5, 3: 8}, .4)),
        ("symmetric_exclusive .2", "cifar100", symmetric_rows(100, .2)),
        ("symmetric_exclusive .5", "cifar10", symmetric_rows(10, .5)),
    ]:
        clean, stream = labels_of(folder, dataset), Stream(library, 0)
        noisy = bytes(stream.class_of(rows[label]) for label in clean)
        print(f"{name:24} {dataset:9} {sum(a != b for a, b in zip(clean, noisy)):6} {hashlib.sha256(noisy).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
