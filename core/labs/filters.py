"""Classic filters: kernels that people made by hand, and two neighbours that are no convolution."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import ndimage

from core.labs import Check, Lab
from core.labs.noise import Noise, noisy
from core.spec import option

Weights = tuple[tuple[float, ...], ...]
TIE, EDGE = 1e-9, 2
"""Share of the largest response within which two are equal; px at the image border where no corner is told."""
BORDER = "mirror"
"""SciPy's word for what np.pad calls "reflect": cb|abc|ba."""


@dataclass(frozen=True)
class Kernel:
    """A kernel of the gallery.

    Args:
        name: as people call it.
        sentence: what it answers to.
        weights: square, row by row, laid over the picture as they stand (not flipped), as in a network layer.
    """

    name: str
    sentence: str
    weights: Weights

    @property
    def total(self) -> float:
        """Sum of its weights: 1 keeps the brightness, 0 answers only to changes."""
        return sum(map(sum, self.weights))

    def to_json(self) -> dict[str, Any]:
        """As the browser takes it."""
        return {"name": self.name, "sentence": self.sentence, "weights": [list(row) for row in self.weights]}


def gaussian(size: int, spread: float) -> Weights:
    """Weights that fall off with the distance from the middle, as a bell does; they sum to 1.

    Args:
        size: side in px, odd.
        spread: standard deviation of the bell in px.
    """
    away = np.arange(size) - size // 2
    line = np.exp(-(away**2) / (2 * spread**2))
    return _rows(np.outer(line, line) / line.sum() ** 2)


def laplacian_of_gaussian(size: int, spread: float) -> Weights:
    """The curvature of a bell: negative in the middle, positive around it, summing to 0.

    Args:
        size: side in px, odd.
        spread: standard deviation of the bell in px.

    Source: Marr and Hildreth 1980, "Theory of edge detection".
    """
    away = np.arange(size) - size // 2
    squared = np.add.outer(away**2, away**2)
    bell = (squared - 2 * spread**2) / spread**4 * np.exp(-squared / (2 * spread**2))
    return _rows(bell - bell.mean())


def _rows(weights: np.ndarray) -> Weights:
    """An array as nested tuples, so that it can't be changed."""
    return tuple(tuple(float(value) for value in row) for row in weights)


def _kernel(name: str, sentence: str, rows: str, divisor: float = 1) -> Kernel:
    """A kernel from its numbers as one reads them, rows parted by a bar."""
    return Kernel(name, sentence, tuple(tuple(float(n) / divisor for n in row.split()) for row in rows.split("|")))


_BELL = np.array([[1, 4, 6, 4, 1]])

KERNELS: dict[str, Kernel] = {
    kernel.name: kernel
    for kernel in (
        _kernel("Identity", "Leaves every pixel as it is.", "0 0 0|0 1 0|0 0 0"),
        _kernel("Shift right", "Takes the pixel to the left, so that the picture moves right.", "0 0 0|1 0 0|0 0 0"),
        _kernel("Box blur 3x3", "Takes the mean of nine neighbours, all counted alike.", "1 1 1|1 1 1|1 1 1", 9),
        Kernel("Box blur 5x5", "Takes the mean of 25 neighbours; it smears more than nine.", ((1 / 25,) * 5,) * 5),
        Kernel("Gaussian 3x3", "Takes a mean in which near neighbours count more.", gaussian(3, 0.85)),
        Kernel("Gaussian 5x5", "Takes a softer mean over a wider bell.", gaussian(5, 1.0)),
        _kernel("Sharpen", "Adds to each pixel its difference from four neighbours.", "0 -1 0|-1 5 -1|0 -1 0"),
        Kernel(
            "Unsharp mask",
            "Doubles each pixel and takes its blurred neighbourhood off: finer than Sharpen.",
            _rows(2.0 * (np.arange(25).reshape(5, 5) == 12) - _BELL.T @ _BELL / 256),
        ),
        _kernel("Emboss", "Lights the picture from above left, like a relief.", "-2 -1 0|-1 1 1|0 1 2"),
        _kernel("Sobel x", "Answers where brightness changes from left to right.", "-1 0 1|-2 0 2|-1 0 1"),
        _kernel("Sobel y", "Answers where brightness changes from top to bottom.", "-1 -2 -1|0 0 0|1 2 1"),
        _kernel("Prewitt x", "As Sobel x, with all three rows counted alike.", "-1 0 1|-1 0 1|-1 0 1"),
        _kernel("Prewitt y", "As Sobel y, with all three columns counted alike.", "-1 -1 -1|0 0 0|1 1 1"),
        _kernel("Laplacian 4", "Answers where a pixel differs from its four neighbours.", "0 1 0|1 -4 1|0 1 0"),
        _kernel("Laplacian 8", "Answers where a pixel differs from its eight neighbours.", "1 1 1|1 -8 1|1 1 1"),
        _kernel(
            "Outline", "Bright on the brighter side of an edge, zero where all is even.", "-1 -1 -1|-1 8 -1|-1 -1 -1"
        ),
        Kernel(
            "Laplacian of Gaussian",
            "Blurs first and then asks for curvature, so that noise answers less.",
            laplacian_of_gaussian(5, 1.0),
        ),
        _kernel(
            "Horizontal line",
            "Answers to a bright line from left to right, one pixel thick.",
            "-1 -1 -1|2 2 2|-1 -1 -1",
        ),
        _kernel(
            "Vertical line", "Answers to a bright line from top to bottom, one pixel thick.", "-1 2 -1|-1 2 -1|-1 2 -1"
        ),
        _kernel("Diagonal line", "Answers to a bright line from top left to bottom right.", "2 -1 -1|-1 2 -1|-1 -1 2"),
        _kernel("Plus", "Answers most where a plus stands.", "0 1 0|1 1 1|0 1 0"),
        _kernel("Corner", "Answers where a bright area ends upwards and to the left.", "-1 -1 -1|-1 1 1|-1 1 2"),
    )
}
"""The gallery, in the order in which a menu shows it."""


