"""Where the pictures come from that a network is asked about: validation set, files, a drawing, camera, clipboard."""

import base64
import hashlib
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import streamlit as st

from core.datasets import Dataset, ImageData
from core.intake.images import FORMAT_WORDS, MAX_BYTES, shown
from core.lens.drawings import Manner, manner_of
from core.lens.validation_answers import mistakes
from core.runs.run import Run
from core.words import number
from pages.components.browser import pixels
from pages.components.frame import cached, lens, session
from pages.components.frame.markdown import plain, say
from pages.components.mending import this_picture
from pages.components.understand import clipboard, drawing_pad, paper

VALIDATION, UPLOAD, DRAW, CAMERA, PASTE = "Validation", "Upload", "Draw", "Camera", "Paste"
CARRIED = "From Predict"
LIVE = "Live"
"""The camera, asked a few times a second; no picture of its own to choose."""
ICONS = {
    VALIDATION: ":material/photo_library:",
    UPLOAD: ":material/upload:",
    DRAW: ":material/draw:",
    CAMERA: ":material/photo_camera:",
    PASTE: ":material/content_paste:",
    LIVE: ":material/videocam:",
    CARRIED: ":material/arrow_forward:",
}
MAX_FILES, MAX_TOTAL = 200, 100_000_000
"""Files and bytes asked about at once, so that the server stays small."""
AT, CLASS, ROUND, CARRY = "picture-at", "picture-class", "picture-round", "carried-picture"
MISTAKES = "only-mistakes"
"""What the tab remembers: validation picture, class filter, how often it was stepped, what Predict handed on, whether
only mistakes are shown."""


@dataclass(frozen=True)
class Chosen:
    """Pictures to ask about.

    Args:
        positions: in the dataset.
        uploads: (name, bytes) of files.
        names: what to call each picture, the positions first.
        truth: class of each where it is known, else None; same length as `names`.
        drawn: whether the files come from the pad; `centred` moves the ink where training pictures have theirs.
        adjusted: files that are ink on paper unlike the training pictures are inverted and centred "instead" of being
            taken as they are, or "beside" that; neither when empty.
        refused: sentences about files that were not even sent.
        sign: the same for the same files.
    """

    positions: tuple[int, ...] = ()
    uploads: tuple[tuple[str, bytes], ...] = ()
    names: tuple[str, ...] = ()
    truth: tuple[int | None, ...] = ()
    drawn: bool = False
    centred: bool = False
    adjusted: Literal["", "instead", "beside"] = ""
    refused: tuple[str, ...] = ()
    sign: str = ""

    def fields(self) -> dict[str, Any]:
        """As the lens takes them."""
        return {
            "positions": list(self.positions),
            "uploads": list(self.uploads),
            "drawn": self.drawn,
            "centred": self.centred,
            "adjusted": self.adjusted,
        }

    def only(self, place: int) -> "Chosen":
        """One of its files, alone."""
        return replace(
            self,
            uploads=(self.uploads[place],),
            names=(self.names[place],),
            truth=(self.truth[place],),
            refused=(),
        )


def choose_source(page: str, sources: tuple[str, ...]) -> str:
    """Draws the sources as buttons side by side; returns the chosen one.

    Args:
        page: a name under which the tab remembers which source was chosen there.
        sources: the first is chosen in a fresh tab.
    """
    offered = [source for source in sources if source != CARRIED or session.remember(CARRY)]
    start = session.remember(f"source-{page}", offered[0])
    source = st.segmented_control(
        "Pictures",
        offered,
        default=start if start in offered else offered[0],
        required=True,
        format_func=lambda name: f"{ICONS[name]} {plain(name)}",
        key=f"source-of-{page}-{session.remember(ROUND, 0)}",
        label_visibility="collapsed",
    )
    session.keep(f"source-{page}", source)
    return source


def choose(run: Run, source: str, epoch: int | None, *, many: bool, wide: bool = False) -> Chosen | None:
    """Draws the widgets of a source.

    Args:
        run: whose network will be asked.
        epoch: after which.
        source: from `choose_source`.
        many: whether several files may be uploaded, and validation pictures be sifted for mistakes.
        wide: whether the widgets stand beside each other.

    Returns:
        the pictures; None while there are none.

    Raises:
        UserError: the dataset cannot be had.
    """
    if source == VALIDATION:
        return _validation(run, epoch, wide, sifts=many)
    if source == UPLOAD:
        return _uploaded(run, many)
    if source == DRAW:
        return _drawn(run)
    if source == PASTE:
        return _pasted(run, many)
    return _photo(run, many) if source == CAMERA else session.remember(CARRY)


