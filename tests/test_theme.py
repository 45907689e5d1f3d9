"""Both themes can be read: contrasts as WCAG 2.2 computes them, 4.5:1 for words and 3:1 for the lines of charts."""

import re
import tomllib
from pathlib import Path

import pytest

from pages.components.browser.component import HOME, tokens

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


STYLES = sorted(HOME.rglob("*.css"))
DRAWN = {
    "activations.css": (".plot .guide", ".track u"),
    "break_it.css": (".plot .beneath",),
    "calibration.css": (".column .bar",),
    "cards.css": (".thumb.chosen img",),
    "changes.css": (".off .pictures",),
    "chosen_images.css": (".tick",),
    "connections.css": (".level",),
    "convolution.css": (".cover",),
    "curves.css": (".chart h4 .batch i", "svg .batches", "svg .rate", "svg .cursor", "svg .planned", "line.border"),
    "findings.css": (".group.done .picture", ".group.done .tile"),
    "layer_bases.css": (".tools .frozen",),
    "layer_list.css": (".fixed .glyph", ".grip", ".head .sign", ".tools"),
    "layout.css": ("svg", ".pictures i"),
    "logistic.css": (".plot .blank",),
    "picked.css": (".tile.gone .picture", ".larger"),
    "playground.css": (".big canvas", ".mark"),
    "readings.css": ("svg",),
    "rails.css": (".sorting",),
    "result_maps.css": (".below",),
    "run_overlay.css": (".break", ".leader"),
    "run_table.css": (".word::before",),
    "signals.css": (".line .ghost", ".bars .later"),
    "xor.css": (".plot .lattice", ".plot .ln2", ".plot .stuck", ".plot .learned"),
}
"""What is drawn and holds no words, or is not there until somebody points at it."""
WAITING = (":disabled", ".stale", ".late", ".lighting", ".faded", ".waits", ".cannot", ".unit.off", ".idle")
"""What can't be used just now, or steps back while something else is looked at."""


def rules(file):
    """All rules of a style sheet, as (selector, declarations) each."""
    text = re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text).replace("( ", "(").replace(" )", ")")
    return [(selector.strip(), body) for selector, body in re.findall(r"([^{}]*)\{([^{}]*)\}", text)]


def mixed(one, other, share):
    """A colour of which `share` is the first of two, as CSS mixes them in sRGB."""
    pairs = [(int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(share * a + (1 - share) * b):02x}" for a, b in pairs)


def grounds(name):
    """Every ground that words stand on in a theme."""
    theme = CONFIG["theme"][name]
    return theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]


def muted_shares():
    """Part of the colour of text in every colour that lets the ground through, by where it stands."""
    mix = r"(?<![-\w])(?:--muted|color|fill): color-mix\(in srgb, (?:currentColor|var\(--st-text-color\)) (\d+)%,"
    return [
        (file.name, int(share) / 100)
        for file in STYLES
        for selector, body in rules(file)
        for share in re.findall(mix, body)
        if "fill" not in body or "text" in selector
    ]


@pytest.mark.parametrize("name", ["light", "dark"])
def test_muted_words_stand_out_from_every_ground(name):
    text, shares = CONFIG["theme"][name]["textColor"], muted_shares()

    assert {"tokens.css", "frame.css"} <= {file for file, _ in shares}
    captions = dict(rules(HOME / "frame" / "frame.css"))['[data-testid="stCaptionContainer"]']
    assert "opacity: 1 !important" in captions, "in place of Streamlit's 60 %, which is 4.2:1 in the light theme"
    low = {
        (file, share, ground)
        for file, share in shares
        for ground in grounds(name)
        if contrast(mixed(text, ground, share), ground) < 4.5
    }
    assert low == set()


@pytest.mark.parametrize("name", ["light", "dark"])
def test_coloured_words_stand_out_from_every_ground(name):
    text = CONFIG["theme"][name]["textColor"]
    mix = r"(?<![-\w])color: color-mix\(in srgb, var\(--([a-z]+(?:-\d+)?)\) (\d+)%, var\(--st-text-color\)\)"
    found = {pair for file in STYLES for _, body in rules(file) for pair in re.findall(mix, body)}

    assert ("red-600", "66") in found
    low = {
        (colour, share, ground)
        for colour, share in found
        for ground in grounds(name)
        if contrast(mixed(tokens()[colour], text, int(share) / 100), ground) < 4.5
    }
    assert low == set()


def test_words_are_muted_by_their_colour_alone():
    # One opacity within another multiplies: captions of tiles once came to 3.56:1 in the dark.
    faded = {
        (file.name, selector)
        for file in STYLES
        for selector, body in rules(file)
        if re.search(r"(?<![-\w])opacity: 0?(\.\d+)?;", body)
        and not any(part in selector for part in (*DRAWN.get(file.name, ()), *WAITING))
    }

    assert faded == set()


def test_nothing_is_told_that_should_stay_here():
    assert CONFIG["client"]["showErrorDetails"] == "none"
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["enableXsrfProtection"] is True
