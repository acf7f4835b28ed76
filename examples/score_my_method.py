#!/usr/bin/env python3
"""A plain PyTorch method, trained on nlbench's exact noisy labels and scored by nlbench as a marked row.

    nlbench labels export photos.json --noise own --seed 1 --out mine/1
    python3 examples/score_my_method.py mine/1 data/photos
    nlbench import predictions mine/1 --protocol photos.json

The second folder holds the data set's idx files: those of an own set that `nlbench new` packed, or MNIST's. Put your method in place of `loss_of`.
Needs torch alone.
"""
import gzip
import json
import pathlib
import struct
import sys

import torch
from torch import nn
from torch.nn import functional

EPOCHS, BATCH = 10, 32


def read_idx(folder, role):
    path = next(path for path in sorted(folder.iterdir()) if path.name.startswith(role))
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    shape = struct.unpack(f">{data[3]}I", data[4:4 + 4 * data[3]])
    return torch.frombuffer(bytearray(data[4 + 4 * data[3]:]), dtype=torch.uint8).reshape(shape)


def read_npy(path):  # numpy.load does the same; this one needs no numpy
    data = path.read_bytes()
    return torch.frombuffer(bytearray(data[10 + struct.unpack("<H", data[8:10])[0]:]), dtype=torch.int64)


def write_npy(path, values):  # as numpy.save
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {tuple(values.shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(values.flatten().view(torch.uint8).tolist()))


def images(folder, role, index):
    pixels = read_idx(folder, role)[index].float() / 255
    return pixels if pixels.dim() == 4 else pixels[:, None]


def loss_of(logits, labels):
    """Soft bootstrapping (Reed et al., ICLR workshop 2015): part of the target is what the network itself believes."""
    belief = functional.softmax(logits.detach(), 1)
    target = 0.8 * functional.one_hot(labels, logits.shape[1]) + 0.2 * belief
    return -(target * functional.log_softmax(logits, 1)).sum(1).mean()


def main(exported, folder):
    manifest = json.loads((exported / "manifest.json").read_text())
    torch.manual_seed(sum(manifest["seed"].encode()))  # anew for each seed entry, or the spread over seeds would be nothing
    index = read_npy(exported / "train_index.npy")
    labels = read_npy(exported / "labels.npy")[index]
    train, test = images(folder, "train-images", index), images(folder, "t10k-images", read_npy(exported / "test_index.npy"))
    net = nn.Sequential(nn.Conv2d(train.shape[1], 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                        nn.LazyLinear(len(manifest["classes"])))
    net(train[:1])
    optimiser = torch.optim.Adam(net.parameters(), 0.002)
    predictions = []
    for _ in range(EPOCHS):
        for batch in torch.randperm(len(train)).split(BATCH):
            optimiser.zero_grad()
            loss_of(net(train[batch]), labels[batch]).backward()
            optimiser.step()
        with torch.no_grad():
            predictions.append(torch.cat([net(part).argmax(1) for part in test.split(1000)]))
    write_npy(exported / "predictions.npy", torch.stack(predictions))  # [epochs, test images]: all selection rules
    manifest.update(method="soft bootstrapping, my own", link="examples/score_my_method.py", network="two convolutions", epochs=EPOCHS, extra_data="none")
    (exported / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
