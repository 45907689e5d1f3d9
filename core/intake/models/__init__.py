"""Networks that other people saved, as data: a config is read against the catalogue, and nothing of it is ever run.

Keras' own reader would build what a file names, custom code included. Here a file is text: the classes that it names
are looked up in our catalogue, their arguments are checked like anybody's, and what can't be said is told by name.
"""

from dataclasses import dataclass

from core.augmentation import Augmentation
from core.layers import Layer
from core.words import cleaned

MAX_LAYERS = 400
"""Layers of one network, those in networks inside it counted."""
MAX_NESTED = 8
"""How deep networks may lie inside each other."""
NAME_LENGTH = 60
IMAGE = "image"
"""What stands for the image among inputs."""
AGAIN = "Save it in Python once more with model.save('network.keras'), and open that file as it is."


@dataclass(frozen=True)
class Found:
    """One layer that was understood.

    Args:
        name: as in the file; those inside a network that is a layer itself begin with its name: "base/conv1".
        layer: what it is here.
        inputs: names of those that it reads, or "image".
        key: its group in the file of weights: "layers/conv2d_1".
    """

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    key: str = ""


@dataclass(frozen=True)
class ReadNetwork:
    """What was understood of a file.

    Args:
        name: of the network, as in the file.
        shape: of one image, (height, width, channels) as far as the file says so: None for a side that may vary.
        layers: in an order in which each stands behind those that it reads.
        output: the name of the one that gives the answer.
        changes: random changes of the images at the front, as augmentations.
        remarks: sentences about what is said in another way here.
        left_out: sentences about what can't be said here, each with the name of its layer.
        precision: what its layers compute with: "float32", or a mixed policy that all but the last have.
    """

    name: str
    shape: tuple[int | None, ...]
    layers: tuple[Found, ...]
    output: str
    changes: tuple[Augmentation, ...] = ()
    remarks: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    precision: str = "float32"


def shown(text: object) -> str:
    """A name out of a file, clean and short enough for a sentence."""
    told = cleaned(str(text), 2 * NAME_LENGTH) or "?"
    return told if len(told) <= NAME_LENGTH else told[: NAME_LENGTH - 1] + "…"
