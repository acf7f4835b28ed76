"""Writes reference_nets.json: logits of the nets in float64, from plain torch.nn modules written from the papers' descriptions.

Both sides fill tensors by the same formula, so no weights are stored: element i of tensor t (parameters in order of declaration
are 1, 2, ...; the images are 0) is scale * (((2654435761 * i + 40503 * t) mod 2^32) / 2^32 - 1/2), plus 1 where the tensor scales a
batch norm. scale is sqrt(12 / fan_in) for weights, 1 for images, 1/4 otherwise.

Use: python3 tests/nets/reference_nets.py > tests/nets/reference_nets.json      (torch 2.11)
"""
import json
import math

import torch
from torch import nn

torch.set_default_dtype(torch.float64)


def fill(shape, number, scale, shift=0.0):
    i = torch.arange(math.prod(shape), dtype=torch.int64)
    words = (2654435761 * i + 40503 * number) % 2**32
    return (shift + scale * (words.double() / 2.0**32 - 0.5)).reshape(shape)


def conv3(i, o, stride=1):
    return nn.Conv2d(i, o, 3, stride, 1, bias=False)


class PreActBlock(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(i)
        self.conv1 = conv3(i, o, stride)
        self.bn2 = nn.BatchNorm2d(o)
        self.conv2 = conv3(o, o)
        self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False)) if stride != 1 or i != o else None

    def forward(self, x):
        a = nn.functional.relu(self.bn1(x))
        return self.conv2(nn.functional.relu(self.bn2(self.conv1(a)))) + (x if self.shortcut is None else self.shortcut(a))


class BasicBlock(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.conv1 = conv3(i, o, stride)
        self.bn1 = nn.BatchNorm2d(o)
        self.conv2 = conv3(o, o)
        self.bn2 = nn.BatchNorm2d(o)
        if stride != 1 or i != o:
            self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(nn.functional.relu(self.bn1(self.conv1(x)))))
        return nn.functional.relu(y + self.shortcut(x))


class Residual(nn.Module):
    def __init__(self, block, depths, width=64):
        super().__init__()
        self.conv1, self.bn1 = conv3(3, width), nn.BatchNorm2d(width)
        self.stages, i = len(depths), width
        for stage, depth in enumerate(depths, 1):
            blocks = []
            for k in range(depth):
                blocks.append(block(i, width, 2 if stage > 1 and k == 0 else 1))
                i = width
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
            width *= 2
        self.linear = nn.Linear(i, 10)

    def forward(self, x):
        x = nn.functional.relu(self.bn1(self.conv1(x)))
        for stage in range(1, self.stages + 1):
            x = getattr(self, f"layer{stage}")(x)
        return self.linear(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class PlainBlock(nn.Module):
    """A pre-activation block that says itself whether it projects."""

    def __init__(self, i, o, stride, project):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(i), conv3(i, o, stride)
        self.bn2, self.conv2 = nn.BatchNorm2d(o), conv3(o, o)
        self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False)) if project else None

    def forward(self, x):
        active = self.bn1(x).relu()
        inner = self.conv2(self.bn2(self.conv1(active)).relu())
        return inner + (x if self.shortcut is None else self.shortcut(active))


class PreActivation(nn.Module):
    """Three stages, nothing after the stem, norm and ReLU at the end."""

    def __init__(self, stem, widths, blocks, project_first):
        super().__init__()
        self.conv1, i = conv3(3, stem), stem
        for stage, width in enumerate(widths, 1):
            made = []
            for k in range(blocks):
                stride = 2 if stage > 1 and k == 0 else 1
                made.append(PlainBlock(i, width, stride, i != width or stride == 2 or (project_first and k == 0)))
                i = width
            setattr(self, f"layer{stage}", nn.Sequential(*made))
        self.bn, self.linear = nn.BatchNorm2d(i), nn.Linear(i, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.conv1(x))))
        return self.linear(self.bn(x).relu().mean((2, 3)))


