"""What layers are called where nobody calls them anything."""

import re
from collections import Counter
from collections.abc import Iterable


class Names:
    """Names in Keras' way, counted from 1 for each kind: Conv2D, Conv2D -> conv2d_1, conv2d_2."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def next(self, kind: str) -> str:
        """The name of the next layer of a kind."""
        # MaxPooling2D -> max_pooling2d: a capital after a small letter starts a word.
        base = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", kind).lower()
        self._seen[base] += 1
        return f"{base}_{self._seen[base]}"


def keras_names(kinds: Iterable[str]) -> list[str]:
    """The names of layers of these kinds, in Keras' way."""
    return list(map(Names().next, kinds))
