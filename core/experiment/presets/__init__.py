"""Ready-made experiments: each is a JSON file in this folder, and a lesson is one more file."""

from pathlib import Path

from core.errors import UserError
from core.experiment import Experiment
from core.experiment.reading import read_experiment

HOME = Path(__file__).parent


def presets() -> list[str]:
    """Their names, the simplest first as far as the names tell."""
    return sorted(path.stem for path in HOME.glob("*.json"))


def load_preset(name: str) -> Experiment:
    """One of them.

    Raises:
        UserError: there is none of that name.
    """
    if name not in presets():
        raise UserError(
            f"There is no preset {name[:60]!r}.", f"Choose one of: {', '.join(presets())}.", "PRESET_NOT_FOUND"
        )
    return read_experiment((HOME / f"{name}.json").read_text(encoding="utf-8"))
