"""Handwritten digits that come inside scikit-learn's wheel: no network needed."""

import importlib.util
from pathlib import Path
from typing import ClassVar

import numpy as np

from core import child
from core.datasets import Dataset, Empty, Facts
from core.problems import ALONE, Context


class Digits(Dataset):
    """1 797 handwritten digits of 8x8 grey pixels, scanned in 1998; small enough to train in seconds."""

    family: ClassVar[str] = "Built in"
    rank: ClassVar[int] = 1
    instant: ClassVar[bool] = True
    handed: ClassVar[bool] = True

    @classmethod
    def title(cls) -> str:
        return "Digits 8x8"

    def pristine(self) -> Facts:
        return Facts((8, 8, 1), tuple("0123456789"), 1797)

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Reads the table of 64 grey values 0..16 and a label per row; 16 becomes 255."""
        table = np.loadtxt(_table(), delimiter=",", dtype=np.uint8)  # (1797, 65)
        images = np.rint(table[:, :64] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8, 1)
        return images, table[:, 64].astype(np.int64), np.zeros(len(table), np.int8)

    def source(self, context: Context = ALONE) -> str:
        return """from sklearn.datasets import load_digits

digits = load_digits()
images = np.rint(digits.images * (255 / 16)).astype("uint8")[..., None]  # (1797, 8, 8, 1), 0..255
labels = digits.target
split = np.zeros(len(labels), "int8")
class_names = [str(digit) for digit in range(10)]"""


def _table() -> Path:
    """The file inside scikit-learn's wheel, found without importing scikit-learn, which costs 130 MB and seconds."""
    home = Path(importlib.util.find_spec("sklearn").submodule_search_locations[0])
    return home / "datasets" / "data" / "digits.csv.gz"
