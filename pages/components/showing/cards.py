"""A card for each class: pictures come from the camera while a button is held, and from files."""

import base64
import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import streamlit as st
from annotated_types import Ge, MaxLen, MinLen
from PIL import Image
from pydantic import Field

from core.errors import UserError
from core.intake.decoding import decode_apart
from core.intake.images import MAX_BYTES
from core.intake.images import shown as shown_name
from core.showing.shown import MAX_CLASSES, MAX_IMAGES, MAX_NAME, Shown, ShownClass
from core.showing.store import Showing
from core.words import counted, listed
from pages.components.browser.component import component
from pages.components.frame import sent, session
from pages.components.frame.gestures import Gestures
from pages.components.frame.markdown import plain
from pages.components.showing import current

STYLE = Path(__file__).with_name("sight.css")
KEY, UPLOADERS = "shown-cards", "shown-uploaders"
MOST_FRAMES, MAX_FRAME = 100, 200_000
"""Pictures of one press, and letters of one of them: a JPEG of 224 x 224 px takes 10 to 30 thousand."""
MOST_FILES, MAX_TOTAL = 200, 300_000_000
"""Files and their bytes at once."""
THUMB = 96
"""px of a picture as it is sent: twice what it takes, and large enough to be looked at."""
PREFIX = "data:image/jpeg;base64,"
TOLD = 3
"""Files that are named where some were left out."""
TURN, TAKEN = "shown-turn", "shown-taken"

_cards = component(
    "shown_cards", "browser/gestures", "showing/camera", "showing/cards", html="<div class='showing'></div>"
)


class Asked(sent.Shape):
    """A gesture of the cards.

    Args:
        action: what is to be done.
        class_: id of the class that it is done to.
        name: a name for it.
        image: the picture that is to go.
        images: pictures that are to move to the class, or to a new one.
        into: id of the class that it is merged into.
        frames: pictures of one press, as data addresses.
    """

    action: Literal["add", "name", "forget", "class", "remove", "undo", "redo", "move", "merge", "paint"]
    class_: Annotated[int, Ge(1)] | None = Field(None, alias="class")
    name: Annotated[str, MaxLen(8 * MAX_NAME)] | None = None
    image: sent.Name | None = None
    images: Annotated[list[sent.Name], MinLen(1), MaxLen(MAX_IMAGES)] | None = None
    into: Annotated[int, Ge(1)] | None = None
    frames: Annotated[list[Annotated[str, MaxLen(MAX_FRAME)]], MinLen(1), MaxLen(MOST_FRAMES)] | None = None


def draw(found: Showing | None, shown: Shown) -> None:
    """Draws them, and takes in the files that were added."""
    st.html(STYLE)
    if refusal := session.remember(current.REFUSAL):
        session.keep(current.REFUSAL, None)
        st.warning(plain(refusal))
    data = {
        "classes": [_class(one, found) for one in shown.classes],
        "mayAdd": len(shown.classes) < MAX_CLASSES,
        "undo": shown.back[-1].words if shown.back else "",
        "redo": shown.ahead[-1].words if shown.ahead else "",
        "files": {"most": MOST_FILES, "largest": MAX_BYTES},
        "gestures": _gestures.data(),
    }
    _cards(key=KEY, data=data, on_gestures_change=_gestures.take)
    with st.container(key=UPLOADERS):
        for one in shown.classes:
            _uploader(one)


def _class(one: ShownClass, found: Showing | None) -> dict[str, Any]:
    images = [{"id": image, "uri": _thumb(found, image)} for image in one.images]
    return {"id": one.id, "name": one.name, "color": one.painted, "images": images, "filesKey": _files_key(one)}


@lru_cache(4096)
def _thumb(found: Showing, image: str) -> str:
    """A picture made small, as a data address; empty where its file is gone."""
    try:
        return thumb_of(found.pixels(image))
    except UserError:
        return ""


def thumb_of(pixels: np.ndarray, longest: int = THUMB) -> str:
    """The same of pixels: uint8 (H, W, 3)."""
    small, buffer = Image.fromarray(pixels), io.BytesIO()
    small.thumbnail((longest, longest), Image.Resampling.BOX)
    small.save(buffer, "WEBP", quality=75)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()


# ---- what is asked for


def apply(gesture: dict[str, Any]) -> None:
    """Does one gesture to what this tab shows; a sentence is kept where it can't be done."""
    try:
        _do(sent.read(Asked, gesture))
    except UserError as error:
        session.keep(current.REFUSAL, str(error))


