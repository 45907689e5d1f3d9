"""The dataset of the experiment in work: as it is looked through, and its steps as they change."""

from functools import lru_cache

import streamlit as st

from core.corrections import Correction, steps
from core.corrections.steps import Steps
from core.datasets import Dataset
from core.datasets.browsing import View, view
from core.errors import UserError
from core.experiment import Experiment
from pages.components.frame import cached, session
from pages.components.frame.markdown import plain

REFUSAL = "mending-refusal"
"""Under which name the tab remembers why something was not mended."""


def seen(experiment: Experiment) -> View | None:
    """The dataset to look through; None where it can't be had, with the reason and a way on."""
    if not experiment.dataset.has_images:
        st.info("This dataset has no images here: there is nothing to look through.")
    else:
        try:
            cached.make_ready(experiment.dataset)
            return view_of(experiment)
        except UserError as error:
            st.error(plain(error))
    st.page_link("pages/2_Design/1_Data.py", label="Open the Data page", icon=":material/arrow_forward:")
    return None


def view_of(experiment: Experiment) -> View:
    """The dataset of an experiment to look through, as it is prepared.

    Raises:
        UserError: it can't be had.
    """
    return view(experiment.dataset, experiment.training.validation_split, experiment.seed)


def refusals() -> None:
    """Says once what was refused."""
    if refused := session.remember(REFUSAL):
        session.keep(REFUSAL, None)
        st.warning(plain(refused))


def record(*more: Correction) -> None:
    """Mends the dataset in work by some more steps.

    Raises:
        UserError: there are too many.
    """
    put(steps.recorded(session.experiment().dataset.corrections, *more))


def put(corrections: Steps) -> None:
    """Makes these the steps of the dataset in work; undo brings the others back."""
    experiment = session.experiment()
    as_brought = experiment.dataset.learns_as_brought and bool(corrections)
    dataset = experiment.dataset.edited(corrections=corrections, learns_as_brought=as_brought)
    session.save(experiment.edited(dataset=dataset))


def put_mended() -> None:
    """Lets the experiment in work learn from the images as they are mended."""
    experiment = session.experiment()
    session.save(experiment.edited(dataset=experiment.dataset.edited(learns_as_brought=False)))


def take_out(place: int) -> None:
    """Takes one step out."""
    dataset = session.experiment().dataset
    if place < len(dataset.corrections):
        put(steps.without(dataset.corrections, place, len(dataset.pristine().class_names)))


def told(dataset: Dataset) -> list[steps.Told]:
    """All steps in words."""
    return _told(dataset, dataset.pristine().class_names)


@lru_cache(16)
def _told(dataset: Dataset, class_names: tuple[str, ...]) -> list[steps.Told]:
    return steps.told(dataset.corrections, class_names)
