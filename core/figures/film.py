"""A film of pictures: one frame per moment, as an animated GIF and as a strip of frames in one PNG.

Values are signed: negative orange, zero the white of the page, positive blue, with one scale for the whole film; those
of a colour picture are its red, green and blue, zero mid grey. Each value is a square of whole pixels.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.figures.class_colours import class_colour

POSITIVE, NEGATIVE = (0x1D, 0x4E, 0xD8), (0xD4, 0x60, 0x0A)
PAPER, INK, FAINT = (255, 255, 255), (15, 23, 42), (203, 213, 225)
LEVELS = 110
"""Steps from zero to the largest value, on either side: with the other colours as many as a palette holds."""
GREYS = 16
"""Shades from paper to ink, in which words are written."""
FIRST_GREY = 3
FIRST = FIRST_GREY + GREYS
"""Places in the palette: of the first shade, and of the first step below zero; those above zero follow. In a film of
points their groups stand in the place of the steps."""
GROUPS = 256 - FIRST
"""Colours of groups: as many as the palette has room for."""
RAISED = 0.7
"""Power that lifts small values, as most are small; the pages paint them the same way."""
TARGET, LARGEST = 560, 1_200
"""px: how wide and high a picture should be, and at most is."""
STRIP = 2_400
"""px: how wide a strip is before it goes on below."""
PIXELS = 30_000_000
"""Of all frames together: a film stays a file that is sent by mail."""
MARGIN, BAND, TYPE, SMALL = 8, 24, 14, 11
"""px: around a picture, the line above it, and the size of its letters, and of those beside it."""
DOT = 3
"""px: radius of a point, and from the middle of a cross to its ends, across and down."""
HELD = 3
"""So many times as long as the others the last frame stands."""


@dataclass(frozen=True, eq=False)
class Shot:
    """What one frame shows.

    Args:
        planes: float32 (N, h, w), signed, laid out in rows; of N = 0 nothing is drawn. Of (N, h, w, 3) each is a
            colour picture with a scale of its own, the same in the whole film.
        columns: planes in a row.
        under: uint8 (H, W, 1 or 3), 0..255, the image over which a single plane lies; None for none.
        rows, beside: words left of each row and above each column of a single plane; empty for none.
        places, groups: points in place of planes: float32 (N, 2), and the group of each, from 0.
        crossed: bool (N,), points that are crosses, over the dots of the others; None for none.
    """

    planes: np.ndarray
    columns: int = 1
    under: np.ndarray | None = None
    rows: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    places: np.ndarray | None = None
    groups: np.ndarray | None = None
    crossed: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Film:
    """A film as files.

    Args:
        gif, png: their bytes.
        shown: places of the moments that have a frame.
        size: px of a frame, (width, height).
        zoom: px of a value's side; 0 for points.
    """

    gif: bytes
    png: bytes
    shown: tuple[int, ...]
    size: tuple[int, int]
    zoom: int


def film(shots: Sequence[Shot], words: Sequence[str], per_second: float = 2.0) -> Film:
    """Makes a film; of more moments than it has room for some are left out, evenly, never the first and the last.

    Args:
        shots: one or more, all of one shape.
        words: over each frame, all different.
        per_second: frames.
    """
    drawing = _Drawing(shots)
    width, height = drawing.size
    shown = tuple(evenly(len(shots), max(2, PIXELS // (width * height))))
    frames = [drawing.frame(shots[place], words[place]) for place in shown]
    if drawing.is_coloured:
        frames = _of_one_palette(frames)
    moment = round(1000 / per_second)
    return Film(_gif(frames, moment), _strip(frames), shown, drawing.size, drawing.zoom)


def evenly(count: int, most: int) -> list[int]:
    """Places of `most` things among `count`, the first and the last among them."""
    return sorted({round(place) for place in np.linspace(0, count - 1, min(count, most))})


def palette(*, of_points: bool = False) -> np.ndarray:
    """The colours of signed films, or of those of points: uint8 (256, 3); paper, ink, a faint line, shades, then steps
    or groups."""
    told = [PAPER, INK, FAINT]
    steps_to = (
        ((INK, GREYS - 1, 0),) if of_points else ((INK, GREYS - 1, 0), (NEGATIVE, LEVELS, 1), (POSITIVE, LEVELS, 1))
    )
    for end, steps, first in steps_to:
        shares = np.arange(first, steps + 1)[:, None] / steps
        told += np.rint((1 - shares) * PAPER + shares * end).astype(int).tolist()
    told += [class_colour(group) for group in range(GROUPS)] if of_points else []
    return np.array(told + [PAPER] * (256 - len(told)), np.uint8)


def places_of(values: np.ndarray, limit: float) -> np.ndarray:
    """Where values lie in the palette: uint8 of the same shape.

    Args:
        values: float32, signed.
        limit: the size that has the full colour.
    """
    steps = np.rint(LEVELS * np.minimum(1.0, np.abs(values) / limit) ** RAISED).astype(int)
    return np.where(steps == 0, 0, FIRST - 1 + steps + LEVELS * (values > 0)).astype(np.uint8)


def colours_of(values: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Small colour pictures whose zero is mid grey: uint8 of the same shape.

    Args:
        values: float32 (N, h, w, 3), signed.
        limits: float (N,), the size that is as dark or as bright as can be.
    """
    shares = np.clip(values / limits[:, None, None, None], -1, 1)
    return np.rint(127.5 * (1 + shares)).astype(np.uint8)


