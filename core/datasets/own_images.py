"""Pictures that people upload: one folder per class, kept in the workspace as the gate for uploads stored them."""

import inspect
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from core import child, holdings, workspace
from core.datasets import Dataset, Empty, Facts, dealt
from core.datasets.aspect import Aspect, aspect_option
from core.datasets.groups import are_plain, group_of, groups_of
from core.datasets.split import SPLITS, TEST, TRAIN, VALIDATION, repeats
from core.errors import UserError
from core.intake import manifest as manifests
from core.intake import pixels, remarks
from core.intake.manifest import image_path, read_manifest, titles
from core.intake.storing import in_turn
from core.problems import ALONE, Context, Problem
from core.spec import option
from core.words import counted, listed

MANIFEST = "manifest.json"
AWAY = "images-"
"""How the folders of deleted uploads begin in the trash; an id follows."""
MAX_KEPT = 16
"""Manifests held in memory; one of 20 000 pictures takes about 5 MB."""


@dataclass(frozen=True)
class StoredImages:
    """What an upload left in the workspace; the picture at position i is `files[i]`.

    Args:
        images_id: 32 hexadecimal digits.
        title: its name: what its owner calls it by now, else that of the ZIP or folder.
        class_names: in alphabetical order.
        files: where each picture lies.
        names: what each was called in the upload.
        labels, split: int64 and int8 (N,).
        sizes: int64 (N, 2), original width and height in px.
        digests: equal for images that are equal pixel by pixel; empty where unknown.
        folder: where all of it lies.
        created: seconds since 1970.
    """

    images_id: str
    title: str
    class_names: tuple[str, ...]
    files: tuple[Path, ...]
    names: tuple[str, ...]
    labels: np.ndarray
    split: np.ndarray
    sizes: np.ndarray
    digests: tuple[str, ...]
    folder: Path
    created: float

    def words(self) -> str:
        """The upload in one line: "rps · 3 classes · 2 892 pictures"."""
        also = f" (also brought as {listed(self.also)})" if self.also else ""
        classes = counted(len(self.class_names), "class", "classes")
        return f"{self.title}{also} · {classes} · {counted(len(self.files), 'picture')}"

    def plain_groups(self) -> np.ndarray | None:
        """Numbers of the groups of its training images, where the names of the files plainly say such; else None.

        Where images came for validation, none are held out, and no group matters.
        """
        return _plain_groups(self.images_id, self.created)

    @property
    def also(self) -> tuple[str, ...]:
        """Other names under which the same images were brought."""
        return tuple(name for name in titles(self.folder.parent, self.images_id) if name != self.title)


