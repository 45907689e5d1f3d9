"""Published datasets of photos in class folders: archives that Keras fetches, read through the gates for uploads."""

import hashlib
import importlib
import inspect
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from core import child, workspace
from core.datasets import Dataset, Empty, Facts
from core.datasets.aspect import Aspect, aspect_option
from core.datasets.downloads import Watch, impatient, keras_folder
from core.datasets.split import TEST, TRAIN, VALIDATION
from core.errors import UserError
from core.intake import pixels
from core.intake.archives import Archive, Member, read_archive
from core.intake.decoding import decode_member
from core.intake.tars import Tar, read_tar
from core.problems import ALONE, Context
from core.quick_keras import import_keras
from core.spec import option
from core.words import listed, number

PUBLISHED = "https://storage.googleapis.com/download.tensorflow.org/"
"""Where TensorFlow publishes them."""


@dataclass(frozen=True)
class Part:
    """One of the published archives.

    Args:
        file: its name, there and in Keras' folder.
        split: what its images are for where no folder says it, 0..2 as in SPLITS.
        address: of the folder that it lies in there.
        size: its bytes.
        sha256: of its bytes; empty where nobody publishes one. It is read to its end either way, and an archive holds
            a sum of each file.
    """

    file: str
    split: int
    address: str
    size: int
    sha256: str = ""


