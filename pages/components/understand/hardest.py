"""The hardest images of a split."""

from core.lens.hardest import LOSS, SURE, HardestImages
from core.words import counted, percent
from pages.components.understand import chosen_images
from pages.components.understand.confusion import WORDS
from pages.components.understand.looking import Looking


def draw(found: HardestImages, looking: Looking) -> None:
    """Draws them.

    Args:
        found: as the lens found it.
        looking: the network.
    """
    chosen_images.show(looking, found.positions, title(found), order="as they come")


def title(found: HardestImages) -> str:
    """What they have in common."""
    of = counted(found.of, WORDS[found.part])
    if found.which == LOSS and len(found.positions) == found.of:
        return f"Highest loss first, on {of}"
    if found.which == LOSS:
        part = percent(len(found.positions) / max(1, found.of))
        return f"Highest loss first; these {part} of {of} make {percent(found.share)} of the loss"
    what = "Mistakes, the surest first" if found.which == SURE else "Right answers, the least sure first"
    return f"{what}, on {of}"
