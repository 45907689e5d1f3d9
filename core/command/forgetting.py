"""`python -m core remedies`: one experiment with each remedy against forgetting."""

import argparse
from collections.abc import Callable
from typing import Any

from core.command import console
from core.command.experiments import read
from core.experiment import Experiment, memory
from core.experiment.against_forgetting import with_remedies
from core.experiment.forgotten import as_json
from core.runs import forgetting, states, sweeps
from core.runs.collection import Runs
from core.runs.run import Run
from core.workspace import current


def told(run: Run) -> tuple[dict[str, Any], str]:
    """What became of everything that a run learnt first, as a document says it and as lines; of others nothing."""
    found = forgetting.of_run(run)
    lines = "".join(f"\n{'forgetting':18}{one.sentence()}" for one in found)
    return ({"tasks": as_json(found)}, lines) if found else ({}, "")


def remedies(options: argparse.Namespace, train: Callable[[Run], states.Status]) -> int:
    """Trains a run for each remedy, and tells what each kept and learnt; 0 when all came to their end.

    Args:
        options: the words of the command.
        train: one run to its end.
    """
    rows = compare(Runs(current()), read(options.experiment), train)
    console.say(options.json, {"runs": rows}, lambda document: table(document["runs"]))
    return int(any(row["state"] != states.FINISHED for row in rows))


def compare(runs: Runs, experiment: Experiment, train: Callable[[Run], states.Status]) -> list[dict[str, Any]]:
    """Trains a run for each remedy.

    Args:
        runs: where they are made.
        experiment: with a phase that may have remedies.
        train: one run to its end.

    Returns:
        `run`, `remedy`, `state` and `tasks` of each.

    Raises:
        UserError: it has no such phase, or can't be trained.
    """
    family = with_remedies(experiment)
    for one in family.values():
        memory.require(one)
    name, rows = sweeps.free_family(runs, f"{experiment.name}: remedies"), []
    for remedy, one in family.items():
        run = runs.create(one, family=name)
        status = train(run)
        tasks = as_json(forgetting.of_run(run))
        rows.append({"run": run.id, "remedy": remedy, "state": status.state, "tasks": tasks})
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The same as people read it."""
    width = max(len(row["remedy"]) for row in rows) + 2
    told = [f"{'remedy':{width}}{'before':>8}{'after':>8}{'drop':>12}{'new':>8}"]
    for row in rows:
        for one in row["tasks"]:
            drop = f"{100 * (one['before'] - one['after']):.0f} points"
            reached = "–" if one["reached"] is None else f"{one['reached']:.3f}"
            told.append(f"{row['remedy']:{width}}{one['before']:>8.3f}{one['after']:>8.3f}{drop:>12}{reached:>8}")
    return "\n".join(told)
