"""A dataset as a file to be fetched, made in a process of its own."""

import shutil
import zipfile
from pathlib import Path

from core import child, workspace
from core.datasets import Dataset, load
from core.errors import UserError
from core.holdings import size_words
from core.stores import Content, Store, content_of, find
from core.stores.ready import Exported, appear, slug

MODULE = "core.stores.process"
SECONDS = 1800.0
TIMES = 3
"""What is made takes up to so many times the room of the pixels: the store, and the ZIP of it."""


def make(dataset: Dataset, share: float, seed: int, word: str, progress: child.Progress | None = None) -> Exported:
    """Stores a dataset with its split, as one file: the only one that the store writes, else a ZIP of them.

    Args:
        dataset: which.
        share: 0..0.9 of the training images held out for validation.
        seed: of the split.
        word: one of `stores`.
        progress: called with (images done, images in all).

    Raises:
        UserError: the data can't be had, this form can't hold it, or the disk is full.
    """
    store = find(word)
    path = Path(child.ask(MODULE, job(dataset, share, seed) | {"store": word}, progress, SECONDS))
    mime = "application/zip" if path.suffix == ".zip" else "application/octet-stream"
    return Exported(path, file_name(dataset, store, path.suffix), mime)


def file_name(dataset: Dataset, store: Store, ending: str) -> str:
    """What the file is called that `make` makes: what is one file has the ending of its kind, a ZIP says of what.

    Args:
        dataset: that is stored.
        store: its form.
        ending: of the one file, or of the ZIP.
    """
    kind = f"-{store.word}" if ending == ".zip" else ""
    return f"{slug(dataset.called(), 'dataset')}{kind}{ending}"


def job(dataset: Dataset, share: float, seed: int) -> dict:
    """What the process is told of a dataset."""
    return {"dataset": dataset.model_dump(), "share": share, "seed": seed}


def produce(dataset: Dataset, share: float, seed: int, store: Store, progress: child.Progress) -> Path:
    """`make`, in this process; returns where the file lies."""
    content, home = content_of(load(dataset, share, seed)), workspace.current()
    require_room(content, TIMES)
    with workspace.staging(home.folder(child.SCRATCH)) as staging:
        store.write(staging, content, progress)
        files = sorted(path for path in staging.rglob("*") if path.is_file())
        one = files[0] if len(files) == 1 else None
        name = slug(dataset.called(), "dataset")
        return appear(
            home, one.suffix if one else ".zip", lambda to: _copy(one, to) if one else _zip(staging, name, to)
        )


def require_room(content: Content, times: int) -> None:
    """Refuses what the disk has no room for.

    Raises:
        UserError: it has none.
    """
    needed = times * content.size + (1 << 20)
    free = shutil.disk_usage(workspace.current().folder(child.SCRATCH)).free
    if free < needed:
        what = f"The disk is full: this needs about {size_words(needed)}, and {size_words(free)} are free."
        raise UserError(what, "Free some space and try again.", "DISK_FULL")


def _copy(path: Path, to: Path) -> None:
    with path.open("rb") as source, workspace.new_file(to) as target:
        shutil.copyfileobj(source, target, 1 << 20)


def _zip(folder: Path, name: str, to: Path) -> None:
    """All files of a folder, in a folder of that name; images that are packed already are not packed again."""
    with workspace.new_file(to) as raw, zipfile.ZipFile(raw, "w", compresslevel=1) as file:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packing = zipfile.ZIP_STORED if path.suffix == ".png" else zipfile.ZIP_DEFLATED
                file.write(path, f"{name}/{path.relative_to(folder).as_posix()}", packing)
