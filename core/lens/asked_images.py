"""The pictures of one question, opened in the lens process: from the dataset, from files, from the drawing pad."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from core import datasets
from core.errors import UserError
from core.intake.images import DecodedImage, fit_to, read_image
from core.lens.drawings import centred, manner_of, shrunk
from core.lens.outline import Outline

LONGEST = 2048
"""px; larger uploads are shrunk while they are decoded, as no network here takes more."""
SHOWN, SHOWN_SMALL, FEW = 320, 96, 6
"""px: longest side at which an upload goes back to be shown, when they are few and when they are many."""


class AskedImages:
    """The good ones as the network sees them, the others with the reason.

    Args:
        outline: of the network that they are made to fit.
        request: `positions` in the dataset, and `uploads`, which are `drawn` ones or files; a drawing may be `centred`.
        payload: the files one after another.
    """

    def __init__(self, outline: Outline, request: dict[str, Any], payload: bytes) -> None:
        self._dataset, self._shape = outline.experiment.dataset, outline.facts.shape
        self._told: list[dict[str, Any]] = []
        self._seen: list[np.ndarray] = []
        self._originals: dict[str, np.ndarray] = {}
        for position in request.get("positions", []):
            self._take(f"picture {position}", partial(self._stored, position))
        uploads = request.get("uploads", [])
        longest = SHOWN if len(uploads) <= FEW else SHOWN_SMALL
        read = partial(self._drawn, request.get("centred", False)) if request.get("drawn") else self._photo
        start = 0
        for upload in uploads:
            data, start = payload[start : start + upload["bytes"]], start + upload["bytes"]
            self._take(upload["name"], partial(self._uploaded, upload["name"], data, longest, read))

    def __len__(self) -> int:
        """How many good ones there are."""
        return len(self._seen)

    def answer(self) -> dict[str, Any]:
        """`pictures` (name, row among the good ones or None, error, words), `seen` uint8 (N, height, width, channels),
        and for uploads `original_<row>` uint8 (H, W, 3), small enough to be shown."""
        return {"pictures": self._told, "seen": self.stacked(), **self._originals}

    def stacked(self) -> np.ndarray:
        """The good ones as one array: uint8 (N, height, width, channels)."""
        return np.stack(self._seen) if self._seen else np.zeros((0, *self._shape), np.uint8)

    def need_one(self) -> None:
        """Refuses to go on without a good one.

        Raises:
            UserError: the reason why the first was not.
        """
        if not self._seen:
            reason = self._told[0]["error"] if self._told else "There is no picture to look at."
            raise UserError(reason, "", "NO_PICTURE")

    def _take(self, name: str, read: Callable[[], tuple[np.ndarray, str]]) -> None:
        try:
            image, words = read()
            self._told.append({"name": name, "row": len(self._seen), "error": "", "words": words})
            self._seen.append(image)
        except UserError as error:
            self._told.append({"name": name, "row": None, "error": str(error), "words": ""})

    def _stored(self, position: int) -> tuple[np.ndarray, str]:
        images = datasets.load(self._dataset).images
        if not 0 <= position < len(images):
            raise UserError("This picture is not in the dataset.", "Choose another one.", "NO_PICTURE")
        return np.array(images[position]), ""

    def _uploaded(
        self, name: str, data: bytes, longest: int, read: Callable[[np.ndarray], np.ndarray]
    ) -> tuple[np.ndarray, str]:
        decoded = read_image(data, name, LONGEST)
        self._originals[f"original_{len(self._seen)}"] = _smaller(decoded.pixels, longest)
        return read(decoded.pixels), _words(decoded)

    def _photo(self, pixels: np.ndarray) -> np.ndarray:
        return fit_to(pixels, *self._shape)

    def _drawn(self, in_the_middle: bool, pixels: np.ndarray) -> np.ndarray:
        if in_the_middle:
            return centred(pixels, manner_of(self._dataset), *self._shape)
        return shrunk(pixels, *self._shape)


def _smaller(pixels: np.ndarray, longest: int) -> np.ndarray:
    """The same picture with a longer side of at most `longest` px: uint8 (H, W, 3)."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.array(image)


def _words(decoded: DecodedImage) -> str:
    """What is worth knowing about a file: "640×480 px, first frame of an animation"."""
    return f"{decoded.width}×{decoded.height} px" + (", first frame of an animation" if decoded.is_animated else "")
