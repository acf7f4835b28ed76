"""Writes rog_cut_off.json: RoG's first estimate by its authors' functions, where the cut of the pseudo-inverse decides which samples stay.

pokaxpoka/RoGNoisyLabel (0cf223f), generative_utils.py: random_sample_mean and MCD_single as they stand, on a CPU (`.cuda()` gives
the tensor back), with pinvh as SciPy had it before 1.7 (read from the wheel of 1.2.3: linalg/basic.py, 1e3 times float32's rounding
unit, 1e6 times float64's). random_sample_mean hands it a float32 matrix; inference.py:156-158 the robust covariance in float64.
Features have deviations 1, .1, .012, .006, .002 and .0005 in drawn directions: of the squares the last three lie below 1.2e-4.

Use: python3 rog_cut_off.py FOLDER_OF_RoGNoisyLabel FOLDER_OF_THE_OLD_scipy > tests/methods/rog_cut_off.json
                                                              (torch 2.11, numpy 2.4.6, scikit-learn 1.9.1, scipy 1.17.1 for eigh)
"""
import ast
import json
import pathlib
import sys

import numpy as np
import scipy.linalg
import torch

CLASSES, OF_CLASS, DEVIATIONS = 2, 40, (1, 0.1, 0.012, 0.006, 0.002, 0.0005)


def old_pinvh(folder):
    source = (pathlib.Path(folder) / "scipy/linalg/basic.py").read_text()
    function = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef) and node.name == "pinvh")
    names = {"np": np, "decomp": scipy.linalg, "_asarray_validated": lambda a, check_finite: np.asarray(a)}
    exec(compile(ast.Module([function], []), "scipy 1.2.3", "exec"), names)
    return names["pinvh"]


def draw():
    generator = np.random.RandomState(3)
    turn = np.linalg.qr(generator.normal(size=(len(DEVIATIONS), len(DEVIATIONS))))[0]
    rows = generator.normal(size=(CLASSES * OF_CLASS, len(DEVIATIONS))) * np.array(DEVIATIONS)
    labels = np.repeat(np.arange(CLASSES), OF_CLASS)
    return ((rows + labels[:, None]) @ turn.T).astype(np.float32), labels


def main():
    sys.path.insert(0, sys.argv[1])
    import generative_utils
    scipy.linalg.pinvh = pinvh = old_pinvh(sys.argv[2])
    torch.Tensor.cuda = lambda tensor, *_: tensor
    torch.manual_seed(5)
    features, labels = draw()
    tensor, given = torch.from_numpy(features), torch.from_numpy(labels)
    means, precision, chosen = generative_utils.random_sample_mean(tensor, given, CLASSES)
    kept, covariance = [], 0
    for c in range(CLASSES):
        members = np.flatnonzero(labels == c)
        _, own, rows = generative_utils.MCD_single(tensor[members], means[c], precision)
        kept.append(sorted(int(members[row]) for row in rows))
        covariance = covariance + OF_CLASS * own
    robust = pinvh(covariance / len(labels))
    print(json.dumps({"features": features.tolist(), "labels": labels.tolist(),
                      "chosen": [sorted(row[0] for row in rows.tolist()) for rows in chosen], "share": 0.7,
                      "precision": precision.tolist(), "kept": kept, "robust_precision": robust.tolist()}, indent=0))


main()
