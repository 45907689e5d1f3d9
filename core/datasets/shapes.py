"""Coloured shapes on textured grounds, drawn from a seed: any size, any count, no network."""

import inspect
from typing import ClassVar

import numpy as np

from core import child
from core.datasets import Dataset, Empty, Facts
from core.problems import ALONE, Context
from core.spec import option

NAMES = ("circle", "cross", "ring", "square", "star", "triangle", "hexagon", "crescent", "heart", "arrow")


class Shapes(Dataset):
    """Circles, crosses, rings ... in random colour, place, size and turn; made on this machine from a seed."""

    family: ClassVar[str] = "Made here"
    rank: ClassVar[int] = 2
    seen_otherwise: ClassVar[tuple[str, ...]] = ()

    count: int = option(
        2000,
        "Number of pictures.",
        advice="If validation is far below training, make more; if an epoch takes too long, make fewer.",
        low=40,
        high=50_000,
        unit="pictures",
    )
    image_size: int = option(
        32,
        "Side of each picture.",
        advice="Doubling it makes every layer four times slower.",
        low=12,
        high=256,
        unit="px",
    )
    classes: int = option(
        6, "How many kinds of shapes.", advice="If it is too easy, add kinds.", low=2, high=len(NAMES), unit="kinds"
    )
    noise: float = option(
        0.15, "Strength of the texture behind the shape.", advice="If it is too easy, raise it.", low=0.0, high=1.0
    )
    drawing_seed: int = option(7, "The same number draws the same pictures.", low=0, high=2**31 - 1)

    @classmethod
    def title(cls) -> str:
        return "Colour shapes"

    def pristine(self) -> Facts:
        return Facts((self.image_size, self.image_size, 3), tuple(sorted(NAMES[: self.classes])), self.count)

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        images = empty((self.count, self.image_size, self.image_size, 3), np.uint8)
        labels = np.arange(self.count) % self.classes
        names = self.pristine().class_names
        for i in range(self.count):
            rng = np.random.default_rng([self.drawing_seed, i])
            images[i] = draw_shape(names[labels[i]], self.image_size, self.noise, rng)
            if i % 100 == 99:
                progress(i + 1, self.count)
        return images, labels, np.zeros(self.count, np.int8)

    def source(self, context: Context = ALONE) -> str:
        return f"""{inspect.getsource(draw_shape)}

class_names = {list(self.pristine().class_names)!r}
labels = np.arange({self.count}) % {self.classes}
images = np.stack([
    draw_shape(class_names[label], {self.image_size}, {self.noise}, np.random.default_rng([{self.drawing_seed}, i]))
    for i, label in enumerate(labels)
])
split = np.zeros(len(labels), "int8")"""


def draw_shape(name: str, size: int, noise: float, rng: np.random.Generator) -> np.ndarray:
    """One shape as uint8 (size, size, 3): a smooth edge in a random colour over a ground of waves and grain.

    Args:
        name: which shape.
        size: side of the picture in px.
        noise: 0..1, strength of the ground's texture.
        rng: decides colour, place, size and turn.
    """
    y, x = (np.mgrid[:size, :size] + 0.5) / size * 2 - 1  # (size, size) each, -1..1
    radius, turn = rng.uniform(0.38, 0.62), rng.uniform(0, 2 * np.pi)
    dx, dy = rng.uniform(radius - 0.95, 0.95 - radius, 2)
    u = ((x - dx) * np.cos(turn) + (y - dy) * np.sin(turn)) / radius
    v = ((y - dy) * np.cos(turn) - (x - dx) * np.sin(turn)) / radius
    r, angle = np.hypot(u, v), np.arctan2(v, u)

    def polygon(sides: int) -> np.ndarray:
        step = 2 * np.pi / sides
        return r * np.cos((angle % step) - step / 2) - np.cos(step / 2)

    outside = {  # below 0 inside the shape, above 0 outside
        "circle": lambda: r - 0.85,
        "ring": lambda: np.abs(r - 0.72) - 0.2,
        "square": lambda: np.maximum(np.abs(u), np.abs(v)) - 0.72,
        "triangle": lambda: polygon(3),
        "hexagon": lambda: polygon(6),
        "cross": lambda: np.maximum(np.minimum(np.abs(u), np.abs(v)) - 0.24, np.maximum(np.abs(u), np.abs(v)) - 0.9),
        "star": lambda: r - 0.68 - 0.3 * np.cos(5 * angle),
        "crescent": lambda: np.maximum(r - 0.9, 0.72 - np.hypot(u - 0.4, v)),
        "heart": lambda: np.hypot(u, v + 0.2 - 0.6 * np.sqrt(np.abs(u))) - 0.72,
        "arrow": lambda: np.minimum(
            np.maximum(np.abs(v) - 0.2, np.abs(u + 0.35) - 0.5), np.maximum(u + np.abs(v) - 0.85, -u)
        ),
    }[name]()
    cover = np.clip(0.5 - outside * radius * size / 2, 0, 1)[..., None]  # about one px of soft edge

    ink, ground = rng.uniform(0, 1, (2, 3))
    if abs(ink.mean() - ground.mean()) < 0.35:  # a shape nobody could see teaches nothing
        ground = np.where(ink.mean() > 0.5, ground * 0.35, 1 - (1 - ground) * 0.35)
    fx, fy, phase = rng.uniform(-9, 9, 2).tolist() + [rng.uniform(0, 6.3)]
    waves = np.sin(fx * x + fy * y + phase)[..., None]
    grain = rng.normal(0, 1, (size, size, 3))
    image = cover * ink + (1 - cover) * (ground + noise * 0.5 * waves) + noise * 0.35 * grain
    return (np.clip(image, 0, 1) * 255).astype(np.uint8)
