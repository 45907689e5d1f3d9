"""Which numbers the layers of a network compute with, as their policies say."""

from collections.abc import Sequence
from typing import Any

from core.intake.models import shown
from core.intake.models.graph import Call

FULL, MIXED = "float32", ("mixed_bfloat16", "mixed_float16")


def precision(calls: Sequence[Call], output: str) -> tuple[str, list[str]]:
    """The policy of a whole network, and sentences about what of its layers' can't be said here.

    Args:
        calls: of the network.
        output: the name of the layer that gives the answer, which may stay in float32.
    """
    told = {call.name: _policy(call.config.get("dtype")) for call in calls}
    lacks = [f"{call.kind} “{call.name}”: dtype={told[call.name]} can't be taken over"
             for call in calls if told[call.name] not in (FULL, *MIXED)]  # fmt: skip
    inner = {policy for name, policy in told.items() if name != output} & {FULL, *MIXED}
    chosen = next(iter(inner), FULL)
    if len(inner) < 2:
        return chosen, lacks
    mixed = [name for name, policy in told.items() if policy in MIXED]
    few = f"{', '.join(mixed[:3])}{' and others' if len(mixed) > 3 else ''}"
    return FULL, [*lacks, f"{few}: mixed precision can't be taken over, as not all layers have the same"]


def _policy(value: Any) -> str:
    """The name of a policy; of one that is an object of another kind its class."""
    if isinstance(value, dict):
        config = value.get("config")
        name = config.get("name") if isinstance(config, dict) and value.get("class_name") in POLICIES else None
        return shown(name or value.get("class_name"))
    return FULL if value is None else shown(value)


POLICIES = ("DTypePolicy", "Policy")
"""What Keras calls a policy now, and what it did."""
