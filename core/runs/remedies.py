"""What the doctor does about what it finds: written anew from the rest, cut, or moved aside; nothing is deleted."""

import secrets
import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core import stored, workspace
from core.runs import layout, states
from core.runs.chart import Chart
from core.workspace import Workspace

SET_ASIDE = "set-aside"
"""The workspace folder for what was moved away; nobody reads it but people."""
REASON = "reason.txt"


def rebuild(chart: Chart) -> None:
    """Writes a status that says what the records and the checkpoints say."""
    told = asdict(chart.status) if chart.status else {}
    workspace.write_json(chart.run.path / layout.STATUS, told | _from_records(chart))


def _from_records(chart: Chart) -> dict[str, Any]:
    """The fields of a status that follow from the rest of the directory."""
    epochs, asked = chart.told, chart.experiment.training.all_epochs
    kept = {int(checkpoint.path.name) for checkpoint in chart.checkpoints}
    best = max((epoch for epoch in epochs if epoch["epoch"] in kept), key=_merit, default=None)
    latest = epochs[-1] if epochs else {}
    state = states.INTERRUPTED
    if chart.last_loss is None:
        state = states.DIVERGED
    elif len(epochs) == asked and asked in kept:
        state = states.FINISHED
    restored = chart.status.restored_epoch if chart.status else 0
    return {
        "state": chart.status.state if chart.status and _is_kept(chart) else state,
        "attempt": max(chart.status.attempt if chart.status else 0, chart.run.intent().launched),
        "epoch": len(epochs),
        "batch": 0,
        "epochs": asked,
        "seconds": sum(epoch.get("seconds") or 0 for epoch in epochs),
        "best_epoch": best["epoch"] if best else 0,
        "best_val_accuracy": best["val_accuracy"] if best else None,
        "restored_epoch": restored if restored in kept else 0,
        "beat": chart.now,
        **{name: latest.get(name) for name in ("loss", "accuracy", "val_loss", "val_accuracy", "learning_rate")},
    }


def _merit(epoch: dict[str, Any]) -> tuple[float, int]:
    """Highest validation accuracy, the earliest of equals."""
    accuracy = epoch.get("val_accuracy")
    return (-1.0 if accuracy is None else accuracy, -epoch["epoch"])


def _is_kept(chart: Chart) -> bool:
    """Whether a run that finished still has its last network."""
    return bool(chart.checkpoints) and chart.checkpoints[-1].epoch == chart.status.epoch == chart.last


def cut_metrics(chart: Chart, size: int, *, copy: bool = False) -> None:
    """Cuts the metrics to `size` bytes; good records are copied aside before."""
    path = chart.run.path / layout.METRICS
    if copy:
        aside = _place_aside(chart.home, f"{chart.run.id}-{layout.METRICS}")
        with stored.opened(path) as old, workspace.hashed_file(aside) as new:
            shutil.copyfileobj(old, new)
    workspace.truncate(path, size)


def keep(chart: Chart, path: Path) -> None:
    """Moves one part of a run aside."""
    workspace.rename(path, _place_aside(chart.home, f"{chart.run.id}-{path.name.lstrip('.')}"))


def set_aside(home: Workspace, path: Path, reason: str) -> None:
    """Moves a whole directory aside, the reason with it."""
    target = _place_aside(home, path.name)
    workspace.rename(path, target)
    if target.is_dir():
        workspace.write_bytes(target / REASON, f"{time.strftime('%Y-%m-%d %H:%M')}: {reason}\n".encode())


def _place_aside(home: Workspace, name: str) -> Path:
    """A free name among what was set aside."""
    folder = home.home / SET_ASIDE
    workspace.make_folder(folder)
    target = folder / name
    return target if not target.exists() else folder / f"{name}-{secrets.token_hex(2)}"
