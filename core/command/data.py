"""`python -m core data`: own images brought, listed, renamed, removed and restored without a browser."""

import argparse
import io
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from core.command.console import say
from core.datasets.own_images import StoredImages, find_upload, uploads
from core.datasets.split import SPLITS
from core.errors import UserError
from core.intake.archives import HEAD, judged
from core.intake.arrays.table import FILE as TABLE
from core.intake.images import MAX_BYTES, shown
from core.intake.left_out import LOST, Skipped, grouped, is_junk
from core.intake.manifest import Ingested, give_name
from core.intake.questions import Answer
from core.runs.collection import Runs
from core.settings import TRASH_DAYS
from core.uploads import deletion, incoming
from core.words import counted, listed
from core.workspace import current

SHOWN = 10
"""Files left out that are named in words; JSON names all."""


def add_commands(parser: argparse.ArgumentParser) -> None:
    """Tells a parser what `data` can do."""
    commands = parser.add_subparsers(required=True, metavar="what")
    for name, command, help_text in (
        ("add", _add, "make a dataset of a ZIP or a folder that holds one folder per class"),
        ("list", _list, "list the datasets of own images, the latest first"),
        ("rename", _rename, "call a dataset of own images by another name"),
        ("remove", _remove, "move a dataset of own images into the trash"),
        ("restore", _restore, "bring a removed dataset back from the trash"),
    ):
        one = commands.add_parser(name, help=help_text, description=help_text.capitalize() + ".")
        one.set_defaults(command=command)
        one.add_argument("--json", action="store_true", help="print one JSON document")
        if name == "add":
            one.add_argument(
                "path", metavar="PATH", type=Path, help="a ZIP, a folder, or a file of arrays: HDF5, NPZ, LMDB"
            )
            one.add_argument("--read", default="", metavar="WAY", help="which folders are the classes, when add asks")
            one.add_argument("--keep-apart", action="store_true", help="folders spelled differently stay two classes")
            one.add_argument("--names", default="", metavar="CODE", help="code page of the names in a ZIP: cp949 ...")
        if name in ("rename", "remove", "restore"):
            one.add_argument("id", metavar="ID", help="the id that add printed, or its first digits")
        if name == "rename":
            one.add_argument("name", metavar="NAME", help="what it is called from now on")
        if name == "remove":
            users = one.add_mutually_exclusive_group()
            users.add_argument("--anyway", action="store_true", help="also when runs learned from it; these stay")
            users.add_argument("--with-runs", action="store_true", help="and the runs that learned from it")


def _add(options: argparse.Namespace) -> int:
    unread: list[Skipped] = []
    try:
        ingested = _received(options.path, unread, Answer(options.read, options.keep_apart, options.names))
    except OSError as error:
        what = f"{shown(str(options.path))} can't be read."
        raise UserError(what, "Check the path, and that you may read it.", "FILE_NOT_FOUND") from error
    say(options.json, _document(ingested, unread), _added_text)
    return 0


def _received(path: Path, unread: list[Skipped], given: Answer) -> Ingested:
    """What became of a ZIP or a folder; files that can't be opened are noted."""
    if (path / TABLE).is_file():  # a folder of LMDB is one file and its lock
        path = path / TABLE
    if path.is_dir():
        return incoming.receive_folder(_files(path, unread), given=given)
    with path.open("rb") as file:
        return incoming.receive_archive(file, path.name, given=given)


def _files(folder: Path, unread: list[Skipped]) -> Iterator[tuple[str, BinaryIO]]:
    """Each file of a folder as the browser would send it: its name from the folder on, and its bytes."""
    top = folder.resolve()
    for path in sorted(_walked(top)):
        name = f"{top.name or 'pictures'}/{path.relative_to(top).as_posix()}"
        if is_junk(name.partition("/")[2]):
            yield name, io.BytesIO()
        elif not path.is_file():
            unread.append(Skipped(name, "it is no file, or a link that leads nowhere", LOST))
        else:
            try:
                data = _read(path, name)
            except OSError:
                unread.append(Skipped(name, "it can't be opened", LOST))
            else:
                yield name, io.BytesIO(data)


