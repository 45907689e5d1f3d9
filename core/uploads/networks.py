"""Files of networks on their way in: laid down unread, opened in a process of their own, and removed."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from core import workspace
from core.experiment import Experiment
from core.experiment.node import Node
from core.experiment.opened import Opened, opened
from core.experiment.reading import read_experiment
from core.experiment.recognised import rows_of
from core.intake.documents import NETWORK, parsed
from core.intake.models.files import HEAD, is_config, require_size
from core.intake.models.process import open_in_process
from core.intake.models.reading import read_network
from core.intake.models.weights import Shapes
from core.runs.beginning import take_over
from core.uploads.incoming import PIECE, place_for_upload


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
