"""A run that has ended goes on in one more phase: the one time that its experiment changes."""

from core import workspace
from core.errors import UserError
from core.experiment import Experiment, memory
from core.phases import MOST_PHASES, Phase
from core.runs import layout, states
from core.runs.run import Run

AGAIN = "Train its experiment again, with this phase on the Training page."


def with_phase(experiment: Experiment, reached: int, phase: Phase) -> Experiment:
    """An experiment that does something else once so many epochs are done.

    Args:
        experiment: of the run; a phase that it did not come to is left out, one that it broke off ends where it was.
        reached: epochs that are done, 1 or more.
        phase: what comes then.

    Raises:
        UserError: it has as many phases as a run may have.
    """
    training, left = experiment.training, reached
    epochs, phases = min(training.epochs, left), []
    left -= epochs
    for one in training.phases:
        if left > 0:
            phases.append(one.edited(epochs=min(one.epochs, left)))
            left -= phases[-1].epochs
    if len(phases) >= MOST_PHASES:
        raise UserError(f"A run has {MOST_PHASES} phases at most.", AGAIN, "PHASES_MANY")
    return experiment.edited(training=training.edited(epochs=epochs, phases=(*phases, phase)))


def extend(run: Run, phase: Phase) -> Experiment:
    """Has a run go on in one more phase when it is taken up next; until then it stands as it ended.

    Args:
        run: finished or stopped, its last checkpoint with the optimizer's memory.
        phase: what comes after the epochs that are done.

    Returns:
        its experiment from now on.

    Raises:
        UserError: it can't: it is at work, has not learnt yet, or the phase does not fit its network.
    """
    with run.queue.turn():
        run.check_there()
        status, experiment = run.status(), run.experiment
        reached = status.epoch + bool(status.batch)
        _check(run, status, reached)
        changed = with_phase(experiment, reached, phase)
        memory.require(changed)
        told = changed.canonical().to_json().encode()
        workspace.write_bytes(run.path / layout.EXPERIMENT, told, run.created)  # its age is told by this file
        return changed


def _check(run: Run, status: states.Status, reached: int) -> None:
    """Refuses a run that can't go on.

    Raises:
        UserError: it can't.
    """
    if status.is_live or run.is_taken():
        raise UserError("This run is being trained.", "Wait until it ends.", "RUN_LIVE")
    saved = run.checkpoints()
    newest = run.checkpoint(saved[-1]) if saved else None
    if not reached or status.state not in (states.FINISHED, *states.RESUMABLE) or not newest or not newest.has_state:
        what = "This run can't go on: what the optimizer remembered of it is not here."
        raise UserError(what, AGAIN, "RUN_ENDED")


def can_extend(run: Run, status: states.Status) -> bool:
    """Whether a run may go on in one more phase."""
    try:
        _check(run, status, status.epoch + bool(status.batch))
    except UserError:
        return False
    return True