def _read(path: Path, name: str) -> bytes:
    """A file; of one that is no picture only as much as tells so, as it may be a film."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        return head if judged(name, lambda: head) else head + file.read(MAX_BYTES + 1 - len(head))


def _walked(top: Path) -> Iterator[Path]:
    """All files in a folder; links to other folders are not followed."""
    for folder, _, names in os.walk(top):
        yield from (Path(folder) / name for name in names)


def _document(ingested: Ingested, unread: list[Skipped]) -> dict[str, Any]:
    """A dataset that has arrived, as JSON tells it."""
    left_out = [*ingested.skipped, *unread]
    return {
        "id": ingested.id,
        "title": ingested.title,
        "classes": {name: {split: ingested.counts[split][name] for split in SPLITS} for name in ingested.class_names},
        "notes": list(ingested.notes),
        "left_out": [asdict(one) for one in left_out],
        "left_out_kinds": [asdict(group) for group in grouped(left_out)],
    }


def _added_text(document: dict[str, Any]) -> str:
    rows = [[name, *map(str, counts.values())] for name, counts in document["classes"].items()]
    left = document["left_out"]
    return "\n".join(
        [
            f"{document['id']}  {document['title']}",
            *_table([["class", *SPLITS], *rows]),
            *document["notes"],
            *(f"{group['words']}." for group in document["left_out_kinds"]),
            *([f"{len(left)} left out:"] if left else []),
            *(f"  {shown(one['name'])}: {one['reason']}" for one in left[:SHOWN]),
            *([f"  and {len(left) - SHOWN} more (--json lists all)"] if len(left) > SHOWN else []),
        ]
    )


def _table(rows: list[list[str]]) -> list[str]:
    """Columns side by side, numbers to the right."""
    columns = [
        (max(map(len, cells)), place and cells[-1].isdigit()) for place, cells in enumerate(zip(*rows, strict=True))
    ]
    return [
        "  ".join(
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, (width, is_number) in zip(row, columns, strict=True)
        ).rstrip()
        for row in rows
    ]


def _list(options: argparse.Namespace) -> int:
    say(options.json, {"datasets": [_about(upload) for upload in uploads()]}, _list_text)
    return 0


def _about(upload: StoredImages) -> dict[str, Any]:
    return {
        "id": upload.images_id,
        "title": upload.title,
        "classes": list(upload.class_names),
        "images": len(upload.files),
        "created": datetime.fromtimestamp(upload.created).astimezone().isoformat(timespec="seconds"),
    }


def _list_text(document: dict[str, Any]) -> str:
    rows = [
        [one["id"][:8], one["title"], str(one["images"]), one["created"][:16].replace("T", " "), listed(one["classes"])]
        for one in document["datasets"]
    ]
    if not rows:
        return "No images of your own yet: python -m core data add PATH"
    return "\n".join(_table([["id", "title", "images", "created", "classes"], *rows]))


def _rename(options: argparse.Namespace) -> int:
    upload = _find(options.id)
    named = give_name(upload.folder.parent, upload.images_id, options.name)
    document = {"id": upload.images_id, "title": named, "before": upload.title}
    say(options.json, document, lambda told: f"{told['before']} is called {told['title']} now.")
    return 0


def _remove(options: argparse.Namespace) -> int:
    upload, runs = _find(options.id), Runs(current())
    users, gone = (find(upload.images_id, runs) for find in (deletion.runs_that_use, deletion.deleted_runs_that_use))
    if (users or gone) and not (options.anyway or options.with_runs):
        names = [shown(run.title) for run in users] + [f"{shown(run.title)} (deleted)" for run in gone]
        what = f"{shown(upload.title)} is used by {listed(names)}."
        remedy = (
            "Add --anyway: these keep their curves, but can't go on or show what they see. "
            "Or --with-runs: they are deleted too."
        )
        raise UserError(what, remedy, "DATASET_IN_USE")
    went = deletion.delete_upload(upload.images_id, runs, with_runs=options.with_runs)
    say(options.json, {"removed": upload.images_id, "runs": went}, _removed_text)
    return 0


def _removed_text(document: dict[str, Any]) -> str:
    runs = f" and {counted(len(document['runs']), 'run')}" if document["runs"] else ""
    back = f"python -m core data restore {document['removed'][:8]}"
    return f"Removed {document['removed']}{runs}; for {TRASH_DAYS.value():d} days this brings it back: {back}"


def _restore(options: argparse.Namespace) -> int:
    images_id = _one([one.images_id for one in deletion.deleted_uploads(current())], options.id)
    deletion.restore_upload(images_id, current())
    say(options.json, {"restored": images_id}, lambda document: f"Restored {document['restored']}.")
    return 0


def _find(start: str) -> StoredImages:
    """The upload of this id, or the only one whose id begins so.

    Raises:
        UserError: none, or more than one.
    """
    return find_upload(_one([upload.images_id for upload in uploads()], start))


def _one(ids: list[str], start: str) -> str:
    """The id that begins so.

    Raises:
        UserError: none does, or more than one.
    """
    found = [one for one in ids if one.startswith(start.lower())] if start else []
    if len(found) != 1:
        how_many = "More than one dataset begins" if found else "No dataset begins"
        raise UserError(
            f"{how_many} with {shown(start)!r}.", "Take the id from python -m core data list.", "DATASET_NOT_FOUND"
        )
    return found[0]
