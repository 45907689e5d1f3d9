"""The range test of a learning rate, on the command line."""

import argparse
import sys
from typing import Any

from core.command import console
from core.command.experiments import read
from core.optimization.range_test import RangeTest
from core.training import rate_searches

ROWS = 25
"""Of the table; JSON has every step."""
BAR = 30
"""Letters of the longest bar."""


def rates(options: argparse.Namespace) -> int:
    """Prints the proposals and the curve; fails where there is nothing to propose."""
    experiment = read(options.experiment)
    found = rate_searches.find(experiment, _draw if sys.stderr.isatty() else lambda done, total: None)
    in_use = experiment.training.optimizer.learning_rate
    document = {
        "in_use": in_use,
        "proposals": found.proposals(),
        "steps": found.steps,
        "diverged_at": found.limit,
        "rates": found.rates.tolist(),
        "losses": list(found.losses),
        "smoothed": found.smoothed.tolist(),
    }
    console.say(options.json, document, lambda told: _text(told, found))
    return int(not document["proposals"])


def _draw(done: int, total: int) -> None:
    """How far it is, on the terminal's last line; the outcome is written over it."""
    print(f"\rstep {done} of {total}\x1b[K\r", end="", file=sys.stderr, flush=True)


def _text(document: dict[str, Any], found: RangeTest) -> str:
    lines = [f"{name.replace('_', ' '):18}{rate:g}" for name, rate in document["proposals"].items()]
    lines += [f"{'in use':18}{document['in_use']:g}"]
    lines += [f"{'diverged at':18}{found.limit:.2g}"] if found.limit else []
    lines += [] if document["proposals"] else ["The loss fell no further than batches differ: nothing to propose."]
    lines += ["", f"{'rate':>9}{'loss':>10}{'smoothed':>10}"]
    last = len(found.losses) - 1
    shown = sorted({round(row * last / (ROWS - 1)) for row in range(ROWS)})
    low, high = float(found.smoothed.min()), float(found.smoothed[: max(1, found.judged.stop)].max())
    for step in shown:
        rate, loss, mean = found.rates[step], found.losses[step], found.smoothed[step]
        bar = "#" * round(BAR * min(1.0, (mean - low) / ((high - low) or 1.0)))
        lines.append(f"{rate:9.2g}{loss:10.4g}{mean:10.4g}  {bar}".rstrip())
    return "\n".join(lines)
