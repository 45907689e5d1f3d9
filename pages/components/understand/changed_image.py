"""One image under sliders: the curves of its probabilities, and the image as the network sees it at each strength."""

from typing import Annotated, Any, Literal

import numpy as np
from annotated_types import MaxLen
from pydantic import ValidationError

from core.augmentation import Augmentation
from core.datasets import is_prepared
from core.errors import UserError
from core.experiment import Experiment
from core.lens.changed_image import Along, ChangedImage
from core.lens.image_changes import KNOBS, Knob
from core.runs.run import Run
from core.spec import kinds
from core.words import listed
from pages.components.browser import pixels
from pages.components.browser.component import component
from pages.components.data.augmentation_words import cautions, name_of, strength
from pages.components.frame import going, sent, session
from pages.components.frame.gestures import Gestures
from pages.components.runs import launching
from pages.components.understand import break_it, look_with, one_image
from pages.components.understand.break_one import REFUSAL
from pages.components.understand.looking import Looking

KEY, AT = "changed-image", "changed-image-at"
"""The component, and what the tab remembers: the run whose image is on the screen, and the height and width of it."""
CHEAP = 2 * 10**9
"""Multiply-adds of all sliders' answers up to which all are fetched at once; else one slider's when it is touched."""
STRENGTHS = 30
"""Images of a slider, about."""
CRISP, JPEG_QUALITY = 96, 90
"""px up to which pixels are sent as they are."""
COLUMNS = 8

_component = component(
    "changed_image", "browser/gestures", "browser/signed", "browser/plot", "understand/one_image",
    "understand/changed_image", html="<div class='one-image'></div>",
)  # fmt: skip


def draw(found: Along, looking: Looking) -> None:
    """Draws the image, its curves and the sliders; a slider moves without asking anybody.

    Args:
        found: along the slider that was touched last.
        looking: at which network and image.

    Raises:
        UserError: another slider's answers can't be had.
    """
    run, facts = looking.run, looking.outline.facts
    lens = look_with.as_set(ChangedImage, looking.outline)
    session.keep(looking.key(AT), (run.id, *facts.shape[:2]))
    sweeps = {found.knob: found}
    if looking.outline.trace.multiply_adds * STRENGTHS * len(KNOBS) <= CHEAP:
        sweeps |= {name: looking.ask(lens.edited(along=name)) for name in KNOBS if name != found.knob}
    told = one_image.told(looking, found.probabilities)
    shown = [one["index"] for one in told["classes"]]
    data = told | {
        "along": found.knob,
        "values": lens.strengths,
        "knobs": [_knob(knob, *facts.shape[:2]) for knob in KNOBS.values()],
        "sweeps": {name: _sweep(sweep, shown, facts.class_names) for name, sweep in sweeps.items()},
        "train": _to_train(run, lens.strengths, *facts.shape[:2]),
        "gestures": _gestures[looking.side].data(),
    }
    _component(key=looking.key(KEY), data=data, on_gestures_change=_gestures[looking.side].take)


def _knob(knob: Knob, height: int, width: int) -> dict[str, Any]:
    tried = knob.tried(height, width)
    told = {"name": knob.name, "title": knob.title, "unit": knob.unit, "neutral": knob.neutral, "step": knob.step}
    return told | {"low": min(tried), "high": max(tried)}


def _sweep(found: Along, shown: list[int], names: tuple[str, ...]) -> dict[str, Any]:
    """One slider's answers for the browser."""
    knob = KNOBS[found.knob]
    return {
        "values": list(found.values),
        "words": [knob.told(value) for value in found.values],
        **one_image.answers(found.probabilities, shown),
        "flips": found.first_flips(),
        "said": sentence(found, names),
        "sheet": _sheet(found.images),
    }


