"""The training loop, ours from end to end: chunks of steps inside one compiled function, live numbers between chunks.

It equals `keras.Model.fit` where that is right (dropout, batch-norm updates, regularization losses, class weights, the
last partial batch, means weighted by images) and spares Python between the steps. Between two chunks it hears what the
user asks. It goes on from the last checkpoint when there is one: on a CPU, bit for bit as if it had never stopped.
"""

import math
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core import datasets
from core.build.model import build_augmentation, build_model, hold
from core.build.weights import frozen, named, put
from core.experiment import Experiment
from core.experiment.frozen import kept_part
from core.experiment.stages import Stage, at, stages, styles, written_in
from core.experiment.tested import all_tested
from core.optimization.stopping import Verdict, judge, time_limit
from core.runs import room, states
from core.runs.checkpoints import Checkpoint
from core.runs.collection import Runs
from core.runs.epoch_predictions import Images
from core.runs.recorder import CheckpointData, Recorder, finite
from core.runs.work import spread_of
from core.training import features, first, threads
from core.training.behind import Behind
from core.training.control import Control
from core.training.feed import Feed, StyledFeed
from core.training.glimpses import Glimpses, tile_positions
from core.training.plan import Planned, evaluation_batch
from core.training.progress import POINTS_PER_CHUNK, Progress, Score, batch_sizes, points
from core.training.resources import Resources
from core.training.steps import Steps
from core.training.telling import Telling
from core.workspace import using

CHUNK_SECONDS = 0.1
"""A chunk ends this often: curves move ten times a second and Stop is heard as fast."""
STATUS_SECONDS = 0.5
"""Between two writings of the status, which waits for the disk."""

LIGHT = 2**21
"""Weights that may be held a second time while they are written; a heavier network trains on when they are written."""

if TYPE_CHECKING:
    import keras

Watcher = Callable[[dict[str, object]], None]


class Ended(Exception):
    """Training is over.

    Args:
        state: the run's last state.
        reason: why it is over before its last epoch, in words; empty when the user knows.
    """

    def __init__(self, state: str, reason: str = "") -> None:
        super().__init__(state)
        self.state, self.reason = state, reason


