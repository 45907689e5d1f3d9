"""The settings of training: their form, what they come to, and what stands in the way."""

import math

import streamlit as st

from core import datasets, words
from core.datasets import Facts
from core.experiment import COMPILE_ROWS, CompileRow, Experiment, Problem
from pages.components import session, spec_form

PAGES = {
    "data": ("pages/2_Design/1_Data.py", "Open the Data page"),
    "augmentation": ("pages/2_Design/2_Augmentation.py", "Open the Augmentation page"),
    "network": ("pages/2_Design/3_Network.py", "Open the Network page"),
}
"""Where a problem is mended; those of training are mended here."""


def edit(experiment: Experiment) -> None:
    """The form: name, optimizer and its numbers, batches, epochs, validation share, loss, seed."""
    fields = type(experiment).model_fields
    st.text_input(
        "Name",
        experiment.name,
        max_chars=80,
        key=session.key("name"),
        help=fields["name"].description,
        placeholder=experiment.name,
        on_change=_take_in,
    )
    spec_form.edit(experiment.training, "training", on_change=_take_in)
    st.number_input(
        "seed",
        0,
        2**31 - 1,
        experiment.seed,
        key=session.key("seed"),
        help=fields["seed"].description,
        on_change=_take_in,
    )


def _take_in() -> None:
    """Saves what the form says; without a name the last one stays."""
    experiment = session.experiment()
    name = session.sent(session.key("name"), experiment.name).strip() or experiment.name
    seed = session.sent(session.key("seed"), experiment.seed)
    session.save(experiment.edited(name=name, training=spec_form.said(experiment.training, "training"), seed=seed))


def compile_row(experiment: Experiment, facts: Facts) -> None:
    """Which loss goes with which output, the row in use marked, and why it is the one."""
    st.markdown("**Output, loss and metric belong together**")
    used = experiment.loss(facts)
    st.table([_table_row(row, row.loss == used) for row in COMPILE_ROWS])
    classes, head = len(facts.class_names), experiment.head(facts)
    chosen = "so the data asks for" if experiment.training.loss == "from the data" else "and you chose"
    st.caption(
        f"{classes} classes, {chosen} {used}: the network ends in {head.units} {head.activation} "
        f"{'unit' if head.units == 1 else 'units'}."
    )


def _table_row(row: CompileRow, used: bool) -> dict[str, str]:
    """One line of the table; the one in use is bold and has a check mark."""
    cells = {
        "task": row.task,
        "activation": row.activation,
        "loss": row.loss,
        "labels": row.labels,
        "metric": row.metric,
    }
    return {"": "✓" if used else ""} | {name: f"**{text}**" if used else text for name, text in cells.items()}


def effort(experiment: Experiment) -> None:
    """Pictures and steps that the settings come to."""
    settings, dataset = experiment.training, experiment.dataset
    if not (dataset.instant or datasets.is_prepared(dataset)):
        st.caption("Pictures and steps are counted once the pictures are on this machine: open the Data page.")
        return
    data = datasets.load(dataset, settings.validation_split, experiment.seed)
    steps = math.ceil(len(data.train) / settings.batch_size)
    numbers = {
        "training pictures": len(data.train),
        "validation pictures": len(data.validation),
        "steps in an epoch": steps,
        "steps in all": steps * settings.epochs,
    }
    for column, (label, number) in zip(st.columns(len(numbers)), numbers.items(), strict=True):
        column.metric(label, words.number(number))


def problems(experiment: Experiment) -> None:
    """Everything that is wrong, with the way to the page that mends it."""
    for problem in experiment.problems():
        _show(problem)


def _show(problem: Problem) -> None:
    (st.error if problem.blocking else st.warning)(f"{problem.message} {problem.hint}")
    if problem.where in PAGES:
        page, label = PAGES[problem.where]
        st.page_link(page, label=label, icon=":material/arrow_forward:")
