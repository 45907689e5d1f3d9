"""What layers are called where nobody calls them anything."""

import re
from collections import Counter
from collections.abc import Iterable


class Names:
    """Names in Keras' way, counted from 1 for each kind: Conv2D, Conv2D -> conv2d_1, conv2d_2."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._own: set[str] = set()

    def next(self, kind: str) -> str:
        """The name of the next layer of a kind, which no other has."""
        # MaxPooling2D -> max_pooling2d: a capital after a small letter starts a word.
        base = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", kind).lower()
        self._seen[base] += 1
        name = f"{base}_{self._seen[base]}"
        return name if name not in self._own else self.next(kind)

    def own(self, name: str) -> str:
        """The name of a layer that has one of its own; with a number where another layer has it already."""
        base, _, count = name.rpartition("_")
        is_taken = name in self._own or (count.isdecimal() and 0 < int(count) <= self._seen[base])
        self._own.add(name)
        return self.own(f"{name}_again") if is_taken else name


def keras_names(kinds: Iterable[str]) -> list[str]:
    """The names of layers of these kinds, in Keras' way."""
    return list(map(Names().next, kinds))