class OwnImages(Dataset):
    """Pictures of yours: a ZIP or a folder of class folders, single files, or the camera; they stay on this machine."""

    family: ClassVar[str] = "Yours"
    rank: ClassVar[int] = 20

    images_id: Annotated[str, Field(pattern=r"^([0-9a-f]{32})?$")] = option("", "Which upload.", shown=False)
    image_size: int = option(
        96,
        "Side to which every picture is brought; the whole picture is kept, so a long one is squeezed.",
        advice="If training is slow, halve it: a layer then costs a quarter; if details are lost, raise it.",
        low=16,
        high=300,
        unit="px",
    )
    color: Literal["colour", "grey"] = option(
        "colour",
        "Whether the network sees colours.",
        advice="If colour says nothing about the class, take grey: it trains a little faster.",
    )

    aspect: Aspect = aspect_option()
    keep_groups: bool = option(
        False, "Whether images that belong together by the names of their files are held out together.",
        shown=False, rare=True,
    )  # fmt: skip

    dealt_otherwise: ClassVar[tuple[str, ...]] = ("keep_groups",)

    @classmethod
    def title(cls) -> str:
        return "Own images"

    def called(self) -> str:
        try:
            return self.upload().title
        except UserError:
            away = workspace.current().home / holdings.TRASH.folder / f"{AWAY}{self.images_id}"
            return (manifests.given_name(away) if self.images_id else "") or self.title()

    def pristine(self) -> Facts:
        """Shape, classes and count, from the manifest.

        Raises:
            UserError: nothing was uploaded yet, or it is not in this workspace.
        """
        upload = self.upload()
        channels = 3 if self.color == "colour" else 1
        shape = (self.image_size, self.image_size, channels)
        counts = [
            tuple(np.bincount(upload.labels[upload.split == part], minlength=len(upload.class_names)).tolist())
            for part in (TRAIN, VALIDATION, TEST)
        ]
        return Facts(shape, upload.class_names, len(upload.files), any(counts[1]), any(counts[2]), *counts, self.aspect,
                     self.keep_groups)  # fmt: skip

    def labelled(self) -> tuple[np.ndarray, np.ndarray]:
        upload = self.upload()
        return upload.labels, upload.split

    def groups(self) -> np.ndarray | None:
        return _groups(self.images_id, self.upload().created) if self.keep_groups else None

    def _is_known(self) -> bool:
        return True

    def problems(self, context: Context) -> list[Problem]:
        """As of every dataset, and images that are learnt from and checked on at once."""
        leaks = _leaks(self, self.upload().created, context.share, context.seed) if self.images_id else []
        return [*super().problems(context), *leaks]

    def upload(self) -> StoredImages:
        """What the upload left here.

        Raises:
            UserError: as `facts`.
        """
        if not self.images_id:
            raise UserError(
                "No pictures were uploaded yet.", "Upload a ZIP or a folder on the Data page.", "NO_PICTURES"
            )
        return find_upload(self.images_id)

    def generate(self, progress: child.Progress, empty: Empty = np.empty) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Reads the stored pictures and brings each to the size and the channels of `facts`.

        Raises:
            UserError: the upload is not here, or one of its files is gone.
        """
        upload, facts = self.upload(), self.pristine()
        images = empty((len(upload.files), *facts.shape), np.uint8)  # (N, H, W, C)

        def read(file: Path) -> np.ndarray:
            return pixels.network_input(file.read_bytes(), *facts.reads)

        found = in_turn(read, upload.files)
        for position in range(len(upload.files)):
            try:
                _, images[position] = next(found)
            except (OSError, SyntaxError) as error:
                raise _not_here() from error
            if position % 50 == 49:
                progress(position + 1, len(upload.files))
        return images, upload.labels, upload.split

    def source(self, context: Context = ALONE) -> str:
        upload, shape = self.upload(), self.pristine().shape
        aspect = f', "{self.aspect}"' if self.aspect != pixels.STRETCH else ""
        return f'''import json
from pathlib import Path

# Kernelscope's own copy of the pictures that you uploaded. It is read, never changed. To run this script on another
# machine, copy the whole folder there and write its new place here.
PICTURES = Path({str(upload.folder)!r})
if not (PICTURES / "{MANIFEST}").is_file():
    raise SystemExit(f"The pictures must lie in {{PICTURES}}. Elsewhere, copy that folder and name it in PICTURES.")

{inspect.getsource(pixels)}

manifest = json.loads((PICTURES / "{MANIFEST}").read_text(encoding="utf-8"))
images = np.empty((len(manifest["images"]), {", ".join(map(str, shape))}), "uint8")
missing = [entry["file"] for entry in manifest["images"] if not (PICTURES / "images" / entry["file"]).is_file()]
if missing:
    raise SystemExit(f"{{len(missing)}} of the pictures are not in {{PICTURES / 'images'}}: copy the folder anew.")
for i, entry in enumerate(manifest["images"]):
    data = (PICTURES / "images" / entry["file"]).read_bytes()
    images[i] = network_input(data, {", ".join(map(str, shape))}{aspect})  # as for any other picture file
labels = np.array([entry["label"] for entry in manifest["images"]])
split = np.array([{list(SPLITS)!r}.index(entry["split"]) for entry in manifest["images"]])
class_names = manifest["class_names"]{self._groups_source()}'''

    def _groups_source(self) -> str:
        if not self.keep_groups:
            return ""
        sources = "\n\n".join(map(inspect.getsource, (group_of, groups_of)))
        return f"""
