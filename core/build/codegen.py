"""The experiment as a complete Keras script: what the learner reads is what runs, and it repeats the app's run."""

import inspect
from dataclasses import dataclass
from textwrap import fill

from core.augmentation.random_changes import are_keras_draws
from core.build import base_code, mixing_code, phase_code
from core.build.base_code import WIDTH
from core.build.model import FULL, INPUT, SCALING
from core.datasets import corrections_in_python
from core.datasets.groups import grouped_split
from core.datasets.split import each_alike, few_of_each, held_out, stratified_split
from core.experiment import Experiment
from core.experiment.frozen import kept_part
from core.experiment.names import told_name
from core.experiment.network import Row, Trace
from core.experiment.node import HEAD, IMAGE
from core.optimization.class_weights import Equal
from core.words import counted, listed, side_by_side


@dataclass(frozen=True)
class Part:
    """One step of the script, and one cell of the notebook.

    Args:
        title: its heading: "The network".
        words: what it does, one or two sentences.
        code: Python, without a break at its end.
    """

    title: str
    words: str
    code: str


def script(experiment: Experiment) -> str:
    """Writes the script; it needs Keras, NumPy and what the dataset names, and builds and trains the same network.

    Args:
        experiment: without blocking problems.

    Raises:
        UserError: its dataset is not here.
    """
    head = f'"""{title(experiment)}: a network that Kernelscope built. Run it with: python this_file.py\n\n'
    head += fill(promise(experiment), WIDTH) + '\n"""'
    blocks = ["\n".join(filter(None, (_comment(part.words), part.code))) for part in parts(experiment)]
    return "\n\n".join([head, *blocks]).replace("\n\n\n\n", "\n\n\n") + "\n"


def parts(experiment: Experiment) -> list[Part]:
    """The steps in their order.

    Raises:
        UserError: its dataset is not here.
    """
    start = Part("Start", "", f"{_imports(experiment)}\n\nSEED = {experiment.seed}")
    network = Part(
        "Network",
        "The network: over each layer what it does, the shape it makes of which shape, and its parameters.",
        phase_code.helper(experiment) + _network(experiment),
    )
    if not experiment.dataset.has_images:  # the network alone can be looked at
        return [start, network]
    found = [
        start,
        Part(
            "Images",
            "The pictures: uint8 (N, height, width, channels) in 0..255, and a class number for each.",
            experiment.dataset.source(),
        ),
        Part(
            "Split",
            "Which pictures are learnt from, and which are kept to validate and to test on: the split of the app.",
            _split(experiment),
        ),
        _augmentation(experiment),
        network,
        Part("Training", _feeding(experiment), _training(experiment)),
        *_phases(experiment),
        Part(
            "Test",
            "The dataset's own test pictures, once, at the very end.",
            "if len(test):\n"
            '    print("test loss and accuracy:", model.evaluate(images[test], targets[test], verbose=0))',
        ),
    ]
    return [part for part in found if part.code]


def title(experiment: Experiment) -> str:
    """What it is called in one line, without what would end a string."""
    return " ".join(told_name(experiment).split()).replace("\\", "/").replace('"', "'")


