"""Fine-tuning: layers of a base that were frozen learn on, slowly."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

from core.layers.pretrained import TRAINING_ADVICE, Base, LayerName
from core.phases import Phase
from core.problems import Facts, Problem
from core.spec import option

if TYPE_CHECKING:
    from core.experiment.network import Trace


class FineTuning(Phase):
    """Lets the last layers of the base learn on, at a smaller rate, once the new layers behind it have learnt.

    Source: Yosinski, Clune, Bengio and Lipson 2014, "How transferable are features in deep neural networks?".
    """

    rank: ClassVar[int] = 10
    blurb: ClassVar[str] = "fine-tuning"

    trainable_from: LayerName = option(
        "",
        "The first layer of the base that learns; empty for all of them.",
        advice="The fewer pictures you have, the later: first layers see edges, which are alike in all pictures.",
        scale="path",
    )
    base_divisor: float = option(
        1.0,
        "By what the rate of the base's layers is divided once more, so that they move less than the new ones.",
        advice="If what the base knew is lost, 3 or 10; 1 for one rate for all.",
        low=1.0,
        high=1e4,
        scale="log",
        choices=(1.0, 2.0, 3.0, 5.0, 10.0, 100.0),
    )
    training: bool = option(
        False,
        "Whether batch normalization in the layers that learn follows each batch.",
        advice=TRAINING_ADVICE,
    )

    @classmethod
    def title(cls) -> str:
        return "Fine-tuning"

    def choices(self, nodes: Sequence[Any], facts: Facts) -> dict[str, dict[str, str]]:
        bases = (node.layer for node in nodes if isinstance(node.layer, Base))
        offered = next((base.choices(facts.shape).get("trainable_from", {}) for base in bases), {})
        return {"trainable_from": {name: words for name, words in offered.items() if name}} if offered else {}

    def fitted(self, nodes: Sequence[Any], facts: Facts) -> Self:
        offered = self.choices(nodes, facts).get("trainable_from", {})
        base = next((node.layer for node in nodes if isinstance(node.layer, Base)), None)
        return self.edited(trainable_from=base.usual_border) if offered and self.trainable_from not in offered else self

    def nodes(self, nodes: Sequence[Any]) -> Sequence[Any]:
        return [self._tuned(node) if isinstance(node.layer, Base) else node for node in nodes]

    def _tuned(self, node: Any) -> Any:
        first = self.trainable_from or node.layer.first_layer
        return node.edited(layer=node.layer.edited(trainable_from=first, training=self.training))

    def slower(self, traced: "Trace") -> dict[str, float]:
        return {row.name: self.base_divisor for row in traced.rows if row.base} if self.base_divisor != 1 else {}

    def trouble(self, nodes: Sequence[Any], classes: int) -> list[Problem]:
        if any(isinstance(node.layer, Base) for node in nodes):
            return []
        return [
            Problem("training", "Fine-tuning lets layers of a base learn on; this network has no base.",
                    "Put a pretrained base first on the Network page, or remove the fine-tuning.")
        ]  # fmt: skip

    def words(self) -> str:
        where = f"from {self.trainable_from} on" if self.trainable_from else "all layers"
        return f"{where}, rate / {self.rate_divisor:g}"
