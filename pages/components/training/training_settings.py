"""The settings of training: their form, what they come to, and what stands in the way."""

import math

import streamlit as st
from pydantic import ValidationError

from core import datasets, words
from core.experiment import NAME_LENGTH, Experiment, Training, memory
from core.experiment.stages import stages
from core.optimization.class_weights import Own
from core.options import options_of
from core.problems import Problem
from pages.components.frame import cached, session, spec_form, undoing
from pages.components.frame.markdown import plain
from pages.components.frame.sent import refused
from pages.components.runs import measure_line, phases_form, run_view
from pages.components.training import (
    class_weight_view,
    feature_line,
    precision_line,
    rate_finder,
    schedule_preview,
    stopping_rules,
)

PAGES = {
    "data": ("pages/2_Design/1_Data.py", "Open the Data page"),
    "augmentation": ("pages/2_Design/2_Augmentation.py", "Open the Augmentation page"),
    "network": ("pages/2_Design/3_Network.py", "Open the Network page"),
}
"""Where a problem is mended; those of training are mended here."""


def edit(experiment: Experiment) -> None:
    """The form: name, optimizer and its schedule, batches, epochs, validation split, loss, weights, seed."""
    undoing.first(_take_in)
    options = options_of(type(experiment))
    st.text_input(
        "Name",
        experiment.name,
        max_chars=80,
        key=session.key("name"),
        help=plain(options["name"].what),
        placeholder=experiment.name,
        on_change=session.whole(_take_in),
    )
    finder = {"learning_rate": lambda: rate_finder.show(experiment, _take_in)}
    spec_form.edit(experiment.training, "training", on_change=_take_in, below=finder)
    precision_line.show(experiment)
    feature_line.edit(experiment, _take_in)
    st.number_input(
        spec_form.label_of(options["seed"]),
        options["seed"].low,
        options["seed"].high,
        experiment.seed,
        key=session.key("seed"),
        help=spec_form.help_of(options["seed"]),
        on_change=session.whole(_take_in),
    )


def _take_in() -> None:
    """Saves what the forms say; without a name the last one stays."""
    experiment = session.experiment()
    name = words.cleaned(session.sent(session.key("name"), experiment.name), NAME_LENGTH) or experiment.name
    seed = session.sent(session.key("seed"), experiment.seed)
    try:
        session.save(experiment.edited(name=name, training=_said(experiment), seed=seed))
    except ValidationError:
        session.say(str(refused()))


def _said(experiment: Experiment) -> Training:
    """The settings as the forms say them now; weights of one's own begin with 1 for every class."""
    training = spec_form.said(experiment.training, "training")
    training = feature_line.said(
        training.edited(rules=stopping_rules.said(training.rules), phases=phases_form.said(training.phases))
    )
    if training.class_weight == Own():
        ones = (1.0,) * len(experiment.dataset.facts().class_names)
        training = training.edited(class_weight=Own(values=ones))
    return training


def rules(experiment: Experiment) -> None:
    """What ends the run before its last epoch."""
    st.markdown("**When it stops**")
    stopping_rules.edit(experiment, _take_in)


def phases(experiment: Experiment) -> None:
    """What comes after the first epochs."""
    st.markdown("**After these epochs**")
    phases_form.edit(experiment, _take_in)


def outcome(experiment: Experiment) -> None:
    """What the settings come to: pictures, steps, the curve of the learning rate, the weights of the classes."""
    dataset = experiment.dataset
    if not dataset.has_images:  # what stands above says why
        return
    if not (dataset.instant or datasets.is_prepared(dataset)):
        st.caption("Pictures and steps are counted once the pictures are on this machine: open the Data page.")
        return
    data = datasets.load(dataset, experiment.training.validation_split, experiment.seed)
    learnt = [(stage, len(stage.learnt(data.labels, data.train))) for stage in stages(experiment)]
    steps = max(1, math.ceil(learnt[0][1] / experiment.training.batch_size))
    in_all = sum(math.ceil(count / experiment.training.batch_size) * stage.epochs for stage, count in learnt)
    _effort(experiment, (learnt[0][1], len(data.validation)), steps, in_all)
    schedule_preview.draw(experiment, steps)
    class_weight_view.draw(experiment, data, _take_in)


def _effort(experiment: Experiment, images: tuple[int, int], steps: int, in_all: int) -> None:
    """Pictures and steps, and the time where this machine has trained the network before."""
    numbers = {
        "training pictures": images[0],
        "validation pictures": images[1],
        "steps in an epoch": steps,
        "steps in all": in_all,
    }
    with st.container(horizontal=True, gap="medium"):
        for label, number in numbers.items():
            st.metric(plain(label), words.number(number), width="content")
    if time := cached.epoch_time(experiment):
        all_of_it = run_view.duration(time.seconds * experiment.training.epochs)
        until = "to the first border" if experiment.training.phases else "in all"
        source = "predicted from how fast this machine was measured to be"
        source = source if time.is_predicted else "at the pace of the last run of this network"
        st.caption(f"About {words.compact(time.seconds)} s to train an epoch here, {all_of_it} {until}, {source}.")
    feature_line.show(experiment)
    measure_line.show(experiment)


def problems(experiment: Experiment) -> None:
    """Everything that is wrong, with the way to the page that mends it."""
    for problem in memory.obstacles(experiment):
        _show(problem)


def _show(problem: Problem) -> None:
    (st.error if problem.blocking else st.warning)(plain(f"{problem.message} {problem.hint}"))
    if problem.where in PAGES:
        page, label = PAGES[problem.where]
        st.page_link(page, label=label, icon=":material/arrow_forward:")
