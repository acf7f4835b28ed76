#!/usr/bin/env python3
"""A plain PyTorch method, trained on nlbench's exact noisy labels and scored by nlbench as a marked row.

    nlbench labels export photos.json --noise own --seed 1 --out mine/1
    python3 examples/score_my_method.py mine/1 data/photos
    nlbench import predictions mine/1 --protocol photos.json

The second folder holds the data set: idx files (those of an own set that `nlbench new` packed, or MNIST's), or CIFAR's unpacked batches, binary or
for Python. Network and recipe are those that the manifest names as usual at its place; where this script has them not, it says what it takes
instead, and the manifest then says so too. Put your method in place of `loss_of`. Needs torch alone.
"""
import gzip
import json
import math
import pathlib
import pickle
import struct
import sys

import torch
from torch import nn
from torch.nn import functional

OWN_NET = "two convolutions"


# ---- files ----------------------------------------------------------------------------------------------------------------------

def read_idx(path):
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    shape = struct.unpack(f">{data[3]}I", data[4:4 + 4 * data[3]])
    return torch.frombuffer(bytearray(data[4 + 4 * data[3]:]), dtype=torch.uint8).reshape(shape)


class Pickled:
    """Stands for a numpy array or its type in a pickle: keeps what it was made of."""

    def __init__(self, *_):
        self.state = ()

    def __setstate__(self, state):
        self.state = state


class ArraysOnly(pickle.Unpickler):
    """Unpickles numpy arrays and plain values, without numpy; nothing in the file can run."""

    def find_class(self, module, name):
        if (module.replace("_core", "core"), name) in {("numpy.core.multiarray", "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype")}:
            return Pickled
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a batch of CIFAR")


def read_batch(path):
    """Images of one batch of CIFAR, [n, 3, 32, 32]."""
    if path.suffix == ".bin":
        labels = 2 if path.stem in ("train", "test") else 1  # CIFAR-100 has a coarse and a fine label before each image
        rows = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8).reshape(-1, labels + 3072)
        return rows[:, labels:].reshape(-1, 3, 32, 32)
    with path.open("rb") as file:
        batch = ArraysOnly(file, encoding="bytes").load()
    _, shape, _, _, pixels = batch[b"data"].state  # version, shape, type, column order, bytes
    return torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(shape[0], 3, 32, 32)


FORMS = {True: (["train-images*"], ["data_batch_[1-5].bin"], ["data_batch_[1-5]"], ["train.bin"], ["train"]),
         False: (["t10k-images*", "test-images*"], ["test_batch.bin"], ["test_batch"], ["test.bin"], ["test"])}


def images(folder, training):
    """All images of the set in its official order, [n, channels, height, width]; at any depth below the folder."""
    for patterns in FORMS[training]:
        found = sorted(path for pattern in patterns for path in folder.rglob(pattern) if path.is_file())
        if found and "images" in found[0].name:
            pixels = read_idx(found[0])
            return pixels if pixels.dim() == 4 else pixels[:, None]
        if found:
            return torch.cat([read_batch(path) for path in found])
    raise SystemExit(f"{folder}: neither idx files nor unpacked batches of CIFAR below it (an archive must be unpacked first)")


def read_npy(path):  # numpy.load does the same; this one needs no numpy
    data = path.read_bytes()
    return torch.frombuffer(bytearray(data[10 + struct.unpack("<H", data[8:10])[0]:]), dtype=torch.int64)


def write_npy(path, values):  # as numpy.save
    header = f"{{'descr': '<i8', 'fortran_order': False, 'shape': {tuple(values.shape)}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + bytes(values.flatten().view(torch.uint8).tolist()))


# ---- networks and recipe --------------------------------------------------------------------------------------------------------

class PreActBlock(nn.Module):
    def __init__(self, inside, outside, stride):
        super().__init__()
        self.norm1, self.norm2 = nn.BatchNorm2d(inside), nn.BatchNorm2d(outside)
        self.conv1 = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
        self.conv2 = nn.Conv2d(outside, outside, 3, 1, 1, bias=False)
        self.shortcut = nn.Conv2d(inside, outside, 1, stride, bias=False) if stride != 1 or inside != outside else None

    def forward(self, x):
        active = functional.relu(self.norm1(x))
        return self.conv2(functional.relu(self.norm2(self.conv1(active)))) + (x if self.shortcut is None else self.shortcut(active))


