"""Where a network puts every image: the last features of each, laid out in two dimensions.

PCA: the axes are those of the newest kept epoch, and other epochs are projected on them, so that points move rather
than jump from one to the next. t-SNE (van der Maaten & Hinton, 2008) is scikit-learn's, begun with the PCA.
"""

import contextlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from core import datasets
from core.build.model import SCALING
from core.errors import UserError
from core.figures.film import Shot
from core.lens import Result
from core.lens.last_sum import last_features
from core.lens.network import Network, open_network
from core.lens.of_set import PORTION, OfSet
from core.lens.outline import Outline
from core.lens.progress import tell
from core.spec import option
from core.words import percent

LAST = "last features"
MOST, MOST_TSNE = 10_000, 5_000
"""Images that are laid out; of more, evenly spread ones."""
NUMBERS = 5 * 10**7
"""Features of all images together: of wide layers fewer images are laid out."""
WIDE = 1_024
"""Features from which on a map counts by its mean."""
FEWEST = 5
BEFORE_TSNE = 50
"""Dimensions to which PCA brings the features before t-SNE."""
ITERATIONS, SEED = 1_000, 1
TOLD = re.compile(r"Iteration (\d+)")


@dataclass(frozen=True, eq=False)
class PlacedImages(Result):
    """Images in a plane.

    Args:
        positions: int64 (N,), in the dataset.
        places: float32 (N, 2).
        labels, chosen: int64 (N,), the true and the answered classes.
        confidence: float32 (N,), 0..1.
        count: images of the split, of which N are laid out.
        part: which split.
        axes: what x and y are; empty where they are nothing by themselves.
        layer: whose output it is; empty for the image itself.
    """

    positions: np.ndarray
    places: np.ndarray
    labels: np.ndarray
    chosen: np.ndarray
    confidence: np.ndarray
    count: int
    part: str
    axes: tuple[str, ...]
    layer: str

    def shots(self) -> dict[str, Shot]:
        points = Shot(
            np.zeros((0, 1, 1), np.float32),
            places=self.places,
            groups=self.labels,
            crossed=self.chosen != self.labels,
        )
        return {"map": points}


@dataclass(frozen=True, eq=False)
class Axes:
    """Directions of most variance.

    Args:
        mean: float32 (D,).
        directions: float32 (D, k), orthogonal, each of length 1.
        shares: float64 (k,), of the variance, 0..1.
    """

    mean: np.ndarray
    directions: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, count: int = 2) -> "Axes":
        """Principal component analysis.

        Args:
            features: float32 (N, D).
            count: axes.
        """
        from scipy.linalg import eigh

        mean = features.mean(0, dtype=np.float64).astype(np.float32)
        centred = features - mean
        is_wide = centred.shape[1] > len(centred)
        inner = (centred @ centred.T if is_wide else centred.T @ centred).astype(np.float64)
        kept = min(count, len(inner))
        values, vectors = eigh(inner, subset_by_index=[len(inner) - kept, len(inner) - 1])
        values, vectors = values[::-1].clip(0), vectors[:, ::-1]
        if is_wide:
            vectors = centred.T @ (vectors / np.sqrt(np.maximum(values, 1e-12)))
        # An axis may as well point the other way: its largest part is positive, whatever the machine.
        signs = np.sign(vectors[np.abs(vectors).argmax(0), np.arange(kept)])
        total = float(np.trace(inner)) or 1.0
        directions = np.pad((vectors * signs).astype(np.float32), ((0, 0), (0, count - kept)))
        return cls(mean, directions, np.pad(values / total, (0, count - kept)))

    def project(self, features: np.ndarray) -> np.ndarray:
        """Where features lie on the axes: float32 (N, k)."""
        return (features - self.mean) @ self.directions


