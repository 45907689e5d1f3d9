"""An experiment is one value: dataset, augmentations, layers, training and seed; everything else follows from it."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_serializer, field_validator

from core.augmentation import Augmentation
from core.datasets import Dataset, Facts
from core.datasets.digits import Digits
from core.errors import UserError
from core.experiment import memory
from core.experiment.network import Trace, trace
from core.experiment.node import HEAD, IMAGE, Node, as_json, canonical, nodes_of
from core.layers import Layer
from core.layers.dense import Dense
from core.layers.hand_made import HandMadeConv2D
from core.optimization.class_weights import ClassWeight, Equal
from core.optimization.optimizers import Optimizer, RMSprop
from core.optimization.schedules import Constant, Schedule
from core.optimization.stopping import MAX_RULES, ReduceLROnPlateau, Rule
from core.spec import Spec, one_of, option, packed

SCHEMA_VERSION = 1
MAX_LAYERS = 100
NAME_LENGTH = 80

LossChoice = Literal[
    "from the data", "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"
]
Loss = Literal["sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"]


@dataclass(frozen=True)
class CompileRow:
    """Loss, last activation, metric and form of the labels that belong together for one kind of task."""

    task: str
    activation: str
    loss: str
    labels: str
    metric: str


COMPILE_ROWS = (
    CompileRow("a number (regression)", "linear", "mean_squared_error", "numbers", "–"),
    CompileRow("two classes", "sigmoid", "binary_crossentropy", "0 or 1", "accuracy"),
    CompileRow("many classes", "softmax", "categorical_crossentropy", "one-hot", "accuracy"),
    CompileRow("many classes", "softmax", "sparse_categorical_crossentropy", "integers", "accuracy"),
)
"""Which loss goes with which output; the first is shown for completeness, as pictures in classes never need it."""


@dataclass(frozen=True)
class Problem:
    """One thing that stands between an experiment and its training, in the learner's words.

    Args:
        where: "data", "augmentation", "network" or "training": the page that mends it.
        message: what is wrong, with the numbers.
        hint: what to do.
        index: which layer, counted from 0; None when it is not about one layer.
        fixes: changes to that layer's fields that would mend it.
        blocking: False for a warning that training may ignore.
    """

    where: str
    message: str
    hint: str
    index: int | None = None
    fixes: tuple[tuple[str, Any], ...] = ()
    blocking: bool = True


class Training(Spec):
    """How the network learns."""

    optimizer: one_of(Optimizer) = Field(default_factory=RMSprop, description="How weights follow their gradients.")
    schedule: one_of(Schedule) = Field(
        default_factory=Constant, description="How the learning rate changes from the first step to the last."
    )
    batch_size: int = option(
        32,
        "Pictures per step: the gradient is averaged over them.",
        advice="If steps are noisy, double it; if memory runs short or learning is slow per epoch, halve it.",
        low=1,
        high=4096,
        unit="pictures",
    )
    epochs: int = option(
        10,
        "How many times every training picture is seen.",
        advice="If both curves still improve at the end, add more; if validation turns worse, stop earlier.",
        low=1,
        high=1000,
    )
    validation_split: float = option(
        0.2,
        "Part of the training pictures held out, never learnt from, to test on after each epoch.",
        advice="If the validation curve jumps, hold out more; 0 uses the dataset's own test pictures.",
        low=0.0,
        high=0.9,
    )
    loss: LossChoice = option(
        "from the data",
        "What is made small.",
        advice="Two classes: binary_crossentropy; more: sparse_categorical_crossentropy, or categorical for one-hot.",
    )
    class_weight: one_of(ClassWeight) = Field(
        default_factory=Equal, description="How much a mistake on each class counts."
    )
    rules: tuple[one_of(Rule), ...] = Field(
        (),
        max_length=MAX_RULES,
        description="What ends the run early or slows it down.",
        json_schema_extra={"shown": False},
    )


def _nodes(given: Any) -> Any:
    """Layers or their JSON as nodes; a chain names neither ids nor inputs."""
    return nodes_of(given) if isinstance(given, list | tuple) else given


class Experiment(BaseModel):
    """Everything that decides a run: the same experiment gives the same network and, on a CPU, the same curves."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_by_name=True, serialize_by_alias=True
    )

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str = Field("My network", max_length=NAME_LENGTH, description="What you call it.")
    dataset: one_of(Dataset) = Field(default_factory=Digits)
    augmentations: tuple[one_of(Augmentation), ...] = Field((), max_length=20)
    nodes: Annotated[tuple[Node, ...], BeforeValidator(_nodes)] = Field((), alias="layers", max_length=MAX_LAYERS)
    training: Training = Field(default_factory=Training)
    seed: int = Field(
        42,
        ge=0,
        le=2**31 - 1,
        description="Decides first weights, split and order of the pictures; the same seed repeats the run.",
    )

    @field_validator("nodes")
    @classmethod
    def _told_apart(cls, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Ids name one node each, and none of what every network has."""
        ids = [IMAGE, HEAD, *(node.id for node in nodes)]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"two layers are called {twice}")
        return nodes

    @field_serializer("nodes")
    def _short(self, nodes: tuple[Node, ...]) -> list[dict[str, Any]]:
        return as_json(nodes)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of all nodes, in their order."""
        return tuple(node.layer for node in self.nodes)

    def to_json(self) -> str:
        """The experiment as a JSON document, two spaces deep."""
        return self.model_dump_json(indent=2)

    def to_link(self) -> str:
        """The experiment as a short text that is safe inside a web address."""
        return packed(self.canonical())

    def canonical(self) -> "Experiment":
        """The same experiment, its nodes called by Keras' names."""
        return self.edited(nodes=canonical(self.nodes))

    def is_same(self, other: "Experiment") -> bool:
        """Whether both are one experiment, whatever their nodes are called."""
        return self.canonical() == other.canonical()

    def edited(self, **changes: Any) -> "Experiment":
        """A copy with some parts changed, checked like a new one.

        Args:
            changes: by name; `layers` puts a chain of layers in place of the network.
        """
        if "layers" in changes:
            changes["nodes"] = changes.pop("layers")
        return Experiment(**{name: getattr(self, name) for name in type(self).model_fields} | changes)

    def loss(self, facts: Facts) -> Loss:
        """The loss in use: the chosen one, or the one that the number of classes asks for."""
        if self.training.loss != "from the data":
            return self.training.loss
        return "binary_crossentropy" if len(facts.class_names) == 2 else "sparse_categorical_crossentropy"

    def head(self, facts: Facts) -> Dense:
        """The last layer, as the dataset asks: one sigmoid unit for two classes, else one softmax unit a class."""
        if self.loss(facts) == "binary_crossentropy":
            return Dense(units=1, activation="sigmoid")
        return Dense(units=len(facts.class_names), activation="softmax")

    def trace(self, facts: Facts) -> Trace:
        """Shapes and costs of all layers, head included."""
        return trace(facts.shape, self.nodes, self.head(facts))

    def network_line(self) -> str:
        """The network in one line: "Conv 32 · Pool · Dense 10"; Flatten goes without saying."""
        try:
            head = self.head(self.dataset.facts()).short()
        except UserError:
            head = "?"
        return " · ".join([layer.short() for layer in self.layers if layer.kind != "Flatten"] + [head])

    def problems(self) -> list[Problem]:
        """All that is wrong, at once, in the learner's words; empty when it can train (warnings apart)."""
        try:
            facts = self.dataset.facts()
        except UserError as error:
            return [Problem("data", error.what, error.remedy)]
        return [*self._data_problems(facts), *self._network_problems(facts), *self._training_problems(facts)]

    def _data_problems(self, facts: Facts) -> list[Problem]:
        if len(facts.class_names) < 2:
            return [Problem("data", "This dataset has one class only.", "Choose one with two classes or more.")]
        if facts.count < 2:
            few = "no picture" if not facts.count else "one picture only"
            return [Problem("data", f"This dataset has {few}.", "Choose one with two pictures or more.")]
        return [
            Problem("data", f"The class {name} has {'one training picture only' if count else 'no training picture'}.",
                    "The network can hardly learn it: add pictures of it.", blocking=False)
            for name, count in zip(facts.class_names, facts.counts, strict=False)
            if count < 2
        ]  # fmt: skip

    def _network_problems(self, facts: Facts) -> list[Problem]:
        traced = self.trace(facts)
        if traced.broken:
            row = traced.broken
            where = f"{row.kind} #{row.index + 1}: " if row.index is not None else ""
            fixes = tuple(row.impossible.fixes.items())
            return [Problem("network", f"{where}{row.impossible.reason}.", row.impossible.hint, row.index, fixes)]
        problems = [
            Problem("network", f"{row.kind} #{row.index + 1}: nothing reads it.",
                    "Join its output with the rest, or remove it.", row.index)
            for row in traced.unread
        ]  # fmt: skip
        if large := memory.problem(traced, facts, self.training):
            problems.append(Problem(large.where, large.message, large.hint, large.index))
        for index, layer in enumerate(self.layers):
            if getattr(layer, "activation", "") == "softmax":
                problems.append(
                    Problem("network", f"{layer.kind} #{index + 1}: softmax squeezes all values into one sum of 1.",
                            "Use relu here; the head already ends in softmax.",
                            index, (("activation", "relu"),), blocking=False)
                )  # fmt: skip
        return [*problems, *self._hand_made_problems(facts)]

    def _hand_made_problems(self, facts: Facts) -> list[Problem]:
        """Whether a hand-made first layer was made for grey pictures and now sees colours, or the other way round."""
        layer, channels = next(iter(self.layers), None), facts.shape[2]
        if not isinstance(layer, HandMadeConv2D) or layer.planes > 1 or layer.channels == channels:
            return []
        return [
            Problem("network", f"{layer.kind} #1: its weights are divided by {layer.channels}, the pictures have "
                    f"{channels} {'channel' if channels == 1 else 'channels'}: every sum is "
                    f"{channels / layer.channels:.3g} times what the kernel gives on a grey picture.",
                    f"Set channels to {channels}.", 0, (("channels", channels),), blocking=False)
        ]  # fmt: skip

    def _training_problems(self, facts: Facts) -> list[Problem]:
        return [
            *self._loss_problems(facts),
            *self._split_problems(facts),
            *self._rate_problems(),
            *self._rule_problems(),
            *self._class_weight_problems(facts),
        ]

    def _loss_problems(self, facts: Facts) -> list[Problem]:
        classes, binary = len(facts.class_names), self.loss(facts) == "binary_crossentropy"
        if binary and classes != 2:
            return [
                Problem("training", f"binary_crossentropy is for two classes; this dataset has {classes}.",
                        "Choose 'from the data' or sparse_categorical_crossentropy.")
            ]  # fmt: skip
        if not binary and classes == 2:
            return [
                Problem("training", "Two softmax units for two classes say the same thing twice.",
                        "It works; binary_crossentropy with one sigmoid unit is the usual choice.", blocking=False)
            ]  # fmt: skip
        return []

    def _split_problems(self, facts: Facts) -> list[Problem]:
        """What is wrong with the shares of pictures for training and validation, and with the batch."""
        batch, share = self.training.batch_size, self.training.validation_split
        drawn = share > 0 and (not facts.counts or max(facts.counts) > 1)
        if not (drawn or facts.has_validation or facts.has_test):
            hint = (
                "Set a validation share of 0.1 or more." if share == 0 else "Add pictures: a class needs two or more."
            )
            return [Problem("training", "No pictures are left to validate on.", hint)]
        images = sum(facts.counts) or facts.count
        left = max(1, round(images * (1 - share))) if not facts.has_validation else images
        if batch > left:
            return [
                Problem("training", f"A batch of {batch} is more than all {left} training pictures.",
                        "Every epoch will be a single step; choose a smaller batch.", blocking=False)
            ]  # fmt: skip
        return []

    def _rate_problems(self) -> list[Problem]:
        """What is wrong with how the learning rate changes."""
        schedule, rules = self.training.schedule, self.training.rules
        if impossible := schedule.impossible(self.training.epochs):
            return [Problem("training", f"{schedule.kind}: {impossible}", "Take fewer, or more epochs in all.")]
        if not isinstance(schedule, Constant) and any(isinstance(rule, ReduceLROnPlateau) for rule in rules):
            return [
                Problem("training", f"{schedule.kind} and ReduceLROnPlateau both steer the learning rate.",
                        "Choose the schedule Constant, or remove that rule.")
            ]  # fmt: skip
        return []

    def _rule_problems(self) -> list[Problem]:
        return [
            Problem("training", f"{rule.kind} #{index + 1}: {impossible[0]}", impossible[1])
            for index, rule in enumerate(self.training.rules)
            if (impossible := rule.impossible())
        ]

    def _class_weight_problems(self, facts: Facts) -> list[Problem]:
        impossible = self.training.class_weight.impossible(len(facts.class_names))
        return [Problem("training", f"class_weight: {impossible}", "Set one from 0 to 1000 for each class, "
                        "or choose Balanced.")] if impossible else []  # fmt: skip