def carry(chosen: Chosen, place: int, seen: np.ndarray, page: str) -> None:
    """Hands one picture on to another page, as the network saw it.

    Args:
        chosen: where it comes from.
        place: which of its pictures.
        seen: uint8 (height, width, channels).
        page: the name under which that page remembers its source.
    """
    if chosen.positions:
        session.keep(AT, chosen.positions[place])
    else:
        session.keep(CARRY, as_seen(seen, chosen.names[place]))
    session.keep(f"source-{page}", VALIDATION if chosen.positions else CARRIED)
    session.keep(ROUND, session.remember(ROUND, 0) + 1)


def as_seen(seen: np.ndarray, name: str) -> Chosen:
    """A picture as the network saw it: of its own size already, so that what is decoded equals it, and a photo's 5 MB
    are not kept.

    Args:
        seen: uint8 (height, width, channels).
        name: what to call it.
    """
    image = base64.b64decode(pixels.png_uri(seen).partition(",")[2])
    return Chosen((), (("picture", image),), (name,), (None,), sign=_sign(base64.b64encode(image).decode()))


def _validation(run: Run, epoch: int | None, wide: bool, sifts: bool) -> Chosen | None:
    """One picture that the network never learned from: a class, a slider, and steps; None without a mistake."""
    experiment = run.experiment
    data = cached.data(experiment.dataset, experiment.training.validation_split, experiment.seed)
    places = st.columns([2, 2.4, 3], vertical_alignment="bottom", gap="medium") if wide else [st.container()] * 3
    with places[0]:
        label = _class(data)
        members, what = data.validation, "Picture"
        if sifts and _only_mistakes():
            members, what = _mistakes(run, epoch, data), "Mistake"
    members = members[data.labels[members] == label] if label >= 0 else members
    if what == "Mistake":
        _say_how_many(len(members), data, label)
    if not len(members):
        return None
    at = _place(members)
    with places[1]:
        if len(members) > 1:
            at = _slider(len(members), at, what)
    with places[2], st.container(horizontal=True):
        anywhere = int(np.random.default_rng().integers(len(members)))
        of = " mistake" if what == "Mistake" else ""
        _step_button(f"Previous{of}", "previous", members, at - 1)
        _step_button(f"Next{of}", "next", members, at + 1)
        _step_button("Any", "any", members, anywhere)
        position = int(members[at])
        this_picture.button(experiment, position)
    session.keep(AT, position)
    name, truth = f"Dataset number {position}", int(data.labels[position])
    return Chosen((position,), (), (name,), (truth,), sign=str(position))


def _class(data: ImageData) -> int:
    """The class whose pictures are shown; -1 for all."""
    remembered = session.remember(CLASS, -1)
    present = [-1, *np.unique(data.labels[data.validation]).tolist()]
    label = st.selectbox(
        "Class",
        present,
        index=present.index(remembered) if remembered in present else 0,
        format_func=lambda index: "All classes" if index < 0 else data.class_names[index],
        key=f"picture-class-{session.remember(ROUND, 0)}-{len(data.class_names)}",
    )
    session.keep(CLASS, label)
    return label


def _only_mistakes() -> bool:
    only = st.toggle(
        "Only mistakes",
        value=session.remember(MISTAKES, False),
        key=f"only-mistakes-{session.remember(ROUND, 0)}",
        help="The validation pictures that this network gets wrong, the surest mistake first.",
    )
    if only and not session.remember(MISTAKES, False):
        session.keep(AT, -1)  # who asks for mistakes begins with the surest
    session.keep(MISTAKES, only)
    return only


def _mistakes(run: Run, epoch: int | None, data: ImageData) -> np.ndarray:
    """Positions of the validation pictures that the network gets wrong, the surest mistake first."""
    with st.spinner("Asking about all validation pictures"):
        answers = lens.ask("validation_answers", run=run.id, epoch=epoch)["result"].probabilities
    return data.validation[mistakes(answers, data.labels[data.validation])]


def _say_how_many(count: int, data: ImageData, label: int) -> None:
    """How many of the pictures are wrong."""
    of = len(data.validation) if label < 0 else int((data.labels[data.validation] == label).sum())
    which = "validation pictures" if label < 0 else f"validation pictures of {data.class_names[label]}"
    if count:
        st.caption(say("{} of {} {} are wrong, the surest mistake first.", count, number(of), which))
    else:
        st.caption(say("No mistake: all {} {} are right.", number(of), which))


