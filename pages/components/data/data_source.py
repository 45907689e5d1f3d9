"""Where the pictures come from: the source, its settings, the split, and the way from the old dataset to a new one.

What is wanted becomes the experiment's dataset only when it is ready; until then, and when it can't be had, the old
one stays.
"""

from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from core.datasets import Dataset, ImageData, is_prepared
from core.datasets.digits import Digits
from core.datasets.own_images import OwnImages
from core.datasets.split import is_test_watched
from core.datasets.statistics import imbalance
from core.errors import UserError
from core.experiment import Experiment, Training, memory
from core.experiment.starter import fitting
from core.intake import manifest
from core.spec import kinds
from core.uploads import deletion
from core.words import counted, number
from pages.components.data import data_images, held_together, own_images, repeats, uploads_list, wall
from pages.components.frame import cached, session, spec_form
from pages.components.frame.markdown import plain, say

ADDING, WANTED, REFUSED, ROUND = "adding-pictures", "wanted-dataset", "refused-dataset", "dataset-round"
MADE_FOR = "network-made-for"
FAR_LARGER = 4
"""From this ratio of the sides on, a network for the smaller pictures sees too little of the larger ones."""


def picture(experiment: Experiment) -> ImageData | None:
    """The large picture: the wall of samples, or the drop zone while pictures are being added.

    Returns:
        the dataset on the wall; None when there is none.
    """
    if session.remember(ADDING):
        own_images.draw(_want, _close)
        return None
    own_images.report(experiment.dataset, _want)
    _network_fit(experiment)
    data = _ready(experiment)
    if data is not None:
        wall.draw(experiment.dataset, data, experiment.seed)
        _to_mend(experiment.dataset)
        if sentence := imbalance(data):
            st.info(plain(sentence))
        repeats.draw(experiment.dataset, data)
    return data


