"""The colours that tell classes apart, the same as in the browser (`classColour` of `dom.js`)."""

from math import cos, radians, sin

LIGHTER, DARKER, CHROMA = 0.66, 0.52, 0.13
"""Lightness 0..1 and chroma in Oklab: eight classes are lighter and eight darker by turns."""


def class_colour(label: int) -> tuple[int, int, int]:
    """Red, green and blue of a class, 0..255 each.

    Oklab to sRGB after Ottosson (2020), "A perceptual color space for image processing"; what is no colour of a screen
    is cut.

    Args:
        label: of the class, from 0.
    """
    hue = radians((label * 137.5 + 40) % 360)
    light, a, b = LIGHTER if label % 16 < 8 else DARKER, CHROMA * cos(hue), CHROMA * sin(hue)
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    return tuple(round(255 * _seen(min(1.0, max(0.0, part)))) for part in linear)


def _seen(linear: float) -> float:
    """What a screen is told for a share of light, 0..1."""
    return 12.92 * linear if linear <= 0.0031308 else 1.055 * linear ** (1 / 2.4) - 0.055