import re
from collections.abc import Sequence

{sources}

groups = groups_of([entry["name"] for entry in manifest["images"]])  # images that belong together"""

    def original_sizes(self) -> np.ndarray:
        return self.upload().sizes

    def names(self) -> tuple[str, ...]:
        return self.upload().names

    def caption(self, position: int) -> str:
        upload = self.upload()
        width, height = upload.sizes[position]
        return f"{upload.names[position]}, {width}x{height} px"


def find_upload(images_id: str) -> StoredImages:
    """One upload of this workspace.

    Args:
        images_id: 32 hexadecimal digits.

    Raises:
        UserError: it is not here; the same words whether it never was or belongs elsewhere.
    """
    folder = workspace.current().home / "images" / images_id
    try:
        return _read(folder, (folder / MANIFEST).stat().st_mtime, _renamed(folder))
    except (UserError, OSError) as error:
        raise _not_here() from error


def uploads() -> list[StoredImages]:
    """All uploads of this workspace, the latest first; folders that hold none are passed over."""
    found = []
    home = workspace.current().home / "images"
    for folder in home.iterdir() if home.exists() else []:
        if (folder / MANIFEST).exists():
            try:
                found.append(find_upload(folder.name))
            except UserError:
                continue
    return sorted(found, key=lambda upload: upload.created, reverse=True)


@lru_cache(maxsize=MAX_KEPT)
def _groups(images_id: str, created: float) -> np.ndarray:
    """Numbers of the groups of all images; asked for at every gesture, so remembered."""
    return groups_of(find_upload(images_id).names)


@lru_cache(maxsize=MAX_KEPT)
def _plain_groups(images_id: str, created: float) -> np.ndarray | None:
    upload = find_upload(images_id)
    train = upload.split == TRAIN
    groups = _groups(images_id, created)[train]
    is_drawn = not (upload.split == VALIDATION).any()
    return groups if is_drawn and are_plain(groups, upload.labels[train]) else None


@lru_cache(maxsize=MAX_KEPT)
def _leaks(dataset: OwnImages, created: float, share: float, seed: int) -> list[Problem]:
    """Images that are learnt from and checked on at once; asked for at every gesture, so remembered."""
    upload = dataset.upload()
    _, (train, validation, test) = dealt(dataset, upload.labels, upload.split, share, seed)
    parts = {"validation": validation} | ({"test": test} if test is not validation else {})
    words = [remarks.leak(repeats(upload.digests, train, part), len(part), name) for name, part in parts.items()]
    hint = "What was learnt by heart is then taken for skill. Flaws on the page Mend data leaves them out."
    return [Problem("data", what, hint, blocking=False) for what in words if what]


@lru_cache(maxsize=MAX_KEPT)
def _read(folder: Path, created: float, renamed: int) -> StoredImages:
    """The manifest in columns; read once for each name, as a manifest never changes."""
    root = folder.parent
    manifest = read_manifest(root, folder.name)
    return StoredImages(
        manifest.id,
        manifests.title(manifest, root),
        manifest.class_names,
        tuple(image_path(root, manifest.id, image) for image in manifest.images),
        tuple(image.name for image in manifest.images),
        np.array([image.label for image in manifest.images], np.int64),
        np.array([SPLITS.index(image.split) for image in manifest.images], np.int8),
        np.array([(image.width, image.height) for image in manifest.images], np.int64),
        tuple(image.digest for image in manifest.images),
        folder,
        created,
    )


def _renamed(folder: Path) -> int:
    """When a dataset was given another name, in nanoseconds since 1970; 0 where it has the one that it came with."""
    try:
        return (folder / manifests.NAME).stat().st_mtime_ns
    except OSError:
        return 0


def _not_here() -> UserError:
    return UserError(
        "These pictures are not on this machine.", "Upload them again on the Data page.", "DATASET_NOT_FOUND"
    )
