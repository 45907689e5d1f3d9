"""The version of a run directory: what a reader must know of its files. Absent means the first.

1: weights by their place in Keras' order, all of them in every checkpoint.
2: weights and the optimizer's memory by name, frozen weights once (`core.runs.arrays`). A run of version 1 that goes on
   becomes one of version 2; its older checkpoints stay as they are, as each file tells how it names its arrays.
"""

from pathlib import Path

from core import stored
from core.errors import UserError
from core.runs.layout import FORMAT

FIRST, VERSION = 1, 2
METRICS, NETWORKS = "metrics", "networks"
"""What a run that was brought from elsewhere may lack, and says so beside its version."""


def version_of(run: Path) -> int:
    """The version that a run directory says."""
    told = stored.read_json(run / FORMAT)
    version = told.get("format") if isinstance(told, dict) else None
    return version if isinstance(version, int) and not isinstance(version, bool) else FIRST


def lacks(run: Path) -> frozenset[str]:
    """What did not come along when a run was brought from elsewhere: nobody misses it."""
    told = stored.read_json(run / FORMAT)
    said = told.get("lacks") if isinstance(told, dict) else None
    return (
        frozenset({METRICS, NETWORKS} & {one for one in said if isinstance(one, str)})
        if isinstance(said, list)
        else frozenset()
    )


def is_newer(run: Path) -> bool:
    """Whether a run is from a newer Kernelscope, and so must be left alone."""
    return version_of(run) > VERSION


def check(run: Path) -> None:
    """Refuses a run that only a newer Kernelscope can read.

    Raises:
        UserError: it is one.
    """
    if is_newer(run):
        raise UserError(
            f"This run is from a newer Kernelscope (format {version_of(run)}, this one reads {VERSION}).",
            "Update Kernelscope and open it again.",
            "RUN_NEWER",
        )
