"""Pictures made by a formula and a seed, on which the small base learns to see.

Scenes of overlapping shapes ("dead leaves"), shaded bodies with limbs, garments of Fashion-MNIST as cut-outs, and
crops, before backgrounds with the statistics of natural pictures. Textures are noise whose spectrum falls as in
photos, gratings, cells, and patches of the two photos that come with scikit-learn (both CC BY 2.0).

Source of dead leaves: Baradad, Wulff, Wang, Isola and Torralba 2021, "Learning to see by looking at noise"; of
learning from crops of single photos: Asano and Saeed 2021, "Extrapolating from a single image to a thousand classes
using distillation".
"""

import colorsys
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from bases.small.things import THINGS, capsule

SIDE = 160
KINDS = len(THINGS) + 10
"""Kinds of things a picture can show: those drawn, and the ten of Fashion-MNIST."""
BANK = 320
"""Side of a texture in px: twice a picture, so that its crops differ."""
TEXTURES, BANK_SEED = 420, (7, 1_000_000_007)


def picture(seed: int, index: int) -> tuple[np.ndarray, int]:
    """One picture, always the same one for a seed and an index: uint8 (160, 160, 3), and its kind, -1 for none."""
    rng = np.random.default_rng([seed, index])
    if rng.random() < 0.7:
        made, kind = _thing(rng)
    else:
        scenes = (_leaves, _bodies, _photo, _layers)
        made, kind = scenes[rng.choice(4, p=(0.3, 0.2, 0.3, 0.2))](rng), -1
    return _developed(made, rng), kind


def _thing(rng: np.random.Generator) -> tuple[Image.Image, int]:
    """A thing of a known kind, alone or before others, and its kind: a drawn one, or a garment of Fashion-MNIST."""
    made = _backdrop(rng)
    light = _light(rng) if rng.random() < 0.85 else None
    if rng.random() < 0.25:
        for _ in range(rng.integers(1, 6)):
            _stamp(made, rng.uniform(0, SIDE, 2) + _outline(rng) * rng.uniform(4, 30), None, rng, light)
    kind = int(rng.integers(KINDS))
    if kind >= len(THINGS):
        return made, len(THINGS) + _garment(made, rng)
    parts = THINGS[kind](rng)
    size = SIDE / 2 * np.exp(rng.uniform(np.log(0.45), np.log(1.15)))
    turn = rng.normal(0, 0.15) if rng.random() < 0.7 else rng.uniform(0, 2 * np.pi)
    stretch = np.exp(rng.normal(0, 0.1, 2)) * (rng.choice((-1, 1)), 1)
    shape = (np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * stretch[:, None]) * size
    place = SIDE / 2 + rng.normal(0, 0.12, 2) * SIDE
    skins = [_fill(rng, (96, 96)) for _ in range(3)]
    if rng.random() < 0.4:
        skins = [skins[0]] * 3
    for outline, colour in parts:
        _stamp(made, outline @ shape + place, skins[colour], rng, light)
    return made, kind


# ---------------------------------------------------------------- colours and textures


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """A colour: mostly muted, as most of the world is, sometimes vivid, white or black."""
    kind = rng.random()
    if kind < 0.1:
        return (255, 255, 255) if rng.random() < 0.6 else (10, 10, 10)
    hue = rng.choice((rng.normal(0.08, 0.04), rng.random())) % 1
    saturation = rng.beta(1.6, 2.6) if kind < 0.75 else rng.uniform(0.6, 1)
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, rng.beta(2.2, 1.4))
    return int(255 * red), int(255 * green), int(255 * blue)


def _noise(rng: np.random.Generator, side: int, fall: float) -> np.ndarray:
    """A field whose amplitude falls as frequency to the power of -fall: float (side, side), 0..1."""
    rows, columns = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    stretch = rng.uniform(0.5, 2)
    frequency = np.sqrt((rows * stretch) ** 2 + columns**2)
    frequency[0, 0] = 1
    spectrum = np.exp(2j * np.pi * rng.random(frequency.shape)) * frequency**-fall
    spectrum[0, 0] = 0
    field = np.fft.irfft2(spectrum, (side, side))
    low, high = np.quantile(field, (0.02, 0.98))
    return np.clip((field - low) / (high - low), 0, 1)


