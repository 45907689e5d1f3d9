"""The kinds of results that any lens may give: a page draws each in one way, whatever lens it came from."""

from collections.abc import Sized
from dataclasses import dataclass

import numpy as np

from core.figures.film import Shot, grid_columns
from core.lens import Result

Cell = str | int | float | bool | None


def _need(condition: bool, words: str) -> None:
    """Refuses a result that can't be drawn, while whoever wrote the lens still looks."""
    if not condition:
        raise ValueError(words)


def _one_each(name: str, words: Sized, count: int) -> None:
    _need(len(words) == count, f"{name}: {len(words)} words for {count} values")


@dataclass(frozen=True, eq=False)
class Bars(Result):
    """One number for each of several things.

    Args:
        values: float32 (N,).
        labels: N words, what each number is about.
        measure: what the numbers are, with their unit: "mean activation".
        of: what the things are: "map of conv2d_1".
    """

    values: np.ndarray
    labels: tuple[str, ...]
    measure: str = "value"
    of: str = ""

    def __post_init__(self) -> None:
        _need(self.values.ndim == 1, f"values: {self.values.ndim} axes instead of one")
        _one_each("labels", self.labels, len(self.values))


@dataclass(frozen=True, eq=False)
class MapGrid(Result):
    """Maps of one size side by side.

    Args:
        maps: float32 (N, height, width), signed; zero is drawn as nothing.
        labels: N words.
        measure: what a value is: "activation".
    """

    maps: np.ndarray
    labels: tuple[str, ...]
    measure: str = "value"

    def __post_init__(self) -> None:
        _need(self.maps.ndim == 3, f"maps: {self.maps.ndim} axes instead of three")
        _one_each("labels", self.labels, len(self.maps))

    def shots(self) -> dict[str, Shot]:
        return {self.measure: Shot(self.maps, grid_columns(len(self.maps)))}


@dataclass(frozen=True, eq=False)
class HeatMap(Result):
    """One map over the picture that it is about.

    Args:
        values: float32 (h, w), signed; stretched to the picture's size.
        image: uint8 (height, width, 1 or 3), 0..255.
        measure: what a value is: "gradient".
    """

    values: np.ndarray
    image: np.ndarray
    measure: str = "value"

    def __post_init__(self) -> None:
        _need(self.values.ndim == 2, f"values: {self.values.ndim} axes instead of two")
        _need(self.image.ndim == 3 and self.image.shape[2] in (1, 3), f"image: shape {self.image.shape}")

    def shots(self) -> dict[str, Shot]:
        return {self.measure: Shot(self.values[None], under=self.image)}


@dataclass(frozen=True, eq=False)
class Matrix(Result):
    """A number for each pair of a row and a column.

    Args:
        values: float32 (R, C), signed.
        rows, columns: R and C words.
        measure: what a value is.
        axes: what rows and what columns are: ("class", "map").
    """

    values: np.ndarray
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    measure: str = "value"
    axes: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        _need(self.values.ndim == 2, f"values: {self.values.ndim} axes instead of two")
        _one_each("rows", self.rows, self.values.shape[0])
        _one_each("columns", self.columns, self.values.shape[1])

    def shots(self) -> dict[str, Shot]:
        return {self.measure: Shot(self.values[None], rows=self.rows, beside=self.columns)}


@dataclass(frozen=True, eq=False)
class Table(Result):
    """Rows of words and numbers.

    Args:
        columns: their headings, all different.
        rows: each as long as there are columns.
        note: what there is to say about them, in a sentence or two; empty for nothing.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""

    def __post_init__(self) -> None:
        _need(len(set(self.columns)) == len(self.columns), "columns: a heading comes twice")
        for row in self.rows:
            _one_each("rows", self.columns, len(row))


@dataclass(frozen=True, eq=False)
class Points(Result):
    """Things laid out in a plane.

    Args:
        places: float32 (N, 2), x and y.
        labels: N words, told where the pointer is.
        groups: N words, such as classes: each gets a colour; empty for one group.
        axes: what x and what y are.
    """

    places: np.ndarray
    labels: tuple[str, ...]
    groups: tuple[str, ...] = ()
    axes: tuple[str, str] = ("", "")

    def __post_init__(self) -> None:
        _need(self.places.ndim == 2 and self.places.shape[1] == 2, f"places: shape {self.places.shape}")
        _one_each("labels", self.labels, len(self.places))
        _one_each("groups", self.groups or self.labels, len(self.places))

    def shots(self) -> dict[str, Shot]:
        names = {name: at for at, name in enumerate(dict.fromkeys(self.groups))}
        groups = np.array([names[name] for name in self.groups] or [0] * len(self.places), int)
        return {"points": Shot(np.zeros((0, 1, 1), np.float32), places=self.places, groups=groups)}
