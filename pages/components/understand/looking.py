"""What the reader looks at on the page Look inside: a network after an epoch, and a picture."""

from dataclasses import dataclass
from typing import Any

from core.lens import Lens, Result
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
    """

    run: Run
    epoch: int | None
    outline: Outline
    chosen: Chosen | None

    @classmethod
    def at(cls, run: Run, epoch: int | None, chosen: Chosen | None) -> "Looking":
        """At a run's network.

        Raises:
            UserError: its dataset is not there.
        """
        return cls(run, epoch, Outline.of(run.experiment), chosen)

    def ask(self, lens: Lens) -> Result:
        """What a lens finds.

        Raises:
            UserError: the lens' refusal.
        """
        fields: dict[str, Any] = {"run": self.run.id, "epoch": self.epoch, "options": lens.options_set()}
        if lens.needs_images and self.chosen is not None:
            fields |= self.chosen.fields()
        if lens.through_time:
            fields["kept"] = self.run.checkpoints()  # with another epoch the answer is another one
        return process.ask(lens.question, **fields)["result"]
