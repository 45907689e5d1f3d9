"""One image that is painted over: with a brush in the browser, and what the network says of it follows."""

from typing import Annotated, Literal

from annotated_types import Ge, Le, MaxLen
from pydantic import ValidationError

from core.errors import UserError
from core.lens.covered_image import GREYS, LONGEST_TEXT, Covered, CoveredImage, Fill, colour_of, written
from core.words import percent
from pages.components.browser.component import component
from pages.components.frame import sent, session
from pages.components.frame.gestures import Gestures
from pages.components.understand import look_with, one_image
from pages.components.understand.break_one import REFUSAL
from pages.components.understand.looking import Looking

KEY = "covered-image"
BRUSH = 1 / 7
"""Side of a fresh brush as a part of the image."""

_component = component(
    "covered_image", "browser/gestures", "browser/signed", "understand/one_image", "understand/covered_image",
    html="<div class='one-image'></div>",
)  # fmt: skip


def draw(found: Covered, looking: Looking) -> None:
    """Draws the image to paint over, and what the network says of it now and said before.

    Args:
        found: with the part covered that is covered now.
        looking: at which network and image.
    """
    lens = look_with.as_set(CoveredImage, looking.outline)
    if lens.patch:  # once found it is a part like any other
        look_with.remember(lens.edited(mask=written(found.mask), patch=0))
    data = one_image.told(looking, found.probabilities) | {
        "shape": list(found.image.shape),
        "pixels": one_image.in_text(found.image),
        "fills": {name: colour_of(name, found.image).tolist() for name in (*GREYS, "mean")},
        "fill": lens.fill,
        "mask": written(found.mask),
        "said": sentence(found, looking.outline.facts.class_names, was_covered=bool(lens.mask)),
        "brush": max(1, round(BRUSH * max(found.image.shape[:2]))),
        "gestures": _gestures[looking.side].data(),
    }
    _component(key=looking.key(KEY), data=data, on_gestures_change=_gestures[looking.side].take)


def sentence(found: Covered, names: tuple[str, ...], *, was_covered: bool = False) -> str:
    """How much is covered, and what that does.

    Args:
        found: as the lens found it.
        names: of the classes.
        was_covered: whether a part is painted over, if it fits the image.
    """
    before, after = found.probabilities.argmax(1)
    share = float(found.mask.mean())
    if not share and was_covered:
        return "What you covered fits an image of another size, so nothing is covered here: paint here anew."
    if not share:
        return "Paint over the image: the probabilities follow."
    left = found.probabilities[1, before]
    end = f"it stays {names[after]}" if before == after else f"it becomes {names[after]}"
    told = f"{names[before]} falls" if left < found.probabilities[0, before] else f"{names[before]} goes"
    was = percent(float(found.probabilities[0, before]), 1)
    return f"With {percent(share)} covered {end}; {told} from {was} to {percent(float(left), 1)}."


class Asked(sent.Shape):
    """A gesture of the brush: what is covered now, with what, and whether the square that matters most is to be."""

    action: Literal["cover", "suggest"]
    mask: Annotated[str, MaxLen(LONGEST_TEXT)]
    fill: Fill
    patch: Annotated[int, Ge(0), Le(4096)] = 0


def apply(gesture: object) -> None:
    """Keeps what is covered; what can't be is said above."""
    try:
        asked = sent.read(Asked, gesture)
        look_with.remember(CoveredImage(mask=asked.mask, fill=asked.fill, patch=asked.patch))
    except ValidationError:
        session.keep(REFUSAL, str(sent.refused()))
    except UserError as error:
        session.keep(REFUSAL, str(error))


_gestures = [Gestures(key, apply, REFUSAL) for key in (KEY, f"{KEY}-beside")]