def _do(asked: Asked) -> None:
    if asked.action == "add" and asked.class_ and asked.frames:
        _add(asked.class_, [("The picture", file_of(frame)) for frame in asked.frames], alike=True)
    elif asked.action == "class":
        current.change(Shown.with_class)
    elif asked.action == "name" and asked.class_ and asked.name is not None:
        current.change(lambda shown: shown.named(asked.class_, asked.name))
    elif asked.action == "forget" and asked.class_:
        current.change(lambda shown: shown.without_class(asked.class_))
    elif asked.action == "remove" and (gone := [*(asked.images or []), *filter(None, [asked.image])]):
        current.change(lambda shown: shown.without_images(gone))
    elif asked.action == "move" and asked.images:
        current.change(lambda shown: shown.moved(asked.images, asked.class_))
    elif asked.action == "merge" and asked.class_ and asked.into:
        current.change(lambda shown: shown.merged(asked.class_, asked.into))
    elif asked.action == "paint" and asked.class_:
        current.change(lambda shown: shown.painted(asked.class_))
    elif asked.action in ("undo", "redo"):
        current.change(Shown.undone if asked.action == "undo" else Shown.redone)
    else:
        raise sent.refused()


def file_of(frame: str) -> bytes:
    """The file in a data address.

    Raises:
        UserError: it is none that a camera of ours sends.
    """
    try:
        if not frame.startswith(PREFIX):
            raise ValueError("no picture of a camera")
        return base64.b64decode(frame.removeprefix(PREFIX), validate=True)
    except ValueError as error:
        raise sent.refused() from error


def picture_of(frame: str) -> np.ndarray:
    """The pixels of one frame: uint8 (H, W, 3).

    Raises:
        UserError: it is no picture.
    """
    return decode_apart(file_of(frame)).pixels


def _add(class_id: int, files: Sequence[tuple[str, bytes]], *, alike: bool) -> None:
    """Adds the files that can be read, and keeps a sentence about the others."""
    pictures, refused = [], []
    for name, data in files:
        try:
            pictures.append(decode_apart(data, name).pixels)
        except UserError as error:
            refused.append(str(error))
    try:
        if pictures:
            current.begun().add(class_id, pictures, alike=alike)
    except UserError as error:
        refused.append(str(error))
    if refused:
        left = f"{counted(len(refused), 'file was', 'files were')} left out: " if len(refused) > 1 else ""
        session.keep(current.REFUSAL, left + " ".join(refused[:TOLD]))


_gestures = Gestures(KEY, apply, current.REFUSAL)


# ---- files


def _files_key(one: ShownClass) -> str:
    return f"shown-files-{one.id}-{session.remember(TURN, 0)}"


def _uploader(one: ShownClass) -> None:
    """The uploader of one class, which its card hands files to."""
    key = _files_key(one)
    files = st.file_uploader(
        plain(f"Pictures of {one.name}"),
        accept_multiple_files=True,
        key=key,
        max_upload_size=MAX_BYTES // 1_000_000,
        on_change=session.whole(_take),
        args=(one.id, key),
    )
    if files:  # something else was pressed just then, and the callback was left out
        with session.undisturbed():
            _take(one.id, key)
        st.rerun()


def _take(class_id: int, key: str) -> None:
    """Takes in the files that came; an empty uploader takes the place of theirs."""
    taken, total, left = [], 0, []
    known = session.remember(TAKEN, frozenset())
    files = [file for file in session.sent(key) or [] if file.file_id not in known]
    turn = session.remember(TURN, 0)
    if not files and not key.endswith(f"-{turn}"):  # a browser that has not drawn the empty uploader sends them again
        return
    session.keep(TAKEN, known | {file.file_id for file in files})
    for file in files:
        total += file.size
        if len(taken) < MOST_FILES and total <= MAX_TOTAL:
            taken.append((file.name, file.getvalue()))
        else:
            left.append(shown_name(file.name))
    if taken:
        _add(class_id, taken, alike=False)
    if left:
        were = "was" if len(left) == 1 else "were"
        limit = f"{MOST_FILES} pictures or {MAX_TOTAL // 1_000_000} MB at once are the limit."
        session.keep(current.REFUSAL, f"{listed(left, TOLD)} {were} left out: {limit}")
    session.keep(TURN, turn + 1)