class Bottleneck(nn.Module):
    """1x1, 3x3 (with the stride), 1x1 to four times the width; norm after each, ReLU after the sum."""

    def __init__(self, i, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(i, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = conv3(width, width, stride), nn.BatchNorm2d(width)
        self.conv3, self.bn3 = nn.Conv2d(width, 4 * width, 1, bias=False), nn.BatchNorm2d(4 * width)
        if stride != 1 or i != 4 * width:
            self.shortcut = nn.Sequential(nn.Conv2d(i, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu())).relu()
        return (self.bn3(self.conv3(y)) + self.shortcut(x)).relu()


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, i = conv3(3, 64), nn.BatchNorm2d(64), 64
        for stage, (blocks, width) in enumerate(((3, 64), (4, 128), (6, 256), (3, 512)), 1):
            made = []
            for k in range(blocks):
                made.append(Bottleneck(i, width, 2 if stage > 1 and k == 0 else 1))
                i = 4 * width
            setattr(self, f"layer{stage}", nn.Sequential(*made))
        self.linear = nn.Linear(i, 10)

    def forward(self, x):
        x = self.layer4(self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu()))))
        return self.linear(x.mean((2, 3)))


class PreActBottleneck(nn.Module):
    """As google-research/google-research:ieg/models/cifar10_resnet.py builds it: no ReLU before the first convolution, and no
    norm either in the very first block."""

    def __init__(self, i, width, o, stride, first_of_stage, first_of_all):
        super().__init__()
        self.bn1 = nn.Identity() if first_of_all else nn.BatchNorm2d(i)
        self.conv1 = nn.Conv2d(i, width, 1, stride, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(width), conv3(width, width)
        self.bn3, self.conv3 = nn.BatchNorm2d(width), nn.Conv2d(width, o, 1, bias=False)
        self.shortcut = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False)) if first_of_stage else None

    def forward(self, x):
        y = self.conv2(self.bn2(self.conv1(self.bn1(x))).relu())
        return self.conv3(self.bn3(y).relu()) + (x if self.shortcut is None else self.shortcut(x))


class ResNet29(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1, i = conv3(3, 16), nn.BatchNorm2d(16), 16
        for stage, (width, o) in enumerate(((16, 64), (64, 128), (128, 256)), 1):
            made = []
            for k in range(3):
                made.append(PreActBottleneck(i, width, o, 2 if stage > 1 and k == 0 else 1, k == 0, stage == 1 and k == 0))
                i = o
            setattr(self, f"layer{stage}", nn.Sequential(*made))
        self.bn, self.linear = nn.BatchNorm2d(i), nn.Linear(i, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu())))
        return self.linear(self.bn(x).relu().mean((2, 3)))


class Shift(nn.BatchNorm2d):
    """tf.contrib.layers.batch_norm as L2R's code calls it: a shift and no scale, epsilon 1e-3, decay .999."""

    def __init__(self, maps):
        super().__init__(maps, eps=1e-3, momentum=0.001)
        self.weight = None  # a scale of 1


class PooledUnit(nn.Module):
    """As uber-research/learning-to-reweight-examples:models/cnn/resnet_module.py:46-155, 208-299 builds it: the shortcut pools and gets
    maps of zeros; at stride 2 the convolution's zeros stand behind the image ("SAME" over an even side); units of the first stage
    begin with their convolution. Its module run in TensorFlow 2.21 on these weights gives these logits, gradients and statistics."""

    def __init__(self, i, o, stride, of_first_stage):
        super().__init__()
        self.maps, self.stride = o - i, stride
        if not of_first_stage:
            self.bn1 = Shift(i)
        self.conv1 = nn.Conv2d(i, o, 3, stride, padding=0, bias=False)
        self.bn2, self.conv2 = Shift(o), conv3(o, o)

    def forward(self, x):
        y = self.bn1(x).relu() if hasattr(self, "bn1") else x
        y = self.conv1(nn.functional.pad(y, (0, 1, 0, 1) if self.stride == 2 else (1, 1, 1, 1)))
        rows, columns = x.shape[2] // self.stride, x.shape[3] // self.stride
        means = x.reshape(*x.shape[:2], rows, self.stride, columns, self.stride).mean((3, 5))
        zeros = x.new_zeros(x.shape[0], self.maps // 2, rows, columns)
        return self.conv2(self.bn2(y).relu()) + torch.cat([zeros, means, zeros], 1)


class PooledResNet(nn.Module):
    def __init__(self, widths, units):
        super().__init__()
        self.conv1, self.bn1, i = conv3(3, 16), Shift(16), 16
        for stage, width in enumerate(widths, 1):
            made = []
            for k in range(units):
                made.append(PooledUnit(i, width, 2 if stage > 1 and k == 0 else 1, stage == 1))
                i = width
            setattr(self, f"layer{stage}", nn.Sequential(*made))
        self.bn, self.linear = Shift(i), nn.Linear(i, 10)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(self.bn1(self.conv1(x)).relu())))
        return self.linear(self.bn(x).relu().mean((2, 3)))


