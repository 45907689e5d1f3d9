"""What an upload brings beside its images: what is passed over, what is left out, and the words for it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from core.intake.images import FORMAT_WORDS
from core.intake.names import clean
from core.words import counted

IMAGE_SUFFIXES = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".gif"}
ARCHIVE_SUFFIXES = {".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz"}
_PHOTOS = """.heic .heif .hif .avif .tif .tiff .jp2 .j2k .jxl .raw .dng .cr2 .cr3 .nef .arw .orf .rw2 .raf .pef .srw
    .psd .xcf .mpo .ppm .pgm .tga .exr"""
_AS_JPEG = set(_PHOTOS.split())
_AS_PNG = {".svg", ".svgz", ".ai", ".eps", ".ps", ".pdf", ".ico", ".icns", ".wmf", ".emf", ".apng"}
_MOVING = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".3gp"}

# A suffix begins with a letter, or is that of 7z: "frame.0001" and "1. 사진" have none.
_SUFFIX = re.compile(r"\.(?:[^\W\d_][\w~-]{0,15}|7z|3gp)$")

JUNK = {
    "__macosx": "__MACOSX",
    "@eadir": "@eaDir",
    "#recycle": "#recycle",
    "#snapshot": "#snapshot",
    "@recycle": "@Recycle",
    "@recently-snapshot": "@Recently-Snapshot",
    "$recycle.bin": "$RECYCLE.BIN",
    "system volume information": "System Volume Information",
    "network trash folder": "Network Trash Folder",
    "network recycle bin": "Network Recycle Bin",
    "~snapshot": "~snapshot",
    "@tmp": "@tmp",
    "@trash": "@Trash",
    "trashbox": "Trashbox",
    "temporary items": "Temporary Items",
    "lost+found": "lost+found",
    "__pycache__": "__pycache__",
    "thumbs.db": "Thumbs.db",
    "ehthumbs.db": "ehthumbs.db",
    "ehthumbs_vista.db": "ehthumbs_vista.db",
    "zbthumbnail.info": "ZbThumbnail.info",
    "desktop.ini": "desktop.ini",
    "picasa.ini": "Picasa.ini",
    "icon\r": "Icon",
}
"""Files and folders that systems, cloud drives and NAS boxes add unasked, by name in small letters."""

_JUNK_ENDINGS = ("@synoeastream", "@synoresource")
_JUNK_BEGINNINGS = ("~$", "synophoto_", "synoindex_", "synofile_")
_NUMBERED = re.compile(r"(network recycle bin) \d+|(found)\.\d{3}")
_HIDDEN = "names that begin with a dot"
_IN_CAPITALS = {"RECYCLER": "RECYCLER"}  # "Recycler" may be a class
_KNOWN_HIDDEN = {".ds_store": ".DS_Store", ".@__thumb": ".@__thumb"}

DAMAGED, OUTSIDE, UNTRAINED, LARGE, LOST = "damaged", "outside", "no training images", "too large", "did not arrive"
NO_SUFFIX, EMPTY, NO_IMAGE, COSTLY, FAULT = "no suffix", "empty", "not an image", "costly", "not decoded"
REPEAT = "there already"
OF_CODE = {
    "IMG_EMPTY": EMPTY,
    "IMG_TRUNCATED": DAMAGED,
    "IMG_NOT_AN_IMAGE": NO_IMAGE,
    **dict.fromkeys(("IMG_TOO_SLOW", "IMG_NO_TIME_LEFT", "IMG_TOO_MANY_SCANS", "IMG_TOO_MANY_PARTS"), COSTLY),
    **dict.fromkeys(("IMG_METADATA_TOO_LARGE", "IMG_NEEDS_MEMORY"), COSTLY),
    **dict.fromkeys(("IMG_CRASHED", "IMG_FAILED", "IMG_NO_DECODER"), FAULT),
}
"""Kind of a picture that the gate for images refused, by the code of the refusal; others are over a limit."""

_WORDS = {
    DAMAGED: "{} damaged or cut off",
    OUTSIDE: "{} outside of the class folders",
    UNTRAINED: "{} of classes without training pictures",
    LARGE: "{} over a limit of size",
    LOST: "{} that did not arrive",
    NO_SUFFIX: "{} without a suffix that hold{s} no picture",
    EMPTY: "{} with nothing inside",
    NO_IMAGE: "{} that hold{s} no picture, whatever {say}",
    COSTLY: "{} too costly to decode",
    FAULT: "{} that could not be decoded here",
    REPEAT: "{} that {are} there already",
}


@dataclass(frozen=True)
class Skipped:
    """One file of an upload that is left out, and why, in a few words.

    Args:
        name: the relative name it came with.
        reason: why, for this file.
        kind: what it has in common with others: its suffix (".heic"), or one of the words of this module.
    """

    name: str
    reason: str
    kind: str = ""


@dataclass(frozen=True)
class Group:
    """Files that are left out for one reason.

    Args:
        kind: as in `Skipped`.
        count: how many.
        words: that and what to do, in one sentence without a full stop.
    """

    kind: str
    count: int
    words: str


def grouped(skipped: Iterable[Skipped]) -> list[Group]:
    """What is left out by kind, the largest group first."""
    counted = Counter(item.kind for item in skipped)
    return [
        Group(kind, count, _words(kind, count)) for kind, count in sorted(counted.items(), key=lambda x: (-x[1], x))
    ]


def _words(kind: str, count: int) -> str:
    files = counted(count, "file")
    if kind.startswith("."):
        return f"{counted(count, f'{kind} file')} can't be read: {_remedy(kind, 'it' if count == 1 else 'them')}"
    one, say = count == 1, "its name says" if count == 1 else "their names say"
    return _WORDS.get(kind, "{} left out").format(files, s="s" if one else "", say=say, are="is" if one else "are")


def _remedy(kind: str, them: str) -> str:
    """What to do with files of a suffix."""
    first, last = f".{kind.split('.')[1]}", f".{kind.split('.')[-1]}"
    if last in _AS_JPEG:
        return f"save {them} as JPEG"
    if last in _AS_PNG:
        return f"save {them} as PNG"
    if last in ARCHIVE_SUFFIXES:
        return f"unpack {them} first"
    if last in _MOVING:
        return f"take single pictures out of {them}"
    if first != last and first in IMAGE_SUFFIXES:
        return f"if {'it is a picture' if them == 'it' else 'they are pictures'}, take {last} off the name"
    return f"use {FORMAT_WORDS}"


def kind_of(name: str) -> str:
    """The suffix by which a file is left out, in small letters; "" if it is that of an image, or there is none.

    `a.HEIC` -> ".heic", `a.jpg.txt` -> ".jpg.txt", `a.png` -> "", `a` -> "".
    """
    found = suffix(name)
    if not found or found in IMAGE_SUFFIXES:
        return ""
    before = PurePosixPath(name[: -len(found)]).suffix.lower()
    return before + found if before in IMAGE_SUFFIXES else found


def suffix(name: str) -> str:
    """What a file's name says about its kind, in small letters, with its dot; "" where it says nothing."""
    found = _SUFFIX.search(clean(name.rpartition("/")[2]))
    return found.group().lower() if found else ""


