"""A network that somebody brought becomes an experiment: its layers as nodes, its last layer as the head."""

from dataclasses import dataclass, replace

from core.datasets import Facts
from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment, Precision
from core.experiment.node import HEAD, IMAGE, Node, canonical, fresh_id
from core.experiment.recognised import are_edited, is_network_of
from core.intake.models import Found, ReadNetwork
from core.intake.models.precision import FULL
from core.intake.models.reading import those_read
from core.layers.activation import Activation
from core.layers.dense import Dense
from core.layers.naming import keras_names
from core.layers.pooling import GlobalAveragePooling2D
from core.words import cleaned, counted, side_by_side

ANSWERS = ("softmax", "sigmoid")
"""Functions that a network answers with."""


@dataclass(frozen=True)
class Opened:
    """What a file of a network becomes.

    Args:
        experiment: with the network in place of its own.
        understood: sentences about what was read.
        left_out: sentences about what can't be taken over.
        keys: the group of weights in the file for each layer that can have them, by its name here.
    """

    experiment: Experiment
    understood: tuple[str, ...]
    left_out: tuple[str, ...]
    keys: dict[str, str]


def opened(read: ReadNetwork, experiment: Experiment, name: str = "", rows: tuple[Node, ...] = ()) -> Opened:
    """Puts a network into an experiment; dataset, training and seed stay as they are.

    Args:
        read: what was understood of the file.
        experiment: of whose dataset the network will learn.
        name: what to call it; as in the file unless told.
        rows: as somebody edited them, where the file has them beside its layers.

    Raises:
        UserError: the network can't be with these images, or the dataset is not here.
    """
    facts = experiment.dataset.facts()
    read, head, about_head = _without_head(read)
    experiment, about_precision = _computing(_asking_for(head, experiment, facts), read.precision)
    read = replace(read, remarks=(*read.remarks, *about_precision))
    changed = experiment.edited(
        name=cleaned(name or read.name, NAME_LENGTH) or experiment.name,
        nodes=canonical(_nodes(read.layers)),
        augmentations=read.changes or experiment.augmentations,
        weights="",
    )
    changed, read = _flat(changed, read, facts)
    _check(changed, read, facts)
    keys = dict(zip((node.id for node in changed.nodes), (one.key for one in read.layers), strict=False))
    if rows and is_network_of(folded := changed.edited(nodes=rows), read):
        changed, keys = folded, {one.name: one.key for one in read.layers}
        kept = ("Blocks, names and comments are those it was saved with",) if are_edited(rows) else ()
        read = replace(read, remarks=(*read.remarks, *kept), left_out=_beside_the_base(read, folded, facts))
    is_head = head is not None and _is_alike(head.layer, changed.head(facts), about_head)
    if is_head:
        keys[HEAD] = head.key
    told = _understood(changed, read, facts, head, is_head=is_head)
    return Opened(changed, tuple(told), read.left_out, {name: key for name, key in keys.items() if key})


def _beside_the_base(read: ReadNetwork, experiment: Experiment, facts: Facts) -> tuple[str, ...]:
    """What can't be taken over of a network that we saved: that layers of its base are frozen is not among it."""
    frozen = [f"“{row.name}”: trainable=" for row in experiment.trace(facts).rows if row.base and not row.trainable]
    return tuple(one for one in read.left_out if not any(name in one for name in frozen))


def _without_head(read: ReadNetwork) -> tuple[ReadNetwork, Found | None, str]:
    """The network up to its last Dense with softmax or sigmoid, that layer, and the function it answers with."""
    by_name = {one.name: one for one in read.layers}
    last, function = by_name.get(read.output), ""
    if last and isinstance(last.layer, Activation) and last.layer.activation in ANSWERS:
        read, function = _up_to(read, last.inputs[0]), last.layer.activation
        last = by_name.get(read.output)
    if last is None or not isinstance(last.layer, Dense):
        return read, None, ""
    function = function or last.layer.activation
    if function not in ANSWERS and function != "linear":
        return read, None, ""
    return _up_to(read, last.inputs[0]), last, function


def _up_to(read: ReadNetwork, output: str) -> ReadNetwork:
    kept = those_read({one.name: one for one in read.layers}, output)
    return replace(read, layers=tuple(kept), output=output)


