"""What the command line prints, on consoles of every code page."""

import codecs
import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from core.errors import UserError

PLAIN = str.maketrans(dict(zip("–—×·‘’“”\u202f\u00a0", "--x|''\"\"  ", strict=True)) | {"…": "..."})
"""What our own words hold beyond ASCII, for consoles that lack it."""


def _spelled(error: UnicodeError) -> tuple[str, int]:
    """Puts a plain character in place of one that a console lacks, or else its number, as Python writes it."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    marks = error.object[error.start : error.end].translate(PLAIN)
    return marks.encode("ascii", "backslashreplace").decode(), error.end


codecs.register_error("kernelscope", _spelled)


def open_up() -> None:
    """From now on no character ends the command: what the console lacks is spelled out."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="kernelscope")


def unheard() -> int:
    """The exit status where the reader of what is printed has left, as `head` does; nothing more is said to it."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains about it at its end
    return 141  # what a shell says of a command that was ended by SIGPIPE


def silence_tensorflow() -> None:
    """Keeps what TensorFlow's C++ says from the console; TF_CPP_MIN_LOG_LEVEL, once set, brings it back.

    It writes to the file number 2 before it heeds any setting, so that number leads nowhere from now on; Python's own
    errors keep the real one.
    """
    if "TF_CPP_MIN_LOG_LEVEL" in os.environ:
        return
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    with contextlib.suppress(OSError, AttributeError, ValueError):  # no console, or one that is no file
        sys.stderr.flush()
        encoding, errors = sys.stderr.encoding, sys.stderr.errors
        kept = os.dup(2)
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        sys.stderr = os.fdopen(kept, "w", encoding=encoding, errors=errors, buffering=1)


def say(as_json: bool, document: dict[str, Any], text: Callable[[dict[str, Any]], str]) -> None:
    """Prints the document as JSON or in words.

    Args:
        as_json: which of the two.
        document: what JSON can carry.
        text: makes words of it.
    """
    print(json.dumps(document, indent=1) if as_json else text(document))


def target(out: Path | None, name: str) -> Path:
    """Where a file goes: as asked, or under its own name into the folder asked for or the current one."""
    folder = out or Path()
    return folder / name if folder.is_dir() else folder


def write_new(target: Path, data: bytes) -> None:
    """Writes a file where the user asks, never over another.

    Raises:
        UserError: there is one, or the place can't be written.
    """
    copy_new(target, io.BytesIO(data))


def copy_new(target: Path, source: BinaryIO) -> None:
    """`write_new`, of what need not fit into memory.

    Raises:
        UserError: there is one, or the place can't be written.
    """
    try:
        with target.open("xb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    except FileExistsError as error:
        raise UserError(f"{target} is there already.", "Name another file with --out.", "FILE_EXISTS") from error
    except OSError as error:
        raise UserError(f"{target} can't be written.", "Name another place with --out.", "FILE_NOT_WRITABLE") from error


def write_code(source: str, out: TextIO | None = None) -> None:
    """Prints a script so that it runs wherever it ends up: Python reads files as UTF-8, consoles may write others.

    Args:
        source: Python.
        out: where to; standard output unless told.
    """
    out = out or sys.stdout
    if not codecs.lookup(out.encoding or "ascii").name.startswith("utf-8"):
        # Inside strings and comments, the only places where it can stand, a spelled character means the same.
        source = source.encode("ascii", "backslashreplace").decode()
    print(source, end="", file=out)
