"""Output, loss, metric and form of the labels: the row in use, the others, and one label in both forms."""

from collections.abc import Sequence

import streamlit as st

from core.advice import Situation
from core.advice.compile_row import WrongCompileRow
from core.datasets import Facts
from core.experiment import COMPILE_ROWS, FROM_THE_DATA, CompileRow, Experiment
from core.experiment.other_rows import OTHER_ROWS, OtherRow
from core.words import counted
from pages.components.frame import session
from pages.components.frame.markdown import plain, say

NEURON = "pages/5_Learn_neurons/11_Neuron.py"
MOST = 12
"""Classes of which all cells of a one-hot label are written out."""


def show(experiment: Experiment, facts: Facts) -> None:
    """Which loss goes with which output: the row in use marked, a wrong one told with the way to the right one."""
    st.markdown("**Output, loss and metric belong together**")
    used = experiment.loss(facts)
    asked = experiment.edited(training=experiment.training.edited(loss=FROM_THE_DATA)).loss(facts)
    st.table([_row(row, row.loss == used, row.loss == asked) for row in COMPILE_ROWS])
    classes, head = len(facts.class_names), experiment.head(facts)
    chosen = "so the data asks for" if experiment.training.loss == FROM_THE_DATA else "and you chose"
    if used != experiment.training.loss_for(facts):
        chosen = "and labels that are mixed ask for"
    st.caption(
        say(
            "{}, {} {}: the network ends in {}.",
            *(counted(classes, "class", "classes"), chosen, used),
            counted(head.units, f"{head.activation} unit"),
        )
    )
    _wrong(experiment, facts)
    _label(facts.class_names, used)
    if experiment.mixes:
        _mixed(facts.class_names)
    with st.expander("Other pairs for two classes, and what Keras makes of them"):
        st.table([_other(row) for row in OTHER_ROWS])
    st.page_link(NEURON, label="A number instead of classes: the neuron's lab", icon=":material/arrow_forward:")


def _row(row: CompileRow, used: bool, asked: bool) -> dict[str, str]:
    """One line of the table; the one in use is bold and has a check mark."""
    cells = {
        "task": row.task,
        "activation": row.activation,
        "loss": row.loss,
        "labels": row.labels,
        "metric": row.metric,
    }
    mark = "✓\u00a0in\u00a0use" if used else "asked for" if asked else ""
    return {"": mark} | {name: say("**{}**", text) if used else plain(text) for name, text in cells.items()}


def _other(row: OtherRow) -> dict[str, str]:
    """One line of the table of pairs that are not made for each other."""
    return {
        "last layer": plain(counted(row.units, f"{row.activation} unit")),
        "loss": plain(row.loss),
        "labels": plain(row.labels),
        "outcome": plain(row.outcome),
        "why": plain(row.why),
    }


def _wrong(experiment: Experiment, facts: Facts) -> None:
    """What is wrong with the row in use, and a button that mends it."""
    situation = Situation(experiment, facts, experiment.trace(facts))
    for advice in WrongCompileRow.about(situation):
        st.markdown(say("**{}** {}", advice.sentence, advice.why))
        st.button(plain(advice.fixes[0].label), key="usual-loss", on_click=session.whole(_use_usual))


def _use_usual() -> None:
    """Takes the loss that the data asks for."""
    experiment = session.experiment()
    session.save(experiment.edited(training=experiment.training.edited(loss=FROM_THE_DATA)), redraw=True)


def _label(names: Sequence[str], used: str) -> None:
    """One label as the losses read it."""
    at = min(3, len(names) - 1)
    forms = {"binary_crossentropy": f"{float(at):g}"} if len(names) == 2 else {}
    forms |= {"sparse_categorical_crossentropy": f"{at}", "categorical_crossentropy": one_hot(at, len(names))}
    first = say("The label “{}” is written", names[at])
    told = (
        say("**{} for {}**", form, loss) if loss == used else plain(f"{form} for {loss}")
        for loss, form in forms.items()
    )
    st.caption(" · ".join([first, *told]))


def _mixed(names: Sequence[str]) -> None:
    """What becomes of a label where pictures are mixed, and which answer is right."""
    first = "0.3" if len(names) == 2 else f"[0.7 0.3{' 0' * min(len(names) - 2, MOST - 2)}{' …' * (len(names) > MOST)}]"
    st.caption(
        say(
            "Augmentation mixes training pictures, and their labels in the same shares: 0.7 of “{}” and 0.3 of “{}” is "
            "written {}. In training accuracy an answer is right when it is the class of the larger share.",
            *(names[0], names[1], first),
        )
    )


def one_hot(at: int, count: int) -> str:
    """A label as one cell for each class: "[0 0 0 1 0]"; of many classes only those around it."""
    cells = ["1" if i == at else "0" for i in range(count)]
    return f"[{' '.join(cells if count <= MOST else [*cells[: MOST - 1], '… 0'])}]"