def sentence(found: Along, names: tuple[str, ...]) -> str:
    """Where the answer becomes another one: "At 23° to the right it becomes 9, at 41° to the left 4."""
    knob, answers, flips = KNOBS[found.knob], found.answers, found.first_flips()
    if not flips:
        ends = {found.values[0], found.values[-1]} - {knob.neutral}
        way = " and ".join(knob.told(value) for value in sorted(ends))
        return f"It stays {names[answers[found.neutral]]}, up to {way}."
    told = [f"at {knob.told(found.values[place])} it becomes {names[answers[place]]}" for place in flips]
    return f"{', '.join(told)[:1].upper()}{', '.join(told)[1:]}."


def _sheet(images: np.ndarray) -> dict[str, Any]:
    """Its images side by side, as one picture."""
    count, height, width = images.shape[:3]
    sheet = {"size": [width, height], "columns": min(COLUMNS, count), "count": count}
    if max(height, width) <= CRISP:
        return sheet | {"uri": pixels.sheet_uri(images, sheet["columns"])}
    return sheet | {"uri": pixels.jpeg_uri(pixels.sheet(images, sheet["columns"]), JPEG_QUALITY)}


# ---- train with it


def operations(strengths: dict[str, float], height: int, width: int) -> dict[str, float]:
    """The augmentations that draw images as far as the sliders stand, with their strengths in Keras' units."""
    found: dict[str, float] = {}
    for name, value in strengths.items():
        knob = KNOBS[name]
        if value != knob.neutral:
            reached = knob.trained(value, height, width)
            found[knob.augmentation] = max(found.get(knob.augmentation, 0.0), reached)
    return found


def _to_train(run: Run, strengths: dict[str, float], height: int, width: int) -> dict[str, str] | None:
    """The words of the button, and where such images would have labels that are not true; None while all sliders
    stand where they do nothing."""
    wanted = operations(strengths, height, width)
    if not wanted:
        return None
    made = {kind: kinds(Augmentation)[kind]().at(value) for kind, value in wanted.items()}
    words = listed([f"{name_of(kind)} {strength(kind, value)[1]}" for kind, value in wanted.items()], most=len(wanted))
    warned = [one.message for change in made.values() for one in cautions(change, run.experiment)]
    return {"words": f"Train with {words}", "caution": " ".join(warned)}


class Asked(sent.Shape):
    """A gesture of the sliders.

    Args:
        action: sets them all, or trains with what they do.
        along: the one that was touched.
        values: of each by its name.
    """

    action: Literal["set", "train"]
    along: sent.Name
    values: Annotated[dict[sent.Name, int | float], MaxLen(len(KNOBS))]


def apply(gesture: object, at: str = AT) -> None:
    """Keeps how the sliders stand, or trains with it; what can't be is said above them.

    Args:
        gesture: as it came.
        at: under which name the tab remembers whose image they are at.
    """
    try:
        asked = sent.read(Asked, gesture)
        lens = _lens(asked)
        look_with.remember(lens)
        if asked.action == "train":
            _train(lens, at)
    except UserError as error:
        session.keep(REFUSAL, str(error))


def _lens(asked: Asked) -> ChangedImage:
    """The lens as the sliders stand.

    Raises:
        UserError: none of them stands so.
    """
    try:
        return ChangedImage(along=asked.along, **{name: float(value) for name, value in asked.values.items()})
    except (ValidationError, TypeError, OverflowError) as error:
        raise sent.refused() from error


def _train(lens: ChangedImage, at: str) -> None:
    where = session.remember(at)
    if not where:
        raise sent.refused()
    run = session.runs().find(where[0])
    wanted = operations(lens.strengths, *where[1:])
    if not wanted:
        raise sent.refused()
    experiment: Experiment = break_it.with_operations(run.experiment, wanted)
    session.save(experiment, redraw=True)
    if is_prepared(experiment.dataset) and launching.start(experiment):
        going.to(launching.LIVE_PAGE)


_gestures = [Gestures(key, apply, REFUSAL) for key in (KEY, f"{KEY}-beside")]
