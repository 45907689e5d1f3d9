"""An experiment as a word of the command line names it."""

from pathlib import Path

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.presets import load_preset, presets
from core.experiment.reading import read_experiment

HOW_NAMED = "a preset's name or a JSON file"


def read(name: str) -> Experiment:
    """The experiment that a word on the command line means.

    Raises:
        UserError: it is neither a preset nor a file that holds an experiment.
    """
    path = Path(name)
    if name in presets():
        return load_preset(name)
    if not path.is_file():
        raise UserError(
            f"{name} is neither a preset nor a file.", f"Presets: {', '.join(presets())}.", "EXPERIMENT_NOT_FOUND"
        )
    return read_experiment(path.read_bytes())
