"""What an inspection finds of flaws that were planted: copies in CIFAR-10, wrong labels in Fashion-MNIST; and how long.

`python -m benchmarks.inspection KIND COUNT` inspects one dataset in a process of its own and prints what it found.
"""

import io
import json
import os
import resource
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import Row, Setting
from core import child
from core.datasets import Dataset, Empty, prepare
from core.datasets.keras_datasets import CIFAR10, FashionMNIST
from core.inspection.inspecting import Inspection, inspect
from core.problems import Facts
from core.spec import option

KINDS = ("exact", "saved again", "resized", "mirrored")
SEED = 3
WRONG = 0.05
TWINS = {(150, 3831), (4023, 6668), (40, 5684), (961, 6639), (3137, 4354), (4287, 6857), (5411, 5810)}
"""Positions of photos among the 10 000 that CIFAR-10 itself has twice, as whoever looks at them sees."""


def measure(setting: Setting) -> list[Row]:
    """Each dataset once: seeds are fixed, so another turn finds the same."""
    return [*_copies(setting.size(10_000, 400)), *_labels(setting.size(10_000, 400))]


def _copies(count: int) -> list[Row]:
    if not _archive():
        return [Row("planted copies in CIFAR-10", note="needs cifar10-jpg.zip and KERNELSCOPE_TEST_DATA")]
    told = _alone("PlantedCopies", count)
    aims = {"exact": 1.0, "saved again": 0.95, "resized": 0.95, "mirrored": None}
    rows = [
        Row(f"{kind}: found of {told['planted'][kind]} planted", (told["found"][kind],), at_least=aim)
        for kind, aim in aims.items()
    ]
    groups, others = told["groups"], [tuple(group) for group in told["others"]]
    false = [group for group in others if group not in TWINS]
    note = f"of {groups} groups {len(others)} were not planted; {len(others) - len(false)} are true copies, by eye"
    rows.append(Row("false groups, of all that are claimed", (len(false) / max(1, groups),), at_most=0.01, note=note))
    rows.append(
        Row(f"seconds of inspecting {count:,} images", (told["seconds"],), at_most=20.0, note=told["seconds_of"])
    )
    return rows


def _labels(count: int) -> list[Row]:
    if not FashionMNIST().is_here():
        return [Row("wrong labels in Fashion-MNIST", note="needs Fashion-MNIST in KERAS_HOME")]
    told = _alone("PlantedLabels", count)
    note = f"{told['right']} of {told['claimed']} claimed are among {told['planted']} planted; {told['seconds']:.1f} s"
    return [
        Row("wrong labels: recall", (told["right"] / told["planted"],), at_least=0.6, note=note),
        Row("wrong labels: precision", (told["right"] / max(1, told["claimed"]),), at_least=0.6),
    ]


