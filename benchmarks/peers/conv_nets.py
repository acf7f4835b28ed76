"""Train step of a convolutional network, as a PyTorch user writes it. The batch is there already: its loading is not timed.

--layout last and --compile 1 are what a user who wants more speed would try."""
import timing
import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False)

    def forward(self, x):
        active = F.relu(self.bn1(x))
        out = self.conv2(F.relu(self.bn2(self.conv1(active))))
        return out + (x if self.shortcut is None else self.shortcut(active))


class PreActResNet18(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        widths = [64, 64, 64, 128, 128, 256, 256, 512, 512]
        self.blocks = nn.Sequential(*(Block(a, b, 2 if b != a else 1) for a, b in zip(widths, widths[1:])))
        self.linear = nn.Linear(512, classes)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


class BasicBlock(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.shortcut = None
        if stride != 1 or inputs != outputs:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + (x if self.shortcut is None else self.shortcut(x)))


class ResNet32(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        widths = [16] * 6 + [32] * 5 + [64] * 5
        self.blocks = nn.Sequential(*(BasicBlock(a, b, 2 if b != a else 1) for a, b in zip(widths, widths[1:])))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.adaptive_avg_pool2d(x, 1).flatten(1))


def cnn9(classes=10):
    layers, inputs = [], 3
    for number, outputs in enumerate((128, 128, 128, 256, 256, 256, 512, 256, 128), 1):
        padding = 1 if number <= 6 else 0
        layers += [nn.Conv2d(inputs, outputs, 3, padding=padding), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.01)]
        inputs = outputs
        if number in (3, 6):
            layers += [nn.MaxPool2d(2), nn.Dropout2d(0.25)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, classes))


NETS = {"preact_resnet18": (PreActResNet18, 11_171_274), "resnet32": (ResNet32, 466_906), "cnn9": (cnn9, 4_434_570)}


def main():
    given = timing.options(__doc__, net="preact_resnet18", batch=128, threads=2, layout="first", compile=0)
    torch.set_num_threads(given.threads)
    make, parameters = NETS[given.net]
    model = make()
    assert sum(p.numel() for p in model.parameters()) == parameters
    memory_format = {"first": torch.contiguous_format, "last": torch.channels_last}[given.layout]
    model = model.to(memory_format=memory_format)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9)
    criterion = nn.CrossEntropyLoss()
    x, y = torch.randn(given.batch, 3, 32, 32).contiguous(memory_format=memory_format), torch.randint(10, (given.batch,))

    run = torch.compile(model) if given.compile else model

    def step():
        optimizer.zero_grad()
        criterion(run(x), y).backward()
        optimizer.step()

    seconds, used = timing.measure_clocks(step, given.seconds, warm_up=3 if given.compile else 1)
    timing.report(images_per_second=given.batch / seconds, images_per_processor_second=given.batch / used, threads=given.threads,
                  torch=torch.__version__)


main()
