"""The catalogue of advice: what a person who has built many networks would say while you build one. Each is one class.

Advice never stands in the way. It says what it sees in a sentence, has the cause and its source at hand, and mends it
by one edit; whoever declines it is not told again.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

from core.datasets import Facts
from core.experiment import Experiment
from core.experiment.network import Row, Trace
from core.experiment.node import HEAD
from core.spec import kinds


@dataclass(frozen=True)
class Fix:
    """One way to follow an advice.

    Args:
        label: what stands on its button.
        make: gives the experiment as it is then.
    """

    label: str
    make: Callable[[], Experiment]


@dataclass(frozen=True)
class Advice:
    """What is said about one row of a network.

    Args:
        rule: whose advice it is.
        row: id of the row that it stands beside.
        sentence: what is seen there, with its numbers.
        why: the cause, in a sentence or two.
        source: where that was shown; empty for arithmetic that anybody can check.
        fixes: ways to follow it.
        whole: whether it is about the whole network, and declined for all of it.
    """

    rule: str
    row: str
    sentence: str
    why: str
    source: str = ""
    fixes: tuple[Fix, ...] = ()
    whole: bool = False

    @property
    def key(self) -> str:
        """Names it among all that can be said of an experiment: what is declined is remembered by this."""
        return f"{self.rule}:{HEAD if self.whole else self.row}"

    def with_fixes(self, *fixes: Fix) -> "Advice":
        """The same with ways to follow it."""
        return replace(self, fixes=fixes)


class Situation:
    """A network whose layers all fit, as rules look at it.

    Args:
        experiment: in work.
        facts: of its dataset.
        traced: of its layers.
    """

    def __init__(self, experiment: Experiment, facts: Facts, traced: Trace) -> None:
        self.experiment, self.facts, self.traced = experiment, facts, traced
        self.rows = {row.id: row for row in traced.rows}

    @cached_property
    def own_rows(self) -> list[Row]:
        """The rows of the learner's own layers: neither the head nor what stands within a block, which is as it is."""
        return [row for row in self.traced.rows if row.index is not None and not row.block]

    @cached_property
    def _readers(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        for row in self.traced.rows:
            for one in row.inputs:
                found.setdefault(one, []).append(row)
        return found

    def reader(self, row: Row) -> Row | None:
        """The one layer that reads a row and nothing else; None at a branch, a join, or the end."""
        found = self._readers.get(row.id, [])
        return found[0] if len(found) == 1 and len(found[0].inputs) == 1 else None

    def behind(self, row: Row) -> Iterator[Row]:
        """The rows that follow one, one by one, as far as the path neither parts nor joins."""
        while (following := self.reader(row)) is not None:
            yield following
            row = following

    def ends(self, row: Row) -> bool:
        """Whether the path behind a row leads to the answer without parting or joining."""
        return any(one.index is None for one in self.behind(row))

    def before(self, row: Row) -> Row | None:
        """What a row reads, where that is one layer that nothing else reads."""
        source = self.rows.get(row.inputs[0]) if len(row.inputs) == 1 else None
        return source if source is not None and self.reader(source) is row else None


class AdviceRule:
    """One thing to look for."""

    name: ClassVar[str] = ""
    """By which declined advice is remembered: small letters, digits and _."""

    rank: ClassVar[int] = 100
    """Of several about one row the one of the lowest is told first."""

    @classmethod
    def about(cls, situation: Situation) -> Iterator[Advice]:
        """What it has to say, in the order of the rows.

        Args:
            situation: of the network.
        """
        raise NotImplementedError


def advice_on(experiment: Experiment, facts: Facts, traced: Trace | None = None) -> list[Advice]:
    """All advice that was not declined; none while a layer can't be.

    Args:
        experiment: in work.
        facts: of its dataset.
        traced: of its layers, where that is known already.
    """
    traced = traced or experiment.trace(facts)
    if traced.broken:
        return []
    situation = Situation(experiment, facts, traced)
    found = (advice for rule in kinds(AdviceRule).values() for advice in rule.about(situation))
    return [advice for advice in found if advice.key not in experiment.declined]


def called(row: Row) -> str:
    """A row as advice names it: "Conv2D #2"; the head by what it is."""
    return "the last layer" if row.index is None else row.called
