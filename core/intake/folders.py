"""Files that arrive one by one, from a folder in the browser or inside another archive, under the budgets of a ZIP."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Protocol

from core.errors import UserError
from core.intake.archives import MAX_ENTRIES, MAX_TOTAL, Member, Skipped, check_names, is_junk, tidy, why_left_out
from core.intake.images import MAX_BYTES


class Upload(Protocol):
    """What a ZIP and a folder from the browser have in common; iterating gives each picture in order of name."""

    names: list[str]
    folders: list[str]
    skipped: list[Skipped]
    size: int

    def __iter__(self) -> Iterator[Member | Skipped]: ...


class Folder:
    """Single files as an `Upload`, under the budgets of a ZIP."""

    def __init__(self, files: Iterable[tuple[str, Path]]) -> None:
        given = list(files)
        if len(given) > MAX_ENTRIES:
            what = f"The folder has {len(given):,} files; the limit is {MAX_ENTRIES:,}."
            raise UserError(what, "Use fewer pictures per class.", "FOLDER_TOO_MANY")
        check_names((name for name, _ in given), "folder")
        paths = {tidy(name): path for name, path in given if not is_junk(name)}
        self._paths = {name: paths[name] for name in sorted(paths) if not why_left_out(name)}
        self.names = list(self._paths)
        self.folders: list[str] = []
        self.skipped = [Skipped(name, why_left_out(name)) for name in sorted(paths) if why_left_out(name)]
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
                yield Skipped(name, "its upload did not arrive")