class _ClassFolders(Dataset):
    """Images in class folders, in one archive or several."""

    family: ClassVar[str] = "Downloaded once"
    origin: ClassVar[str] = "storage.googleapis.com"
    parts: ClassVar[tuple[Part, ...]] = ()
    whole: ClassVar[str] = ""
    """Name of a ZIP that holds all parts, in folders called train and validation or test; nobody publishes it, but
    who has the images may put them there."""
    names: ClassVar[tuple[str, ...]] = ()
    counts: ClassVar[tuple[tuple[int, ...], ...]] = ()
    """Images of each class to train on, to validate on, to test on; an empty one stands for none."""

    image_size: int = option(
        150,
        "Side to which every picture is brought; they were published at 300 px.",
        advice="Halving it makes an epoch about four times faster, and the network sees less detail.",
        low=16,
        high=300,
        unit="px",
    )
    aspect: Aspect = aspect_option()

    @classmethod
    def __pydantic_init_subclass__(cls, **_: object) -> None:
        cls.megabytes = round(sum(part.size for part in cls.parts) / 1e6)

    def is_here(self) -> bool:
        folder = keras_folder()
        return (folder / self.whole).is_file() or all((folder / part.file).is_file() for part in self.parts)

    def pristine(self) -> Facts:
        train, validation, test = (counts or (0,) * len(self.names) for counts in self.counts)
        return Facts(
            (self.image_size, self.image_size, 3),
            self.names,
            sum(map(sum, self.counts)),
            has_validation=any(validation),
            has_test=any(test),
            counts=train,
            validation_counts=validation,
            test_counts=test,
            aspect=self.aspect,
        )

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fetches the archives unless they are here, and reads them as uploads are read: same checks, same pixels.

        Raises:
            UserError: not here and no network; or an archive holds something else, or is no sound one.
        """
        facts, was_here = self.pristine(), self.is_here()
        archives = self._archives(progress)
        images = empty((facts.count, *facts.shape), np.uint8)  # (N, H, W, C)
        labels, split = np.zeros(facts.count, np.int64), np.zeros(facts.count, np.int8)
        done = 0
        for done, (image, label, part) in enumerate(self._labelled(archives), start=1):
            if done > facts.count:
                raise self._other(archives)
            images[done - 1] = pixels.fit_to(image, *facts.reads)
            labels[done - 1], split[done - 1] = label, part
            if was_here and done % 50 == 0:
                progress(done, facts.count)
        if done < facts.count or not self._are_published(labels, split):
            raise self._other(archives)
        return images, labels, split

    def _archives(self, progress: child.Progress) -> dict[Path, int]:
        """The archives, and what an image in them is for whose folders don't say; fetched where they are not here.

        Raises:
            UserError: there is no network.
        """
        whole = keras_folder() / self.whole
        if whole.is_file():
            return {whole: TRAIN}
        with Watch(self.megabytes, progress), impatient():
            return {self._fetched(part): part.split for part in self.parts}

    def _fetched(self, part: Part) -> Path:
        """One of them, by Keras; what a download that was cut off left behind is fetched anew.

        Raises:
            UserError: there is no network, or what came is not what was published.
        """
        path = keras_folder() / part.file
        if path.is_file() and not _is_whole(path):
            _set_aside(path)
        was_here = path.is_file()
        # Keras remembers the KERAS_HOME with which it was imported, and raises a bare Exception for a failed download.
        try:
            import_keras()
            get_file = importlib.import_module("keras.utils").get_file
            path = Path(get_file(part.file, part.address + part.file, cache_subdir=str(keras_folder())))
        except Exception as error:
            raise UserError(
                f"{self.title()} is not on this machine and could not be downloaded.",
                f"Connect to the network and try again, or copy {self._files()} into the datasets folder of "
                "KERAS_HOME; Digits and Colour shapes work without a network.",
                "DATASET_OFFLINE",
            ) from error
        if not was_here:
            _require_published(path, part)
        return path

    def _files(self) -> str:
        """What may be put into Keras' folder instead."""
        also = f", or one ZIP of all parts called {self.whole}," if self.whole else ""
        return f"{listed([part.file for part in self.parts])}{also}"

    def _labelled(self, archives: dict[Path, int]) -> Iterator[tuple[np.ndarray, int, int]]:
        """Pixels, label and split of every image in a class folder: of a ZIP by name, of a TAR as they stand in it.

        Raises:
            UserError: an archive is refused, or a picture in it can't be read.
        """
        for path, split in archives.items():
            with _opened(path) as archive:
                for item in archive:
                    place = placed(item.name, list(self.names), split)
                    if place and isinstance(item, Member):
                        yield decode_member(item.data, item.name).pixels, *place

    def _are_published(self, labels: np.ndarray, split: np.ndarray) -> bool:
        """Whether each class has as many images as were published: `facts` promises them."""
        return all(
            np.bincount(labels[split == part], minlength=len(self.names)).tolist() == list(counts)
            for part, counts in enumerate(self.counts)
            if counts
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
        shape = ", ".join(map(str, self.pristine().shape))
        shape += f', "{self.aspect}"' if self.aspect != pixels.STRETCH else ""
        return f"""import os
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

{inspect.getsource(pixels)}

{inspect.getsource(placed)}

{inspect.getsource(files_in)}

DATASETS = Path(os.environ.get("KERAS_HOME", Path.home() / ".keras")) / "datasets"  # Keras keeps here what it fetched
{self._archives_source()}

class_names = {list(self.names)!r}
found = []
for path, part in archives.items():
    for name, data in files_in(path):
        place = placed(name, class_names, part)
        if place and name.lower().endswith((".png", ".jpg", ".jpeg")):
            found.append((network_input(data, {shape}), *place))
images, labels, split = (np.stack(column) for column in zip(*found))"""

    def _archives_source(self) -> str:
        """Lines that define `archives`: where each lies, and what is in it where no folder says it."""
        fetched = "\n".join(
            f"    Path(keras.utils.get_file({part.file!r}, {part.address + part.file!r}, cache_subdir=str(DATASETS))): "
            f"{part.split},"
            for part in self.parts
        )
        if not self.whole:
            return f"archives = {{\n{fetched}\n}}"
        indented = fetched.replace("    Path", "        Path")
        return f"""# Who has the pictures in one ZIP may put that there too.
archives = {{DATASETS / {self.whole!r}: 0}}
if not next(iter(archives)).is_file():
    archives = {{
{indented}
    }}"""


def files_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every file in an archive: of a ZIP by name, of a TAR as they stand in it.

    Args:
        path: of the archive.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(archive.namelist()):
                yield name, archive.read(name)
    else:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    yield member.name, archive.extractfile(member).read()


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


def _opened(path: Path) -> Archive | Tar:
    """An archive of any of the published kinds, its table or its headers checked.

    Raises:
        UserError: it is refused.
    """
    return read_archive(path) if path.suffix == ".zip" else read_tar(path)


def _is_whole(path: Path) -> bool:
    """Whether an archive can be opened: the table of contents of a ZIP, and the last block of a TAR, are at its end."""
    try:
        with _opened(path):
            return True
    except UserError:
        return False


def _set_aside(path: Path) -> None:
    """Renames a file, so that it is fetched anew and nothing of its owner's is lost."""
    aside = path.with_name(f"{path.name}.damaged")
    workspace.remove(aside)  # Windows renames nothing onto a file that is there
    workspace.rename(path, aside)


def _require_published(path: Path, part: Part) -> None:
    """Compares what came with what was published: its bytes are counted, and summed where the sum is known.

    Raises:
        UserError: it is something else.
    """
    size, wrong = path.stat().st_size, ""
    if size != part.size:
        wrong = f"it has {number(size)} bytes instead of {number(part.size)}"
    elif part.sha256:
        with path.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != part.sha256:
                wrong = "its checksum (SHA-256) is another one"
    if wrong:
        _set_aside(path)
        what = f"{part.file} is not the file that was published: {wrong}."
        remedy = "Try again. If it stays so, somebody on the way changes it, or a new one was published."
        raise UserError(what, remedy, "DATASET_OTHER_BYTES")


class HorseOrHuman(_ClassFolders):
    """1 283 rendered colour pictures of horses and humans, with a validation folder: the field's first two classes."""

    rank: ClassVar[int] = 14
    parts: ClassVar[tuple[Part, ...]] = (
        Part("horse-or-human.zip", TRAIN, f"{PUBLISHED}data/", 149_574_867,
             "e2e6f70d3d549c5dd10a57165e55af253ee66ad750403f95c0fb76bb943633a9"),
        Part("validation-horse-or-human.zip", VALIDATION, f"{PUBLISHED}data/", 11_480_187,
             "ae5fff2f4f5554791f05358108e2e05d9801b191f1896ea101402f0e7f6c32c0"),
    )  # fmt: skip
    whole: ClassVar[str] = "horse-or-human-all.zip"
    names: ClassVar[tuple[str, ...]] = ("horses", "humans")
    counts: ClassVar[tuple[tuple[int, ...], ...]] = ((500, 527), (128, 128), ())

    @classmethod
    def title(cls) -> str:
        return "Horse or human"


class RockPaperScissors(_ClassFolders):
    """2 892 rendered colour pictures of hands that play rock, paper, scissors, with a test folder."""

    rank: ClassVar[int] = 15
    parts: ClassVar[tuple[Part, ...]] = (
        Part("rps.zip", TRAIN, f"{PUBLISHED}data/", 200_682_221,
             "c2403444395842ad04c53612bad54b574443eae17a0723117a2ff87b9d72194f"),
        Part("rps-test-set.zip", TEST, f"{PUBLISHED}data/", 29_516_758,
             "c27ab9fa43ce40b2e453de711365b477f4424586edf0388116674fd320f07503"),
    )  # fmt: skip
    whole: ClassVar[str] = "rps-all.zip"
    names: ClassVar[tuple[str, ...]] = ("paper", "rock", "scissors")
    counts: ClassVar[tuple[tuple[int, ...], ...]] = ((840, 840, 840), (), (124, 124, 124))

    @classmethod
    def title(cls) -> str:
        return "Rock, paper, scissors"
