"""A drawing as a list of plain shapes, written as SVG, or painted as PNG by Pillow: both need no network."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
FONT = "'Source Sans', 'Source Sans Pro', 'Helvetica Neue', Arial, sans-serif"
LIGHT = {
    "ground": "#ffffff", "text": "#1f2937", "muted": "#4b5563", "edge": "#0f766e", "wire": "#64748b",
    "front": "#8fdcd2", "top": "#c9efea", "side": "#5fc4b8", "node": "#eef8f7", "join": "#dbe6ff", "frame": "#94a3b8",
}  # fmt: skip
DARK = {
    "ground": "#0f172a", "text": "#e5e9f0", "muted": "#aab4c4", "edge": "#2dd4bf", "wire": "#94a3b8",
    "front": "#17635c", "top": "#1f857b", "side": "#104843", "node": "#12302f", "join": "#1f2f57", "frame": "#64748b",
}  # fmt: skip
"""Colours by what they are for, on a light page and on a dark one."""
LACKING = str.maketrans({"×": "x", "\N{NARROW NO-BREAK SPACE}": " ", "\N{NO-BREAK SPACE}": " "})
"""What Pillow's own font has no picture of."""
LARGEST = 60_000_000
"""Pixels of a PNG: a drawing that would have more is painted smaller."""


@dataclass(frozen=True)
class Polygon:
    """A closed shape.

    Args:
        points: its corners, px.
        fill: name of a colour; empty for none.
        stroke: name of the colour of its border.
        words: said when the pointer rests on it.
        dashed: whether the border is.
    """

    points: Sequence[Point]
    fill: str = ""
    stroke: str = "edge"
    words: str = ""
    dashed: bool = False


@dataclass(frozen=True)
class Line:
    """A line through some points; `arrow` puts a head at its end."""

    points: Sequence[Point]
    stroke: str = "wire"
    arrow: bool = False


@dataclass(frozen=True)
class Text:
    """A line of words.

    Args:
        x, y: where its baseline begins, or has its middle, px.
        text: the words.
        size: px.
        colour: its name.
        bold: whether it is a name rather than a remark.
        middle: whether x is its middle.
    """

    x: float
    y: float
    text: str
    size: float = 12
    colour: str = "text"
    bold: bool = False
    middle: bool = True


Shape = Polygon | Line | Text


@dataclass
class Drawing:
    """What is drawn, from the back to the front; a place is px from the upper left corner.

    Args:
        title: what it shows, for who can't see it.
    """

    title: str
    width: float = 0.0
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)

    def svg(self, dark: bool = False) -> str:
        """As SVG: a file of its own, and an element of a page."""
        colours = DARK if dark else LIGHT
        size = f'width="{_n(self.width)}" height="{_n(self.height)}" viewBox="0 0 {_n(self.width)} {_n(self.height)}"'
        ground = f'<rect width="100%" height="100%" fill="{colours["ground"]}"/>'
        title = f"<title>{_said(self.title)}</title>"
        parts = "\n".join(_element(shape, colours) for shape in self.shapes)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}">'
            f"{title}\n{ground}\n{parts}\n</svg>\n"
        )

    def png(self, dark: bool = False, scale: float = 2.0) -> bytes:
        """As PNG.

        Args:
            dark: for a dark page.
            scale: pixels of it for each px; less where it would be larger than LARGEST.
        """
        colours = DARK if dark else LIGHT
        scale = min(scale, (LARGEST / max(1.0, self.width * self.height)) ** 0.5)
        size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
        canvas = Image.new("RGB", size, colours["ground"])
        pen = ImageDraw.Draw(canvas)
        for shape in self.shapes:
            _paint(pen, shape, colours, scale)
        buffer = io.BytesIO()
        canvas.save(buffer, format="PNG")
        return buffer.getvalue()


def _n(value: float) -> str:
    """A number as short as it can be."""
    return f"{value:.1f}".removesuffix(".0")


def _said(text: str) -> str:
    """Words as XML takes them: letters that it forbids are left out."""
    return escape("".join(letter for letter in text if letter >= " " and not "\ud800" <= letter <= "\udfff"))


def _element(shape: Shape, colours: dict[str, str]) -> str:
    """One shape as SVG."""
    if isinstance(shape, Text):
        anchor = ' text-anchor="middle"' if shape.middle else ""
        weight = ' font-weight="600"' if shape.bold else ""
        place = f'x="{_n(shape.x)}" y="{_n(shape.y)}" font-size="{_n(shape.size)}"'
        return f'<text {place} fill="{colours[shape.colour]}"{anchor}{weight}>{_said(shape.text)}</text>'
    points = " ".join(f"{_n(x)},{_n(y)}" for x, y in shape.points)
    stroke = f'stroke="{colours[shape.stroke]}" stroke-width="1.3" stroke-linejoin="round"'
    if isinstance(shape, Line):
        head = "" if not shape.arrow else _element(Polygon(_head(shape.points), shape.stroke, shape.stroke), colours)
        return f'<polyline points="{points}" fill="none" {stroke}/>{head}'
    fill = colours[shape.fill] if shape.fill else "none"
    dashed = ' stroke-dasharray="5 4"' if shape.dashed else ""
    title = f"<title>{_said(shape.words)}</title>" if shape.words else ""
    return f'<polygon points="{points}" fill="{fill}" {stroke}{dashed}>{title}</polygon>'


def _head(points: Sequence[Point]) -> list[Point]:
    """The head of an arrow that ends where a line does."""
    (x, y), (tip_x, tip_y) = points[-2], points[-1]
    length = max(1e-6, ((tip_x - x) ** 2 + (tip_y - y) ** 2) ** 0.5)
    across, down = (tip_x - x) / length, (tip_y - y) / length
    back_x, back_y = tip_x - 7 * across, tip_y - 7 * down
    return [(tip_x, tip_y), (back_x - 3 * down, back_y + 3 * across), (back_x + 3 * down, back_y - 3 * across)]


def _paint(pen: ImageDraw.ImageDraw, shape: Shape, colours: dict[str, str], scale: float) -> None:
    """One shape with Pillow."""
    if isinstance(shape, Text):
        font = ImageFont.load_default(shape.size * scale)
        text = shape.text.translate(LACKING)
        place, anchor = (shape.x * scale, shape.y * scale), "ms" if shape.middle else "ls"
        pen.text(place, text, font=font, fill=colours[shape.colour], anchor=anchor)
        return
    points = [(x * scale, y * scale) for x, y in shape.points]
    width = max(1, round(1.3 * scale))
    if isinstance(shape, Line):
        pen.line(points, fill=colours[shape.stroke], width=width, joint="curve")
        if shape.arrow:
            pen.polygon([(x * scale, y * scale) for x, y in _head(shape.points)], fill=colours[shape.stroke])
        return
    pen.polygon(points, fill=colours[shape.fill] if shape.fill else None)
    for line in _dashes([*points, points[0]], scale) if shape.dashed else [[*points, points[0]]]:
        pen.line(line, fill=colours[shape.stroke], width=width, joint="curve")


def _dashes(points: Sequence[Point], scale: float) -> Iterator[list[Point]]:
    """The dashes of a line, as SVG's "5 4" has them, begun anew at every corner."""
    for (x, y), (to_x, to_y) in pairwise(points):
        length = max(1e-6, ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5)
        across, down = (to_x - x) / length, (to_y - y) / length
        for at in np.arange(0, length, 9 * scale):
            end = min(length, at + 5 * scale)
            yield [(x + at * across, y + at * down), (x + end * across, y + end * down)]
