"""What comes after the first epochs, in a script: compile and fit once more, the epochs counted on."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.build import base_code, mixing_code
from core.build.base_code import is_of
from core.datasets import Facts
from core.experiment import Experiment
from core.experiment.network import Row, Trace
from core.experiment.stages import Stage, stages
from core.phases.fine_tuning import FineTuning

SLOWER = '''class Slower(optimizers.{kind}):
    """Divides the learning rate once more for some weights; Keras itself has one rate for all."""

    divisors = ()  # one for each weight that learns, in Keras' order

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient, variable, learning_rate / self.divisors[self._get_variable_index(variable)])


'''


def repeated(experiment: Experiment) -> tuple[Stage, ...]:
    """The stages of a run that its script repeats: all, where only other layers learn in them, else the first."""
    found = stages(experiment)
    return found if all(isinstance(one.phase, FineTuning) for one in found[1:]) else found[:1]


def held(experiment: Experiment) -> set[str]:
    """Ids of the rows that stay, in some stage, as at inference while the network trains; of Keras' bases, theirs."""
    rows = [row for traced in _traces(experiment) for row in base_code.folded(traced).rows]
    return {row.id for row in rows if (not row.base.training if is_of(row) else base_code.is_held(row))}


def helper(experiment: Experiment) -> str:
    """The class that holds them; empty where none is to be held."""
    ids = held(experiment)
    if not ids:
        return ""
    is_let_go = any(not _is_still(row) for traced in _traces(experiment) for row in _of(traced, ids))
    return base_code.LET_GO if is_let_go else base_code.STILL


def begun(experiment: Experiment) -> list[str]:
    """Lines that freeze what is held in a later stage, and let go what is not held in the first."""
    first = _of(_traces(experiment)[0], held(experiment))
    frozen = [row for row in first if row.parameters and not is_of(row) and not row.trainable]
    return [
        *_each(frozen, "trainable = False  # now that it is built: TensorFlow watches what was made to learn"),
        *_each([row for row in first if not _is_still(row)], "is_held = False"),
    ]


def bases(experiment: Experiment) -> list[Row]:
    """Keras' bases, as they are in each stage."""
    return [row for traced in _traces(experiment) for row in base_code.bases(base_code.folded(traced))]


def _traces(experiment: Experiment) -> list[Trace]:
    facts = experiment.dataset.facts()
    return [stage.trace(facts) for stage in repeated(experiment)]


def _of(traced: Trace, ids: set[str]) -> list[Row]:
    """Rows by their ids, in their order."""
    return [row for row in base_code.folded(traced).rows if row.id in ids]


def _is_still(row: Row) -> bool:
    """Whether a row does as at inference what it is held for."""
    return not row.base.training if is_of(row) else row.inference


def words(stage: Stage) -> str:
    """What is said over a phase."""
    first = stage.phase.trainable_from
    learn = f"the layers of the base from {first} on learn" if first else "the whole base learns"
    return (
        f"Fine-tuning: {learn}, too, at another rate. Compiled anew, as what learns has changed; the optimizer forgets "
        "the steps before."
    )


def code(experiment: Experiment, stage: Stage, fitted: Sequence[str]) -> str:
    """The lines of a phase.

    Args:
        experiment: the whole.
        stage: its own.
        fitted: lines between the brackets of `fit`.
    """
    before = repeated(experiment)[stage.place - 1]
    facts, settings = experiment.dataset.facts(), experiment.training
    traced, ids = stage.trace(facts), held(experiment)
    lines = [f"DONE, EPOCHS = EPOCHS, EPOCHS + {stage.epochs}  # epochs before it, and in all"]
    lines += _learning(before.trace(facts), traced)
    lines += _held_now(before.trace(facts), traced, ids)
    if settings.schedule.moves:
        context = replace(experiment.context(facts), epochs=stage.epochs, learning_rate=stage.rate)
        lines.append(f"learning_rate = {settings.schedule.source(context)}")
    helper, made = _optimizer(stage, facts)
    metric = mixing_code.metric(experiment)
    lines += [*made, f'model.compile(optimizer=optimizer, loss="{experiment.loss(facts)}", metrics=[{metric}])']
    fit = [
        "more = model.fit(",
        *fitted,
        ")",
        "for name, values in more.history.items():",
        "    history.history[name] += values",
    ]
    if settings.rules:
        fit = ["if not model.stop_training:  # a rule that ends a run ends all of it", *(f"    {one}" for one in fit)]
    return helper + "\n".join([*lines, *fit])


def _optimizer(stage: Stage, facts: Facts) -> tuple[str, list[str]]:
    """A class for more than one rate, where they are asked for, and the lines that make the optimizer."""
    optimizer, divisor = stage.experiment.training.optimizer, stage.phase.rate_divisor
    whole, traced = optimizer.learning_rate, stage.trace(facts)
    rate = f"{whole!r} / {divisor:g}" if divisor != 1 else repr(whole)
    source = optimizer.source(stage.experiment.context(facts))
    source = source.replace(f"learning_rate={whole!r}", f"learning_rate={rate}", 1)
    divisors = stage.phase.slower(traced)
    if not divisors:
        return "", [f"optimizer = {source}"]
    kind, _, arguments = source.partition("(")
    return SLOWER.format(kind=kind.rpartition(".")[2]), [f"optimizer = Slower({arguments}", *_divided(traced, divisors)]


def _divided(traced: Trace, divisors: Mapping[str, float]) -> list[str]:
    """Lines that say by what the rate of each weight is divided."""
    rows = [row for row in traced.rows if row.name in divisors and _learns(row)]
    if any(map(is_of, rows)):
        slow = ["slow = {id(weight) for weight in base.weights}"]
    else:
        slow = [*_names(rows), "slow = {id(weight) for name in names for weight in model.get_layer(name).weights}"]
    divisor = next(iter(divisors.values()))
    told = f"optimizer.divisors = [{divisor:g} if id(weight) in slow else 1 for weight in model.trainable_weights]"
    return [*slow, told]


def _learning(before: Trace, now: Trace) -> list[str]:
    """Lines that let layers learn that did not, and the other way round."""
    if base := next((row.base for row in now.rows if is_of(row)), None):
        return ["base.trainable = True", *base_code.learning(base)]
    lines = []
    for wanted in (True, False):
        pairs = zip(before.rows, now.rows, strict=True)
        lines += _each([row for old, row in pairs if _learns(row) == wanted != _learns(old)], f"trainable = {wanted}")
    return lines


def _held_now(before: Trace, now: Trace, ids: set[str]) -> list[str]:
    """Lines that hold layers as at inference that were not held, and the other way round."""
    lines = []
    for wanted in (True, False):
        pairs = zip(_of(before, ids), _of(now, ids), strict=True)
        lines += _each([row for old, row in pairs if _is_still(row) == wanted != _is_still(old)], f"is_held = {wanted}")
    return lines


def _each(rows: Sequence[Row], told: str) -> list[str]:
    """A line for every one of some layers."""
    return [*_names(rows), "for name in names:", f"    model.get_layer(name).{told}"] if rows else []


def _names(rows: Sequence[Row]) -> list[str]:
    """Layers by their names."""
    return base_code.tupled("names", ["base" if is_of(row) else row.name for row in rows])


def _learns(row: Row) -> bool:
    return row.non_trainable < row.parameters
