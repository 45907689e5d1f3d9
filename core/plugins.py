"""What the operator adds to this installation: folders that mirror `core/`, one file for each addition.

The environment variable KERNELSCOPE_PLUGINS names one folder or several, separated as in PATH. In them lie

    datasets/blobs.py               a class that derives from `core.datasets.Dataset`
    layers/swish.py                 ... from `core.layers.Layer`
    augmentation/hue.py             ... from `core.augmentation.Augmentation`
    optimization/lion.py            ... from `Optimizer`, `Schedule`, `Rule` or `ClassWeight`
    lens/means.py                   ... from `core.lens.Lens`
    export/onnx.py                  ... from `core.export.Format`
    experiment/presets/blobs.json   an experiment that Kernelscope saved

and nothing has to be told of them: forms, JSON, links, scripts, the command line and the pages find them as they find
ours. Their Python runs in the server and in its workers as ours does; so the environment of the server names the
folders, and nothing that a browser sends can.
"""

import os
from pathlib import Path

from core import settings


def folders(room: str) -> list[Path]:
    """Where additions to one room lie.

    Args:
        room: a folder of `core/`: "layers", "experiment/presets".
    """
    named = [Path(name).resolve() for name in settings.PLUGINS.text().split(os.pathsep) if name]
    return [place for place in (folder / room for folder in named) if place.is_dir()]
