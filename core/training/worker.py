"""The process that trains one run: `python -m core.training.worker`, the run's id on standard input.

It imports TensorFlow at once and then waits, so that a worker standing by starts within a second. It lives in a process
group of its own: a browser's refresh or a server's restart does not touch it. Truth is the run directory.
"""

import contextlib
import os
import sys
import threading
import traceback
from pathlib import Path

import psutil
from filelock import Timeout

from core import child, workspace
from core.errors import UserError
from core.experiment import memory
from core.quick_keras import import_keras
from core.runs import layout, states
from core.runs.collection import Runs
from core.runs.recorder import Recorder
from core.runs.run import Run
from core.workspace import current

WATCH_SECONDS = 0.5
DISK = frozenset({"DISK_FULL", "DISK_ERROR", "WORKSPACE_NOT_WRITABLE"})
"""Refusals after which a run can go on once the disk is well again."""


def main() -> None:
    """Warms up, waits for the run's id, trains it; leaves quietly when the server ends first."""
    _be_modest()
    with child.scratch():
        warm_up()
        run_id = sys.stdin.readline().strip()
        if run_id:
            train(Runs(current()).find(run_id))


def _be_modest() -> None:
    """The server answers first, and when memory runs out it is this process that goes."""
    if hasattr(os, "nice"):
        os.nice(5)
    with contextlib.suppress(OSError):  # Linux only
        Path("/proc/self/oom_score_adj").write_text("900")


def warm_up() -> None:
    """Pays now for what the run would wait for: imports. Nothing is computed, as that would settle the threads."""
    import_keras()
    import keras
    import tensorflow as tf

    from core.training.loop import Trainer  # noqa: F401  imported now, not when a run waits

    with tf.Graph().as_default():  # Keras looks up much on its first network
        image = keras.Input((8, 8, 1))
        values = keras.layers.Conv2D(2, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(image))
        values = keras.layers.Flatten()(keras.layers.MaxPooling2D()(values))
        keras.Model(image, keras.layers.Dense(2, activation="softmax")(values))


def train(run: Run) -> None:
    """Trains a run to its end; whatever goes wrong is written into its directory."""
    from core.training.loop import Trainer

    _log_into(run.path / layout.LOG)
    # Another worker is at it already: this one has nothing to do.
    with contextlib.suppress(Timeout), Recorder(run) as record:
        _watch_memory(record)
        try:
            Trainer(run.experiment, record).run()
        except UserError as error:
            _fail(record, str(error), states.INTERRUPTED if error.code in DISK else states.FAILED)
        except MemoryError:
            _fail(record, memory.ran_out(run.experiment))
        # The border of the process: a cause nobody foresaw goes to the log, a sentence to the learner.
        except Exception as error:
            traceback.print_exc()
            _fail(record, _in_words(error, run))


def _in_words(error: Exception, run: Run) -> str:
    """One sentence for an error of TensorFlow's."""
    if type(error).__name__ == "ResourceExhaustedError":
        return memory.ran_out(run.experiment)
    return f"Training broke off ({type(error).__name__}). Its log.txt says more; the settings of this run are kept."


def _fail(record: Recorder, sentence: str, state: str = states.FAILED) -> None:
    """Says in the directory that it failed, if the disk lets us."""
    with contextlib.suppress(UserError, OSError):
        record.status(state=state, error=sentence)


def _watch_memory(record: Recorder) -> None:
    """Ends the process, and says why, before it takes the whole machine down with it."""
    process, limit = psutil.Process(), memory.limit()

    def watch() -> None:
        while process.memory_info().rss < limit:
            threading.Event().wait(WATCH_SECONDS)
        with record.turn:  # the training, still at it, must not have the last word
            _fail(record, memory.ran_out(record.run.experiment))
            os._exit(1)

    threading.Thread(target=watch, name="memory", daemon=True).start()


def _log_into(path: Path) -> None:
    """Sends everything that is printed from here on to the run's log."""
    with workspace.log_file(path) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


if __name__ == "__main__":
    main()
