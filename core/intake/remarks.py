"""Sentences about the folders of an upload that make an accuracy say less than it seems to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.words import listed, number


def leak(found: int, checked: int, split: str) -> str:
    """Says how many images are learnt from and checked on at once; empty where none is.

    Args:
        found: how many of the checked ones are also trained on.
        checked: images in the other part.
        split: its name, "validation" or "test".
    """
    if not found:
        return ""
    if found == checked == 1:
        return f"The only {split} picture is also trained on."
    count = f"All {number(checked)}" if found == checked else f"{number(found)} of {number(checked)}"
    return f"{count} {split} pictures {'is' if found == 1 else 'are'} also trained on."


def lacking(names: Sequence[str], split: str) -> str:
    """Names the classes of which a part has no image; empty where none is missing."""
    return f"{split.capitalize()} has no picture of {listed(names, last='or')}." if names else ""


def of_splits(images: Iterable[tuple[str, str, str]], class_names: Sequence[str]) -> list[str]:
    """All that is to be said about the folders that an upload came with.

    Args:
        images: split, class and digest of each.
        class_names: of the dataset, in their order.
    """
    classes: defaultdict[str, set[str]] = defaultdict(set)
    digests: defaultdict[str, list[str]] = defaultdict(list)
    for split, name, digest in images:
        classes[split].add(name)
        digests[split].append(digest)
    trained, notes = set(digests["train"]), []
    for split in ("validation", "test"):
        if found := digests[split]:
            notes.append(lacking([name for name in class_names if name not in classes[split]], split))
            notes.append(leak(sum(digest in trained for digest in found), len(found), split))
    return [note for note in notes if note]
