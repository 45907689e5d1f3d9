"""All that is wrong with an experiment, asked of its parts; whether it fits a machine is asked elsewhere."""

from dataclasses import replace
from typing import TYPE_CHECKING

from core.datasets.split import deal
from core.errors import UserError
from core.experiment.stages import stages
from core.problems import Context, Facts, Problem

if TYPE_CHECKING:
    from core.experiment import Experiment


def problems(experiment: "Experiment") -> list[Problem]:
    """All that is wrong, at once, in the learner's words; empty when it can train (warnings apart).

    Args:
        experiment: finished or not. The answer depends on it and its data alone: it is the same on every machine.
    """
    try:
        facts = experiment.dataset.facts()
    except UserError as error:
        return [Problem("data", error.what, error.remedy)]
    dealt = experiment.dataset.dealt_by_now(experiment.training.validation_split, experiment.seed)
    context = replace(experiment.context(facts), dealt=dealt)
    found = experiment.dataset.problems(context)
    for place, change in enumerate(experiment.augmentations):
        found += change.problems(replace(context, place=place)) if change.on else []
    found += _mixing_problems(experiment)
    found += _network_problems(experiment, facts, context)
    found += experiment.training.problems(context)
    found += _phase_problems(experiment, facts)
    return list(dict.fromkeys(found))  # two rules may say the same thing


def _mixing_problems(experiment: "Experiment") -> list[Problem]:
    """What is wrong with mixing images of a batch."""
    if not experiment.mixes or experiment.training.batch_size > 1:
        return []
    name = next(change.kind for change in experiment.applied if change.mixes)
    return [Problem("augmentation", f"{name} mixes images of one batch, and a batch has one image.",
                    "Take more images a step on the Training page.", blocking=False)]  # fmt: skip


def _phase_problems(experiment: "Experiment", facts: Facts) -> list[Problem]:
    """What is wrong with the phases, each in its place; nothing while the network itself can't be."""
    if not experiment.training.phases or experiment.trace(facts).broken:
        return []
    found, nodes = _division_problems(experiment, facts), experiment.nodes
    dealt = deal(facts, experiment.training.validation_split)
    for stage, phase in zip(stages(experiment)[1:], experiment.training.phases, strict=True):
        found += phase.trouble(nodes, len(facts.class_names))
        found += phase.shortage([count for count in dealt.train if count]) if dealt else []
        nodes = stage.experiment.nodes
        if broken := stage.trace(facts).broken:
            found.append(Problem("training", f"{phase.kind}: {broken.impossible.reason}.", broken.impossible.hint))
    return found


def _division_problems(experiment: "Experiment", facts: Facts) -> list[Problem]:
    """What is wrong where phases divide the classes among them."""
    classes = len(facts.class_names)
    named = [one for phase in experiment.training.phases for one in set(phase.later(classes))]
    if twice := sorted(one for one in set(named) if named.count(one) > 1):
        what = f"Class {twice[0]} is new in more than one phase."
        return [Problem("training", what, "Name each class in one of them.")]
    alone = any(set(phase.later(classes)) >= set(range(classes)) for phase in experiment.training.phases)
    if named and not alone and set(named) >= set(range(classes)):
        return [Problem("training", "The phases have all classes: nothing is left for the first epochs.",
                        "Leave some classes out of them.")]  # fmt: skip
    return []


def _network_problems(experiment: "Experiment", facts: Facts, context: Context) -> list[Problem]:
    """The first layer that can't be; or, when all can, what each has to say in its place."""
    traced = experiment.trace(facts).folded()
    if traced.broken:
        row = traced.broken
        where = f"{row.called}: " if row.index is not None else ""
        fixes = tuple(row.impossible.fixes.items())
        return [Problem("network", f"{where}{row.impossible.reason}.", row.impossible.hint, row.index, fixes)]
    rows = [row for row in traced.rows if row.index is not None]
    found = [
        Problem("network", f"{row.called}: nothing reads it.",
                "Join its output with the rest, or remove it.", row.index)
        for row in traced.unread
    ]  # fmt: skip
    for row in rows:
        found += row.layer.problems(replace(context, place=row.index, shapes=row.input_shapes))
    return found