def _alone(kind: str, count: int) -> dict:
    """What one dataset's inspection found, in a process of its own."""
    call = [sys.executable, "-m", "benchmarks.inspection", kind, str(count)]
    done = subprocess.run(call, cwd=child.ROOT, env=child.environment(), stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def _archive() -> Path | None:
    """The photos of CIFAR-10, where they lie here."""
    home = os.environ.get("KERNELSCOPE_TEST_DATA")
    path = Path(home or ".") / "datasets" / "cifar10-jpg.zip"
    return path if home and path.is_file() else None


# ---- what is planted


def copied(image: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A copy of an image: uint8 (H, W, C) -> the same shape.

    Args:
        image: 0..255.
        kind: one of KINDS.
        rng: decides how strongly it was saved again or resized.
    """
    picture = Image.fromarray(image.squeeze())
    if kind == "saved again":
        packed = io.BytesIO()
        picture.save(packed, "JPEG", quality=int(rng.integers(50, 91)))
        picture = Image.open(packed)
    elif kind == "resized":
        factor = rng.choice([0.5, 0.67, 0.75, 1.5, 2.0])
        width, height = (max(1, round(side * factor)) for side in picture.size)
        picture = picture.resize((width, height), Image.Resampling.BICUBIC).resize(
            picture.size, Image.Resampling.BILINEAR
        )
    elif kind == "mirrored":
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(picture).reshape(image.shape)


def plant_copies(
    images: np.ndarray, each: int, kinds: tuple[str, ...] = KINDS, seed: int = SEED
) -> list[tuple[int, int, str]]:
    """Puts copies of some images in the place of the last ones.

    Args:
        images: uint8 (N, H, W, C), 0..255, changed in place.
        each: copies of each kind.
        kinds: of KINDS.
        seed: decides of which images, and how.

    Returns:
        (position of an image, position of its copy, kind).
    """
    rng, first = np.random.default_rng(seed), len(images) - each * len(kinds)
    sources = rng.choice(first, each * len(kinds), replace=False).tolist()
    planted = [(source, first + place, kinds[place // each]) for place, source in enumerate(sources)]
    for source, place, kind in planted:
        images[place] = copied(images[source], kind, rng)
    return planted


def plant_labels(labels: np.ndarray, share: float = WRONG, seed: int = SEED) -> np.ndarray:
    """Gives some images another label, each other one alike: the positions, int64, ascending.

    Args:
        labels: int64 (N,), changed in place.
        share: of the images.
        seed: decides which.
    """
    rng, classes = np.random.default_rng(seed), int(labels.max()) + 1
    wrong = np.sort(rng.choice(len(labels), round(share * len(labels)), replace=False))
    labels[wrong] = (labels[wrong] + rng.integers(1, classes, len(wrong))) % classes
    return wrong


class PlantedCopies(Dataset):
    """Photos of CIFAR-10, some of which are copies."""

    count: int = option(10_000, "Number of pictures.", low=40, high=60_000)

    def pristine(self) -> Facts:
        return Facts((32, 32, 3), CIFAR10.names, self.count)

    @property
    def each(self) -> int:
        """Copies of each kind."""
        return self.count // 100

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        images, labels = empty((self.count, 32, 32, 3), np.uint8), np.zeros(self.count, np.int64)
        with zipfile.ZipFile(_archive()) as archive:
            names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))
            for place, chosen in enumerate(np.random.default_rng(SEED).choice(len(names), self.count, replace=False)):
                images[place] = np.asarray(Image.open(io.BytesIO(archive.read(names[chosen]))).convert("RGB"))
                labels[place] = CIFAR10.names.index(names[chosen].split("/")[2])
        for source, place, _ in plant_copies(images, self.each):
            labels[place] = labels[source]
        return images, labels, np.zeros(self.count, np.int8)

    def told(self) -> dict:
        """What is found of the copies."""
        report, seconds = _inspected(self)
        planted = plant_copies(np.zeros((self.count, 1, 1, 3), np.uint8), self.each)
        groups = [g.images for finding in report.findings for g in finding.groups if finding.check in COPIES]
        of = {image: group for group in groups for image in group}
        found = {kind: [copy in of.get(source, ()) for source, copy, own in planted if own == kind] for kind in KINDS}
        theirs = {copy for _, copy, _ in planted}
        others = [group for group in groups if not theirs & set(group)]
        return {
            "planted": {kind: len(some) for kind, some in found.items()},
            "found": {kind: sum(some) / len(some) for kind, some in found.items()},
            "groups": sum(finding.found for finding in report.findings if finding.check in COPIES),
            "others": others,
            "seconds": seconds,
            "processor": time.process_time(),
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "seconds_of": ", ".join(f"{one.check} {one.seconds:.1f}" for one in report.looked if one.seconds >= 0.1),
        }


COPIES = ("Leaks", "Copies", "NearCopies")


class PlantedLabels(Dataset):
    """Clothes of Fashion-MNIST, some of which have a wrong label."""

    count: int = option(10_000, "Number of pictures.", low=40, high=70_000)

    def pristine(self) -> Facts:
        return Facts((28, 28, 1), FashionMNIST.names, self.count)

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        images, labels, _ = FashionMNIST().generate(progress)
        labels = labels[: self.count].copy()
        plant_labels(labels)
        return images[: self.count], labels, np.zeros(self.count, np.int8)

    def told(self) -> dict:
        """What is found of the wrong labels."""
        report, seconds = _inspected(self)
        planted = set(plant_labels(np.arange(self.count) % 10).tolist())
        claimed = {
            image
            for finding in report.of("SuspiciousLabels")
            for correction in finding.remedies[-1].corrections
            for image in correction.touched(self.count).tolist()
        }
        return {"planted": len(planted), "claimed": len(claimed), "right": len(planted & claimed), "seconds": seconds}


def _inspected(dataset: Dataset):  # noqa: ANN202
    prepare(dataset)
    began = time.monotonic()
    report = inspect(Inspection(dataset))
    return report, time.monotonic() - began


if __name__ == "__main__":
    kind = {"PlantedCopies": PlantedCopies, "PlantedLabels": PlantedLabels}[sys.argv[1]]
    print(json.dumps(kind(count=int(sys.argv[2])).told()))
