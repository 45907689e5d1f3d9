"""The pictures of one question, as the lens process takes them: from the dataset, from files, from the drawing pad."""

import time
from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np
from PIL import Image

from core import datasets
from core.errors import UserError
from core.intake.decoding import decode_apart
from core.intake.images import shown
from core.intake.pixels import fit_to
from core.lens.drawings import Manner, centred, manner_of, shrunk
from core.lens.outline import Outline
from core.lens.turned_round import Unlike, have_paper, turned, unlike

SHOWN, SHOWN_SMALL, FEW = 320, 96, 6
"""px: longest side at which an upload goes back to be shown, when they are few and when they are many."""


Read = tuple[list[np.ndarray], Unlike]
"""What the network sees, each uint8 (height, width, channels), and in what the picture is unlike the training
pictures."""
SECONDS = 20.0
"""For decoding all uploads of one question; a hundred photos take about ten, and others want to ask too."""


def decoded(uploads: list[tuple[str, bytes]]) -> tuple[list[dict[str, Any]], bytes]:
    """What is sent to the lens process of files: it never decodes what comes from outside.

    Args:
        uploads: name and content of each.

    Returns:
        of each `name` and either `shape` of its pixels and what `DecodedImage` says of it, or `error`; and the pixels
        of the good ones one after another, uint8 in RGB.
    """
    told, pixels, start = [], [], time.monotonic()
    for name, data in uploads:
        try:
            if time.monotonic() - start > SECONDS:
                raise _no_time_left(name)
            image = decode_apart(data, name)
        except UserError as error:
            told.append({"name": name, "error": {"what": error.what, "remedy": error.remedy, "code": error.code}})
        else:
            facts = {"width": image.width, "height": image.height, "is_animated": image.is_animated}
            told.append({"name": name, "shape": image.pixels.shape, **facts})
            pixels.append(image.pixels.tobytes())
    return told, b"".join(pixels)


class AskedImages:
    """The good ones as the network sees them, the others with the reason.

    Args:
        outline: of the network that they are made to fit.
        request: `positions` in the dataset, and `uploads` as `decoded` tells of them, which are `drawn` ones or files;
            a drawing may be `centred`. A file of ink on paper that is unlike the training pictures may be `adjusted`,
            which inverts and centres it: "instead" of it as it is, or "beside" that, as one more picture.
        payload: their pixels, as `decoded` gives them.
    """

    def __init__(self, outline: Outline, request: dict[str, Any], payload: bytes) -> None:
        self._dataset, self._shape = outline.experiment.dataset, outline.facts.shape
        self._reads = outline.facts.reads
        self._told: list[dict[str, Any]] = []
        self._refused: list[UserError] = []
        self._seen: list[np.ndarray] = []
        self._originals: dict[str, np.ndarray] = {}
        for position in request.get("positions", []):
            self._take(f"picture {position}", partial(self._stored, position))
        uploads = request.get("uploads", [])
        longest = SHOWN if len(uploads) <= FEW else SHOWN_SMALL
        read = self._photo
        if request.get("drawn"):
            read = partial(self._drawn, request.get("centred", False))
        elif (adjusted := request.get("adjusted")) and have_paper(self._dataset):
            read = partial(self._adjusted, manner_of(self._dataset), adjusted == "beside")
        start = 0
        for upload in uploads:
            pixels, start = _cut(payload, start, upload.get("shape", [0]))
            self._take(upload["name"], partial(self._uploaded, upload, pixels, longest, read))

    def __len__(self) -> int:
        """How many are seen: the good ones, and those beside them."""
        return len(self._seen)

    def answer(self) -> dict[str, Any]:
        """`pictures` (name, row among those seen or None, error, words, in what it is unlike the training pictures, row
        of the same adjusted beside it or None), `seen` uint8 (N, height, width, channels), and for uploads
        `original_<row>` uint8 (H, W, 3), small enough to be shown."""
        return {"pictures": self._told, "seen": self.stacked(), **self._originals}

    def stacked(self) -> np.ndarray:
        """The good ones as one array: uint8 (N, height, width, channels)."""
        return np.stack(self._seen) if self._seen else np.zeros((0, *self._shape), np.uint8)

    def need_one(self) -> None:
        """Refuses to go on without a good one.

        Raises:
            UserError: the reason why the first was not.
        """
        if self._seen:
            return
        if self._refused:
            raise self._refused[0]
        raise UserError("There is no picture to look at.", "Choose one.", "NO_PICTURE")

    def _take(self, name: str, read: Callable[[], tuple[str, Read]]) -> None:
        row = len(self._seen)
        try:
            words, (images, unlike) = read()
            beside = row + 1 if len(images) > 1 else None
            told = {"row": row, "error": "", "words": words, "unlike": unlike, "beside": beside}
            self._seen.extend(images)
        except UserError as error:
            self._refused.append(error)
            told = {"row": None, "error": str(error), "words": "", "unlike": "", "beside": None}
        self._told.append({"name": name, **told})

    def _stored(self, position: int) -> tuple[str, Read]:
        images = datasets.load(self._dataset).images
        if not 0 <= position < len(images):
            raise UserError("This picture is not in the dataset.", "Choose another one.", "NO_PICTURE")
        return "", ([np.array(images[position])], "")

    def _uploaded(
        self, upload: dict[str, Any], pixels: np.ndarray, longest: int, read: Callable[[np.ndarray], Read]
    ) -> tuple[str, Read]:
        if "error" in upload:
            raise UserError(**upload["error"])
        self._originals[f"original_{len(self._seen)}"] = _smaller(pixels, longest)
        return _words(upload), read(pixels)

    def _photo(self, pixels: np.ndarray) -> Read:
        return [fit_to(pixels, *self._reads)], ""

    def _adjusted(self, manner: Manner, beside: bool, pixels: np.ndarray) -> Read:
        """As a photo; of one that is unlike the training pictures also, or only, what is like them."""
        as_it_is, differs = self._photo(pixels)[0], unlike(pixels, manner)
        if not differs:
            return as_it_is, ""
        return [*(as_it_is if beside else []), turned(pixels, manner, *self._shape)], differs

    def _drawn(self, in_the_middle: bool, pixels: np.ndarray) -> Read:
        if in_the_middle:
            return [centred(pixels, manner_of(self._dataset), *self._shape)], ""
        return [shrunk(pixels, *self._shape)], ""


def _smaller(pixels: np.ndarray, longest: int) -> np.ndarray:
    """The same picture with a longer side of at most `longest` px: uint8 (H, W, 3)."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest, longest), Image.Resampling.BOX)
    return np.array(image)


def _words(upload: dict[str, Any]) -> str:
    """What is worth knowing about a file: "640×480 px, first frame of an animation"."""
    first = ", first frame of an animation" if upload["is_animated"] else ""
    return f"{upload['width']}×{upload['height']} px{first}"


def _cut(payload: bytes, start: int, shape: list[int]) -> tuple[np.ndarray, int]:
    """One picture out of many, uint8 of this shape, and where the next one begins."""
    count = prod(shape)
    return np.frombuffer(payload, np.uint8, count, start).reshape(shape), start + count


def _no_time_left(name: str) -> UserError:
    # Perhaps it was other tabs' pictures that took the time.
    what = f"{shown(name)} was left out, as its turn did not come within {SECONDS:g} s."
    return UserError(what, "Bring fewer at once.", "IMG_NO_TIME_LEFT")
