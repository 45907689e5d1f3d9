"""How a question and its answer cross the pipe of the lens process: a line of JSON, then as many bytes as it announces.

Arrays go as npz and lie anywhere in an answer; in the JSON a number stands in their place. Nothing is pickled.
"""

import io
import json
from typing import Any, BinaryIO

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


def send(out: BinaryIO, header: dict[str, Any], data: bytes = b"") -> None:
    """Writes one frame."""
    out.write(json.dumps(header | {"bytes": len(data)}).encode() + b"\n" + data)
    out.flush()


def receive(source: BinaryIO) -> tuple[dict[str, Any], bytes] | None:
    """Reads one frame; None when the pipe ends before it does."""
    line = source.readline()
    if not line.endswith(b"\n"):
        return None
    header = json.loads(line)
    data = source.read(header.get("bytes", 0))
    return (header, data) if len(data) == header.get("bytes", 0) else None