def promise(experiment: Experiment) -> str:
    """What of the app's run this code repeats, and what it doesn't."""
    if not experiment.dataset.has_images:
        return "It builds the network, with the first weights of the app; there are no pictures to train it on."
    followed = len(phase_code.repeated(experiment)) > 1
    if (phases := experiment.training.phases) and not followed:
        names = listed(list(dict.fromkeys(phase.blurb for phase in phases)))
        apart = any(phase.allowed(2, begun=False) is not None for phase in phases)
        heads = ", and answers among all classes, where the app keeps some apart" if apart else ""
        return (
            f"It trains the first {counted(experiment.training.epochs, 'epoch')} of the run of the app, on the images "
            f"that these learn from; it leaves out what comes after them ({names}){heads}."
        )
    begun = [row.of for row in base_code.bases(base_code.folded(experiment.trace(experiment.dataset.facts())))]
    if any(base.is_fresh for base in begun):
        return "It builds and trains the same network, but its base begins with other fresh weights than the app's."
    if experiment.weights:
        return (
            "It builds and trains the same network in the same order of the pictures, but begins with fresh weights, "
            "where the run of the app begins with those taken over from a file or another run."
        )
    kept = ["the same first weights", "the same order of the pictures"]
    if any(row.kind in DRAWING for row in experiment.trace(experiment.dataset.facts()).rows):
        kept.append("the same draws of Dropout and noise")
    anew = kept_part(experiment, experiment.trace(experiment.dataset.facts())) is None
    if experiment.applied and anew and are_keras_draws(experiment.applied):
        kept.append("the same random changes of the pictures")
    said = f"On a processor it repeats the run of the app from the same seed: {', '.join(kept[:-1])} and {kept[-1]}. "
    if experiment.applied and not are_keras_draws(experiment.applied):
        return said + (
            "The random changes are of the same kinds and strengths but other draws, as the app turns, shifts and "
            "zooms in one look-up and Keras in one after another: loss and accuracy are alike, not the same."
        )
    if experiment.applied and not anew:
        return said + (
            f"The random changes are not: the app draws {experiment.training.feature_draws} versions of each picture "
            "and takes them in turn, this code draws anew in every epoch. Loss and accuracy are alike, not the same."
        )
    if experiment.training.precision != FULL:
        return said + (
            "Loss and accuracy agree with the app's to about 2 digits: half the bits round more, and Keras and the app "
            "add up the same numbers in another order."
        )
    return said + (
        "Loss and accuracy of the first epoch agree with the app's to rounding (about 6 digits). Keras and the app add "
        "up the same numbers in another order, and training makes the difference grow, with RMSprop and Adam soonest: "
        "they divide by the size of the last gradients, which may be as small as rounding is."
    )


DRAWING = ("Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout")
"""Layers that draw random numbers while training."""


