"""What every layer makes of one picture, and the numbers by which each of its values is worked out again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from core.build.model import SCALING
from core.experiment.network import Row
from core.figures.film import Shot, grid_columns
from core.lens import Lens, Place, Result
from core.lens.last_sum import hidden_sums, last_sum
from core.lens.network import LOGITS, Network
from core.spec import option

BUDGET = 3_200_000
"""Values that one answer may hold: 6.4 MB in the two bytes each that a browser is sent at least."""

LONG = 40
"""Layers beyond which a network is shown one stage of its base at a time."""

Pages = tuple[tuple[str, int], ...]


@dataclass(frozen=True, eq=False)
class LayerMaps(Result):
    """A whole network for one picture.

    Args:
        layers: for each its `name`, `kind`, `words`, full `shape`; `values` float32 (height, width, maps) or (n,), some
            of its maps or of the values of a flat layer, and which is the `first` of them; the `numbers` that a value
            is worked out with, by name: one, or float32 that stretches to the shape of the values; its `kernel`, None
            without one: `planes` float32 (filters, channels, rows, columns) for the maps shown here and of the layer
            before, `bias` float32 (filters,) or None, `own` whether each reads its own map alone, `two_steps` as the
            layer says, and `rest` float32 (height, width, filters), what the maps before that are not shown add to
            each sum, None where all are. Of a layer of a stage that is folded nothing is shown. `low` and `high` are
            the least and the largest of all its values.
        pixels: uint8 (height, width, channels), 0..255, as the network saw them.
        scaled: float32 (height, width, channels), 0..1.
        logits: float32 (units,); None for a network that has none.
        probabilities: float32 (classes,).
        last_sum: how the logits come about, see `core.lens.last_sum`; None where that can't be told.
        sums: the same of the units of other Dense layers, by the layer's name.
    """

    layers: tuple[dict[str, Any], ...]
    pixels: np.ndarray
    scaled: np.ndarray
    logits: np.ndarray | None
    probabilities: np.ndarray
    last_sum: dict[str, Any] | None = None
    sums: dict[str, dict[str, Any]] = field(default_factory=dict)

    def shots(self) -> dict[str, Shot]:
        found = ((layer["name"], np.asarray(layer["values"])) for layer in self.layers)
        maps = {name: np.moveaxis(values, -1, 0) for name, values in found if values.ndim == 3 and values.size}
        return {name: Shot(values, grid_columns(len(values))) for name, values in maps.items()}


class FeatureMaps(Lens):
    """The output of every layer for one picture, from the scaled pixels to the probabilities."""

    question: ClassVar[str] = "feature_maps"
    place: ClassVar[Place] = "overview"
    rank: ClassVar[int] = 10

    @classmethod
    def title(cls) -> str:
        return "Feature maps"

    maps: int = option(64, "Largest number of maps shown of each layer.", low=1, high=1024, unit="maps")
    values: int = option(16_384, "Largest number of values shown of each flat layer.", low=1, high=100_000)
    pages: Pages = option(
        (), "Layers by name of which other maps than the first are shown: from which on.", shown=False
    )

    stage: str = option("", "Which stage of a long base is shown; the last when left out.", shown=False)

    def look(self, network: Network, images: np.ndarray) -> LayerMaps:
        names = [row.name for row in network.rows]
        found = network.outputs(images[:1], [SCALING, *names, *([LOGITS] if network.has_logits else [])])
        logits = found[LOGITS][0] if network.has_logits else None
        probabilities = np.asarray(network.per_class(found[names[-1]]))[0]
        drawn = {name: _drawable(values[0]) for name, values in found.items()}
        folded = self._folded(network)
        shown = self._parts({name: drawn[name] for name in (SCALING, *names) if name not in folded})
        shown |= {name: slice(0, 0) for name in folded}
        layers = tuple(_layer(network, row, drawn, shown) for row in network.rows)
        last = last_sum(network, found) if logits is not None else None
        sums = hidden_sums(network, found)
        return LayerMaps(layers, images[0], found[SCALING][0], logits, probabilities, last, sums)

    def _folded(self, network: Network) -> set[str]:
        """The layers of a long network that stand in other stages of its base, and that no layer shown reads."""
        outline = network.outline
        if len(network.rows) <= LONG or len(set(outline.stages.values())) < 2:
            return set()
        known = list(dict.fromkeys(stage for stage in outline.stages.values() if stage))
        chosen = self.stage if self.stage in known else known[-1]
        folded = {row.name: row for row in network.rows if outline.stages.get(row.name, chosen) not in ("", chosen)}
        read = {one for row in network.rows if row.name not in folded for one in row.inputs}
        return {name for name, row in folded.items() if row.id not in read}

    def _parts(self, maps: Mapping[str, np.ndarray]) -> dict[str, slice]:
        """Which maps, or which values of a flat layer, are shown of each layer."""
        most = self.maps
        while most > 1 and self._told(maps, most) > BUDGET:
            most //= 2
        begins = dict(self.pages)
        return {name: self._part(values, most, begins.get(name, 0)) for name, values in maps.items()}

    def _told(self, maps: Mapping[str, np.ndarray], most: int) -> int:
        """Values that are sent when so many maps of each are shown; where some are not, their part of the sums too."""
        shown = [self._shown(values, most).size for values in maps.values()]
        is_cut = any(values.ndim == 3 and values.shape[2] > most for values in maps.values())
        return sum(shown) * (1 + is_cut)

    def _part(self, values: np.ndarray, most: int, begin: int) -> slice:
        """So many from the wanted one on, a whole number of pages behind the first."""
        count, step = values.shape[-1], most if values.ndim == 3 else self.values
        begin = min(max(0, begin), count - 1) // step * step
        return slice(begin, min(count, begin + step))

    def _shown(self, values: np.ndarray, most: int) -> np.ndarray:
        """The first maps, or the first values of a flat layer."""
        return values[..., :most] if values.ndim == 3 else values[: self.values]


def _layer(network: Network, row: Row, drawn: Mapping[str, np.ndarray], shown: Mapping[str, slice]) -> dict[str, Any]:
    """One layer as `LayerMaps` has it."""
    values, part = drawn[row.name], shown[row.name]
    given = _name_of(network, row.inputs[0])
    is_heavy = row.layer.does == "weigh" and values.ndim == 1  # its terms are told where it makes the logits
    is_folded = part.stop == 0
    weights = {} if is_heavy or is_folded else network.weights(row.name)
    numbers = {} if is_folded else row.layer.numbers(weights, drawn[given])
    return {
        "name": row.name,
        "kind": row.kind,
        "words": row.layer.words(),
        "shape": list(values.shape),
        "first": part.start,
        "low": float(values.min()),
        "high": float(values.max()),
        "values": values[..., part],
        "numbers": {name: _cut(told, part) for name, told in numbers.items()},
        "kernel": None if is_folded else _kernel(network, row, weights, drawn[given], (part, shown[given])),
    }


def _name_of(network: Network, one: str) -> str:
    """The layer of the model that stands for what a row reads."""
    return next((row.name for row in network.rows if row.id == one), SCALING)


def _cut(told: np.ndarray | float, part: slice) -> np.ndarray | float:
    """Of numbers for each map those of the maps shown."""
    if not isinstance(told, np.ndarray):
        return told
    return np.asarray(told[..., part] if told.shape[-1] > 1 else told, np.float32)


def _kernel(
    network: Network, row: Row, weights: Mapping[str, np.ndarray], given: np.ndarray, parts: tuple[slice, slice]
) -> dict[str, Any] | None:
    """The kernels that lead from the maps shown before to those shown here; None without such."""
    made, read = parts
    if len(row.output_shape) != 3:
        return None
    own = row.layer.reads == "own map"
    planes = row.layer.kernel_planes(weights, made.stop, None if own else read.stop)
    if planes is None and row.layer.does == "weigh":
        planes = weights["kernel"].T[: made.stop, : read.stop, None, None]  # on maps each unit is a kernel of 1x1 px
    if planes is None:
        return None
    steps = row.layer.two_steps(weights)
    bias = weights.get("bias")
    return {
        "planes": np.ascontiguousarray(planes[made.start :, 0 if own else read.start :], np.float32),
        "bias": None if bias is None else bias[made],
        "own": own,
        "two_steps": steps and [np.ascontiguousarray(steps[0][read]), np.ascontiguousarray(steps[1][made, read])],
        "rest": None if own else _rest(network, row, given, read)[..., made] if _is_part(given, read) else None,
    }


def _is_part(given: np.ndarray, read: slice) -> bool:
    """Whether some maps are not shown."""
    return read.stop - read.start < given.shape[-1]


def _rest(network: Network, row: Row, given: np.ndarray, read: slice) -> np.ndarray:
    """What maps that are not shown add to every sum of a layer: float32 (height, width, filters)."""
    others = given.copy()
    others[..., read] = 0
    return np.asarray(_without_bias(network, row)(others[None]))[0]


def _without_bias(network: Network, row: Row) -> Any:
    """A layer of Keras' that only multiplies and adds up, remembered while the network is open."""
    name = f"sums of {row.name}"
    if name not in network.kept:
        layer = network.model.get_layer(row.name)
        plain = {"activation": "linear", "use_bias": False, "name": f"{row.name}_sums"}
        twin = type(layer).from_config({**layer.get_config(), **plain})
        twin.build((None, *row.input_shape))
        twin.set_weights([weight.numpy() for weight in layer.weights if weight.name != "bias"])
        network.kept[name] = twin
    return network.kept[name]


def _drawable(values: np.ndarray) -> np.ndarray:
    """Maps as they are; anything else laid out in one row."""
    return values if values.ndim == 3 else values.reshape(-1)
