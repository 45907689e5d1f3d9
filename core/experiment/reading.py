"""The gate for experiment JSON: from a file, a link or a run directory; a wrong one gets a sentence."""

import base64
import binascii
import json
import zlib
from typing import Any

from pydantic import ValidationError

from core.augmentation import Augmentation
from core.datasets import Dataset
from core.errors import UserError
from core.experiment import Experiment, Training
from core.experiment.migrations import VERSION, lifted, version_of
from core.intake.documents import MAX_DIGITS, SAVED_HERE, parsed
from core.layers import Layer
from core.layers.weights import Constraint, Regularizer
from core.optimization.class_weights import ClassWeight
from core.optimization.optimizers import Optimizer
from core.optimization.schedules import Schedule
from core.optimization.stopping import Rule
from core.options import Option, options_of
from core.spec import LINK_BYTES, kinds
from core.words import with_point

CATALOGUES = (Dataset, Augmentation, Layer, Regularizer, Constraint, Optimizer, Schedule, ClassWeight, Rule)


def read_experiment(text: str | bytes) -> Experiment:
    """Reads an experiment.

    Args:
        text: a JSON document, at most 1 MB.

    Raises:
        UserError: not JSON, from a newer version, or a field that can't be, named with what it may be.
    """
    value = parsed(text)
    if not isinstance(value, dict):
        raise UserError("This JSON is not an experiment.", SAVED_HERE, "JSON_NOT_AN_EXPERIMENT")
    if (version := version_of(value)) > VERSION:
        raise UserError(
            f"This experiment is from a newer Kernelscope (format {version}, this one reads {VERSION}).",
            "Update Kernelscope and open it again.",
            "JSON_NEWER_VERSION",
        )
    try:
        value = lifted(value)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise UserError("This experiment of an older Kernelscope is damaged.", SAVED_HERE, "JSON_FIELD") from error
    try:
        return Experiment.model_validate_json(json.dumps(value))
    except ValidationError as error:
        raise _in_words(error) from error


def read_link(packed: str) -> Experiment:
    """Reads an experiment from the end of a link.

    Raises:
        UserError: the link is cut short or not ours, or as `read_experiment`.
    """
    return read_experiment(unpacked(packed))


def unpacked(packed: str) -> bytes:
    """The JSON text that a link holds, at most `LINK_BYTES`.

    Args:
        packed: as `core.spec.packed` writes it.

    Raises:
        UserError: the link is cut short, not ours, or holds more than any link.
    """
    if len(packed) > 2 * LINK_BYTES:  # packing makes nothing longer, and base64 adds a third
        raise _too_large()
    try:
        data = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True)
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(data, LINK_BYTES + 1)
        if not unpacker.eof and len(text) <= LINK_BYTES:
            raise ValueError("cut short")
    except (binascii.Error, zlib.error, ValueError) as error:
        raise UserError("This link is not whole.", "Copy it again, to its very end.", "LINK_BROKEN") from error
    if len(text) > LINK_BYTES:
        raise _too_large()
    return text


def _too_large() -> UserError:
    what = f"This link holds more than {LINK_BYTES // 1000} kB: no experiment."
    return UserError(what, "Ask for a file instead of a link.", "LINK_TOO_LARGE")


def _in_words(error: ValidationError) -> UserError:
    """The first mistake as a sentence, with how many more there are."""
    details = error.errors(include_url=False)
    more = f" ({len(details) - 1} more like it.)" if len(details) > 1 else ""
    first = details[0]
    return UserError(f"{_place(first['loc'])}: {_mistake(first)}.{more}", _remedy(first), "JSON_FIELD")


def _place(location: tuple[int | str, ...]) -> str:
    """("layers", 3, "Conv2D", "filters") -> "layers[3].filters"; JSON writes a node as its layer."""
    told = [part for part in location if part != "layer" and not str(part)[:1].isupper()]
    parts = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in told]
    return "".join(parts).lstrip(".")[:120] or "experiment"


def _mistake(detail: dict[str, Any]) -> str:
    """What is wrong with one field."""
    given = repr(detail.get("input"))[:40]
    context = detail.get("ctx", {})
    if detail["type"] == "union_tag_invalid":
        return f"{str(context.get('tag'))[:40]!r} is not a kind that this version knows"
    if detail["type"] == "union_tag_not_found":
        return f"{given} does not say its kind"
    if detail["type"] == "extra_forbidden":
        return "there is no such field"
    if detail["type"] == "value_error":
        return str(context.get("error", "it can't be used"))[:120]
    if detail["type"] == "missing":
        return "this field is missing"
    if legal := _legal(detail["loc"]):
        return f"{given} can't be used: it is {legal}"
    return f"{given} can't be used: {detail['msg'][:1].lower()}{detail['msg'][1:]}"


def _legal(location: tuple[int | str, ...]) -> str:
    """What a numeric field may be: "a whole number from 1 to 1 000"; empty for other fields."""
    option = _option(location)
    # Of several numbers only one has a range.
    return "" if option is None or option.is_several != isinstance(location[-1], int) else option.legal()


def _option(location: tuple[int | str, ...]) -> Option | None:
    """The field that a place in the document names: ("layers", 3, "Conv2D", "filters")."""
    *owners, name = [part for part in location if isinstance(part, str)] or [""]
    known = {"training": Training} | {kind: one for catalogue in CATALOGUES for kind, one in kinds(catalogue).items()}
    owner = known.get(owners[-1]) if owners else Experiment
    return options_of(owner).get(name) if owner else None


def _remedy(detail: dict[str, Any]) -> str:
    """What to do about it."""
    if detail["type"] == "union_tag_invalid":
        return f"Known kinds: {detail['ctx']['expected_tags']}."
    given = detail.get("input")
    if isinstance(given, str) and _legal(detail["loc"]) and (meant := with_point(given[:MAX_DIGITS])):
        return f"Write {meant} with a point."
    return "Change it in the file, or build the experiment in the app and save it."
