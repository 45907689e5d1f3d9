"""Families of runs that show what a base is worth: three ways with it, and how many images each needs."""

from core.datasets.split import held_out
from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment
from core.layers.pretrained import Base
from core.phases.fine_tuning import FineTuning

Member = tuple[Experiment, dict[str, float]]
"""An experiment, and what was varied in it."""
SIZES = (5, 10, 20, 50, 100)
SEEDS = 3
IMAGES, SEED = "training.images_per_class", "seed"


def base_of(experiment: Experiment) -> Base | None:
    """The base of its network; None without one."""
    return next((layer for layer in experiment.layers if isinstance(layer, Base)), None)


def three_ways(experiment: Experiment) -> list[Member]:
    """From scratch, with the base frozen, and fine-tuned after that: all else the same.

    From scratch all layers learn from fresh weights and batch normalization follows each batch, for as many epochs as
    the fine-tuned one has in all.

    Raises:
        UserError: its network has no base, or none that can begin fresh.
    """
    base, training = _needed(experiment), experiment.training
    tuning = next((one for one in training.phases if isinstance(one, FineTuning)), None)
    tuning = tuning or FineTuning(epochs=training.epochs, trainable_from=base.usual_border)
    frozen = _with_base(experiment, base.edited(trainable_from="", training=False))
    whole = training.epochs + tuning.epochs
    return [
        (_named(_fresh(experiment, base, whole), "from scratch"), {}),
        (_named(frozen.edited(training=training.edited(epochs=whole, phases=())), "frozen"), {}),
        (_named(frozen.edited(training=training.edited(phases=(tuning,))), "fine-tuned"), {}),
    ]


def over_images(experiment: Experiment) -> list[Member]:
    """The same with 5, 10, 20, 50, 100 and all images of each class, each from three seeds.

    A seed decides which images those are, and which are kept to validate on. Sizes that the smallest class does not
    have, once some are held out, are left out: they would be all images.
    """
    facts, share = experiment.dataset.facts(), experiment.training.validation_split
    counts = facts.counts or [facts.count // len(facts.class_names)]
    most = min(count - (0 if facts.has_validation else held_out(count, share)) for count in counts)
    sizes = [*(size for size in SIZES if size < most), 0]
    return [_few(experiment, size, experiment.seed + turn) for size in sizes for turn in range(SEEDS)]


def _few(experiment: Experiment, size: int, seed: int) -> Member:
    training = experiment.training.edited(images_per_class=size)
    told = f"{size} a class" if size else "all images"
    changed = _named(experiment.edited(training=training, seed=seed), f"{told}, seed {seed}")
    return changed, {IMAGES: size, SEED: seed}


def _needed(experiment: Experiment) -> Base:
    base = base_of(experiment)
    if base is None:
        what = "This network has no base: there is nothing to compare."
        raise UserError(what, "Put a pretrained base first on the Network page.", "NO_BASE")
    return base


def _fresh(experiment: Experiment, base: Base, epochs: int) -> Experiment:
    """All layers learn, from fresh weights."""
    begun = base.begun_fresh().edited(trainable_from=base.first_layer, training=True)
    return _with_base(experiment, begun).edited(training=experiment.training.edited(epochs=epochs, phases=()))


def _with_base(experiment: Experiment, base: Base) -> Experiment:
    nodes = (node.edited(layer=base) if isinstance(node.layer, Base) else node for node in experiment.nodes)
    return experiment.edited(nodes=tuple(nodes), weights="")


def _named(experiment: Experiment, how: str) -> Experiment:
    ending = f" · {how}"
    return experiment.edited(name=f"{experiment.name[: NAME_LENGTH - len(ending)]}{ending}")