def _asking_for(head: Found | None, experiment: Experiment, facts: Facts) -> Experiment:
    """For two classes there are two heads, one sigmoid unit or two softmax units: the loss that asks for this one."""
    if head is None or len(facts.class_names) != 2 or head.layer.units == experiment.head(facts).units:
        return experiment
    loss = {1: "from the data", 2: "sparse_categorical_crossentropy"}.get(head.layer.units, experiment.training.loss)
    return experiment.edited(training=experiment.training.edited(loss=loss))


def _computing(experiment: Experiment, precision: Precision) -> tuple[Experiment, list[str]]:
    """The experiment in the mixed precision of a network; one in float32 leaves what was chosen."""
    chosen = experiment.training.precision
    if chosen == precision:
        return experiment, []
    if precision == FULL:
        return experiment, [f"It was made in float32; your Training stays with {chosen}"]
    changed = experiment.edited(training=experiment.training.edited(precision=precision))
    return changed, [f"It computes in {precision}, and Training does now"]


def _is_alike(layer: Dense, head: Dense, function: str) -> bool:
    """Whether a layer can be the head; one that ends in sums has its function in the loss."""
    return layer.units == head.units and function in (head.activation, "linear") and layer.use_bias == head.use_bias


def _nodes(layers: tuple[Found, ...]) -> list[Node]:
    """The layers under Keras' names; who reads the layer before does not say so."""
    ids = dict(zip((one.name for one in layers), keras_names(one.layer.kind for one in layers), strict=True))
    return [
        Node(id=ids[one.name], layer=one.layer, inputs=tuple(ids.get(name, IMAGE) for name in one.inputs))
        for one in layers
    ]


def _flat(experiment: Experiment, read: ReadNetwork, facts: Facts) -> tuple[Experiment, ReadNetwork]:
    """Of a network that ends in maps, the same with the mean of each: the head needs a list of values."""
    row = experiment.trace(facts).broken
    if row is None or row.id != HEAD:
        return experiment, read
    pooling = GlobalAveragePooling2D()
    nodes = (*experiment.nodes, Node(id=fresh_id(pooling.kind, experiment.nodes), layer=pooling))
    told = (
        *read.remarks,
        f"It ends in maps; {pooling.kind} was added, as the layer that answers needs a list of values",
    )
    return experiment.edited(nodes=canonical(nodes)), replace(read, remarks=told)


def _check(experiment: Experiment, read: ReadNetwork, facts: Facts) -> None:
    """Refuses a network that can't be with these images.

    Raises:
        UserError: its first layer that can't, and the images that it was made for.
    """
    row = experiment.trace(facts).broken
    if row is None:
        return
    made_for = f" It was made for images of {_size(read)}." if _size(read) else ""
    raise UserError(
        f"With your images of {side_by_side(facts.shape)} this network can't be: {row.called}: "
        f"{row.impossible.reason}.{made_for}",
        "Choose images of its size on the Data page, then open it again.",
        "MODEL_DOES_NOT_FIT",
    )


def _size(read: ReadNetwork) -> str:
    """The shape in the file: "224×224×3"; a side that may vary as "?"."""
    return "×".join("?" if side is None else str(side) for side in read.shape)


def _understood(
    experiment: Experiment, read: ReadNetwork, facts: Facts, head: Found | None, *, is_head: bool
) -> list[str]:
    """Sentences about the whole, from what matters most."""
    told = [f"{counted(len(experiment.nodes), 'layer')} before the one that answers"]
    answer = experiment.head(facts)
    if is_head:
        told.append(f"Its last layer, Dense {answer.units}, answers as the one here")
    elif head is not None:
        told.append(
            f"Its last layer answers with {counted(head.layer.units, 'unit')}; here that layer follows from "
            f"the data: {counted(answer.units, 'unit')} {answer.activation}"
        )
    else:
        layer = f"{answer.short()} {answer.activation}"
        told.append(f"It ends without an answer; the layer that gives one follows from the data: {layer}")
    fits = len(read.shape) in (0, 3) and all(a in (None, b) for a, b in zip(read.shape, facts.shape, strict=False))
    if not fits:
        told.append(f"It was made for images of {_size(read)}; yours are {side_by_side(facts.shape)}")
    if read.changes:
        told.append(f"Random changes at its front become augmentation: {', '.join(c.kind for c in read.changes)}")
    return [*told, *read.remarks]
