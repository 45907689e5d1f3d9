"""Digits as a hand draws them on the pad."""

import io

import numpy as np
from PIL import Image, ImageDraw

# Strokes as a hand draws them: points in parts of the pad.
STROKES = {
    "0": [[(0.5 + 0.2 * np.cos(a), 0.5 + 0.32 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 40)]],
    "1": [[(0.38, 0.3), (0.52, 0.15), (0.52, 0.85)]],
    "7": [[(0.28, 0.2), (0.72, 0.2), (0.42, 0.85)]],
}


def drawn(strokes, side=280, zoom=1.0, to=(0.0, 0.0)):
    """A PNG as the pad sends it: thick round white strokes on black, smaller and elsewhere by `zoom` and `to`."""
    image = Image.new("RGB", (side, side))
    pen, radius = ImageDraw.Draw(image), side * 0.05 * zoom
    for stroke in strokes:
        points = [((x * zoom + to[0]) * side, (y * zoom + to[1]) * side) for x, y in stroke]
        pen.line(points, "white", round(2 * radius), "curve")
        for x, y in points:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), "white")
    return png(image)


def png(image):
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()
