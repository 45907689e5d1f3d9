"""Where a window stops on its way along one side of a picture, and what the border has to do with it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Fill = Literal["zero", "reflect", "wrap"]
"""What stands beyond the border: nothing, the mirrored picture (cb|abc|ba), or the picture again (bc|abc|ab)."""


@dataclass(frozen=True)
class Slide:
    """One side of a sliding window.

    Args:
        size: of the input, cells.
        kernel: cells of the window that are read.
        stride: cells from one stop to the next.
        dilation: cells from one read cell to the next.
        before, after: cells added at either end.
    """

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def reach(self) -> int:
        """Cells from the first to the last read one: a kernel of 3 with dilation 2 reaches over 5."""
        return (self.kernel - 1) * self.dilation + 1

    @property
    def room(self) -> int:
        """Cells that are left when the window stands at its first stop; negative when it does not fit."""
        return self.size + self.before + self.after - self.reach

    @property
    def out(self) -> int:
        """Stops, and so cells of the output: floor((N + 2P - F) / S) + 1; 0 when the window does not fit.

        Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", relation 6.
        """
        return 0 if self.room < 0 else self.room // self.stride + 1

    @property
    def unreached(self) -> int:
        """Cells at the end, border included, that no window reaches."""
        return self.size + self.before + self.after if not self.out else self.room % self.stride


def slide(size: int, kernel: int, stride: int = 1, dilation: int = 1, padding: str | int = "valid") -> Slide:
    """A side with the border that a padding asks for.

    Args:
        size: of the input, 1 cell or more.
        kernel, stride, dilation: as in `Slide`, 1 or more.
        padding: "valid" (none), "same" (out = ceil(size / stride), the odd cell at the end, as in TensorFlow), "full"
            (every window that touches the input), or cells at both ends.
    """
    reach = (kernel - 1) * dilation + 1
    if padding == "same":
        missing = max((-(-size // stride) - 1) * stride + reach - size, 0)
        return Slide(size, kernel, stride, dilation, missing // 2, missing - missing // 2)
    border = {"valid": 0, "full": reach - 1}.get(padding, padding)
    return Slide(size, kernel, stride, dilation, border, border)


def bordered(image: np.ndarray, down: Slide, across: Slide, fill: Fill = "zero") -> np.ndarray:
    """A picture with its border.

    Args:
        image: (H, W, C).
        down, across: how much of it, for rows and for columns.
        fill: what stands there.

    Returns:
        (H + before + after, W + before + after, C), of the same type.
    """
    mode = {"zero": "constant", "reflect": "reflect", "wrap": "wrap"}[fill]
    return np.pad(image, ((down.before, down.after), (across.before, across.after), (0, 0)), mode=mode)
