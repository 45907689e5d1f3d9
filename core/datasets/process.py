"""Prepares one dataset, or fetches the weights of a base, in a process of its own: `python -m core.datasets.process`.

The job is a JSON line: the spec of the dataset, or {"weights": the file}.
"""

import threading
from typing import Any

from pydantic import TypeAdapter

from core import child
from core.datasets import Dataset, prepare, weights_files
from core.layers.pretrained import WeightsFile
from core.spec import one_of

BEAT_SECONDS = 0.3


def _work(job: dict[str, Any], progress: child.Progress) -> str:
    if "weights" in job:
        with Beat(progress) as beat:
            weights_files.fetch(WeightsFile(**job["weights"]), beat.report)
        return job["weights"]["name"]
    dataset = TypeAdapter(one_of(Dataset)).validate_python(job)
    with Beat(progress) as beat:
        return prepare(dataset, beat.report).name


class Beat:
    """Repeats the latest progress while nothing new comes: whoever waits can then show it moves, and change their mind.

    Args:
        progress: called with (done, total), (0, 0) before the first report.
    """

    def __init__(self, progress: child.Progress) -> None:
        self.progress = progress
        self.latest = (0, 0)
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._repeat, daemon=True)

    def __enter__(self) -> "Beat":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self.thread.join()

    def report(self, done: int, total: int) -> None:
        """Passes a new progress on."""
        self.latest = (done, total)
        self.progress(done, total)

    def _repeat(self) -> None:
        while not self.done.wait(BEAT_SECONDS):
            self.progress(*self.latest)


if __name__ == "__main__":
    child.answer(_work)
