"""An experiment is one value: dataset, augmentations, layers, training and seed; everything else follows from it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_serializer,
    field_validator,
    model_serializer,
)

from core.augmentation import Augmentation
from core.datasets import Dataset, Facts
from core.datasets.digits import Digits
from core.datasets.split import deal
from core.errors import UserError
from core.experiment import problems
from core.experiment.migrations import VERSION
from core.experiment.network import Trace, trace
from core.experiment.node import HEAD, IMAGE, Node, as_json, canonical, nodes_of, uncommented
from core.layers import Layer, Shape
from core.layers.blocks import size_of
from core.layers.dense import Dense
from core.optimization.class_weights import ClassWeight, Equal
from core.optimization.optimizers import Optimizer, RMSprop
from core.optimization.schedules import Constant, Schedule
from core.optimization.stopping import MAX_RULES, Rule
from core.phases import MOST_PHASES, Phase
from core.problems import Context, Problem
from core.spec import Spec, one_of, option, packed
from core.words import counted, number, text_of

MAX_LAYERS, MAX_ROWS = 400, 1000
"""Of a network as the learner builds it, and with all its blocks unfolded: larger than any that trains here."""
NAME_LENGTH = 80
MOST_DECLINED = 1000
Declined = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}:[a-z][a-z0-9_]{0,63}$")]

FROM_THE_DATA = "from the data"
LossChoice = Literal[
    "from the data", "sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy"
]
Sampling = Literal["as they are", "each class alike"]
Precision = Literal["float32", "mixed_bfloat16", "mixed_float16"]
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
    images_per_class: int = option(
        0,
        "So many training pictures of each class are learnt from; 0 for all.",
        advice="To see how many pictures a network needs, try 5, 10, 20, 50 and all.",
        low=0,
        high=1_000_000,
        unit="pictures",
        rare=True,
    )
    sampling: Sampling = option(
        "as they are",
        "How often each training picture is seen in an epoch: once, or so that every class is seen alike.",
        advice="If a small class is hardly learnt, take each class alike: its pictures are repeated. Or weigh classes.",
        rare=True,
    )
    loss: LossChoice = option(
        FROM_THE_DATA,
        "What is made small.",
        advice="Two classes: binary_crossentropy; more: sparse_categorical_crossentropy, or categorical for one-hot.",
    )
    class_weight: one_of(ClassWeight) = Field(
        default_factory=Equal, description="How much a mistake on each class counts."
    )
    precision: Precision = option(
        "float32",
        "The numbers that layers compute with; weights and the loss stay float32.",
        advice="If steps are slow and this machine counts in bfloat16, take mixed_bfloat16; mixed_float16 is for GPUs.",
    )
    feature_draws: int = option(
        0,
        "How many augmented versions of each picture are kept as features of a frozen base, taken in turn.",
        advice="0 draws anew in every epoch: exact, and slow. A few are quick. Without augmentation it is idle.",
        low=0,
        high=100,
        unit="versions",
        shown=False,
        rare=True,
    )
    rules: tuple[one_of(Rule), ...] = Field(
        (),
        max_length=MAX_RULES,
        description="What ends the run early or slows it down.",
        json_schema_extra={"shown": False},
    )

    phases: tuple[one_of(Phase), ...] = Field(
        (),
        max_length=MOST_PHASES,
        description="What comes after these epochs in the same run.",
        json_schema_extra={"shown": False, "rare": True},
    )

    @property
    def all_epochs(self) -> int:
        """Epochs of the whole run, those of its phases included."""
        return self.epochs + sum(phase.epochs for phase in self.phases)

    def loss_for(self, facts: Facts) -> Loss:
        """The loss in use: the chosen one, or the one that the number of classes asks for."""
        if self.loss != FROM_THE_DATA:
            return self.loss
        return "binary_crossentropy" if len(facts.class_names) == 2 else "sparse_categorical_crossentropy"

    def problems(self, context: Context) -> list[Problem]:
        """What is wrong with the settings, for this data and beside each other."""
        parts = [self.optimizer, self.schedule, self.class_weight]
        found = [problem for part in parts for problem in part.problems(context)]
        for place, rule in enumerate(self.rules):
            found += rule.problems(replace(context, place=place))
        return [*self._loss_problems(context.facts), *self._split_problems(context), *found]

    def _loss_problems(self, facts: Facts) -> list[Problem]:
        classes, binary = len(facts.class_names), self.loss_for(facts) == "binary_crossentropy"
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

    def _split_problems(self, context: Context) -> list[Problem]:
        """What is wrong with the shares of images for training and validation, and with the batch."""
        batch, share, facts = self.batch_size, self.validation_split, context.facts
        dealt = context.dealt or deal(facts, share)
        checked = any(dealt.validation) if dealt else share > 0 or facts.has_validation or facts.has_test
        if not checked and context.dealt and share > 0:
            return []  # the dataset says that all of them were left out or moved
        if not checked:
            hint = (
                "Set a validation split of 0.1 or more." if share == 0 else "Add pictures: a class needs two or more."
            )
            return [Problem("training", "No pictures are left to validate on.", hint)]
        left = sum(dealt.train) if dealt else max(1, round(facts.count * (1 - share)))
        if batch > left > 0:
            return [
                Problem("training", f"A batch of {batch} is more than all {left} training pictures.",
                        "Every epoch will be a single step; choose a smaller batch.", blocking=False)
            ]  # fmt: skip
        return []


def _nodes(given: Any) -> Any:
    """Layers or their JSON as nodes; a chain names neither ids nor inputs. Of too many, one too many is enough."""
    return nodes_of(given[: MAX_LAYERS + 1]) if isinstance(given, list | tuple) else given


def unfolded_size(nodes: Iterable[Node]) -> int:
    """How many layers nodes are once their blocks are unfolded, at most; told without unfolding any."""
    return sum(size_of(node.layer) for node in nodes)


@lru_cache(64)
def _traced(shape: Shape, nodes: tuple[Node, ...], head: Layer) -> Trace:
    """A network is followed once, however many parts of a page ask for it."""
    return trace(shape, nodes, head)


class Experiment(BaseModel):
    """Everything that decides a run: the same experiment gives the same network and, on a CPU, the same curves."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_by_name=True, serialize_by_alias=True
    )

    schema_version: Literal[VERSION] = VERSION
    name: Annotated[str, AfterValidator(text_of(NAME_LENGTH))] = Field(
        "My network", max_length=NAME_LENGTH, description="What you call it."
    )
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
    weights: str = Field("", pattern=r"^([0-9a-f]{64})?$", json_schema_extra={"shown": False})
    """What the first epoch begins with: the digest of weights that were taken over; empty for fresh ones."""
    declined: tuple[Declined, ...] = Field((), max_length=MOST_DECLINED, json_schema_extra={"shown": False})
    """Advice that was declined, as "rule:row": of rows that are still there."""

    @field_validator("declined")
    @classmethod
    def _of_rows(cls, declined: tuple[str, ...], told: ValidationInfo) -> tuple[str, ...]:
        """What was declined about a layer goes with it: a new one may get its name."""
        here = {HEAD, *(node.id for node in told.data.get("nodes", ()))}
        return tuple(one for one in dict.fromkeys(declined) if one.partition(":")[2] in here)

    @model_serializer(mode="wrap")
    def _without_what_goes_without_saying(self, handler: Any) -> dict[str, Any]:
        told = handler(self)
        return {name: value for name, value in told.items() if name not in ("declined", "weights") or value}

    @field_validator("nodes")
    @classmethod
    def _told_apart(cls, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Ids name one node each, and none of what every network has."""
        ids = [IMAGE, HEAD, *(node.id for node in nodes)]
        if twice := next((one for one in ids if ids.count(one) > 1), None):
            raise ValueError(f"two layers are called {twice}")
        if (size := unfolded_size(nodes)) > MAX_ROWS:
            raise ValueError(f"its blocks stand for {counted(size, 'layer')}; {number(MAX_ROWS)} is the limit")
        return nodes

    @field_serializer("nodes")
    def _short(self, nodes: tuple[Node, ...]) -> list[dict[str, Any]]:
        return as_json(nodes)

    @property
    def layers(self) -> tuple[Layer, ...]:
        """The layers of all nodes, in their order."""
        return tuple(node.layer for node in self.nodes)

    @property
    def applied(self) -> tuple[Augmentation, ...]:
        """The augmentations that training applies, in their order: those that are not switched off."""
        return tuple(change for change in self.augmentations if change.on)

    @property
    def mixes(self) -> bool:
        """Whether training mixes pictures, so that their labels are shares of classes."""
        return any(change.mixes for change in self.applied)

    def to_json(self) -> str:
        """The experiment as a JSON document, two spaces deep."""
        return self.model_dump_json(indent=2)

    def to_link(self) -> str:
        """The experiment as a short text that is safe inside a web address."""
        return packed(self.canonical())

    def canonical(self) -> "Experiment":
        """The same experiment, its nodes called by Keras' names."""
        nodes = canonical(self.nodes)
        names = {old.id: new.id for old, new in zip(self.nodes, nodes, strict=True)}
        declined = (one.partition(":") for one in self.declined)
        return self.edited(nodes=nodes, declined=tuple(f"{rule}:{names.get(row, row)}" for rule, _, row in declined))

    def is_same(self, other: "Experiment") -> bool:
        """Whether both train alike: whatever they and their nodes are called, and whatever is written beside."""
        return self._bare() == other._bare()

    def _bare(self) -> "Experiment":
        """Only what training depends on."""
        return self.edited(name="", declined=(), nodes=uncommented(canonical(self.nodes)))

    def edited(self, **changes: Any) -> "Experiment":
        """A copy with some parts changed, checked like a new one.

        Args:
            changes: by name; `layers` puts a chain of layers in place of the network.
        """
        if "layers" in changes:
            changes["nodes"] = changes.pop("layers")
        return Experiment(**{name: getattr(self, name) for name in type(self).model_fields} | changes)

    def loss(self, facts: Facts) -> Loss:
        """The loss in use: the chosen one, or the one that the number of classes asks for; of pictures that are mixed
        labels are shares, which no loss of whole numbers can read."""
        chosen = self.training.loss_for(facts)
        is_whole = self.mixes and chosen == "sparse_categorical_crossentropy"
        return "categorical_crossentropy" if is_whole else chosen

    def head(self, facts: Facts) -> Dense:
        """The last layer, as the dataset asks: one sigmoid unit for two classes, else one softmax unit a class."""
        if self.loss(facts) == "binary_crossentropy":
            return Dense(units=1, activation="sigmoid")
        return Dense(units=len(facts.class_names), activation="softmax")

    def trace(self, facts: Facts) -> Trace:
        """Shapes and costs of all layers, head included."""
        return _traced(facts.shape, self.nodes, self.head(facts))

    def network_line(self) -> str:
        """The network in one line: "Conv 32 · Pool · Dense 10"; Flatten goes without saying."""
        try:
            head = self.head(self.dataset.facts()).short()
        except UserError:
            head = "?"
        return " · ".join([layer.short() for layer in self.layers if layer.kind != "Flatten"] + [head])

    def context(self, facts: Facts) -> Context:
        """What surrounds the parts of this experiment: its data and how it is trained."""
        training = self.training
        schedule = training.schedule.kind if training.schedule.moves else ""
        rate, share = training.optimizer.learning_rate, training.validation_split
        signs = self.dataset.handed
        return Context(facts, training.epochs, rate, schedule, share=share, seed=self.seed, signs=signs)

    def problems(self) -> list[Problem]:
        """All that is wrong, at once, in the learner's words; empty when it can train (warnings apart)."""
        return problems.problems(self)
