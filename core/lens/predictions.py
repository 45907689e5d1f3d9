"""What a network says about pictures."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core.errors import UserError
from core.intake.decoding import decode_apart
from core.intake.pixels import fit_to
from core.lens import Lens, Place, Result
from core.lens.network import Network, open_network
from core.runs.run import Run


@dataclass(frozen=True, eq=False)
class ClassScores(Result):
    """What a network says about N pictures.

    Args:
        logits: float32 (N, units), None for a network that has none.
        probabilities: float32 (N, classes).
    """

    logits: np.ndarray | None
    probabilities: np.ndarray


class Predictions(Lens):
    """The answers for pictures: logits, and a probability for every class."""

    question: ClassVar[str] = "predict"
    many: ClassVar[bool] = True
    place: ClassVar[Place] = "elsewhere"

    def look(self, network: Network, images: np.ndarray) -> ClassScores:
        return ClassScores(*network.answer(images))


def predict_files(run: Run, paths: list[Path], epoch: int | None = None) -> list[dict[str, Any]]:
    """For the command line: every picture's classes, the likeliest first, or why it could not be read.

    Args:
        run: whose network answers.
        paths: of the files.
        epoch: after which; the one that answers everywhere, `Run.chosen_epoch`, unless told.

    Raises:
        UserError: the run has no saved network.
    """
    network = open_network(run, epoch)
    return [_predict_file(network, path) for path in paths]


def _predict_file(network: Network, path: Path) -> dict[str, Any]:
    try:
        image = fit_to(decode_apart(_read(path), path.name).pixels, *network.facts.reads)
    except UserError as error:
        return {"image": str(path), "error": str(error)}
    (probabilities,) = Predictions().look(network, image[None]).probabilities
    order = np.argsort(-probabilities)
    classes = [{"class": network.facts.class_names[i], "probability": float(probabilities[i])} for i in order]
    return {"image": str(path), "classes": classes}


def _read(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        UserError: it can't be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{path.name} can't be read.", "Check the path.", "FILE_NOT_FOUND") from error