def _place(members: np.ndarray) -> int:
    """Where the remembered picture stands among them; the first when it is not one of them."""
    found = np.flatnonzero(members == session.remember(AT, -1))
    return int(found[0]) if len(found) else 0


def _slider(count: int, at: int, what: str) -> int:
    key = f"picture-at-{session.remember(ROUND, 0)}-{what}-{count}-{session.remember(CLASS, -1)}"
    return st.slider(plain(what), 1, count, at + 1, key=key) - 1


def _step_button(label: str, key: str, members: np.ndarray, at: int) -> None:
    """A button that leads to another picture."""
    st.button(plain(label), key=f"picture-{key}", on_click=session.whole(_step), args=(members, at))


def _step(members: np.ndarray, at: int) -> None:
    """Goes to a picture; the slider begins anew there."""
    session.keep(AT, int(members[at % len(members)]))
    session.keep(ROUND, session.remember(ROUND, 0) + 1)


def _uploaded(run: Run, many: bool) -> Chosen | None:
    """Files from the reader's disk."""
    files = st.file_uploader(
        f"{FORMAT_WORDS}, 25 MB each at most. They stay on this machine.",
        accept_multiple_files=many,
        key=f"upload-{many}",
        max_upload_size=MAX_BYTES // 1_000_000,
    )
    files = files if isinstance(files, list) else [files] if files else []
    if not files:
        return None
    taken, refused, total = [], [], 0
    for file in files:
        total += file.size
        if len(taken) < MAX_FILES and total <= MAX_TOTAL:
            taken.append((file.name, file.getvalue()))
        else:
            refused.append(f"{shown(file.name)} was left out: {MAX_FILES} pictures or 100 MB at once are the limit.")
    return Chosen(
        uploads=tuple(taken),
        names=tuple(shown(name) for name, _ in taken),
        truth=(None,) * len(taken),
        adjusted="beside" if many else paper.offer(run, taken[0]),
        refused=tuple(refused),
        sign=_sign(*(file.file_id for file in files)),
    )


def _drawn(run: Run) -> Chosen | None:
    """A drawing, brought into the manner of the training pictures unless the reader minds."""
    facts, dataset = run.experiment.dataset.facts(), run.experiment.dataset
    is_grey = facts.shape[2] == 1
    cached.make_ready(dataset)
    manner = _manner(dataset.key(), dataset)
    data = drawing_pad.draw(facts.shape, manner.paper if is_grey else None)
    centred = is_grey and st.toggle(
        "Centre and scale it",
        value=True,
        help="Moves and scales your drawing until its ink lies where the training pictures have theirs. If you want to "
        "see what a drawing in a corner does to the network, switch it off.",
    )
    if not data:
        return None
    drawing = Chosen((), (("drawing", data),), ("Your drawing",), (None,), True, centred)
    return replace(drawing, sign=_sign(base64.b64encode(data).decode(), str(centred)))


def _sign(*words: str) -> str:
    """The same short word for the same words."""
    return hashlib.blake2b("\n".join(words).encode(), digest_size=12).hexdigest()


@st.cache_data(max_entries=8, show_spinner=False)
def _manner(key: str, _dataset: Dataset) -> Manner:
    """How the pictures of a dataset are drawn; measured once."""
    return manner_of(_dataset)


def _photo(run: Run, many: bool) -> Chosen | None:
    """A photo from the camera; its pixels go to this machine's own server only."""
    photo = st.camera_input("Take a photo", label_visibility="collapsed")
    return _brought(run, many, "photo", "Your photo", photo.getvalue(), photo.file_id) if photo else None


def _pasted(run: Run, many: bool) -> Chosen | None:
    """A picture from the clipboard, a file like any other."""
    data = clipboard.draw()
    sign = hashlib.blake2b(data, digest_size=12).hexdigest() if data else ""
    return _brought(run, many, "pasted picture", "Your pasted picture", data, sign) if data else None


def _brought(run: Run, many: bool, file: str, name: str, data: bytes, sign: str) -> Chosen:
    """One file that was not chosen from a disk."""
    files = ((file, data),)
    adjusted = "beside" if many else paper.offer(run, files[0])
    return Chosen((), files, (name,), (None,), adjusted=adjusted, sign=_sign(sign))
