"""What becomes of pictures that are no squares: one field for all datasets that have some."""

from typing import Any, Literal

from core.spec import option

Aspect = Literal["stretch", "crop", "pad"]


def aspect_option() -> Any:
    """The field: as `core.intake.pixels.ASPECTS`."""
    return option(
        "stretch",
        "What becomes of a picture that is no square: squeezed into one, its middle cut out (Keras: "
        "crop_to_aspect_ratio), or whole with black beside it (pad_to_aspect_ratio).",
        advice="If what matters is in the middle, crop; if its form matters, pad.",
        rare=True,
    )
