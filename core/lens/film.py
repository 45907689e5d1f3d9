"""A film: what a lens gives a picture of, after every saved epoch of the run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from core.errors import UserError
from core.figures.film import LARGEST, Shot, evenly, film
from core.lens import Lens, Place, Result
from core.lens.network import NO_NUMBERS, Network, open_network
from core.lens.outline import Outline
from core.lens.progress import part, tell
from core.spec import kinds, option

MOST = 200
"""Frames; of more epochs some are left out, evenly."""


@dataclass(frozen=True, eq=False)
class Filmed(Result):
    """A film as files.

    Args:
        gif, png: uint8, the bytes of an animated GIF, and of a PNG with all frames side by side.
        epochs: that have a frame, ascending.
        left_out: how many kept epochs have none, as the film would be too large.
        damaged: epochs whose weights can't be read, or whose weights or answers are no numbers.
        size: px of a frame, (width, height).
        zoom: px of the side of a value; 0 for points.
        planes, of: how many maps or kernels a frame shows, and of how many.
    """

    gif: np.ndarray
    png: np.ndarray
    epochs: tuple[int, ...]
    left_out: int
    damaged: tuple[int, ...]
    size: tuple[int, int]
    zoom: int
    planes: int
    of: int


class Film(Lens):
    """A picture that another lens gives, after each saved epoch."""

    question: ClassVar[str] = "film"
    many: ClassVar[bool] = True
    through_time: ClassVar[bool] = True
    place: ClassVar[Place] = "elsewhere"

    lens: str = option("kernels", "The question of the lens.")
    with_options: str = option("{}", "Its options, as JSON.")
    picture: str = option("", "Which of its pictures, by its name; the first when left out.")
    plane: int = option(0, "Which map or kernel of it, from 1; 0 shows all.", low=0, high=1_000_000)
    speed: int = option(2, "How many epochs it shows per second.", low=1, high=10)

    def is_long(self, outline: Outline) -> bool:
        return True

    def look(self, network: Network, images: np.ndarray) -> Filmed:
        kept = network.run.checkpoints() if network.run else []
        wanted = [kept[at] for at in evenly(len(kept), MOST)] if kept else []
        shots, epochs, damaged = [], [], []
        for epoch, shot in self._taken(network, wanted, images):
            if shot is None:
                damaged.append(epoch)
            else:
                shots.append(shot)
                epochs.append(epoch)
        if not shots:
            raise UserError("No saved epoch can be read.", "Choose another run, or train again.", "RUN_WEIGHTS")
        cut = [fitting(shot) for shot in shots]
        made = film(cut, [f"epoch {epoch}" for epoch in epochs], self.speed)
        return Filmed(
            np.frombuffer(made.gif, np.uint8),
            np.frombuffer(made.png, np.uint8),
            tuple(epochs[at] for at in made.shown),
            len(kept) - len(damaged) - len(made.shown),
            tuple(damaged),
            made.size,
            made.zoom,
            len(cut[0].planes),
            len(shots[0].planes),
        )

    def _taken(self, network: Network, epochs: list[int], images: np.ndarray) -> Iterator[tuple[int, Shot | None]]:
        """Epoch by epoch what its frame shows; None where its weights can't be used."""
        kind = kinds(Lens)[next(name for name, kind in kinds(Lens).items() if kind.question == self.lens)]
        lens = kind(**json.loads(self.with_options)).fitted(network.outline)
        for done, epoch in enumerate(epochs):
            tell(done, len(epochs))
            try:
                opened = open_network(network.run, epoch)
            except UserError:
                yield epoch, None
                continue
            try:
                with part(done, len(epochs)):
                    shot = self._of(lens.look(opened, images))
            except UserError as error:
                if error.code != NO_NUMBERS:
                    raise
                shot = None
            yield epoch, shot

    def _of(self, result: Result) -> Shot:
        """The chosen picture of a result."""
        shots = result.shots()
        if not shots:
            raise UserError("A film can't be made of this view.", "Choose another one.", "LENS_DOES_NOT_FIT")
        shot = shots.get(self.picture) or next(iter(shots.values()))
        at = self.plane - 1
        return replace(shot, planes=shot.planes[at : at + 1]) if 0 <= at < len(shot.planes) else shot


def fitting(shot: Shot) -> Shot:
    """The same with as many planes as a frame has room for, the first ones."""
    _count, height, width = shot.planes.shape[:3]
    if shot.places is not None or shot.under is not None:
        return shot
    columns, rows = (max(1, LARGEST // (side + 1)) for side in (width, height))
    columns = min(columns, shot.columns)
    return replace(shot, planes=shot.planes[: columns * rows], columns=columns)
