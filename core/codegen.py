"""The experiment as a complete Keras script: what the learner reads is what runs."""

import inspect

from core.augmentations import Augmentation
from core.datasets import stratified_split
from core.experiment import Experiment
from core.model import INPUT, SCALING


def script(experiment: Experiment) -> str:
    """Writes the script; it needs Keras, NumPy and what the dataset names, and builds the same network.

    Args:
        experiment: without blocking problems.

    Raises:
        UserError: its dataset is not here.
    """
    parts = [
        _opening(experiment),
        "# The pictures: uint8 (N, height, width, channels) in 0..255, and a class number for each.\n"
        + experiment.dataset.script(),
        _split(experiment),
        _network(experiment),
        _training(experiment),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(experiment: Experiment) -> str:
    name = " ".join(experiment.name.split()).replace("\\", "/").replace('"', "'")
    return f'''"""{name}: a network that Kernelscope built. Run it with: python this_file.py"""

import keras
import numpy as np
{"import tensorflow as tf" + chr(10) if experiment.augmentations else ""}from keras import layers, optimizers

SEED = {experiment.seed}
keras.utils.set_random_seed(SEED)'''


def _split(experiment: Experiment) -> str:
    """The seeded split, with the very function that the app uses."""
    return f"""{inspect.getsource(stratified_split)}

labels = np.asarray(labels, "int64")
train, validation, test = stratified_split(labels, split, {experiment.training.validation_split}, SEED)"""


def _network(experiment: Experiment) -> str:
    """The layers, one line each, with their shapes and parameters behind them."""
    facts = experiment.dataset.facts()
    lines = [
        f'image = x = keras.Input({facts.shape}, name="{INPUT}")',
        f'x = layers.Rescaling(1 / 255, name="{SCALING}")(x)  # 0..255 -> 0..1',
    ]
    for row in experiment.trace(facts).rows:
        source = row.layer.source().removesuffix(")") + f', name="{row.name}")(x)'
        source = source.replace("(, ", "(")
        lines.append(f"x = {source}  # {row.output_shape}, {row.parameters} parameters")
    return "\n".join(["# The network.", *lines, 'model = keras.Model(image, x, name="network")', "model.summary()"])


def _training(experiment: Experiment) -> str:
    """Compile, the pipeline with its random changes, fit, and the test at the end."""
    settings, facts = experiment.training, experiment.dataset.facts()
    loss = experiment.loss(facts)
    return f"""model.compile(
    optimizer={settings.optimizer.source()},
    loss="{loss}",
    metrics=["accuracy"],
)
{_targets(loss)}
{_pipeline(experiment.augmentations, settings.batch_size)}
history = model.fit({_fit_arguments(experiment)})
if len(test):
    print("test loss and accuracy:", model.evaluate(images[test], targets[test], verbose=0))"""


def _targets(loss: str) -> str:
    """The labels in the form that the loss reads."""
    return {
        "categorical_crossentropy": "targets = keras.utils.to_categorical(labels, len(class_names))  # one-hot",
        "binary_crossentropy": 'targets = labels.astype("float32")  # 0 or 1',
    }.get(loss, "targets = labels  # integers")


def _pipeline(augmentations: tuple[Augmentation, ...], batch_size: int) -> str:
    """With random changes: a tf.data pipeline that draws them anew for every picture; without: nothing."""
    if not augmentations:
        return ""
    changes = "\n".join(f"    {a.source().removesuffix(')')}, seed=SEED + {i})," for i, a in enumerate(augmentations))
    return f"""
# Random changes of the training pictures, drawn anew each time one is seen.
augmentation = keras.Sequential([
{changes}
], name="augmentation")
batches = (
    tf.data.Dataset.from_tensor_slices((images[train], targets[train]))
    .shuffle(len(train), seed=SEED)
    .batch({batch_size})
    .map(lambda pictures, target: (augmentation(tf.cast(pictures, "float32"), training=True), target))
    .prefetch(2)
)
"""


def _fit_arguments(experiment: Experiment) -> str:
    settings = experiment.training
    watched = "validation_data=(images[validation], targets[validation])"
    if experiment.augmentations:
        return f"batches, epochs={settings.epochs}, shuffle=False, {watched}"
    return f"images[train], targets[train], batch_size={settings.batch_size}, epochs={settings.epochs}, {watched}"
