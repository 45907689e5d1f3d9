"""The shelf of ready-made experiments: groups, a line each of what it is, what it fetches and how long it takes."""

from pathlib import Path

import streamlit as st

from core.datasets.own_images import OwnImages
from core.errors import UserError
from core.experiment import Experiment, presets
from core.experiment.presets import load_preset
from core.experiment.presets.shelf import ADDED, Told, told
from core.runs import sweeps
from pages.components.frame import going, session, undoing
from pages.components.frame.markdown import plain, say
from pages.components.runs import launching, sweep_form

STYLE = Path(__file__).with_name("preset_shelf.css")
PAIR = "preset-pair"
"""What the tab remembers: the ready-made experiment that is to be trained beside another."""
SHORT = {
    "digits-cnn": "Digits",
    "digits-notes": "Digits, as in the notes",
    "fashion-cnn": "Fashion",
    "shapes-cnn": "Colour shapes",
}
"""Those that the first page offers by one click."""


def starting_points() -> None:
    """Other experiments to begin with: a few by one click, the others on the shelf, own images on their page."""
    st.subheader("Start from")
    name = session.experiment().name
    with st.container(horizontal=True, vertical_alignment="center"):
        for preset, label in SHORT.items():
            words = told(preset)
            st.button(
                plain(label),
                help=say("{} {}. It takes the place of “{}”; Undo brings yours back.", *_facts(preset, words), name),
                key=f"start-{preset}",
                on_click=session.whole(_begin),
                args=(preset,),
            )
        menu("All experiments")
        st.page_link("pages/2_Design/1_Data.py", label="My own images", icon=":material/upload:")
    pair_in_place()


def menu(label: str) -> None:
    """The button that opens the shelf; what is on it is drawn once it is open.

    Args:
        label: of the button.
    """
    st.html(STYLE)
    shelf = st.popover(
        label,
        icon=":material/auto_awesome_mosaic:",
        key=session.key("preset-shelf"),  # another experiment closes it
        on_change="rerun",
        help=say("A ready experiment takes the place of “{}”; Undo brings yours back.", session.experiment().name),
    )
    if shelf.open:
        with shelf, st.container(key="preset-groups", gap="small"):
            st.caption(
                "A ready experiment takes the place of yours; Undo brings it back. "
                "Times are rough ones, for a whole training on two cores."
            )
            for group, names in presets.groups().items():
                st.markdown(say("**{}**", group))
                for name in names:
                    _one(name, told(name))


def pair_in_place() -> None:
    """Starts the runs that were wanted side by side, as soon as their pictures are ready."""
    wanted = session.remember(PAIR)
    beside = told(wanted).beside if wanted else None
    if beside is None:
        return
    experiment = load_preset(wanted)
    field = sweeps.find(experiment, beside.field)
    family = sweeps.grid(experiment, [(field, beside.values)])
    if launching.make_ready([member for member, _ in family]):
        with session.undisturbed():
            session.keep(PAIR, None)
            sweep_form.start_all(family, sweeps.family_name(session.runs(), experiment, [field]))
            going.to(sweep_form.RUNS_PAGE)
        going.on()
        st.rerun()
    session.keep(PAIR, None)


def _one(name: str, words: Told) -> None:
    """One experiment: its name as a button, and a line of what it is."""
    try:
        experiment = load_preset(name)
    except UserError:  # a plug-in's that can't be read
        return
    about, needs = _facts(name, words)
    with st.container(gap=None):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small"):
            st.button(
                plain(experiment.name),
                key=f"preset-{name}",
                type="tertiary",
                on_click=session.whole(_begin),
                args=(name,),
            )
            st.caption(plain(needs), width="content")
        st.caption(plain(about))
        if words.beside:
            st.button(
                plain(words.beside.words),
                key=f"pair-{name}",
                icon=":material/compare_arrows:",
                help="Starts both runs, and opens Runs: accuracy and time of the two beside each other.",
                on_click=session.whole(_beside),
                args=(name,),
            )


def _facts(name: str, words: Told) -> tuple[str, str]:
    """What it is, and what it takes: "Horse or human · fetches 161 MB once · 3 min"."""
    dataset = load_preset(name).dataset
    fetched = f"fetches {dataset.megabytes} MB once" if dataset.fetching() else ""
    time = "" if words.group == ADDED else words.time()
    about = dataset.sentence() if words.group == ADDED else words.words
    needs = " · ".join(filter(None, [dataset.title(), fetched, time]))
    return about, needs


def _begin(name: str) -> None:
    """Takes a ready-made experiment over; what was to be trained side by side is forgotten."""
    session.keep(PAIR, None)
    try:
        undoing.bring(_taken(name))
    except UserError as error:
        session.say(str(error))


def _taken(name: str) -> Experiment:
    """A ready-made experiment, on the learner's own pictures where it is for these and there are some."""
    experiment, own = load_preset(name), session.experiment().dataset
    if not told(name).keeps_own or not isinstance(own, OwnImages):
        return experiment
    size = max(own.image_size, experiment.dataset.image_size)
    return experiment.edited(dataset=own.edited(image_size=size))


def _beside(name: str) -> None:
    """Wants its runs started; the shelf closes, as the experiment becomes the one in work."""
    _begin(name)
    session.keep(PAIR, name)
