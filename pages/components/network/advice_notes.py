"""Advice beside the rows of the layer list: what is said there, and what becomes of the answer."""

from collections.abc import Sequence
from typing import Any

from core.advice import Advice, advice_on
from core.errors import UserError
from core.experiment import Experiment


def of_row(advice: Sequence[Advice], row: str) -> list[dict[str, Any]]:
    """What the browser draws beside a row: the first advice about it, so that a row is never buried under words.

    Args:
        advice: on the network.
        row: its id.
    """
    found = next((one for one in advice if one.row == row), None)
    if found is None:
        return []
    labels = [fix.label for fix in found.fixes]
    return [{"key": found.key, "sentence": found.sentence, "why": found.why, "source": found.source, "fixes": labels}]


def answered(experiment: Experiment, action: str, row: str | None, key: str | None, place: object) -> Experiment:
    """The experiment after an advice was followed or declined.

    Args:
        experiment: in work.
        action: "follow" or "decline".
        row: beside which it stands.
        key: of the advice.
        place: of the chosen fix among those that it offers.

    Raises:
        UserError: it is not given any more, or has no such fix.
    """
    given = advice_on(experiment, experiment.dataset.facts())
    found = next((one for one in given if (one.row, one.key) == (row, key)), None)
    if found is not None and action == "decline":
        return experiment.edited(declined=(*experiment.declined, found.key))
    if found is not None and isinstance(place, int) and 0 <= place < len(found.fixes):
        return found.fixes[place].make()
    raise UserError(
        "That layer has changed meanwhile.", "Look at the list again and repeat what you did.", "LAYER_CHANGED"
    )
