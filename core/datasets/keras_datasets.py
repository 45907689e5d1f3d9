"""Datasets that Keras downloads once and keeps in KERAS_HOME."""

import gzip
import importlib
import zlib
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from core import child, workspace
from core.datasets import Dataset, Empty, Facts
from core.datasets.downloads import Watch, impatient, keras_folder
from core.errors import UserError
from core.problems import ALONE, Context
from core.quick_keras import import_keras


class _KerasDataset(Dataset):
    """A dataset of `keras.datasets`: train images and test images."""

    family: ClassVar[str] = "Downloaded once"
    origin: ClassVar[str] = "storage.googleapis.com"
    kept: ClassVar[tuple[str, ...]] = ()
    """What Keras keeps of it in its folder; with these it asks no network."""
    module: ClassVar[str] = ""
    names: ClassVar[tuple[str, ...]] = ()
    shape: ClassVar[tuple[int, int, int]] = (28, 28, 1)
    counts: ClassVar[tuple[int, int]] = (60_000, 10_000)

    def is_here(self) -> bool:
        return all((keras_folder() / name).is_file() for name in self.kept)

    def pristine(self) -> Facts:
        return Facts(self.shape, self.names, sum(self.counts), has_test=True)

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Asks Keras for the arrays, reporting the megabytes that have arrived.

        Raises:
            UserError: not downloaded yet and no network, or a file of Keras' is damaged and can't be had anew.
        """
        with Watch(self.megabytes, progress), impatient():
            (x_train, y_train), (x_test, y_test) = self._arrays()
        images = np.concatenate([x_train, x_test]).reshape(-1, *self.shape).astype(np.uint8)
        labels = np.concatenate([y_train, y_test]).reshape(-1).astype(np.int64)
        split = np.repeat(np.array([0, 2], np.int8), [len(x_train), len(x_test)])
        return images, labels, split

    def _arrays(self) -> Any:
        """Keras' arrays; once more when what lay there was half a file.

        Raises:
            UserError: they can't be had.
        """
        import_keras()
        load = importlib.import_module(f"keras.datasets.{self.module}").load_data
        # Keras raises a bare Exception for a failed download, and whatever unpacking raises for a damaged file.
        try:
            return load()
        except Exception as error:
            if not set_halves_aside(keras_folder() / self.module.replace("_", "-")):
                raise self._refusal() from error
        try:
            return load()
        except Exception as error:
            raise self._refusal() from error

    def _refusal(self) -> UserError:
        return UserError(
            f"{self.title()} is not on this machine and could not be downloaded.",
            "Connect to the network and try again, or copy Keras' file into the datasets folder of KERAS_HOME; "
            "Digits and Colour shapes work without a network.",
            "DATASET_OFFLINE",
        )

    def source(self, context: Context = ALONE) -> str:
        return f"""(x_train, y_train), (x_test, y_test) = keras.datasets.{self.module}.load_data()
images = np.concatenate([x_train, x_test]).reshape(-1, {", ".join(map(str, self.shape))})  # 0..255
labels = np.concatenate([y_train, y_test]).reshape(-1).astype("int64")
split = np.repeat([0, 2], [len(x_train), len(x_test)])  # 0 train, 2 test
class_names = {list(self.names)!r}"""


class FashionMNIST(_KerasDataset):
    """70 000 pictures of clothes, 28x28 grey, ten kinds; the drop-in that made digits look easy."""

    module: ClassVar[str] = "fashion_mnist"
    rank: ClassVar[int] = 10
    megabytes: ClassVar[int] = 31
    kept: ClassVar[tuple[str, ...]] = tuple(
        f"fashion-mnist/{part}-ubyte.gz" for part in ("train-labels-idx1", "train-images-idx3", "t10k-labels-idx1",
                                                      "t10k-images-idx3")
    )  # fmt: skip
    names: ClassVar[tuple[str, ...]] = (
        "T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip

    @classmethod
    def title(cls) -> str:
        return "Fashion-MNIST"


class MNIST(_KerasDataset):
    """70 000 handwritten digits, 28x28 grey: the field's first exercise since 1998."""

    module: ClassVar[str] = "mnist"
    handed: ClassVar[bool] = True
    rank: ClassVar[int] = 11
    megabytes: ClassVar[int] = 11
    kept: ClassVar[tuple[str, ...]] = ("mnist.npz",)
    names: ClassVar[tuple[str, ...]] = tuple("0123456789")


class CIFAR10(_KerasDataset):
    """60 000 colour photos of 32x32 pixels in ten kinds of things and animals."""

    module: ClassVar[str] = "cifar10"
    rank: ClassVar[int] = 12
    megabytes: ClassVar[int] = 170
    origin: ClassVar[str] = "www.cs.toronto.edu"
    kept: ClassVar[tuple[str, ...]] = ("cifar-10-batches-py-target_archive",)
    shape: ClassVar[tuple[int, int, int]] = (32, 32, 3)
    counts: ClassVar[tuple[int, int]] = (50_000, 10_000)
    names: ClassVar[tuple[str, ...]] = (
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
    )  # fmt: skip

    @classmethod
    def title(cls) -> str:
        return "CIFAR-10"


def set_halves_aside(folder: Path) -> bool:
    """Renames what a download that was cut off left in a folder, so that Keras fetches it anew; whether there was any.

    Keras knows no checksum of Fashion-MNIST's files and would take half a file for the whole for ever after.
    """
    halves = [path for path in folder.glob("*.gz") if not _is_whole(path)]
    for path in halves:
        aside = path.with_name(f"{path.name}.damaged")
        workspace.remove(aside)  # Windows renames nothing onto a file that is there
        workspace.rename(path, aside)
    return bool(halves)


def _is_whole(path: Path) -> bool:
    """Whether a gzip file can be read to its end, where its checksum stands."""
    try:
        with gzip.open(path) as file:
            while file.read(1 << 20):
                pass
    except (EOFError, OSError, zlib.error):
        return False
    return True
