"""Published datasets of photos in class folders: ZIPs that Keras fetches, read through the gate for uploads."""

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from core import child, workspace
from core.datasets import Dataset, Empty, Facts
from core.datasets.downloads import Watch, impatient, keras_folder
from core.datasets.split import SPLITS, TEST, TRAIN, VALIDATION
from core.errors import UserError
from core.intake import pixels
from core.intake.archives import Member, read_archive
from core.intake.decoding import decode_member
from core.problems import ALONE, Context
from core.spec import option

ADDRESS = "https://storage.googleapis.com/learning-datasets/"
"""Where Laurence Moroney publishes them."""


@dataclass(frozen=True)
class Part:
    """One of the published ZIPs.

    Args:
        file: its name, there and in Keras' folder.
        split: what its images are for, 0..2 as in SPLITS.
        counts: images of each class.
    """

    file: str
    split: int
    counts: tuple[int, ...]


class _ClassFolders(Dataset):
    """Images in class folders: one ZIP to learn from, and one to validate or to test on."""

    family: ClassVar[str] = "Downloaded once"
    origin: ClassVar[str] = "storage.googleapis.com"
    parts: ClassVar[tuple[Part, Part]]
    whole: ClassVar[str] = ""
    """Name of a ZIP that holds both parts, in folders called train and validation or test; nobody publishes it, but
    who has the images may put them there."""
    names: ClassVar[tuple[str, ...]] = ()

    image_size: int = option(
        150,
        "Side to which every picture is brought; they were published at 300 px.",
        advice="Halving it makes an epoch about four times faster, and the network sees less detail.",
        low=16,
        high=300,
        unit="px",
    )

    def is_here(self) -> bool:
        folder = keras_folder()
        return (folder / self.whole).is_file() or all((folder / part.file).is_file() for part in self.parts)

    def pristine(self) -> Facts:
        train, held = self.parts
        given = {SPLITS[held.split]: held.counts}
        return Facts(
            (self.image_size, self.image_size, 3),
            self.names,
            sum(train.counts) + sum(held.counts),
            has_validation="validation" in given,
            has_test="test" in given,
            counts=train.counts,
            validation_counts=given.get("validation", (0,) * len(self.names)),
            test_counts=given.get("test", (0,) * len(self.names)),
        )

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fetches the ZIPs unless they are here, and reads them as an upload is read: the same checks, the same pixels.

        Raises:
            UserError: not here and no network; or a ZIP holds something else, or is no sound ZIP.
        """
        facts, was_here = self.pristine(), self.is_here()
        archives = self._archives(progress)
        images = empty((facts.count, *facts.shape), np.uint8)  # (N, H, W, C)
        labels, split = np.zeros(facts.count, np.int64), np.zeros(facts.count, np.int8)
        done = 0
        for done, (image, label, part) in enumerate(self._labelled(archives), start=1):
            if done > facts.count:
                raise self._other(archives)
            images[done - 1] = pixels.fit_to(image, *facts.shape)
            labels[done - 1], split[done - 1] = label, part
            if was_here and done % 50 == 0:
                progress(done, facts.count)
        if done < facts.count or not self._are_published(labels, split):
            raise self._other(archives)
        return images, labels, split

    def _archives(self, progress: child.Progress) -> dict[Path, int]:
        """The ZIPs, and what a picture in them is for whose folders don't say; fetched where they are not here.

        Raises:
            UserError: there is no network.
        """
        whole = keras_folder() / self.whole
        if whole.is_file():
            return {whole: TRAIN}
        with Watch(self.megabytes, progress), impatient():
            return {self._fetched(part.file): part.split for part in self.parts}

    def _fetched(self, file: str) -> Path:
        """One of them, by Keras; what a download that was cut off left behind is fetched anew.

        Raises:
            UserError: there is no network.
        """
        path = keras_folder() / file
        if path.is_file() and not _is_whole(path):
            aside = path.with_name(f"{path.name}.damaged")
            workspace.remove(aside)  # Windows renames nothing onto a file that is there
            workspace.rename(path, aside)
        # Keras remembers the KERAS_HOME with which it was imported, and raises a bare Exception for a failed download.
        try:
            get_file = importlib.import_module("keras.utils").get_file
            return Path(get_file(file, ADDRESS + file, cache_subdir=str(keras_folder())))
        except Exception as error:
            raise UserError(
                f"{self.title()} is not on this machine and could not be downloaded.",
                f"Connect to the network and try again, or copy its two files, or one ZIP of both parts called "
                f"{self.whole}, into the datasets folder of KERAS_HOME; Digits and Colour shapes work without a "
                "network.",
                "DATASET_OFFLINE",
            ) from error

    def _labelled(self, archives: dict[Path, int]) -> Iterator[tuple[np.ndarray, int, int]]:
        """Pixels, label and split of every picture in a class folder, in the order of the names in each ZIP.

        Raises:
            UserError: a ZIP is refused, or a picture in it can't be read.
        """
        for path, split in archives.items():
            with read_archive(path) as archive:
                for item in archive:
                    place = placed(item.name, list(self.names), split)
                    if place and isinstance(item, Member):
                        yield decode_member(item.data, item.name).pixels, *place

    def _are_published(self, labels: np.ndarray, split: np.ndarray) -> bool:
        """Whether each class has as many images as were published: `facts` promises them."""
        return all(
            tuple(np.bincount(labels[split == part.split], minlength=len(self.names)).tolist()) == part.counts
            for part in self.parts
        )

    def _other(self, archives: dict[Path, int]) -> UserError:
        files = " and ".join(path.name for path in archives)
        return UserError(
            f"{files} in the datasets folder of KERAS_HOME {'holds' if len(archives) == 1 else 'hold'} other pictures "
            f"than {self.title()}.",
            "Remove it, so that the published one is fetched; or upload it on the Data page as pictures of your own.",
            "DATASET_OTHER_PICTURES",
        )

    def source(self, context: Context = ALONE) -> str:
        files = {part.file: part.split for part in self.parts}
        return f'''import os
import zipfile
from pathlib import Path

{inspect.getsource(pixels)}

{inspect.getsource(placed)}

# Keras keeps here what it fetched; who has the pictures in one ZIP may put that here too.
DATASETS = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"
archives = {{DATASETS / "{self.whole}": 0}}
if not next(iter(archives)).is_file():
    archives = {{
        Path(keras.utils.get_file(file, "{ADDRESS}" + file, cache_subdir=str(DATASETS))): part
        for file, part in {files!r}.items()
    }}

class_names = {list(self.names)!r}
found = []
for path, part in archives.items():
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            place = placed(name, class_names, part)
            if place and name.lower().endswith((".png", ".jpg", ".jpeg")):
                found.append((network_input(archive.read(name), {", ".join(map(str, self.pristine().shape))}), *place))
images, labels, split = (np.stack(column) for column in zip(*found))'''


def placed(name: str, class_names: list[str], split: int) -> tuple[int, int] | None:
    """Label and split of a picture by the folders around it: rps/test/paper/1.jpg -> (0, 2).

    Args:
        name: of its file inside the ZIP.
        class_names: in alphabetical order.
        split: where no folder says it: 0 train, 1 validation, 2 test.

    Returns:
        None for what lies in no class folder.
    """
    folders = name.split("/")[:-1]
    label = next((class_names.index(folder) for folder in folders if folder in class_names), None)
    told = next((part for part, word in enumerate(("train", "validation", "test")) if word in folders), split)
    return None if label is None or folders[0] == "__MACOSX" else (label, told)


def _is_whole(path: Path) -> bool:
    """Whether a ZIP can be opened: its table of contents stands at its end."""
    try:
        read_archive(path).close()
    except UserError:
        return False
    return True


class HorseOrHuman(_ClassFolders):
    """1 283 rendered colour pictures of horses and humans, with a validation folder: the field's first two classes."""

    rank: ClassVar[int] = 13
    megabytes: ClassVar[int] = 161
    parts: ClassVar[tuple[Part, Part]] = (
        Part("horse-or-human.zip", TRAIN, (500, 527)),
        Part("validation-horse-or-human.zip", VALIDATION, (128, 128)),
    )
    whole: ClassVar[str] = "horse-or-human-all.zip"
    names: ClassVar[tuple[str, ...]] = ("horses", "humans")

    @classmethod
    def title(cls) -> str:
        return "Horse or human"


class RockPaperScissors(_ClassFolders):
    """2 892 rendered colour pictures of hands that play rock, paper, scissors, with a test folder."""

    rank: ClassVar[int] = 14
    megabytes: ClassVar[int] = 230
    parts: ClassVar[tuple[Part, Part]] = (
        Part("rps.zip", TRAIN, (840, 840, 840)),
        Part("rps-test-set.zip", TEST, (124, 124, 124)),
    )
    whole: ClassVar[str] = "rps-all.zip"
    names: ClassVar[tuple[str, ...]] = ("paper", "rock", "scissors")

    @classmethod
    def title(cls) -> str:
        return "Rock, paper, scissors"