class ImageMap(OfSet):
    """Every image where its features put it: those that the network takes for alike lie together."""

    question: ClassVar[str] = "image_map"
    by_newest: ClassVar[bool] = True
    rank: ClassVar[int] = 50

    method: Literal["PCA", "t-SNE"] = option(
        "PCA",
        "How many features become two.",
        advice="PCA shows where images differ most, at once; t-SNE shows who is next to whom, and takes a minute.",
    )
    layer: str = option(LAST, "The layer whose output is laid out.")

    @classmethod
    def title(cls) -> str:
        return "Map of the images"

    @classmethod
    def choices(cls, outline: Outline) -> dict[str, tuple[str, ...]]:
        return {"layer": (LAST, *(row.name for row in reversed(outline.trace.rows)))}

    def is_long(self, outline: Outline) -> bool:
        return self.method == "t-SNE" or super().is_long(outline)

    def look(self, network: Network, images: np.ndarray) -> PlacedImages:
        experiment, layer = network.experiment, self._layer(network)
        data = datasets.load(experiment.dataset, experiment.training.validation_split, experiment.seed)
        every = data.positions(self.part)
        width = int(np.prod(features(network, layer, np.array(data.images[:1])).shape[1:]))
        most = min(MOST_TSNE if self.method == "t-SNE" else MOST, max(FEWEST, NUMBERS // max(1, width)))
        positions = spread(every, most)
        if len(positions) < FEWEST:
            what = f"A map needs {FEWEST} images or more; here are {len(positions)}."
            raise UserError(what, "Choose other pictures above.", "LENS_TOO_FEW")
        found = _read(network, layer, data, positions)
        axes = self._axes(network, layer, data, positions, found)
        places = axes.project(found)
        told = tuple(f"{percent(float(share))} of the variance" for share in axes.shares)
        if self.method == "t-SNE":
            places, told = tsne(found, places), ()
        answers = np.concatenate([network.answer(part)[1] for part in _portions(data, positions)])
        chosen = answers.argmax(1)
        return PlacedImages(
            positions,
            places.astype(np.float32),
            data.labels[positions],
            chosen,
            answers[np.arange(len(chosen)), chosen],
            len(every),
            self.part,
            told,
            "" if layer == SCALING else layer,
        )

    def _layer(self, network: Network) -> str:
        """The name of what is laid out."""
        return last_features(network.rows) if self.layer == LAST else self.layer

    def _axes(
        self, network: Network, layer: str, data: datasets.ImageData, positions: np.ndarray, found: np.ndarray
    ) -> Axes:
        """Those of the newest epoch, from the same images."""
        latest = _newest(network)
        if latest is network:
            return Axes.of(found)
        key = f"axes-{layer}-{self.part}-{len(positions)}"
        if key not in latest.kept:
            latest.kept[key] = Axes.of(_read(latest, layer, data, positions))
        return latest.kept[key]


def _newest(network: Network) -> Network:
    """The same run's after its newest epoch that can be opened."""
    later = reversed([] if network.run is None else network.run.checkpoints())
    for epoch in later:
        if epoch == network.epoch:
            break
        with contextlib.suppress(UserError):  # damaged
            return open_network(network.run, epoch)
    return network


def spread(positions: np.ndarray, most: int) -> np.ndarray:
    """All of them, or `most` evenly spread ones."""
    if len(positions) <= most:
        return positions
    return positions[np.linspace(0, len(positions) - 1, most).round().astype(np.int64)]


def features(network: Network, layer: str, images: np.ndarray) -> np.ndarray:
    """What a layer makes of images, in a row each: float32 (N, D); of many maps the mean of each.

    Args:
        network: trained.
        layer: its name.
        images: uint8 (N, height, width, channels), 0..255.
    """
    found = network.outputs(images, [layer])[layer]
    if found.ndim == 4 and np.prod(found.shape[1:]) > WIDE:
        return found.mean((1, 2))
    return found.reshape(len(found), -1)


def tsne(found: np.ndarray, start: np.ndarray) -> np.ndarray:
    """scikit-learn's t-SNE, always the same: float32 (N, 2).

    Args:
        found: features, float32 (N, D).
        start: float32 (N, 2), on the first two axes of their PCA, where it begins.
    """
    from sklearn.manifold import TSNE

    narrow = Axes.of(found, BEFORE_TSNE).project(found) if found.shape[1] > BEFORE_TSNE else found
    begun = (start / max(float(start[:, 0].std()), 1e-12) * 1e-4).astype(np.float32)
    work = TSNE(
        perplexity=min(30.0, (len(found) - 1) / 3), init=begun, random_state=SEED, max_iter=ITERATIONS, verbose=2
    )
    with contextlib.redirect_stdout(_Told()):
        return work.fit_transform(narrow)


class _Told(io.TextIOBase):
    """Hears what scikit-learn prints, which has no other way to tell how far it is."""

    def write(self, text: str) -> int:
        if found := TOLD.search(text):
            tell(int(found[1]), ITERATIONS)
        return len(text)


def _read(network: Network, layer: str, data: datasets.ImageData, positions: np.ndarray) -> np.ndarray:
    """The features of all images."""
    return np.concatenate([features(network, layer, part) for part in _portions(data, positions)])


def _portions(data: datasets.ImageData, positions: np.ndarray) -> Iterator[np.ndarray]:
    """The images, so many at a time."""
    for start in range(0, len(positions), PORTION):
        tell(start, len(positions))
        yield np.array(data.images[positions[start : start + PORTION]])
