"""Files of networks on their way in: laid down unread, opened in a process of their own, and removed."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from core import workspace
from core.experiment import Experiment
from core.experiment.bases import with_base
from core.experiment.node import Node, nodes_of
from core.experiment.opened import Opened, opened
from core.experiment.reading import read_experiment
from core.experiment.recognised import rows_of
from core.intake.documents import NETWORK, parsed
from core.intake.models.files import HEAD, is_config, require_size
from core.intake.models.process import open_in_process
from core.intake.models.reading import read_network
from core.intake.models.weights import Shapes
from core.layers import Shape
from core.layers.own_base import ORIGIN_LENGTH
from core.layers.pooling import GlobalAveragePooling2D
from core.runs.as_base import fresh
from core.runs.beginning import take_over
from core.uploads.incoming import PIECE, place_for_upload
from core.words import cleaned


@dataclass(frozen=True)
class Brought:
    """What a file is: an experiment of ours, or a network of Keras.

    Args:
        experiment: an experiment that Kernelscope saved; None for a network.
        config: the JSON value of a Keras config.
        shapes: of its weights, by group; empty for a config alone.
        trouble: why its weights can't be taken over.
        rows: of a network that we exported, as the learner edited them.
    """

    experiment: Experiment | None = None
    config: Any = None
    shapes: Shapes = field(default_factory=dict)
    trouble: str = ""
    rows: tuple[Node, ...] = ()

    def put_into(self, experiment: Experiment, name: str = "") -> Opened:
        """The network in place of that of an experiment.

        Raises:
            UserError: it can't be read, or can't be with these images.
        """
        return opened(read_network(self.config), experiment, name, self.rows)


def receive_network(file: BinaryIO, name: str) -> Brought:
    """Reads the file of an experiment, or of a network.

    Args:
        file: its bytes.
        name: what it was called.

    Raises:
        UserError: it is neither, or can't be read.
    """
    file.seek(0)
    if looks_like_json(file.read(HEAD)) or name.lower().endswith(".json"):
        file.seek(0)
        text = file.read(NETWORK.most_bytes + 1)
        value = parsed(text, NETWORK)
        return Brought(config=value) if is_config(value) else Brought(read_experiment(text))
    with place_for_upload() as place:
        told = open_in_process(_laid_down(file, place), name)
    return Brought(None, told.config, told.shapes, told.trouble, rows_of(told.ours))


def with_weights(file: BinaryIO, name: str, opened: Opened) -> tuple[Experiment, tuple[str, ...]]:
    """The experiment of an opened network, its first weights those of the file, and what is to be said about it.

    Args:
        file: its bytes.
        name: what it was called.
        opened: what was understood of it.

    Raises:
        UserError: its weights can't be taken over, or are not those of this network.
    """
    with place_for_upload() as place:
        taken = take_over(_laid_down(file, place), name, opened.experiment, opened.keys)
    return opened.experiment.edited(weights=taken.digest), taken.notes


def as_base(
    file: BinaryIO, name: str, brought: Brought, opened: Opened, experiment: Experiment
) -> tuple[Experiment, tuple[str, ...]]:
    """An experiment that begins with the network of a file, without its head, and what had to give way.

    Args:
        file: its bytes.
        name: what it was called.
        brought: what it is.
        opened: what was understood of it.
        experiment: in work.

    Raises:
        UserError: its weights can't be taken over, or it can't be with these images.
    """
    facts = experiment.dataset.facts()
    base = fresh(opened.experiment.nodes, _made_for(brought, facts.shape), cleaned(name, ORIGIN_LENGTH))
    with_base(experiment, base)  # before the weights, which take some seconds
    learnt = replace(facts, shape=base.images)
    own = [row.name for row in opened.experiment.trace(facts).rows[:-1]]
    ends = experiment.edited(nodes=nodes_of([base]))
    traced = ends.trace(learnt)
    if traced.broken:
        ends = ends.edited(nodes=nodes_of([base, GlobalAveragePooling2D()]))
    rows = [row for row in traced.rows if row.base]
    names = {name: row.name for name, row in zip(own, rows, strict=True)}
    keys = {names[name]: key for name, key in opened.keys.items() if name in names}
    with place_for_upload() as place:
        taken = take_over(_laid_down(file, place), name, ends, keys, base=True)
    return with_base(experiment, base.edited(weights=taken.digest))


def _made_for(brought: Brought, shape: Shape) -> Shape:
    """The shape of the images that the network of a file learnt from; what it leaves open is as here."""
    told = read_network(brought.config).shape
    return tuple(one or own for one, own in zip(told, shape, strict=True)) if len(told) == len(shape) else shape


def looks_like_json(head: bytes) -> bool:
    """Whether a file begins as a JSON document does, or is text that should have been one."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _laid_down(file: BinaryIO, place: Path) -> Path:
    """Where the bytes of a file lie now; a larger one than any is refused as soon as that is known.

    Raises:
        UserError: it is.
    """
    file.seek(0)
    size = 0
    with workspace.new_file(place / "network") as copy:
        while piece := file.read(PIECE):
            size += len(piece)
            require_size(size)
            copy.write(piece)
    return place / "network"
