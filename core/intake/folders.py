"""Files that arrive one by one, from a folder in the browser or inside another archive, under the budgets of a ZIP."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from core.errors import UserError
from core.intake.archives import HEAD, MAX_DIRECTORY, MAX_TOTAL, Member, check_names, judged, too_many
from core.intake.images import MAX_BYTES
from core.intake.left_out import LOST, Skipped, chosen_folder, junk_of
from core.intake.questions import Offer


class Upload(Protocol):
    """What a ZIP and a folder from the browser have in common; iterating gives each picture in order of name."""

    names: list[str]
    folders: list[str]
    skipped: list[Skipped]
    size: int
    junk: Counter[str]
    notes: tuple[str, ...]
    offers: tuple[Offer, ...]

    def __iter__(self) -> Iterator[Member | Skipped]: ...


class Folder:
    """Single files as an `Upload`, under the budgets of a ZIP.

    Args:
        files: relative name ("pets/cat/1.jpg") and where its bytes lie.
        is_ordered: whether they stay in the order in which they are given, rather than in that of their names.

    Raises:
        UserError: unsafe, repeated or too many names, or too many bytes.
    """

    def __init__(self, files: Iterable[tuple[str, Path]], *, is_ordered: bool = False) -> None:
        given = list(files)
        if (size := sum(len(name.encode("utf-8", "replace")) for name, _ in given)) > MAX_DIRECTORY:
            raise too_many("folder", size)
        named = dict(zip(check_names((name for name, _ in given), "folder"), (path for _, path in given), strict=True))
        chosen = chosen_folder(named)
        self.junk = Counter(kind for name in named if (kind := junk_of(name, chosen)))
        self.notes: tuple[str, ...] = ()
        self.offers: tuple[Offer, ...] = ()
        kept = {name: named[name] for name in (named if is_ordered else sorted(named)) if not junk_of(name, chosen)}
        left_out = {name: judged(name, lambda path=path: _head(path)) for name, path in kept.items()}
        self._paths = {name: path for name, path in kept.items() if left_out[name] is None}
        self.names = list(self._paths)
        self.folders: list[str] = []
        self.skipped = [skipped for skipped in left_out.values() if skipped]
        self.size = sum(path.stat().st_size for path in self._paths.values() if path.is_file())
        if self.size > MAX_TOTAL:
            what = f"The folder has {self.size / 1e6:,.0f} MB; the limit is {MAX_TOTAL / 1e6:,.0f} MB."
            raise UserError(what, "Use fewer or smaller pictures.", "FOLDER_TOO_LARGE")

    def __iter__(self) -> Iterator[Member | Skipped]:
        for name, path in self._paths.items():
            try:
                with path.open("rb") as file:
                    yield Member(name, file.read(MAX_BYTES + 1))
            except OSError:
                yield Skipped(name, "its upload did not arrive", LOST)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD)
    except OSError:
        return b""
