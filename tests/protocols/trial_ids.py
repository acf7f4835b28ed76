#!/usr/bin/env python3
"""Trial ids, computed without nlbench: canonical JSON of specs written here by hand, hashed.

Prints the lines that trial_test.cpp pins. Rules: docs/protocols.md, "Trial ids".
"""
import copy
import hashlib
from decimal import Decimal


def number(value):
    """Whole numbers as integers, others with the fewest characters that read back; plain notation wins a tie."""
    if value == int(value):
        return str(int(value))
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits = "".join(map(str, digits))
    plain = format(Decimal(repr(value)).normalize(), "f").lstrip("-")
    power = exponent + len(digits) - 1
    scientific = digits[0] + ("." + digits[1:] if digits[1:] else "") + f"e{'-' if power < 0 else '+'}{abs(power):02d}"
    return ("-" if sign else "") + (plain if len(plain) <= len(scientific) else scientific)


def canonical(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value + '"'
    return number(value)


BASE = {
    "data": {"dataset": "cifar10", "digest": "a" * 64, "evaluate_every": 1},
    "noise": {"generator": "symmetric_inclusive", "rate": 0.4, "options": {"count": "exact", "stream": "cpython"}},
    "net": {"id": "preact_resnet18", "initialisation": "torch_default"},
    "recipe": {
        "epochs": 300,
        "batch_size": 64,
        "last_batch": "keep",
        "optimiser": {"id": "sgd", "learning_rate": 0.02, "weight_decay": 0.0005, "momentum": 0.9, "nesterov": False},
        "schedule": {"id": "multi_step", "milestones": [150], "factor": 0.1},
        "augmentation": {"pad_crop": 4, "flip": True},
        "normalisation": {"mean": [0.4914, 0.4822, 0.4465], "std": [0.2023, 0.1994, 0.201]},
    },
    "method": {"id": "ce"},
    "precision": "fp32",
    "seeds": {"noise": 123, "split": 1, "init": 1, "train": 1},
    "revisions": {
        "method": 1, "net": 1, "dataset": 1, "optimiser": 1, "random": 1, "data_path": 1, "generator": 1,
    },
}

GLC_ORDER = {"order": "tensorflow_seed_1", "population": 60000}
ADAGRAD = {"id": "adagrad", "learning_rate": 0.01, "weight_decay": 0, "epsilon": 0.00000001}
ADAM = {"id": "adam", "learning_rate": 0.001, "weight_decay": 0.000001, "beta1": 0.9, "beta2": 0.999, "epsilon": 0.00000001}

# (name, {path: value to put there, or None to remove})
CASES = [
    ("base", {}),
    ("rate 0.2", {"noise/rate": 0.2}),
    ("rate 0", {"noise/rate": 0.0}),
    ("gce", {"method": {"id": "gce", "options": {"q": 0.7}}}),
    ("gce truncated", {"method": {"id": "gce", "options": {
        "q": 0.7, "truncation": 0.5, "pruning_start_epoch": 40, "pruning_interval_epochs": 10}}}),
    ("elr", {"method": {"id": "elr", "options": {"lambda": 3.0, "beta": 0.7}}}),
    ("adagrad", {"recipe/optimiser": ADAGRAD}),
    ("adam, constant, raw images", {"recipe/optimiser": ADAM, "recipe/schedule": {"id": "constant"},
                                    "recipe/augmentation": None, "recipe/normalisation": None}),
    ("cosine", {"recipe/schedule": {"id": "cosine", "minimum": 0, "unit": "step"}}),
    ("cosine_restarts", {"recipe/schedule": {"id": "cosine_restarts", "minimum": 0.001, "period": 10}}),
    ("exponential", {"recipe/schedule": {"id": "exponential", "factor": 0.1, "period": 10000}}),
    ("linear", {"recipe/schedule": {"id": "linear", "start": 80, "minimum": 0}}),
    ("warm-up", {"recipe/schedule/warmup_epochs": 5, "recipe/schedule/warmup_start": 0.01}),
    ("held out", {"data/held_out": {"count": 5000, "labels": "noisy", "stratified": True, "noise": "after_split"}}),
    ("subsets", {"data/train_subset": {"count": 5000, "how": "stratified"}, "data/test_subset": {"count": 9984, "how": "first"}}),
    ("trusted count", {"trusted": {"count": 1000, "draw": "stratified"}}),
    ("trusted fraction, glc", {"trusted": {"fraction": 0.001, "draw": "glc", "options": GLC_ORDER}}),
    ("reads no noisy label", {"noise": None, "seeds/noise": None, "revisions/generator": None,
                              "method": {"id": "trusted_only", "options": {"minimum_epochs": 10, "minimum_updates": 2000}},
                              "trusted": {"count": 1000, "draw": "stratified"}}),
    ("every 10 epochs, bf16", {"data/evaluate_every": 10, "precision": "bf16"}),
    ("mlp on mnist", {"data/dataset": "mnist", "net": {
        "id": "mlp", "initialisation": "fan_in_normal", "options": {"hidden": [128, 128]}}}),
    ("fused", {"recipe/arithmetic": "fused"}),
    ("autoaugment", {"recipe/augmentation": {"policy": {"id": "autoaugment_cifar10"}, "pad_crop": 4, "flip": True,
                                             "padding": "after_normalisation", "cutout": 16}}),
    ("randaugment", {"recipe/augmentation": {"policy": {
        "id": "randaugment", "operations": 2, "probability": 0.5, "lowest_level": 1, "highest_level": 9,
        "drawn_for": "batch"}}}),
    ("large seeds, revisions 2, no momentum", {
        "seeds": {"noise": 2**40, "split": 2**53 + 1, "init": 0, "train": 2**63 - 1},
        "revisions": {"method": 2, "net": 2, "dataset": 2, "optimiser": 2, "random": 2, "data_path": 2, "generator": 2},
        "recipe/optimiser/momentum": 0, "recipe/optimiser/nesterov": None}),
]

for name, changes in CASES:
    spec = copy.deepcopy(BASE)
    for path, value in changes.items():
        *parents, last = path.split("/")
        place = spec
        for parent in parents:
            place = place[parent]
        if value is None:
            del place[last]
        else:
            place[last] = value
    print(f'{hashlib.sha256(canonical(spec).encode()).hexdigest()}  {name}')
