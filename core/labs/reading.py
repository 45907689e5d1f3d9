"""The gate for what a lab's link or the browser says about its settings; a wrong one gets a sentence."""

import json
from typing import Any, TypeVar

from pydantic import ValidationError

from core.errors import UserError
from core.experiment.reading import parsed, unpacked
from core.labs import Lab

L = TypeVar("L", bound=Lab)


def read_lab(kind: type[L], packed: str) -> L:
    """Reads the settings of a lab from the end of a link.

    Args:
        kind: of the lab that is open; settings of another lab are refused.
        packed: as `core.spec.packed` writes it.

    Raises:
        UserError: cut short, not ours, of another lab, or with a value that can't be.
    """
    return read_settings(kind, parsed(unpacked(packed)))


def read_settings(kind: type[L], value: Any) -> L:
    """Reads settings as the browser sends them.

    Raises:
        UserError: no settings of this lab.
    """
    try:
        if not isinstance(value, dict) or value.get("kind", kind.__name__) != kind.__name__:
            raise ValueError("of another lab")
        return kind.model_validate_json(json.dumps(value))
    except (ValidationError, ValueError, TypeError, RecursionError) as error:
        raise UserError(
            f"This link does not hold settings that the lab {kind.title()} can use.",
            "It begins with its own; copy the link again if you expected others.",
            "LAB_LINK",
        ) from error
