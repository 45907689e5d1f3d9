"""How fast this machine trains in each precision, measured once, in a process of its own.

`python -m core.training.precision` takes one network and one batch of noise: how fast a processor counts does not
depend on what is seen. Of two figures of one moment the ratio holds, whatever else the machine did.
"""

import contextlib
import os
import platform
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from core import child, stored, words, workspace
from core.errors import UserError
from core.experiment import Experiment, Precision
from core.runs import overview, states
from core.runs.collection import Runs
from core.runs.judging import is_pace
from core.runs.run import LATEST
from core.workspace import Workspace, using

PRECISIONS: tuple[Precision, ...] = get_args(Precision)
FULL, BRAIN, HALF = PRECISIONS
PRESET, BATCH, STEPS, TURNS = "fashion-cnn", 32, 6, 3
FOLDER = "measured"
"""Of a workspace."""
HOPELESS = 10
"""So many times slower than float32 is not looked at twice: float16 took 370 times as long on two cores."""
FLAGS = Path("/proc/cpuinfo")
BRAIN_FLAG = "avx512_bf16"
MOST = 20
"""Runs that are looked at for what each precision came to, the latest first."""


def measured(home: Workspace) -> dict[str, float]:
    """Training images per second of the Fashion network in each precision; empty until this machine measured them."""
    told = stored.read_json(_file(home))
    if not isinstance(told, dict) or told.get("machine") != _machine():
        return {}
    paces = told.get("images_per_second")
    whole = isinstance(paces, dict) and set(paces) == set(PRECISIONS)
    return paces if whole and all(isinstance(one, float) and is_pace(one) for one in paces.values()) else {}


def measured_at(home: Workspace) -> float:
    """When that was, in seconds since 1970; 0 where nothing was measured."""
    told = stored.read_json(_file(home)) if measured(home) else {}
    at = told.get("at", 0.0)
    return at if isinstance(at, float) and 0 <= at <= LATEST else 0.0


def faster(home: Workspace, chosen: Precision) -> float | None:
    """How many times as fast as in float32 this machine trains: the ratio of the Fashion network stands for others.

    Returns:
        1 for float32; None where it was not measured.
    """
    paces = {} if chosen == FULL else measured(home)
    return paces[chosen] / paces[FULL] if paces else (1.0 if chosen == FULL else None)


def measure(home: Workspace) -> dict[str, float]:
    """Measures, half a minute of both cores, and keeps what it found.

    Raises:
        UserError: the process broke off, or the disk is full.
    """
    with using(home):
        paces = child.ask("core.training.precision", {}, seconds=300.0)
    home.folder(FOLDER)
    workspace.write_json(_file(home), {"machine": _machine(), "images_per_second": paces, "at": time.time()})
    return paces


def sentence(chosen: Precision, paces: Mapping[str, float], day: str = "") -> str:
    """What a precision does on this machine.

    Args:
        chosen: the one in question.
        paces: as `measured`.
        day: when that was, as people write it; empty where it is not known.
    """
    if not paces:
        return "How fast each precision trains was not measured on this machine yet."
    others = [name for name in PRECISIONS if name != FULL]
    told = [f"{name} {_times(paces[name] / paces[FULL])}" for name in others]
    use = {
        FULL: "",
        BRAIN: " Weights stay float32, as do softmax and loss.",
        HALF: " Weights, softmax and loss stay float32; the loss is scaled, so that small gradients are not lost.",
    }
    when = f" on {day}" if day else ""
    return f"Measured here{when} with the Fashion network, against float32: {' and '.join(told)}.{use[chosen]}"


def _times(ratio: float) -> str:
    faster = f"trains {words.compact(ratio)} × as fast"
    return faster if ratio >= 1 else f"takes {words.compact(1 / ratio)} × as long"


def warning(chosen: Precision, paces: Mapping[str, float]) -> str:
    """Why a precision may not pay on this machine; empty when nothing speaks against it."""
    if chosen == FULL:
        return ""
    if paces:
        slower = paces[chosen] < paces[FULL]
        return f"On this machine {chosen} is slower than float32; all it saves is memory." if slower else ""
    if chosen == HALF:
        return "Processors have little arithmetic in float16: mixed_float16 is made for GPUs and is mostly slower here."
    if counts_in_bfloat16() is False:
        return "This machine's processor has no arithmetic in bfloat16: it may be slower than float32."
    return ""


def accuracies(runs: Runs, experiment: Experiment) -> dict[str, float]:
    """The best validation accuracy, 0..1, of the latest finished run of this experiment in each precision.

    Args:
        runs: of the workspace.
        experiment: in any precision.
    """
    found: dict[str, float] = {}
    seen = overview.of(runs.workspace)
    for row in seen.latest(MOST):
        if row.state != states.FINISHED or row.accuracy is None:
            continue
        with contextlib.suppress(UserError):  # it is on its way out
            other = seen.experiment(row.run)
            here = experiment.edited(training=experiment.training.edited(precision=other.training.precision))
            if here.is_same(other):
                found.setdefault(other.training.precision, row.accuracy)
    return found


def compared(found: Mapping[str, float]) -> str:
    """What runs of one experiment came to in each precision; empty until there are two to compare."""
    if len(found) < 2:
        return ""
    told = [f"{found[name]:.3f} in {name}" for name in PRECISIONS if name in found]
    return f"Your latest runs of this experiment reached a validation accuracy of {words.listed(told)}."


def counts_in_bfloat16() -> bool | None:
    """Whether the processor has arithmetic in bfloat16; None where the system does not say."""
    try:
        lines = FLAGS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    flags = next((line for line in lines if line.startswith("flags")), "")
    return BRAIN_FLAG in flags.split() if flags else None


def _file(home: Workspace) -> Path:
    return home.home / FOLDER / "precision.json"


def _machine() -> str:
    """Another text on another machine, to which a workspace may be carried."""
    return f"{platform.node()} {platform.machine()} {os.cpu_count()} {counts_in_bfloat16()}"


# ---- the process that measures


def _work(job: dict[str, Any], progress: child.Progress) -> dict[str, float]:
    """Images per second in each precision, the fastest of a few turns."""
    sides = {name: _side(name) for name in PRECISIONS}
    best = {name: side(1) for name, side in sides.items()}
    for turn in range(TURNS):
        for name, side in sides.items():
            if best[name] > best[FULL] / HOPELESS:
                best[name] = max(best[name], side(STEPS))
        progress(turn + 1, TURNS)
    return best


def _side(precision: Precision) -> Callable[[int], float]:
    """A chunk of so many steps in one precision, compiled; it tells its images per second."""
    import numpy as np

    from core.build.model import build_model
    from core.experiment.presets import load_preset
    from core.runs.work import spread_of
    from core.training import threads
    from core.training.steps import Steps

    experiment = load_preset(PRESET)
    facts, optimizer = experiment.dataset.facts(), experiment.training.optimizer
    spread = spread_of(experiment, experiment.trace(facts))
    threads.suit(spread)
    model, loss = build_model(experiment, facts, precision), experiment.loss(facts)
    steps = Steps(model, None, optimizer.build(), loss, len(facts.class_names), parts=spread.parts)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (BATCH * STEPS, *facts.shape), np.uint8)
    labels = rng.integers(0, len(facts.class_names), BATCH * STEPS)

    def pace(count: int) -> float:
        began, many = time.perf_counter(), BATCH * count
        steps.train_chunk(images[:many], labels[:many], BATCH, np.full(count, 1e-3, np.float32))[0].numpy()
        return many / (time.perf_counter() - began)

    pace(1)  # compiles
    return pace


if __name__ == "__main__":
    child.answer(_work)