def why_left_out(kind: str) -> str:
    """Why a file of a kind that `kind_of` found is not taken as an image."""
    if kind in ARCHIVE_SUFFIXES:
        return "an archive inside is not opened"
    remedy = _remedy(kind, "them")
    return f"{kind} files are not read; {remedy}"


def junk_kind(name: str) -> str:
    """What a file that systems and drives add unasked is called, or the folder of such that it lies in; else "".

    Args:
        name: relative, with `/` between its parts.
    """
    for given in name.strip("/").split("/"):
        part = given.casefold()
        if found := JUNK.get(part) or _KNOWN_HIDDEN.get(part) or _IN_CAPITALS.get(given):
            return found
        if numbered := _NUMBERED.fullmatch(part):
            return "Network Recycle Bin" if numbered[1] else "FOUND.000"
        if part.startswith((".picasa", ".")) or not part:
            return ".picasa" if part.startswith(".picasa") else _HIDDEN
        if part.endswith(_JUNK_ENDINGS) or part.startswith(_JUNK_BEGINNINGS):
            return "SYNO files" if "syno" in part else "~$ files"
    return ""


def chosen_folder(names: Iterable[str]) -> str:
    """The folder around all files of an upload, with its "/": somebody chose it, so its name makes no junk; "" if none.

    Args:
        names: relative, with `/` between their parts.
    """
    tops = {"".join(name.partition("/")[:2]) for name in names} - {"", "__MACOSX/"}
    only = tops.pop() if len(tops) == 1 else ""
    return only if only.endswith("/") else ""


def junk_of(name: str, chosen: str) -> str:
    """As `junk_kind`, for a file inside the folder that `chosen_folder` found."""
    inside = name.removeprefix(chosen)
    return junk_kind(inside) if inside else ""


def is_junk(name: str) -> bool:
    """Whether a file is one that a system or a drive added and no one would miss, or has no name at all."""
    return bool(junk_kind(name))


def junk_note(counts: Mapping[str, int]) -> list[str]:
    """Says what was passed over, in one sentence, if anything was."""
    if not counts:
        return []
    total = sum(counts.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    files = counted(total, "file that systems and drives add was", "files that systems and drives add were")
    return [f"{files} left out: {kinds}."]