def _grating(rng: np.random.Generator, side: int) -> np.ndarray:
    """Stripes, checks or rings, bent by noise: float (side, side), 0..1."""
    y, x = np.mgrid[:side, :side] / side
    bend = rng.choice((0, 0, 0.05, 0.3)) * _noise(rng, side, 2)
    angle, waves = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(4), np.log(60)))
    along = np.cos(angle) * x + np.sin(angle) * y + bend
    across = -np.sin(angle) * x + np.cos(angle) * y + bend
    kind = rng.integers(4)
    if kind == 1:
        wave = np.sin(2 * np.pi * waves * along) * np.sin(2 * np.pi * waves * rng.uniform(0.3, 1) * across)
    elif kind == 2:
        wave = np.sin(2 * np.pi * waves * np.hypot(x - rng.random(), y - rng.random()) + 6 * bend)
    else:
        wave = np.sin(2 * np.pi * waves * along)
    return np.clip(0.5 + rng.choice((0.5, 0.5, 4)) * wave, 0, 1)


def _cells(rng: np.random.Generator, side: int) -> np.ndarray:
    """Stones, scales or bricks: distance to the nearest of scattered points: float (side, side), 0..1."""
    small = side // 4
    points = rng.random((int(rng.integers(12, 90)), 2)) * small
    y, x = np.mgrid[:small, :small]
    far = np.sort(np.hypot(y[..., None] - points[:, 0], x[..., None] - points[:, 1]), axis=-1)
    field = far[..., 0] if rng.random() < 0.5 else np.clip((far[..., 1] - far[..., 0]) / 3, 0, 1)
    grown = Image.fromarray((255 * field / field.max()).astype("uint8")).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(grown) / 255


def _painted(field: np.ndarray, rng: np.random.Generator) -> Image.Image:
    """A field from 0 to 1 in a run of three colours."""
    near = rng.random() < 0.6
    first = np.array(_colour(rng), float)
    spread = rng.uniform(15, 70)
    others = [np.clip(first + rng.normal(0, spread, 3), 0, 255) if near else np.array(_colour(rng)) for _ in range(2)]
    stops = np.stack([others[0], first, others[1]])
    runs = [np.interp(field, (0, 0.5, 1), stops[:, channel]) for channel in range(3)]
    return Image.fromarray(np.stack(runs, -1).astype("uint8"))


@cache
def photos() -> tuple[Image.Image, ...]:
    """The two photos of scikit-learn, a temple and a flower: CC BY 2.0, danielbuechele and vultilion."""
    # An import of a second that only the making of pictures needs.
    from sklearn.datasets import load_sample_images

    return tuple(Image.fromarray(photo) for photo in load_sample_images().images)


@cache
def garments() -> tuple[np.ndarray, np.ndarray]:
    """Fashion-MNIST (MIT): uint8 (60000, 28, 28), and which of ten each one is."""
    import keras

    return keras.datasets.fashion_mnist.load_data()[0]


def _patch(rng: np.random.Generator, side: int, smallest: float = 0.1) -> Image.Image:
    """A crop of a photo, turned, mirrored and often recoloured."""
    photo = photos()[rng.integers(2)]
    width, height = photo.size
    extent = height * np.exp(rng.uniform(np.log(smallest), 0))
    left, top = rng.uniform(0, width - extent), rng.uniform(0, height - extent)
    box = (left, top, left + extent, top + extent)
    made = photo.resize((side, side), Image.Resampling.BICUBIC, box=box)
    if rng.random() < 0.5:
        made = made.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if rng.random() < 0.35:
        turn = rng.integers(2, 5)
        made = made.transpose(Image.Transpose(int(turn)))
    if rng.random() < 0.6:
        hue, saturation, value = (np.asarray(one).astype(float) for one in made.convert("HSV").split())
        hue = (hue + rng.normal(0, 50)) % 256
        bands = [hue, np.clip(saturation * rng.uniform(0.2, 1.6), 0, 255), value]
        made = Image.merge("HSV", [Image.fromarray(band.astype("uint8")) for band in bands]).convert("RGB")
    return made


