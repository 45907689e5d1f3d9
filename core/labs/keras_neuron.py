"""One neuron in plain Keras, as anyone would write it: the script that is shown is the script that runs.

It runs once for all visitors of a server, in a short-lived process (`python -m core.labs.keras_neuron`), so that thirty
students cost one run and none of them waits for the others' networks.
"""

import json
import logging
import threading
import time
from typing import Any

from core import child
from core.errors import UserError
from core.quick_keras import import_keras

MODULE = "core.labs.keras_neuron"
SECONDS = 600.0
"""After these the process is ended; two cores took 30, busy with other work 140."""

HEAD = """\
import keras
import numpy as np

x = np.array([[-1.0], [0.0], [1.0], [2.0], [3.0], [4.0]])
y = 2 * x - 1
"""
LINES = """\
model = keras.Sequential([keras.layers.Dense(1, {start})])
model.compile(keras.optimizers.SGD({rate}), "mean_squared_error")
model.fit(x, y, epochs={epochs}, verbose=0)
"""
"""What follows the knobs of the lab; the run of the server is that of `THREE_LINES`."""
RATE, EPOCHS = 0.01, 500
THREE_LINES = LINES.format(start='kernel_initializer="zeros"', rate=RATE, epochs=EPOCHS)
TAIL = """\
print(model.predict(np.array([[10.0]]), verbose=0))
"""
SCRIPT = f"{HEAD}\n{THREE_LINES}\n{TAIL}"


class KerasNeuron:
    """The one run of a server: asked for by anybody, told to everybody."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[str, Any] = {"state": "none"}

    def told(self) -> dict[str, Any]:
        """What is known: `state` is "none", "running", "done" or "failed"; with `answer` or `error`, as JSON."""
        with self._lock:
            return self._told

    def ask(self) -> None:
        """Starts the run in the background, unless it runs or has run; one that failed is tried again."""
        with self._lock:
            if self._told["state"] in ("running", "done"):
                return
            self._told = {"state": "running"}
        threading.Thread(target=self._run, name="keras-neuron", daemon=True).start()

    def _run(self) -> None:
        try:
            told = {"state": "done", "answer": child.ask(MODULE, {}, seconds=SECONDS)}
        except UserError as error:
            own = error if error.code == "KERAS_NEURON" else _no_answer()
            told = {"state": "failed", "error": str(own)}
        except (OSError, json.JSONDecodeError):
            told = {"state": "failed", "error": str(_no_answer())}
        with self._lock:
            self._told = told


def work(_job: dict[str, Any], _progress: child.Progress) -> dict[str, Any]:
    """The process's side: runs the script and times its three lines.

    Returns:
        `answer` for x = 10, `w` and `b` as Keras left them, `seconds` of the three lines, `version` of Keras.

    Raises:
        UserError: Keras is not to be had, or stumbled.
    """
    names: dict[str, Any] = {}
    try:
        import_keras()
        exec(HEAD, names)  # what is shown is what runs
        begun = time.perf_counter()
        exec(THREE_LINES, names)
        seconds = time.perf_counter() - begun
        model = names["model"]
        w, b = (float(part.ravel()[0]) for part in model.get_weights())
        answer = float(model.predict(names["np"].array([[10.0]]), verbose=0)[0, 0])
        return {"answer": answer, "w": w, "b": b, "seconds": seconds, "version": names["keras"].__version__}
    except Exception as error:
        # The border of the process: whatever goes wrong inside Keras is one sentence outside.
        logging.getLogger(__name__).exception("Keras gave no answer")
        raise _no_answer() from error


def _no_answer() -> UserError:
    return UserError(
        "Keras gave no answer on this server.",
        "Try again, or copy the script and run it on a machine with Keras; the lab itself works without.",
        "KERAS_NEURON",
    )


if __name__ == "__main__":
    child.answer(work)
