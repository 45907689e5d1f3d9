"""The titles of pages and sections, which are their file names."""

from pathlib import Path


def of(path: Path) -> str:
    """`6_Learn_convolution` -> "Learn convolution": a file's or a folder's name without its number."""
    return path.stem.partition("_")[2].replace("_", " ")
