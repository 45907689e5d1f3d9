"""Why a network answers as it does: several attributions of one answer side by side."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from core.figures.film import Shot
from core.lens import Lens, Result
from core.lens.attribution import Method
from core.lens.attribution.grad_cam import usual_layer
from core.lens.network import Network
from core.lens.of_set import MOMENT
from core.lens.outline import Outline
from core.lens.progress import tell
from core.lens.targets import ClassScore, Margin
from core.spec import kinds, option

PREDICTED, RUNNER_UP, MARGIN, NOBODY = "predicted", "runner-up", "margin", "nobody"
"""Classes that are named by what the network says of the image; others by their number."""
QUICK = 3
"""Passes of a method that is shown at once, whatever the network."""
DEEP = 60
"""Layers beyond which it takes seconds to compile a gradient."""


@dataclass(frozen=True, eq=False)
class Explained(Result):
    """Attributions of one image's answer.

    Args:
        image: uint8 (height, width, channels), as the network saw it.
        probabilities: float32 (classes,).
        sides: for each class that is explained its `index`, the class `against` which (None for none), the `score`
            that is explained, and `maps`, float32 (h, w) by the kind of the method.
        about, beside, layer: as the lens was asked; the layer is the one whose maps Grad-CAM weighed.
        waiting: kinds of the methods that take longer and were not asked for.
    """

    image: np.ndarray
    probabilities: np.ndarray
    sides: tuple[dict[str, Any], ...]
    about: str
    beside: str
    layer: str
    waiting: tuple[str, ...] = ()

    def shots(self) -> dict[str, Shot]:
        found = {}
        for side, words in zip(self.sides, ("", ", second class"), strict=False):
            for method, values in side["maps"].items():
                found[f"{method}{words}"] = Shot(np.asarray(values)[None], under=self.image)
        return found


class Why(Lens):
    """Which pixels the answer comes from, by methods that each ask in another way; no single one is the truth."""

    question: ClassVar[str] = "why"
    rank: ClassVar[int] = 30

    about: str = option(
        PREDICTED,
        "The class whose answer is explained.",
        advice="If the network is wrong, choose the true class and see what it overlooked. Against the runner-up, only "
        "what tells the two apart counts.",
    )
    beside: str = option(
        NOBODY,
        "A second class, explained beneath the first.",
        advice="If two classes get much the same map, the map says where things are rather than why it is this class.",
    )
    layer: str = option(
        "",
        "The layer whose maps Grad-CAM and Grad-CAM++ weigh.",
        advice="If the squares are too coarse, choose an earlier layer: its maps are finer, but know less of classes.",
    )
    methods: str = option("", "Kinds of methods, a comma between two; empty: what takes a moment.", shown=False)

    @classmethod
    def title(cls) -> str:
        return "Why this answer"

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, dict[str, str]]:
        names = {str(place): name for place, name in enumerate(outline.facts.class_names)}
        layers = {row.name: row.name for row in outline.layers_with_maps}
        if len(names) < 2:
            return {"about": {PREDICTED: "Predicted class"}, "beside": {NOBODY: "No other"}, "layer": layers}
        return {
            "about": {PREDICTED: "Predicted class", MARGIN: "Predicted against runner-up", **names},
            "beside": {NOBODY: "No other", RUNNER_UP: "Runner-up", **names},
            "layer": layers or {"": "None gives maps"},
        }

    def fitted(self, outline: Outline) -> "Why":
        chosen = super().fitted(outline)
        is_known = self.layer in {row.name for row in outline.layers_with_maps}
        return chosen if is_known else chosen.edited(layer=usual_layer(outline))

    def is_long(self, outline: Outline) -> bool:
        is_deep = len(outline.trace.rows) > DEEP
        return is_deep or work(self._chosen(outline), outline) * self._count > MOMENT

    def look(self, network: Network, images: np.ndarray) -> Explained:
        probabilities = answer_of(network, images)
        chosen, outline = self._chosen(network.outline), network.outline
        targets = targets_of(self.about, self.beside, probabilities)
        done, whole = 0, sum(one.passes for one in chosen) * len(targets)
        sides = []
        for target in targets:
            maps = {}
            for method in chosen:
                tell(done, whole)
                maps[method.kind] = np.nan_to_num(method.attribute(network, images[:1], target)[0])
                done += method.passes
            score = float(network.scores(images[:1], target)[0])
            against = target.against if isinstance(target, Margin) else None
            sides.append({"index": target.index, "against": against, "score": score, "maps": maps})
        asked = {one.kind for one in chosen} | set(self._asked)
        waiting = tuple(one.kind for one in fitting(outline, self.layer) if one.kind not in asked)
        left = () if self._asked else waiting
        return Explained(images[0], probabilities, tuple(sides), self.about, self.beside, self.layer, left)

    @property
    def _asked(self) -> list[str]:
        return [kind for kind in self.methods.split(",") if kind]

    @property
    def _count(self) -> int:
        """Classes that are explained."""
        return 1 if self.beside == NOBODY else 2

    def _chosen(self, outline: Outline) -> list[Method]:
        """The methods it asks: those told, else all that together take a moment, else the quick ones."""
        found = fitting(outline, self.layer)
        if self._asked:
            return [one for one in found if one.kind in self._asked]
        if work(found, outline) * self._count <= MOMENT:
            return found
        return [one for one in found if one.passes <= QUICK]


def answer_of(network: Network, images: np.ndarray) -> np.ndarray:
    """What a network says of the first image: float32 (classes,).

    Raises:
        UserError: it has lost its way, and says nothing any more.
    """
    return network.answer(images[:1])[1][0]


def fitting(outline: Outline, layer: str) -> list[Method]:
    """The methods that fit a network, in reading order.

    Args:
        outline: of the network.
        layer: whose maps are weighed.
    """
    found = [kind for kind in kinds(Method).values() if kind.is_compatible(outline)]
    return [kind(layer=layer) if kind.reads_layer else kind() for kind in found]


def work(methods: list[Method], outline: Outline) -> int:
    """Multiply-adds that some methods take for one image."""
    return outline.trace.multiply_adds * sum(one.passes for one in methods)


def targets_of(about: str, beside: str, probabilities: np.ndarray) -> list[ClassScore | Margin]:
    """What is explained: one number, or two where a second class stands beneath.

    Args:
        about, beside: as `Why` has them.
        probabilities: float32 (classes,), what the network says.
    """
    first, *others = np.argsort(-probabilities, kind="stable").tolist()
    named = {PREDICTED: first, RUNNER_UP: others[0] if others else first}
    if about == MARGIN and others:
        found: list[ClassScore | Margin] = [Margin(first, others[0])]
    else:
        found = [ClassScore(named.get(about, first) if about in (PREDICTED, MARGIN) else int(about))]
    if beside != NOBODY:
        found.append(ClassScore(named[RUNNER_UP] if beside == RUNNER_UP else int(beside)))
    return found
