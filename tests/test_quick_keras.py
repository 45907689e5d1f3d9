"""What Keras only asks for as it is imported is not there meanwhile, and there afterwards."""

import json
import os
import subprocess
import sys

from core import child

ASKING = """
import gc
told = []
for name in ("sklearn", "pandas"):
    try:
        __import__(name)
        told.append(name)
    except ImportError:
        pass
told.append(gc.isenabled())
"""


def test_keras_finds_neither_scikit_learn_nor_pandas_and_whoever_asks_later_does(tmp_path):
    (tmp_path / "keras.py").write_text(ASKING)
    (tmp_path / "tensorflow.py").write_text("import keras\n")
    (tmp_path / "sklearn.py").write_text("")
    (tmp_path / "pandas.py").write_text("")
    code = (
        "from core.quick_keras import import_keras\nimport_keras()\nimport gc, json, sys, keras, sklearn, pandas\n"
        "print(json.dumps([keras.told, 'tensorflow' in sys.modules, gc.isenabled()]))"
    )
    environment = child.environment()
    environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True, timeout=200)

    assert json.loads(done.stdout) == [[False], True, True]
