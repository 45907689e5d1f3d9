"""Bases: layers that learnt already, on other images, as the first step of a network."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from core.layers import Impossible, Shape, need_image
from core.layers.blocks import Block, Part, followed
from core.layers.cuts import Place, places
from core.layers.hand_made import HandMadeConv2D
from core.spec import Spec, option
from core.words import counted, number, side_by_side

LAYER_NAME = r"^[A-Za-z0-9_.]{0,120}$"
LayerName = Annotated[str, Field(pattern=LAYER_NAME)]
SERVER = "https://storage.googleapis.com/tensorflow/keras-applications"
FIRST = "image_"
"""How the names of the layers begin that prepare the image; a base has none of these names itself."""
TRAINING_ADVICE = (
    "Leave it off: mean and variance of a small batch jump, and the layers behind learnt with those of a million "
    "images. Switch it on to see what goes wrong. In a script of your own: Keras 3 forgets a training=False that was "
    "given while a functional model was built as soon as fit runs; here, off is off."
)
BORDER = 0.65
"""Where fine-tuning begins unless told: MobileNetV2's layer 100 of 154, as in TensorFlow's tutorial."""
FROZEN, ALL_LEARN = "all frozen", "everything learns"


@dataclass(frozen=True)
class WeightsFile:
    """A file with the weights of a base.

    Args:
        name: as it lies in Keras' folder of models, or beside the layer where it is ours.
        url: where it can be fetched; empty where it is ours.
        md5: of its bytes, as Keras states it; empty where Keras states none.
        size: bytes, or what its numbers take where nobody said; 0 where that is not known either.
        sha256: of its bytes, where it is ours: it lies in the repository.
    """

    name: str
    url: str = ""
    md5: str = ""
    size: int = 0
    sha256: str = ""


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

    cut: LayerName = option(
        "",
        "The last of its layers that is used; what stands behind it is left out.",
        advice="If your images are unlike those that it learnt from, cut it earlier: first layers see edges and "
        "textures, last ones whole things.",
    )
    trainable_from: LayerName = option(
        "",
        "The first of its layers that learns on your images; all before it stay as they are.",
        advice="Train with all frozen first. Then let the last blocks learn, with a rate ten times smaller.",
        scale="path",
    )
    training: bool = option(
        False,
        "Whether batch normalization in its layers that learn follows each batch, as it does in training.",
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

    def learnt(self, shape: Shape) -> list[str]:
        """Names of all its layers that have weights, in the order in which a file of Keras' holds them.

        Args:
            shape: as `network` takes it.
        """
        parts = list(self.network(shape))
        return [part.id for part, given, _ in followed(parts, shape) if part.layer.parameters(*given)]

    @property
    def digest(self) -> str:
        """Names its weights among those that are kept here; empty where they come from elsewhere."""
        return ""

    @property
    def first_layer(self) -> str:
        """Name of its first layer, those that prepare the image left out."""
        return self.network(self.usual)[0].id

    @property
    def usual_border(self) -> str:
        """Name of the layer from which it is fine-tuned unless told."""
        learns = [one.name for one in _places(self.edited(trainable_from=""), self.usual) if one.learn]
        return learns[min(round(BORDER * len(learns)), len(learns) - 1)]

    def begun_fresh(self) -> Self:
        """The same layers with fresh weights."""
        return self.edited(weights=None)

    @property
    def is_fresh(self) -> bool:
        """Whether it begins with fresh weights, as one that is to be compared does."""
        return False

    def unit(self, shape: Shape, turn: int) -> Sequence[Part]:
        return list(self._marked(up_to(self.all_parts(shape), self.cut)))

    def all_parts(self, shape: Shape) -> list[Part]:
        """What prepares the image, and all its layers, whether they are used or not.

        Args:
            shape: of one image.

        Raises:
            Impossible: it can't read such images.
        """
        height, width, channels = need_image(shape, self.kind)
        if channels not in (1, 3):
            raise Impossible(f"it reads colours, not {counted(channels, 'map')}", "Put it first, right on the image.")
        if min(height, width) < self.least:
            raise Impossible(
                f"it needs images of {self.least}x{self.least} px or more, these are {side_by_side((height, width))}",
                "Choose larger images on the Data page, or put Resizing before it.",
            )
        return [*self.preparation(channels), *self.network((height, width, 3))]

    def _marked(self, parts: Sequence[Part]) -> Iterator[Part]:
        """The parts with what learns on and what doesn't."""
        learns = False
        if self.trainable_from and all(part.id != self.trainable_from for part in parts):
            raise Impossible(
                f"there is no layer {self.trainable_from} from which it should learn on",
                "Choose where it learns from.",
                trainable_from="",
            )
        for part in parts:
            learns = learns or part.id == self.trainable_from
            yield part._replace(trainable=part.trainable and learns, inference=not (learns and self.training))

    def size(self) -> int:
        return _size(self)

    def edited(self, **changes: Any) -> Self:
        changed = super().edited(**changes)
        if not changed.trainable_from or "trainable_from" in changes:
            return changed
        # What learnt from a layer on that is cut off learns no longer.
        bare = super(Base, changed).edited(trainable_from="")
        return changed if changed.trainable_from in _names(bare, self.usual) else bare

    def as_kind(self, kind: type[Spec]) -> Spec:
        """As `Spec.as_kind`; names of layers mean nothing in another network."""
        names = {"cut": "", "trainable_from": ""} if kind is not type(self) else {}
        return super().as_kind(kind).edited(**names) if issubclass(kind, Base) else super().as_kind(kind)

    def choices(self, shape: Shape) -> dict[str, dict[str, str]]:
        bare = self.edited(trainable_from="")
        here = next((one for one in (shape, self.usual) if _names(bare.edited(cut=""), one)), None)
        return {"cut": bare._cuts(here), "trainable_from": bare._borders(here)} if here else {}

    def _cuts(self, shape: Shape) -> dict[str, str]:
        """All layers with what they give, those at the ends of blocks first."""
        found = _places(self.edited(cut=""), shape)
        ends = [one for one in found if one.ends]
        order = [*ends, *(one for one in found if not one.ends)]
        told = {one.name: f"{one.name} · {side_by_side(one.shape)}" for one in order if one is not found[-1]}
        return {"": f"all of it · {side_by_side(found[-1].shape)}"} | told

    def _borders(self, shape: Shape) -> dict[str, str]:
        """From which layer on it may learn, and how many parameters that makes; counted as Keras does."""
        # Cut at a layer that it doesn't have, it is shown whole.
        used = _places(self if _names(self, shape) else self.edited(cut=""), shape)
        whole = len(_places(self.edited(cut=""), shape)) + 1
        numbers = {one.name: one.number for one in _places(self.edited(cut=""), shape)}
        told = {
            one.name: f"{numbers[one.name]} · {one.name}\n{_from(numbers[one.name], whole, one.learn)}"
            for one in reversed(used)
            if one.learn
        }
        return {"": FROZEN} | told | {used[0].name: f"{ALL_LEARN}\n{_from(1, whole, used[0].learn)}"}

    def settings(self) -> str:
        """What it is, without what of it learns: "alpha 0.35, up to block_12_add"."""
        own = [name for name, one in type(self).options().items() if one.shown and name not in Base.model_fields]
        values = {name: getattr(self, name) for name in own}
        told = [name if value is True else f"{name} {value}" for name, value in values.items() if value is not False]
        return ", ".join([*told, *([f"up to {self.cut}"] if self.cut else [])])

    def learning(self) -> str:
        """What of it learns: "frozen", or "learns from block_13_expand on"."""
        if not self.trainable_from:
            return "frozen"
        is_first = self.trainable_from in _names(self.edited(cut="", trainable_from=""), self.usual)[:1]
        return "all of it learns" if is_first else f"learns from {self.trainable_from} on"

    def words(self) -> str:
        return ", ".join(filter(None, [self.settings(), self.learning()]))

    def short(self) -> str:
        return f"{self.kind}{f' to {self.cut}' if self.cut else ''}"