class _Drawing:
    """How the frames of a film are laid out, all alike."""

    def __init__(self, shots: Sequence[Shot]) -> None:
        first = shots[0]
        known = [np.abs(shot.planes).max() for shot in shots if shot.planes.size]
        self.limit = float(max(known, default=0.0)) or 1.0
        self.of_colour = first.planes.ndim == 4
        self.is_coloured = first.under is not None or self.of_colour
        self.has_points = first.places is not None
        if self.of_colour:
            self.limits = np.max([np.abs(shot.planes).max((1, 2, 3), initial=1e-9) for shot in shots], axis=0)
        self.gap = 0
        self.zoom, self.left, self.top = 0, 0, 0
        if self.has_points:
            every = np.concatenate([shot.places for shot in shots])
            self.low, self.span = every.min(0), np.maximum(np.ptp(every, 0), 1e-9)
            content = TARGET, TARGET
        else:
            content = self._measure(first)
        self.size = (content[0] + self.left + 2 * MARGIN, content[1] + self.top + BAND + 2 * MARGIN)

    def _measure(self, shot: Shot) -> tuple[int, int]:
        """Chooses the zoom; returns the size of the planes in px."""
        count, height, width = shot.planes.shape[:3]
        across = min(count, shot.columns)
        self.across, self.down = across, ceil(count / across)
        if shot.under is not None:
            height, width = shot.under.shape[:2]
        wide, high = across * width, self.down * height
        # A picture that stands alone is never so small that its words don't fit.
        self.zoom = max(1, min(TARGET // wide, TARGET // high))
        if count > 1:  # kernels, whose values are large squares, stand further apart
            self.gap = max(1, min(8, self.zoom // 3))
        if shot.rows and self.zoom >= SMALL:
            self.left, self.top = (
                max(round(_font(SMALL).getlength(word)) for word in words) + 4 for words in (shot.rows, shot.beside)
            )
        return wide * self.zoom + self.gap * (across - 1), high * self.zoom + self.gap * (self.down - 1)

    def frame(self, shot: Shot, words: str) -> Image.Image:
        """One frame."""
        frame = Image.new("RGB", self.size, PAPER) if self.is_coloured else Image.new("P", self.size, 0)
        if not self.is_coloured:
            frame.putpalette(palette(of_points=self.has_points).tobytes())
        _write(frame, (MARGIN, MARGIN - 2), words, TYPE)
        if shot.places is not None:
            self._points(shot, ImageDraw.Draw(frame))
        elif shot.under is not None:
            frame.paste(Image.fromarray(_over(shot, self.limit, self.zoom)), self.corner)
        else:
            self._planes(shot, frame)
            self._beside(shot, frame)
        return frame

    @property
    def corner(self) -> tuple[int, int]:
        """Where the picture begins."""
        return MARGIN + self.left, MARGIN + BAND + self.top

    def _planes(self, shot: Shot, frame: Image.Image) -> None:
        _count, height, width = shot.planes.shape[:3]
        x, y = self.corner
        drawn = colours_of(shot.planes, self.limits) if self.of_colour else places_of(shot.planes, self.limit)
        for at, plane in enumerate(drawn):
            large = plane.repeat(self.zoom, 0).repeat(self.zoom, 1)
            row, column = divmod(at, self.across)
            corner = x + column * (width * self.zoom + self.gap), y + row * (height * self.zoom + self.gap)
            frame.paste(Image.fromarray(large), corner)

    def _beside(self, shot: Shot, frame: Image.Image) -> None:
        """Words left of the rows, and upright above the columns."""
        if not self.left:
            return
        x, y = self.corner
        middle = (self.zoom - SMALL) // 2 - 1
        for at, word in enumerate(shot.rows):
            _write(frame, (MARGIN, y + at * self.zoom + middle), word, SMALL)
        for at, word in enumerate(shot.beside):
            tag = Image.new("P", (self.top, SMALL + 4), 0)
            _write(tag, (2, 0), word, SMALL)
            frame.paste(tag.transpose(Image.Transpose.ROTATE_90), (x + at * self.zoom + middle, y - self.top))

    def _points(self, shot: Shot, pen: ImageDraw.ImageDraw) -> None:
        x, y = self.corner
        pen.rectangle((x, y, x + TARGET - 1, y + TARGET - 1), outline=2)
        inside = TARGET - 4 * DOT
        at = (shot.places - self.low) / self.span * inside
        crossed = np.zeros(len(at), bool) if shot.crossed is None else shot.crossed
        for one in np.argsort(crossed, kind="stable"):
            left, top = x + DOT + round(float(at[one, 0])), y + DOT + inside - round(float(at[one, 1]))
            colour = FIRST + int(shot.groups[one]) % GROUPS
            if crossed[one]:
                _cross(pen, left, top, colour)
            else:
                pen.ellipse((left, top, left + 2 * DOT, top + 2 * DOT), fill=colour)


def _cross(pen: ImageDraw.ImageDraw, left: int, top: int, colour: int) -> None:
    """A cross in the square of a dot, edged with paper, so that it is seen on dots of its own colour."""
    for edge, fill in ((1, 0), (0, colour)):
        for across in range(2 * DOT + 1):
            for down in (across, 2 * DOT - across):
                x, y = left + across, top + down
                pen.rectangle((x - edge, y - edge, x + 1 + edge, y + edge), fill=fill)


def _write(frame: Image.Image, corner: tuple[int, int], words: str, size: int) -> None:
    """Words on a frame; on one with a palette in its shades of ink."""
    if frame.mode != "P":
        ImageDraw.Draw(frame).text(corner, words, fill=INK, font=_font(size))
        return
    mask = Image.new("L", frame.size, 0)
    ImageDraw.Draw(mask).text(corner, words, fill=255, font=_font(size))
    shades = np.rint(np.asarray(mask) / 255 * (GREYS - 1)).astype(np.uint8)
    frame.paste(Image.fromarray(shades + np.uint8(FIRST_GREY)), mask=Image.fromarray(shades > 0))


def grid_columns(count: int) -> int:
    """How many planes stand in a row where nothing else says so: a little wider than high."""
    return max(1, ceil(sqrt(1.6 * count)))


def _over(shot: Shot, limit: float, zoom: int) -> np.ndarray:
    """A plane over its image: uint8 (H, W, 3)."""
    height, width = shot.under.shape[:2]
    back = np.broadcast_to(shot.under, (height, width, 3)).repeat(zoom, 0).repeat(zoom, 1).astype(float)
    plane = Image.fromarray(shot.planes[0].astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    values = np.asarray(plane).repeat(zoom, 0).repeat(zoom, 1)[..., None]
    share = np.minimum(1.0, np.abs(values) / limit) ** RAISED
    return np.rint((1 - share) * back + share * np.where(values > 0, POSITIVE, NEGATIVE)).astype(np.uint8)


def _of_one_palette(frames: list[Image.Image]) -> list[Image.Image]:
    """Coloured frames with 256 colours that suit all of them."""
    few = [frames[place] for place in evenly(len(frames), 12)]
    together = Image.new("RGB", (few[0].width, few[0].height * len(few)))
    for place, frame in enumerate(few):
        together.paste(frame, (0, place * frame.height))
    shared = together.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    return [frame.quantize(palette=shared, dither=Image.Dither.NONE) for frame in frames]


def _gif(frames: list[Image.Image], moment: int) -> bytes:
    """Frame after frame, for ever.

    Args:
        frames: all with one palette.
        moment: ms for which each stands.
    """
    buffer = io.BytesIO()
    durations = [moment] * (len(frames) - 1) + [HELD * moment]
    frames[0].save(
        buffer, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=False, disposal=1
    )
    return buffer.getvalue()


def _strip(frames: list[Image.Image]) -> bytes:
    """All frames beside each other, and on below."""
    width, height = frames[0].size
    across = min(len(frames), max(1, STRIP // width))
    strip = Image.new("P", (across * width, ceil(len(frames) / across) * height), 0)
    strip.putpalette(frames[0].getpalette())
    for place, frame in enumerate(frames):
        row, column = divmod(place, across)
        strip.paste(frame, (column * width, row * height))
    buffer = io.BytesIO()
    strip.save(buffer, "PNG")
    return buffer.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
