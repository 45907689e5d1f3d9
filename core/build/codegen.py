"""The experiment as a complete Keras script: what the learner reads is what runs."""

import inspect

from core.augmentation import Augmentation
from core.build.model import INPUT, SCALING
from core.datasets.split import held_out, stratified_split
from core.experiment import Experiment
from core.experiment.network import Row, Trace
from core.experiment.node import IMAGE
from core.optimization.class_weights import Equal
from core.words import counted


def script(experiment: Experiment) -> str:
    """Writes the script; it needs Keras, NumPy and what the dataset names, and builds the same network.

    Args:
        experiment: without blocking problems.

    Raises:
        UserError: its dataset is not here.
    """
    if not experiment.dataset.has_images:  # the network alone can be looked at
        return "\n\n".join([_opening(experiment), _network(experiment)]) + "\n"
    parts = [
        _opening(experiment),
        "# The pictures: uint8 (N, height, width, channels) in 0..255, and a class number for each.\n"
        + experiment.dataset.source(),
        _split(experiment),
        _network(experiment),
        _training(experiment),
    ]
    return "\n\n".join(parts) + "\n"


def _opening(experiment: Experiment) -> str:
    name = " ".join(experiment.name.split()).replace("\\", "/").replace('"', "'")
    return f'''"""{name}: a network that Kernelscope built. Run it with: python this_file.py"""

{_imports(experiment)}

SEED = {experiment.seed}
keras.utils.set_random_seed(SEED)'''


def _imports(experiment: Experiment) -> str:
    """What the script needs, and no more."""
    rules = experiment.training.rules
    modules = sorted({name for rule in rules for name in rule.modules})
    lines = ["\n".join(f"import {name}" for name in modules) + "\n"] if modules else []
    lines += ["import keras", "import numpy as np"]
    lines += ["import tensorflow as tf"] if experiment.applied else []
    watched = "callbacks, " if any(rule.keras for rule in rules) else ""
    return "\n".join([*lines, f"from keras import {watched}layers, optimizers"])


def _split(experiment: Experiment) -> str:
    """The seeded split, with the very functions that the app uses."""
    return f"""{inspect.getsource(held_out)}

{inspect.getsource(stratified_split)}

labels = np.asarray(labels, "int64")
train, validation, test = stratified_split(labels, split, {experiment.training.validation_split}, SEED)"""


def _network(experiment: Experiment) -> str:
    """The layers, one line each, with their shapes and parameters behind them."""
    facts = experiment.dataset.facts()
    traced = experiment.trace(facts)
    variables = _variables(traced)
    lines = [
        f'image = x = keras.Input({facts.shape}, name="{INPUT}")',
        f'{variables[IMAGE]} = layers.Rescaling(1 / 255, name="{SCALING}")(x)  # 0..255 -> 0..1',
    ]
    block, comments = "", {node.id: node.comment for node in experiment.nodes}
    for row in traced.rows:
        if row.block != block and row.of:
            lines.append(_heading(row, len(traced.inside(row.block))))
        if row.block != block or not row.of:
            lines += [f"# {comment}"] if (comment := comments.get(row.block or row.id)) else []
        block = row.block
        read = ", ".join(variables[one] for one in row.inputs)
        source = row.layer.source().removesuffix(")") + f', name="{row.name}")'
        source = source.replace("(, ", "(") + (f"([{read}])" if len(row.inputs) > 1 else f"({read})")
        lines.append(f"{variables[row.id]} = {source}  # {row.output_shape}, {row.parameters} parameters")
    return "\n".join(["# The network.", *lines, 'model = keras.Model(image, x, name="network")', "model.summary()"])


def _heading(row: Row, count: int) -> str:
    """The comment above the first layer of a block."""
    name = f", {row.of.name}" if row.of.name else ""
    return f"# {row.called}{name} (the next {counted(count, 'layer')}): {row.of.words()}."


def _variables(traced: Trace) -> dict[str, str]:
    """What the script calls the output of each row: x where only the next row reads it, else its own name."""
    ids = [IMAGE, *(row.id for row in traced.rows)]
    names = ["scaled", *(row.name for row in traced.rows)]
    readers = {one: [row.id for row in traced.rows if one in row.inputs] for one in ids}
    following = [*([row.id] for row in traced.rows), []]
    return {one: "x" if readers[one] == after else name for one, name, after in zip(ids, names, following, strict=True)}


def _training(experiment: Experiment) -> str:
    """What is watched, compile, the pipeline with its random changes, fit, and the test at the end."""
    settings, facts = experiment.training, experiment.dataset.facts()
    loss = experiment.loss(facts)
    return f"""{_rules(experiment)}{_schedule(experiment)}model.compile(
    optimizer={settings.optimizer.source(experiment.context(facts))},
    loss="{loss}",
    metrics=["accuracy"],
)
{_targets(loss)}
{_class_weight(experiment)}{_pipeline(experiment.applied, settings.batch_size)}
history = model.fit(
{_fit_arguments(experiment)}
)
if len(test):
    print("test loss and accuracy:", model.evaluate(images[test], targets[test], verbose=0))"""


def _rules(experiment: Experiment) -> str:
    """The stopping rules: a class for each that Keras lacks, and the list of all."""
    rules = experiment.training.rules
    if not rules:
        return ""
    classes = "".join(f"{text}\n\n\n" for text in dict.fromkeys(rule.script for rule in rules) if text)
    lines = "\n".join(f"    {rule.source()}," for rule in rules)
    return f"\n{classes}# What ends the training early or slows it down.\nrules = [\n{lines}\n]\n"


def _schedule(experiment: Experiment) -> str:
    """The learning rate over the steps; nothing where it stays."""
    settings = experiment.training
    if not settings.schedule.moves:
        return ""
    source = settings.schedule.source(experiment.context(experiment.dataset.facts()))
    return f"""steps = -(-len(train) // {settings.batch_size})  # in an epoch; the last may be smaller
learning_rate = {source}
"""


def _class_weight(experiment: Experiment) -> str:
    """How much each class counts; nothing where all count the same."""
    chosen = experiment.training.class_weight
    if isinstance(chosen, Equal):
        return ""
    return f"""counts = np.bincount(labels[train], minlength=len(class_names))
class_weight = {chosen.source()}  # how much a picture of each class counts
"""


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
    if experiment.applied:
        arguments = ["batches", "shuffle=False"]
    else:
        arguments = ["images[train]", "targets[train]", f"batch_size={settings.batch_size}"]
    arguments += [f"epochs={settings.epochs}", "validation_data=(images[validation], targets[validation])"]
    arguments += ["callbacks=rules"] if settings.rules else []
    arguments += [] if isinstance(settings.class_weight, Equal) else ["class_weight=class_weight"]
    return "\n".join(f"    {argument}," for argument in arguments)
