"""The process that trains one run: `python -m core.training.worker`, the run's id on standard input.

It imports TensorFlow at once and then waits, so that a worker standing by starts within a second. It lives in a process
group of its own: a browser's refresh or a server's restart does not touch it. Truth is the run directory.
"""

import contextlib
import os
import sys
import traceback
from pathlib import Path

from core import runs
from core.errors import UserError
from core.runs import Recorder, Run


def main() -> None:
    """Warms up, waits for the run's id, trains it; leaves quietly when the server ends first."""
    if hasattr(os, "nice"):
        os.nice(5)  # the server answers first
    warm_up()
    run_id = sys.stdin.readline().strip()
    if run_id:
        train(Run(run_id))


def warm_up() -> None:
    """Pays now for what the first training step would pay: imports, thread pools, the first compiled graph."""
    import keras
    import numpy as np

    from core.training.loop import Steps

    image = keras.Input((8, 8, 1))
    values = keras.layers.Rescaling(1 / 255)(image)
    values = keras.layers.Conv2D(2, 3, activation="relu")(values)
    values = keras.layers.MaxPooling2D()(values)
    answers = keras.layers.Dense(2, activation="softmax")(keras.layers.Flatten()(values))
    steps = Steps(keras.Model(image, answers), None, keras.optimizers.Adam(), "sparse_categorical_crossentropy", 2)
    pictures, labels = np.zeros((4, 8, 8, 1), np.uint8), np.zeros(4, np.int64)
    steps.train_chunk(pictures, labels, 2)
    steps.evaluate_batch(pictures, labels)


def train(run: Run) -> None:
    """Trains a run to its end; whatever goes wrong is written into its directory."""
    from core.training.loop import Training

    _log_into(run.path / "log.txt")
    with Recorder(run) as record:
        try:
            Training(run.experiment, record).run()
        except UserError as error:
            _fail(record, str(error))
        except MemoryError:
            _fail(record, "The machine ran out of memory. Take a smaller batch or fewer filters and train again.")
        # The border of the process: a cause nobody foresaw goes to the log, a sentence to the learner.
        except Exception as error:
            traceback.print_exc()
            _fail(record, _in_words(error))


def _in_words(error: Exception) -> str:
    """One sentence for an error of TensorFlow's."""
    if type(error).__name__ == "ResourceExhaustedError":
        return "The machine ran out of memory. Take a smaller batch or fewer filters and train again."
    return f"Training broke off ({type(error).__name__}). Its log.txt says more; the settings of this run are kept."


def _fail(record: Recorder, sentence: str) -> None:
    """Says in the directory that it failed, if the disk lets us."""
    with contextlib.suppress(UserError, OSError):
        record.status(state=runs.FAILED, error=sentence)


def _log_into(path: Path) -> None:
    """Sends everything that is printed from here on to the run's log."""
    with path.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


if __name__ == "__main__":
    main()
