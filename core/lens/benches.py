"""Break-it benches that pages ask for: one after the other, a question at a time, so that others are answered between.

Every operation is tried at a few strengths. Questions go strength by strength through all operations: whoever ends a
bench half way keeps curves that reach as far for each.
"""

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from core.augmentation import Augmentation
from core.errors import UserError
from core.experiment import Experiment
from core.lens.break_it import Broken
from core.spec import kinds

PLACES = (0, 1, 2, 3, 4, 6, -1)
"""Which strengths of a long ladder are tried: those near nothing, where accuracy falls, lie closer."""
PAUSE = 0.005
"""Seconds between two questions, in which a page gets its turn."""
KEPT = 12
"""Benches, those that were asked for last."""
FELL = 0.1
"""An accuracy that is lower by so much has fallen."""

WAITING, AT_WORK, FOUND, FAILED, ENDED = "waiting", "at work", "found", "failed", "ended"
State = Literal["waiting", "at work", "found", "failed", "ended"]
Ask = Callable[..., dict[str, Any]]


@dataclass(frozen=True, eq=False)
class Point:
    """What a network answers under one operation at one strength.

    Args:
        strength: as the main knob of the operation counts.
        found: by the lens.
    """

    strength: float
    found: Broken

    @property
    def accuracy(self) -> float:
        """0..1."""
        return self.found.right / max(1, self.found.images)


@dataclass(frozen=True, eq=False)
class Curve:
    """One operation's accuracy along its strength.

    Args:
        operation: its kind.
        points: by strength, that of 0 first.
        trained: how far the run drew it in training; 0 where it did not.
    """

    operation: str
    points: tuple[Point, ...]
    trained: float

    @property
    def fell(self) -> Point | None:
        """The first point whose accuracy is lower by `FELL` than that of images as they are; None where none is."""
        unchanged = self.points[0].accuracy
        return next((point for point in self.points if point.accuracy <= unchanged - FELL + 1e-9), None)

    @property
    def fell_at(self) -> float:
        """Where it fell, in times of the strength that a new operation has; infinite where it did not."""
        usual = strength_of(kinds(Augmentation)[self.operation]())
        return self.fell.strength / usual if self.fell and usual else math.inf

    @property
    def loss(self) -> float:
        """How much accuracy is lost on the way, in the mean over its points."""
        return self.points[0].accuracy - sum(point.accuracy for point in self.points) / len(self.points)


