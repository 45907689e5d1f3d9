"""What a run forgot of what it learnt first."""

from core.experiment.forgotten import Drop, drops
from core.runs.run import Run


def of_run(run: Run) -> list[Drop]:
    """What became of each thing while another was learnt; nothing where no phase brings other images."""
    experiment = run.experiment
    if not experiment.training.phases:
        return []
    told = [(one["epoch"], one["by_task"]) for one in run.metrics().epochs if one.get("by_task")]
    return drops(experiment, len(experiment.dataset.facts().class_names), told)
