"""Train step of the MLP 784-128-128-10 or LeNet-5 as a PyTorch user writes it: torch.nn, stock Adam, resident float images."""
import timing
import torch
from torch import nn

NETS = {
    "mlp": lambda: nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 10)),
    "lenet5": lambda: nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)),
}


def main():
    given = timing.options(__doc__, net="mlp", batch=32, threads=1)
    torch.set_num_threads(given.threads)
    model = NETS[given.net]()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    images, labels = torch.randn(1024, 1, 28, 28), torch.randint(10, (1024,))

    def batches():
        while True:
            for index in torch.randperm(1024).split(given.batch):
                yield images[index], labels[index]

    data = batches()

    def step():
        x, y = next(data)
        optimizer.zero_grad()
        criterion(model(x), y).backward()
        optimizer.step()

    seconds = timing.measure(step, given.seconds, warm_up=20)
    timing.report(images_per_second=given.batch / seconds, net=given.net, threads=given.threads, torch=torch.__version__)


main()
