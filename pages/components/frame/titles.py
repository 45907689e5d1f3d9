"""The titles of pages and sections, which are their file names."""

from functools import cache
from pathlib import Path

PAGES = Path(__file__).resolve().parents[2]


def of(path: Path) -> str:
    """`6_Learn_convolution` -> "Learn convolution": a file's or a folder's name without its number."""
    return path.stem.partition("_")[2].replace("_", " ")


SHOWING = "Show and train"
"""The page that learns from what is shown to it: what it makes becomes an experiment later."""


def without_experiment() -> frozenset[str]:
    """The titles of all pages that are about no experiment: nothing of one stands above them."""
    return of_labs() | {SHOWING}


@cache
def of_labs() -> frozenset[str]:
    """The titles of all labs: of every page of the sections that begin with Learn."""
    return frozenset(of(page) for page in PAGES.glob("?_Learn_*/*.py"))