COLOURS = HandMadeConv2D(kernels=((((1.0,),),),) * 3, padding="valid")
"""Grey as three equal colours."""


def up_to(parts: Sequence[Part], name: str) -> list[Part]:
    """The part of a name and all that it hangs on; all of them without a name.

    Raises:
        Impossible: there is none of that name.
    """
    if not name:
        return list(parts)
    by_id = {part.id: part for part in parts}
    if name not in by_id:
        raise Impossible(f"it has no layer {name}", "Choose where it is cut.", cut="")
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


def _from(first: int, whole: int, learn: int) -> str:
    return f"From layer {first} of {whole} on, as Keras counts: {number(learn)} of its parameters learn."


@lru_cache(maxsize=256)
def _places(base: Base, shape: Shape) -> list[Place]:
    """The layers of a base that are used, with what they give.

    Raises:
        Impossible: it can't take that shape, or has no layer of the name where it is cut.
    """
    return places(up_to(base.all_parts(shape), base.cut), shape, FIRST)


def _names(base: Base, shape: Shape) -> list[str]:
    """Of the layers of a base that are used; none where it can't be."""
    try:
        return [one.name for one in _places(base, shape)]
    except Impossible:
        return []


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


def keras_file(name: str, folder: str, md5: str = "", size: int = 0, served: str = "") -> WeightsFile:
    """A file of `keras.applications`, as it is called there.

    Args:
        name: of the file.
        folder: of the server in which it lies.
        md5, size: as `WeightsFile`.
        served: what the server calls it, where that is something else.
    """
    return WeightsFile(name, f"{SERVER}/{folder}/{served or name}", md5, size)


def arguments(base: Base, shape: Shape) -> dict[str, Any]:
    """Keyword arguments with which `keras.applications` makes the same network."""
    own = {name: getattr(base, name) for name in type(base).model_fields if name not in Base.model_fields}
    return {"input_shape": (*shape[:2], 3), "include_top": False, **own}
