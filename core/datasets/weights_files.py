"""The files that bases learnt from elsewhere: where Keras keeps them, which are here, and how the rest is fetched."""

import hashlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from core import child, layers, workspace
from core.datasets.downloads import SILENCE_SECONDS, keras_folder
from core.errors import UserError
from core.intake.models import legacy
from core.layers import Layer, Shape
from core.layers.blocks import followed
from core.layers.holding import Holding
from core.layers.pretrained import Base, WeightsFile
from core.spec import kinds
from core.words import listed, number

OURS = Path(layers.__file__).parent
PIECE = 256 * 1024
"""Bytes that are asked for at a time."""
LARGEST = 400_000_000
"""Bytes; the largest file of a base has 95 million."""
SMALL: Shape = (96, 96, 3)
"""Of images for which some bases have a file of their own, beside the one for those of their usual shape."""


def place(file: WeightsFile) -> Path:
    """Where a file of weights lies: in Keras' folder, or beside the layer where it is ours."""
    return OURS / file.name if file.sha256 else keras_folder().parent / "models" / file.name


def is_here(file: WeightsFile) -> bool:
    """Whether a file is on this machine; `fetch` lets none stand there that is not whole."""
    return place(file).is_file()


def megabytes(file: WeightsFile) -> str:
    """Its size as people read it: "14 MB"."""
    size = place(file).stat().st_size if not file.size and is_here(file) else file.size
    return f"{max(1, round(size / 1e6))} MB"


def instead(*shapes: Shape) -> str:
    """What works without a network, as the end of a sentence: "; MobileNetV2 is here"; empty where nothing does.

    Args:
        shapes: of the images; of several each must work, as where it is not known which images are meant.
    """
    names = []
    bases = (one for one in kinds(Layer).values() if issubclass(one, Base))
    for kind in (one for one in bases if not issubclass(one, Holding)):  # those need a run or a file of one's own
        files = [kind().file(shape) for shape in shapes]
        if all(file and is_here(file) for file in files):
            names.append(kind.title())
    return f"; {listed(names)} {'is' if len(names) == 1 else 'are'} here" if names else ""


def table() -> str:
    """The networks of `keras.applications` as README lists them."""
    lines = ["| base | layers | parameters | weights | licence of the weights |", "|---|---|---|---|---|"]
    for name, kind in kinds(Layer).items():
        if issubclass(kind, Base) and kind.application:
            found = list(followed(kind().network(kind.usual), kind.usual))
            numbers = number(sum(part.layer.parameters(*given) for part, given, _ in found))
            size = megabytes(kind().file(kind.usual))
            lines.append(f"| {name} | {len(found) + 1} | {numbers} | {size} | {kind.licence} |")
    return "\n".join(lines)


def fetch_in_child(file: WeightsFile, progress: child.Progress | None = None) -> None:
    """`fetch` for the server, in a process of its own.

    Raises:
        UserError: as `fetch`.
    """
    if not is_here(file):
        child.ask("core.datasets.process", {"weights": asdict(file)}, progress, seconds=3600)


def fetch(file: WeightsFile, progress: child.Progress = lambda done, total: None) -> None:
    """Fetches a file into Keras' folder, unless it is there. Under its name it stands only whole and examined.

    Args:
        file: which.
        progress: called with (megabytes so far, megabytes in all).

    Raises:
        UserError: there is no network, the disk is full, or what came is not what Keras publishes.
    """
    if is_here(file):
        return
    with workspace.staging(place(file).parent) as folder:
        path = folder / file.name
        digest = hashlib.md5(usedforsecurity=False)
        with closing(_pieces(file, progress)) as pieces, workspace.new_file(path) as written:
            for piece in pieces:
                written.write(piece)
                digest.update(piece)
        if file.md5 and digest.hexdigest() != file.md5:
            raise _other(file)
        _examine(path, file)
        workspace.commit(path, place(file))


def _pieces(file: WeightsFile, progress: child.Progress) -> Generator[bytes]:
    """What the server sends.

    Raises:
        UserError: it can't be asked, falls silent, or sends less or far more than it said.
    """
    done, total = 0, file.size
    try:
        # The address is Keras' own; a plain one is for tests.
        with urllib.request.urlopen(file.url, timeout=SILENCE_SECONDS) as answer:  # noqa: S310
            said = int(answer.headers.get("Content-Length") or 0)
            total = said or total
            while piece := answer.read(PIECE):
                done += len(piece)
                if done > LARGEST:
                    raise _other(file)
                yield piece
                progress(done // 1_000_000, max(1, total // 1_000_000))
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, urllib.error.HTTPError):
            error.close()  # it holds the connection
        raise _offline(file) from error
    if said and done != said:
        raise _offline(file)


def _examine(path: Path, file: WeightsFile) -> None:
    """Reads all of it as a run would.

    Raises:
        UserError: it holds something else.
    """
    try:
        for _ in legacy.arrays(path):
            pass
    except UserError as error:
        raise _other(file) from error


def _offline(file: WeightsFile) -> UserError:
    host, others = urlsplit(file.url).hostname, instead(SMALL, Base.usual)
    return UserError(
        f"{file.name} could not be fetched from {host}.",
        f"Connect to the network and try again, or copy it into the models folder of KERAS_HOME{others}.",
        "BASE_OFFLINE",
    )


def _other(file: WeightsFile) -> UserError:
    return UserError(
        f"What came as {file.name} is not the file that Keras publishes.", "Try again; nothing was kept.", "BASE_OTHER"
    )
