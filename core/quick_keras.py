"""TensorFlow and Keras imported in two thirds of the time, by processes that compute."""

import gc
import sys

ONLY_ASKED_FOR = ("sklearn", "pandas")
"""Keras wraps models for the first and learns from tables of the second where they are installed; we do neither."""


def import_keras() -> None:
    """Imports TensorFlow and Keras, before anything else in a process does; `import keras` then finds them there.

    What Keras only asks for counts as not installed meanwhile, and afterwards can be imported as ever: without
    scikit-learn, which brings SciPy's statistics along, and pandas this takes 3.1 instead of 5.0 seconds of a core.
    """
    if "keras" in sys.modules:
        return
    left_out = [name for name in ONLY_ASKED_FOR if name not in sys.modules]
    sys.modules.update(dict.fromkeys(left_out))
    collects = gc.isenabled()
    gc.disable()  # a few hundred thousand objects are made, all to stay
    try:
        import keras  # noqa: F401
        import tensorflow  # noqa: F401
    finally:
        for name in left_out:
            del sys.modules[name]
        if collects:
            gc.enable()
