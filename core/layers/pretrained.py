"""Bases: layers that learnt already, on other images, as the first step of a network."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar

from pydantic import Field

from core.layers import Impossible, Shape, need_image
from core.layers.blocks import Block, Part
from core.layers.hand_made import HandMadeConv2D
from core.spec import option
from core.words import counted, side_by_side

LAYER_NAME = r"^[A-Za-z0-9_.]{0,120}$"
LayerName = Annotated[str, Field(pattern=LAYER_NAME)]
FIRST = "image_"
"""How the names of the layers begin that prepare the image; a base has none of these names itself."""
TRAINING_ADVICE = (
    "Leave it off: the statistics of the base come from a million images, those of a small batch jump, and what was "
    "learnt no longer fits them. On, to see what goes wrong."
)


@dataclass(frozen=True)
class WeightsFile:
    """A file with the weights of a base.

    Args:
        name: as it lies in Keras' folder of models.
        url: where it can be fetched.
        md5: of its bytes, as Keras states it; empty where Keras states none.
        size: bytes; 0 where nobody knows before the download.
    """

    name: str
    url: str
    md5: str = ""
    size: int = 0


class Base(Block):
    """Layers that learnt already, on other images; first in a network, frozen until you let them learn."""

    family: ClassVar[str] = "Pretrained"
    application: ClassVar[str] = ""
    """What `keras.applications` calls it; empty where it does not have it."""
    usual: ClassVar[Shape] = (224, 224, 3)
    """The shape of the images that it learnt from."""
    least: ClassVar[int] = 32
    """Pixels that a side of an image must have."""
    learnt_from: ClassVar[str] = ""
    """What it learnt from, and how well, in a sentence."""

    cut: LayerName = option("", "Name of its last layer that is used; empty for all of them.", shown=False)
    trainable_from: LayerName = option(
        "", "Name of its first layer that learns on; empty while all are frozen.", shown=False
    )
    training: bool = option(
        False,
        "Whether its layers that learn do what they do in training: batch normalization follows each batch.",
        advice=TRAINING_ADVICE,
        rare=True,
    )

    @abstractmethod
    def network(self, shape: Shape) -> Sequence[Part]:
        """All its layers in topological order, by Keras' names; the first one reads what stands before it.

        Args:
            shape: of what it is given, three channels.
        """

    def preparation(self, channels: int) -> Sequence[Part]:
        """What brings pixels 0..1 into the range from which it learnt; it belongs to the base.

        Args:
            channels: of the images, 1 for grey ones.
        """
        return [Part(f"{FIRST}colours", COLOURS)] if channels == 1 else []

    def file(self, shape: Shape) -> WeightsFile | None:
        """The file that holds its weights for images of a shape; None where they do not come from a file of Keras'."""
        return None

    @property
    def digest(self) -> str:
        """Names its weights among those that are kept here; empty where they come from elsewhere."""
        return ""

    @property
    def first_layer(self) -> str:
        """Name of its first layer, those that prepare the image left out."""
        return self.network(self.usual)[0].id

    @property
    def is_fresh(self) -> bool:
        """Whether it begins with fresh weights, as one that is to be compared does."""
        return False

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        height, width, channels = need_image(shape, self.kind)
        if channels not in (1, 3):
            raise Impossible(f"it reads colours, not {counted(channels, 'map')}", "Put it first, right on the image.")
        if min(height, width) < self.least:
            raise Impossible(
                f"it needs images of {self.least}x{self.least} px or more, these are {side_by_side((height, width))}",
                "Choose larger images on the Data page, or put Resizing before it.",
            )
        parts = up_to([*self.preparation(channels), *self.network((height, width, 3))], self.cut, self.kind)
        return list(self._marked(parts))

    def _marked(self, parts: Sequence[Part]) -> Iterator[Part]:
        """The parts with what learns on and what doesn't."""
        learns = False
        if self.trainable_from and all(part.id != self.trainable_from for part in parts):
            raise Impossible(
                f"it has no layer {self.trainable_from}, from which it should learn on",
                "Choose where it learns from.",
                trainable_from="",
            )
        for part in parts:
            learns = learns or part.id == self.trainable_from
            yield part._replace(trainable=part.trainable and learns, inference=not (learns and self.training))

    def size(self) -> int:
        return _size(self)

    def words(self) -> str:
        cut = f"up to {self.cut}, " if self.cut else ""
        return f"{cut}{f'learns from {self.trainable_from} on' if self.trainable_from else 'frozen'}"

    def short(self) -> str:
        return f"{self.kind}{f' to {self.cut}' if self.cut else ''}"


COLOURS = HandMadeConv2D(kernels=((((1.0,),),),) * 3, padding="valid")
"""Grey as three equal colours."""


def up_to(parts: Sequence[Part], name: str, kind: str) -> list[Part]:
    """The part of a name and all that it hangs on; all of them without a name.

    Raises:
        Impossible: there is none of that name.
    """
    if not name:
        return list(parts)
    by_id = {part.id: part for part in parts}
    if name not in by_id:
        raise Impossible(f"{kind} has no layer {name}", "Choose where it is cut.", cut="")
    before = dict(zip(by_id, ["", *by_id], strict=False))
    needed, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one in by_id and one not in needed:
            needed.add(one)
            waiting += by_id[one].inputs or (before[one],)
    kept = [part for part in parts if part.id in needed]
    follows = dict(zip((part.id for part in kept), ["", *(part.id for part in kept)], strict=False))
    return [  # what read the part before it without a word says so where that part is another one now
        part if part.inputs or before[part.id] == follows[part.id] else part._replace(inputs=(before[part.id],))
        for part in kept
    ]


@lru_cache(maxsize=256)
def _size(base: Base) -> int:
    try:
        return len(base.expand(base.usual))
    except Impossible:
        return 1


def divisible(value: float, by: int = 8) -> int:
    """A number of filters near a value that a device likes: a multiple of `by`, at most a tenth below the value.

    Source: Sandler and others 2018, the code to "MobileNetV2".
    """
    rounded = max(by, int(value + by / 2) // by * by)
    return rounded + by if rounded < 0.9 * value else rounded


def keras_file(name: str, folder: str, md5: str = "", size: int = 0) -> WeightsFile:
    """A file of `keras.applications`, as it is called there.

    Args:
        name: of the file.
        folder: of the server in which it lies.
        md5, size: as `WeightsFile`.
    """
    return WeightsFile(name, f"https://storage.googleapis.com/tensorflow/keras-applications/{folder}/{name}", md5, size)


def arguments(base: Base, shape: Shape) -> dict[str, Any]:
    """Keyword arguments with which `keras.applications` makes the same network."""
    own = {name: getattr(base, name) for name in type(base).model_fields if name not in Base.model_fields}
    return {"input_shape": (*shape[:2], 3), "include_top": False, **own}
