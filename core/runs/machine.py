"""How fast this machine does each kind of work, kept with the machine's fingerprint, and what follows for a step."""

import functools
import json
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from core.runs.work import KINDS, SPREADS, STEP, UPDATE, WHOLE, Spread, Work
from core.stored import read_file
from core.workspace import Workspace, write_bytes

FOLDER = "machine"
FORMAT = 3
"""Raised when what is measured changes: older results are measured anew."""
AMOUNTS = 4
MOST_BYTES = 1 << 20
LIKELY = 0.7, 2.0
"""Of what whole networks take beyond their parts; more is a bad moment."""
SLOWEST = 1e6
"""Seconds per unit: of no machine."""

Coefficients = Mapping[str, tuple[float, ...]]
"""Seconds per unit of each amount of `Work`, by kind."""


@dataclass(frozen=True)
class Machine:
    """What was measured.

    Args:
        rates: for each way in which a step is spread over the cores, by its name.
    """

    rates: Mapping[str, Coefficients]

    def seconds(self, works: Iterable[Work], spread: Spread) -> float:
        """How long this machine takes for some work.

        Args:
            works: of a step.
            spread: over the cores.
        """
        known = self.rates[spread.name(cores())]
        return sum(float(np.dot(known.get(one.kind, (0.0,) * AMOUNTS), one.amounts)) for one in works)


def spreads() -> dict[str, list[Spread]]:
    """Every way in which this machine spreads a step, by its name; on few cores some are the same."""
    found: dict[str, list[Spread]] = {}
    for spread in SPREADS:
        found.setdefault(spread.name(cores()), []).append(spread)
    return found


def cores() -> int:
    """How many processors this machine has."""
    return psutil.cpu_count() or 1


@functools.cache
def fingerprint() -> dict[str, object]:
    """All that a measurement holds for: processor, cores, versions."""
    versions = {name: _version(name) for name in ("tensorflow", "tensorflow-cpu", "keras", "numpy")}
    return {
        "format": FORMAT,
        "processor": _processor(),
        "cores": cores(),
        "system": platform.system(),
        **versions,
    }


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _processor() -> str:
    """Its name, as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def fitted(measured: Sequence[Mapping[str, Any]]) -> dict[str, tuple[float, ...]]:
    """Seconds per unit of each amount, by kind, none below nought, so that relative errors are smallest.

    Args:
        measured: {"works": [[kind, amounts] ...], "seconds"} of each case: the work in question, and what cannot be
            measured without; that belongs to an earlier kind.
    """
    found: dict[str, tuple[float, ...]] = {}
    for kind in KINDS:
        cases = [one for one in measured if one["works"][0][0] == kind]
        if cases:
            own = [_own_seconds(one, found) for one in cases]
            amounts = [one["works"][0][1] for one in cases]
            found[kind] = _least_squares(np.array(amounts) / np.array(own)[:, None])
    more = _beyond_the_parts([one for one in measured if one["works"][0][0] == WHOLE], found)
    return {kind: tuple(more * value for value in rates) for kind, rates in found.items()}


def _beyond_the_parts(cases: Sequence[Mapping[str, Any]], known: Coefficients) -> float:
    """How many times the sum of their parts whole networks take; 1 where none was measured."""
    logs = [np.log(case["seconds"] / _seconds_of_rest(case, known)) for case in cases]
    return float(np.clip(np.exp(np.mean(logs)), *LIKELY)) if logs else 1.0


def _seconds_of_rest(case: Mapping[str, Any], known: Coefficients) -> float:
    """Seconds of all the work of a case but the first."""
    return sum(float(np.dot(known[kind], amounts)) for kind, amounts in case["works"][1:])


def _own_seconds(case: Mapping[str, Any], known: Coefficients) -> float:
    """What is left for the work in question; at least a tenth, as every measurement wavers."""
    rest = _seconds_of_rest(case, known)
    return max(case["seconds"] - rest, case["seconds"] / 10)


def _least_squares(amounts: np.ndarray) -> tuple[float, ...]:
    """Non-negative x with amounts @ x nearest to ones: one coordinate after the other.

    Source: Franc, Hlavac and Navara 2005, "Sequential coordinate-wise algorithm for the non-negative least squares
    problem".
    """
    size = np.maximum(np.abs(amounts).max(axis=0), 1e-30)
    scaled = amounts / size
    gram, aim = scaled.T @ scaled, scaled.sum(axis=0)
    x = np.zeros(amounts.shape[1])
    for _ in range(5000):
        for place in np.flatnonzero(gram.diagonal() > 1e-12):
            x[place] = max(0.0, x[place] - (gram[place] @ x - aim[place]) / gram[place, place])
    return tuple(float(value) for value in x / size)


# ---- kept in the workspace


def keep(workspace: Workspace, here: Machine) -> None:
    """Keeps what was measured on this machine.

    Raises:
        UserError: the workspace can't be written.
    """
    document = {"machine": fingerprint(), "rates": here.rates}
    folder = workspace.folder(FOLDER)
    write_bytes(folder / _name(), json.dumps(document, indent=1).encode())


def read(workspace: Workspace) -> Machine | None:
    """What was measured on this very machine with these versions; None when nothing was, or it can't be read."""
    try:
        document = json.loads(read_file(workspace.home / FOLDER / _name(), MOST_BYTES))
        return Machine({name: _coefficients(document["rates"][name]) for name in spreads()})
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def _name() -> str:
    """Of its file: two machines may share a workspace."""
    return sha256(json.dumps(fingerprint(), sort_keys=True).encode()).hexdigest()[:16] + ".json"


def _coefficients(told: Any) -> dict[str, tuple[float, ...]]:
    """Those of each kind.

    Raises:
        ValueError, LookupError, TypeError: they are none.
    """
    found = {kind: tuple(float(value) for value in told[kind]) for kind in KINDS if kind in told}
    values = [value for one in found.values() for value in one]
    if not {STEP, UPDATE} <= set(found) or any(len(one) != AMOUNTS for one in found.values()):
        raise ValueError("not what a machine does")
    if not all(math.isfinite(value) and 0 <= value <= SLOWEST for value in values):
        raise ValueError("of no machine")
    return found
