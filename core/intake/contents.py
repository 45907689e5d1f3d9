"""Equal pictures of all uploads lie on the disk once: each is a further name (a hard link) of one file by its content.

An upload's folder stays whole by itself, so a disk that knows no links, or a copy of the workspace that lost them,
costs room and nothing else.
"""

import contextlib
import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from core import child, workspace

FOLDER = ".contents"
"""Beside the uploads; a file is called by the SHA-256 of its bytes."""


def share(root: Path, id: str, on_progress: child.Progress = lambda done, total: None) -> None:
    """Makes the pictures of an upload, and those of others that are equal, the same files; harmless where that fails.

    Args:
        root: folder of all uploads.
        id: of one that is complete.
        on_progress: called about a hundred times with (pictures done, pictures in all).
    """
    with contextlib.suppress(OSError):
        workspace.make_folder(root / FOLDER)
        paths = sorted((root / id / "images").iterdir())
        for done, path in enumerate(paths, start=1):
            _share_one(path, root / FOLDER)
            if done == len(paths) or done % max(1, len(paths) // 100) == 0:
                on_progress(done, len(paths))


def _share_one(path: Path, store: Path) -> None:
    data = path.read_bytes()
    known = store / hashlib.sha256(data).hexdigest()
    if not known.exists():
        workspace.link(path, known)
    elif not known.samefile(path) and known.read_bytes() == data:  # read, as a damaged one must not spread
        workspace.link(known, path)


def forget(root: Path, away: Iterable[Path] = ()) -> None:
    """Lets go of contents that no upload holds any more; their last name is the one in the store.

    Args:
        root: folder of all uploads.
        away: folders of uploads that were deleted, whose pictures take room in the trash and none here.
    """
    deleted = Counter(node for folder in away for path in folder.glob("images/*") if (node := _node(path)))
    for path in (root / FOLDER).glob("*"):
        with contextlib.suppress(OSError):
            found = path.stat()
            if found.st_nlink - deleted[found.st_ino] == 1:
                workspace.remove(path)


def _node(path: Path) -> int:
    """The number of a file's content; 0 for one that went meanwhile, as the trash lets go of what is old."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0
