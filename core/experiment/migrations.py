"""Lifts what an older Kernelscope saved, one step after the other: JSON value -> JSON value.

To change the format of an experiment: write a function that makes a document of the next version from one of this
version, add it at the end of `STEPS`, and keep golden files of the old version (`tests/golden/`).
"""

from collections.abc import Callable, Sequence
from typing import Any

Document = dict[str, Any]
Step = Callable[[Document], Document]

FIRST = 1
"""The version of a document that says none."""

STEPS: tuple[Step, ...] = ()
"""The first lifts version 1 to version 2, and so on."""

VERSION = FIRST + len(STEPS)
"""What this Kernelscope writes."""


def version_of(value: Document) -> int:
    """The version that an experiment says, or the first where it says none that can be."""
    version = value.get("schema_version", FIRST)
    return version if isinstance(version, int) and not isinstance(version, bool) else FIRST


def lifted(value: Document, steps: Sequence[Step] = STEPS) -> Document:
    """The same experiment as a document of the newest version.

    Args:
        value: of any version up to the newest.
        steps: from each version to the next.
    """
    for version in range(max(FIRST, version_of(value)), FIRST + len(steps)):
        value = steps[version - FIRST](value) | {"schema_version": version + 1}
    return value
