"""What the reader looks at on the page Look inside: a network after an epoch, and a picture."""

from dataclasses import dataclass
from typing import Any

from core.lens import Lens, Result
from core.lens.errands import Errand
from core.lens.outline import Outline
from core.runs.run import Run
from pages.components.frame import lens as process
from pages.components.understand.image_source import Chosen


@dataclass(frozen=True)
class Looking:
    """One network, asked by any lens.

    Args:
        run: whose network it is.
        epoch: after which; None for the one that the run ended with.
        outline: of the network.
        chosen: the picture; None while there is none.
        side: where it is drawn when two networks are looked at side by side; 0 for the left, or the only one.
        part: names a second place on that side, where the same may stand once more; empty for the first.
    """

    run: Run
    epoch: int | None
    outline: Outline
    chosen: Chosen | None
    side: int = 0
    part: str = ""

    @classmethod
    def at(cls, run: Run, epoch: int | None, chosen: Chosen | None, side: int = 0) -> "Looking":
        """At a run's network.

        Raises:
            UserError: its dataset is not there.
        """
        return cls(run, epoch, Outline.of(run.experiment), chosen, side)

    def key(self, name: str) -> str:
        """The key of a component or a widget: another one for the network beside, and for a second place."""
        return f"{name}{self.part}{'-beside' if self.side else ''}"

    def ask(self, lens: Lens) -> Result:
        """What a lens finds.

        Raises:
            UserError: the lens' refusal.
        """
        if not lens.needs_network:
            return lens.read(self.run, self.outline)
        return process.ask(lens.question, **self.asked(lens))["result"]

    def begin(self, lens: Lens) -> Errand:
        """The same where it may take longer than a moment."""
        return process.begin(lens.question, **self.asked(lens))

    def asked(self, lens: Lens) -> dict[str, Any]:
        """The question as the lens process takes it."""
        epoch = self.epoch or self.run.chosen_epoch
        fields: dict[str, Any] = {"run": self.run.id, "epoch": epoch, "options": lens.options_set()}
        if lens.needs_images and self.chosen is not None:
            fields |= self.chosen.fields()
        if lens.through_time or lens.by_newest:
            fields["kept"] = self.run.checkpoints()  # with another epoch the answer is another one
        return fields
