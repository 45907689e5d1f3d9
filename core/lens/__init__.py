"""The catalogue of lenses: ways of looking at a trained network. Each is one class that asks it one question.

They run in the lens process, which holds Keras; pages reach them through `core.lens.client`, draw a form from their
options and the result by its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np

from core.figures.film import Shot
from core.lens.network import Network
from core.lens.outline import Outline
from core.runs.run import Run
from core.spec import Spec, kinds

Answer = dict[str, Any]
"""Arrays and JSON values by name; arrays may lie at any depth."""
Place = Literal["overview", "choice", "set", "break", "elsewhere"]


@dataclass(frozen=True, eq=False)
class Result:
    """What a lens found: arrays and words that go over the pipe as they are."""

    def to_answer(self) -> Answer:
        """Its kind and its fields."""
        return {"kind": type(self).__name__, **{one.name: getattr(self, one.name) for one in fields(self)}}

    def shots(self) -> dict[str, Shot]:
        """Its pictures by their names, as frames of a film; none for what is no picture."""
        return {}


def read_result(answer: Answer) -> Result:
    """What `Result.to_answer` wrote.

    Raises:
        KeyError, TypeError, ValueError: no such kind, or fields that don't fit it.
    """
    told = {name: _tupled(value) for name, value in answer.items() if name != "kind"}
    return kinds(Result)[answer["kind"]](**told)


def _tupled(value: Any) -> Any:
    """Lists at any depth as tuples: JSON knows lists only."""
    return tuple(map(_tupled, value)) if isinstance(value, list) else value


@dataclass(frozen=True)
class Compatibility:
    """Whether a lens fits a network: true, or false with the reason in one sentence."""

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


class Lens(Spec):
    """One way of looking at a trained network; its fields, declared with `option`, are what the reader may set."""

    question: ClassVar[str] = ""
    """What the pages ask for it by."""

    needs_images: ClassVar[bool] = True
    """Whether it looks at pictures, or at the network alone."""

    needs_network: ClassVar[bool] = True
    """Whether it asks the network; one that does not finds what it tells in the run's files (`read`), so at once."""

    many: ClassVar[bool] = False
    """Whether it takes any number of pictures, none included: those that can't be read are told beside the others."""

    through_time: ClassVar[bool] = False
    """Whether it looks at every kept epoch of the run, not at one alone."""

    by_newest: ClassVar[bool] = False
    """Whether what it tells of one epoch depends on the newest one too."""

    place: ClassVar[Place] = "choice"
    """Where it is drawn: in the overview of the page Look inside, there when it is chosen, on the page Mistakes as a
    view of many images at once, on the page Break it as a way to break one image, or on a page of its own."""

    @classmethod
    def is_compatible(cls, outline: Outline) -> Compatibility:
        """Whether it can look at this network; asked by the server, so without Keras."""
        return Compatibility()

    @classmethod
    def choices(cls, outline: Outline) -> Mapping[str, Mapping[str, str] | tuple[str, ...]]:
        """Values of its text fields that depend on the network, such as the names of its layers, each in words where
        those are others; a field begins with the last that is a layer of a base, or with the first."""
        return {}

    def is_long(self, outline: Outline) -> bool:
        """Whether it may take longer than a moment: then it is asked in a process of its own, so that others are
        answered meanwhile; it tells how far it is (`core.lens.progress`) and can be cancelled."""
        return False

    def look(self, network: Network, images: np.ndarray) -> Result:
        """Asks the network.

        Args:
            network: trained, with its weights.
            images: uint8 (N, height, width, channels), 0..255, as the network takes them; N = 0 without pictures.
        """
        raise NotImplementedError

    def read(self, run: Run, outline: Outline) -> Result:
        """What the files of a run tell, without Keras; of a lens that does not need the network.

        Args:
            run: which.
            outline: of its network.
        """
        raise NotImplementedError

    def options_set(self) -> dict[str, Any]:
        """Its fields by name, as a question carries them."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def fitted(self, outline: Outline) -> Self:
        """The same with every field that depends on the network at a value that this one has."""
        offered = {name: values for name, values in self.choices(outline).items() if values}
        wrong = {
            name: outline.telling(tuple(them)) for name, them in offered.items() if getattr(self, name) not in them
        }
        return self.edited(**wrong) if wrong else self


def lenses(place: Place, outline: Outline) -> dict[str, type[Lens]]:
    """The lenses of one place that fit a network, by their questions, in reading order."""
    found = (kind for kind in kinds(Lens).values() if kind.place == place and kind.is_compatible(outline))
    return {kind.question: kind for kind in found}
