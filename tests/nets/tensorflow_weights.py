"""Writes tensorflow_weights.json: what TensorFlow's initialisers give where the operator's seed is 0 and the graph has none.

uber-research/learning-to-reweight-examples (0b616c9) makes every variable so: convolutions by truncated_normal_initializer with
deviation sqrt(2 / (kernel area * out)), the linear layer by uniform_unit_scaling_initializer (models/cnn/resnet_module.py:390-447,
models/base/nnlib.py:23-68); its tf.set_random_seed comes before its graph. Kept of each weight, in TensorFlow's order ([kh, kw, in,
out], [in, out]): the first eight and last four values, the sum of all and of their squares.

Use: python3 tests/nets/tensorflow_weights.py > tests/nets/tensorflow_weights.json      (tensorflow-cpu 2.21.0; 1.10 is the program's)
"""
import json
import math

import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()
SHAPES = {"stem": (3, 3, 3, 16), "first": (3, 3, 16, 160), "odd": (3, 3, 5, 7), "linear": (640, 10)}


def initialiser(shape):
    if len(shape) == 2:
        return tf.uniform_unit_scaling_initializer(factor=1.0, seed=0)
    return tf.truncated_normal_initializer(mean=0, stddev=math.sqrt(2 / (shape[0] * shape[1] * shape[3])), seed=0)


def values(shape):
    tf.set_random_seed(1234)  # of a graph that the next line leaves
    with tf.Graph().as_default(), tf.Session() as session:
        variable = tf.get_variable("w", shape, initializer=initialiser(shape))
        session.run(tf.global_variables_initializer())
        return session.run(variable).astype("float64").ravel()


def describe(shape):
    flat = values(shape)
    return {"shape": list(shape), "first": flat[:8].tolist(), "last": flat[-4:].tolist(), "sum": flat.sum(),
            "squares": (flat * flat).sum()}


print(json.dumps({name: describe(shape) for name, shape in SHAPES.items()}, indent=1))