def _to_mend(dataset: Dataset) -> None:
    """The way to all images, and what was mended of them by now."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if dataset.corrections:
            st.badge(plain(dataset.mended_words()), icon=":material/healing:", color="violet")
        st.page_link(
            "pages/2_Design/1b_Mend_data.py",
            label="Look through all, and mend",
            icon=":material/arrow_forward:",
        )


def _ready(experiment: Experiment) -> ImageData | None:
    """The experiment's dataset; when it can't be had, the reason and a way on."""
    dataset = experiment.dataset
    if not dataset.has_images:
        _nothing_to_see(experiment)
        return None
    try:
        _raise_if_refused(dataset)
        return cached.data(dataset, experiment.training.validation_split, experiment.seed)
    except UserError as error:
        session.keep(REFUSED, (dataset, error))
        st.error(plain(error))
        with st.container(horizontal=True):
            if isinstance(dataset, OwnImages):
                in_trash = _in_trash(dataset)
                if in_trash:
                    st.button(
                        "Restore them",
                        key="data-restore",
                        type="primary",
                        on_click=session.whole(_restore),
                        args=(dataset.images_id,),
                    )
                st.button(
                    "Upload pictures",
                    key="data-upload",
                    type="secondary" if in_trash else "primary",
                    on_click=session.whole(session.keep),
                    args=(ADDING, True),
                )
            else:
                st.button("Try again", key="data-again", on_click=session.whole(session.keep), args=(REFUSED, None))
            st.button("Use Digits 8x8", key="data-digits", on_click=session.whole(_want), args=(Digits(),))
        return None


def _nothing_to_see(experiment: Experiment) -> None:
    """Why the wall is empty where a dataset has no images, and the ways on."""
    for problem in experiment.dataset.problems(experiment.context(experiment.dataset.facts())):
        st.info(say("{} {}", problem.message, problem.hint))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Use Digits 8x8", key="data-digits", on_click=session.whole(_want), args=(Digits(),))
        st.page_link("pages/2_Design/3_Network.py", label="See the network", icon=":material/arrow_forward:")


def _in_trash(dataset: OwnImages) -> bool:
    """Whether pictures that are not here can be had back."""
    return dataset.images_id in {one.images_id for one in deletion.deleted_uploads(session.workspace())}


def _restore(images_id: str) -> None:
    session.keep(REFUSED, None)
    uploads_list.restore(images_id, [])


def _raise_if_refused(dataset: Dataset) -> None:
    """Says again what was said before; only a click tries once more.

    Raises:
        UserError: the dataset could not be had a moment ago.
    """
    refused = session.remember(REFUSED)
    if refused and refused[0] == dataset and not is_prepared(dataset):
        raise refused[1]


@dataclass(frozen=True)
class Wanted:
    """The dataset that is wanted now.

    Args:
        place: beside the click that asked for it: what happens is said there.
    """

    dataset: Dataset
    place: DeltaGenerator


def choose(experiment: Experiment) -> Wanted:
    """Draws the sources and the settings of the chosen one; what is fetched for a click is said beside it, at once."""
    dataset, asked = experiment.dataset, session.remember(WANTED)
    place = None
    families = {kind.family: None for kind in kinds(Dataset).values()}
    for family in families:
        with st.container(gap="xxsmall"):
            st.markdown(say("**{}**", family))
            for name, kind in kinds(Dataset).items():
                if kind.family == family:
                    _source(name, kind, dataset)
                    if asked and asked.kind == name:
                        place = st.container()
    if place is not None:
        _announce(place, experiment, asked)
    if not session.remember(ADDING):
        dataset = _settings(dataset)
    return Wanted(asked or dataset, place or st.container())


def _announce(place: DeltaGenerator, experiment: Experiment, wanted: Dataset) -> None:
    """Says what is about to be fetched, before anything else is drawn: it may take minutes."""
    if not session.remember(REFUSED) and (sentence := wanted.fetching()):
        place.info(say("{} Meanwhile {} stays selected.", sentence, experiment.dataset.called()))


def _source(name: str, kind: type[Dataset], current: Dataset) -> None:
    """One source: a button with its name; what it is follows the chosen one and, on hover, the others."""
    chosen = name == (OwnImages.__name__ if session.remember(ADDING) else current.kind)
    size = f" · fetches {kind.megabytes} MB" if kind().fetching() else ""
    icon = ":material/radio_button_checked:" if chosen else ":material/radio_button_unchecked:"
    st.button(
        plain(f"{kind.title()}{size}"),
        icon=icon,
        type="tertiary",
        key=f"source-{name}",
        on_click=session.whole(_pick),
        args=(name,),
        help=None if chosen else plain(kind.sentence()),
    )
    if chosen:
        st.caption(plain(kind.sentence()))


def _pick(name: str) -> None:
    """A click on a source: its settings are those it had last."""
    if name == OwnImages.__name__:
        session.keep(own_images.INTO, None)
        session.keep(ADDING, True)
        return
    _want(session.remember(f"last-{name}") or kinds(Dataset)[name]())


def _want(dataset: Dataset) -> None:
    """Asks for a dataset; `take` gets it."""
    session.keep(ADDING, False)
    session.keep(REFUSED, None)
    session.keep(WANTED, dataset)


def _close() -> None:
    """Leaves the drop zone as if it had not been opened."""
    session.keep(ADDING, False)
    session.keep(own_images.INTO, None)
    session.keep("upload-refused", None)


def _settings(dataset: Dataset) -> Dataset:
    """The settings of the chosen source, edited."""
    if isinstance(dataset, OwnImages):
        _which_upload(dataset)
    if not any(option.shown for option in dataset.options().values()):
        return dataset
    with st.container():
        st.markdown(say("**{}: settings**", dataset.title()))
        return spec_form.edit(dataset, f"dataset-{session.remember(ROUND, 0)}")


def _which_upload(dataset: OwnImages) -> None:
    """Names the upload in use, lets it have another name, and leads to others."""
    try:
        upload = dataset.upload()
    except UserError:
        return
    st.markdown(plain(upload.words()))
    key = f"own-name-{upload.images_id}-{upload.title}"  # another name is another field
    st.text_input(
        "Name",
        upload.title,
        key=key,
        max_chars=manifest.MAX_TITLE,
        on_change=session.whole(uploads_list.rename),
        args=(upload.images_id, key),
    )
    st.button(
        "Add pictures",
        icon=":material/add_photo_alternate:",
        key="add-pictures",
        on_click=session.whole(_add),
        args=(dataset,),
    )
    st.button(
        "Other pictures, or delete these",
        icon=":material/upload:",
        key="other-pictures",
        on_click=session.whole(session.keep),
        args=(ADDING, True),
    )


def _add(dataset: OwnImages) -> None:
    own_images.add_to(dataset)
    session.keep(ADDING, True)


def take(experiment: Experiment, asked: Wanted) -> None:
    """Makes what is wanted the experiment's dataset as soon as it is ready; called last, as it may take a while."""
    wanted, place = asked.dataset, asked.place
    if wanted == experiment.dataset:
        session.keep(WANTED, None)
        return
    try:
        _raise_if_refused(wanted)
        with place:
            if wanted.has_images and not is_prepared(wanted):
                st.button("Stop", icon=":material/stop_circle:", key="data-stop", on_click=session.whole(forget))
            if wanted.has_images:
                cached.make_ready(wanted)
    except UserError as error:
        session.keep(REFUSED, (wanted, error))
        _say_refused(place, experiment, wanted, error)
        return
    session.keep(WANTED, None)
    session.keep(f"last-{wanted.kind}", wanted)
    _made_for(experiment)
    replaced = wanted.kind != experiment.dataset.kind or isinstance(wanted, OwnImages)
    session.save(experiment.edited(dataset=wanted), redraw=replaced)
    st.rerun()


def _say_refused(place: DeltaGenerator, experiment: Experiment, wanted: Dataset, error: UserError) -> None:
    """Why not, that nothing was lost, and the two ways on."""
    with place:
        st.error(plain(error))
        st.caption(say("{} stays selected.", experiment.dataset.called()))
        with st.container(horizontal=True):
            st.button("Try again", key="data-retry", on_click=session.whole(_want), args=(wanted,))
            st.button("Leave it", key="data-leave", on_click=session.whole(forget))