def convolved(picture: np.ndarray, weights: Weights) -> np.ndarray:
    """What a kernel answers at every pixel; beyond the border stands the mirrored picture.

    Args:
        picture: float (H, W).
        weights: square, not flipped.

    Returns:
        float64 (H, W).
    """
    return ndimage.correlate(np.asarray(picture, float), np.array(weights), mode=BORDER)


def median(picture: np.ndarray, size: int = 3) -> np.ndarray:
    """The middle one of each window's sorted values: no sum of weights gives that.

    Args:
        picture: float (H, W).
        size: side of the window in px, odd.
    """
    return ndimage.median_filter(np.asarray(picture, float), size=size, mode=BORDER)


@dataclass(frozen=True)
class Corners:
    """What Harris and Stephens' detector finds.

    Args:
        xx, yy, xy: products of the slopes, weighed over each pixel's neighbourhood, float (H, W).
        response: float (H, W); above 0 at corners, below 0 along edges, near 0 where all is even.
    """

    xx: np.ndarray
    yy: np.ndarray
    xy: np.ndarray
    response: np.ndarray

    def found(self, threshold: float) -> np.ndarray:
        """Corners: the largest response of their 3x3 neighbourhood, and above a share of the largest of all.

        Neighbours with the same response are one corner, in their middle. The image border has none: what lies beyond
        it is only mirrored there, and the mirror makes corners of its own.

        Args:
            threshold: that share, above 0 and up to 1.

        Returns:
            int (N, 2): row and column of each, in reading order.
        """
        most = self.response.max(initial=0)
        # Neighbours that are equal but for rounding are one corner; and a response that is only rounding is none.
        peaks = self.response >= ndimage.maximum_filter(self.response, size=3, mode=BORDER) - TIE * most
        peaks &= (self.response >= threshold * most) & (most > 1e-9)
        parts, count = ndimage.label(peaks, np.ones((3, 3)))
        firsts = [np.argwhere(parts == part).mean(axis=0) for part in range(1, count + 1)]
        middles = np.floor(np.array(firsts).reshape(-1, 2)).astype(int)
        inside = (middles >= EDGE).all(axis=1) & (middles < np.array(self.response.shape) - EDGE).all(axis=1)
        return middles[inside][np.lexsort(middles[inside].T[::-1])]


def harris(picture: np.ndarray, spread: float = 1.5, k: float = 0.05) -> Corners:
    """How much a pixel's neighbourhood changes whichever way it is moved: much at corners only.

    With the slopes x and y (Sobel) and M = [[xx, xy], [xy, yy]], their products weighed by a Gaussian over the
    neighbourhood, R = det(M) - k trace(M)^2 = (xx yy - xy^2) - k (xx + yy)^2.

    Args:
        picture: float (H, W), 0..1.
        spread: standard deviation of the Gaussian in px.
        k: 0.04..0.06 as a rule; more finds fewer corners.

    Source: Harris and Stephens 1988, "A combined corner and edge detector".
    """
    picture = np.asarray(picture, float)
    x, y = (ndimage.sobel(picture, axis, mode=BORDER) for axis in (1, 0))
    xx, yy, xy = (ndimage.gaussian_filter(product, spread, mode=BORDER) for product in (x * x, y * y, x * y))
    return Corners(xx, yy, xy, xx * yy - xy**2 - k * (xx + yy) ** 2)


def psnr(picture: np.ndarray, clean: np.ndarray) -> float:
    """How near a picture is to the clean one in decibels, -10 log10(mean squared error); more is better.

    Args:
        picture, clean: float (H, W), 0..1, so that the largest value is 1.
    """
    error = float(np.mean((picture - clean) ** 2))
    return float("inf") if error == 0 else -10 * float(np.log10(error))


WRONG = 0.1
"""A pixel further than this from its clean value is counted as wrong: 26 steps of 255, plain to the eye."""


