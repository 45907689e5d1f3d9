"""One image and the nudge that fools the network: how small it may be, and how little of it is seen."""

from core.lens.nudged_image import LARGEST, Nudged
from core.words import counted
from pages.components.browser.component import component
from pages.components.understand import one_image
from pages.components.understand.looking import Looking

_component = component(
    "nudged_image", "browser/signed", "browser/plot", "understand/one_image", "understand/nudged_image",
    html="<div class='one-image'></div>",
)  # fmt: skip


def draw(found: Nudged, looking: Looking) -> None:
    """Draws the image as it is nudged, the nudge alone, and the probabilities by its size; the slider asks nobody.

    Args:
        found: by the lens.
        looking: at which network and image.
    """
    names = looking.outline.facts.class_names
    data = one_image.told(looking, found.probabilities) | {
        "shape": list(found.image.shape),
        "pixels": one_image.in_text(found.image),
        "direction": one_image.in_text(found.direction),
        "smallest": found.smallest,
        "said": sentence(found, names),
        "target": found.target,
    }
    _component(key=looking.key("nudged-image"), data=data)


def sentence(found: Nudged, names: tuple[str, ...]) -> str:
    """How small a nudge fools, or that none does."""
    answers, smallest = found.probabilities.argmax(1), found.smallest
    if smallest == 0:
        return f"It says {names[found.target]} already. Choose another class."
    if not found.direction.any():
        return (
            "No nudge of this kind exists here: the answer does not change with any pixel, as far as the gradient "
            "shows."
        )
    if smallest is None:
        what = f"towards {names[found.target]}" if found.target is not None else "away from its answer"
        return (
            f"It did not fool: nudged {what} by up to {LARGEST} of 255 grey values, it never says "
            f"{names[found.target] if found.target is not None else 'anything else'}. Other nudges may."
        )
    return f"{counted(smallest, 'grey value')} of 255 {'is' if smallest == 1 else 'are'} enough: it becomes " \
           f"{names[answers[smallest]]}."  # fmt: skip