def preact_resnet18(channels, classes):
    blocks = [PreActBlock(64 if width == 64 else (width if block else width // 2), width, 2 if width > 64 and block == 0 else 1)
              for width in (64, 128, 256, 512) for block in (0, 1)]
    return nn.Sequential(nn.Conv2d(channels, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                         nn.Linear(512, classes))


def convolutions(widths, padding, channels):
    layers = []
    for before, width in zip((channels, *widths), widths):
        layers += [nn.Conv2d(before, width, 3, 1, padding), nn.ReLU(), nn.MaxPool2d(2)]
    return layers


def make_net(wanted, channels, classes):
    """The network of the manifest, where this script has it, and its name."""
    name = wanted.get("id", "")
    if name == "preact_resnet18":
        return preact_resnet18(channels, classes), name
    if name == "cnn_small":
        return nn.Sequential(*convolutions((8, 16, 32), 1, channels), nn.Flatten(), nn.LazyLinear(128), nn.ReLU(), nn.Linear(128, classes)), name
    if name == "mlp":
        hidden = [layer for width in wanted["options"]["hidden"] for layer in (nn.LazyLinear(width), nn.ReLU())]
        return nn.Sequential(nn.Flatten(), *hidden, nn.LazyLinear(classes)), name
    print(f"network {name or '(none named)'} is not in this script: {OWN_NET} in its place", file=sys.stderr)
    return nn.Sequential(*convolutions((16, 32), 0, channels), nn.Flatten(), nn.LazyLinear(classes)), OWN_NET


def make_optimiser(net, wanted):
    rate, decay = wanted["learning_rate"], wanted.get("weight_decay", 0)
    if wanted["id"] == "adam":
        return torch.optim.Adam(net.parameters(), rate, (wanted.get("beta1", 0.9), wanted.get("beta2", 0.999)), wanted.get("epsilon", 1e-8), decay)
    if wanted["id"] != "sgd":
        print(f"optimiser {wanted['id']} is not in this script: SGD in its place", file=sys.stderr)
    return torch.optim.SGD(net.parameters(), rate, wanted.get("momentum", 0), weight_decay=decay, nesterov=wanted.get("nesterov", False))


def rate_factor(schedule, epoch, epochs):
    if schedule["id"] == "multi_step":
        return schedule["factor"] ** sum(epoch >= milestone for milestone in schedule["milestones"])
    if schedule["id"] == "cosine":
        return (1 + math.cos(math.pi * epoch / epochs)) / 2
    if schedule["id"] != "constant" and epoch == 0:
        print(f"schedule {schedule['id']} is not in this script: a constant rate in its place", file=sys.stderr)
    return 1


def augmented(batch, wanted):
    """Random crops of the padded image and mirror images, one draw per image."""
    if pad := wanted.get("pad_crop", 0):
        padded, (height, width) = functional.pad(batch, [pad] * 4), batch.shape[2:]
        batch = torch.stack([image[:, y:y + height, x:x + width] for image, (y, x) in zip(padded, torch.randint(2 * pad + 1, (len(batch), 2)).tolist())])
    return torch.where(torch.rand(len(batch), 1, 1, 1) < 0.5, batch.flip(3), batch) if wanted.get("flip") else batch


# ---- the method -----------------------------------------------------------------------------------------------------------------

def loss_of(logits, labels):
    """Soft bootstrapping (Reed et al., ICLR workshop 2015): part of the target is what the network itself believes."""
    belief = functional.softmax(logits.detach(), 1)
    target = 0.8 * functional.one_hot(labels, logits.shape[1]) + 0.2 * belief
    return -(target * functional.log_softmax(logits, 1)).sum(1).mean()


def predicted(net, test, normalised):
    net.eval()
    with torch.no_grad():
        return torch.cat([net(normalised(part)).argmax(1) for part in test.split(500)])


def train(net, train_images, labels, test_images, recipe):
    """Predicted classes of the test images after each epoch, [epochs, test images]."""
    constants = recipe.get("normalisation") or {"mean": [0], "std": [1]}
    mean, deviation = (torch.tensor(constants[key])[:, None, None] for key in ("mean", "std"))
    normalised = lambda pixels: (pixels.float() / 255 - mean) / deviation
    net(normalised(train_images[:2]))  # lazy layers learn their sizes
    optimiser = make_optimiser(net, recipe["optimiser"])
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda epoch: rate_factor(recipe["schedule"], epoch, recipe["epochs"]))
    predictions = []
    for epoch in range(recipe["epochs"]):
        net.train()
        for batch in torch.randperm(len(train_images)).split(recipe["batch_size"]):
            optimiser.zero_grad()
            pixels = augmented(normalised(train_images[batch]), recipe.get("augmentation") or {})
            loss_of(net(pixels), labels[batch]).backward()
            optimiser.step()
        schedule.step()
        predictions.append(predicted(net, test_images, normalised))
        print(f"epoch {epoch + 1}/{recipe['epochs']}", file=sys.stderr)
    return torch.stack(predictions)


def main(exported, folder):
    manifest = json.loads((exported / "manifest.json").read_text())
    torch.manual_seed(sum(manifest["seed"].encode()))  # anew for each seed entry, or the spread over seeds would be nothing
    index = read_npy(exported / "train_index.npy")
    labels = read_npy(exported / "labels.npy")[index]
    train_images, test_images = images(folder, True)[index], images(folder, False)[read_npy(exported / "test_index.npy")]
    usual = manifest["usual"]
    net, name = make_net(usual["net"], train_images.shape[1], len(manifest["classes"]))
    predictions = train(net, train_images, labels, test_images, usual["recipe"])
    write_npy(exported / "predictions.npy", predictions)  # by epoch: all selection rules
    manifest.update(method="soft bootstrapping, my own", link="examples/score_my_method.py", network=name, epochs=len(predictions), extra_data="none")
    (exported / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