@dataclass(eq=False)
class Bench:
    """The bench of one network, from the moment it was asked for.

    Args:
        run, epoch: whose network it is, and after which epoch.
        experiment: of the run.
        state: where it stands; ENDED where somebody wanted it no longer.
        total: questions in all.
        trouble: why it broke off, in a sentence and with a way on.
    """

    run: str
    epoch: int
    experiment: Experiment
    state: State = WAITING
    total: int = 0
    trouble: str = ""
    found: dict[str, list[Point]] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Questions that are answered."""
        return sum(map(len, self.found.values()))

    @property
    def is_live(self) -> bool:
        """Whether it is waited for."""
        return self.state in (WAITING, AT_WORK)

    @property
    def unchanged(self) -> Point | None:
        """The answers for images as they are; None before they are known."""
        return next(iter(self.found.get("", ())), None)

    def curves(self) -> list[Curve]:
        """The operations, that which costs most accuracy first; none before the first answer."""
        if self.unchanged is None:
            return []
        told = [(kind, tuple(points)) for kind, points in list(self.found.items()) if kind]
        curves = [Curve(kind, (self.unchanged, *points), trained(self.experiment, kind)) for kind, points in told]
        return sorted(curves, key=lambda curve: -curve.loss)

    def first_fallen(self) -> list[Curve]:
        """The operations under which the accuracy falls, that which makes it fall at the least first."""
        fallen = [curve for curve in self.curves() if curve.fell]
        return sorted(fallen, key=lambda curve: (curve.fell_at, curve.fell.accuracy))


def strength_of(change: Augmentation) -> float:
    """How strong an operation is, as its main knob counts; 0 for one without."""
    main = change.strength()
    return float(getattr(change, main.name)) if main else 0.0


def trained(experiment: Experiment, kind: str) -> float:
    """How far an experiment draws an operation in training; 0 where it does not."""
    return max((strength_of(change) for change in experiment.applied if change.kind == kind), default=0.0)


def strengths(kind: str) -> tuple[float, ...]:
    """At which strengths above nothing an operation is tried, ascending; none for one that can't be.

    Args:
        kind: of the operation.
    """
    ladder = kinds(Augmentation)[kind].ladder()
    tried = ladder if len(ladder) <= len(PLACES) else tuple(ladder[place] for place in PLACES)
    return tuple(strength for strength in tried if strength)


def tried(experiment: Experiment) -> dict[str, tuple[float, ...]]:
    """The operations that are tried with their strengths, in the order of the catalogue: what mixes pictures leaves no
    one label to ask for, what is there or not has no strength, and grey pictures have no colour to change.

    Args:
        experiment: of the run.

    Raises:
        UserError: its dataset is not there.
    """
    context = experiment.context(experiment.dataset.facts())
    fitting = [
        name for name, kind in kinds(Augmentation).items() if not any(one.blocking for one in kind().problems(context))
    ]
    return {name: found for name in fitting if (found := strengths(name))}


class Benches:
    """The benches of a server. Make one per server, and close it when the server ends.

    Args:
        ask: asks the lens process one question, as `LensClient.ask` does.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._benches: list[Bench] = []
        self._list, self._turn = threading.Lock(), threading.Lock()

    def of(self, run: str, epoch: int) -> Bench | None:
        """The bench of a network; None where there is none."""
        with self._list:
            return next((one for one in reversed(self._benches) if (one.run, one.epoch) == (run, epoch)), None)

    def all(self) -> list[Bench]:
        """Every one that is kept, the latest last."""
        with self._list:
            return list(self._benches)

    def begin(self, run: str, epoch: int, experiment: Experiment) -> Bench:
        """Tries a network as soon as no other is tried; one that is waited for is not begun again."""
        if (known := self.of(run, epoch)) and known.is_live:
            return known
        bench = Bench(run, epoch, experiment)
        with self._list:
            others = [one for one in self._benches if one is not known]
            self._benches = [one for one in others if one.is_live] + [one for one in others if not one.is_live][-KEPT:]
            self._benches.append(bench)
        threading.Thread(target=self._work, args=(bench,), name="bench", daemon=True).start()
        return bench

    def end(self, bench: Bench) -> None:
        """Ends a bench that nobody wants any more; what was found stays."""
        self._become(bench, ENDED)

    def close(self) -> None:
        """Ends them all."""
        for bench in list(self._benches):
            self.end(bench)

    def _work(self, bench: Bench) -> None:
        """A bench, from its turn to its end; whatever it comes to is told by its state."""
        with self._turn:
            if self._become(bench, AT_WORK):
                try:
                    self._try(bench)
                    self._become(bench, FOUND)
                except UserError as error:
                    self._become(bench, FAILED, str(error))
                except Exception:
                    # Nobody waits for ever for what nobody foresaw.
                    logging.getLogger(__name__).exception("a bench went wrong")
                    self._become(bench, FAILED, "The bench broke off because of a fault of ours. Try again.")

    def _try(self, bench: Bench) -> None:
        """Asks about every operation at every strength, until nobody waits any more."""
        each = tried(bench.experiment)
        bench.total = 1 + sum(map(len, each.values()))
        questions = [("", 0.0)]
        for step in range(max(map(len, each.values()), default=0)):
            questions += [(kind, tried_at[step]) for kind, tried_at in each.items() if step < len(tried_at)]
        for kind, strength in questions:
            if not bench.is_live:
                return
            options = {"operation": kind, "strength": strength}
            told = self._ask("break_it", run=bench.run, epoch=bench.epoch, options=options)
            bench.found.setdefault(kind, []).append(Point(strength, told["result"]))
            time.sleep(PAUSE)

    def _become(self, bench: Bench, state: State, trouble: str = "") -> bool:
        """Goes on to a state, unless it was ended meanwhile; says whether it did."""
        with self._list:
            if bench.is_live:
                bench.state, bench.trouble = state, trouble
            return bench.state == state
