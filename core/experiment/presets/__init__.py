"""Ready-made experiments: each is a JSON file in this folder or in a plug-in's, and a lesson is one more file."""

from pathlib import Path

from core import plugins
from core.errors import UserError
from core.experiment import Experiment
from core.experiment.presets.shelf import SHELF, told
from core.experiment.reading import read_experiment

HOME = Path(__file__).parent


def presets() -> list[str]:
    """Their names in the order of the shelf; those that plug-ins bring along stand last."""
    places = {name: place for place, name in enumerate(SHELF)}
    return sorted(_paths(), key=lambda name: (places.get(name, len(places)), name))


def groups() -> dict[str, list[str]]:
    """Headings of the shelf, and the names under each."""
    found: dict[str, list[str]] = {}
    for name in presets():
        found.setdefault(told(name).group, []).append(name)
    return found


def added() -> list[str]:
    """Names of those that the operator's plug-ins bring along."""
    return sorted(name for name, path in _paths().items() if path.parent != HOME)


def load_preset(name: str) -> Experiment:
    """One of them.

    Raises:
        UserError: there is none of that name.
    """
    paths = _paths()
    if name not in paths:
        raise UserError(
            f"There is no preset {name[:60]!r}.", f"Choose one of: {', '.join(sorted(paths))}.", "PRESET_NOT_FOUND"
        )
    return read_experiment(paths[name].read_bytes())


def _paths() -> dict[str, Path]:
    """Where each of them lies, by name; of one name, ours."""
    places = [HOME, *plugins.folders("experiment/presets")]
    return {path.stem: path for place in reversed(places) for path in place.glob("*.json")}
