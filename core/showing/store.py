"""Where what was shown lies: a folder for each showing among the uploads, whose budget it shares.

Each change is on the disk before it is told, so a refresh or a restart loses none. Images are written once, in the form
in which uploads are stored, and go when no state that can be had back holds them.
"""

import contextlib
import hashlib
import io
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from pydantic import ValidationError

from core import holdings, stored, workspace
from core.errors import UserError
from core.intake.pixels import canonical
from core.showing.shown import MAX_IMAGES, Shown
from core.words import counted
from core.workspace import Workspace

FOLDER = ".shown"
"""Among the uploads; as its name begins with a point it is none of them, and its bytes count with theirs."""
TABLE, IMAGES, LOCK = "shown.json", "images", "lock"
ID = re.compile(r"[0-9a-f]{32}")
LARGEST = 8 << 20
"""Bytes of a table: a thousand images in each of twenty steps back take 1 MB."""


@dataclass(frozen=True)
class Showing:
    """One showing on the disk.

    Args:
        home: the workspace that it lies in.
        id: 32 hexadecimal digits.
    """

    home: Workspace
    id: str

    @property
    def path(self) -> Path:
        """Its folder."""
        return _root(self.home) / self.id

    def read(self) -> Shown:
        """What was shown by now.

        Raises:
            UserError: it is not here, or damaged.
        """
        try:
            if not ID.fullmatch(self.id):
                raise ValueError("no id")
            return Shown.model_validate_json(stored.read_file(self.path / TABLE, LARGEST))
        except (OSError, ValidationError, ValueError) as error:
            what = "What was shown there is not on this machine any more."
            raise UserError(what, "Show your things anew.", "SHOWN_NOT_FOUND") from error

    def change(self, change: Callable[[Shown], Shown]) -> Shown:
        """Makes a change, and writes it down.

        Raises:
            UserError: the change can't be made, the showing is gone, or the disk is to blame.
        """
        with self._turn():
            before = self.read()
            after = change(before)
            if after != before:
                self._write(after)
        return after

    def add(self, class_id: int, pictures: Sequence[np.ndarray], *, alike: bool) -> Shown:
        """Adds pictures to a class.

        Args:
            class_id: of the class.
            pictures: one or more, uint8 (H, W, 3), 0..255, as `intake.pixels.canonical` makes them.
            alike: whether they were taken in one go; files are each on its own.

        Raises:
            UserError: there would be too many, no room is left, or as `change`.
        """
        with self._turn():
            before = self.read()
            before.find(class_id)
            if before.count + len(pictures) > MAX_IMAGES:
                would = counted(before.count + len(pictures), "picture")
                what = f"With these there would be {would}; {MAX_IMAGES} can be shown."
                raise UserError(what, "Remove some, or make it a dataset.", "SHOWN_TOO_MANY")
            places = [(1, turn) if alike else (turn + 1, 0) for turn in range(len(pictures))]
            files = [
                (f"{before.presses + press:06d}-{turn:03d}-{_sum(one)}.png", one)
                for (press, turn), one in zip(places, pictures, strict=True)
            ]
            after = before.with_images(class_id, tuple(name for name, _ in files))
            packed = [(name, _png(one)) for name, one in files]
            holdings.require_room_for_images(self.home, sum(len(data) for _, data in packed))
            try:
                for name, data in packed:
                    workspace.write_new(self.path / IMAGES / name, data)
            except OSError as error:
                raise workspace.disk_error(error) from error
            self._write(after)
        return after

    def pixels(self, image: str) -> np.ndarray:
        """The pixels of one image: uint8 (H, W, 3), 0..255.

        Raises:
            UserError: its file is gone or damaged.
        """
        try:
            return canonical((self.path / IMAGES / image).read_bytes())
        except (OSError, SyntaxError, ValueError) as error:
            what = "A picture that was shown is not on this machine any more."
            raise UserError(what, "Remove it, and show another one.", "SHOWN_PICTURE_GONE") from error

    def _write(self, shown: Shown) -> None:
        workspace.write_bytes(self.path / TABLE, shown.model_dump_json(indent=1).encode())
        held = set(shown.files())
        for path in stored.names_in(self.path / IMAGES):
            if path.name not in held:
                with contextlib.suppress(OSError):
                    workspace.remove(path)

    @contextlib.contextmanager
    def _turn(self):  # noqa: ANN202
        """One change at a time, also of several processes."""
        lock = stored.Lock(self.path / LOCK)
        try:
            lock.acquire()
        except OSError as error:
            self.read()  # says so if it is gone
            raise workspace.disk_error(error) from error
        try:
            yield
        finally:
            lock.release()


def begin(home: Workspace) -> Showing:
    """A new showing, with two classes that hold nothing yet.

    Raises:
        UserError: the disk is to blame.
    """
    showing = Showing(home, secrets.token_hex(16))
    root = home.folder(holdings.IMAGES.folder) / FOLDER
    try:
        with workspace.staging(root) as place:
            workspace.make_folder(place / IMAGES)
            workspace.write_json(place / TABLE, Shown().model_dump())
            workspace.commit(place, showing.path)
    except OSError as error:
        raise workspace.disk_error(error) from error
    return showing


def showings(home: Workspace) -> list[tuple[Showing, Shown]]:
    """All that hold a picture, the latest change first; what can't be read is passed over."""
    found = []
    for path in stored.names_in(_root(home)):
        if ID.fullmatch(path.name):
            with contextlib.suppress(UserError, OSError):
                shown = Showing(home, path.name).read()
                if shown.count:
                    found.append(((path / TABLE).stat().st_mtime, Showing(home, path.name), shown))
    return [(showing, shown) for _, showing, shown in sorted(found, key=lambda one: one[0], reverse=True)]


def delete(showing: Showing) -> None:
    """Removes a showing and its images; datasets that were made of it stay.

    Raises:
        UserError: the disk is to blame.
    """
    try:
        workspace.discard(showing.path)
    except FileNotFoundError:
        return
    except OSError as error:
        raise workspace.disk_error(error) from error
    finally:
        holdings.forget(showing.home, holdings.IMAGES)


def _root(home: Workspace) -> Path:
    return home.home / holdings.IMAGES.folder / FOLDER


def _sum(picture: np.ndarray) -> str:
    """Equal for pictures that are equal pixel by pixel; the same sum as in a dataset."""
    return hashlib.sha256(f"{picture.shape}".encode() + picture.tobytes()).hexdigest()[:32]


def _png(picture: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", compress_level=1)
    return buffer.getvalue()