def _comment(words: str) -> str:
    return fill(words, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _imports(experiment: Experiment) -> str:
    """What the script needs, and no more."""
    rules = experiment.training.rules
    modules = sorted({name for rule in rules for name in rule.modules})
    lines = ["\n".join(f"import {name}" for name in modules) + "\n"] if modules else []
    watched = "callbacks, " if any(rule.keras for rule in rules) else ""
    return "\n".join([*lines, "import keras", "import numpy as np", f"from keras import {watched}layers, optimizers"])


def _split(experiment: Experiment) -> str:
    """The seeded split, with the very functions that the app uses."""
    few = experiment.training.images_per_class
    chosen = f"\ntrain = few_of_each(labels, train, {few}, SEED)  # so many of each class" if few else ""
    own = f"\n\n{inspect.getsource(few_of_each)}" if few else ""
    if experiment.training.sampling == "each class alike":
        chosen += "\ntrain = each_alike(labels, train, SEED)  # smaller classes are repeated"
        own += f"\n\n{inspect.getsource(each_alike)}"
    is_grouped = experiment.dataset.groups() is not None
    way = grouped_split if is_grouped else stratified_split
    share = experiment.training.validation_split
    given = f"labels, split, {'groups, ' if is_grouped else ''}{share}, SEED"
    mended = corrections_in_python(experiment.dataset)
    mended = f"\n\n# What was mended in the dataset, step by step.\n{mended}" if mended else ""
    later = f"{mended}{chosen}{_first_classes(experiment)}"
    return f"""{inspect.getsource(held_out)}

{inspect.getsource(way)}{own}

labels = np.asarray(labels, "int64")
train, validation, test = {way.__name__}({given}){later}"""


def _first_classes(experiment: Experiment) -> str:
    """The line that keeps classes for later; empty where all are learnt from the first epoch on."""
    classes = len(experiment.dataset.facts().class_names)
    later = sorted({one for phase in experiment.training.phases for one in phase.later(classes)})
    return f"\ntrain = train[~np.isin(labels[train], {later})]  # the other classes are learnt later" if later else ""


def _augmentation(experiment: Experiment) -> Part:
    """The random changes, each a layer with its own seed; without any, no part."""
    changes = [
        _wrapped(f"    {change.seeded(f'SEED + {place}')},", "        ")
        for place, change in enumerate(experiment.applied)
    ]
    return Part(
        "Augmentation",
        "Random changes of the training pictures, drawn anew each time one is seen.",
        "\n".join(["augmentation = [", *changes, "]"]) if changes else "",
    )


def _network(experiment: Experiment) -> str:
    """The layers, one line each, and above each what it does."""
    facts = experiment.dataset.facts()
    unfolded = experiment.trace(facts)
    traced = base_code.folded(unfolded)
    variables = _variables(traced)
    based, held = base_code.bases(traced), phase_code.held(experiment)
    lines = [
        *base_code.session(phase_code.bases(experiment)),
        "keras.utils.set_random_seed(SEED)  # decides the first weights",
        *_precision(experiment),
        *(line for row in based for line in _base(row, unfolded)),
        f'image = x = keras.Input({facts.shape}, name="{INPUT}")',
    ]
    if not based or base_code.reads_scaled(traced):
        lines += [
            "# Brings the pixels from 0..255 to 0..1.",
            f'{variables[IMAGE]} = layers.Rescaling(1 / 255, name="{SCALING}")(x)',
        ]
    met: set[str] = set()
    block, comments = "", {node.id: node.comment for node in experiment.nodes}
    for before, row in zip((None, *traced.rows), traced.rows, strict=False):
        if before and before.base and not row.base:
            lines.append("keras.utils.set_random_seed(SEED)  # decides the first weights of the layers behind the base")
        if base_code.is_of(row):
            lines += map(_wrapped, base_code.called(row, "image", variables[row.id], row.id in held))
            continue
        if row.block != block and row.of:
            lines.append(_heading(row, len(traced.inside(row.block))))
        if row.block != block or not row.of:
            lines += [_comment(comment)] if (comment := comments.get(row.block or row.id)) else []
        lines += [_comment(row.comment)] if row.comment else []
        block = row.block
        read = ", ".join(variables[one] for one in row.inputs)
        source = base_code.placed(row, row.layer.source(), row.id in held)
        if row.id == HEAD and experiment.training.precision != FULL:
            source = source.removesuffix(")") + f', dtype="{FULL}")'
        source += f"([{read}])" if len(row.inputs) > 1 else f"({read})"
        lines += [*_told(row, met), _wrapped(f"{variables[row.id]} = {source}")]
    lines += ['model = keras.Model(image, x, name="network")', *base_code.loaded(unfolded)]
    lines += [*phase_code.begun(experiment), "model.summary()"]
    return "\n".join(lines)


def _precision(experiment: Experiment) -> list[str]:
    """What the layers compute with; nothing for float32."""
    chosen = experiment.training.precision
    said = _comment(
        f"Layers compute in {chosen.removeprefix('mixed_')}; weights, the last layer and the loss stay {FULL}."
    )
    return [said, f'keras.mixed_precision.set_dtype_policy("{chosen}")'] if chosen != FULL else []


def _base(row: Row, traced: Trace) -> list[str]:
    """The lines over and of a base."""
    said = _comment(
        f"{row.called}, {counted(sum(one.part != '' for one in traced.inside(row.block)), 'layer')}: {row.of.words()}. "
        f"{side_by_side(row.input_shape)} -> {side_by_side(row.output_shape)}, {row.parameters} parameters."
    )
    return [said, *map(_wrapped, base_code.made(row))]


def _heading(row: Row, count: int) -> str:
    """The comment above the first layer of a block."""
    name = f", {row.of.name}" if row.of.name else ""
    return _comment(f"{row.called}{name} (the next {counted(count, 'layer')}): {row.of.words()}.")


def _told(row: Row, met: set[str]) -> list[str]:
    """What a layer does, the shapes before and after it, and its parameters with their formula.

    Args:
        row: of the layer.
        met: kinds that were explained in full; this one is put to them.
    """
    shapes = f"{' and '.join(map(side_by_side, row.input_shapes))} -> {side_by_side(row.output_shape)}"
    formula = f"{row.parameter_formula} = " if row.parameter_formula else ""
    costs = f"{shapes}, {formula}{row.parameters} parameters" if row.parameters else f"{shapes}, no parameters"
    if row.kind in met:
        return [_comment(f"{costs}: {row.layer.blurb}" if row.layer.blurb else costs)]
    met.add(row.kind)
    return [_comment(row.layer.sentence()), _comment(costs)]


def _wrapped(line: str, indent: str = "    ") -> str:
    """A line of code as several where it is long, broken between arguments, the later ones indented."""
    return fill(line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _variables(traced: Trace) -> dict[str, str]:
    """What the script calls the output of each row: x where only the next row reads it, else its own name."""
    ids = [IMAGE, *(row.id for row in traced.rows)]
    names = ["scaled", *(row.name for row in traced.rows)]
    readers = {one: [row.id for row in traced.rows if one in row.inputs] for one in ids}
    following = [*([row.id] for row in traced.rows), []]
    return {one: "x" if readers[one] == after else name for one, name, after in zip(ids, names, following, strict=True)}


def _feeding(experiment: Experiment) -> str:
    """What is said over the training."""
    return (
        f"The training: {experiment.training.epochs} times all training pictures, in a new order each time, "
        f"{experiment.training.batch_size} a step."
    )


def _training(experiment: Experiment) -> str:
    """What is watched, compile, the batches as the app feeds them, and fit."""
    settings, facts = experiment.training, experiment.dataset.facts()
    loss, arguments = experiment.loss(facts), "\n".join(_fit_arguments(experiment))
    judged = mixing_code.ACCURACY if mixing_code.is_binary(experiment) else ""
    return f"""EPOCHS, BATCH_SIZE = {settings.epochs}, {settings.batch_size}
steps = -(-len(train) // BATCH_SIZE)  # in an epoch; the last may be smaller
{_rules(experiment)}{_schedule(experiment)}{judged}model.compile(
    optimizer={settings.optimizer.source(experiment.context(facts))},
    loss="{loss}",
    metrics=[{mixing_code.metric(experiment)}],
)
{_targets(loss, experiment.mixes)}
{_class_weight(experiment)}

{_batches(experiment)}


history = model.fit(
{arguments}
)"""


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
    return f"learning_rate = {settings.schedule.source(experiment.context(experiment.dataset.facts()))}\n"


def _class_weight(experiment: Experiment) -> str:
    """How much each class counts; nothing where all count the same."""
    chosen = experiment.training.class_weight
    if isinstance(chosen, Equal):
        return ""
    return f"""counts = np.bincount(labels[train], minlength=len(class_names))
class_weight = {chosen.source()}  # how much a picture of each class counts
"""


def _targets(loss: str, is_mixed: bool) -> str:
    """The labels in the form that the loss reads, and what mixes them."""
    column = "[:, None]" if is_mixed else ""
    return {
        "categorical_crossentropy": "targets = keras.utils.to_categorical(labels, len(class_names))  # one-hot",
        "binary_crossentropy": f'targets = labels.astype("float32"){column}  # 0 or 1',
    }.get(loss, "targets = labels  # integers")


def _batches(experiment: Experiment) -> str:
    """The generator that `fit` reads: the order of the app, which shuffles with NumPy once an epoch."""
    weighted = not isinstance(experiment.training.class_weight, Equal)
    followed = len(phase_code.repeated(experiment)) > 1
    counted_on, reach = ("first, last", "first, last + 1") if followed else ("", "1, EPOCHS + 1")
    change = '            pictures = images[part].astype("float32")\n'
    if experiment.applied:
        change += """            for change in augmentation:
                pictures = change(pictures, training=True)
"""
    weights = ", np.array([class_weight[label] for label in labels[part]])" if weighted else ""
    answers = "targets[part]"
    if experiment.mixes:
        change, answers = mixing_code.changed(experiment), "answers"
        weights = f", {mixing_code.weights(experiment)}" if weighted else ""
    return f'''def batches({counted_on}):
    """The training pictures batch after batch, epoch after epoch, in the order in which the app shows them."""
    for epoch in range({reach}):
        order = np.random.default_rng([SEED, epoch]).permutation(train)
        for start in range(0, len(order), BATCH_SIZE):
            part = order[start : start + BATCH_SIZE]
{change}            yield pictures, {answers}{weights}'''


def _fit_arguments(experiment: Experiment, place: int = 0) -> list[str]:
    """Lines between the brackets of `fit`.

    Args:
        experiment: the whole.
        place: of the stage of the run, 0 for the first.
    """
    fed = "batches(DONE + 1, EPOCHS)" if place else "batches(1, EPOCHS)"
    arguments = [fed if len(phase_code.repeated(experiment)) > 1 else "batches()", "steps_per_epoch=steps"]
    arguments += ["initial_epoch=DONE"] if place else []
    arguments += ["epochs=EPOCHS", "shuffle=False", "validation_data=(images[validation], targets[validation])"]
    arguments += ["callbacks=rules"] if experiment.training.rules else []
    return [f"    {argument}," for argument in arguments]


def _phases(experiment: Experiment) -> list[Part]:
    """What comes after the first epochs."""
    return [
        Part(
            f"Fine-tuning{f' {stage.place}' if stage.place > 1 else ''}",
            phase_code.words(stage),
            phase_code.code(experiment, stage, _fit_arguments(experiment, stage.place)),
        )
        for stage in phase_code.repeated(experiment)[1:]
    ]
