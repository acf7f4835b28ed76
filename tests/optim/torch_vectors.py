"""Writes torch_vectors.json: 100 steps of torch.optim (three of them with weight decay on the first and last parameter alone), learning rates of torch.optim.lr_scheduler, one clipping.

Values and gradients come from a formula that the test repeats: element i of tensor t is
scale * (((2654435761 * i + 40503 * t) mod 2^32) / 2^32 - 1/2). Parameter p starts as tensor p with scale 1; its gradient at step s
(from 0) is tensor 3 + 3 * s + p with scale 1/2. The rate at step s is lr * (1 + s % 3).

Use: python3 tests/optim/torch_vectors.py > tests/optim/torch_vectors.json      (torch 2.11)
"""
import json
import math

import torch

SHAPES = [(3, 5), (7,), (2, 2, 3)]
OPTIMISERS = [
    # kind, options[, which parameters decay]
    ("sgd", {"lr": 0.05}),
    ("sgd", {"lr": 0.05, "weight_decay": 0.01}),
    ("sgd", {"lr": 0.02, "momentum": 0.9}),
    ("sgd", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.0005, "nesterov": True}),
    ("adam", {"lr": 0.001}),
    ("adam", {"lr": 0.003, "weight_decay": 0.001, "betas": (0.8, 0.99), "eps": 1e-6}),
    ("sgd", {"lr": 0.02, "momentum": 0.9, "weight_decay": 0.1}, [True, False, True]),
    ("adam", {"lr": 0.003, "weight_decay": 0.1, "betas": (0.8, 0.99), "eps": 1e-6}, [False, True, True]),
    ("adagrad", {"lr": 0.01, "eps": 1e-8}),
    ("adagrad", {"lr": 0.02, "eps": 1e-6, "weight_decay": 0.1}, [True, False, True]),
]


KINDS = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam, "adagrad": torch.optim.Adagrad}


def fill(shape, number, scale):
    i = torch.arange(math.prod(shape), dtype=torch.int64)
    return (scale * (((2654435761 * i + 40503 * number) % 2**32).double() / 2.0**32 - 0.5)).reshape(shape)


def hundred_steps(kind, options, dtype, decays=(True, True, True)):
    parameters = [torch.nn.Parameter(fill(shape, p, 1.0).to(dtype)) for p, shape in enumerate(SHAPES)]
    groups = [{"params": [value], **({} if decay else {"weight_decay": 0})} for value, decay in zip(parameters, decays)]
    optimiser = KINDS[kind](groups, **options, foreach=False)
    for step in range(100):
        for p, value in enumerate(parameters):
            value.grad = fill(SHAPES[p], 3 + 3 * step + p, 0.5).to(dtype)
        for group in optimiser.param_groups:
            group["lr"] = options["lr"] * (1 + step % 3)
        optimiser.step()
    return torch.cat([value.detach().flatten() for value in parameters]).double().tolist()


def rates(make, lr, count):
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler, seen = make(optimiser), []
    for _ in range(count):
        seen.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return seen


def clipped():
    values = [torch.nn.Parameter(torch.zeros(shape)) for shape in SHAPES]
    for p, value in enumerate(values):
        value.grad = fill(SHAPES[p], 3 + p, 0.5).float()
    torch.nn.utils.clip_grad_norm_(values, 0.1)
    return torch.cat([value.grad.flatten() for value in values]).double().tolist()


S = torch.optim.lr_scheduler
print(json.dumps({
    "optimisers": [{"id": kind, "options": options, **({"decays": decays[0]} if decays else {}),
                    "double": hundred_steps(kind, options, torch.float64, *decays),
                    "float": hundred_steps(kind, options, torch.float32, *decays)} for kind, options, *decays in OPTIMISERS],
    "clipped": clipped(),
    "schedules": {
        "multi_step 3 7, .1, from .02": rates(lambda o: S.MultiStepLR(o, [3, 7], 0.1), 0.02, 10),
        "cosine 12 epochs to .001 from .1": rates(lambda o: S.CosineAnnealingLR(o, 12, 0.001), 0.1, 12),
        "cosine_restarts 10 to .001 from .02": rates(lambda o: S.CosineAnnealingWarmRestarts(o, 10, eta_min=0.001), 0.02, 25),
        "exponential .1 per 50 steps from .001": rates(lambda o: S.ExponentialLR(o, 0.1 ** (1 / 50)), 0.001, 60),
        "linear to 0 over 12 epochs from .001": rates(lambda o: S.LinearLR(o, 1.0, 0.0, 12), 0.001, 12),
    },
}, indent=0))