@cache
def _texture(index: int) -> Image.Image:
    """One of the textures of which scenes take crops, 320x320 px."""
    rng = np.random.default_rng([*BANK_SEED, index])
    kind = rng.random()
    if kind < 0.4:
        return _painted(_noise(rng, BANK, rng.uniform(0.6, 2.2)), rng)
    if kind < 0.6:
        return _painted(_grating(rng, BANK), rng)
    if kind < 0.72:
        return _painted(_cells(rng, BANK), rng)
    return _patch(rng, BANK)


def _fill(rng: np.random.Generator, size: tuple[int, int]) -> Image.Image:
    """What a shape is filled with: one colour, a run of colours, or a texture."""
    kind = rng.random()
    if kind < 0.42:
        return Image.new("RGB", size, _colour(rng))
    if kind < 0.6:
        ramp = np.linspace(0, 1, 16)
        field = np.cos(turn := rng.uniform(0, 2 * np.pi)) * ramp[None] + np.sin(turn) * ramp[:, None]
        field = (field - field.min()) / (np.ptp(field) + 1e-6)
        return _painted(field, rng).resize(size, Image.Resampling.BICUBIC)
    texture = _texture(int(rng.integers(TEXTURES)))
    extent = max(8, int(min(BANK, max(size) * np.exp(rng.uniform(np.log(0.4), np.log(2))))))
    left, top = rng.integers(0, BANK - extent + 1, 2)
    return texture.resize(size, Image.Resampling.BILINEAR, box=(left, top, left + extent, top + extent))


# ---------------------------------------------------------------- shapes


def _outline(rng: np.random.Generator) -> np.ndarray:
    """Corners of a shape around 0 with a radius of about 1: float (n, 2)."""
    kind = rng.integers(6)
    if kind == 0:
        angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        radii = np.ones(40)
    elif kind == 1:
        angles, radii = np.pi / 4 + np.pi / 2 * np.arange(4), np.ones(4)
    elif kind == 2:
        angles, radii = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 8))), 1
    elif kind == 3:
        corners = int(rng.integers(4, 10))
        angles = np.arange(2 * corners) * np.pi / corners
        radii = np.where(np.arange(2 * corners) % 2, rng.uniform(0.3, 0.8), 1)
    else:
        angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        orders = np.arange(2, 7)
        waves = np.cos(orders * angles[:, None] + rng.uniform(0, 7, 5)) * rng.normal(0, 0.4, 5) / orders**0.7
        radii = np.clip(1 + waves.sum(1), 0.2, 2)
    points = np.stack([np.cos(angles) * radii, np.sin(angles) * radii * np.exp(rng.normal(0, 0.45))], -1)
    turn = rng.uniform(0, 2 * np.pi)
    return points @ np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])


def _lit(
    fill: Image.Image, mask: Image.Image, rng: np.random.Generator, light: np.ndarray, depth: float
) -> Image.Image:
    """A fill with light and shade, as if the mask were a cushion: brighter where it faces the light."""
    blur = max(1.0, depth)
    cushion = np.asarray(mask.filter(ImageFilter.GaussianBlur(blur)), float) / 255
    slope_y, slope_x = np.gradient(cushion)
    facing = (slope_x * light[0] + slope_y * light[1]) * blur
    shade = np.clip(0.85 + 0.9 * facing + rng.uniform(0, 0.25) * cushion, 0.15, 1.6)
    return Image.fromarray(np.clip(np.asarray(fill, float) * shade[..., None], 0, 255).astype("uint8"))