class DenseUnit(nn.Module):
    def __init__(self, i):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(i), nn.Conv2d(i, 48, 1, bias=False)
        self.bn2, self.conv2 = nn.BatchNorm2d(48), conv3(48, 12)

    def forward(self, x):
        return torch.cat([x, self.conv2(self.bn2(self.conv1(self.bn1(x).relu())).relu())], 1)


class Transition(nn.Module):
    def __init__(self, i):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(i), nn.Conv2d(i, i // 2, 1, bias=False)

    def forward(self, x):
        return nn.functional.avg_pool2d(self.conv1(self.bn1(x).relu()), 2)


class Dense(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, i = conv3(3, 24), 24
        for block in (1, 2, 3):
            units = []
            for _ in range(16):
                units.append(DenseUnit(i))
                i += 12
            setattr(self, f"block{block}", nn.Sequential(*units))
            if block < 3:
                setattr(self, f"trans{block}", Transition(i))
                i //= 2
        self.bn1, self.fc = nn.BatchNorm2d(i), nn.Linear(i, 10)

    def forward(self, x):
        x = self.trans2(self.block2(self.trans1(self.block1(self.conv1(x)))))
        return self.fc(self.bn1(self.block3(x)).relu().mean((2, 3)))


class Named(nn.Sequential):
    def __init__(self, **layers):
        super().__init__()
        for name, layer in layers.items():
            self.add_module(name, layer)


def mlp():
    return Named(flat=nn.Flatten(), fc1=nn.Linear(784, 128), relu1=nn.ReLU(), fc2=nn.Linear(128, 128), relu2=nn.ReLU(),
                 fc3=nn.Linear(128, 10))


def lenet5():
    return Named(conv1=nn.Conv2d(1, 6, 5, padding=2), r1=nn.ReLU(), p1=nn.AvgPool2d(2), conv2=nn.Conv2d(6, 16, 5), r2=nn.ReLU(),
                 p2=nn.AvgPool2d(2), flat=nn.Flatten(), fc1=nn.Linear(400, 120), r3=nn.ReLU(), fc2=nn.Linear(120, 84), r4=nn.ReLU(),
                 fc3=nn.Linear(84, 10))


def cnn_small():
    return Named(conv1=nn.Conv2d(3, 8, 3, padding=1), r1=nn.ReLU(), p1=nn.MaxPool2d(2), conv2=nn.Conv2d(8, 16, 3, padding=1),
                 r2=nn.ReLU(), p2=nn.MaxPool2d(2), conv3=nn.Conv2d(16, 32, 3, padding=1), r3=nn.ReLU(), p3=nn.MaxPool2d(2),
                 flat=nn.Flatten(), fc1=nn.Linear(512, 128), r4=nn.ReLU(), fc2=nn.Linear(128, 10))


def cnn9():
    layers, i = {}, 3
    for number, maps in enumerate((128, 128, 128, 256, 256, 256, 512, 256, 128), 1):
        layers[f"conv{number}"] = nn.Conv2d(i, maps, 3, padding=1 if number <= 6 else 0)
        layers[f"bn{number}"], layers[f"r{number}"], i = nn.BatchNorm2d(maps), nn.LeakyReLU(0.01), maps
        if number in (3, 6):
            layers[f"p{number}"] = nn.MaxPool2d(2)
    return Named(**layers, mean=nn.AdaptiveAvgPool2d(1), flat=nn.Flatten(), linear=nn.Linear(128, 10))


def vgg13():
    layers, i = {}, 3
    for number, maps in enumerate((64, 64, 128, 128, 256, 256, 512, 512, 512, 512), 1):
        layers[f"conv{number}"] = nn.Conv2d(i, maps, 3, padding=1)
        layers[f"bn{number}"], layers[f"r{number}"], i = nn.BatchNorm2d(maps), nn.ReLU(), maps
        if number % 2 == 0:
            layers[f"p{number}"] = nn.MaxPool2d(2)
    return Named(**layers, flat=nn.Flatten(), linear=nn.Linear(512, 10))


NETS = {
    "mlp": (mlp, {"hidden": [128, 128]}, (4, 1, 28, 28)),
    "lenet5": (lenet5, {}, (4, 1, 28, 28)),
    "cnn9": (cnn9, {"dropout": 0}, (2, 3, 32, 32)),
    "cnn_small": (cnn_small, {}, (4, 3, 32, 32)),
    "preact_resnet18": (lambda: Residual(PreActBlock, (2, 2, 2, 2)), {}, (2, 3, 32, 32)),
    "resnet34": (lambda: Residual(BasicBlock, (3, 4, 6, 3)), {}, (2, 3, 32, 32)),
    "resnet32": (lambda: Residual(BasicBlock, (5, 5, 5), 16), {}, (2, 3, 32, 32)),
    "preact_resnet32": (lambda: PreActivation(32, (32, 64, 128), 5, True), {}, (2, 3, 32, 32)),
    "wrn_40_2": (lambda: PreActivation(16, (32, 64, 128), 6, False), {"dropout": 0}, (2, 3, 32, 32)),
    "wrn_28_10": (lambda: PreActivation(16, (160, 320, 640), 4, False), {"dropout": 0}, (2, 3, 8, 8)),
    "wrn_28_10_pooled": (lambda: PooledResNet((160, 320, 640), 4), {"dropout": 0}, (2, 3, 16, 16)),
    "densenet_100": (Dense, {}, (2, 3, 32, 32)),
    "resnet29": (ResNet29, {}, (2, 3, 32, 32)),
    "resnet50": (ResNet50, {}, (2, 3, 16, 16)),
    "vgg13": (vgg13, {}, (2, 3, 32, 32)),
}


INNER = {"preact_resnet18": "layer4", "resnet34": "layer4"}  # the stage whose blocks RoG reads


def inner_of(net, stage, images):
    """Means over the map of each block's output in evaluation mode."""
    found = []
    hooks = [block.register_forward_hook(lambda *call: found.append(call[2].mean((2, 3)))) for block in getattr(net, stage)]
    net.eval()(images)
    for hook in hooks:
        hook.remove()
    return [one.flatten().tolist() for one in found]


def describe(build, options, shape, stage=None):
    net, parameters = build(), []
    for number, (name, value) in enumerate(net.named_parameters(), 1):
        scales_norm = value.dim() == 1 and name.endswith("weight")
        scale = math.sqrt(12 / value[0].numel()) if value.dim() > 1 else 0.25
        value.data = fill(tuple(value.shape), number, scale, 1.0 if scales_norm else 0.0)
        parameters.append({"name": name, "shape": list(value.shape)})
    images = fill(shape, 0, 1.0)
    training = net.train()(images)
    training.square().sum().backward()
    gradients = [value.grad.abs().sum().item() for value in net.parameters()]
    statistics = [{"name": name, "sum": value.sum().item(), "last": value.flatten()[-1].item()}
                  for name, value in net.named_buffers() if "running" in name]
    inner = {"inner": inner_of(net, stage, images)} if stage else {}
    return {"options": options, "images": list(shape), "parameters": parameters, **inner,
            "count": sum(value.numel() for value in net.parameters()), "training": training.flatten().tolist(),
            "gradients": gradients, "statistics": statistics, "evaluation": net.eval()(images).flatten().tolist()}


print(json.dumps({name: describe(*net, INNER.get(name)) for name, net in NETS.items()}, indent=0))
