"""What the addition trial adds: a file of every kind, as somebody else would write it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Addition:
    """One file.

    Args:
        file: its place in the folder.
        text: what stands in it.
        catalogue: where its kind belongs: "core.datasets.Dataset"; empty for a preset.
        kind: name of the class.
    """

    file: str
    text: str
    catalogue: str = ""
    kind: str = ""


DATASET = Addition(
    "datasets/stripes.py",
    '''"""Stripes."""

from typing import ClassVar

import numpy as np

from core.datasets import Dataset, Facts
from core.problems import ALONE
from core.spec import option


class Stripes(Dataset):
    """Stripes that lie or stand."""

    instant: ClassVar[bool] = True

    count: int = option(60, "Number of pictures.", advice="If an epoch takes too long, fewer.", low=20, high=500)

    @classmethod
    def title(cls):
        return "Stripes 8x8"

    def pristine(self):
        return Facts((8, 8, 1), ("lying", "standing", "none"), self.count)

    def generate(self, progress, empty=np.empty):
        names = {}
        exec(self.source(), {"np": np}, names)
        return names["images"], names["labels"], names["split"]

    def source(self, context=ALONE):
        return f"""labels = np.arange({self.count}) % 3
images = np.zeros(({self.count}, 8, 8, 1), "uint8")
images[labels == 0, ::2] = 255
images[labels == 1, :, ::2] = 255
split = np.zeros({self.count}, "int8")
class_names = ["lying", "standing", "none"]"""
''',
    "core.datasets.Dataset",
    "Stripes",
)
RULE = Addition(
    "optimization/enough.py",
    '''"""A rule."""

from typing import ClassVar

from core.optimization.stopping import Rule, Verdict
from core.problems import ALONE, Problem
from core.spec import option


class Enough(Rule):
    """Ends the run after so many epochs."""

    modules: ClassVar[tuple[str, ...]] = ("sys",)
    script: ClassVar[str] = """class Enough(keras.callbacks.Callback):
    def __init__(self, after):
        super().__init__()
        self.after = after

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 >= self.after:
            print("enough", file=sys.stderr)
            self.model.stop_training = True"""

    after: int = option(1, "How many epochs are enough.", advice="More.", low=1, high=99, unit="epochs")

    def judge(self, epochs, rate):
        return Verdict(len(epochs) >= self.after, f"enough after {self.after}")

    def words(self):
        return f"after {self.after}"

    def source(self, context=ALONE):
        return f"Enough(after={self.after})"

    def problems(self, context):
        if self.after < context.epochs:
            return []
        return [Problem("training", f"Enough #{context.place + 1} never comes.", "Lower it.", blocking=False)]
''',
    "core.optimization.stopping.Rule",
    "Enough",
)
AUGMENTATION = Addition(
    "augmentation/inverted.py",
    '''"""An augmentation."""

from typing import ClassVar

from core.augmentation import Augmentation
from core.spec import option


class RandomInvert(Augmentation):
    """Makes a negative."""

    keras: ClassVar[str] = "layers.RandomInvert"

    factor: float = option(0.4, "How often.", advice="If negatives mislead, lower it.", low=0.0, high=1.0)

    def words(self):
        return f"{self.factor:.0%}"
''',
    "core.augmentation.Augmentation",
    "RandomInvert",
)
OPTIMIZER = Addition(
    "optimization/lion.py",
    '''"""An optimizer."""

from typing import ClassVar

from core.optimization.optimizers import Optimizer, learning_rate
from core.spec import option


class Lion(Optimizer):
    """Steps of one length, by the sign of the gradient."""

    keras: ClassVar[str] = "optimizers.Lion"

    learning_rate: float = learning_rate(0.001)
    beta_1: float = option(0.9, "How much is remembered.", advice="If it jumps, raise it.", low=0.0, high=0.999)
''',
    "core.optimization.optimizers.Optimizer",
    "Lion",
)
SCHEDULE = Addition(
    "optimization/halves.py",
    '''"""A schedule and class weights: a file may hold kinds of several catalogues."""

import numpy as np

from core.optimization.class_weights import ClassWeight
from core.optimization.schedules import Schedule
from core.problems import ALONE


class Halves(Schedule):
    """Half as long a step in every epoch."""

    def shares(self, elapsed, epochs, step):
        return 0.5**elapsed

    def source(self, context=ALONE):
        rate = context.learning_rate
        return f"optimizers.schedules.ExponentialDecay({rate!r}, decay_steps=steps, decay_rate=0.5)"


class FirstTwice(ClassWeight):
    """The first class counts twice."""

    def weights(self, counts):
        return np.array([2.0] + [1.0] * (len(counts) - 1), np.float32)

    def source(self, context=ALONE):
        return "{c: 2.0 if c == 0 else 1.0 for c in range(len(counts))}"
''',
    "core.optimization.schedules.Schedule",
    "Halves",
)
CLASS_WEIGHT = Addition(SCHEDULE.file, SCHEDULE.text, "core.optimization.class_weights.ClassWeight", "FirstTwice")
EXPORT = Addition(
    "export/note.py",
    '''"""An export."""

from typing import ClassVar

from core.export import Format


class Note(Format):
    """What the run is called."""

    word: ClassVar[str] = "note"
    suffix: ClassVar[str] = ".txt"
    heavy: ClassVar[bool] = False

    def write(self, run, epoch, path, progress):
        path.write_text(run.title)
''',
    "core.export.Format",
    "Note",
)
LAYER = Addition(
    "layers/rms_normalization.py",
    '''"""A layer that reads all maps, through no kernel."""

from typing import ClassVar

from core.layers import Layer, Reads
from core.spec import option


class RMSNormalization(Layer):
    """Brings the channels of every place to a root mean square of 1, then lets them learn a scale."""

    keras: ClassVar[str] = "layers.RMSNormalization"
    family: ClassVar[str] = "Steadying"
    reads: ClassVar[Reads] = "all maps"

    epsilon: float = option(0.001, "Keeps a root from zero.", advice="If it jumps, raise it.", low=1e-6, high=0.1)

    def parameters(self, shape):
        return shape[-1]

    def parameter_formula(self, shape):
        return f"{shape[-1]}"
''',
    "core.layers.Layer",
    "RMSNormalization",
)
JOIN = Addition(
    "layers/maximum.py",
    '''"""A layer with several inputs."""

from typing import ClassVar

from core.layers import Impossible, Layer


class Maximum(Layer):
    """Keeps the largest of what its inputs say at the same place."""

    keras: ClassVar[str] = "layers.Maximum"
    family: ClassVar[str] = "Joins"
    takes: ClassVar[tuple[int, int]] = (2, 16)

    def output_shape(self, *shapes):
        if len(set(shapes)) > 1:
            raise Impossible("Maximum needs inputs of one shape", "Bring them to one shape.")
        return shapes[0]
''',
    "core.layers.Layer",
    "Maximum",
)
BLOCK = Addition(
    "layers/stem.py",
    '''"""A block of two layers."""

from typing import ClassVar

from core.layers.activation import Activation
from core.layers.blocks import GIVEN, Block, Part
from core.layers.convolution import Conv2D
from core.spec import option


class Stem(Block):
    """A convolution, and a function behind it."""

    filters: int = option(2, "Its maps.", advice="If it can't learn enough, more.", low=1, high=9)

    def unit(self, shape, turn):
        return [Part("conv", Conv2D(filters=self.filters), (GIVEN,)), Part("act", Activation())]
''',
    "core.layers.Layer",
    "Stem",
)
ADVICE = Addition(
    "advice/few_maps.py",
    '''"""Advice."""

from core.advice import Advice, AdviceRule, Fix


class FewMaps(AdviceRule):
    """Finds a first layer of two maps."""

    name = "few_maps"

    @classmethod
    def about(cls, situation):
        first, experiment = situation.traced.rows[0], situation.experiment
        if first.output_shape[-1] == 2:
            wider = experiment.nodes[0].edited(layer=experiment.nodes[0].layer.edited(filters=4))
            fix = Fix("Use filters=4", lambda: experiment.edited(nodes=(wider, *experiment.nodes[1:])))
            yield Advice(cls.name, first.block or first.id, "Two maps are few.", "They hold little.", "", (fix,))
''',
)
LENS = Addition(
    "lens/largest.py",
    '''"""A lens."""

from typing import ClassVar

from core.lens import Lens
from core.lens.results import Bars
from core.spec import option


class Largest(Lens):
    """The largest value of each map of the first layer."""

    question: ClassVar[str] = "largest"

    times: int = option(1, "By what it is multiplied.", advice="If bars are low, raise it.", low=1, high=9)

    @classmethod
    def title(cls):
        return "Largest value of each map"

    def look(self, network, images):
        name = network.rows[0].name
        largest = self.times * network.outputs(images, [name])[name].max((0, 1, 2))
        return Bars(largest, tuple(str(i + 1) for i in range(len(largest))), "largest value", "map")
''',
    "core.lens.Lens",
    "Largest",
)
VIEW = Addition(
    "lens/mean_probability.py",
    '''"""How much a network is for each class over all images of a split."""

from typing import ClassVar

from core.lens.of_set import OfSet, answered
from core.lens.results import Bars


class MeanProbability(OfSet):
    """The mean probability of each class."""

    question: ClassVar[str] = "mean_probability"

    @classmethod
    def title(cls):
        return "Mean probability"

    def look(self, network, images):
        shares = answered(network, self.part).probabilities.mean(0)
        return Bars(shares, network.facts.class_names, "mean probability", "class")
''',
    "core.lens.Lens",
    "MeanProbability",
)
PRESET = Addition(
    "experiment/presets/stripes-trial.json",
    json.dumps(
        {
            "name": "Stripes trial",
            "dataset": {"kind": "Stripes", "count": 90},
            "augmentations": [{"kind": "RandomInvert", "factor": 0.2}],
            "layers": [
                {"kind": "Stem", "filters": 2},
                {"kind": "RMSNormalization"},
                {"kind": "Maximum", "inputs": ["stem_1", "rmsnormalization_1"]},
                {"kind": "Flatten"},
            ],
            "training": {
                "optimizer": {"kind": "Lion", "learning_rate": 0.01},
                "schedule": {"kind": "Halves"},
                "class_weight": {"kind": "FirstTwice"},
                "epochs": 3,
                "rules": [{"kind": "Enough", "after": 1}],
            },
        }
    ),
)
ADDITIONS = (
    DATASET,
    RULE,
    AUGMENTATION,
    OPTIMIZER,
    SCHEDULE,
    CLASS_WEIGHT,
    EXPORT,
    LAYER,
    JOIN,
    BLOCK,
    ADVICE,
    LENS,
    VIEW,
    PRESET,
)
KINDS = [addition for addition in ADDITIONS if addition.kind]