class Trainer(Telling):
    """One run of an experiment, from fresh weights or its last checkpoint to its last epoch.

    Args:
        experiment: without blocking problems.
        record: the run's pen, its lock held.
        watch: told every change of status as a dict; a progress bar, for one.
    """

    def __init__(self, experiment: Experiment, record: Recorder, watch: Watcher = lambda status: None) -> None:
        self.experiment, self.watch = experiment, watch
        self._record, self._behind = record, Behind()
        self.settings = experiment.training
        self.progress = Progress()
        self.history: list[dict] = []
        self.control, self.resources = Control(record), Resources()
        self.is_light = False
        self.saved, self.last_status = (0, 0), 0.0
        self.compiled: set[float] = set()

    @property
    def record(self) -> Recorder:
        """The run's pen, once what it writes behind the training is written.

        Raises:
            UserError: that could not be written.
        """
        self._behind.wait()
        return self._record

    def run(self) -> str:
        """Trains; returns the state it ended in.

        Raises:
            UserError: the data cannot be had, or the disk is full.
        """
        with using(self.record.run.workspace), self._behind:
            return self._run()

    def _run(self) -> str:
        """`run`, with the workspace of the run at hand."""
        point = self.record.resume_point()  # before the status tells of a new attempt: readers begin anew then
        self.tell(state=states.STARTING, epochs=self.settings.all_epochs, error="", reason="", heard=0)
        self._prepare()
        self._begin(point)
        self.tell(state=states.RUNNING)
        try:
            self._obey(self._verdict())  # going on: a rule may have ended it just before it was cut off
            while self.progress.epoch < self.settings.all_epochs:
                self._enter(at(self.stages, self.progress.epoch))
                self._epoch()
            end = Ended(states.FINISHED)
        except Ended as ended:
            end = ended
        return self._finish(end)

    def _finish(self, end: Ended) -> str:
        """Tells the last state, and the epoch whose weights a rule brings back; the test set stays kept apart."""
        restored = self._verdict().restore_epoch if end.state == states.FINISHED else 0
        where = self.where() | {"seconds_left": 0.0}
        self.tell(state=end.state, reason=end.reason, restored_epoch=restored, **where)
        return end.state

    # ---- before the first step

    def _prepare(self) -> None:
        """Data, network, optimizer and compiled functions."""
        experiment = self.experiment
        self.facts = facts = experiment.dataset.facts()
        self.stages, self.stage = stages(experiment), None
        spread = min(spread_of(one.experiment, one.trace(facts)) for one in self.stages)
        self.parts = spread.parts
        threads.suit(spread, any(kept_part(experiment, one.trace(facts)) for one in self.stages))
        self.data = datasets.load(experiment.dataset, self.settings.validation_split, experiment.seed)
        room.make_room(Runs(self.record.run.workspace))
        self.model = build_model(experiment, facts, self.settings.precision)
        self.augmentation = build_augmentation(experiment)
        self.still = {variable.path for variable in frozen(self.model)}
        self.evaluation_batch = evaluation_batch(experiment.trace(facts), facts)
        self.tiles = tile_positions(self.data)
        self.plan = [Planned.of(stage, self.data) for stage in self.stages]
        self.styles = styles(experiment)
        self.labels = np.tile(self.data.labels, len(self.styles))
        validation, names = self.data.validation, facts.class_names
        self.validated = Images(validation, self.data.labels[validation], len(names))
        self.tested = all_tested(experiment, len(facts.class_names))
        self.rates = np.concatenate([one.rates for one in self.plan])
        self.tell(parameters=self.model.count_params(), learning_rate=float(self.rates[0]))

    def _enter(self, stage: Stage) -> None:
        """Begins a stage, unless it is at work: what learns, from which images, and with an optimizer of its own."""
        if stage is self.stage:
            return
        begins = self.stage is not None
        self.stage, planned = stage, self.plan[stage.place]
        for one in self.stages[: stage.place + 1]:  # what an earlier one changed is in every checkpoint
            hold(self.model, one.trace(self.facts))
            self.still &= {variable.path for variable in frozen(self.model)}
        self.is_light = sum(math.prod(one.shape) for one in self._kept()) <= LIGHT
        self.train, self.steps_per_epoch = planned.train, planned.steps_per_epoch
        self.steps, self.compiled = self._compile(), set()
        self.images, self.has_taken = StyledFeed(self.data.images, self.styles), False
        self.glimpses = Glimpses(self.experiment.trace(self.facts).rows, self.model)
        if begins:
            done = self.progress
            done.factor, done.trained_images, done.trained_seconds = 1.0, 0, 0.0
            told = {"steps_per_epoch": planned.steps_per_epoch, "images": len(planned.train)}
            self.record.append("phase", step=done.step, epoch=done.epoch, what=stage.phase.blurb, **told)
            self.tell(learning_rate=self.rate)

    def _compile(self) -> Steps:
        """The network's two functions, for what learns now."""
        return first.steps_of(self.stage, self.labels, self.model, self.train, self.augmentation, self.parts)

    def _begin(self, point: Checkpoint | None) -> None:
        """Goes on from a checkpoint, or says that it starts."""
        self._enter(self.stages[0] if point is None else written_in(self.stages, point.epoch, point.batch))
        if point is None:
            first.give_weights(self.experiment, self.model, self.record.run.workspace)
            self.record.append(
                "started",
                steps_per_epoch=self.steps_per_epoch,
                train_images=len(self.train),
                validation_images=len(self.data.validation),
                tiles=[int(position) for position in self.tiles],
                **self.glimpses.kernels(),
            )
            return
        put(self.model, point.weights())
        self.steps.restore(point.state())
        self.progress = Progress(**point.progress)
        self.saved = (point.epoch, point.batch)
        metrics = self.record.run.metrics()
        self.history = metrics.epochs
        if set(metrics.tiles) <= set(self.data.validation.tolist()):  # who goes on answers for the same pictures
            self.tiles = np.array(metrics.tiles, np.int64)
        self.tell(**self.where(), **self._latest())

    def _take_features(self) -> None:
        """Learns from features where a part of the network never changes; asked anew when something else learns."""
        self.has_taken = True
        if len(self.styles) > 1:
            return  # features are of images as they are
        self.images = features.take(self, self.stage.trace(self.facts)) or self.images

    # ---- epochs and chunks

    def _epoch(self) -> None:
        """One pass over the training images, or what is left of it, then one over the validation images."""
        if not self.has_taken:
            self._take_features()
        began, before = time.monotonic(), self.progress.seconds
        seed = [self.experiment.seed, self.progress.epoch + 1]
        order = np.random.default_rng(seed).permutation(self.train)
        images = self.images.of_epoch(self.progress.epoch)
        with Feed(images, self.labels, order, self.settings.batch_size, self.progress.batch) as feed:
            while not feed.is_done:
                limit = self.control.hold(self)
                self._chunk(*feed.take(min(limit, self._steps_per_chunk())))
        validated, answers = self.evaluate(self.data.validation)
        self.progress.seconds = before + time.monotonic() - began - self.control.take_waited()
        self._end_epoch(validated, answers, self._by_task(answers))

    def _steps_per_chunk(self) -> int:
        """From the pace so far; the first chunk is a single step, so that the first point comes at once."""
        done = self.progress
        if done.trained_seconds == 0:
            return 1
        per_step = done.trained_seconds / done.trained_images * self.settings.batch_size
        return max(1, int(CHUNK_SECONDS / per_step))

    def _chunk(self, images: np.ndarray, labels: np.ndarray) -> None:
        """Trains on one chunk and tells what came of it."""
        began, done = time.monotonic(), self.progress
        sizes = batch_sizes(len(images), self.settings.batch_size)
        rates = (self.rates[done.step : done.step + len(sizes)] * done.factor).astype(np.float32)
        outcome = self.steps.train_chunk(images, labels, self.settings.batch_size, rates)
        losses, rights = (values.numpy() for values in outcome)
        spent = time.monotonic() - began
        if self.compiled.issuperset(sizes):  # a size's first call compiles, which says nothing about the pace
            done.trained_seconds += spent
            done.trained_images += len(images)
        self.compiled.update(sizes)
        done.seconds += spent
        self._tell_chunk(losses, rights, sizes)
        done.score.add(len(images), (losses * sizes).tolist(), int(rights.sum()))
        self._pause_for_breath()

    def _tell_chunk(self, losses: np.ndarray, rights: np.ndarray, sizes: np.ndarray) -> None:
        """Records the steps of a chunk, the last of them the first that is no number.

        Raises:
            Ended: there is one.
        """
        done = self.progress
        bad = np.flatnonzero(~np.isfinite(losses))
        kept = int(bad[0]) + 1 if len(bad) else len(losses)
        most = next(most for records, most in POINTS_PER_CHUNK if self.record.sequence < records)
        self.record.append("batches", **points(done.step, losses[:kept], rights[:kept], sizes[:kept], most))
        done.step, done.batch = done.step + kept, done.batch + kept
        if len(bad):
            word = "NaN" if np.isnan(losses[kept - 1]) else "infinite"
            raise Ended(states.DIVERGED, f"the loss became {word} at epoch {done.epoch + 1}, batch {done.batch}")

    def _pause_for_breath(self) -> None:
        """Between two chunks: is the time used up, and is it time to tell where we are?"""
        limit = time_limit(self.settings.rules)
        if limit is not None and self.progress.seconds >= limit and self.progress.batch < self.steps_per_epoch:
            self.save()
            raise Ended(states.FINISHED, f"used up its time of {limit / 60:g} min in epoch {self.progress.epoch + 1}")
        if time.monotonic() - self.last_status > STATUS_SECONDS:
            self.tell(**self.where())
        if self.progress.batch < self.steps_per_epoch:  # at its end the whole epoch is told
            self.glimpses.look(self)

    # ---- the end of an epoch

    def _end_epoch(self, validated: Score, answers: np.ndarray, tasks: dict[str, object]) -> None:
        """Records the epoch, keeps its weights, and asks the rules."""
        done = self.progress
        record = finite({
            "epoch": done.epoch + 1,
            "step": done.step,
            "seconds": done.seconds - sum(epoch["seconds"] for epoch in self.history),
            "learning_rate": self.rate,
            "loss": done.score.loss,
            "accuracy": done.score.accuracy,
            "val_loss": validated.loss,
            "val_accuracy": validated.accuracy,
        }) | tasks  # fmt: skip
        self.history.append(record)
        verdict = self._verdict()
        done.epoch, done.batch, done.score = done.epoch + 1, 0, Score()
        if verdict.rate_factor != 1:
            changed = {"step": done.step, "value": self.rate * verdict.rate_factor, "why": "plateau"}
            done.factor *= verdict.rate_factor
        else:
            changed = None
        status = self.where() | self._latest()
        write = partial(self._write_epoch, record, answers, changed, self._checkpoint(), status)
        self._behind.begin(write) if self.is_light else write()
        self.last_status = time.monotonic()
        self.watch(self._record.known | status)
        self._obey(verdict)

    def _write_epoch(
        self,
        told: dict[str, object],
        answers: np.ndarray,
        changed: dict[str, object] | None,
        commit: Callable[[], None],
        status: dict[str, object],
    ) -> None:
        """An epoch's record, its checkpoint, then the status: a crash at any instant leaves what can be gone on from.

        Args:
            told: of the epoch.
            answers: to the validation images.
            changed: how a rule changed the learning rate, if one did.
            commit: the checkpoint.
            status: what is told in the end.
        """
        self._record.append("epoch", **told, **self._told(answers), **self._classes(answers))
        self._record.predictions(told["epoch"], self.validated, answers)
        if changed:
            self._record.append("rate", **changed)
        commit()
        self._record.status(**status)

    def _verdict(self) -> Verdict:
        """What the rules say of the epochs so far."""
        epochs = self.history[self.stage.first :]  # of its own stage: what comes after a border begins anew
        return judge(self.settings.rules, epochs, self.rate) if epochs else Verdict()

    def _obey(self, verdict: Verdict) -> None:
        if verdict.stop:
            raise Ended(states.FINISHED, verdict.reason)

    def save(self) -> None:
        """Commits a checkpoint of this very moment, unless there is one."""
        if self.saved != (self.progress.epoch, self.progress.batch):
            self._behind.wait()
            self._checkpoint()()

    def _checkpoint(self) -> Callable[[], None]:
        """What commits a checkpoint of this very moment; of a light network also when training has gone on."""
        done = self.progress
        still = [variable for variable in self.model.weights if variable.path in self.still]
        weights, state = named(self._kept()), self.steps.state()
        if self.is_light:
            weights, state = list(weights), list(state)
        others = named(still) if still else None
        moment = CheckpointData(done.epoch, done.batch, done.step, weights, state, asdict(done), others)
        self.saved = (done.epoch, done.batch)
        keep = {self.best[1], self._verdict().restore_epoch}
        return partial(self._record.checkpoint, moment, keep=keep, epochs=self.settings.all_epochs)

    def _kept(self) -> "list[keras.Variable]":
        """What every checkpoint holds: all but the variables that no stage so far has changed."""
        return [variable for variable in self.model.weights if variable.path not in self.still]

    def stop(self) -> None:
        """Ends here because the user wants it, the network kept as it is.

        Raises:
            Ended: always.
        """
        if self.progress.step:
            self.save()
        raise Ended(states.STOPPED)

    @property
    def best(self) -> tuple[float, int]:
        """The highest validation accuracy and its epoch, the earliest of equals; (-1, 0) before the first."""
        return max(((epoch["val_accuracy"], epoch["epoch"]) for epoch in self.history),
                   key=lambda pair: (pair[0], -pair[1]), default=(-1.0, 0))  # fmt: skip

    # ---- the learning rate

    @property
    def rate(self) -> float:
        """The learning rate of the next step; at a border still that of the stage before it."""
        ends = sum(len(one.rates) for one in self.plan[: self.stage.place + 1])
        return float(self.rates[min(self.progress.step, ends - 1)]) * self.progress.factor

    def change_rate(self, value: float, why: str) -> None:
        """Goes on with another rate, the schedule bent in proportion, and marks it on the curve."""
        self.progress.factor *= value / self.rate
        self.record.append("rate", step=self.progress.step, value=value, why=why)
        self.tell(learning_rate=value)

    def evaluate(self, positions: np.ndarray) -> tuple[Score, np.ndarray]:
        """Loss and accuracy on images at these positions, and the answers float32 (N, classes) or (N, 1)."""
        score, answers = Score(), []
        for start in range(0, len(positions), self.evaluation_batch):
            part = positions[start : start + self.evaluation_batch]
            loss, right, answer = self.steps.evaluate_batch(self.images.at(part), self.labels[part])
            score.add(len(part), [float(loss) * len(part)], int(right))
            answers.append(answer.numpy())
            self.control.heed_stop(self)
        return score, np.concatenate(answers)