def _stamp(
    canvas: Image.Image,
    points: np.ndarray,
    fill_of: Image.Image | None,
    rng: np.random.Generator,
    light: np.ndarray | None,
) -> None:
    """Draws a polygon onto the canvas, its edge smooth, lit when there is a light."""
    low = np.floor(points.min(0)).astype(int) - 2
    high = np.ceil(points.max(0)).astype(int) + 2
    low, high = np.maximum(low, -SIDE // 2), np.minimum(high, SIDE + SIDE // 2)
    width, height = (high - low).tolist()
    if width < 4 or height < 4:
        return
    big = Image.new("L", (2 * width, 2 * height))
    ImageDraw.Draw(big).polygon([tuple(point) for point in (2 * (points - low)).tolist()], fill=255)
    mask = big.resize((width, height), Image.Resampling.BOX)
    fill = _fill(rng, (width, height)) if fill_of is None else fill_of.resize((width, height))
    if light is not None:
        fill = _lit(fill, mask, rng, light, min(width, height) / 5)
    canvas.paste(fill, tuple(low.tolist()), mask)


def _light(rng: np.random.Generator) -> np.ndarray:
    turn = rng.normal(np.pi / 2, 0.9)
    return np.array([np.cos(turn), np.sin(turn)]) * rng.uniform(0.5, 2.2)


def _backdrop(rng: np.random.Generator) -> Image.Image:
    """What stands behind: white, one colour, a run, a texture, a patch of a photo, or ground under a sky."""
    kind = rng.random()
    if kind < 0.2:
        bright = int(rng.integers(225, 256))
        return Image.new("RGB", (SIDE, SIDE), (bright, bright, bright))
    if kind < 0.5:
        return _fill(rng, (SIDE, SIDE))
    if kind < 0.72:
        made = _patch(rng, SIDE, 0.2)
        return made.filter(ImageFilter.GaussianBlur(rng.uniform(0, 3))) if rng.random() < 0.5 else made
    made = _fill(rng, (SIDE, SIDE))
    horizon = int(rng.uniform(0.3, 0.8) * SIDE)
    made.paste(_fill(rng, (SIDE, SIDE - horizon)), (0, horizon))
    for _ in range(rng.integers(0, 5)):
        centre = np.array([rng.uniform(0, SIDE), horizon])
        _stamp(made, centre + _outline(rng) * rng.uniform(5, 40), None, rng, None)
    return made


# ---------------------------------------------------------------- scenes


def _leaves(rng: np.random.Generator) -> Image.Image:
    """Shapes that cover each other, their sizes by a power law."""
    made = _backdrop(rng)
    light = _light(rng) if rng.random() < 0.5 else None
    smallest = rng.uniform(3, 12)
    for _ in range(rng.integers(8, 45)):
        radius = min(smallest * (1 - rng.random()) ** (-1 / 1.5), SIDE * 0.5)
        _stamp(made, rng.uniform(0, SIDE, 2) + _outline(rng) * radius, None, rng, light)
    return made


def _body(made: Image.Image, rng: np.random.Generator, light: np.ndarray | None) -> None:
    """A trunk with limbs of two or three parts, each thinner than the one before, and mostly a head."""
    size = rng.uniform(0.12, 0.4) * SIDE
    centre = rng.uniform(0.25, 0.75, 2) * SIDE
    turn = rng.choice((0, np.pi / 2, rng.uniform(0, np.pi))) + rng.normal(0, 0.15)
    axis = np.array([np.cos(turn), np.sin(turn)]) * size
    girth = size * rng.uniform(0.25, 0.9)
    skin = [_fill(rng, (64, 64)) for _ in range(rng.integers(1, 4))]
    parts = []
    bundles = [(rng.choice((-1, 1, rng.uniform(-1, 1))), rng.uniform(0, 2 * np.pi)) for _ in range(rng.integers(1, 4))]
    for where, heading in bundles:
        spread = rng.uniform(0.05, 0.7)
        count = int(rng.integers(1, 6))
        for limb in range(count):
            joint = centre + axis * where + rng.normal(0, girth * 0.35, 2)
            angle = heading + spread * (limb - (count - 1) / 2) + rng.normal(0, 0.15)
            thick = girth * rng.uniform(0.15, 0.5)
            for _ in range(rng.integers(2, 4)):
                end = joint + size * rng.uniform(0.3, 0.8) * np.array([np.cos(angle), np.sin(angle)])
                parts.append(
                    (capsule(joint, end, thick, thick := thick * rng.uniform(0.6, 1), 12), rng.integers(len(skin)))
                )
                joint, angle = end, angle + rng.normal(0, 0.5)
    parts.append((capsule(centre - axis, centre + axis, girth * rng.uniform(0.6, 1), girth, 12), 0))
    if rng.random() < 0.7:
        neck = centre + axis * rng.choice((-1.4, 1.4))
        parts.append((neck + _outline(rng) * girth * rng.uniform(0.4, 0.9), rng.integers(len(skin))))
    order = rng.permutation(len(parts)) if rng.random() < 0.5 else range(len(parts))
    for index in order:
        outline, which = parts[index]
        _stamp(made, outline, skin[which], rng, light)


def _bodies(rng: np.random.Generator) -> Image.Image:
    made = _backdrop(rng)
    light = _light(rng) if rng.random() < 0.85 else None
    for _ in range(1 if rng.random() < 0.7 else 2):
        _body(made, rng, light)
    return made


def _garment(made: Image.Image, rng: np.random.Generator) -> int:
    """A garment of Fashion-MNIST, coloured, its own greys as light and shade; which of the ten it is."""
    images, kinds = garments()
    index = rng.integers(len(images))
    size = int(rng.uniform(0.3, 1) * SIDE)
    piece = Image.fromarray(images[index]).resize((size, size), Image.Resampling.BICUBIC)
    turn = rng.normal(0, 0.3) if rng.random() < 0.7 else rng.uniform(0, 6.3)
    piece = piece.rotate(np.degrees(turn), Image.Resampling.BILINEAR)
    grey = np.asarray(piece, float) / 255
    mask = Image.fromarray((255 * np.clip(grey * 6, 0, 1)).astype("uint8"))
    fill = np.asarray(_fill(rng, (size, size)), float) * (0.35 + 0.75 * grey[..., None])
    place = rng.integers(-size // 4, SIDE - size + size // 4 + 1, 2)
    made.paste(Image.fromarray(np.clip(fill, 0, 255).astype("uint8")), tuple(place.tolist()), mask)
    return int(kinds[index])


def _things(rng: np.random.Generator) -> Image.Image:
    """One to four things before a background: garments, lit shapes, strokes."""
    made = _backdrop(rng)
    light = _light(rng)
    for _ in range(rng.integers(1, 5)):
        kind = rng.random()
        if kind < 0.45:
            _garment(made, rng)
        elif kind < 0.8:
            centre = rng.uniform(0.15, 0.85, 2) * SIDE
            _stamp(made, centre + _outline(rng) * rng.uniform(0.1, 0.4) * SIDE, None, rng, light)
        else:
            points = np.cumsum(rng.normal(0, 22, (rng.integers(3, 9), 2)), 0) + rng.uniform(0, SIDE, 2)
            line = [tuple(point) for point in points.tolist()]
            ImageDraw.Draw(made).line(line, fill=_colour(rng), width=int(rng.integers(1, 14)), joint="curve")
    return made


def _photo(rng: np.random.Generator) -> Image.Image:
    return _patch(rng, SIDE, 0.15)


def _layers(rng: np.random.Generator) -> Image.Image:
    """Two pictures as one: one laid over the other by a soft mask, or half through."""
    kinds = (_leaves, _bodies, _things, _photo)
    first, second = (kinds[rng.integers(4)](rng) for _ in range(2))
    if rng.random() < 0.5:
        return Image.blend(first, second, rng.uniform(0.2, 0.8))
    field = _noise(rng, SIDE, rng.uniform(1.5, 2.5))
    mask = np.clip((field - rng.uniform(0.3, 0.7)) * rng.uniform(3, 30) + 0.5, 0, 1)
    return Image.composite(first, second, Image.fromarray((255 * mask).astype("uint8")))


def _developed(made: Image.Image, rng: np.random.Generator) -> np.ndarray:
    """What a camera adds: a softer focus, exposure, a cast, grain; one in twelve is grey."""
    if rng.random() < 0.25:
        made = made.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.6)))
    pixels = np.asarray(made, np.float32)
    if rng.random() < 0.5:
        pixels = 255 * (pixels / 255) ** np.exp(rng.normal(0, 0.25)) * np.exp(rng.normal(0, 0.06, 3))
    if rng.random() < 0.35:
        pixels = pixels + rng.normal(0, rng.uniform(1, 12), pixels.shape)
    if rng.random() < 1 / 12:
        pixels = np.repeat(pixels.mean(-1, keepdims=True), 3, -1)
    return np.clip(pixels, 0, 255).astype("uint8")