def wrong(picture: np.ndarray, clean: np.ndarray) -> float:
    """The share of pixels that are plainly not what they were."""
    return float(np.mean(np.abs(picture - clean) > WRONG))


def example() -> np.ndarray:
    """A picture for the known answers: a slope with a square and a disc on it, float (64, 64), 0.1..0.9."""
    rows, columns = np.indices((64, 64))
    picture = 0.2 + 0.4 * columns / 63
    picture[(rows >= 10) & (rows < 30) & (columns >= 8) & (columns < 28)] = 0.9
    picture[(rows - 44) ** 2 + (columns - 42) ** 2 < 196] = 0.1
    return picture


def _impulse() -> np.ndarray:
    """One white speck on black, (5, 5)."""
    speck = np.zeros((5, 5))
    speck[2, 2] = 1
    return speck


def _square() -> np.ndarray:
    """A white square on black, (40, 40), from 8 to 32."""
    square = np.zeros((40, 40))
    square[8:32, 8:32] = 1
    return square


def _specks_gone(filtered: np.ndarray, hit: np.ndarray, clean: np.ndarray) -> float:
    """The share of hit pixels that are back near their clean value."""
    return float(np.mean(np.abs(filtered - clean)[hit] <= WRONG))


def _against_specks() -> str:
    """How the median and the Gaussian deal with 5 % salt and pepper on the example."""
    clean = example()
    hit = noisy(clean, "salt and pepper", 0.05, 1)
    specks = np.abs(hit - clean) > WRONG
    mean = _specks_gone(convolved(hit, KERNELS["Gaussian 3x3"].weights), specks, clean)
    middle = _specks_gone(median(hit), specks, clean)
    most = "at least 99 %" if middle >= 0.99 else f"{middle:.1%}"
    return f"median {most}, Gaussian {'below half' if mean < 0.5 else f'{mean:.1%}'}"


def _signs(response: np.ndarray) -> list[int]:
    """At a corner, on an edge and in the middle of the square: the sign of the response, rounding apart."""
    return [int(np.sign(round(float(response[place]), 9))) for place in ((8, 8), (8, 20), (20, 20))]


KernelName = Literal[tuple(KERNELS)]  # type: ignore[valid-type]


class Filters(Lab):
    """Choose noise and filters, and see which of them are convolutions."""

    noise: Noise = option(
        "salt and pepper", "What is put on the picture.", advice="To see what a filter does alone, none."
    )
    strength: float = option(
        0.05,
        "Spread of the Gaussian noise, or the part of the pixels that turn black or white.",
        advice="If no filter brings the picture back, take less.",
        low=0.0,
        high=0.5,
    )
    seed: int = option(1, "Decides the noise; the same seed makes the same noise.", low=0, high=9999)
    kernel: KernelName = option(
        "Gaussian 3x3", "Weights of the convolution.", advice="Against noise a Gaussian; to find edges Sobel."
    )
    size: Literal[3, 5, 7] = option(
        3, "Side of the window that the median sorts.", advice="If specks stay, 5; if fine lines vanish, 3."
    )
    spread: float = option(
        1.5,
        "Neighbourhood over which slopes are weighed: spread of a Gaussian.",
        advice="If noise makes corners, take more.",
        low=0.5,
        high=3.0,
        unit="px",
    )
    k: float = option(
        0.05,
        "How much an edge is held against a corner.",
        advice="If edges count as corners, take more.",
        low=0.01,
        high=0.2,
    )
    threshold: float = option(
        0.3,  # on a photo, noisy or not, about two dozen: few enough to look at each of them
        "Least response of a corner, as a share of the largest.",
        advice="If there are too many corners, take more.",
        low=0.01,
        high=1.0,
    )

    response: bool = option(
        False, "Shows R itself: blue at corners, orange along edges.", advice="To see why a corner was found or not."
    )

    @classmethod
    def checks(cls) -> tuple[Check, ...]:
        speck, square = _impulse(), _square()
        ramp = np.tile(np.arange(5) / 10, (5, 1))
        binomial = tuple(tuple(a * b / 16 for b in (1, 2, 1)) for a in (1, 2, 1))
        return (
            Check("speck mean", "What the mean 1 2 1 | 2 4 2 | 1 2 1 over 16 leaves of a white speck", 0.25,
                  lambda: convolved(speck, binomial)[2, 2]),
            Check("speck median", "What the 3x3 median leaves of it", 0.0, lambda: median(speck).max()),
            Check("ramp", "Sobel x on a slope of 0.1 a pixel: 8 times the slope", 0.8,
                  lambda: convolved(ramp, KERNELS["Sobel x"].weights)[2, 2]),
            Check("harris", "Harris response at the corner, on the edge and inside of a square: its sign", [1, -1, 0],
                  lambda: _signs(harris(square).response)),
            Check("corners", "Corners of a square", 4, lambda: len(harris(square).found(0.1))),
            Check("specks", "Specks that are gone, of 5 % salt and pepper",
                  "median at least 99 %, Gaussian below half", _against_specks),
        )  # fmt: skip
