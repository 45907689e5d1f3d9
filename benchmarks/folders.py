"""A folder of photos made ready for training and opened again, against Keras' image_dataset_from_directory."""

import os
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import Row, Setting, in_turns, times_faster
from core import datasets, workspace
from core.datasets.own_images import OwnImages
from core.intake.own_images import ingest_files

SIDE, BATCH = 150, 32
PHONE = (4000, 3000)
FLOWERS = "datasets/flowers-160px.zip"


def measure(setting: Setting) -> list[Row]:
    """Decoded, stored without metadata, brought to size and laid on the disk: everything that Keras does each time."""
    rows = []
    with tempfile.TemporaryDirectory() as home:
        folders = {
            "photos of a phone, 12 megapixels": _of_a_phone(Path(home, "phone"), setting.size(48, 4)),
            "photos of 160 px": _small(Path(home, "small"), setting.size(600, 20)),
        }
        for what, folder in folders.items():
            if folder is None:
                rows.append(Row(f"{what}: made ready", note="needs KERNELSCOPE_TEST_DATA"))
                continue
            rows += _of_folder(setting, what, folder)
    return rows


def _of_folder(setting: Setting, what: str, folder: Path) -> list[Row]:
    files = [(path.relative_to(folder).as_posix(), path) for path in sorted(folder.rglob("*.jpg"))]
    ready: list[OwnImages] = []

    def prepare() -> float:
        with tempfile.TemporaryDirectory() as home, workspace.using(workspace.Workspace(Path(home))):
            began = time.perf_counter()
            _made(files, Path(home))
            return time.perf_counter() - began

    with tempfile.TemporaryDirectory() as home, workspace.using(workspace.Workspace(Path(home))):
        ready.append(_made(files, Path(home)))

        def again() -> float:
            began = time.perf_counter()
            datasets.load(ready[0])
            return time.perf_counter() - began

        def read() -> float:
            data, began = datasets.load(ready[0]), time.perf_counter()
            for start in range(0, len(data.images), BATCH):
                np.array(data.images[start : start + BATCH])
            return time.perf_counter() - began

        theirs = _keras(folder)
        theirs()
        costs = in_turns(setting.repeats, prepare=prepare, again=again, read=read, keras=theirs)
    note = f"{len(files)} photos: {min(costs['prepare']):.2f} s, again {min(costs['again']):.4f} s, "
    note += f"all batches {min(costs['read']):.4f} s, "
    note += f"Keras {min(costs['keras']):.2f} s"
    is_large = "phone" in what
    return [
        Row(f"{what}: made ready, against read once", times_faster(costs, "prepare", "keras"),
            2.0 if is_large else None, None, note),
        Row(f"{what}: opened again, against read once", times_faster(costs, "again", "keras"), 50.0, None, note),
        Row(f"{what}: an epoch of batches, against read once", times_faster(costs, "read", "keras"), note=note),
    ]  # fmt: skip


def _made(files: list[tuple[str, Path]], home: Path) -> OwnImages:
    """An own dataset of these files, prepared."""
    ingested = ingest_files(files, home / "images", "photos")
    dataset = OwnImages(images_id=ingested.id, image_size=SIDE)
    datasets.prepare(dataset)
    return dataset


def _keras(folder: Path) -> Callable[[], float]:
    """Keras reading all of a folder once at the same size."""
    import keras

    def read() -> float:
        began = time.perf_counter()
        for _ in keras.utils.image_dataset_from_directory(folder, image_size=(SIDE, SIDE), shuffle=False, verbose=0):
            pass
        return time.perf_counter() - began

    return read


def _of_a_phone(folder: Path, count: int) -> Path:
    """Large photos in two classes, drawn: clouds of colour with the grain of a camera."""
    for number in range(count):
        place = folder / ("a", "b")[number % 2] / f"{number}.jpg"
        place.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(number)
        clouds = Image.fromarray(rng.integers(0, 256, (24, 32, 3), np.uint8)).resize(PHONE, Image.Resampling.BICUBIC)
        grain = rng.normal(0, 6, (PHONE[1] // 2, PHONE[0] // 2, 1)).repeat(2, 0).repeat(2, 1)
        pixels = np.clip(np.asarray(clouds, np.float32) + grain, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(place, "JPEG", quality=88)
    return folder


def _small(folder: Path, count: int) -> Path | None:
    """Small real photos; None where they are not on this machine."""
    archive = Path(os.environ.get("KERNELSCOPE_TEST_DATA", ""), FLOWERS)
    if not archive.is_file():
        return None
    with zipfile.ZipFile(archive) as file:
        for number, name in enumerate(_every(file.namelist(), count)):
            place = folder / Path(name).parent.name / f"{number}.jpg"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read(name))
    return folder


def _every(names: list[str], count: int) -> Iterator[str]:
    """Some training photos of all classes."""
    found = [name for name in names if "/train/" in name and name.endswith(".jpg")]
    return iter(found[:: max(1, len(found) // count)][:count])
