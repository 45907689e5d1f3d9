"""How an answer crosses the pipe of the lens process: its arrays go as npz and lie anywhere in it.

In the JSON a number stands in their place. Nothing is pickled.
"""

import io
from typing import Any

import numpy as np

ARRAY = "$array"
"""The one key of what stands for an array in the JSON."""


def pack(answer: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """An answer as (JSON values, npz of its arrays)."""
    arrays: list[np.ndarray] = []

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return {ARRAY: len(arrays) - 1}
        if isinstance(value, dict):
            return {name: plain(one) for name, one in value.items()}
        return [plain(one) for one in value] if isinstance(value, list | tuple) else value

    told = plain(answer)
    buffer = io.BytesIO()
    np.savez(buffer, **{str(i): array for i, array in enumerate(arrays)})
    return {"answer": told}, buffer.getvalue()


def unpack(header: dict[str, Any], data: bytes) -> dict[str, Any]:
    """What `pack` packed; tuples have become lists."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:

        def whole(value: Any) -> Any:
            if isinstance(value, dict) and ARRAY in value:
                return arrays[str(value[ARRAY])]
            if isinstance(value, dict):
                return {name: whole(one) for name, one in value.items()}
            return list(map(whole, value)) if isinstance(value, list) else value

        return whole(header["answer"])
