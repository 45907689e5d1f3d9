"""What a run is called to which nobody gave a name: its data and its network, in a few words."""

import contextlib
from collections.abc import Collection, Iterable, Iterator
from itertools import groupby

from core.errors import UserError
from core.experiment import NAME_LENGTH, Experiment, Training, presets
from core.layers import Layer
from core.layers.pretrained import Base
from core.words import counted

DATA, WIDTHS, GROUPS = 32, 5, 3
"""Letters of the data's name, numbers in a row and groups of layers that are told; of more, both ends."""
MORE = "…"


def free_name(experiment: Experiment, taken: Collection[str]) -> str:
    """A name that tells a run from all others: "Digits 8x8, Conv 32-64", then "Digits 8x8, Conv 32-64 2".

    Args:
        experiment: of the run; its data is looked up in the current workspace.
        taken: names of other runs.
    """
    name = f"{shortened(experiment.dataset.called(), DATA)}, {outline(experiment)}"
    numbered = (f"{shortened(name, NAME_LENGTH - 1 - len(str(i)))} {i}" for i in range(2, len(taken) + 3))
    return next(free for free in (shortened(name, NAME_LENGTH), *numbered) if free not in taken)


def is_own(experiment: Experiment) -> bool:
    """Whether somebody gave it its name; as it came, or as the preset is called that it began with, it has none."""
    return experiment.name not in {"", Experiment.model_fields["name"].default, *_names_of_presets()}


def told_name(experiment: Experiment) -> str:
    """What a script of it is called: its own name, that of a preset while it is that preset's network on its data."""
    named = [one for one in _presets() if one.name == experiment.name]
    is_still = any((one.dataset.kind, one.layers) == (experiment.dataset.kind, experiment.layers) for one in named)
    return experiment.name if is_still or is_own(experiment) else free_name(experiment, ())


def outline(experiment: Experiment) -> str:
    """The layers that learn, in a few words: "Conv 32-64 · Dense 128", "Conv 16×3-32 · Add", "MobileNetV2".

    What has no width goes without saying, and so does the last layer, which the data asks for, unless it is the only
    one.
    """
    base = [layer.short() for layer in experiment.layers if isinstance(layer, Base)]
    told = [*base, *(_group(word, list(widths)) for word, widths in _groups(experiment.layers))]
    if len(told) > GROUPS:
        told = [*told[: GROUPS - 1], MORE, told[-1]]
    joins = dict.fromkeys(layer.short() for layer in experiment.layers if layer.takes[1] > 1)
    return " · ".join([*told, *joins]) or experiment.network_line().rpartition(" · ")[2]


def training_line(training: Training) -> str:
    """How a network learns, in a few words: "RMSprop 0.001 · 10 epochs"."""
    before = "".join(f"{one.epochs}+" for one in (training, *training.phases)[:-1])
    words = f"{before}{counted((training, *training.phases)[-1].epochs, 'epoch')}"
    return f"{training.optimizer.kind} {training.optimizer.learning_rate:g} · {words}"


def shortened(text: str, most: int) -> str:
    """A text of at most so many letters; of a longer one the beginning, with a sign that more was there."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip(' ·-')}{MORE}"


def _groups(layers: Iterable[Layer]) -> Iterator[tuple[str, Iterator[str]]]:
    """Layers of one kind in a row, as their word and their widths; those without a width part nothing."""
    short = (layer.short().rpartition(" ") for layer in layers)
    # "Conv 32" and "Residual 32×3", not "Flatten".
    numbered = ((word, width) for word, _, width in short if word and all(map(str.isdecimal, width.split("×"))))
    for word, found in groupby(numbered, key=lambda pair: pair[0]):
        yield word, (width for _, width in found)


def _group(word: str, widths: list[str]) -> str:
    """ "Conv 16-32-64"; three equal ones or more in a row are counted, and of many both ends are told."""
    rows = [(width, len(list(same))) for width, same in groupby(widths)]
    widths = [told for width, count in rows for told in ([f"{width}×{count}"] if count > 2 else [width] * count)]
    if len(widths) > WIDTHS:
        widths = [*widths[: WIDTHS - 2], MORE, widths[-1]]
    return f"{word} {'-'.join(widths)}"


def _names_of_presets() -> Iterator[str]:
    return (preset.name for preset in _presets())


def _presets() -> Iterator[Experiment]:
    for preset in presets.presets():
        with contextlib.suppress(UserError):  # one of a plug-in that can't be read names nothing
            yield presets.load_preset(preset)
