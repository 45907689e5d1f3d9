"""Whether the maps of an answer can be trusted: does the answer hang on what they mark, do they hang on the weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.build.model import build_model
from core.build.weights import named
from core.lens import Lens, Place, Result
from core.lens.attribution import Method
from core.lens.faithfulness import STEPS, deleted, inserted, ranking, stretched
from core.lens.likeness import edges, scaled, spearman, ssim
from core.lens.network import Network
from core.lens.outline import Outline
from core.lens.progress import tell
from core.lens.targets import ClassScore, Margin
from core.lens.why import NOBODY, PREDICTED, Why, answer_of, fitting, targets_of
from core.spec import option

RANDOM_ORDERS = 5
"""Orders by chance whose curves are averaged."""
MOST_CUTS = 6
"""Steps in which the weights of a network become random: of more layers several at once."""


@dataclass(frozen=True, eq=False)
class Checked(Result):
    """What became of the maps of one image.

    Args:
        index: the class whose probability the curves show.
        methods: for each its `kind`; `deletion` and `insertion`, float32 (steps + 1,), the probability as the pixels
            that it marks are deleted, or inserted into the blurred image; `maps`, float32 (h, w), with the trained
            weights and after each cut; of each cut beside the first `spearman` (None where a map is all one value),
            `places`, the same of sizes without signs, and `ssim`; `edges`, the correlation of ranks of the sizes of the
            first with the edges of the image.
        deletion, insertion: float32 (steps + 1,), in an order by chance.
        cuts: for each cut the layer down to which the weights are random, from the last one.
        image: uint8 (height, width, channels).
    """

    index: int
    methods: tuple[dict[str, Any], ...]
    deletion: np.ndarray
    insertion: np.ndarray
    cuts: tuple[str, ...]
    image: np.ndarray


class WhyChecks(Lens):
    """Whether an answer hangs on what its maps mark, and whether these depend on what the network learnt."""

    question: ClassVar[str] = "why_checks"
    place: ClassVar[Place] = "elsewhere"

    about: str = option(PREDICTED, "The class whose answer is explained.", shown=False)
    layer: str = option("", "The layer whose maps Grad-CAM and Grad-CAM++ weigh.", shown=False)

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, dict[str, str]]:
        return {name: values for name, values in Why.choices(outline).items() if name in ("about", "layer")}

    def is_long(self, outline: Outline) -> bool:
        return True

    def look(self, network: Network, images: np.ndarray) -> Checked:
        image = images[0]
        (target,) = targets_of(self.about, NOBODY, answer_of(network, images))
        methods, layers = fitting(network.outline, self.layer), cuts(network)
        steps = _Steps(sum(one.passes for one in methods) * (1 + len(layers)) + (len(methods) + RANDOM_ORDERS) * STEPS)
        maps: dict[str, list[np.ndarray]] = {one.kind: [] for one in methods}
        for looked_at in (network, *randomised(network, layers)):
            for method in methods:
                found = method.attribute(looked_at, image[None], target)[0]
                maps[method.kind].append(np.nan_to_num(found))
                steps.done(method.passes)
        curves = _Curves(network, image, ClassScore(target.index, "probability"), steps)
        told = [_told(method, maps[method.kind], image) | curves.of(maps[method.kind][0]) for method in methods]
        chance = [
            curves.along(np.random.default_rng(1 + i).permutation(image[..., 0].size)) for i in range(RANDOM_ORDERS)
        ]
        deletion, insertion = (np.mean([one[name] for one in chance], axis=0) for name in ("deletion", "insertion"))
        return Checked(target.index, tuple(told), deletion, insertion, tuple(group[-1] for group in layers), image)


class _Steps:
    """How far it is."""

    def __init__(self, whole: int) -> None:
        self._done, self._whole = 0, whole

    def done(self, count: int) -> None:
        """So many passes more."""
        self._done += count
        tell(self._done, self._whole)


class _Curves:
    """The probability of a class as an image is taken apart."""

    def __init__(self, network: Network, image: np.ndarray, target: ClassScore | Margin, steps: _Steps) -> None:
        self._network, self._image, self._target, self._steps = network, image, target, steps

    def of(self, map_: np.ndarray) -> dict[str, np.ndarray]:
        """Both curves in the order of a map."""
        return self.along(ranking(map_, *self._image.shape[:2]))

    def along(self, order: np.ndarray) -> dict[str, np.ndarray]:
        """Both curves in an order of the pixels."""
        ways: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {"deletion": deleted, "insertion": inserted}
        found = {name: self._network.scores(way(self._image, order), self._target) for name, way in ways.items()}
        self._steps.done(STEPS)
        return found


def _told(method: Method, maps: list[np.ndarray], image: np.ndarray) -> dict[str, Any]:
    """What is said of a method: its maps, and how alike they are."""
    first, *others = map(scaled, maps)
    return {
        "kind": method.kind,
        "maps": tuple(maps),
        "spearman": tuple(spearman(first, one) for one in others),
        "places": tuple(spearman(np.abs(first), np.abs(one)) for one in others),
        "ssim": tuple(ssim((first + 1) / 2, (one + 1) / 2) for one in others),
        "edges": spearman(stretched(np.abs(first), *image.shape[:2]), edges(image)),
    }


def cuts(network: Network) -> list[list[str]]:
    """Layers with weights from the last one on, in the groups that become random one after the other."""
    names = [row.name for row in reversed(network.rows) if network.model.get_layer(row.name).weights]
    parts = np.array_split(np.array(names, object), min(MOST_CUTS, len(names))) if names else []
    return [part.tolist() for part in parts]


def randomised(network: Network, layers: list[list[str]]) -> list[Network]:
    """The network after each cut: one group of layers more has weights as before the first step of a training.

    Args:
        network: as it was trained.
        layers: the groups, the last layers first.
    """
    experiment = network.experiment.edited(seed=(network.experiment.seed + 1) % 2**31, weights="")
    fresh = dict(named(build_model(experiment, network.facts).weights))
    weights, found = dict(named(network.model.weights)), []
    for group in layers:
        weights = weights | {name: one for name, one in fresh.items() if name.partition("/")[0] in group}
        found.append(network.with_weights(weights))
    return found
