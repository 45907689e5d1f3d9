"""Weights that lie in the repository: plain arrays by `layer/variable`, read only when they are the file we made."""

import hashlib
import io
from pathlib import Path

import numpy as np


def arrays(path: Path, sha256: str) -> dict[str, np.ndarray]:
    """All arrays of a file, float32, by `layer/variable`.

    Args:
        path: of the file, NumPy's `npz`.
        sha256: of its bytes, hexadecimal.

    Raises:
        ValueError: it is another file.
    """
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ValueError(f"{path.name} has another SHA-256 than {sha256}")
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {name: file[name].astype(np.float32) for name in file.files}