def waiting() -> Dataset | None:
    """What was chosen and is not ready; None where nothing is, or it can't be had, which was said."""
    return None if session.remember(REFUSED) else session.remember(WANTED)


def forget() -> None:
    """Drops what was wanted; the form is drawn anew, as it may show it."""
    session.keep(WANTED, None)
    session.keep(REFUSED, None)
    session.keep(ROUND, session.remember(ROUND, 0) + 1)


def split(experiment: Experiment, data: ImageData | None) -> None:
    """Draws the share and the seed of the split, and keeps what is chosen."""
    if data is None:
        return
    st.markdown("**Split**")
    option = Training.options()["validation_split"]
    own = _has_own_validation(experiment)
    share = st.slider(
        spec_form.label_of(option), 0.0, 0.9, experiment.training.validation_split, 0.05, format="percent",
        disabled=own, help=spec_form.help_of(option), key=session.key("share"),
    )  # fmt: skip
    seed = st.number_input(
        "Seed", 0, 2**31 - 1, experiment.seed, 1, disabled=own, key=session.key("seed"),
        help="The same seed holds out the same pictures. If two seeds give different results, hold out more.",
    )  # fmt: skip
    st.caption(_split_words(experiment, data))
    dataset = held_together.draw(experiment.dataset)
    training = experiment.training.edited(validation_split=round(share, 2))
    changed = experiment.edited(training=training, seed=int(seed), dataset=dataset)
    if changed != experiment:
        session.save(changed)
        st.rerun()


def _has_own_validation(experiment: Experiment) -> bool:
    return experiment.dataset.facts().has_validation


def _split_words(experiment: Experiment, data: ImageData) -> str:
    """How many pictures go where, and by which rule."""
    learnt, held = counted(len(data.train), "picture"), number(len(data.validation))
    counts = f"{learnt} to learn from, {held} to check on after each epoch"
    if _has_own_validation(experiment):
        return f"{counts}: they came with validation pictures of their own, which are used as they are."
    if experiment.training.validation_split == 0:
        if is_test_watched(experiment.dataset.facts(), 0):
            return f"{counts}: the dataset's own test pictures."
        return f"{counts}: those that you moved there." if len(data.validation) else "No pictures are held out."
    test = f", {counted(len(data.test), 'test picture')} untouched until the end" if len(data.test) else ""
    if experiment.dataset.groups() is not None:
        return f"{counts}{test}. Whole groups are held out, about the same share of every class; the seed draws which."
    return f"{counts}{test}. Every class gives the same share; the seed draws which."


def small_images(experiment: Experiment, data: ImageData | None) -> None:
    """Values, labels and sizes of the dataset on the wall."""
    if data is not None:
        data_images.draw(experiment.dataset, data)


def _network_fit(experiment: Experiment) -> None:
    """Says when the network can't take the pictures, or was made for far smaller ones, with the ways on."""
    blocking = [problem for problem in memory.obstacles(experiment) if problem.where == "network" and problem.blocking]
    if blocking:
        st.warning(say("The network does not fit these pictures: {} {}", blocking[0].message, blocking[0].hint))
    elif side := _outgrown(experiment):
        st.info(
            f"The network was made for pictures of {side:d} px. It can be trained on these, but sees only small parts "
            "of them; one with more poolings learns more."
        )
    else:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Use a network that fits",
            key="fit-network",
            icon=":material/auto_fix_high:",
            help="A few convolutions with poolings, Dropout, Dense 64, and Adam to train it. "
            "Undo brings the old one back.",
            on_click=session.whole(_fit),
            args=(experiment,),
        )
        if not blocking:
            st.button(
                "Keep mine",
                key="keep-network",
                type="tertiary",
                on_click=session.whole(session.keep),
                args=(MADE_FOR, None),
            )
        st.page_link("pages/2_Design/3_Network.py", label="See the network", icon=":material/arrow_forward:")


def _fit(experiment: Experiment) -> None:
    """Puts a small network for these pictures in the place of the one that was there."""
    session.keep(MADE_FOR, None)
    session.save(fitting(experiment), redraw=True)


def _outgrown(experiment: Experiment) -> int:
    """The side in px of the pictures that the network was made for, when these are far larger; else 0."""
    layers, side = session.remember(MADE_FOR) or ((), 0)
    return side if side and layers == experiment.layers and _side(experiment.dataset) >= FAR_LARGER * side else 0


def _made_for(experiment: Experiment) -> None:
    """Remembers for what size the network was made, before the pictures change; a second change keeps the first."""
    layers, _ = session.remember(MADE_FOR) or ((), 0)
    if layers != experiment.layers:
        session.keep(MADE_FOR, (experiment.layers, _side(experiment.dataset)))


def _side(dataset: Dataset) -> int:
    """Side of its pictures in px; 0 when they are gone."""
    try:
        return min(dataset.facts().shape[:2])
    except UserError:
        return 0
